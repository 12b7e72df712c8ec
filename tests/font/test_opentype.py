"""Every number of the tables, for a small font of boxes whose numbers can be worked out by hand."""

from __future__ import annotations

import dataclasses
import io
import time
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from shapes import box

from segan_cli.font.charstring import CffGlyph
from segan_cli.font.compile import CompiledGlyph, Flavor, compile_glyph
from segan_cli.font.glyph_order import PlacedGlyph, order_glyphs
from segan_cli.font.opentype import bounds_of, build_font, build_time, font_bytes
from segan_cli.font.spec import FontSpec
from segan_cli.font.truetype import TrueTypeGlyph
from segan_cli.glyph import GlyphOutline

FLAVORS: tuple[Flavor, ...] = ("ttf", "otf")
SPEC = FontSpec(
    family="Box", family_zh="盒", style_name="Bold Italic", version="2.500", vendor="AB", embedding="editable"
)
BOXES = {  # left, bottom, right, top; advance
    "永": ((100, -50, 900, 850), 1000),
    "H": ((60, 0, 540, 700), 600),
    "x": ((50, -10, 450, 500), 500),
    "p": ((-30, -200, 560, 510), 520),  # wider than its advance on both sides
    "—": ((0, 360, 1000, 400), 1000),  # doubled for Chinese, and both turned for columns
}
DOUBLED_COLUMN = "uni2E3A.vert"  # from 880 down to -1120
HEAD = {"fontRevision": 2.5, "flags": 0b1011, "unitsPerEm": 1000, "macStyle": 0b11, "lowestRecPPEM": 8, "created": 3_782_844_800,
        "modified": 3_782_844_800, "xMin": -30, "yMin": -1120, "xMax": 2000, "yMax": 880}  # fmt: skip
HHEA = {"ascent": 1030, "descent": -270, "lineGap": 0, "advanceWidthMax": 2000, "minLeftSideBearing": -30,
        "minRightSideBearing": -40, "xMaxExtent": 2000, "caretSlopeRise": 1, "caretSlopeRun": 0}  # fmt: skip
VHEA = {"tableVersion": 0x11000, "ascent": 500, "descent": -500, "lineGap": 0, "advanceHeightMax": 2000, "minTopSideBearing": 0,
        "minBottomSideBearing": -80, "yMaxExtent": 2000, "caretSlopeRise": 0, "caretSlopeRun": 1}  # fmt: skip
MAXP = {"numGlyphs": 11, "maxPoints": 8, "maxContours": 2, "maxCompositePoints": 0, "maxCompositeContours": 0, "maxZones": 2,
        "maxTwilightPoints": 0, "maxStackElements": 4, "maxComponentElements": 0, "maxComponentDepth": 0}  # fmt: skip
OS2 = {"version": 4, "xAvgCharWidth": 897, "usWeightClass": 700, "usWidthClass": 5, "fsType": 8, "fsSelection": 0b10100001,
       "achVendID": "AB  ", "sTypoAscender": 1030, "sTypoDescender": -270, "sTypoLineGap": 0, "usWinAscent": 1030,
       "usWinDescent": 270, "sxHeight": 500, "sCapHeight": 700, "usDefaultChar": 0, "usBreakChar": 32, "usMaxContext": 0,
       "usFirstCharIndex": 0x20, "usLastCharIndex": 0x6C38}  # fmt: skip
POST = {"formatType": 3.0, "italicAngle": 0.0, "underlinePosition": -100, "underlineThickness": 50, "isFixedPitch": 0}
HORIZONTAL = {".notdef": (1000, 100), "space": (250, 0), "H": (600, 60), "p": (520, -30), "x": (500, 50), "emdash": (1000, 0),
              "uni2E3A": (2000, 0), "uni3000": (1000, 0), "uni6C38": (1000, 100), "emdash.vert": (1000, 480),
              DOUBLED_COLUMN: (1000, 480)}  # fmt: skip
