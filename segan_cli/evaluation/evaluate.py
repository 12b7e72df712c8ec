"""Generated glyphs held against the real ones of the same characters: a row of the paper's Table 1."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from segan_cli.errors import UsageError
from segan_cli.evaluation.bootstrap import Estimate, distance_estimate, mean_estimate, ratio_estimate
from segan_cli.evaluation.brush_figures import BrushComparison
from segan_cli.evaluation.distances import l1, stroke_distance
from segan_cli.evaluation.features import FeatureExtractor, Features
from segan_cli.evaluation.fid import frechet_distance, frechet_floor, kid
from segan_cli.evaluation.recognizer import Recognizer
from segan_cli.evaluation.variants import Variants
from segan_cli.glyph import Ink, Verdict
from segan_cli.ink import iou

logger = logging.getLogger(__name__)

Inks = Mapping[str, Ink]
"""A picture for each character, all of one size."""


@dataclass(frozen=True)
class Metrics:
    """Who measures; None leaves the figures of that one out.

    Args:
        recognizer: the metric.
        second: the second opinion.
        variants: counts simplified and traditional forms as one.
        extractors: features for distances between sets, by the name of the Fréchet distance on them ("FD-lite0", "FID").
    """

    recognizer: Recognizer | None = None
    second: Recognizer | None = None
    variants: Variants | None = None
    extractors: Mapping[str, FeatureExtractor] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Content accuracy of one recogniser: generated glyphs, the real ones of the same characters, and their ratio.

    Args:
        recognizer: its name.
        sha256: of its file; figures of two files cannot be compared.
        merged: whether forms of one character count as one.
        generated: share of generated glyphs read as their character.
        human: the same of the real glyphs.
        ratio: generated / human; None where no real glyph is read.
    """

    recognizer: str
    sha256: str
    merged: bool
    generated: Estimate
    human: Estimate
    ratio: Estimate | None


