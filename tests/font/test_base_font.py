"""Latin from another font."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import SPEC
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from shapes import ring

from segan_cli.errors import UsageError
from segan_cli.font.assemble import assemble_font
from segan_cli.font.base_font import base_glyphs
from segan_cli.font.compile import compile_glyph
from segan_cli.font.placement import ink_centre


@pytest.fixture
def latin(tmp_path: Path) -> Path:
    """2,048 units an em; A is two overlapping boxes, clockwise; under the OFL with a reserved name; no embedding."""
    pen = TTGlyphPen(None)
    for x in (200, 600):
        pen.moveTo((x, 0))
        for point in ((x, 1400), (x + 600, 1400), (x + 600, 0)):
            pen.lineTo(point)
        pen.closePath()
    builder = FontBuilder(2048)
    builder.setupGlyphOrder([".notdef", "A", "uni6C38"])
    builder.setupCharacterMap({0x41: "A", 0x6C38: "uni6C38"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "A": pen.glyph(), "uni6C38": TTGlyphPen(None).glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys((".notdef", "A", "uni6C38"), (1400, 200)))
    builder.setupHorizontalHeader()
    licence = "Licensed under the SIL Open Font License, Version 1.1, with Reserved Font Name 'Test'."
    builder.setupNameTable({"familyName": "Parent", "licenseDescription": licence}, mac=False)
    builder.setupOS2(fsType=2)
    builder.setupPost()
    builder.save(tmp_path / "latin.ttf")
    return tmp_path / "latin.ttf"


def test_glyphs_are_scaled_united_and_turned(latin: Path) -> None:
    base = base_glyphs(latin, set(), SPEC)
    assert [outline.char for outline in base.outlines] == ["A"]
    (contour,) = base.outlines[0].contours
    assert base.outlines[0].advance == round(1400 * 1000 / 2048)
    assert sorted(map(tuple, contour.points.tolist())) == [(98, 0), (98, 684), (586, 0), (586, 684)]
    x, y = ink_centre(base.outlines[0])
    assert (x, y) == pytest.approx((342, 342))
    ahead = contour.points[1] - contour.points[0], contour.points[2] - contour.points[1]
    assert ahead[0][0] * ahead[1][1] - ahead[0][1] * ahead[1][0] > 0  # counter-clockwise


def test_the_designers_own_glyphs_win(latin: Path) -> None:
    assert not base_glyphs(latin, {"A"}, SPEC).outlines


def test_licence_reserved_name_and_embedding_are_noted(latin: Path) -> None:
    notes = " ".join(base_glyphs(latin, set(), SPEC).notes)
    assert "1 glyphs come from Parent" in notes and "forbids embedding" in notes
    assert "reserves the name Test" in notes
    assert "--license" not in notes  # SPEC is under the OFL already


def test_the_font_holds_them(latin: Path, tmp_path: Path) -> None:
    build = assemble_font([compile_glyph(ring("永"))], SPEC, [tmp_path / "out.ttf"], base_font=latin)
    assert build.base_chars == ("A",)
    assert TTFont(tmp_path / "out.ttf")["hmtx"]["A"] == (684, 98)


@pytest.mark.parametrize("content", [None, b"", b"no font at all", b"\0\1\0\0" + bytes(40)])
def test_a_broken_base_font_is_one_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.ttf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=r"The base font .*broken\.ttf cannot be read"):
        base_glyphs(path, set(), SPEC)
