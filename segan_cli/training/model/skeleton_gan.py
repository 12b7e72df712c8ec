"""skeletonGAN (§3.3): a CycleGAN without attention that learns glyph → skeleton, so that gradients can pass.

Its glyph → skeleton half is SG, which SE-GAN uses frozen; the other half serves only its own training.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from segan_cli.config import from_mapping, setting
from segan_cli.errors import SeganError
from segan_cli.files.documents import cause_of, parse_json
from segan_cli.files.writing import written_beside
from segan_cli.models_folder import models_folder
from segan_cli.training.model.networks import ConvNorm

FORMAT = "segan skeleton generator 1"
FILE = "skeleton-gan.safetensors"
BLOCK = 2


@dataclass(frozen=True, slots=True)
class SkeletonTrainSettings:
    """The shape and the training of skeletonGAN."""

    size_px: int = setting(128, "side of the canvas it trains on; it runs on any multiple of 16", low=16, high=1024)
    channels: int = setting(32, "channels at half the picture's side", low=8, high=256)
    blocks: int = setting(3, "residual blocks", low=1, high=12)
    batch_size: int = setting(8, "pictures of each kind a step", low=1, high=1024)
    steps: int = setting(2000, "steps, when no time budget is given", low=1)
    time_budget_s: float = setting(0.0, "seconds of training; 0 counts steps instead", low=0)
    seed: int = setting(1, "seed of weights and order", low=0, high=2**31 - 1)
    learning_rate: float = setting(1e-3, "peak learning rate", low=1e-7, high=0.1)
    lambda_adv: float = setting(0.1, "weight of the adversarial terms (least squares, as CycleGAN)", low=0)
    lambda_cycle: float = setting(1.0, "weight of the cycle's mean absolute difference", low=0)
    lambda_pair: float = setting(10.0, "weight of the paired difference; 0 is the unpaired CycleGAN", low=0)


@dataclass(frozen=True, slots=True)
class SkeletonShape:
    """What a file of SG says of its shape."""

    channels: int = setting(32, "channels at half the picture's side", low=1, high=4096)
    blocks: int = setting(3, "residual blocks", low=0, high=64)


class PlainBlock(nn.Module):
    """x + conv(ReLU(conv(x))), without a norm: thin lines on much paper do not bear being normalised."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, h, w) to the same shape."""
        result: Tensor = features + self.second(torch.relu(self.first(features)))
        return result


class SkeletonGenerator(nn.Module):
    """One half of skeletonGAN: pictures of one kind to pictures of the other, (B, 1, S, S) in [-1, 1].

    Args:
        channels: at half the picture's side.
        blocks: residual blocks.
    """

    def __init__(self, channels: int = 32, blocks: int = 3) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.PixelUnshuffle(BLOCK), nn.Conv2d(BLOCK * BLOCK, channels, 5, padding=2), nn.ReLU())
        self.blocks = nn.Sequential(*(PlainBlock(channels) for _ in range(blocks)))
        self.draw = nn.Sequential(nn.Conv2d(channels, BLOCK * BLOCK, 3, padding=1), nn.PixelShuffle(BLOCK))

    def logit(self, picture: Tensor) -> Tensor:
        """What is drawn before the tanh: the line's probability is sigmoid(2 · logit)."""
        drawn: Tensor = self.draw(self.blocks(self.stem(picture)))
        return drawn

    def forward(self, picture: Tensor) -> Tensor:
        """Draw the other kind."""
        return torch.tanh(self.logit(picture))


class PatchDiscriminator(nn.Sequential):
    """A small patch discriminator, (B, 1, S, S) to (B, 1, S/8, S/8) logits."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            nn.PixelUnshuffle(4),
            nn.Conv2d(16, channels, 3, padding=1),
            nn.LeakyReLU(0.2),
            ConvNorm(channels, 2 * channels, 3, 2),
            nn.Conv2d(2 * channels, 1, 3, padding=1),
        )


def skeleton_generator_path() -> Path:
    """Where the shipped SG lies."""
    return models_folder() / "skeleton-gan" / FILE


def write_skeleton_generator(path: Path, generator: SkeletonGenerator, metadata: Mapping[str, Any]) -> None:
    """Write SG as safetensors with its shape and its training in metadata, beside and renamed."""
    from safetensors.torch import save

    tensors = {name: value.detach().cpu().contiguous() for name, value in generator.state_dict().items()}
    shape = {"channels": generator.stem[1].out_channels, "blocks": len(generator.blocks)}
    header = {"format": FORMAT, "shape": json.dumps(shape), "metadata": json.dumps(dict(metadata), ensure_ascii=False)}
    with written_beside(path) as beside:
        beside.write_bytes(save(tensors, header))


def load_skeleton_generator(path: Path) -> SkeletonGenerator:
    """Read SG.

    Args:
        path: a file of `segan train-skeleton`.

    Raises:
        SeganError: it is not there, or not such a file; with what to do.
    """
    from safetensors import safe_open

    if not path.is_file():
        raise SeganError(
            f"The skeleton generator {path} is not there; L_sc, D_s and the cycle need it. Train it in minutes: "
            "segan train-skeleton GLYPHS; or choose a preset without these terms: --preset cpu."
        )
    try:
        with safe_open(path, "pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 – not a mapping
        if header.get("format") != FORMAT:
            raise SeganError(f"its format is {header.get('format')!r}, not {FORMAT!r}.")
        shape = from_mapping(SkeletonShape, parse_json(header.get("shape", ""), "its shape"), where="its shape")
        generator = SkeletonGenerator(shape.channels, shape.blocks)
        generator.load_state_dict(tensors)
    except SeganError as error:
        raise SeganError(f"{path} is no skeleton generator, or it is damaged: {cause_of(error, path)}.") from error
    except Exception as error:  # of a damaged file safetensors and torch raise of several kinds
        raise SeganError(f"{path} is no skeleton generator, or it is damaged: {cause_of(error, path)}.") from error
    return generator.requires_grad_(False).eval()
