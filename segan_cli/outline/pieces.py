"""Which lines and cubics a contour is made of: the cheapest choice in points and deviation that stays smooth."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled
from segan_cli.outline.cubics import SAMPLES, copy_point, fit_cubic
from segan_cli.outline.grid import handles_on_grid, knots_on_grid
from segan_cli.outline.hidden_extremes import with_extremes_shown
from segan_cli.outline.knots import CORNER, EXTREME, PLAIN, polygon_knots, sharpest, tangent_at, vertex_kinds
from segan_cli.outline.merging import with_near_knots_merged
from segan_cli.outline.polish import farthest_stray, polish

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

REACH = 4
"""Vertices on each side that corners, extremes and tangents look at."""
LONGEST_SIDE = 48
WIDEST = 16
"""Most candidate knots that one cubic replaces."""
TINY = 5.5
"""A piece with nearer ends, in font units, costs `TINY_PRICE` points more."""
TINY_PRICE = 8.0
BULGE = 0.6
"""A cubic that bulges farther than this, in font units, beyond the box of its ends costs `BULGE_PRICE` points more."""
BULGE_PRICE = 6.0
CORNER_PRICE = 0.6
"""What a corner costs where the contour might as well go smoothly round, in points."""
SMOOTH_LINE_PRICE = 0.5
"""What each end of a line costs that joins a smooth curve, in points."""
LINE_TURN = 0.1
"""A line may leave a smooth knot's tangent by so much, in radians; the tangent then becomes the line's."""
KNOT_PRICE = 0.6
"""What a side of the polygon of candidate knots costs, in points."""
POINT_PRICE = 10.0
"""What a point costs, in squared tolerances times vertices."""
TANGENT_REACH = 3
"""Vertices on each side that a knot's tangent looks at."""
SWEEPS = 3
"""How often every knot is moved towards the edge."""
STRAY = 3.0
"""A polished contour that strays farther, in font units and beside three tolerances, is taken back."""
NEAR = 4.0
"""Knots nearer than this, in font units, become one."""

AFTER_CURVE, AFTER_LINE, AT_CORNER, ANY = 0, 1, 2, -1
"""In what state a knot is passed."""

Ways: TypeAlias = tuple[Floats, Ints, Ints, Flags]
"""For each knot and state (K, 3): the least cost, the knot and the state before it, and whether a curve leads there."""


@compiled
def fit_contour(contour: Floats, tolerance: float, corner_angle: float) -> tuple[Floats, Flags]:
    """Fit a closed contour with lines and cubics that join smoothly everywhere but at corners.

    Args:
        contour: (N, 2) evenly spaced vertices in font units, at least eight.
        tolerance: how far a piece may typically stray, in font units.
        corner_angle: a sharper turn may be a corner, in radians.

    Returns:
        (M, 2) points on whole units and (M,) on-curve flags, as `glyph.Contour` wants them.

    Source: ours; dynamic programming over the best polygon's vertices, a point having the same price everywhere;
        then Gauss-Newton, knot by knot (`polish`), and whole units that keep smooth joins smooth (`grid`).
    """
    first = sharpest(contour, REACH)
    count = len(contour)
    points = np.empty((count + 1, 2), dtype=np.float64)
    for i in range(count + 1):
        copy_point(points, i, contour, (first + i) % count)
    kinds = vertex_kinds(points[:-1], 3, corner_angle)
    price = POINT_PRICE * tolerance * tolerance
    knots = _with_extremes(polygon_knots(points, kinds, KNOT_PRICE * price, LONGEST_SIDE), kinds)
    tangents = _tangents(points[:-1], kinds, knots, TANGENT_REACH)
    at, chain, kind, curve = _assemble(points, kinds, knots, tangents, price, 9 * tolerance * tolerance)
    plain, plain_kind = chain.copy(), kind.copy()
    knots_at, finished, _, curved = _finished(points, at, chain, kind, curve, SWEEPS)
    if farthest_stray(points, knots_at, finished, curved) > STRAY + 3 * tolerance:
        _, finished, _, curved = _finished(points, at, plain, plain_kind, curve, 0)
    return _unrolled(finished, curved)


