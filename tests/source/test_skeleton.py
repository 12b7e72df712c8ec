from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import ndimage

from segan_cli.errors import EmptyGlyphError
from segan_cli.source.skeleton import dilate, skeleton_ink, thin
from segan_cli.source.stroke_width import stroke_widths

EIGHT = np.ones((3, 3))
strokes = arrays(bool, st.tuples(st.integers(1, 14), st.integers(1, 14))).filter(lambda picture: picture.any())


def plain_zhang_suen(picture: np.ndarray) -> np.ndarray:
    """The algorithm as published, slowly, in NumPy."""
    p = np.pad(picture.astype(int), 1)
    while True:
        before = p.copy()
        for first in (True, False):
            n = [p[:-2, 1:-1], p[:-2, 2:], p[1:-1, 2:], p[2:, 2:], p[2:, 1:-1], p[2:, :-2], p[1:-1, :-2], p[:-2, :-2]]
            b, a = sum(n), sum((n[k] == 0) & (n[(k + 1) % 8] == 1) for k in range(8))
            above, right, below, left = n[0], n[2], n[4], n[6]
            one, two = (
                (above * right * below, right * below * left) if first else (above * right * left, above * below * left)
            )
            p[1:-1, 1:-1][(b >= 2) & (b <= 6) & (a == 1) & (one == 0) & (two == 0) & (p[1:-1, 1:-1] == 1)] = 0
        if (p == before).all():
            return p[1:-1, 1:-1].astype(bool)


@settings(deadline=None, max_examples=150)
@given(strokes)
def test_thinning_is_the_published_one_and_keeps_every_part(picture: np.ndarray) -> None:
    line, plain = thin(picture.astype(np.float32)), plain_zhang_suen(picture)
    assert (line & ~picture).sum() == 0
    assert ndimage.label(line, EIGHT)[1] == ndimage.label(picture, EIGHT)[1]
    assert (thin(line.astype(np.float32)) == line).all()
    assert (line & plain == plain).all()
    assert (line & ~plain).sum() == ndimage.label(line, EIGHT)[1] - ndimage.label(plain, EIGHT)[1]


def test_a_dot_keeps_a_point_and_a_bar_its_middle() -> None:
    dot = np.zeros((8, 8), np.float32)
    dot[3:5, 3:5] = 1
    assert thin(dot).sum() == 1
    bar = np.zeros((9, 20), np.float32)
    bar[3:6, 2:18] = 1
    assert set(np.nonzero(thin(bar))[0]) == {4}


def test_blank_is_an_error() -> None:
    with pytest.raises(EmptyGlyphError, match=r"0\.5"):
        thin(np.full((8, 8), 0.49, np.float32))


@pytest.mark.parametrize(("width", "across"), [(1, 1), (2, 2), (3, 3), (4, 4)])
def test_the_pen_is_as_wide_as_asked(width: int, across: int) -> None:
    line = np.zeros((32, 32), bool)
    line[16, 4:28] = True
    assert dilate(line, width)[:, 16].sum() == across
    assert (dilate(line, width) & line == line).all()


def test_skeleton_ink_is_a_sixty_fourth_wide() -> None:
    line = np.zeros((128, 128), bool)
    line[64, 10:100] = True
    ink = skeleton_ink(line, 128)
    assert ink.dtype == np.float32 and ink[:, 50].sum() == 2


def test_a_pixel_at_the_threshold_is_stroke_and_one_below_is_not() -> None:
    ink = np.zeros((9, 9), np.float32)
    ink[4, 1:8] = 0.5
    assert thin(ink, threshold=0.5).sum() == 7
    with pytest.raises(EmptyGlyphError, match=r"0\.51"):
        thin(ink, threshold=0.51)


def test_a_stroke_is_as_wide_as_its_pixels() -> None:
    ink = np.zeros((40, 40), np.float32)
    ink[10:17, 3:37] = 1
    line = np.zeros((40, 40), bool)
    line[13, 10:30] = True
    assert stroke_widths(ink, line).tolist() == [7.0] * 20
