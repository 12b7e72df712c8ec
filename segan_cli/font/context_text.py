"""Contextual lookups (GSUB 5 and 6, GPOS 7 and 8) as rules in Adobe's feature language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from segan_cli.font.lookup_text import classes_of, group


@dataclass(frozen=True)
class Context:
    """A rule: what stands before, what is looked at, what comes behind, each place as its glyphs; and what is done.

    Args:
        before: in the order of the text.
        middle: glyphs that are passed over when the rule applies.
        after: what must follow.
        actions: place in `middle`, and number of the lookup.
    """

    before: tuple[Sequence[str], ...]
    middle: tuple[Sequence[str], ...]
    after: tuple[Sequence[str], ...]
    actions: tuple[tuple[int, int], ...]

    def rule(self, verb: str, name: Callable[[int], str]) -> str:
        """In words; `verb` is sub or pos, `name` gives a lookup's name."""
        places = []
        for i, glyphs in enumerate(self.middle):
            does = "".join(f" lookup {name(number)}" for place, number in self.actions if place == i)
            places.append(f"{group(glyphs)}'{does}")
        words = " ".join([*map(group, self.before), *places, *map(group, self.after)])
        return f"{verb if self.actions else f'ignore {verb}'} {words};"


def contexts(subtable: Any, everything: Sequence[str]) -> Iterator[Context]:
    """The rules of a subtable in their order.

    Args:
        subtable: ContextSubst, ChainContextSubst, ContextPos or ChainContextPos.
        everything: all glyphs of the font, for classes of what is in no other class.
    """
    kind = type(subtable).__name__
    chain, what = "Chain" if kind.startswith("Chain") else "", "Sub" if kind.endswith("Subst") else "Pos"
    read = {1: _by_glyphs, 2: _by_classes, 3: _by_coverage}[subtable.Format]
    found: Iterator[Context] = read(subtable, chain, what, everything)
    yield from (one for one in found if all([*one.before, *one.middle, *one.after]))


def _actions(rule: Any, what: str) -> tuple[tuple[int, int], ...]:
    records = rule.SubstLookupRecord if what == "Sub" else rule.PosLookupRecord
    return tuple((record.SequenceIndex, record.LookupListIndex) for record in records)


def _by_coverage(subtable: Any, chain: str, what: str, everything: Sequence[str]) -> Iterator[Context]:
    def glyphs(coverages: Sequence[Any]) -> tuple[Sequence[str], ...]:
        return tuple(one.glyphs for one in coverages)

    if chain:
        before, after = glyphs(subtable.BacktrackCoverage[::-1]), glyphs(subtable.LookAheadCoverage)
        yield Context(before, glyphs(subtable.InputCoverage), after, _actions(subtable, what))
    else:
        yield Context((), glyphs(subtable.Coverage), (), _actions(subtable, what))


def _by_glyphs(subtable: Any, chain: str, what: str, everything: Sequence[str]) -> Iterator[Context]:
    sets = getattr(subtable, f"{chain}{what}RuleSet")
    for first, rules in zip(subtable.Coverage.glyphs, sets, strict=True):
        for rule in getattr(rules, f"{chain}{what}Rule", ()):
            before = tuple([glyph] for glyph in reversed(rule.Backtrack)) if chain else ()
            after = tuple([glyph] for glyph in rule.LookAhead) if chain else ()
            yield Context(before, tuple([glyph] for glyph in [first, *rule.Input]), after, _actions(rule, what))


def _by_classes(subtable: Any, chain: str, what: str, everything: Sequence[str]) -> Iterator[Context]:
    middle = classes_of(subtable.InputClassDef if chain else subtable.ClassDef, everything)
    before = classes_of(subtable.BacktrackClassDef, everything) if chain else {}
    after = classes_of(subtable.LookAheadClassDef, everything) if chain else {}
    covered = set(subtable.Coverage.glyphs)
    for number, rules in enumerate(getattr(subtable, f"{chain}{what}ClassSet")):
        first = [glyph for glyph in middle.get(number, []) if glyph in covered]
        for rule in getattr(rules, f"{chain}{what}ClassRule", ()) if first else ():
            rest = [middle.get(one, []) for one in (rule.Input if chain else rule.Class)]
            yield Context(
                tuple(before.get(one, []) for one in reversed(rule.Backtrack)) if chain else (),
                (first, *rest),
                tuple(after.get(one, []) for one in rule.LookAhead) if chain else (),
                _actions(rule, what),
            )
