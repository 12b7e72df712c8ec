"""How the shipped hands were learned, round by round: `python tests/benchmarks/learning_curve.py RUN MINUTES=CHECKPOINT[+CHECKPOINT…] …`.

Draws dev characters of every hand of the run with the mean of each round's checkpoints, finishes them as `segan generate` does
(broken strokes are not joined), and measures. Writes learning_curve.json and learning_curve.svg beside this file; rounds that are
there and not named stay, as long as the characters are the same.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from segan_cli.drawing.postprocess import finish
from segan_cli.evaluation.features import LiteFeatures
from segan_cli.evaluation.fid import frechet_distance
from segan_cli.evaluation.recognizer import Recognizer
from segan_cli.files.writing import write_json
from segan_cli.glyph import Ink
from segan_cli.ink import iou
from segan_cli.training.data.batches import PairSet, pair_set, spread
from segan_cli.training.loop.checkpoint import read_checkpoint
from segan_cli.training.loop.dev_score import draw_pairs
from segan_cli.training.model.networks import Generator
from segan_cli.training.run.run_folder import RunFolder
from segan_cli.training.run.session import Hand, load_hands

HERE = Path(__file__).parent
PANELS = (
    ("accuracy", "read right", 1.0),
    ("iou", "overlap with the hand's own ink (IoU)", 0.6),
    ("fd", "FD-lite0", 150.0),
)
COLOURS = ("#b3261e", "#1f4e8c", "#2e7d32", "#8e24aa", "#ef6c00", "#00838f")
CPU = torch.device("cpu")


class DevHand:
    """A hand's dev characters, and who measures what is drawn of them."""

    def __init__(self, pairs: PairSet, number: int, count: int, reader: Recognizer, features: LiteFeatures) -> None:
        self.pairs = PairSet(pairs.hands, tuple(place for place in pairs.places if place[0] == number))
        self.indices = spread(self.pairs, count)
        self.name = pairs.hands[number].name
        self.real = list(self.pairs.pictures(self.indices)[0][:, 2].numpy().astype(np.float32) / 255)
        self.reader, self.features = reader, features
        self.real_features = features.extract(self.real)

    def accuracy(self, inks: Sequence[Ink]) -> float:
        """Share of the known characters that is read right."""
        chars = [self.pairs.char(index) for index in self.indices]
        known = [row for row, char in enumerate(chars) if self.reader.knows(char)]
        verdicts = self.reader.judge([inks[row] for row in known], [chars[row] for row in known])
        return float(np.mean([verdict.right for verdict in verdicts]))

    def measure(self, generator: Generator) -> dict[str, float]:
        """What the generator draws, measured."""
        drawn = [finish(ink) for ink in draw_pairs(generator, self.pairs, self.indices, CPU).numpy()]
        return {
            "accuracy": round(self.accuracy(drawn), 3),
            "iou": round(float(np.mean([iou(*pair) for pair in zip(drawn, self.real, strict=True)])), 3),
            "fd": round(float(frechet_distance(self.features.extract(drawn), self.real_features)), 1),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="a run of the hands")
    parser.add_argument("rounds", nargs="+", metavar="MINUTES=CHECKPOINT[+CHECKPOINT…]")
    parser.add_argument("--count", type=int, default=150, help="dev characters a hand")
    options = parser.parse_args()
    run = RunFolder.open(options.run)
    settings, words = run.settings(), run.split()
    hands = [Hand(style["name"], Path(style["folder"])) for style in words["styles"]]
    dev = pair_set(
        load_hands(hands, words["source_font"]["spec"], settings, initialised=True), "dev", settings.data.split_seed
    )
    reader, features = Recognizer.open(threads=1), LiteFeatures()
    measured = [DevHand(dev, number, options.count, reader, features) for number in range(len(hands))]
    rows = []
    for one in options.rounds:
        minutes, _, files = one.partition("=")
        generator = Generator(settings.network, len(hands)).eval()
        generator.load_state_dict(_mean([Path(file) for file in files.split("+")]))
        rows.append({"minutes": int(minutes), "hands": {hand.name: hand.measure(generator) for hand in measured}})
        print(rows[-1], flush=True)
    own = {hand.name: round(hand.accuracy(hand.real), 3) for hand in measured}
    told = {"characters": options.count, "human_accuracy": own}
    rows = sorted([*_others(told, rows), *rows], key=lambda row: row["minutes"])
    write_json(HERE / "learning_curve.json", {**told, "rounds": rows})
    (HERE / "learning_curve.svg").write_text(chart(rows), "utf-8")


def _others(told: dict[str, Any], rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rounds that an earlier call measured on the same characters, and that this one did not."""
    path, again = HERE / "learning_curve.json", {row["minutes"] for row in rows}
    before = json.loads(path.read_text("utf-8")) if path.exists() else {}
    alike = all(before.get(key) == value for key, value in told.items())
    return [row for row in before["rounds"] if row["minutes"] not in again] if alike else []


def _mean(files: Sequence[Path]) -> dict[str, torch.Tensor]:
    parts = [read_checkpoint(file).part("ema") for file in files]
    return {name: torch.stack([part[name].float() for part in parts]).mean(0) for name in parts[0]}


def chart(rows: Sequence[dict[str, Any]]) -> str:
    """SVG of a panel for each figure over the minutes of a core that were spent."""
    body = [line for column, panel in enumerate(PANELS) for line in _panel(rows, 50 + 350 * column, *panel)]
    for number, name in enumerate(rows[0]["hands"]):
        left = 50 + 175 * number
        body.append(f'<path d="M{left} 352h22" stroke="{COLOURS[number]}" stroke-width="3"/>')
        body.append(f'<text x="{left + 28}" y="356">{number + 1} {name}</text>')
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1100 370" font-family="sans-serif" font-size="13">\n'
        '<rect width="1100" height="370" fill="#fff"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def _panel(rows: Sequence[dict[str, Any]], left: int, figure: str, title: str, top: float) -> list[str]:
    longest = max(row["minutes"] for row in rows)
    parts = [f'<text x="{left}" y="24" font-weight="bold">{title}</text>']
    parts.append(f'<text x="{left + 145}" y="326" text-anchor="middle">minutes of a core, the last 8 of a GPU</text>')
    for step in range(6):
        down, level = 280 - 46 * step, top * step / 5
        label = f"{level:.0%}" if top == 1 else f"{level:.2f}" if top < 1 else f"{level:.0f}"
        parts.append(f'<path d="M{left} {down}h290" stroke="#ddd"/>')
        parts.append(f'<text x="{left - 6}" y="{down + 4}" text-anchor="end">{label}</text>')
    ticks = range(0, longest + 1, 100)
    parts += [
        f'<text x="{left + 290 * tick / longest:.0f}" y="302" text-anchor="middle">{tick}</text>' for tick in ticks
    ]
    for number, name in enumerate(rows[0]["hands"]):
        points = [(left + 290 * row["minutes"] / longest, 280 - 230 * row["hands"][name][figure] / top) for row in rows]
        line = " ".join(f"{right:.1f},{down:.1f}" for right, down in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[number]}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{right:.1f}" cy="{down:.1f}" r="3" fill="{COLOURS[number]}"/>' for right, down in points
        ]
    return parts


if __name__ == "__main__":
    main()
