"""The step: every switch and every λ matters; gradients pass through SG, which stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.loop import step
from segan_cli.training.loop.step import Networks, discriminator_losses, generator_losses
from segan_cli.training.model.losses import GeneratorLosses
from segan_cli.training.model.skeleton_gan import SkeletonGenerator
from segan_cli.training.settings import TrainSettings

Make = Callable[..., TrainSettings]


def networks(settings: TrainSettings) -> Networks:
    torch.manual_seed(0)
    return Networks(settings, 1, SkeletonGenerator(8, 1) if settings.needs_skeleton_generator else None)


def terms(settings: TrainSettings, batch: TrainBatch, *, adversarial: bool = True) -> GeneratorLosses:
    return generator_losses(networks(settings), batch, settings.losses, adversarial=adversarial)[0]


def test_with_everything_on_every_term_is_there(tiny: Make, tiny_batch: Any) -> None:
    found = terms(tiny(displacement=True, lambda_displacement=1.0, lambda_line=1.0, lambda_edge=1.0), tiny_batch)
    finer = {"distance", "weight", "adv_edge", "match"}  # of an edge stage
    assert all((getattr(found, name).item() != 0) == (name not in finer) for name in GeneratorLosses.__slots__)


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        ({"lambda_sc": 0.0}, "sc"),
        ({"image_discriminator": False}, "adv_image"),
        ({"skeleton_discriminator": False}, "adv_skeleton"),
        ({"cycle": False}, "cycle"),
        ({"lambda_cycle": 0.0}, "cycle"),
        ({"lambda_cls": 0.0}, "cls"),
        ({"lambda_adv": 0.0}, "adv_image"),
        ({"lambda_adv": 0.0}, "adv_skeleton"),
        ({"lambda_displacement": 0.0}, "displacement"),
        ({"displacement": False}, "displacement"),
        ({"lambda_line": 0.0}, "line"),
        ({"lambda_edge": 0.0}, "edge"),
    ],
)
def test_each_switch_silences_its_term(tiny: Make, tiny_batch: Any, changes: dict[str, Any], silent: str) -> None:
    settings = tiny(
        **{"displacement": True, "lambda_displacement": 1.0, "lambda_line": 1.0, "lambda_edge": 1.0} | changes
    )
    assert getattr(terms(settings, tiny_batch), silent).item() == 0


def test_adversarial_terms_wait_for_their_time(tiny: Make, tiny_batch: Any) -> None:
    found = terms(tiny(), tiny_batch, adversarial=False)
    assert found.adv_image.item() == 0 and found.adv_skeleton.item() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"lambda_adv": 2.0},
        {"lambda_cycle": 2.0},
        {"lambda_cls": 2.0},
        {"lambda_con": 2.0},
        {"lambda_sc": 2.0},
        {"content": "paper"},
        {"adversarial": "lsgan"},
        {"adversarial": "log"},
        {"skeleton_encoder": False, "attention": "sram"},
        {"attention": "cam"},
        {"cycle": False},
        {"skeleton_discriminator": False},
        {"image_discriminator": False},
        {"classify_share": 0.25},
        {"source_residual": False},
        {"skip_features": True},
        {"displacement": True},
        {"fine_channels": 8},
        {"skeleton_channels": 16},
        {"sharpness": 2.0},
        {"warp_px": 2.0},
    ],
)
def test_every_setting_of_the_loss_changes_the_total(tiny: Make, tiny_batch: Any, changes: dict[str, Any]) -> None:
    plain, other = tiny(), tiny(**changes)
    assert terms(plain, tiny_batch).total(plain.losses).item() != pytest.approx(
        terms(other, tiny_batch).total(other.losses).item()
    )


def test_the_displacements_own_term_is_added(tiny: Make, tiny_batch: Any) -> None:
    settings, other = tiny(displacement=True), tiny(displacement=True, lambda_displacement=1.0)  # the same network
    without, found = terms(settings, tiny_batch).total(settings.losses), terms(other, tiny_batch)
    assert (
        found.total(other.losses).item() == pytest.approx(without.item() + found.displacement.item())
        and found.displacement.item() > 0
    )


def test_bent_targets_are_seen_by_the_content_terms_alone(tiny: Make, tiny_batch: Any) -> None:
    common = {"displacement": True, "lambda_displacement": 1.0, "lambda_line": 1.0, "cycle": False}
    plain, bent = terms(tiny(**common), tiny_batch), terms(tiny(warp_px=2.0, **common), tiny_batch)
    differing = {name for name in GeneratorLosses.__slots__ if getattr(plain, name) != getattr(bent, name)}
    assert differing == {"pix", "sc", "line"}


def test_only_the_hands_glyphs_are_bent_and_never_the_fonts(
    tiny: Make, tiny_batch: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    monkeypatch.setattr(
        step, "warp_field", lambda target, *rest: seen.append(target) or torch.zeros(len(target), 2, 4, 4)
    )
    terms(tiny(warp_px=2.0), tiny_batch)  # with the cycle, there and back
    assert [target is tiny_batch.target for target in seen] == [True]


def test_a_mirrored_batch_swaps_both_domains(tiny_batch: Any) -> None:
    mirrored = tiny_batch.mirrored()
    assert mirrored.source is tiny_batch.target and mirrored.target_skeleton is tiny_batch.source_skeleton


def test_gradients_reach_the_generator_through_a_frozen_sg(tiny: Make, tiny_batch: Any) -> None:
    settings = tiny(lambda_sc=1.0, cycle=False, lambda_cls=0.0)
    parts = networks(settings)
    assert parts.skeleton_generator is not None
    before = {name: value.clone() for name, value in parts.skeleton_generator.state_dict().items()}
    found, _ = generator_losses(parts, tiny_batch, settings.losses, adversarial=True)
    found.sc.backward(retain_graph=True)
    assert (
        sum(float(part.grad.abs().sum()) for part in parts.forward_generator.parameters() if part.grad is not None) > 0
    )
    found.adv_skeleton.backward()
    assert all(part.grad is None for part in parts.skeleton_generator.parameters())
    assert all(torch.equal(value, before[name]) for name, value in parts.skeleton_generator.state_dict().items())


def test_both_directions_train(tiny: Make, tiny_batch: Any) -> None:
    settings = tiny()
    parts = networks(settings)
    found, drawn = generator_losses(parts, tiny_batch, settings.losses, adversarial=True)
    found.total(settings.losses).backward()
    assert len(drawn) == 2
    for generator in parts.generators():
        silent = [name for name, part in generator.named_parameters() if part.grad is None]
        assert silent == []


def test_every_discriminator_learns_from_its_term_and_the_generators_do_not(tiny: Make, tiny_batch: Any) -> None:
    settings = tiny()
    parts = networks(settings)
    _, drawn = generator_losses(parts, tiny_batch, settings.losses, adversarial=True)
    discriminator_losses(parts, tiny_batch, drawn, settings.losses).total(settings.losses).backward()
    assert len(parts.discriminators()) == 4
    for judge in parts.discriminators():
        assert any(part.grad is not None and part.grad.abs().sum() > 0 for part in judge.parameters())
    assert all(part.grad is None for generator in parts.generators() for part in generator.parameters())


def test_without_the_cycle_there_is_no_way_back(tiny: Make) -> None:
    parts = networks(tiny(cycle=False))
    assert parts.backward_generator is None and len(parts.discriminators()) == 2 and parts.backward_direction() is None


def test_d_s_compares_sg_of_the_drawn_glyph_with_the_hands_skeleton(tiny: Make, tiny_batch: Any) -> None:
    settings = tiny(cycle=False)
    parts = networks(settings)
    _, drawn = generator_losses(parts, tiny_batch, settings.losses, adversarial=True)
    assert parts.skeleton_generator is not None and drawn[0].skeleton is not None
    assert torch.allclose(drawn[0].skeleton, parts.skeleton_generator(drawn[0].image), atol=1e-6)
