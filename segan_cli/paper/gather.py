"""From cells to one glyph a character: the later page wins, of several cells the one that reads best."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from segan_cli.glyph import Frame, GlyphRaster, Reader, Verdict
from segan_cli.paper.cutting import CutCell
from segan_cli.paper.hand_scale import on_canvas
from segan_cli.paper.scan import ReadPage

_BATCH = 48
_UNREAD_SCORE = 0.05
_SURE, _SURE_ELSEWHERE = 0.8, 0.4
"""How sure a reading must be to raise a doubt; less, if what is read belongs into another cell of these sheets."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A cell in which a character may stand.

    Args:
        char: what should stand there.
        page: the picture, counted from 0.
        cell: its ink.
    """

    char: str
    page: int
    cell: CutCell


@dataclass(frozen=True, slots=True, eq=False)
class ScannedGlyph:
    """A character as it was written.

    Args:
        raster: the glyph.
        page: the picture, counted from 0.
        cell: the number of its cell on that page.
        doubts: why someone should look at it.
        read: what a reader sees; empty without a reader, or if the reader does not know the character.
        score: the score of the right character.
    """

    raster: GlyphRaster
    page: int
    cell: int
    doubts: tuple[str, ...] = ()
    read: str = ""
    score: float | None = None


def candidates(pages: Sequence[ReadPage]) -> dict[str, list[Candidate]]:
    """The cells with ink by character, in the order of the pictures."""
    found: dict[str, list[Candidate]] = {}
    for number, page in enumerate(pages):
        for char, cell in zip(page.chars, page.cells, strict=True):
            if char and not cell.is_empty:
                found.setdefault(char, []).append(Candidate(char, number, cell))
    return found


def gathered(
    found: dict[str, list[Candidate]],
    em: float,
    frame: Frame,
    reader: Reader | None,
    advance: Callable[[int], None] = lambda steps: None,
) -> Iterator[tuple[ScannedGlyph, list[ScannedGlyph]]]:
    """One glyph a character, and the others that were written of it.

    Args:
        found: the cells by character.
        em: the em, in sides of a cell.
        frame: the canvas.
        reader: who reads them; None leaves that out.
        advance: told how many characters are done since its last call.

    Yields:
        The glyph of the latest picture that has the character (of several cells there, the one that reads best, else
        the last), and the rest in order.
    """
    names = list(found)
    everything = set(names)
    for start in range(0, len(names), _BATCH):
        some = names[start : start + _BATCH]
        glyphs = _read_back([_placed(one, em, frame) for char in some for one in found[char]], reader, everything)
        by_char: dict[str, list[ScannedGlyph]] = {}
        for glyph in glyphs:
            by_char.setdefault(glyph.raster.char, []).append(glyph)
        for written in by_char.values():
            best = max((glyph for glyph in written if glyph.page == written[-1].page), key=_worth)
            yield best, [glyph for glyph in written if glyph is not best]
        advance(len(some))


def _worth(glyph: ScannedGlyph) -> tuple[float, int, int]:
    return glyph.score or 0.0, -len(glyph.doubts), glyph.cell


def _placed(one: Candidate, em: float, frame: Frame) -> ScannedGlyph | None:
    raster, remark = on_canvas(one.char, one.cell, em, frame)
    if raster is None:
        return None
    return ScannedGlyph(raster, one.page, one.cell.number, (*one.cell.findings, *([remark] if remark else [])))


def _read_back(glyphs: Sequence[ScannedGlyph | None], reader: Reader | None, chars: set[str]) -> list[ScannedGlyph]:
    there = [glyph for glyph in glyphs if glyph is not None]
    known = [glyph for glyph in there if reader is not None and reader.knows(glyph.raster.char)]
    if reader is None or not known:
        return there
    verdicts = reader.judge([glyph.raster.ink for glyph in known], [glyph.raster.char for glyph in known])
    read = {id(glyph): _judged(glyph, verdict, chars) for glyph, verdict in zip(known, verdicts, strict=True)}
    return [read.get(id(glyph), glyph) for glyph in there]


def _judged(glyph: ScannedGlyph, verdict: Verdict, chars: set[str]) -> ScannedGlyph:
    seen, doubts = verdict.reading, glyph.doubts
    if seen.char != glyph.raster.char and verdict.score < _UNREAD_SCORE:
        if seen.char in chars and seen.confidence >= _SURE_ELSEWHERE:
            doubts = (*doubts, f"reads as {seen.char}, which belongs into another cell")
        elif seen.confidence >= _SURE:
            doubts = (*doubts, f"reads as {seen.char}")
    return ScannedGlyph(glyph.raster, glyph.page, glyph.cell, doubts, seen.char, round(float(verdict.score), 4))
