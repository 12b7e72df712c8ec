"""A flat page becomes cells: every piece of ink goes, whole, to the cell that holds most of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segan_cli.paper.opencv import opencv
from segan_cli.paper.page_ink import NOISE, Layer
from segan_cli.paper.ruling import Box

OUTSIDE = 0.3
"""How far beyond the outermost cells ink still belongs to them, in parts of the side."""
_SHARED = 0.3
"""A piece of which two cells hold so much each is two characters that touch: it is cut at the border."""
_DUST_SHARE = 1e-4
"""Pieces below this part of the cell's area are dust: .05 mm² of 23 mm."""
_SPECK_SHARE = 2.5e-3
"""Smaller pieces than this are kept only near larger ones: a dry brush leaves them, and so does dirt, elsewhere."""
_NEAR = 0.06
_BLOT_SHARE = 0.55
_FAINTEST = 52
"""The least darkness of ink, of 255: below it, what is seen is dirt, shadow or show-through."""

Labels = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class CutCell:
    """The ink of one cell.

    Args:
        number: which cell of the page, from 0.
        png: the ink, trimmed to what there is, as an 8-bit PNG of which 255 is ink; empty for an empty cell.
        left: from the middle of the cell to the left edge of that picture, in pixels.
        top: from the middle of the cell to its upper edge, in pixels.
        side: of the cell, in pixels.
        extent: width and height of the ink, in parts of the side.
        findings: what is odd about it, in words.
    """

    number: int
    png: bytes
    left: float
    top: float
    side: float
    extent: tuple[float, float] = (0.0, 0.0)
    findings: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is written there."""
        return not self.png


def cut_cells(ink: Layer, boxes: Sequence[Box]) -> list[CutCell]:
    """Cut a page.

    Args:
        ink: the page's ink, without ruling.
        boxes: its cells.

    Returns:
        One cell a box, in order.
    """
    cv = opencv()
    zones = zone_map(ink.shape, boxes)
    tones = _tones(ink, zones, boxes)
    levels = np.concatenate(([255], np.maximum(tones / 2, NOISE))).astype(np.uint8)
    stroke = (ink >= levels[zones]) & (zones > 0)
    count, labels, stats, _ = cv.connectedComponentsWithStats(stroke.astype(np.uint8), connectivity=8)
    owners, shared = _owners(labels, zones, count, len(boxes))
    cells = []
    for number, box in enumerate(boxes):
        mine = np.flatnonzero(owners == number + 1)
        both = [label for label, pair in shared.items() if number + 1 in pair]
        cells.append(_cut(ink, labels, zones, stats, number, box, mine, both, float(tones[number])))
    return cells


def zone_map(shape: tuple[int, ...], boxes: Sequence[Box]) -> npt.NDArray[np.uint16]:
    """For each pixel the number of its cell, from 1; 0 is no cell's. Gaps between cells are shared."""
    zones = np.zeros(shape[:2], dtype=np.uint16)
    for reach in (OUTSIDE, 0.15, 0.06, 0.03, 0.0):  # the nearer cell is painted over the one further off
        for number, box in enumerate(boxes, 1):
            margin = reach * box.side
            x0, y0 = max(0, round(box.x - margin)), max(0, round(box.y - margin))
            zones[y0 : round(box.y + box.height + margin), x0 : round(box.x + box.width + margin)] = number
    return zones


def _tones(ink: Layer, zones: npt.NDArray[np.uint16], boxes: Sequence[Box]) -> npt.NDArray[np.float64]:
    """How dark the ink of each cell is: brushes are dipped anew, and dry out."""
    found = np.zeros(len(boxes))
    for number, box in enumerate(boxes):
        part = ink[_rows(box, ink), _columns(box, ink)]
        dark = part[part >= _FAINTEST]
        if dark.size > _DUST_SHARE * part.size * 4:
            found[number] = float(np.percentile(dark, 75))
    usual = float(np.median(found[found > 0])) if (found > 0).any() else 255.0
    return np.where(found > 0, np.maximum(found, max(0.5 * usual, _FAINTEST)), max(usual, _FAINTEST))


def _owners(
    labels: Labels, zones: npt.NDArray[np.uint16], count: int, cells: int
) -> tuple[npt.NDArray[np.intp], dict[int, tuple[int, ...]]]:
    """The cell of each piece, from 1; and the pieces that several cells share."""
    inked = labels > 0
    pairs = labels[inked].astype(np.int64) * (cells + 1) + zones[inked]
    table = np.bincount(pairs, minlength=count * (cells + 1)).reshape(count, cells + 1)
    table[:, 0] = 0
    owners = table.argmax(axis=1)
    owners[table.sum(axis=1) == 0] = 0
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    shared = {}
    for label in np.flatnonzero((share >= _SHARED).sum(axis=1) > 1):
        shared[int(label)] = tuple(int(one) for one in np.flatnonzero(share[label] > 0.05))
        owners[label] = 0
    owners[0] = 0
    return owners, shared


