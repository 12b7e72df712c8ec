"""What can go wrong, in words that say what to do next.

Errors are caught in two places: per glyph in `pipeline` (a `GlyphError` is collected, the other glyphs go on) and at
the top of `cli`, which alone prints and picks the exit code.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3
"""The result was written, with glyphs missing."""
EXIT_INTERRUPTED = 130


class SeganError(Exception):
    """A failure that a person can act on: the message holds the value, the limit and the next step."""

    exit_code = EXIT_FAILED


class Interruption(SeganError):
    """Ctrl-C. Typer would end a `KeyboardInterrupt` without a word, so the command tree turns it into this."""

    exit_code = EXIT_INTERRUPTED

    def __init__(self) -> None:
        super().__init__("Interrupted. What was finished is kept; nothing half-written is left behind.")


class UsageError(SeganError):
    """The call itself is wrong: an unknown name, a value out of range, a file that is not there."""

    exit_code = EXIT_USAGE


class EmptyGlyphError(SeganError):
    """A picture holds no ink where a stroke is needed."""


class MissingExtraError(SeganError):
    """A feature needs packages that the base install leaves out."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs more packages. Install them with: {install_hint(extra)}")


def install_hint(extra: str) -> str:
    """The command that installs an extra: in a checkout, as the README has it, it is typed in the checkout's folder."""
    checkout = Path(__file__).resolve().parents[1]
    return (
        f'pip install -e ".[{extra}]"' if (checkout / "pyproject.toml").is_file() else f'pip install "segan[{extra}]"'
    )


class GlyphError(SeganError):
    """One glyph failed at one stage; the others are unharmed.

    Args:
        char: the character.
        stage: the stage that failed, as the reports name it: "read", "draw", "trace", "outline", "compile".
        cause: what happened, one sentence.
    """

    def __init__(self, char: str, stage: str, cause: str) -> None:
        super().__init__(f"{char} (U+{ord(char):04X}), {stage}: {cause}")
        self.char, self.stage, self.cause = char, stage, cause

    def __reduce__(self) -> tuple[type[GlyphError], tuple[str, str, str]]:
        return GlyphError, (self.char, self.stage, self.cause)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion to append to an error message, or an empty string.

    Args:
        word: what was typed.
        known: what would have been right.

    Returns:
        ` Did you mean 'fit'?`, with the leading space, for the nearest known word; empty if none is near.
    """
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" Did you mean {near[0]!r}?" if near else ""
