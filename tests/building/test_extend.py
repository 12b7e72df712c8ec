"""Glyphs into a font that exists: what was there stays, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable
from PIL import Image, ImageDraw

from segan_cli.building.extend import open_old_font
from segan_cli.font.assemble import assemble_font
from segan_cli.font.compile import compile_glyph
from segan_cli.font.spec import FontSpec
from segan_cli.glyph import Contour, GlyphOutline
from segan_cli.source.lacking import lacking

EM = 2048
FEATURES = """
languagesystem DFLT dflt; languagesystem hani dflt;
feature kern { pos A A -100; } kern;
feature ss01 { sub A by B; } ss01;
feature zero { sub B by A; } zero;
"""


def old_font(path: Path, *, is_truetype: bool = True, features: str = FEATURES, vertical: bool = True) -> Path:
    """A, B, 一 with ink, 二 blank, the em box from -246; hinted, with kerning."""
    names = {"A": 0x41, "B": 0x42, "uni4E00": 0x4E00, "uni4E8C": 0x4E8C}
    builder = FontBuilder(EM, isTTF=is_truetype)
    order = [".notdef", *names, "one.alt"]
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({code: name for name, code in names.items()})
    drawings = {}
    for index, name in enumerate(order):
        pen = TTGlyphPen(None) if is_truetype else T2CharStringPen(EM, None)
        if name != "uni4E8C":
            pen.moveTo((100, 0))
            for point in ((100, 700 + index), (900, 700 + index), (900, 0)):
                pen.lineTo(point)
            pen.closePath()
        drawings[name] = pen.glyph() if is_truetype else pen.getCharString()
    if is_truetype:
        builder.setupGlyf(drawings)
    else:
        builder.setupCFF("Old-Regular", {}, drawings, {"defaultWidthX": EM, "nominalWidthX": 300})
    builder.setupHorizontalMetrics(dict.fromkeys(order, (EM, 100)))
    builder.setupHorizontalHeader(ascent=1900, descent=-500)
    builder.setupNameTable({"familyName": "Old", "styleName": "Regular"}, mac=False)
    builder.setupOS2(sTypoAscender=1802, sTypoDescender=-246, usWinAscent=1900, usWinDescent=500)
    builder.setupPost(keepGlyphNames=is_truetype)
    if vertical:
        builder.setupVerticalMetrics(dict.fromkeys(order, (EM, 1802 - 705)))
        builder.setupVerticalHeader(ascent=1024, descent=-1024)
    if features:
        builder.addOpenTypeFeatures(features)
    if is_truetype:
        builder.font["fpgm"] = newTable("fpgm")
        from fontTools.ttLib.tables.ttProgram import Program

        builder.font["fpgm"].program = Program()
        builder.font["fpgm"].program.fromBytecode(b"\xb0\x00\x2c\x2d")
    builder.save(path)
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """二 three 、 and A: black bars in the lower half of their squares."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for char in "二三、A":
        image = Image.new("L", (100, 100), 255)
        ImageDraw.Draw(image).rectangle((10, 60, 89, 79) if char != "、" else (5, 75, 24, 94), fill=0)
        image.save(folder / f"U+{ord(char):04X}.png")
    return folder


def records(font: TTFont) -> list[bytes]:
    """What each glyph is stored as."""
    if "glyf" in font:
        data = font.reader["glyf"]
        places = font["loca"].locations
        return [data[a:b] for a, b in pairwise(places)]
    strings = font["CFF "].cff.topDictIndex[0].CharStrings
    return [strings[name].bytecode for name in font.getGlyphOrder()]


def tables(font: TTFont, tags: str) -> dict[str, bytes]:
    return {tag: font.reader[tag] for tag in tags.split(",") if tag in font}


