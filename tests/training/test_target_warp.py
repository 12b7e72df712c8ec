"""Bending a target to what was drawn."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from segan_cli.training.loop.target_warp import warp_field
from segan_cli.training.model.losses import pixel_loss
from segan_cli.training.model.networks import warp

SIDE = 128
REACH = 4.0


def bar(left: int, width: int = 5) -> Tensor:
    """An upright bar on white paper."""
    picture = torch.full((1, 1, SIDE, SIDE), -1.0)
    picture[..., 24:104, left : left + width] = 1.0
    return picture


def ink(picture: Tensor) -> float:
    return float((picture + 1).sum() / 2)


def moved_px(field: Tensor, left: int) -> float:
    """How far the bar's middle was moved to the right: a field points to where a pixel comes from."""
    column = left // 4
    return -float(field[0, 0, 8:24, column].mean()) * SIDE / 2


def test_a_stroke_beside_the_drawn_one_comes_to_lie_on_it() -> None:
    target, drawn = bar(48), bar(51)
    bent = warp(target, warp_field(target, drawn, REACH))
    assert pixel_loss(bent, drawn) < 0.4 * pixel_loss(target, drawn)
    assert ink(bent) == pytest.approx(ink(target), rel=0.05)


@pytest.mark.parametrize("phase", range(4))
def test_a_thin_strokes_place_is_seen_within_a_cell_too(phase: int) -> None:
    left = 48 + phase
    field = warp_field(bar(left, 2), bar(left + 2, 2), REACH)
    assert 0.5 < moved_px(field, left + 2) < 2.5


def test_no_stroke_is_moved_farther_than_the_reach() -> None:
    field = warp_field(torch.maximum(bar(20), bar(80)), torch.maximum(bar(28), bar(88)), 3)
    assert 2 < float(field.abs().max()) * SIDE / 2 <= 3.001


@pytest.mark.parametrize("noise", [0.0, 0.04])
def test_what_is_drawn_in_its_place_stays(noise: float) -> None:
    drawn = bar(48) + noise * torch.randn(1, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
    assert warp_field(bar(48), drawn, REACH).abs().max() * SIDE / 2 < 0.25


def test_a_strokes_weight_is_compared_more_than_bent() -> None:
    for width in (4, 14):
        bent = warp(bar(48, 8), warp_field(bar(48, 8), bar(52 - width // 2, width), REACH))
        mean_width = ink(bent) / 80
        assert abs(mean_width - 8) < 0.5 * abs(width - 8)


def test_most_of_a_stroke_that_was_not_drawn_stays_to_be_missed() -> None:
    both = torch.maximum(bar(30), bar(80))
    bent = warp(both, warp_field(both, bar(30), REACH))
    assert ink(bent[..., 64:]) > 0.65 * ink(both[..., 64:])


def test_each_picture_has_its_own_field_whatever_lies_beside_it() -> None:
    target, drawn = torch.cat([bar(48), bar(48)]), torch.cat([bar(51), bar(45)])
    both = warp_field(target, drawn, REACH)
    torch.testing.assert_close(both[:1], warp_field(target[:1], drawn[:1], REACH), atol=1e-4, rtol=1e-3)
    assert moved_px(both[:1], 51) > 1 and moved_px(both[1:], 45) < -1


def test_no_gradient_flows_through_the_search() -> None:
    drawn = bar(51).requires_grad_()
    with torch.no_grad():
        quiet = warp_field(bar(48), drawn, REACH)
    field = warp_field(bar(48), drawn, REACH)
    assert not field.requires_grad
    torch.testing.assert_close(field, quiet)
