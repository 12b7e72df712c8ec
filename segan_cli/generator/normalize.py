"""From ink to what the network sees, and back: its range, its size, its place on the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from segan_cli.generator.manifest import HandFit, NetworkRange
from segan_cli.glyph import Ink

Batch: TypeAlias = npt.NDArray[np.float32]
"""(B, 1, S, S) float32 in the network's range."""


def to_network(inks: Sequence[Ink], values: NetworkRange) -> Batch:
    """Stack inks of one size into a batch.

    Args:
        inks: B inks, (S, S), 1 is ink.
        values: what the network takes for ink and for paper.

    Returns:
        (B, 1, S, S) float32, contiguous.
    """
    stacked: Batch = np.stack(inks)[:, np.newaxis]
    return stacked * np.float32(values.ink - values.paper) + np.float32(values.paper)


def to_ink(batch: Batch, values: NetworkRange) -> Ink:
    """What the network drew, as ink.

    Args:
        batch: (B, 1, S, S) or (B, S, S) in the network's range.
        values: what the network draws for ink and for paper.

    Returns:
        The same without the channel: (B, S, S) float32, cut to [0, 1].
    """
    drawn = batch[:, 0] if batch.ndim == 4 else batch
    ink: Ink = (drawn - np.float32(values.paper)) * np.float32(1 / (values.ink - values.paper))
    np.clip(ink, 0, 1, out=ink)
    return ink


def fit_source(ink: Ink, fit: HandFit) -> Ink:
    """Move a source picture to where the hand writes.

    For pictures only: a font's glyph is drawn in its place at once (`render_glyph` with the same three numbers), which
    is sharper.

    Args:
        ink: (S, S), 1 is ink.
        fit: scale about the canvas's centre, then shift in thousandths of the side, y up.

    Returns:
        (S, S) float32 in [0, 1]; paper where the picture ends. The very same array if there is nothing to move.

    Source: ours: hands fill 80 to 100 % of what the source fills, and starting where the hand writes costs nothing.
    """
    if fit == HandFit():
        return ink
    side, step = ink.shape[0], 1 / fit.scale
    middle = side / 2 * (1 - step)
    left, top = middle - fit.dx / 1000 * side * step, middle + fit.dy / 1000 * side * step
    matrix = (step, 0, left, 0, step, top)
    moved = Image.fromarray(ink).transform((side, side), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
    return np.clip(np.asarray(moved, dtype=np.float32), 0, 1)
