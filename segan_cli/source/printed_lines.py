"""Straight printed lines in the ink's own tone: the frame of a cell, the cross and the diagonals of a practice grid.

A printed line is told from a stroke by being straight to a pixel or two, thin, and as long as the picture: there is ink in each
eighth of its length. It is taken away where it lies on paper; where a stroke crosses it, the stroke stays.

Source: ours, after staff-line removal in music scans (Dalitz et al., 2008), whose run-length test decides what stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ink = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
View = tuple[Mask, Callable[[Mask], Mask]]

_THICKEST_LINE, _THICKEST_FRAME = 0.025, 0.125
"""Parts of the shorter side."""
_FRAME_DEPTH = 0.2
"""How far from the picture's edge a frame may lie, in parts of the side."""
_FRAME_FULL = 0.8
_AT_EDGE = 0.04
"""One side of a frame alone, as a cut that is a little too wide leaves it, lies this near to the picture's edge."""
_PARTS = 8
_SMALLEST = 48
"""Pictures with a shorter side below this many pixels are not looked through: a line and a stroke are alike there."""


@dataclass(frozen=True, slots=True)
class Lines:
    """What was found in a picture: where inside the frame is (top, bottom, left, right), and how many lines cross it."""

    inside: tuple[int, int, int, int]
    frame_sides: int
    inner: int

    @property
    def found(self) -> bool:
        """Whether there is anything to take away."""
        return self.frame_sides > 0 or self.inner > 0


def take_off_lines(ink: Ink, threshold: float = 0.5) -> tuple[Ink, Lines]:
    """Take printed lines off a picture; one without any is given back as it is.

    Args:
        ink: (H, W) in [0, 1].
        threshold: ink value from which a pixel may belong to a line; below one half for lines that are paler than the ink.
    """
    height, width = ink.shape
    none = Lines((0, height, 0, width), 0, 0)
    if min(height, width) < _SMALLEST:
        return ink, none
    inked = ink >= threshold
    inside, sides = _inside_frame(inked)
    top, bottom, left, right = inside
    core = inked[top:bottom, left:right]
    if min(core.shape) < _SMALLEST // 2:
        return ink, none
    erased, inner = _inner_lines(core, framed=sides >= 2)
    if not sides and not inner:
        return ink, none
    kept = np.zeros_like(inked)
    kept[top:bottom, left:right] = core & ~erased
    if kept.sum() < 0.1 * max(1, inked.sum()) and kept.sum() < 0.002 * inked.size:
        return ink, none
    return _only(ink, inked, kept), Lines(inside, sides, inner)


def _inside_frame(inked: Mask) -> tuple[tuple[int, int, int, int], int]:
    height, width = inked.shape
    thickest = max(2, round(_THICKEST_FRAME * min(height, width)))
    rows, columns = inked.mean(axis=1), inked.mean(axis=0)
    top = _frame_end(rows, thickest)
    bottom = _frame_end(rows[::-1], thickest)
    left = _frame_end(columns, thickest)
    right = _frame_end(columns[::-1], thickest)
    ends = (top, bottom, left, right)
    sides = sum(one > 0 for one in ends)
    if sides == 1 and max(ends) > _AT_EDGE * min(height, width):
        return (0, height, 0, width), 0
    return (top, height - bottom, left, width - right), sides


def _frame_end(coverage: npt.NDArray[np.floating], thickest: int) -> int:
    """How many rows from the edge a frame ends; 0 without one. A frame fills its rows, and the rows after it are nearly empty."""
    depth = round(_FRAME_DEPTH * len(coverage))
    full = coverage[:depth] >= _FRAME_FULL
    if not full.any():
        return 0
    at = int(np.argmax(full))
    run = int(np.argmin(full[at:])) if not full[at:].all() else len(full) - at
    if run > thickest or at + run >= depth:
        return 0
    after = coverage[at + run + 1 : at + run + 1 + max(3, run)]
    before = coverage[:at]
    if after.size == 0 or after.min() > 0.5 or (at > 2 and before[: at - 2].max(initial=0) > 0.5):
        return 0
    end = at + run
    while end < depth and coverage[end] > 0.55 * coverage[at : at + run].max() and end - at < thickest + 2:
        end += 1
    return end + 1