@pytest.mark.parametrize(("ending", "is_truetype"), [("ttf", True), ("otf", False)])
def test_what_was_there_stays_and_what_lacked_is_there(
    tmp_path: Path, pictures: Path, segan: Callable, ending: str, is_truetype: bool
) -> None:
    old, new = old_font(tmp_path / f"old.{ending}", is_truetype=is_truetype), tmp_path / f"new.{ending}"
    before = old.read_bytes()
    run = segan("extend", old, new, pictures)
    assert run.code == 0, run.err
    assert old.read_bytes() == before
    one, two = TTFont(old), TTFont(new)
    count = len(one.getGlyphOrder())
    assert records(two)[:count] == records(one)
    assert tables(one, "name,fpgm,GPOS,GDEF") == tables(two, "name,fpgm,GPOS,GDEF")
    assert [two["hmtx"][name] for name in two.getGlyphOrder()[:count]] == [(EM, 100)] * count
    assert {code: one.getGlyphID(name) for code, name in one.getBestCmap().items() if code != 0x4E8C}.items() <= {
        code: two.getGlyphID(name) for code, name in two.getBestCmap().items()
    }.items()
    lines = ("hhea", "ascent"), ("hhea", "descent"), ("OS/2", "sTypoAscender"), ("OS/2", "usWinAscent")
    assert [getattr(one[tag], key) for tag, key in lines] == [getattr(two[tag], key) for tag, key in lines]
    entries = json.loads((tmp_path / "new.report.json").read_text(encoding="utf-8"))["glyphs"]
    assert set(entries) == {"U+4E8C", "U+4E09", "U+3001"}, "A is there; 二 is blank, so it counts as missing"
    glyphs, cmap = two.getGlyphSet(), two.getBestCmap()
    pen = BoundsPen(glyphs)
    glyphs[cmap[ord("三")]].draw(pen)
    bottom = -246 + EM * 0.2
    assert pen.bounds == pytest.approx((0.1 * EM, bottom, 0.9 * EM, bottom + 0.2 * EM), abs=6)
    assert two["hmtx"][cmap[ord("三")]] == (EM, pytest.approx(0.1 * EM, abs=6))
    assert glyphs[cmap[ord("三")]].width == EM
    assert two["vmtx"][cmap[ord("三")]][0] == EM


def test_new_punctuation_follows_the_region_that_is_named(tmp_path: Path, pictures: Path, segan: Callable) -> None:
    """Taiwan writes 、 in the middle of its square, the mainland lower left."""
    old = old_font(tmp_path / "old.ttf")
    middles = []
    for region in ("cn", "tw"):
        assert segan("extend", old, tmp_path / f"{region}.ttf", pictures, "--region", region).code == 0
        font = TTFont(tmp_path / f"{region}.ttf")
        glyph = font["glyf"][font.getBestCmap()[ord("、")]]
        middles.append((glyph.xMin + glyph.xMax) / 2)
    assert middles[0] < EM / 3 and abs(middles[1] - EM / 2) < 10
    wrong = segan("extend", old, tmp_path / "us.ttf", pictures, "--region", "us")
    assert wrong.code == 2 and "auto, cn, tw" in wrong.err and not (tmp_path / "us.ttf").exists()


@pytest.mark.parametrize("features", [FEATURES, "", FEATURES + "feature vert { sub A by one.alt; } vert;"])
def test_columns_find_the_new_stop(tmp_path: Path, pictures: Path, segan: Callable, features: str) -> None:
    hb = pytest.importorskip("uharfbuzz", reason="uharfbuzz is not installed")
    old, new = old_font(tmp_path / "old.ttf", features=features), tmp_path / "new.ttf"
    assert segan("extend", old, new, pictures).code == 0
    font = TTFont(new)

    def glyph(text: str, direction: str, **wanted: bool) -> list[str]:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = direction
        hb.shape(hb.Font(hb.Face(new.read_bytes())), buffer, wanted)
        return [font.getGlyphName(info.codepoint) for info in buffer.glyph_infos]

    assert glyph("、", "ltr") == ["uni3001"] and glyph("、", "ttb") == ["uni3001.vert"]
    if features:
        assert glyph("A", "ltr", ss01=True) == ["B"] and glyph("B", "ltr", zero=True) == ["A"]
    assert glyph("A", "ttb") == (["one.alt"] if "vert" in features else ["A"])


@pytest.mark.parametrize("is_truetype", [True, False])
def test_a_font_without_metrics_of_columns_gets_them_with_its_first_form_for_columns(
    tmp_path: Path, pictures: Path, segan: Callable, is_truetype: bool
) -> None:
    """Else HarfBuzz centres the ink of each glyph in its cell, and the stop leaves its corner."""
    hb = pytest.importorskip("uharfbuzz", reason="uharfbuzz is not installed")
    ending = "ttf" if is_truetype else "otf"
    old, new = tmp_path / f"old.{ending}", tmp_path / f"new.{ending}"
    old_font(old, is_truetype=is_truetype, vertical=False)
    assert segan("extend", old, new, pictures, "--chars", "三").code == 0 and "vmtx" not in TTFont(new)
    run = segan("extend", old, new, pictures)
    assert run.code == 0 and "metrics for columns" in " ".join(run.err.split())
    one, two = TTFont(old), TTFont(new)
    assert records(two)[: len(one.getGlyphOrder())] == records(one)
    buffer = hb.Buffer()
    buffer.add_str("A一三、")
    buffer.guess_segment_properties()
    buffer.direction = "ttb"
    hb.shape(hb.Font(hb.Face(new.read_bytes())), buffer)
    top = EM - 246
    assert [(place.y_advance, place.y_offset) for place in buffer.glyph_positions] == [(-EM, -top)] * 4
    pen = BoundsPen(two.getGlyphSet())
    two.getGlyphSet()[two.getGlyphName(buffer.glyph_infos[3].codepoint)].draw(pen)
    assert pen.bounds[3] + two["vmtx"][two.getGlyphName(buffer.glyph_infos[3].codepoint)][1] == pytest.approx(
        top, abs=1
    )
    ots = pytest.importorskip("ots", reason="opentype-sanitizer is not installed")
    assert ots.sanitize(str(new), capture_output=True).returncode == 0


