"""SIGTERM to each command while it is at work: exit code 130, a sentence, no process left, nothing half-written.

Each command has far more to do than its test waits for, and is stopped at something that it writes, never after some time.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.robustness import kills, seeds

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it looks for processes in /proc")

TINY = [f"--set={key}={value}" for key, value in seeds.TINY.items()]
MANY = "gb2312-1+gb2312-2"


@dataclass(frozen=True)
class Stopped:
    """A command that is stopped.

    Args:
        words: what is typed, given the folder of sound files and its own.
        at_work: what its own folder holds once it is at work.
        kept: hidden files that a command keeps for the next time.
    """

    words: Callable[[Path, Path], list[str]]
    at_work: str
    kept: tuple[str, ...] = ()


COMMANDS = {
    "generate": Stopped(
        lambda place, out: ["generate", "--style", "1", "--chars", MANY, "--no-check", "--workers", "2", "--out", f"{out}/drawn"],
        "drawn/U+*.png",
        (".segan-drawn.jsonl",),
    ),
    "build-font": Stopped(
        lambda place, out: ["build-font", f"{out}/Brush.ttf", f"{out}/Brush.otf", str(place / "glyphs"), "--workers", "2"],
        ".segan-lock-Brush.ttf",
    ),
    "train": Stopped(
        lambda place, out: ["train", f"{place}/hand.zip", "--steps", "900000", *TINY, "--threads", "1", "--out", f"{out}/run"],
        "run/metrics.jsonl",
    ),
    "benchmark": Stopped(
        lambda place, out: [
            *("benchmark", "--styles", f"hand={place}/glyphs", "--steps", "900000", "--rows", "SE-GAN", "--count", "2"),
            *("--preset", f"{place}/tiny.toml", "--device", "cpu", "--no-features", "--out", f"{out}/rows"),
        ],
        "rows/hand/se-gan/run/metrics.jsonl",
    ),
    "review": Stopped(lambda place, out: ["review", str(place / "glyphs"), "--no-browser"], ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    seeds.bundle(folder / "models" / "tiny")
    shutil.copy(kills.ROOT / "models" / "kai-source.segan-pack", folder / "models")
    shutil.copytree(kills.ROOT / "models" / "skeleton-gan", folder / "models" / "skeleton-gan")
    shutil.copytree(seeds.EXAMPLES, folder / "glyphs")
    seeds.archive(folder / "hand.zip", count=60)
    (folder / "tiny.toml").write_text("".join(f"{key} = {value}\n" for key, value in seeds.TINY.items()))
    return folder


@pytest.mark.parametrize("name", COMMANDS)
def test_sigterm_ends_a_command_at_work_with_130_and_a_sentence(name: str, place: Path, tmp_path: Path) -> None:
    command, mark = COMMANDS[name], uuid.uuid4().hex
    with subprocess.Popen(
        [sys.executable, "-m", "segan_cli", *command.words(place, tmp_path)],
        env=kills._environment(place) | {kills.MARK: mark, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        if command.at_work:
            while process.poll() is None and not any(tmp_path.glob(command.at_work)):
                time.sleep(0.02)
        else:
            assert process.stdout.readline().startswith("http://")
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate()
    assert process.returncode == 130, said
    words = " ".join(said.split())
    assert ("Interrupted. What was finished is kept" in words) != ("everything is kept. Go on: segan train" in words)
    assert "Traceback" not in said
    assert kills._until_gone(mark) < kills.LONGEST_LIFE_S, "a process lives on"
    assert [file for file in kills.hidden(tmp_path) if Path(file).name not in command.kept] == []
    assert not [*tmp_path.glob("*.ttf"), *tmp_path.glob("*.otf")]
    assert not os.path.lexists(place / "glyphs" / ".segan-lock")
