"""What a row's pictures are worth as brush ink: their outlines beside the hand's, and whose hand they are taken for."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path

from segan_cli.benchmark.hand_scores import hand_features, hand_scores
from segan_cli.errors import EmptyGlyphError
from segan_cli.evaluation.brush import MEASURED_PX, BrushGlyph, brush_glyph
from segan_cli.evaluation.brush_figures import BrushComparison, compare_brush
from segan_cli.evaluation.evaluate import choose_chars
from segan_cli.evaluation.features import FeatureExtractor
from segan_cli.evaluation.hand_classifier import HandClassifier
from segan_cli.evaluation.measuring import source_lines
from segan_cli.evaluation.subject import read_inks
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import scan_glyph_folder
from segan_cli.source.split import part_of

LEARNED = 300
"""Glyphs of each hand's training part that the classifier of hands learns."""

CHUNK = 100
"""Pictures in memory at a time: 512 px are a megabyte each."""


def compare_outlines(
    pictures: Path, hand: Path, chars: Sequence[str], extractor: FeatureExtractor | None
) -> BrushComparison | None:
    """The outlines of a row's pictures beside the hand's own, at 512 px.

    Args:
        pictures: folder of the row's glyphs.
        hand: folder of the hand's.
        chars: the test characters.
        extractor: features for the Fréchet distance.

    Returns:
        None where fewer than two characters have an outline on both sides.
    """
    drawn, real = outlines(pictures, tuple(chars)), _kept_outlines(hand, tuple(chars))
    both = [char for char in chars if char in drawn and char in real]
    if len(both) < 2:
        return None
    ours, theirs = ([side[char] for char in both] for side in (drawn, real))
    return compare_brush(ours, theirs, extractor, source_lines=source_lines(both))


def outlines(folder: Path, chars: tuple[str, ...]) -> dict[str, BrushGlyph]:
    """What the outlines of a folder's pictures tell, of those that can be read and have ink."""
    scanned, frame = scan_glyph_folder(folder), Frame(MEASURED_PX)
    found = {}
    for start in range(0, len(chars), CHUNK):
        for char, ink in read_inks(scanned, chars[start : start + CHUNK], frame).items():
            try:
                found[char] = brush_glyph(ink)
            except EmptyGlyphError:
                continue
    return found


@functools.lru_cache(maxsize=1)
def _kept_outlines(folder: Path, chars: tuple[str, ...]) -> Mapping[str, BrushGlyph]:
    """The hand's own, which every one of its rows is held against."""
    return outlines(folder, chars)


def hands_taken_for(
    hands: tuple[tuple[str, Path], ...],
    split_seed: int,
    hand: str,
    pictures: Path,
    chars: Sequence[str],
    extractor: FeatureExtractor | None,
) -> dict[str, float]:
    """How surely a row's pictures are taken for their hand among the benchmark's; nothing with one hand or without features.

    Args:
        hands: name and folder of each.
        split_seed: of the split by character, whose training part is learned.
        hand: the row's.
        pictures: folder of its glyphs.
        chars: the test characters.
        extractor: what pictures are seen by.
    """
    if len(hands) < 2 or extractor is None:
        return {}
    classifier = _classifier(hands, split_seed, extractor)
    return hand_scores(classifier, hand, pictures, dict(hands)[hand], chars, extractor, lost="blank")


@functools.lru_cache(maxsize=1)
def _classifier(hands: tuple[tuple[str, Path], ...], split_seed: int, extractor: FeatureExtractor) -> HandClassifier:
    features = {}
    for name, folder in hands:
        written = [char for char in scan_glyph_folder(folder).chars if part_of(char, split_seed) == "train"]
        features[name] = hand_features(folder, choose_chars(written, written, LEARNED), extractor, lost="skipped")
    return HandClassifier.fit(features)