@compiled
def _finished(
    points: Floats, at: Ints, chain: Floats, kind: Ints, curve: Flags, sweeps: int
) -> tuple[Ints, Floats, Ints, Flags]:
    """The chain polished, with its extremes as knots, on whole units; without sweeps it stays as it was chosen."""
    polish(points, at, chain, kind, curve, sweeps, False)
    at, chain, kind, curve = with_extremes_shown(points, at, chain, kind, curve, 0.8, 3.0)
    polish(points, at, chain, kind, curve, min(sweeps, 1), False)
    at, chain, kind, curve = with_near_knots_merged(at, chain, kind, curve, NEAR)
    knots_on_grid(chain, kind)
    polish(points, at, chain, kind, curve, min(sweeps, 2), True)
    at, chain, kind, curve = with_extremes_shown(points, at, chain, kind, curve, 0.9, 3.0)
    at, chain, kind, curve = with_near_knots_merged(at, chain, kind, curve, NEAR)
    knots_on_grid(chain, kind)
    handles_on_grid(chain, kind, curve)
    return at, chain, kind, curve


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
def _tangents(contour: Floats, kinds: Ints, knots: Ints, reach: int) -> Floats:
    """(K, 2) unit tangents at the knots, along an axis at extremes."""
    out = np.zeros((len(knots), 2), dtype=np.float64)
    for k in range(len(knots)):
        i = knots[k]
        out[k, 0], out[k, 1] = tangent_at(contour, i % len(contour), reach, kinds[i])
    return out


@compiled
def _assemble(
    points: Floats, kinds: Ints, knots: Ints, tangents: Floats, price: float, limit: float
) -> tuple[Ints, Floats, Ints, Flags]:
    """The cheapest chain of lines and cubics from the first knot to the last, as `_collect` gives it."""
    count = len(knots)
    best = np.full((count, 3), np.inf)
    parent = np.zeros((count, 3), dtype=np.int64)
    before = np.zeros((count, 3), dtype=np.int64)
    curved = np.zeros((count, 3), dtype=np.bool_)
    handles = np.zeros((count, 3, 4), dtype=np.float64)
    control = np.empty((4, 2), dtype=np.float64)
    work = np.empty((SAMPLES, 3), dtype=np.float64)
    ends = np.zeros((2, 2), dtype=np.float64)
    start = AT_CORNER if kinds[knots[0]] == CORNER else AFTER_CURVE
    best[0, start] = 0.0
    ways = (best, parent, before, curved)
    for a in range(count - 1):
        misses = 0
        for b in range(a + 1, min(count, a + 1 + WIDEST)):
            goal = start if b == count - 1 else ANY
            _try_line(points, kinds, knots, tangents, a, b, goal, price, limit, ways)
            if _try_cubics(
                points, kinds, knots, tangents, a, b, goal, price, limit, ways, handles, control, work, ends
            ):
                misses = 0
            else:
                misses += 1
            if misses > 3:
                break
        if best[a + 1, 0] == np.inf and best[a + 1, 1] == np.inf and best[a + 1, 2] == np.inf:
            # nothing reaches the next knot: a plain line, for what it is worth
            s = 0
            for r in range(3):
                if best[a, r] < best[a, s]:
                    s = r
            t = start if a + 1 == count - 1 else AFTER_CURVE
            _go(ways, a, s, a + 1, t, best[a, s] + 20 * price, False)
    return _collect(points, kinds, knots, tangents, start, parent, before, curved, handles)


@compiled
def _go(ways: Ways, a: int, s: int, b: int, t: int, cost: float, is_curve: bool) -> None:
    """Reach knot `b` in state `t` from knot `a` in state `s`."""
    best, parent, before, curved = ways
    best[b, t], parent[b, t], before[b, t], curved[b, t] = cost, a, s, is_curve


@compiled
def _try_line(
    points: Floats,
    kinds: Ints,
    knots: Ints,
    tangents: Floats,
    a: int,
    b: int,
    goal: int,
    price: float,
    limit: float,
    ways: Ways,
) -> None:
    """Go from one knot to another by a line, where that is cheaper than what was found before."""
    best = ways[0]
    i, j = knots[a], knots[b]
    dx, dy = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
    chord = math.hypot(dx, dy)
    mean, worst = _line_errors(points, i, j)
    if worst > limit and (kinds[j] != CORNER or b > a + 1):
        return
    error = price + (TINY_PRICE * price if chord < TINY else 0.0) + mean * (j - i)
    for s in (AFTER_CURVE, AT_CORNER):
        if best[a, s] == np.inf:
            continue
        if s == AFTER_CURVE and not _along(tangents, a, dx, dy, chord):
            continue
        for t in (AFTER_LINE, AT_CORNER):
            if (t == AT_CORNER and kinds[j] != CORNER) or (goal != ANY and t != goal):
                continue
            if t == AFTER_LINE and not _along(tangents, b, dx, dy, chord):
                continue
            cost = best[a, s] + error + (CORNER_PRICE * price if t == AT_CORNER else 0.0)
            if s == AFTER_CURVE:
                cost += SMOOTH_LINE_PRICE * price
            if t == AFTER_LINE:
                cost += SMOOTH_LINE_PRICE * price
            if cost < best[b, t]:
                _go(ways, a, s, b, t, cost, False)


