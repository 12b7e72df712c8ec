"""Whose hand are a row's pictures taken for? A classifier of hands answers, and says the same of the hand's own glyphs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from segan_cli.errors import UsageError
from segan_cli.evaluation.bootstrap import Estimate
from segan_cli.evaluation.brush import SHOWN_PX
from segan_cli.evaluation.features import FeatureExtractor, Features
from segan_cli.evaluation.hand_classifier import HandClassifier, HandVerdict
from segan_cli.evaluation.measuring import source_lines
from segan_cli.evaluation.subject import read_inks
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import scan_glyph_folder

QUARTERS = 4
SCORES = ("hand_top1", "hand_margin")
REAL = "_real"
"""What the names of the same figures of the hand's own glyphs end in."""


def hand_features(
    folder: Path, chars: Sequence[str], extractor: FeatureExtractor, *, lost: Literal["refused", "blank", "skipped"]
) -> Features:
    """Features of a folder's pictures of some characters, seen at 256 px.

    Args:
        folder: the pictures.
        chars: the characters.
        extractor: what they are seen by.
        lost: what becomes of a picture that is lacking, unreadable or without ink: all are refused, it is blank paper, or
            it is skipped.

    Returns:
        (N, D); fewer than the characters where some are skipped.

    Raises:
        UsageError: a picture cannot be read, and that is refused.
    """
    inks = read_inks(scan_glyph_folder(folder), chars, Frame(SHOWN_PX))
    missing = [char for char in chars if char not in inks]
    if missing and lost == "refused":
        raise UsageError(
            f"{len(missing)} of {len(chars)} pictures in {folder} cannot be read, first {''.join(missing[:10])}. Make them again."
        )
    if lost == "blank":
        inks |= {char: np.zeros((SHOWN_PX, SHOWN_PX), np.float32) for char in missing}
    return extractor.extract([inks[char] for char in chars if char in inks])


def hand_scores(
    classifier: HandClassifier,
    hand: str,
    pictures: Path,
    real: Path,
    chars: Sequence[str],
    extractor: FeatureExtractor,
    *,
    lost: Literal["refused", "blank"] = "refused",
) -> dict[str, float]:
    """How surely pictures are taken for their hand, beside the hand's own glyphs of the same characters.

    Args:
        classifier: of all hands.
        hand: the hand that the pictures should be in.
        pictures: their folder.
        real: the folder of the hand's own glyphs.
        chars: the test characters.
        extractor: what the classifier learned with.
        lost: whether pictures that cannot be read are refused, or count as blank paper.

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
    for side, folder in (("", pictures), (REAL, real)):
        features = hand_features(folder, chars, extractor, lost=lost)
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


def _interval(figures: dict[str, float], name: str) -> str:
    low, high = (figures.get(f"{name}_{end}") for end in ("low", "high"))
    return f"{figures[name]:.3f}" + (f" ({low:.3f}–{high:.3f})" if low is not None and high is not None else "")


def _quarter(figures: dict[str, float], number: int) -> str:
    name = f"{SCORES[0]}_q{number}"
    return f"{_interval(figures, name)}, {figures[name + REAL]:.3f}" if name in figures else "–"


def _named(verdict: HandVerdict, ending: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, estimate in zip(SCORES, (verdict.top1, verdict.margin), strict=True):
        found |= {f"{name}{ending}{end}": value for end, value in _ends(estimate)}
    return found


def _ends(estimate: Estimate) -> tuple[tuple[str, float], ...]:
    return ("", estimate.value), ("_low", estimate.low), ("_high", estimate.high)
