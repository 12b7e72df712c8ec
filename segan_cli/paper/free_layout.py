"""Paper without a grid: lines of writing, and in each line one character after the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from segan_cli.errors import SeganError
from segan_cli.paper.flat_page import FlatPage
from segan_cli.paper.marks import Points
from segan_cli.paper.opencv import opencv
from segan_cli.paper.page_ink import Layer, even_light, ink_layer
from segan_cli.paper.pictures import Colour
from segan_cli.paper.ruling import Box

Reading = Literal["rows", "columns"]
Bits = npt.NDArray[np.bool_]

_SEARCHED_PX = 900
_STEEPEST = 20.0
_MOST_PX = 4000
_INK = 70
_THIN_LINE = 0.35
"""A run of ink across the lines is a line from this part of the usual thickness on; less is dirt, or part of the next."""


def find_characters(picture: Colour, corners: Points | None = None, reading: Reading = "rows") -> FlatPage:
    """Find the characters on a page without a grid.

    Args:
        picture: the page, within 20° of upright.
        corners: of what is to be read, clockwise from the upper left; None takes the whole picture.
        reading: rows from left to right, or columns from the right, downwards.

    Returns:
        The page upright, with a box for each character in reading order. The boxes are as wide as the usual character,
        across a line they lie in its middle, along it on the character's ink.

    Raises:
        SeganError: no writing is seen.
    """
    flat = _straightened(picture, reading) if corners is None else _within(picture, corners)
    evened = even_light(flat, max(flat.shape) / 297, 14.0)
    ink = ink_layer(evened)
    stroke = _clean(ink >= _level(ink))
    upright = stroke if reading == "rows" else np.ascontiguousarray(stroke[:, ::-1].T)  # now lines run to the right
    lines = _lines(upright)
    if not lines:
        raise SeganError("no writing is seen. Give the corners of the text: --corners, or a picture with darker ink.")
    pitch = float(np.median([end - start for start, end in lines]))
    boxes = [box for line in lines for box in _characters(upright, line, pitch)]
    if reading == "columns":
        width = stroke.shape[1]
        boxes = [Box(width - box.y - box.height, box.x, box.height, box.width) for box in boxes]
    return FlatPage(evened, ink, tuple(boxes))


def _straightened(picture: Colour, reading: Reading) -> Colour:
    """Turned so that the lines are level (or plumb): the angle at which the gaps between lines are widest."""
    cv = opencv()
    scale = min(1.0, _SEARCHED_PX / max(picture.shape))
    small = cv.resize(picture, None, fx=scale, fy=scale, interpolation=cv.INTER_AREA)
    ink = ink_layer(even_light(small, max(small.shape) / 297, 14.0))
    ys, xs = np.nonzero(ink >= _level(ink))
    if len(ys) < 50:
        return picture
    some = np.random.default_rng(0).choice(len(ys), min(len(ys), 20_000), replace=False)
    along, across = (xs[some], ys[some]) if reading == "rows" else (-ys[some], xs[some])
    angles = np.arange(-_STEEPEST, _STEEPEST + 0.01, 0.25)
    lengths = np.asarray([_inked_length(across * np.cos(a) - along * np.sin(a)) for a in np.deg2rad(angles)])
    angle = float(np.median(angles[lengths <= 1.01 * lengths.min()]))
    return _turned(picture, angle)


def _inked_length(places: npt.NDArray[np.float64]) -> int:
    """How much of the way across the lines holds ink; the gaps between straight lines make it least.

    The sharpest projection would turn the strokes level, which rise to the right in most hands.
    """
    counts = np.bincount(np.rint(places - places.min()).astype(np.intp))
    return int((counts > 0.01 * counts.max()).sum())


def _turned(picture: Colour, degrees: float) -> Colour:
    cv = opencv()
    height, width = picture.shape[:2]
    matrix = cv.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    corners = np.asarray([(0, 0, 1), (width, 0, 1), (width, height, 1), (0, height, 1)]) @ matrix.T
    low, high = corners.min(axis=0), corners.max(axis=0)
    matrix[:, 2] -= low
    size = tuple(int(one) for one in np.ceil(high - low))
    turned: Colour = cv.warpAffine(picture, matrix, size, flags=cv.INTER_LINEAR, borderMode=cv.BORDER_REPLICATE)
    return turned


def _within(picture: Colour, corners: Points) -> Colour:
    cv = opencv()
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    width, height = max(sides[0], sides[2]), max(sides[1], sides[3])
    shrink = min(1.0, _MOST_PX / max(width, height))
    size = (max(8, round(width * shrink)), max(8, round(height * shrink)))
    flat = np.asarray([(0, 0), (size[0], 0), size, (0, size[1])], np.float32)
    matrix = cv.getPerspectiveTransform(np.asarray(corners, np.float32), flat)
    page: Colour = cv.warpPerspective(picture, matrix, size, flags=cv.INTER_LINEAR, borderMode=cv.BORDER_REPLICATE)
    return page


def _level(ink: Layer) -> float:
    dark = ink[ink >= _INK]
    return max(_INK * 0.7, float(np.percentile(dark, 75)) / 2) if dark.size else 255.0


def _clean(stroke: Bits) -> Bits:
    """Without what touches the picture's edge (the desk, the next page) and without dust."""
    cv = opencv()
    _, labels, stats, _ = cv.connectedComponentsWithStats(stroke.astype(np.uint8), connectivity=8)
    height, width = stroke.shape
    left, top, wide, high, area = stats.T
    edge = (left <= 1) | (top <= 1) | (left + wide >= width - 1) | (top + high >= height - 1)
    keep = ~edge & (area >= 6e-6 * stroke.size)
    keep[0] = False
    cleaned: Bits = keep[labels]
    return cleaned


