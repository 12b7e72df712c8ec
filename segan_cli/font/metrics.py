"""Where a glyph sits, and how high a line is: CJK metrics on an em of 1,000 units."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from segan_cli.font.truetype import Bounds

EM: Final = 1000
ASCENDER: Final = 880
DESCENDER: Final = -120
"""The em box: 1,000 units from -120 to 880, as most CJK fonts have it."""

EM_CENTRE_Y: Final = (ASCENDER + DESCENDER) / 2
"""Height of the middle line, on which vertical text is centred."""


@dataclass(frozen=True, slots=True)
class FontMetrics:
    """Numbers for `head`, `hhea`, `vhea` and `OS/2`, in font units.

    Args:
        box: extremes of all glyphs (0, 0, 0, 0 for a font without ink).
        ascent: highest point of a line; nothing in the font is higher (win and hhea).
        descent: lowest point of a line, zero or negative.
        cap_height: height of H, else 0.
        x_height: height of x, else 0.
        average_width: mean of all advances that are not 0 (OS/2 version 3 and later).
    """

    box: Bounds
    ascent: int
    descent: int
    cap_height: int
    x_height: int
    average_width: int


def measure(
    boxes: Iterable[Bounds | None], advances: Iterable[int], *, cap: Bounds | None, small: Bounds | None
) -> FontMetrics:
    """Measure a font.

    Args:
        boxes: every glyph's bounds, None for one without ink.
        advances: every glyph's advance.
        cap: bounds of `H`, if the font has it.
        small: bounds of `x`, if the font has it.

    Returns:
        Line metrics that reach at least over the em box and clip no glyph, so that Word shows whole strokes.
    """
    inked = [box for box in boxes if box is not None] or [(0, 0, 0, 0)]
    columns = list(zip(*inked, strict=True))
    box = (min(columns[0]), min(columns[1]), max(columns[2]), max(columns[3]))
    widths = [advance for advance in advances if advance > 0] or [0]
    return FontMetrics(
        box,
        ascent=max(ASCENDER, box[3]),
        descent=min(DESCENDER, box[1]),
        cap_height=max(cap[3], 0) if cap else 0,
        x_height=max(small[3], 0) if small else 0,
        average_width=math.floor(sum(widths) / len(widths) + 0.5),
    )
