"""Strengths from comparisons: who is preferred to whom, on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
PRIOR = 0.5
"""Wins that each two are given of each other beforehand, so that one who never lost has a strength, too."""
ROUNDS, CLOSE = 2000, 1e-9


def strengths(wins: Floats, *, prior: float = PRIOR) -> Floats:
    """Log strengths.

    Args:
        wins: (K, K); how often the first was preferred to the second.
        prior: wins added for each two that were compared at all.

    Returns:
        (K,) log strengths, the first being 0: i is preferred to j with probability 1 / (1 + exp(s_j - s_i)).

    Source: Bradley and Terry 1952; the iteration of Hunter 2004 (minorise and maximise), which always climbs.
    """
    games = wins + wins.T
    compared = (games > 0) & ~np.eye(len(wins), dtype=bool)
    played = np.where(compared, games + 2 * prior, 0.0)
    won = np.where(compared, wins + prior, 0.0).sum(axis=1)
    power = np.ones(len(wins))
    for _ in range(ROUNDS):
        shares = (played / (power[:, None] + power[None, :])).sum(axis=1)
        new = np.where(shares > 0, won / np.maximum(shares, 1e-12), power)
        new /= np.exp(np.log(np.maximum(new, 1e-12)).mean())
        moved = float(np.abs(np.log(new) - np.log(power)).max())
        power = new
        if moved < CLOSE:
            break
    logs: Floats = np.log(power) - np.log(power[0])
    return logs


def counted(comparisons: Sequence[tuple[int, int]], size: int) -> Floats:
    """(K, K) wins from (winner, loser) pairs."""
    wins = np.zeros((size, size))
    for winner, loser in comparisons:
        wins[winner, loser] += 1
    return wins
