"""How much of the brush is in a glyph: sharp corners, weight, contrast and centre lines, measured on its traced outline.

A pixel grid blurs what it is asked about, so every picture is traced as a font's glyph is, and what is measured is a
picture of that outline, large enough that its pixels no longer matter. A unit (u) is a thousandth of the em.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from segan_cli.errors import EmptyGlyphError
from segan_cli.glyph import Contour, Frame, GlyphRaster, Ink

MEASURED_PX = 512
"""Side of the picture of the outline that is measured."""
SHOWN_PX = 256
"""Side of the picture of the outline that networks look at, for distances between sets."""
STEP = 3.0
"""Distance between two points taken along a contour, in units."""
REACH = 12.0
"""How far before and behind a point the contour's direction is taken, and how far apart two corners are, in units."""
SHORTEST = 60.0
"""Contours up to this length, in units, are left out: they turn everywhere."""
SHARP = 60.0
"""The least turn of a corner, in degrees."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class BrushGlyph:
    """What was measured of one glyph.

    Args:
        corners: number of sharp corners.
        edge: length of the contours that were walked, in units.
        weight: median width of its strokes, in units.
        contrast: standard deviation of the width along its strokes, over the mean.
        line: (N, 2) float64, points of its centre lines, x and y in units.
        picture: (256, 256) uint8, its outline; 255 is ink.
    """

    corners: int
    edge: float
    weight: float
    contrast: float
    line: Floats
    picture: npt.NDArray[np.uint8]

    @property
    def ink(self) -> Ink:
        """The picture as ink."""
        return self.picture.astype(np.float32) / np.float32(255)


def brush_glyph(ink: Ink) -> BrushGlyph:
    """Trace a picture as a font's glyph is traced, and measure its outline.

    Args:
        ink: (S, S) float32 in [0, 1], 1 is ink; 256 pixels or more, or what is measured is the grid.

    Raises:
        EmptyGlyphError: there is no ink.
    """
    from segan_cli.outline.tracing import trace

    side = ink.shape[0]
    contours = trace(GlyphRaster("一", np.asarray(ink, dtype=np.float32), Frame(side))).contours
    large = outline_ink(contours, side, MEASURED_PX)
    if not (large >= 0.5).any():
        raise EmptyGlyphError("The outline is too thin to be measured.")
    corners, edge = sharp_corners(large)
    line, widths = lines_and_widths(large)
    small = np.rint(outline_ink(contours, side, SHOWN_PX) * 255).astype(np.uint8)
    return BrushGlyph(corners, edge, float(np.median(widths)), float(widths.std() / widths.mean()), line, small)


def outline_ink(contours: tuple[Contour, ...], side: int, size_px: int) -> Ink:
    """Paint an outline; each pixel holds the exact share of it that is covered.

    Args:
        contours: in pixels, y down, as they are traced.
        side: side of the canvas that they are in, in pixels.
        size_px: side of the picture wanted.

    Returns:
        (size_px, size_px) float32.
    """
    from segan_cli.outline.crossings import flattened
    from segan_cli.outline.pixel_coverage import coverage

    if not contours:
        return np.zeros((size_px, size_px), np.float32)
    lines = [flattened(contour) for contour in contours]
    starts = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    points = np.concatenate(lines) * (size_px / side)
    return np.clip(coverage(points, starts, size_px, size_px), 0, 1).astype(np.float32)


def sharp_corners(ink: Ink) -> tuple[int, float]:
    """Count the sharp corners of an ink's edge.

    A corner is where the contour's turn, between its direction over the 12 units before and over the 12 units after a
    point, is greatest among the points within 12 units, and above 60°.

    Args:
        ink: (S, S) float32 in [0, 1]; S is one em.

    Returns:
        The number, and the length in units of the contours that were walked.

    Source: ours.
    """
    from segan_cli.outline.contours import half_ink_contours
    from segan_cli.outline.pixel_coverage import evenly_spaced

    units = 1000 / ink.shape[0]
    points, starts = half_ink_contours(np.ascontiguousarray(ink, dtype=np.float32), 0.5)
    corners, edge = 0, 0.0
    for first, last in pairwise(starts):
        contour = points[first:last] * units
        length = float(np.linalg.norm(contour - np.roll(contour, 1, 0), axis=1).sum())
        if length > SHORTEST:
            walked, _ = evenly_spaced(contour, np.array([0, len(contour)], dtype=np.int64), STEP)
            corners += _corners(walked)
            edge += length
    return corners, edge


def _corners(points: Floats) -> int:
    """Corners of one closed contour whose points lie `STEP` apart."""
    reach = round(REACH / STEP)
    before, after = points - np.roll(points, reach, 0), np.roll(points, -reach, 0) - points
    turn = np.arctan2(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0], (before * after).sum(1))
    turn = np.abs(turn)
    steps = range(1, reach + 1)
    first = np.all([turn > np.roll(turn, step) for step in steps], 0)
    greatest = np.all([turn >= np.roll(turn, -step) for step in steps], 0)
    return int((first & greatest & (turn > np.radians(SHARP))).sum())


def lines_and_widths(ink: Ink) -> tuple[Floats, Floats]:
    """The centre lines of an ink, and how wide its strokes are along them.

    Args:
        ink: (S, S) float32 in [0, 1], S is one em; not blank.

    Returns:
        (N, 2) points of the lines, x and y in units; (N,) the strokes' widths there, in units.

    Source: ours; lines by Zhang and Suen 1984. Half a pixel wider than `stroke_widths`, which measures from a pixel's centre and so
        loses a pixel of strokes that are an even number of pixels wide and none of odd ones: right in the mean of both.
    """
    from segan_cli.source.skeleton import thin
    from segan_cli.source.stroke_width import stroke_widths

    line = thin(ink)
    units = 1000 / ink.shape[0]
    rows, columns = np.nonzero(line)
    return np.column_stack([columns + 0.5, rows + 0.5]) * units, units * (stroke_widths(ink, line) + 0.5)


def line_reach(line: Floats, other: Floats) -> float:
    """The distance to the other glyph's lines that nine in ten points of a glyph's lines do not exceed, in units.

    From the real glyph to the drawn one it tells of broken and missing strokes, the other way of ink that should not be.

    Args:
        line: (N, 2) points, not empty.
        other: (M, 2) points, not empty.
    """
    from scipy.spatial import cKDTree

    return float(np.percentile(cKDTree(other).query(line)[0], 90))
