"""A glyph's gesture, measured on its ink: how heavy it is and how much thick and thin differ in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Ink
from segan_cli.source.skeleton import thin
from segan_cli.source.stroke_width import stroke_widths

FEWEST = 8
"""Pixels of centre line that are needed to speak of thick and thin."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """What was measured on one glyph.

    Args:
        weight: twice the distance from the centre line to paper, its median, in thousandths of the canvas's side.
        contrast: standard deviation over mean of it within the glyph.
    """

    weight: float
    contrast: float


def measure_gesture(ink: Ink) -> Gesture:
    """Weight and contrast of a picture.

    Args:
        ink: (S, S) float32 in [0, 1], with ink; best at 256 px or more.

    Raises:
        EmptyGlyphError: there is no ink.
    """
    line = thin(ink)
    widths = stroke_widths(ink, line)
    contrast = float(widths.std() / widths.mean()) if len(widths) >= FEWEST else 0.0
    return Gesture(float(np.median(widths)) * 1000 / len(ink), contrast)


@dataclass(frozen=True, slots=True)
class HandGesture:
    """A hand's mean and standard deviation of weight and contrast, over its training glyphs."""

    weight_mean: float
    weight_sd: float
    contrast_mean: float
    contrast_sd: float

    def standardised(self, gestures: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """(N, 2) weights and contrasts in standard deviations from the hand's means."""
        mean = np.array([self.weight_mean, self.contrast_mean], np.float32)
        sd = np.array([self.weight_sd, self.contrast_sd], np.float32)
        return (gestures - mean) / sd


LEAST_SD = 1e-3


def hand_gesture(gestures: npt.NDArray[np.float32]) -> HandGesture:
    """The hand's own means and spreads.

    Args:
        gestures: (N, 2) weights and contrasts of training glyphs.
    """
    mean, sd = gestures.mean(0), np.maximum(gestures.std(0), LEAST_SD)
    return HandGesture(float(mean[0]), float(sd[0]), float(mean[1]), float(sd[1]))
