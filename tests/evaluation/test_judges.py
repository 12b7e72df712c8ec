"""The real metrics on real glyphs: what data sheets say of them must hold."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from segan_cli.errors import MissingExtraError, UsageError
from segan_cli.evaluation.evaluate import Evaluation, Metrics, evaluate
from segan_cli.evaluation.features import LiteFeatures, as_picture
from segan_cli.evaluation.recognizer import Recognizer
from segan_cli.glyph import Frame, Ink

CHARS = "永和九年歲在癸丑暮春之初會于山陰蘭亭修禊事也"
pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def real() -> dict[str, Ink]:
    from segan_cli.source.raster import render_glyph
    from segan_cli.source.source_font import open_source_font

    try:
        font = open_source_font("LXGW WenKai")
    except UsageError:
        pytest.skip("needs the font LXGW WenKai (Debian: fonts-lxgw-wenkai)")
    return {char: render_glyph(font, char, Frame(96)).ink for char in CHARS}


@pytest.fixture(scope="module")
def metrics() -> Metrics:
    try:
        return Metrics(recognizer=Recognizer.open(), extractors={"FD-lite0": LiteFeatures()})
    except MissingExtraError as error:
        pytest.skip(str(error))


def accuracy(found: Evaluation) -> float:
    return found.accuracies[0].generated.value


def blurred(ink: Ink, step: int) -> Ink:
    return np.asarray(ndimage.gaussian_filter(ink, (0, 8, 20)[step]), dtype=np.float32)


def with_lost_strokes(ink: Ink, step: int) -> Ink:
    damaged = ink.copy()
    damaged[: 32 * step] = 0
    return damaged


@pytest.mark.parametrize("damage", [blurred, with_lost_strokes])
def test_damage_makes_both_scores_worse(real: dict[str, Ink], metrics: Metrics, damage: object) -> None:
    found = [evaluate({char: damage(ink, step) for char, ink in real.items()}, real, metrics) for step in range(3)]  # type: ignore[operator]
    accuracies = [accuracy(one) for one in found]
    assert accuracies[0] == found[0].accuracies[0].human.value >= 0.85
    assert accuracies[0] >= accuracies[1] >= accuracies[2] and accuracies[2] < 0.4 * accuracies[0]
    distances = [one.distances[0].value.value for one in found]
    assert distances[0] == pytest.approx(0, abs=1e-6)
    assert distances[0] < distances[1] < distances[2]


def test_shuffled_labels_are_read_as_nothing(real: dict[str, Ink], metrics: Metrics) -> None:
    pictures = list(real.values())
    shuffled = dict(zip(real, [*pictures[1:], pictures[0]], strict=True))
    assert accuracy(evaluate(shuffled, real, Metrics(recognizer=metrics.recognizer))) == 0


def test_the_features_are_the_same_in_any_batch(real: dict[str, Ink], metrics: Metrics) -> None:
    extractor = metrics.extractors["FD-lite0"]
    inks = list(real.values())[:5]
    together, alone = extractor.extract(inks), np.concatenate([extractor.extract([ink]) for ink in inks])
    assert together.shape == (5, 1280) and np.allclose(together, alone, atol=1e-4)
    assert together.std(axis=0).max() > 0.1


def test_the_features_input_is_pinned() -> None:
    ink = np.zeros((96, 96), np.float32)
    ink[:, :48] = 1
    seen = as_picture(ink)
    assert seen.shape == (3, 224, 224)
    assert seen[0, 0, 0] == np.float32(-127 / 128) and seen[2, 0, -1] == 1
