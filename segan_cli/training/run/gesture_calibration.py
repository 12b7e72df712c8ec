"""What a network must be told so that thick and thin, and the spread of weight, come out as the hand's own.

A network follows a gesture, but not one to one: told a hand's contrast, it draws less of it, and a glyph told to be heavier than
another becomes more than that. How it follows is measured on training glyphs, finished as they will be drawn. Mean weight is left as
it is, a few hundredths above the hand's: made right, it costs .01 of IoU, for where a stroke's place is uncertain heavier ink overlaps
better.

What is expected of a character varies less than what the hand writes. The spread that is lacking is had by telling more of what is
expected: a glyph expected to be heavy is told to be heavier still. Chance would bring the same spread, but chance knows nothing of
the real glyph: expected with a correlation r and brought to the hand's spread, weights go with the real ones by r when they are
stretched, and by r² when chance makes up the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from segan_cli.drawing.postprocess import draw_ink
from segan_cli.errors import EmptyGlyphError
from segan_cli.generator.normalize import Gestures
from segan_cli.training.data.batches import PairSet
from segan_cli.training.data.gesture import measure_gesture
from segan_cli.training.model.networks import GESTURE, Generator
from segan_cli.training.run.gesture_fit import Floats, GestureFit, look_at, spread_of_hand
from segan_cli.training.run.sheet import draw_fields

MOST_GLYPHS = 200
"""Glyphs of a hand that are drawn, three times each."""

FEWEST_GLYPHS = 10
"""Glyphs with ink in all three drawings without which nothing is concluded."""

STEP = 1.0
"""How much heavier, and how much richer in contrast, glyphs are told to be, in the hand's standard deviations."""

TOLD = ((0.0, 0.0), (STEP, 0.0), (0.0, STEP))
"""What is told beside what is expected, drawing by drawing: weight and contrast."""

FARTHEST = 2.0
"""The largest correction: what is told stays among what training told."""

LEAST_RESPONSE = 0.05
"""A network that answers a step with less than this part of it does not follow."""

SPREAD = 0.95
"""The part of the hand's own spread of weight that is to be drawn; of unseen characters it comes out .05 narrower or wider."""

MOST_GAIN = 2.0
"""Differences between expected weights are told no more than so many times; chance brings what spread is lacking then."""

MEASURED_PX = 512


@dataclass(frozen=True, eq=False)
class Calibration:
    """How what is told of a hand's glyphs is changed.

    Args:
        correction: (2,) is added to weight and contrast, no farther than `FARTHEST`.
        gain: so many times are expected weights told, measured from their mean: 1 to `MOST_GAIN`.
        chance: how much of its chance part drawing must put back for the hand's spread of weight, 0 to 1.
    """

    correction: Floats
    gain: float
    chance: float


NOTHING_KNOWN = Calibration(np.zeros(GESTURE), 1.0, 1.0)


def calibrate_gestures(
    generator: Generator,
    train: PairSet,
    fits: Sequence[GestureFit],
    joins: Sequence[bool],
    *,
    most: int = MOST_GLYPHS,
    advance: Callable[[int], None] = lambda steps: None,
) -> tuple[Calibration, ...]:
    """Correct what a generator expects, so that a hand's mean contrast and spread of weight are drawn, hand by hand.

    Args:
        generator: in evaluation mode, on the CPU, with gestures fitted; what it predicts is changed.
        train: the training pairs.
        fits: of each hand.
        joins: for each hand, whether finishing joins its broken strokes.
        most: glyphs of a hand that are drawn, evenly spread.
        advance: called with the number of glyphs drawn since the last call.

    Returns:
        What was changed, for each hand.
    """
    assert generator.gesture is not None
    found = []
    for hand, fit in enumerate(fits):
        chosen = spread_of_hand(train, hand, most)
        features, written = look_at(generator, train, chosen, generator.gesture.weights.device)
        weights, biases = generator.gesture.weights[hand], generator.gesture.biases[hand]
        expected = features @ weights[0].numpy().astype(np.float64) + float(biases[0])
        drawn = []
        for step in TOLD:
            drawn.append(_drawn(generator, train, chosen, joins[hand], step))
            advance(len(chosen))
        one = calibration(written, expected, (drawn[0], drawn[1], drawn[2]), fit)
        mean = float(expected.mean())
        weights[0] *= one.gain
        biases[0] = mean + one.gain * (biases[0] - mean)
        biases += torch.from_numpy(one.correction).float()
        found.append(one)
    return tuple(found)


