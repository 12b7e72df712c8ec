"""The features that a UFO carries shape text as the finished font does."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from segan_cli.building.base_font import open_base_font
from segan_cli.font.assemble import assemble_font, flavors_for
from segan_cli.font.compile import compile_glyph
from segan_cli.font.feature_text import FeatureText, feature_text
from segan_cli.font.layout_merge import layout_of
from segan_cli.font.spec import FontSpec
from tests.font.shapes import some_glyphs

NAMES = {char: char for char in "ABCDVfil"} | {
    "one": "1",
    "two": "2",
    "slash": "/",
    "acutecomb": "\u0301",
    "gravecomb": "\u0300",
}
REACHED = ("f_i", "f_f", "one.tnum", "two.numr", "two.dnom", "A.alt")

FEATURES = """
languagesystem DFLT dflt; languagesystem latn dflt; languagesystem latn TRK;
markClass [acutecomb gravecomb] <anchor 100 700> @TOP;
lookup numr { sub two by two.numr; } numr;
lookup alt { sub A by A.alt; } alt;
feature ccmp { sub A' lookup alt B; } ccmp;
feature liga { sub f i by f_i; script latn; language TRK exclude_dflt; sub f f by f_f; } liga;
feature tnum { sub one by one.tnum; } tnum;
feature frac { ignore sub slash two' two; sub two' lookup numr slash; sub slash [two]' lookup numr; } frac;
feature kern {
  lookupflag IgnoreMarks;
  pos A V -100; pos f <0 0 -30 0> f <0 20 0 0>;
} kern;
feature kern {
  lookup classes {
  pos [A B] [V C] -60; pos [D] [V C] 0; pos [D] [A] 40; subtable;
  pos [D] [V] -300; pos [A B] [one] 25; pos [C V] [A B] -45;
  } classes;
  lookup behind { pos A' -7 one one; } behind;
} kern;
feature mark {
  pos base [A B V] <anchor 300 900> mark @TOP;
  pos ligature f_i <anchor 100 800> mark @TOP ligComponent <anchor 400 800> mark @TOP;
} mark;
table GDEF { GlyphClassDef [A B C D V f i gravecomb], [f_i f_f], [acutecomb], ; } GDEF;
feature mkmk { lookupflag UseMarkFilteringSet [acutecomb]; pos mark acutecomb <anchor 100 1000> mark @TOP; } mkmk;
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Latin font with rules of many kinds."""
    order = [".notdef", "space", *NAMES, *REACHED]
    builder = FontBuilder(1000)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap({ord(char): name for name, char in NAMES.items()} | {32: "space"})
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for point in ((50, 600), (300, 600), (300, 0)):
        pen.lineTo(point)
    pen.closePath()
    box = pen.glyph()
    builder.setupGlyf({name: box if name != "space" else TTGlyphPen(None).glyph() for name in order})
    builder.setupHorizontalMetrics({name: (400 + 10 * i, 50) for i, name in enumerate(order)})
    builder.setupHorizontalHeader(ascent=900, descent=-200)
    builder.setupNameTable({"familyName": "Base", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.addOpenTypeFeatures(FEATURES)
    path = tmp_path_factory.mktemp("base") / "base.ttf"
    builder.save(path)
    return path


@pytest.fixture(scope="module")
def fonts(base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The finished font, and the same outlines with the features of the UFO."""
    import ufoLib2

    folder = tmp_path_factory.mktemp("fonts")
    outputs = [folder / "a.ttf", folder / "a.ufo"]
    own = [outline for outline in some_glyphs() if outline.char != "H"]
    build = assemble_font(
        [compile_glyph(outline, flavors_for(outputs)) for outline in own],
        FontSpec(family="Try"),
        outputs,
        base=open_base_font(str(base)),
        outlines={outline.char: outline for outline in own},
    )
    assert not any("UFO" in note for note in build.notes)
    font = TTFont(folder / "a.ttf")
    ufo = ufoLib2.Font.open(folder / "a.ufo")
    font.setGlyphOrder(ufo.glyphOrder)
    for tag in ("GSUB", "GPOS", "GDEF"):
        del font[tag]
    addOpenTypeFeaturesFromString(font, ufo.features.text)
    font.save(folder / "b.ttf")
    return folder / "a.ttf", folder / "b.ttf"


def shaped(path: Path, texts: list[str], script: str, language: str, direction: str, features: dict[str, bool]) -> list:
    hb = pytest.importorskip("uharfbuzz", reason="uharfbuzz is not installed")
    font, runs = hb.Font(hb.Face(path.read_bytes())), []
    for text in texts:
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.script, buffer.language, buffer.direction = script, language, direction
        hb.shape(font, buffer, features)
        places = zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        runs.append([(i.codepoint, p.x_advance, p.y_advance, p.x_offset, p.y_offset) for i, p in places])
    return runs


TEXTS = (
    ["".join(some) for some in product(sorted(NAMES.values()), repeat=2)]
    + ["".join(some) for some in product("A2/1f\u0301", repeat=4)]
    + ["A\u0300\u0301", "A\u0301\u0300"]
)


@pytest.mark.parametrize(("script", "language"), [("latn", "en"), ("latn", "tr"), ("hani", "zh")])
@pytest.mark.parametrize("features", [{}, {"frac": True, "tnum": True}, {"kern": False, "mark": False}])
def test_it_shapes_alike(fonts: tuple[Path, Path], script: str, language: str, features: dict[str, bool]) -> None:
    finished, worked = (shaped(path, TEXTS, script, language, "ltr", features) for path in fonts)
    assert [text for text, one, two in zip(TEXTS, finished, worked, strict=True) if one != two] == []


@pytest.mark.parametrize("feature", ["ccmp", "liga", "kern", "mark", "mkmk", "tnum", "frac"])
def test_every_feature_is_heard_in_the_texts(fonts: tuple[Path, Path], feature: str) -> None:
    on, off = (shaped(fonts[1], TEXTS, "latn", "en", "ltr", {feature: wish}) for wish in (True, False))
    assert on != off


@pytest.mark.parametrize("direction", ["ltr", "ttb"])
def test_punctuation_closes_up_alike(fonts: tuple[Path, Path], direction: str) -> None:
    texts = ["".join(some) for some in product("永、。「」", repeat=3)]
    finished, worked = (shaped(path, texts, "hani", "zh", direction, {"chws": True, "vchw": True}) for path in fonts)
    assert finished == worked
    assert finished != shaped(fonts[0], texts, "hani", "zh", direction, {"chws": False, "vchw": False})


def test_a_ufo_alone_has_the_same_features(base: Path, fonts: tuple[Path, Path], tmp_path: Path) -> None:
    """Contextual spacing, too, which is found on compiled glyphs."""
    import ufoLib2

    own = [outline for outline in some_glyphs() if outline.char != "H"]
    assemble_font(
        [compile_glyph(outline, ()) for outline in own],
        FontSpec(family="Try"),
        [tmp_path / "alone.ufo"],
        base=open_base_font(str(base)),
        outlines={outline.char: outline for outline in own},
    )
    alone, beside = (ufoLib2.Font.open(path) for path in (tmp_path / "alone.ufo", fonts[0].with_suffix(".ufo")))
    assert "feature chws" in alone.features.text and alone.features.text == beside.features.text


def test_what_has_no_words_is_named(base: Path) -> None:
    """Pairs of single glyphs behind pairs of classes, which the language puts first."""
    font = TTFont(base)
    lookups = font["GPOS"].table.LookupList.Lookup
    single, classes = (next(x for x in lookups if x.LookupType == 2 and x.SubTable[0].Format == f) for f in (1, 2))
    classes.SubTable.append(single.SubTable[0])
    layout = layout_of(font, {})
    said = feature_text([layout], font.getGlyphOrder(), ["DFLT"])
    assert said.lacking == ("kern",) and "liga" in said.code
    assert feature_text([], [], ["DFLT"]) == FeatureText()
