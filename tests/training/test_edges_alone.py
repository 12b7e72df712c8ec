"""The last stages trained alone: what learns, what is compared with what, and which preset says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from segan_cli.errors import UsageError
from segan_cli.training.data.batches import pair_set, plain_batch
from segan_cli.training.loop.checkpoint import write_checkpoint
from segan_cli.training.loop.processes import Processes
from segan_cli.training.loop.state import begin, pack
from segan_cli.training.loop.step import Networks, discriminator_losses, generator_losses
from segan_cli.training.model.losses import relativistic_loss
from segan_cli.training.model.networks import Generator
from segan_cli.training.run.session import Hand, begin_run
from segan_cli.training.run.starting_point import check_last_stages, start_from
from segan_cli.training.settings import TrainSettings, load_train_settings, train_settings

Make = Callable[..., TrainSettings]
CPU = torch.device("cpu")
EDGE: dict[str, Any] = {
    "fine_channels": 8,
    "edge_channels": 8,
    "gesture": True,
    "cycle": False,
    "lambda_sc": 0.0,
    "skeleton_discriminator": False,
    "lambda_adv_edge": 1.0,
    "lambda_match": 1.0,
    "penalty": 1.0,
}


@pytest.fixture
def fine_batch(make_fine_pairs: Callable[..., Any]) -> Any:
    return plain_batch(pair_set([make_fine_pairs()], "train", 0), [0, 1, 2, 3], CPU)


def test_only_the_last_stages_move(tiny: Make, make_fine_pairs: Callable[..., Any], tmp_path: Path) -> None:
    settings = tiny(**EDGE | {"trained": "edges", "source_residual": True, "steps": 3, "size_px": 32})
    learned, start = begin(settings, 1, None, CPU), tmp_path / "start.safetensors"
    write_checkpoint(start, *pack(learned))
    before = learned.networks.state_dict()
    hands, pairs = [Hand("mine", tmp_path)], (make_fine_pairs(),)
    trainer = begin_run(tmp_path / "run", settings, hands, pairs, Processes(0, 1, CPU), init=start)
    assert trainer.fit() != "interrupted" and trainer.state.step == 3
    moved = {
        name for name, value in trainer.state.networks.state_dict().items() if not torch.equal(value, before[name])
    }
    drawing = {name.removeprefix("forward_generator.") for name in moved if name.startswith("forward_generator.")}
    assert {name.split(".")[0] for name in drawing} == {"draw", "edge", "gain"}
    assert any(name.startswith("edge_discriminator.") for name in moved)


def test_without_an_edge_stage_there_is_nothing_to_train_alone(tiny: Make) -> None:
    with pytest.raises(UsageError, match="edge_channels"):
        train_settings({"trained": "edges"})
    with pytest.raises(ValueError, match="no edge stage"):
        Generator(tiny(cycle=False).network).train_edges_alone()


def test_where_nothing_has_learned_the_last_stages_are_not_trained_alone(
    tiny: Make, tmp_path: Path, segan: Callable[..., Any]
) -> None:
    run = segan("train", "examples/kouzan-gyosho", "--preset", "edges", "--out", str(tmp_path / "run"))
    assert run.code == 2 and "no weights to start from" in run.err and "--init" in run.err
    assert not (tmp_path / "run").exists()
    start = tmp_path / "grey.safetensors"
    write_checkpoint(
        start,
        *pack(
            begin(
                tiny(**EDGE | {"edge_channels": 0, "gesture": False, "lambda_adv_edge": 0.0, "lambda_match": 0.0}),
                1,
                None,
                CPU,
            )
        ),
    )
    with pytest.raises(UsageError, match="no edge stage"):
        check_last_stages(tiny(**EDGE | {"trained": "edges"}), start)


def test_weights_without_subpixels_draw_what_they_drew(tiny: Make, fine_batch: Any, tmp_path: Path) -> None:
    settings = tiny(**EDGE)
    trained = begin(settings, 1, None, CPU)
    torch.nn.init.normal_(trained.ema.edge.last.weight, std=0.1)  # type: ignore[union-attr]
    tensors, metadata = pack(trained)
    lacking = {name: value for name, value in tensors.items() if "edge.subpixels." not in name}
    assert len(lacking) < len(tensors)
    write_checkpoint(tmp_path / "start.safetensors", lacking, metadata)
    state = begin(settings.changed(seed=5), 1, None, CPU)
    start_from(state, tmp_path / "start.safetensors", settings, ["mine"])
    pictures = fine_batch.source, fine_batch.source_skeleton, fine_batch.style
    with torch.no_grad():
        one, other = (network(*pictures).distance for network in (trained.ema, state.ema))
    assert torch.equal(one, other)


def test_subpixels_reach_single_pixels_of_the_finer_grid(tiny: Make, fine_batch: Any) -> None:
    network = Generator(tiny(**EDGE).network).eval()
    pictures = fine_batch.source, fine_batch.source_skeleton, fine_batch.style
    with torch.no_grad():
        before = network(*pictures).distance
        network.edge.subpixels[0].bias[1] += 1.0  # type: ignore[union-attr, index]
        apart = network(*pictures).distance - before
    assert torch.allclose(apart[:, :, ::2, 1::2], torch.ones(()), atol=1e-5)
    apart[:, :, ::2, 1::2] = 0
    assert apart.abs().max() < 1e-5


def test_the_relativistic_form_wants_the_target_before_what_was_drawn() -> None:
    high, low = torch.full((2, 1, 4, 4), 3.0), torch.full((2, 1, 4, 4), -3.0)
    assert relativistic_loss(high, low) < 0.01 < 5 < relativistic_loss(low, high)
    assert relativistic_loss(high + 7, low + 7) == pytest.approx(float(relativistic_loss(high, low)))


def _towards(parts: Networks, batch: Any, settings: TrainSettings) -> tuple[float, float]:
    """The adversarial terms of generator and discriminator where the discriminator calls ink real."""
    with torch.no_grad():
        for parameter in parts.edge_discriminator.parameters():  # type: ignore[union-attr]
            parameter.abs_()
    terms, drawn = generator_losses(parts, batch, settings.losses, adversarial=True)
    judged = discriminator_losses(parts, batch, drawn, settings.losses).edge
    return terms.adv_edge.item(), judged.item()


def test_the_two_sides_of_the_relativistic_form_are_each_others_mirror(tiny: Make, fine_batch: Any) -> None:
    settings = tiny(**EDGE | {"edge_form": "relativistic"})
    torch.manual_seed(0)
    parts = Networks(settings, 1)
    torch.nn.init.constant_(parts.forward_generator.edge.last.bias, 30.0)  # type: ignore[union-attr, arg-type]
    generator, discriminator = _towards(parts, fine_batch, settings)
    assert generator < discriminator  # all ink was drawn, and this discriminator calls ink real


def test_the_relativistic_penalty_is_paid_on_both_pictures(tiny: Make, fine_batch: Any) -> None:
    found = {}
    for form in ("log", "relativistic"):
        settings = tiny(**EDGE | {"edge_form": form})
        torch.manual_seed(0)
        parts = Networks(settings, 1)
        _, drawn = generator_losses(parts, fine_batch, settings.losses, adversarial=True)
        found[form] = discriminator_losses(parts, fine_batch, drawn, settings.losses, penalised=True).penalty.item()
    assert found["relativistic"] > 1.2 * found["log"] > 0


def test_the_edges_preset_is_inks_with_its_last_stages_learning(tmp_path: Path) -> None:
    ink, edges = load_train_settings("ink"), load_train_settings("edges")
    assert ink.network == edges.network and ink.data == edges.data
    assert (ink.optimizer.trained, edges.optimizer.trained) == ("all", "edges")
    assert (ink.losses.edge_form, edges.losses.edge_form) == ("log", "relativistic")


def test_presets_that_begin_from_each_other_are_refused(tmp_path: Path) -> None:
    one, other = tmp_path / "one.toml", tmp_path / "other.toml"
    one.write_text(f'preset = "{other}"\n')
    other.write_text(f'preset = "{one}"\n')
    with pytest.raises(UsageError, match="go round"):
        load_train_settings(str(one))
