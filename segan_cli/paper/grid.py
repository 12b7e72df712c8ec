"""Paper with a grid of its own, printed or drawn: the grid is found by its lines, wherever it lies and however it bends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from segan_cli.errors import SeganError
from segan_cli.paper.bend import fitted, terms
from segan_cli.paper.flat_page import FlatPage, finish_page
from segan_cli.paper.marks import Points
from segan_cli.paper.opencv import opencv
from segan_cli.paper.page_ink import even_light, print_layer
from segan_cli.paper.pictures import Colour
from segan_cli.paper.ruling import Box, line_shift
from segan_cli.paper.sheet import ruling_lines

Reading = Literal["rows", "columns"]

_SEARCHED_PX = 1500
"""The longer side of the picture in which the grid is looked for."""
_PRINTED = 22
"""Darkness, of 255, from which something is printed there."""
_CANDIDATES = 8
_SMALLEST_GRID = 0.05
"""Of the picture's area."""
_LEAST_SEEN = 0.55
"""The part of the grid's lines that must be seen."""
_REACHES = (0.16, 0.1, 0.05)
"""How far from its place a line is looked for, in parts of a cell."""
_MARGIN = 0.34
"""What is kept around the grid, in parts of a cell."""
_MOST_CELL_PX = 380.0
"""A cell of the flat picture is at most so wide: 23 mm at 400 dots per inch."""


