"""Lookups of GSUB and GPOS as rules in Adobe's feature language, for the working copy of a font (`features.fea`).

What a subtable does is kept: which rule comes first, which glyphs it speaks of, and pairs that are nought so that no later
rule is asked. Corrections for single sizes (device tables) are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from fontTools.feaLib.ast import asFea


class NotExpressibleError(Exception):
    """The language has no words for it, or fontTools none."""


def group(glyphs: Iterable[str]) -> str:
    """A glyph, or several in brackets."""
    names = [asFea(glyph) for glyph in glyphs]
    return names[0] if len(names) == 1 else f"[{' '.join(names)}]"


def subtables(lookup: Any) -> list[Any]:
    """Those of a lookup, without the wrappers that let a table be longer than 64 KB."""
    return [getattr(one, "ExtSubTable", one) for one in lookup.SubTable]


def substitutions(subtable: Any) -> list[str]:
    """Rules of GSUB 1 to 4 and 8."""
    kind = type(subtable).__name__
    if kind == "SingleSubst":
        return [f"sub {asFea(a)} by {asFea(b)};" for a, b in subtable.mapping.items()]
    if kind == "MultipleSubst":
        return [f"sub {asFea(a)} by {' '.join(map(asFea, b)) or 'NULL'};" for a, b in subtable.mapping.items()]
    if kind == "AlternateSubst":
        return [f"sub {asFea(a)} from [{' '.join(map(asFea, b))}];" for a, b in subtable.alternates.items()]
    if kind == "LigatureSubst":
        return [
            f"sub {' '.join(map(asFea, [first, *one.Component]))} by {asFea(one.LigGlyph)};"
            for first, found in subtable.ligatures.items()
            for one in found
        ]
    if kind == "ReverseChainSingleSubst":
        before = [group(one.glyphs) for one in reversed(subtable.BacktrackCoverage)]
        after = [group(one.glyphs) for one in subtable.LookAheadCoverage]
        middle = f"[{' '.join(map(asFea, subtable.Coverage.glyphs))}]'"
        return [f"rsub {' '.join([*before, middle, *after])} by [{' '.join(map(asFea, subtable.Substitute))}];"]
    raise NotExpressibleError(kind)


def positions(subtable: Any, everything: Sequence[str]) -> list[str]:
    """Rules of GPOS 1 to 3."""
    kind = type(subtable).__name__
    if kind == "SinglePos":
        glyphs = subtable.Coverage.glyphs
        values = subtable.Value if subtable.Format == 2 else [subtable.Value] * len(glyphs)
        return [f"pos {asFea(glyph)} {_value(value)};" for glyph, value in zip(glyphs, values, strict=True)]
    if kind == "PairPos":
        return _glyph_pairs(subtable) if subtable.Format == 1 else _class_pairs(subtable, everything)
    if kind == "CursivePos":
        found = zip(subtable.Coverage.glyphs, subtable.EntryExitRecord, strict=True)
        return [f"pos cursive {asFea(g)} {_anchor(r.EntryAnchor)} {_anchor(r.ExitAnchor)};" for g, r in found]
    raise NotExpressibleError(kind)


def marks(subtable: Any, name: str) -> tuple[list[str], list[str]]:
    """GPOS 4 to 6: classes of accents, which are said before the lookup, and its rules.

    Args:
        subtable: of the lookup.
        name: what the classes' names begin with.
    """
    kind = type(subtable).__name__
    accents, array = (
        (subtable.Mark1Coverage, subtable.Mark1Array)
        if kind == "MarkMarkPos"
        else (subtable.MarkCoverage, subtable.MarkArray)
    )
    records = list(zip(accents.glyphs, array.MarkRecord, strict=True))
    classes = [f"markClass {asFea(g)} {_anchor(r.MarkAnchor)} @{name}_{r.Class};" for g, r in records]
    used = {record.Class for _, record in records}

    def placed(anchors: Sequence[Any]) -> str:
        return " ".join(f"{_anchor(a)} mark @{name}_{i}" for i, a in enumerate(anchors) if a is not None and i in used)

    if kind == "MarkBasePos":
        found = zip(subtable.BaseCoverage.glyphs, subtable.BaseArray.BaseRecord, strict=True)
        rules = [(f"pos base {asFea(glyph)}", [record.BaseAnchor]) for glyph, record in found]
    elif kind == "MarkMarkPos":
        found = zip(subtable.Mark2Coverage.glyphs, subtable.Mark2Array.Mark2Record, strict=True)
        rules = [(f"pos mark {asFea(glyph)}", [record.Mark2Anchor]) for glyph, record in found]
    else:
        found = zip(subtable.LigatureCoverage.glyphs, subtable.LigatureArray.LigatureAttach, strict=True)
        rules = [(f"pos ligature {asFea(g)}", [c.LigatureAnchor for c in one.ComponentRecord]) for g, one in found]
    placed_rules = [(position, [placed(anchors) for anchors in parts]) for position, parts in rules]
    return classes, [
        f"{position} {' ligComponent '.join(part or '<anchor NULL>' for part in parts)};"
        for position, parts in placed_rules
        if any(parts)
    ]


def _glyph_pairs(subtable: Any) -> list[str]:
    return [
        _pair(subtable, [first], record.Value1, [record.SecondGlyph], record.Value2)
        for first, found in zip(subtable.Coverage.glyphs, subtable.PairSet, strict=True)
        for record in found.PairValueRecord
    ]


def _class_pairs(subtable: Any, everything: Sequence[str]) -> list[str]:
    """By classes; one that is nought throughout is said once, as its glyphs are not looked for any further."""
    covered = set(subtable.Coverage.glyphs)
    firsts = {
        i: [g for g in found if g in covered]
        for i, found in classes_of(subtable.ClassDef1, subtable.Coverage.glyphs).items()
    }
    seconds = classes_of(subtable.ClassDef2, everything)
    rules = []
    for i, row in enumerate(subtable.Class1Record):
        pairs = [(j, one) for j, one in enumerate(row.Class2Record) if _is_set(one.Value1) or _is_set(one.Value2)]
        there = [(j, one) for j, one in pairs if seconds.get(j)]
        if not there:
            there = [(j, one) for j, one in enumerate(row.Class2Record) if j and seconds.get(j)][:1]
        if firsts.get(i):
            rules += [_pair(subtable, firsts[i], one.Value1, seconds[j], one.Value2) for j, one in there]
    return rules


def classes_of(definition: Any, glyphs: Iterable[str]) -> dict[int, list[str]]:
    """Glyphs by class; class 0 is the rest of `glyphs`."""
    numbers = definition.classDefs if definition is not None else {}
    found: dict[int, list[str]] = {}
    for glyph in dict.fromkeys([*glyphs, *numbers]):
        found.setdefault(numbers.get(glyph, 0), []).append(glyph)
    return found


def _pair(subtable: Any, first: Sequence[str], value: Any, second: Sequence[str], other: Any) -> str:
    a, b = (group(first), group(second)) if subtable.Format == 1 else (_braced(first), _braced(second))
    return f"pos {a} {_value(value)} {b}{f' {_value(other)}' if subtable.ValueFormat2 else ''};"


def _braced(glyphs: Sequence[str]) -> str:
    return f"[{' '.join(map(asFea, glyphs))}]"


def _is_set(value: Any) -> bool:
    return value is not None and any(_numbers(value))


def _numbers(value: Any) -> list[int]:
    return [getattr(value, key, 0) for key in ("XPlacement", "YPlacement", "XAdvance", "YAdvance")]


def _value(value: Any) -> str:
    return f"<{' '.join(map(str, _numbers(value)))}>" if value is not None else "<0 0 0 0>"


def _anchor(anchor: Any) -> str:
    return f"<anchor {anchor.XCoordinate} {anchor.YCoordinate}>" if anchor is not None else "<anchor NULL>"
