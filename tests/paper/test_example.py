"""The example of a written sheet: from the photo to a font."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fontTools.ttLib import TTFont
from PIL import Image

EXAMPLE = Path(__file__).parents[2] / "examples" / "written-sheet"


def test_from_a_photo_to_a_font(tmp_path: Path, segan: Callable) -> None:
    hand = tmp_path / "hand"
    done = segan("scan", EXAMPLE / "photo.jpg", "--sheets", EXAMPLE / "write.json", "--out", hand, "--no-check")
    assert done.code == 0, done.err
    built = segan("build-font", tmp_path / "Hand.ttf", hand, "--family", "My Hand", "--workers", "1")
    assert built.code == 0, built.err
    with TTFont(tmp_path / "Hand.ttf") as font:
        assert set(map(ord, "永和年天地日月山川花")) <= set(font.getBestCmap())


def test_it_can_be_shipped() -> None:
    assert (EXAMPLE / "photo.jpg").stat().st_size < 600_000
    with Image.open(EXAMPLE / "photo.jpg") as photo:
        assert min(photo.size) > 1000