def _lines(stroke: Bits) -> list[tuple[int, int]]:
    """First and last row, exclusive, of each level line of writing, from the top."""
    counts = stroke.sum(axis=1).astype(np.float64)
    if not counts.any():
        return []
    smooth = np.convolve(counts, np.ones(5) / 5, mode="same")
    runs = _runs(np.asarray(smooth > 0.04 * float(np.percentile(smooth[smooth > 0], 90)), np.bool_))
    usual = float(np.percentile([end - start for start, end in runs], 70))
    lines: list[tuple[int, int]] = []
    for start, end in runs:
        if lines and end - lines[-1][0] <= 1.25 * usual:
            lines[-1] = lines[-1][0], end
        elif end - start >= _THIN_LINE * usual or (runs[-1] != (start, end)):
            lines.append((start, end))
    return [line for line in lines if line[1] - line[0] >= _THIN_LINE * usual]


def _characters(stroke: Bits, line: tuple[int, int], pitch: float) -> list[Box]:
    """The characters of a line: its ink is parted in gaps so that each part is about as long as the line is high.

    Source: ours: dynamic programming over the runs of ink; a part of n runs costs the square of what its length exceeds
    1.15 pitches by, and a part that is short costs little, so that 一 and 了 stand alone unless a neighbour completes them.
    """
    band = stroke[line[0] : line[1]]
    runs = _runs(np.asarray(band.any(axis=0), np.bool_))
    best: list[tuple[float, int]] = [(0.0, 0)]
    for end in range(1, len(runs) + 1):
        options = [(best[start][0] + _cost(runs, start, end, pitch), start) for start in range(max(0, end - 6), end)]
        best.append(min(options))
    parts: list[tuple[int, int]] = []
    end = len(runs)
    while end:
        start = best[end][1]
        parts.append((runs[start][0], runs[end - 1][1]))
        end = start
    middle = (line[0] + line[1]) / 2
    return [Box((left + right - pitch) / 2, middle - pitch / 2, pitch, pitch) for left, right in reversed(parts)]


def _cost(runs: Sequence[tuple[int, int]], start: int, end: int, pitch: float) -> float:
    length = (runs[end - 1][1] - runs[start][0]) / pitch
    widest = max((runs[i + 1][0] - runs[i][1]) / pitch for i in range(start, end - 1)) if end - start > 1 else 0.0
    too_long, short = max(0.0, length - 1.15), max(0.0, 0.75 - length)
    return 0.12 + 12 * too_long**2 + 0.4 * short**2 + 2.5 * widest**2


def _runs(there: Bits) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], there.astype(np.int8), [0]))))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]
