"""Whose hand is a glyph in? A classifier of hands tells how surely drawn glyphs are taken for the hand that they should be in.

Linear discriminant analysis on the features that FD-lite0 is measured on, trained on real glyphs of the training part of every
hand. Its answers for real glyphs of the test part are the ceiling that drawn glyphs are held against.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from segan_cli.errors import UsageError
from segan_cli.evaluation.bootstrap import Estimate, Values, mean_estimate
from segan_cli.evaluation.features import Features

SHRINKAGE = 0.2
"""Share of the mean variance in the common covariance: 1,280 dimensions have more entries than a few hundred glyphs tell."""


@dataclass(frozen=True)
class HandVerdict:
    """What the classifier says of a set of glyphs that should be in one hand.

    Args:
        top1: share of glyphs taken for that hand.
        margin: mean of the hand's probability less that of the likeliest other, -1 to 1.
        taken_for: hand → share of glyphs taken for it.
    """

    top1: Estimate
    margin: Estimate
    taken_for: dict[str, float]


@dataclass(frozen=True)
class HandClassifier:
    """A linear classifier of hands.

    Args:
        hands: their names.
        weights: (D, H) float64.
        bias: (H,) float64.
    """

    hands: tuple[str, ...]
    weights: Values
    bias: Values

    @classmethod
    def fit(cls, features: Mapping[str, Features]) -> HandClassifier:
        """Train on real glyphs.

        Args:
            features: hand → (N, D) features of its glyphs; every hand counts the same, however many it has.

        Raises:
            UsageError: fewer than two hands, or a hand with fewer than two glyphs.

        Source: Hastie, Tibshirani and Friedman 2009, §4.3; the shrinkage is Friedman's regularised form.
        """
        if len(features) < 2 or min(len(one) for one in features.values()) < 2:
            raise UsageError("A classifier of hands needs at least two hands with two glyphs each.")
        sets = {hand: np.asarray(one, dtype=np.float64) for hand, one in features.items()}
        means = np.stack([one.mean(0) for one in sets.values()])
        covariance = np.mean([np.cov(one, rowvar=False) for one in sets.values()], axis=0)
        spread = float(np.trace(covariance)) / len(covariance)
        shrunk = (1 - SHRINKAGE) * covariance + SHRINKAGE * max(spread, 1e-12) * np.eye(len(covariance))
        weights = np.linalg.solve(shrunk, means.T)
        return cls(tuple(sets), weights, -0.5 * np.einsum("hd,dh->h", means, weights))

    def probabilities(self, features: Features) -> Values:
        """(N, H): how likely each glyph is in each hand."""
        logits = np.asarray(features, dtype=np.float64) @ self.weights + self.bias
        exponentials = np.exp(logits - logits.max(1, keepdims=True))
        return np.asarray(exponentials / exponentials.sum(1, keepdims=True))

    def judge(self, features: Features, hand: str, *, seed: int = 0) -> HandVerdict:
        """How surely a set of glyphs is taken for one of the hands.

        Args:
            features: (N, D) of the glyphs.
            hand: the hand that they should be in.
            seed: of the intervals.
        """
        chances = self.probabilities(features)
        place = self.hands.index(hand)
        own, others = chances[:, place], np.delete(chances, place, axis=1).max(1)
        best = chances.argmax(1)
        shares = {name: float((best == number).mean()) for number, name in enumerate(self.hands)}
        top1 = mean_estimate((best == place).astype(float).tolist(), seed=seed)
        return HandVerdict(top1, mean_estimate((own - others).tolist(), seed=seed), shares)
