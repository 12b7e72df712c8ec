"""Extremes that a cubic hides right beside one of its ends: the knot slides there, or its handle is levelled, so that no curve turns back."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled
from segan_cli.outline.hidden_extremes import level_knot, nearest_vertex, value_at
from segan_cli.outline.knots import CORNER, PLAIN
from segan_cli.outline.polish import AT, IN, OUT, move_knot, new_work

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

AHEAD = 0.25
"""A knot slides over no more than the piece from its end to this parameter; beyond, its tangent turns in place."""
MOST = 1.0
"""What reaches farther beyond a knot, or farther back, in font units, is not levelled in place."""
FARTHEST = 2.0
"""Nor does a knot slide to an extreme that reaches farther than this, in font units: that one gets a knot of its own."""
LEAST_PIECE = 6.0
"""The piece that a knot slides into keeps at least this chord, in font units."""


@compiled
def with_knots_at_extremes(points: Floats, at: Ints, chain: Floats, kind: Ints, curve: Flags) -> None:
    """Make every cubic run one way in x and in y where that takes no new knot; the chain changes in place.

    A smooth knot between two curves slides to the extreme that one of them hides beside it, and is level there. At a corner,
    and beside a line, the handle is levelled. A handle that reaches beyond the other end is shortened.

    Args:
        points: (N, 2) the contour's vertices.
        at: (K + 1,) the vertex of each knot.
        chain: (K, 8) in-handle, knot, out-handle, tangent.
        kind: (K,) of each knot.
        curve: (K,) whether the piece after the knot is a cubic.
    """
    count = len(kind)
    for k in range(count):
        n = (k + 1) % count
        if not curve[k]:
            continue
        for axis in range(2):
            if _turns_back(chain, k, n, axis, OUT):
                _show(points, at, chain, kind, curve, k, k, axis)
            if _turns_back(chain, n, k, axis, IN):
                _show(points, at, chain, kind, curve, k, n, axis)
    for k in range(count):
        if curve[k]:
            _shorten(chain, k, (k + 1) % count)


@compiled
def _turns_back(chain: Floats, k: int, other: int, axis: int, column: int) -> bool:
    """Does the handle of knot `k` towards `other` leave the other way on an axis?"""
    handle = chain[k, column + axis] - chain[k, AT + axis]
    span = chain[other, AT + axis] - chain[k, AT + axis]
    return bool(handle * span < 0.0 or (span == 0.0 and handle != 0.0))


@compiled
def _show(points: Floats, at: Ints, chain: Floats, kind: Ints, curve: Flags, k: int, knot: int, axis: int) -> None:
    """Knot `knot`, an end of the cubic that begins at `k`, gets the extreme that lies beside it."""
    count = len(kind)
    n = (k + 1) % count
    u = _extreme_at(chain, k, n, axis, knot == k)
    away = u if knot == k else 1 - u
    reach = abs(value_at(chain, k, n, axis, u) - chain[knot, AT + axis])
    smooth = kind[knot] == PLAIN and curve[knot] and curve[(knot - 1) % count]
    if reach > FARTHEST:
        return
    if smooth and knot > 0 and away < AHEAD and _slide(chain, k, n, knot, u):
        at[knot] = nearest_vertex(points, at[knot - 1] + 1, at[knot + 1] - 1, chain[knot, AT], chain[knot, AT + 1])
    elif reach > MOST:
        return
    _level(chain, kind, curve, knot, OUT if knot == k else IN, axis)


@compiled
def _level(chain: Floats, kind: Ints, curve: Flags, k: int, column: int, axis: int) -> None:
    """Turn a smooth knot between two curves along an axis; at a corner or beside a line, one handle alone."""
    level_knot(chain, kind, k, column, axis, kind[k] == CORNER or not (curve[k] and curve[k - 1]))


@compiled
def _extreme_at(chain: Floats, k: int, n: int, axis: int, first: bool) -> float:
    """The parameter of a cubic's first or last extreme on an axis; its end if there is none."""
    a, b, c, d = chain[k, AT + axis], chain[k, OUT + axis], chain[n, IN + axis], chain[n, AT + axis]
    qa, qb, qc = d - 3 * c + 3 * b - a, 2 * (c - 2 * b + a), b - a
    found = 0.0 if first else 1.0
    best = np.inf
    if abs(qa) < 1e-9:
        u = -qc / qb if abs(qb) > 1e-9 else -1.0
        return float(u) if 0.0 < u < 1.0 else found
    root = qb * qb - 4 * qa * qc
    if root < 0.0:
        return found
    for sign in (-1.0, 1.0):
        u = (-qb + sign * math.sqrt(root)) / (2 * qa)
        if 0.0 < u < 1.0 and (u if first else 1 - u) < best:
            best = u if first else 1 - u
            found = u
    return float(found)


