"""The cheapest chain of lines and cubics from knot to knot around a contour, found by dynamic programming."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled
from segan_cli.outline.cubics import SAMPLES, fit_cubic
from segan_cli.outline.knots import CORNER, PLAIN

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

WIDEST = 16
"""Most candidate knots that one piece replaces."""
MISSES = 3
"""After more knots in a row to which no cubic fits, the search from a knot ends."""
TINY = 5.5
"""A piece with nearer ends, in font units, costs `TINY_PRICE` points more."""
TINY_PRICE = 8.0
BULGE = 0.6
"""A cubic that bulges farther than this, in font units, beyond the box of its ends costs `BULGE_PRICE` points more."""
BULGE_PRICE = 6.0
LEAST_BULGE = 0.05
"""A cubic that bulges farther than this, but not as far as `BULGE`, costs `LEAST_BULGE_PRICE` points more."""
LEAST_BULGE_PRICE = 1.0
CORNER_PRICE = 0.25
"""What a corner costs where the contour might as well go smoothly round, in points."""
SMOOTH_LINE_PRICE = 0.5
"""What each end of a line costs that joins a smooth curve, in points."""
LINE_TURN = 0.1
"""A line may leave a smooth knot's tangent by so much, in radians; the tangent then becomes the line's."""
BRIDGE_PRICE = 20.0
"""What a line costs that is drawn because nothing else reaches the next knot, in points."""

AFTER_CURVE, AFTER_LINE, AT_CORNER = 0, 1, 2
"""In what state a knot is passed."""


class Search(NamedTuple):
    """What is asked, and the best that is known so far.

    Args:
        points: (N, 2) vertices; the last is the first again.
        kinds: (N,) what each vertex is.
        knots: (K,) the vertices at which pieces may end.
        tangents: (K, 2) unit tangents at the knots.
        price: of a point, in squared units times vertices.
        limit: the largest squared distance of a vertex from its piece.
        start: the state in which the first knot is left and reached again.
        best: (K, 3) the least cost of passing each knot in each state.
        parent: (K, 3) the knot before.
        before: (K, 3) the state of the knot before.
        curved: (K, 3) whether a cubic leads there.
        handles: (K, 3, 4) its two handles.
        control: (4, 2) scratch: the cubic that was fitted last.
        ends: (2, 2) scratch: the tangents that it was given.
        work: (3, SAMPLES) scratch of `fit_cubic`.
    """

    points: Floats
    kinds: Ints
    knots: Ints
    tangents: Floats
    price: float
    limit: float
    start: int
    best: Floats
    parent: Ints
    before: Ints
    curved: Flags
    handles: Floats
    control: Floats
    ends: Floats
    work: Floats


@compiled
def cheapest_chain(
    points: Floats, kinds: Ints, knots: Ints, tangents: Floats, price: float, limit: float
) -> tuple[Ints, Floats, Ints, Flags]:
    """Choose lines and cubics; see `Search` for the arguments.

    Returns:
        (C + 1,) the vertex of each knot, (C, 8) in-handle, knot, out-handle and tangent, (C,) its kind, and (C,) whether
        the piece after it is a cubic.

    Source: Bellman's dynamic programming; a point has the same price everywhere, deviations are squared.
    """
    count = len(knots)
    start = AT_CORNER if kinds[knots[0]] == CORNER else AFTER_CURVE
    search = Search(
        points,
        kinds,
        knots,
        tangents,
        price,
        limit,
        start,
        np.full((count, 3), np.inf),
        np.zeros((count, 3), dtype=np.int64),
        np.zeros((count, 3), dtype=np.int64),
        np.zeros((count, 3), dtype=np.bool_),
        np.zeros((count, 3, 4), dtype=np.float64),
        np.empty((4, 2), dtype=np.float64),
        np.zeros((2, 2), dtype=np.float64),
        np.empty((3, SAMPLES), dtype=np.float64),
    )
    search.best[0, start] = 0.0
    for a in range(count - 1):
        misses = 0
        for b in range(a + 1, min(count, a + 1 + WIDEST)):
            _try_lines(search, a, b)
            misses = 0 if _try_cubics(search, a, b) else misses + 1
            if misses > MISSES:
                break
        _bridge(search, a)
    return _collected(search)


@compiled
def _may_end(state: int, start: int, is_corner: bool, is_last: bool) -> bool:
    """May a piece reach a knot in a state? Only a corner is one, and the last knot is the first again."""
    return (state != AT_CORNER or is_corner) and (state == start or not is_last)


@compiled
def _length_price(points: Floats, i: int, j: int, price: float) -> float:
    """What a piece from vertex `i` to vertex `j` costs for being tiny."""
    chord = math.hypot(points[j, 0] - points[i, 0], points[j, 1] - points[i, 1])
    return TINY_PRICE * price if chord < TINY else 0.0


@compiled
def _try_lines(search: Search, a: int, b: int) -> None:
    """Reach knot `b` from knot `a` by a line, if it is near enough to the vertices and goes on smoothly."""
    points, best, price, tangents = search.points, search.best, search.price, search.tangents
    i, j = search.knots[a], search.knots[b]
    is_corner, is_last = search.kinds[j] == CORNER, b == len(search.knots) - 1
    mean, worst = _line_errors(points, i, j)
    if worst > search.limit and not (b == a + 1 and is_corner):
        return
    error = price + _length_price(points, i, j, price) + mean * (j - i)
    dx, dy = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
    for s in (AFTER_CURVE, AT_CORNER):
        if best[a, s] == np.inf or (s == AFTER_CURVE and not _along(tangents, a, dx, dy)):
            continue
        for t in (AFTER_LINE, AT_CORNER):
            if not _may_end(t, search.start, is_corner, is_last):
                continue
            if t == AFTER_LINE and not _along(tangents, b, dx, dy):
                continue
            cost = best[a, s] + error + (CORNER_PRICE * price if t == AT_CORNER else 0.0)
            if s == AFTER_CURVE:
                cost += SMOOTH_LINE_PRICE * price
            if t == AFTER_LINE:
                cost += SMOOTH_LINE_PRICE * price
            if cost < best[b, t]:
                _note(search, a, s, b, t, cost, False)


@compiled
def _try_cubics(search: Search, a: int, b: int) -> bool:
    """Reach knot `b` from knot `a` by cubics, smooth or cornered at either end; did one fit that was worth trying?"""
    best, price, control, ends = search.best, search.price, search.control, search.ends
    i, j = search.knots[a], search.knots[b]
    if j - i < 2:
        return False
    is_corner, is_last = search.kinds[j] == CORNER, b == len(search.knots) - 1
    smooth_from = AFTER_CURVE if best[a, AFTER_CURVE] <= best[a, AFTER_LINE] else AFTER_LINE
    extra = _length_price(search.points, i, j, price)
    fitted = False
    for s in (smooth_from, AT_CORNER):
        for t in (AFTER_CURVE, AT_CORNER):
            base = best[a, s] + 3 * price + extra + (CORNER_PRICE * price if t == AT_CORNER else 0.0)
            if base >= best[b, t] or not _may_end(t, search.start, is_corner, is_last):
                continue
            _set_end(ends, 0, search.tangents, a, s == AT_CORNER)
            _set_end(ends, 1, search.tangents, b, t == AT_CORNER)
            mean, worst = fit_cubic(search.points, i, j, ends, control, search.work, search.limit)
            if worst > search.limit and (b > a + 1 or worst == np.inf):
                continue
            fitted = True
            cost = base + mean * (j - i)
            if cost < best[b, t]:
                bulge = _bulge(control)
                cost += price * (BULGE_PRICE if bulge > BULGE else LEAST_BULGE_PRICE if bulge > LEAST_BULGE else 0.0)
            if cost < best[b, t]:
                _note(search, a, s, b, t, cost, True)
    return fitted


@compiled
def _set_end(ends: Floats, row: int, tangents: Floats, k: int, free: bool) -> None:
    """The tangent of knot `k`, or zeros for a free direction."""
    for axis in range(2):
        ends[row, axis] = 0.0 if free else tangents[k, axis]


@compiled
def _note(search: Search, a: int, s: int, b: int, t: int, cost: float, is_curve: bool) -> None:
    """The best way to pass knot `b` in state `t` is now from knot `a` in state `s`."""
    search.best[b, t], search.parent[b, t], search.before[b, t] = cost, a, s
    search.curved[b, t] = is_curve
    if is_curve:
        for axis in range(2):
            search.handles[b, t, axis] = search.control[1, axis]
            search.handles[b, t, 2 + axis] = search.control[2, axis]


@compiled
def _bridge(search: Search, a: int) -> None:
    """Where nothing reaches the next knot, a plain line does, for what it is worth."""
    best, b = search.best, a + 1
    if best[b, 0] != np.inf or best[b, 1] != np.inf or best[b, 2] != np.inf:
        return
    s = 0
    for r in range(3):
        if best[a, r] < best[a, s]:
            s = r
    t = search.start if b == len(search.knots) - 1 else AFTER_CURVE
    _note(search, a, s, b, t, best[a, s] + BRIDGE_PRICE * search.price, False)


@compiled
def _along(tangents: Floats, k: int, dx: float, dy: float) -> bool:
    """Does a line's direction agree with the tangent at a knot?"""
    cross = tangents[k, 0] * dy - tangents[k, 1] * dx
    ahead = tangents[k, 0] * dx + tangents[k, 1] * dy
    return bool(ahead > 0 and abs(cross) < LINE_TURN * math.hypot(dx, dy))


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
    """Mean and largest squared distance of the vertices between `i` and `j` to the line through both."""
    dx, dy = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
    size = math.hypot(dx, dy)
    total, largest = 0.0, 0.0
    for k in range(i + 1, j):
        if size > 1e-9:
            off = (dx * (points[k, 1] - points[i, 1]) - dy * (points[k, 0] - points[i, 0])) / size
        else:  # all the way round: the line is a point
            off = math.hypot(points[k, 0] - points[i, 0], points[k, 1] - points[i, 1])
        total += off * off
        largest = max(largest, off * off)
    return total / max(j - i - 1, 1), largest


