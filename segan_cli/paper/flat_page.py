"""A picture of a page becomes the page, flat and upright, with a box for each cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from segan_cli.errors import SeganError
from segan_cli.paper.marks import FoundPage, Points, find_marks, page_transform
from segan_cli.paper.opencv import opencv
from segan_cli.paper.page_ink import Layer, even_light, ink_layer, print_layer
from segan_cli.paper.pictures import Colour
from segan_cli.paper.ruling import Box, Line, align, remove_ruling
from segan_cli.paper.sheet import GAP_MM, MARGIN_MM, MARK_MM, SheetPage, Sheets, ruling_lines

_LEAST_PX_PER_MM, _MOST_PX_PER_MM = 3.0, 16.0
"""75 and 400 dots per inch."""
_MOST_MISS_MM = 2.5
_WIDEST_STROKE = 0.45
"""Of the cell's side."""


@dataclass(frozen=True, slots=True, eq=False)
class FlatPage:
    """A page as if it had been scanned straight.

    Args:
        picture: the page with its light evened.
        ink: its ink, without ruling.
        boxes: its cells.
        px_per_mm: the resolution; 0 where the paper's size is not known.
        remarks: what is odd about the picture, in words.
    """

    picture: Colour
    ink: Layer
    boxes: tuple[Box, ...]
    px_per_mm: float = 0.0
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class PlacedPage:
    """A picture whose page is known."""

    page: SheetPage
    found: FoundPage
    transform: Points


def place(picture: Colour, sheets: Sheets) -> PlacedPage:
    """Find out which page of the sheets a picture shows, and where.

    Raises:
        SeganError: fewer than three marks, another sheet file's page, or marks that do not fit the paper.
    """
    cv = opencv()
    found = find_marks(cv.cvtColor(picture, cv.COLOR_RGB2GRAY))
    count = len(found.marks)
    if count == 0:
        raise SeganError(
            "no corner mark is seen: this is no sheet of segan's, or its corners are cut off. For other paper, leave "
            "--sheets out and say --grid 8x11 or --free."
        )
    if count < 3:
        raise SeganError(
            f"only {count} of 4 corner marks is seen; three are needed. Scan it again with its corners free."
        )
    if found.code is not None and found.code != sheets.code:
        raise SeganError(
            f"it belongs to other sheets (number {found.code}; the sheet file describes {sheets.code}). Give their file: --sheets"
        )
    page = sheets.page(found.page) if found.page is not None else None
    if found.page is None or found.code is None or page is None:
        raise SeganError(
            f"its corner marks contradict each other or name a page {found.page} that the sheet file does not have."
        )
    transform, miss = page_transform(found.marks, sheets.size_mm)
    if miss > _MOST_MISS_MM:
        raise SeganError(
            f"its corner marks lie {miss:.1f} mm off the places that the sheet file gives: the paper is bent, or printed on another size."
        )
    return PlacedPage(page, found, transform)


def flatten(picture: Colour, placed: PlacedPage, sheets: Sheets) -> FlatPage:
    """Undo turning and perspective, even the light, find the cells and take the ruling away."""
    cv = opencv()
    size = np.asarray(sheets.size_mm)
    resolution = _resolution(placed.transform, size)
    px_per_mm = float(np.clip(resolution, _LEAST_PX_PER_MM, _MOST_PX_PER_MM))
    width, height = (round(one * px_per_mm) for one in size)
    # pixel centres lie at half pixels in both pictures
    to_mm = np.asarray([[1 / px_per_mm, 0, 0.5 / px_per_mm], [0, 1 / px_per_mm, 0.5 / px_per_mm], [0, 0, 1]])
    back = np.asarray([[1, 0, -0.5], [0, 1, -0.5], [0, 0, 1]])
    matrix = back @ placed.transform @ to_mm
    if resolution > 1.3 * px_per_mm:
        picture = cv.GaussianBlur(picture, (0, 0), 0.4 * resolution / px_per_mm)
    flat = cv.warpPerspective(
        picture, matrix, (width, height), flags=cv.INTER_LINEAR | cv.WARP_INVERSE_MAP, borderMode=cv.BORDER_REPLICATE
    )
    boxes = [
        Box(*(float(one * px_per_mm) for one in (cell.x, cell.y, cell.side, cell.side))) for cell in placed.page.cells
    ]
    lines, remarks = ruling_lines(sheets.design.ruling), _remarks(placed.found, resolution)
    page = finish_page(flat, boxes, lines, px_per_mm, remarks, min(0.035, 0.45 * GAP_MM / sheets.design.cell_mm))
    edge = round((MARGIN_MM + MARK_MM + 0.5) * px_per_mm)  # the marks and what is printed between them
    page.ink[:edge], page.ink[height - edge :] = 0, 0
    return page


def finish_page(
    flat: Colour,
    boxes: Sequence[Box],
    lines: Sequence[Line],
    px_per_mm: float = 0.0,
    remarks: Sequence[str] = (),
    reach: float = 0.035,
) -> FlatPage:
    """Even the light, move the cells to their frames, and take the ruling away.

    Args:
        flat: the page.
        boxes: where its cells should be.
        lines: the ruling of a cell.
        px_per_mm: the resolution; 0 where the paper's size is not known.
        remarks: what is odd about the picture.
        reach: how far from its place a frame is looked for, in parts of a cell's side.
    """
    widest = _WIDEST_STROKE * max(box.side for box in boxes)
    evened = even_light(flat, px_per_mm or 12.0, widest / (px_per_mm or 12.0))
    ink = ink_layer(evened)
    aligned = align(print_layer(evened), boxes, reach)
    remove_ruling(ink, aligned, lines)
    return FlatPage(evened, ink, tuple(aligned), px_per_mm, tuple(remarks))


def _resolution(transform: Points, size_mm: Points) -> float:
    """Pixels of the picture per millimetre in the middle of the sheet."""
    middle = size_mm / 2
    ends = middle + np.asarray([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)])
    seen = np.c_[ends, np.ones(3)] @ transform.T
    seen = seen[:, :2] / seen[:, 2:]
    one, other = seen[1] - seen[0], seen[2] - seen[0]
    return float(np.sqrt(abs(one[0] * other[1] - one[1] * other[0])))


def _remarks(found: FoundPage, resolution: float) -> list[str]:
    remarks = []
    if len(found.marks) == 3:
        corner = ({0, 1, 2, 3} - {mark.corner for mark in found.marks}).pop()
        names = ("upper left", "upper right", "lower right", "lower left")
        remarks.append(f"its {names[corner]} mark is not seen; three were enough")
    if resolution < 6:
        remarks.append(f"only {resolution * 25.4:.0f} dots per inch; 300 give finer edges")
    return remarks