def _inner_lines(core: Mask, *, framed: bool) -> tuple[Mask, int]:
    """Pixels of lines that cross the whole picture, and how many lines. Without a frame there must be two that meet."""
    found = []
    for unwound, wind in _views(core):
        bands = [band for band in _line_bands(unwound) if _reaches_both_ends(unwound, *band, framed=framed)]
        found.append((wind, bands))
    count, directions = sum(len(bands) for _, bands in found), sum(bool(bands) for _, bands in found)
    if not framed and directions < 2:
        return np.zeros_like(core), 0
    left = core
    for _ in range(2):  # in the second pass, another line is no stroke that crosses
        erased = np.zeros_like(core)
        for (unwound, wind), (_, bands) in zip(_views(left), found, strict=True):
            for start, end in bands:
                band = np.zeros_like(unwound)
                band[:, start:end] = unwound[:, start:end] & ~_crossed(unwound, start, end)
                erased |= wind(band)
        left = left & ~erased
    return core & ~left, count


def _reaches_both_ends(picture: Mask, start: int, end: int, *, framed: bool) -> bool:
    """Whether a line goes on to the picture's edges, or to the frame, where a dash may end a little before."""
    rows = max(2, round((2 if framed else 1) * _AT_EDGE * len(picture)))
    return all(part[:, start:end].any(axis=1).mean() >= 0.25 for part in (picture[:rows], picture[-rows:]))


def _views(core: Mask) -> Iterator[View]:
    """The picture turned and sheared so that lines of one direction become columns, and the way back."""
    yield core, lambda band: band
    yield core.T, lambda band: band.T
    height, width = core.shape
    if abs(height - width) > 0.06 * max(height, width):
        return
    for sign in (1, -1):
        yield _sheared(core, sign)


def _sheared(core: Mask, sign: int) -> View:
    """One diagonal as a column, with what lies near it, and the way back."""
    height, width = core.shape
    rows = np.arange(height)[:, None]
    shifts = np.rint(sign * width / height * np.arange(height)).astype(int)[:, None]
    columns = np.arange(width)[None, :] - shifts + (width if sign > 0 else 0)  # the diagonal is column `width`
    sheared = np.zeros((height, 2 * width + 1), bool)
    sheared[rows, columns] = core
    reach = max(6, width // 8)
    sheared[:, : width - reach] = sheared[:, width + reach + 1 :] = False
    return sheared, lambda band: band[rows, columns]


def _line_bands(picture: Mask) -> list[tuple[int, int]]:
    """Columns that a straight thin line fills from end to end, dashed or not."""
    height = picture.shape[0]
    slant = 1.0 if picture.shape[1] <= 1.5 * height else 2**0.5  # a diagonal is sheared, which makes it wider
    thickest = max(4, round(_THICKEST_LINE * height * slant) + 1)
    parts = [picture[height * n // _PARTS : height * (n + 1) // _PARTS].mean(axis=0) for n in range(_PARTS)]
    least = np.sort(np.stack(parts), axis=0)[1]
    line = (least >= 0.2) & (np.stack(parts)[[0, -1]].min(axis=0) >= 0.15)
    bands = []
    edges = np.flatnonzero(np.diff(np.concatenate(([False], line, [False])).astype(int)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        whole = picture[:, start:end].mean(axis=0).max()
        beside = picture[:, [max(0, start - thickest - 1), min(picture.shape[1] - 1, end + thickest)]].mean(axis=0)
        if end - start <= thickest and whole >= 0.35 and beside.min() < whole - 0.25:
            bands.append((max(0, start - 1), min(picture.shape[1], end + 1)))
    return bands


def _crossed(picture: Mask, start: int, end: int) -> Mask:
    """(H, 1): the rows where a stroke crosses the band: there is ink on both sides of it."""
    left = picture[:, max(0, start - 2) : start].all(axis=1) if start else np.zeros(len(picture), bool)
    right = picture[:, end : end + 2].all(axis=1) if end < picture.shape[1] else np.zeros(len(picture), bool)
    crossed: Mask = np.logical_and(left, right)
    return crossed[:, None]


def _only(ink: Ink, inked: Mask, kept: Mask) -> Ink:
    """The picture with the ink that stays, its grey edges with it."""
    from scipy import ndimage

    gone = inked & ~kept
    near_gone = ndimage.binary_dilation(gone, iterations=2) & ~ndimage.binary_dilation(kept, iterations=2)
    result: Ink = np.where(gone | (near_gone & ~kept), np.float32(0), ink).astype(np.float32)
    return result
