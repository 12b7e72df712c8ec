"""Strokes that a network left broken: ends of two parts are joined along the grey that it drew between them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Ink
from segan_cli.ink import INK

GAP_PX = 8.0
"""The longest bridge between two ends that is joined, in pixels. This and what follows was chosen on pictures of 128 px."""

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


def join_gaps(ink: Ink, grey: Ink) -> Ink:
    """Join stroke ends that lie near each other with grey between them.

    Args:
        ink: (S, S) float32 in [0, 1], finished but for this.
        grey: (S, S) float32, what the network drew, with its haze.

    Returns:
        (S, S) float32, nowhere lighter than `ink`.

    Source: ours, with the watershed of Meyer 1994 to find where two parts' greys meet; what it does to a hand's parts and readings
        is in `tests/benchmarks/training.md`.
    """
    joined = ink.copy()
    for bridge in _bridges(ink >= INK, grey):
        _draw(joined, bridge)
    return joined


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


def _draw(ink: Ink, bridge: Bridge) -> None:
    """Add the ink of the bridge's two straight pieces, `JOIN_PX` wide, with soft rims."""
    reach = int(JOIN_PX) + 1
    (top, left), (bottom, right) = np.maximum(np.min(bridge, 0) - reach, 0), np.max(bridge, 0) + reach + 1
    window = ink[top:bottom, left:right]
    pixels = np.add(np.moveaxis(np.indices(window.shape), 0, -1), (top, left))
    for start, end in pairwise(bridge):
        along, gone = np.subtract(end, start), pixels - start
        place = np.clip(gone @ along / max(int(along @ along), 1), 0, 1)
        distance = np.hypot(*np.moveaxis(gone - place[..., None] * along, -1, 0))
        np.maximum(window, np.clip((JOIN_PX + 1) / 2 - distance, 0, 1), out=window, casting="same_kind")