def _cut(
    ink: Layer,
    labels: Labels,
    zones: npt.NDArray[np.uint16],
    stats: npt.NDArray[np.int32],
    number: int,
    box: Box,
    mine: npt.NDArray[np.intp],
    shared: Sequence[int],
    tone: float,
) -> CutCell:
    nothing = CutCell(number, b"", 0, 0, box.side)
    area = box.width * box.height
    pieces = [int(label) for label in (*mine, *shared) if stats[label, 4] >= _DUST_SHARE * area]
    if not pieces:
        return nothing
    reach = _reach(stats, pieces, box, ink.shape)
    left, top, right, low = reach
    part, zone = labels[top:low, left:right], zones[top:low, left:right]
    chosen = np.isin(part, pieces)
    if shared:
        chosen &= ~np.isin(part, list(shared)) | (zone == number + 1)
    chosen = _without_specks(chosen, box)
    if not chosen.any():
        return nothing
    findings = _findings(chosen, box, (left, top), bool(shared))
    return _packed(ink[top:low, left:right], part, chosen, tone, number, box, (left, top), findings)


def _reach(
    stats: npt.NDArray[np.int32], pieces: Sequence[int], box: Box, shape: tuple[int, ...]
) -> tuple[int, int, int, int]:
    margin = 4
    found = stats[list(pieces)]
    x, y = box.middle
    far = 1.2 * box.side
    left = max(0, int(max(found[:, 0].min() - margin, x - far)))
    top = max(0, int(max(found[:, 1].min() - margin, y - far)))
    right = min(shape[1], int(min((found[:, 0] + found[:, 2]).max() + margin, x + far)))
    low = min(shape[0], int(min((found[:, 1] + found[:, 3]).max() + margin, y + far)))
    return left, top, right, low


def _without_specks(chosen: npt.NDArray[np.bool_], box: Box) -> npt.NDArray[np.bool_]:
    """Small pieces far from every large one are dirt; if there are only small ones, the largest stays."""
    cv = opencv()
    count, labels, stats, _ = cv.connectedComponentsWithStats(chosen.astype(np.uint8), connectivity=8)
    areas = stats[1:, 4]
    if count <= 1:
        return chosen
    large = 1 + np.flatnonzero(areas >= min(_SPECK_SHARE * box.width * box.height, areas.max()))
    if len(large) == count - 1:
        return chosen
    body = np.isin(labels, large)
    distance = cv.distanceTransform((~body).astype(np.uint8), cv.DIST_L2, 3)
    near = np.unique(labels[(distance < _NEAR * box.side) & (labels > 0)])
    return np.isin(labels, near)


def _findings(chosen: npt.NDArray[np.bool_], box: Box, corner: tuple[int, int], shared: bool) -> tuple[str, ...]:
    found = ["touches the character beside it"] if shared else []
    if chosen.sum() > _BLOT_SHARE * box.width * box.height:
        found.append("a blot: ink almost all over the cell")
    ys, xs = np.nonzero(chosen)
    x, y = box.middle
    off_x, off_y = (xs.mean() + corner[0] - x) / box.side, (ys.mean() + corner[1] - y) / box.side
    if max(abs(off_x), abs(off_y)) > 0.36:
        found.append("lies at the edge of its cell")
    return tuple(found)


def _packed(
    ink: Layer,
    part: Labels,
    chosen: npt.NDArray[np.bool_],
    tone: float,
    number: int,
    box: Box,
    corner: tuple[int, int],
    findings: tuple[str, ...],
) -> CutCell:
    """The grey ink of the chosen pieces with their soft edges, without their neighbours."""
    cv = opencv()
    around = cv.dilate(chosen.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    around &= chosen | (part == 0)
    grey = np.where(around, np.clip(ink.astype(np.float32) * (255 / tone), 0, 255), 0).astype(np.uint8)
    done, png = cv.imencode(".png", grey, [cv.IMWRITE_PNG_COMPRESSION, 1])
    if not done:
        raise MemoryError
    ys, xs = np.nonzero(chosen)
    extent = ((np.ptp(xs) + 1) / box.side, (np.ptp(ys) + 1) / box.side)
    x, y = box.middle
    left, top = corner[0] - x, corner[1] - y
    return CutCell(number, png.tobytes(), left, top, box.side, extent, findings)


def _rows(box: Box, ink: Layer) -> slice:
    return slice(max(0, round(box.y)), min(ink.shape[0], round(box.y + box.height)))


def _columns(box: Box, ink: Layer) -> slice:
    return slice(max(0, round(box.x)), min(ink.shape[1], round(box.x + box.width)))
