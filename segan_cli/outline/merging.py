"""Knots that are nearly in one place become one."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled
from segan_cli.outline.knots import CORNER, EXTREME, PLAIN
from segan_cli.outline.polish import ALONG, AT, IN, settle

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

LEAST_AGREEMENT = 0.9
"""Cosine of the widest angle between the tangents of two smooth knots that become one smooth knot."""


@compiled
def with_near_knots_merged(
    at: Ints, chain: Floats, kind: Ints, curve: Flags, least: float
) -> tuple[Ints, Floats, Ints, Flags]:
    """Drop every piece whose ends are nearer than `least` font units.

    A corner stays in its place; two knots of one kind meet in their middle. Smooth knots stay smooth, but for extremes
    of both axes, which are a tip.

    Args:
        at: (K + 1,) the vertex of each knot.
        chain: (K, 8) in-handle, knot, out-handle, tangent.
        kind: (K,) of each knot.
        curve: (K,) whether the piece after the knot is a cubic.
        least: font units.

    Returns:
        The same four with fewer knots, at least two.
    """
    count = len(kind)
    keep = np.ones(count, dtype=np.bool_)
    left = count
    for k in range(count - 1):
        n = k + 1
        if left <= 3 or math.hypot(chain[n, AT] - chain[k, AT], chain[n, AT + 1] - chain[k, AT + 1]) >= least:
            continue
        if k > 0 and kind[k] == kind[n]:
            x, y = (chain[k, AT] + chain[n, AT]) / 2, (chain[k, AT + 1] + chain[n, AT + 1]) / 2
            at[n] = (at[k] + at[n]) // 2
        elif kind[n] == CORNER and kind[k] != CORNER:
            x, y = chain[n, AT], chain[n, AT + 1]
        else:
            x, y = chain[k, AT], chain[k, AT + 1]
            at[n] = at[k]
        dx, dy = x - chain[k, AT], y - chain[k, AT + 1]
        for c in range(2):
            chain[n, IN + c] = chain[k, IN + c] + (dx if c == 0 else dy)
        dx, dy = x - chain[n, AT], y - chain[n, AT + 1]
        chain[n, 4] += dx
        chain[n, 5] += dy
        chain[n, AT], chain[n, AT + 1] = x, y
        kind[n] = _joined(chain, kind, k, n)
        keep[k] = False
        left -= 1
    if left == count:
        return at, chain, kind, curve
    new_at = np.empty(left + 1, dtype=np.int64)
    filled = 0
    for k in range(count):
        if keep[k]:
            new_at[filled] = at[k]
            filled += 1
    new_at[left] = at[count]
    new_chain, new_kind, new_curve = chain[keep], kind[keep], curve[keep]
    for k in range(left):
        if new_kind[k] != CORNER:
            if new_curve[k] or new_curve[k - 1]:
                settle(new_chain, new_kind, new_curve, k)
            else:
                new_kind[k] = CORNER
    return new_at, new_chain, new_kind, new_curve


@compiled
def _joined(chain: Floats, kind: Ints, k: int, n: int) -> int:
    """The kind of knot `n` that takes the place of `k`, too; a smooth one gets a tangent."""
    if CORNER in (kind[k], kind[n]):
        return CORNER
    ahead = chain[k, ALONG] * chain[n, ALONG] + chain[k, ALONG + 1] * chain[n, ALONG + 1]
    if ahead < LEAST_AGREEMENT:
        return CORNER
    if kind[n] == EXTREME:
        return EXTREME
    if kind[k] != EXTREME:
        size = math.sqrt(2 + 2 * ahead)
        chain[n, ALONG] = (chain[k, ALONG] + chain[n, ALONG]) / size
        chain[n, ALONG + 1] = (chain[k, ALONG + 1] + chain[n, ALONG + 1]) / size
        return PLAIN
    chain[n, ALONG], chain[n, ALONG + 1] = chain[k, ALONG], chain[k, ALONG + 1]
    return EXTREME
