"""Our tracer: the grey image's own coverage decides where the outline runs, to a fraction of a pixel."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour, Ink
from segan_cli.outline.compiled import compiled
from segan_cli.outline.contours import half_ink_contours
from segan_cli.outline.corners import sharpened
from segan_cli.outline.pieces import fit_contour
from segan_cli.outline.pixel_coverage import evenly_spaced, match_coverage

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

SPACING_PX = 0.7
"""Distance of the vertices that stand for the ink's edge."""
ROUNDS = 2
"""How often the edge is moved to match the image's coverage; more rounds gain less than 0.01 units."""
STEP = 1.4
"""How far it is moved each time, in shifts that were computed: more than one, as a shift is spread over its neighbours."""
SMOOTH_PX = 1.0
"""Width of the Gaussian that turns the staircase of a black-and-white scan into an edge."""
MARGIN_PX = 4
"""How much of the image around the contours they are compared with."""
LEAST_GAP = 5
"""Extremes of a dot that are nearer, in vertices, get no knot between them."""
STAIRCASE_PX = 0.3
"""The finest tolerance for a black-and-white scan: what is finer is its staircase."""


def trace_fit(ink: Ink, units_per_px: float, tolerance: float, corner_angle: float) -> tuple[Contour, ...]:
    """Trace a grey image.

    Args:
        ink: (H, W) float32 in [0, 1].
        units_per_px: font units that one pixel spans.
        tolerance: how far a piece may typically stray, in font units.
        corner_angle: a sharper turn stays a corner, in degrees.

    Returns:
        Closed contours in pixels, y down; ink on the left in y-up axes.

    Source: ours; see `contours`, `corners`, `pixel_coverage`, `knots`, `search`, `polish`, `sliding`, `hidden_extremes`, `merging` and `grid`, in this order.
    """
    grey = np.ascontiguousarray(ink, dtype=np.float32)
    scan = _is_black_and_white(grey)
    if scan:
        grey, tolerance = _smoothed(grey), max(tolerance, STAIRCASE_PX * units_per_px)
    points, starts = half_ink_contours(grey, 0.5)
    if len(starts) < 2:
        return ()
    points, starts = evenly_spaced(points, starts, SPACING_PX)
    angle = math.radians(corner_angle)
    points = _matched(sharpened(points, starts, angle), starts, grey, 0 if scan else ROUNDS)
    return tuple(_fitted(points[a:b], units_per_px, tolerance, angle) for a, b in itertools.pairwise(starts))


def _matched(points: Floats, starts: Ints, grey: npt.NDArray[np.float32], rounds: int) -> Floats:
    """The contours moved to what the image says, which is looked at around them only."""
    low = np.maximum(np.floor(points.min(axis=0)).astype(int) - MARGIN_PX, 0)
    high = np.ceil(points.max(axis=0)).astype(int) + MARGIN_PX
    part = np.ascontiguousarray(grey[low[1] : high[1], low[0] : high[0]])
    moved = match_coverage(points - low, starts, part, rounds, STEP)
    return np.asarray(moved + low)


def _fitted(vertices: npt.NDArray[np.float64], units_per_px: float, tolerance: float, angle: float) -> Contour:
    """Lines and cubics through the vertices; a contour too small for that becomes a smooth ring."""
    points, on_curve = fit_contour(vertices * units_per_px, tolerance, angle)
    if len(points) >= 3:
        return Contour(points / units_per_px, on_curve)
    return _rounded_through(vertices)


def _rounded_through(vertices: npt.NDArray[np.float64]) -> Contour:
    """The smooth closed curve through a contour's four extremes, its handles level there, and a vertex between each two.

    Source: Catmull and Rom 1974: handles along the chord of a knot's neighbours, a sixth of it long.
    """
    extremes = [int(find(vertices[:, axis])) for axis in range(2) for find in (np.argmin, np.argmax)]
    places = np.unique(extremes)
    gaps = np.diff(places, append=places[0] + len(vertices))
    between = (places + gaps // 2)[gaps >= LEAST_GAP] % len(vertices)
    index = np.unique([*places, *between])
    knots = vertices[index]
    pull = (np.roll(knots, -1, axis=0) - np.roll(knots, 1, axis=0)) / 6
    for number, place in enumerate(extremes):
        pull[index == place, number // 2] = 0
    points = np.stack([knots, knots + pull, np.roll(knots - pull, -1, axis=0)], axis=1).reshape(-1, 2)
    return Contour(points, np.tile([True, False, False], len(knots)))


@compiled
def _is_black_and_white(ink: Ink) -> bool:
    """Are there hardly any greys along the edges? Then the picture is a binary scan."""
    height, width = ink.shape
    grey, edge = 0, 0
    for row in range(height):
        for col in range(width):
            grey += 1 if 0.02 < ink[row, col] < 0.98 else 0
            if row > 0:
                edge += 1 if (ink[row, col] >= 0.5) != (ink[row - 1, col] >= 0.5) else 0
            if col > 0:
                edge += 1 if (ink[row, col] >= 0.5) != (ink[row, col - 1] >= 0.5) else 0
    return grey < 0.1 * edge


def _smoothed(ink: Ink) -> npt.NDArray[np.float32]:
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(ink, SMOOTH_PX, mode="constant"), dtype=np.float32)
