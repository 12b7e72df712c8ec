"""What a judge is questions: pairs, mixed sets and scores, in an order that the seed decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal

import numpy as np

from segan_cli.config import setting
from segan_cli.errors import UsageError

Kind = Literal["pair", "set", "score"]
HAND = "hand"
"""How the hand's own glyphs are called among the methods."""
QUARTERS = 4


@dataclass(frozen=True)
class StudySettings:
    """How much a judge is questions."""

    pairs: int = setting(12, "pairs for each two of the hand and the methods", low=0, high=500)
    sets: int = setting(6, "mixed sets for each method", low=0, high=200)
    scores: int = setting(8, "glyphs to score from 1 to 5, for the hand and for each method", low=0, high=500)
    set_size: int = setting(6, "glyphs of a mixed set; half of them are the hand's", low=4, high=12)
    repeats: float = setting(
        0.1, "part of the questions that is asked twice, to see how steady a judge is", low=0, high=0.5
    )
    seed: int = setting(1, "seed of the choice and of the order", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        if self.set_size % 2:
            raise ValueError(f"set_size is {self.set_size}; half of a set are the hand's glyphs, so it is even.")
        if not self.pairs + self.sets + self.scores:
            raise ValueError("There is nothing to ask: pairs, sets and scores are all 0.")


@dataclass(frozen=True, slots=True)
class Trial:
    """One question.

    Args:
        name: its name in the page and in the answers.
        kind: "pair" (which was written by the hand?), "set" (pick the written ones), "score" (1 to 5).
        items: whose glyph each option is, from left to right: `HAND` or a method.
        chars: the character of each option.
        repeats: the name of the question that this one asks again; empty for a first one.
    """

    name: str
    kind: Kind
    items: tuple[str, ...]
    chars: tuple[str, ...]
    repeats: str = ""


def make_trials(chars: Mapping[str, float], methods: Sequence[str], settings: StudySettings) -> list[Trial]:
    """Choose the questions.

    Args:
        chars: characters that the hand and every method have, with how much is written in each; every quarter of them, from
            the fewest strokes to the most, is asked about as often.
        methods: names of the methods.
        settings: how much.

    Raises:
        UsageError: too few characters for a mixed set.
    """
    if len(chars) < settings.set_size:
        raise UsageError(
            f"The hand and all methods have {len(chars)} characters in common; a mixed set takes {settings.set_size}. "
            "Draw more of the hand's characters with each method."
        )
    random = np.random.default_rng(settings.seed)
    deal = _Deck(chars, random)
    questions: list[Trial] = []
    for pair in combinations([HAND, *methods], 2):
        questions += [_pair(pair, deal.next(), random) for _ in range(settings.pairs)]
    for method in methods:
        questions += [
            _set(method, [deal.next() for _ in range(settings.set_size)], random) for _ in range(settings.sets)
        ]
    for item in [HAND, *methods]:
        questions += [Trial("", "score", (item,), (deal.next(),)) for _ in range(settings.scores)]
    order = [
        replace(questions[place], name=f"q{number}")
        for number, place in enumerate(random.permutation(len(questions)), 1)
    ]
    return _with_repeats(order, settings.repeats, random)


class _Deck:
    """Deals characters, a quarter in turn; none comes again before its quarter is used up."""

    def __init__(self, chars: Mapping[str, float], random: np.random.Generator) -> None:
        ordered = sorted(chars, key=lambda char: (chars[char], char))
        self._quarters = [list(part) for part in np.array_split(np.array(ordered), QUARTERS) if len(part)]
        self._random, self._hands = random, [list[str]() for _ in self._quarters]
        self._turn = 0

    def next(self) -> str:
        """The next character."""
        at = self._turn % len(self._quarters)
        self._turn += 1
        if not self._hands[at]:
            self._hands[at] = [str(char) for char in self._random.permutation(self._quarters[at])]
        return self._hands[at].pop()


def _pair(pair: tuple[str, str], char: str, random: np.random.Generator) -> Trial:
    items = pair if random.random() < 0.5 else (pair[1], pair[0])
    return Trial("", "pair", items, (char, char))


def _set(method: str, chars: Sequence[str], random: np.random.Generator) -> Trial:
    whose = [HAND] * (len(chars) // 2) + [method] * (len(chars) // 2)
    return Trial("", "set", tuple(whose[place] for place in random.permutation(len(whose))), tuple(chars))


def _with_repeats(trials: list[Trial], part: float, random: np.random.Generator) -> list[Trial]:
    """Some questions once more, far from the first time, with their options the other way round."""
    count = round(part * len(trials))
    questions = list(trials)
    for number, place in enumerate(sorted(random.choice(len(trials), count, replace=False).tolist()), 1):
        one = trials[place]
        again = replace(one, name=f"r{number}", items=one.items[::-1], chars=one.chars[::-1], repeats=one.name)
        after = questions.index(one) + 1
        earliest = min(len(questions), after + max(1, len(trials) // 3))
        questions.insert(int(random.integers(earliest, len(questions) + 1)), again)
    return questions
