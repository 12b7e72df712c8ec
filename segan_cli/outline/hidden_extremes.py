"""Extremes in x and y that lie inside a cubic: they become knots with level handles, or the corner's handle is levelled."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled
from segan_cli.outline.knots import CORNER, EXTREME
from segan_cli.outline.polish import ALONG, AT, IN, OUT

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@compiled
def with_extremes_shown(
    points: Floats, at: Ints, chain: Floats, kind: Ints, curve: Flags, hidden: float, beside: float
) -> tuple[Ints, Floats, Ints, Flags]:
    """Split every cubic that bulges beyond the box of its ends at its farthest point.

    Args:
        points: (N, 2) the contour's vertices.
        at: (K + 1,) the vertex of each knot.
        chain: (K, 8) in-handle, knot, out-handle, tangent.
        kind: (K,) of each knot.
        curve: (K,) whether the piece after the knot is a cubic.
        hidden: a bulge beyond the box of a cubic's ends that needs a knot, in font units.
        beside: an extreme nearer than this to a knot, in font units, needs none: that knot's handles turn along the axis.

    Returns:
        The same four with the new knots.
    """
    count = len(kind)
    new_at = np.empty(3 * count + 1, dtype=np.int64)
    new_chain = np.empty((3 * count, 8), dtype=np.float64)
    new_kind = np.empty(3 * count, dtype=np.int64)
    new_curve = np.empty(3 * count, dtype=np.bool_)
    filled = 0
    carried = chain[0].copy()
    for k in range(count):
        n = (k + 1) % count
        if curve[k]:
            _level_ends(chain, kind, k, n, hidden, beside)
        for c in range(8):
            carried[c] = chain[k, c] if c >= 2 or filled == 0 or not curve[k - 1] else carried[c]
        for c in range(2):
            carried[c] = chain[k, c]
        start = at[k]
        new_chain[filled] = carried
        new_at[filled], new_kind[filled], new_curve[filled] = start, kind[k], curve[k]
        filled += 1
        for _ in range(2 if curve[k] else 0):
            if not _split(new_chain, filled, chain, n, hidden):
                break
            v = nearest_vertex(points, new_at[filled - 1], at[k + 1], new_chain[filled, AT], new_chain[filled, AT + 1])
            new_at[filled], new_kind[filled], new_curve[filled] = v, EXTREME, True
            filled += 1
    # the first knot's in-handle may have been shortened by the last piece's split
    for c in range(2):
        new_chain[0, c] = chain[0, c]
    new_at[filled] = at[count]
    return new_at[: filled + 1].copy(), new_chain[:filled].copy(), new_kind[:filled].copy(), new_curve[:filled].copy()


@compiled
def _split(rows: Floats, filled: int, chain: Floats, n: int, hidden: float) -> bool:
    """Split the cubic from row `filled - 1` to knot `n` at its farthest hidden extreme; the new knot is row `filled`."""
    a = filled - 1
    u, axis, bulge = farthest_bulge(rows[a], chain[n])
    if bulge <= hidden:
        return False
    v = 1 - u
    for c in range(2):
        p0, p1, p2, p3 = rows[a, AT + c], rows[a, OUT + c], chain[n, IN + c], chain[n, AT + c]
        p01, p12, p23 = v * p0 + u * p1, v * p1 + u * p2, v * p2 + u * p3
        p012, p123 = v * p01 + u * p12, v * p12 + u * p23
        rows[a, OUT + c], chain[n, IN + c] = p01, p23
        middle = v * p012 + u * p123
        rows[filled, IN + c], rows[filled, AT + c], rows[filled, OUT + c] = p012, middle, p123
    ahead = rows[filled, OUT + 1 - axis] - rows[filled, IN + 1 - axis]
    rows[filled, IN + axis] = rows[filled, OUT + axis] = rows[filled, AT + axis]
    rows[filled, ALONG + axis], rows[filled, ALONG + 1 - axis] = 0.0, 1.0 if ahead > 0 else -1.0
    return True


@compiled
def farthest_bulge(start: Floats, end: Floats) -> tuple[float, int, float]:
    """Where a cubic between two rows of a chain reaches farthest beyond the box of its ends, or back within it: parameter, axis, distance."""
    best_u, best_axis, best = 0.0, 0, 0.0
    for axis in range(2):
        a, b, c, d = start[AT + axis], start[OUT + axis], end[IN + axis], end[AT + axis]
        low, high = min(a, d), max(a, d)
        if low <= min(b, c) and max(b, c) <= high:
            continue
        qa, qb, qc = d - 3 * c + 3 * b - a, 2 * (c - 2 * b + a), b - a
        root = math.sqrt(max(qb * qb - 4 * qa * qc, 0.0))
        steep = qa if abs(qa) > 1e-9 else 1e-9
        turns, last = 0, 0.0
        for sign in (-1.0, 1.0):
            u = min(max((-qb + sign * root) / (2 * steep), 0.0), 1.0)
            v = 1 - u
            x = v * v * v * a + 3 * u * v * v * b + 3 * u * u * v * c + u * u * u * d
            if max(low - x, x - high) > best:
                best_u, best_axis, best = u, axis, max(low - x, x - high)
            if 0.0 < u < 1.0:
                turns += 1
                if turns == 2 and abs(x - last) > best:  # there and back within the box
                    best_u, best_axis, best = u, axis, abs(x - last)
                last = x
    return best_u, best_axis, best


@compiled
def hides_extreme(chain: Floats, curve: Flags, hidden: float) -> bool:
    """Does any cubic bulge farther than `hidden`, in font units, beyond the box of its ends?"""
    count, farthest = len(curve), 0.0
    for k in range(count):
        if curve[k]:
            farthest = max(farthest, farthest_bulge(chain[k], chain[(k + 1) % count])[2])
    return farthest > hidden


@compiled
def _level_ends(chain: Floats, kind: Ints, k: int, n: int, hidden: float, beside: float) -> None:
    """Where a cubic bulges right beside a knot, turn the knot's handles along the axis instead."""
    for _ in range(2):
        u, axis, bulge = farthest_bulge(chain[k], chain[n])
        if bulge <= hidden:
            return
        x, y = value_at(chain, k, n, 0, u), value_at(chain, k, n, 1, u)
        if math.hypot(x - chain[k, AT], y - chain[k, AT + 1]) < beside:
            level_knot(chain, kind, k, OUT, axis, kind[k] == CORNER)
        elif math.hypot(x - chain[n, AT], y - chain[n, AT + 1]) < beside:
            level_knot(chain, kind, n, IN, axis, kind[n] == CORNER)
        else:
            return


