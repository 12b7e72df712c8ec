"""Augmentation: source, skeleton and target move alike; only the source's strokes change their weight. Never a flip.

Each pair's change comes from (seed, number of the sample) alone, so that batch size, processes and resuming change nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from segan_cli.training.data.distance import INTERPOLATION, REACH_PX

SHIFT, SCALE, WEIGHT = 0.06, 0.06, 0.35
"""Largest shift in halves of the canvas, largest change of size, largest change of weight in parts of a pixel."""


@dataclass(frozen=True, slots=True)
class Changes:
    """One batch's changes: (B,) factors of size and weight, (B, 2) shifts."""

    scale: npt.NDArray[np.float32]
    shift: npt.NDArray[np.float32]
    weight: npt.NDArray[np.float32]


def draw_changes(seed: int, samples: npt.NDArray[np.int64], strength: float) -> Changes:
    """The changes of given samples.

    Args:
        seed: the run's seed.
        samples: (B,) numbers of the samples, counted from the run's beginning.
        strength: 1 is the usual amount, 0 none.
    """
    rows = [np.random.Generator(np.random.Philox(key=[seed, int(draw)])).uniform(-1, 1, 4) for draw in samples]
    table = (np.asarray(rows).reshape(-1, 4) * strength).astype(np.float32)
    return Changes(1 + SCALE * table[:, 0], SHIFT * table[:, 1:3], WEIGHT * table[:, 3])


def draw_corner(seed: int, draw: int, side: int) -> tuple[int, int]:
    """Where a batch's square for the discriminator of edges begins: row and column of a square of half the finer canvas.

    Args:
        seed: the run's seed.
        draw: number of the batch's first draw.
        side: of the square, and how far the corner may lie from the canvas's.
    """
    row, column = np.random.Generator(np.random.Philox(key=[seed + 2**33, draw])).integers(0, side + 1, 2)
    return int(row), int(column)


def transform_distances(distances: Tensor, changes: Changes) -> Tensor:
    """Apply the same shifts and sizes to targets kept as distances: no grey is averaged, and corners stay sharp.

    Args:
        distances: (B, 1, T, T), in pixels, positive inside the ink; `REACH_PX` at most.
        changes: one of each per pair.

    Returns:
        The same shape; paper where a picture ends.
    """
    grid = F.affine_grid(_matrix(changes, distances), list(distances.shape), align_corners=False)
    moved = F.grid_sample(distances + REACH_PX, grid, mode=INTERPOLATION, align_corners=False) - REACH_PX
    size = torch.from_numpy(changes.scale).to(distances.device)[:, None, None, None]
    return (moved / size).clamp(-REACH_PX, REACH_PX)


def _matrix(changes: Changes, like: Tensor) -> Tensor:
    matrix = torch.zeros(len(like), 2, 3, device=like.device)
    matrix[:, 0, 0] = matrix[:, 1, 1] = torch.from_numpy(changes.scale).to(like.device)
    matrix[:, :, 2] = torch.from_numpy(changes.shift).to(like.device)
    return matrix


def augment(pictures: Tensor, changes: Changes) -> Tensor:
    """Apply changes to pairs.

    Args:
        pictures: (B, 4, S, S) ink in [0, 1]: source, source skeleton, target, target skeleton.
        changes: one of each per pair.

    Returns:
        The same shape; paper where a picture ends.
    """
    grid = F.affine_grid(_matrix(changes, pictures), list(pictures.shape), align_corners=False)
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
