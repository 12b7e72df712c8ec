"""Our tracer: the grey image's own coverage decides where the outline runs, to a fraction of a pixel."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour, Ink
from segan_cli.outline.contours import half_ink_contours
from segan_cli.outline.corners import sharpened
from segan_cli.outline.coverage import evenly_spaced, match_coverage
from segan_cli.outline.pieces import fit_contour

SPACING_PX = 0.7
"""Distance of the vertices that stand for the ink's edge."""
ROUNDS = 4
"""How often the edge is moved to match the image's coverage; more rounds gain less than 0.01 units."""
SMOOTH_PX = 0.9
"""Width of the Gaussian that gives a black-and-white scan its grey edges back."""


def trace_fit(ink: Ink, tolerance_px: float, corner_angle: float) -> tuple[Contour, ...]:
    """Trace a grey image.

    Args:
        ink: (H, W) float32 in [0, 1].
        tolerance_px: how far a piece may typically stray, in pixels.
        corner_angle: a sharper turn stays a corner, in degrees.

    Returns:
        Closed contours in pixels, y down; ink on the left in y-up axes.

    Source: ours; see `contours`, `coverage`, `knots`, `cubics` and `pieces`, in this order.
    """
    grey = _with_grey_edges(np.ascontiguousarray(ink, dtype=np.float32))
    points, starts = half_ink_contours(grey, 0.5)
    if len(starts) < 2:
        return ()
    points, starts = evenly_spaced(points, starts, SPACING_PX)
    angle = math.radians(corner_angle)
    points = match_coverage(sharpened(points, starts, angle), starts, grey, ROUNDS, 1.0)
    fitted = (fit_contour(points[a:b], tolerance_px, angle) for a, b in itertools.pairwise(starts))
    return tuple(Contour(xy, on) for xy, on in fitted if len(xy) >= 3)


def _with_grey_edges(ink: Ink) -> npt.NDArray[np.float32]:
    """A scan of black and white alone is smoothed, so that its staircase becomes an edge; grey images stay as they are."""
    grey = np.count_nonzero((ink > 0.02) & (ink < 0.98))
    edge = np.count_nonzero(np.diff(ink >= 0.5, axis=0)) + np.count_nonzero(np.diff(ink >= 0.5, axis=1))
    if grey >= 0.1 * edge:
        return ink
    from scipy.ndimage import gaussian_filter

    return np.asarray(gaussian_filter(ink, SMOOTH_PX, mode="constant"), dtype=np.float32)
