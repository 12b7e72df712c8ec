"""Which drawn glyphs to look at again: what a reader sees in them, and how far they stray from the source's skeleton."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

OUTLIER_LIMIT = 4.0
"""A skeleton strays when its distance lies this many robust deviations above the median of all glyphs of the run."""


def outliers(distances: Mapping[str, float]) -> set[str]:
    """The characters whose skeleton distance is far above what is usual for this hand.

    Args:
        distances: skeleton distance by character. Fewer than 20 tell nothing of what is usual: none is an outlier.

    Source: ours: a cursive hand leaves the source everywhere, so the limit is the hand's own (median and MAD).
    """
    if len(distances) < 20:
        return set()
    values = np.fromiter(distances.values(), dtype=np.float64)
    middle = np.median(values)
    deviation = 1.4826 * np.median(np.abs(values - middle))
    return {char for char, value in distances.items() if value > middle + OUTLIER_LIMIT * max(float(deviation), 1.0)}


def rank(chars: Sequence[str], scores: Mapping[str, float], distances: Mapping[str, float]) -> list[str]:
    """Suspects, the worst first.

    Args:
        chars: the suspects.
        scores: the reader's score of the right character, where it has one.
        distances: the skeleton distance, where there is one; a blank glyph has none and comes first.

    Source: ours: the sum of both ranks, because a score and a distance have no common unit; ties go by code point.
    """
    by_score = _ranks(chars, {char: scores.get(char, 0.5) for char in chars})
    by_distance = _ranks(chars, {char: -distances.get(char, np.inf) for char in chars})
    return sorted(chars, key=lambda char: (char in distances, by_score[char] + by_distance[char], char))


def _ranks(chars: Sequence[str], values: Mapping[str, float]) -> dict[str, int]:
    order = sorted(set(values.values()))
    place = {value: index for index, value in enumerate(order)}
    return {char: place[values[char]] for char in chars}
