"""A hand of eighty characters, its source font, and a preset that trains in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from segan_cli.evaluation import measuring
from segan_cli.evaluation.evaluate import Metrics
from segan_cli.glyph import Frame, GlyphRaster
from segan_cli.source.glyph_folder import write_frame, write_glyph
from tests.box_font import save_box_font

CHARS = "".join(chr(0x4E00 + number) for number in range(80))
TINY = """size_px = 32
batch_size = 4
base_channels = 8
encoder_blocks = 1
decoder_blocks = 1
style_channels = 4
discriminator_channels = 8
warmup_steps = 1
score_every = 2
score_pairs = 4
lambda_sc = 0.0
cycle = false
"""


@pytest.fixture
def hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A source font of eighty characters, and a folder of the same shapes written askew."""
    import torch

    monkeypatch.setenv("SEGAN_CACHE", str(tmp_path / "cache"))
    torch.set_num_threads(1)
    random, folder, boxes = np.random.default_rng(7), tmp_path / "hand", {}
    for char in CHARS:
        boxes[char], ink = [], np.zeros((32, 32), np.float32)
        for _ in range(3):
            x, y = (int(value) for value in random.integers(100, 600, 2))
            boxes[char].append((x, y, x + 250, y + 200))
            top, left = round((880 - y - 200) * 0.032), round(x * 0.032)
            ink[top + 1 : top + 7, left + 1 : left + 9] = 1
        write_glyph(GlyphRaster(char, ink, Frame(32)), folder)
    write_frame(Frame(32), folder)
    save_box_font(tmp_path / "kai.ttf", "Tiny Kai", boxes)
    (tmp_path / "tiny.toml").write_text(TINY)
    monkeypatch.setattr(measuring, "open_metrics", lambda **words: (Metrics(), ()))
    return folder
