"""What an independent reader of single characters says of a glyph: the language of drawing, scanning and measuring."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from segan_cli.glyph import Ink


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader sees in a glyph.

    Args:
        char: the character that scored best.
        confidence: its score, 0 to 1.
    """

    char: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A glyph held against the character it should be.

    Args:
        char: the character it should be.
        reading: the character it is read as.
        score: the score of `char` itself, 0 to 1; 0 when the reader does not know it.
    """

    char: str
    reading: Reading
    score: float

    @property
    def right(self) -> bool:
        """Whether the glyph is read as exactly its character."""
        return self.reading.char == self.char


class Reader(Protocol):
    """Reads single characters (`evaluation.recognizer.Recognizer`); threads share it."""

    @property
    def name(self) -> str:
        """Its name, for the report."""

    def knows(self, char: str) -> bool:
        """Whether it can read the character at all."""

    def judge(self, inks: Sequence[Ink], chars: Sequence[str]) -> Sequence[Verdict]:
        """One verdict a picture, in order."""
