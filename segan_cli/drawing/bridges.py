"""Strokes that a network left broken: ends of two parts are joined along the grey that it drew between them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from segan_cli.generator.output import Field
from segan_cli.glyph import Ink
from segan_cli.ink import SPECK_SHARE

SIDE = 128
"""Side of the pictures on which the following was chosen, in pixels; a finer field is looked at on this grid."""

GAP_PX = 8.0
"""The longest bridge between two ends that is joined, in pixels."""

FAINT = 0.05
"""The least grey where two parts meet: where the paper is white, the network drew two strokes and not one broken one."""

LEVEL = 1e-3
"""Greys that differ by less are equally dark, and the one in their middle is taken."""

FRONT_PX = 10
"""The longest front in pixels along which two parts may face each other; sides of strokes, unlike ends, have longer ones."""

JOIN_PX = 2.4
"""Width of what is drawn between two ends, in pixels: a brush that hardly touches the paper."""

NEIGHBOURS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Steps in rows and columns to half of a pixel's neighbours; the other half sees it from the other side."""

Pixel = tuple[int, int]
Pixels = npt.NDArray[np.intp]
Bridge = tuple[Pixel, Pixel, Pixel]
"""From an end across the front to the other end, rows and columns."""


def join_gaps(field: Field) -> Field:
    """Join stroke ends that lie near each other with grey between them.

    Args:
        field: (S, S) float32, positive inside the ink; S is 128 or a multiple of it, or a coarser grid.

    Returns:
        (S, S) float32, nowhere lower than `field`.

    Source: ours, with the watershed of Meyer 1994 to find where two parts' greys meet; what it does to a hand's parts and readings
        is in `tests/benchmarks/training.md`.
    """
    times = max(1, field.shape[0] // SIDE)
    coarse = field if times == 1 else _shrunk(field, times)
    joined = field.copy()
    for bridge in _bridges(_written_parts(coarse > 0), _grey(coarse)):
        _draw(joined, np.add(bridge, 0.5) * times - 0.5, times)
    return joined


def _shrunk(field: Field, times: int) -> Field:
    """The mean of each `times` by `times` values, in pixels of the coarser grid."""
    side = field.shape[0] // times
    return np.asarray(field.reshape(side, times, side, times).mean((1, 3)) / times, dtype=np.float32)


def _grey(field: Field) -> Ink:
    return np.asarray(1 / (1 + np.exp(-field)), dtype=np.float32)


def _written_parts(ink: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The ink without parts that are too small to be written: they have no ends to be joined."""
    from scipy import ndimage

    parts, count = ndimage.label(ink, structure=np.ones((3, 3), int))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    sizes[0] = 0
    kept: npt.NDArray[np.bool_] = (sizes >= min(SPECK_SHARE * ink.size, sizes.max()))[parts] & ink
    return kept


def _bridges(ink: npt.NDArray[np.bool_], grey: Ink) -> Iterator[Bridge]:
    """The bridges over the darkest pass of each front between two parts, where front and bridge are short enough."""
    from scipy import ndimage
    from skimage.segmentation import watershed

    parts, count = ndimage.label(ink, structure=np.ones((3, 3), int))
    if count < 2:
        return
    basins = watershed(-grey, parts, connectivity=2, mask=ink | (grey >= FAINT))
    for one, other, height in _fronts(basins, grey):
        if len(np.unique(one, axis=0)) > FRONT_PX:
            continue
        darkest = np.flatnonzero(height >= height.max() - LEVEL)
        crossing = darkest[((one[darkest] - one[darkest].mean(0)) ** 2).sum(1).argmin()]
        near, far = (_nearest_of(parts == basins[tuple(pixel)], pixel) for pixel in (one[crossing], other[crossing]))
        if near is not None and far is not None:
            across = (int(one[crossing][0]), int(one[crossing][1]))
            if np.hypot(*np.subtract(near, across)) + np.hypot(*np.subtract(far, across)) <= GAP_PX:
                yield near, across, far


def _fronts(basins: npt.NDArray[np.int32], grey: Ink) -> Iterator[tuple[Pixels, Pixels, npt.NDArray[np.float32]]]:
    """Where two basins meet, each place of its own: (N, 2) pixels on either side, how dark the lighter one is (N,)."""
    from scipy import ndimage

    ones, others = [], []
    for down, right in NEIGHBOURS:
        rows, columns = slice(0, basins.shape[0] - down), slice(max(0, -right), basins.shape[1] - max(0, right))
        here = basins[rows, columns]
        there = basins[down:, max(0, right) : basins.shape[1] + min(0, right)]
        found = np.add(np.argwhere((here != there) & (here > 0) & (there > 0)), (0, max(0, -right)))
        ones.append(found)
        others.append(np.add(found, (down, right)))
    one, other = np.concatenate(ones), np.concatenate(others)
    swapped = (basins[tuple(one.T)] > basins[tuple(other.T)])[:, None]
    one, other = np.where(swapped, other, one), np.where(swapped, one, other)
    height = np.minimum(grey[tuple(one.T)], grey[tuple(other.T)])
    meeting = basins[tuple(one.T)].astype(np.int64) * (int(basins.max()) + 1) + basins[tuple(other.T)]
    for pair in np.unique(meeting):
        pixels = np.flatnonzero(meeting == pair)
        place = np.zeros(basins.shape, bool)
        place[tuple(one[pixels].T)] = True
        places = ndimage.label(place, structure=np.ones((3, 3), int))[0][tuple(one[pixels].T)]
        for number in range(1, int(places.max()) + 1):
            front = pixels[places == number]
            yield one[front], other[front], height[front]


def _nearest_of(part: npt.NDArray[np.bool_], pixel: npt.NDArray[np.intp]) -> Pixel | None:
    """The part's pixel that is nearest to this one and no more than `GAP_PX` away in rows and columns."""
    top, left = (max(0, int(place) - int(GAP_PX)) for place in pixel)
    window = part[top : int(pixel[0]) + int(GAP_PX) + 1, left : int(pixel[1]) + int(GAP_PX) + 1]
    places = np.add(np.argwhere(window), (top, left))
    if not len(places):
        return None
    row, column = places[((places - pixel) ** 2).sum(1).argmin()]
    return int(row), int(column)


def _draw(field: Field, bridge: npt.NDArray[np.float64], times: int) -> None:
    """Raise the field to the ink of the bridge's two straight pieces, `JOIN_PX` coarse pixels wide."""
    reach = (int(JOIN_PX) + 1) * times
    top, left = np.maximum(np.floor(bridge.min(0)).astype(int) - reach, 0)
    bottom, right = np.ceil(bridge.max(0)).astype(int) + reach + 1
    window = field[top:bottom, left:right]
    pixels = np.add(np.moveaxis(np.indices(window.shape), 0, -1), (top, left))
    for start, end in pairwise(bridge):
        along, gone = end - start, pixels - start
        place = np.clip(gone @ along / max(float(along @ along), 1e-9), 0, 1)
        distance = np.hypot(*np.moveaxis(gone - place[..., None] * along, -1, 0))
        np.maximum(window, JOIN_PX * times / 2 - distance, out=window, casting="same_kind")
