"""Where a glyph sits, and how high a line is: CJK metrics on an em of 1,000 units."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from fontTools.misc.roundTools import otRound

from segan_cli.font.rounding import rounded
from segan_cli.font.truetype import Bounds
from segan_cli.glyph import Contour, GlyphOutline

EM: Final = 1000
ASCENDER: Final = 880
DESCENDER: Final = -120
"""The em box: 1,000 units from -120 to 880, as most CJK fonts have it."""

EM_CENTRE_Y: Final = (ASCENDER + DESCENDER) / 2
"""Height of the middle line, on which vertical text is centred."""


@dataclass(frozen=True, slots=True)
class EmBox:
    """The em of a font: where glyphs that were placed on an em of 1,000 units go.

    Args:
        units_per_em: font units an em.
        bottom: y of the ideographic box's lower edge, font units.
    """

    units_per_em: int = EM
    bottom: float = DESCENDER

    @property
    def scale(self) -> float:
        """Font units for a unit of the em of 1,000."""
        return self.units_per_em / EM

    def placed(self, outline: GlyphOutline) -> GlyphOutline:
        """An outline of the em of 1,000 units in this one."""
        shift = np.array([0, self.bottom - DESCENDER * self.scale])
        contours = tuple(Contour(rounded(c.points * self.scale + shift), c.on_curve) for c in outline.contours)
        return GlyphOutline(outline.char, contours, round(outline.advance * self.scale))


@dataclass(frozen=True, slots=True)
class FontMetrics:
    """Numbers for `head` and `OS/2` that depend on the glyphs, in font units.

    Args:
        box: extremes of all glyphs (0, 0, 0, 0 for a font without ink).
        cap_height: height of H, else 0.
        x_height: height of x, else 0.
        average_width: mean of all advances that are not 0 (OS/2 version 3 and later).
    """

    box: Bounds
    cap_height: int
    x_height: int
    average_width: int


@dataclass(frozen=True, slots=True)
class LineMetrics:
    """Where a line begins and ends, the same for every set of glyphs; font units.

    Args:
        ascent: highest point of a line (hhea and win).
        descent: lowest point, zero or negative.
        typo_ascent: OS/2 sTypoAscender.
        typo_descent: OS/2 sTypoDescender.
    """

    ascent: int
    descent: int
    typo_ascent: int
    typo_descent: int

    @property
    def use_typo(self) -> bool:
        """Whether all three pairs agree, so that OS/2 fsSelection bit 7 (USE_TYPO_METRICS) may say so."""
        return (self.ascent, self.descent) == (self.typo_ascent, self.typo_descent)


def line_metrics(height: float, kind: str) -> LineMetrics:
    """The em box with as much air above as below.

    Args:
        height: of a line, in ems, 1 or more.
        kind: "equal": typo, hhea and win are the same; "cjk": typo is the em box, as Source Han and the Google Fonts
            specification for CJK have it.
    """
    air = round((height - 1) * EM)
    ascent, descent = ASCENDER + air - air // 2, DESCENDER - air // 2
    return LineMetrics(ascent, descent, *((ascent, descent) if kind == "equal" else (ASCENDER, DESCENDER)))


def height_for(box: Bounds) -> float:
    """The least line height, in hundredths of an em, that clips no ink in `box`."""
    over = max(box[3] - ASCENDER, DESCENDER - box[1], 0)
    return math.ceil(100 + 200 * over / EM) / 100


def measure(
    boxes: Iterable[Bounds | None], advances: Iterable[int], *, cap: Bounds | None, small: Bounds | None
) -> FontMetrics:
    """Measure a font.

    Args:
        boxes: every glyph's bounds, None for one without ink.
        advances: every glyph's advance.
        cap: bounds of `H`, if the font has it.
        small: bounds of `x`, if the font has it.
    """
    inked = [box for box in boxes if box is not None] or [(0, 0, 0, 0)]
    columns = list(zip(*inked, strict=True))
    box = (min(columns[0]), min(columns[1]), max(columns[2]), max(columns[3]))
    widths = [advance for advance in advances if advance > 0] or [0]
    return FontMetrics(
        box,
        cap_height=max(cap[3], 0) if cap else 0,
        x_height=max(small[3], 0) if small else 0,
        average_width=otRound(sum(widths) / len(widths)),
    )
