"""Latin, digits and punctuation from another font, where the designer's own glyphs have none."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from fontTools.pens.basePen import BasePen

from segan_cli.errors import UsageError
from segan_cli.font.metrics import EM
from segan_cli.font.spec import FontSpec
from segan_cli.glyph import Contour, GlyphOutline

BASE_RANGES: Final = (
    (0x20, 0x7E), (0xA0, 0x17F), (0x18F, 0x18F), (0x192, 0x192), (0x1E6, 0x1E7), (0x1EA, 0x1EB), (0x1FA, 0x1FF),
    (0x200, 0x21B), (0x22A, 0x22D), (0x230, 0x233), (0x237, 0x237), (0x259, 0x259), (0x2BB, 0x2BC), (0x2C6, 0x2C7),
    (0x2D8, 0x2DD), (0x300, 0x304), (0x306, 0x308), (0x30A, 0x30C), (0x312, 0x312), (0x326, 0x328), (0x1E80, 0x1E85), (0x1E9E, 0x1E9E), (0x1EF2, 0x1EF3), (0x2010, 0x2015), (0x2018, 0x201E),
    (0x2020, 0x2022), (0x2026, 0x2026), (0x2030, 0x2030), (0x2032, 0x2033), (0x2039, 0x203A), (0x203B, 0x203B),
    (0x2044, 0x2044), (0x2070, 0x2070), (0x2074, 0x2079), (0x2080, 0x2089), (0x20A6, 0x20A6), (0x20A9, 0x20A9),
    (0x20AB, 0x20AC), (0x20B9, 0x20BA), (0x20BD, 0x20BD), (0x2103, 0x2103), (0x2116, 0x2117), (0x2122, 0x2122),
    (0x2190, 0x2199), (0x2212, 0x2212), (0x2215, 0x2215), (0x2219, 0x221A), (0x221E, 0x221E), (0x2248, 0x2248),
    (0x2260, 0x2260), (0x2264, 0x2265), (0x25CA, 0x25CA), (0x25CC, 0x25CC), (0x3001, 0x3003), (0x3008, 0x3011), (0x3014, 0x3017),
    (0x301C, 0x301E), (0x30FB, 0x30FC), (0xFF01, 0xFF5E), (0xFFE0, 0xFFE6),
)  # fmt: skip
"""Latin with accents, digits, punctuation (also full-width), currency and common signs."""

BASE_CHARS: Final = frozenset(chr(code) for low, high in BASE_RANGES for code in range(low, high + 1))
"""The characters of `BASE_RANGES`."""

FORBIDDEN_EMBEDDING: Final = 0x0002
"""OS/2 fsType bit 1: the owner does not allow embedding."""


@dataclass(frozen=True, slots=True)
class BaseGlyphs:
    """What the base font gave.

    Args:
        outlines: scaled to 1,000 units an em, outer contours counter-clockwise.
        notes: the base font's name and licence, and what to watch.
    """

    outlines: tuple[GlyphOutline, ...]
    notes: tuple[str, ...]


def base_glyphs(path: Path, taken: Set[str], spec: FontSpec) -> BaseGlyphs:
    """Take the characters of `BASE_CHARS` that are not in `taken`.

    Args:
        path: TTF or OTF; of a variable font the default instance is drawn, of a collection the first face.
        taken: characters that the designer's own glyphs cover.
        spec: the new font's names, compared with the base font's reserved ones.

    Raises:
        UsageError: the file is missing or is no font.
    """
    font = _opened(path)
    cmap = font.getBestCmap() or {}
    chars = [char for char in sorted(BASE_CHARS) if char not in taken and ord(char) in cmap]
    glyph_set, scale = font.getGlyphSet(), EM / font["head"].unitsPerEm
    outlines = tuple(_outline(char, glyph_set, cmap[ord(char)], scale) for char in chars)
    notes = _notes(font, path, len(outlines), spec)
    font.close()
    return BaseGlyphs(outlines, notes)


def chars_of_base_font(path: Path) -> frozenset[str]:
    """The characters that `base_glyphs` can take from a font.

    Raises:
        UsageError: the file is missing or is no font.
    """
    font = _opened(path)
    mapped = font.getBestCmap() or {}
    font.close()
    return BASE_CHARS.intersection(map(chr, mapped))


def check_base_font(path: Path) -> None:
    """Open the font and close it, so that a wrong one is told before the long work.

    Raises:
        UsageError: the file is missing or is no font.
    """
    _opened(path).close()


def _opened(path: Path) -> Any:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        font = TTFont(io.BytesIO(path.read_bytes()), fontNumber=0, lazy=True)
        font.getBestCmap(), font["head"], font["hmtx"], font.getGlyphSet()
    except (OSError, TTLibError, KeyError, ValueError, AssertionError) as error:
        cause = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
        raise UsageError(f"The base font {path} cannot be read: {cause}. Give a TTF or OTF file.") from error
    return font


def _outline(char: str, glyph_set: Any, name: str, scale: float) -> GlyphOutline:
    """One glyph without overlaps, outer contours counter-clockwise, in whole units."""
    import pathops
    from fontTools.pens.transformPen import TransformPen

    path = pathops.Path()
    glyph = glyph_set[name]
    glyph.draw(TransformPen(path.getPen(glyphSet=glyph_set), (scale, 0, 0, scale, 0, 0)))
    path.simplify(fix_winding=True, keep_starting_points=True, clockwise=False)
    pen = _ContourPen()
    path.draw(pen)
    return GlyphOutline(char, tuple(pen.contours), round(glyph.width * scale))


class _ContourPen(BasePen):  # type: ignore[misc]
    """Collects contours in whole units; `BasePen` turns quadratic curves into cubic ones."""

    def __init__(self) -> None:
        super().__init__(None)
        self.contours: list[Contour] = []
        self._points: list[tuple[int, int]] = []
        self._on_curve: list[bool] = []

    def _moveTo(self, point: tuple[float, float]) -> None:
        self._points, self._on_curve = [_whole(point)], [True]

    def _lineTo(self, point: tuple[float, float]) -> None:
        if _whole(point) != self._points[-1]:
            self._points.append(_whole(point))
            self._on_curve.append(True)

    def _curveToOne(self, first: tuple[float, float], second: tuple[float, float], end: tuple[float, float]) -> None:
        curve = [_whole(first), _whole(second), _whole(end)]
        if any(point != self._points[-1] for point in curve):
            self._points += curve
            self._on_curve += [False, False, True]

    def _closePath(self) -> None:
        if len(self._points) > 1 and self._points[-1] == self._points[0]:
            self._points.pop()
            self._on_curve.pop()
        if sum(self._on_curve) > 1:
            self.contours.append(Contour(np.array(self._points, np.float64), np.array(self._on_curve)))

    _endPath = _closePath


def _whole(point: tuple[float, float]) -> tuple[int, int]:
    return math.floor(point[0] + 0.5), math.floor(point[1] + 0.5)


def _notes(font: Any, path: Path, count: int, spec: FontSpec) -> tuple[str, ...]:
    name = font["name"]
    family = name.getDebugName(16) or name.getDebugName(1) or path.stem
    licence = name.getDebugName(13) or name.getDebugName(14) or "not stated in the font"
    notes = [f"{count} glyphs come from {family} ({name.getDebugName(5) or 'no version'}). Its licence: {licence}"]
    if "OS/2" in font and font["OS/2"].fsType & 0xF == FORBIDDEN_EMBEDDING:
        notes.append(f"{family} forbids embedding (fsType 2). Ask its owner before you pass this font on.")
    reserved = _reserved_names(f"{name.getDebugName(0) or ''} {name.getDebugName(13) or ''}")
    if any(word.lower() in f"{spec.family} {spec.family_zh}".lower() for word in reserved):
        notes.append(
            f"{family} reserves the name {', '.join(reserved)}: its licence does not allow it in the family name {spec.family!r}."
        )
    if "Open Font License" in licence and "Open Font License" not in spec.license_text:
        notes.append(
            f"{family} is under the SIL Open Font License, so this font has to be as well. Say --license OFL-1.1."
        )
    return tuple(notes)


def _reserved_names(text: str) -> list[str]:
    """Names after "Reserved Font Name(s)" in a copyright or licence line."""
    match = re.search(r"(?i)reserved font names?:?\s+([^.;\n]+)", text)
    if not match:
        return []
    quoted = re.findall(r"[\"'“‘]([^\"'”’]+)[\"'”’]", match[1])
    return [word.strip() for word in quoted or re.split(r",| and ", match[1]) if word.strip()]