VERTICAL = {".notdef": (1000, 120), "space": (1000, 0), "H": (1000, 180), "p": (1000, 370), "x": (1000, 380), "emdash": (1000, 480),
            "uni2E3A": (1000, 480), "uni3000": (1000, 0), "uni6C38": (1000, 30), "emdash.vert": (1000, 0),
            DOUBLED_COLUMN: (2000, 0)}  # fmt: skip
MAPPED = {0x20: "space", 0xA0: "space", 0x48: "H", 0x70: "p", 0x78: "x", 0x2014: "emdash", 0x2E3A: "uni2E3A", 0x3000: "uni3000",
          0x6C38: "uni6C38"}  # fmt: skip


@pytest.fixture(autouse=True)
def told_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")


def placed(chars: str = "".join(BOXES)) -> tuple[PlacedGlyph, ...]:
    outlines = [GlyphOutline(char, (box(*BOXES[char][0]),), BOXES[char][1]) for char in chars]
    return order_glyphs([compile_glyph(outline, FLAVORS) for outline in outlines], FLAVORS)


def written(flavor: Flavor, spec: FontSpec = SPEC, glyphs: tuple[PlacedGlyph, ...] = ()) -> TTFont:
    """The font as a program reads it from its file."""
    return TTFont(io.BytesIO(font_bytes(build_font(glyphs or placed(), spec, flavor))))


def numbers(font: TTFont, tag: str, expected: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(font[tag], name) for name in expected}


@pytest.mark.parametrize("flavor", FLAVORS)
def test_every_number_is_that_of_the_boxes(flavor: Flavor) -> None:
    font = written(flavor)
    order = dict(zip(font.getGlyphOrder(), HORIZONTAL, strict=True))  # a CID font has no glyph names
    for tag, expected in {"head": HEAD, "hhea": HHEA, "vhea": VHEA, "OS/2": OS2, "post": POST}.items():
        assert numbers(font, tag, expected) == expected, tag
    assert {order[name]: both for name, both in font["hmtx"].metrics.items()} == HORIZONTAL
    assert {order[name]: both for name, both in font["vmtx"].metrics.items()} == VERTICAL
    assert font["maxp"].numGlyphs == MAXP["numGlyphs"]
    assert (font["OS/2"].panose.bFamilyType, font["OS/2"].getUnicodeRanges()) == (3, {0, 1, 31, 48, 59})
    assert font["OS/2"].getCodePageRanges() == {18} and font["meta"].data == {"dlng": "zh-Hans", "slng": "zh-Hans"}


def test_a_truetype_fonts_own_tables() -> None:
    font = written("ttf")
    assert numbers(font, "maxp", MAXP) == MAXP and font.sfntVersion == "\0\1\0\0"
    assert (font["gasp"].version, font["gasp"].gaspRange) == (1, {0xFFFF: 0x000F})
    program = [line.split("[")[0] for line in font["prep"].program.getAssembly()]
    assert program == ["PUSHW", "511", "SCANCTRL", "PUSHB", "4", "SCANTYPE"]
    assert [font["glyf"][name].numberOfContours for name in font.getGlyphOrder()[:3]] == [2, 0, 1]
    assert list(font["glyf"]["uni6C38"].coordinates) == [(100, -50), (100, 850), (900, 850), (900, -50)]
    assert not {"CFF ", "VORG"} & set(font.keys())


def test_a_cff_fonts_own_tables() -> None:
    font = written("otf")
    assert font.sfntVersion == "OTTO" and not {"glyf", "loca", "gasp", "prep"} & set(font.keys())
    assert (font["VORG"].defaultVertOriginY, font["VORG"].VOriginRecords) == (880, {})
    assert font["CFF "].cff.topDictIndex[0].FontBBox == [-30, -1120, 2000, 880]