def calibration(
    written: Floats, expected: Floats, drawings: tuple[Floats, Floats, Floats], fit: GestureFit
) -> Calibration:
    """What must be told for the hand's contrast and spread.

    Args:
        written: (N, 2) weights and contrasts of the hand's glyphs, in its standard deviations.
        expected: (N,) weights that the network predicts, the same.
        drawings: three of (N, 2), of the same as drawn: told what is expected, told `STEP` more weight, told `STEP` more contrast;
            NaN for a glyph without ink.
        fit: the hand's, of which chance is a part.
    """
    whole = ~np.isnan(np.hstack(drawings)).any(1)
    if whole.sum() < FEWEST_GLYPHS:
        return NOTHING_KNOWN
    drawn, heavier, richer = (one[whole] for one in drawings)
    start = drawn.mean(0)
    response = np.stack([heavier.mean(0) - start, richer.mean(0) - start], 1) / STEP
    wanted = SPREAD * float(written[whole, 0].std())
    gain = _gain(drawn[:, 0], response[0, 0] * expected[whole], wanted)
    stretched = drawn[:, 0] + (gain - 1) * response[0, 0] * expected[whole]
    chance = _chance(wanted, float(stretched.std()), response[0, 0] * fit.residual[0][0])
    return Calibration(_correction(response, float(written[whole, 1].mean() - start[1])), gain, chance)


def _gain(drawn: Floats, told: Floats, wanted: float) -> float:
    """So many times must differences be told that weights are spread as wanted: from var(d + (g - 1) t) = w²."""
    cov = np.cov(drawn, told, bias=True)
    square, mixed = float(cov[1, 1]), float(cov[0, 1])
    lacking = wanted**2 - float(cov[0, 0])
    if square < LEAST_RESPONSE**2 or mixed <= 0 or lacking <= 0:
        return 1.0
    more = (np.sqrt(mixed**2 + square * lacking) - mixed) / square
    return round(min(MOST_GAIN, 1 + float(more)), 3)


def _correction(response: Floats, contrast: float) -> Floats:
    """What more is to be told, so that the contrast that is lacking is drawn, and as much less weight as that brings with it."""
    if min(response[0, 0], response[1, 1]) < LEAST_RESPONSE or np.linalg.det(response) < LEAST_RESPONSE**2:
        return np.zeros(GESTURE)
    told = np.linalg.solve(response, [0.0, contrast])
    return np.asarray(told * (FARTHEST / max(np.abs(told).max(), FARTHEST)))


def _chance(wanted: float, drawn: float, residual: float) -> float:
    """The part of chance that brings one spread up to the other; variances add up."""
    lacking = max(0.0, wanted**2 - drawn**2)
    return round(min(1.0, lacking**0.5 / residual), 2) if residual > LEAST_RESPONSE else 1.0


def _drawn(
    generator: Generator, train: PairSet, chosen: Sequence[int], joins: bool, step: tuple[float, float]
) -> Floats:
    """(N, 2) weights and contrasts of glyphs as drawn, in standard deviations of their hand; NaN for one without ink."""
    offsets: Gestures = np.tile(np.array(step, np.float32), (len(chosen), 1))
    fields = draw_fields(generator, train, chosen, offsets)
    measured: npt.NDArray[np.float32] = np.full((len(chosen), GESTURE), np.nan, np.float32)
    for row, field in zip(measured, fields, strict=True):
        try:
            found = measure_gesture(draw_ink(field, MEASURED_PX, joins=joins))
        except EmptyGlyphError:
            continue
        row[:] = found.weight, found.contrast
    return train.standardised(torch.from_numpy(measured), train.pictures(chosen)[1]).numpy().astype(np.float64)
