"""Where curve pieces may join: corners, extremes, and the vertices of the best polygon, each with its tangent."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

HOPELESS = 16.0
"""A side of the polygon that strays by so many prices is never made longer."""

PLAIN, EXTREME, CORNER = 0, 1, 2
"""What a vertex is: a point of a smooth stretch, a smooth extreme in x or y, or perhaps a corner."""


@compiled
def turning(points: Floats, reach: int) -> Floats:
    """How far the closed contour turns at each vertex, in radians, between chords of `reach` vertices."""
    count = len(points)
    angles = np.empty(count, dtype=np.float64)
    for i in range(count):
        j, h = (i + reach) % count, i - reach
        ax, ay = points[i, 0] - points[h, 0], points[i, 1] - points[h, 1]
        bx, by = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
        angles[i] = math.atan2(ax * by - ay * bx, ax * bx + ay * by)
    return angles


@compiled
def vertex_kinds(points: Floats, reach: int, corner_angle: float) -> Ints:
    """Mark what may be corners (sharper than `corner_angle` radians) and smooth extremes of a closed contour.

    Returns:
        (N + 1,) PLAIN, EXTREME or CORNER; the last is the first vertex again.
    """
    count = len(points)
    kinds = np.zeros(count + 1, dtype=np.int64)
    angles = np.abs(turning(points, reach))
    for i in range(count):
        if angles[i] > corner_angle and is_peak(angles, i, reach):
            kinds[i] = CORNER
    for axis in range(2):
        for i in range(count):
            if kinds[i] == PLAIN and _is_extreme(points[:, axis], i, reach):
                kinds[i] = EXTREME
    kinds[count] = kinds[0]
    return kinds


@compiled
def sharpest(points: Floats, reach: int) -> int:
    """The vertex at which the closed contour turns most."""
    angles = turning(points, reach)
    best = 0
    for i in range(len(points)):
        if abs(angles[i]) > abs(angles[best]):
            best = i
    return best


@compiled
def is_peak(values: Floats, i: int, reach: int) -> bool:
    """Is the value at `i` the largest of the closed row within `reach` places (the last of equals)?"""
    for k in range(1, reach + 1):
        if values[i - k] > values[i] or values[(i + k) % len(values)] >= values[i]:
            return False
    return True


@compiled
def _is_extreme(values: Floats, i: int, reach: int) -> bool:
    """Is vertex `i` the only highest or lowest within `reach` vertices, and not on a flat stretch's slope?"""
    high, low = True, True
    for k in range(1, reach + 1):
        before, after = values[i - k], values[(i + k) % len(values)]
        high = high and before <= values[i] and after < values[i]
        low = low and before >= values[i] and after > values[i]
    return high or low


@compiled
def tangent_at(points: Floats, i: int, reach: int, kind: int) -> tuple[float, float]:
    """Unit tangent of the closed contour at vertex `i`: the slope of the parabola through its neighbours.

    Args:
        points: (N, 2) evenly spaced vertices.
        i: the vertex.
        reach: neighbours on each side.
        kind: at an EXTREME the tangent lies along an axis.

    Source: Savitzky and Golay 1964; for even steps the quadratic's slope is the linear one.
    """
    count = len(points)
    dx, dy = 0.0, 0.0
    for k in range(1, reach + 1):
        j, h = (i + k) % count, (i - k) % count
        dx += k * (points[j, 0] - points[h, 0])
        dy += k * (points[j, 1] - points[h, 1])
    if kind == EXTREME:
        if abs(dx) > abs(dy):
            dy = 0.0
        else:
            dx = 0.0
    size = max(math.hypot(dx, dy), 1e-9)
    return dx / size, dy / size


@compiled
def polygon_knots(points: Floats, kinds: Ints, price: float, longest: int) -> Ints:
    """The vertices of the polygon that is cheapest in `price` per side plus squared deviation along it.

    Args:
        points: (N, 2) an even walk that begins at a knot; the closing point is the first again (so N is one more).
        kinds: (N,) what each vertex is; the polygon has a vertex at every corner.
        price: what one side costs, in squared pixels times vertices.
        longest: most vertices that one side spans.

    Returns:
        Increasing indices from 0 to N - 1.

    Source: Bellman's dynamic programming for polygonal approximation, with running sums from a side's end (Perez and Vidal 1994).
    """
    count = len(points)
    best = np.full(count, np.inf)
    best[0] = 0.0
    parent = np.zeros(count, dtype=np.int64)
    for j in range(1, count):
        xx, xy, yy = 0.0, 0.0, 0.0
        for i in range(j - 1, max(-1, j - 1 - longest), -1):
            x, y = points[i, 0] - points[j, 0], points[i, 1] - points[j, 1]
            xx, xy, yy = xx + x * x, xy + x * y, yy + y * y
            size = x * x + y * y
            error = x * x * yy - 2 * x * y * xy + y * y * xx  # times the chord squared
            if size < 1e-12:
                size, error = 1.0, xx + yy
            if error < (best[j] - best[i] - price) * size:
                best[j], parent[j] = best[i] + price + error / size, i
            if kinds[i] == CORNER or error > HOPELESS * price * size:
                break
    knots = np.empty(count, dtype=np.int64)
    filled, j = 0, count - 1
    while j > 0:
        knots[filled] = j
        filled += 1
        j = parent[j]
    knots[filled] = 0
    return knots[: filled + 1][::-1].copy()
