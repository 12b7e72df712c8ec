"""From draws to batches: which pairs, moved how, on which device."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segan_cli.training.data.augment import augment, draw_changes
from segan_cli.training.data.dataset import HandPairs, Part
from segan_cli.training.data.sampler import drawn_pairs
from segan_cli.training.loop.step import TrainBatch
from segan_cli.training.settings import TrainSettings


@dataclass(frozen=True, eq=False)
class PairSet:
    """The pairs of one part of the split, over all hands; the pictures stay in their mapped files.

    Args:
        hands: the hands, in the order of the style index.
        places: (hand, row) of each pair.
    """

    hands: tuple[HandPairs, ...]
    places: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.places)

    def pictures(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Pairs by index: (B, 4, S, S) uint8 and the style of each, (B,) int64."""
        chosen = [self.places[int(index)] for index in indices]
        stacked = torch.stack([self.hands[hand].pictures[row] for hand, row in chosen])
        return stacked, torch.tensor([hand for hand, _ in chosen], dtype=torch.int64)

    def char(self, index: int) -> str:
        """The character of a pair."""
        hand, row = self.places[index]
        return self.hands[hand].chars[row]


def pair_set(hands: Sequence[HandPairs], part: Part, seed: int) -> PairSet:
    """All pairs of one part of the split.

    Args:
        hands: the hands of the run.
        part: "train", "dev" or "test".
        seed: `split_seed`.
    """
    places = tuple((number, row) for number, hand in enumerate(hands) for row in hand.rows(part, seed))
    return PairSet(tuple(hands), places)


def spread(pairs: PairSet, most: int) -> list[int]:
    """Indices of at most `most` pairs, evenly spread over the set: the same ones at every score."""
    count = min(most, len(pairs))
    return [index * len(pairs) // count for index in range(count)] if count else []


def training_batch(
    pairs: PairSet, draws: npt.NDArray[np.int64], settings: TrainSettings, device: torch.device
) -> TrainBatch:
    """The augmented pairs of some draws.

    Args:
        pairs: the training pairs.
        draws: (B,) numbers of the draws.
        settings: seed and strength of the augmentation.
        device: where the batch is wanted.
    """
    stacked, style = pairs.pictures(drawn_pairs(settings.seed, len(pairs), draws))
    pictures = stacked.to(device, non_blocking=True).float() / 255
    if settings.augment > 0:
        pictures = augment(pictures, draw_changes(settings.seed, draws, settings.augment))
    return as_batch(pictures, style.to(device))


def plain_batch(pairs: PairSet, indices: Sequence[int], device: torch.device) -> TrainBatch:
    """Pairs as they are, for scores and sheets."""
    stacked, style = pairs.pictures(indices)
    return as_batch(stacked.to(device).float() / 255, style.to(device))


def as_batch(pictures: Tensor, style: Tensor) -> TrainBatch:
    """(B, 4, S, S) ink in [0, 1] as a batch in the network's range."""
    source, source_skeleton, target, target_skeleton = torch.split(pictures * 2 - 1, 1, 1)
    return TrainBatch(source, source_skeleton, target, target_skeleton, style)
