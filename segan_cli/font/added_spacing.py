"""Contextual spacing (GPOS `chws`, `vchw`, `halt`, `vhal`) for the punctuation that is added to a font.

What chws_tool finds for all punctuation of the font is kept where a new glyph takes part: a line of nothing but old
glyphs stays as wide as it was.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence, Set
from functools import partial
from typing import Any, Final, TypeAlias

from fontTools.otlLib.builder import ChainContextPosBuilder, ChainContextualRule, PairPosBuilder, SinglePosBuilder
from fontTools.ttLib import TTFont

from segan_cli.font.features import SPACED, spaced_font
from segan_cli.font.layout_records import add_lookups, keep_for_shaping, layout_table

Maker: TypeAlias = Callable[[list[Any]], Any]
"""What builds a lookup, given the list of the font's lookups, into which it puts others that the lookup names."""

IN_CONTEXT: Final = ("chws", "vchw")
ALONE: Final = ("halt", "vhal")
"""Half widths without regard to neighbours."""


def add_spacing(content: bytes, old_count: int) -> bytes:
    """Let the new punctuation of an extended font close up.

    Args:
        content: the font, with its new glyphs behind its own.
        old_count: how many glyphs are its own.

    Returns:
        The font with a wider GPOS, or `content` where no new glyph can be set closer.
    """
    font = TTFont(io.BytesIO(content), recalcBBoxes=False, recalcTimestamp=False)
    order = font.getGlyphOrder()
    new = frozenset(order[old_count:])
    mapped = {chr(code): name for code, name in (font.getBestCmap() or {}).items() if chr(code) in SPACED}
    if not new & set(mapped.values()):
        return content
    spacing = spaced_font(_punctuation(content, sorted(mapped)))
    features = _features(spacing, new, font) if spacing is not None else {}
    if not features:
        return content
    table = layout_table(font, "GPOS")
    for tag, build in features.items():
        add_lookups(table, tag, build(table.LookupList.Lookup))
    font["OS/2"].usMaxContext = max(getattr(font["OS/2"], "usMaxContext", 0), 2)
    stored = io.BytesIO()
    font.save(stored)
    return stored.getvalue()


def _punctuation(content: bytes, chars: Sequence[str]) -> TTFont:
    """A font of nothing but punctuation, its vertical forms, and the ideographs that tell the full width."""
    from fontTools.subset import Options, Subsetter

    font = TTFont(io.BytesIO(content), recalcBBoxes=False, recalcTimestamp=False)
    keep_for_shaping(font)
    options = Options(
        layout_features=["vert"], layout_scripts=["*"], glyph_names=True, hinting=False, notdef_outline=True,
        drop_tables=["GPOS", "GDEF", "kern", "BASE"], passthrough_tables=False, recalc_timestamp=False,
    )  # fmt: skip
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(char) for char in chars])
    subsetter.subset(font)
    return font


def _features(spacing: TTFont, new: Set[str], font: TTFont) -> dict[str, Callable[[list[Any]], list[Any]]]:
    """What builds the lookups of each feature, given the list that they go into; features without a new glyph are left out."""
    table = spacing["GPOS"].table
    numbers = {one.FeatureTag: one.Feature.LookupListIndex for one in table.FeatureList.FeatureRecord}
    lookups = table.LookupList.Lookup
    found: dict[str, Callable[[list[Any]], list[Any]]] = {}
    for tag in (tag for tag in IN_CONTEXT if tag in numbers):
        before, after = (lookups[number] for number in numbers[tag])
        closing, opening = _first_closes(before, new, font), _second_closes(after, lookups, new, font)
        if makers := [make for make in (closing, opening) if make]:
            found[tag] = partial(_made, makers)
    for tag in (tag for tag in ALONE if tag in numbers):
        values = {name: value for name, value in _single_values(lookups[numbers[tag][0]]).items() if name in new}
        if values:
            found[tag] = partial(_made, [partial(_alone, values, font)])
    return found


def _made(makers: Sequence[Maker], listed: list[Any]) -> list[Any]:
    return [make(listed) for make in makers]


def _alone(values: dict[str, Any], font: TTFont, listed: list[Any]) -> Any:
    return _single(values, font)


def _first_closes(lookup: Any, new: Set[str], font: TTFont) -> Maker | None:
    """Closing punctuation before other punctuation loses the half behind it."""
    pairs = lookup.SubTable[0]
    first, second = pairs.Coverage.glyphs, list(pairs.ClassDef2.classDefs)
    value = pairs.Class1Record[0].Class2Record[1].Value1
    builder = PairPosBuilder(font, None)
    for lefts, rights in _new_pairs(first, second, new):
        builder.addClassPair(None, tuple(lefts), value, tuple(rights), None)
        builder.add_subtable_break(None)
    return (lambda listed: builder.build()) if builder.pairs else None


def _second_closes(lookup: Any, lookups: Sequence[Any], new: Set[str], font: TTFont) -> Maker | None:
    """Opening punctuation behind other punctuation loses the half before it."""
    context = lookup.SubTable[0]
    (before,), (opening,) = (
        [coverage.glyphs for coverage in found] for found in (context.BacktrackCoverage, context.InputCoverage)
    )
    values = _single_values(lookups[context.PosLookupRecord[0].LookupListIndex])
    pairs = _new_pairs(before, opening, new)
    if not pairs:
        return None

    def make(listed: list[Any]) -> Any:
        single = _single({name: values[name] for name in opening if any(name in rights for _, rights in pairs)}, font)
        single.lookup_index = len(listed)
        listed.append(single)
        builder = ChainContextPosBuilder(font, None)
        builder.rules += [ChainContextualRule([lefts], [rights], [], [[single]]) for lefts, rights in pairs]
        return builder.build()

    return make


def _new_pairs(first: Sequence[str], second: Sequence[str], new: Set[str]) -> list[tuple[list[str], list[str]]]:
    """Pairs in which a glyph is new: new ones before all, old ones before new ones."""
    halves = [
        ([name for name in first if name in new], list(second)),
        ([name for name in first if name not in new], [name for name in second if name in new]),
    ]
    return [(lefts, rights) for lefts, rights in halves if lefts and rights]


def _single_values(lookup: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in lookup.SubTable:
        values = one.Value if one.Format == 2 else [one.Value] * len(one.Coverage.glyphs)
        found |= dict(zip(one.Coverage.glyphs, values, strict=True))
    return found


def _single(values: dict[str, Any], font: TTFont) -> Any:
    builder = SinglePosBuilder(font, None)
    builder.mapping.update(values)
    return builder.build()
