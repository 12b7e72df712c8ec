from __future__ import annotations

import numpy as np
import pytest

from segan_cli.errors import UsageError
from segan_cli.evaluation.hand_classifier import HandClassifier

CENTRES = {"one": (4.0, 0.0, 0.0), "two": (0.0, 4.0, 0.0), "three": (0.0, 0.0, 4.0)}


def glyphs(hand: str, count: int, seed: int, spread: float = 1.0) -> np.ndarray:
    return np.random.default_rng(seed).normal(CENTRES[hand], spread, (count, 3))


@pytest.fixture
def classifier() -> HandClassifier:
    return HandClassifier.fit({hand: glyphs(hand, 80, seed) for seed, hand in enumerate(CENTRES)})


def test_it_tells_hands_apart_on_glyphs_that_it_has_not_seen(classifier: HandClassifier) -> None:
    for seed, hand in enumerate(CENTRES):
        verdict = classifier.judge(glyphs(hand, 200, 50 + seed), hand)
        assert verdict.top1.value > 0.95 and verdict.margin.value > 0.9
        assert max(verdict.taken_for, key=lambda name: verdict.taken_for[name]) == hand
        assert sum(verdict.taken_for.values()) == pytest.approx(1)


def test_another_hands_glyphs_are_not_taken_for_it(classifier: HandClassifier) -> None:
    verdict = classifier.judge(glyphs("two", 200, 9), "one")
    assert verdict.top1.value < 0.05 and verdict.margin.value < -0.9 and verdict.taken_for["two"] > 0.95


def test_what_lies_between_two_hands_has_no_margin(classifier: HandClassifier) -> None:
    between = np.tile((np.array(CENTRES["one"]) + np.array(CENTRES["two"])) / 2, (50, 1))
    assert abs(classifier.judge(between, "one").margin.value) < 0.6
    assert classifier.probabilities(between).shape == (50, 3)


def test_a_hand_with_more_glyphs_is_not_likelier() -> None:
    many, few = glyphs("one", 400, 1), glyphs("two", 20, 2)
    middle = (many.mean(0) + few.mean(0))[None] / 2
    assert HandClassifier.fit({"one": many, "two": few}).probabilities(middle)[0] == pytest.approx([0.5, 0.5])


def test_one_hand_is_nothing_to_choose_from() -> None:
    with pytest.raises(UsageError, match="at least two hands"):
        HandClassifier.fit({"one": glyphs("one", 10, 0)})
