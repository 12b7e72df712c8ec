"""One glyph's Type 2 charstring for the CFF flavour, by fontTools' pen, whose specialiser finds the shortest operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from fontTools.misc.arrayTools import intRect
from fontTools.misc.psCharStrings import encodeIntT2
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen

from segan_cli.font.rounding import rounded
from segan_cli.font.truetype import Bounds
from segan_cli.glyph import Contour

DEFAULT_WIDTH: Final = 1000
"""`defaultWidthX`: full-width glyphs need no width in their charstring."""

NOMINAL_WIDTH: Final = 500
"""`nominalWidthX`: other widths are written as the difference from this one."""

Point: TypeAlias = tuple[int, int]

Piece: TypeAlias = tuple[Point, ...]
"""Where a line ends, or the two handles and the end of a curve."""


@dataclass(frozen=True, slots=True)
class CffGlyph:
    """A glyph of cubic curves.

    Args:
        charstring: Type 2 bytecode without subroutines and hints.
        bounds: the true extremes of its curves, rounded outwards; None when there is no ink.
    """

    charstring: bytes
    bounds: Bounds | None


def cff_glyph(contours: tuple[Contour, ...], advance: int) -> CffGlyph:
    """Encode cubic contours; coordinates are rounded to whole units first.

    Args:
        contours: font units, y up, outer contours counter-clockwise, which is what CFF wants.
        advance: font units.

    Source: Adobe Technical Note 5177, The Type 2 Charstring Format.
    """
    pen = T2CharStringPen(None if advance == DEFAULT_WIDTH else advance - NOMINAL_WIDTH, None)
    box = BoundsPen(None)
    for contour in contours:
        start, pieces = _pieces(contour)
        if len(pieces) < 2:  # rounding has flattened it
            continue
        drawn = pieces[:-1] if len(pieces[-1]) == 1 else pieces  # the format draws the closing line itself
        for each in (pen, box):
            each.moveTo(start)
            for piece in drawn:
                (each.lineTo if len(piece) == 1 else each.curveTo)(*piece)
            each.closePath()
    charstring = pen.getCharString()
    charstring.compile()
    return CffGlyph(charstring.bytecode, None if box.bounds is None else intRect(box.bounds))


def _pieces(contour: Contour) -> tuple[Point, Sequence[Piece]]:
    """A contour's first point, and its lines and curves without those of no length."""
    points: list[Point] = [(int(x), int(y)) for x, y in rounded(contour.points)]
    pieces: list[Piece] = []
    at, piece = points[0], list[Point]()
    for point, on_curve in zip([*points[1:], points[0]], [*contour.on_curve[1:], True], strict=True):
        piece.append(point)
        if on_curve:
            if any(other != at for other in piece):
                pieces.append(tuple(piece))
            at, piece = point, []
    return points[0], pieces


def width_operand(value: int) -> bytes:
    """A width, as it stands before a charstring: the difference from its dictionary's `nominalWidthX`."""
    return bytes(encodeIntT2(value))
