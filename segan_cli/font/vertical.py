"""Forms for vertical writing, derived from the font's own outlines (GSUB `vert`), and the dash of two ems."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from segan_cli.font.metrics import ASCENDER, EM, EM_CENTRE_Y
from segan_cli.font.region import Region
from segan_cli.font.rounding import rounded
from segan_cli.glyph import Contour, GlyphOutline

Point: TypeAlias = npt.NDArray[np.float64]
"""(2,) or (N, 2): x and y in font units."""

TURNED: Final = frozenset("（）［］｛｝「」『』【】〔〕〖〗〘〙〚〛《》〈〉｟｠—―⸺…‥ー～〜－＿｜＝‖〝〞〟〰゠￣“”‘’")
"""Brackets, quotation marks, dashes, ellipsis, long vowel mark and what else lies along the line: turned by 90° clockwise."""

STOPS: Final = frozenset("、。，．")
"""Moved from the lower left to the upper right of the em; in Taiwan they stand in its middle, and stay."""

MARKS: Final = frozenset("！？：；")
"""Mainland China: in the left half in a line, below the character and to the right in a column (GB/T 15834-2011, 5.1).
Japan turns the colon and the semicolon (UAX 50, Tr), and lets ！？ stand; Taiwan lets all four stand in the middle."""

SMALL_KANA: Final = frozenset("ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ")
"""In a line they sit low, in a column at the right (JIS X 4051)."""

SMALL_KANA_SHIFT: Final = EM // 8
"""How far small kana move to the right and up. Ours: LXGW WenKai moves hiragana by 138 units, katakana by 128 and 89."""

STAND_INS: Final[dict[Region, dict[str, str]]] = {
    "cn": dict(zip("“”‘’", "『』「」", strict=True)),
    "jp": dict(zip("“”", "〝〟", strict=True)),
    "tw": {},
}
"""Quotation marks whose place in a column another character's vertical form takes (GB/T 15834-2011, 5.2; JLREQ 3.1.2)."""

DOUBLED: Final = {"—": "⸺", "―": ""}
"""Dashes that are written twice, and the character that is the two of them in one (U+2E3A), if there is one."""


def vertical_form(outline: GlyphOutline, region: Region) -> GlyphOutline | None:
    """The glyph that stands in a vertical line in place of `outline`.

    Args:
        outline: font units, y up.
        region: whose rules.

    Returns:
        The turned or moved outline, with the same advance (a dash of two ems: one em); None when the character stands
        as it is.

    Source: Unicode Standard Annex 50, properties R and Tr (turned) and Tu (moved); GB/T 15834-2011; JIS X 4051.
    """
    char = outline.char
    if not outline.contours:
        return None
    if char in STOPS:
        return None if region == "tw" else _reflected(outline)
    if char in MARKS:
        return _mark(outline, region)
    if char in SMALL_KANA:
        return _small_kana(outline)
    return _turned(outline) if char in TURNED else None


def two_em_dash(outline: GlyphOutline) -> GlyphOutline | None:
    """A dash of two ems without a gap, for a dash of one em: its middle half is stretched, its ends stay as they are.

    Returns:
        An outline of twice the advance; None for what is no dash.
    """
    if outline.char not in DOUBLED or not outline.contours:
        return None
    return lengthened(outline, outline.advance)


def lengthened(dash: GlyphOutline, by: float) -> GlyphOutline:
    """The dash with its advance and the middle half of its ink longer (below 0: shorter) by font units; its ends keep their shape.

    A dash that would have no middle left becomes narrower as a whole.
    """
    low, high = _box(dash)
    width = high[0] - low[0]
    ends = low[0] + width / 4, high[0] - width / 4
    contours = []
    for contour in dash.contours:
        points = contour.points.copy()
        if by > -width / 4:
            points[:, 0] += by * np.clip((points[:, 0] - ends[0]) / max(ends[1] - ends[0], 1), 0, 1)
        else:
            points[:, 0] *= (dash.advance + by) / dash.advance
        contours.append(_with_points(contour, points))
    return GlyphOutline(dash.char, tuple(contours), round(dash.advance + by))


def _turned(outline: GlyphOutline) -> GlyphOutline:
    """Turn by 90° clockwise about the middle of the em; what is longer than an em begins at the em's top."""
    turn = np.array([[0.0, -1.0], [1.0, 0.0]])
    if outline.advance > EM:
        return _changed(outline, lambda points: (points - (0, EM_CENTRE_Y)) @ turn + (EM / 2, ASCENDER), EM)
    middle = np.array([outline.advance / 2, EM_CENTRE_Y])
    return _changed(outline, lambda points: (points - middle) @ turn + middle, outline.advance)


def _reflected(outline: GlyphOutline) -> GlyphOutline:
    """Move the ink's centre to the point opposite the em's middle: lower left to upper right."""
    return _moved_to(outline, np.array([EM, 2 * EM_CENTRE_Y]) - _centre(outline))


def _mark(outline: GlyphOutline, region: Region) -> GlyphOutline | None:
    if region == "cn":
        return _moved_to(outline, np.array([EM - _centre(outline)[0], EM_CENTRE_Y]))
    return _turned(outline) if region == "jp" and outline.char in "：；" else None


def _small_kana(outline: GlyphOutline) -> GlyphOutline:
    """To the right and up, as far as the em reaches."""
    _, (right, top) = _box(outline)
    room = np.maximum((outline.advance - right, ASCENDER - top), 0)
    return _moved_to(outline, _centre(outline) + np.minimum(SMALL_KANA_SHIFT, room))


def _box(outline: GlyphOutline) -> tuple[Point, Point]:
    points = np.concatenate([c.points for c in outline.contours])
    return points.min(axis=0), points.max(axis=0)


def _centre(outline: GlyphOutline) -> Point:
    low, high = _box(outline)
    return (low + high) / 2


def _moved_to(outline: GlyphOutline, centre: Point) -> GlyphOutline:
    shift = centre - _centre(outline)
    return _changed(outline, lambda points: points + shift, outline.advance)


def _changed(outline: GlyphOutline, change: Callable[[Point], Point], advance: int) -> GlyphOutline:
    return GlyphOutline(outline.char, tuple(_with_points(c, change(c.points)) for c in outline.contours), advance)


def _with_points(contour: Contour, points: Point) -> Contour:
    return Contour(rounded(points), contour.on_curve)