@compiled
def _collected(search: Search) -> tuple[Ints, Floats, Ints, Flags]:
    """The chain that leads to the last knot, walked back; see `cheapest_chain`."""
    points, knots, kinds = search.points, search.knots, search.kinds
    count = 0
    b, t = len(knots) - 1, search.start
    while b > 0:
        b, t = search.parent[b, t], search.before[b, t]
        count += 1
    at = np.empty(count + 1, dtype=np.int64)
    chain = np.empty((count, 8), dtype=np.float64)
    kind = np.empty(count, dtype=np.int64)
    curve = np.empty(count, dtype=np.bool_)
    b, t = len(knots) - 1, search.start
    at[count] = knots[b]
    for k in range(count - 1, -1, -1):
        a, s = search.parent[b, t], search.before[b, t]
        n = (k + 1) % count
        at[k], curve[k] = knots[a], search.curved[b, t]
        kind[k] = CORNER if s == AT_CORNER else PLAIN if kinds[knots[a]] == CORNER else kinds[knots[a]]
        for axis in range(2):
            chain[k, 2 + axis] = points[knots[a], axis]
            chain[k, 6 + axis] = search.tangents[a, axis]
            chain[k, 4 + axis] = search.handles[b, t, axis] if curve[k] else points[knots[a], axis]
            chain[n, axis] = search.handles[b, t, 2 + axis] if curve[k] else points[knots[b], axis]
        b, t = a, s
    return at, chain, kind, curve
