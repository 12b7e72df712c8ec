"""Glyphs from another font, where the designer's own have none: Latin, digits and punctuation, and on request kana and Han."""

from __future__ import annotations

import io
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from textwrap import shorten
from typing import Any, Final

import numpy as np
from fontTools.misc.roundTools import otRound
from fontTools.pens.basePen import BasePen

from segan_cli.errors import UsageError, did_you_mean
from segan_cli.font.base_layout import base_layout, vertical_names
from segan_cli.font.glyph_order import SAME_AS, SPACES
from segan_cli.font.metrics import EM
from segan_cli.font.names import glyph_name
from segan_cli.font.placement import among_han
from segan_cli.font.region import Region
from segan_cli.font.reserved import reserved_names
from segan_cli.font.spec import FontSpec
from segan_cli.glyph import HAN_BLOCKS, Contour, GlyphOutline

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

KANA_RANGES: Final = ((0x3041, 0x309F), (0x30A0, 0x30FF), (0x31F0, 0x31FF), (0xFF61, 0xFF9F))
HAN_RANGES: Final = (
    *HAN_BLOCKS, (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3021, 0x3029), (0x3038, 0x303B),
)  # fmt: skip
"""The script Han as Unicode has it: the ideographs, and their radicals, numerals and marks."""

SCRIPTS: Final = ("latin", "kana", "han", "all")
"""What may be asked of a base font: `latin` is `BASE_CHARS`, `all` whatever it has."""

FORBIDDEN_EMBEDDING: Final = 0x0002
"""OS/2 fsType bit 1: the owner does not allow embedding."""

LICENSE_SHOWN: Final = 200
"""Letters of a base font's licence that its remark shows."""

FARTHEST: Final = 10 * EM
"""Font units from the origin that a glyph may reach."""


LEAST_AREA: Final = 4
"""Smaller contours are what rounding leaves where outlines overlapped, square font units."""

NO_CHAR: Final = "\ufffd"
"""Stands for the character of a glyph that only features reach."""


@dataclass(frozen=True)
class BasePart:
    """One file of a base font.

    Args:
        data: its bytes.
        number: the face in a collection, from 0.
        location: where on its axes a variable font is taken; None for a static one.
    """

    data: bytes = field(repr=False)
    number: int = 0
    location: Mapping[str, float] | None = None

    @cached_property
    def font(self) -> Any:
        """The font, to be read."""
        return self.copy(lazy=True)

    @cached_property
    def cmap(self) -> dict[str, str]:
        """Glyph names by character."""
        return {chr(code): glyph for code, glyph in (self.font.getBestCmap() or {}).items()}

    def copy(self, *, lazy: bool | None = None) -> Any:
        """The font once more, to be changed."""
        from fontTools.ttLib import TTFont

        return TTFont(io.BytesIO(self.data), fontNumber=self.number, lazy=lazy, recalcTimestamp=False)


@dataclass(frozen=True)
class BaseFont:
    """A font to take glyphs from, opened by the door that every font goes through.

    Args:
        name: what opened it.
        parts: its files; of two that have a character the first gives it.
        inked: the characters that it draws with ink.
        scripts: what is taken, of `SCRIPTS`.
    """

    name: str
    parts: tuple[BasePart, ...]
    inked: frozenset[str] = field(repr=False)
    scripts: frozenset[str] = frozenset({"latin"})

    @property
    def italic_angle(self) -> float:
        """Its slant in degrees, below 0 to the right; 0 where it is upright or does not say."""
        font = self.parts[0].font
        return float(font["post"].italicAngle) if "post" in font else 0.0

    def gives(self, wanted: Set[str] | None = None) -> frozenset[str]:
        """The characters that it can give: with ink, or blank because they are spaces.

        Args:
            wanted: Han (and whatever `all` takes) are limited to these; None: all.
        """
        mapped = {char for part in self.parts for char in part.cmap}
        drawn = {char for char in mapped if char in self.inked or char.isspace()}
        given = {char for char in drawn if self._is_wanted(char, wanted)}
        return frozenset(char for char in given if not _lacks_its_other_case(char, given))

    def _is_wanted(self, char: str, wanted: Set[str] | None) -> bool:
        if "latin" in self.scripts and char in BASE_CHARS:
            return True
        if "kana" in self.scripts and any(low <= ord(char) <= high for low, high in KANA_RANGES):
            return True
        ranges = {"han": HAN_RANGES, "all": ((0x20, 0x10FFFF),)}
        in_scripts = any(low <= ord(char) <= high for name in self.scripts & set(ranges) for low, high in ranges[name])
        return in_scripts and (wanted is None or char in wanted)


