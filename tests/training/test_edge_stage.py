"""The edge stage: begins as the network before it, draws distances at twice the side, is judged by what it alone shows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segan_cli.errors import SeganError, UsageError
from segan_cli.glyph import Frame
from segan_cli.source.source_font import open_source_font
from segan_cli.training.data.batches import pair_set, plain_batch, training_batch
from segan_cli.training.data.dataset import load_pairs
from segan_cli.training.loop.checkpoint import write_checkpoint
from segan_cli.training.loop.state import begin, pack
from segan_cli.training.loop.step import Networks, discriminator_losses, generator_losses
from segan_cli.training.model.discriminators import EdgeDiscriminator
from segan_cli.training.model.losses import GeneratorLosses
from segan_cli.training.model.networks import FIRST_REACH, Enlarge, EnlargeByConvolution, Generator
from segan_cli.training.model.skeleton_gan import SkeletonGenerator
from segan_cli.training.run.starting_point import SHAPE, draws_distances, start_from
from segan_cli.training.settings import TrainSettings, load_train_settings, train_settings

Make = Callable[..., TrainSettings]
CPU = torch.device("cpu")
PLAIN: dict[str, Any] = {"fine_channels": 8, "cycle": False, "lambda_sc": 0.0, "skeleton_discriminator": False}
EDGE: dict[str, Any] = PLAIN | {"edge_channels": 8, "gesture": True}
TERMS: dict[str, Any] = {
    "lambda_distance": 1.0,
    "lambda_weight": 1.0,
    "lambda_adv_edge": 1.0,
    "lambda_match": 1.0,
    "lambda_edge": 1.0,
    "penalty": 1.0,
}


@pytest.fixture
def fine_batch(make_fine_pairs: Callable[..., Any]) -> Any:
    """Four pairs with distances and gestures."""
    return plain_batch(pair_set([make_fine_pairs()], "train", 0), [0, 1, 2, 3], CPU)


def test_trained_weights_draw_with_an_edge_stage_what_they_drew(tiny: Make, fine_batch: Any, tmp_path: Path) -> None:
    plain, settings = tiny(**PLAIN), tiny(**EDGE)
    trained = begin(plain, 1, None, CPU)
    write_checkpoint(tmp_path / "start.safetensors", *pack(trained))
    state = begin(settings, 1, None, CPU)
    start_from(state, tmp_path / "start.safetensors", settings, ["mine"])
    pictures = fine_batch.source, fine_batch.source_skeleton, fine_batch.style
    with torch.no_grad():
        before, now = trained.ema(*pictures), state.ema.eval()(*pictures, fine_batch.gesture)
    assert before.distance is None and now.distance is not None
    assert now.distance.shape == (4, 1, 64, 64)
    enlarged = F.interpolate(before.ink_logit, scale_factor=2, mode="bicubic", align_corners=False)
    assert torch.allclose(now.distance, FIRST_REACH * enlarged, atol=1e-5)


def test_weights_of_another_shape_are_still_refused(tiny: Make, tmp_path: Path) -> None:
    write_checkpoint(tmp_path / "start.safetensors", *pack(begin(tiny(**PLAIN), 1, None, CPU)))
    other = tiny(**EDGE | {"fine_channels": 16})
    with pytest.raises(SeganError, match="another shape"):
        start_from(begin(other, 1, None, CPU), tmp_path / "start.safetensors", other, ["mine"])
    write_checkpoint(tmp_path / "edge.safetensors", *pack(begin(tiny(**EDGE), 1, None, CPU)))
    plain = tiny(**PLAIN)
    with pytest.raises(SeganError, match=r"edge_channels = 0"):
        start_from(begin(plain, 1, None, CPU), tmp_path / "edge.safetensors", plain, ["mine"])


def test_pictures_at_the_canvas_are_means_of_the_finer_ones(tiny: Make, fine_batch: Any) -> None:
    drawn = Generator(tiny(**EDGE).network)(fine_batch.source, fine_batch.source_skeleton, fine_batch.style)
    assert drawn.distance is not None
    assert torch.allclose(drawn.image, F.avg_pool2d(torch.tanh(2 * drawn.distance), 2))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"edge_channels": 8}, "fine_channels"),
        ({"edge_channels": 8, "fine_channels": 8, "trained": "edges", "cycle": True}, "cycle = false"),
        ({"gesture": True}, "edge_channels"),
        ({"lambda_weight": 1.0}, "edge_channels"),
        ({"edge_channels": 12, "fine_channels": 8, "cycle": False}, "multiple of 8"),
    ],
)
def test_settings_that_do_not_go_together_are_refused(values: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        train_settings(values)


def _networks(settings: TrainSettings) -> Networks:
    torch.manual_seed(0)
    return Networks(settings, 1)


def test_every_term_of_the_edge_reaches_the_stage(tiny: Make, fine_batch: Any) -> None:
    for name in ("distance", "weight", "adv_edge", "match", "edge", "pix"):
        settings = tiny(**EDGE | TERMS)
        parts = _networks(settings)
        torch.nn.init.normal_(parts.forward_generator.edge.last.weight, std=0.1)  # type: ignore[union-attr]
        found, _ = generator_losses(parts, fine_batch, settings.losses, adversarial=True)
        getattr(found, name).backward()
        gradient = parts.forward_generator.edge.mix.weight.grad  # type: ignore[union-attr]
        assert gradient is not None and gradient.abs().sum() > 0, name


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        ({"lambda_distance": 0.0}, "distance"),
        ({"lambda_weight": 0.0}, "weight"),
        ({"lambda_adv_edge": 0.0, "lambda_match": 0.0}, "adv_edge"),
    ],
)
def test_each_switch_silences_its_term(tiny: Make, fine_batch: Any, changes: dict[str, Any], silent: str) -> None:
    full, less = tiny(**EDGE | TERMS), tiny(**EDGE | TERMS | changes)
    assert getattr(generator_losses(_networks(full), fine_batch, full.losses, adversarial=True)[0], silent).item() != 0
    assert getattr(generator_losses(_networks(less), fine_batch, less.losses, adversarial=True)[0], silent).item() == 0


def test_every_term_of_the_paper_goes_with_the_edge_stage(tiny: Make, fine_batch: Any) -> None:
    every = {"cycle": True, "lambda_cycle": 1.0, "lambda_sc": 1.0, "skeleton_discriminator": True, "lambda_cls": 1.0}
    settings = tiny(**EDGE | TERMS | every)
    torch.manual_seed(0)
    parts = Networks(settings, 1, SkeletonGenerator(8, 1))
    back = parts.backward_generator
    assert back is not None and back.edge is None and back.gesture is None and parts.forward_generator.edge is not None
    terms, drawn = generator_losses(parts, fine_batch, settings.losses, adversarial=True)
    silent = {name for name in GeneratorLosses.__slots__ if not getattr(terms, name).item()}
    assert silent <= {"displacement", "line"}
    terms.total(settings.losses).backward()
    for generator in parts.generators():
        assert all(part.grad is not None for name, part in generator.named_parameters() if "field" not in name)
    judged = discriminator_losses(parts, fine_batch, drawn, settings.losses, penalised=True)
    judged.total(settings.losses).backward()
    assert len(parts.discriminators()) == 5
    assert all(part.grad is not None for judge in parts.discriminators() for part in judge.parameters())


def test_bent_targets_are_bent_as_distances(tiny: Make, fine_batch: Any) -> None:
    plain, bent = (tiny(**EDGE | TERMS | {"warp_px": bend}) for bend in (0.0, 2.0))
    one, other = (
        generator_losses(_networks(settings), fine_batch, settings.losses, adversarial=True)[0]
        for settings in (plain, bent)
    )
    differing = {name for name in GeneratorLosses.__slots__ if getattr(one, name) != getattr(other, name)}
    assert differing == {"pix", "edge", "distance", "weight", "match"}


def test_the_small_judge_learns_and_pays_its_penalty_when_it_is_due(tiny: Make, fine_batch: Any) -> None:
    settings = tiny(**EDGE | TERMS)
    parts = _networks(settings)
    _, drawn = generator_losses(parts, fine_batch, settings.losses, adversarial=True)
    without = discriminator_losses(parts, fine_batch, drawn, settings.losses)
    paid = discriminator_losses(parts, fine_batch, drawn, settings.losses, penalised=True)
    assert without.penalty.item() == 0 < paid.penalty.item() and without.edge.item() > 0
    parts.zero_grad()
    paid.penalty.backward()  # type: ignore[no-untyped-call]
    judge = parts.edge_discriminator
    assert judge is not None
    assert all(part.grad.abs().sum() > 0 for part in judge.parameters() if part.ndim > 1)  # type: ignore[union-attr]
    assert all(part.grad is None for part in parts.forward_generator.parameters())


def test_the_small_judge_sees_28_pixels_and_no_more() -> None:
    judge = EdgeDiscriminator(8)
    picture = torch.zeros(1, 1, 96, 96, requires_grad=True)
    logits, _ = judge(picture, torch.zeros(1, dtype=torch.int64))
    assert logits.shape == (1, 1, 24, 24)
    (seen,) = torch.autograd.grad(logits[0, 0, 12, 12], picture)
    rows = seen[0, 0].abs().sum(1).nonzero()
    assert int(rows.max() - rows.min()) + 1 == 28


def test_each_hand_is_judged_by_its_own_discriminator_alone() -> None:
    judge, style = EdgeDiscriminator(8, 3), torch.tensor([2, 0, 2])
    picture = torch.rand(3, 1, 32, 32)
    logits, features = judge(picture, style)
    expected = [judge.hands[0](picture[1:2]), judge.hands[2](picture[[0, 2]])]
    assert torch.equal(logits, torch.cat([one for one, _ in expected]))
    for layer, found in enumerate(features):
        assert torch.equal(found, torch.cat([one[layer] for _, one in expected]))
    logits.sum().backward()
    learned = [any(weights.grad is not None for weights in one.parameters()) for one in judge.hands]
    assert learned == [True, False, True]


def test_training_batches_have_crisp_targets_and_gestures_of_the_size_they_became(
    tiny: Make, make_fine_pairs: Callable[..., Any]
) -> None:
    train = pair_set([make_fine_pairs()], "train", 0)
    still = training_batch(train, np.arange(4), tiny(**EDGE, augment=0.0), CPU)
    moved = training_batch(train, np.arange(4), tiny(**EDGE, augment=1.0), CPU)
    assert still.distance is not None and moved.distance is not None
    assert torch.allclose(moved.target, F.avg_pool2d(torch.tanh(2 * moved.distance), 2))
    assert not torch.equal(still.distance, moved.distance)
    assert still.gesture is not None and moved.gesture is not None
    assert (still.gesture[:, 0] != moved.gesture[:, 0]).all()
    assert torch.equal(still.gesture[:, 1], moved.gesture[:, 1])
    assert still.corner != (0, 0) or moved.corner != (0, 0)


def test_pairs_with_distances_are_kept_apart_from_those_without(
    write_hand: Callable[..., Path], kai: Path, tmp_path: Path
) -> None:
    folder, font, frame = write_hand(), open_source_font(kai), Frame(32)
    plain = load_pairs("mine", folder, font, frame, cache=tmp_path)
    fine = load_pairs("mine", folder, font, frame, fine=True, cache=tmp_path)
    assert plain.key != fine.key and plain.fine is None and fine.fine is not None
    side = 2 * frame.size_px
    assert fine.fine.distances.shape == (len(fine.chars), side, side)
    inside = F.avg_pool2d((fine.fine.distances[:, None] > 127).float(), 2)[:, 0]
    apart = (inside - fine.pictures[:, 2].float() / 255).abs().mean()
    assert apart < 0.02
    again = load_pairs("mine", folder, font, frame, fine=True, cache=tmp_path)
    assert again.fine is not None and torch.equal(again.fine.distances, fine.fine.distances)
    assert torch.equal(again.fine.gestures, fine.fine.gestures)


def test_pairs_without_distances_are_refused_with_a_sentence(tiny: Make, make_pairs: Callable[..., Any]) -> None:
    with pytest.raises(SeganError, match="without distances"):
        training_batch(pair_set([make_pairs()], "train", 0), np.arange(4), tiny(**EDGE), CPU)


def test_the_exports_enlargement_has_the_same_numbers() -> None:
    picture = torch.randn(2, 1, 9, 12)
    assert torch.allclose(Enlarge()(picture), EnlargeByConvolution()(picture), atol=1e-5)


def test_weights_that_draw_distances_are_told_from_those_that_do_not(tiny: Make, tmp_path: Path) -> None:
    for name, values, expected in (("plain", PLAIN, False), ("edge", EDGE, True)):
        path = tmp_path / f"{name}.safetensors"
        write_checkpoint(path, *pack(begin(tiny(**values), 1, None, CPU)))
        assert draws_distances(path) == expected


def test_the_ink_preset_is_the_cpu_presets_network_with_an_edge_stage() -> None:
    cpu, ink = load_train_settings("cpu"), load_train_settings("ink")
    differing = {name for name in SHAPE if getattr(cpu.network, name) != getattr(ink.network, name)}
    assert differing == {"edge_channels", "gesture"} and ink.network.draws_distances and not cpu.network.draws_distances


def test_pairs_in_a_devices_memory_make_the_same_batches(make_fine_pairs: Callable[..., Any], tiny: Make) -> None:
    settings = tiny(edge_channels=8, fine_channels=8, gesture=True, cycle=False, augment=1.0)
    mapped = pair_set([make_fine_pairs("one", seed=3), make_fine_pairs("two", seed=4)], "train", 0)
    turned = dataclasses.replace(mapped, places=mapped.places[::-1])
    draws = np.arange(40, 52, dtype=np.int64)
    for pairs in (mapped, turned):
        resident = pairs.on_device(CPU)
        assert resident.table is not None and resident.nbytes() == sum(
            one.numel() for one in (resident.table.pictures, resident.table.distances) if one is not None
        )
        near, far = (training_batch(one, draws, settings, CPU) for one in (resident, pairs))
        for name in near.__dataclass_fields__:
            one, other = getattr(near, name), getattr(far, name)
            assert torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other
