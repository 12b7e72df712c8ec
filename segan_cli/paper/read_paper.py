"""Which kind of paper: sheets with corner marks, paper with a grid, or paper without."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from segan_cli.errors import UsageError, did_you_mean
from segan_cli.paper.corner_points import Corners, read_corners
from segan_cli.paper.flat_page import FlatPage, flatten, place
from segan_cli.paper.free_layout import find_characters
from segan_cli.paper.grid import find_grid
from segan_cli.paper.order import assign, read_order
from segan_cli.paper.pictures import Colour, PictureSource
from segan_cli.paper.scan import PageReader, ReadPages, read_pages
from segan_cli.paper.scan_folder import ScanOrder
from segan_cli.paper.sheet import Sheets
from segan_cli.paper.sheet_file import read_sheet_file

Reading = Literal["rows", "columns"]


@dataclass(frozen=True, slots=True)
class PaperWish:
    """What was asked for.

    Args:
        sheets: the sheet file, for pages with corner marks.
        grid: "8x11", columns and rows, for other paper with a grid.
        free: paper without a grid.
        order: what is written, for paper without marks: a file, or the text.
        reading: "rows" or "columns".
        corners: the corners of the grid, or of the text, in the pictures.
        keep: "later" or "both".
        fill: the part of the em that the largest characters fill; None takes the cell as the em.
        size_px: side of the pictures.
        overwrite: whether a folder of other pictures may be written to.
    """

    sheets: Path | None = None
    grid: str | None = None
    free: bool = False
    order: str | None = None
    reading: str = "rows"
    corners: str | None = None
    keep: str = "later"
    fill: float | None = None
    size_px: int = 512
    overwrite: bool = False

    def __post_init__(self) -> None:
        kinds = sum((self.sheets is not None, self.grid is not None, self.free))
        if kinds == 0:
            raise UsageError(
                "Say what paper this is: --sheets write.json (printed by segan sheets), --grid 8x11 --order list.txt (a grid "
                "without corner marks), or --free --order list.txt (no grid)."
            )
        if kinds > 1:
            raise UsageError("--sheets, --grid and --free are three kinds of paper: give one of them.")
        if self.sheets is None and self.order is None:
            raise UsageError("Paper without corner marks does not say what is written on it: add --order list.txt")
        if self.sheets is not None and (self.order or self.corners):
            raise UsageError("--order and --corners are for paper without corner marks; the sheet file says both.")
        for name, value, known in (
            ("reading", self.reading, ("rows", "columns")),
            ("keep", self.keep, ("later", "both")),
        ):
            if value not in known:
                raise UsageError(f"--{name} is {value!r}; it is {' or '.join(known)}.{did_you_mean(value, known)}")
        if self.grid is not None:
            parsed_grid(self.grid)


def parsed_grid(text: str) -> tuple[int, int]:
    """Columns and rows of "8x11".

    Raises:
        UsageError: not of this form, or more than 60 either way.
    """
    match = re.fullmatch(r"\s*(\d{1,3})\s*[xX×*]\s*(\d{1,3})\s*", text)
    if not match or not (1 <= int(match[1]) <= 60 and 1 <= int(match[2]) <= 60):
        raise UsageError(f"--grid is {text!r}; write columns x rows, 8x11 for instance, each 1 to 60.")
    return int(match[1]), int(match[2])


def read_paper(
    wish: PaperWish,
    sources: Sequence[PictureSource],
    problems: Sequence[str],
    out: Path,
    advance: Callable[[int], None] = lambda steps: None,
) -> tuple[ReadPages, ScanOrder]:
    """Read all pictures, and give every cell its character.

    Args:
        wish: what was asked for.
        sources: the pictures.
        problems: what was wrong with other files; it becomes part of the result.
        out: the glyph folder.
        advance: told how many pictures are done since its last call.

    Raises:
        UsageError: the sheet file, the order or the corners cannot be read.
    """
    keep = cast(Literal["later", "both"], wish.keep)
    order = ScanOrder(out, (), 0, wish.size_px, wish.fill, keep, wish.overwrite, has_cells=not wish.free)
    if wish.sheets is not None:
        sheets = read_sheet_file(wish.sheets)
        read = read_pages(sources, _marked(sheets), advance)
        order = replace(order, wanted=sheets.chars, pages=len(sheets.pages))
    else:
        chars = read_order(wish.order or "")
        corners = read_corners(wish.corners) if wish.corners else None
        read = assign(read_pages(sources, _unmarked(wish, corners), advance), chars, exact=wish.free)
        order = replace(order, wanted=tuple(dict.fromkeys(char for char in chars if char)))
    return replace(read, problems=(*problems, *read.problems)), order


def _marked(sheets: Sheets) -> PageReader:
    def reader(picture: Colour, source: PictureSource) -> tuple[int, tuple[str, ...], FlatPage]:
        placed = place(picture, sheets)
        chars = tuple(cell.char for cell in placed.page.cells)
        return placed.page.number, chars, flatten(picture, placed, sheets)

    return reader


def _unmarked(wish: PaperWish, corners: Corners | None) -> PageReader:
    reading = cast(Reading, wish.reading)

    def reader(picture: Colour, source: PictureSource) -> tuple[int, tuple[str, ...], FlatPage]:
        points = corners.of(source.path.name) if corners else None
        if wish.grid is None:
            return 0, (), find_characters(picture, points, reading)
        return 0, (), find_grid(picture, parsed_grid(wish.grid), points, reading)

    return reader
