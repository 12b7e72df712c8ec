"""What a run will cost, before it starts: sizes, memory, FLOPs, time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from segan_cli.training.data.batches import pair_set
from segan_cli.training.data.dataset import HandPairs
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.loop.precision import autocast
from segan_cli.training.loop.step import Networks, discriminator_losses, generator_losses
from segan_cli.training.loop.trainer import out_of_memory
from segan_cli.training.model.networks import Generator
from segan_cli.training.model.skeleton_gan import SkeletonGenerator
from segan_cli.training.settings import TrainSettings

PROBE_S, PROBE_FLOPS = 1.0, 3e10
"""How long a device is measured, and what one measured step costs on a CPU; a GPU takes the whole batch, as it will."""

FEW_PAIRS = 8
"""The most pairs whose memory is looked at."""

OPTIMIZER_COPIES = 5
"""Weights, gradients, Adam's two moments and the average."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The cost of a run.

    Args:
        pairs: training, dev and test pairs.
        parameters: of G_F.
        all_parameters: of every network.
        forward_flops: of G_F for one glyph; a multiplication and an addition are two.
        step_flops: of one full step.
        memory_bytes: weights, optimiser states and activations of one step, roughly.
        flops_per_s: what a full step reaches on the device, measured; 0 where it has no memory for a pair.
        settings: of the run.
    """

    pairs: tuple[int, int, int]
    parameters: int
    all_parameters: int
    forward_flops: float
    step_flops: float
    memory_bytes: float
    flops_per_s: float
    settings: TrainSettings

    @property
    def step_s(self) -> float:
        """Seconds of one step at the measured speed."""
        return self.step_flops / self.flops_per_s

    def lines(self) -> list[str]:
        """The estimate for a person."""
        settings = self.settings
        train, dev, test = self.pairs
        counted = f"A step: {self.step_flops / 1e9:.0f} GFLOP, {self.memory_bytes / 2**30:.1f} GiB"
        known = [
            f"Pairs: {train} to train, {dev} dev, {test} test; canvas {settings.data.size_px} px, {settings.optimizer.batch_size} pairs a step",
            f"G_F: {self.parameters / 1e6:.2f} M parameters, {self.forward_flops / 1e9:.2f} GFLOP a glyph; "
            f"all networks: {self.all_parameters / 1e6:.2f} M",
        ]
        if not self.flops_per_s:
            return [*known, f"{counted}; there is no memory here for one pair. Choose a smaller preset or size_px."]
        if settings.run.time_budget_s:
            steps = settings.run.time_budget_s / self.step_s
            time = f"{in_words(settings.run.time_budget_s)}, about {steps:,.0f} steps ({steps * settings.optimizer.batch_size:,.0f} samples)"
        else:
            time = f"{settings.run.steps:,} steps, about {in_words(settings.run.steps * self.step_s)}"
        return [
            *known,
            f"{counted}, about {self.step_s:.2f} s here ({self.flops_per_s / 1e9:.0f} GFLOP/s)",
            f"The run: {time}",
        ]


def in_words(seconds: float) -> str:
    """A time in the unit that a person would take: "25 min", "9 h", "12 days"."""
    units = ((86_400, "days"), (3600, "h"), (60, "min"), (1, "s"))
    length, name = next((unit for unit in units if seconds >= 3 * unit[0]), units[-1])
    return f"{seconds / length:.3g} {name}"


def estimate(settings: TrainSettings, hands: Sequence[HandPairs], device: torch.device, processes: int = 1) -> Estimate:
    """Count what a run will cost, on meta tensors, and measure the device for a second.

    Args:
        settings: resolved.
        hands: the pairs.
        device: where the run will train.
        processes: how many share a batch, each on a device like this one.
    """
    seed = settings.data.split_seed
    pairs = len(pair_set(hands, "train", seed)), len(pair_set(hands, "dev", seed)), len(pair_set(hands, "test", seed))
    with torch.device("meta"):
        networks = _networks(settings, len(hands))
        forward = _forward_flops(networks.forward_generator, settings)
        step, activations = _step_cost(networks, settings)
    count = _parameters(networks)
    memory = OPTIMIZER_COPIES * 4 * count + activations
    speed = processes * step_speed(settings, step / settings.optimizer.batch_size, device)
    return Estimate(pairs, _parameters(networks.forward_generator), count, forward, step, memory, speed, settings)


def step_speed(settings: TrainSettings, pair_flops: float, device: torch.device) -> float:
    """FLOP/s that full steps reach on a device, measured on noise for a second, or for one step where that takes longer.

    Args:
        settings: of the run.
        pair_flops: of a full step, for each of its pairs.
        device: where the run will train.

    Returns:
        0 where memory runs out even for one pair.
    """
    on_cpu = device.type == "cpu"
    count = (
        min(settings.optimizer.batch_size, max(1, round(PROBE_FLOPS / pair_flops)))
        if on_cpu
        else settings.optimizer.batch_size
    )
    while count:
        try:
            return count * pair_flops / _step_seconds(settings, count, device)
        except (MemoryError, RuntimeError) as error:
            if not out_of_memory(error):
                raise
            count //= 2
    return 0.0


def _step_seconds(settings: TrainSettings, count: int, device: torch.device) -> float:
    """The shortest of a second's steps; a GPU's first one, which loads its kernels, is not timed."""
    networks = _networks(settings, 1).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    batch = _noise(settings, count, device)
    times: list[float] = []
    if device.type == "cuda":
        _full_step(networks, batch, settings)
    begun = time.perf_counter()
    while not times or time.perf_counter() - begun < PROBE_S:
        start = time.perf_counter()
        _full_step(networks, batch, settings)
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return min(times)


def _full_step(networks: Networks, batch: TrainBatch, settings: TrainSettings) -> None:
    """Every term of a step and its gradients."""
    with autocast(batch.source.device, settings.run.bf16):
        losses, drawn = generator_losses(networks, batch, settings.losses, adversarial=settings.losses.lambda_adv > 0)
    losses.total(settings.losses).backward()  # type: ignore[no-untyped-call]
    if settings.losses.lambda_adv > 0 and networks.discriminators():
        with autocast(batch.source.device, settings.run.bf16):
            judged = discriminator_losses(networks, batch, drawn, settings.losses)
        judged.total(settings.losses).backward()  # type: ignore[no-untyped-call]


def _networks(settings: TrainSettings, styles: int) -> Networks:
    return Networks(settings, styles, SkeletonGenerator() if settings.needs_skeleton_generator else None)


def _noise(settings: TrainSettings, count: int, device: torch.device) -> TrainBatch:
    shape = count, 1, settings.data.size_px, settings.data.size_px
    one, two, three, four = (torch.rand(shape, device=device) * 2 - 1 for _ in range(4))
    return TrainBatch(one, two, three, four, torch.zeros(count, dtype=torch.int64, device=device))


def _forward_flops(generator: Generator, settings: TrainSettings) -> float:
    from torch.utils.flop_counter import FlopCounterMode

    batch = _empty_batch(settings, 1)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        generator(batch.source, batch.source_skeleton, batch.style)
    return float(counter.get_total_flops())


def _step_cost(networks: Networks, settings: TrainSettings) -> tuple[float, float]:
    """FLOPs of a full step, and the bytes that its forward pass keeps for the backward one."""
    from torch.autograd.graph import saved_tensors_hooks
    from torch.utils.flop_counter import FlopCounterMode

    small = min(settings.optimizer.batch_size, FEW_PAIRS)
    settings = settings.changed(warp_px=0.0)  # its search is not made of convolutions, and wants real numbers
    batch = _empty_batch(settings, small)
    kept: dict[int, float] = {}

    def count(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage._cdata] = storage.nbytes()  # several operations may keep the same tensor
        return tensor

    with FlopCounterMode(display=False) as counter:
        with saved_tensors_hooks(count, lambda tensor: tensor):
            losses, drawn = generator_losses(
                networks, batch, settings.losses, adversarial=settings.losses.lambda_adv > 0
            )
        losses.total(settings.losses).backward()  # type: ignore[no-untyped-call]
        if settings.losses.lambda_adv > 0 and networks.discriminators():
            discriminator_losses(networks, batch, drawn, settings.losses).total(settings.losses).backward()  # type: ignore[no-untyped-call]
    scale = settings.optimizer.batch_size / small
    return float(counter.get_total_flops()) * scale, sum(kept.values()) * scale


def _empty_batch(settings: TrainSettings, size: int) -> TrainBatch:
    picture = torch.zeros(size, 1, settings.data.size_px, settings.data.size_px, device="meta")
    return TrainBatch(picture, picture, picture, picture, torch.zeros(size, dtype=torch.int64, device="meta"))


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
