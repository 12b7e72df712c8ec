"""The residual generator that CycleGAN and StarGAN share (Johnson et al. 2016)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from segan_cli.training.model.networks import ConvNorm, ResidualBlock

BLOCKS = 6


class ResidualGenerator(nn.Module):
    """7 × 7, two strides, six residual blocks, two up-samplings, tanh.

    Args:
        base: channels at full size.
        labels: channels of a label that is laid beside the picture.
    """

    def __init__(self, base: int, labels: int = 0) -> None:
        super().__init__()
        self.down = nn.Sequential(
            ConvNorm(1 + labels, base, 7), ConvNorm(base, 2 * base, 3, 2), ConvNorm(2 * base, 4 * base, 3, 2)
        )
        self.blocks = nn.Sequential(*(ResidualBlock(4 * base) for _ in range(BLOCKS)))
        self.up = nn.Sequential(
            nn.Upsample(scale_factor=2),
            ConvNorm(4 * base, 2 * base),
            nn.Upsample(scale_factor=2),
            ConvNorm(2 * base, base),
        )
        self.last = nn.Conv2d(base, 1, 7, padding=3)

    def forward(self, picture: Tensor, label: Tensor | None = None) -> Tensor:
        """(B, 1, S, S), with a (B, labels) label where there is one, to (B, 1, S, S) in [-1, 1]."""
        if label is not None:
            picture = torch.cat([picture, label[:, :, None, None].expand(-1, -1, *picture.shape[2:])], 1)
        return torch.tanh(self.last(self.up(self.blocks(self.down(picture)))))
