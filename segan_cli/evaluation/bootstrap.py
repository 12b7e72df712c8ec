"""How sure a figure is: 95 % intervals by drawing the test characters again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ROUNDS = 2000
HALVES = 100
"""Half-samples of a distance between sets."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the ends of its 95 % interval."""

    value: float
    low: float
    high: float


def mean_estimate(values: Sequence[float], *, seed: int = 0) -> Estimate:
    """The mean over characters, with the percentile bootstrap's interval.

    Args:
        values: one value a character, at least one.
        seed: of the draws.

    Source: Efron and Tibshirani 1993, ch. 13.
    """
    array = np.asarray(values, dtype=np.float64)
    means = array[_resamples(len(array), seed)].mean(axis=1)
    return Estimate(float(array.mean()), *_middle(means))


def ratio_estimate(values: Sequence[float], base: Sequence[float], *, seed: int = 0) -> Estimate | None:
    """The ratio of two means over the same characters, which are drawn together.

    Args:
        values: one value a character.
        base: the value of the same character in the denominator.
        seed: of the draws.

    Returns:
        The estimate, or None where the base is 0 throughout.
    """
    above, below = (np.asarray(row, dtype=np.float64) for row in (values, base))
    if not below.any():
        return None
    picks = _resamples(len(above), seed)
    lower = below[picks].mean(axis=1)
    ratios = above[picks].mean(axis=1)[lower > 0] / lower[lower > 0]
    return Estimate(float(above.mean() / below.mean()), *_middle(ratios))


def statistic_estimate(statistic: Callable[..., Values], *columns: Sequence[float] | Values, seed: int = 0) -> Estimate:
    """A statistic over characters, whose columns are drawn together, with the percentile bootstrap's interval.

    Args:
        statistic: of arrays (..., N), one for each column, to an array (...); NaN where it has no value.
        columns: one value a character, at least one.
        seed: of the draws.

    Returns:
        The estimate; NaN where the statistic has no value.
    """
    arrays = [np.asarray(column, dtype=np.float64) for column in columns]
    picks = _resamples(len(arrays[0]), seed)
    found = statistic(*(array[picks] for array in arrays))
    found = found[np.isfinite(found)]
    low, high = _middle(found) if len(found) else (float("nan"), float("nan"))
    return Estimate(float(statistic(*arrays)), low, high)


def distance_estimate(
    distance: Callable[[Values, Values], float], a: Values, b: Values, *, paired: bool, seed: int = 0
) -> Estimate:
    """A distance between two sets of features, with an interval from half-samples.

    A bootstrap would draw the same picture twice, which moves these distances themselves. Half of the pictures, drawn
    without replacement, vary about as much as the whole set would if it were collected again.

    Args:
        distance: of an (N, D) and an (M, D) set.
        a: features of one set, at least four rows.
        b: features of the other.
        paired: whether row i of both is the same character, so that both halves hold the same characters.
        seed: of the draws.

    Returns:
        The distance of the whole sets, and 1.96 standard deviations of the half-samples' distances to either side; not
        below 0 unless the distance itself is.

    Source: Politis, Romano and Wolf 1999, §2 (subsampling; at half the size the finite-sample correction is 1).
    """
    value = distance(a, b)
    if min(len(a), len(b)) < 4:
        return Estimate(value, float("nan"), float("nan"))
    random = np.random.default_rng(seed)
    found = []
    for _ in range(HALVES):
        rows = random.permutation(len(a))[: len(a) // 2]
        others = rows if paired else random.permutation(len(b))[: len(b) // 2]
        found.append(distance(a[rows], b[others]))
    reach = 1.96 * float(np.std(found))
    return Estimate(value, max(value - reach, min(value, 0.0)), value + reach)


def _resamples(count: int, seed: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, count, size=(ROUNDS, count))


def _middle(values: Values) -> tuple[float, float]:
    low, high = np.percentile(values, (2.5, 97.5))
    return float(low), float(high)
