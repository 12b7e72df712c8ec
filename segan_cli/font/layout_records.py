"""Lookups into the GSUB or GPOS of a font that exists; what is there keeps its numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables import otTables

SCRIPTS: Final = ("DFLT", "hani", "kana", "latn")
"""Scripts of a table that is new."""

VERTICAL: Final = ("vert", "vrt2")
"""Features of columns."""

NO_FEATURE: Final = 0xFFFF
"""ReqFeatureIndex of a language system without a required feature."""

SHAPING: Final = {
    "GlyphOrder", "head", "hhea", "maxp", "hmtx", "vhea", "vmtx", "VORG", "cmap", "name", "OS/2", "post", "loca", "glyf", "CFF ",
    "CFF2", "GDEF", "GSUB", "GPOS", "BASE", "kern", "fvar", "avar", "HVAR", "VVAR", "MVAR", "STAT", "gvar",
}  # fmt: skip
"""Tables that a font is cut down and shaped by."""


def keep_for_shaping(font: TTFont) -> None:
    """Drop tables of bitmaps, hints, colours and programs: fontTools reads all that are there when it cuts a font down, and
    damage in one of them would cost the whole."""
    for tag in set(font.keys()) - SHAPING:
        del font[tag]


def layout_table(font: TTFont, tag: str) -> Any:
    """The font's GSUB or GPOS as otTables has it; an empty one is made where there is none."""
    if tag not in font:
        font[tag] = newTable(tag)
        font[tag].table = getattr(otTables, tag)()
        font[tag].table.Version = 0x00010000
    table = font[tag].table
    for name, made, records in (
        ("ScriptList", otTables.ScriptList, "ScriptRecord"),
        ("FeatureList", otTables.FeatureList, "FeatureRecord"),
        ("LookupList", otTables.LookupList, "Lookup"),
    ):
        if getattr(table, name, None) is None:
            setattr(table, name, made())
            setattr(getattr(table, name), records, [])
    scripts = table.ScriptList.ScriptRecord
    if not scripts:
        table.ScriptList.ScriptRecord = [_script(script) for script in SCRIPTS]
    elif not {"DFLT", "hani", "latn"} & {record.ScriptTag for record in scripts}:
        scripts.insert(0, _default_script(table))  # Han text would find no feature of the table
    table.ScriptList.ScriptCount = len(table.ScriptList.ScriptRecord)
    return table


def _default_script(table: Any) -> Any:
    """DFLT for a table that serves kana alone: programs that looked for its vertical forms anywhere still find them."""
    record, found = _script("DFLT"), dict[str, int]()
    for number, one in enumerate(table.FeatureList.FeatureRecord):
        if one.FeatureTag in VERTICAL:
            found.setdefault(one.FeatureTag, number)
    system = record.Script.DefaultLangSys
    system.FeatureIndex, system.FeatureCount = sorted(found.values()), len(found)
    return record


def add_lookups(table: Any, feature: str, lookups: Sequence[Any]) -> None:
    """Put lookups behind all others and into a feature, in every language of every script.

    Args:
        table: from `layout_table`.
        feature: its tag; where a language has it, it gets the lookups besides its own.
        lookups: otTables.Lookup; those in the list already are not put there again.
    """
    listed = table.LookupList.Lookup
    for lookup in lookups:
        if not any(lookup is one for one in listed):
            listed.append(lookup)
    table.LookupList.LookupCount = len(listed)
    numbers = [next(i for i, one in enumerate(listed) if one is lookup) for lookup in lookups]
    records = table.FeatureList.FeatureRecord
    for record in (record for record in records if record.FeatureTag == feature):
        _extend(record.Feature, numbers)
    without = [one for one in _systems(table) if feature not in {records[i].FeatureTag for i in one.FeatureIndex}]
    if without:
        place = _insert(table, feature, numbers)
        for system in without:
            system.FeatureIndex = sorted([*system.FeatureIndex, place])
            system.FeatureCount = len(system.FeatureIndex)


def _extend(feature: Any, numbers: Iterable[int]) -> None:
    feature.LookupListIndex = sorted({*feature.LookupListIndex, *numbers})
    feature.LookupCount = len(feature.LookupListIndex)


def _insert(table: Any, tag: str, numbers: Sequence[int]) -> int:
    """A feature record in its place by tag; everyone who names a later one gets its new number."""
    records = table.FeatureList.FeatureRecord
    place = sum(str(record.FeatureTag) <= tag for record in records)
    record = otTables.FeatureRecord()
    record.FeatureTag, record.Feature = tag, otTables.Feature()
    record.Feature.FeatureParams, record.Feature.LookupListIndex = None, sorted(numbers)
    record.Feature.LookupCount = len(numbers)
    records.insert(place, record)
    table.FeatureList.FeatureCount = len(records)
    for system in _systems(table):
        system.FeatureIndex = [number + (number >= place) for number in system.FeatureIndex]
        if system.ReqFeatureIndex != NO_FEATURE:
            system.ReqFeatureIndex += system.ReqFeatureIndex >= place
    for variation in _variations(table):
        variation.FeatureIndex += variation.FeatureIndex >= place
    return place


def _systems(table: Any) -> list[Any]:
    scripts = [record.Script for record in table.ScriptList.ScriptRecord]
    found = [system for one in scripts for system in (one.DefaultLangSys, *(r.LangSys for r in one.LangSysRecord))]
    return list({id(system): system for system in found if system is not None}.values())


def _variations(table: Any) -> list[Any]:
    variations = getattr(table, "FeatureVariations", None)
    sets = variations.FeatureVariationRecord if variations else []
    return [record for one in sets for record in one.FeatureTableSubstitution.SubstitutionRecord]


def _script(tag: str) -> Any:
    record = otTables.ScriptRecord()
    record.ScriptTag, record.Script = tag, otTables.Script()
    system = record.Script.DefaultLangSys = otTables.DefaultLangSys()
    system.ReqFeatureIndex, system.FeatureIndex, system.FeatureCount = NO_FEATURE, [], 0
    system.LookupOrder, record.Script.LangSysRecord, record.Script.LangSysCount = None, [], 0
    return record
