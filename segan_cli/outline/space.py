"""From pixels, y down, to font units, y up: the only place where the axis turns and coordinates become whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from segan_cli.errors import EmptyGlyphError
from segan_cli.glyph import Contour, Frame, GlyphOutline, TracedGlyph, code_point
from segan_cli.outline.crossings import (
    count_crossings,
    crossing_places,
    meeting_places,
    seeming_places,
    touching_places,
)
from segan_cli.outline.nesting import right_way, with_directions
from segan_cli.outline.nudging import nudged
from segan_cli.outline.tidy import is_tidy
from segan_cli.outline.tracing import signed_area
from segan_cli.outline.uncurling import uncurled

ATTEMPTS = 3
"""How often crossing contours are untangled: rounding the new points may make them cross again."""
Floats = npt.NDArray[np.float64]
Piece = list[tuple[float, float]]
"""A line (2 points) or a cubic (4 points)."""


def to_font_units(traced: TracedGlyph, *, advance: int = 1000, shift: tuple[float, float] = (0, 0)) -> GlyphOutline:
    """Place traced contours in the em.

    Args:
        traced: contours in pixels, y down.
        advance: horizontal advance in font units.
        shift: added to x and y, in font units, before rounding.

    Returns:
        Contours with whole coordinates, without zero-length segments; outer ones counter-clockwise, counters clockwise.
        Contours that cross (about one glyph in a hundred) are untangled.

    Raises:
        EmptyGlyphError: nothing is left after rounding.
    """
    scaled = [Contour(px_to_units(c.points, traced.frame) + shift, c.on_curve) for c in traced.contours]
    contours = _mended(_whole(scaled))
    if not contours:
        raise EmptyGlyphError(f"{traced.char} ({code_point(traced.char)}): the outline is smaller than one font unit.")
    return GlyphOutline(traced.char, contours, advance)


def _mended(contours: tuple[Contour, ...]) -> tuple[Contour, ...]:
    """Without crossings: curls are laid straight, points move by a unit, and what still crosses is drawn anew by Skia."""
    for _ in range(ATTEMPTS):
        if not len(meeting_places(contours)):
            return contours
        contours = _whole(nudged(_whole(uncurled(contours))))
        if not count_crossings(contours):
            return contours
        contours = _whole(_untangled(contours))
    return _whole(nudged(_whole(uncurled(contours))))


def _whole(contours: Iterable[Contour]) -> tuple[Contour, ...]:
    whole = [tidy for contour in contours if (tidy := on_whole_units(contour)) is not None]
    return with_directions(whole)


def _untangled(contours: tuple[Contour, ...]) -> tuple[Contour, ...]:
    from segan_cli.outline.untangle import untangled

    return untangled(contours)


def px_to_units(points: Floats, frame: Frame) -> Floats:
    """Pixels (x, y down) of the frame's canvas as font units (x, y up)."""
    return points * (frame.units_per_px, -frame.units_per_px) + (0.0, frame.ascender)


def units_to_px(points: Floats, frame: Frame) -> Floats:
    """Font units (x, y up) as pixels (x, y down) of the frame's canvas."""
    return (points - (0.0, frame.ascender)) / (frame.units_per_px, -frame.units_per_px)


def on_whole_units(contour: Contour) -> Contour | None:
    """Round a contour to whole units and drop what rounding made pointless; None if nothing with an area is left."""
    whole = np.rint(contour.points) + 0.0
    tidy: Contour | None = Contour(whole, contour.on_curve)
    if not is_tidy(whole, contour.on_curve):
        tidy = _tidied(_pieces(whole, contour.on_curve))
    if tidy is None:
        return None
    return tidy if abs(signed_area(tidy)) >= 1 or count_crossings((tidy,)) else None


def _tidied(pieces: list[Piece]) -> Contour | None:
    pieces = _merged_lines(_straightened(pieces))
    points = [xy for piece in pieces for xy in piece[:-1]]
    if len(points) < 3:
        return None
    flags = [k == 0 for piece in pieces for k in range(len(piece) - 1)]
    return Contour(np.array(points, dtype=np.float64), np.array(flags, dtype=np.bool_))


def outline_faults(contours: tuple[Contour, ...]) -> tuple[str, ...]:
    """What is wrong with an outline on whole units, one phrase each; nothing for a sound one.

    Args:
        contours: font units, y up, as `to_font_units` gives them.

    Returns:
        Crossings that could not be untangled, contours without an area or with fewer than three points, contours that run
        the wrong way, knots that lie on another piece, and what FontForge takes for a crossing.
    """
    if not contours:
        return ()
    faults = []
    if crossings := len(crossing_places(contours)):
        faults.append(f"its outline crosses itself ({crossings} times)")
    if any(len(contour.points) < 3 or abs(signed_area(contour)) < 1 for contour in contours):
        faults.append("one of its contours has no area")
    if not all(right_way(list(contours))):
        faults.append("one of its contours runs the wrong way")
    if len(touching_places(contours)):
        faults.append("its outline touches itself")
    if len(seeming_places(contours)):
        faults.append("FontForge takes its outline for one that crosses itself")
    return tuple(faults)


def _pieces(points: Floats, on_curve: npt.NDArray[np.bool_]) -> list[Piece]:
    xy: list[tuple[float, float]] = [(x, y) for x, y in points.tolist()]
    starts = [int(k) for k in np.flatnonzero(on_curve)] + [len(xy)]
    closed = [*xy, xy[0]]
    return [closed[a : b + 1] for a, b in itertools.pairwise(starts)]


def _straightened(pieces: list[Piece]) -> list[Piece]:
    """Without zero-length pieces; a cubic whose handles lie on the line of its chord becomes a line."""
    out: list[Piece] = []
    for piece in pieces:
        first, last = piece[0], piece[-1]
        if len(piece) == 4 and _is_flat(piece):
            piece = [first, last]
        if len(piece) == 4 or first != last:
            out.append(piece)
    return out


def _is_flat(piece: Piece) -> bool:
    """Do a cubic's four points lie on one line?"""
    first, one, other, last = piece
    return _in_line(first, one, last) and _in_line(first, other, last) and _in_line(first, one, other)


def _merged_lines(pieces: list[Piece]) -> list[Piece]:
    """Join lines that go straight on, or straight back."""
    out: list[Piece] = []
    for piece in pieces:
        if out and _in_one_line(out[-1], piece):
            piece = [out.pop()[0], piece[1]]
        if len(piece) == 4 or piece[0] != piece[1]:
            out.append(piece)
    while len(out) > 2 and _in_one_line(out[-1], out[0]):
        first = [out.pop()[0], out[0][1]]
        out[:1] = [first] if first[0] != first[1] else []
    return out


def _in_one_line(before: Piece, after: Piece) -> bool:
    return len(before) == len(after) == 2 and _in_line(before[0], after[0], after[1])


def _in_line(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Does `b` lie on the line through `a` and `c`? So it does where those are one point."""
    return (b[0] - a[0]) * (c[1] - a[1]) == (b[1] - a[1]) * (c[0] - a[0])
