"""From samples to batches: which pairs, moved how, on which device."""

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
from segan_cli.training.data.augment import augment, draw_changes, draw_corner, transform_distances
from segan_cli.training.data.dataset import FineTargets, HandPairs, Part
from segan_cli.training.data.distance import unpack_distance
from segan_cli.training.data.gesture import HandGesture, hand_gesture
from segan_cli.training.data.sampler import sampled_pairs
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.model.networks import picture_of
from segan_cli.training.settings import TrainSettings


@dataclass(frozen=True, eq=False)
class PairTable:
    """The pictures of a pair set in one piece, in a device's memory, in the order of its pairs.

    Args:
        pictures: (N, 4, S, S) uint8.
        distances: (N, 2S, 2S) uint8 of `pack_distance`; None where the targets are not kept as distances.
    """

    pictures: Tensor
    distances: Tensor | None


@dataclass(frozen=True, eq=False)
class PairSet:
    """The pairs of one part of the split, over all hands; the pictures stay in their mapped files.

    Args:
        hands: the hands, in the order of the style index.
        places: (hand, row) of each pair.
        split_seed: seed of the split, for what is measured on the training part.
        table: the same pictures in a device's memory, from which they are then taken.
    """

    hands: tuple[HandPairs, ...]
    places: tuple[tuple[int, int], ...]
    split_seed: int = 0
    table: PairTable | None = None

    def __len__(self) -> int:
        return len(self.places)

    def pictures(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Pairs by index: (B, 4, S, S) uint8 and the style of each, (B,) int64."""
        chosen = [self.places[int(index)] for index in indices]
        style = torch.tensor([hand for hand, _ in chosen], dtype=torch.int64)
        if self.table is not None:
            return _rows(self.table.pictures, indices), style
        return torch.stack([self.hands[hand].pictures[row] for hand, row in chosen]), style

    @property
    def fine(self) -> bool:
        """Whether the targets are kept as distances, too."""
        return all(hand.fine is not None for hand in self.hands)

    def distances(self, indices: Sequence[int] | npt.NDArray[np.int64]) -> tuple[Tensor, Tensor]:
        """Targets by index: (B, 1, 2S, 2S) distances in pixels, and (B, 2) weights and contrasts as measured."""
        chosen = [(_fine(self.hands[hand]), row) for hand, row in (self.places[int(index)] for index in indices)]
        gestures = torch.stack([fine.gestures[row] for fine, row in chosen])
        if self.table is not None and self.table.distances is not None:
            return unpack_distance(_rows(self.table.distances, indices)[:, None]), gestures
        return unpack_distance(torch.stack([fine.distances[row] for fine, row in chosen])[:, None]), gestures

    def nbytes(self) -> int:
        """How much memory the pictures take."""
        first = self.hands[0]
        each = first.pictures[0].numel() + (first.fine.distances[0].numel() if self.fine and first.fine else 0)
        return each * len(self)

    def on_device(self, device: torch.device) -> PairSet:
        """The same set with its pictures in the device's memory: a batch is then gathered there, not copied over."""
        rows = [
            torch.tensor([row for owner, row in self.places if owner == hand], dtype=torch.int64)
            for hand in range(len(self.hands))
        ]
        order = sorted(range(len(self)), key=lambda index: self.places[index][0])  # hand by hand, stable
        back = torch.empty(len(self), dtype=torch.int64)
        back[torch.tensor(order, dtype=torch.int64)] = torch.arange(len(self))

        def whole(of: Sequence[Tensor]) -> Tensor:
            kept = torch.cat([one[chosen].to(device) for one, chosen in zip(of, rows, strict=True)])
            return kept if order == sorted(order) else kept[back.to(device)]

        pictures = whole([hand.pictures for hand in self.hands])
        distances = whole([_fine(hand).distances for hand in self.hands]) if self.fine else None
        return dataclasses.replace(self, table=PairTable(pictures, distances))

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
    pairs: PairSet, samples: npt.NDArray[np.int64], settings: TrainSettings, device: torch.device
) -> TrainBatch:
    """The augmented pairs of some samples.

    Args:
        pairs: the training pairs.
        samples: (B,) numbers of the samples.
        settings: seed and strength of the augmentation; whether distances are wanted.
        device: where the batch is wanted.
    """
    indices = sampled_pairs(settings.run.seed, len(pairs), samples)
    stacked, style = pairs.pictures(indices)
    pictures = stacked.to(device, non_blocking=True).float() / 255
    changes = draw_changes(settings.run.seed, samples, settings.data.augment)
    if settings.data.augment > 0:
        pictures = augment(pictures, changes)
    batch = as_batch(pictures, style.to(device))
    if not settings.network.draws_distances:
        return batch
    distance, gestures = pairs.distances(indices)
    distance = distance.to(device, non_blocking=True)
    if settings.data.augment > 0:
        distance = transform_distances(distance, changes)
        gestures[:, 0] /= torch.from_numpy(changes.scale)  # a glyph made smaller is lighter
    gesture = pairs.standardised(gestures, style).to(device) if settings.network.gesture else None
    target = F.avg_pool2d(picture_of(distance), 2)  # crisp after the shift, and as what is drawn will look
    corner = draw_corner(settings.run.seed, int(samples[0]), settings.data.size_px)
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


def _rows(table: Tensor, indices: Sequence[int] | npt.NDArray[np.int64]) -> Tensor:
    return table[torch.as_tensor(np.asarray(indices, dtype=np.int64)).to(table.device, non_blocking=True)]


def _fine(hand: HandPairs) -> FineTargets:
    if hand.fine is None:
        raise SeganError(f"The pairs of {hand.name} were read without distances; an edge stage needs them.")
    return hand.fine
