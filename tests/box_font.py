"""Small fonts made of boxes, for tests that need a source font."""

from collections.abc import Iterable, Mapping
from pathlib import Path

Box = tuple[int, int, int, int]
"""Left, low, right and high, in font units."""


def save_box_font(path: Path, family: str, boxes: Mapping[str, Iterable[Box]], *, bearing: int = 100) -> Path:
    """Save a TrueType font of 1,000 units an em; each character is drawn as its boxes.

    Args:
        path: the file.
        family: the family's name.
        boxes: the boxes by character; none make a blank glyph.
        bearing: left side bearing of every glyph.
    """
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    names = {char: f"uni{ord(char):04X}" for char in boxes}
    glyphs = {".notdef": TTGlyphPen(None).glyph()}
    for char, its in boxes.items():
        pen = TTGlyphPen(None)
        for left, low, right, high in its:
            for index, point in enumerate([(left, low), (left, high), (right, high), (right, low)]):
                (pen.lineTo if index else pen.moveTo)(point)
            pen.closePath()
        glyphs[names[char]] = pen.glyph()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(char): name for char, name in names.items()})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(glyphs, (1000, bearing)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupPost()
    builder.save(path)
    return path
