"""The generators G_F and G_B (Fig. 2): two encoders, the attention, the decoder."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segan_cli.training.model.attention import RefinedAttentionStack
from segan_cli.training.model.normalization import AdaptiveNorm, InstanceNorm
from segan_cli.training.settings import TrainSettings

BLOCK = 4
"""Side of the pixel blocks that the space-to-depth stem folds into channels; both stems' features are S/4 or S."""

FIELD_REACH = 0.1
"""A displacement of 1 moves by this part of half the canvas."""

FIRST_GAIN = 1.2
"""Weight of the source in the output's logit at the start (measured: structure is there from the first step)."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What a generator returns.

    Args:
        image: (B, 1, S, S) in [-1, 1], ink +1: tanh(sharpness · ink_logit).
        ink_logit: (B, 1, S, S); the ink's probability is sigmoid(2 · ink_logit), of which the picture is a sharper version.
        class_logits: (B, 2 per attention unit) for L_cls.
        field: (B, 2, h, w) of `Displacement`, or None without one.
        heatmaps: "cam", "sram", "cram" → (B, h, w).
    """

    image: Tensor
    ink_logit: Tensor
    class_logits: Tensor
    field: Tensor | None = None
    heatmaps: dict[str, Tensor] = dataclasses.field(default_factory=dict)


