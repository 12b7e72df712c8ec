"""Where a glyph image's ink sits in its advance: punctuation in its half, Latin proportional, ideographs centred."""

from __future__ import annotations

import unicodedata
from typing import Final

import numpy as np
import numpy.typing as npt

from segan_cli.font.metrics import EM, EM_CENTRE_Y
from segan_cli.font.region import Region
from segan_cli.font.vertical import DOUBLED, MARKS, STOPS, lengthened
from segan_cli.glyph import Contour, GlyphOutline

OPENING: Final = frozenset("〈《「『【〔〖〘〚〝（［｛｟‘“")
"""Full-width punctuation with its ink in the right half of the em."""

CLOSING: Final = frozenset("〉》」』】〕〗〙〛〞〟）］｝｠、。，．’”")
"""Full-width punctuation with its ink in the left half of the em."""

INTERPUNCT: Final = "·"
"""Half an em, in its middle (GB/T 15834-2011, 5.1)."""

ELLIPSIS: Final = "…"
"""One em, its dots a third of an em apart at half the em's height (GB/T 15834-2011, 5.1; JIS X 4051)."""

TWO_EM_DASH: Final = "⸺"

NEAR_MIDDLE: Final = EM // 20
"""Ink that lies so near to half the em's height is that of a font for Han, font units."""

SIDE_BEARING: Final = 50
"""Space at each side of a proportional glyph, font units: a twentieth of the em."""

HALF_WIDTH_BEARING: Final = 20
"""Least space at each side of a half-width kana, font units."""

OPTICAL_LIMIT: Final = 60
"""Farthest that optical centring moves a glyph, font units."""


