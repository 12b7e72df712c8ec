"""From ink to the values that the network sees, and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from segan_cli.generator.manifest import NetworkRange
from segan_cli.glyph import Ink

Batch: TypeAlias = npt.NDArray[np.float32]
"""(B, 1, S, S) float32 in the network's range."""

Gestures: TypeAlias = npt.NDArray[np.float32]
"""(B, 2) float32: each glyph's weight and contrast as an offset from what is expected, in the hand's standard deviations."""


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