def test_two_dashes_are_one_in_a_font_whose_features_are_for_kana_alone(tmp_path: Path, segan: Callable) -> None:
    """Its old form for columns is found by Han text as before."""
    hb = pytest.importorskip("uharfbuzz", reason="uharfbuzz is not installed")
    image = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(image).rectangle((0, 47, 99, 53), fill=0)
    (tmp_path / "pictures").mkdir()
    image.save(tmp_path / "pictures" / "U+2014.png")
    features = "languagesystem kana dflt; feature vert { sub uni4E00 by one.alt; } vert;"
    old, new = old_font(tmp_path / "old.ttf", features=features), tmp_path / "new.ttf"
    assert segan("extend", old, new, tmp_path / "pictures").code == 0
    font = TTFont(new)
    for direction, names in (("ltr", ["uni4E00", "uni2E3A"]), ("ttb", ["one.alt", "uni2E3A.vert"])):
        buffer = hb.Buffer()
        buffer.add_str("一——")
        buffer.guess_segment_properties()
        buffer.direction = direction
        hb.shape(hb.Font(hb.Face(new.read_bytes())), buffer)
        assert [font.getGlyphName(info.codepoint) for info in buffer.glyph_infos] == names
    scripts = {one.ScriptTag: one.Script.DefaultLangSys for one in font["GSUB"].table.ScriptList.ScriptRecord}
    tags = [font["GSUB"].table.FeatureList.FeatureRecord[i].FeatureTag for i in scripts["DFLT"].FeatureIndex]
    assert tags == ["ccmp", "vert"], "a program that takes DFLT for Han finds the columns' forms there"


def test_a_cid_keyed_font_gets_the_next_numbers(tmp_path: Path, pictures: Path, segan: Callable) -> None:
    """A letter is narrower than the dictionary's usual width, and says so in its charstring."""
    image = Image.new("L", (100, 100), 255)
    ImageDraw.Draw(image).rectangle((40, 20, 59, 79), fill=0)
    image.save(pictures / "I.png")
    points = [(100, 0), (900, 0), (900, 700), (100, 700)]
    import numpy as np

    bar = Contour(np.array(points, float), np.ones(4, bool))
    glyphs = [compile_glyph(GlyphOutline(char, (bar,), 500 if char == "A" else 1000), ("otf",)) for char in "A一丁"]
    assemble_font(glyphs, FontSpec(family="Old"), [tmp_path / "old.otf"])
    assert segan("extend", tmp_path / "old.otf", tmp_path / "new.otf", pictures).code == 0
    one, two = TTFont(tmp_path / "old.otf"), TTFont(tmp_path / "new.otf")
    assert records(two)[: len(one.getGlyphOrder())] == records(one)
    top, cmap = two["CFF "].cff.topDictIndex[0], two.getBestCmap()
    assert top.CIDCount == len(two.getGlyphOrder()) and two.getGlyphOrder()[-1] == f"cid{top.CIDCount - 1:05}"
    assert top.FDSelect[two.getGlyphID(cmap[ord("三")])] == top.FDSelect[two.getGlyphID(cmap[ord("一")])]
    for char in "三I":
        top.CharStrings[cmap[ord(char)]].draw(BoundsPen(None))
    widths = {char: top.CharStrings[cmap[ord(char)]].width for char in "三I"}
    assert widths == {"三": 1000, "I": two["hmtx"][cmap[ord("I")]][0]} and 250 < widths["I"] < 350
    ots = pytest.importorskip("ots", reason="opentype-sanitizer is not installed")
    assert ots.sanitize(str(tmp_path / "new.otf"), capture_output=True).returncode == 0


def test_characters_beyond_the_bmp_get_a_map_of_their_own(tmp_path: Path, pictures: Path, segan: Callable) -> None:
    (pictures / "U+4E09.png").rename(pictures / "U+20000.png")
    old_font(tmp_path / "old.ttf")
    assert segan("extend", tmp_path / "old.ttf", tmp_path / "new.ttf", pictures).code == 0
    font = TTFont(tmp_path / "new.ttf")
    assert font.getBestCmap()[0x20000] == "u20000"
    assert {table.format for table in font["cmap"].tables} == {4, 12}


def test_drawing_and_extending_agree_on_what_is_missing(tmp_path: Path) -> None:
    path = old_font(tmp_path / "old.ttf")
    assert (
        lacking("AB一二三", path) == open_old_font(str(path), tmp_path / "new.ttf").lacking("AB一二三") == ("二", "三")
    )


