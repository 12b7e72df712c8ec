"""Paper with a grid of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

EXAMPLE = Path(__file__).parents[2] / "examples" / "written-sheet"
HAND = EXAMPLE.parent / "kouzan-gyosho"
WRITTEN = "永和年天地日月山川花雨竹"


def written_page(reading: str) -> np.ndarray:
    """The twelve characters of `WRITTEN` in four rows of three, read in rows, or in columns from the right."""
    page = np.full((1300, 1000, 3), 255, np.uint8)
    for number, char in enumerate(WRITTEN):
        row, column = divmod(number, 3) if reading == "rows" else (number % 4, 2 - number // 4)
        picture = Image.open(HAND / f"U+{ord(char):04X}.png").convert("L")
        page[120 + 260 * row :, 110 + 260 * column :][:220, :220] = np.asarray(picture.resize((220, 220)))[..., None]
    return page


@pytest.mark.parametrize("reading", ["rows", "columns"])
def test_a_black_grid_without_marks(tmp_path: Path, segan: Callable, reading: str) -> None:
    import cv2
    import written_sheets as damage

    page, chars = written_page(reading), WRITTEN
    for line in range(5):
        cv2.line(page, (90, 100 + 260 * line), (870, 100 + 260 * line), (25, 25, 25), 3)
    for line in range(4):
        cv2.line(page, (90 + 260 * line, 100), (90 + 260 * line, 1140), (25, 25, 25), 3)
    Image.fromarray(damage.photographed(page, 8, 0.08)).save(tmp_path / "grid.png")
    done = segan(
        *("scan", tmp_path / "grid.png", "--grid", "3x4", "--order", chars, "--reading", reading),
        *("--out", tmp_path / "out", "--no-check"),
    )
    assert done.code == 0, done.err
    for char in chars:
        cut = np.asarray(Image.open(tmp_path / "out" / f"U+{ord(char):04X}.png").convert("L")) < 128
        truth = np.asarray(Image.open(HAND / f"U+{ord(char):04X}.png").convert("L")) < 128
        assert _overlap(cut, truth) > 0.8, char


def _overlap(one: object, other: object) -> float:
    """Of two shapes, each stretched to its own box."""

    boxed = []
    for shape in (np.asarray(one), np.asarray(other)):
        ys, xs = np.nonzero(shape)
        cut = Image.fromarray(shape[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1])
        boxed.append(np.asarray(cut.resize((200, 200))))
    return float((boxed[0] & boxed[1]).sum() / (boxed[0] | boxed[1]).sum())


def test_a_line_at_the_end_of_where_it_is_looked_for() -> None:

    from segan_cli.paper.ruling import line_shift

    for at in range(30, 70):
        layer = np.zeros((100, 100), np.uint8)
        layer[:, at : at + 4] = 200
        shift = line_shift(layer, (50.0, 0.0, 50.0, 100.0), 100.0, 0.1)
        assert shift is None or abs(shift - (at + 2 - 50)) < 2.0
    layer = np.zeros((100, 100), np.uint8)
    layer[:, 53:56] = 200
    assert line_shift(layer, (50.0, 0.0, 50.0, 100.0), 100.0, 0.1) == pytest.approx(4.5, abs=0.1)


@pytest.mark.parametrize("reading", ["rows", "columns"])
def test_lines_of_writing_without_a_grid(tmp_path: Path, segan: Callable, reading: str) -> None:
    import written_sheets as damage

    page, chars = written_page(reading), WRITTEN
    Image.fromarray(damage.photographed(page, 6, 0.0, (235, 235, 230))).save(tmp_path / "free.png")
    words = ("scan", tmp_path / "free.png", "--free", "--reading", reading, "--out", tmp_path / "out", "--no-check")
    done = segan(*words, "--order", chars)
    assert done.code == 0, done.err
    for char in chars:
        cut = np.asarray(Image.open(tmp_path / "out" / f"U+{ord(char):04X}.png").convert("L")) < 128
        truth = np.asarray(Image.open(HAND / f"U+{ord(char):04X}.png").convert("L")) < 128
        assert _overlap(cut, truth) > 0.75, char
    refused = segan(*words, "--order", chars + "風")
    assert refused.code == 2
    assert "12 characters are seen and the order has 13" in " ".join(refused.err.split())
