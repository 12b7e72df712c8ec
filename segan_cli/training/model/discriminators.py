"""D_i, which looks at glyphs and carries SAttRAM too, and D_s, which looks at skeletons (§3.3)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from segan_cli.training.model.attention import RefinedAttention
from segan_cli.training.settings import NetworkSettings

BLOCK = 4


@dataclass(frozen=True, slots=True)
class DiscriminatorOutput:
    """What a discriminator says.

    Args:
        patches: (B, 1, h, w) logits, one a patch; above 0 leans to "real".
        class_logits: (B, 2) of the attention's classifier; (B, 0) where there is none.
    """

    patches: Tensor
    class_logits: Tensor


class PatchBody(nn.Sequential):
    """Spectrally normalised convolutions down to 1/8 of the picture's side."""

    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__(
            nn.PixelUnshuffle(BLOCK),
            _normed(inputs * BLOCK * BLOCK, channels, 3, 1),
            nn.LeakyReLU(0.2),
            _normed(channels, 2 * channels, 4, 2),
            nn.LeakyReLU(0.2),
            _normed(2 * channels, 2 * channels, 3, 1),
            nn.LeakyReLU(0.2),
        )


class ImageDiscriminator(nn.Module):
    """D_i: a patch discriminator whose features pass a self-refined attention unit (SRAM).

    It sees the glyph beside the one that it was drawn from, as pix2pix does: the pairs are known.
    """

    def __init__(self, settings: NetworkSettings, styles: int = 1) -> None:
        super().__init__()
        channels = settings.discriminator_channels
        self.body = PatchBody(2, channels)
        self.attention = RefinedAttention(2 * channels)
        self.judge = _normed(2 * channels, 1, 3, 1)
        self.style = nn.Embedding(styles, 2 * channels)
        nn.init.zeros_(self.style.weight)

    def forward(self, picture: Tensor, other: Tensor, style: Tensor) -> DiscriminatorOutput:
        """Judge (B, 1, S, S) beside the picture of the other domain, for hand `style`, (B,) int64."""
        features = self.body(torch.cat([picture, other], 1))
        features = features + self.style(style)[:, :, None, None]
        refined, class_logits = self.attention(features, features)
        return DiscriminatorOutput(self.judge(refined + features), class_logits)


class SkeletonDiscriminator(nn.Module):
    """D_s: a patch discriminator of skeletons, without attention."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        channels = settings.discriminator_channels
        self.body = PatchBody(1, channels)
        self.judge = _normed(2 * channels, 1, 3, 1)

    def forward(self, skeleton: Tensor) -> DiscriminatorOutput:
        """Judge (B, 1, S, S)."""
        return DiscriminatorOutput(self.judge(self.body(skeleton)), skeleton.new_zeros(len(skeleton), 0))


class EdgeDiscriminator(nn.Module):
    """A discriminator of edges and ends for each hand: it sees squares of 28 px of the finer picture, and no character.

    Without spectral norms: the gradient penalty holds it (`gradient_penalty`).

    Source: ours, after the patch discriminators of pix2pixHD and ESRGAN, for texture beside faithful structure. One for all
        hands, told which by a vector, brought edges half as near to the hands'.

    Args:
        channels: of the first layer.
        styles: number of hands.
    """

    def __init__(self, channels: int, styles: int = 1) -> None:
        super().__init__()
        self.hands = nn.ModuleList(EdgeJudge(channels) for _ in range(styles))

    def forward(self, picture: Tensor, style: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Judge (B, 1, h, w) in [-1, 1], each picture by the discriminator of its hand `style`, (B,) int64.

        Returns:
            (B, 1, h/4, w/4) logits, and each layer's features, for matching; both hand by hand, in the batch's order within a hand.
        """
        if len(self.hands) == 1 or style.is_meta:  # a meta tensor has no values to tell hands apart by, only a cost
            return self.hands[0](picture)  # type: ignore[no-any-return]
        rows = [(style == hand).nonzero()[:, 0] for hand in range(len(self.hands))]
        judged = [judge(picture[own]) for judge, own in zip(self.hands, rows, strict=True) if len(own)]
        layers = zip(*(features for _, features in judged), strict=True)
        return torch.cat([logits for logits, _ in judged]), [torch.cat(layer) for layer in layers]


class EdgeJudge(nn.Module):
    """The discriminator of one hand's edges and ends."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            (
                nn.Sequential(nn.PixelUnshuffle(2), nn.Conv2d(4, channels, 3, padding=1), nn.LeakyReLU(0.2)),
                nn.Sequential(nn.Conv2d(channels, 2 * channels, 4, 2, padding=1), nn.LeakyReLU(0.2)),
                nn.Sequential(nn.Conv2d(2 * channels, 2 * channels, 3, padding=1), nn.LeakyReLU(0.2)),
            )
        )
        self.judge = nn.Conv2d(2 * channels, 1, 3, padding=1)

    def forward(self, picture: Tensor) -> tuple[Tensor, list[Tensor]]:
        """(B, 1, h, w) in [-1, 1] to (B, 1, h/4, w/4) logits, and each layer's features."""
        features, found = picture, []
        for layer in self.layers:
            features = layer(features)
            found.append(features)
        return self.judge(features), found


def _normed(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Module:
    convolution = nn.Conv2d(inputs, outputs, kernel, stride, (kernel - 1) // 2)
    normed: nn.Module = spectral_norm(convolution)
    return normed
