"""Which weight and contrast a character will have: a ridge regression on the trunk's mean features, fitted to the training part.

Part of a glyph's weight follows from its character (dense ones are written lighter), and part is the moment's. The first is
predicted; how large the second is, and how its two numbers go together, is kept, so that drawing can add as much by chance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from segan_cli.training.data.batches import PairSet, plain_batch
from segan_cli.training.loop.precision import autocast
from segan_cli.training.model.networks import GESTURE, Generator

MOST_PAIRS = 4000
"""Glyphs of a hand that a fit looks at."""

PENALTIES = (1.0, 10.0, 100.0, 1000.0)
"""Ridge penalties of standardised features that are tried."""

FOLDS = 5
CHUNK = 32
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GestureFit:
    """What a fit to one hand found.

    Args:
        residual: (2, 2) lower triangular: times two independent normal numbers, it is the gesture's chance part, in
            standard deviations of the hand.
        correlation: of predicted and measured weight and contrast, on glyphs that the fit had not seen.
    """

    residual: tuple[tuple[float, float], tuple[float, float]]
    correlation: tuple[float, float]


def fit_gestures(
    generator: Generator, train: PairSet, *, most: int = MOST_PAIRS, advance: Callable[[int], None] = lambda steps: None
) -> tuple[GestureFit, ...]:
    """Let a generator predict gestures: its buffers are set, hand by hand.

    Args:
        generator: in evaluation mode, with a gesture input.
        train: the training pairs, with distances and gestures.
        most: glyphs of a hand that are looked at, evenly spread.
        advance: called with the number of glyphs looked at since the last call.

    Returns:
        One entry a hand.
    """
    assert generator.gesture is not None
    device = generator.gesture.weights.device
    fits = []
    for hand in range(len(train.hands)):
        chosen = spread_of_hand(train, hand, most)
        features, gestures = look_at(generator, train, chosen, device, advance)
        weights, bias, unseen = fit_ridge(features, gestures)
        generator.gesture.weights[hand] = torch.from_numpy(weights.T).float()
        generator.gesture.biases[hand] = torch.from_numpy(bias).float()
        fits.append(_measured_fit(unseen, gestures))
    return tuple(fits)


def spread_of_hand(train: PairSet, hand: int, most: int) -> list[int]:
    """Indices of at most `most` pairs of a hand, evenly spread."""
    rows = [index for index, place in enumerate(train.places) if place[0] == hand]
    return rows[:: max(1, -(-len(rows) // most))]


def look_at(
    generator: Generator,
    train: PairSet,
    chosen: Sequence[int],
    device: torch.device,
    advance: Callable[[int], None] = lambda steps: None,
) -> tuple[Floats, Floats]:
    """Mean features (N, deep) and standardised gestures (N, 2) of some pairs."""
    features: list[Floats] = []
    gestures: list[Floats] = [np.zeros((0, GESTURE))]
    with torch.inference_mode(), autocast(device, True):
        for start in range(0, len(chosen), CHUNK):
            part = chosen[start : start + CHUNK]
            batch = plain_batch(train, part, device)
            assert batch.gesture is not None
            features.append(generator.pooled(batch.source, batch.source_skeleton).cpu().numpy().astype(np.float64))
            gestures.append(batch.gesture.cpu().numpy().astype(np.float64))
            advance(len(part))
    return np.concatenate(features), np.concatenate(gestures)


def fit_ridge(features: Floats, targets: Floats) -> tuple[Floats, Floats, Floats]:
    """Ridge regression, its penalty chosen by what glyphs left out of the fit say.

    Args:
        features: (N, D).
        targets: (N, 2).

    Returns:
        Weights (D, 2), bias (2,), and for each row (N, 2) what a fit without its fifth of the rows predicts.
    """
    folds = np.arange(len(features)) % FOLDS
    best: tuple[float, float, Floats] | None = None
    for penalty in PENALTIES:
        unseen = np.empty_like(targets)
        for fold in range(FOLDS):
            out = folds == fold
            weights, bias = _ridge(features[~out], targets[~out], penalty)
            unseen[out] = features[out] @ weights + bias
        error = float(np.square(unseen - targets).mean())
        if best is None or error < best[0]:
            best = error, penalty, unseen
    assert best is not None
    weights, bias = _ridge(features, targets, best[1])
    return weights, bias, best[2]


def _ridge(features: Floats, targets: Floats, penalty: float) -> tuple[Floats, Floats]:
    if not len(features):
        return np.zeros((features.shape[1], targets.shape[1])), np.zeros(targets.shape[1])
    mean, spread = features.mean(0), features.std(0) + 1e-6
    scaled = (features - mean) / spread
    gram = scaled.T @ scaled + penalty * np.eye(scaled.shape[1])
    weights = np.linalg.solve(gram, scaled.T @ (targets - targets.mean(0))) / spread[:, None]
    return weights, targets.mean(0) - mean @ weights


def _measured_fit(unseen: Floats, gestures: Floats) -> GestureFit:
    left = gestures - unseen
    covariance = np.cov(left.T) if len(left) > GESTURE else np.zeros((GESTURE, GESTURE))
    factor = np.linalg.cholesky(covariance + 1e-9 * np.eye(GESTURE))
    (a, _), (b, c) = factor.round(4).tolist()
    found = [_correlation(unseen[:, part], gestures[:, part]) for part in range(GESTURE)]
    return GestureFit(((a, 0.0), (b, c)), (found[0], found[1]))


def _correlation(one: Floats, other: Floats) -> float:
    if len(one) < 2 or not one.std() or not other.std():
        return 0.0
    return round(float(np.corrcoef(one, other)[0, 1]), 3)
