"""zi2zi: a paired U-Net with a category embedding in its bottleneck.

Source: Tian 2017, "Master Chinese calligraphy with conditional adversarial networks": L1, adversarial, constancy and
category terms with its weights. Ours: as many strides as the canvas allows, and twice the channels channels for, up to its
published 64: it strides from the first layer on, so they cost no more than the other baselines' do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segan_cli.benchmark.baselines.baseline import Baseline, PatchDiscriminator, Terms, distance
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.model.losses import discriminator_adversarial_loss, generator_adversarial_loss
from segan_cli.training.settings import TrainSettings

EMBEDDING = 128
L1_WEIGHT, CONSTANCY_WEIGHT, CATEGORY_WEIGHT = 100.0, 15.0, 1.0
WIDEST, PUBLISHED = 8, 64


def zi2zi_channels(channels: int) -> int:
    """Channels of its first layer where the other baselines have `channels`."""
    return min(PUBLISHED, 2 * channels)


class UNet(nn.Module):
    """Strided convolutions down to 2 × 2, the style's vector, and the way up with a skip at each size."""

    def __init__(self, size_px: int, base: int, styles: int) -> None:
        super().__init__()
        depth = size_px.bit_length() - 2
        widths = [base * min(2**level, WIDEST) for level in range(depth)]
        layers = zip([1, *widths[:-1]], widths, strict=True)
        self.down = nn.ModuleList(_down(*pair, first=index == 0) for index, pair in enumerate(layers))
        self.style = nn.Embedding(styles, EMBEDDING)
        inputs = [widths[-1] + EMBEDDING, *(2 * width for width in reversed(widths[:-1]))]
        outputs = [*reversed(widths[:-1]), 1]
        self.up = nn.ModuleList(_up(*pair, last=pair[1] == 1) for pair in zip(inputs, outputs, strict=True))

    def encode(self, picture: Tensor) -> list[Tensor]:
        """The features at each size, largest first."""
        features = [picture]
        for layer in self.down:
            features.append(layer(features[-1]))
        return features[1:]

    def forward(self, picture: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 1, S, S) to the drawn picture and the bottleneck's features."""
        *skips, deepest = self.encode(picture)
        vector = self.style(style)[:, :, None, None].expand(-1, -1, *deepest.shape[2:])
        x = self.up[0](torch.cat([deepest, vector], 1))
        for layer, skip in zip(list(self.up)[1:], reversed(skips), strict=True):
            x = layer(torch.cat([x, skip], 1))
        return torch.tanh(x), deepest


class Zi2zi(Baseline):
    """U-Net and a patch judge that also names the style."""

    def __init__(self, settings: TrainSettings, styles: int = 1) -> None:
        super().__init__()
        unet = UNet(settings.data.size_px, zi2zi_channels(settings.network.base_channels), styles)
        self.drawing = nn.ModuleDict({"unet": unet})
        self.judging = nn.ModuleDict(
            {"judge": PatchDiscriminator(2, settings.network.discriminator_channels, classes=styles)}
        )

    @property
    def unet(self) -> UNet:
        """The network that draws."""
        return cast(UNet, self.drawing["unet"])

    def draw(self, batch: TrainBatch) -> Tensor:
        """See `Baseline.draw`."""
        drawn: Tensor = self.unet(batch.source, batch.style)[0]
        return drawn

    def generator_terms(self, batch: TrainBatch) -> tuple[Terms, Mapping[str, Tensor]]:
        """L1, adversarial, constancy of the bottleneck, category."""
        unet = self.unet
        drawn, code = unet(batch.source, batch.style)
        patches, named = self.judging["judge"](torch.cat([drawn, batch.source], 1))
        terms = {
            "l1": L1_WEIGHT * distance(drawn, batch.target),
            "adv": generator_adversarial_loss("log", patches),
            "constancy": CONSTANCY_WEIGHT * F.mse_loss(unet.encode(drawn)[-1], code),
            "category": CATEGORY_WEIGHT * F.cross_entropy(named, batch.style),
        }
        return terms, {"target": drawn}

    def discriminator_terms(self, batch: TrainBatch, drawn: Mapping[str, Tensor]) -> Terms:
        """Adversarial, and the category of real and drawn pictures."""
        judge = self.judging["judge"]
        real, real_named = judge(torch.cat([batch.target, batch.source], 1))
        fake, fake_named = judge(torch.cat([drawn["target"], batch.source], 1))
        category = F.cross_entropy(real_named, batch.style) + F.cross_entropy(fake_named, batch.style)
        return {"adv": discriminator_adversarial_loss("log", real, fake), "category": CATEGORY_WEIGHT * category / 2}


def _down(inputs: int, outputs: int, *, first: bool) -> nn.Module:
    convolution = nn.Conv2d(inputs, outputs, 5, 2, 2)
    return convolution if first else nn.Sequential(nn.LeakyReLU(0.2), convolution, nn.BatchNorm2d(outputs))


def _up(inputs: int, outputs: int, *, last: bool) -> nn.Module:
    layers = [nn.ReLU(), nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)]
    return nn.Sequential(*layers) if last else nn.Sequential(*layers, nn.BatchNorm2d(outputs))
