"""What contours cover, and contours that cover what they should."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from segan_cli.outline.contours import half_ink_contours
from segan_cli.outline.pixel_coverage import coverage, evenly_spaced, match_coverage

TRIANGLE = np.array([(5.3, 40.9), (48.6, 44.2), (20.1, 7.7)])
ONE = np.array([0, 3])


def test_coverage_adds_up_to_the_area_and_is_never_more_than_a_pixel() -> None:
    drawn = coverage(TRIANGLE, ONE, 64, 64)
    (x, y), (u, v) = TRIANGLE[1] - TRIANGLE[0], TRIANGLE[2] - TRIANGLE[0]
    assert drawn.sum() == pytest.approx(abs(x * v - y * u) / 2, abs=1e-9)
    assert drawn.min() > -1e-12
    assert drawn.max() == pytest.approx(1.0)


def test_one_pixel_is_covered_by_its_share() -> None:
    half = np.array([(2.0, 3.0), (3.0, 3.0), (3.0, 2.0)])
    drawn = coverage(half, ONE, 8, 8)
    assert drawn[2, 2] == pytest.approx(0.5)
    assert np.count_nonzero(np.abs(drawn) > 1e-12) == 1


def test_beyond_the_canvas_is_cut_off() -> None:
    wide = np.array([(-10.0, 20.0), (30.0, 20.0), (30.0, -10.0), (-10.0, -10.0)])
    drawn = coverage(wide, np.array([0, 4]), 16, 16)
    assert drawn == pytest.approx(np.ones((16, 16)))


def test_contours_close_and_keep_the_ink_on_their_left() -> None:
    ink = np.zeros((12, 12), dtype=np.float32)
    ink[2:10, 2:10] = 1
    ink[5:7, 5:7] = 0
    points, starts = half_ink_contours(ink, 0.5)
    areas = sorted(coverage(points[a:b], np.array([0, b - a]), 12, 12).sum() for a, b in itertools.pairwise(starts))
    assert areas == pytest.approx([-3.5, 63.5])


@pytest.mark.parametrize("flip", [False, True])
def test_a_saddle_is_joined_by_its_mean(flip: bool) -> None:
    for value, parts in ((0.9, 1), (0.1, 2)):
        ink = np.full((2, 2), value * 0.4, dtype=np.float32)
        ink[0, 0] = ink[1, 1] = 1.0 if value > 0.5 else 0.6
        ink = ink[::-1].copy() if flip else ink
        assert len(half_ink_contours(ink, 0.5)[1]) - 1 == parts


def test_even_spacing_keeps_the_length() -> None:
    points, starts = evenly_spaced(TRIANGLE, ONE, 0.7)
    steps = np.hypot(*(np.roll(points, -1, axis=0) - points).T)
    assert len(points) == starts[-1]
    assert steps.max() == pytest.approx(0.7, rel=0.02)


def test_the_match_finds_the_true_edge() -> None:
    ink = coverage(TRIANGLE, ONE, 64, 64).astype(np.float32)
    points, starts = evenly_spaced(*half_ink_contours(ink, 0.5), 0.7)
    before = np.abs(coverage(points, starts, 64, 64) - ink).sum()
    moved = match_coverage(points, starts, ink, 4, 1.0)
    assert np.abs(coverage(moved, starts, 64, 64) - ink).sum() < 0.35 * before
