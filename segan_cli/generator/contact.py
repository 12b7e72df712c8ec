"""A contact sheet: one row of glyphs for each style, to choose by eye."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from segan_cli.files import written_beside
from segan_cli.glyph import Ink

CELL_PX, LABEL_PX, MARGIN_PX = 96, 26, 12


def write_contact_sheet(rows: Sequence[tuple[str, Sequence[Ink]]], path: Path) -> Path:
    """Write a PNG with a label and a row of glyphs for each style.

    Args:
        rows: label (Latin letters and digits) and inks of one style each.
        path: the PNG.
    """
    columns = max(1, *(len(inks) for _, inks in rows)) if rows else 1
    height = LABEL_PX + CELL_PX + MARGIN_PX
    sheet = Image.new("L", (columns * CELL_PX + 2 * MARGIN_PX, len(rows) * height + MARGIN_PX), 255)
    pen, letters = ImageDraw.Draw(sheet), ImageFont.load_default(15)
    for row, (label, inks) in enumerate(rows):
        top = MARGIN_PX + row * height
        pen.text((MARGIN_PX, top), label, fill=90, font=letters)
        for column, ink in enumerate(inks):
            sheet.paste(_cell(ink), (MARGIN_PX + column * CELL_PX, top + LABEL_PX))
    with written_beside(path) as beside:
        sheet.save(beside, "PNG")
    return path


def _cell(ink: Ink) -> Image.Image:
    grey = Image.fromarray(255 - np.rint(ink * 255).astype(np.uint8))
    return grey.resize((CELL_PX, CELL_PX), Image.Resampling.LANCZOS)
