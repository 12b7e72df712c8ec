"""The sheets as a PDF to print: marks, ruling, and the characters to write."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np

from segan_cli import __version__
from segan_cli.glyph import Ink
from segan_cli.paper.marks import MODULES, mark_modules
from segan_cli.paper.sheet import (
    COLOURS,
    MARGIN_MM,
    MARK_MM,
    MODEL_MM,
    Cell,
    SheetPage,
    Sheets,
    mark_numbers,
    mark_places,
    ruling_lines,
)

ModelPicture = Callable[[str], Ink | None]
"""The picture of a character to write, square; None where the source font lacks it."""

_POINTS = 72 / 25.4
_FRAME_MM, _INNER_MM = 0.3, 0.15
_DASHES_MM = (1.0, 1.0)
_FAINT = 0.55
"""How strongly the model character is printed, as a part of the ruling's colour."""


def draw_sheets(sheets: Sheets, model: ModelPicture, advance: Callable[[int], None] = lambda steps: None) -> bytes:
    """Draw all pages.

    Args:
        sheets: what is on which page.
        model: the pictures of the characters; asked only where the design shows them.
        advance: told how many pages are done since its last call.

    Returns:
        A PDF; the same sheets and pictures give the same bytes.
    """
    from reportlab.pdfgen.canvas import Canvas

    width, height = sheets.size_mm
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(width * _POINTS, height * _POINTS), pageCompression=1, invariant=1)
    canvas.setTitle("Sheets to write on")
    canvas.setCreator(f"segan {__version__}")
    for page in sheets.pages:
        _Page(canvas, sheets, page, model).draw()
        canvas.showPage()
        advance(1)
    canvas.save()
    return file.getvalue()


class _Page:
    """One page on the canvas; places in millimetres from the upper left corner, as everywhere in this room."""

    def __init__(self, canvas: Any, sheets: Sheets, page: SheetPage, model: ModelPicture) -> None:
        self.canvas, self.sheets, self.page, self.model = canvas, sheets, page, model
        self.design = sheets.design
        self.colour = tuple(part / 255 for part in COLOURS[self.design.colour])
        self.height = sheets.size_mm[1]

    def draw(self) -> None:
        for cell in self.page.cells:
            self._draw_model(cell)
        for cell in self.page.cells:
            self._draw_ruling(cell)
        for number, (x, y) in zip(
            mark_numbers(self.sheets.code, self.page.number), mark_places(self.sheets.size_mm), strict=True
        ):
            self._draw_mark(number, x, y)
        self._draw_head()

    def _draw_mark(self, number: int, x: float, y: float) -> None:
        module = MARK_MM / MODULES
        self.canvas.setFillGray(0)
        path = self.canvas.beginPath()
        for row, across in enumerate(mark_modules(number)):
            for start, end in _runs(across):
                path.rect(*self._box(x + start * module, y + row * module, (end - start) * module, module))
        self.canvas.drawPath(path, stroke=0, fill=1)

    def _draw_ruling(self, cell: Cell) -> None:
        self.canvas.setStrokeColorRGB(*self.colour)
        for number, (x1, y1, x2, y2) in enumerate(ruling_lines(self.design.ruling)):
            is_frame = number < 4
            self.canvas.setLineWidth((_FRAME_MM if is_frame else _INNER_MM) * _POINTS)
            self.canvas.setDash([] if is_frame else [part * _POINTS for part in _DASHES_MM])
            ends = (cell.x + x1 * cell.side, cell.y + y1 * cell.side, cell.x + x2 * cell.side, cell.y + y2 * cell.side)
            self.canvas.line(*self._point(*ends[:2]), *self._point(*ends[2:]))

    def _draw_model(self, cell: Cell) -> None:
        ink = None if self.design.model == "none" else self.model(cell.char)
        if self.design.model == "faint" and ink is not None:
            self._draw_picture(ink, _FAINT, cell.x, cell.y, cell.side)
        elif self.design.model == "beside" and ink is not None:
            side = MODEL_MM - 1
            self._draw_picture(ink, 1.0, cell.x, cell.y - MODEL_MM + 0.5, side)
        elif self.design.model == "beside":
            self._write(f"U+{ord(cell.char):04X}", cell.x, cell.y - 1.5, 8)

    def _draw_picture(self, ink: Ink, strength: float, x: float, y: float, side: float) -> None:
        from PIL import Image
        from reportlab.lib.utils import ImageReader

        tint = 1 - strength * (1 - np.asarray(self.colour, dtype=np.float32))
        rgb = 255 * (1 - ink[..., None] * (1 - tint))
        picture = Image.fromarray(np.rint(rgb).astype(np.uint8)).quantize(16)
        self.canvas.drawImage(ImageReader(picture.convert("RGB")), *self._box(x, y, side, side))

    def _draw_head(self) -> None:
        left, count = MARGIN_MM + MARK_MM + 5, len(self.sheets.pages)
        title = f"Page {self.page.number} of {count}"
        self._write(title, left, MARGIN_MM + 4, 10)
        hint = "Print at 100 %. Write in black ink, one character a cell. Leave the corner marks free, and all four in the scan."
        self._write(hint, left, MARGIN_MM + 8.2, 7)
        self._write(f"sheets {self.sheets.code}", left, self.height - MARGIN_MM - 1.2, 7)

    def _write(self, text: str, x: float, y: float, size: float) -> None:
        self.canvas.setFillGray(0.45)
        self.canvas.setFont("Helvetica", size)
        self.canvas.drawString(*self._point(x, y), text)

    def _point(self, x: float, y: float) -> tuple[float, float]:
        return x * _POINTS, (self.height - y) * _POINTS

    def _box(self, x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
        return *self._point(x, y + height), width * _POINTS, height * _POINTS


def _runs(across: Any) -> list[tuple[int, int]]:
    """Start and end of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], np.asarray(across, int), [0]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
