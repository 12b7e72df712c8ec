"""Knots and handles on whole font units, chosen so that smooth joins stay smooth."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled
from segan_cli.outline.knots import CORNER, EXTREME, PLAIN
from segan_cli.outline.polish import ALONG, AT, IN, OUT, move_knot, new_work
from segan_cli.outline.sliding import keep_within

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SLIDE = 0.03
"""Moving a point along its tangent costs this share of moving it across."""
SMOOTH = 0.028
"""Sine of the largest angle between the handles of a smooth knot: 1.6 degrees, below the 2 that editors and checkers see."""
OTHER_SIDE = 1000.0
"""What it costs to move a handle to the other side of its knot, in x or y: its curve would turn back there."""
BOX = 2
"""Whole points up to this far from the rounded handle are tried."""


@compiled
def knots_on_grid(chain: Floats, kind: Ints) -> None:
    """Move every knot, its handles with it, to the whole point that changes the curve least."""
    for k in range(len(kind)):
        _knot_on_grid(chain, kind, k)


@compiled
def knots_moved_on_grid(points: Floats, at: Ints, chain: Floats, kind: Ints, curve: Flags) -> None:
    """The same, knot by knot: each is polished, is put on a whole point and has its handles polished; those behind make up for it.

    The arguments are those of `handles_moved_on_grid`.
    """
    work = new_work()
    for k in range(len(kind)):
        move_knot(points, at, chain, kind, curve, k, work, False)
        keep_within(chain, kind, curve, k)
        _knot_on_grid(chain, kind, k)
        move_knot(points, at, chain, kind, curve, k, work, True)
        keep_within(chain, kind, curve, k)


@compiled
def _knot_on_grid(chain: Floats, kind: Ints, k: int) -> None:
    x, y = round(chain[k, AT]), round(chain[k, AT + 1])
    if kind[k] != CORNER:
        x, y = _least_across(chain, k, x, y)
    dx, dy = x - chain[k, AT], y - chain[k, AT + 1]
    for column in (IN, AT, OUT):
        chain[k, column] += dx
        chain[k, column + 1] += dy


@compiled
def handles_moved_on_grid(points: Floats, at: Ints, chain: Floats, kind: Ints, curve: Flags, sweeps: int) -> None:
    """The same for handles: their lengths are polished and they are put on whole points, knot by knot; no curve turns back.

    Args:
        points: (N, 2) the contour's vertices.
        at: (K + 1,) the vertex of each knot.
        chain: (K, 8) in-handle, knot, out-handle, tangent; knots are on whole points.
        kind: (K,) of each knot.
        curve: (K,) whether the piece after the knot is a cubic.
        sweeps: how often; without any the handles are rounded as they are.
    """
    work = new_work()
    unturned = kind.copy()
    for k in range(len(kind)):
        if kind[k] == PLAIN:
            unturned[k] = EXTREME
    for _ in range(sweeps):
        for k in range(len(kind)):
            move_knot(points, at, chain, unturned, curve, k, work, True)
            keep_within(chain, kind, curve, k)
            _handles_of_knot(chain, kind, curve, k)
    for k in range(len(kind)):
        keep_within(chain, kind, curve, k)
    handles_on_grid(chain, kind, curve)


@compiled
def _least_across(chain: Floats, k: int, x: float, y: float) -> tuple[float, float]:
    tx, ty = chain[k, ALONG], chain[k, ALONG + 1]
    least, best_x, best_y = np.inf, x, y
    for i in range(-1, 2):
        for j in range(-1, 2):
            dx, dy = x + i - chain[k, AT], y + j - chain[k, AT + 1]
            across, along = tx * dy - ty * dx, tx * dx + ty * dy
            cost = across * across + SLIDE * along * along
            if cost < least:
                least, best_x, best_y = cost, x + i, y + j
    return best_x, best_y


@compiled
def handles_on_grid(chain: Floats, kind: Ints, curve: Flags) -> None:
    """Move every handle to a whole point: at a smooth knot the pair (or the handle and the line) that stays straight."""
    for k in range(len(kind)):
        _handles_of_knot(chain, kind, curve, k)


@compiled
def _handles_of_knot(chain: Floats, kind: Ints, curve: Flags, k: int) -> None:
    count = len(kind)
    p, n = (k - 1) % count, (k + 1) % count
    if kind[k] == CORNER or not (curve[p] or curve[k]):
        for column in (IN, OUT):
            chain[k, column], chain[k, column + 1] = round(chain[k, column]), round(chain[k, column + 1])
    elif curve[p] and curve[k]:
        _pair(chain, k)
    elif curve[k]:
        _beside_line(chain, k, OUT, chain[k, AT] - chain[p, AT], chain[k, AT + 1] - chain[p, AT + 1])
    else:
        _beside_line(chain, k, IN, chain[k, AT] - chain[n, AT], chain[k, AT + 1] - chain[n, AT + 1])


@compiled
def _cost(chain: Floats, k: int, column: int, x: float, y: float) -> float:
    """What moving a handle to (x, y) costs: across the tangent fully, along it little, and much to the knot's other side."""
    dx, dy = x - chain[k, column], y - chain[k, column + 1]
    across = chain[k, ALONG] * dy - chain[k, ALONG + 1] * dx
    along = chain[k, ALONG] * dx + chain[k, ALONG + 1] * dy
    cost = across * across + SLIDE * along * along
    for i in range(2):
        before = chain[k, column + i] - chain[k, AT + i]
        after = (x if i == 0 else y) - chain[k, AT + i]
        if before * after < 0.0 or (before == 0.0 and after != 0.0):
            cost += OTHER_SIDE
    return float(cost)


