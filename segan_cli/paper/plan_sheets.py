"""From what was asked for to the characters that are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from segan_cli.errors import UsageError
from segan_cli.paper.choice import choose
from segan_cli.paper.wanted import last_page_chars, rejected_chars
from segan_cli.source.charset import parse_charset
from segan_cli.source.glyph_folder import chars_in_folder
from segan_cli.source.lacking import lacking

DEFAULT_TARGET = "gb2312"
DEFAULT_SIGNS = "punctuation+digits"


@dataclass(frozen=True, slots=True)
class SheetWish:
    """What was asked for.

    Args:
        chars: what to print (or, with `count`, to choose from), as `parse_charset` reads it.
        target: the set that is to be covered.
        count: how many to choose; None prints all.
        have: a glyph folder of what is written already.
        missing_from: a font or glyph folder; only what it lacks is printed.
        rejected: a report; only what it rejects is printed.
        last_page: signs for the last page; None takes the usual ones where characters are chosen, else none.
        seed: of the choice.
    """

    chars: str | None = None
    target: str | None = None
    count: int | None = None
    have: Path | None = None
    missing_from: Path | None = None
    rejected: Path | None = None
    last_page: str | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.chars and self.target:
            raise UsageError("--chars and --for both say which characters: leave one out.")
        if not (self.chars or self.target or self.count or self.rejected or self.missing_from):
            raise UsageError(
                "Say how many characters to choose (--count 200 --for gb2312), or which to print (--chars FILE)."
            )


@dataclass(frozen=True, slots=True)
class PlannedChars:
    """What is printed.

    Args:
        chars: in order.
        signs: for the last page.
    """

    chars: tuple[str, ...]
    signs: tuple[str, ...]


def plan_chars(wish: SheetWish) -> PlannedChars:
    """Find the characters.

    Args:
        wish: what was asked for.

    Raises:
        UsageError: a set, folder or report that cannot be read, or nothing left to write.
    """
    have = chars_in_folder(wish.have) if wish.have else ()
    wanted = _wanted(wish, have)
    if wish.missing_from is not None:
        wanted = tuple(lacking(wanted, wish.missing_from))
    if not wanted:
        raise UsageError("All of these characters are written already: there is no sheet to print.")
    signs = last_page_chars(wish.last_page or (DEFAULT_SIGNS if wish.count else "none"))
    signs = tuple(sign for sign in signs if sign not in set(have))
    if wish.count is None or len(wanted) <= wish.count:
        return PlannedChars(wanted, signs)
    target = None if wish.chars else wish.target or DEFAULT_TARGET
    return PlannedChars(choose(wanted, wish.count, target, wish.seed), signs)


def _wanted(wish: SheetWish, have: Sequence[str]) -> tuple[str, ...]:
    rejected = rejected_chars(wish.rejected) if wish.rejected else None
    spec = wish.chars or wish.target
    if spec is None and rejected is not None:
        return rejected
    named = parse_charset(spec or DEFAULT_TARGET)
    written, doubted = set(have), None if rejected is None else set(rejected)
    return tuple(char for char in named if (char not in written if doubted is None else char in doubted))
