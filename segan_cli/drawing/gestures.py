"""How heavy and how varied a glyph is to be: the hand's own chance, from a seed of the character, and what a person asks for."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from segan_cli.errors import UsageError
from segan_cli.generator.manifest import GestureStatistics, Style
from segan_cli.generator.normalize import Gestures

FURTHEST = 3.0
"""The largest offset of weight or contrast from what is expected, in the hand's standard deviations: no training glyph tells of more."""


def gesture_offsets(
    statistics: GestureStatistics | None,
    seeds: Sequence[str],
    *,
    variant: int = 0,
    weight: float = 0.0,
    more: Sequence[tuple[float, float]] | None = None,
) -> Gestures:
    """What the network is told of each glyph's weight and contrast.

    Args:
        statistics: the hand's; None gives zeros, for a network that takes no gesture.
        seeds: the character of each glyph, and behind it what else tells its drawing from others of the same character.
        variant: 0 draws with as much chance as the statistics say, which may be none; another number gives other glyphs of the same
            hand, with all of it.
        weight: percent of the hand's mean weight by which strokes are to be heavier, or (below 0) lighter.
        more: weight and contrast of each glyph in the hand's standard deviations, on top of the rest; None adds nothing.

    Returns:
        (N, 2) float32 in the hand's standard deviations: chance, as wide as what the character does not tell, and the weight
        asked for. A glyph's offset depends on its own seed alone.
    """
    if statistics is None:
        return np.zeros((len(seeds), 2), np.float32)
    factor = np.asarray(statistics.residual, np.float64) * (1.0 if variant else statistics.chance)
    chance = np.array([_normal(seed, variant) for seed in seeds]).reshape(-1, 2) @ factor.T
    chance[:, 0] += weight / 100 * statistics.weight_mean / statistics.weight_sd
    if more is not None:
        chance += np.asarray(more, np.float64).reshape(-1, 2)
    return np.clip(chance, -FURTHEST, FURTHEST).astype(np.float32)


def check_gesture(style: Style, *, variant: int, weight: float) -> None:
    """Refuse what the style's network cannot do.

    Raises:
        UsageError: a variant or a weight is asked for, and the network takes no gesture.
    """
    if style.gesture is None and (variant or weight):
        option = f"--variant {variant}" if variant else f"--weight {weight:g}"
        raise UsageError(
            f"{option}: the network of {style.name} draws each character in one way and takes no weight. Leave it out, or choose a style "
            "whose network does (a training run is exported first: segan export)."
        )


def _normal(seed: str, variant: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Two normal numbers, the same for the same seed on every machine."""
    digest = hashlib.sha256(f"{variant}:{seed}".encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:8], "big"))).standard_normal(2)
