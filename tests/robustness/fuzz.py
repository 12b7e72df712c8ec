"""Damage files by the thousand and read them: `make fuzz`, or

    python -m tests.robustness.fuzz --inputs 10000
    python -m tests.robustness.fuzz --only "journal" --inputs 500 --seed 7

Each reader runs in a process of its own, which is watched from outside: an input that ends in anything but a value or one
sentence, takes more than ten seconds of the processor, or brings the process beyond two GiB is kept in `--found`, to be
mended and moved into `corpus/`. The same seed makes the same inputs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import selectors
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.robustness import seeds
from tests.robustness.mutations import mutated
from tests.robustness.readers import READERS, Reader

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).with_name("corpus")
LONGEST_CPU_S = 10.0
LONGEST_WALL_S = 600.0
"""A reader that waits for something that never comes is found by it; a busy machine is not."""
STARTING_S = 60.0
"""What importing an engine and making the sound files may take."""
MOST_MEMORY = 2 << 30

SENTENCE = "one sentence"
READ = "read"


@dataclass
class Tally:
    """What became of one reader's inputs."""

    reader: str
    verdicts: Counter[str] = field(default_factory=Counter)
    slowest_s: float = 0.0
    memory: int = 0
    failures: list[str] = field(default_factory=list)

    @property
    def inputs(self) -> int:
        """How many were read."""
        return sum(self.verdicts.values())


def damaged(reader: str, sound: bytes, seed: int, number: int) -> bytes:
    """The input of a number; the first one is the sound file itself."""
    return mutated(sound, random.Random(f"{reader}|{seed}|{number}")) if number else sound


def verdict_of(reader: Reader, folder: Path) -> tuple[str, str]:
    """Read what lies in the folder: the kind of outcome, and what was said or the traceback."""
    from segan_cli.errors import SeganError

    before = sorted(folder.parent.iterdir())
    try:
        reader.read(folder)
    except SeganError as error:
        said = str(error)
        verdict = (SENTENCE, said) if said.strip() and "Traceback" not in said else ("no sentence", said)
        if _names_twice(said, folder):
            verdict = "names a file twice", said
    except BaseException:
        return "traceback", traceback.format_exc()
    else:
        verdict = READ, ""
    if sorted(folder.parent.iterdir()) != before:
        return "wrote outside its folder", str(sorted(folder.parent.iterdir()))
    return verdict


