"""Metrics of columns (vhea, vmtx, VORG) for a font without them: programs would centre each glyph's ink where a stop has its corner."""

from __future__ import annotations

from typing import Final

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.boundsPen import ControlBoundsPen
from fontTools.ttLib import TTFont

from segan_cli.font.metrics import EmBox

ADDED: Final = "The font had no metrics for columns (vhea, vmtx); the new one has, with every cell an em high."


def add_columns(font: TTFont, em: EmBox) -> None:
    """Every glyph of the font gets a cell one em high that begins at the top of the em box.

    Args:
        font: without `vmtx`; its glyphs stay as they are.
        em: its em.
    """
    top, height = round(em.bottom + em.units_per_em), em.units_per_em
    reaches = {name: _reach(font, name) for name in font.getGlyphOrder()}
    inked = [reach for reach in reaches.values() if reach] or [(0, top)]
    builder = FontBuilder(font=font)
    builder.setupVerticalMetrics({name: (height, top - reach[1] if reach else 0) for name, reach in reaches.items()})
    builder.setupVerticalHeader(
        ascent=height // 2,
        descent=-(height // 2),
        tableVersion=0x00011000,
        caretSlopeRise=0,
        caretSlopeRun=1,
        advanceHeightMax=height,
        minTopSideBearing=min(top - high for _, high in inked),
        minBottomSideBearing=min(height - top + low for low, _ in inked),
        yMaxExtent=max(top - low for low, _ in inked),
    )
    if "CFF " in font:
        builder.setupVerticalOrigins({}, defaultVerticalOrigin=top)


def _reach(font: TTFont, name: str) -> tuple[int, int] | None:
    """Lowest and highest point of a glyph, None for one without ink. TrueType glyphs say so in their header, and stay packed."""
    if "glyf" in font:
        glyph = font["glyf"].glyphs[name]
        if hasattr(glyph, "data"):
            numbers = (glyph.data[place : place + 2] for place in (4, 8))
            low, high = (int.from_bytes(number, "big", signed=True) for number in numbers)
            return (low, high) if glyph.data else None
        return (glyph.yMin, glyph.yMax) if glyph.numberOfContours else None
    pen = ControlBoundsPen(None)
    font.getGlyphSet()[name].draw(pen)
    return (round(pen.bounds[1]), round(pen.bounds[3])) if pen.bounds else None
