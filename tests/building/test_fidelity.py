"""`--verify`: every glyph as FreeType draws it from the font, laid over its picture."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segan_cli.building import fidelity, pipeline
from segan_cli.glyph import GlyphRaster

ROOT = Path(__file__).parents[2]
WRITTEN = ROOT / "examples" / "kouzan-gyosho"
SAMPLE = 24


@pytest.fixture
def glyphs(tmp_path: Path) -> Path:
    folder = tmp_path / "glyphs"
    folder.mkdir()
    for path in sorted(WRITTEN.glob("*.png"))[::11][:SAMPLE]:
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.mark.parametrize("ending", ["ttf", "otf"])
def test_a_written_hand_comes_out_as_it_went_in(glyphs: Path, tmp_path: Path, segan: Callable, ending: str) -> None:
    run = segan("build-font", tmp_path / f"Brush.{ending}", glyphs, "--verify", "--workers", "1", "--json")
    assert run.code == 0, run.err
    found = json.loads(run.out)["overlap"]
    assert found["glyphs"] == len(list(glyphs.glob("*.png")))
    assert found["worst"][0]["iou"] >= fidelity.LEAST
    assert found["worst"][0]["iou"] <= found["median"] < 1


def test_punctuation_that_was_moved_is_compared_where_it_came_from(
    glyphs: Path, tmp_path: Path, segan: Callable
) -> None:
    comma = np.full((128, 128), 255, np.uint8)
    comma[50:74, 56:72] = 0
    Image.fromarray(comma).save(glyphs / "U+FF0C.png")
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--verify", "--workers", "1", "--json")
    report = json.loads(run.out)
    assert report["glyphs"]["U+FF0C"]["suspect"] == []
    assert all(row["iou"] >= fidelity.LEAST for row in report["overlap"]["worst"])


def test_another_glyph_than_the_picture_is_named(
    glyphs: Path, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, wrong = pipeline.trace, sorted(glyphs.glob("*.png"))[0]
    char = chr(int(wrong.stem[2:], 16)) if wrong.stem.startswith("U+") else wrong.stem

    def upside_down(raster: GlyphRaster, settings: object) -> object:
        turned = replace(raster, ink=np.ascontiguousarray(raster.ink[::-1])) if raster.char == char else raster
        return right(turned, settings)

    monkeypatch.setattr(pipeline, "trace", upside_down)
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--verify", "--workers", "1", "--json")
    report = json.loads(run.out)
    assert report["overlap"]["worst"][0]["char"] == char
    assert report["overlap"]["worst"][0]["iou"] < fidelity.LEAST
    assert [row["char"] for row in report["glyphs"].values() if any("unlike" in why for why in row["suspect"])] == [
        char
    ]


def test_a_ufo_alone_cannot_be_verified(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    run = segan("build-font", tmp_path / "Brush.ufo", glyphs, "--verify")
    assert run.code == 2 and "--verify" in run.err
    assert not (tmp_path / "Brush.ufo").exists()
