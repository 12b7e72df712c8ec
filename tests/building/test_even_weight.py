"""Drawn glyphs made as heavy as the hand's own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segan_cli.building.even_weight import stroke_weight
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import write_frame

SIDE = 256


def bars(width: int, count: int) -> np.ndarray:
    """Ink: so many upright bars."""
    ink = np.zeros((SIDE, SIDE), np.float32)
    for number in range(count):
        left = 20 + number * (SIDE - 40) // count
        ink[30:226, left : left + width] = 1
    return ink


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """A hand of 24 glyphs and 24 drawn ones, in which dense glyphs are lighter; drawn strokes are 4 px too heavy."""
    for name, start, more in (("own", 0x4E00, 0), ("drawn", 0x4F00, 4)):
        (tmp_path / name).mkdir()
        write_frame(Frame(SIDE), tmp_path / name)
        punctuation = [0x3001, 0x3002, 0xFF0C]  # which say nothing of a character's weight
        for number in range(24):
            count = 1 + number % 4
            ink = bars(28 - 2 * count + more, count)
            Image.fromarray(np.uint8(255 - 255 * ink)).save(tmp_path / name / f"U+{start + number:04X}.png")
        for code in punctuation if name == "own" else ():
            Image.fromarray(np.uint8(255 - 255 * bars(2, 1))).save(tmp_path / name / f"U+{code:04X}.png")
    told = {f"U+{0x4F00 + n:04X}": {"char": chr(0x4F00 + n), "origin": "generated", "suspect": []} for n in range(24)}
    (tmp_path / "drawn" / "report.json").write_text(json.dumps({"style": {"name": "s"}, "glyphs": told, "missing": []}))
    return tmp_path / "own", tmp_path / "drawn"


def test_a_bar_is_as_wide_as_it_is() -> None:
    found = stroke_weight(bars(20, 2))
    assert found.width == pytest.approx(20 * 1000 / SIDE, abs=4.0) and found.line > 2 * 600


def test_drawn_glyphs_become_as_heavy_as_written_ones_of_their_density(
    folders: tuple[Path, Path], tmp_path: Path, segan: Callable
) -> None:
    own, drawn = folders
    words = [
        "build-font",
        tmp_path / "Brush.ttf",
        drawn,
        "--originals",
        own,
        "--keep-stages",
        tmp_path / "stages",
        "--json",
    ]
    run = segan(*words, "--even-weight")
    assert run.code == 0, run.err
    report = json.loads(run.out)
    evened = report["even_weight"]
    assert evened["before"] - evened["written"] == pytest.approx(4 * 1000 / SIDE, abs=1)
    assert len(evened["changes"]) == 24
    assert all(change == pytest.approx(-4 * 1000 / SIDE, abs=2) for change in evened["changes"].values())
    assert report["built_from"]["input"] == {"even_weight": True} and "Weight evened" in " ".join(report["notes"])
    before = segan(*words)
    assert "even_weight" not in json.loads(before.out)


def test_too_few_glyphs_are_refused_before_anything_is_built(
    folders: tuple[Path, Path], tmp_path: Path, segan: Callable
) -> None:
    own, _ = folders
    run = segan("build-font", tmp_path / "Brush.ttf", own, "--even-weight")
    assert (
        run.code == 2
        and "there are 0 and 24 Han characters, and 20 of each" in run.err
        and not (tmp_path / "Brush.ttf").exists()
    )
