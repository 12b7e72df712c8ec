"""From a picture to ink: what is on the paper and is no stroke is taken away, or the glyph fails by name.

Coloured marks, light that falls off, printed lines and frames are mended (`coloured_marks`, `even_light`, `printed_lines`).
What cannot be mended and is no stroke, such as a black area from one edge, is a `GlyphError`; what a person should look at
is a doubt, which the report lists. Pictures that are clean come through to the bit as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segan_cli.errors import GlyphError
from segan_cli.glyph import Ink
from segan_cli.source.coloured_marks import take_off_marks
from segan_cli.source.even_light import evened, is_even, paper_lightness
from segan_cli.source.glyph_image import GlyphFile, Lightness, Picture, Polarity
from segan_cli.source.paper_tone import FAINT, paper_tone
from segan_cli.source.printed_lines import take_off_lines

_SLAB, _SLAB_LEAST = 2.6, 0.09
"""How many times wider than the hand's widest strokes, and how wide in parts of the picture, an area is that no brush wrote."""
_WHOLE_SIDE = 0.8
_PALE = 0.2
_SHADED = 0.2
"""The least difference between paper and ink, of 1, where light was put right: below it there is the rest of a shadow."""
_FAINT_INK, _FAINT_SHARE = 0.15, 0.004
"""Ink value, and part of the picture, from which pale marks beside the strokes are looked into."""


@dataclass(frozen=True, slots=True)
class ReadingRules:
    """What was learned from all pictures of a folder about how to read one.

    Args:
        polarity: which of the two the paper is, where a picture does not say so itself.
        own_polarity: whether a picture that plainly says otherwise goes by itself.
        lines: whether printed lines are looked for.
        coloured_ink: the writing itself is coloured, so colour is no mark.
        stroke: the widest stroke's half width in a usual picture, in parts of the longer side; 0 if unknown.
        tight: that ink touches a picture's edge says nothing: the pictures are cut so close, or are the em whole, whose edges
            are looked at on the canvas.
    """

    polarity: Polarity = "dark-on-light"
    own_polarity: bool = False
    lines: bool = False
    coloured_ink: bool = False
    stroke: float = 0.0
    tight: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class ReadInk:
    """A picture's ink.

    Args:
        ink: (H, W) float32 in [0, 1], 1 is ink.
        mended: what was taken away or put right.
        doubts: what a person should look at.
    """

    ink: Ink
    mended: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def read_ink(file: GlyphFile, picture: Picture, rules: ReadingRules) -> ReadInk:
    """Find the ink of a picture.

    Raises:
        GlyphError: blank, ink all over, or a dark area that is no stroke.
    """
    polarity = rules.polarity
    mended: list[str] = []
    if rules.own_polarity:
        tone = paper_tone(picture.lightness)
        if tone.sure and tone.polarity != polarity:
            polarity = tone.polarity
            mended.append(f"read as {polarity.replace('-', ' ')}, unlike the others")
    lightness = picture.lightness
    if polarity == "dark-on-light":
        lightness = _on_plain_paper(file, picture, rules, mended)
    ink = 1 - lightness if polarity == "dark-on-light" else lightness.copy()
    contrast = float(np.ptp(np.percentile(ink, (1, 99.5))))
    if contrast < _SHADED and "uneven light" in mended:
        raise GlyphError(file.char, "read", f"{file.path.name} is blank: there are shades on it, and no ink.")
    ink = _levelled(file, ink)
    if rules.lines:
        ink, lines = take_off_lines(ink)
        if lines.found:
            mended.append(_line_words(lines.frame_sides, lines.inner))
        if _has_faint_marks(ink):
            plain, lines = take_off_lines(ink, _FAINT_INK)
            if lines.found:
                ink = np.where(ink >= 0.5, ink, plain)
                mended.append("pale: " + _line_words(lines.frame_sides, lines.inner))
    check_ink(file, ink)
    _refuse_slabs(file, ink, rules)
    doubts = _doubts(ink, rules)
    if contrast < _PALE:
        doubts.append(f"very pale: ink and paper differ by {contrast:.0%}")
    return ReadInk(ink, tuple(mended), tuple(doubts))


def check_ink(file: GlyphFile, ink: Ink) -> None:
    """Refuse a picture without ink, and one of ink alone.

    Raises:
        GlyphError: blank, or ink all over.
    """
    if not (ink >= 0.5).any():
        raise GlyphError(file.char, "read", f"{file.path.name} is blank.")
    if ink.mean() > 0.85:
        raise GlyphError(
            file.char,
            "read",
            f"{file.path.name} is ink almost all over. If paper and ink are swapped in this folder, set the polarity.",
        )


def widest_stroke(ink: Ink) -> float:
    """Half the width of the widest inked place, in parts of the picture's longer side."""
    return _thickness(ink).largest


def touched_edges(ink: Ink) -> list[str]:
    """The edges of the picture that ink touches."""
    inked = ink >= 0.5
    edges = {"left": inked[:, 0], "right": inked[:, -1], "upper": inked[0], "lower": inked[-1]}
    return [name for name, line in edges.items() if line.any()]


