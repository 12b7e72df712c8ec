"""A closed contour becomes lines and cubics: the cheapest chain of them, moved together and put on whole units."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled
from segan_cli.outline.cubics import copy_point
from segan_cli.outline.grid import handles_moved_on_grid, handles_on_grid, knots_moved_on_grid, knots_on_grid
from segan_cli.outline.hidden_extremes import hides_extreme, with_extremes_shown
from segan_cli.outline.knots import CORNER, EXTREME, polygon_knots, sharpest, tangent_at, vertex_kinds
from segan_cli.outline.merging import with_near_knots_merged
from segan_cli.outline.polish import farthest_stray, polish
from segan_cli.outline.search import cheapest_chain
from segan_cli.outline.sliding import polish_within, with_knots_at_extremes

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

REACH = 4
"""Vertices on each side that corners, extremes and tangents look at."""
LONGEST_SIDE = 48
KNOT_PRICE = 0.6
"""What a side of the polygon of candidate knots costs, in points."""
POINT_PRICE = 11.5
"""What a point costs, in squared tolerances times vertices."""
TANGENT_REACH = 3
"""Vertices on each side that a knot's tangent looks at."""
SWEEPS = 3
"""How often every knot is moved towards the edge."""
STRAY = 3.0
"""A polished contour that strays farther, in font units and beside three tolerances, is taken back."""
HIDDEN = 0.9
"""An extreme that lies farther beyond its piece's ends, in font units, needs a point."""
ROUNDINGS = 4
"""How often extremes that rounding hid are shown again."""
NEAR = 5.0
"""Knots nearer than this, in font units, become one."""


@compiled
def fit_contour(contour: Floats, tolerance: float, corner_angle: float) -> tuple[Floats, Flags]:
    """Fit a closed contour with lines and cubics that join smoothly everywhere but at corners.

    Args:
        contour: (N, 2) evenly spaced vertices in font units, at least eight.
        tolerance: how far a piece may typically stray, in font units.
        corner_angle: a sharper turn may be a corner, in radians.

    Returns:
        (M, 2) points on whole units and (M,) on-curve flags, as `glyph.Contour` wants them.

    Source: ours; dynamic programming over the best polygon's vertices (`search`); then Gauss-Newton, knot by knot (`polish`), and whole units that keep smooth joins smooth (`grid`).
    """
    unturned = vertex_kinds(contour, 3, corner_angle)
    first = _start(contour, unturned)
    count = len(contour)
    points = np.empty((count + 1, 2), dtype=np.float64)
    kinds = np.empty(count + 1, dtype=np.int64)
    for i in range(count + 1):
        copy_point(points, i, contour, (first + i) % count)
        kinds[i] = unturned[(first + i) % count]
    price = POINT_PRICE * tolerance * tolerance
    knots = _with_extremes(polygon_knots(points, kinds, KNOT_PRICE * price, LONGEST_SIDE), kinds)
    tangents = _tangents(points[:-1], kinds, knots, TANGENT_REACH)
    at, chain, kind, curve = cheapest_chain(points, kinds, knots, tangents, price, 9 * tolerance * tolerance)
    plain, plain_kind = chain.copy(), kind.copy()
    knots_at, finished, _, curved = _finished(points, at.copy(), chain, kind, curve, SWEEPS)
    if farthest_stray(points, knots_at, finished, curved) > STRAY + 3 * tolerance:
        chain, kind = plain.copy(), plain_kind.copy()
        knots_at, finished, _, curved = _finished(points, at.copy(), chain, kind, curve, 0)
        if farthest_stray(points, knots_at, finished, curved) > STRAY + 3 * tolerance:
            knots_on_grid(plain, plain_kind)
            handles_on_grid(plain, plain_kind, curve)
            finished, curved = plain, curve
    return _unrolled(finished, curved)


@compiled
def _start(contour: Floats, kinds: Ints) -> int:
    """Where the chain begins and ends, so that a knot is there: the sharpest corner, or an extreme of a contour without one."""
    first = sharpest(contour, REACH)
    if kinds[first] != CORNER:
        for i in range(len(contour)):
            if kinds[i] == EXTREME:
                return i
    return first


@compiled
def _finished(
    points: Floats, at: Ints, chain: Floats, kind: Ints, curve: Flags, sweeps: int
) -> tuple[Ints, Floats, Ints, Flags]:
    """The chain polished, with its extremes as knots, on whole units; without sweeps it stays near what was chosen."""
    polish(points, at, chain, kind, curve, min(sweeps, 2), False)
    with_knots_at_extremes(points, at, chain, kind, curve)
    at, chain, kind, curve = with_extremes_shown(points, at, chain, kind, curve, 0.8, 3.0)
    at, chain, kind, curve = with_near_knots_merged(at, chain, kind, curve, NEAR)
    polish_within(points, at, chain, kind, curve, sweeps, False)
    if sweeps:
        knots_moved_on_grid(points, at, chain, kind, curve)
    else:
        knots_on_grid(chain, kind)
    polish_within(points, at, chain, kind, curve, min(sweeps, 1), True)
    at, chain, kind, curve = with_extremes_shown(points, at, chain, kind, curve, HIDDEN, 3.0)
    at, chain, kind, curve = with_near_knots_merged(at, chain, kind, curve, NEAR)
    with_knots_at_extremes(points, at, chain, kind, curve)
    knots_on_grid(chain, kind)
    handles_moved_on_grid(points, at, chain, kind, curve, min(sweeps, 2))
    for _ in range(ROUNDINGS):
        if hides_extreme(chain, curve, HIDDEN):
            at, chain, kind, curve = with_extremes_shown(points, at, chain, kind, curve, HIDDEN, 3.0)
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
