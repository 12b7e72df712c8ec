"""What a glyph's picture tells beside its source: weight, breaks and clots; measured once, kept in the folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segan_cli.errors import GlyphError
from segan_cli.files.documents import DocumentError, read_json
from segan_cli.files.writing import write_json
from segan_cli.glyph import Frame, Ink
from segan_cli.ink import INK, count_parts
from segan_cli.review.place import KEPT, Place
from segan_cli.source.glyph_folder import read_glyph

MEASURED_AT = 128
"""Side of the canvas that is measured, in pixels."""
FORMAT = 1
NOTEWORTHY = 3.0
"""A measure is worth a word from so many robust deviations of the hand on."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What was counted in one glyph.

    Args:
        ink: share of the canvas that is ink, 0 to 1.
        source_ink: the same of its source glyph.
        parts: separate pieces of ink.
        source_parts: the same of its source glyph.
        holes: counters: pieces of paper enclosed by ink.
        source_holes: the same of its source glyph.
    """

    ink: float
    source_ink: float
    parts: int
    source_parts: int
    holes: int
    source_holes: int


@dataclass(frozen=True, slots=True)
class Strangeness:
    """How far a glyph is from what is usual in its hand, in robust deviations; 0 for what is usual or better.

    Args:
        weight: heavier (above 0) or lighter (below 0) than its source lets expect.
        breaks: more pieces than the source, beside what the hand does.
        clots: fewer counters than the source, beside what the hand does.
    """

    weight: float = 0.0
    breaks: float = 0.0
    clots: float = 0.0

    @property
    def total(self) -> float:
        """The sum of what is worth a word; what sorts glyphs."""
        return sum(abs(one) for one in (self.weight, self.breaks, self.clots) if abs(one) >= NOTEWORTHY)

    def reasons(self, measure: Measure) -> list[str]:
        """What is worth a word."""
        more, fewer = measure.parts - measure.source_parts, measure.source_holes - measure.holes
        words = []
        if abs(self.weight) >= NOTEWORTHY:
            words.append("heavier than the hand" if self.weight > 0 else "lighter than the hand")
        if self.breaks >= NOTEWORTHY and more > 0:
            words.append(f"{more} more pieces than the source" if more > 1 else "1 more piece than the source")
        if self.clots >= NOTEWORTHY and fewer > 0:
            words.append(f"{fewer} counters closed" if fewer > 1 else "1 counter closed")
        return words


SourceInk = Callable[[str, Frame], Ink | None]
"""The source glyph of a character on a canvas; None where no source has it."""


def measure_glyph(ink: Ink, source: Ink | None) -> Measure:
    """Count what is in a glyph and in its source.

    Args:
        ink: (S, S).
        source: (S, S); None counts the glyph itself in its place.
    """
    other = ink if source is None else source
    return Measure(
        round(float((ink >= INK).mean()), 5),
        round(float((other >= INK).mean()), 5),
        count_parts(ink),
        count_parts(other),
        count_holes(ink),
        count_holes(other),
    )


def count_holes(ink: Ink) -> int:
    """Pieces of paper that ink encloses; specks of a few pixels are none."""
    from scipy import ndimage

    paper, count = ndimage.label(np.pad(ink < INK, 1, constant_values=True))
    if count < 2:
        return 0
    sizes = np.bincount(paper.ravel())[1:]
    least = max(2.0, 1e-4 * ink.size)
    return int((sizes >= least).sum()) - 1


def strangeness(measures: Mapping[str, Measure]) -> dict[str, Strangeness]:
    """How far each glyph is from the usual; nothing is strange among fewer than 20.

    Source: ours: a hand's weight, breaks and closed counters are its own, so each is held against the median of the hand,
        in deviations of 1.48 MAD, with a floor that keeps one piece more or less from being strange in a neat hand.
    """
    if len(measures) < 20:
        return {char: Strangeness() for char in measures}
    found = list(measures.values())
    weight = _deviations([np.log((m.ink + 1e-3) / (m.source_ink + 1e-3)) for m in found], 0.05)
    breaks = _deviations([m.parts - m.source_parts for m in found], 0.7)
    clots = _deviations([m.source_holes - m.holes for m in found], 0.7)
    return {
        char: Strangeness(round(float(w), 2), round(max(float(b), 0.0), 2), round(max(float(c), 0.0), 2))
        for char, w, b, c in zip(measures, weight, breaks, clots, strict=True)
    }


class MeasureBook:
    """What was measured in a folder, kept between reviews.

    Args:
        place: the folder.
        source: draws source glyphs.
    """

    def __init__(self, place: Place, source: SourceInk) -> None:
        self.place, self._source = place, source
        self._path = place.folder / KEPT / "measures.json"
        self._known = _read(self._path)

    def known(self) -> dict[str, tuple[str, Measure]]:
        """What is known of pictures as they lie there, each with the version of the picture that was measured."""
        return {char: self._known[char] for char in self.place.files if self._is_known(char)}

    def _is_known(self, char: str) -> bool:
        return char in self._known and self._known[char][0] == self.place.version(char)

    def measure(self, chars: Iterable[str], stopped: Callable[[], bool] = lambda: False) -> None:
        """Measure some glyphs; those that cannot be read are left out."""
        for char in chars:
            if stopped():
                return
            version, file = self.place.version(char), self.place.files.get(char)
            if file is None:  # renamed meanwhile
                continue
            try:
                ink = read_glyph(file, self.place.fit, Frame(MEASURED_AT)).ink
            except GlyphError:
                continue
            if self.place.version(char) != version:  # another picture came while this was read
                continue
            self._known[char] = (version, measure_glyph(ink, self._source(char, Frame(MEASURED_AT))))

    def keep(self) -> None:
        """Write what is known."""
        words = {char: [version, *_numbers(measure)] for char, (version, measure) in self._known.items()}
        write_json(self._path, {"format": FORMAT, "glyphs": words})


def _numbers(measure: Measure) -> list[float]:
    names = ("ink", "source_ink", "parts", "source_parts", "holes", "source_holes")
    return [getattr(measure, name) for name in names]


def _read(path: Path) -> dict[str, tuple[str, Measure]]:
    try:
        words = read_json(path)
        if words["format"] != FORMAT:
            return {}
        return {char: (str(row[0]), Measure(*row[1:])) for char, row in words["glyphs"].items()}
    except (OSError, DocumentError, ValueError, LookupError, TypeError, AttributeError):
        return {}


def _deviations(values: list[float], least: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    array = np.asarray(values, np.float64)
    middle = np.median(array)
    deviation = 1.4826 * float(np.median(np.abs(array - middle)))
    return (array - middle) / max(deviation, least)