@compiled
def _try_cubics(
    points: Floats,
    kinds: Ints,
    knots: Ints,
    tangents: Floats,
    a: int,
    b: int,
    goal: int,
    price: float,
    limit: float,
    ways: Ways,
    handles: Floats,
    control: Floats,
    work: Floats,
    ends: Floats,
) -> bool:
    """Go from one knot to another by a cubic, where that is cheaper; whether any cubic fits that was looked at."""
    best = ways[0]
    i, j = knots[a], knots[b]
    chord = math.hypot(points[j, 0] - points[i, 0], points[j, 1] - points[i, 1])
    extra = TINY_PRICE * price if chord < TINY else 0.0
    smooth_from = AFTER_CURVE if best[a, AFTER_CURVE] <= best[a, AFTER_LINE] else AFTER_LINE
    fitted = False
    for s in (smooth_from, AT_CORNER):
        if best[a, s] == np.inf or j - i < 2:
            continue
        for t in (AFTER_CURVE, AT_CORNER):
            if (t == AT_CORNER and kinds[j] != CORNER) or (goal != ANY and t != goal):
                continue
            base = best[a, s] + 3 * price + extra + (CORNER_PRICE * price if t == AT_CORNER else 0.0)
            if base >= best[b, t]:
                continue
            _leave_along(ends, 0, tangents, a, s)
            _leave_along(ends, 1, tangents, b, t)
            mean, worst = fit_cubic(points, i, j, ends, control, work)
            if worst > limit and (b > a + 1 or worst == np.inf):
                continue
            fitted = True
            cost = base + mean * (j - i)
            if cost < best[b, t] and _bulge(control) > BULGE:
                cost += BULGE_PRICE * price
            if cost < best[b, t]:
                _go(ways, a, s, b, t, cost, True)
                for axis in range(2):
                    handles[b, t, axis] = control[1, axis]
                    handles[b, t, 2 + axis] = control[2, axis]
    return fitted


@compiled
def _leave_along(ends: Floats, end: int, tangents: Floats, knot: int, state: int) -> None:
    """The direction of a cubic's end: the knot's tangent, at a corner none."""
    if state == AT_CORNER:
        ends[end, 0], ends[end, 1] = 0.0, 0.0
    else:
        copy_point(ends, end, tangents, knot)


@compiled
def _along(tangents: Floats, k: int, dx: float, dy: float, chord: float) -> bool:
    """Does a line's direction agree with the tangent at a knot?"""
    cross = tangents[k, 0] * dy - tangents[k, 1] * dx
    ahead = tangents[k, 0] * dx + tangents[k, 1] * dy
    return bool(ahead > 0 and abs(cross) < LINE_TURN * chord)


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
def _collect(
    points: Floats,
    kinds: Ints,
    knots: Ints,
    tangents: Floats,
    start: int,
    parent: Ints,
    before: Ints,
    curved: Flags,
    handles: Floats,
) -> tuple[Ints, Floats, Ints, Flags]:
    """The chosen chain: vertex of each knot, (K, 8) in-handle, position, out-handle and tangent, kind, and whether the next piece is curved."""
    count = 0
    b, t = len(knots) - 1, start
    while b > 0:
        b, t = parent[b, t], before[b, t]
        count += 1
    at = np.empty(count + 1, dtype=np.int64)
    chain = np.empty((count, 8), dtype=np.float64)
    kind = np.empty(count, dtype=np.int64)
    curve = np.empty(count, dtype=np.bool_)
    b, t = len(knots) - 1, start
    at[count] = knots[b]
    for k in range(count - 1, -1, -1):
        a, s = parent[b, t], before[b, t]
        n = (k + 1) % count
        at[k], curve[k] = knots[a], curved[b, t]
        kind[k] = CORNER if s == AT_CORNER else PLAIN if kinds[knots[a]] == CORNER else kinds[knots[a]]
        for axis in range(2):
            chain[k, 2 + axis] = points[knots[a], axis]
            chain[k, 6 + axis] = tangents[a, axis]
            chain[k, 4 + axis] = handles[b, t, axis] if curve[k] else points[knots[a], axis]
            chain[n, axis] = handles[b, t, 2 + axis] if curve[k] else points[knots[b], axis]
        b, t = a, s
    return at, chain, kind, curve


@compiled
def _unrolled(chain: Floats, curve: Flags) -> tuple[Floats, Flags]:
    """The chain as points and on-curve flags."""
    count = len(curve)
    out = np.empty((3 * count, 2), dtype=np.float64)
    on_curve = np.ones(3 * count, dtype=np.bool_)
    filled = 0
    for k in range(count):
        n = (k + 1) % count
        out[filled, 0], out[filled, 1] = chain[k, 2], chain[k, 3]
        filled += 1
        if curve[k]:
            out[filled, 0], out[filled, 1] = chain[k, 4], chain[k, 5]
            out[filled + 1, 0], out[filled + 1, 1] = chain[n, 0], chain[n, 1]
            on_curve[filled] = False
            on_curve[filled + 1] = False
            filled += 2
    return out[:filled].copy(), on_curve[:filled].copy()
