"""Knots that are nearly in one place become one, and smooth stretches stay smooth."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from segan_cli.outline.knots import CORNER, EXTREME, PLAIN
from segan_cli.outline.merging import with_near_knots_merged

Chain = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.bool_]]


def circle(degrees: list[float], kinds: list[int], curve: list[bool]) -> Chain:
    """A chain of cubics around a circle of radius 100: in-handle, knot, out-handle, tangent."""
    turn = np.radians(degrees)
    gaps = np.diff(turn, append=turn[0] + 2 * np.pi)
    out = 4 / 3 * np.tan(gaps / 4) * 100
    at, along = 100 * np.stack([np.cos(turn), np.sin(turn)], 1), np.stack([-np.sin(turn), np.cos(turn)], 1)
    chain = np.hstack([at - np.roll(out, 1)[:, None] * along, at, at + out[:, None] * along, along])
    return 10 * np.arange(len(turn) + 1), chain, np.array(kinds), np.array(curve)


@pytest.mark.parametrize(
    ("kinds", "curve", "kind", "vertex"),
    [
        ((PLAIN, PLAIN), (True, True), PLAIN, 15),
        ((PLAIN, EXTREME), (True, True), EXTREME, 10),
        ((EXTREME, PLAIN), (True, True), EXTREME, 10),
        ((CORNER, PLAIN), (True, True), CORNER, 10),
        ((PLAIN, CORNER), (True, True), CORNER, 20),
        ((PLAIN, PLAIN), (False, False), CORNER, 15),
    ],
)
def test_two_near_knots_become_one(kinds: tuple[int, int], curve: tuple[bool, bool], kind: int, vertex: int) -> None:
    before, after = curve
    chain = circle([0, 89, 91, 200], [EXTREME, *kinds, PLAIN], [before, True, after, True])
    at, merged, new_kinds, new_curve = with_near_knots_merged(*chain, 5.0)
    assert at.tolist() == [0, vertex, 30, 40] and new_kinds.tolist() == [EXTREME, kind, PLAIN]
    assert new_curve.tolist() == [before, after, True]
    x, y = merged[1, 2:4]
    assert abs(x) < 2 and abs(y - 100) < 0.1, "in the middle, or where the corner or the extreme is"
    into, out = merged[1, 2:4] - merged[1, :2], merged[1, 4:6] - merged[1, 2:4]
    if kind != CORNER:
        assert abs(into[0] * out[1] - into[1] * out[0]) < 1e-6 * np.hypot(*into) * np.hypot(*out)


def test_knots_apart_stay() -> None:
    chain = circle([0, 89, 95, 200], [EXTREME, PLAIN, PLAIN, PLAIN], [True] * 4)
    assert all(a is b for a, b in zip(with_near_knots_merged(*chain, 5.0), chain, strict=True))
