"""What a network must be told so that thick and thin, and the spread of weight, come out as the hand's own.

A network follows a gesture, but not one to one: told a hand's contrast, it draws less of it, and a glyph told to be heavier than
another becomes more than that. How it follows is measured on training glyphs, finished as they will be drawn. Mean weight is left as
it is, a few hundredths above the hand's: made right, it costs .01 of IoU, for where a stroke's place is uncertain heavier ink overlaps
better.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import torch

from segan_cli.drawing.postprocess import draw_ink
from segan_cli.errors import EmptyGlyphError
from segan_cli.generator.normalize import Gestures
from segan_cli.training.data.batches import PairSet
from segan_cli.training.data.gesture import measure_gesture
from segan_cli.training.model.networks import GESTURE, Generator
from segan_cli.training.run.gesture_fit import Floats, GestureFit, spread_of_hand
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

SPREAD = 0.9
"""The part of the hand's own spread of weight up to which chance is added; each bit of it costs correlation with the real glyph."""

MEASURED_PX = 512


def calibrate_gestures(
    generator: Generator,
    train: PairSet,
    fits: Sequence[GestureFit],
    joins: Sequence[bool],
    *,
    most: int = MOST_GLYPHS,
    advance: Callable[[int], None] = lambda steps: None,
) -> tuple[float, ...]:
    """Correct what a generator expects, so that a hand's mean contrast is drawn: its biases are moved, hand by hand.

    Args:
        generator: in evaluation mode, on the CPU, with gestures fitted.
        train: the training pairs.
        fits: of each hand.
        joins: for each hand, whether finishing joins its broken strokes.
        most: glyphs of a hand that are drawn, evenly spread.
        advance: called with the number of glyphs drawn since the last call.

    Returns:
        For each hand, how much of its chance part drawing must put back for the hand's spread of weight, 0 to 1.
    """
    assert generator.gesture is not None
    chances = []
    for hand, fit in enumerate(fits):
        chosen = spread_of_hand(train, hand, most)
        written = train.standardised(*_told(train, chosen)).numpy().astype(np.float64)
        drawn = []
        for step in TOLD:
            drawn.append(_drawn(generator, train, chosen, joins[hand], step))
            advance(len(chosen))
        correction, chance = calibration(written, drawn[0], drawn[1], drawn[2], fit)
        generator.gesture.biases[hand] += torch.from_numpy(correction).float()
        chances.append(chance)
    return tuple(chances)


def calibration(
    written: Floats, drawn: Floats, heavier: Floats, richer: Floats, fit: GestureFit
) -> tuple[Floats, float]:
    """The correction of what is told, and the part of chance that is wanted.

    Args:
        written: (N, 2) weights and contrasts of the hand's glyphs, in its standard deviations.
        drawn: (N, 2), of the same as drawn; NaN for a glyph without ink.
        heavier: (N, 2), drawn when told `STEP` more weight.
        richer: (N, 2), drawn when told `STEP` more contrast.
        fit: the hand's, of which chance is a part.

    Returns:
        (2,) to be added to what is told, no farther than `FARTHEST`, and 0 to 1.
    """
    whole = ~np.isnan(np.hstack([drawn, heavier, richer])).any(1)
    if whole.sum() < FEWEST_GLYPHS:
        return np.zeros(GESTURE), 1.0
    start = drawn[whole].mean(0)
    response = np.stack([heavier[whole].mean(0) - start, richer[whole].mean(0) - start], 1) / STEP
    chance = _chance(float(written[whole, 0].std()), float(drawn[whole, 0].std()), response[0, 0] * fit.residual[0][0])
    return _correction(response, float(written[whole, 1].mean() - start[1])), chance


def _correction(response: Floats, contrast: float) -> Floats:
    """What more is to be told, so that the contrast that is lacking is drawn, and as much less weight as that brings with it."""
    if min(response[0, 0], response[1, 1]) < LEAST_RESPONSE or np.linalg.det(response) < LEAST_RESPONSE**2:
        return np.zeros(GESTURE)
    told = np.linalg.solve(response, [0.0, contrast])
    return np.asarray(told * (FARTHEST / max(np.abs(told).max(), FARTHEST)))


def _chance(written: float, drawn: float, residual: float) -> float:
    """The part of chance that brings a spread up to `SPREAD` of the hand's; variances add up."""
    lacking = max(0.0, (SPREAD * written) ** 2 - drawn**2)
    return round(min(1.0, lacking**0.5 / residual), 2) if residual > LEAST_RESPONSE else 1.0


def _told(train: PairSet, chosen: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
    return train.distances(chosen)[1], train.pictures(chosen)[1]


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