def _on_plain_paper(file: GlyphFile, picture: Picture, rules: ReadingRules, mended: list[str]) -> Lightness:
    """The picture as it would be on white paper without coloured marks and in even light."""
    lightness = picture.lightness
    if picture.colours is not None and not rules.coloured_ink:
        background = paper_lightness(picture.colours.max(axis=2))
        unmixed = take_off_marks(picture.colours, lightness, background)
        if not unmixed.has_ink and unmixed.share:
            raise GlyphError(file.char, "read", f"{file.path.name} holds coloured marks and no ink.")
        if unmixed.share:
            lightness = unmixed.lightness
            mended.append(f"coloured marks on {max(unmixed.share, 0.001):.1%} of the picture")
    background = paper_lightness(lightness)
    if not is_even(background):
        lightness = evened(lightness, background)
        lightness = evened(lightness, paper_lightness(lightness))  # the corners, which the first pass reaches last
        mended.append("uneven light")
    return lightness


def _has_faint_marks(ink: Ink) -> bool:
    """Whether there is something pale that is not the edge of a stroke."""
    from scipy import ndimage

    pale = (ink >= _FAINT_INK) & (ink < 0.5)
    if pale.mean() < _FAINT_SHARE:
        return False
    strokes = ndimage.binary_dilation(ink >= 0.5, iterations=3)
    return bool((pale & ~strokes).mean() >= _FAINT_SHARE)


def _line_words(sides: int, inner: int) -> str:
    parts = ["a printed frame"] if sides else []
    parts += [f"{inner} printed line{'s' if inner > 1 else ''}"] if inner else []
    return " and ".join(parts)


def _refuse_slabs(file: GlyphFile, ink: Ink, rules: ReadingRules) -> None:
    """Refuse a dark area at the edge that no brush wrote."""
    thickness = _thickness(ink)
    limit = max(_SLAB * rules.stroke, _SLAB_LEAST)
    name = thickness.edge_of_largest
    if thickness.largest > limit and name:
        raise GlyphError(
            file.char,
            "read",
            f"{file.path.name} has a dark area at its {name} edge, {2 * thickness.largest:.0%} of the picture wide, that is no "
            "stroke. Cut it off, or paint it over with paper.",
        )
    if rules.lines and thickness.whole_side:
        raise GlyphError(
            file.char,
            "read",
            f"{file.path.name} is dark along its whole {thickness.whole_side} edge. Cut that off, or paint it over with paper.",
        )


def _doubts(ink: Ink, rules: ReadingRules) -> list[str]:
    doubts = []
    if not rules.tight and (edges := touched_edges(ink)):
        doubts.append(f"ink touches the {', '.join(edges)} edge of its picture")
    if rules.stroke and widest_stroke(ink) > max(_SLAB * rules.stroke, _SLAB_LEAST):
        doubts.append("a dark area much wider than the hand's strokes")
    return doubts


@dataclass(frozen=True, slots=True)
class _Thickness:
    largest: float
    edge_of_largest: str
    whole_side: str


def _thickness(ink: Ink) -> _Thickness:
    """How wide the ink is where it is widest, which edge that place is at, and which edge is dark from end to end."""
    from scipy import ndimage

    inked = ink >= 0.5
    step = max(1, max(inked.shape) // 256)
    small = inked[::step, ::step]
    distance = ndimage.distance_transform_edt(np.pad(small, 1, mode="edge"))[1:-1, 1:-1]
    peak = float(distance.max())
    at = np.unravel_index(int(distance.argmax()), distance.shape)
    gaps = {"upper": at[0], "lower": small.shape[0] - 1 - at[0], "left": at[1], "right": small.shape[1] - 1 - at[1]}
    nearest = min(gaps, key=lambda name: gaps[name])
    edge = nearest if gaps[nearest] <= 1.3 * peak else ""
    sides = {"left": small[:, 0], "right": small[:, -1], "upper": small[0], "lower": small[-1]}
    longest = max(small.shape)
    whole = [name for name, line in sides.items() if line.mean() > _WHOLE_SIDE and len(line) >= 0.8 * longest]
    return _Thickness(peak / longest, edge, whole[0] if whole else "")


def _levelled(file: GlyphFile, ink: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Paper to 0 and ink to 1: the means of the two sides of Otsu's threshold, when they are not there already."""
    low, high = float(ink.min()), float(ink.max())
    if high - low < FAINT:
        if low > 0.5:
            raise GlyphError(file.char, "read", f"{file.path.name} is ink all over.")
        raise GlyphError(file.char, "read", f"{file.path.name} is blank: it is one even tone.")
    split = _otsu(ink)
    paper, stroke = float(np.median(ink[ink < split])), float(np.median(ink[ink >= split]))
    if paper < 0.02 and stroke > 0.98:
        return ink
    levelled = np.clip((ink - paper) / max(stroke - paper, 1e-6), 0, 1)
    return np.where(levelled < 0.1, np.float32(0), levelled).astype(np.float32)


def _otsu(ink: npt.NDArray[np.float32]) -> float:
    """The tone that best parts paper from ink (Otsu 1979), strictly between the lightest and the darkest."""
    low, high = float(ink.min()), float(ink.max())
    counts, edges = np.histogram(ink, bins=256, range=(low, high))
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    sums = np.cumsum(counts * middles)
    mean_below = sums[:-1] / np.maximum(below, 1)
    mean_above = (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    return float(edges[1:-1][np.argmax(below * above * (mean_below - mean_above) ** 2)])
