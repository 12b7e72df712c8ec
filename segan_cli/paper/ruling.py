"""Printed lines in the picture: where they really are, and how they are taken away without the strokes that cross them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segan_cli.paper.bend import fitted, terms
from segan_cli.paper.page_ink import Layer

_SEARCH = 0.035
"""How far from its place a line is looked for, in parts of the cell's side: .8 mm of 23."""
_WIDEST = 0.03
"""A line is at most so wide, in parts of the side; what is wider is a stroke."""
_WIDEST_PX = 6
"""The same in pixels, where pictures are coarse."""
_LEAST_SEEN = 0.5
"""A line of the ruling is there if this part of the cells shows it."""
_LEAST_CONTRAST = 14.0
"""Levels of 255 by which a line is darker than what lies on both sides of it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A cell in the picture, in pixels.

    Args:
        x: left edge.
        y: upper edge.
        width: to the right edge.
        height: to the lower edge.
    """

    x: float
    y: float
    width: float
    height: float

    @property
    def side(self) -> float:
        """The smaller of both sides."""
        return min(self.width, self.height)

    @property
    def middle(self) -> tuple[float, float]:
        """The centre, x and y."""
        return self.x + self.width / 2, self.y + self.height / 2

    def moved(self, dx: float, dy: float) -> Box:
        """The same box elsewhere."""
        return Box(self.x + dx, self.y + dy, self.width, self.height)


Line = tuple[float, float, float, float]
"""x1, y1, x2, y2 in parts of a box."""


def align(printed: Layer, boxes: Sequence[Box], reach: float = _SEARCH) -> list[Box]:
    """Move each box to where its frame is seen: paper that was not flat, or a grid that was drawn by hand.

    Args:
        printed: everything on the page, coloured print included.
        boxes: where the cells should be.
        reach: how far from its place a frame is looked for, in parts of the cell's side: less than half the gap between cells.

    Returns:
        The boxes, moved as the smooth field through all frames says that are seen.
    """
    width, height = float(printed.shape[1]), float(printed.shape[0])
    turned = np.ascontiguousarray(printed.T)
    across, down = [], []
    for box in boxes:
        middle_x, middle_y = box.middle
        for x in (box.x, box.x + box.width):
            shift = line_shift(printed, (x, box.y, x, box.y + box.height), box.side, reach)
            across += [] if shift is None else [(x / width, middle_y / height, shift)]
        for y in (box.y, box.y + box.height):
            shift = line_shift(turned, (y, box.x, y, box.x + box.width), box.side, reach)
            down += [] if shift is None else [(middle_x / width, y / height, shift)]
    fields = [fitted(*zip(*one, strict=True)) if one else np.zeros(6) for one in (across, down)]
    moved = []
    for box in boxes:
        at = terms(np.asarray(box.middle[0] / width), np.asarray(box.middle[1] / height))
        moved.append(box.moved(float(at @ fields[0]), float(at @ fields[1])))
    return moved


def remove_ruling(ink: Layer, boxes: Sequence[Box], lines: Sequence[Line]) -> int:
    """Take printed lines that are still visible out of the ink, in place.

    Args:
        ink: the page's ink.
        boxes: the cells, aligned.
        lines: the lines of a cell.

    Returns:
        How many lines were found and taken away. On a line, the ink becomes what lies between the two sides of the line,
        so that a stroke that crosses it stays whole.
    """
    found: list[_Found] = []
    for flat in (False, True):  # all are looked for before any is taken away: neighbours share lines
        layer = ink.T if flat else ink
        for line in lines:
            if _is_flat(line, boxes[0]) == flat:
                found += _everywhere(layer, [_placed(line, box, flat) for box in boxes], boxes, flat)
    for one in found:  # steep lines along the rows first, then flat ones along the columns
        _remove_line(ink.T if one.flat else ink, one.ends, one.band, one.darkest)
    return len(found)


@dataclass(frozen=True, slots=True)
class _Found:
    """A line of one cell: where it runs, its band of columns about that, and how dark it may be."""

    ends: Line
    band: tuple[int, int]
    darkest: float
    flat: bool


def _is_flat(line: Line, box: Box) -> bool:
    x1, y1, x2, y2 = line
    return abs(x2 - x1) * box.width > abs(y2 - y1) * box.height * 1.05


def _placed(line: Line, box: Box, flat: bool) -> Line:
    x1, y1, x2, y2 = line
    ends = (box.x + x1 * box.width, box.y + y1 * box.height, box.x + x2 * box.width, box.y + y2 * box.height)
    return _swapped(ends) if flat else ends


