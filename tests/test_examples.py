"""The scripts in examples/ do what they say, on the machine where they run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parents[1]
GYOSHO = Path("/usr/share/fonts/truetype/kouzan-mouhitsu/kouzan-mouhitsu-gyosho.ttf")
WENKAI = Path("/usr/share/fonts/truetype/lxgw-wenkai/LXGWWenKai-Regular.ttf")

pytestmark = pytest.mark.skipif(shutil.which("sh") is None, reason="the examples are shell scripts")


def run(script: str, *words: str | Path, **changes: str) -> None:
    environment = {**os.environ, "SEGAN": str(Path(sys.executable).with_name("segan")), **changes}
    subprocess.run(["sh", f"examples/{script}", *map(str, words)], cwd=ROOT, env=environment, check=True, timeout=1100)


def characters(font: Path) -> set[str]:
    with TTFont(font) as opened:
        return {chr(code) for code in opened.getBestCmap()}


@pytest.mark.skipif(not WENKAI.exists(), reason="needs fonts-lxgw-wenkai, the source of training pairs")
def test_the_designers_way(tmp_path: Path) -> None:
    glyphs = tmp_path / "mine"
    glyphs.mkdir()
    for path in sorted((ROOT / "examples" / "kouzan-gyosho").glob("*.*"))[:60]:
        shutil.copy(path, glyphs)
    shutil.copy(ROOT / "examples" / "kouzan-gyosho" / "frame.json", glyphs)
    run("designers_way.sh", glyphs, tmp_path / "out", TIME="2s", CHARS="书谱永和", CHECK="--no-check")
    assert set("书谱永和") < characters(tmp_path / "out" / "MyBrush.ttf")
    assert (tmp_path / "out" / "MyBrush.html").is_file()
    run("designers_way.sh", glyphs, tmp_path / "out", TIME="2s", CHARS="书谱永和龙", CHECK="--no-check")
    assert "龙" in characters(tmp_path / "out" / "MyBrush.ttf"), "typed again, it goes on"


@pytest.mark.skipif(not GYOSHO.exists(), reason="needs fonts-kouzan-mouhitsu")
def test_the_headline_on_a_few_characters(tmp_path: Path) -> None:
    run("complete_gyosho.sh", tmp_path, CHARS="永和东龙书")
    originals = {path.stem for path in (tmp_path / "originals").glob("U+*.png")}
    assert originals == {"U+6C38", "U+548C"}, "the font has 永 and 和; 东, 龙 and 书 are drawn"
    assert set("永和东龙书") <= characters(tmp_path / "KouzanGyoshoSC.ttf")
    assert set("，。！？：；“”「」（）《》…あアA1") <= characters(tmp_path / "KouzanGyoshoSC.ttf"), (
        "text has no boxes in it"
    )
    assert (tmp_path / "KouzanGyoshoSC.html").is_file()


@pytest.mark.skipif(not WENKAI.exists(), reason="needs fonts-lxgw-wenkai, which is drawn from")
def test_whole_fonts_of_a_few_characters(tmp_path: Path) -> None:
    hand = tmp_path / "hands" / "kouzan-gyosho"
    hand.mkdir(parents=True)
    for name in ("U+6C38.png", "U+548C.png", "frame.json"):
        shutil.copy(ROOT / "examples" / "kouzan-gyosho" / name, hand)
    run("whole_fonts.sh", hand.parent, tmp_path / "out", NAMES="kouzan-gyosho", CHARS="永和东")
    for ending in ("ttf", "otf"):
        assert set("永和东") <= characters(tmp_path / "out" / f"kouzan-gyosho.{ending}")
    report = json.loads((tmp_path / "out" / "kouzan-gyosho.report.json").read_text(encoding="utf-8"))
    assert report["overlap"]["glyphs"] == 3 and report["overlap"]["worst"][0]["iou"] > 0.93