@compiled
def _reach(chain: Floats, k: int, n: int, axis: int, first: bool) -> float:
    """How far a cubic reaches beyond its first or last point before it turns, on an axis."""
    u = _extreme_at(chain, k, n, axis, first)
    return float(abs(value_at(chain, k, n, axis, u) - chain[k if first else n, AT + axis]))


@compiled
def _slide(chain: Floats, k: int, n: int, knot: int, u: float) -> bool:
    """Move an end of the cubic from `k` to `n` to its parameter `u`; the piece beyond the knot grows by what this one loses."""
    v = 1 - u
    p = np.empty((3, 2), dtype=np.float64)
    near, far = np.empty(2, dtype=np.float64), np.empty(2, dtype=np.float64)
    for c in range(2):
        p0, p1, p2, p3 = chain[k, AT + c], chain[k, OUT + c], chain[n, IN + c], chain[n, AT + c]
        p01, p12, p23 = v * p0 + u * p1, v * p1 + u * p2, v * p2 + u * p3
        p[0, c], p[2, c] = v * p01 + u * p12, v * p12 + u * p23
        p[1, c] = v * p[0, c] + u * p[2, c]
        near[c], far[c] = p01, p23
    other = n if knot == k else k
    if math.hypot(p[1, 0] - chain[other, AT], p[1, 1] - chain[other, AT + 1]) < LEAST_PIECE:
        return False
    gone = math.hypot(p[1, 0] - chain[knot, AT], p[1, 1] - chain[knot, AT + 1])
    behind = IN if knot == k else OUT
    size = math.hypot(chain[knot, behind] - chain[knot, AT], chain[knot, behind + 1] - chain[knot, AT + 1])
    longer = (size + gone) / max(size, 1e-9)
    for c in range(2):
        ahead = (chain[knot, behind + c] - chain[knot, AT + c]) * longer
        chain[knot, AT + c] = p[1, c]
        chain[knot, behind + c] = p[1, c] + ahead
        if knot == k:
            chain[k, OUT + c], chain[n, IN + c] = p[2, c], far[c]
        else:
            chain[k, OUT + c], chain[n, IN + c] = near[c], p[0, c]
    return True


@compiled
def _shorten(chain: Floats, k: int, n: int) -> None:
    """Handles that reach beyond the cubic's other end and make it go back a little on its way, in x or y, end there."""
    for axis in range(2):
        a, b, c, d = chain[k, AT + axis], chain[k, OUT + axis], chain[n, IN + axis], chain[n, AT + axis]
        low, high = min(a, d), max(a, d)
        if low <= min(b, c) and max(b, c) <= high:
            continue
        first, last = _extreme_at(chain, k, n, axis, True), _extreme_at(chain, k, n, axis, False)
        x, y = value_at(chain, k, n, axis, first), value_at(chain, k, n, axis, last)
        if first == 0.0 or max(abs(x - y), low - min(x, y), max(x, y) - high) > MOST:
            continue
        if abs(b - a) > abs(d - a) and (b - a) * (d - a) > 0:
            share = (d - a) / (b - a)
            for i in range(2):
                chain[k, OUT + i] = chain[k, AT + i] + share * (chain[k, OUT + i] - chain[k, AT + i])
            chain[k, OUT + axis] = d
        if abs(c - d) > abs(d - a) and (c - d) * (a - d) > 0:
            share = (a - d) / (c - d)
            for i in range(2):
                chain[n, IN + i] = chain[n, AT + i] + share * (chain[n, IN + i] - chain[n, AT + i])
            chain[n, IN + axis] = a


@compiled
def keep_within(chain: Floats, kind: Ints, curve: Flags, k: int) -> None:
    """Lay level what handles of knot `k` turn back, and shorten those that make a cubic turn back at its other end."""
    count = len(kind)
    p, n = (k - 1) % count, (k + 1) % count
    for axis in range(2):
        if curve[k] and _turns_back(chain, k, n, axis, OUT) and _reach(chain, k, n, axis, True) < MOST:
            _level(chain, kind, curve, k, OUT, axis)
        if curve[p] and _turns_back(chain, k, p, axis, IN) and _reach(chain, p, k, axis, False) < MOST:
            _level(chain, kind, curve, k, IN, axis)
    if curve[p]:
        _shorten(chain, p, k)
    if curve[k]:
        _shorten(chain, k, n)


@compiled
def polish_within(points: Floats, at: Ints, chain: Floats, kind: Ints, curve: Flags, sweeps: int, fixed: bool) -> None:
    """As `polish`, but no curve turns back: knots whose handles would do so are levelled at once, and the others make up for it."""
    work = new_work()
    for _ in range(sweeps):
        for k in range(len(kind)):
            move_knot(points, at, chain, kind, curve, k, work, fixed)
            keep_within(chain, kind, curve, k)
