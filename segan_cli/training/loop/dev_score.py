"""How good the generator is on dev characters, in three quick figures."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from segan_cli.glyph import Ink
from segan_cli.ink import iou, skeleton_distance
from segan_cli.source.skeleton import centre_lines
from segan_cli.training.data.batches import PairSet, plain_batch
from segan_cli.training.data.dataset import TARGET
from segan_cli.training.model.networks import Generator

CHUNK = 32


@dataclass(frozen=True, slots=True)
class DevScore:
    """Means over the dev pairs looked at.

    Args:
        l1: mean absolute difference of ink, 0 to 1; small is good.
        iou: common part of the ink (from 0.5 on), 0 to 1; large is good.
        skeleton_distance: how far the centre lines lie apart, in thousandths of the canvas's side; small is good.
    """

    l1: float
    iou: float
    skeleton_distance: float

    def as_dict(self) -> dict[str, float]:
        """The figures by name, as the logs print them: "dev/iou" …"""
        return {f"dev/{name}": value for name, value in asdict(self).items()}


def draw_pairs(generator: Generator, pairs: PairSet, indices: list[int], device: torch.device) -> Tensor:
    """What the generator draws for some pairs, as (N, S, S) ink on the CPU."""
    drawn = []
    with torch.no_grad():
        for start in range(0, len(indices), CHUNK):
            batch = plain_batch(pairs, indices[start : start + CHUNK], device)
            image = generator(batch.source, batch.source_skeleton, batch.style).image
            drawn.append((image[:, 0].float().cpu() + 1) / 2)
    return torch.cat(drawn)


def dev_score(generator: Generator, pairs: PairSet, indices: list[int], device: torch.device) -> DevScore:
    """Score a generator.

    Args:
        generator: the moving average of G_F.
        pairs: the dev pairs.
        indices: which of them.
        device: where the generator is.
    """
    drawn = draw_pairs(generator, pairs, indices, device).numpy()
    targets = pairs.pictures(indices)[0][:, TARGET].numpy().astype(np.float32) / 255
    return DevScore(
        l1=float(np.abs(drawn - targets).mean()),
        iou=float(np.mean([iou(one, other) for one, other in zip(drawn, targets, strict=True)])),
        skeleton_distance=float(np.mean([_distance(one, other) for one, other in zip(drawn, targets, strict=True)])),
    )


def _distance(one: Ink, other: Ink) -> float:
    return skeleton_distance(centre_lines(one), centre_lines(other))