@compiled
def _bend(ax: float, ay: float, bx: float, by: float) -> float:
    """Sine of the angle by which `b` leaves the direction of `a`; 1 if it points back."""
    size = math.hypot(ax, ay) * math.hypot(bx, by)
    if size == 0.0 or ax * bx + ay * by <= 0:
        return 1.0
    return abs(ax * by - ay * bx) / size


@compiled
def _pair(chain: Floats, k: int) -> None:
    x, y = chain[k, AT], chain[k, AT + 1]
    in_x, in_y, out_x, out_y = (
        round(chain[k, IN]),
        round(chain[k, IN + 1]),
        round(chain[k, OUT]),
        round(chain[k, OUT + 1]),
    )
    least = np.inf
    best = (in_x, in_y, out_x, out_y)
    for i in range(-BOX, BOX + 1):
        for j in range(-BOX, BOX + 1):
            before = _cost(chain, k, IN, in_x + i, in_y + j)
            ax, ay = x - in_x - i, y - in_y - j
            if before >= least:
                continue
            for m in range(-BOX, BOX + 1):
                for q in range(-BOX, BOX + 1):
                    cost = before + _cost(chain, k, OUT, out_x + m, out_y + q)
                    if cost >= least:
                        continue
                    bend = _bend(ax, ay, out_x + m - x, out_y + q - y)
                    if bend > SMOOTH:
                        cost += 10 + 100 * bend
                    if cost < least:
                        least, best = cost, (in_x + i, in_y + j, out_x + m, out_y + q)
    chain[k, IN], chain[k, IN + 1], chain[k, OUT], chain[k, OUT + 1] = best


@compiled
def _beside_line(chain: Floats, k: int, column: int, dx: float, dy: float) -> None:
    x, y = round(chain[k, column]), round(chain[k, column + 1])
    least, best_x, best_y = np.inf, x, y
    for i in range(-BOX, BOX + 1):
        for j in range(-BOX, BOX + 1):
            cost = _cost(chain, k, column, x + i, y + j)
            bend = _bend(dx, dy, x + i - chain[k, AT], y + j - chain[k, AT + 1])
            if bend > SMOOTH:
                cost += 10 + 100 * bend
            if cost < least:
                least, best_x, best_y = cost, x + i, y + j
    chain[k, column], chain[k, column + 1] = best_x, best_y
