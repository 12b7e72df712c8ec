"""Kill commands at random moments and go on: `make kills`, or

    python -m tests.robustness.kills --kills 200
    python -m tests.robustness.kills --only build-font --kills 20 --seed 7

After each kill nothing of the command may live on, no font may be torn, and the command, typed again, must come to the same
files as one that was never killed, with nothing left over beside them. Half of the kills are `kill -9`, half are SIGTERM.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.robustness import seeds

ROOT = Path(__file__).parents[2]
MARK = "SEGAN_KILL_MARK"
LONGEST_LIFE_S = 10.0
"""So long is waited for what a killed command started; the slowest is in the table."""
DRAWN = "永和九年歲在癸丑暮春之初會于山陰蘭亭修禊事也群賢畢至少長咸集此地有崇峻嶺茂林竹又清流激湍映帶左右引以為觴曲水列坐其次"
GLYPHS = 48
INTERRUPTED = (130, -signal.SIGINT)
"""Exit codes of what was interrupted. Where Ctrl-C came while a compiled module ran Python code of its own, the interpreter ends
itself by SIGINT at its end, after the sentence; a shell calls that 130, too."""

Fingerprint = dict[str, str]


@dataclass(frozen=True)
class Killed:
    """A command to kill.

    Args:
        begin: the words to type, given the folder that it works in.
        go_on: the words to type after a kill.
        result: what must come out alike, by file.
        torn: files that are not whole after a kill.
        ends: whether it ends by itself; a server does not.
    """

    begin: Callable[[Path], list[str]]
    go_on: Callable[[Path], list[str]]
    result: Callable[[Path], Fingerprint]
    torn: Callable[[Path], list[str]] = lambda folder: []
    ends: bool = True


@dataclass
class Tally:
    """What became of one command's kills."""

    command: str
    whole_s: float = 0.0
    cpu_s: float = 0.0
    kills: int = 0
    too_late: int = 0
    sigterm: int = 0
    slowest_end_s: float = 0.0
    hidden: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=40, help="over all commands")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", help="a command; may be given several times")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        commands = prepared(place)
        names = options.only or list(commands)
        chance, tallies = random.Random(options.seed), []
        for command in names:
            tallies.append(killed(command, commands[command], place, -(-options.kills // len(names)), chance))
            print(table(tallies[-1:]), file=sys.stderr, flush=True)
    print(table(tallies))
    for failure in (one for tally in tallies for one in tally.failures):
        print(failure)
    sys.exit(1 if any(tally.failures for tally in tallies) else 0)


def prepared(place: Path) -> dict[str, Killed]:
    """The commands, and the sound files that they work on."""
    models, glyphs = place / "models", place / "glyphs"
    seeds.bundle(models / "tiny")
    shutil.copy(ROOT / "models" / "kai-source.segan-pack", models)
    glyphs.mkdir()
    for file in [seeds.EXAMPLES / "frame.json", *sorted(seeds.EXAMPLES.glob("U+*.png"))[:GLYPHS]]:
        shutil.copy(file, glyphs)
    seeds.archive(place / "hand.zip", count=60)
    drawn = place / "drawn"
    subprocess.run(_segan("generate", *_generate(drawn)), env=_environment(place), check=True, capture_output=True)
    tiny = [f"--set={key}={value}" for key, value in seeds.TINY.items()]
    train = [
        "train",
        str(place / "hand.zip"),
        "--steps",
        "40",
        *tiny,
        "--set=score_every=10",
        "--set=score_pairs=4",
        "--threads",
        "1",
        "--device",
        "cpu",
    ]
    return {
        "generate": Killed(
            lambda out: ["generate", *_generate(out)], lambda out: ["generate", *_generate(out)], _pictures
        ),
        "build-font": Killed(lambda out: _build(out, glyphs), lambda out: _build(out, glyphs), _fonts, _torn_fonts),
        "train": Killed(lambda out: [*train, "--out", str(out / "run")], lambda out: _resume(out, train), _weights),
        "review": Killed(lambda out: _review(out, drawn), lambda out: _review(out, drawn), _pictures, ends=False),
    }


def killed(name: str, command: Killed, place: Path, count: int, chance: random.Random) -> Tally:
    """Kill a command so many times."""
    tally, warming, straight = Tally(name), place / f"{name}-warming", place / f"{name}-straight"
    warming.mkdir()
    straight.mkdir()
    _finish(command, warming, place, command.begin(warming))  # a first run compiles what later ones find compiled
    began, before_s = time.monotonic(), _children_cpu_s()
    _finish(command, straight, place, command.begin(straight))
    tally.cpu_s = _children_cpu_s() - before_s
    tally.whole_s, tally.hidden = time.monotonic() - began, hidden(straight)
    expected = command.result(straight)
    for number in range(count):
        out = place / f"{name}-{number}"
        out.mkdir()
        _one_kill(tally, command, out, place, chance, expected)
        shutil.rmtree(out)
        print(
            f"{name}: {tally.kills} kills, {len(tally.failures)} failures",
            *tally.failures[-1:],
            file=sys.stderr,
            flush=True,
        )
    if tally.too_late > count / 2:
        tally.failures.append(f"{name}: {tally.too_late} of {count} kills came after its end and tried nothing")
    return tally


def _one_kill(
    tally: Tally, command: Killed, out: Path, place: Path, chance: random.Random, expected: Fingerprint
) -> None:
    kind, wait_s = chance.choice((signal.SIGKILL, signal.SIGTERM)), chance.uniform(0.05, 1.0) * tally.cpu_s
    mark = uuid.uuid4().hex
    process = subprocess.Popen(
        _segan(*command.begin(out)),
        env=_environment(place) | {MARK: mark},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    while process.poll() is None and _tree_cpu_s(process.pid) < wait_s:
        time.sleep(0.01)
    if not command.ends:
        time.sleep(chance.random())
    ended = process.poll() is not None
    process.send_signal(kind)
    said = process.communicate()[1].decode("utf-8", "replace")
    tally.kills += 1
    tally.too_late += ended
    tally.sigterm += kind == signal.SIGTERM
    what = f"{tally.command}, {kind.name} after {wait_s:.2f} s of the processor"
    told = process.returncode in INTERRUPTED and "Traceback" not in said
    if kind == signal.SIGTERM and not ended and not told and process.returncode not in (0, -signal.SIGTERM):
        tally.failures.append(f"{what}: exit code {process.returncode}: {said[-300:]}")
    life_s = _until_gone(mark)
    tally.slowest_end_s = max(tally.slowest_end_s, life_s)
    if life_s >= LONGEST_LIFE_S:
        tally.failures.append(f"{what}: processes live on")
    tally.failures += [f"{what}: torn: {file}" for file in command.torn(out)]
    code, said = _finish(command, out, place, command.go_on(out))
    if code:
        tally.failures.append(f"{what}: going on ended with {code}: {said[-300:]}")
    elif (found := command.result(out)) != expected:
        differing = sorted(file for file in expected.keys() | found.keys() if expected.get(file) != found.get(file))
        tally.failures.append(f"{what}: other results: {', '.join(differing[:5])}")
    litter = sorted(hidden(out) - tally.hidden)
    if litter:
        tally.failures.append(f"{what}: left over: {', '.join(litter[:5])}")


def hidden(out: Path) -> set[str]:
    """What lies there and is not shown; a command that was never killed leaves its journal, too.

    `.segan-review` is a review's own store: the pictures that it replaced, and what it measured. What is hidden in it counts.
    """
    return {path.relative_to(out).as_posix() for path in out.rglob(".*") if path.name != ".segan-review"}


def _finish(command: Killed, out: Path, place: Path, words: Sequence[str]) -> tuple[int, str]:
    if command.ends:
        done = subprocess.run(_segan(*words), env=_environment(place), capture_output=True, text=True, check=False)
        return done.returncode, done.stderr
    with subprocess.Popen(_segan(*words), env=_environment(place), stdout=-1, stderr=-1, text=True) as server:
        assert server.stdout is not None and server.stderr is not None
        first = server.stdout.readline()  # its address: it serves
        server.send_signal(signal.SIGINT)
        said = server.stderr.read()
    return 0 if first else 1, said


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _tree_cpu_s(process: int) -> float:
    """Seconds of the processor that a process and those it started took: moments that a busy machine does not shift."""
    try:
        words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        children = [
            int(one)
            for tasks in Path(f"/proc/{process}/task").iterdir()
            for one in (tasks / "children").read_text().split()
        ]
    except OSError:
        return 0.0
    own = sum(int(words[number]) for number in (11, 12, 13, 14)) / os.sysconf("SC_CLK_TCK")
    return own + sum(map(_tree_cpu_s, children))


def _until_gone(mark: str) -> float:
    """Seconds until no process with the mark lives."""
    began = time.monotonic()
    while time.monotonic() - began < LONGEST_LIFE_S:
        if not any(_has_mark(entry, mark) for entry in Path("/proc").iterdir() if entry.name.isdecimal()):
            return time.monotonic() - began
        time.sleep(0.05)
    return LONGEST_LIFE_S


def _has_mark(entry: Path, mark: str) -> bool:
    try:
        return f"{MARK}={mark}".encode() in (entry / "environ").read_bytes()
    except OSError:
        return False


def _segan(*words: str) -> list[str]:
    return [sys.executable, "-m", "segan_cli", *words]


def _environment(place: Path) -> dict[str, str]:
    own = {
        "SEGAN_MODELS": str(place / "models"),
        "SEGAN_CACHE": str(place / "cache"),
        "SOURCE_DATE_EPOCH": "1700000000",
    }
    return os.environ | own | {"PYTHONPATH": str(ROOT)}


def _generate(out: Path) -> list[str]:
    return ["--style", "1", "--chars", DRAWN, "--no-check", "--workers", "2", "--out", str(out)]


def _build(out: Path, glyphs: Path) -> list[str]:
    fonts = [str(out / f"Brush{ending}") for ending in (".ttf", ".otf", ".ufo")]
    return ["build-font", *fonts, str(glyphs), "--workers", "2", "--family", "Brush"]


def _resume(out: Path, train: list[str]) -> list[str]:
    begun = (out / "run" / "split.json").is_file()
    more = ["--resume", "--threads", "1", "--device", "cpu"]
    return ["train", *more, "--out", str(out / "run")] if begun else [*train, "--out", str(out / "run")]


def _review(out: Path, drawn: Path) -> list[str]:
    if not (out / "drawn").exists():
        shutil.copytree(drawn, out / "drawn")
    return ["review", str(out / "drawn"), "--no-browser"]


def _pictures(out: Path) -> Fingerprint:
    found = {file.relative_to(out).as_posix(): _hash(file.read_bytes()) for file in out.rglob("*.png")}
    for report in out.rglob("report.json"):
        words = json.loads(report.read_text(encoding="utf-8"))
        words.pop("timings"), words["summary"].pop("kept")
        found["report.json"] = _hash(json.dumps(words, sort_keys=True).encode())
    return found


def _fonts(out: Path) -> Fingerprint:
    return {
        file.relative_to(out).as_posix(): _hash(file.read_bytes())
        for file in out.rglob("*")
        if file.is_file() and not file.name.endswith(".report.json")
    }


def _torn_fonts(out: Path) -> list[str]:
    from fontTools.ttLib import TTFont

    torn = []
    for file in [file for file in out.iterdir() if file.suffix in (".ttf", ".otf") and not file.name.startswith(".")]:
        try:
            TTFont(file)["cmap"].getBestCmap()
        except Exception as error:
            torn.append(f"{file.name} ({error})")
    return torn


def _weights(out: Path) -> Fingerprint:
    from segan_cli.training.loop.checkpoint import read_checkpoint, step_path

    tensors = read_checkpoint(step_path(out / "run" / "checkpoints", 40)).tensors
    return {name: _hash(tensor.numpy().tobytes()) for name, tensor in tensors.items()}


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def table(tallies: Sequence[Tally]) -> str:
    """The README's table."""
    rows = [
        "| command | kills | of them SIGTERM | after its end | it takes, s | failures | last process gone after, s |",
        "|---|---|---|---|---|---|---|",
    ]
    for tally in tallies:
        rows.append(
            f"| {tally.command} | {tally.kills} | {tally.sigterm} | {tally.too_late} | {tally.whole_s:.1f} | {len(tally.failures)} | "
            f"{tally.slowest_end_s:.1f} |"
        )
    return "\n".join(rows)


if __name__ == "__main__":
    main()