@dataclass(frozen=True, slots=True)
class SetDistance:
    """Distance between the generated and the real set.

    Args:
        name: "FD-lite0", "FID", or "KID × 1000" of one of them.
        features: what it is measured on.
        value: the distance, over the same characters on both sides.
        floor: the hand's distance to itself over different characters, at the same number of pictures; None where
            the real folder holds fewer than twice as many.
    """

    name: str
    features: str
    value: Estimate
    floor: float | None


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What was measured.

    Args:
        chars: the characters, the same on both sides; `len` is N.
        accuracies: of each recogniser, strict and (where OpenCC is there) merged.
        distances: between the sets.
        l1: mean absolute difference of ink.
        iou: intersection over union of strokes.
        skeleton: mean distance of centre lines in thousandths of the canvas's side.
        misread: characters whose generated glyph is read as another one, and as which.
        brush: what the outlines tell of the brush; None where they were not measured.
    """

    chars: tuple[str, ...]
    accuracies: tuple[Accuracy, ...]
    distances: tuple[SetDistance, ...]
    l1: Estimate
    iou: Estimate
    skeleton: Estimate
    misread: tuple[tuple[str, str], ...]
    brush: BrushComparison | None = None


def choose_chars(generated: Sequence[str], real: Sequence[str], count: int, *, seed: int = 0) -> tuple[str, ...]:
    """The characters to measure: those on both sides, `count` of them at most, the same for the same seed.

    Args:
        generated: characters that were, or can be, generated.
        real: characters of the real folder.
        count: how many at most; 0 takes all.
        seed: of the draw. A character's turn does not depend on which others are there.

    Raises:
        UsageError: the two sides have fewer than two characters in common.
    """
    common = sorted(set(generated) & set(real))
    if len(common) < 2:
        raise UsageError(
            f"The two sides have {len(common)} characters in common ({len(generated)} generated, {len(real)} real); "
            "at least two are needed. Are the pictures named by their character, like U+6C38.png?"
        )
    if count and count < len(common):
        common = sorted(common, key=lambda char: _turn(char, seed))[:count]
    return tuple(sorted(common))


def evaluate(
    generated: Inks,
    real: Inks,
    metrics: Metrics,
    *,
    more_real: Sequence[Ink] = (),
    seed: int = 0,
    advance: Callable[[str], None] = lambda what: None,
) -> Evaluation:
    """Measure generated glyphs against the real ones of the same characters.

    Args:
        generated: the pictures to judge.
        real: the pictures of the same characters by the hand itself.
        metrics: who measures.
        more_real: other glyphs of the hand, for the floor of distances between sets.
        seed: of the draws behind the intervals.
        advance: told what is measured now.

    Raises:
        UsageError: the characters of the two sides differ, or are fewer than two.
    """
    chars = tuple(sorted(generated))
    if chars != tuple(sorted(real)) or len(chars) < 2:
        raise UsageError("Both sides must hold the same characters, at least two.")
    drawn, written = [generated[char] for char in chars], [real[char] for char in chars]
    advance("pictures")
    pixels, overlap, strokes = (
        mean_estimate([measure(a, b) for a, b in zip(drawn, written, strict=True)], seed=seed)
        for measure in (l1, iou, stroke_distance)
    )
    accuracies: list[Accuracy] = []
    misread: tuple[tuple[str, str], ...] = ()
    for recognizer in (one for one in (metrics.recognizer, metrics.second) if one is not None):
        advance(recognizer.name)
        verdicts, human = recognizer.judge(drawn, chars), recognizer.judge(written, chars)
        accuracies += _accuracies(recognizer, verdicts, human, metrics.variants, seed)
        if recognizer is metrics.recognizer:
            misread = tuple((verdict.char, verdict.reading.char) for verdict in verdicts if not verdict.right)
    distances: list[SetDistance] = []
    for name, extractor in metrics.extractors.items():
        advance(name)
        distances += _distances(name, extractor, drawn, written, more_real, seed)
    return Evaluation(chars, tuple(accuracies), tuple(distances), pixels, overlap, strokes, misread)


def _accuracies(
    recognizer: Recognizer, verdicts: list[Verdict], human: list[Verdict], variants: Variants | None, seed: int
) -> list[Accuracy]:
    found = [_accuracy(recognizer, verdicts, human, None, seed)]
    return [*found, _accuracy(recognizer, verdicts, human, variants, seed)] if variants else found


def _accuracy(
    recognizer: Recognizer, verdicts: list[Verdict], human: list[Verdict], variants: Variants | None, seed: int
) -> Accuracy:
    def right(verdict: Verdict) -> float:
        return float(verdict.right or (variants is not None and variants.same(verdict.char, verdict.reading.char)))

    ours, theirs = [right(verdict) for verdict in verdicts], [right(verdict) for verdict in human]
    return Accuracy(
        recognizer.name,
        recognizer.sha256,
        variants is not None,
        mean_estimate(ours, seed=seed),
        mean_estimate(theirs, seed=seed),
        ratio_estimate(ours, theirs, seed=seed),
    )


def _distances(
    name: str, extractor: FeatureExtractor, drawn: list[Ink], written: list[Ink], more_real: Sequence[Ink], seed: int
) -> list[SetDistance]:
    count = len(written)
    ours, theirs = extractor.extract(drawn), extractor.extract(written)
    if name == "FID" and count < theirs.shape[1]:
        logger.warning("FID from %d pictures: its %d dimensions need more than that.", count, theirs.shape[1])
    pool = _pool(extractor, theirs, more_real[:count])
    frechet = distance_estimate(frechet_distance, ours, theirs, paired=True, seed=seed)
    kernel = distance_estimate(kid, ours, theirs, paired=True, seed=seed)
    return [
        SetDistance(name, extractor.name, frechet, frechet_floor(pool, count, seed=seed)),
        SetDistance("KID × 1000", extractor.name, kernel, 0.0),
    ]


def _pool(extractor: FeatureExtractor, theirs: Features, more_real: Sequence[Ink]) -> Features:
    enough = len(theirs) > 1 and len(more_real) >= len(theirs)
    return np.concatenate([theirs, extractor.extract(more_real)]) if enough else theirs


def _turn(char: str, seed: int) -> bytes:
    import hashlib

    return hashlib.sha256(f"{seed}:{char}".encode()).digest()
