"""From scans and photos to cells: which page each picture shows, and the ink of every cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from segan_cli.errors import SeganError
from segan_cli.paper.cell_views import CellView, cell_view
from segan_cli.paper.cutting import CutCell, cut_cells
from segan_cli.paper.flat_page import FlatPage
from segan_cli.paper.opencv import opencv
from segan_cli.paper.pictures import Colour, PictureSource, read_picture
from segan_cli.paper.ruling import Box
from segan_cli.workers import core_count

PREVIEW_PX = 1100
"""The longer side of a page's picture in scan.html."""
_MOST_AT_ONCE = 4
"""Pages in work at a time; each holds a few pictures of its size in memory."""

LEFT_OUT = ""
"""In place of a character: this cell is not read."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadPage:
    """A picture that was read.

    Args:
        source: the picture.
        number: the page's number, from 1; 0 where pages have none.
        cells: the cells, in the order of the page.
        boxes: where they lie in the flat picture.
        chars: what belongs into each; LEFT_OUT for a cell that is not read. Empty until that is known.
        preview: the flat picture as a small JPEG.
        size: width and height of the flat picture.
        remarks: what is odd about it.
        views: each cell with what is around it; None for an empty one.
    """

    source: PictureSource
    number: int
    cells: tuple[CutCell, ...]
    boxes: tuple[Box, ...]
    chars: tuple[str, ...]
    preview: bytes
    size: tuple[int, int]
    remarks: tuple[str, ...] = ()
    views: tuple[CellView | None, ...] = ()

    @property
    def written(self) -> int:
        """How many cells hold ink."""
        return sum(not cell.is_empty for cell in self.cells)


@dataclass(frozen=True, slots=True)
class ReadPages:
    """What came of all pictures; a picture that cannot be read is a problem and costs no other."""

    pages: tuple[ReadPage, ...]
    problems: tuple[str, ...] = field(default=())


PageReader = Callable[[Colour, PictureSource], tuple[int, tuple[str, ...], FlatPage]]
"""From a picture to the page's number, its characters (empty if they come from an order), and the flat page."""


def read_pages(
    sources: Sequence[PictureSource], reader: PageReader, advance: Callable[[int], None] = lambda steps: None
) -> ReadPages:
    """Read pictures, several at a time, in order.

    Args:
        sources: the pictures.
        reader: how a picture becomes a page.
        advance: told how many pictures are done since its last call.
    """
    pages: list[ReadPage] = []
    problems: list[str] = []
    for read in _each(sources, reader):
        advance(1)
        if isinstance(read, ReadPage):
            pages.append(read)
        else:
            problems.append(read)
    return ReadPages(tuple(pages), tuple(problems))


def _each(sources: Sequence[PictureSource], reader: PageReader) -> Iterator[ReadPage | str]:
    opencv()  # a missing extra is told once, and not for every page
    with ThreadPoolExecutor(min(core_count(), _MOST_AT_ONCE)) as pool:
        yield from pool.map(lambda source: _read(source, reader), sources)


def _read(source: PictureSource, reader: PageReader) -> ReadPage | str:
    try:
        picture = read_picture(source)
    except SeganError as error:
        return str(error)
    try:
        number, chars, flat = reader(picture, source)
    except SeganError as error:
        return f"{source.name}: {error}"
    del picture
    cells = cut_cells(flat.ink, flat.boxes)
    size = (flat.picture.shape[1], flat.picture.shape[0])
    views = tuple(None if cell.is_empty else cell_view(flat, box) for cell, box in zip(cells, flat.boxes, strict=True))
    preview = _preview(flat.picture)
    return ReadPage(source, number, tuple(cells), flat.boxes, chars, preview, size, flat.remarks, views)


def _preview(picture: Colour) -> bytes:
    cv = opencv()
    scale = min(1.0, PREVIEW_PX / max(picture.shape))
    small = cv.resize(picture, None, fx=scale, fy=scale, interpolation=cv.INTER_AREA)
    done, data = cv.imencode(".jpg", cv.cvtColor(small, cv.COLOR_RGB2BGR), [cv.IMWRITE_JPEG_QUALITY, 72])
    if not done:
        raise MemoryError
    return bytes(data.tobytes())
