"""Picture sheets of dev pairs: source | skeleton | generated | target, and the heatmaps of the attention on request."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from segan_cli.training.data.batches import PairSet, plain_batch
from segan_cli.training.model.networks import Generator

GAP_PX = 4


def draw_sheet(
    generator: Generator, pairs: PairSet, indices: Sequence[int], device: torch.device, *, heatmaps: bool = False
) -> Tensor:
    """A sheet with one column per pair and one row per kind.

    Args:
        generator: the moving average of G_F.
        pairs: the dev pairs.
        indices: which of them.
        device: where the generator is.
        heatmaps: add a row for each attention unit.

    Returns:
        (height, width) grey in [0, 1], 1 is white.
    """
    batch = plain_batch(pairs, list(indices), device)
    with torch.no_grad():
        drawn = generator(batch.source, batch.source_skeleton, batch.style)
    rows = [batch.source, batch.source_skeleton, drawn.image, batch.target]
    if heatmaps:
        rows += [stretched(heat, batch.source.shape[-1]) for heat in drawn.heatmaps.values()]
    return 1 - torch.cat([row_of((row.float().cpu() + 1) / 2) for row in rows]).clamp(0, 1)


def stretched(heatmap: Tensor, size_px: int) -> Tensor:
    """A heatmap (B, h, w) as (B, 1, S, S) in [-1, 1]: each picture from its least to its greatest value."""
    low, high = heatmap.amin((1, 2), keepdim=True), heatmap.amax((1, 2), keepdim=True)
    scaled = (heatmap - low) / (high - low + 1e-6) * 2 - 1
    return F.interpolate(scaled[:, None], size=(size_px, size_px), mode="bilinear", align_corners=False)


def row_of(pictures: Tensor) -> Tensor:
    """Pictures (B, 1, S, S) beside each other, (height, width), each with a gap around it."""
    return torch.cat([F.pad(picture[0], (GAP_PX, GAP_PX, GAP_PX, GAP_PX)) for picture in pictures], 1)
