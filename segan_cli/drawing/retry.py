"""Drawing a suspect again: small variations of its source, of which the one that reads best is kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from segan_cli.drawing.journal import DrawnGlyph
from segan_cli.glyph import Frame, Ink, Placement


@dataclass(frozen=True, slots=True)
class Variation:
    """A small change of the source, or of the gesture that the network is asked for.

    Args:
        name: for people.
        scale: of the source.
        dx: its shift in thousandths of the em, undone afterwards.
        dy: the same, upwards.
        weight: by which the source's strokes are bolder, in thousandths of the em.
        gesture: weight and contrast of what is drawn, in the hand's standard deviations, on top of what is expected; for
            networks that take a gesture.
    """

    name: str
    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0
    weight: float = 0.0
    gesture: tuple[float, float] = (0.0, 0.0)

    def of(self, fit: Placement) -> Placement:
        """The source's place, varied."""
        return Placement(fit.scale * self.scale, fit.dx + self.dx, fit.dy + self.dy)


VARIATIONS = (
    Variation("larger", scale=1.04),
    Variation("smaller", scale=0.96),
    Variation("bolder", weight=12),
    Variation("lighter", weight=-12),
    Variation("shifted left", dx=-16),
    Variation("shifted right", dx=16),
    Variation("shifted up", dy=16),
    Variation("shifted down", dy=-16),
)
"""What is tried: about one pixel of 64 each way, and weights a tenth of a stroke apart."""

Redraw = Callable[[Sequence[Variation]], tuple[Sequence[Variation], Sequence[Ink]]]
"""Draws from variations of a source: those that could be drawn, and their ink, still shifted."""


def draw_again(
    ink: Ink, glyph: DrawnGlyph, frame: Frame, redraw: Redraw, look: Callable[[Sequence[Ink]], Sequence[DrawnGlyph]]
) -> tuple[Ink, DrawnGlyph]:
    """Try every variation on a suspect; the best reading wins, the first among equals.

    Args:
        ink: (S, S), the first drawing.
        glyph: what was seen in it; returned as it is where nothing is wrong with it.
        frame: the canvas.
        redraw: draws from variations.
        look: sees what is in pictures of this character.

    Returns:
        The ink that is kept, and what is known of it.
    """
    if not glyph.reasons:
        return ink, glyph
    varied, inks = redraw(VARIATIONS)
    drawn = [moved_back(one, variation, frame) for one, variation in zip(inks, varied, strict=True)]
    names = ["as it is", *(variation.name for variation in varied)]
    choices = list(zip([ink, *drawn], [glyph, *look(drawn)], names, strict=True))
    best, kept, name = max(choices, key=lambda choice: merit(choice[1]))
    saved = not kept.reasons
    return best, replace(kept, source=glyph.source, first_score=glyph.score, variation=name, saved=saved)


def merit(glyph: DrawnGlyph) -> tuple[bool, bool, float]:
    """Read as the right character comes first, then a clean picture, then the score."""
    return glyph.read == glyph.char, not glyph.findings, glyph.score or 0.0


def moved_back(ink: Ink, variation: Variation, frame: Frame) -> Ink:
    """Undo a variation's shift by whole pixels."""
    right, down = round(variation.dx / 1000 * frame.size_px), round(-variation.dy / 1000 * frame.size_px)
    if not right and not down:
        return ink
    side, margin = frame.size_px, max(abs(right), abs(down))
    padded = np.pad(ink, margin)
    return np.ascontiguousarray(padded[margin + down : margin + down + side, margin + right : margin + right + side])
