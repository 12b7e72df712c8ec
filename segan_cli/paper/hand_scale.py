"""One scale for the whole hand: how much of the cell becomes the em, and each glyph on its canvas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segan_cli.glyph import Frame, GlyphRaster, Ink
from segan_cli.paper.cutting import CutCell
from segan_cli.paper.opencv import opencv
from segan_cli.source.folder_fit import carries_size, to_canvas

SMALL_HAND = 0.7
"""A hand whose largest characters fill less of their cells gets a remark."""
_MARGIN = 0.01
"""What stays free at the canvas's edge when a glyph is moved inside, in ems."""


def filled_share(chars: Sequence[str], cells: Sequence[CutCell]) -> float:
    """How much of their cells the largest characters fill: the 95th percentile of the longer sides; 0 if there are none."""
    longer = [
        max(cell.extent) for char, cell in zip(chars, cells, strict=True) if not cell.is_empty and carries_size(char)
    ]
    return float(np.percentile(longer, 95)) if longer else 0.0


def on_canvas(char: str, cell: CutCell, em: float, frame: Frame) -> tuple[GlyphRaster | None, str]:
    """Lay a cell's ink on the canvas of the em; the middle of the cell is the middle of the em.

    Args:
        char: the character.
        cell: its ink; not empty.
        em: the em, in sides of the cell.
        frame: the canvas.

    Returns:
        The glyph (None if no ink is left at this size), and a remark where its ink reached beyond the em: it is moved
        inside, and shrunk if it is larger than the em.
    """
    cv = opencv()
    grey = cv.imdecode(np.frombuffer(cell.png, np.uint8), cv.IMREAD_GRAYSCALE)
    ink = grey.astype(np.float32) / np.float32(255)
    inked = ink >= 0.5
    if not inked.any():
        return None, ""
    side = em * cell.side
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
    width, height = columns[-1] + 1 - columns[0], rows[-1] + 1 - rows[0]
    remark = ""
    if max(width, height) > side * (1 - 2 * _MARGIN):
        side = max(width, height) / (1 - 2 * _MARGIN)
        remark = "larger than the em: shrunk"
    left, moved_x = _inside(-side / 2 - cell.left, columns[0], columns[-1] + 1, side)
    top, moved_y = _inside(-side / 2 - cell.top, rows[0], rows[-1] + 1, side)
    if not remark and max(moved_x, moved_y) > _MARGIN * side:
        remark = "reaches beyond the em: moved inside"
    return GlyphRaster(char, _canvas(ink, (left, top, left + side, top + side), frame), frame), remark


def _inside(start: float, first: int, last: int, side: float) -> tuple[float, float]:
    """Where the canvas begins so that the ink lies within, and by how much it had to move."""
    margin = _MARGIN * side
    moved = min(max(start, last + margin - side), first - margin)
    return moved, abs(moved - start)


def _canvas(ink: Ink, box: tuple[float, float, float, float], frame: Frame) -> Ink:
    return to_canvas(ink, box, frame.size_px)
