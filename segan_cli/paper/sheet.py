"""A sheet to write on, in millimetres: the paper, the corner marks, the cells and what belongs into each.

Everything is measured from the sheet's upper left corner, x to the right, y downwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from segan_cli.config import setting
from segan_cli.errors import UsageError

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height in millimetres."""
RULINGS = ("mi", "tian", "jiu", "plain")
"""米字格 (cross and diagonals), 田字格 (cross), 九宫格 (three by three), a plain square."""
MODELS = ("faint", "beside", "none")
COLOURS = {"green": (150, 205, 165), "red": (240, 165, 155), "blue": (160, 190, 235), "grey": (200, 200, 200)}
"""Red, green and blue of the printed ruling: light, so that a scan can tell it from ink."""

MARK_MM = 10.0
"""Side of a corner mark."""
MARGIN_MM = 9.0
"""From the paper's edge to the marks: most printers leave 4 to 6 mm white."""
GAP_MM = 1.5
"""Between two cells, so that strokes that leave their cell can be told from the neighbour's."""
MODEL_MM = 6.0
"""Height of the strip above a cell that holds the model character."""
HEAD_MM = 4.0
"""Between the marks and the first row of cells."""
MOST_PAGES = 250
"""A mark has 1,000 numbers, of which each corner takes a quarter."""


@dataclass(frozen=True)
class SheetDesign:
    """What the sheets look like."""

    paper: str = setting("a4", "The paper: a4 or letter.", choices=tuple(PAPERS))
    ruling: str = setting("mi", "Lines in a cell: mi (米字格), tian (田字格), jiu (九宫格) or plain.", choices=RULINGS)
    cell_mm: float = setting(23.0, "Side of a cell in millimetres.", low=10.0, high=120.0)
    model: str = setting("faint", "The character to write: faint in its cell, beside it, or none.", choices=MODELS)
    colour: str = setting("green", "Colour of the ruling.", choices=tuple(COLOURS))
    repeat: int = setting(1, "Cells for each character; the best of them is taken.", low=1, high=4)


@dataclass(frozen=True, slots=True)
class Cell:
    """A square to write in.

    Args:
        char: what belongs there.
        x: left edge in millimetres.
        y: upper edge in millimetres.
        side: in millimetres.
    """

    char: str
    x: float
    y: float
    side: float


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One page; `number` counts from 1."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheets:
    """All pages that belong together.

    Args:
        design: what they look like.
        code: 0 to 249; it is printed into the corner marks, so that pages of other sheets are recognised.
        pages: at least one.
    """

    design: SheetDesign
    code: int
    pages: tuple[SheetPage, ...]

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height of the paper."""
        return PAPERS[self.design.paper]

    @property
    def chars(self) -> tuple[str, ...]:
        """The characters, each once, in the order of the cells."""
        return tuple(dict.fromkeys(cell.char for page in self.pages for cell in page.cells))

    def page(self, number: int) -> SheetPage | None:
        """The page of that number, counted from 1."""
        return self.pages[number - 1] if 1 <= number <= len(self.pages) else None


def lay_out(chars: Sequence[str], design: SheetDesign, last_page: Sequence[str] = ()) -> Sheets:
    """Give every character its cells.

    Args:
        chars: what is to be written, in order: rows from left to right.
        design: what the sheets look like.
        last_page: signs that begin on a page of their own; those that `chars` has already are left out.

    Raises:
        UsageError: nothing to write, a cell larger than the page, or more pages than the marks can number.
    """
    known = set(chars)
    parts = [list(chars), [char for char in last_page if char not in known]]
    places = _places(design)
    room = len(places) // design.repeat
    if not any(parts):
        raise UsageError("There is no character left to write, so there is no sheet to print.")
    if room == 0:
        raise UsageError(f"A page has room for {len(places)} cells, which is less than --repeat {design.repeat} wants.")
    groups = [part[start : start + room] for part in parts for start in range(0, len(part), room)]
    if len(groups) > MOST_PAGES:
        raise UsageError(
            f"{sum(map(len, parts)):,} characters fill {len(groups)} pages; the corner marks number {MOST_PAGES} at most. "
            "Choose fewer with --count, or smaller cells with --cell."
        )
    pages = tuple(SheetPage(number, _cells(group, design, places)) for number, group in enumerate(groups, 1))
    return Sheets(design, _code(design, groups), pages)


def mark_places(size_mm: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """Upper left corners of the marks, clockwise from the sheet's upper left."""
    right, low = size_mm[0] - MARGIN_MM - MARK_MM, size_mm[1] - MARGIN_MM - MARK_MM
    return (MARGIN_MM, MARGIN_MM), (right, MARGIN_MM), (right, low), (MARGIN_MM, low)


def mark_numbers(code: int, page: int) -> tuple[int, int, int, int]:
    """The numbers of a page's marks, clockwise from the upper left.

    A number is 4 × payload + corner. Two opposite corners carry the page (from 0), the other two the sheets' code, so that
    any three corners tell both.
    """
    payloads = (page - 1, code, page - 1, code)
    return tuple(4 * payload + corner for corner, payload in enumerate(payloads))  # type: ignore[return-value]


def ruling_lines(ruling: str) -> tuple[tuple[float, float, float, float], ...]:
    """The lines of a cell as x1, y1, x2, y2 in parts of its side: the frame first."""
    frame = ((0, 0, 1, 0), (1, 0, 1, 1), (1, 1, 0, 1), (0, 1, 0, 0))
    cross = ((0.5, 0, 0.5, 1), (0, 0.5, 1, 0.5))
    inner = {
        "mi": (*cross, (0, 0, 1, 1), (0, 1, 1, 0)),
        "tian": cross,
        "jiu": tuple(line for third in (1 / 3, 2 / 3) for line in ((third, 0, third, 1), (0, third, 1, third))),
        "plain": (),
    }
    return (*frame, *inner[ruling])


def _places(design: SheetDesign) -> list[tuple[float, float]]:
    """Upper left corners of a page's cells, row by row, the whole centred between the marks."""
    width, height = PAPERS[design.paper]
    head = MARGIN_MM + MARK_MM + HEAD_MM
    strip = MODEL_MM if design.model == "beside" else 0.0
    across, down = design.cell_mm + GAP_MM, design.cell_mm + GAP_MM + strip
    room_x, room_y = width - 2 * MARGIN_MM, height - 2 * head
    columns, rows = int((room_x + GAP_MM) // across), int((room_y + GAP_MM) // down)
    if columns < 1 or rows < 1:
        raise UsageError(f"A cell of {design.cell_mm:g} mm does not fit on {design.paper}. Choose a smaller --cell.")
    left = (width - columns * across + GAP_MM) / 2
    top = (height - rows * down + GAP_MM) / 2 + strip
    return [(round(left + c * across, 3), round(top + r * down, 3)) for r in range(rows) for c in range(columns)]


def _cells(chars: Sequence[str], design: SheetDesign, places: Sequence[tuple[float, float]]) -> tuple[Cell, ...]:
    wanted = [char for char in chars for _ in range(design.repeat)]
    return tuple(Cell(char, x, y, design.cell_mm) for char, (x, y) in zip(wanted, places, strict=False))


def _code(design: SheetDesign, groups: Sequence[Sequence[str]]) -> int:
    """A number that other characters or another design seldom share (1 of 250)."""
    told = "\n".join(["".join(group) for group in groups] + [repr(design)])
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:4], "big") % MOST_PAGES
