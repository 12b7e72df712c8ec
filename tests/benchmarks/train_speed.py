"""How fast a full training step is, beside what the machine's convolutions can reach and two published generators.

    python tests/benchmarks/train_speed.py [--preset cpu] [--threads 2] [--device cpu] [--no-bf16]

Each row: images a second, FLOPs an image, and the share of the time that the convolutions would take at the machine's
measured peak (a two-line roofline: FLOPs of the step / peak FLOP/s / measured time). The data row is the part of a step
that waits for the next batch. The published generators take a forward and a backward pass under a plain L1. All compute in
bfloat16 where the device does (`segan_cli.training.loop.precision`), unless --no-bf16 is given.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from segan_cli.glyph import Placement
from segan_cli.training.data.batches import pair_set, training_batch
from segan_cli.training.data.dataset import HandPairs, SourceName
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.loop.estimate import PROBE_S, estimate
from segan_cli.training.loop.precision import autocast, has_bfloat16
from segan_cli.training.loop.state import TrainState, begin, update_average
from segan_cli.training.loop.step import discriminator_losses, generator_losses
from segan_cli.training.model.skeleton_gan import SkeletonGenerator
from segan_cli.training.settings import PRESETS, TrainSettings, load_train_settings

ROUNDS = 5


def random_pairs(settings: TrainSettings) -> HandPairs:
    """Two hundred noisy pairs: speed does not look at what they show."""
    random = np.random.default_rng(0)
    pictures = random.integers(0, 256, (200, 4, settings.data.size_px, settings.data.size_px), dtype=np.uint8)
    chars = tuple(chr(0x4E00 + number) for number in range(200))
    return HandPairs("noise", chars, torch.from_numpy(pictures), Placement(), "", SourceName("", "", ""))


def full_step(state: TrainState, batch: TrainBatch, settings: TrainSettings) -> None:
    """One step with every term of the preset, adversarial ones too."""
    with autocast(batch.source.device, settings.run.bf16):
        losses, drawn = generator_losses(
            state.networks, batch, settings.losses, adversarial=settings.losses.lambda_adv > 0
        )
    state.generator_optimizer.zero_grad()
    losses.total(settings.losses).backward()
    state.generator_optimizer.step()
    if state.discriminator_optimizer is not None:
        state.discriminator_optimizer.zero_grad()
        with autocast(batch.source.device, settings.run.bf16):
            judged = discriminator_losses(state.networks, batch, drawn, settings.losses)
        judged.total(settings.losses).backward()
        state.discriminator_optimizer.step()
    update_average(state.ema, state.networks.forward_generator, 0.99)


def seconds_of(work: Callable[[], None], device: str) -> float:
    """The quickest of a few rounds."""
    work()
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        if device != "cpu":
            torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return best


def convolution_speed(device: str = "cpu", *, bf16: bool = False) -> float:
    """FLOP/s of a 3×3 convolution of 128 channels, forward and backward, on this machine: the roofline.

    Args:
        device: "cpu" or "cuda".
        bf16: in bfloat16, where the device computes in it.
    """
    layer = nn.Conv2d(128, 128, 3, padding=1, bias=False).to(device).to(memory_format=torch.channels_last)
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


def bench_preset(name: str, device: str, peak: float, batch_size: int | None, bf16: bool) -> None:
    settings = load_train_settings(name, {"batch_size": batch_size, "bf16": bf16})
    hand = random_pairs(settings)
    skeleton_generator = SkeletonGenerator() if settings.needs_skeleton_generator else None
    state = begin(settings, 1, skeleton_generator, torch.device(device))
    train = pair_set([hand], "train", 0)
    draws = np.arange(settings.optimizer.batch_size, dtype=np.int64)
    data_s = seconds_of(lambda: void(training_batch(train, draws, settings, torch.device(device))), device)
    batch = training_batch(train, draws, settings, torch.device(device))
    step_s = seconds_of(lambda: full_step(state, batch, settings), device)
    cost = estimate(settings, [hand], torch.device(device))
    peak_gib = (
        torch.cuda.max_memory_allocated() / 2**30
        if device != "cpu"
        else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    )
    row(
        name,
        settings.optimizer.batch_size / step_s,
        cost.step_flops / settings.optimizer.batch_size,
        cost.step_flops / peak / step_s,
    )
    print(
        f"{'':24}a step {step_s:.2f} s, data {100 * data_s / (data_s + step_s):.1f} % of it; peak memory {peak_gib:.1f} GiB; G_F {cost.forward_flops / 1e9:.2f} GFLOP forward, {cost.parameters / 1e6:.1f} M parameters"
    )


def bench_published(
    name: str, network: nn.Module, size_px: int, batch_size: int, device: str, peak: float, bf16: bool
) -> None:
    from torch.utils.flop_counter import FlopCounterMode

    network = network.to(device).to(memory_format=torch.channels_last)
    picture = torch.randn(batch_size, 3, size_px, size_px, device=device)
    optimizer = torch.optim.AdamW(network.parameters(), 1e-4, fused=True)

    def step() -> None:
        optimizer.zero_grad()
        with autocast(torch.device(device), bf16):
            drawn = network(picture)
        (drawn - picture).abs().mean().backward()
        optimizer.step()

    with FlopCounterMode(display=False) as counter:
        step()
    flops = counter.get_total_flops()
    step_s = seconds_of(step, device)
    row(name, batch_size / step_s, flops / batch_size, flops / peak / step_s)


def row(name: str, speed: float, flops: float, share: float) -> None:
    print(
        f"{name:24}{speed:8.1f} images/s {flops / 1e9:9.1f} GFLOP/image {100 * share:6.0f} % of the time at the convolutions' peak"
    )


def void(_: object) -> None:
    """Nothing."""


def stage(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Sequential:
    pad = nn.ReflectionPad2d(kernel // 2)
    return nn.Sequential(pad, nn.Conv2d(inputs, outputs, kernel, stride), nn.InstanceNorm2d(outputs), nn.ReLU())


class Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(stage(channels, channels, 3), *list(stage(channels, channels, 3))[:-1])

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x)


def cyclegan_resnet_9blocks() -> nn.Module:
    """CycleGAN's generator as published: 7×7 stem, two strides, nine residual blocks of 256 channels, two up-samplings."""
    down = [stage(3, 64, 7), stage(64, 128, 3, 2), stage(128, 256, 3, 2)]
    up: list[nn.Module] = []
    for wide, slim in ((256, 128), (128, 64)):
        up += [nn.ConvTranspose2d(wide, slim, 3, 2, 1, 1), nn.InstanceNorm2d(slim), nn.ReLU()]
    return nn.Sequential(
        *down, *(Residual(256) for _ in range(9)), *up, nn.ReflectionPad2d(3), nn.Conv2d(64, 3, 7), nn.Tanh()
    )


