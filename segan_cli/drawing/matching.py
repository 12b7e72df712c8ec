"""Which shipped hand is most like somebody's own: each draws what was written, and the two are laid over each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from segan_cli.drawing.draw import draw_sample
from segan_cli.drawing.sources import Sources, open_sources
from segan_cli.errors import EmptyGlyphError, GlyphError, SeganError, UsageError
from segan_cli.generator.bundle import Bundle
from segan_cli.glyph import Frame, GlyphRaster, Ink
from segan_cli.ink import iou, skeleton_distance
from segan_cli.source.folder_fit import to_canvas
from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder
from segan_cli.source.raster import hand_fit
from segan_cli.source.skeleton import centre_lines, thin

COMPARED = 48
"""Glyphs that are compared: enough that another choice of them ranks alike."""
FEWEST = 5
MEASURED_AT = 128


@dataclass(frozen=True)
class Match:
    """How like a hand is.

    Args:
        bundle: the hand.
        overlap: common part of the ink, mean over the glyphs, 0 to 1, when the hand's size and place are made equal.
        skeleton_distance: mean distance of the centre lines, thousandths of the em.
        weight: how much bolder (above 1) or lighter the hand's strokes are than one's own.
        inks: what it draws of the characters compared, in one's own size and place.
    """

    bundle: Bundle
    overlap: float
    skeleton_distance: float
    weight: float
    inks: tuple[Ink, ...]


@dataclass(frozen=True)
class Matches:
    """The hands, the most like first, and one's own glyphs that they were compared with."""

    chars: tuple[str, ...]
    own: tuple[Ink, ...]
    ranked: tuple[Match, ...]


def match_hands(
    folder: Path,
    bundles: Sequence[Bundle],
    *,
    source_font: str | None = None,
    advance: Callable[[int], None] = lambda steps: None,
) -> Matches:
    """Rank hands by how like they are to a folder of written glyphs.

    Args:
        folder: one's own glyphs.
        bundles: the hands.
        source_font: where source glyphs come from; None as each learned.
        advance: called with the number of hands done.

    Raises:
        UsageError: no hands, or fewer than five characters that they can draw, too.

    Source: ours: the overlap of a hand's drawing with the written glyph is what training that starts from it begins with.
    """
    if not bundles:
        raise UsageError("No styles are installed that could be compared. See: segan styles")
    found = scan_glyph_folder(folder)
    sources = open_sources(source_font, bundles[0].manifest.source_font, found.chars)
    known = [entry for entry in found.entries if entry.char.isalpha() and sources.of(entry.char) is not None]
    own: list[GlyphRaster] = []
    for entry in known[:: -(-len(known) // COMPARED) or 1]:
        try:
            own.append(read_glyph(entry, found.fit, Frame(MEASURED_AT)))
        except GlyphError:
            continue
    if len(own) < FEWEST:
        raise UsageError(
            f"{folder} has {len(own)} characters that the shipped hands draw, too; at least {FEWEST} are needed."
        )
    matches = []
    for bundle in bundles:
        matches.append(_match(bundle, own, sources))
        advance(1)
    ranked = sorted(matches, key=lambda one: -one.overlap)
    return Matches(tuple(one.char for one in own), tuple(one.ink for one in own), tuple(ranked))


def _match(bundle: Bundle, own: Sequence[GlyphRaster], sources: Sources) -> Match:
    inks = draw_sample(bundle, "".join(one.char for one in own), sources)
    drawn = [_sized(one.char, ink) for one, ink in zip(own, inks, strict=True)]
    try:
        placed = hand_fit(drawn, own)
    except SeganError:  # it drew nothing
        return Match(bundle, 0.0, 1000.0, 0.0, tuple(one.ink for one in drawn))
    side = MEASURED_AT / placed.scale
    left = MEASURED_AT / 2 - placed.dx / 1000 * side - side / 2
    top = MEASURED_AT / 2 + placed.dy / 1000 * side - side / 2
    box = (left, top, left + side, top + side)
    moved = [to_canvas(one.ink, box, MEASURED_AT) for one in drawn]
    pairs = list(zip(moved, (one.ink for one in own), strict=True))
    return Match(
        bundle,
        overlap=float(np.mean([iou(*pair) for pair in pairs])),
        skeleton_distance=float(np.mean([skeleton_distance(*map(centre_lines, pair)) for pair in pairs])),
        weight=_weight(moved) / max(_weight([one.ink for one in own]), 1e-6),
        inks=tuple(moved),
    )


def _sized(char: str, ink: Ink) -> GlyphRaster:
    side = float(ink.shape[0])
    return GlyphRaster(char, to_canvas(ink, (0.0, 0.0, side, side), MEASURED_AT), Frame(MEASURED_AT))


def _weight(inks: Sequence[Ink]) -> float:
    """Mean width of the strokes: ink for each pixel of the centre lines."""
    ink, line = 0.0, 0
    for one in inks:
        try:
            line += int(thin(one).sum())
            ink += float(one.sum())
        except EmptyGlyphError:
            continue
    return ink / line if line else 0.0
