"""Vertical forms into the GSUB of a font that exists; every other lookup and feature stays as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables import otTables

TAG: Final = "vert"
SINGLE: Final = 1
"""Lookup type of one glyph for one glyph."""


def add_vertical(font: TTFont, pairs: Mapping[str, str]) -> None:
    """Let `vert` put one glyph in another's place.

    Args:
        font: its glyph order holds all glyphs of `pairs`.
        pairs: vertical glyph by upright glyph; empty changes nothing.
    """
    if not pairs:
        return
    if "GSUB" not in font or font["GSUB"].table.LookupList is None or font["GSUB"].table.FeatureList is None:
        _new_table(font, pairs)
        return
    table = font["GSUB"].table
    features = [record.Feature for record in table.FeatureList.FeatureRecord if record.FeatureTag == TAG]
    for feature in features:
        for index in feature.LookupListIndex:
            subtable = table.LookupList.Lookup[index].SubTable[0]
            subtable = getattr(subtable, "ExtSubTable", subtable)
            if hasattr(subtable, "mapping"):
                subtable.mapping.update(pairs)
                return
    _new_feature(table, pairs, features)


def _new_table(font: TTFont, pairs: Mapping[str, str]) -> None:
    from fontTools.feaLib.builder import addOpenTypeFeaturesFromString

    rules = [f"  sub \\{upright} by \\{turned};" for upright, turned in pairs.items()]
    scripts = [f"languagesystem {script} dflt;" for script in ("DFLT", "hani", "kana", "latn")]
    code = "\n".join([*scripts, f"feature {TAG} {{", *rules, f"}} {TAG};"])
    font["GSUB"] = newTable("GSUB")
    addOpenTypeFeaturesFromString(font, code, tables=["GSUB"])


def _new_feature(table: Any, pairs: Mapping[str, str], features: list[Any]) -> None:
    """A lookup of its own, last; its feature in every language of every script."""
    lookup, subtable = otTables.Lookup(), otTables.SingleSubst()
    subtable.mapping = dict(pairs)
    lookup.LookupType, lookup.LookupFlag, lookup.SubTable, lookup.SubTableCount = SINGLE, 0, [subtable], 1
    table.LookupList.Lookup.append(lookup)
    index = len(table.LookupList.Lookup) - 1
    table.LookupList.LookupCount = index + 1
    if features:
        for feature in features:
            feature.LookupListIndex.append(index)
            feature.LookupCount = len(feature.LookupListIndex)
        return
    records = table.FeatureList.FeatureRecord
    place = sum(record.FeatureTag < TAG for record in records)
    record = otTables.FeatureRecord()
    record.FeatureTag, record.Feature = TAG, otTables.Feature()
    record.Feature.FeatureParams, record.Feature.LookupListIndex, record.Feature.LookupCount = None, [index], 1
    records.insert(place, record)
    table.FeatureList.FeatureCount = len(records)
    for script in table.ScriptList.ScriptRecord:
        for system in [script.Script.DefaultLangSys, *(one.LangSys for one in script.Script.LangSysRecord)]:
            if system is not None:
                moved = [number + (number >= place) for number in system.FeatureIndex]
                system.FeatureIndex = sorted([*moved, place])
                system.FeatureCount = len(system.FeatureIndex)
                if system.ReqFeatureIndex != 0xFFFF:
                    system.ReqFeatureIndex += system.ReqFeatureIndex >= place
