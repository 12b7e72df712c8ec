"""What a review decided, honoured when characters are drawn: accepted glyphs stay, refused ones are drawn in another way."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from segan_cli.drawing.journal import DrawnGlyph, glyph_file
from segan_cli.drawing.retry import VARIATIONS, Variation
from segan_cli.files.plain import read_plain
from segan_cli.source.review_decisions import Decisions, Status


def settled(decisions: Decisions, chars: Sequence[str], finished: Mapping[str, DrawnGlyph]) -> dict[str, DrawnGlyph]:
    """The glyphs that no run draws over: accepted, chosen, retouched, or waiting to be written again.

    Args:
        decisions: of the folder.
        chars: the run's characters.
        finished: what the drawing journal knows of them.
    """
    files = {char: glyph_file(decisions.folder, char) for char in chars}
    found = decisions.with_status(files, "accepted", "write")
    return {char: finished.get(char) or _seen(char, files[char]) for char in chars if char in found}


def varied(decisions: Decisions, chars: Sequence[str]) -> dict[str, Variation]:
    """How to draw the refused ones: each time that one was refused, in the next of `VARIATIONS`.

    Args:
        decisions: of the folder.
        chars: what is to be drawn.
    """
    files = {char: glyph_file(decisions.folder, char) for char in chars}
    refused = decisions.with_status(files, "refused")
    return {char: VARIATIONS[(len(glyph.refused) - 1) % len(VARIATIONS)] for char, glyph in refused.items()}


def statuses(decisions: Decisions, chars: Iterable[str]) -> dict[str, Status]:
    """What a review decided on pictures as they lie there now: "accepted", "refused" or "write", where it did.

    Args:
        decisions: of the folder.
        chars: the characters asked about.
    """
    files = {char: glyph_file(decisions.folder, char) for char in chars}
    found = decisions.with_status(files, "accepted", "refused", "write")
    return {char: glyph.status for char, glyph in found.items()}


def _seen(char: str, path: Path) -> DrawnGlyph:
    """A glyph that another style or hand left, and somebody accepted."""
    data = read_plain(path)
    return DrawnGlyph(char, "the review", hashlib.sha256(data).hexdigest(), 0.0, checked=True, retouched=True)
