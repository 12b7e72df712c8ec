"""Outlines made in memory."""

from __future__ import annotations

import numpy as np

from segan_cli.glyph import Contour, GlyphOutline

CIRCLE = 0.5522847498


def disc(x: float, y: float, radius: float, *, inner: bool = False) -> Contour:
    """A circle of four cubics, counter-clockwise; clockwise when `inner`."""
    k = radius * CIRCLE
    points = [
        (1, 0, 0),
        (1, 1, 2),
        (1, 1, 1),
        (0, 1, 0),
        (-1, 1, 1),
        (-1, 1, 2),
        (-1, 0, 0),
        (-1, -1, 2),
        (-1, -1, 1),
        (0, -1, 0),
        (1, -1, 1),
        (1, -1, 2),
    ]
    xy = []
    for sx, sy, kind in points:
        if kind == 0:
            xy.append((x + sx * radius, y + sy * radius))
        elif kind == 2:
            xy.append((x + sx * radius, y + sy * k))
        else:
            xy.append((x + sx * k, y + sy * radius))
    on = np.array([kind == 0 for _, _, kind in points])
    contour = Contour(np.round(np.array(xy, float)), on)
    return turned_round(contour) if inner else contour


def box(left: float, bottom: float, right: float, top: float) -> Contour:
    return Contour(np.array([(left, bottom), (right, bottom), (right, top), (left, top)], float), np.ones(4, bool))


def turned_round(contour: Contour) -> Contour:
    order = -np.arange(len(contour.points))
    return Contour(contour.points[order], contour.on_curve[order])


def ring(char: str, advance: int = 1000) -> GlyphOutline:
    return GlyphOutline(char, (disc(500, 380, 400), disc(500, 380, 300, inner=True)), advance)


def comma(char: str = "、") -> GlyphOutline:
    return GlyphOutline(char, (disc(180, 20, 80),), 1000)


def bracket(char: str = "「") -> GlyphOutline:
    """Its ink in the upper right quarter."""
    return GlyphOutline(char, (box(700, 400, 750, 840), box(750, 790, 950, 840)), 1000)


def closing_bracket(char: str = "」") -> GlyphOutline:
    return GlyphOutline(char, (box(250, -80, 300, 360), box(50, -80, 250, -30)), 1000)


def some_glyphs() -> list[GlyphOutline]:
    """A font in small: ideographs (one beyond the BMP), punctuation, a letter and a hyphen."""
    rings = [ring(char) for char in "永和四水城\U00020000"]
    latin = [GlyphOutline("H", (box(60, 0, 540, 700),), 600), GlyphOutline("-", (box(50, 300, 350, 350),), 400)]
    return [
        *rings,
        comma("、"),
        comma("。"),
        bracket("「"),
        closing_bracket("」"),
        bracket("（"),
        closing_bracket("）"),
        *latin,
    ]
