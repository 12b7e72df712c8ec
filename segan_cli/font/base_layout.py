"""A base font's features for the glyphs that are taken: kerning, marks, ligatures, figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from segan_cli.font.layout_merge import drop_features, layout_of
from segan_cli.font.layout_records import keep_for_shaping
from segan_cli.font.metrics import EM

KEPT: Final = frozenset(
    [
        "calt",
        "case",
        "ccmp",
        "clig",
        "cpsp",
        "frac",
        "kern",
        "liga",
        "lnum",
        "locl",
        "mark",
        "mkmk",
        "numr",
        "dnom",
        "onum",
        "ordn",
        "pnum",
        "rlig",
        "sinf",
        "subs",
        "sups",
        "tnum",
        "zero",
    ]
)
"""Features that are taken. Others bring alternates by the hundred (small capitals, stylistic sets), or are made here
(vertical forms, contextual spacing)."""

VERTICAL: Final = ("vert", "vrt2")


def base_layout(
    font: Any, location: Mapping[str, float] | None, chars: Sequence[str], names: Mapping[str, str], used: Set[str]
) -> tuple[TTFont | None, dict[str, str]]:
    """Cut a font's features down to some characters.

    Args:
        font: the base font; used up.
        location: where on its axes a variable font is taken.
        chars: the characters taken.
        names: new names of their glyphs.
        used: glyph names that are taken already.

    Returns:
        The features on 1,000 units an em, in new names (None if there are none), and new names of the glyphs that only
        features reach, by old ones.
    """
    from fontTools.ttLib.scaleUpem import scale_upem

    cut = _subset(font, location, chars)
    taken = {*used, *names.values()}
    reached: dict[str, str] = {}
    for glyph in cut.getGlyphOrder():  # outlines are gone: what is left besides the characters is what features reach
        if glyph not in names and glyph != ".notdef":
            reached[glyph] = _free_name(glyph, taken)
            taken.add(reached[glyph])
    if not {"GSUB", "GPOS"} & set(cut.keys()):
        return None, {}
    layout = layout_of(cut, {**names, **reached})
    scale_upem(layout, EM)
    drop_features(layout, lambda tag: tag not in KEPT)
    return layout, reached


def vertical_names(font: Any) -> dict[str, str]:
    """A font's own vertical forms: glyph names by the names of the upright ones."""
    if "GSUB" not in font or not font["GSUB"].table.FeatureList:
        return {}
    table = font["GSUB"].table
    lookups = {
        index: None
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag in VERTICAL
        for index in record.Feature.LookupListIndex
    }
    found: dict[str, str] = {}
    for index in lookups:
        for subtable in table.LookupList.Lookup[index].SubTable:
            mapping = getattr(getattr(subtable, "ExtSubTable", subtable), "mapping", {})
            found = {glyph: turned for glyph, turned in mapping.items() if isinstance(turned, str)} | found
    return found


def _free_name(glyph: str, taken: Set[str]) -> str:
    name, number = glyph, 0
    while name in taken:
        number += 1
        name = f"{glyph}.base{number if number > 1 else ''}"
    return name


def _subset(font: Any, location: Mapping[str, float] | None, chars: Sequence[str]) -> Any:
    """What is left of the font: the glyphs of `chars` and what features make of them."""
    from fontTools.subset import Options, Subsetter

    keep_for_shaping(font)
    if location is not None:
        from fontTools.varLib.instancer import instantiateVariableFont

        font = instantiateVariableFont(font, dict(location), inplace=True)
    if "kern" in font and "kern" not in _features(font):
        _kern_to_gpos(font)
    if "glyf" in font:  # parts of composite glyphs are wanted as little as the outlines themselves
        font["glyf"].glyphs = {name: Glyph() for name in font.getGlyphOrder()}
    options = Options(
        layout_features=sorted(KEPT), layout_scripts=["*"], glyph_names=True, hinting=False, notdef_outline=True,
        drop_tables=["kern"], passthrough_tables=False, ignore_missing_glyphs=True, recalc_timestamp=False,
    )  # fmt: skip
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=[ord(char) for char in chars])
    subsetter.subset(font)
    return font


def _features(font: TTFont) -> set[str]:
    if "GPOS" not in font or not font["GPOS"].table.FeatureList:
        return set()
    return {record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord}


def _kern_to_gpos(font: TTFont) -> None:
    """The kerning of an old font (`kern`, format 0) as a feature."""
    from fontTools.feaLib.builder import addOpenTypeFeaturesFromString

    pairs: dict[tuple[str, str], int] = {}
    for table in font["kern"].kernTables:
        if getattr(table, "format", None) == 0 and table.coverage & 1:
            pairs.update(table.kernTable)
    rules = [f"  pos \\{left} \\{right} {value};" for (left, right), value in sorted(pairs.items()) if value]
    if rules and "GPOS" not in font:
        addOpenTypeFeaturesFromString(font, "\n".join(["feature kern {", *rules, "} kern;"]), tables=["GPOS"])
