"""Which characters teach the most: a greedy choice that covers the parts, places and directions of a whole set.

Every character is described by what its source glyph's centre lines show, so no decomposition data is needed:

- **strokes**: for each of 6 × 6 places, which of 8 directions its lines take;
- **parts**: for each of 5 × 5 overlapping windows, the nearest of some hundred typical windows of the whole set, at a third of
  the canvas and so about the size of a component.

A character set is worth the sum over these features of how often the whole set needs the feature times a gain that falls
with each character that has it already. That sum is submodular, so the greedy choice is within 1 − 1/e of the best.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segan_cli.errors import EmptyGlyphError
from segan_cli.glyph import Ink
from segan_cli.source.skeleton import thin

SIDE_PX = 48
"""Side of the pictures that are described."""
_PLACES, _DIRECTIONS = 6, 8
_WINDOWS, _WINDOW_PX = 5, 16
_WORDS = 160
_SAMPLE = 4000
_SMALLEST_SHARE = 0.08
"""A direction counts at a place from this part of the place's side on."""


@dataclass(frozen=True, slots=True)
class Features:
    """What the characters of a set show.

    Args:
        chars: the characters.
        of: for each character the numbers of its features, sorted.
        count: how many features there are.
    """

    chars: tuple[str, ...]
    of: tuple[npt.NDArray[np.intp], ...]
    count: int


def describe(
    chars: Sequence[str],
    picture: Callable[[str], Ink],
    *,
    seed: int = 0,
    advance: Callable[[int], None] = lambda steps: None,
) -> Features:
    """Describe a set of characters by the pictures of the source font.

    Args:
        chars: the characters.
        picture: the (48, 48) ink of a character.
        seed: of the choice of typical windows.
        advance: told how many characters are done since its last call.
    """
    strokes, windows = [], []
    for char in chars:
        line, direction = _lines(picture(char))
        strokes.append(_strokes(line, direction))
        windows.append(_windows(line, direction))
        advance(1)
    words = _words(np.concatenate(windows) if windows else np.zeros((0, 1), np.float32), seed)
    found = tuple(
        np.unique(np.concatenate((one, _parts(window, words)))) for one, window in zip(strokes, windows, strict=True)
    )
    return Features(tuple(chars), found, _PLACES**2 * _DIRECTIONS + _WINDOWS**2 * len(words))


def choose(
    features: Features, count: int, *, among: Sequence[str] | None = None, have: Sequence[str] = ()
) -> tuple[str, ...]:
    """Choose characters, the most telling first; the first n of a longer choice are the choice of n.

    Args:
        features: of the whole set that is to be covered, what is written already included.
        count: how many to choose.
        among: the characters that may be chosen; None allows all.
        have: characters that are written already: what they show is covered, and they are not chosen.

    Returns:
        At most `count` characters; ties go by the order of the set.
    """
    need = np.zeros(features.count)
    for numbers in features.of:
        need[numbers] += 1
    need = np.sqrt(need)
    gain = np.ones(features.count)
    written, allowed = set(have), set(features.chars if among is None else among)
    for char, numbers in zip(features.chars, features.of, strict=True):
        if char in written:
            gain[numbers] /= 2
    waiting = [
        (-float((need * gain)[numbers].sum()), index)
        for index, (char, numbers) in enumerate(zip(features.chars, features.of, strict=True))
        if char in allowed and char not in written
    ]
    heapq.heapify(waiting)
    chosen: list[str] = []
    while waiting and len(chosen) < count:
        _, index = heapq.heappop(waiting)
        numbers = features.of[index]
        now = float((need[numbers] * gain[numbers]).sum())
        if waiting and (-now, index) > waiting[0]:  # what was added since has taken from its worth: it queues again
            heapq.heappush(waiting, (-now, index))
            continue
        chosen.append(features.chars[index])
        gain[numbers] /= 2
    return tuple(chosen)


def _lines(ink: Ink) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
    """The centre lines, and for each pixel the direction, 0 to 7, in which ink runs there."""
    from scipy import ndimage

    try:
        line = thin(ink)
    except EmptyGlyphError:
        return np.zeros(ink.shape, np.bool_), np.zeros(ink.shape, np.intp)
    smooth = ndimage.gaussian_filter(line.astype(np.float32), 1.0)
    dy, dx = np.gradient(smooth)
    tensor = [ndimage.gaussian_filter(one, 1.5) for one in (dx * dx, dy * dy, dx * dy)]
    angle = 0.5 * np.arctan2(2 * tensor[2], tensor[0] - tensor[1]) + np.pi / 2  # across the gradient runs the stroke
    return line, np.rint(angle / np.pi * _DIRECTIONS).astype(np.intp) % _DIRECTIONS


def _strokes(line: npt.NDArray[np.bool_], direction: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    ys, xs = np.nonzero(line)
    side = line.shape[0]
    place = ys * _PLACES // side * _PLACES + xs * _PLACES // side
    counts = np.bincount(place * _DIRECTIONS + direction[ys, xs], minlength=_PLACES**2 * _DIRECTIONS)
    return np.flatnonzero(counts >= max(2, _SMALLEST_SHARE * side / _PLACES * 4))


def _windows(line: npt.NDArray[np.bool_], direction: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
    """(25, 64): for each window, how much line of four directions lies in each of its 4 × 4 fields, of length 1."""
    side, quarter = line.shape[0], _WINDOW_PX // 4
    step = (side - _WINDOW_PX) // (_WINDOWS - 1)
    maps = np.stack([line & (direction // 2 == one) for one in range(4)]).astype(np.float32)
    sums = maps.cumsum(axis=1).cumsum(axis=2)
    sums = np.pad(sums, ((0, 0), (1, 0), (1, 0)))
    starts = step * np.arange(_WINDOWS)[:, None] + quarter * np.arange(5)[None]
    cut = sums[:, starts][:, :, :, starts]
    fields = np.diff(np.diff(cut, axis=2), axis=4)
    table = fields.transpose(1, 3, 0, 2, 4).reshape(_WINDOWS**2, -1)
    described: npt.NDArray[np.float32] = (table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1.0)).astype(
        np.float32
    )
    return described


def _words(windows: npt.NDArray[np.float32], seed: int) -> npt.NDArray[np.float32]:
    """Typical windows, by k-means over a sample of those with enough line."""
    from scipy.cluster.vq import kmeans2

    full: npt.NDArray[np.float32] = windows[np.linalg.norm(windows, axis=1) > 0.9]
    if len(full) <= _WORDS:
        return full
    random = np.random.default_rng(seed)
    sample = full[np.sort(random.choice(len(full), min(len(full), _SAMPLE), replace=False))].astype(np.float64)
    words, _ = kmeans2(sample, _WORDS, iter=12, minit="points", rng=np.random.default_rng(seed))
    return np.asarray(words, dtype=np.float32)


def _parts(windows: npt.NDArray[np.float32], words: npt.NDArray[np.float32]) -> npt.NDArray[np.intp]:
    if not len(words):
        return np.zeros(0, np.intp)
    shown = np.flatnonzero(np.linalg.norm(windows, axis=1) > 0.9)
    distance = -2 * windows[shown] @ words.T + (words**2).sum(axis=1)
    nearest = distance.argmin(axis=1)
    return np.asarray(_PLACES**2 * _DIRECTIONS + shown * len(words) + nearest, dtype=np.intp)
