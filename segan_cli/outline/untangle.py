"""Crossing contours become clean ones, by Skia's path operations."""

from __future__ import annotations

import numpy as np
import pathops

from segan_cli.glyph import Contour
from segan_cli.outline.svg_paths import Point, closed_contour, draw_contour


def untangled(contours: tuple[Contour, ...]) -> tuple[Contour, ...]:
    """The outline of everything that the contours enclose (non-zero winding), without crossings.

    Args:
        contours: closed contours, directions right.

    Returns:
        New contours that bound the same ink; coordinates are no longer whole. The same contours if Skia gives up.
    """
    path = pathops.Path()
    for contour in contours:
        draw_contour(contour, path.getPen())
    try:
        path.simplify(fix_winding=True, keep_starting_points=False)
    except pathops.PathOpsError:
        return contours
    return tuple(out for contour in path.contours for out in _read(contour))


def _read(path: pathops.Path) -> list[Contour]:
    points: list[Point] = []
    flags: list[bool] = []
    for verb, args in path.segments:
        if verb == "qCurveTo":
            args = _as_cubic(points[-1], *args)
        if verb in ("moveTo", "lineTo", "curveTo", "qCurveTo"):
            points += args
            flags += [False] * (len(args) - 1) + [True]
    return closed_contour(points, flags)


def _as_cubic(start: Point, middle: Point, end: Point) -> tuple[Point, Point, Point]:
    """A quadratic curve as a cubic, exactly."""
    a, b, c = np.array(start), np.array(middle), np.array(end)
    first, second = (a + 2 * b) / 3, (c + 2 * b) / 3
    return (float(first[0]), float(first[1])), (float(second[0]), float(second[1])), end
