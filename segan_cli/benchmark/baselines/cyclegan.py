"""CycleGAN: unpaired, there and back again.

Source: Zhu et al. 2017, with its weights (cycle 10, identity 5) and least squares. It knows one pair of domains, so a
model of several hands is one CycleGAN a hand; here it is trained on one.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from segan_cli.benchmark.baselines.baseline import Baseline, PatchDiscriminator, Terms, distance, unpaired
from segan_cli.benchmark.baselines.residual import ResidualGenerator
from segan_cli.errors import UsageError
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.model.losses import discriminator_adversarial_loss, generator_adversarial_loss
from segan_cli.training.settings import TrainSettings

CYCLE_WEIGHT, IDENTITY_WEIGHT = 10.0, 5.0


class CycleGan(Baseline):
    """Two generators, two discriminators."""

    def __init__(self, settings: TrainSettings, styles: int = 1) -> None:
        super().__init__()
        if styles != 1:
            raise UsageError(f"CycleGAN learns one hand at a time, not {styles}.")
        base, channels = settings.network.base_channels, settings.network.discriminator_channels
        self.drawing = nn.ModuleDict({"forward_": ResidualGenerator(base), "backward_": ResidualGenerator(base)})
        self.judging = nn.ModuleDict(
            {"target": PatchDiscriminator(1, channels), "source": PatchDiscriminator(1, channels)}
        )

    def draw(self, batch: TrainBatch) -> Tensor:
        """See `Baseline.draw`."""
        drawn: Tensor = self.drawing["forward_"](batch.source)
        return drawn

    def generator_terms(self, batch: TrainBatch) -> tuple[Terms, Mapping[str, Tensor]]:
        """Adversarial both ways, the two cycles, identity."""
        there, back = self.drawing["forward_"], self.drawing["backward_"]
        source, target = batch.source, unpaired(batch).target
        drawn, plain = there(source), back(target)
        cycle = distance(back(drawn), source) + distance(there(plain), target)
        identity = distance(there(target), target) + distance(back(source), source)
        adversarial = self._generator_adversarial("target", drawn) + self._generator_adversarial("source", plain)
        terms = {"adv": adversarial, "cycle": CYCLE_WEIGHT * cycle, "identity": IDENTITY_WEIGHT * identity}
        return terms, {"target": drawn, "source": plain}

    def discriminator_terms(self, batch: TrainBatch, drawn: Mapping[str, Tensor]) -> Terms:
        """Each judge on its domain."""
        real = {"target": batch.target, "source": batch.source}
        return {
            f"adv_{name}": discriminator_adversarial_loss("lsgan", judge(real[name])[0], judge(drawn[name])[0])
            for name, judge in self.judging.items()
        }

    def _generator_adversarial(self, domain: str, drawn: Tensor) -> Tensor:
        return generator_adversarial_loss("lsgan", self.judging[domain](drawn)[0])