def _lacks_its_other_case(char: str, given: Set[str]) -> bool:
    """A letter with a capital or small counterpart that is not there, in a font of both: text in capitals would have gaps."""
    other = char.swapcase()
    return {"a", "A"} <= given and other != char and other in BASE_CHARS and other not in given


@dataclass(frozen=True, slots=True)
class BaseGlyphs:
    """What the base font gave.

    Args:
        outlines: scaled to 1,000 units an em, outer contours counter-clockwise.
        verticals: its own forms for vertical lines, by character.
        aliases: characters that show another one's glyph.
        extras: glyphs that only its features reach, by name: accents, ligatures, tabular figures.
        layouts: its features for these glyphs, named as this font names them.
        notes: the base font's name and licence, and what to watch.
    """

    outlines: tuple[GlyphOutline, ...] = ()
    verticals: Mapping[str, GlyphOutline] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, GlyphOutline] = field(default_factory=dict)
    layouts: tuple[Any, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def chars(self) -> tuple[str, ...]:
        """Every character that it gave."""
        return tuple(sorted({*(outline.char for outline in self.outlines), *self.aliases}))

    @property
    def drawings(self) -> dict[str, GlyphOutline]:
        """Outlines by character; those of forms and of glyphs without one by glyph name."""
        by_char = {outline.char: outline for outline in self.outlines}
        forms = {f"{glyph_name(char)}.vert": outline for char, outline in self.verticals.items()}
        return {**by_char, **forms, **self.extras}

    def among_han(self, region: Region) -> BaseGlyphs:
        """With dashes, ellipsis and interpunct as a text of Han needs them."""
        return replace(self, outlines=tuple(among_han(outline, region) for outline in self.outlines))


def parse_scripts(words: str) -> frozenset[str]:
    """Read `latin+kana`.

    Raises:
        UsageError: a word that is none of `SCRIPTS`.
    """
    scripts = [word.strip() for word in words.split("+")]
    for word in scripts:
        if word not in SCRIPTS:
            raise UsageError(
                f"--base-scripts is {words!r}; give {', '.join(SCRIPTS[:-1])} or {SCRIPTS[-1]}, "
                f"or several: latin+kana.{did_you_mean(word, SCRIPTS)}"
            )
    return frozenset(scripts)


def base_glyphs(base: BaseFont, taken: Set[str], spec: FontSpec, wanted: Set[str] | None = None) -> BaseGlyphs:
    """Take the glyphs of a base font that `taken` does not cover, with their advances, features and vertical forms.

    Args:
        base: the opened font.
        taken: characters that the designer's own glyphs cover.
        spec: the new font's names, compared with the base font's reserved ones.
        wanted: Han (and whatever `all` takes) are limited to these; None: all.
    """
    left = base.gives(wanted) - taken
    left = frozenset(char for char in left if SAME_AS.get(char) not in left | taken)
    names = {glyph_name(char) for char in left | taken | SPACES}
    used = names | {f"{name}.vert" for name in names}
    given = BaseGlyphs()
    for part in base.parts:
        chars = left & part.cmap.keys()
        left -= chars
        given = _joined(given, _from_part(part, sorted(chars), used | given.extras.keys()))
    count = len(given.outlines) + len(given.aliases)
    return _joined(given, BaseGlyphs(notes=_notes(base, count, spec)))


def _joined(one: BaseGlyphs, other: BaseGlyphs) -> BaseGlyphs:
    return BaseGlyphs(
        one.outlines + other.outlines,
        {**one.verticals, **other.verticals},
        {**one.aliases, **other.aliases},
        {**one.extras, **other.extras},
        one.layouts + other.layouts,
        one.notes + other.notes,
    )


def _from_part(part: BasePart, chars: list[str], used: Set[str]) -> BaseGlyphs:
    if not chars:
        return BaseGlyphs()
    glyphs = part.font.getGlyphSet(location=part.location)
    scale = EM / part.font["head"].unitsPerEm
    turned = vertical_names(part.font)
    first: dict[str, str] = {}
    for char in chars:
        first.setdefault(part.cmap[char], char)
    found = {glyph: _sound_outline(char, glyphs, glyph, scale) for glyph, char in first.items()}
    sound = {glyph: outline for glyph, outline in found.items() if outline is not None}
    chars = [char for char in chars if part.cmap[char] in sound]
    names = {glyph: glyph_name(first[glyph]) for glyph in sound}
    layout, reached = base_layout(part.copy(), part.location, chars, names, used)
    upright = {
        first[glyph]: _sound_outline(first[glyph], glyphs, turned[glyph], scale) for glyph in sound if glyph in turned
    }
    extras = {name: _sound_outline(NO_CHAR, glyphs, glyph, scale) for glyph, name in reached.items()}
    damaged = [first[glyph] for glyph in found.keys() - sound.keys()]
    return BaseGlyphs(
        tuple(sound.values()),
        {char: outline for char, outline in upright.items() if outline is not None},
        {char: shown for char in chars if (shown := first[part.cmap[char]]) != char},
        {name: outline or GlyphOutline(NO_CHAR, (), 0) for name, outline in extras.items()},
        (layout,) if layout else (),
        (f"{len(damaged)} glyphs of it are damaged and were left out: {''.join(sorted(damaged)[:40])}",)
        if damaged
        else (),
    )


def _sound_outline(char: str, glyph_set: Any, name: str, scale: float) -> GlyphOutline | None:
    """A glyph's outline; None for one that is damaged, or so large that no font can hold it: it costs no other."""
    try:
        outline = _outline(char, glyph_set, name, scale)
    except Exception:  # fontTools and Skia raise of every kind on damaged outlines
        return None
    largest = max((float(np.abs(contour.points).max()) for contour in outline.contours), default=0.0)
    return outline if largest <= FARTHEST and outline.advance <= FARTHEST else None


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
    return GlyphOutline(char, tuple(pen.contours), max(round(glyph.width * scale), 0))


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
            contour = Contour(np.array(self._points, np.float64), np.array(self._on_curve))
            if abs(_area(contour)) >= LEAST_AREA:
                self.contours.append(contour)

    _endPath = _closePath


def _area(contour: Contour) -> float:
    x, y = contour.points.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def _whole(point: tuple[float, float]) -> tuple[int, int]:
    return otRound(point[0]), otRound(point[1])


def _notes(base: BaseFont, count: int, spec: FontSpec) -> tuple[str, ...]:
    font = base.parts[0].font
    name = font["name"]
    family = name.getDebugName(16) or name.getDebugName(1) or base.name
    license = name.getDebugName(13) or name.getDebugName(14) or "not stated in the font"
    notes = [
        f"{count} glyphs come from {family} ({name.getDebugName(5) or 'no version'}). Its licence: {shorten(license, LICENSE_SHOWN)}"
    ]
    if "OS/2" in font and font["OS/2"].fsType & 0xF == FORBIDDEN_EMBEDDING:
        notes.append(f"{family} forbids embedding (fsType 2). Ask its owner before you pass this font on.")
    reserved = reserved_names(f"{name.getDebugName(0) or ''} {name.getDebugName(13) or ''}")
    if any(word.lower() in f"{spec.family} {spec.family_zh}".lower() for word in reserved):
        notes.append(
            f"{family} reserves the name {', '.join(reserved)}: its licence does not allow it in the family name {spec.family!r}."
        )
    if "Open Font License" in license and "Open Font License" not in spec.license_text:
        notes.append(
            f"{family} is under the SIL Open Font License, so this font has to be as well. Say --license OFL-1.1."
        )
    return tuple(notes)
