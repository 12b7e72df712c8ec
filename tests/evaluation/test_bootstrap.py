from __future__ import annotations

import numpy as np
import pytest

from segan_cli.evaluation.bootstrap import distance_estimate, mean_estimate, ratio_estimate
from segan_cli.evaluation.fid import kid


def test_the_interval_of_a_share_is_the_binomial_one() -> None:
    estimate = mean_estimate([1.0] * 112 + [0.0] * 28)
    reach = 1.96 * np.sqrt(0.8 * 0.2 / 140)
    assert estimate.value == pytest.approx(0.8)
    assert estimate.low == pytest.approx(0.8 - reach, abs=0.015)
    assert estimate.high == pytest.approx(0.8 + reach, abs=0.015)


def test_the_same_seed_gives_the_same_interval() -> None:
    values = [float(value) for value in np.random.default_rng(0).normal(size=20)]
    assert mean_estimate(values, seed=3) == mean_estimate(values, seed=3) != mean_estimate(values, seed=4)


def test_a_ratio_draws_both_sides_together() -> None:
    human = [1.0, 0.0] * 50
    estimate = ratio_estimate(human, human)
    assert estimate is not None
    assert (estimate.value, estimate.low, estimate.high) == (1.0, 1.0, 1.0)
    assert ratio_estimate([1.0], [0.0]) is None


def test_half_samples_tell_the_spread_of_a_distance() -> None:
    """Against the spread over sets that are really drawn anew."""
    random = np.random.default_rng(0)

    def sets() -> tuple[np.ndarray, np.ndarray]:
        return random.normal(0, 1, (80, 6)), random.normal(0.4, 1, (80, 6))

    anew = 1.96 * np.std([kid(*sets()) for _ in range(200)])
    told = []
    for seed in range(20):
        found = distance_estimate(kid, *sets(), paired=False, seed=seed)
        told.append(found.high - found.value)
    assert float(np.mean(told)) == pytest.approx(anew, rel=0.3)


def test_too_few_pictures_have_no_interval() -> None:
    estimate = distance_estimate(kid, np.eye(3), np.eye(3) + 1, paired=True)
    assert np.isnan(estimate.low) and np.isnan(estimate.high) and estimate.value > 0


def test_paired_halves_hold_the_same_characters_on_both_sides() -> None:
    random = np.random.default_rng(0)
    shared = random.normal(0, 10, (60, 1))
    left, right = shared + random.normal(0, 0.1, (60, 1)), shared + random.normal(0, 0.1, (60, 1))

    def apart(one: np.ndarray, other: np.ndarray) -> float:
        return abs(float(one.mean() - other.mean()))

    paired, free = (distance_estimate(apart, left, right, paired=paired) for paired in (True, False))
    assert paired.high - paired.value < 0.2 < 1.0 < free.high - free.value