def _everywhere(layer: Layer, courses: Sequence[Line], boxes: Sequence[Box], flat: bool) -> list[_Found]:
    """One line of the ruling in all cells, if most cells show it: what only some show is a stroke that runs there."""
    bands: list[tuple[int, int] | None] = []
    darkness: list[float] = []
    for ends, box in zip(courses, boxes, strict=True):
        profile = _profile(layer, ends, box.side)
        band = None if profile is None else _band(profile, box.side)
        if profile is None or band is None:
            bands.append(None)
            continue
        bands.append((band[0] - len(profile) // 2, band[1] - len(profile) // 2))
        darkness.append(float(profile[band[0] : band[1] + 1].max()))
    seen = np.asarray([band for band in bands if band is not None], np.float64)
    if len(seen) < _LEAST_SEEN * len(boxes):
        return []
    first, last = (int(one) for one in np.rint(np.median(seen, axis=0)))
    darkest = 1.5 * float(np.median(darkness)) + 20  # a darker pixel is ink on the line
    found = []
    for ends, band in zip(courses, bands, strict=True):
        near = band is not None and abs(sum(band) - first - last) <= 4
        found.append(_Found(ends, band if band is not None and near else (first, last), darkest, flat))
    return found


def line_shift(layer: Layer, ends: Line, side: float, reach: float = _SEARCH) -> float | None:
    """How far to the right of its place a steep line is seen, in pixels; None if it is not.

    Args:
        layer: everything on the page.
        ends: where the line should be.
        side: of a cell, in pixels.
        reach: how far from its place it is looked for, in parts of the side.
    """
    profile = _profile(layer, ends, side, reach)
    band = None if profile is None else _band(profile, side)
    if profile is None or band is None:
        return None
    first, last = max(0, band[0] - 1), min(len(profile), band[1] + 2)
    dark = profile[first:last] - min(profile[first], profile[last - 1])
    middle = float((np.arange(first, last) * dark).sum() / max(dark.sum(), 1e-6))
    return middle - len(profile) // 2 - _start_error(ends)


def _remove_line(layer: Layer, ends: Line, band: tuple[int, int], darkest: float) -> None:
    """Take out the columns from `band[0]` to `band[1]`, counted from the line's own, and a soft edge on both sides.

    What is darker than `darkest` stays.
    """
    beyond = band[1] - band[0] + 2  # so that nothing stays where two lines cross
    rows, starts = _course(ends, -beyond, 0)
    columns = starts[:, None] + np.arange(band[0] - 2, band[1] + 3)[None]
    inside = (rows >= 0) & (rows < layer.shape[0])
    rows, columns = rows[inside], columns[inside]
    if not len(rows) or columns.min() < 0 or columns.max() >= layer.shape[1]:
        return
    values = layer[rows[:, None], columns].astype(np.float32)
    part = np.linspace(0, 1, values.shape[1])[None]
    between = values[:, :1] * (1 - part) + values[:, -1:] * part
    cleared = np.where(values > darkest, values, np.minimum(values, between))
    layer[rows[:, None], columns] = cleared.astype(np.uint8)


def _profile(layer: Layer, ends: Line, side: float, search: float = _SEARCH) -> npt.NDArray[np.float32] | None:
    """The usual darkness across a steep line, its own place in the middle; None where it leaves the picture."""
    reach = max(4, round((search + _WIDEST) * side))
    rows, starts = _course(ends, 0.04 * abs(ends[3] - ends[1]), reach)
    if len(rows) < 8 or rows[0] < 0 or rows[-1] >= layer.shape[0]:
        return None
    columns = starts[:, None] + np.arange(2 * reach + 1)[None]
    if columns.min() < 0 or columns.max() >= layer.shape[1]:
        return None
    usual: npt.NDArray[np.float32] = np.percentile(layer[rows[:, None], columns], 62, axis=0).astype(np.float32)
    return usual


def _course(ends: Line, inset: float, reach: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """The rows of a steep line, and for each the column `reach` pixels to the left of it."""
    x1, y1, x2, y2 = ends if ends[1] <= ends[3] else (*ends[2:], *ends[:2])
    rows = np.arange(int(np.ceil(y1 + inset)), int(y2 - inset))
    middle = x1 + (rows + 0.5 - y1) / (y2 - y1) * (x2 - x1)
    return rows, np.floor(middle).astype(np.intp) - reach


def _start_error(ends: Line) -> float:
    """By how much, on average, the pixel that `_course` names lies to the left of the line (pixel centres at .5)."""
    rows, starts = _course(ends, 0.04 * abs(ends[3] - ends[1]), 0)
    x1, y1, x2, y2 = ends if ends[1] <= ends[3] else (*ends[2:], *ends[:2])
    middle = x1 + (rows + 0.5 - y1) / (y2 - y1) * (x2 - x1)
    return float((middle - 0.5 - starts).mean())


def _band(profile: npt.NDArray[np.float32], side: float) -> tuple[int, int] | None:
    """First and last place of the line in its profile; None if there is no line, or something as wide as a stroke."""
    above = profile - float(np.percentile(profile, 30))
    margin = max(1, round(_WIDEST * side))
    peak = margin + int(above[margin:-margin].argmax())
    if above[peak] < _LEAST_CONTRAST:
        return None
    dark = above > above[peak] * 0.4
    first = last = peak
    while first > 0 and dark[first - 1]:
        first -= 1
    while last < len(dark) - 1 and dark[last + 1]:
        last += 1
    if last - first + 1 > max(_WIDEST_PX, _WIDEST * side):
        return None
    return first, last


def _swapped(ends: Line) -> Line:
    return ends[1], ends[0], ends[3], ends[2]
