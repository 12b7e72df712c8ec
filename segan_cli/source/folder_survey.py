"""A look at a whole folder before any picture is read: how most of its pictures are made, and what is odd about the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from segan_cli.errors import GlyphError
from segan_cli.source.folder_fit import (
    BODY,
    FolderFit,
    canvas_em,
    carries_size,
    common_shape,
    em_of_cutouts,
    stroke_edges,
)
from segan_cli.source.glyph_image import GlyphFile, Picture, Polarity, read_picture
from segan_cli.source.ink_reading import ReadingRules, read_ink, touched_edges, widest_stroke
from segan_cli.source.paper_tone import paper_tone
from segan_cli.source.printed_lines import take_off_lines

Placing = Literal["auto", "canvas", "cut-outs"]
"""Whether each picture is the whole em, or cut out of a page; "auto" takes the first if the pictures have one shape."""

_SAMPLE, _SCALE_SAMPLE = 64, 300
_KEPT_BYTES = 1 << 28
_MOST = 0.5
_SMALL_GLYPHS = 0.45
_FEWEST_PIXELS = 64


@dataclass(frozen=True, slots=True)
class Survey:
    """How the pictures of a folder are read, and what a person should know about them."""

    fit: FolderFit
    remarks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """What one picture shows."""

    has_lines: bool
    touches: bool
    stroke: float
    extent: float


def survey(
    sizes: Mapping[GlyphFile, tuple[int, int]],
    *,
    polarity: Literal["auto"] | Polarity = "auto",
    placing: Placing = "auto",
) -> Survey:
    """Look at a sample of the pictures.

    Args:
        sizes: width and height of every picture.
        polarity: "auto" lets the majority decide, and a picture that plainly says otherwise goes by itself.
        placing: "auto", or what the pictures are.
    """
    entries = list(sizes)
    shape = common_shape(list(sizes.values())) if placing != "cut-outs" else 0.0
    whole = placing == "canvas" or shape > 0
    sample = _Sample(_spread(entries, _SAMPLE))
    reading = _reading(sample, polarity, whole)
    looked = [(entry.char, look) for entry, picture in sample if (look := _look(entry, picture, reading)) is not None]
    looks = [look for _, look in looked]
    reading = replace(
        reading,
        lines=whole or _share(look.has_lines for look in looks) > _MOST,
        tight=whole or _share(look.touches for look in looks) > _MOST,
        stroke=float(np.median([look.stroke for look in looks])) if looks else 0.0,
    )
    if not whole:
        return Survey(_cut_outs(entries, reading), tuple(_size_remarks(sizes, 0.0)))
    fit = FolderFit(
        "canvas", reading, em_px=canvas_em(list(sizes.values()), shape), shape=0.0 if placing == "canvas" else shape
    )
    extents = [look.extent for char, look in looked if carries_size(char)]
    filled = float(np.median(extents)) if extents else 0.0
    return Survey(fit, (*_size_remarks(sizes, filled), *_crop_remarks(sizes, fit)))


class _Sample:
    """Pictures that are gone through several times; those that would take too much memory together are read again each time."""

    def __init__(self, entries: Sequence[GlyphFile]) -> None:
        self._entries = entries
        self._kept: dict[GlyphFile, Picture | None] = {}
        self._room = _KEPT_BYTES

    def __iter__(self) -> Iterator[tuple[GlyphFile, Picture]]:
        for entry in self._entries:
            picture = self._kept[entry] if entry in self._kept else self._fresh(entry)
            if picture is not None:
                yield entry, picture

    def _fresh(self, entry: GlyphFile) -> Picture | None:
        picture = _read(entry)
        size = 0 if picture is None else picture.nbytes
        if size <= self._room:
            self._kept[entry], self._room = picture, self._room - size
        return picture


def _reading(sample: _Sample, polarity: Literal["auto"] | Polarity, whole: bool) -> ReadingRules:
    tones = [paper_tone(picture.lightness).polarity for _, picture in sample]
    dark_paper = sum(tone == "light-on-dark" for tone in tones) * 2 > len(tones)
    found: Polarity = "light-on-dark" if dark_paper else "dark-on-light"
    rules = ReadingRules(found if polarity == "auto" else polarity, own_polarity=polarity == "auto", lines=whole)
    coloured = [_is_coloured(entry, picture, rules) for entry, picture in sample if picture.colours is not None]
    return replace(rules, coloured_ink=_share(coloured) > _MOST)


def _is_coloured(entry: GlyphFile, picture: Picture, rules: ReadingRules) -> bool:
    """Whether there is colour in a picture and no ink without it."""
    try:
        read_ink(entry, picture, rules)
    except GlyphError as error:
        return "coloured marks and no ink" in error.cause
    return False


def _look(entry: GlyphFile, picture: Picture, rules: ReadingRules) -> _Look | None:
    try:
        ink = read_ink(entry, picture, rules).ink
    except GlyphError:
        return None
    has_lines = not rules.lines and take_off_lines(ink)[1].found
    left, top, right, bottom = stroke_edges(ink)
    extent = max(right - left, bottom - top) / max(ink.shape)
    return _Look(has_lines, len(touched_edges(ink)) > 1, widest_stroke(ink), extent)


def _cut_outs(entries: Sequence[GlyphFile], reading: ReadingRules) -> FolderFit:
    sized = [entry for entry in entries if carries_size(entry.char)] or list(entries)
    extents = []
    for entry in _spread(sized, _SCALE_SAMPLE):
        picture = _read(entry)
        if picture is None:
            continue
        try:
            ink = read_ink(entry, picture, reading).ink
        except GlyphError:
            continue
        left, top, right, bottom = stroke_edges(ink)
        extents.append(float(max(right - left, bottom - top)) * picture.scale)
    em = em_of_cutouts(extents) if extents else 0.0
    return FolderFit("one scale", reading, em_px=em) if em else FolderFit("each", reading)


def _size_remarks(sizes: Mapping[GlyphFile, tuple[int, int]], filled: float) -> list[str]:
    remarks = []
    small = [entry for entry, size in sizes.items() if max(size) < _FEWEST_PIXELS]
    if small:
        some = ", ".join(entry.path.name for entry in small[:3]) + (", …" if len(small) > 3 else "")
        which = "1 picture is" if len(small) == 1 else f"{len(small):,} pictures are"
        remarks.append(
            f"{which} smaller than {_FEWEST_PIXELS} px ({some}): outlines will be rough. Scan at 300 dpi or more."
        )
    if 0 < filled < _SMALL_GLYPHS:
        remarks.append(
            f"The characters fill {filled:.0%} of their pictures, so they will be small in the font; {BODY:.0%} is usual. To have "
            "them enlarged to that, all alike: --pictures cut-outs"
        )
    return remarks


def _crop_remarks(sizes: Mapping[GlyphFile, tuple[int, int]], fit: FolderFit) -> list[str]:
    odd = [(entry, size) for entry, size in sizes.items() if fit.is_cropped(*size)]
    if not odd:
        return []
    named = ", ".join(f"{entry.path.name} ({width} × {height} px)" for entry, (width, height) in odd[:5])
    more = ", …" if len(odd) > 5 else ""
    verb = "1 picture has" if len(odd) == 1 else f"{len(odd)} pictures have"
    return [
        f"{verb} another shape than the others: {named}{more}. Their ink is set in the middle, at the scale of the others."
    ]


def _read(entry: GlyphFile) -> Picture | None:
    try:
        return read_picture(entry, "dark-on-light")
    except GlyphError:
        return None


def _share(answers: Iterable[bool]) -> float:
    found = list(answers)
    return sum(found) / len(found) if found else 0.0


def _spread(entries: Sequence[GlyphFile], most: int) -> Sequence[GlyphFile]:
    """At most `most` entries, evenly spread over the folder."""
    return entries[:: max(1, -(-len(entries) // most))]
