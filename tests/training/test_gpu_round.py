"""The one command for a lent GPU, on the CPU: it trains on, exports and draws with the run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from segan_cli.generator.bundle import open_bundle
from segan_cli.glyph import Frame, Placement
from segan_cli.source.glyph_folder import write_frame, write_glyph
from segan_cli.source.raster import render_glyph
from segan_cli.source.source_font import open_source_font
from segan_cli.training.loop.processes import Processes
from segan_cli.training.run.session import Hand, begin_run, load_hands
from segan_cli.training.settings import TrainSettings, load_train_settings, settings_toml

SCRIPT = Path(__file__).parents[2] / "examples" / "gpu_round.sh"


def test_what_it_sets_are_settings_of_the_preset() -> None:
    told = dict(re.findall(r"--set (\w+)=([\w.-]+)", SCRIPT.read_text()))
    changed = load_train_settings("ink", {name: _value(words) for name, words in told.items() if name != "KEY"})
    assert changed.losses.lambda_adv_edge == 15 and changed.network.discriminator_channels == 96 and len(told) >= 12
    assert changed.losses.edge_form == "relativistic"


def test_the_full_preset_has_every_term_of_the_paper_and_those_of_edges() -> None:
    full = load_train_settings("full")
    network, losses = full.network, full.losses
    assert network.cycle and network.skeleton_discriminator and network.image_discriminator and network.skeleton_encoder
    assert network.draws_distances and network.gesture and full.needs_skeleton_generator
    weights = (losses.lambda_adv, losses.lambda_cycle, losses.lambda_cls, losses.lambda_con, losses.lambda_sc)
    assert min(weights) > 0 and losses.lambda_adv_edge > 0


def _value(words: str) -> float | int | str:
    try:
        return float(words) if "." in words or "e-" in words else int(words)
    except ValueError:
        return words


def test_a_round_trains_on_exports_and_draws(kai: Path, tmp_path: Path) -> None:
    import torch

    settings = TrainSettings().changed(
        size_px=32, batch_size=4, steps=1, base_channels=8, encoder_blocks=1, decoder_blocks=1, discriminator_channels=8,
        score_every=1, cycle=False, lambda_sc=0.0, skeleton_discriminator=False,
    )  # fmt: skip
    font, hand = open_source_font(kai), tmp_path / "hands" / "mine"
    for char in font.chars:
        write_glyph(render_glyph(font, char, Frame(32), Placement(0.8, 30.0, 0.0), weight=20.0), hand)
    write_frame(Frame(32), hand)
    hands = [Hand("mine", hand)]
    alone = Processes(0, 1, torch.device("cpu"))
    begin_run(tmp_path / "begun", settings, hands, load_hands(hands, font, settings), alone).fit()
    (tmp_path / "tiny.toml").write_text(settings_toml(settings))
    told = {
        "SEGAN": f"{sys.executable} -m segan_cli", "NAMES": "mine", "STYLE": "mine", "INIT": str(tmp_path / "begun"),
        "PRESET": str(tmp_path / "tiny.toml"), "BATCH": "4", "MINUTES": "0.01", "DEVICE": "cpu", "CHARS": "一丁", "JUDGES": "", "RATES": "",
        "EXPORT": "--no-score", "MORE": f"--source-font {kai}",
    }  # fmt: skip
    words = ["sh", str(SCRIPT), str(tmp_path / "hands"), str(tmp_path / "round")]
    done = subprocess.run(words, env=os.environ | told, capture_output=True, text=True, timeout=1100, check=False)
    assert done.returncode == 0, done.stderr
    assert "2 glyphs" in done.stdout and len(list((tmp_path / "round" / "drawn").glob("U+*.png"))) == 2
    assert open_bundle(tmp_path / "round" / "six-hands").manifest.training["init"] == "begun"
