"""What a baseline is: networks that draw, networks that judge, and the terms of both."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

from segan_cli.training.data.train_batch import TrainBatch

Terms = dict[str, Tensor]
"""Loss terms by name, each already multiplied by its weight; their sum is what is minimised."""


class Baseline(nn.Module):
    """A rival of SE-GAN. `drawing` learns from `generator_terms`, `judging` from `discriminator_terms`, in turn."""

    drawing: nn.ModuleDict
    judging: nn.ModuleDict

    def draw(self, batch: TrainBatch) -> Tensor:
        """The brush glyphs of a batch's source glyphs, (B, 1, S, S) in [-1, 1]; targets are not looked at."""
        raise TypeError(f"{type(self).__name__} does not draw.")

    def generator_terms(self, batch: TrainBatch) -> tuple[Terms, Mapping[str, Tensor]]:
        """The generators' terms, and the pictures that they drew, by name."""
        raise TypeError(f"{type(self).__name__} has no terms.")

    def discriminator_terms(self, batch: TrainBatch, drawn: Mapping[str, Tensor]) -> Terms:
        """The discriminators' terms on the same batch; `drawn` carries no gradient."""
        raise TypeError(f"{type(self).__name__} has no terms.")


class PatchDiscriminator(nn.Module):
    """A patch discriminator of spectrally normalised convolutions; one logit a patch and domain.

    Args:
        inputs: channels of the picture.
        channels: after the first layer.
        domains: logits a patch.
        classes: width of the second output, logits of the whole picture; 0 for none.
    """

    def __init__(self, inputs: int, channels: int, *, domains: int = 1, classes: int = 0) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for index, width in enumerate((channels, 2 * channels, 4 * channels)):
            before = inputs if index == 0 else width // 2
            layers += [spectral_norm(nn.Conv2d(before, width, 4, 2, 1)), nn.LeakyReLU(0.2)]
        self.body = nn.Sequential(*layers)
        self.patches = spectral_norm(nn.Conv2d(4 * channels, domains, 3, 1, 1))
        self.classes = nn.Linear(4 * channels, classes) if classes else None

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """(B, inputs, S, S) to patches (B, domains, S/8, S/8) and classes (B, classes or 0)."""
        features = self.body(picture)
        pooled = features.mean((2, 3))
        return self.patches(features), self.classes(pooled) if self.classes is not None else pooled[:, :0]


def of_domain(patches: Tensor, domain: Tensor) -> Tensor:
    """The patches of each picture's own domain: (B, domains, h, w) and (B,) to (B, 1, h, w)."""
    chosen: Tensor = patches[torch.arange(len(patches), device=patches.device), domain][:, None]
    return chosen


def distance(one: Tensor, other: Tensor) -> Tensor:
    """Mean absolute difference."""
    return F.l1_loss(one, other)


def unpaired(batch: TrainBatch) -> TrainBatch:
    """The same batch with each source beside another character's target: what an unpaired method may see."""
    roll = {name: getattr(batch, name).roll(1, 0) for name in ("target", "target_skeleton", "style")}
    return TrainBatch(batch.source, batch.source_skeleton, roll["target"], roll["target_skeleton"], roll["style"])
