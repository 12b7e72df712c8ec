"""`write.json`: what is on which page. It lies beside the PDF, and `segan scan` needs it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from segan_cli.config import from_mapping
from segan_cli.errors import UsageError
from segan_cli.files.documents import DocumentError, cause_of, read_json
from segan_cli.files.writing import write_json
from segan_cli.paper.sheet import MOST_PAGES, Cell, SheetDesign, SheetPage, Sheets

FORMAT = "segan sheets 1"
_LARGEST_FILE = 16 * 2**20


def write_sheet_file(sheets: Sheets, path: Path) -> None:
    """Write the file; a cell is its character and, in millimetres, its left, upper edge and side."""
    write_json(
        path,
        {
            "format": FORMAT,
            "code": sheets.code,
            "design": asdict(sheets.design),
            "pages": [
                {"page": page.number, "cells": [[cell.char, cell.x, cell.y, cell.side] for cell in page.cells]}
                for page in sheets.pages
            ],
        },
    )


def read_sheet_file(path: Path) -> Sheets:
    """Read the file.

    Raises:
        UsageError: not there, or no file that `segan sheets` wrote.
    """
    try:
        return _sheets(path, read_json(path, largest=_LARGEST_FILE))
    except OSError as error:
        raise UsageError(f"The sheet file {path} cannot be read: {error.strerror or error}.") from error
    except (DocumentError, ValueError, KeyError, TypeError, IndexError) as error:
        raise UsageError(
            f"{path} is no sheet file ({cause_of(error, path)}). Give the .json that segan sheets wrote beside the PDF; for paper "
            "without corner marks, leave --sheets out and say --grid or --free."
        ) from error


def _sheets(path: Path, found: Any) -> Sheets:
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise ValueError(f'it does not say "format": "{FORMAT}"')
    design = from_mapping(SheetDesign, found["design"], where=str(path))
    pages = tuple(_page(number, one) for number, one in enumerate(found["pages"], 1))
    code = int(found["code"])
    if not pages or not 0 <= code < MOST_PAGES:
        raise ValueError("it has no pages, or a code that no sheet has")
    sheets = Sheets(design, code, pages)
    width, height = sheets.size_mm
    for cell in (cell for page in pages for cell in page.cells):
        inside = 0 <= cell.x <= width - cell.side and 0 <= cell.y <= height - cell.side
        if len(cell.char) != 1 or not 1 <= cell.side <= 200 or not inside:
            raise ValueError(f"the cell of {cell.char!r} does not lie on the page")
    return sheets


def _page(number: int, found: Any) -> SheetPage:
    if int(found["page"]) != number:
        raise ValueError(f"page {found['page']} stands where page {number} belongs")
    cells = tuple(Cell(str(char), float(x), float(y), float(side)) for char, x, y, side in found["cells"])
    return SheetPage(number, cells)
