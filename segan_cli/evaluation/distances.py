"""How far one glyph is from the real one of the same character, pixel by pixel and stroke by stroke."""

from __future__ import annotations

import numpy as np

from segan_cli.glyph import Ink
from segan_cli.ink import skeleton_distance


def l1(a: Ink, b: Ink) -> float:
    """Mean absolute difference of ink, 0 to 1.

    Args:
        a: (S, S) float32 in [0, 1], 1 is ink.
        b: another picture of the same shape.

    Source: the paper's Eq. 5, in ink (0 to 1) instead of the network's range, which would double it.
    """
    return float(np.abs(a - b).mean())


def stroke_distance(a: Ink, b: Ink) -> float:
    """`ink.skeleton_distance` of the centre lines of two glyphs, as the networks see them (Zhang and Suen 1984).

    Args:
        a: (S, S) float32 in [0, 1], 1 is ink.
        b: another picture of the same shape.
    """
    from segan_cli.source.skeleton import centre_lines

    return skeleton_distance(centre_lines(a), centre_lines(b))
