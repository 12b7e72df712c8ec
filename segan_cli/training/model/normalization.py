"""Normalisation of feature maps: instance statistics, and AdaLIN, which mixes them with the layer's."""

from __future__ import annotations

import torch
from torch import Tensor, nn

EPSILON = 1e-5


def channel_moments(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of each channel over the picture, in float32.

    Args:
        features: (B, C, h, w).

    Returns:
        Two (B, C, 1, 1); the variance is the biased one.
    """
    whole = features.float()
    if whole.is_contiguous(memory_format=torch.channels_last):
        # Sums over the rows of a matrix: torch's own reduction of channels-last pictures is several times slower.
        batch, channels, height, width = whole.shape
        rows = whole.permute(0, 2, 3, 1).reshape(batch, height * width, channels)
        mean = rows.mean(1)
        variance = (rows.square().mean(1) - mean.square()).clamp(min=0)
        return mean[:, :, None, None], variance[:, :, None, None]
    variance, mean = torch.var_mean(whole, (2, 3), correction=0, keepdim=True)
    return mean, variance


class InstanceNorm(nn.Module):
    """Instance normalisation with a learned scale and shift.

    Written out because the built-in one copies channels-last pictures twice.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.shift = nn.Parameter(torch.zeros(1, channels, 1, 1))

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, h, w) to the same shape."""
        mean, variance = channel_moments(features)
        factor = self.scale * torch.rsqrt(variance + EPSILON)
        return torch.addcmul(self.shift - mean * factor, features, factor)


class AdaptiveNorm(nn.Module):
    """AdaLIN: ρ · instance norm + (1 - ρ) · layer norm, with scale γ and shift β told from outside.

    Source: U-GAT-IT (the paper's ref. 10), Eq. 1 there.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.rho = nn.Parameter(torch.full((1, channels, 1, 1), 0.9))

    def forward(self, features: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        """Normalise.

        Args:
            features: (B, C, h, w).
            gamma: (B, C, 1, 1).
            beta: (B, C, 1, 1).
        """
        mean, variance = channel_moments(features)
        layer_mean = mean.mean(1, keepdim=True)
        layer_variance = (variance + (mean - layer_mean).square()).mean(1, keepdim=True)
        rho = self.rho.clamp(0, 1)
        instance, layer = rho * torch.rsqrt(variance + EPSILON), (1 - rho) * torch.rsqrt(layer_variance + EPSILON)
        factor = gamma * (instance + layer)
        return torch.addcmul(beta - gamma * (instance * mean + layer * layer_mean), features, factor)
