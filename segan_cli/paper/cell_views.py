"""A scanned cell as it was on the page, kept beside the glyphs: to look at, and to cut again.

For each glyph that a scan writes, `.segan-scan/` holds the cell with what is around it, as a small JPEG in colour, and its
ink without ruling as a PNG; `scan.json` says which belong to a glyph, and where in them the cell lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segan_cli.config import from_mapping
from segan_cli.errors import SeganError, UsageError
from segan_cli.files.documents import DocumentError, cause_of, read_json
from segan_cli.files.plain import open_plain
from segan_cli.files.writing import is_safe_name, written_beside
from segan_cli.glyph import Frame, GlyphRaster
from segan_cli.paper.cutting import OUTSIDE, cut_cells
from segan_cli.paper.flat_page import FlatPage
from segan_cli.paper.hand_scale import on_canvas
from segan_cli.paper.opencv import opencv
from segan_cli.paper.ruling import Box

VIEWS = ".segan-scan"
REPORT = "scan.json"
LARGEST_PX = 384
"""Side of the coloured view."""
LARGEST_INK = 32 << 20
"""Pixels of an ink picture that is read back; a cell of ours has a million."""

Part = tuple[float, float, float, float]
"""Left, top, width and height, in parts of the view's width and height."""


@dataclass(frozen=True, slots=True, eq=False)
class CellView:
    """A cell with what is around it.

    Args:
        colour: a JPEG of the evened page, its longer side at most 384 px.
        ink: a PNG of the ink without ruling, 255 is ink, at the page's own resolution.
        cell: where the cell lies in both.
    """

    colour: bytes
    ink: bytes
    cell: Part


@dataclass(frozen=True, slots=True)
class ScannedCell:
    """Which view belongs to a glyph.

    Args:
        view: the name of its files.
        cell: where the cell lies in them.
        page: the picture that it was cut from, and the number of the cell, for people.
    """

    view: str
    cell: Part
    page: str = ""

    def __post_init__(self) -> None:
        if not is_safe_name(self.view) or not all(0 <= value <= 1 for value in self.cell) or min(self.cell[2:]) <= 0:
            raise ValueError(f"the view {self.view!r} of a cell is none of ours.")


@dataclass(frozen=True, slots=True)
class ScannedFolder:
    """What a scan left in a glyph folder.

    Args:
        folder: the glyph folder.
        em: the em, in sides of a cell.
        cells: by character.
    """

    folder: Path
    em: float
    cells: Mapping[str, ScannedCell]


def cell_view(flat: FlatPage, box: Box) -> CellView:
    """Cut a cell out of a flat page, with what is around it."""
    cv, margin = opencv(), OUTSIDE * box.side
    height, width = flat.ink.shape[:2]
    left, top = max(0, round(box.x - margin)), max(0, round(box.y - margin))
    right, low = min(width, round(box.x + box.width + margin)), min(height, round(box.y + box.height + margin))
    colour = cv.cvtColor(flat.picture[top:low, left:right], cv.COLOR_RGB2BGR)
    scale = min(1.0, LARGEST_PX / max(colour.shape[:2]))
    small = cv.resize(colour, None, fx=scale, fy=scale, interpolation=cv.INTER_AREA)
    parts = (
        (box.x - left) / (right - left),
        (box.y - top) / (low - top),
        box.width / (right - left),
        box.height / (low - top),
    )
    cell: Part = (_part(parts[0]), _part(parts[1]), _part(parts[2]), _part(parts[3]))
    jpeg = cv.imencode(".jpg", small, [cv.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()
    return CellView(bytes(jpeg), bytes(cv.imencode(".png", flat.ink[top:low, left:right])[1].tobytes()), cell)


def write_view(view: CellView, folder: Path, name: str) -> None:
    """Keep a cell's pictures in a glyph folder."""
    for ending, data in ((".jpg", view.colour), (".png", view.ink)):
        with written_beside(folder / VIEWS / f"{name}{ending}") as beside:
            beside.write_bytes(data)


def read_scanned(folder: Path) -> ScannedFolder | None:
    """What a scan left in a folder; None where there was none that kept its cells, or its report is damaged."""
    try:
        report = read_json(folder / REPORT)
        entries, em = report["glyphs"].values(), float(report["em"])
        if not 1e-3 <= em <= 1e3:
            return None
        cells = {str(entry["char"]): _cell_of(entry) for entry in entries if "view" in entry}
    except (OSError, DocumentError, UsageError, KeyError, TypeError, ValueError, AttributeError):
        return None
    return ScannedFolder(folder, em, cells) if cells else None


def recut(scanned: ScannedFolder, cell: ScannedCell, char: str, wanted: Part, frame: Frame) -> GlyphRaster:
    """Cut a glyph again, from a part of its view.

    Args:
        scanned: the folder.
        cell: which view.
        char: the character.
        wanted: what to take of the view; ink outside is left. Its place and size in the em stay those of the cell.
        frame: the canvas.

    Raises:
        UsageError: the part is none, or there is no ink in it.
        SeganError: the view is gone or damaged.
    """
    left, top, width, height = wanted
    if not (0 <= left < left + width <= 1.0001 and 0 <= top < top + height <= 1.0001):
        raise UsageError("What is to be cut out must lie within the picture of the cell.")
    ink = _ink(scanned.folder / VIEWS / f"{cell.view}.png")
    high, wide = ink.shape
    masked = np.zeros_like(ink)
    rows = slice(round(top * high), max(round(top * high) + 1, round((top + height) * high)))
    columns = slice(round(left * wide), max(round(left * wide) + 1, round((left + width) * wide)))
    masked[rows, columns] = ink[rows, columns]
    box = Box(cell.cell[0] * wide, cell.cell[1] * high, cell.cell[2] * wide, cell.cell[3] * high)
    cut = cut_cells(masked, [box])[0]
    raster = None if cut.is_empty else on_canvas(char, cut, scanned.em, frame)[0]
    if raster is None:
        raise UsageError("There is no ink in that part of the cell.")
    return raster


def _cell_of(entry: Mapping[str, Any]) -> ScannedCell:
    words = {"view": entry["view"], "cell": entry["view_cell"], "page": f"{entry['picture']}, cell {entry['cell']}"}
    return from_mapping(ScannedCell, words)


def _ink(path: Path) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    from PIL import Image

    try:
        with open_plain(path) as file, Image.open(file, formats=["PNG"]) as picture:
            if picture.width * picture.height > LARGEST_INK:
                raise ValueError(f"{picture.width} × {picture.height} px")
            return np.asarray(picture.convert("L"), dtype=np.uint8)
    except Exception as error:  # decoders raise of every kind on damaged data
        raise SeganError(
            f"The cell's picture {path} cannot be read ({cause_of(error, path)}). Scan its page again."
        ) from error


def _part(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 5)
