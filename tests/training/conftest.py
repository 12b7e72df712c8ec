"""A tiny hand: eighty characters of random bars in a source font made in memory, and a folder of them written askew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.box_font import save_box_font

CHARS = "".join(chr(0x4E00 + number) for number in range(80))


@pytest.fixture(autouse=True)
def quiet_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs are kept in the test's own folder, and one thread does the sums, in one order."""
    import torch

    from segan_cli.training.loop import estimate

    monkeypatch.setenv("SEGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(estimate, "PROBE_S", 0.01)
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def kai(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source font of eighty characters."""

    random, boxes = np.random.default_rng(7), {}
    for char in CHARS:
        boxes[char] = []
        for _ in range(3):
            left, low = (int(value) for value in (random.integers(50, 500), random.integers(0, 600)))
            wide, tall = (random.integers(300, 450), 90) if random.random() < 0.5 else (90, random.integers(250, 280))
            boxes[char].append((left, low, left + int(wide), low + int(tall)))
    return save_box_font(tmp_path_factory.mktemp("font") / "TinyKai.ttf", "Tiny Kai", boxes, bearing=50)


@pytest.fixture
def write_hand(kai: Path, tmp_path: Path) -> Callable[..., Path]:
    """Write a glyph folder: `write_hand("mine", CHARS[:60], scale=0.8)`."""
    from segan_cli.glyph import Frame, Placement
    from segan_cli.source.glyph_folder import write_frame, write_glyph
    from segan_cli.source.raster import render_glyph
    from segan_cli.source.source_font import open_source_font

    def write(name: str = "mine", chars: str = CHARS, *, scale: float = 0.8, dx: float = 30.0) -> Path:
        font, frame, folder = open_source_font(kai), Frame(32), tmp_path / name
        for char in chars:
            write_glyph(render_glyph(font, char, frame, Placement(scale, dx, 0.0), weight=20.0), folder)
        write_frame(frame, folder)
        return folder

    return write


@pytest.fixture
def make_pairs() -> Callable[..., Any]:
    """One hand's pairs straight from memory: `make_pairs("mine", 40, size_px=32)`."""
    import torch

    from segan_cli.glyph import Placement
    from segan_cli.training.data.dataset import HandPairs, SourceName

    def make(name: str = "mine", count: int = 60, size_px: int = 32, seed: int = 3) -> HandPairs:
        random = np.random.default_rng(seed)
        pictures = np.zeros((count, 4, size_px, size_px), np.uint8)
        for row in range(count):
            for _ in range(3):
                y, x = random.integers(2, size_px - 10, 2)
                down = random.random() < 0.5
                tall, wide = (8, 3) if down else (3, 8)
                pictures[row, 0, y : y + tall, x : x + wide] = 255
                pictures[row, 1, y + tall // 2, x + wide // 2] = 255
                pictures[row, 2, y + 1 : y + 1 + tall, x + 1 : x + 1 + wide] = 255
                pictures[row, 3, y + 1 + tall // 2, x + 1 + wide // 2] = 255
        chars = tuple(chr(0x4E00 + number) for number in range(count))
        return HandPairs(
            name,
            chars,
            torch.from_numpy(pictures),
            Placement(),
            f"{name}{seed}{count}",
            SourceName("Tiny Kai", "", "0"),
        )

    return make


@pytest.fixture
def make_fine_pairs(make_pairs: Callable[..., Any]) -> Callable[..., Any]:
    """The same with their targets as distances and gestures, measured on the pictures four times as large, grown a little."""
    import dataclasses

    from scipy import ndimage

    from segan_cli.training.data.dataset import stacked, with_distance

    def make(name: str = "mine", count: int = 60, size_px: int = 32, seed: int = 3) -> Any:
        pairs = make_pairs(name, count, size_px, seed)
        made, random = [], np.random.default_rng(seed)
        for pictures in pairs.pictures.numpy():
            large = pictures[2].astype(np.float32).repeat(4, 0).repeat(4, 1) / np.float32(255)
            grown = int(random.integers(1, 8))
            large = ndimage.maximum_filter(large, (grown, int(random.integers(1, 8))))
            made.append(with_distance(pictures, large))
        return dataclasses.replace(pairs, fine=stacked(made)[1])

    return make


@pytest.fixture
def tiny() -> Callable[..., Any]:
    """Settings of a network that trains in milliseconds: `tiny(cycle=True)`."""
    from segan_cli.training.settings import TrainSettings, train_settings

    def settings(**changes: Any) -> TrainSettings:
        values: dict[str, Any] = {
            "size_px": 32,
            "batch_size": 4,
            "steps": 6,
            "base_channels": 8,
            "encoder_blocks": 1,
            "decoder_blocks": 1,
            "style_channels": 4,
            "discriminator_channels": 8,
            "score_every": 2,
            "score_pairs": 4,
            "warmup_steps": 2,
            "lambda_con": 1.0,
        }
        return train_settings(values | changes)

    return settings


@pytest.fixture
def tiny_batch(make_pairs: Callable[..., Any]) -> Any:
    """Four pairs as a batch."""
    import torch

    from segan_cli.training.data.batches import pair_set, plain_batch

    return plain_batch(pair_set([make_pairs()], "train", 0), [0, 1, 2, 3], torch.device("cpu"))
