"""`segan train-skeleton`: skeletonGAN learns from glyphs and their Zhang-Suen skeletons, in minutes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from segan_cli.errors import SeganError
from segan_cli.ink import iou
from segan_cli.training.data.augment import augment, draw_changes
from segan_cli.training.data.batches import PairSet, pair_set, spread
from segan_cli.training.data.dataset import SOURCE, SOURCE_SKELETON, TARGET, TARGET_SKELETON, HandPairs
from segan_cli.training.data.sampler import sampled_pairs
from segan_cli.training.model.losses import (
    cycle_loss,
    discriminator_adversarial_loss,
    generator_adversarial_loss,
    ink_loss,
)
from segan_cli.training.model.skeleton_gan import (
    PatchDiscriminator,
    SkeletonGenerator,
    SkeletonTrainSettings,
    write_skeleton_generator,
)

FORM = "lsgan"
"""CycleGAN's adversarial form (the paper's ref. 8)."""

SCORED = 64
BETAS = (0.5, 0.99)


@dataclass(frozen=True, slots=True)
class SkeletonReport:
    """How a training of skeletonGAN ended.

    Args:
        path: the file written.
        steps: steps done.
        seconds: time spent.
        iou: overlap of SG's lines with Zhang and Suen's on dev glyphs, 0 to 1.
    """

    path: Path
    steps: int
    seconds: float
    iou: float


class SkeletonGan(nn.Module):
    """Both halves of the CycleGAN and their discriminators."""

    def __init__(self, settings: SkeletonTrainSettings) -> None:
        super().__init__()
        self.to_skeleton = SkeletonGenerator(settings.channels, settings.blocks)
        self.to_glyph = SkeletonGenerator(settings.channels, settings.blocks)
        self.lines_discriminator = PatchDiscriminator(settings.channels)
        self.glyph_discriminator = PatchDiscriminator(settings.channels)

    def discriminators(self) -> list[nn.Parameter]:
        """The parameters of both discriminators."""
        return [*self.lines_discriminator.parameters(), *self.glyph_discriminator.parameters()]

    def halves(self) -> list[nn.Parameter]:
        """The parameters of both generators."""
        return [*self.to_skeleton.parameters(), *self.to_glyph.parameters()]

    def generator_loss(self, glyph: Tensor, skeleton: Tensor, settings: SkeletonTrainSettings) -> Tensor:
        """Adversarial, cycle and paired terms of both halves.

        Args:
            glyph: (B, 1, S, S) in [-1, 1].
            skeleton: of the same glyphs.
            settings: the λs.

        Source: CycleGAN (ref. 8); ours: the paired term, because Zhang and Suen tell each glyph's skeleton.
        """
        line_logit, glyph_logit = self.to_skeleton.logit(glyph), self.to_glyph.logit(skeleton)
        lines, glyphs = torch.tanh(line_logit), torch.tanh(glyph_logit)
        adversarial = generator_adversarial_loss(FORM, self.lines_discriminator(lines))
        adversarial = adversarial + generator_adversarial_loss(FORM, self.glyph_discriminator(glyphs))
        cycle = cycle_loss(self.to_glyph(lines), glyph) + cycle_loss(self.to_skeleton(glyphs), skeleton)
        paired = ink_loss(lines, line_logit, skeleton) + ink_loss(glyphs, glyph_logit, glyph)
        return settings.lambda_adv * adversarial + settings.lambda_cycle * cycle + settings.lambda_pair * paired

    def discriminator_loss(self, glyph: Tensor, skeleton: Tensor) -> Tensor:
        """The discriminators' side: real glyphs and skeletons against drawn ones."""
        with torch.no_grad():
            lines, glyphs = self.to_skeleton(glyph), self.to_glyph(skeleton)
        on_lines = discriminator_adversarial_loss(
            FORM, self.lines_discriminator(skeleton), self.lines_discriminator(lines)
        )
        on_glyphs = discriminator_adversarial_loss(
            FORM, self.glyph_discriminator(glyph), self.glyph_discriminator(glyphs)
        )
        return on_lines + on_glyphs


