"""Vertical forms and dashes of two ems into the GSUB of a font that exists; other lookups and features stay as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fontTools.otlLib.builder import buildLigatureSubstSubtable
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables import otTables

from segan_cli.font.layout_records import add_lookups, layout_table

TAG: Final = "vert"
SINGLE: Final = 1
"""Lookup type of one glyph for one glyph."""
LIGATURE: Final = 4
"""Lookup type of one glyph for several."""


def add_vertical(font: TTFont, pairs: Mapping[str, str]) -> None:
    """Let `vert` put one glyph in another's place.

    Args:
        font: its glyph order holds all glyphs of `pairs`.
        pairs: vertical glyph by upright glyph; empty changes nothing.
    """
    if not pairs:
        return
    table = layout_table(font, "GSUB")
    features = [record.Feature for record in table.FeatureList.FeatureRecord if record.FeatureTag == TAG]
    for feature in features:
        for index in feature.LookupListIndex:
            subtable = table.LookupList.Lookup[index].SubTable[0]
            subtable = getattr(subtable, "ExtSubTable", subtable)
            if hasattr(subtable, "mapping"):
                subtable.mapping.update(pairs)
                return
    subtable = otTables.SingleSubst()
    subtable.mapping = dict(pairs)
    add_lookups(table, TAG, [_lookup(SINGLE, subtable)])


def add_doubles(font: TTFont, doubles: Mapping[str, str]) -> None:
    """Let `ccmp`, which is always on, make one dash of two ems of two dashes.

    Args:
        font: its glyph order holds all glyphs of `doubles`.
        doubles: the dash of two ems by the dash of one; those of columns, too, as `vert` comes before what is last in
            the list of lookups. Empty changes nothing.
    """
    if doubles:
        rules = {(dash, dash): double for dash, double in doubles.items()}
        add_lookups(layout_table(font, "GSUB"), "ccmp", [_lookup(LIGATURE, buildLigatureSubstSubtable(rules))])


def _lookup(kind: int, subtable: Any) -> Any:
    lookup = otTables.Lookup()
    lookup.LookupType, lookup.LookupFlag, lookup.SubTable, lookup.SubTableCount = kind, 0, [subtable], 1
    return lookup
