"""Which lines and cubics a contour is made of: the cheapest choice in points and deviation."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled
from segan_cli.outline.cubics import SAMPLES, copy_point, fit_cubic
from segan_cli.outline.knots import CORNER, EXTREME, polygon_knots, sharpest, vertex_kinds

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

REACH = 4
"""Vertices on each side that corners, extremes and tangents look at."""
LONGEST_SIDE = 48
WIDEST = 16
"""Most polygon sides that one cubic replaces."""
FLAT_PX = 0.12
HIDDEN_EXTREME = 4.0
"""A cubic that bulges farther than `FLAT_PX` beyond the box of its ends hides an extreme: it costs as many points more."""


@compiled
def fit_contour(contour: Floats, tolerance: float, corner_angle: float) -> tuple[Floats, Flags]:
    """Fit a closed contour with lines and cubics.

    Args:
        contour: (N, 2) evenly spaced vertices in pixels, at least eight.
        tolerance: how far a piece may typically stray, in pixels.
        corner_angle: a sharper turn is a corner, in radians.

    Returns:
        (M, 2) points and (M,) on-curve flags, as `glyph.Contour` wants them.

    Source: ours; dynamic programming over the best polygon's vertices, a point having the same price everywhere.
    """
    first = sharpest(contour, REACH)
    count = len(contour)
    points = np.empty((count + 1, 2), dtype=np.float64)
    for i in range(count + 1):
        copy_point(points, i, contour, (first + i) % count)
    kinds = vertex_kinds(points[:-1], REACH, corner_angle)
    price = 10 * tolerance * tolerance
    knots = _with_extremes(polygon_knots(points, kinds, 0.3 * price, LONGEST_SIDE), kinds)
    tangents = _tangents(points, kinds, knots)
    return _assemble(points, knots, tangents, price, 9 * tolerance * tolerance)


@compiled
def _with_extremes(knots: Ints, kinds: Ints) -> Ints:
    """Add the extremes; a plain knot within two vertices of one gives way to it."""
    keep = np.zeros(len(kinds), dtype=np.bool_)
    for k in knots:
        keep[k] = True
    for i in range(1, len(kinds) - 1):
        if kinds[i] == EXTREME:
            for k in range(max(1, i - 2), min(len(kinds) - 1, i + 3)):
                keep[k] = keep[k] and kinds[k] != 0
            keep[i] = True
    return np.nonzero(keep)[0].astype(np.int64)


@compiled
def _tangents(points: Floats, kinds: Ints, knots: Ints) -> Floats:
    """(K, 2) unit tangents at the knots; zero at corners, along an axis at extremes."""
    count = len(points) - 1
    out = np.zeros((len(knots), 2), dtype=np.float64)
    for k in range(len(knots)):
        i = knots[k]
        if kinds[i] == CORNER:
            continue
        j, h = (i + 3) % count, i - 3
        if h < 0:
            h += count
        dx, dy = points[j, 0] - points[h, 0], points[j, 1] - points[h, 1]
        if kinds[i] == EXTREME:
            if abs(dx) > abs(dy):
                dy = 0.0
            else:
                dx = 0.0
        size = max(math.hypot(dx, dy), 1e-9)
        out[k, 0], out[k, 1] = dx / size, dy / size
    return out


@compiled
def _assemble(points: Floats, knots: Ints, tangents: Floats, price: float, limit: float) -> tuple[Floats, Flags]:
    count = len(knots)
    best = np.full(count, np.inf)
    best[0] = 0.0
    parent = np.zeros(count, dtype=np.int64)
    curved = np.zeros(count, dtype=np.bool_)
    handles = np.zeros((2 * count, 2), dtype=np.float64)
    control = np.empty((4, 2), dtype=np.float64)
    work = np.empty((SAMPLES, 3), dtype=np.float64)
    ends = np.zeros((2, 2), dtype=np.float64)
    for a in range(count - 1):
        misses = 0
        for b in range(a + 1, min(count, a + 1 + WIDEST)):
            i, j = knots[a], knots[b]
            if best[a] + price < best[b]:
                mean, worst = _line_errors(points, i, j)
                cost = best[a] + price + mean * (j - i)
                if (worst <= limit or b == a + 1) and cost < best[b]:
                    best[b], parent[b], curved[b] = cost, a, False
            last = tangents[b, 0] == 0.0 and tangents[b, 1] == 0.0
            if j - i < 4 or best[a] + 3 * price >= best[b]:
                if last:
                    break
                continue
            copy_point(ends, 0, tangents, a)
            copy_point(ends, 1, tangents, b)
            mean, worst = fit_cubic(points, i, j, ends, control, work)
            cost = best[a] + 3 * price + mean * (j - i)
            if worst <= limit and cost < best[b] and _bulge(control) > FLAT_PX:
                cost += HIDDEN_EXTREME * price
            if worst <= limit:
                misses = 0
                if cost < best[b]:
                    best[b], parent[b], curved[b] = cost, a, True
                    copy_point(handles, 2 * b, control, 1)
                    copy_point(handles, 2 * b + 1, control, 2)
            else:
                misses += 1
                if misses > 2:
                    break
            if last:
                break
    return _collect(points, knots, parent, curved, handles)


@compiled
def _bulge(control: Floats) -> float:
    """How far a cubic reaches beyond the box of its ends, in x or y."""
    farthest = 0.0
    for axis in range(2):
        a, b, c, d = control[0, axis], control[1, axis], control[2, axis], control[3, axis]
        low, high = min(a, d), max(a, d)
        if low <= min(b, c) and max(b, c) <= high:
            continue
        for k in range(1, 12):
            u = k / 12
            v = 1 - u
            x = v * v * v * a + 3 * u * v * v * b + 3 * u * u * v * c + u * u * u * d
            farthest = max(farthest, low - x, x - high)
    return float(farthest)


@compiled
def _line_errors(points: Floats, i: int, j: int) -> tuple[float, float]:
    dx, dy = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
    size = max(math.hypot(dx, dy), 1e-9)
    total, largest = 0.0, 0.0
    for k in range(i + 1, j):
        off = (dx * (points[k, 1] - points[i, 1]) - dy * (points[k, 0] - points[i, 0])) / size
        total += off * off
        largest = max(largest, off * off)
    return total / max(j - i - 1, 1), largest


@compiled
def _collect(points: Floats, knots: Ints, parent: Ints, curved: Flags, handles: Floats) -> tuple[Floats, Flags]:
    out = np.empty((3 * len(knots), 2), dtype=np.float64)
    on_curve = np.ones(3 * len(knots), dtype=np.bool_)
    filled, b = 0, len(knots) - 1
    while b > 0:
        if curved[b]:
            for end in (1, 0):
                copy_point(out, filled, handles, 2 * b + end)
                on_curve[filled] = False
                filled += 1
        b = parent[b]
        copy_point(out, filled, points, knots[b])
        filled += 1
    return out[:filled][::-1].copy(), on_curve[:filled][::-1].copy()
