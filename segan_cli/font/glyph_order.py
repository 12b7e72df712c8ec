"""Which glyphs a font holds, under which names, in which order; the format's limits are checked here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np

from segan_cli.errors import SeganError
from segan_cli.font.compile import CompiledGlyph, Flavor, compile_glyph
from segan_cli.font.metrics import EM
from segan_cli.font.names import glyph_name
from segan_cli.font.region import Region
from segan_cli.font.vertical import DOUBLED, STAND_INS
from segan_cli.glyph import Contour, GlyphOutline

GLYPH_LIMIT: Final = 65_535
"""Most glyphs in a font: their numbers have 16 bits (`maxp.numGlyphs`)."""

NAME_LIMIT: Final = 64_000
"""Most glyphs in an OTF: CFF numbers its strings up to 64,999, and each glyph's name is one (Technical Note 5176)."""

NOTDEF: Final = ".notdef"
SPACE_ADVANCE: Final = 250
"""Advance of the space when nobody brings one: a quarter of the em."""

SPACES: Final = frozenset(" \u3000")
"""Characters that every font gets, if nobody brings them."""

SAME_AS: Final = {"\u00a0": " ", "\u00ad": "-"}
"""Characters that show another one's glyph: no-break space and soft hyphen."""


Form: TypeAlias = Literal["drawn", "doubled", "vertical", "doubled vertical", "extra"]
"""How a glyph was made of its character's outline: as it is, as a dash of two ems, for vertical lines; `extra` has none."""


@dataclass(frozen=True, slots=True)
class PlacedGlyph:
    """A glyph with its name and the characters that show it.

    Args:
        name: as editors know it.
        chars: characters mapped to it; empty for forms that features reach.
        glyph: what is drawn.
        form: how it was made of its character's outline.
        upright: for a vertical form, the glyph whose place it takes.
    """

    name: str
    chars: tuple[str, ...]
    glyph: CompiledGlyph
    form: Form = "drawn"
    upright: str = ""

    @property
    def height(self) -> int:
        """Advance in a vertical line, font units."""
        return 2 * EM if self.form == "doubled vertical" else EM


def order_glyphs(
    glyphs: Iterable[CompiledGlyph],
    flavors: tuple[Flavor, ...],
    *,
    region: Region = "cn",
    aliases: Mapping[str, str] | None = None,
    extras: Mapping[str, CompiledGlyph] | None = None,
) -> tuple[PlacedGlyph, ...]:
    """Sort glyphs into the font's order and add what every font needs.

    Args:
        glyphs: in any order; of two glyphs for one character the first wins.
        flavors: in which the added glyphs are compiled.
        region: whose quotation marks stand in vertical lines.
        aliases: characters that show another one's glyph, besides `SAME_AS`.
        extras: glyphs without a character, by name.

    Returns:
        `.notdef`, the glyphs by code point (with space, no-break space and ideographic space), then dashes of two ems
        that have no code point, then vertical forms, then `extras`.

    Raises:
        SeganError: more glyphs than a font can hold.
    """
    by_char: dict[str, CompiledGlyph] = {}
    for glyph in glyphs:
        by_char.setdefault(glyph.char, glyph)
    for outline in (space_outline(), ideographic_space_outline()):
        by_char.setdefault(outline.char, compile_glyph(outline, flavors))
    same = {**(aliases or {}), **SAME_AS}
    for char, shown in same.items():
        if shown in by_char:
            by_char.pop(char, None)
    placed = [PlacedGlyph(NOTDEF, (), compile_glyph(notdef_outline(), flavors))]
    placed += [PlacedGlyph(glyph_name(char), _shown_by(char, same), by_char[char]) for char in sorted(by_char)]
    placed = sorted([*placed, *_doubled(placed)], key=_by_code_point)
    placed += _vertical(placed, STAND_INS[region])
    placed += [PlacedGlyph(name, (), glyph, "extra") for name, glyph in (extras or {}).items()]
    check_glyph_count(len(placed), flavors)
    return tuple(placed)


def stand_ins(placed: Sequence[PlacedGlyph], region: Region) -> list[tuple[str, str]]:
    """Pairs of a quotation mark and the vertical form of another character that takes its place in a column."""
    forms = {p.glyph.char: f"{p.name}.vert" for p in placed if p.form == "drawn" and p.glyph.vertical}
    names = {char: p.name for p in placed for char in p.chars}
    pairs = STAND_INS[region].items()
    return [(names[char], forms[other]) for char, other in pairs if char in names and other in forms]


def _doubled(placed: Sequence[PlacedGlyph]) -> list[PlacedGlyph]:
    """Dashes of two ems, for the dashes that are there; a dash of two ems that somebody drew stays."""
    there = {char for p in placed for char in p.chars}
    dashes = [(p, DOUBLED[p.glyph.char]) for p in placed if p.glyph.doubled and p.form == "drawn"]
    return [
        PlacedGlyph(
            glyph_name(char) if char else f"{p.name}_{p.name}", (char,) if char else (), p.glyph.doubled, "doubled"
        )
        for p, char in dashes
        if p.glyph.doubled and char not in there
    ]


def _vertical(placed: Sequence[PlacedGlyph], stand_ins: Mapping[str, str]) -> list[PlacedGlyph]:
    """Vertical forms; a quotation mark needs none of its own where another character's form takes its place."""
    turned = {p.glyph.char for p in placed if p.glyph.vertical and p.form == "drawn"}
    kept = [p for p in placed if p.glyph.vertical and stand_ins.get(p.glyph.char) not in turned]
    form: dict[Form, Form] = {"drawn": "vertical", "doubled": "doubled vertical"}
    return [PlacedGlyph(f"{p.name}.vert", (), p.glyph.vertical, form[p.form], p.name) for p in kept if p.glyph.vertical]


def _by_code_point(placed: PlacedGlyph) -> tuple[bool, bool, str]:
    return placed.name != NOTDEF, not placed.chars, placed.chars[0] if placed.chars else placed.name


def check_glyph_count(count: int, flavors: tuple[Flavor, ...]) -> None:
    """Refuse a font that its format cannot hold.

    Raises:
        SeganError: `count` is above the limit of one of `flavors`.
    """
    limit, kind = (NAME_LIMIT, "an OTF") if "otf" in flavors else (GLYPH_LIMIT, "the OpenType format")
    if count > limit:
        raise SeganError(
            f"The font would have {count:,} glyphs; {kind} ends at {limit:,}. "
            f"Leave out at least {count - limit:,} characters, or build two fonts."
        )


def _shown_by(char: str, same: Mapping[str, str]) -> tuple[str, ...]:
    return (char, *(alias for alias, shown in same.items() if shown == char))


def notdef_outline() -> GlyphOutline:
    """The box that stands for a character the font has not."""
    return GlyphOutline("\ufffd", (_box(100, 0, 900, 760), _box(150, 50, 850, 710, inner=True)), EM)


def space_outline() -> GlyphOutline:
    """U+0020 when nobody brings one."""
    return GlyphOutline(" ", (), SPACE_ADVANCE)


def ideographic_space_outline() -> GlyphOutline:
    """U+3000, one em wide."""
    return GlyphOutline("\u3000", (), EM)


def _box(left: int, bottom: int, right: int, top: int, *, inner: bool = False) -> Contour:
    corners = [(left, bottom), (right, bottom), (right, top), (left, top)]
    points = np.array(corners[::-1] if inner else corners, np.float64)
    return Contour(points, np.ones(4, bool))