def _names_twice(said: str, folder: Path) -> bool:
    files = re.findall(re.escape(f"{folder}/") + r"[\w./-]*\w", said)
    return len(set(files)) < len(files)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=2000, help="over all readers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", help="a reader by name; may be given several times")
    parser.add_argument("--found", type=Path, default=ROOT / "out" / "fuzz", help="where bad inputs are kept")
    parser.add_argument("--child", nargs=3, metavar=("READER", "FIRST", "LAST"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        _child(options.child[0], int(options.child[1]), int(options.child[2]), options.seed)
        return
    names = options.only or list(READERS)
    each = -(-options.inputs // len(names))
    began, tallies = time.monotonic(), []
    with tempfile.TemporaryDirectory() as fonts:
        os.environ[seeds.FONTS_VARIABLE] = fonts
        seeds.fonts()
        for name in names:
            tallies.append(_fuzzed(name, each, options.seed, options.found))
            print(_line(tallies[-1]), file=sys.stderr, flush=True)
    print(table(tallies))
    bad = sum(len(tally.failures) for tally in tallies)
    total = sum(tally.inputs for tally in tallies)
    print(f"{total:,} inputs in {(time.monotonic() - began) / 60:.0f} minutes, {bad} bad (seed {options.seed}).")
    sys.exit(1 if bad else 0)


def table(tallies: list[Tally]) -> str:
    """The README's table."""
    rows = [
        "| reader | inputs | read | one sentence | bad | slowest, CPU s | memory, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for tally in tallies:
        counts = tally.verdicts
        bad = tally.inputs - counts[READ] - counts[SENTENCE]
        rows.append(
            f"| {tally.reader} | {tally.inputs:,} | {counts[READ]:,} | {counts[SENTENCE]:,} | {bad} | {tally.slowest_s:.1f} | "
            f"{tally.memory >> 20:,} |"
        )
    return "\n".join(rows)


def _line(tally: Tally) -> str:
    return f"{tally.reader}: {tally.inputs} inputs, {dict(tally.verdicts)}, slowest {tally.slowest_s:.1f} s, {tally.memory >> 20} MiB"


def _fuzzed(name: str, count: int, seed: int, found: Path) -> Tally:
    """All inputs of one reader; a process that dies or hangs is begun anew after the input that did it."""
    tally, at = Tally(name), 0
    while at < count:
        at = _one_process(tally, at, count, seed, found)
    return tally


def _one_process(tally: Tally, first: int, count: int, seed: int, found: Path) -> int:
    words = [
        sys.executable,
        "-m",
        "tests.robustness.fuzz",
        "--seed",
        str(seed),
        "--child",
        tally.reader,
        str(first),
        str(count),
    ]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=errors, cwd=ROOT)
        assert process.stdout is not None
        at = first
        while at < count:
            line = _next_line(process)
            if not line:
                break
            _note(tally, json.loads(line), at, seed, found)
            at += 1
        hung = at < count and process.poll() is None and not line
        process.kill()
        process.wait()
        if at < count:
            errors.seek(0)
            said = errors.read().decode("utf-8", "replace")[-2000:]
            verdict = "hang" if hung else f"the process ended with {process.returncode}"
            _note(tally, {"verdict": verdict, "said": said, "cpu_s": 0.0, "memory": 0}, at, seed, found)
            at += 1
    return at


def _next_line(process: subprocess.Popen[bytes]) -> bytes:
    """The next verdict; nothing if the process ended, works on one input for too long, or waits for ever."""
    assert process.stdout is not None
    began, worked_s = time.monotonic(), _cpu_s(process.pid)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not selector.select(1.0):
            if (
                _cpu_s(process.pid) - worked_s > 3 * LONGEST_CPU_S + STARTING_S
                or time.monotonic() - began > LONGEST_WALL_S
            ):
                return b""
        return process.stdout.readline()


def _cpu_s(process: int) -> float:
    """Seconds of the processor that a process took so far."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _note(tally: Tally, told: dict[str, object], number: int, seed: int, found: Path) -> None:
    verdict, cpu_s, memory = str(told["verdict"]), float(str(told["cpu_s"])), int(str(told["memory"]))
    tally.slowest_s, tally.memory = max(tally.slowest_s, cpu_s), max(tally.memory, memory)
    if verdict in (READ, SENTENCE) and cpu_s > LONGEST_CPU_S:
        verdict = f"took {cpu_s:.0f} s"
    if verdict in (READ, SENTENCE) and memory > MOST_MEMORY:
        verdict = f"took {memory >> 20} MiB"
    tally.verdicts[verdict] += 1
    if verdict not in (READ, SENTENCE):
        tally.failures.append(f"{tally.reader} {number}: {verdict}")
        found.mkdir(parents=True, exist_ok=True)
        place = found / f"{re.sub(r'[^a-z0-9]+', '-', tally.reader.lower())}-{seed}-{number}"
        text = f"{tally.reader}\n{verdict}\n{told['said']}"
        place.with_suffix(".txt").write_text(text, encoding="utf-8", errors="replace")
        with tempfile.TemporaryDirectory() as name:
            sound = READERS[tally.reader].build(Path(name)).read_bytes()
        place.with_suffix(".input").write_bytes(damaged(tally.reader, sound, seed, number))


def _child(name: str, first: int, last: int, seed: int) -> None:
    import logging
    import resource
    import warnings

    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints goes another way
    resource.setrlimit(resource.RLIMIT_AS, (24 << 30, resource.RLIM_INFINITY))
    reader = READERS[name]
    with tempfile.TemporaryDirectory() as place:
        for number in range(first, last):
            folder = Path(place) / str(number) / "work"
            folder.mkdir(parents=True)
            target = reader.build(folder)
            target.write_bytes(damaged(name, target.read_bytes(), seed, number))
            began = time.process_time()
            verdict, said = verdict_of(reader, folder)
            cpu_s = time.process_time() - began
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
            out.write(json.dumps({"verdict": verdict, "said": said, "cpu_s": cpu_s, "memory": memory}) + "\n")
            out.flush()
            _emptied(folder.parent)


def _emptied(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
