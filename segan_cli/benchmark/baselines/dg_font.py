"""DG-Font: unpaired, with skip connections that a learned field deforms.

Source: Xie et al. 2021: content and style encoders, AdaIN mixer, feature deformation skip connections, and the image,
content and offset terms with its weights (0.1, 0.1, 0.5). Ours: the deformable 3 × 3 convolution is written with
`grid_sample`, tap by tap, in the place of a custom operator; at drawing, a hand's style code is the mean of the codes
seen in training, in the place of some reference glyphs.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segan_cli.benchmark.baselines.baseline import Baseline, PatchDiscriminator, Terms, distance, of_domain, unpaired
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.model.losses import discriminator_adversarial_loss, generator_adversarial_loss
from segan_cli.training.model.networks import AdaptiveBlock, ConvNorm, ResidualBlock, warp
from segan_cli.training.settings import TrainSettings

CODE = 128
IMAGE_WEIGHT, CONTENT_WEIGHT, OFFSET_WEIGHT = 0.1, 0.1, 0.5
CODE_DECAY = 0.99
TAPS = tuple(itertools.product((-1, 0, 1), repeat=2))


class DeformedSkip(nn.Module):
    """A deformable 3 × 3 convolution of content features; the decoder's features say where each tap looks."""

    def __init__(self, channels: int, guide: int) -> None:
        super().__init__()
        self.offsets = nn.Conv2d(channels + guide, 2 * len(TAPS), 3, padding=1)
        nn.init.zeros_(self.offsets.weight)
        nn.init.zeros_(self.offsets.bias)  # type: ignore[arg-type]
        self.taps = nn.ModuleList(nn.Conv2d(channels, channels, 1, bias=index == 0) for index in range(len(TAPS)))

    def forward(self, features: Tensor, guide: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, h, w) and (B, G, h, w) to the deformed features and the mean length of the offsets in pixels."""
        side = features.shape[-1]
        offsets = self.offsets(torch.cat([features, guide], 1))
        total: Tensor | None = None
        for index, (down, across) in enumerate(TAPS):
            shift = offsets.new_tensor([across, down])[None, :, None, None]
            field = (offsets[:, 2 * index : 2 * index + 2] + shift) * (2 / side)
            tap = self.taps[index](warp(features, field))
            total = tap if total is None else total + tap
        assert total is not None
        return total, offsets.abs().mean()


class DeformingGenerator(nn.Module):
    """Content encoder, AdaIN mixer, and a decoder with two deformed skips."""

    def __init__(self, base: int) -> None:
        super().__init__()
        self.first = ConvNorm(1, base, 7)
        self.second = ConvNorm(base, 2 * base, 3, 2)
        self.third = nn.Sequential(ConvNorm(2 * base, 4 * base, 3, 2), ResidualBlock(4 * base), ResidualBlock(4 * base))
        self.mixer = nn.ModuleList(AdaptiveBlock(4 * base) for _ in range(2))
        self.gamma, self.beta = nn.Linear(CODE, 4 * base), nn.Linear(CODE, 4 * base)
        self.up = nn.ModuleList([ConvNorm(4 * base, 2 * base), ConvNorm(4 * base, base)])
        self.skips = nn.ModuleList([DeformedSkip(2 * base, 2 * base), DeformedSkip(base, base)])
        self.last = nn.Conv2d(2 * base, 1, 7, padding=3)

    def content(self, picture: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Features at full, half and quarter size."""
        large = self.first(picture)
        middle = self.second(large)
        return large, middle, self.third(middle)

    def forward(self, picture: Tensor, code: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(B, 1, S, S) and (B, CODE) to the picture, the content features and the mean offset in pixels."""
        large, middle, deep = self.content(picture)
        gamma, beta = 1 + self.gamma(code)[:, :, None, None], self.beta(code)[:, :, None, None]
        x = deep
        for block in self.mixer:
            x = block(x, gamma, beta)
        x = self.up[0](F.interpolate(x, scale_factor=2.0))
        skipped, offset = self.skips[0](middle, x)
        x = self.up[1](F.interpolate(torch.cat([x, skipped], 1), scale_factor=2.0))
        skipped, further = self.skips[1](large, x)
        return torch.tanh(self.last(torch.cat([x, skipped], 1))), deep, offset + further


class StyleEncoder(nn.Module):
    """A glyph to its style code."""

    def __init__(self, base: int) -> None:
        super().__init__()
        widths = (1, base, 2 * base, 4 * base, 4 * base)
        layers = [part for pair in itertools.pairwise(widths) for part in (nn.Conv2d(*pair, 4, 2, 1), nn.ReLU())]
        self.body = nn.Sequential(*layers)
        self.code = nn.Linear(4 * base, CODE)

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 1, S, S) to (B, CODE)."""
        code: Tensor = self.code(self.body(picture).mean((2, 3)))
        return code


class DgFont(Baseline):
    """Domain 0 is the source font; the hands follow."""

    def __init__(self, settings: TrainSettings, styles: int = 1) -> None:
        super().__init__()
        base = settings.network.base_channels
        self.drawing = nn.ModuleDict({"generator": DeformingGenerator(base), "style": StyleEncoder(base)})
        self.judging = nn.ModuleDict(
            {"judge": PatchDiscriminator(1, settings.network.discriminator_channels, domains=1 + styles)}
        )
        self.register_buffer("codes", torch.zeros(styles, CODE))
        self.register_buffer("seen", torch.zeros(styles))

    @property
    def generator(self) -> DeformingGenerator:
        """The network that draws."""
        return cast(DeformingGenerator, self.drawing["generator"])

    def draw(self, batch: TrainBatch) -> Tensor:
        """See `Baseline.draw`; in the mean style of each hand."""
        drawn: Tensor = self.generator(batch.source, self.get_buffer("codes")[batch.style])[0]
        return drawn

    def generator_terms(self, batch: TrainBatch) -> tuple[Terms, Mapping[str, Tensor]]:
        """Adversarial, the source redrawn in its own style, the content kept, short offsets."""
        generator, encoder = self.generator, self.drawing["style"]
        reference = unpaired(batch)
        code = encoder(reference.target)
        self._remember(code.detach().float(), reference.style)
        drawn, content, offset = generator(batch.source, code)
        again, _, own_offset = generator(batch.source, encoder(batch.source))
        patches, _ = self.judging["judge"](drawn)
        terms = {
            "adv": generator_adversarial_loss("hinge", of_domain(patches, reference.style + 1)),
            "image": IMAGE_WEIGHT * distance(again, batch.source),
            "content": CONTENT_WEIGHT * distance(generator.content(drawn)[2], content),
            "offset": OFFSET_WEIGHT * (offset + own_offset) / 2,
        }
        return terms, {"target": drawn}

    def discriminator_terms(self, batch: TrainBatch, drawn: Mapping[str, Tensor]) -> Terms:
        """Adversarial, in the domain of each hand."""
        judge, style = self.judging["judge"], unpaired(batch).style
        real, fake = judge(batch.target)[0], judge(drawn["target"])[0]
        real, fake = of_domain(real, batch.style + 1), of_domain(fake, style + 1)
        return {"adv": discriminator_adversarial_loss("hinge", real, fake)}

    def _remember(self, code: Tensor, style: Tensor) -> None:
        """Move each hand's mean code towards the codes of this batch; the first ones are taken as they are."""
        codes, seen = self.get_buffer("codes"), self.get_buffer("seen")
        for number in sorted(set(style.tolist())):
            mean = code[style == number].mean(0)
            codes[number] = torch.lerp(mean, codes[number], CODE_DECAY) if seen[number] else mean
            seen[number] += 1
