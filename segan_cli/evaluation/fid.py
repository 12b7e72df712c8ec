"""Distances between two sets of pictures, by their features: the Fréchet distance and KID.

Both depend on the features: on EfficientNet-Lite0's they are called FD-lite0 and KID here, never FID. The Fréchet
distance also depends on the number of pictures, so that number and the floor (the same hand against itself, on other
characters) belong beside every value.
"""

from __future__ import annotations

import numpy as np

from segan_cli.errors import UsageError
from segan_cli.evaluation.features import Features


def frechet_distance(a: Features, b: Features) -> float:
    """Fréchet distance between two Gaussians fitted to features, at least 0.

    The trace of the root of the product of both covariances is the nuclear norm of the product of the centred
    features, which is exact for few pictures, too, and needs no matrix root.

    Args:
        a: (N, D) features of one set, N at least 2.
        b: (M, D) features of the other.

    Raises:
        UsageError: a set has fewer than two pictures.

    Source: Heusel et al. 2017, Eq. 6 (FID) on other features.
    """
    _check_two(a, b)
    root_a, root_b = _centred(a), _centred(b)
    means = float(((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum())
    spread = float((root_a**2).sum() + (root_b**2).sum())
    cross = float(np.linalg.norm(root_a @ root_b.T, ord="nuc"))
    return max(means + spread - 2.0 * cross, 0.0)


def kid(a: Features, b: Features) -> float:
    """Kernel distance between two sets, times 1,000; without bias, so that it may fall a little below 0.

    Args:
        a: (N, D) features of one set, N at least 2.
        b: (M, D) features of the other.

    Raises:
        UsageError: a set has fewer than two pictures.

    Source: Bińkowski et al. 2018: squared MMD, kernel (x·y / D + 1)³; over the whole sets, without subsets.
    """
    _check_two(a, b)
    within = _mean_off_diagonal(_kernel(a, a)) + _mean_off_diagonal(_kernel(b, b))
    return 1000.0 * float(within - 2.0 * _kernel(a, b).mean())


def frechet_floor(real: Features, count: int, *, seed: int = 0, draws: int = 5) -> float | None:
    """The Fréchet distance of a hand to itself: the mean over draws of two sets of different characters.

    Args:
        real: (N, D) features of real glyphs, one a character.
        count: pictures a set.
        seed: of the draws.
        draws: how many are averaged.

    Returns:
        The floor at `count` pictures, or None where fewer than 2 * count real glyphs are there.
    """
    if len(real) < 2 * count or count < 2:
        return None
    random = np.random.default_rng(seed)
    orders = (random.permutation(len(real)) for _ in range(draws))
    return float(np.mean([frechet_distance(real[order[:count]], real[order[count : 2 * count]]) for order in orders]))


def _kernel(a: Features, b: Features) -> Features:
    kernel: Features = (a @ b.T / a.shape[1] + 1.0) ** 3
    return kernel


def _mean_off_diagonal(kernel: Features) -> float:
    count = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (count * (count - 1)))


def _centred(features: Features) -> Features:
    centred: Features = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    return centred


def _check_two(a: Features, b: Features) -> None:
    if min(len(a), len(b)) < 2:
        raise UsageError(
            f"A distance between sets needs two pictures a side at least; there are {len(a)} and {len(b)}."
        )
