"""What a review decided, honoured when a font is built: refused glyphs stay out, adjustments go in."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from segan_cli.errors import GlyphError
from segan_cli.glyph import Contour, GlyphOutline
from segan_cli.source.glyph_image import GlyphFile
from segan_cli.source.review_decisions import Adjustment, Decisions

CAUSES = {
    "refused": "refused in the review. Draw it again (segan generate), or choose another drawing in: segan review",
    "write": "to be written again by hand, as the review says. Print a sheet for it: segan sheets --rejected",
}


def left_out(decisions: Decisions, entries: Sequence[GlyphFile]) -> dict[str, GlyphError]:
    """The glyphs of a folder that a review keeps out of the font, and why.

    Args:
        decisions: of the folder.
        entries: its pictures.
    """
    found = decisions.with_status({entry.char: entry.path for entry in entries}, "refused", "write")
    return {char: GlyphError(char, "review", CAUSES[glyph.status]) for char, glyph in found.items()}


def with_bearings(outline: GlyphOutline, adjustment: Adjustment) -> GlyphOutline:
    """The outline with space added at its left and right, in whole units; the advance grows by both, and is never below 0."""
    left, right = round(adjustment.left), round(adjustment.right)
    if not left and not right:
        return outline
    contours = tuple(Contour(c.points + np.array([left, 0.0]), c.on_curve) for c in outline.contours)
    return GlyphOutline(outline.char, contours, max(0, outline.advance + left + right))
