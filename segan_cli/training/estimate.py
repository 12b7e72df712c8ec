"""What a run will cost, before it starts: sizes, memory, FLOPs, time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from segan_cli.training.batches import pair_set
from segan_cli.training.dataset import HandPairs
from segan_cli.training.networks import Generator
from segan_cli.training.precision import autocast
from segan_cli.training.settings import TrainSettings
from segan_cli.training.skeleton_gan import SkeletonGenerator
from segan_cli.training.step import Networks, TrainBatch, discriminator_losses, generator_losses

PROBE_S = 1.0
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
        flops_per_s: what this machine's convolutions reach, measured for a second.
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
        if settings.time_budget_s:
            steps = settings.time_budget_s / self.step_s
            time = f"{settings.time_budget_s / 60:.0f} min, about {steps:,.0f} steps ({steps * settings.batch_size:,.0f} samples)"
        else:
            time = f"{settings.steps:,} steps, about {settings.steps * self.step_s / 60:,.0f} min"
        return [
            f"Pairs: {train} to train, {dev} dev, {test} test; canvas {settings.size_px} px, {settings.batch_size} pairs a step",
            f"G_F: {self.parameters / 1e6:.2f} M parameters, {self.forward_flops / 1e9:.2f} GFLOP a glyph; "
            f"all networks: {self.all_parameters / 1e6:.2f} M",
            f"A step: {self.step_flops / 1e9:.0f} GFLOP, {self.memory_bytes / 2**30:.1f} GiB, "
            f"about {self.step_s:.2f} s here ({self.flops_per_s / 1e9:.0f} GFLOP/s)",
            f"The run: {time}",
        ]


def estimate(settings: TrainSettings, hands: Sequence[HandPairs]) -> Estimate:
    """Count what a run will cost, on meta tensors, and measure this machine for a second.

    Args:
        settings: resolved.
        hands: the pairs.
    """
    seed = settings.split_seed
    pairs = len(pair_set(hands, "train", seed)), len(pair_set(hands, "dev", seed)), len(pair_set(hands, "test", seed))
    with torch.device("meta"):
        networks = Networks(settings, len(hands), SkeletonGenerator() if settings.needs_skeleton_generator else None)
        forward = _forward_flops(networks.forward_generator, settings)
        step, activations = _step_cost(networks, settings)
    count = _parameters(networks)
    memory = OPTIMIZER_COPIES * 4 * count + activations
    return Estimate(
        pairs,
        _parameters(networks.forward_generator),
        count,
        forward,
        step,
        memory,
        convolution_speed(bf16=settings.bf16),
        settings,
    )


def convolution_speed(device: str = "cpu", *, bf16: bool = False) -> float:
    """FLOP/s of a 3×3 convolution of 128 channels, forward and backward, on this machine: the roofline.

    Args:
        device: "cpu" or "cuda".
        bf16: in bfloat16, where the device computes in it.
    """
    import time

    layer = nn.Conv2d(128, 128, 3, padding=1, bias=False).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    picture = torch.randn(16, 128, 16, 16, device=device).to(memory_format=torch.channels_last).requires_grad_()
    flops = 3 * 2 * 128 * 128 * 9 * 16 * 16 * 16
    best, begun = float("inf"), time.perf_counter()
    while time.perf_counter() - begun < PROBE_S:
        start = time.perf_counter()
        with autocast(torch.device(device), bf16):
            drawn = layer(picture)
        drawn.sum().backward()
        if device != "cpu":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return flops / best


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

    small = min(settings.batch_size, 8)
    batch = _empty_batch(settings, small)
    kept: dict[int, float] = {}

    def count(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        kept[storage._cdata] = storage.nbytes()  # several operations may keep the same tensor
        return tensor

    with FlopCounterMode(display=False) as counter:
        with saved_tensors_hooks(count, lambda tensor: tensor):
            losses, drawn = generator_losses(networks, batch, settings, adversarial=settings.lambda_adv > 0)
        losses.total(settings).backward()  # type: ignore[no-untyped-call]
        if settings.lambda_adv > 0 and networks.discriminators():
            discriminator_losses(networks, batch, drawn, settings).total(settings).backward()  # type: ignore[no-untyped-call]
    scale = settings.batch_size / small
    return float(counter.get_total_flops()) * scale, sum(kept.values()) * scale


def _empty_batch(settings: TrainSettings, size: int) -> TrainBatch:
    picture = torch.zeros(size, 1, settings.size_px, settings.size_px, device="meta")
    return TrainBatch(picture, picture, picture, picture, torch.zeros(size, dtype=torch.int64, device="meta"))


def _parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
