"""One outline to the bytes of one glyph. Runs in the worker processes, so that the parent only joins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

import numpy as np

from segan_cli.errors import GlyphError
from segan_cli.font.charstring import DEFAULT_WIDTH, CffGlyph, cff_glyph
from segan_cli.font.metrics import EmBox
from segan_cli.font.region import Region
from segan_cli.font.rounding import rounded
from segan_cli.font.truetype import Check, Mend, TrueTypeGlyph, as_they_are, truetype_glyph
from segan_cli.font.vertical import two_em_dash, vertical_form
from segan_cli.glyph import Contour, GlyphOutline, with_points

Flavor: TypeAlias = Literal["ttf", "otf"]
"""Quadratic curves in `glyf`, or cubic ones in `CFF `."""

COORDINATE_LIMIT = 16_000
"""Font units. OpenType stores 16-bit numbers; the difference of two coordinates must fit as well."""


@dataclass(frozen=True, slots=True)
class CompiledGlyph:
    """A glyph as the font file stores it; picklable.

    Args:
        char: the character.
        advance: font units.
        truetype: its `glyf` record, when asked for.
        cff: its charstring, when asked for.
        vertical: the form for vertical writing, when the character has one.
        doubled: for a dash, the dash of two ems.
        cff_faults: what is wrong with the charstring's outline.
    """

    char: str
    advance: int
    truetype: TrueTypeGlyph | None
    cff: CffGlyph | None
    vertical: CompiledGlyph | None = None
    doubled: CompiledGlyph | None = None
    cff_faults: tuple[str, ...] = ()

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong with the outline of the glyph or one of its forms, in any flavour; each phrase once."""
        own = (*(self.truetype.faults if self.truetype else ()), *self.cff_faults)
        forms = [form.faults for form in (self.vertical, self.doubled) if form]
        return tuple(dict.fromkeys([*own, *(fault for found in forms for fault in found)]))

    @property
    def points(self) -> int:
        """TrueType points, on and off the curve; 0 when that flavour was not asked for."""
        return self.truetype.points if self.truetype else 0


def compile_glyph(
    outline: GlyphOutline,
    flavors: tuple[Flavor, ...] = ("ttf", "otf"),
    *,
    region: Region = "cn",
    vertical: GlyphOutline | None = None,
    em: EmBox | None = None,
    check: Check = lambda contours: (),
    mend: Mend = as_they_are,
) -> CompiledGlyph:
    """Convert and encode one outline.

    Args:
        outline: font units; outer contours counter-clockwise; coordinates are rounded to whole units here.
        flavors: what to encode: "ttf" for .ttf and .woff2, "otf" for .otf (see `assemble.flavors_for`).
        region: whose rules its form for vertical writing follows.
        vertical: that form, where somebody has drawn it; else it is derived.
        em: of another font that the glyph goes into; its charstring then carries no width.
        check: asked of the outline as each flavour stores it, after rounding; quadratic curves are made finer until it
            finds nothing.
        mend: moves points of quadratic curves that no tolerance has freed of faults, and of cubic ones that have any.

    Returns:
        The encoded glyph, with its vertical form and its double if the character has them.

    Raises:
        GlyphError: a coordinate is not a number or does not fit into a font.
    """
    _check(outline)
    double = two_em_dash(outline)
    encode = partial(_encoded, flavors=flavors, em=em, check=check, mend=mend)
    doubled = encode(double, vertical=vertical_form(double, region)) if double else None
    return encode(outline, vertical=vertical or vertical_form(outline, region), doubled=doubled)


def _encoded(
    outline: GlyphOutline,
    flavors: tuple[Flavor, ...],
    em: EmBox | None,
    check: Check,
    mend: Mend,
    vertical: GlyphOutline | None = None,
    doubled: CompiledGlyph | None = None,
) -> CompiledGlyph:
    outline = em.placed(outline) if em else outline
    cubic, faults = _sound(_whole(outline.contours), check, mend) if "otf" in flavors else ((), ())
    return CompiledGlyph(
        outline.char,
        outline.advance,
        truetype_glyph(outline.contours, check=check, mend=mend) if "ttf" in flavors else None,
        cff_glyph(cubic, DEFAULT_WIDTH if em else outline.advance) if "otf" in flavors else None,
        _encoded(vertical, flavors, em, check, mend) if vertical else None,
        doubled,
        faults,
    )


def _whole(contours: tuple[Contour, ...]) -> tuple[Contour, ...]:
    """The contours as a charstring stores them."""
    return tuple(Contour(rounded(contour.points), contour.on_curve) for contour in contours)


def _sound(contours: tuple[Contour, ...], check: Check, mend: Mend) -> tuple[tuple[Contour, ...], tuple[str, ...]]:
    """The contours, their points moved where that frees them of faults: they may have been shifted or scaled since they were mended."""
    faults = check(contours)
    if not faults:
        return contours, ()
    outline = partial(with_points, contours)
    moved = outline(mend(np.concatenate([contour.points for contour in contours]), outline))
    left = check(moved)
    return (moved, left) if len(left) < len(faults) else (contours, faults)


def _check(outline: GlyphOutline) -> None:
    for contour in outline.contours:
        reach = float(np.abs(contour.points).max())
        if not reach <= COORDINATE_LIMIT:
            cause = (
                f"a coordinate is {reach:g}; a font holds at most {COORDINATE_LIMIT} units. Look at this glyph's image."
            )
            raise GlyphError(outline.char, "compile", cause)
        if not _is_well_formed(contour):
            raise GlyphError(outline.char, "compile", "a curve lacks one of its two handles. Trace this glyph again.")
    if outline.advance > COORDINATE_LIMIT:
        cause = f"the advance is {outline.advance}; a font holds at most {COORDINATE_LIMIT} units."
        raise GlyphError(outline.char, "compile", cause)


def _is_well_formed(contour: Contour) -> bool:
    """Off-curve points come in pairs."""
    on = np.flatnonzero(contour.on_curve)
    gaps = np.diff(np.append(on, len(contour.on_curve)))
    return bool(np.isin(gaps, (1, 3)).all())