def test_windows_and_unix_find_each_character_in_both_formats() -> None:
    """A program reads format 4 or 12, under its own platform's number; characters beyond the BMP are in format 12 alone."""
    wanted = {(4, 0, 3), (4, 3, 1), (12, 0, 4), (12, 3, 10)}
    tables = written("ttf")["cmap"].tables
    assert {(table.format, table.platformID, table.platEncID) for table in tables} == wanted
    assert all(table.cmap == MAPPED and table.language == 0 for table in tables)
    far = compile_glyph(GlyphOutline("\U00020000", (box(10, 0, 990, 800),), 1000), FLAVORS)
    tables = written("ttf", glyphs=order_glyphs([far], FLAVORS))["cmap"].tables
    assert [table.cmap.get(0x20000) for table in tables if table.format == 12] == ["u20000"]


def test_the_first_family_name_is_the_latin_one() -> None:
    records = [(r.platformID, r.platEncID, r.langID, r.nameID, r.toUnicode()) for r in written("ttf")["name"].names]
    assert records[0] == (0, 3, 0, 1, "Box") and {record[0] for record in records} == {0, 3}
    assert (3, 1, 0x409, 1, "Box") in records and (3, 1, 0x804, 1, "盒") in records
    assert len(records) == len(set(records)) == 13


@pytest.mark.parametrize(
    ("style", "selection", "mac"),
    [("Regular", 1 << 6, 0), ("Italic", 1, 2), ("Bold", 1 << 5, 1), ("Light Italic", 1, 2)],
)
def test_bold_and_italic_are_told_alike_in_os2_and_head(style: str, selection: int, mac: int) -> None:
    font = written("ttf", dataclasses.replace(SPEC, style_name=style, line_metrics="cjk"), placed("H"))
    assert (font["OS/2"].fsSelection, font["head"].macStyle) == (selection, mac)
    assert (font["OS/2"].sTypoAscender, font["OS/2"].sTypoDescender, font["OS/2"].usWinDescent) == (880, -120, 270)


@pytest.mark.parametrize("flavor", FLAVORS)
def test_a_slant_is_told_alike_in_every_table(flavor: Flavor) -> None:
    font = written(flavor, dataclasses.replace(SPEC, style_name="Light Italic", italic_angle=-12.5), placed("H"))
    assert font["post"].italicAngle == -12.5
    assert (font["hhea"].caretSlopeRise, font["hhea"].caretSlopeRun) == (1000, 222)  # tan 12.5° = .2217
    assert font["OS/2"].fsSelection & 0b1000001 == 1 and font["head"].macStyle == 2
    if flavor == "otf":
        assert font["CFF "].cff.topDictIndex[0].ItalicAngle == -12.5


def test_heights_of_letters_that_are_not_there_are_0() -> None:
    os2 = written("ttf", glyphs=placed("永"))["OS/2"]
    assert (os2.sCapHeight, os2.sxHeight) == (0, 0)


def test_subscripts_and_strikeout_are_where_word_processors_expect_them() -> None:
    os2 = written("ttf", glyphs=placed("永"))["OS/2"]
    assert [getattr(os2, f"ySubscript{part}") for part in ("XSize", "YSize", "XOffset", "YOffset")] == [650, 600, 0, 75]
    assert [getattr(os2, f"ySuperscript{part}") for part in ("XSize", "YSize", "XOffset", "YOffset")] == [
        650,
        600,
        0,
        350,
    ]
    assert (os2.yStrikeoutSize, os2.yStrikeoutPosition) == (50, 355)


