"""From a wish to a PDF and its sheet file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import numpy as np

from segan_cli.errors import SeganError, UsageError
from segan_cli.files.writing import check_output, written_beside
from segan_cli.glyph import Frame, GlyphRaster, Ink
from segan_cli.paper.pdf import draw_sheets
from segan_cli.paper.sheet import Sheets
from segan_cli.paper.sheet_file import read_sheet_file, write_sheet_file

MODEL_PX = 256
"""Side of a printed model character's picture."""


class ModelFont(Protocol):
    """Where the pictures of the source font come from."""

    def has(self, char: str) -> bool:
        """Whether it draws the character."""

    def render(self, char: str, frame: Frame) -> GlyphRaster:
        """Draw it."""


def sheet_file_of(pdf: Path) -> Path:
    """`write.json` beside `write.pdf`.

    Raises:
        UsageError: the name does not end in .pdf.
    """
    if pdf.suffix.lower() != ".pdf":
        raise UsageError(f"The sheets are written as PDF; give {pdf} the ending .pdf")
    return pdf.with_suffix(".json")


def write_sheets(
    sheets: Sheets,
    pdf: Path,
    font: ModelFont,
    *,
    overwrite: bool = False,
    advance: Callable[[int], None] = lambda steps: None,
) -> tuple[Path, Path]:
    """Write the PDF and, beside it under the same name, the sheet file.

    Args:
        sheets: what is on which page.
        pdf: the file; its name ends in .pdf.
        font: where the model characters come from.
        overwrite: whether other sheets of this name may be replaced: pages that were written on could not be read any more.
        advance: told how many pages are done since its last call.

    Raises:
        UsageError: the name, a place that cannot be written, or other sheets or another document that lie there.
    """
    beside = sheet_file_of(pdf)
    check_output(pdf)
    if beside.exists() and not overwrite:
        _check_same(sheets, beside)
    elif pdf.exists() and not overwrite:
        raise UsageError(
            f"{pdf} is there already, and no sheet file beside it says that it is one of segan's. Choose another --out, or say "
            "--overwrite."
        )
    data = draw_sheets(sheets, lambda char: _model_ink(font, char), advance)
    write_sheet_file(sheets, beside)
    with written_beside(pdf) as fresh:
        fresh.write_bytes(data)
    return pdf, beside


def _check_same(sheets: Sheets, file: Path) -> None:
    try:
        same = read_sheet_file(file) == sheets
    except UsageError:
        same = False
    if not same:
        raise UsageError(
            f"{file} describes other sheets, and without it pages that were written on cannot be scanned. "
            "Choose another --out, or say --overwrite."
        )


def _model_ink(font: ModelFont, char: str) -> Ink | None:
    if not font.has(char):
        return None
    try:
        return np.asarray(font.render(char, Frame(MODEL_PX)).ink)
    except SeganError:
        return None