def place_glyph(outline: GlyphOutline, *, region: Region = "cn", optical_centring: bool = False) -> GlyphOutline:
    """Give an outline that came from a square image its advance and its place.

    - Latin letters, digits and narrow punctuation: proportional, ink width plus `SIDE_BEARING` at each side.
    - Opening and closing punctuation: advance 1000, ink in its half. Ink that is there already stays; other ink is
      moved sideways until its middle is the half's middle, and never farther than the em's edge if it fits the half.
      Which punctuation that is depends on the region.
    - Stops in Taiwan, and ！？：； in Taiwan and Japan: ink that does not lie in the em's middle half is moved into its
      middle, marks sideways alone.
    - Half-width kana and the interpunct: advance 500, ink in the middle, kana that are wider made narrower.
    - The dash of two ems: advance 2000, stretched.
    - All else: advance as it is; with `optical_centring` an ideograph's ink mass moves towards the em's middle, at
      most `OPTICAL_LIMIT` units, and never out of the em.

    Args:
        outline: font units, full-width, from an image. Outlines of a base font are placed already.
        region: whose rules punctuation follows.
        optical_centring: centre ideographs by ink mass.

    Returns:
        The outline, moved by whole units.
    """
    if not outline.contours:
        return outline
    if outline.char in OPENING:
        return _in_half(outline, 3 * EM // 4)
    if outline.char in _closing(region):
        return _in_half(outline, EM // 4)
    if outline.char in STOPS | MARKS:
        return _in_middle(outline, upright=outline.char in STOPS)
    if outline.char == INTERPUNCT or is_half_width(outline.char):
        return _half_width(outline)
    if outline.char == TWO_EM_DASH:
        return _squeezed(outline, 2, 2 * EM)
    if is_proportional(outline.char):
        return _proportional(outline)
    if optical_centring and unicodedata.category(outline.char) == "Lo":
        return _centred(outline)
    return outline


def among_han(outline: GlyphOutline, region: Region) -> GlyphOutline:
    """A sign of a base font as it stands in a text of Han, where its width and height for Latin would leave gaps.

    - Dashes (U+2014, U+2015): one em wide and at half the em's height, so that two of them join to two ems.
    - The ellipsis: one em, at the same height.
    - In mainland China the interpunct: half an em.

    Signs that are one em wide and stand at that height already, as in fonts for Han, stay as they are.

    Args:
        outline: placed as its font has it, scaled to an em of 1,000 units.
        region: whose rules punctuation follows.
    """
    if outline.char == INTERPUNCT and region == "cn":
        return place_glyph(outline)
    if outline.char not in {*DOUBLED, ELLIPSIS} or not outline.contours:
        return outline
    _, bottom, _, top = _box(outline)
    up = EM_CENTRE_Y - (bottom + top) / 2
    if outline.advance == EM and abs(up) <= NEAR_MIDDLE:
        return outline
    if outline.char in DOUBLED:
        return _shifted(lengthened(outline, EM - outline.advance), 0, up, EM)
    return _spread_dots(_shifted(outline, (EM - outline.advance) / 2, up, EM))


def _spread_dots(outline: GlyphOutline) -> GlyphOutline:
    """Three dots go where the middles of the em's thirds are; other drawings stay."""
    if len(outline.contours) != 3:
        return outline
    dots = sorted(outline.contours, key=lambda contour: contour.points[:, 0].min())
    moved = []
    for k, dot in enumerate(dots):
        middle = (dot.points[:, 0].min() + dot.points[:, 0].max()) / 2
        right = round((2 * k + 1) * EM / 6 - middle)
        moved.append(Contour(dot.points + np.array([right, 0]), dot.on_curve))
    return GlyphOutline(outline.char, tuple(moved), outline.advance)


def is_proportional(char: str) -> bool:
    """Whether a character takes the width of its ink: Latin, Greek, Cyrillic, digits and narrow signs.

    Source: Unicode Standard Annex 11 (East Asian Width): neither wide nor full-width, and no symbol of CJK use.
    """
    return unicodedata.east_asian_width(char) not in "WF" and (ord(char) < 0x2000 or 0x20A0 <= ord(char) < 0x20D0)


def is_half_width(char: str) -> bool:
    """Half-width kana, their punctuation, half-width Hangul and signs (East Asian Width H)."""
    return "\uff61" <= char <= "\uffee" and unicodedata.east_asian_width(char) == "H"


def _closing(region: Region) -> frozenset[str]:
    return CLOSING | MARKS if region == "cn" else CLOSING - STOPS if region == "tw" else CLOSING


def _half_width(outline: GlyphOutline) -> GlyphOutline:
    left, _, right, _ = _box(outline)
    room = EM / 2 - 2 * HALF_WIDTH_BEARING
    if right - left > room:
        outline = _squeezed(outline, room / (right - left), outline.advance)
    left, bottom, right, top = _box(outline)
    dy = EM_CENTRE_Y - (bottom + top) / 2 if outline.char == INTERPUNCT else 0
    return _shifted(outline, EM / 4 - (left + right) / 2, dy, EM // 2)


def _squeezed(outline: GlyphOutline, factor: float, advance: int) -> GlyphOutline:
    """All x times `factor`."""
    contours = tuple(Contour(c.points * (factor, 1), c.on_curve) for c in outline.contours)
    return GlyphOutline(outline.char, contours, advance)


def _box(outline: GlyphOutline) -> tuple[float, float, float, float]:
    points = np.concatenate([c.points for c in outline.contours])
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _in_half(outline: GlyphOutline, middle: int) -> GlyphOutline:
    left, _, right, _ = _box(outline)
    if middle - EM / 4 <= left and right <= middle + EM / 4:
        return _shifted(outline, 0, 0, EM)
    return _shifted(outline, middle - (left + right) / 2, 0, EM)


def _in_middle(outline: GlyphOutline, *, upright: bool) -> GlyphOutline:
    """Sideways, and with `upright` up or down, too; ink in the middle half of the em stays where it is."""
    left, bottom, right, top = _box(outline)
    quarter = EM / 4
    aside = right - EM / 2 > quarter or EM / 2 - left > quarter
    below = upright and (top - EM_CENTRE_Y > quarter or EM_CENTRE_Y - bottom > quarter)
    dx = EM / 2 - (left + right) / 2 if aside else 0
    dy = EM_CENTRE_Y - (bottom + top) / 2 if below else 0
    return _shifted(outline, dx, dy, EM)


def _proportional(outline: GlyphOutline) -> GlyphOutline:
    left, _, right, _ = _box(outline)
    return _shifted(outline, SIDE_BEARING - left, 0, round(right - left) + 2 * SIDE_BEARING)


def _centred(outline: GlyphOutline) -> GlyphOutline:
    x, y = ink_centre(outline)
    left, bottom, right, top = _box(outline)
    dx = _limited(outline.advance / 2 - x, -left, outline.advance - right)
    dy = _limited(EM_CENTRE_Y - y, EM_CENTRE_Y - EM / 2 - bottom, EM_CENTRE_Y + EM / 2 - top)
    return _shifted(outline, dx, dy, outline.advance)


def _limited(wish: float, room_below: float, room_above: float) -> float:
    """`wish`, but neither beyond `OPTICAL_LIMIT` nor beyond the em; ink that sticks out already is not pushed farther."""
    low, high = max(-OPTICAL_LIMIT, min(room_below, 0)), min(OPTICAL_LIMIT, max(room_above, 0))
    return min(max(wish, low), high)


def ink_centre(outline: GlyphOutline) -> tuple[float, float]:
    """Centroid of the inked area, font units (contours of opposite directions cancel out)."""
    polygons = [_polygon(contour) for contour in outline.contours]
    area, moment = 0.0, np.zeros(2)
    for polygon in polygons:
        ahead = np.roll(polygon, -1, axis=0)
        cross = polygon[:, 0] * ahead[:, 1] - ahead[:, 0] * polygon[:, 1]
        area += cross.sum() / 2
        moment += ((polygon + ahead) * cross[:, None]).sum(axis=0) / 6
    if abs(area) < 1:
        left, bottom, right, top = _box(outline)
        return (left + right) / 2, (bottom + top) / 2
    return float(moment[0] / area), float(moment[1] / area)


def _polygon(contour: Contour) -> npt.NDArray[np.float64]:
    """The contour as a polygon: on-curve points and the middle of each curve."""
    points, on_curve = contour.points, contour.on_curve
    weights = np.array([1, 3, 3, 1]) / 8
    corners: list[npt.NDArray[np.float64]] = []
    for i in np.flatnonzero(on_curve):
        corners.append(points[i])
        if not on_curve[(i + 1) % len(points)]:
            corners.append(weights @ points[(i + np.arange(4)) % len(points)])
    return np.array(corners)


def _shifted(outline: GlyphOutline, dx: float, dy: float, advance: int) -> GlyphOutline:
    shift = np.array([round(dx), round(dy)], np.float64)
    contours = tuple(Contour(c.points + shift, c.on_curve) for c in outline.contours)
    return GlyphOutline(outline.char, contours, advance)
