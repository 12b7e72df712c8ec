"""From two places to an evaluation: choose the characters, draw or read them, measure."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from segan_cli.errors import MissingExtraError, UsageError
from segan_cli.evaluation.evaluate import Evaluation, Inks, Judges, choose_chars, evaluate
from segan_cli.evaluation.features import FeatureExtractor, LiteFeatures
from segan_cli.evaluation.recognizer import Recognizer
from segan_cli.evaluation.subject import Subject, read_inks
from segan_cli.evaluation.variants import Variants
from segan_cli.source.glyph_folder import scan_glyph_folder

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Measured:
    """An evaluation and the pictures that it is of, row by row: source (where there is one), generated, real."""

    evaluation: Evaluation
    pictures: dict[str, Inks]


def open_judges(*, features: bool, inception_weights: Path | None = None) -> tuple[Judges, tuple[str, ...]]:
    """Everyone who can measure with what is installed.

    Args:
        features: whether distances between sets are wanted.
        inception_weights: the canonical Inception weights, for FID.

    Returns:
        The judges, and a sentence for each that is left out.
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
        notes.append('Accuracy with variants as one is left out. Install OpenCC with: pip install "segan[evaluate]"')
    return Judges(recognizer, Recognizer.open_second(), variants, extractors), tuple(notes)


def measure(
    subject: Subject,
    against: Path,
    judges: Judges,
    *,
    chars: Sequence[str] = (),
    count: int = 300,
    seed: int = 0,
    advance: Callable[[str], None] = lambda what: None,
) -> Measured:
    """Measure a subject against a folder of the hand's real glyphs.

    Args:
        subject: what is measured.
        against: the real glyphs.
        judges: who measures.
        chars: the characters to choose from; empty leaves it to the subject.
        count: how many characters at most; 0 takes all.
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
    rest = [char for char in folder.chars if char not in set(chosen)] if judges.extractors else []
    others = choose_chars(rest, rest, len(both), seed=seed) if len(rest) >= len(both) else ()
    more = read_inks(folder, others, subject.frame)
    rows = {"generated": {char: generated[char] for char in both}, "real": {char: real[char] for char in both}}
    evaluation = evaluate(
        rows["generated"], rows["real"], judges, more_real=list(more.values()), seed=seed, advance=advance
    )
    return Measured(evaluation, ({"source": source} if source else {}) | rows)
