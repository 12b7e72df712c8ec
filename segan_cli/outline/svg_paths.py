"""Contours out of the path language of SVG, which foreign tracers answer in, and into it, to be looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from fontTools.pens.recordingPen import RecordingPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.svgLib.path import parse_path

from segan_cli.glyph import Contour

Point = tuple[float, float]


def contours_of_path(path: str) -> list[Contour]:
    """Read the `d` of an SVG path; curves stay cubic, open ends are closed by a line, contours under 3 points go."""
    pen = RecordingPen()
    parse_path(path, pen)
    contours: list[Contour] = []
    points: list[Point] = []
    flags: list[bool] = []
    for verb, args in [*pen.value, ("moveTo", ((0.0, 0.0),))]:
        if verb == "moveTo":
            contours += closed_contour(points, flags)
            points, flags = [args[0]], [True]
        elif verb in ("lineTo", "curveTo"):
            points += args
            flags += [False] * (len(args) - 1) + [True]
    return contours


def closed_contour(points: list[Point], flags: list[bool]) -> list[Contour]:
    """One contour of the points, the repeated first point left out; none if fewer than three remain."""
    if len(points) > 1 and flags[-1] and np.allclose(points[-1], points[0], atol=1e-9):
        points, flags = points[:-1], flags[:-1]
    if len(points) < 3:
        return []
    return [Contour(np.array(points, dtype=np.float64), np.array(flags, dtype=np.bool_))]


def path_of_contours(contours: Iterable[Contour], *, flip: bool = False) -> str:
    """The `d` of an SVG path.

    Args:
        contours: closed contours.
        flip: turn y round, as font units need it.
    """
    pen = SVGPathPen(None, lambda value: f"{value:g}")
    turned = TransformPen(pen, (1, 0, 0, -1, 0, 0)) if flip else pen
    for contour in contours:
        draw_contour(contour, turned)
    return str(pen.getCommands())


def draw_contour(contour: Contour, pen: Any) -> None:
    """Draw a closed contour with a fontTools pen."""
    points: list[Point] = [(float(x), float(y)) for x, y in contour.points]
    pen.moveTo(points[0])
    held: list[Point] = []
    for point, on_curve in zip([*points[1:], points[0]], [*contour.on_curve[1:], True], strict=True):
        held.append(point)
        if on_curve:
            (pen.lineTo if len(held) == 1 else pen.curveTo)(*held)
            held = []
    pen.closePath()
