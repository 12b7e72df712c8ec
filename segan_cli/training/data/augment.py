"""Augmentation: source, skeleton and target move alike; only the source's strokes change their weight. Never a flip.

Each pair's change comes from (seed, number of the draw) alone, so that batch size, processes and resuming change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

SHIFT, SCALE, WEIGHT = 0.06, 0.06, 0.35
"""Largest shift in halves of the canvas, largest change of size, largest change of weight in parts of a pixel."""


@dataclass(frozen=True, slots=True)
class Changes:
    """One batch's changes: (B,) factors of size and weight, (B, 2) shifts."""

    scale: npt.NDArray[np.float32]
    shift: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]


def draw_changes(seed: int, draws: npt.NDArray[np.int64], strength: float) -> Changes:
    """The changes of given draws.

    Args:
        seed: the run's seed.
        draws: (B,) numbers of the draws, counted from the run's beginning.
        strength: 1 is the usual amount, 0 none.
    """
    rows = [np.random.Generator(np.random.Philox(key=[seed, int(draw)])).uniform(-1, 1, 4) for draw in draws]
    table = (np.asarray(rows).reshape(-1, 4) * strength).astype(np.float32)
    return Changes(1 + SCALE * table[:, 0], SHIFT * table[:, 1:3], WEIGHT * table[:, 3])


def augment(pictures: Tensor, changes: Changes) -> Tensor:
    """Apply changes to pairs.

    Args:
        pictures: (B, 4, S, S) ink in [0, 1]: source, source skeleton, target, target skeleton.
        changes: one of each per pair.

    Returns:
        The same shape; paper where a picture ends.
    """
    matrix = torch.zeros(len(pictures), 2, 3, device=pictures.device)
    matrix[:, 0, 0] = matrix[:, 1, 1] = torch.from_numpy(changes.scale).to(pictures.device)
    matrix[:, :, 2] = torch.from_numpy(changes.shift).to(pictures.device)
    grid = F.affine_grid(matrix, list(pictures.shape), align_corners=False)
    moved = F.grid_sample(pictures, grid, align_corners=False)
    weight = torch.from_numpy(changes.weight).to(pictures.device)[:, None, None, None]
    source = change_weight(moved[:, :1], weight)
    return torch.cat([source, moved[:, 1:]], 1)


def change_weight(ink: Tensor, weight: Tensor) -> Tensor:
    """Make strokes bolder (weight above 0) or lighter (below 0) by up to a pixel on each side.

    Args:
        ink: (B, 1, S, S) in [0, 1].
        weight: (B, 1, 1, 1) in [-1, 1], the part of a pixel.
    """
    bold, light = F.max_pool2d(ink, 3, 1, 1), -F.max_pool2d(-ink, 3, 1, 1)
    return ink + weight.clamp(min=0) * (bold - ink) + (-weight).clamp(min=0) * (light - ink)