@compiled
def level_knot(chain: Floats, kind: Ints, k: int, column: int, axis: int, alone: bool) -> None:
    """Turn a smooth knot along an axis, or the handle in `column` alone; a knot that is an extreme already stays."""
    if alone:
        chain[k, column + axis] = chain[k, AT + axis]
    elif kind[k] != EXTREME:
        kind[k] = EXTREME
        chain[k, IN + axis] = chain[k, OUT + axis] = chain[k, AT + axis]
        chain[k, ALONG + axis] = 0.0
        chain[k, ALONG + 1 - axis] = 1.0 if chain[k, OUT + 1 - axis] > chain[k, IN + 1 - axis] else -1.0


@compiled
def value_at(chain: Floats, k: int, n: int, axis: int, u: float) -> float:
    """Where the cubic from knot `k` to knot `n` is at parameter `u`, on an axis."""
    v = 1 - u
    return float(
        v * v * v * chain[k, AT + axis]
        + 3 * u * v * v * chain[k, OUT + axis]
        + 3 * u * u * v * chain[n, IN + axis]
        + u * u * u * chain[n, AT + axis]
    )


@compiled
def nearest_vertex(points: Floats, i: int, j: int, x: float, y: float) -> int:
    """The vertex between `i` and `j` that is nearest to a point."""
    best, least = i, np.inf
    for v in range(i, j + 1):
        away = (points[v, 0] - x) ** 2 + (points[v, 1] - y) ** 2
        if away < least:
            best, least = v, away
    return best
