"""Crossing contours become clean ones, by Skia's path operations."""

from __future__ import annotations

import numpy as np
import pathops

from segan_cli.glyph import Contour
from segan_cli.outline.crossings import crossing_pieces
from segan_cli.outline.svg_paths import Point, closed_contour, draw_contour


def untangled(contours: tuple[Contour, ...]) -> tuple[Contour, ...]:
    """The outline of everything that the contours enclose (non-zero winding), without crossings.

    Args:
        contours: closed contours, directions right.

    Returns:
        Contours that bound the same ink. Those that cross nothing stay; the others are new, their coordinates no longer
        whole, and their directions as if they were alone. The same contours if Skia gives up.
    """
    crossed = set(crossing_pieces(contours)[:, [0, 2]].ravel().tolist())
    path = pathops.Path()
    for k in sorted(crossed):
        draw_contour(contours[k], path.getPen())
    try:
        path.simplify(fix_winding=True, keep_starting_points=False)
    except pathops.PathOpsError:
        return contours
    new = [out for contour in path.contours for out in _read(contour)]
    return (*(contour for k, contour in enumerate(contours) if k not in crossed), *new)


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
