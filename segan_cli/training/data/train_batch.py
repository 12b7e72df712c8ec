"""What one training step sees of its pairs."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class TrainBatch:
    """Pairs of one batch; pictures are (B, 1, S, S) in [-1, 1], ink +1.

    Args:
        source: X_i.
        source_skeleton: X_s.
        target: Y_t.
        target_skeleton: Y_s.
        style: (B,) int64, the index of each pair's hand.
        distance: Y_t as (B, 1, 2S, 2S) signed distance in pixels of that grid, where the network draws distances.
        gesture: (B, 2), the target's weight and contrast in standard deviations of its hand.
        corner: row and column where the square of S pixels begins that the discriminator of edges sees of the finer picture.
    """

    source: Tensor
    source_skeleton: Tensor
    target: Tensor
    target_skeleton: Tensor
    style: Tensor
    distance: Tensor | None = None
    gesture: Tensor | None = None
    corner: tuple[int, int] = (0, 0)

    def mirrored(self) -> TrainBatch:
        """The same pairs the other way round, for the backward direction."""
        return TrainBatch(self.target, self.target_skeleton, self.source, self.source_skeleton, self.style)