def test_a_style_draws_what_is_missing_and_nothing_else(
    tmp_path: Path, segan: Callable, make_bundle: Callable, bar_font: Path
) -> None:
    old = old_font(tmp_path / "old.ttf")
    words = ["extend", old, tmp_path / "new.ttf", "--style", f"{make_bundle()}#thin", "--source-font", bar_font]
    dry = segan(*words, "--chars", "一二三", "--no-check", "--dry-run")
    assert dry.code == 0 and "2 would be drawn" in dry.out and not (tmp_path / "new.ttf").exists()
    run = segan(*words, "--chars", "一二三", "--no-check", "--json")
    assert run.code == 0, run.err
    report = json.loads(run.out)
    assert set(report["glyphs"]) == {"U+4E8C", "U+4E09"} and not report["missing"]
    assert any("under OFL-1.1" in note for note in report["notes"])
    again = segan("extend", tmp_path / "new.ttf", tmp_path / "newer.ttf", *words[3:], "--chars", "一二三", "--no-check")
    assert again.code == 0 and "nothing is written" in again.out and not (tmp_path / "newer.ttf").exists()


def test_two_extensions_are_the_same_bytes(
    tmp_path: Path, pictures: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    old = old_font(tmp_path / "old.ttf")
    for name in ("one", "two"):
        segan("extend", old, tmp_path / f"{name}.ttf", pictures)
    assert (tmp_path / "one.ttf").read_bytes() == (tmp_path / "two.ttf").read_bytes()


def test_what_cannot_be_extended_is_a_sentence(tmp_path: Path, pictures: Path, segan: Callable) -> None:
    old = old_font(tmp_path / "old.ttf")
    variable = FontBuilder(font=TTFont(old))
    variable.setupFvar([("wght", 400, 400, 900, "Weight")], [])
    variable.save(tmp_path / "variable.ttf")
    wrong = [
        ([tmp_path / "variable.ttf", tmp_path / "new.ttf", pictures], "is a variable font"),
        ([old, tmp_path / "new.otf", pictures], "ends in .ttf or .woff2"),
        ([old, old, pictures], "is the font to add to"),
        ([old, tmp_path / "nowhere" / "new.ttf", pictures], "mkdir -p"),
        ([tmp_path / "absent.ttf", tmp_path / "new.ttf", pictures], "no font file"),
        ([old, tmp_path / "new.ttf"], "a folder of glyph pictures"),
        ([old, tmp_path / "new.ttf", "--style", "1"], "Add, for instance, --chars gb2312"),
    ]
    for words, says in wrong:
        run = segan("extend", *words)
        assert run.code == 2 and says in " ".join(run.err.split()), run.err
        assert not (tmp_path / "new.ttf").exists() and not (tmp_path / "new.otf").exists()


def test_features_stay_byte_for_byte_where_no_column_needs_a_form(
    tmp_path: Path, pictures: Path, segan: Callable
) -> None:
    old = old_font(tmp_path / "old.ttf")
    assert segan("extend", old, tmp_path / "new.ttf", pictures, "--chars", "二三").code == 0
    one, two = TTFont(old), TTFont(tmp_path / "new.ttf")
    assert tables(one, "GSUB,GPOS,GDEF,name,fpgm") == tables(two, "GSUB,GPOS,GDEF,name,fpgm") != {}
    assert ord("、") not in two.getBestCmap()


@pytest.mark.parametrize("bases", [True, False])
@pytest.mark.parametrize("is_truetype", [True, False])
def test_new_glyphs_have_a_class_where_the_old_ones_have(
    tmp_path: Path, pictures: Path, segan: Callable, bases: bool, is_truetype: bool
) -> None:
    """Accents are marks, the dash of two ems is a ligature; bases where the font lists its own. Old classes stay."""
    listed = "[A B]" if bases else ""
    classes = f"{FEATURES} table GDEF {{ GlyphClassDef {listed}, [one.alt], , ; }} GDEF;"
    ending = "ttf" if is_truetype else "otf"
    old = old_font(tmp_path / f"old.{ending}", is_truetype=is_truetype, features=classes)
    new = tmp_path / f"new.{ending}"
    for char in "—\u0301":
        (pictures / f"U+{ord(char):04X}.png").write_bytes((pictures / f"U+{ord('三'):04X}.png").read_bytes())
    assert segan("extend", old, new, pictures, "--chars", "三—\u0301").code == 0
    font = TTFont(new)
    found, names = font["GDEF"].table.GlyphClassDef.classDefs, font.getBestCmap()
    kinds = [found.get(names[ord(char)]) for char in "三—\u0301⸺"]
    assert kinds == [1 if bases else None, 1 if bases else None, 3, 2]
    assert {name: found.get(name) for name in ("A", "one.alt")} == {"A": 1 if bases else None, "one.alt": 2}
