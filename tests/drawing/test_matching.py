"""Which shipped hand is like one's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from segan_cli.drawing.draw import draw_sample
from segan_cli.drawing.matching import match_hands
from segan_cli.drawing.sources import open_sources
from segan_cli.errors import UsageError
from segan_cli.generator.bundle import list_bundles
from segan_cli.glyph import Frame, GlyphRaster
from segan_cli.source.glyph_folder import write_frame, write_glyph

CHARS = "一二三四五六"


@pytest.fixture
def models(make_bundle: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    models = make_bundle().parent
    monkeypatch.setenv("SEGAN_MODELS", str(models))
    return models


def written(style: str, font: Path, folder: Path) -> Path:
    bundle = next(one for one in list_bundles() if one.style.name == style)
    sources = open_sources(str(font), bundle.manifest.source_font, CHARS)
    for char, ink in zip(CHARS, draw_sample(bundle, CHARS, sources), strict=True):
        write_glyph(GlyphRaster(char, ink, Frame(ink.shape[0])), folder)
    write_frame(Frame(ink.shape[0]), folder)
    return folder


@pytest.mark.parametrize("style", ["thick", "thin"])
def test_the_hand_that_wrote_comes_first(models: Path, bar_font: Path, tmp_path: Path, style: str) -> None:
    folder = written(style, bar_font, tmp_path / "own")
    found = match_hands(folder, list_bundles(), source_font=str(bar_font))
    assert found.ranked[0].bundle.style.name == style
    assert found.ranked[0].overlap > 0.95 and found.ranked[0].overlap > found.ranked[1].overlap
    assert found.ranked[0].weight == pytest.approx(1, abs=0.05)


def test_the_command_ranks_and_draws(segan: Callable, models: Path, bar_font: Path, tmp_path: Path) -> None:
    folder = written("thick", bar_font, tmp_path / "own")
    run = segan("match", folder, "--source-font", bar_font, "--out", tmp_path / "match.png")
    assert run.code == 0 and run.out.split() == ["thick", "thin"] and "--init thick" in " ".join(run.err.split())
    with Image.open(tmp_path / "match.png") as picture:
        assert picture.height > 3 * 96
    rows = json.loads(segan("match", folder, "--source-font", bar_font, "--json").out)["hands"]
    assert [row["name"] for row in rows] == ["thick", "thin"]


def test_too_few_characters_are_told(models: Path, bar_font: Path, tmp_path: Path) -> None:
    folder = written("thick", bar_font, tmp_path / "own")
    for char in CHARS[:3]:
        (folder / f"U+{ord(char):04X}.png").unlink()
    with pytest.raises(UsageError, match="at least 5"):
        match_hands(folder, list_bundles(), source_font=str(bar_font))
