"""Small fonts made in memory: 永 as a square, 一 as a bar, ㄅ blank, 。 in its corner, 𠮷 beyond the BMP, 囗 too large."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont

sys.path.insert(0, str(Path(__file__).parent))

BOXES = {
    ".notdef": (100, 0, 900, 700),
    "yong": (100, 0, 900, 760),
    "yi": (100, 350, 900, 420),
    "stop": (60, -60, 240, 120),
    "ji": (200, 100, 800, 700),
    "wei": (-50, -200, 1050, 900),
    "blank": None,
}
CMAP = {0x6C38: "yong", 0x4E00: "yi", 0x3002: "stop", 0x20BB7: "ji", 0x56D7: "wei", 0x3105: "blank"}


def make_font(family: str = "Test Kai") -> TTFont:
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(BOXES))
    builder.setupCharacterMap(CMAP)
    glyphs = {}
    for name, box in BOXES.items():
        pen = TTGlyphPen(None)
        if box:
            x0, y0, x1, y1 = box
            pen.moveTo((x0, y0))
            for point in ((x0, y1), (x1, y1), (x1, y0)):
                pen.lineTo(point)
            pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (1000, (box or (0,))[0]) for name, box in BOXES.items()})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 3_800_000_000
    return builder.font


@pytest.fixture
def font_file(tmp_path: Path) -> Path:
    path = tmp_path / "kai.ttf"
    make_font().save(path)
    return path


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    path = tmp_path / "kai.ttc"
    both = TTCollection()
    both.fonts = [make_font("Test Kai"), make_font("Other Kai")]
    both.save(path)
    return path
