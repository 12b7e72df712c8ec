"""The classifier that learned every hand of the open benchmark."""

from __future__ import annotations

from pathlib import Path

from segan_cli.benchmark.hand_scores import hand_features
from segan_cli.benchmark.open_hands import WRITTEN, OpenBenchmark
from segan_cli.evaluation.evaluate import choose_chars
from segan_cli.evaluation.features import FeatureExtractor
from segan_cli.evaluation.hand_classifier import HandClassifier
from segan_cli.source.glyph_folder import scan_glyph_folder


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
        chosen = choose_chars(written, written, benchmark.learned)
        features[hand.name] = hand_features(folder, chosen, extractor, lost="refused")
    return HandClassifier.fit(features)
