"""Glyphs whose ink is unlike the rest of their hand's: clotted, in pieces, too heavy, too light. No recogniser is asked.

Each figure is held against what is usual in the same run for a character of as many strokes: a heavy hand is no fault, nor is a
dense character's fine stroke.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Ink, Line
from segan_cli.ink import INK, count_parts
from segan_cli.source.stroke_width import stroke_widths

LIMIT = 4.0
"""A figure is a fault from so many robust deviations beyond what is usual on."""
CLOTTED, FEWER = 1.5, -1.5
"""Deviations from which on a glyph is clotted: its densest place is blacker than usual, and it has less of centre lines."""
GAP = 0.045
"""Pieces of ink that are so much of the side apart may be one broken stroke."""
LEAST = 40
"""From so many glyphs on there is a usual."""

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class InkFigures:
    """What is measured of one glyph; lengths are in thousandths of the side.

    Args:
        strokes: length of the source glyph's centre lines, which tells how many strokes the character has.
        weight: mean width of the drawn strokes, a pixel wider than `stroke_widths`: journals of earlier runs have it so.
        densest: the largest share of ink in any square of an eighth of the side.
        lines: length of the drawn glyph's centre lines over the source's.
        gaps: pieces of ink that lie so near to another one that a stroke may be broken there.
    """

    strokes: float
    weight: float
    densest: float
    lines: float
    gaps: int


def ink_figures(ink: Ink, line: Line, source_line: Line) -> InkFigures:
    """Measure a drawn glyph.

    Args:
        ink: (S, S) float32, not blank.
        line: (S, S) bool, its centre lines.
        source_line: (S, S) bool, the source glyph's, in the hand's place.
    """
    from scipy import ndimage

    inked = ink >= INK
    side = ink.shape[0]
    drawn, source = int(line.sum()), max(int(source_line.sum()), 1)
    closed = ndimage.maximum_filter(inked.view(np.uint8), 2 * round(GAP * side / 2) + 1, mode="constant")
    return InkFigures(
        strokes=round(source * 1000 / side, 1),
        weight=round(1000 / side * (float(stroke_widths(ink, line).mean()) + 1), 2),
        densest=round(float(ndimage.uniform_filter(ink, max(3, side // 8), mode="constant").max()), 4),
        lines=round(drawn / source, 4),
        gaps=count_parts(ink) - count_parts(closed.astype(np.float32)),
    )


def ink_faults(figures: Mapping[str, InkFigures]) -> dict[str, tuple[str, ...]]:
    """What is wrong with the ink of which characters, in words for a report.

    Args:
        figures: by character. Fewer than 40 tell nothing of what is usual: nothing is wrong.

    Returns:
        The characters with a fault alone.
    """
    if len(figures) < LEAST:
        return {}
    chars = list(figures)
    strokes = np.log([figures[char].strokes for char in chars])

    def beyond(name: str, least: float) -> Values:
        values = np.array([float(getattr(figures[char], name)) for char in chars])
        return _deviations(values, strokes, least * float(np.median(values)))

    weight, densest, lines = beyond("weight", 0.06), beyond("densest", 0.05), beyond("lines", 0.05)
    gaps = _deviations(np.array([float(figures[char].gaps) for char in chars]), strokes, 0.75)
    found: dict[str, tuple[str, ...]] = {}
    for row, char in enumerate(chars):
        one = figures[char]
        faults = (
            (densest[row] > CLOTTED and lines[row] < FEWER, f"clotted: {one.densest:.0%} ink in its densest place"),
            (gaps[row] > LIMIT, f"broken: {one.gaps} narrow gaps between pieces"),
            (weight[row] > LIMIT, f"heavier than its like: {one.weight:.0f} thousandths of the em"),
            (weight[row] < -LIMIT, f"lighter than its like: {one.weight:.0f} thousandths of the em"),
        )
        if wrong := tuple(fault for is_fault, fault in faults if is_fault):
            found[char] = wrong
    return found


def _deviations(values: Values, strokes: Values, least: float) -> Values:
    """How many robust deviations, each of `least` or more, a value lies from the line that the values follow over the strokes.

    Source: ours: least squares twice, the second time without what lies furthest off, and the median absolute deviation.
    """
    kept = np.ones(len(values), bool)
    for _ in range(2):
        slope, start = (
            np.polyfit(strokes[kept], values[kept], 1) if np.ptp(strokes[kept]) > 0 else (0.0, np.median(values))
        )
        rest = values - slope * strokes - start
        kept = np.abs(rest) <= np.quantile(np.abs(rest), 0.9)
    deviation = 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
    return np.asarray((rest - np.median(rest)) / max(deviation, least), dtype=np.float64)
