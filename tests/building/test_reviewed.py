"""What a review decided, in the font that is built."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw

from segan_cli.source.review_decisions import Action, DecisionJournal, fingerprint


@pytest.fixture
def glyphs(tmp_path: Path) -> Path:
    folder = tmp_path / "drawn"
    folder.mkdir()
    for code in range(0x4E00, 0x4E04):
        image = Image.new("L", (128, 128), 255)
        ImageDraw.Draw(image).rectangle((48, 32, 79, 95), fill=0)
        ImageDraw.Draw(image).rectangle((10, code - 0x4DF0, 117, code - 0x4DEA), fill=0)
        image.save(folder / f"U+{code:04X}.png")
    (folder / "frame.json").write_text(json.dumps({"size_px": 128, "units_per_em": 1000, "descender": -120}))
    return folder


def _decide(folder: Path, action: Action, code: int, **values: Any) -> None:
    DecisionJournal(folder).add(action, chr(code), [fingerprint(folder / f"U+{code:04X}.png")], values)


def test_refused_glyphs_stay_out_and_are_told(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    _decide(glyphs, "refuse", 0x4E00)
    _decide(glyphs, "write", 0x4E01)
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--json")
    assert run.code == 3
    missing = {row["codepoint"]: (row["stage"], row["cause"]) for row in json.loads(run.out)["missing"]}
    assert missing.keys() == {"U+4E00", "U+4E01"} and {stage for stage, _ in missing.values()} == {"review"}
    assert "segan generate" in missing["U+4E00"][1] and "segan sheets --rejected" in missing["U+4E01"][1]
    assert {0x4E00, 0x4E01} & set(TTFont(tmp_path / "Brush.ttf").getBestCmap()) == set()


def test_a_written_glyph_takes_the_place_of_a_refused_one(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    _decide(glyphs, "write", 0x4E01)
    own = tmp_path / "own"
    own.mkdir()
    (own / "U+4E01.png").write_bytes((glyphs / "U+4E02.png").read_bytes())
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--originals", own, "--json")
    report = json.loads(run.out)
    assert run.code == 0 and report["missing"] == [] and report["problems"] == []
    assert report["glyphs"]["U+4E01"]["origin"] == "written"


def test_adjustments_reach_the_outline(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    segan("build-font", tmp_path / "Plain.ttf", glyphs)
    _decide(glyphs, "adjust", 0x4E00, size=0.5, dx=30, dy=-20, left=15, right=25)
    _decide(glyphs, "adjust", 0x4E01, weight=30)
    assert segan("build-font", tmp_path / "Brush.ttf", glyphs).code == 0
    plain, font = TTFont(tmp_path / "Plain.ttf"), TTFont(tmp_path / "Brush.ttf")
    before, after = ((one["glyf"][one.getBestCmap()[0x4E00]]) for one in (plain, font))
    assert font["hmtx"][font.getBestCmap()[0x4E00]][0] == 1040
    assert after.xMax - after.xMin == pytest.approx((before.xMax - before.xMin) / 2, abs=3)
    assert after.xMin == pytest.approx(500 + (before.xMin - 500) / 2 + 30 + 15, abs=3)
    assert after.yMin == pytest.approx(380 + (before.yMin - 380) / 2 - 20, abs=3)
    thin, thick = ((one["glyf"][one.getBestCmap()[0x4E01]]) for one in (plain, font))
    assert thick.xMax - thin.xMax == pytest.approx(15, abs=4) and thin.yMin - thick.yMin == pytest.approx(15, abs=4)


def test_an_accepted_glyph_is_no_suspect_any_more(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    entries = {f"U+{code:04X}": {"char": chr(code), "suspect": ["read as 口"]} for code in (0x4E00, 0x4E01)}
    (glyphs / "report.json").write_text(json.dumps({"style": {}, "glyphs": entries, "missing": []}))
    _decide(glyphs, "accept", 0x4E00)
    report = json.loads(segan("build-font", tmp_path / "Brush.ttf", glyphs, "--json").out)["glyphs"]
    assert report["U+4E00"]["suspect"] == [] and report["U+4E00"]["review"] == "accepted"
    assert report["U+4E01"]["suspect"] == ["read as 口"]
