"""Punctuation and dashes that are added to a font close up as those of a font that was built whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.DefaultTable import DefaultTable
from PIL import Image, ImageDraw

from segan_cli.font.assemble import assemble_font
from segan_cli.font.compile import compile_glyph
from segan_cli.font.spec import FontSpec
from segan_cli.glyph import Contour, GlyphOutline

EM = 1000


def box(char: str, left: float, bottom: float, right: float, top: float) -> GlyphOutline:
    points = np.array([(left, bottom), (right, bottom), (right, top), (left, top)], float)
    return GlyphOutline(char, (Contour(points, np.ones(4, bool)),), EM)


@pytest.fixture(params=["ttf", "otf", "ttf without GPOS"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Ideographs and corner brackets, with contextual spacing of its own or without."""
    ending, path = request.param[:3], tmp_path / f"old.{request.param[:3]}"
    outlines = [box(char, 100, 0, 900, 800) for char in "永四水城"]
    outlines += [box("「", 700, 400, 900, 840), box("」", 50, -80, 250, 360), box("《", 600, 0, 900, 800)]
    assemble_font([compile_glyph(one, (ending,)) for one in outlines], FontSpec(family="Old"), [path])
    if "without" in request.param:
        font = TTFont(path)
        del font["GPOS"]
        font["gasp"] = DefaultTable("gasp")  # longer than it says, as in Debian's Kouzan fonts
        font["gasp"].data = bytes.fromhex("00010001ffff000f00000000")
        font.save(path)
    return path


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for char, place in {"、": (5, 75, 24, 94), "（": (70, 10, 90, 90), "—": (4, 48, 95, 52)}.items():
        image = Image.new("L", (100, 100), 255)
        ImageDraw.Draw(image).rectangle(place, fill=0)
        image.save(folder / f"U+{ord(char):04X}.png")
    return folder


def length(path: Path, text: str, *, column: bool = False) -> int:
    """Of a line or column with contextual spacing, font units."""
    hb = pytest.importorskip("uharfbuzz", reason="uharfbuzz is not installed")
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "ttb" if column else "ltr"
    hb.shape(hb.Font(hb.Face(path.read_bytes())), buffer, {"chws": True, "vchw": True})
    return sum(abs(place.x_advance + place.y_advance) for place in buffer.glyph_positions)


@pytest.mark.parametrize("column", [False, True])
def test_new_punctuation_closes_up_and_old_stays(old: Path, pictures: Path, segan: Callable, column: bool) -> None:
    new = old.with_stem("new")
    run = segan("extend", old, new, pictures)
    assert run.code == 0, run.err
    # New before new, new before old, old before new; two old ones; a new one between ideographs.
    texts = ["、（", "、」", "」、", "「（", "」「", "永、永"]
    before = length(old, "」「", column=column)
    assert [length(new, text, column=column) for text in texts] == [1500, 1500, 1500, 1500, before, 3000]
    assert before == (1500 if "GPOS" in TTFont(old) else 2000)
    tags = {record.FeatureTag for record in TTFont(new)["GPOS"].table.FeatureList.FeatureRecord}
    assert {"chws", "halt", "vchw", "vhal"} <= tags
    ots = pytest.importorskip("ots", reason="opentype-sanitizer is not installed")
    assert ots.sanitize(str(new), capture_output=True).returncode == 0


def test_two_new_dashes_become_one(old: Path, pictures: Path, segan: Callable) -> None:
    new = old.with_stem("new")
    assert segan("extend", old, new, pictures).code == 0
    font = TTFont(new)
    assert font.getBestCmap()[ord("⸺")] and font["hmtx"][font.getBestCmap()[ord("⸺")]][0] == 2 * EM
    hb = pytest.importorskip("uharfbuzz", reason="uharfbuzz is not installed")
    for direction in ("ltr", "ttb"):
        runs = []
        for text in ("永——永", "永⸺永"):
            buffer = hb.Buffer()
            buffer.add_str(text)
            buffer.guess_segment_properties()
            buffer.direction = direction
            hb.shape(hb.Font(hb.Face(new.read_bytes())), buffer)
            places = zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
            runs.append([(info.codepoint, place.x_advance + place.y_advance) for info, place in places])
        assert runs[0] == runs[1] and [abs(advance) for _, advance in runs[0]] == [EM, 2 * EM, EM]


def test_a_dash_of_two_ems_that_is_there_stays_alone(tmp_path: Path, pictures: Path, segan: Callable) -> None:
    outlines = [box("永", 100, 0, 900, 800), box("⸺", 0, 360, 1000, 400)]
    old, new = tmp_path / "old.ttf", tmp_path / "new.ttf"
    assemble_font([compile_glyph(one, ("ttf",)) for one in outlines], FontSpec(family="Old"), [old])
    assert segan("extend", old, new, pictures, "--chars", "—").code == 0
    one, two = TTFont(old), TTFont(new)
    assert one.getGlyphID(one.getBestCmap()[ord("⸺")]) == two.getGlyphID(two.getBestCmap()[ord("⸺")])
    assert len(two.getGlyphOrder()) == len(one.getGlyphOrder()) + 2, "the dash and its form for columns"
