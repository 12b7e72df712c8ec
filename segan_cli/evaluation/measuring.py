"""From two places to an evaluation: choose the characters, draw or read them, measure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from segan_cli.errors import EmptyGlyphError, MissingExtraError, UsageError, install_hint
from segan_cli.evaluation.brush import MEASURED_PX, BrushGlyph, brush_glyph
from segan_cli.evaluation.brush_figures import BrushComparison, compare_brush
from segan_cli.evaluation.evaluate import Evaluation, Inks, Metrics, choose_chars, evaluate
from segan_cli.evaluation.features import FeatureExtractor, LiteFeatures
from segan_cli.evaluation.recognizer import Recognizer
from segan_cli.evaluation.subject import Subject, read_inks
from segan_cli.evaluation.variants import Variants
from segan_cli.glyph import Frame, Ink
from segan_cli.source.glyph_folder import GlyphFolder, scan_glyph_folder

logger = logging.getLogger(__name__)

CHUNK = 32
"""Characters whose large pictures are in memory at a time."""


@dataclass(frozen=True)
class Measured:
    """An evaluation and the pictures that it is of, row by row: source (where there is one), generated, real."""

    evaluation: Evaluation
    pictures: dict[str, Inks]


def open_metrics(*, features: bool, inception_weights: Path | None = None) -> tuple[Metrics, tuple[str, ...]]:
    """Everyone who can measure with what is installed.

    Args:
        features: whether distances between sets are wanted.
        inception_weights: the canonical Inception weights, for FID.

    Returns:
        The metrics, and a sentence for each that is left out.
    """
    notes: list[str] = []
    extractors: dict[str, FeatureExtractor] = {}
    if features:
        try:
            extractors["FD-lite0"] = LiteFeatures()
        except MissingExtraError as error:
            notes.append(str(error))
    if inception_weights is not None:
        from segan_cli.evaluation.inception import InceptionFeatures

        extractors["FID"] = InceptionFeatures(inception_weights)
    recognizer = None
    try:
        recognizer = Recognizer.open()
    except MissingExtraError as error:
        notes.append(str(error))
    variants = Variants() if Variants.installed() else None
    if variants is None:
        notes.append("Accuracy with variants as one is left out. Install OpenCC with: " + install_hint("evaluate"))
    return Metrics(recognizer, Recognizer.open_second(), variants, extractors), tuple(notes)


def measure(
    subject: Subject,
    against: Path,
    metrics: Metrics,
    *,
    chars: Sequence[str] = (),
    count: int = 300,
    brush: bool = True,
    seed: int = 0,
    advance: Callable[[str], None] = lambda what: None,
) -> Measured:
    """Measure a subject against a folder of the hand's real glyphs.

    Args:
        subject: what is measured.
        against: the real glyphs.
        metrics: who measures.
        chars: the characters to choose from; empty leaves it to the subject.
        count: how many characters at most; 0 takes all.
        brush: whether the outlines are measured, which takes a sixth of a second a character.
        seed: of the choice and of the intervals.
        advance: told what goes on now.

    Raises:
        UsageError: no character is on both sides.
    """
    folder = scan_glyph_folder(against)
    candidates = tuple(chars) or subject.candidates(folder.chars)
    chosen = choose_chars(candidates, folder.chars, count, seed=seed)
    advance("reading the real glyphs")
    real = read_inks(folder, chosen, subject.frame)
    advance("drawing")
    generated, source = subject.draw(tuple(real))
    both = [char for char in real if char in generated]
    if len(both) < 2:
        raise UsageError(
            f"Of {len(chosen)} characters, {len(both)} could be read on both sides; at least two are needed."
        )
    if len(both) < len(chosen):
        logger.warning("%d of %d characters could not be had on both sides.", len(chosen) - len(both), len(chosen))
    rest = [char for char in folder.chars if char not in set(chosen)] if metrics.extractors else []
    others = choose_chars(rest, rest, len(both), seed=seed) if len(rest) >= len(both) else ()
    more = read_inks(folder, others, subject.frame)
    rows = {"generated": {char: generated[char] for char in both}, "real": {char: real[char] for char in both}}
    evaluation = evaluate(
        rows["generated"], rows["real"], metrics, more_real=list(more.values()), seed=seed, advance=advance
    )
    if brush:
        advance("outlines")
        evaluation = replace(evaluation, brush=_brush(subject, folder, both, metrics, seed))
    return Measured(evaluation, ({"source": source} if source else {}) | rows)


def _brush(
    subject: Subject, folder: GlyphFolder, chars: Sequence[str], metrics: Metrics, seed: int
) -> BrushComparison | None:
    """Figures of the outlines; None where fewer than two characters have one on both sides."""
    frame = replace(subject.frame, size_px=MEASURED_PX)
    ours: list[BrushGlyph] = []
    theirs: list[BrushGlyph] = []
    measured: list[str] = []
    for start in range(0, len(chars), CHUNK):
        some = chars[start : start + CHUNK]
        drawn, real = subject.large_inks(some), read_inks(folder, some, frame)
        for char in some:
            if (pair := _outlined(drawn.get(char), real.get(char))) is not None:
                measured.append(char)
                ours.append(pair[0])
                theirs.append(pair[1])
    if len(measured) < 2:
        return None
    extractor = metrics.extractors.get("FD-lite0")
    return compare_brush(ours, theirs, extractor, source_lines=source_lines(measured), seed=seed)


def _outlined(drawn: Ink | None, real: Ink | None) -> tuple[BrushGlyph, BrushGlyph] | None:
    if drawn is None or real is None:
        return None
    try:
        return brush_glyph(drawn), brush_glyph(real)
    except EmptyGlyphError:
        return None


def source_lines(chars: Sequence[str]) -> list[float] | None:
    """Length of each character's centre lines in the shipped source glyphs, in units; None where one is lacking."""
    from segan_cli.drawing.sources import shipped_pack
    from segan_cli.glyph import Placement
    from segan_cli.source.skeleton import thin

    pack, frame = shipped_pack(), Frame(128)
    if pack is None or not all(pack.has(char) for char in chars):
        return None
    return [float(thin(pack.render(char, frame, Placement()).ink).sum() * frame.units_per_px) for char in chars]
