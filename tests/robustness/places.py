"""Commands in bad places: a full disk, a read-only one, somebody else's folder, no home. `make places`, as root on Linux.

Each must end with one sentence, or do its work; never with a traceback, and never with half a file.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from tests.robustness import seeds
from tests.robustness.kills import ROOT, _build, _environment, _generate, hidden, prepared

NOBODY = 65534
UNKNOWN = 54321
"""A user of whom the system knows neither name nor home, as containers have them."""

Place = Callable[[Path], contextlib.AbstractContextManager[list[str]]]
"""Makes the place; the words to put before a command."""


@contextlib.contextmanager
def full_disk(out: Path) -> Iterator[list[str]]:
    """A disk of 64 KiB."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", out], check=True)
    try:
        yield []
    finally:
        subprocess.run(["umount", out], check=True)


@contextlib.contextmanager
def read_only_disk(out: Path) -> Iterator[list[str]]:
    """A disk that cannot be written at all."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", out], check=True)
    try:
        yield []
    finally:
        subprocess.run(["umount", out], check=True)


@contextlib.contextmanager
def wrong_owner(out: Path) -> Iterator[list[str]]:
    """A folder of somebody else's."""
    out.chmod(0o755)
    yield _as_user(NOBODY)


@contextlib.contextmanager
def no_home(out: Path) -> Iterator[list[str]]:
    """A user without name and home, in a folder of their own."""
    os.chown(out, UNKNOWN, UNKNOWN)
    yield _as_user(UNKNOWN)


def _as_user(number: int) -> list[str]:
    """Another user, who may read everything, wherever Python lies, and write only what is theirs."""
    capability = "+dac_read_search"
    who = ["setpriv", f"--reuid={number}", f"--regid={number}", "--clear-groups"]
    return [*who, f"--inh-caps={capability}", f"--ambient-caps={capability}"]


PLACES: dict[str, Place] = {
    "full disk": full_disk,
    "read-only disk": read_only_disk,
    "somebody else's folder": wrong_owner,
    "no name, no home": no_home,
}


def commands(place: Path, out: Path) -> dict[str, list[str]]:
    """What is typed."""
    tiny = [f"--set={key}={value}" for key, value in seeds.TINY.items()]
    train = ["train", str(place / "hand.zip"), "--steps", "20", *tiny, "--set=score_every=5", "--threads", "1"]
    return {
        "generate": ["generate", *_generate(out / "drawn")],
        "build-font": _build(out, place / "glyphs"),
        "train": [*train, "--device", "cpu", "--out", str(out / "run")],
        "dataset unpack": ["dataset", "unpack", str(place / "hand.zip"), "--out", str(out / "hands")],
        "proof": ["proof", str(place / "Brush.ttf"), "--out", str(out / "proof.html")],
        "import": ["import", str(place / "glyphs"), "--out", str(out / "clean"), "--yes", "--workers", "1"],
        "sheets": ["sheets", "--chars", "gb2312-1", "--out", str(out / "pages.pdf")],
        "dataset from-font": ["dataset", "from-font", str(place / "Brush.ttf"), "--out", str(out / "hand")],
        "render": ["render", "--chars", "永A", "--source-font", str(place / "Brush.ttf"), "--out", str(out / "source")],
    }


def verdict(code: int, said: str, left: Sequence[str]) -> str:
    """In a word; "ok" stands for work that was done, "one sentence" for an error with a next step."""
    if "Traceback" in said or code < 0:
        return f"BAD: exit code {code}: {said[-400:]}"
    if left:
        return f"BAD: left {', '.join(left[:3])}"
    if code == 0:
        return "ok"
    errors = [line for line in said.splitlines() if line.startswith("error:")]
    return "one sentence" if len(errors) == 1 else f"BAD: {len(errors)} sentences: {said[-300:]}"


def tried(place: Path, name: str, words: list[str], where: Place, out: Path) -> tuple[str, str]:
    """Run a command in a place: the verdict and what was said."""
    out.mkdir()
    environment = {
        key: value for key, value in _environment(place).items() if key not in ("HOME", "SEGAN_CACHE", "XDG_CACHE_HOME")
    }
    with where(out) as who:
        done = subprocess.run(
            [*who, sys.executable, "-m", "segan_cli", *words],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        left = [file for file in sorted(hidden(out)) if not file.endswith(".segan-drawn.jsonl")]
        return verdict(done.returncode, done.stderr, left), done.stderr


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", action="append", help="a command; may be given several times")
    only, bad = parser.parse_args().only, 0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        prepared(place)
        (place / "Brush.ttf").write_bytes(seeds.fonts()[".ttf"])
        rows = [f"| | {' | '.join(PLACES)} |", "|---" * (len(PLACES) + 1) + "|"]
        for number, command in enumerate(only or commands(place, place)):
            cells = []
            for kind, where in PLACES.items():
                out = place / f"{number}-{kind.replace(' ', '-')}"
                found, said = tried(place, command, commands(place, out)[command], where, out)
                print(f"{command}, {kind}: {found}: {said.strip().splitlines()[-1:]}", file=sys.stderr, flush=True)
                bad += found.startswith("BAD")
                cells.append(found)
            rows.append(f"| {command} | {' | '.join(cells)} |")
        print("\n".join(rows))
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
