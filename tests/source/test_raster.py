from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib.tables.TupleVariation import TupleVariation

from segan_cli.errors import GlyphError, UsageError
from segan_cli.glyph import Frame, Placement
from segan_cli.source.raster import draw_all, hand_fit, ink_box, render_glyph
from segan_cli.source.source_font import open_source_font

FRAME = Frame(100)


def box(ink: np.ndarray) -> tuple[int, int, int, int]:
    ys, xs = np.nonzero(ink > 0.5)
    return xs.min(), ys.min(), xs.max() + 1, ys.max() + 1


def test_a_glyph_keeps_its_own_place_in_the_em(font_file: Path) -> None:
    font = open_source_font(font_file)
    assert box(render_glyph(font, "永", FRAME).ink) == (10, 12, 90, 88)
    assert box(render_glyph(font, "。", FRAME).ink) == (6, 76, 24, 94)
    assert box(render_glyph(font, "一", FRAME).ink) == (10, 46, 90, 53)


def test_coverage_is_exact(font_file: Path) -> None:
    ink = render_glyph(open_source_font(font_file), "永", Frame(64)).ink
    assert ink.sum() == pytest.approx(0.8 * 0.76 * 64 * 64, rel=2e-3)


def test_missing_and_blank_are_told_apart_and_cost_no_other(font_file: Path) -> None:
    font = open_source_font(font_file)
    drawn, missing = draw_all(font, "永ㄅ龍𠮷", FRAME)
    assert [raster.char for raster in drawn] == ["永", "𠮷"]
    assert [(one.char, one.cause) for one in missing] == [
        ("ㄅ", "Test Kai maps it to a blank glyph."),
        ("龍", "Test Kai does not have it."),
    ]
    assert font.chars == ("。", "一", "囗", "永", "𠮷")
    with pytest.raises(GlyphError):
        render_glyph(font, "永", FRAME, Placement(dx=1000))


def test_ink_beyond_the_canvas_is_told_and_can_be_moved_inside(font_file: Path) -> None:
    font = open_source_font(font_file)
    assert ink_box(font, "囗", FRAME).overflow == pytest.approx(80)
    assert ink_box(font, "永", FRAME).overflow == 0
    inside = render_glyph(font, "囗", Frame(200), overflow="inside").ink
    assert box(inside) == (0, 0, 200, 200)


def test_hand_fit_finds_the_placement(font_file: Path) -> None:
    font, frame = open_source_font(font_file), Frame(256)
    wanted = Placement(0.8, 12, -20)
    source = [render_glyph(font, char, frame) for char in "永𠮷"]
    hand = [render_glyph(font, char, frame, wanted) for char in "永𠮷"]
    found = hand_fit(source, hand)
    assert (found.scale, found.dx, found.dy) == pytest.approx((0.8, 12, -20), abs=4, rel=0.02)


def test_weight_makes_strokes_bolder(font_file: Path) -> None:
    font = open_source_font(font_file)
    bold = render_glyph(font, "一", FRAME, weight=40).ink
    assert box(bold) == (8, 44, 92, 55)


def test_faces_of_a_collection(collection: Path) -> None:
    with pytest.raises(UsageError, match=r"#0 Test Kai, #1 Other Kai"):
        open_source_font(collection)
    assert open_source_font(f"{collection}#1").family == "Other Kai"
    other = open_source_font(f"{collection}#Other Kai")
    assert pickle.loads(pickle.dumps(other)).family == "Other Kai"
    with pytest.raises(UsageError, match="no face '7'"):
        open_source_font(f"{collection}#7")


@pytest.mark.parametrize("data", [b"", b"not a font", b"\0\1\0\0" + b"\0" * 90])
def test_a_broken_font_is_one_sentence(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "broken.ttf"
    file.write_bytes(data)
    with pytest.raises(UsageError, match=r"broken\.ttf is not a usable font"):
        open_source_font(file)


def test_a_truncated_font_is_one_sentence(font_file: Path) -> None:
    font_file.write_bytes(font_file.read_bytes()[:700])
    with pytest.raises(UsageError, match="usable font"):
        open_source_font(font_file)


def test_web_font_parts_open_as_one(font_file: Path, tmp_path: Path) -> None:
    from fontTools.subset import main as subset

    parts = tmp_path / "web" / "files"
    parts.mkdir(parents=True)
    for number, code in enumerate(("6C38", "4E00")):
        subset([str(font_file), f"--unicodes={code}", "--flavor=woff2", f"--output-file={parts / f'{number}.woff2'}"])
    font = open_source_font(tmp_path / "web")
    assert font.chars == ("一", "永")
    assert box(render_glyph(font, "永", FRAME).ink) == (10, 12, 90, 88)


def test_an_unknown_family_and_no_instance(font_file: Path) -> None:
    with pytest.raises(UsageError, match="no installed family"):
        open_source_font("No Such Family")
    with pytest.raises(UsageError, match="not a variable font"):
        open_source_font(f"{font_file}@Bold")
    with pytest.raises(UsageError, match="no font file"):
        open_source_font(font_file.with_name("missing.ttf"))


def test_nothing_installed_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from segan_cli.source import font_search

    monkeypatch.setattr(font_search, "installed_faces", list)
    with pytest.raises(UsageError, match=r"Liukai.*--source-font"):
        open_source_font(None)


def test_a_named_instance_is_drawn_as_it_is_named(tmp_path: Path) -> None:
    """永 is a bar of 100 units in Thin and of 400 in Black."""
    pen = TTGlyphPen(None)
    for index, point in enumerate([(100, 400), (100, 500), (900, 500), (900, 400)]):
        (pen.lineTo if index else pen.moveTo)(point)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "yong"])
    builder.setupCharacterMap({ord("永"): "yong"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "yong": pen.glyph()})
    builder.setupHorizontalMetrics(dict.fromkeys([".notdef", "yong"], (1000, 100)))
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Var Kai", "styleName": "Thin"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupPost()
    instances = [{"location": {"wght": 100}, "stylename": "Thin"}, {"location": {"wght": 900}, "stylename": "Black"}]
    builder.setupFvar([("wght", 100, 100, 900, "Weight")], instances)
    deltas = [(0, 0), (0, 300), (0, 300), (0, 0), *[(0, 0)] * 4]
    builder.setupGvar({"yong": [TupleVariation({"wght": (0, 1, 1)}, deltas)]})
    builder.save(tmp_path / "var.ttf")
    drawn = [
        render_glyph(open_source_font(f"{tmp_path / 'var.ttf'}@{name}"), "永", Frame(100)).ink.sum()
        for name in ("Thin", "Black")
    ]
    assert drawn == pytest.approx([80 * 10, 80 * 40], abs=1)
    with pytest.raises(UsageError, match="Did you mean 'Black'"):
        open_source_font(f"{tmp_path / 'var.ttf'}@Blck")
