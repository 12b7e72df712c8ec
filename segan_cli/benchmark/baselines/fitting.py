"""Trains a baseline as SE-GAN is trained: same pairs, same order, same augmentation, same schedule, same wall-clock time."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from segan_cli.benchmark.baselines.baseline import Baseline, Terms
from segan_cli.benchmark.baselines.cyclegan import CycleGan
from segan_cli.benchmark.baselines.dg_font import DgFont
from segan_cli.benchmark.baselines.stargan import StarGan
from segan_cli.benchmark.baselines.zi2zi import Zi2zi
from segan_cli.errors import SeganError, UsageError
from segan_cli.glyph import Ink
from segan_cli.training.data.batches import PairSet, plain_batch, training_batch
from segan_cli.training.loop.checkpoint import (
    CheckpointError,
    keep_last,
    newest_checkpoint,
    step_path,
    write_checkpoint,
)
from segan_cli.training.loop.interrupts import Interrupts
from segan_cli.training.loop.precision import autocast
from segan_cli.training.loop.schedule import ema_weight, progress, rate_factor
from segan_cli.training.loop.state import BETA1, WEIGHT_DECAY
from segan_cli.training.loop.trainer import KEEP_EVERY_S, Clock
from segan_cli.training.settings import TrainSettings, recorded_settings

BASELINES: dict[str, Callable[[TrainSettings, int], Baseline]] = {
    "zi2zi": Zi2zi,
    "CycleGAN": CycleGan,
    "StarGAN": StarGan,
    "DG-Font": DgFont,
}
"""The baselines of Table 1, in its order."""

CHUNK = 32


@dataclass(eq=False)
class BaselineFit:
    """A baseline in training.

    Args:
        name: one of `BASELINES`.
        settings: pairs a step, rates, time; the losses' weights are the baseline's own.
        pairs: the training pairs.
        folder: where checkpoints go; a training that was interrupted goes on from there.
        device: where it trains.
    """

    name: str
    settings: TrainSettings
    pairs: PairSet
    folder: Path
    device: torch.device
    step: int = 0
    samples_seen: int = 0
    baseline: Baseline = field(init=False)
    average: Baseline = field(init=False)
    _optimizers: dict[str, torch.optim.AdamW] = field(init=False)
    _before_s: float = field(init=False, default=0.0)
    _kept_at: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        torch.manual_seed(self.settings.run.seed)
        baseline = BASELINES[self.name](self.settings, len(self.pairs.hands)).to(self.device)
        self.baseline = baseline.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.average = copy.deepcopy(self.baseline).requires_grad_(False).eval()
        rates = {
            "drawing": self.settings.optimizer.learning_rate,
            "judging": self.settings.optimizer.discriminator_rate,
        }
        betas = (BETA1, self.settings.optimizer.beta2)
        self._optimizers = {
            part: torch.optim.AdamW(
                getattr(self.baseline, part).parameters(),
                rate,
                betas=betas,
                weight_decay=WEIGHT_DECAY,
                fused=True,
            )
            for part, rate in rates.items()
        }
        self._resume()

    def fit(self, advance: Callable[[float], None] = lambda done: None) -> Literal["finished", "interrupted"]:
        """Train until the time (or the steps) are over, or Ctrl-C; the last step's checkpoint is written either way.

        Args:
            advance: told the progress, 0 to 1, after every step.

        Raises:
            SeganError: a loss is not a number, or the checkpoint cannot be written.
        """
        clock, self._kept_at = Clock(self._before_s), time.monotonic()
        outcome: Literal["finished", "interrupted"] = "finished"
        with Interrupts() as interrupts:
            while (done := progress(self.settings.run, self.step, clock.elapsed())) < 1:
                self._one_step(done)
                advance(done)
                if interrupts.requested:
                    outcome = "interrupted"
                    break
                late = time.monotonic() - self._kept_at >= KEEP_EVERY_S
                if self.step % self.settings.run.score_every == 0 or late:
                    self._keep(clock.elapsed())
        self._keep(clock.elapsed())
        return outcome

    def draw(self, pairs: PairSet, indices: Sequence[int]) -> list[Ink]:
        """What the averaged network draws for some pairs, as (S, S) ink."""
        drawn: list[Ink] = []
        with torch.inference_mode():
            for start in range(0, len(indices), CHUNK):
                batch = plain_batch(pairs, list(indices[start : start + CHUNK]), self.device)
                picture = (self.average.draw(batch)[:, 0].float().cpu() + 1) / 2
                drawn += list(picture.clamp(0, 1).numpy())
        return drawn

    def _one_step(self, done: float) -> None:
        numbers = np.arange(self.samples_seen, self.samples_seen + self.settings.optimizer.batch_size)
        batch = training_batch(self.pairs, numbers, self.settings, self.device)
        factor = rate_factor(self.settings.optimizer, self.step, done)
        self.baseline.train()
        self.baseline.judging.requires_grad_(False)
        with autocast(self.device, self.settings.run.bf16):
            terms, drawn = self.baseline.generator_terms(batch)
        self._descend("drawing", terms, self.settings.optimizer.learning_rate * factor)
        self.baseline.judging.requires_grad_(True)
        with autocast(self.device, self.settings.run.bf16):
            terms = self.baseline.discriminator_terms(
                batch, {name: picture.detach() for name, picture in drawn.items()}
            )
        self._descend("judging", terms, self.settings.optimizer.discriminator_rate * factor)
        self._move_average()
        self.step, self.samples_seen = self.step + 1, self.samples_seen + self.settings.optimizer.batch_size

    def _descend(self, part: str, terms: Terms, rate: float) -> None:
        for name, term in terms.items():
            if not math.isfinite(float(term.detach())):
                raise SeganError(
                    f"{self.name}, step {self.step + 1}: the {part} term {name} is {float(term.detach())}."
                )
        optimizer = self._optimizers[part]
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
        if self.settings.optimizer.clip_norm:
            nn.utils.clip_grad_norm_(getattr(self.baseline, part).parameters(), self.settings.optimizer.clip_norm)
        optimizer.step()

    def _move_average(self) -> None:
        weight = ema_weight(self.settings.optimizer, self.step)
        with torch.no_grad():
            for mine, fresh in zip(self.average.parameters(), self.baseline.parameters(), strict=True):
                mine.lerp_(fresh, 1 - weight)
            for kept, new in zip(self.average.buffers(), self.baseline.buffers(), strict=True):
                kept.copy_(new)

    def _keep(self, elapsed_s: float) -> None:
        tensors = {f"baseline.{name}": value for name, value in self.baseline.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in self.average.state_dict().items()}
        for part, optimizer in self._optimizers.items():
            states = optimizer.state_dict()["state"]
            tensors |= {f"{part}.{row}.{key}": value for row, state in states.items() for key, value in state.items()}
        tensors["random"] = torch.get_rng_state()
        self.folder.mkdir(parents=True, exist_ok=True)
        write_checkpoint(step_path(self.folder, self.step), tensors, self._metadata() | {"elapsed_s": elapsed_s})
        keep_last(self.folder)
        self._kept_at = time.monotonic()

    def _metadata(self) -> dict[str, Any]:
        keys = [hand.key for hand in self.pairs.hands]
        settings = _lasting(self.settings)
        return {
            "baseline": self.name,
            "step": self.step,
            "samples_seen": self.samples_seen,
            "pairs": keys,
            "settings": settings,
        }

    def _resume(self) -> None:
        """Go on where the newest whole checkpoint stands."""
        checkpoint = newest_checkpoint(self.folder)
        if checkpoint is None:
            return
        metadata, mine = dict(checkpoint.metadata), self._metadata()
        metadata["settings"] = _lasting(recorded_settings(metadata.get("settings"), str(checkpoint.path)))
        changed = [key for key in ("baseline", "pairs", "settings") if metadata.get(key) != mine[key]]
        if changed:
            raise UsageError(f"{self.folder} was trained with another {' and '.join(changed)}. Choose another --out.")
        try:
            self.baseline.load_state_dict(checkpoint.part("baseline"))
            self.average.load_state_dict(checkpoint.part("average"))
        except RuntimeError as error:
            raise CheckpointError(f"{checkpoint.path} belongs to networks of another shape.") from error
        for part, optimizer in self._optimizers.items():
            _load_optimizer(optimizer, checkpoint.part(part))
        torch.set_rng_state(checkpoint.tensors["random"])
        self.step, self._before_s = metadata["step"], metadata["elapsed_s"]
        self.samples_seen = metadata["samples_seen" if "samples_seen" in metadata else "draws"]


def _lasting(settings: TrainSettings) -> dict[str, Any]:
    """The settings that a training which goes on must keep."""
    free = {"time_budget_s", "steps", "score_every"}
    return {name: value for name, value in settings.by_name().items() if name not in free}


def _load_optimizer(optimizer: torch.optim.AdamW, tensors: Mapping[str, Tensor]) -> None:
    """Moments come back in their weights' memory layout: the fused optimiser goes through both as they lie in memory."""
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        row, _, key = name.partition(".")
        weight = parameters[int(row)]
        alike = value.shape == weight.shape
        laid = torch.empty_like(weight, dtype=value.dtype, requires_grad=False).copy_(value) if alike else value
        states.setdefault(int(row), {})[key] = laid
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": states, "param_groups": groups})
