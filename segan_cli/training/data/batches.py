"""From draws to batches: which pairs, moved how, on which device."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from segan_cli.errors import SeganError
from segan_cli.training.data.augment import augment, draw_changes, draw_corner, move_distances
from segan_cli.training.data.dataset import FineTargets, HandPairs, Part
from segan_cli.training.data.distance import unpack_distance
from segan_cli.training.data.gesture import HandGesture, hand_gesture
from segan_cli.training.data.sampler import drawn_pairs
from segan_cli.training.loop.step import TrainBatch
from segan_cli.training.model.networks import picture_of
from segan_cli.training.settings import TrainSettings


@dataclass(frozen=True, eq=False)
class PairSet:
    """The pairs of one part of the split, over all hands; the pictures stay in their mapped files.

    Args:
        hands: the hands, in the order of the style index.
        places: (hand, row) of each pair.
        split_seed: seed of the split, for what is measured on the training part.
    """

    hands: tuple[HandPairs, ...]
    places: tuple[tuple[int, int], ...]
    split_seed: int = 0

    def __len__(self) -> int:
        return len(self.places)

    def pictures(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Pairs by index: (B, 4, S, S) uint8 and the style of each, (B,) int64."""
        chosen = [self.places[int(index)] for index in indices]
        stacked = torch.stack([self.hands[hand].pictures[row] for hand, row in chosen])
        return stacked, torch.tensor([hand for hand, _ in chosen], dtype=torch.int64)

    @property
    def fine(self) -> bool:
        """Whether the targets are kept as distances, too."""
        return all(hand.fine is not None for hand in self.hands)

    def distances(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Targets by index: (B, 1, 2S, 2S) distances in pixels, and (B, 2) weights and contrasts as measured."""
        chosen = [(_fine(self.hands[hand]), row) for hand, row in (self.places[int(index)] for index in indices)]
        packed = torch.stack([fine.distances[row] for fine, row in chosen])[:, None]
        return unpack_distance(packed), torch.stack([fine.gestures[row] for fine, row in chosen])

    @cached_property
    def hand_gestures(self) -> tuple[HandGesture, ...]:
        """Each hand's means and spreads of weight and contrast, over its training part."""
        return tuple(
            hand_gesture(_fine(hand).gestures[hand.rows("train", self.split_seed) or slice(None)].numpy())
            for hand in self.hands
        )

    def standardised(self, gestures: Tensor, style: Tensor) -> Tensor:
        """(B, 2) measured gestures in standard deviations of each pair's hand."""
        rows = zip(gestures.numpy(), style.tolist(), strict=True)
        return torch.from_numpy(np.stack([self.hand_gestures[hand].standardised(one) for one, hand in rows]))

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
    return PairSet(tuple(hands), places, seed)


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
        settings: seed and strength of the augmentation; whether distances are wanted.
        device: where the batch is wanted.
    """
    indices = drawn_pairs(settings.seed, len(pairs), draws)
    stacked, style = pairs.pictures(indices)
    pictures = stacked.to(device, non_blocking=True).float() / 255
    changes = draw_changes(settings.seed, draws, settings.augment)
    if settings.augment > 0:
        pictures = augment(pictures, changes)
    batch = as_batch(pictures, style.to(device))
    if not settings.fine_targets:
        return batch
    distance, gestures = pairs.distances(indices)
    distance = distance.to(device, non_blocking=True)
    if settings.augment > 0:
        distance = move_distances(distance, changes)
        gestures[:, 0] /= torch.from_numpy(changes.scale)  # a glyph made smaller is lighter
    gesture = pairs.standardised(gestures, style).to(device) if settings.gesture else None
    target = F.avg_pool2d(picture_of(distance), 2)  # crisp after the shift, and as what is drawn will look
    corner = draw_corner(settings.seed, int(draws[0]), settings.size_px)
    return dataclasses.replace(batch, target=target, distance=distance, gesture=gesture, corner=corner)


def plain_batch(pairs: PairSet, indices: Sequence[int], device: torch.device) -> TrainBatch:
    """Pairs as they are, for scores and sheets; with distances and gestures where they are kept."""
    stacked, style = pairs.pictures(indices)
    batch = as_batch(stacked.to(device).float() / 255, style.to(device))
    if not pairs.fine:
        return batch
    distance, gestures = pairs.distances(indices)
    gesture = pairs.standardised(gestures, style)
    return dataclasses.replace(batch, distance=distance.to(device), gesture=gesture.to(device))


def as_batch(pictures: Tensor, style: Tensor) -> TrainBatch:
    """(B, 4, S, S) ink in [0, 1] as a batch in the network's range."""
    source, source_skeleton, target, target_skeleton = torch.split(pictures * 2 - 1, 1, 1)
    return TrainBatch(source, source_skeleton, target, target_skeleton, style)


def _fine(hand: HandPairs) -> FineTargets:
    if hand.fine is None:
        raise SeganError(f"The pairs of {hand.name} were read without distances; an edge stage needs them.")
    return hand.fine
