"""Bending a target to what was drawn."""

from __future__ import annotations

import torch
from torch import Tensor

from segan_cli.training.bending import bending_field
from segan_cli.training.losses import pixel_loss
from segan_cli.training.networks import move

SIDE = 64


def bars(*lefts: int, top: int = 12) -> Tensor:
    """One picture a place: an upright bar, 6 px wide, on white paper."""
    pictures = torch.full((len(lefts), 1, SIDE, SIDE), -1.0)
    for picture, left in zip(pictures, lefts, strict=True):
        picture[0, top : top + 40, left : left + 6] = 1.0
    return pictures


def as_ink(picture: Tensor) -> Tensor:
    return (picture + 1) / 2


def test_a_stroke_beside_the_drawn_one_comes_to_lie_on_it() -> None:
    target, drawn = bars(24), bars(28)
    bent = move(target, bending_field(target, as_ink(drawn), 6))
    assert pixel_loss(bent, drawn) < 0.5 * pixel_loss(target, drawn)
    assert abs(as_ink(bent).sum() - as_ink(target).sum()) < 0.1 * as_ink(target).sum()  # it is as broad as before


def test_no_stroke_is_moved_farther_than_the_reach() -> None:
    target, drawn = bars(20), bars(30)
    moved_px = bending_field(target, as_ink(drawn), 3)[0, 0].abs().max() * SIDE / 2
    assert 1.5 < moved_px < 3.3  # splines swing a little beyond their nodes


def test_what_is_drawn_in_its_place_stays() -> None:
    target = bars(24)
    assert bending_field(target, as_ink(target), 6).abs().max() * SIDE / 2 < 0.2


def test_most_of_a_stroke_that_was_not_drawn_stays_to_be_missed() -> None:
    target = torch.maximum(bars(16), bars(40))
    bent = move(target, bending_field(target, as_ink(bars(16)), 4 * SIDE / 128))
    assert as_ink(bent)[..., 32:].sum() > 0.5 * as_ink(target)[..., 32:].sum()


def test_each_picture_has_its_own_field_whatever_lies_beside_it() -> None:
    target, drawn = bars(24, 24), bars(28, 20)
    both = bending_field(target, as_ink(drawn), 6)
    torch.testing.assert_close(both[:1], bending_field(target[:1], as_ink(drawn[:1]), 6), atol=1e-4, rtol=1e-3)
    assert both[0, 0].mean() * both[1, 0].mean() < 0


def test_no_gradient_flows_through_the_search() -> None:
    ink = as_ink(bars(28)).requires_grad_()
    with torch.no_grad():
        quiet = bending_field(bars(24), ink, 6)
    field = bending_field(bars(24), ink, 6)
    assert not field.requires_grad
    torch.testing.assert_close(field, quiet)
