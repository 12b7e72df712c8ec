"""Knots that lie on another knot, or on a piece that does not end there."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEAR = 0.01
"""Font units: a knot nearer than this to a piece is on it. FontForge takes lines for so much longer."""
SAMPLES = 16
"""Places of a cubic between which the one nearest to a knot is looked for."""
THIRDS = 24
"""How often the interval that holds the nearest place loses a third: 2/3 to this power is less than a ten-thousandth."""


@compiled
def touched_knots(controls: Floats, straight: npt.NDArray[np.bool_], after: Ints) -> Floats:
    """(N, 2) the knots that touch something.

    Args:
        controls: (P, 4, 2); see `piece_crossings.piece_table`, also for the others.
    """
    count = len(controls)
    places = np.empty((count, 2), dtype=np.float64)
    found = 0
    low, high = np.empty((count, 2), dtype=np.float64), np.empty((count, 2), dtype=np.float64)
    for p in range(count):
        for axis in range(2):
            low[p, axis], high[p, axis] = controls[p, :, axis].min() - NEAR, controls[p, :, axis].max() + NEAR
    for own in range(count):
        x, y = controls[own, 0, 0], controls[own, 0, 1]
        for p in range(count):
            if x < low[p, 0] or x > high[p, 0] or y < low[p, 1] or y > high[p, 1] or p == own:
                continue
            on_knot = controls[p, 0, 0] == x and controls[p, 0, 1] == y
            if on_knot or (after[p] != own and _is_near(controls, straight, p, x, y)):
                places[found, 0], places[found, 1] = x, y
                found += 1
                break
    return places[:found].copy()


@compiled
def _is_near(controls: Floats, straight: npt.NDArray[np.bool_], p: int, x: float, y: float) -> bool:
    """Is a place nearer than `NEAR` to a piece?"""
    if straight[p]:
        dx, dy = controls[p, 3, 0] - controls[p, 0, 0], controls[p, 3, 1] - controls[p, 0, 1]
        along = ((x - controls[p, 0, 0]) * dx + (y - controls[p, 0, 1]) * dy) / (dx * dx + dy * dy)
        return _distance(controls, p, min(max(along, 0.0), 1.0), x, y, True) < NEAR
    nearest, best = 0, math.inf
    for k in range(SAMPLES + 1):
        away = _distance(controls, p, k / SAMPLES, x, y, False)
        if away < best:
            nearest, best = k, away
    low, high = max(nearest - 1, 0) / SAMPLES, min(nearest + 1, SAMPLES) / SAMPLES
    for _ in range(THIRDS):
        one, other = (2 * low + high) / 3, (low + 2 * high) / 3
        if _distance(controls, p, one, x, y, False) < _distance(controls, p, other, x, y, False):
            high = other
        else:
            low = one
    return min(best, _distance(controls, p, (low + high) / 2, x, y, False)) < NEAR


@compiled
def _distance(controls: Floats, p: int, u: float, x: float, y: float, line: bool) -> float:
    """From a place to the place of a piece at parameter `u`."""
    v = 1 - u
    b0, b1, b2, b3 = (v, 0.0, 0.0, u) if line else (v * v * v, 3 * u * v * v, 3 * u * u * v, u * u * u)
    dx = b0 * controls[p, 0, 0] + b1 * controls[p, 1, 0] + b2 * controls[p, 2, 0] + b3 * controls[p, 3, 0] - x
    dy = b0 * controls[p, 0, 1] + b1 * controls[p, 1, 1] + b2 * controls[p, 2, 1] + b3 * controls[p, 3, 1] - y
    return math.hypot(dx, dy)
