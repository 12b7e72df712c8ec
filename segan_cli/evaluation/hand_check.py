"""Does a font draw the characters that it says? Finds the pictures that show another character."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from segan_cli.evaluation.recognizer import BATCH, Recognizer
from segan_cli.evaluation.variants import Variants
from segan_cli.glyph import GlyphRaster, Verdict

SURE = 0.9
"""Confidence from which a reading of another character is listed."""
UNLIKE = 0.05
"""Score of the right character up to which a variant's reading counts as the other form's picture."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """A glyph that is surely read as another character.

    Args:
        char: the character it should be.
        read: the one it is read as.
        confidence: of that reading.
        variant: whether both are forms of one character, so that the picture most likely shows the other form. Anything
            else may be a cursive form that the recogniser does not know.
    """

    char: str
    read: str
    confidence: float
    variant: bool

    def as_row(self) -> dict[str, Any]:
        """Plain values for a manifest."""
        return {"char": self.char, "read": self.read, "confidence": round(self.confidence, 3), "variant": self.variant}


def find_suspects(
    glyphs: Iterable[GlyphRaster],
    recognizer: Recognizer,
    variants: Variants | None,
    advance: Callable[[int], None] = lambda steps: None,
) -> list[Suspect]:
    """Read every glyph, and list those that are surely read as another character.

    Args:
        glyphs: the hand's glyphs. Characters that the recogniser does not know are passed over.
        recognizer: who reads.
        variants: tells simplified and traditional forms of one character; None knows none.
        advance: told how many glyphs are read since its last call.
    """
    known = (raster for raster in glyphs if recognizer.knows(raster.char))
    suspects: list[Suspect] = []
    while batch := list(itertools.islice(known, BATCH)):
        verdicts = recognizer.judge([raster.ink for raster in batch], [raster.char for raster in batch])
        suspects += [found for verdict in verdicts if (found := _suspect(verdict, variants)) is not None]
        advance(len(batch))
    return suspects


def _suspect(verdict: Verdict, variants: Variants | None) -> Suspect | None:
    reading = verdict.reading
    if verdict.right or reading.confidence < SURE:
        return None
    variant = variants is not None and verdict.score <= UNLIKE and variants.same(verdict.char, reading.char)
    return Suspect(verdict.char, reading.char, reading.confidence, variant)
