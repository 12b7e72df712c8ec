"""Whose hand are a row's pictures taken for? A classifier that learned every hand of the open benchmark answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from segan_cli.benchmark.open_hands import TEST, WRITTEN, OpenBenchmark
from segan_cli.errors import UsageError
from segan_cli.evaluation.bootstrap import Estimate
from segan_cli.evaluation.brush import SHOWN_PX
from segan_cli.evaluation.evaluate import choose_chars
from segan_cli.evaluation.features import FeatureExtractor, Features
from segan_cli.evaluation.hand_classifier import HandClassifier, HandVerdict
from segan_cli.evaluation.measuring import source_lines
from segan_cli.evaluation.subject import read_inks
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import scan_glyph_folder

QUARTERS = 4
FRAME = Frame(SHOWN_PX)
SCORES = ("hand_top1", "hand_margin")
REAL = "_real"
"""What the names of the same figures of the hand's own glyphs end in."""


def unprepared(benchmark: OpenBenchmark, out: Path) -> list[str]:
    """The hands that lack what the classifier learns from."""
    return [hand.name for hand in benchmark.hand if not (out / hand.name / WRITTEN).is_dir()]


def learn_hands(benchmark: OpenBenchmark, out: Path, extractor: FeatureExtractor) -> HandClassifier:
    """Learn the hands from glyphs of their training parts, as many of each.

    Args:
        benchmark: its hands, and how many glyphs of each are learned.
        out: the benchmark's folder, every hand prepared.
        extractor: what the pictures are seen by.
    """
    features = {}
    for hand in benchmark.hand:
        folder = out / hand.name / WRITTEN
        written = scan_glyph_folder(folder).chars
        features[hand.name] = _features(folder, choose_chars(written, written, benchmark.learned), extractor)
    return HandClassifier.fit(features)


def hand_scores(
    classifier: HandClassifier, out: Path, hand: str, pictures: Path, chars: Sequence[str], extractor: FeatureExtractor
) -> dict[str, float]:
    """How surely pictures are taken for their hand, beside the hand's own glyphs of the same characters.

    Args:
        classifier: of all hands.
        out: the benchmark's folder.
        hand: the hand that the pictures should be in.
        pictures: the folder.
        chars: the test characters.
        extractor: what the classifier learned with.

    Returns:
        `hand_top1` and `hand_margin` with the ends of their intervals (`_low`, `_high`), each also with `_real` for the hand's
        own glyphs, and with `_q1` to `_q4` for each quarter of the characters, from the shortest centre lines of the source to
        the longest; no quarters where a character has no shipped source glyph.

    Raises:
        UsageError: a picture cannot be read.
    """
    lines = source_lines(chars)
    parts = [] if lines is None else np.array_split(np.argsort(lines, kind="stable"), QUARTERS)
    found: dict[str, float] = {}
    for side, folder in (("", pictures), (REAL, out / hand / TEST)):
        features = _features(folder, chars, extractor)
        found |= _named(classifier.judge(features, hand), side)
        for number, part in enumerate(parts, start=1):
            found |= _named(classifier.judge(features[part], hand), f"_q{number}{side}")
    return {name: round(value, 4) for name, value in found.items()}


def hand_table(scores: Sequence[tuple[str, str, dict[str, float]]]) -> tuple[list[str], list[list[str]]]:
    """Headings and lines of what the classifier said: hand, row and scores of each row that it judged."""
    headings = ["hand", "method", "taken for the hand", "margin", "the hand's own glyphs", "their margin"]
    headings += [f"quarter {number}, its own" for number in range(1, QUARTERS + 1)]
    lines = []
    for hand, row, figures in scores:
        if SCORES[0] in figures:
            cells = [_interval(figures, f"{name}{side}") for side in ("", REAL) for name in SCORES]
            lines.append([hand, row, *cells, *(_quarter(figures, number) for number in range(1, QUARTERS + 1))])
    return headings, lines


def _features(folder: Path, chars: Sequence[str], extractor: FeatureExtractor) -> Features:
    inks = read_inks(scan_glyph_folder(folder), chars, FRAME)
    if lost := [char for char in chars if char not in inks]:
        raise UsageError(
            f"{len(lost)} of {len(chars)} pictures in {folder} cannot be read, first {''.join(lost[:10])}. Make them again."
        )
    return extractor.extract([inks[char] for char in chars])


def _named(verdict: HandVerdict, ending: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, estimate in zip(SCORES, (verdict.top1, verdict.margin), strict=True):
        found |= {f"{name}{ending}{end}": value for end, value in _ends(estimate)}
    return found


def _ends(estimate: Estimate) -> tuple[tuple[str, float], ...]:
    return ("", estimate.value), ("_low", estimate.low), ("_high", estimate.high)


def _interval(figures: dict[str, float], name: str) -> str:
    low, high = (figures.get(f"{name}_{end}") for end in ("low", "high"))
    return f"{figures[name]:.3f}" + (f" ({low:.3f}–{high:.3f})" if low is not None and high is not None else "")


def _quarter(figures: dict[str, float], number: int) -> str:
    name = f"{SCORES[0]}_q{number}"
    return f"{_interval(figures, name)}, {figures[name + REAL]:.3f}" if name in figures else "–"
