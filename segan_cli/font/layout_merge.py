"""Features of one font into another: GDEF, GSUB and GPOS, by fontTools' own merger."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from fontTools.ttLib import TTFont, getTableClass

LAYOUT_TABLES: Final = ("GDEF", "GSUB", "GPOS")

NO_FEATURE: Final = 0xFFFF
"""ReqFeatureIndex of a language system without a required feature."""


def layout_of(font: TTFont, names: Mapping[str, str]) -> TTFont:
    """A font of nothing but layout tables, its glyphs renamed.

    Args:
        font: with whole tables; it stays as it is.
        names: new names by old ones; a glyph that is not named keeps its name.
    """
    stored = io.BytesIO()
    font.save(stored)
    stored.seek(0)
    layout = TTFont(stored, lazy=False)
    layout.setGlyphOrder([names.get(name, name) for name in font.getGlyphOrder()])
    for tag in LAYOUT_TABLES:
        if tag in layout:
            layout[tag].ensureDecompiled(recurse=True)
    for tag in set(layout.keys()) - {*LAYOUT_TABLES, "head", "GlyphOrder"}:
        del layout[tag]
    assert layout["head"].unitsPerEm  # read now, while the file is there
    return layout


def merge_layout(font: TTFont, others: Sequence[TTFont]) -> None:
    """Add the features of `others` to `font`; where both have a feature for a script, its lookups are put together.

    Every font's features work in every script that any of them names: digits and punctuation take the script of the text
    around them, so that a Latin font's kerning is wanted between Han characters, too.

    Args:
        font: gets the features; all glyphs of `others` are in its glyph order.
        others: from `layout_of`; used up.
    """
    from fontTools.merge import Merger
    from fontTools.merge.layout import layoutPostMerge, layoutPreMerge

    order = {name: index for index, name in enumerate(font.getGlyphOrder())}
    fonts = [font, *others]
    for other in others:
        _sort_glyphs(other, order)
    for one in fonts:
        _plain(one)
    for tag in ("GSUB", "GPOS"):
        spread_scripts(fonts, tag)
    for one in fonts:
        layoutPreMerge(one)
    merger = Merger()
    merger.fonts, merger.duplicateGlyphsPerFont = fonts, [{} for _ in fonts]
    for tag in LAYOUT_TABLES:
        tables = [one.get(tag, NotImplemented) for one in fonts]
        if any(table is not NotImplemented for table in tables):
            font[tag] = getTableClass(tag)(tag).merge(merger, tables)
    layoutPostMerge(font)
    for tag in ("GSUB", "GPOS"):
        if tag in font:
            _sort_features(font[tag].table)


def spread_scripts(fonts: Sequence[TTFont], tag: str, scripts: Iterable[str] = ()) -> None:
    """Let every font's features work in every script that any of them or `scripts` names."""
    wanted = sorted({*_scripts(fonts, tag), *scripts})
    for one in fonts:
        _spread(one, tag, wanted)


def drop_features(font: TTFont, unwanted: Callable[[str], bool]) -> None:
    """Take features away whose tag is `unwanted`, and what their names in menus would need; lookups stay."""
    for tag in ("GSUB", "GPOS"):
        if tag not in font or font[tag].table.FeatureList is None:
            continue
        records = font[tag].table.FeatureList.FeatureRecord
        gone = {index for index, record in enumerate(records) if unwanted(record.FeatureTag)}
        for record in records:
            record.Feature.FeatureParams = None
        for system in _language_systems(font[tag].table):
            system.FeatureIndex = [index for index in system.FeatureIndex if index not in gone]
            system.FeatureCount = len(system.FeatureIndex)


def _sort_glyphs(layout: TTFont, order: Mapping[str, int]) -> None:
    """Put a layout's glyphs into the order of the font that they go into: tables list glyphs by number."""
    from fontTools.ttLib.reorderGlyphs import reorderGlyphs

    names = layout.getGlyphOrder()
    reorderGlyphs(layout, sorted(names, key=lambda name: order.get(name, -1)))


def _sort_features(table: Any) -> None:
    """By tag, as the format asks; languages name them by their new numbers."""
    if not table.FeatureList:
        return
    records = table.FeatureList.FeatureRecord
    order = sorted(range(len(records)), key=lambda index: (records[index].FeatureTag, index))
    place = {old: new for new, old in enumerate(order)}
    table.FeatureList.FeatureRecord = [records[index] for index in order]
    for system in _language_systems(table):
        system.FeatureIndex = sorted(place[index] for index in system.FeatureIndex)


def _plain(font: TTFont) -> None:
    """Without what the merger does not know: carets, attachment points, variations."""
    for tag in LAYOUT_TABLES:
        if tag in font:
            for attribute in ("FeatureVariations", "VarStore", "LigCaretList", "AttachList"):
                if tag != "GDEF" or attribute in ("VarStore", "LigCaretList", "AttachList"):
                    _forget(font[tag].table, attribute)


def _forget(table: Any, attribute: str) -> None:
    if attribute in vars(table):
        delattr(table, attribute)
        table.Version = 0x00010000 if attribute == "FeatureVariations" else table.Version


def _scripts(fonts: Iterable[TTFont], tag: str) -> list[str]:
    tables = [font[tag].table for font in fonts if tag in font and font[tag].table.ScriptList]
    return sorted({record.ScriptTag for table in tables for record in table.ScriptList.ScriptRecord})


def _spread(font: TTFont, tag: str, scripts: Iterable[str]) -> None:
    """Give every script the features of the font's most general one."""
    if tag not in font or not font[tag].table.ScriptList:
        return
    table = font[tag].table
    records = {record.ScriptTag: record for record in table.ScriptList.ScriptRecord}
    model = next((records[name] for name in ("DFLT", "latn") if name in records), next(iter(records.values()), None))
    if model is None:
        return
    for script in scripts:
        if script not in records:
            record = copy.deepcopy(model)
            record.ScriptTag = script
            table.ScriptList.ScriptRecord.append(record)
    table.ScriptList.ScriptRecord.sort(key=lambda record: record.ScriptTag)
    table.ScriptList.ScriptCount = len(table.ScriptList.ScriptRecord)
    for system in _language_systems(table):
        if system.ReqFeatureIndex != NO_FEATURE:
            system.FeatureIndex = [system.ReqFeatureIndex, *system.FeatureIndex]
            system.FeatureCount, system.ReqFeatureIndex = len(system.FeatureIndex), NO_FEATURE


def _language_systems(table: Any) -> list[Any]:
    scripts = [record.Script for record in table.ScriptList.ScriptRecord] if table.ScriptList else []
    found = [script.DefaultLangSys for script in scripts] + [
        record.LangSys for script in scripts for record in script.LangSysRecord
    ]
    return [system for system in found if system is not None]
