"""Picture sheets: source | skeleton | generated | target, and the heatmaps of the attention on request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from segan_cli.drawing.postprocess import finish
from segan_cli.files import written_beside
from segan_cli.training.data.batches import PairSet, plain_batch
from segan_cli.training.loop.dev_score import draw_pairs
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
    return 1 - torch.cat([_row((row.float().cpu() + 1) / 2) for row in rows]).clamp(0, 1)


def draw_hands_sheet(
    generator: Generator, pairs: PairSet, most: int, device: torch.device, joins: Sequence[bool]
) -> Tensor:
    """A sheet of several hands: one column a character, the source on top, then what each hand's row drew and has.

    Args:
        generator: the moving average of G_F.
        pairs: test pairs of several hands.
        most: characters at most, from those that the most hands have.
        device: where the generator is.
        joins: for each hand, whether finishing joins its broken strokes.

    Returns:
        (height, width) grey in [0, 1], 1 is white; drawn glyphs are finished, as `segan generate` writes them. Where a hand
        lacks a character there is paper.
    """
    index_of = {(hand, pairs.char(index)): index for index, (hand, _) in enumerate(pairs.places)}
    owners = Counter(char for _, char in index_of)
    shared = sorted(char for char, count in owners.items() if count == max(owners.values()))
    count = min(most, len(shared))
    chars = [shared[number * len(shared) // count] for number in range(count)]
    size = pairs.hands[0].pictures.shape[-1]
    source = torch.full((count, 1, size, size), -1.0)
    rows: list[Tensor] = []
    for hand in range(len(pairs.hands)):
        mine = [column for column, char in enumerate(chars) if (hand, char) in index_of]
        drawn, written = torch.full_like(source, -1.0), torch.full_like(source, -1.0)
        if mine:
            indices = [index_of[hand, chars[column]] for column in mine]
            batch, inks = plain_batch(pairs, indices, device), draw_pairs(generator, pairs, indices, device)
            drawn[mine, 0] = (
                torch.from_numpy(np.stack([finish(ink, joins=joins[hand]) for ink in inks.numpy()])) * 2 - 1
            )
            source[mine], written[mine] = batch.source.cpu(), batch.target.cpu()
        rows += [drawn, written]
    return 1 - torch.cat([_row((row + 1) / 2) for row in [source, *rows]]).clamp(0, 1)


def stretched(heatmap: Tensor, size_px: int) -> Tensor:
    """A heatmap (B, h, w) as (B, 1, S, S) in [-1, 1]: each picture from its least to its greatest value."""
    low, high = heatmap.amin((1, 2), keepdim=True), heatmap.amax((1, 2), keepdim=True)
    scaled = (heatmap - low) / (high - low + 1e-6) * 2 - 1
    return F.interpolate(scaled[:, None], size=(size_px, size_px), mode="bilinear", align_corners=False)


def write_sheet(path: Path, sheet: Tensor) -> None:
    """Write a sheet as an 8-bit grey PNG."""
    from PIL import Image

    with written_beside(path) as beside:
        Image.fromarray(np.rint(sheet.numpy() * 255).astype(np.uint8)).save(beside, format="PNG", optimize=True)


def _row(pictures: Tensor) -> Tensor:
    return torch.cat([F.pad(picture[0], (GAP_PX, GAP_PX, GAP_PX, GAP_PX)) for picture in pictures], 1)
