"""The features of a base font in Adobe's feature language, so that a UFO shapes text as the finished font does."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from fontTools.feaLib.ast import asFea
from fontTools.ttLib import TTFont

from segan_cli.font.context_text import contexts
from segan_cli.font.layout_merge import spread_scripts
from segan_cli.font.lookup_text import NotExpressibleError, marks, positions, substitutions, subtables

FLAGS: Final = {1: "RightToLeft", 2: "IgnoreBaseGlyphs", 4: "IgnoreLigatures", 8: "IgnoreMarks"}
FILTERED: Final = 16
CONTEXTUAL: Final = ("ContextSubst", "ChainContextSubst", "ContextPos", "ChainContextPos")
MARKS: Final = ("MarkBasePos", "MarkLigPos", "MarkMarkPos")


@dataclass(frozen=True)
class FeatureText:
    """Features in words.

    Args:
        code: lookups and features.
        classes: what GDEF says of glyphs: 1 base, 2 ligature, 3 mark, 4 part of a ligature.
        lacking: tags of features that lack something.
    """

    code: str = ""
    classes: Mapping[str, int] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()


def feature_text(layouts: Sequence[TTFont], everything: Sequence[str], scripts: Sequence[str]) -> FeatureText:
    """Put the features of base fonts into words.

    Args:
        layouts: from `layout_merge.layout_of`; they stay as they are.
        everything: names of all glyphs of the font.
        scripts: scripts that the font has besides those of the layouts.
    """
    fonts = copy.deepcopy(list(layouts))
    lines: list[str] = []
    classes: dict[str, int] = {}
    lacking: set[str] = set()
    for tag in ("GSUB", "GPOS"):
        spread_scripts(fonts, tag, scripts)
        for number, font in enumerate(fonts):
            if tag in font and font[tag].table.FeatureList and font[tag].table.LookupList:
                table = _Table(font, tag, f"base{number or ''}_{tag.lower()}", everything)
                lines += table.lines()
                lacking |= table.lacking
    for font in fonts:
        definition = font["GDEF"].table.GlyphClassDef if "GDEF" in font else None
        classes |= definition.classDefs if definition else {}
    return FeatureText("\n".join([*lines, ""]) if lines else "", classes, tuple(sorted(lacking)))


class _Table:
    """One table's lookups and features."""

    def __init__(self, font: TTFont, tag: str, name: str, everything: Sequence[str]) -> None:
        self.font, self.name, self.everything = font, name, everything
        self.verb = "sub" if tag == "GSUB" else "pos"
        self.table = font[tag].table
        self.lookups = self.table.LookupList.Lookup
        self.written: dict[str, list[str]] = {}
        self.text: list[str] = []
        self.lacking: set[str] = set()

    def lines(self) -> list[str]:
        """Lookups that others call, lookups of features in the table's order, features."""
        records, systems = self.table.FeatureList.FeatureRecord, _systems(self.table)
        live = sorted({i for _, _, system in systems for i in system.FeatureIndex})
        owners: dict[int, set[str]] = {}
        for i in live:
            for number in records[i].Feature.LookupListIndex:
                owners.setdefault(number, set()).add(records[i].FeatureTag)
        for number in sorted(owners):
            try:
                self._say(number, f"{self.name}_{number}")
            except NotExpressibleError:
                self.lacking |= owners[number]
        return [*self.text, *self._features(systems)]

    def _say(self, number: int, name: str) -> None:
        lookup = self.lookups[number]
        parts = [part for part in subtables(lookup) if part is not None]
        kinds = {type(part).__name__ for part in parts}
        if kinds & set(MARKS):  # a later lookup wins where of two subtables the first does
            for index, part in reversed(list(enumerate(parts))):
                classes, rules = marks(part, f"{name}_{index}")
                self.text += classes
                self._write(name, f"{name}_{index}", lookup, rules)
            return
        if kinds & set(CONTEXTUAL):
            rules = [
                rule.rule(self.verb, lambda called: self._called(called, name))
                for part in parts
                for rule in contexts(part, self.everything)
            ]
        elif self.verb == "sub":
            rules = [rule for part in parts for rule in substitutions(part)]
        else:
            rules = self._placed(parts)
        self._write(name, name, lookup, rules)

    def _placed(self, parts: Sequence[Any]) -> list[str]:
        """Subtables of classes are kept apart; pairs of single glyphs come first in this language."""
        formats = [part.Format for part in parts if type(part).__name__ == "PairPos"]
        if formats != sorted(formats):
            raise NotExpressibleError("pairs of glyphs behind pairs of classes")
        rules: list[str] = []
        for index, part in enumerate(parts):
            rules += positions(part, self.everything)
            if type(part).__name__ == "PairPos" and part.Format == 2 and index + 1 < len(parts):
                rules.append("subtable;")
        return rules

    def _called(self, number: int, caller: str) -> str:
        """The name of a lookup that a rule calls: a copy of its own, written before the first that calls it."""
        name = f"{self.name}_called_{number}"
        if name == caller:
            raise NotExpressibleError("a rule that calls itself")
        if name not in self.written:
            self._say(number, name)
        if len(self.written[name]) != 1:
            raise NotExpressibleError("a rule that calls several lookups in one")
        return self.written[name][0]

    def _write(self, name: str, block: str, lookup: Any, rules: Sequence[str]) -> None:
        self.written.setdefault(name, [])
        if rules:
            self.written[name].append(block)
            self.text += [f"lookup {block} {{", *self._flags(lookup), *(f"  {rule}" for rule in rules), f"}} {block};"]

    def _flags(self, lookup: Any) -> list[str]:
        flag = lookup.LookupFlag
        words = [word for bit, word in FLAGS.items() if flag & bit]
        gdef = self.font["GDEF"].table if "GDEF" in self.font else None
        if flag & FILTERED and gdef is not None:
            words.append(f"UseMarkFilteringSet {_set(gdef.MarkGlyphSetsDef.Coverage[lookup.MarkFilteringSet].glyphs)}")
        if flag >> 8 and gdef is not None and gdef.MarkAttachClassDef:
            kinds = gdef.MarkAttachClassDef.classDefs
            words.append(f"MarkAttachmentType {_set(sorted(g for g, kind in kinds.items() if kind == flag >> 8))}")
        return [f"  lookupflag {' '.join(words)};"] if words else []

    def _features(self, systems: Sequence[tuple[str, str, Any]]) -> list[str]:
        records = self.table.FeatureList.FeatureRecord
        blocks: dict[str, list[str]] = {}
        for script, language, system in systems:
            wanted: dict[str, set[int]] = {}
            for i in system.FeatureIndex:
                wanted.setdefault(records[i].FeatureTag, set()).update(records[i].Feature.LookupListIndex)
            for tag, numbers in wanted.items():
                names = [block for n in sorted(numbers) for block in self.written.get(f"{self.name}_{n}", ())]
                place = (
                    [f"  script {script};"]
                    if language == "dflt"
                    else [f"  script {script};", f"  language {language} exclude_dflt;"]
                )
                if names:
                    blocks.setdefault(tag, []).extend([*place, *(f"  lookup {one};" for one in names)])
        return [line for tag, lines in blocks.items() for line in (f"feature {tag} {{", *lines, f"}} {tag};")]


def _set(glyphs: Sequence[str]) -> str:
    return f"[{' '.join(map(asFea, glyphs))}]"


def _systems(table: Any) -> list[tuple[str, str, Any]]:
    """Script, language and language system; the default language first."""
    found = []
    for record in table.ScriptList.ScriptRecord if table.ScriptList else ():
        if record.Script.DefaultLangSys is not None:
            found.append((record.ScriptTag, "dflt", record.Script.DefaultLangSys))
        found += [(record.ScriptTag, one.LangSysTag.strip(), one.LangSys) for one in record.Script.LangSysRecord]
    return found
