"""The right tensor gets to each term, the right weights to the average, the right pairs to each part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from segan_cli.source.split import part_of
from segan_cli.training.data.batches import pair_set
from segan_cli.training.loop import step as step_module
from segan_cli.training.loop.step import Networks, discriminator_losses, generator_losses
from segan_cli.training.model import losses
from segan_cli.training.model.skeleton_gan import SkeletonGenerator

Make = Callable[..., Any]


class Recorder:
    """A function that keeps what it is called with."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls = function, []  # type: ignore[var-annotated]

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.calls.append(arguments)
        return self.function(*arguments, **named)


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Recorder]:
    """Record the calls of one of the step's losses: `recorded("cycle_loss")`."""

    def record(name: str) -> Recorder:
        recorder = Recorder(getattr(step_module, name))
        monkeypatch.setattr(step_module, name, recorder)
        return recorder

    return record


def networks(settings: Any) -> Networks:
    torch.manual_seed(0)
    return Networks(settings, 1, SkeletonGenerator(8, 1)).eval()


def record_forward(module: nn.Module, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    recorder = Recorder(module.forward)
    monkeypatch.setattr(module, "forward", recorder)
    return recorder


def drawn_by(parts: Networks, batch: Any) -> Any:
    with torch.no_grad():
        return parts.forward_generator(batch.source, batch.source_skeleton, batch.style)


def close(one: Tensor, other: Tensor) -> bool:
    return torch.allclose(one, other, atol=1e-5)


def test_d_i_sees_the_hands_glyph_as_real_and_the_drawn_one_as_fake(
    tiny: Make, tiny_batch: Any, monkeypatch: pytest.MonkeyPatch, recorded: Callable[[str], Recorder]
) -> None:
    settings = tiny(cycle=False)
    parts = networks(settings)
    _, drawn = generator_losses(parts, tiny_batch, settings.losses, adversarial=True)
    assert parts.image_discriminator is not None
    seen, terms = record_forward(parts.image_discriminator, monkeypatch), recorded("discriminator_adversarial_loss")
    discriminator_losses(parts, tiny_batch, drawn, settings.losses)
    real, fake = (arguments[0] for arguments in seen.calls)
    assert real is tiny_batch.target and close(fake, drawn_by(parts, tiny_batch).image)
    assert all(source is tiny_batch.source for _, source, _ in seen.calls)
    patches = [seen.function(picture, tiny_batch.source, tiny_batch.style).patches for picture in (real, fake)]
    _, told_real, told_fake = terms.calls[0]
    assert close(told_real, patches[0]) and close(told_fake, patches[1])


def test_d_s_sees_sg_of_the_hands_glyph_as_real_and_sg_of_the_drawn_one_as_fake(
    tiny: Make, tiny_batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tiny(cycle=False)
    parts = networks(settings)
    _, drawn = generator_losses(parts, tiny_batch, settings.losses, adversarial=True)
    assert parts.skeleton_discriminator is not None and parts.skeleton_generator is not None
    seen = record_forward(parts.skeleton_discriminator, monkeypatch)
    discriminator_losses(parts, tiny_batch, drawn, settings.losses)
    real, fake = (arguments[0] for arguments in seen.calls)
    assert close(real, parts.skeleton_generator(tiny_batch.target)) and not real.requires_grad
    assert close(fake, parts.skeleton_generator(drawn_by(parts, tiny_batch).image))


def test_the_generator_is_judged_by_what_it_drew(tiny: Make, tiny_batch: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tiny(cycle=False)
    parts = networks(settings)
    assert parts.image_discriminator is not None and parts.skeleton_discriminator is not None
    images = record_forward(parts.image_discriminator, monkeypatch)
    skeletons = record_forward(parts.skeleton_discriminator, monkeypatch)
    generator_losses(parts, tiny_batch, settings.losses, adversarial=True)
    drawn = drawn_by(parts, tiny_batch).image
    assert parts.skeleton_generator is not None
    assert len(images.calls) == len(skeletons.calls) == 1
    assert close(images.calls[0][0], drawn) and images.calls[0][1] is tiny_batch.source
    assert close(skeletons.calls[0][0], parts.skeleton_generator(drawn))


def test_the_cycle_returns_to_the_source_and_the_way_back_to_the_target(
    tiny: Make, tiny_batch: Any, recorded: Callable[[str], Recorder]
) -> None:
    settings = tiny()
    parts = networks(settings)
    terms = recorded("cycle_loss")
    generator_losses(parts, tiny_batch, settings.losses, adversarial=False)
    assert parts.backward_generator is not None and parts.skeleton_generator is not None
    drawn = drawn_by(parts, tiny_batch).image
    returned = parts.backward_generator(drawn, parts.skeleton_generator(drawn), tiny_batch.style).image
    (there, source), (_, target) = terms.calls
    assert close(there, returned) and source is tiny_batch.source and target is tiny_batch.target


def test_the_classifier_is_told_which_logits_read_the_source(
    tiny: Make, tiny_batch: Any, recorded: Callable[[str], Recorder]
) -> None:
    settings = tiny(cycle=False)
    parts = networks(settings)
    terms = recorded("classification_loss")
    generator_losses(parts, tiny_batch, settings.losses, adversarial=False)
    of_source = drawn_by(parts, tiny_batch).class_logits
    of_target = parts.forward_generator.classify(tiny_batch.target, tiny_batch.target_skeleton)
    assert not close(of_source, of_target)
    assert close(terms.calls[0][0], of_source) and close(terms.calls[0][1], of_target)


def test_l_sc_compares_sg_of_both_glyphs_and_not_the_hands_thinned_skeleton(
    tiny: Make, tiny_batch: Any, recorded: Callable[[str], Recorder]
) -> None:
    settings = tiny(cycle=False)
    parts = networks(settings)
    terms = recorded("skeleton_consistency_loss")
    generator_losses(parts, tiny_batch, settings.losses, adversarial=False)
    assert parts.skeleton_generator is not None
    (drawn, target) = terms.calls[0]
    assert close(drawn, parts.skeleton_generator(drawn_by(parts, tiny_batch).image))
    assert close(target, parts.skeleton_generator(tiny_batch.target)) and not close(target, tiny_batch.target_skeleton)


def test_mass_in_another_cell_is_mass_in_the_wrong_place() -> None:
    target = torch.full((1, 1, 64, 64), -1.0)
    elsewhere = target.clone()
    target[..., 20:24, 8:12], elsewhere[..., 20:24, 40:44] = 1.0, 1.0
    assert losses.mass_loss(elsewhere, target).item() == pytest.approx(2 * 2 * 16 / 64**2)


def test_the_average_stays_near_itself_and_moves_towards_the_weights(tiny: Make) -> None:
    from segan_cli.training.loop.state import update_average

    one, other = (networks(tiny(cycle=False, seed=seed)).forward_generator for seed in (0, 0))
    with torch.no_grad():
        for parameter in other.parameters():
            parameter.add_(1.0)
    before = [parameter.clone() for parameter in one.parameters()]
    update_average(one, other, 0.9)
    moved = [after - earlier for after, earlier in zip(one.parameters(), before, strict=True)]
    assert all(torch.allclose(part, torch.full_like(part, 0.1), atol=1e-5) for part in moved)


def test_gradients_are_clipped_to_the_norm(
    tiny: Make, make_pairs: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segan_cli.training.loop.processes import Processes
    from segan_cli.training.loop.state import begin
    from segan_cli.training.loop.trainer import Trainer
    from segan_cli.training.run.run_folder import RunFolder

    limit = 1e-3
    settings = tiny(clip_norm=limit, cycle=False, lambda_sc=0.0, skeleton_discriminator=False, lambda_adv=0.0)
    state, pairs = begin(settings, 1, None, torch.device("cpu")), pair_set([make_pairs()], "train", 0)
    trainer = Trainer(settings, state, RunFolder(tmp_path), pairs, pairs, Processes(0, 1, torch.device("cpu")))
    norms: list[float] = []

    def note(*_: Any, **__: Any) -> None:
        gradients = [part.grad for part in state.generator_parameters() if part.grad is not None]
        norms.append(float(torch.stack([gradient.norm() for gradient in gradients]).norm()))

    monkeypatch.setattr(state.generator_optimizer, "step", note)
    trainer._step(0.0)
    assert norms == [pytest.approx(limit, rel=1e-3)]


def test_each_part_has_its_own_characters(make_pairs: Make) -> None:
    parts = {part: pair_set([make_pairs(count=200)], part, 7) for part in ("train", "dev", "test")}
    chars = {part: {pairs.char(index) for index in range(len(pairs))} for part, pairs in parts.items()}
    for part, found in chars.items():
        assert found == {char for char in make_pairs(count=200).chars if part_of(char, 7) == part}
    assert 8 < len(chars["dev"]) < 40 and 8 < len(chars["test"]) < 40


def test_a_run_learns_from_the_train_part_and_is_scored_on_the_dev_part(
    tiny: Make, make_pairs: Make, tmp_path: Path
) -> None:
    from segan_cli.training.loop.processes import Processes
    from segan_cli.training.run.session import Hand, begin_run

    pairs, settings = make_pairs(), tiny(cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    alone = Processes(0, 1, torch.device("cpu"))
    trainer = begin_run(tmp_path / "run", settings, [Hand("mine", tmp_path)], (pairs,), alone)
    parts = {"train": trainer.train, "dev": trainer.dev}
    for part, found in parts.items():
        assert {part_of(found.char(index), settings.data.split_seed) for index in range(len(found))} == {part}


def test_another_source_font_makes_other_pairs(kai: Path, write_hand: Callable[..., Path], tmp_path: Path) -> None:
    from fontTools.ttLib import TTFont

    from segan_cli.glyph import Frame
    from segan_cli.source.glyph_folder import scan_glyph_folder
    from segan_cli.source.source_font import open_source_font
    from segan_cli.training.data.dataset import pairs_key

    folder, frame, font = scan_glyph_folder(write_hand()), Frame(32), open_source_font(kai)
    changed = tmp_path / "changed" / kai.name
    changed.parent.mkdir()
    with TTFont(kai) as tables:
        tables["head"].fontRevision = 7.0
        tables.save(changed)
    other = replace(open_source_font(changed), spec=font.spec)  # another file in the same place
    assert other.sha256 != font.sha256
    keys = {pairs_key(folder, one, frame, match_hand=True) for one in (font, other)}
    keys |= {pairs_key(folder, font, Frame(64), match_hand=True), pairs_key(folder, font, frame, match_hand=False)}
    assert len(keys) == 4


def test_a_run_and_hand_begins_at_that_hands_vector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from segan_cli.training.run import starting_point

    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "split.json").write_text("{}")
    names = {"styles": [{"name": "one"}, {"name": "two"}]}
    monkeypatch.setattr(starting_point, "RunFolder", lambda _: SimpleNamespace(split=lambda: names))
    trained = torch.tensor([[1.0, 0.0], [0.0, 4.0]])
    first = starting_point._first_vectors
    assert torch.equal(first(trained, tmp_path / "run#two", ["mine"]), trained[1:])
    assert torch.equal(first(trained, tmp_path / "run", ["mine"]), trained.mean(0, keepdim=True))
    assert torch.equal(first(trained, tmp_path / "run#two", ["one", "mine"]), trained)


def test_a_larger_batch_than_is_looked_at_costs_more(tiny: Make, make_pairs: Make) -> None:
    from segan_cli.training.loop.estimate import FEW_PAIRS, estimate

    small, large = (
        estimate(tiny(batch_size=size), [make_pairs()], torch.device("cpu")) for size in (FEW_PAIRS, 4 * FEW_PAIRS)
    )
    assert large.step_flops == pytest.approx(4 * small.step_flops, rel=0.01)
    assert large.memory_bytes > 2 * small.memory_bytes
