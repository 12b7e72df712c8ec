from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from segan_cli.errors import SeganError
from segan_cli.training.loop.skeleton_trainer import SkeletonGan, train_skeleton_gan
from segan_cli.training.model.skeleton_gan import (
    SkeletonGenerator,
    SkeletonTrainSettings,
    load_skeleton_generator,
    write_skeleton_generator,
)

CPU = torch.device("cpu")


def test_it_learns_the_lines_of_strokes(make_pairs: Callable[..., object], tmp_path: Path) -> None:
    settings = SkeletonTrainSettings(size_px=32, channels=16, blocks=1, steps=120, learning_rate=4e-3)
    report = train_skeleton_gan([make_pairs()], settings, tmp_path / "sg.safetensors", CPU)  # type: ignore[list-item]
    assert report.steps == 120 and report.iou > 0.3
    generator = load_skeleton_generator(report.path)
    assert not any(part.requires_grad for part in generator.parameters())


def test_it_comes_back_as_it_was_written(tmp_path: Path) -> None:
    generator = SkeletonGenerator(8, 2).eval()
    write_skeleton_generator(tmp_path / "sg.safetensors", generator, {"steps": 1})
    picture = torch.rand(1, 1, 48, 48)
    assert torch.equal(load_skeleton_generator(tmp_path / "sg.safetensors")(picture), generator(picture))


def test_every_weight_of_its_loss_matters() -> None:
    torch.manual_seed(0)
    glyph, skeleton = torch.rand(2, 1, 32, 32) * 2 - 1, torch.rand(2, 1, 32, 32) * 2 - 1
    plain = SkeletonTrainSettings(channels=8, blocks=1)
    gan = SkeletonGan(plain)
    total = gan.generator_loss(glyph, skeleton, plain).item()
    for name in ("lambda_adv", "lambda_cycle", "lambda_pair"):
        other = SkeletonTrainSettings(channels=8, blocks=1, **{name: 0.0})
        assert gan.generator_loss(glyph, skeleton, other).item() != pytest.approx(total)


def test_a_missing_or_damaged_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SeganError, match=r"segan train-skeleton GLYPHS.*--preset cpu"):
        load_skeleton_generator(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"nothing")
    with pytest.raises(SeganError, match="no skeleton generator, or it is damaged"):
        load_skeleton_generator(tmp_path / "bad.safetensors")
