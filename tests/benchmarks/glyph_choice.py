"""Which characters to write: `python tests/benchmarks/glyph_choice.py hands/long-cang`.

Trains with `--init` on 100 (and 200) glyphs of a hand that no shipped network has seen: those of a greedy choice that covers
the parts, places and directions of the source glyphs (greedy_choice.py), random ones, and the most frequent ones; as many steps each, on one thread. Each run draws characters that none of them has
seen. What is done already is not done again. Writes glyph_choice.json beside this file: the figures with their intervals,
and the paired differences of the overlap (IoU) between the choices, character by character.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from segan_cli.benchmark.rows import read_glyphs
from segan_cli.errors import EXIT_INCOMPLETE
from segan_cli.files.writing import write_json
from segan_cli.glyph import Frame
from segan_cli.paper.model_font import ModelGlyphs
from segan_cli.source.charset import parse_charset
from segan_cli.source.glyph_folder import chars_in_folder
from segan_cli.source.split import part_of

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
from greedy_choice import SIDE_PX, choose, describe  # noqa: E402

WAYS = ("greedy", "random", "frequent")
FREQUENT = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动"
    "面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向"
    "头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活"
    "尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强"
)
"""The commonest characters of modern Chinese in order of frequency (Jun Da, 2004)."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hand", type=Path, help="the whole hand, a glyph folder")
    parser.add_argument("--counts", type=int, nargs="+", default=(100, 200))
    parser.add_argument("--init", default="models/six-hands")
    parser.add_argument("--steps", type=int, default=240)
    parser.add_argument("--measured", type=int, default=300, help="test characters")
    parser.add_argument("--seeds", type=int, nargs="+", default=(0,), help="of the training and of the random choice")
    parser.add_argument("--out", type=Path, default=Path("out/glyph-choice"))
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    chars = chars_in_folder(options.hand)
    held_out = [char for char in chars if part_of(char, 0) == "test"]
    test = held_out[:: -(-len(held_out) // options.measured)]
    options.out.mkdir(parents=True, exist_ok=True)
    common = [char for char in parse_charset("gb2312-1") if char in set(chars) and part_of(char, 0) != "test"]
    ranked = {("greedy", 0): _greedy(common, max(options.counts))}
    ranked[("frequent", 0)] = [char for char in FREQUENT if char in set(common)]
    for seed in options.seeds:
        ranked[("random", seed)] = sorted(common, key=lambda char: _hash(seed, char))
    jobs = [(count, way, seed) for count in options.counts for seed in options.seeds for way in WAYS]
    rows = [_row(options, *job, ranked.get((job[1], job[2]), ranked.get((job[1], 0), ())), test) for job in jobs]
    write_json(HERE / "glyph_choice.json", _table(options, rows, test))


def _greedy(common: Sequence[str], count: int) -> tuple[str, ...]:
    font = ModelGlyphs()
    covered = [char for char in parse_charset("gb2312") if font.has(char)]
    features = describe(covered, lambda char: font.render(char, Frame(SIDE_PX)).ink)
    return choose(features, count, among=common)


def _hash(seed: int, char: str) -> bytes:
    word = "count" if seed == 0 else f"count{seed}"
    return hashlib.sha256(f"{word}:{char}".encode()).digest()


def _row(
    options: argparse.Namespace, count: int, way: str, seed: int, ranked: Sequence[str], test: Sequence[str]
) -> dict[str, Any]:
    name = f"{count}-{way}-{seed}"
    run, drawn, measured = (options.out / folder / name for folder in ("runs", "drawn", "measured"))
    if not (drawn / "report.json").exists():
        glyphs = _folder(options.hand, options.out / "glyphs" / name, ranked[:count])
        begin = ["--resume"] if (run / "config.toml").exists() else [glyphs, "--init", options.init, "--seed", seed]
        _segan("train", *begin, "--out", run, "--steps", options.steps, "--threads", 1)
        listed = options.out / "test.txt"
        listed.write_text("".join(test) + "\n", "utf-8")
        _segan("generate", "--style", run, "--chars", listed, "--out", drawn, "--workers", 1)
    if not measured.exists():
        measured.parent.mkdir(exist_ok=True)
        measured.write_text(_segan("evaluate", drawn, "--against", options.hand, "--count", 0, "--json"), "utf-8")
    return {
        "glyphs": count,
        "way": way,
        "seed": seed,
        "drawn": drawn,
        **_figures(json.loads(measured.read_text("utf-8"))),
    }


def _figures(values: dict[str, Any]) -> dict[str, Any]:
    found = {"accuracy": values["accuracies"][0]["generated"], "iou": values["iou"]}
    found |= {one["name"]: one["value"] for one in values["distances"]}
    return found


def _table(options: argparse.Namespace, rows: list[dict[str, Any]], test: Sequence[str]) -> dict[str, Any]:
    truth = read_glyphs(options.hand, Frame(128))
    overlap = {
        (row["glyphs"], row["seed"], row["way"]): _overlaps(read_glyphs(row["drawn"], Frame(128)), truth, test)
        for row in rows
    }
    pairs = [
        {
            "glyphs": count,
            "seed": seed,
            "greedy minus": other,
            "iou": _difference(overlap[count, seed, "greedy"] - overlap[count, seed, other]),
        }
        for count in options.counts
        for seed in options.seeds
        for other in ("random", "frequent")
    ]
    for row in rows:
        del row["drawn"]
    return {
        "hand": options.hand.name,
        "init": options.init,
        "steps": options.steps,
        "characters": len(test),
        "rows": rows,
        "differences": pairs,
    }


def _overlaps(drawn: Any, truth: Any, test: Sequence[str]) -> Any:
    values = []
    for char in test:
        one, other = drawn[char] >= 0.5, truth[char] >= 0.5
        values.append((one & other).sum() / max(1, (one | other).sum()))
    return np.asarray(values)


def _difference(values: Any) -> dict[str, float]:
    """The mean of paired differences and its 95 % interval, by 10,000 bootstrap samples."""
    random = np.random.default_rng(0)
    means = values[random.integers(0, len(values), (10_000, len(values)))].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return {"value": round(float(values.mean()), 4), "low": round(float(low), 4), "high": round(float(high), 4)}


def _folder(hand: Path, folder: Path, chars: Sequence[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*(f"U+{ord(char):04X}.png" for char in chars), "frame.json"):
        shutil.copyfile(hand / name, folder / name)
    return folder


def _segan(*words: object) -> str:
    command = [sys.executable, "-m", "segan_cli", *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, EXIT_INCOMPLETE):
        raise SystemExit(done.returncode)
    return done.stdout


if __name__ == "__main__":
    main()
