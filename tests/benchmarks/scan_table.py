"""How well scans are read: `python tests/benchmarks/scan_table.py hands512/kouzan-gyosho`.

Sheets are printed by `segan sheets` (as PDF, at 300 dots per inch), written on with the glyphs of a public-domain hand, and
damaged in one way or in all ways at once. What `segan scan` cuts out is held against the glyphs: how many cells carry the
right name, and how well the ink overlaps (IoU at 512 px, as the folder would be read). Writes scan_table.md and, to be
looked at, scan_table.png beside this file; the time and the memory of ten pages are those of the command line.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "paper"))
import written_sheets as damage

from segan_cli.glyph import Ink
from segan_cli.paper.model_font import ModelGlyphs
from segan_cli.paper.print_sheets import write_sheets
from segan_cli.paper.sheet import SheetDesign, Sheets, lay_out
from segan_cli.source.charset import parse_charset
from segan_cli.source.glyph_folder import chars_in_folder

HERE = Path(__file__).parent
EM = 0.92
"""The em of the written glyphs, in sides of the cell."""
DPI = 300
Step = Callable[[np.ndarray, np.random.Generator], np.ndarray]
RED, GREEN, BLACK, GREY = (225, 70, 60), (70, 165, 95), (35, 35, 35), (190, 190, 190)


def _kinds(sheets: Sheets) -> dict[str, tuple[damage.Writing, list[Step]]]:
    plain = damage.Writing(em=EM)

    def ruled(colour: tuple[int, int, int]) -> damage.Writing:
        return damage.Writing(em=EM, ruling=colour)

    def seal(picture: np.ndarray, random: np.random.Generator) -> np.ndarray:
        return damage.sealed(picture, sheets)

    everything: list[Step] = [
        seal,
        damage.bled,
        damage.grainy,
        lambda p, r: damage.photographed(p, float(r.uniform(-20, 20)), 0.12),
        lambda p, r: damage.blurred(p, 1.2),
        lambda p, r: damage.shaded(p, 0.5, float(r.uniform(0, 90))),
        lambda p, r: damage.compressed(p, 60),
    ]
    return {
        "clean scan": (plain, []),
        "turned by +20°": (plain, [lambda p, r: damage.photographed(p, 20)]),
        "turned by −20°": (plain, [lambda p, r: damage.photographed(p, -20)]),
        "upside down": (plain, [lambda p, r: damage.photographed(p, 180)]),
        "perspective": (plain, [lambda p, r: damage.photographed(p, 4, 0.25)]),
        "light falls to 50 %": (plain, [lambda p, r: damage.shaded(p)]),
        "grey paper with grain": (plain, [damage.grainy]),
        "JPEG 60": (plain, [lambda p, r: damage.compressed(p, 60)]),
        "blurred": (plain, [lambda p, r: damage.blurred(p)]),
        "ink runs, back shows through": (plain, [damage.bled]),
        "red ruling": (ruled(RED), []),
        "green ruling": (ruled(GREEN), []),
        "printed in grey, model characters too": (ruled(GREY), []),
        "black ruling, no model characters": (ruled(BLACK), []),
        "a red seal": (plain, [seal]),
        "ink at 60 %": (damage.Writing(strength=0.6, em=EM), []),
        "all at once, red ruling": (ruled(RED), everything),
        "all at once, ink at 60 %": (damage.Writing(strength=0.6, em=EM), everything),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "hand", type=Path, help="the written glyphs, a folder of 512-px pictures of a public-domain hand"
    )
    parser.add_argument("--out", type=Path, default=Path("out/scan-table"))
    parser.add_argument("--only", help="kinds of damage whose names hold this")
    parser.add_argument("--pages", type=int, default=10, help="pages for time and memory; 0 leaves them out")
    options = parser.parse_args()
    have = set(chars_in_folder(options.hand))
    chars = [char for char in parse_charset("jis-1") if char in have]
    sheets, pdf = _sheets(options.out / "table", chars[::42][:70])
    bare = _sheets(options.out / "bare", chars[::42][:70], SheetDesign(model="none"))
    glyphs = {char: _glyph(options.hand, char) for char in sheets.chars}
    rows, shown = [], []
    for name, (writing, steps) in _kinds(sheets).items():
        if options.only is None or options.only in name:
            row, pictures = _row(
                options, name, *(bare if "no model" in name else (sheets, pdf)), glyphs, writing, steps
            )
            print(row, flush=True)
            rows.append(row)
            shown.append(pictures)
    speed = _speed(options, chars) if options.pages else {}
    print(speed)
    if options.only is None:
        (HERE / "scan_table.md").write_text(_text(options, rows, speed, len(glyphs)), "utf-8")
        Image.fromarray(np.concatenate([np.concatenate(one, axis=1) for one in shown])).save(
            HERE / "scan_table.png", optimize=True
        )


def _sheets(folder: Path, chars: list[str], design: SheetDesign | None = None) -> tuple[Sheets, Path]:
    sheets = lay_out(chars, design or SheetDesign())
    write_sheets(sheets, folder / "write.pdf", ModelGlyphs(), overwrite=True)
    return sheets, folder / "write.pdf"


def _glyph(hand: Path, char: str) -> Ink:
    with Image.open(hand / f"U+{ord(char):04X}.png") as image:
        return 1 - np.asarray(image.convert("L"), dtype=np.float32) / 255


def _row(
    options: argparse.Namespace,
    name: str,
    sheets: Sheets,
    pdf: Path,
    glyphs: dict[str, Ink],
    writing: damage.Writing,
    steps: list[Step],
) -> tuple[dict[str, Any], list[np.ndarray]]:
    random = np.random.default_rng(7)
    picture = damage.write_on(damage.printed_page(pdf, 1, DPI), sheets, 1, glyphs, writing)
    for step in steps:
        picture = step(picture, random)
    file = options.out / "pictures" / f"{name}.png"
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(file, compress_level=1)
    out = options.out / "cut" / name
    _scan([file], pdf, out)
    cut = {path.stem: _glyph(out, chr(int(path.stem[2:], 16))) for path in out.glob("U+*.png")}
    truth = {f"U+{ord(char):04X}": _placed(ink) for char, ink in glyphs.items()}
    overlaps = {key: _iou(cut[key], ink) if key in cut else 0.0 for key, ink in truth.items()}
    right = sum(key in cut and max(truth, key=lambda other: _iou(cut[key], truth[other], 8)) == key for key in truth)
    values = np.asarray(list(overlaps.values()))
    row = {
        "damage": name,
        "cells": len(truth),
        "named right": right,
        "iou": round(float(values.mean()), 4),
        "worst": round(float(values.min()), 4),
        "worst at": chr(int(min(overlaps, key=overlaps.__getitem__)[2:], 16)),
    }
    return row, _samples(truth, cut, overlaps)


def _samples(truth: dict[str, Ink], cut: dict[str, Ink], overlaps: dict[str, float]) -> list[np.ndarray]:
    """Four cells as they were written and as they were cut: a usual one, two more, and the worst."""
    order = sorted(overlaps, key=overlaps.__getitem__)
    chosen = (order[len(order) // 2], order[len(order) // 4], order[-1], order[0])
    blank = np.zeros((512, 512), np.float32)
    pairs = [picture for key in chosen for picture in (truth[key], cut.get(key, blank))]
    small = [
        Image.fromarray(np.rint(255 * (1 - one)).astype(np.uint8)).resize((150, 150), Image.Resampling.BOX)
        for one in pairs
    ]
    return [np.asarray(one) for one in small]


def _placed(ink: Ink) -> Ink:
    """The glyph as it should come back: smaller by EM, in the middle of the cell, which becomes the em."""
    side = 512 / EM
    box = ((512 - side) / 2, (512 - side) / 2, (512 + side) / 2, (512 + side) / 2)
    padded = np.pad(ink, 40)
    moved = tuple(one + 40 for one in box)
    canvas = Image.fromarray(padded).resize((512, 512), Image.Resampling.BICUBIC, box=moved)
    return np.clip(np.asarray(canvas), 0, 1)


def _iou(one: Ink, other: Ink, step: int = 1) -> float:
    a, b = one[::step, ::step] >= 0.5, other[::step, ::step] >= 0.5
    return float((a & b).sum() / max(1, (a | b).sum()))


def _scan(files: list[Path], pdf: Path, out: Path) -> None:
    words = [
        "scan",
        *map(str, files),
        "--sheets",
        str(pdf.with_suffix(".json")),
        "--out",
        str(out),
        "--no-check",
        "--overwrite",
    ]
    subprocess.run([sys.executable, "-m", "segan_cli", *words], stdout=subprocess.DEVNULL, check=False)


def _speed(options: argparse.Namespace, chars: list[str]) -> dict[str, Any]:
    """Wall time, processor time and memory of the command on pages of 70 cells each, JPEG at 300 dots per inch."""
    sheets, pdf = _sheets(options.out / "speed", chars[: 70 * options.pages])
    files = []
    for page in sheets.pages:
        glyphs = {cell.char: _glyph(options.hand, cell.char) for cell in page.cells}
        picture = damage.write_on(
            damage.printed_page(pdf, page.number, DPI), sheets, page.number, glyphs, damage.Writing(em=EM)
        )
        files.append(options.out / "speed" / f"page-{page.number:02}.jpg")
        Image.fromarray(picture).save(files[-1], quality=85)
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    _scan(files, pdf, options.out / "speed" / "cut")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads((options.out / "speed" / "cut" / "scan.json").read_text("utf-8"))
    return {
        "pages": len(files),
        "glyphs": len(report["glyphs"]),
        "seconds": round(time.perf_counter() - begun, 1),
        "processor seconds": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "MiB": round(after.ru_maxrss / 1024),
    }


def _text(options: argparse.Namespace, rows: list[dict[str, Any]], speed: dict[str, Any], cells: int) -> str:
    right, total = sum(row["named right"] for row in rows), sum(row["cells"] for row in rows)
    mean = float(np.mean([row["iou"] for row in rows]))
    lines = [
        "# How well scans are read",
        "",
        f"`python tests/benchmarks/scan_table.py hands512/{options.hand.name}`: a sheet of {cells} cells of 23 mm, printed by "
        f"`segan sheets` at {DPI} dots per inch and written on with {options.hand.name}, damaged, and read by `segan scan`. A cell is "
        "named right if, of all the sheet's glyphs, what was cut out is nearest to the one whose name it carries. IoU: the overlap "
        "with the glyph as it was written, at 512 px.",
        "",
        "| damage | named right | mean IoU | worst cell |",
        "|---|---|---|---|",
        *(
            f"| {r['damage']} | {r['named right']} of {r['cells']} | {r['iou']:.3f} | {r['worst']:.3f} {r['worst at']} |"
            for r in rows
        ),
        f"| **all** | **{right / total:.1%}** | **{mean:.3f}** | |",
        "",
    ]
    if speed:
        lines += [
            f"{speed['pages']} pages, {speed['glyphs']} glyphs: {speed['processor seconds']} s of processor time, {speed['seconds']} s "
            f"by the clock on a machine that others used, too, and at most {speed['MiB']} MiB of memory.",
            "",
        ]
    return "\n".join(
        [
            *lines,
            "![four cells of each row as they were written and, beside each, as they were cut](scan_table.png)",
            "",
        ]
    )


if __name__ == "__main__":
    main()