def train_skeleton_gan(
    hands: Sequence[HandPairs],
    settings: SkeletonTrainSettings,
    out: Path,
    device: torch.device,
    advance: Callable[[float, float], None] = lambda done, loss: None,
) -> SkeletonReport:
    """Train skeletonGAN on the glyphs of hands and of their source font, and write SG.

    Args:
        hands: pairs with both skeletons.
        settings: shape, λs, time.
        out: the safetensors file to write.
        device: where to train.
        advance: called after each step with the progress, 0 to 1, and the loss.

    Raises:
        SeganError: a loss is not a number.
    """
    torch.manual_seed(settings.seed)
    gan = SkeletonGan(settings).to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    drawers = torch.optim.Adam(gan.halves(), settings.learning_rate, betas=BETAS)
    discriminators = torch.optim.Adam(gan.discriminators(), settings.learning_rate / 2, betas=BETAS)
    train, begun, step = pair_set(hands, "train", 0), time.monotonic(), 0
    while (done := _done(settings, step, time.monotonic() - begun)) < 1:
        for group in (*drawers.param_groups, *discriminators.param_groups):
            group["lr"] = settings.learning_rate * 0.5 * (1 + math.cos(math.pi * done))
        glyph, skeleton = _batch(train, settings, step, device)
        loss = _descend(drawers, gan.generator_loss(glyph, skeleton, settings), step)
        _descend(discriminators, gan.discriminator_loss(glyph, skeleton), step)
        step += 1
        advance(done, loss)
    iou, seconds = skeleton_overlap(gan.to_skeleton.eval(), hands, device), time.monotonic() - begun
    metadata = {"steps": step, "seconds": round(seconds), "iou": round(iou, 4), "settings": asdict(settings)}
    metadata |= {"hands": [hand.name for hand in hands], "glyphs": 2 * len(train)}
    write_skeleton_generator(out, gan.to_skeleton, metadata)
    return SkeletonReport(out, step, seconds, iou)


def skeleton_overlap(generator: SkeletonGenerator, hands: Sequence[HandPairs], device: torch.device) -> float:
    """Mean overlap of SG's lines with Zhang and Suen's on dev glyphs, 0 to 1."""
    dev = pair_set(hands, "dev", 0)
    dev = dev if len(dev) else pair_set(hands, "train", 0)
    pictures = dev.pictures(spread(dev, SCORED))[0].float() / 255
    with torch.no_grad():
        lines = (generator(pictures[:, [TARGET]].to(device) * 2 - 1).cpu() + 1) / 2
    return float(
        np.mean(
            [iou(mine[0], true) for mine, true in zip(lines.numpy(), pictures[:, TARGET_SKELETON].numpy(), strict=True)]
        )
    )


def _batch(train: PairSet, settings: SkeletonTrainSettings, step: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Glyphs and their skeletons: half of them the source font's, half the hand's."""
    samples = np.arange(step * settings.batch_size, (step + 1) * settings.batch_size, dtype=np.int64)
    pictures = train.pictures(sampled_pairs(settings.seed, len(train), samples))[0].to(device).float() / 255
    pictures = augment(pictures, draw_changes(settings.seed, samples, 1.0)) * 2 - 1
    half = len(pictures) // 2
    glyphs = torch.cat([pictures[:half, [SOURCE]], pictures[half:, [TARGET]]])
    return glyphs, torch.cat([pictures[:half, [SOURCE_SKELETON]], pictures[half:, [TARGET_SKELETON]]])


def _descend(optimizer: torch.optim.Adam, loss: Tensor, step: int) -> float:
    value = float(loss.detach())
    if not math.isfinite(value):
        raise SeganError(
            f"Step {step + 1}: the loss of skeletonGAN is {value}. Nothing was written; use a smaller learning_rate."
        )
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return value


def _done(settings: SkeletonTrainSettings, step: int, elapsed_s: float) -> float:
    return elapsed_s / settings.time_budget_s if settings.time_budget_s else step / settings.steps
