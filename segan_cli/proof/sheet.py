"""The proof as a contact sheet: every character in its cell with its code point, suspects marked, as PNG."""

from __future__ import annotations

import io
from dataclasses import dataclass
from math import ceil, sqrt
from typing import TYPE_CHECKING, Any

from segan_cli.proof.page import describe_counts, seal_text, shorten

if TYPE_CHECKING:
    from PIL.Image import Image

    from segan_cli.proof.proof import Proof

PAPER, INK, SOFT, RULE, SEAL = (250, 246, 238), (29, 25, 21), (125, 115, 100), (226, 218, 202), (181, 53, 31)
_PER_SHEET = 7500
"""Ours: a picture of this many cells, about 6,000 px square, still opens everywhere; GB2312 (6,763) fits one."""
_MOST_MISSING = 400
"""Ours: missing characters drawn on the last sheet; beyond that their number is written."""
_MARGIN = 56
_HEAD = 190


@dataclass(frozen=True, slots=True)
class _Cell:
    """A character on the sheet: drawn, or missing."""

    char: str
    advance: int
    has_ink: bool
    is_missing: bool
    is_suspect: bool
    is_written: bool


def draw_sheets(proof: Proof) -> list[bytes]:
    """Draw the contact sheets.

    Args:
        proof: the font and what is known about its glyphs.

    Returns:
        PNG files of up to 7,500 characters each; the missing ones follow the last glyph.
    """
    cells = _cells(proof)
    per_sheet = ceil(len(cells) / ceil(len(cells) / _PER_SHEET))
    pages = [cells[start : start + per_sheet] for start in range(0, len(cells), per_sheet)]
    return [
        _draw_sheet(proof, page, f"{number} / {len(pages)}" if len(pages) > 1 else "")
        for number, page in enumerate(pages, 1)
    ]


def _cells(proof: Proof) -> list[_Cell]:
    verdicts = proof.verdicts
    drawn = [
        _Cell(
            g.char,
            g.advance,
            g.bounds is not None,
            False,
            g.char in verdicts.suspect,
            verdicts.origin.get(g.char) == "written",
        )
        for g in proof.font.glyphs
    ]
    return drawn + [_Cell(char, 0, False, True, False, False) for char in sorted(verdicts.missing)[:_MOST_MISSING]]


@dataclass(frozen=True, slots=True)
class _Grid:
    """The sheet's measures in pixels."""

    count: int
    size: int
    columns: int

    @property
    def row(self) -> int:
        return round(self.size * 1.2) + 6

    @property
    def width(self) -> int:
        return self.columns * self.size + 2 * _MARGIN

    @property
    def height(self) -> int:
        return ceil(self.count / self.columns) * self.row + _HEAD + 2 * _MARGIN

    def corner(self, number: int) -> tuple[int, int]:
        """Left and upper edge of a cell."""
        down, across = divmod(number, self.columns)
        return _MARGIN + across * self.size, _MARGIN + _HEAD + down * self.row


def _grid(count: int) -> _Grid:
    size = 132 if count <= 150 else 96 if count <= 1200 else 64
    return _Grid(count, size, max(ceil(900 / size), round(sqrt(count * 1.35))))


def _draw_sheet(proof: Proof, cells: list[_Cell], page: str) -> bytes:
    from PIL import Image, ImageDraw

    grid = _grid(len(cells))
    image = Image.new("RGB", (grid.width, grid.height), PAPER)
    pen = ImageDraw.Draw(image)
    _draw_head(proof, pen, grid, page)
    own, label = _own_font(proof, round(grid.size * 0.7)), _label_font(max(10, grid.size // 7))
    for number, cell in enumerate(cells):
        _draw_cell(proof, pen, own, label, cell, grid.corner(number), grid)
    return _png(image)


def _draw_head(proof: Proof, pen: Any, grid: _Grid, page: str) -> None:
    font = proof.font
    pen.rounded_rectangle((_MARGIN, _MARGIN, _MARGIN + 112, _MARGIN + 112), 12, fill=SEAL)
    seal = seal_text(font, proof.specimen.headline)[:1]
    pen.text((_MARGIN + 56, _MARGIN + 56), seal, PAPER, _own_font(proof, 84), anchor="mm")
    left, room = _MARGIN + 144, grid.width - 2 * _MARGIN - 144
    size = min(76, int(room / max(1.0, sum(0.6 if ord(char) < 0x2E80 else 1.05 for char in proof.specimen.headline))))
    pen.text((left, _MARGIN + 66), proof.specimen.headline, INK, _own_font(proof, size), anchor="ls")
    title = " ".join(part for part in (_plain(font.names.family), font.names.style, font.names.version, page) if part)
    more = len(proof.verdicts.missing) - _MOST_MISSING
    counts = describe_counts(proof) + (f" (the first {_MOST_MISSING} are drawn)" if more > 0 else "")
    _write_fitting(pen, (left, _MARGIN + 98), f"{title}   {counts}".replace("·", "|"), room)
    pen.line((_MARGIN, _MARGIN + _HEAD - 36, grid.width - _MARGIN, _MARGIN + _HEAD - 36), INK, 1)


def _write_fitting(pen: Any, place: tuple[int, int], text: str, room: int) -> None:
    size = 22
    while size > 9 and pen.textlength(text, _label_font(size)) > room:
        size -= 1
    pen.text(place, text, SOFT, _label_font(size), anchor="lm")


def _plain(text: str) -> str:
    """The part of a name that the labels' built-in Latin font can write."""
    return "".join(char for char in text if char.isascii()).strip()


def _draw_cell(proof: Proof, pen: Any, own: Any, label: Any, cell: _Cell, corner: tuple[int, int], grid: _Grid) -> None:
    x, y = corner
    size, metrics = grid.size, proof.font.metrics
    pen.rectangle((x, y, x + size, y + grid.row), outline=RULE)
    middle, top = x + size / 2, y + size * 0.13
    if cell.is_missing or (cell.has_ink and not _draw_ink(pen, own, cell, middle, top, metrics)):
        _draw_cross(pen, middle, top, size * 0.58)
    colour = SEAL if cell.is_suspect or cell.is_missing else SOFT
    pen.text((middle, y + grid.row - 4), shorten(cell.char), colour, label, anchor="ms")
    if cell.is_suspect:
        pen.ellipse((x + size - 12, y + 5, x + size - 5, y + 12), fill=SEAL)
    if cell.is_written:
        pen.rectangle((x + 5, y + 5, x + 11, y + 11), outline=SEAL)


def _draw_ink(pen: Any, own: Any, cell: _Cell, middle: float, top: float, metrics: Any) -> bool:
    """Draw a glyph as it sits in its em; False where FreeType cannot."""
    scale = own.size / metrics.units_per_em
    place = (middle - cell.advance * scale / 2, top + metrics.em_top * scale)
    try:
        pen.text(place, cell.char, INK, own, anchor="ls")
    except OSError:
        return False
    return True


def _draw_cross(pen: Any, middle: float, top: float, size: float) -> None:
    left, right, bottom = middle - size / 2, middle + size / 2, top + size
    pen.rectangle((left, top, right, bottom), outline=SEAL)
    pen.line((left, top, right, bottom), SEAL)
    pen.line((left, bottom, right, top), SEAL)


def _own_font(proof: Proof, size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(io.BytesIO(proof.font.sfnt), size, layout_engine=ImageFont.Layout.BASIC)


def _label_font(size: int) -> Any:
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _png(image: Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG", compress_level=4)
    return file.getvalue()