class UgatitLight(nn.Module):
    """U-GAT-IT's generator as published, light: four blocks before the CAM, four AdaLIN blocks after it, 10.6 M."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(
            stage(3, 64, 7), stage(64, 128, 3, 2), stage(128, 256, 3, 2), *(Residual(256) for _ in range(4))
        )
        self.average, self.maximum = nn.Linear(256, 1, bias=False), nn.Linear(256, 1, bias=False)
        self.join = nn.Conv2d(512, 256, 1)
        self.told = nn.Sequential(
            nn.Linear(256, 256, bias=False), nn.ReLU(), nn.Linear(256, 256, bias=False), nn.ReLU()
        )
        self.gamma, self.beta = nn.Linear(256, 256, bias=False), nn.Linear(256, 256, bias=False)
        self.blocks = nn.ModuleList(
            nn.ModuleList(nn.Conv2d(256, 256, 3, bias=False) for _ in range(2)) for _ in range(4)
        )
        up: list[nn.Module] = []
        for wide, slim in ((256, 128), (128, 64)):
            up += [
                nn.Upsample(scale_factor=2),
                nn.ReflectionPad2d(1),
                nn.Conv2d(wide, slim, 3, bias=False),
                nn.GroupNorm(1, slim),
                nn.ReLU(),
            ]
        self.up = nn.Sequential(*up, nn.ReflectionPad2d(3), nn.Conv2d(64, 3, 7, bias=False), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        x = self.encode(x)
        x = torch.relu(
            self.join(
                torch.cat([x * self.average.weight[:, :, None, None], x * self.maximum.weight[:, :, None, None]], 1)
            )
        )
        told = self.told(x.mean((2, 3)))
        gamma, beta = self.gamma(told)[:, :, None, None], self.beta(told)[:, :, None, None]
        for first, second in self.blocks:
            inner = torch.relu(self.adalin(first(nn.functional.pad(x, (1, 1, 1, 1), mode="reflect")), gamma, beta))
            x = x + self.adalin(second(nn.functional.pad(inner, (1, 1, 1, 1), mode="reflect")), gamma, beta)
        return self.up(x)

    @staticmethod
    def adalin(x: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        mixed = 0.9 * nn.functional.instance_norm(x) + 0.1 * nn.functional.layer_norm(x, x.shape[1:])
        return gamma * mixed + beta


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--preset", action="append", choices=PRESETS)
    parser.add_argument("--batch-size", type=int, default=None)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=True)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    bf16 = arguments.bf16
    number = "bfloat16" if bf16 and has_bfloat16(torch.device(arguments.device)) else "float32"
    peak = max(convolution_speed(arguments.device, bf16=bf16) for _ in range(3))
    print(
        f"peak of a 3×3 convolution of 128 channels, forward and backward: {peak / 1e9:.0f} GFLOP/s, {arguments.threads} threads, {number}"
    )
    for name in arguments.preset or ["cpu"]:
        bench_preset(name, arguments.device, peak, arguments.batch_size, bf16)
    size = arguments.batch_size or 4
    bench_published("U-GAT-IT light, 128 px", UgatitLight(), 128, size, arguments.device, peak, bf16)
    bench_published("resnet_9blocks, 128 px", cyclegan_resnet_9blocks(), 128, size, arguments.device, peak, bf16)


if __name__ == "__main__":
    main()
