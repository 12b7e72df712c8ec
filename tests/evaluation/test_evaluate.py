"""The sanity of the figures: the hand itself beats all, shuffled labels read as nothing, damage is seen."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import ndimage

from segan_cli.errors import UsageError
from segan_cli.evaluation.evaluate import Evaluation, Metrics, choose_chars, evaluate
from segan_cli.glyph import Ink


@pytest.fixture
def metrics(toy: SimpleNamespace) -> Metrics:
    return Metrics(recognizer=toy.NearestReader(toy.glyphs()), extractors={"FD-lite0": toy.PixelFeatures()})


def accuracy(evaluation: Evaluation) -> float:
    return evaluation.accuracies[0].generated.value


def distances(evaluation: Evaluation) -> dict[str, float]:
    return {one.name: one.value.value for one in evaluation.distances}


def test_a_folder_against_itself(toy: SimpleNamespace, metrics: Metrics) -> None:
    found = evaluate(toy.glyphs(), toy.glyphs(), metrics)
    assert found.accuracies[0].generated == found.accuracies[0].human
    assert found.accuracies[0].ratio is not None and found.accuracies[0].ratio.value == 1
    assert distances(found)["FD-lite0"] == pytest.approx(0, abs=1e-9)
    assert found.l1.value == 0 and found.iou.value == 1 and found.skeleton.value == 0
    assert found.misread == () and len(found.chars) == len(toy.chars)


def test_shuffled_labels_read_as_nothing_though_the_set_is_the_same(toy: SimpleNamespace, metrics: Metrics) -> None:
    real = toy.glyphs()
    shuffled = dict(zip(toy.chars, [*list(real.values())[1:], real[toy.chars[0]]], strict=True))
    found = evaluate(shuffled, real, metrics)
    assert accuracy(found) == 0 and found.accuracies[0].human.value == 1
    assert len(found.misread) == len(toy.chars)
    assert distances(found)["FD-lite0"] == pytest.approx(0, abs=1e-6), "a distance between sets sees no labels"
    assert found.iou.value < 0.4 and found.skeleton.value > 30


def blurred(ink: Ink, sigma: float) -> Ink:
    return np.asarray(ndimage.gaussian_filter(ink, sigma), dtype=np.float32)


def without_strokes(ink: Ink, patches: int) -> Ink:
    damaged = ink.copy()
    for y, x in ((0, 0), (32, 32), (0, 32), (32, 0))[:patches]:
        damaged[y : y + 32, x : x + 32] = 0
    return damaged


@pytest.mark.parametrize(("damage", "steps"), [(blurred, (0.0, 2.0, 5.0, 9.0)), (without_strokes, (0, 1, 2, 3))])
def test_more_damage_is_worse_in_every_figure(
    toy: SimpleNamespace, metrics: Metrics, damage: object, steps: tuple[float, ...]
) -> None:
    real = toy.glyphs()
    found = [evaluate({char: damage(ink, step) for char, ink in real.items()}, real, metrics) for step in steps]  # type: ignore[operator]
    assert all(one.accuracies[0].generated.value <= one.accuracies[0].human.value for one in found), "Human beats all"
    worse = {
        "distance": [distances(one)["FD-lite0"] for one in found],
        "l1": [one.l1.value for one in found],
        "iou": [-one.iou.value for one in found],
        "skeleton": [one.skeleton.value for one in found],
    }
    for name, values in worse.items():
        assert values == sorted(values) and values[0] < values[1], (name, values)


def test_the_floor_needs_other_glyphs_of_the_hand(toy: SimpleNamespace, metrics: Metrics) -> None:
    chars = toy.chars
    some, rest = chars[:10], [toy.glyph(char) for char in chars[10:]]
    without = evaluate(toy.glyphs(1, some), toy.glyphs(0, some), metrics)
    having = evaluate(toy.glyphs(1, some), toy.glyphs(0, some), metrics, more_real=rest)
    assert without.distances[0].floor is None
    assert having.distances[0].floor is not None and having.distances[0].floor > 0


def test_without_judges_the_pictures_are_still_compared(toy: SimpleNamespace) -> None:
    found = evaluate(toy.glyphs(1), toy.glyphs(), Metrics())
    assert found.accuracies == () and found.distances == () and 0 < found.iou.value < 1


def test_the_sides_must_hold_the_same_characters(toy: SimpleNamespace) -> None:
    with pytest.raises(UsageError, match="same characters"):
        evaluate(toy.glyphs(0, "一二三"), toy.glyphs(0, "一二四"), Metrics())


def test_characters_are_chosen_alike_whatever_else_is_there() -> None:
    real = "一二三四五六七八九十"
    chosen = choose_chars(real, real, 4)
    assert len(chosen) == 4 and set(chosen) <= set(real)
    assert choose_chars(real[::-1], real, 4) == chosen != choose_chars(real, real, 4, seed=1)
    fewer = [char for char in real if char in chosen or char in "一二"]
    assert choose_chars(fewer, real, 4) == chosen
    assert choose_chars(real, "一二永", 0) == ("一", "二")
    with pytest.raises(UsageError, match="1 characters in common"):
        choose_chars("一", "一二", 4)
