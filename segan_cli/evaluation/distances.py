"""How far one glyph is from the real one of the same character, pixel by pixel and stroke by stroke."""

from __future__ import annotations

import math

import numpy as np

from segan_cli.glyph import Ink, Line

THRESHOLD = 0.5
"""Ink value from which a pixel counts as stroke."""


def l1(a: Ink, b: Ink) -> float:
    """Mean absolute difference of ink, 0 to 1.

    Args:
        a: (S, S) float32 in [0, 1], 1 is ink.
        b: another picture of the same shape.

    Source: the paper's Eq. 5, in ink (0 to 1) instead of the network's range, which would double it.
    """
    return float(np.abs(a - b).mean())


def iou(a: Ink, b: Ink) -> float:
    """Intersection over union of the strokes, 0 to 1; 1 where both pictures are blank."""
    stroke_a, stroke_b = a >= THRESHOLD, b >= THRESHOLD
    union = int((stroke_a | stroke_b).sum())
    return float((stroke_a & stroke_b).sum()) / union if union else 1.0


def stroke_distance(a: Ink, b: Ink) -> float:
    """Mean distance between the centre lines of two glyphs, in thousandths of the canvas's side.

    The mean distance of a's line points to the nearest of b's, and of b's to the nearest of a's; the mean of the two.
    So a lost stroke counts as a surplus one does, and thickness does not count at all.

    Args:
        a: (S, S) float32 in [0, 1], 1 is ink.
        b: another picture of the same shape.

    Returns:
        0 or more; 0 where both are blank, the canvas's diagonal (1,414) where one is.

    Source: ours. Centre lines as the networks see them (Zhang and Suen 1984).
    """
    from segan_cli.drawing.suspects import skeleton_distance

    line_a, line_b = _line(a), _line(b)
    if line_a is None or line_b is None:
        return 0.0 if line_a is line_b else 1000.0 * math.sqrt(2)
    return skeleton_distance(line_a, line_b)


def _line(ink: Ink) -> Line | None:
    from segan_cli.source.skeleton import thin

    return thin(ink, threshold=THRESHOLD) if (ink >= THRESHOLD).any() else None
