"""Forms for vertical writing, derived from the font's own outlines (GSUB `vert`)."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from segan_cli.font.metrics import EM, EM_CENTRE_Y
from segan_cli.glyph import Contour, GlyphOutline

TURNED: Final = frozenset("（）［］｛｝「」『』【】〔〕〖〗〘〙〚〛《》〈〉｟｠—―…‥ー～〜－＿｜＝‖")
"""Brackets, dashes, ellipsis, long vowel mark and what else lies along the line: turned by 90° clockwise.

`：；！？` and quotation marks differ by region; they stay upright, as GB/T 15834 has them.
"""

MOVED: Final = frozenset("、。，．")
"""Stops: moved from the lower left to the upper right of the em."""


def vertical_form(outline: GlyphOutline) -> GlyphOutline | None:
    """The glyph that stands in a vertical line in place of `outline`.

    Args:
        outline: font units, y up.

    Returns:
        The turned or moved outline, with the same advance; None when the character stands as it is.

    Source: Unicode Standard Annex 50, properties R and Tr (turned) and Tu (moved).
    """
    if not outline.contours:
        return None
    if outline.char in MOVED:
        return _moved(outline)
    if outline.char in TURNED:
        return _turned(outline)
    return None


def _turned(outline: GlyphOutline) -> GlyphOutline:
    """Turn by 90° clockwise about the middle of the em."""
    middle = np.array([outline.advance / 2, EM_CENTRE_Y])
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    contours = tuple(_with_points(c, (c.points - middle) @ turn + middle) for c in outline.contours)
    return GlyphOutline(outline.char, contours, outline.advance)


def _moved(outline: GlyphOutline) -> GlyphOutline:
    """Move the ink's centre to the point opposite the em's middle: lower left to upper right."""
    points = np.concatenate([c.points for c in outline.contours])
    centre = (points.min(axis=0) + points.max(axis=0)) / 2
    shift = np.array([EM, 2 * EM_CENTRE_Y]) - 2 * centre
    return GlyphOutline(
        outline.char, tuple(_with_points(c, c.points + shift) for c in outline.contours), outline.advance
    )


def _with_points(contour: Contour, points: npt.NDArray[np.float64]) -> Contour:
    return Contour(np.floor(points + 0.5), contour.on_curve)
