"""How well a folder of bad pictures is read: a clean hand is spoilt, kind by kind, and read back; the overlap with the truth.

    python tests/benchmarks/messy_folder.py hands/kouzan-gyosho [--glyphs 60] [--sheet look.png]

For each kind of mess: mean and least IoU over the glyphs that were read, how many were refused by name, how many were read with a
remark. "mixed" is one folder with every kind in turn.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "source"))

import mess

from segan_cli.errors import GlyphError
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder

FRAME = Frame(256)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    both, any_ = (one >= 0.5) & (other >= 0.5), (one >= 0.5) | (other >= 0.5)
    return float(both.sum() / any_.sum())


def measure(folder: Path, truth: dict[str, np.ndarray]) -> tuple[list[float], int, dict[str, np.ndarray], str]:
    scanned = scan_glyph_folder(folder)
    scores, refused, read = [], 0, {}
    for entry in scanned.entries:
        try:
            ink = read_glyph(entry, scanned.fit, FRAME).ink
        except GlyphError:
            refused += 1
            continue
        scores.append(overlap(ink, truth[entry.char]))
        read[entry.char] = ink
    return scores, refused, read, str(scanned.fit)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("hand", type=Path)
    parser.add_argument("--glyphs", type=int, default=60)
    parser.add_argument("--sheet", type=Path)
    parser.add_argument("--kinds", nargs="*")
    words = parser.parse_args()
    scanned = scan_glyph_folder(words.hand)
    step = max(1, len(scanned.entries) // words.glyphs)
    entries = [entry for entry in scanned.entries if "\u4e00" <= entry.char <= "\u9fff"][::step][: words.glyphs]
    size = Image.open(entries[0].path).width
    inks = {entry.char: read_glyph(entry, scanned.fit, Frame(size)).ink for entry in entries}
    truth = {entry.char: read_glyph(entry, scanned.fit, FRAME).ink for entry in entries}
    kinds = {**mess.KINDS, "mixed": None}
    rows = []
    print(f"| {words.hand.name}, {len(inks)} glyphs | mean IoU | least | refused | read as |\n|---|---|---|---|---|")
    for name, spoil in kinds.items():
        if words.kinds and name not in words.kinds:
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            for number, (char, ink) in enumerate(inks.items()):
                way = spoil or list(mess.KINDS.values())[number % len(mess.KINDS)]
                Image.fromarray(way(ink)).save(folder / f"U+{ord(char):04X}.png")
            try:
                scores, refused, read, fit = measure(folder, truth)
            except Exception as error:
                print(f"| {name} | {type(error).__name__}: {str(error)[:80]} | | | |")
                continue
            if words.sheet:
                shown = list(inks)[:8]
                sources = [
                    np.asarray(Image.open(folder / f"U+{ord(char):04X}.png").convert("RGB").resize((256, 256)))
                    for char in shown
                ]
                gone = np.full((256, 256), 0.5, np.float32)
                results = [np.repeat(np.uint8(255 - 255 * read.get(char, gone))[..., None], 3, 2) for char in shown]
                rows += [np.concatenate(sources, 1), np.concatenate(results, 1)]
        mean, least = (np.mean(scores), np.min(scores)) if scores else (float("nan"), float("nan"))
        print(f"| {name} | {mean:.3f} | {least:.3f} | {refused} | {fit} |", flush=True)
    if words.sheet:
        Image.fromarray(np.concatenate(rows)).save(words.sheet)


if __name__ == "__main__":
    main()
