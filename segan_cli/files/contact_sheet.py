"""Contact sheets: glyphs in rows, to choose and to compare by eye, as a PNG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from segan_cli.files.writing import written_beside
from segan_cli.glyph import Ink

if TYPE_CHECKING:
    from PIL import Image

CELL_PX, LABEL_PX, MARGIN_PX = 96, 26, 12

Grey: TypeAlias = npt.NDArray[np.uint8]


def write_contact_sheet(
    rows: Sequence[tuple[str, Sequence[Ink | None]]], path: Path, *, cell_px: int = CELL_PX
) -> Path:
    """Write a label and under it a row of glyphs for each style or method.

    Args:
        rows: label (Latin letters and digits) and inks of one each; None leaves a cell empty.
        path: the PNG.
        cell_px: side of one glyph.
    """
    from PIL import ImageDraw, ImageFont

    cells = [[None if ink is None else _resized(_grey(ink), cell_px) for ink in inks] for _, inks in rows]
    sheet = _pasted(cells, (cell_px, cell_px), MARGIN_PX, LABEL_PX)
    pen, letters = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for row, (label, _) in enumerate(rows):
        pen.text((MARGIN_PX, MARGIN_PX + row * (LABEL_PX + cell_px + MARGIN_PX)), label, fill=90, font=letters)
    return _written(sheet, path)


def write_comparison(
    pictures: Mapping[str, Mapping[str, Ink]], chars: Sequence[str], path: Path, *, cell_px: int = CELL_PX
) -> Path:
    """Write a row for each method or hand, the same characters below each other, as in the paper's Fig. 4.

    Args:
        pictures: label → inks by character; a character that a row lacks stays empty there.
        chars: the characters, from left to right.
        path: the PNG.
        cell_px: side of one glyph.
    """
    rows = [(label, [inks.get(char) for char in chars]) for label, inks in pictures.items()]
    return write_contact_sheet(rows, path, cell_px=cell_px)


def write_even_sheet(tiles: Sequence[Ink], path: Path) -> Path:
    """Write tiles edge to edge, the sheet about twice as wide as high.

    Args:
        tiles: at least one, all of one (h, w).
        path: the PNG.
    """
    height, width = tiles[0].shape
    columns = min(len(tiles), max(1, round((len(tiles) * 2 * height / width) ** 0.5)))
    greys = [_grey(tile) for tile in tiles]
    rows = [greys[start : start + columns] for start in range(0, len(greys), columns)]
    return _written(_pasted(rows, (height, width), 0, 0), path)


def _pasted(rows: Sequence[Sequence[Grey | None]], cell: tuple[int, int], margin: int, band: int) -> Image.Image:
    """Cells of (height, width) on paper, above each row a band for its label and a margin."""
    from PIL import Image

    (height, width), columns = cell, max(1, *(len(row) for row in rows), 1)
    step = band + height + margin
    sheet = np.full((len(rows) * step + margin, columns * width + 2 * margin), 255, dtype=np.uint8)
    for number, row in enumerate(rows):
        top = margin + number * step + band
        for column, grey in enumerate(row):
            if grey is not None:
                left = margin + column * width
                sheet[top : top + height, left : left + width] = grey
    return Image.fromarray(sheet)


def _grey(ink: Ink) -> Grey:
    return 255 - np.rint(np.clip(ink, 0, 1) * 255).astype(np.uint8)


def _resized(grey: Grey, side: int) -> Grey:
    from PIL import Image

    return np.asarray(Image.fromarray(grey).resize((side, side), Image.Resampling.LANCZOS))


def _written(sheet: Image.Image, path: Path) -> Path:
    with written_beside(path) as beside:
        sheet.save(beside, "PNG", compress_level=3)
    return path
