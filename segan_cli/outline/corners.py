"""Corners that the pixels cut off: found again where the two sides of a sharp turn would meet."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled
from segan_cli.outline.knots import is_peak, turning

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

REACH = 4
"""Vertices on each side that decide how sharply the contour turns."""
NEAR, FAR = 2, 6
"""The vertices on each side through which its straight line goes: those nearer are the rounded corner itself."""
FARTHEST_PX = 2.5
"""No corner is moved farther than this."""


@compiled
def sharpened(points: Floats, starts: Ints, angle: float) -> Floats:
    """Put the vertex of each sharp turn where the straight continuations of its sides meet.

    Args:
        points: (N, 2) evenly spaced vertices.
        starts: (C + 1,) where each closed contour begins.
        angle: a sharper turn is a corner, in radians.

    Returns:
        (N, 2) the vertices; only those at corners and their neighbours moved. What the image does not bear out, the
        coverage match afterwards takes back.

    Source: ours; a corner of 90 degrees loses a third of a pixel to the half-ink level, an acute one much more.
    """
    out = points.copy()
    for k in range(starts.size - 1):
        contour, moved = points[starts[k] : starts[k + 1]], out[starts[k] : starts[k + 1]]
        count = len(contour)
        if count < 2 * FAR + 2:
            continue
        turns = np.abs(turning(contour, REACH))
        for i in range(count):
            if turns[i] > angle and is_peak(turns, i, REACH):
                _sharpen(contour, moved, i, _cut_off(turns[i]))
    return out


@compiled
def _sharpen(contour: Floats, moved: Floats, i: int, farthest: float) -> None:
    count = len(contour)
    ax, ay, ux, uy = _side(contour, i, -1)
    bx, by, vx, vy = _side(contour, i, 1)
    cross = ux * vy - uy * vx
    if abs(cross) < 0.2:
        return
    t = ((bx - ax) * vy - (by - ay) * vx) / cross
    x, y = ax + t * ux, ay + t * uy
    if math.hypot(x - contour[i, 0], y - contour[i, 1]) > farthest:
        return
    moved[i, 0], moved[i, 1] = x, y
    for step in (-1, 1):
        j, far = (i + step) % count, (i + NEAR * step) % count
        moved[j, 0], moved[j, 1] = (x + contour[far, 0]) / 2, (y + contour[far, 1]) / 2


@compiled
def _cut_off(turn: float) -> float:
    """How much of a corner the half-ink level may have cut off, in pixels: a third at 90 degrees, ever more as it sharpens."""
    return float(min(0.4 + 0.35 * math.tan(min(turn, 3.0) / 2), FARTHEST_PX))


@compiled
def _side(contour: Floats, i: int, step: int) -> tuple[float, float, float, float]:
    """The straight line of one side, by least squares: a point on it and its unit direction."""
    count, n = len(contour), FAR - NEAR + 1
    sx, sy, sxx, sxy, syy = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(NEAR, FAR + 1):
        j = (i + k * step) % count
        x, y = contour[j, 0] - contour[i, 0], contour[j, 1] - contour[i, 1]
        sx += x
        sy += y
        sxx += x * x
        sxy += x * y
        syy += y * y
    sx, sy = sx / n, sy / n
    turn = 0.5 * math.atan2(2 * (sxy / n - sx * sy), (sxx / n - sx * sx) - (syy / n - sy * sy))
    return contour[i, 0] + sx, contour[i, 1] + sy, math.cos(turn), math.sin(turn)