@dataclass(frozen=True, slots=True, eq=False)
class _Net:
    """A grid that lies in a picture.

    Args:
        columns: across.
        rows: down.
        cell: width and height of a cell in the flat picture, in pixels.
        matrix: (3, 3) from the flat picture to the picture.
        bend: (2, 6) what is added to a place in the flat picture before `matrix`: polynomials of second degree in parts of
            the grid, in pixels, for x and y.
    """

    columns: int
    rows: int
    cell: tuple[float, float]
    matrix: Points
    bend: Points

    @property
    def margin(self) -> float:
        return _MARGIN * min(self.cell)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the flat picture."""
        width, height = self.columns * self.cell[0], self.rows * self.cell[1]
        return round(width + 2 * self.margin), round(height + 2 * self.margin)

    def box(self, row: int, column: int) -> Box:
        width, height = self.cell
        return Box(self.margin + column * width, self.margin + row * height, width, height)

    def parts(self, x: Points, y: Points) -> tuple[Points, Points]:
        """Places in the flat picture, in parts of the grid."""
        return (x - self.margin) / (self.columns * self.cell[0]), (y - self.margin) / (self.rows * self.cell[1])


def find_grid(
    picture: Colour, shape: tuple[int, int], corners: Points | None = None, reading: Reading = "rows"
) -> FlatPage:
    """Flatten a page with a printed or drawn grid.

    Args:
        picture: the page, upright within 45°.
        shape: columns and rows of the grid.
        corners: its outer corners in the picture, clockwise from the upper left; None looks for them.
        reading: the order of the cells: rows from left to right, or columns from the right, downwards.

    Returns:
        The grid alone, with a margin of a third of a cell.

    Raises:
        SeganError: no grid is seen.
    """
    columns, rows = shape
    net = _found(picture, columns, rows) if corners is None else _net(corners, columns, rows)
    for reach in _REACHES:
        net, _ = _fitted(picture, net, reach)
    if reading == "rows":
        places = [(row, column) for row in range(rows) for column in range(columns)]
    else:
        places = [(row, column) for column in reversed(range(columns)) for row in range(rows)]
    lines = ruling_lines("plain")
    return finish_page(_flat(picture, net), [net.box(*place) for place in places], lines, 0.0)


def _found(picture: Colour, columns: int, rows: int) -> _Net:
    """The net of lines, among what is connected in the picture, of which the most is seen where a grid would have it."""
    cv = opencv()
    scale = min(1.0, _SEARCHED_PX / max(picture.shape))
    small = cv.resize(picture, None, fx=scale, fy=scale, interpolation=cv.INTER_AREA)
    best: tuple[float, Points] | None = None
    for corners in _quads(small):
        net = _net(corners, columns, rows)
        seen = _fitted(small, net, _REACHES[0])[1]
        if best is None or seen > best[0]:
            best = seen, corners
        if seen > 0.9:
            break
    if best is None or best[0] < _LEAST_SEEN:
        raise SeganError(
            f"no grid of {columns} x {rows} cells is seen. Check --grid (columns x rows), or give the grid's outer corners in "
            'the picture, clockwise from the upper left: --corners "x,y x,y x,y x,y"'
        )
    return _net((best[1] + 0.5) / scale - 0.5, columns, rows)


def _quads(small: Colour) -> Iterator[Points]:
    """Corners of the largest connected things, clockwise from the upper left."""
    cv = opencv()
    printed = print_layer(even_light(small, 6.0, 9.0))
    for reach in (3, 7, 15):  # broken lines, and cells that do not touch, are joined
        joined = cv.morphologyEx(
            (printed > _PRINTED).astype(np.uint8), cv.MORPH_CLOSE, np.ones((reach, reach), np.uint8)
        )
        contours, _ = cv.findContours(joined, cv.RETR_LIST, cv.CHAIN_APPROX_NONE)
        hulls = sorted((cv.convexHull(one) for one in contours), key=cv.contourArea, reverse=True)
        earlier = float("inf")
        for hull in hulls[:_CANDIDATES]:
            area = cv.contourArea(hull)
            quad = _quad_of(hull) if area < 0.98 * earlier else None  # a hole in a thing has nearly its outline
            earlier = area
            if quad is not None and area > _SMALLEST_GRID * small.shape[0] * small.shape[1]:
                yield quad


def _quad_of(hull: npt.NDArray[np.int32]) -> Points | None:
    """The four corners of a convex outline, clockwise from the upper left."""
    cv = opencv()
    length = cv.arcLength(hull, True)
    for part in np.linspace(0.01, 0.12, 23):
        corners = cv.approxPolyDP(hull, part * length, True).reshape(-1, 2).astype(np.float64)
        if len(corners) == 4:
            break
    else:
        return None
    middle = corners.mean(axis=0)
    around = np.argsort(np.arctan2(*(corners - middle).T[::-1]))
    corners = corners[around]
    ordered: Points = np.roll(corners, -int(corners.sum(axis=1).argmin()), axis=0)
    return ordered


def _net(corners: Points, columns: int, rows: int) -> _Net:
    cv = opencv()
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    cell = (float(max(sides[0], sides[2])) / columns, float(max(sides[1], sides[3])) / rows)
    shrink = min(1.0, _MOST_CELL_PX / max(cell))
    cell = (max(8.0, cell[0] * shrink), max(8.0, cell[1] * shrink))
    margin = _MARGIN * min(cell)
    width, height = columns * cell[0], rows * cell[1]
    flat = np.asarray([(0, 0), (width, 0), (width, height), (0, height)], np.float32) + np.float32(margin)
    matrix = cv.getPerspectiveTransform(flat, np.asarray(corners, np.float32))
    return _Net(columns, rows, cell, matrix, np.zeros((2, 6)))


def _flat(picture: Colour, net: _Net) -> Colour:
    """The grid as if it were flat."""
    cv = opencv()
    width, height = net.size
    x, y = np.meshgrid(np.arange(width, dtype=np.float64), np.arange(height, dtype=np.float64))
    if net.bend.any():
        moved = terms(*net.parts(x, y)) @ net.bend.T
        x, y = x + moved[..., 0], y + moved[..., 1]
    m = net.matrix
    depth = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    across = ((m[0, 0] * x + m[0, 1] * y + m[0, 2]) / depth).astype(np.float32)
    down = ((m[1, 0] * x + m[1, 1] * y + m[1, 2]) / depth).astype(np.float32)
    flat: Colour = cv.remap(picture, across, down, cv.INTER_LINEAR, borderMode=cv.BORDER_REPLICATE)
    return flat


def _fitted(picture: Colour, net: _Net, reach: float) -> tuple[_Net, float]:
    """The net moved and bent to where its lines are seen, and what part of its lines that is."""
    flat = _flat(picture, net)
    printed = print_layer(even_light(flat, min(net.cell) / 23, 9.0))
    bends, seen = [], []
    for layer, upright in ((printed, True), (np.ascontiguousarray(printed.T), False)):
        places, shifts, count = _shifts(layer, net, reach, upright)
        seen.append(len(shifts) / count)
        u, v = net.parts(*np.asarray(places, np.float64).reshape(-1, 2).T)
        bends.append(fitted(u, v, shifts))
    return _Net(net.columns, net.rows, net.cell, net.matrix, net.bend + np.asarray(bends)), float(min(seen))


def _shifts(
    layer: npt.NDArray[np.uint8], net: _Net, reach: float, upright: bool
) -> tuple[list[tuple[float, float]], list[float], int]:
    """Of each piece of a line, as long as a cell: its middle in the flat picture, and how far off it is seen."""
    places, shifts = [], []
    lines, pieces = (net.columns, net.rows) if upright else (net.rows, net.columns)
    across, along = net.cell if upright else net.cell[::-1]
    for line in range(lines + 1):
        for piece in range(pieces):
            at, start = net.margin + line * across, net.margin + piece * along
            shift = line_shift(layer, (at, start, at, start + along), min(net.cell), reach)
            if shift is not None:
                middle = start + along / 2
                places.append((at, middle) if upright else (middle, at))
                shifts.append(shift)
    return places, shifts, (lines + 1) * pieces