class ConvNorm(nn.Sequential):
    """Convolution, instance norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        super().__init__(convolution, InstanceNorm(outputs), nn.ReLU())


class ResidualBlock(nn.Module):
    """x + norm(conv(ReLU(norm(conv(x)))))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvNorm(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = InstanceNorm(channels)

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, h, w) to the same shape."""
        result: Tensor = features + self.norm(self.second(self.first(features)))
        return result


class AdaptiveBlock(nn.Module):
    """U-GAT-IT's residual block: AdaLIN in the place of instance norm."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.first_norm = AdaptiveNorm(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second_norm = AdaptiveNorm(channels)

    def forward(self, features: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        """Refine (B, C, h, w) with γ and β, (B, C, 1, 1)."""
        inner = F.relu(self.first_norm(self.first(features), gamma, beta))
        result: Tensor = features + self.second_norm(self.second(inner), gamma, beta)
        return result


class Encoder(nn.Module):
    """E_i or E_s: a stem, strides, and the paper's four residual blocks; image and skeleton have weights of their own."""

    def __init__(self, settings: TrainSettings, base: int) -> None:
        super().__init__()
        if settings.stem == "conv":
            self.stem: nn.Module = ConvNorm(1, base, 7)
            self.down: nn.Module = nn.Sequential(ConvNorm(base, 2 * base, 3, 2), ConvNorm(2 * base, 4 * base, 3, 2))
        else:
            self.stem = nn.Sequential(nn.PixelUnshuffle(BLOCK), ConvNorm(BLOCK * BLOCK, base))
            self.down = ConvNorm(base, 2 * base, 3, 2)
        self.blocks = nn.Sequential(
            *(ResidualBlock(deep_channels(settings, base)) for _ in range(settings.encoder_blocks))
        )

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Encode.

        Args:
            picture: (B, 1, S, S).

        Returns:
            The stem's features at the decoder's last resolution, and x, the features that the attention sees.
        """
        stem = self.stem(picture)
        return stem, self.blocks(self.down(stem))


class Decoder(nn.Module):
    """AdaLIN residual blocks and up-samplings; γ and β come from the refined features and the style's vector."""

    def __init__(self, settings: TrainSettings) -> None:
        super().__init__()
        base = settings.base_channels
        deep = deep_channels(settings, base)
        self.style = nn.Sequential(nn.Linear(deep + settings.style_channels, deep), nn.ReLU())
        self.gamma, self.beta = nn.Linear(deep, deep), nn.Linear(deep, deep)
        nn.init.ones_(self.gamma.bias)
        self.blocks = nn.ModuleList(AdaptiveBlock(deep) for _ in range(settings.decoder_blocks))
        widths = (4 * base, 2 * base, base) if settings.stem == "conv" else (2 * base, base)
        self.up = nn.ModuleList(ConvNorm(wide, slim) for wide, slim in itertools.pairwise(widths))

    def forward(self, refined: Tensor, style: Tensor) -> Tensor:
        """(B, C, h, w) and (B, style channels) to (B, base channels, H, W) at the stem's resolution."""
        told = self.style(torch.cat([refined.mean((2, 3)), style], 1))
        gamma, beta = self.gamma(told)[:, :, None, None], self.beta(told)[:, :, None, None]
        features = refined
        for block in self.blocks:
            features = block(features, gamma, beta)
        for stage in self.up:
            features = stage(F.interpolate(features, scale_factor=2.0, mode="nearest"))
        return features


class FineStage(nn.Module):
    """The last stage at S/2: features and, beside them, the moved source and skeleton, which have the edges.

    Source: ours: a block of 4 × 4 pixels that is one linear map of its features shows as a grid in flat paper.
    """

    def __init__(self, base: int, channels: int, pictures: int) -> None:
        super().__init__()
        self.widen = nn.Sequential(nn.Conv2d(base, 2 * channels, 3, padding=1), nn.PixelShuffle(2), nn.ReLU())
        self.fold = nn.PixelUnshuffle(2)
        self.mix = nn.Sequential(nn.Conv2d(channels // 2 + 4 * pictures, channels, 3, padding=1), nn.ReLU())
        self.last = nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, features: Tensor, pictures: Tensor) -> Tensor:
        """(B, base, S/4, S/4) and (B, pictures, S, S) to a logit (B, 1, S, S)."""
        beside = torch.cat([self.widen(features), self.fold(pictures)], 1)
        logit: Tensor = self.last(self.mix(beside))
        return logit


class Displacement(nn.Module):
    """A coarse field that moves pictures towards where the hand puts its strokes.

    Source: ours, after DG-Font's deformable skips, with plain bilinear sampling in the place of its operator.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.head = nn.Conv2d(channels, 2, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, h, w) to a field (B, 2, h, w): x and y offsets in halves of the canvas."""
        field: Tensor = self.head(features) * FIELD_REACH
        return field


def move(picture: Tensor, field: Tensor) -> Tensor:
    """Sample `picture` where `field` points.

    Args:
        picture: (B, C, H, W).
        field: (B, 2, h, w), x and y offsets in halves of the canvas; scaled to H × W.

    Returns:
        (B, C, H, W).
    """
    height, width = picture.shape[2:]
    field = field.float()  # 16 bits tell fewer than 256 places apart
    if field.shape[2:] != picture.shape[2:]:
        field = F.interpolate(field, size=(height, width), mode="bilinear", align_corners=False)
    across = (torch.arange(width, device=picture.device, dtype=field.dtype) * 2 + 1) / width - 1
    down = (torch.arange(height, device=picture.device, dtype=field.dtype) * 2 + 1) / height - 1
    grid = torch.stack([field[:, 0] + across, field[:, 1] + down[:, None]], 3)
    moved = F.grid_sample(picture.float(), grid, padding_mode="border", align_corners=False)
    return moved.to(picture.dtype)


class Generator(nn.Module):
    """G_F(X_i, X_s) → brush glyph, or G_B, the way back.

    Args:
        settings: the network's shape.
        styles: number of hands that it draws.
    """

    def __init__(self, settings: TrainSettings, styles: int = 1) -> None:
        super().__init__()
        self.settings = settings
        base = settings.base_channels
        slim = (settings.skeleton_channels or base) if settings.skeleton_encoder else 0
        self.image_encoder = Encoder(settings, base)
        self.skeleton_encoder = Encoder(settings, slim) if slim else None
        deep = deep_channels(settings, base)
        self.attention = RefinedAttentionStack(deep, settings.attention, deep_channels(settings, slim) or None)
        self.style_vectors = nn.Embedding(styles, settings.style_channels)
        self.decoder = Decoder(settings)
        self.displacement = Displacement(base) if settings.displacement else None
        self.finish = ConvNorm(base + (base + slim if settings.skip_features else 0), base)
        block = 1 if settings.stem == "conv" else BLOCK
        if settings.fine_channels:
            self.draw: nn.Module = FineStage(base, settings.fine_channels, 2 if slim else 1)
        else:
            self.draw = nn.Sequential(nn.Conv2d(base, block * block, 3, padding=1), nn.PixelShuffle(block))
        self.gain = nn.Parameter(torch.tensor(FIRST_GAIN)) if settings.source_residual else None

    def forward(self, source: Tensor, source_skeleton: Tensor, style: Tensor) -> Generated:
        """Draw.

        Args:
            source: X_i, (B, 1, S, S) in [-1, 1], ink +1.
            source_skeleton: X_s, the same.
            style: (B,) int64, the index of the hand.
        """
        stems, features, class_logits, heatmaps = self._attend(source, source_skeleton)
        pictures = source if self.skeleton_encoder is None else torch.cat([source, source_skeleton], 1)
        features = self.decoder(features, self.style_vectors(style))
        field = self.displacement(features) if self.displacement is not None else None
        ink_logit = self._finish(features, stems, pictures, field).float()  # losses want more than 16 bits
        return Generated(torch.tanh(self.settings.sharpness * ink_logit), ink_logit, class_logits, field, heatmaps)

    def classify(self, picture: Tensor, skeleton: Tensor) -> Tensor:
        """The attention's logits for a glyph of either domain, (B, 2 per unit), without drawing (L_cls)."""
        return self._attend(picture, skeleton)[2]

    def _attend(self, source: Tensor, skeleton: Tensor) -> tuple[list[Tensor], Tensor, Tensor, dict[str, Tensor]]:
        image_stem, image_features = self.image_encoder(source)
        stems, skeleton_features = [image_stem], None
        if self.skeleton_encoder is not None:
            skeleton_stem, skeleton_features = self.skeleton_encoder(skeleton)
            stems.append(skeleton_stem)
        refined, class_logits, heatmaps = self.attention(image_features, skeleton_features)
        return stems, refined + image_features, class_logits, heatmaps

    def _finish(self, features: Tensor, stems: list[Tensor], pictures: Tensor, field: Tensor | None) -> Tensor:
        if field is not None:
            pictures = move(pictures, field)
        if self.settings.skip_features:
            skipped = torch.cat(stems, 1)
            features = torch.cat([features, skipped if field is None else move(skipped, field)], 1)
        features = self.finish(features)
        ink_logit: Tensor = self.draw(features, pictures) if self.settings.fine_channels else self.draw(features)
        return ink_logit if self.gain is None else ink_logit + self.gain * pictures[:, :1]


def deep_channels(settings: TrainSettings, base: int) -> int:
    """Channels where the attention works: C = 4 · base at S/4 (conv stem), 2 · base at S/8 (space-to-depth)."""
    return base * (4 if settings.stem == "conv" else 2)
