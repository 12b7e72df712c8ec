"""Which drawn glyphs to look at again: what a reader sees in them, and how far they stray from the source's skeleton."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np

from segan_cli.glyph import Ink, Line
from segan_cli.source.line_distance import line_distance

OUTLIER_LIMIT = 4.0
"""A skeleton strays when its distance lies this many robust deviations above the median of all glyphs of the run."""


class ReadingLike(Protocol):
    """What a reader sees."""

    @property
    def char(self) -> str:
        """The character that scored best."""

    @property
    def confidence(self) -> float:
        """Its score, 0 to 1."""


class VerdictLike(Protocol):
    """A glyph held against the character it should be."""

    @property
    def reading(self) -> ReadingLike:
        """What the glyph is read as."""

    @property
    def score(self) -> float:
        """The score of the right character, 0 to 1."""


class Reader(Protocol):
    """An independent reader of single characters (`evaluation.recognizer.Recognizer`); threads share it."""

    @property
    def name(self) -> str:
        """Its name, for the report."""

    def knows(self, char: str) -> bool:
        """Whether it can read the character at all."""

    def judge(self, inks: Sequence[Ink], chars: Sequence[str]) -> Sequence[VerdictLike]:
        """One verdict a picture, in order."""


def skeleton_distance(drawn: Line, source: Line) -> float:
    """How far two skeletons lie from each other.

    Args:
        drawn: (S, S) bool, the drawn glyph's centre lines; not empty.
        source: (S, S) bool, the source glyph's, in the hand's place; not empty.

    Returns:
        The mean distance of a point of either to the nearest point of the other, in thousandths of the canvas's side.
    """
    return float(line_distance(drawn, source) * 1000 / drawn.shape[0])


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
