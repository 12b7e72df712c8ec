"""How many glyphs a designer needs: `python tests/benchmarks/glyph_count.py hands/long-cang`.

Trains on 100, 200, … glyphs of a hand that no shipped network has seen, from scratch and with `--init`, for the same time
each, and measures what each run draws on characters that none of them has seen. What is done already is not done again.
Writes glyph_count.json, glyph_count.svg and glyph_count.png beside this file.
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

from segan_cli.benchmark.rows import read_glyphs
from segan_cli.errors import EXIT_INCOMPLETE
from segan_cli.files.contact_sheet import write_comparison
from segan_cli.files.writing import write_json
from segan_cli.glyph import Frame
from segan_cli.source.charset import parse_charset
from segan_cli.source.glyph_folder import chars_in_folder
from segan_cli.source.split import part_of

HERE = Path(__file__).parent
COUNTS = (100, 200, 400, 800, 1600)
SCRATCH, INIT = "from scratch", "--init"
SHOWN, SIDE_PX = 12, 72


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hand", type=Path, help="the whole hand, a glyph folder")
    parser.add_argument("--counts", type=int, nargs="+", default=COUNTS)
    parser.add_argument("--init", default="models/six-hands", help="what `--init` starts from")
    parser.add_argument("--time-budget", default="6m", help="training time of each run")
    parser.add_argument("--measured", type=int, default=300, help="test characters")
    parser.add_argument("--out", type=Path, default=Path("out/glyph-count"))
    parser.add_argument(
        "--only", choices=(SCRATCH, INIT), help="make these runs alone, so that two processes can share"
    )
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    chars = chars_in_folder(options.hand)
    held_out = [char for char in chars if part_of(char, 0) == "test"]
    test = held_out[:: -(-len(held_out) // options.measured)]
    rows = [
        _row(options, kind, count, _subset(chars, count), test)
        for count in options.counts
        for kind in (SCRATCH, INIT)
        if options.only in (None, kind)
    ]
    if options.only is None:
        write_json(HERE / "glyph_count.json", {"hand": options.hand.name, "time": options.time_budget, "rows": rows})
        (HERE / "glyph_count.svg").write_text(chart(rows), "utf-8")
        _sheet(options, rows, test)


def _subset(chars: Sequence[str], count: int) -> list[str]:
    """The first so many of the commonest 3,755, shuffled the same for every count; test characters are left out."""
    there = set(chars)
    common = [char for char in parse_charset("gb2312-1") if char in there and part_of(char, 0) != "test"]
    return sorted(common, key=lambda char: hashlib.sha256(f"count:{char}".encode()).digest())[:count]


def _row(
    options: argparse.Namespace, kind: str, count: int, learned: Sequence[str], test: Sequence[str]
) -> dict[str, Any]:
    name = _name(count, kind)
    run, drawn, measured = (options.out / folder / name for folder in ("runs", "drawn", "measured"))
    if not (drawn / "report.json").exists():
        glyphs = _folder(options.hand, options.out / "glyphs" / str(count), learned)
        start = ["--init", options.init] if kind == INIT else []
        begin = ["--resume"] if (run / "config.toml").exists() else [glyphs, *start]
        _segan("train", *begin, "--out", run, "--time-budget", options.time_budget, "--threads", 1)
        _segan("generate", "--style", run, "--chars", _listed(options.out, test), "--out", drawn, "--workers", 1)
    if not measured.exists():
        measured.parent.mkdir(exist_ok=True)
        measured.write_text(_segan("evaluate", drawn, "--against", options.hand, "--count", 0, "--json"), "utf-8")
    steps = max(int(path.stem.removeprefix("step-")) for path in run.glob("checkpoints/step-*.safetensors"))
    return {"glyphs": count, "start": kind, "steps": steps, **_figures(json.loads(measured.read_text("utf-8")))}


def _figures(values: dict[str, Any]) -> dict[str, float]:
    read = values["accuracies"][0]
    found = {
        "accuracy": read["generated"],
        "human": read["human"],
        "iou": values["iou"],
        "skeleton": values["skeleton"],
    }
    found |= {one["name"]: one["value"] for one in values["distances"]}
    return {name: round(value["value"], 4) for name, value in found.items()}


def _folder(hand: Path, folder: Path, chars: Sequence[str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*(f"U+{ord(char):04X}.png" for char in chars), "frame.json"):
        shutil.copyfile(hand / name, folder / name)
    return folder


def _listed(out: Path, chars: Sequence[str]) -> Path:
    path = out / "test.txt"
    path.write_text("".join(chars) + "\n", "utf-8")
    return path


def _segan(*words: object) -> str:
    command = [sys.executable, "-m", "segan_cli", *map(str, words)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, EXIT_INCOMPLETE):
        raise SystemExit(done.returncode)
    return done.stdout


def chart(rows: Sequence[dict[str, Any]]) -> str:
    """SVG of two panels over the number of glyphs: the share that is read right, and the overlap with the hand's ink."""
    counts = sorted({row["glyphs"] for row in rows})
    body = _panel(rows, counts, 60, "read right (dashed: of the hand itself)", "accuracy", 1.0, rows[0]["human"])
    body += _panel(rows, counts, 480, "overlap with the hand's own ink (IoU)", "iou", 0.5)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 340" font-family="sans-serif" font-size="13">\n'
        '<rect width="880" height="340" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _panel(
    rows: Sequence[dict[str, Any]],
    counts: Sequence[int],
    left: int,
    title: str,
    figure: str,
    top: float,
    dashed: float | None = None,
) -> list[str]:
    x = {count: left + 20 + 260 * index / max(1, len(counts) - 1) for index, count in enumerate(counts)}

    def y(value: float) -> float:
        return 280 - 230 * value / top

    parts = [f'<text x="{left}" y="24" font-weight="bold">{title}</text>']
    parts += [f'<text x="{place:.0f}" y="302" text-anchor="middle">{count:,}</text>' for count, place in x.items()]
    parts.append(f'<text x="{left + 150}" y="326" text-anchor="middle">glyphs written</text>')
    for level in (top * step / 5 for step in range(6)):
        label = f"{level:.0%}" if top == 1 else f"{level:.1f}"
        parts.append(f'<path d="M{left} {y(level):.1f}h300" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 8}" y="{y(level) + 4:.1f}" text-anchor="end">{label}</text>')
    if dashed is not None:
        parts.append(f'<path d="M{left} {y(dashed):.1f}h300" stroke="#777" stroke-dasharray="6 4"/>')
    ends = {kind: [y(row[figure]) for row in rows if row["start"] == kind][-1] for kind in (INIT, SCRATCH)}
    apart = 8 if abs(ends[INIT] - ends[SCRATCH]) < 16 else 0  # so that the two words do not meet
    for kind, colour, shift in ((INIT, "#b3261e", -apart), (SCRATCH, "#1f4e8c", apart)):
        points = [(x[row["glyphs"]], y(row[figure])) for row in rows if row["start"] == kind]
        line = " ".join(f"{right:.1f},{down:.1f}" for right, down in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2.5"/>')
        parts += [f'<circle cx="{right:.1f}" cy="{down:.1f}" r="4" fill="{colour}"/>' for right, down in points]
        parts.append(f'<text x="{left + 290}" y="{points[-1][1] + 4 + shift:.1f}" fill="{colour}">{kind}</text>')
    return parts


def _sheet(options: argparse.Namespace, rows: Sequence[dict[str, Any]], test: Sequence[str]) -> None:
    shown = test[:: max(1, len(test) // SHOWN)][:SHOWN]
    folders = {
        f"{row['glyphs']} {kind}": options.out / "drawn" / _name(row["glyphs"], kind)
        for kind in (SCRATCH, INIT)
        for row in rows
        if row["start"] == kind
    } | {"the hand itself": options.hand}
    pictures = {label: read_glyphs(folder, Frame(SIDE_PX)) for label, folder in folders.items()}
    write_comparison(pictures, shown, HERE / "glyph_count.png", cell_px=SIDE_PX)


def _name(count: int, kind: str) -> str:
    return f"{count}-{'init' if kind == INIT else 'scratch'}"


if __name__ == "__main__":
    main()