def test_a_font_without_ink_has_numbers_all_the_same() -> None:
    blank = [
        PlacedGlyph(name, (), compile_glyph(GlyphOutline(" ", (), 250), FLAVORS)) for name in (".notdef", "nothing")
    ]
    for flavor in FLAVORS:
        font = written(flavor, glyphs=tuple(blank))
        assert [font["head"].xMin, font["head"].yMin, font["head"].xMax, font["head"].yMax] == [0, 0, 0, 0]
        assert (font["hhea"].minLeftSideBearing, font["hhea"].minRightSideBearing, font["hhea"].xMaxExtent) == (0, 0, 0)
        vhea = font["vhea"]
        assert (vhea.minTopSideBearing, vhea.minBottomSideBearing, vhea.yMaxExtent) == (880, 0, 880)
    assert (written("ttf", glyphs=tuple(blank))["maxp"].maxPoints, font["hhea"].advanceWidthMax) == (0, 250)
    assert written("ttf", glyphs=tuple(blank))["maxp"].maxContours == 0


def test_each_flavour_has_the_extremes_of_its_own_curves() -> None:
    glyph = CompiledGlyph("永", 1000, TrueTypeGlyph(b"", (1, 2, 3, 4), 0, 0), CffGlyph(b"\x0e", (0, 1, 4, 5)))
    one = PlacedGlyph("uni6C38", ("永",), glyph)
    assert (bounds_of(one, "ttf"), bounds_of(one, "otf")) == ((1, 2, 3, 4), (0, 1, 4, 5))
    with pytest.raises(
        ValueError, match=r"^uni6C38 was not compiled for \.otf; pass flavors_for\(outputs\) to compile_glyph\.$"
    ):
        bounds_of(dataclasses.replace(one, glyph=dataclasses.replace(glyph, cff=None)), "otf")


def test_a_truetype_font_is_measured_by_its_own_curves() -> None:
    """Cubic curves reach a little further; what they say is for the OTF alone."""
    cubics = CffGlyph(b"\x0e", (-99, -99, 1999, 999))
    glyphs = tuple(dataclasses.replace(p, glyph=dataclasses.replace(p.glyph, cff=cubics)) for p in placed("Hx"))
    one, other = written("ttf", glyphs=glyphs), written("ttf", glyphs=placed("Hx"))
    for tag, expected in {"head": HEAD, "hhea": HHEA, "vhea": VHEA, "OS/2": OS2}.items():
        assert numbers(one, tag, expected) == numbers(other, tag, expected)
    assert (one["hmtx"].metrics, one["vmtx"].metrics) == (other["hmtx"].metrics, other["vmtx"].metrics)


def test_nothing_is_computed_again_on_saving() -> None:
    """The numbers are our own, so that they are the same whichever version of fontTools saves them."""
    font = build_font(placed(), SPEC, "ttf")
    assert font.recalcBBoxes is False and font.recalcTimestamp is False


def test_an_otf_has_subroutines_if_they_are_wanted() -> None:
    glyphs = [GlyphOutline(chr(code), (box(*range(10, 410, 100)),) * 3, 1000) for code in range(0x4E00, 0x4E20)]
    font = build_font(order_glyphs([compile_glyph(glyph, FLAVORS) for glyph in glyphs], FLAVORS), SPEC, "otf")
    packed, plain = font_bytes(font), font_bytes(font, subroutines=False)
    assert len(packed) < len(plain) and len(TTFont(io.BytesIO(plain))["CFF "].cff.GlobalSubrs) == 0


def test_tables_lie_in_the_order_that_opentype_recommends() -> None:
    tables = written("ttf", glyphs=placed("H")).reader.tables
    assert sorted(tables, key=lambda tag: tables[tag].offset)[:5] == ["head", "hhea", "maxp", "OS/2", "hmtx"]


def test_the_time_is_that_of_the_source_or_now(monkeypatch: pytest.MonkeyPatch) -> None:
    assert build_time() == 1_700_000_000
    monkeypatch.setattr(time, "time", lambda: 1_800_000_000.75)
    for empty in (lambda: monkeypatch.setenv("SOURCE_DATE_EPOCH", ""), lambda: monkeypatch.delenv("SOURCE_DATE_EPOCH")):
        empty()
        assert build_time() == 1_800_000_000
