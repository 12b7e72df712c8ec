"""Signed distances: true to the outline, kept in bytes, moved without loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from segan_cli.training.data.augment import Changes, augment, draw_corner, transform_distances
from segan_cli.training.data.distance import REACH_PX, coverage, pack_distance, signed_distance, unpack_distance


def disc(side: int, middle: tuple[float, float], radius: float) -> np.ndarray:
    """A disc with exact enough coverage, drawn eight times as fine."""
    places = (np.arange(side * 8) + 0.5) / 8
    inside = (places[:, None] - middle[0]) ** 2 + (places - middle[1]) ** 2 < radius**2
    return inside.reshape(side, 8, side, 8).mean((1, 3)).astype(np.float32)


def true_distance(side: int, middle: tuple[float, float], radius: float) -> np.ndarray:
    places = np.arange(side) + 0.5
    return radius - np.hypot(places[:, None] - middle[0], places - middle[1])


def test_the_distance_of_a_disc_is_true_to_a_quarter_of_a_pixel_and_without_bias() -> None:
    found = signed_distance(disc(128, (61.3, 67.8), 30.4))
    expected = true_distance(64, (30.65, 33.9), 15.2)
    near = np.abs(expected) < REACH_PX - 0.5
    assert np.abs(found - expected)[near].max() < 1 / 4
    assert abs(float((found - expected)[near].mean())) < 0.02
    assert found.max() == REACH_PX and found.min() == -REACH_PX


def test_blank_and_full_pictures_have_the_farthest_distance() -> None:
    assert (signed_distance(np.zeros((8, 8), np.float32)) == -REACH_PX).all()
    assert (signed_distance(np.ones((8, 8), np.float32)) == REACH_PX).all()


def test_bytes_keep_a_32nd_of_a_pixel() -> None:
    values = np.linspace(-REACH_PX, REACH_PX, 999, dtype=np.float32)
    back = unpack_distance(torch.from_numpy(pack_distance(values))).numpy()
    assert np.abs(back - values).max() <= REACH_PX / 255 + 1e-6
    assert back[0] == -REACH_PX and back[-1] == REACH_PX


def test_coverage_is_the_share_of_a_pixel_at_a_straight_edge() -> None:
    assert coverage(torch.tensor([-2.0, -0.5, -0.25, 0.0, 0.25, 3.0])).tolist() == [0, 0, 0.25, 0.5, 0.75, 1]


def changes(scale: float, across: float, down: float) -> Changes:
    return Changes(np.array([scale], np.float32), np.array([[across, down]], np.float32), np.zeros(1, np.float32))


def test_distances_move_with_the_pictures_and_stay_distances() -> None:
    moving = changes(1.06, 0.031, -0.017)
    moved = transform_distances(torch.from_numpy(signed_distance(disc(128, (64, 64), 30)))[None, None], moving)[0, 0]
    middle = (32 + 0.017 * 32 / 1.06, 32 - 0.031 * 32 / 1.06)
    expected = true_distance(64, middle, 15 / 1.06)
    near = np.abs(expected) < REACH_PX - 1
    assert np.abs(moved.numpy() - expected)[near].max() < 0.25


def test_a_moved_distance_gives_a_crisper_picture_than_moved_grey() -> None:
    ink = disc(256, (128, 128), 40)
    fine = torch.from_numpy(signed_distance(ink))[None, None]
    grey = torch.from_numpy(ink.reshape(128, 2, 128, 2).mean((1, 3)))[None, None].expand(1, 4, -1, -1)
    moving = changes(1.0, 0.5 / 64, 0.5 / 64)  # half a pixel each direction: the worst for grey
    moved = coverage(transform_distances(fine, moving))
    blurred = augment(grey.contiguous(), moving)[:, 2:3]
    aim = torch.from_numpy(disc(256, (127, 127), 40).reshape(128, 2, 128, 2).mean((1, 3)))
    assert F.l1_loss(moved[0, 0], aim) < F.l1_loss(blurred[0, 0], aim) / 2


def diamond(size: int, middle: float, reach: float) -> np.ndarray:
    """Ink with four right angles, each pixel's share of it counted on a grid sixteen times as fine."""
    at = (np.arange(16 * size) + 0.5) / 16 - middle
    inside = (np.abs(at)[:, None] + np.abs(at)[None]) < reach
    return inside.reshape(size, 16, size, 16).mean((1, 3)).astype(np.float32)


def test_corners_stay_sharp_where_targets_are_moved() -> None:
    """Moved twice by half a pixel each way, where bilinear sampling shortens the distance at a corner by a quarter of a pixel."""
    start, aim = (torch.from_numpy(signed_distance(diamond(128, middle, 40)))[None, None] for middle in (64, 66))
    half_px = changes(1.0, -0.5 / 32, -0.5 / 32)
    moved = transform_distances(transform_distances(start, half_px), half_px)
    assert (moved - aim).abs().max() < 0.12


def test_paper_follows_where_a_moved_picture_ends() -> None:
    moved = transform_distances(torch.full((1, 1, 16, 16), REACH_PX), changes(1.0, 0.5, 0.0))
    assert (moved[..., :11] == REACH_PX).all() and (moved[..., 13:] == -REACH_PX).all()


@pytest.mark.parametrize("draw", [0, 16, 4096])
def test_the_small_judges_square_lies_on_the_canvas_and_is_the_draws_own(draw: int) -> None:
    corner = draw_corner(1, draw, 32)
    assert corner == draw_corner(1, draw, 32) != draw_corner(1, draw + 1, 32)
    assert all(0 <= place <= 32 for place in corner)
