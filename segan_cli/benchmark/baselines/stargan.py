"""StarGAN with a diversity regulariser: one generator for every domain, told by a label.

Source: Choi et al. 2018 (classification 1, reconstruction 10), and Zeng et al. 2021 for the regulariser, which keeps
drawn pictures of different characters as different as their sources. Ours: its form, the ratio of Mao et al. 2019; the
hinge form with spectral norm instead of WGAN-GP, whose five judge steps a generator step a short training cannot pay.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segan_cli.benchmark.baselines.baseline import Baseline, PatchDiscriminator, Terms, distance, unpaired
from segan_cli.benchmark.baselines.residual import ResidualGenerator
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.model.losses import discriminator_adversarial_loss, generator_adversarial_loss
from segan_cli.training.settings import TrainSettings

CLASS_WEIGHT, RECONSTRUCTION_WEIGHT, DIVERSITY_WEIGHT = 1.0, 10.0, 1.0
MOST = 10.0
"""Largest ratio that the regulariser sees, so that it cannot drown the rest."""


class StarGan(Baseline):
    """Domain 0 is the source font; the hands follow."""

    def __init__(self, settings: TrainSettings, styles: int = 1) -> None:
        super().__init__()
        self.domains = 1 + styles
        self.drawing = nn.ModuleDict({"generator": ResidualGenerator(settings.network.base_channels, self.domains)})
        judge = PatchDiscriminator(1, settings.network.discriminator_channels, classes=self.domains)
        self.judging = nn.ModuleDict({"judge": judge})

    def draw(self, batch: TrainBatch) -> Tensor:
        """See `Baseline.draw`."""
        return self._to(batch.source, batch.style + 1)

    def generator_terms(self, batch: TrainBatch) -> tuple[Terms, Mapping[str, Tensor]]:
        """Adversarial, class of what was drawn, the way back to the source, diversity; both directions."""
        other = unpaired(batch)
        hand, font = batch.style + 1, torch.zeros_like(batch.style)
        drawn, plain = self._to(batch.source, hand), self._to(other.target, font)
        returned = distance(self._to(drawn, font), batch.source)
        returned = returned + distance(self._to(plain, other.style + 1), other.target)
        judged = [self.judging["judge"](picture) for picture in (drawn, plain)]
        named = F.cross_entropy(judged[0][1], hand) + F.cross_entropy(judged[1][1], font)
        terms = {
            "adv": sum((generator_adversarial_loss("hinge", patches) for patches, _ in judged), drawn.new_zeros(())),
            "class": CLASS_WEIGHT * named,
            "reconstruction": RECONSTRUCTION_WEIGHT * returned,
            "diversity": DIVERSITY_WEIGHT * sameness(batch.source, drawn),
        }
        return terms, {"target": drawn, "source": plain}

    def discriminator_terms(self, batch: TrainBatch, drawn: Mapping[str, Tensor]) -> Terms:
        """Adversarial on both domains, and the class of real pictures."""
        judge = self.judging["judge"]
        real = [judge(batch.target), judge(batch.source)]
        fake = [judge(drawn[name])[0] for name in ("target", "source")]
        pairs = zip(real, fake, strict=True)
        adversarial = [discriminator_adversarial_loss("hinge", patches, other) for (patches, _), other in pairs]
        named = F.cross_entropy(real[0][1], batch.style + 1)
        named = named + F.cross_entropy(real[1][1], torch.zeros_like(batch.style))
        return {"adv": adversarial[0] + adversarial[1], "class": CLASS_WEIGHT * named}

    def _to(self, picture: Tensor, domain: Tensor) -> Tensor:
        label = F.one_hot(domain, self.domains).to(picture.dtype)
        drawn: Tensor = self.drawing["generator"](picture, label)
        return drawn


def sameness(source: Tensor, drawn: Tensor) -> Tensor:
    """How much more alike the drawn pictures of a batch are than their sources; 1 where they differ as much."""
    sources, pictures = (distance(one, one.roll(1, 0)) for one in (source, drawn))
    return (sources.detach() / (pictures + 1e-6)).clamp(max=MOST)
