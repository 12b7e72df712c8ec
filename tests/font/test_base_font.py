"""Latin, and on request kana and Han, from another font."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import pytest
from conftest import SPEC
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont, newTable
from fontTools.ttLib.tables._k_e_r_n import KernTable_format_0
from fontTools.ttLib.tables.DefaultTable import DefaultTable
from shapes import comma, ring

from segan_cli.building.base_font import open_base_font
from segan_cli.errors import UsageError
from segan_cli.font.assemble import assemble_font, flavors_for
from segan_cli.font.base_font import base_glyphs
from segan_cli.font.compile import compile_glyph
from segan_cli.font.placement import ink_centre
from segan_cli.glyph import GlyphOutline

FEATURES = """
languagesystem DFLT dflt; languagesystem latn dflt; languagesystem latn TRK;
markClass acutecomb <anchor 300 1500> @TOP;
feature kern { pos A V -240; pos V A -300; pos one A -400; pos f A -500; } kern;
feature mark { pos base A <anchor 700 1400> mark @TOP; } mark;
feature tnum { sub one by one.tnum; } tnum;
feature liga { sub f f by f_f; } liga;
feature ss01 { sub A by A.alt; } ss01;
feature vert { sub comma by comma.vert; } vert;
"""


def boxes(*xs: int, width: int = 600, height: int = 1400) -> object:
    pen = TTGlyphPen(None)
    for x in xs:
        pen.moveTo((x, 0))
        for point in ((x, height), (x + width, height), (x + width, 0)):
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


def built(glyphs: Mapping[str, tuple[object, int]], cmap: Mapping[int, str], family: str = "Parent") -> FontBuilder:
    builder = FontBuilder(2048)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap(dict(cmap))
    builder.setupGlyf({name: glyph for name, (glyph, _) in glyphs.items()})
    widths = {
        name: (width, builder.font["glyf"][name].xMin if hasattr(builder.font["glyf"][name], "xMin") else 0)
        for name, (_, width) in glyphs.items()
    }
    builder.setupHorizontalMetrics(widths)
    builder.setupHorizontalHeader()
    licence = "Licensed under the SIL Open Font License, Version 1.1, with Reserved Font Name 'Test'."
    builder.setupNameTable({"familyName": family, "licenseDescription": licence}, mac=False)
    builder.setupOS2(fsType=2)
    builder.setupPost()
    return builder


@pytest.fixture
def latin(tmp_path: Path) -> Path:
    """2,048 units an em; A is two overlapping boxes, clockwise; under the OFL with a reserved name; no embedding."""
    blank = TTGlyphPen(None).glyph()
    glyphs = {".notdef": (blank, 1400), "A": (boxes(200, 600), 1400), "uni6C38": (boxes(0), 1400), "B": (blank, 1400)}
    built(glyphs, {0x41: "A", 0x42: "B", 0x6C38: "uni6C38"}).save(tmp_path / "latin.ttf")
    return tmp_path / "latin.ttf"


@pytest.fixture
def rich(tmp_path: Path) -> Path:
    """A font with kerning, marks, tabular figures, a ligature and a vertical form."""
    names = {
        0x41: "A",
        0x391: "A",
        0x56: "V",
        0x31: "one",
        0x66: "f",
        0x301: "acutecomb",
        0x2C: "comma",
        0x3042: "hira",
        0x20: "space",
    }
    glyphs: dict[str, tuple[object, int]] = {".notdef": (boxes(0), 1024), "space": (TTGlyphPen(None).glyph(), 512)}
    for index, name in enumerate(
        ["V", "one", "f", "acutecomb", "A", "comma", "hira", "one.tnum", "f_f", "A.alt", "comma.vert"]
    ):
        glyphs[name] = (boxes(100, height=1400 + 20 * index), 1000 + 50 * index)
    builder = built(glyphs, names)
    builder.addOpenTypeFeatures(FEATURES)
    builder.save(tmp_path / "rich.ttf")
    return tmp_path / "rich.ttf"


def test_glyphs_are_scaled_united_and_turned(latin: Path) -> None:
    base = base_glyphs(open_base_font(str(latin)), set(), SPEC)
    assert [outline.char for outline in base.outlines] == ["A"]
    (contour,) = base.outlines[0].contours
    assert base.outlines[0].advance == round(1400 * 1000 / 2048)
    assert sorted(map(tuple, contour.points.tolist())) == [(98, 0), (98, 684), (586, 0), (586, 684)]
    x, y = ink_centre(base.outlines[0])
    assert (x, y) == pytest.approx((342, 342))
    ahead = contour.points[1] - contour.points[0], contour.points[2] - contour.points[1]
    assert ahead[0][0] * ahead[1][1] - ahead[0][1] * ahead[1][0] > 0  # counter-clockwise


def test_the_designers_own_glyphs_win(latin: Path) -> None:
    assert not base_glyphs(open_base_font(str(latin)), {"A"}, SPEC).outlines


def test_licence_reserved_name_and_embedding_are_noted(latin: Path) -> None:
    notes = " ".join(base_glyphs(open_base_font(str(latin)), set(), SPEC).notes)
    assert "1 glyphs come from Parent" in notes and "forbids embedding" in notes
    assert "reserves the name Test" in notes
    assert "--license" not in notes  # SPEC is under the OFL already


def test_an_italic_slants_as_its_base_font_says(latin: Path, tmp_path: Path) -> None:
    slanted = TTFont(latin)
    slanted["post"].italicAngle = -9.5
    slanted.save(latin)
    base, found = open_base_font(str(latin)), {}
    for style, angle in (("Italic", 0.0), ("Bold Italic", -14.0), ("Regular", 0.0)):
        spec = dataclasses.replace(SPEC, style_name=style, italic_angle=angle)
        assemble_font([compile_glyph(ring("永"))], spec, [tmp_path / "out.ttf"], base=base)
        found[style] = TTFont(tmp_path / "out.ttf")["post"].italicAngle
    assert found == {"Italic": -9.5, "Bold Italic": -14.0, "Regular": 0.0}


def test_the_font_holds_them(latin: Path, tmp_path: Path) -> None:
    build = assemble_font([compile_glyph(ring("永"))], SPEC, [tmp_path / "out.ttf"], base=open_base_font(str(latin)))
    assert build.base_chars == ("A",)
    assert TTFont(tmp_path / "out.ttf")["hmtx"]["A"] == (684, 98)


def test_two_dashes_of_a_latin_font_join_to_two_ems_among_han(tmp_path: Path) -> None:
    """GB/T 15834-2011, 4.13: the dash takes two ems; the base font's own is narrower than one and low."""
    dash = boxes(80, width=1700, height=80)
    built(
        {".notdef": (boxes(0), 1400), "A": (boxes(0), 1400), "emdash": (dash, 1860)}, {0x41: "A", 0x2014: "emdash"}
    ).save(tmp_path / "dash.ttf")
    base, font = open_base_font(str(tmp_path / "dash.ttf")), tmp_path / "out.ttf"
    assemble_font([compile_glyph(ring("永"))], SPEC, [font], base=base)
    assert run(font, "永——永", "hani") == [1000, 2000, 1000] and run(font, "—", "latn") == [1000]
    assert TTFont(font)["hmtx"][TTFont(font).getBestCmap()[0x2E3A]][0] == 2000
    assemble_font([compile_glyph(GlyphOutline("B", ring("永").contours, 1000))], SPEC, [font], base=base)
    assert run(font, "—", "latn") == [round(1860 * 1000 / 2048)], "a font without Han keeps its Latin dash"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "no font file"),
        (b"", "not a usable font"),
        (b"no font at all", "not a usable"),
        (b"\0\1\0\0" + bytes(40), "usable"),
    ],
)
def test_a_broken_base_font_is_one_sentence(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "broken.ttf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=rf"--base-font: .*{says}|--base-font: .*broken\.ttf.*{says}"):
        open_base_font(str(path))


def test_letters_without_ink_are_not_taken(latin: Path, tmp_path: Path) -> None:
    assert base_glyphs(open_base_font(str(latin)), set(), SPEC).chars == ("A",)
    blank = TTGlyphPen(None).glyph()
    built({".notdef": (blank, 1400), "A": (blank, 1400)}, {0x41: "A"}).save(tmp_path / "blank.ttf")
    with pytest.raises(UsageError, match="draws no latin character with ink"):
        open_base_font(str(tmp_path / "blank.ttf"))


def test_a_symbol_font_is_refused(latin: Path, tmp_path: Path) -> None:
    font = TTFont(latin)
    font["cmap"].tables = [table for table in font["cmap"].tables if table.platformID == 3][:1]
    font["cmap"].tables[0].platEncID = 0
    font.save(tmp_path / "symbol.ttf")
    with pytest.raises(UsageError, match="maps no Unicode characters"):
        open_base_font(str(tmp_path / "symbol.ttf"))


def test_a_face_of_a_collection_is_chosen(tmp_path: Path) -> None:
    collection = TTCollection()
    for family, width in (("First", 1024), ("Second", 1536)):
        glyphs = {".notdef": (boxes(0), 1400), "A": (boxes(0), width)}
        built(glyphs, {0x41: "A"}, family).save(tmp_path / f"{family}.ttf")
        collection.fonts.append(TTFont(tmp_path / f"{family}.ttf"))
    collection.save(tmp_path / "two.ttc")
    with pytest.raises(UsageError, match="holds 2 faces"):
        open_base_font(str(tmp_path / "two.ttc"))
    (a,) = base_glyphs(open_base_font(f"{tmp_path / 'two.ttc'}#1"), set(), SPEC).outlines
    assert a.advance == 750


def test_an_instance_of_a_variable_font_is_chosen(tmp_path: Path) -> None:
    """At weight 900 the advance is 400 units wider and the kerning twice as much."""
    glyphs = {".notdef": (boxes(0), 1400), "A": (boxes(0), 1024), "V": (boxes(0), 1024)}
    builder = built(glyphs, {0x41: "A", 0x56: "V"})
    builder.setupFvar([("wght", 400, 400, 900, "Weight")], [{"location": {"wght": 900}, "stylename": "Black"}])
    deltas = [(0, 0), (0, 0), (400, 0), (400, 0), (0, 0), (400, 0), (0, 0), (0, 0)]
    from fontTools.ttLib.tables.TupleVariation import TupleVariation

    builder.setupGvar({name: [TupleVariation({"wght": (0, 1, 1)}, deltas)] for name in ("A", "V")})
    builder.addOpenTypeFeatures("feature kern { pos A V (wght=400:-100 wght=900:-200); } kern;")
    builder.save(tmp_path / "variable.ttf")
    advances, kerned = [], []
    for instance in ("", "@Black", "@wght=650"):
        base = open_base_font(f"{tmp_path / 'variable.ttf'}{instance}")
        advances.append(base_glyphs(base, set(), SPEC).outlines[0].advance)
        assemble_font([compile_glyph(ring("永"))], SPEC, [tmp_path / "a.ttf"], base=base)
        kerned.append(run(tmp_path / "a.ttf", "AV")[0])
    assert advances == [500, 695, 598]
    assert [k - a for k, a in zip(kerned, advances, strict=True)] == pytest.approx([-49, -98, -73], abs=1)


def run(path: Path, text: str, script: str = "latn", **features: bool) -> list[int]:
    hb = pytest.importorskip("uharfbuzz", reason="uharfbuzz is not installed")
    face = hb.Face(path.read_bytes())
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.script = script
    hb.shape(hb.Font(face), buffer, features)
    return [round(place.x_advance * 1000 / face.upem) for place in buffer.glyph_positions]


@pytest.mark.parametrize("ending", ["ttf", "otf"])
def test_kerning_marks_ligatures_and_figures_come_along(rich: Path, tmp_path: Path, ending: str) -> None:
    """As the base font sets them, and between Han characters, too, whose script digits and signs take."""
    out = tmp_path / f"a.{ending}"
    glyphs = [compile_glyph(glyph, flavors_for([out])) for glyph in (ring("永"), ring("四"), comma("、"), comma("。"))]
    assemble_font(glyphs, SPEC, [out], base=open_base_font(str(rich)))
    for text, features in (("AV", {}), ("VA1AfA", {}), ("ff", {}), ("1", {"tnum": True}), ("A\u0301", {}), ("11", {})):
        for script in ("latn", "hani"):
            assert run(out, text, script, **features) == pytest.approx(run(rich, text, **features), abs=1), text
    assert run(out, "AV", "hani") != run(out, "AV", "hani", kern=False)
    assert set(base_glyphs(open_base_font(str(rich)), set(), SPEC).extras) == {"one.tnum", "f_f"}
    tags = {record.FeatureTag for record in TTFont(out)["GSUB"].table.FeatureList.FeatureRecord}
    assert {"tnum", "liga", "vert"} <= tags and "ss01" not in tags


def test_its_own_vertical_forms_are_used(rich: Path) -> None:
    base = base_glyphs(open_base_font(str(rich)), set(), SPEC)
    turned, upright = base.verticals[","], next(o for o in base.outlines if o.char == ",")
    assert turned.advance != upright.advance
    assert "comma.vert" not in base.extras


def test_old_kerning_becomes_a_feature(latin: Path, tmp_path: Path) -> None:
    font = TTFont(latin)
    old = KernTable_format_0()
    old.version, old.coverage, old.format, old.tupleIndex, old.apple = 0, 1, 0, None, False
    old.kernTable = {("A", "A"): -205}
    font["kern"] = newTable("kern")
    font["kern"].version, font["kern"].kernTables = 0, [old]
    font.save(tmp_path / "old.ttf")
    assemble_font(
        [compile_glyph(ring("永"))], SPEC, [tmp_path / "a.ttf"], base=open_base_font(str(tmp_path / "old.ttf"))
    )
    assert run(tmp_path / "a.ttf", "AA") == [684 - 100, 684]


def test_han_and_kana_only_if_asked(latin: Path, rich: Path) -> None:
    assert base_glyphs(open_base_font(str(latin), "han"), set(), SPEC).chars == ("永",)
    assert base_glyphs(open_base_font(str(latin), "latin+han"), set(), SPEC, {"和"}).chars == ("A",)
    assert base_glyphs(open_base_font(str(rich), "kana"), set(), SPEC).chars == ("あ",)
    assert base_glyphs(open_base_font(str(rich), "kana"), set(), SPEC, {"和"}).chars == ("あ",)
    assert "Α" in base_glyphs(open_base_font(str(rich), "all"), set(), SPEC).chars
    with pytest.raises(UsageError, match="Did you mean 'kana'"):
        open_base_font(str(latin), "kanna")


def test_one_glyph_for_two_characters_stays_one(rich: Path, tmp_path: Path) -> None:
    assemble_font([compile_glyph(ring("永"))], SPEC, [tmp_path / "a.ttf"], base=open_base_font(str(rich), "all"))
    cmap = TTFont(tmp_path / "a.ttf").getBestCmap()
    assert cmap[0x391] == cmap[0x41] == "A"


def test_the_ufo_draws_them(rich: Path, tmp_path: Path) -> None:
    import ufoLib2

    outputs = [tmp_path / "a.ufo", tmp_path / "a.ttf"]
    own = ring("永")
    glyphs = [compile_glyph(own, flavors_for(outputs))]
    build = assemble_font(glyphs, SPEC, outputs, base=open_base_font(str(rich)), outlines={"永": own})
    ufo = ufoLib2.Font.open(tmp_path / "a.ufo")
    assert {"A", "one.tnum", "f_f", "comma.vert", "uni6C38"} <= set(ufo.keys())
    assert ufo["one.tnum"].width == round(1350 * 1000 / 2048)
    assert len(ufo) == len(TTFont(tmp_path / "a.ttf").getGlyphOrder())
    assert not any("UFO" in note for note in build.notes)


def test_a_glyph_that_features_reach_and_the_designers_own_are_two(tmp_path: Path) -> None:
    """The designer drew ½; the base font's fractions lead to its own."""
    import ufoLib2

    names = {0x31: "one", 0x32: "two", 0x2F: "slash", 0xBD: "onehalf"}
    glyphs = {name: (boxes(100, height=1300), 1024 + code) for code, name in names.items()}
    builder = built({".notdef": (boxes(0), 1024), **glyphs}, names)
    builder.addOpenTypeFeatures("languagesystem DFLT dflt; feature frac { sub one slash two by onehalf; } frac;")
    builder.save(tmp_path / "base.ttf")
    outputs, own = [tmp_path / f"a.{ending}" for ending in ("ufo", "ttf", "otf")], ring("½")
    assemble_font(
        [compile_glyph(own, flavors_for(outputs))],
        SPEC,
        outputs,
        base=open_base_font(str(tmp_path / "base.ttf")),
        outlines={"½": own},
    )
    order = ufoLib2.Font.open(outputs[0]).lib["public.glyphOrder"]
    assert "onehalf" in order and len(set(order)) == len(order)
    for path in outputs[1:]:
        assert run(path, "1/2", frac=True) == [round((1024 + 0xBD) * 1000 / 2048)] and run(path, "½") == [1000]


def test_a_table_that_is_damaged_and_not_needed_costs_nothing(rich: Path, tmp_path: Path) -> None:
    """As in Debian's Kouzan fonts, whose `gasp` is longer than it says."""
    font = TTFont(rich)
    font["gasp"] = DefaultTable("gasp")
    font["gasp"].data = bytes.fromhex("00010001ffff000f00000000")
    font.save(tmp_path / "long.ttf")
    base = base_glyphs(open_base_font(str(tmp_path / "long.ttf")), set(), SPEC)
    assert set(base.extras) == {"one.tnum", "f_f"}


def test_a_tall_glyph_without_a_character_is_told_by_its_name(tmp_path: Path) -> None:
    glyphs = {".notdef": (boxes(0), 1024), "f": (boxes(100), 1024), "f_f": (boxes(100, height=3000), 1024)}
    builder = built(glyphs, {0x66: "f"})
    builder.addOpenTypeFeatures("languagesystem DFLT dflt; feature liga { sub f f by f_f; } liga;")
    builder.save(tmp_path / "base.ttf")
    base = open_base_font(str(tmp_path / "base.ttf"))
    build = assemble_font([compile_glyph(ring("永"))], SPEC, [tmp_path / "a.ttf"], base=base)
    assert any("-270 (f_f): Windows" in note for note in build.notes)


def test_a_letter_without_its_capital_is_left_out(tmp_path: Path) -> None:
    names = {"a": 0x61, "A": 0x41, "gcaron": 0x1E7, "mu": 0xB5}
    glyphs = {".notdef": (boxes(0), 1024), **{name: (boxes(0), 1024) for name in names}}
    built(glyphs, {code: name for name, code in names.items()}).save(tmp_path / "a.ttf")
    assert base_glyphs(open_base_font(str(tmp_path / "a.ttf")), set(), SPEC).chars == ("A", "a", "µ")


def test_parts_of_accented_letters_are_not_taken_and_features_stand_in_order(rich: Path, tmp_path: Path) -> None:
    font = TTFont(rich)
    pen = TTGlyphPen(font.getGlyphSet())
    pen.addComponent("A.alt", (1, 0, 0, 1, 0, 0))
    font["glyf"]["V"] = pen.glyph()
    font.save(tmp_path / "composite.ttf")
    base = open_base_font(str(tmp_path / "composite.ttf"))
    given = base_glyphs(base, set(), SPEC)
    assert set(given.extras) == {"one.tnum", "f_f"}
    assert next(len(o.contours) for o in given.outlines if o.char == "V") == 1
    assemble_font([compile_glyph(comma("、"))], SPEC, [tmp_path / "a.ttf"], base=base)
    for tag in ("GSUB", "GPOS"):
        tags = [record.FeatureTag for record in TTFont(tmp_path / "a.ttf")[tag].table.FeatureList.FeatureRecord]
        assert tags == sorted(tags)
