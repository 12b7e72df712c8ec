from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from segan_cli.errors import UsageError
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder
from segan_cli.source.hand_font import han_of, hand_glyphs, without, write_hand
from segan_cli.source.source_font import SourceFont, open_source_font

FRAME = Frame(64)


def box(left: int, bottom: int, right: int, top: int) -> Any:
    pen = TTGlyphPen(None)
    for number, point in enumerate([(left, bottom), (left, top), (right, top), (right, bottom)]):
        (pen.lineTo if number else pen.moveTo)(point)
    pen.closePath()
    return pen.glyph()


def _left(glyph: Any) -> int:
    return min((x for x, _ in getattr(glyph, "coordinates", ())), default=0)


@pytest.fixture
def hand(tmp_path: Path) -> SourceFont:
    """一 and 二 are drawn; 三 is blank; 四 and 五 share a picture; 六 shows the box of U+FFFD; 豈 is drawn as U+F900, too;
    七 reaches beyond the canvas."""
    glyphs = {
        ".notdef": box(0, 0, 900, 900),
        "one": box(100, 300, 900, 400),
        "two": box(200, 100, 800, 600),
        "blank": TTGlyphPen(None).glyph(),
        "four": box(100, 100, 300, 700),
        "five": box(100, 100, 300, 700),
        "tofu": box(50, 0, 950, 800),
        "six": box(50, 0, 950, 800),
        "seven": box(-200, 100, 500, 300),
        "how": box(400, 0, 600, 800),
        "letter": box(300, 0, 600, 500),
    }
    cmap = {"一": "one", "二": "two", "三": "blank", "四": "four", "五": "five", "六": "six", "七": "seven"}
    cmap |= {"豈": "how", "\uf900": "how", "\ufffd": "tofu", "A": "letter"}
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(list(glyphs))
    builder.setupCharacterMap({ord(char): name for char, name in cmap.items()})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics({name: (1000, _left(glyph)) for name, glyph in glyphs.items()})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupNameTable({"familyName": "Toy Hand", "styleName": "Regular", "licenseDescription": "public domain"})
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120)
    builder.setupPost()
    path = tmp_path / "toy.ttf"
    builder.save(path)
    return open_source_font(path)


def test_only_a_hands_own_glyphs_are_taken(hand: SourceFont) -> None:
    assert han_of(hand) == tuple(sorted("一二三四五六七豈\uf900"))
    found = hand_glyphs(hand, [*han_of(hand), "永"], FRAME)
    assert list(found.chars) == sorted("一二七豈")
    assert found.left_out == {
        "三": "blank",
        "永": "not in the font",
        "六": "fallback",
        "四": "shared",
        "五": "shared",
        "\uf900": "shared",
    }


def test_ink_beyond_the_canvas_is_moved_inside(hand: SourceFont) -> None:
    found = hand_glyphs(hand, ["七"], FRAME)
    assert found.clipped == ("七",)
    (raster,) = found.glyphs()
    assert raster.ink.sum() == pytest.approx(700 * 200 / 1000**2 * 64**2, rel=0.02)


def test_the_folder_reads_back_and_says_what_it_is(hand: SourceFont, tmp_path: Path) -> None:
    found = without(hand_glyphs(hand, han_of(hand), FRAME), ["二"], "shows another form")
    folder = tmp_path / "out"
    steps: list[int] = []
    write_hand(found, folder, name="toy", advance=steps.append)
    scanned = scan_glyph_folder(folder)
    assert scanned.chars == tuple(sorted("一七豈")) and not scanned.problems and sum(steps) == 3
    again = read_glyph(scanned.entries[0], scanned.fit, FRAME).ink
    assert np.allclose(again, next(raster.ink for raster in found.glyphs() if raster.char == "一"), atol=1e-6)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["name"] == "toy" and manifest["glyphs"] == 3 and manifest["license"] == "public domain"
    assert manifest["left_out_counts"] == {"blank": 1, "shared": 3, "fallback": 1, "shows another form": 1}
    assert manifest["left_out"]["shows another form"] == "二" and manifest["counts"]["gb2312"] == 2
    assert manifest["font"]["file"] == "toy.ttf" and len(manifest["font"]["sha256"]) == 64


def interrupt(_: int) -> None:
    raise KeyboardInterrupt


def test_an_earlier_result_is_replaced_and_anyone_elses_pictures_are_refused(hand: SourceFont, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    write_hand(hand_glyphs(hand, ["一", "二"], FRAME), folder, name="toy")
    write_hand(hand_glyphs(hand, ["二"], FRAME), folder, name="toy")
    assert sorted(file.name for file in folder.glob("U+*.png")) == ["U+4E8C.png"]
    with pytest.raises(KeyboardInterrupt):
        write_hand(hand_glyphs(hand, ["一", "二"], FRAME), folder, name="toy", advance=interrupt)
    assert not (folder / "manifest.json").exists()  # a half-made hand is not taken for a whole one
    (folder / "U+6C38.png").write_bytes(b"mine")
    with pytest.raises(UsageError, match="did not come from a font"):
        write_hand(hand_glyphs(hand, ["二"], FRAME), folder, name="toy")
    (folder / "U+6C38.png").unlink()
    write_hand(hand_glyphs(hand, ["二"], FRAME), folder, name="toy")
    assert sorted(file.name for file in folder.glob("*")) == ["U+4E8C.png", "frame.json", "manifest.json"]
    (folder / "manifest.json").unlink()
    with pytest.raises(UsageError, match="did not come from a font"):
        write_hand(hand_glyphs(hand, ["一"], FRAME), folder, name="toy")
    assert (folder / "U+4E8C.png").exists()


def test_a_font_without_the_characters_leaves_nothing_behind(hand: SourceFont, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"asked for \(1 blank, 1 not in the font\); nothing to write"):
        write_hand(hand_glyphs(hand, ["三", "永"], FRAME), tmp_path / "out", name="toy")
    assert not (tmp_path / "out").exists()


def test_the_command(hand: SourceFont, tmp_path: Path, segan: Callable[..., Any]) -> None:
    run = segan("dataset", "from-font", hand.path, "--out", tmp_path / "toy-hand", "--size", "64")
    assert run.code == 0 and run.out.strip() == str(tmp_path / "toy-hand")
    assert "toy-hand: 4 glyphs of Toy Hand Regular" in run.err and "3 shared" in run.err and "public domain" in run.err
    run = segan("dataset", "from-font", hand.path, "--out", tmp_path / "b", "--chars", "一二", "--size", "64", "--json")
    assert json.loads(run.out)["glyphs"] == 2
    run = segan("dataset", "from-font", tmp_path / "none.ttf", "--out", tmp_path / "c")
    assert run.code == 2 and "no font file" in run.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--name", "a/b"], "The hand's name (--name) is 'a/b', and it holds a slash"),
        (
            ["--name", "\u202egnp"],
            "The hand's name (--name) is '\\u202egnp', and it holds characters that cannot be printed",
        ),
        (["--name", ""], "The hand's name (--name) is ''"),
        (["--chars", ""], "empty"),
    ],
)
def test_a_hand_that_could_not_be_learned_is_refused_before_it_is_drawn(
    hand: SourceFont, tmp_path: Path, segan: Callable[..., Any], words: list[str], said: str
) -> None:
    run = segan("dataset", "from-font", hand.path, "--out", tmp_path / "out", *words)
    assert run.code == 2 and said in run.err
    assert not (tmp_path / "out").exists()
