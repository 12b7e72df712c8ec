"""From pixels, y down, to font units, y up: the only place where the axis turns and coordinates become whole."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from segan_cli.errors import EmptyGlyphError
from segan_cli.glyph import Contour, Frame, GlyphOutline, TracedGlyph, code_point
from segan_cli.outline.crossings import count_crossings, flattened
from segan_cli.outline.tracing import signed_area

ATTEMPTS = 3
"""How often crossing contours are untangled: rounding the new points may make them cross again."""
WITNESSES = 9
"""How many points of a contour are asked whether it lies inside another."""
Floats = npt.NDArray[np.float64]


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
    contours = _whole(scaled)
    for _ in range(ATTEMPTS):
        if not contours or not count_crossings(contours):
            break
        contours = _whole(_untangled(contours))
    if not contours:
        raise EmptyGlyphError(f"{traced.char} ({code_point(traced.char)}): the outline is smaller than one font unit.")
    return GlyphOutline(traced.char, contours, advance)


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
    pieces = _straightened(_pieces(np.rint(contour.points) + 0.0, contour.on_curve))
    pieces = _merged_lines(pieces)
    points = [xy for piece in pieces for xy in piece[:-1]]
    if len(points) < 3:
        return None
    flags = [k == 0 for piece in pieces for k in range(len(piece) - 1)]
    tidy = Contour(np.array(points, dtype=np.float64), np.array(flags, dtype=np.bool_))
    return tidy if abs(signed_area(tidy)) >= 1 or count_crossings((tidy,)) else None


def with_directions(contours: list[Contour]) -> tuple[Contour, ...]:
    """Turn contours so that outer ones run counter-clockwise and those inside them clockwise, by nesting (y up).

    Whether one contour lies inside another is what most of its points say, on the curves themselves.
    """
    outlines = [flattened(contour) for contour in contours]
    turned = []
    for k, contour in enumerate(contours):
        depth = sum(_mostly_inside(outlines[k], outlines[other]) for other in range(len(contours)) if other != k)
        right = (signed_area(contour) > 0) == (depth % 2 == 0)
        turned.append(contour if right else reversed_contour(contour))
    return tuple(turned)


def outline_faults(contours: tuple[Contour, ...]) -> tuple[str, ...]:
    """What is wrong with an outline on whole units, one phrase each; nothing for a sound one.

    Args:
        contours: font units, y up, as `to_font_units` gives them.

    Returns:
        Crossings that could not be untangled, contours without an area or with fewer than three points, and contours
        that run the wrong way.
    """
    if not contours:
        return ()
    faults = []
    if crossings := count_crossings(contours):
        faults.append(f"its outline crosses itself ({crossings} times)")
    if any(len(contour.points) < 3 or abs(signed_area(contour)) < 1 for contour in contours):
        faults.append("one of its contours has no area")
    right = with_directions(list(contours))
    if any(signed_area(a) * signed_area(b) < 0 for a, b in zip(contours, right, strict=True)):
        faults.append("one of its contours runs the wrong way")
    return tuple(faults)


def _mostly_inside(run: Floats, polygon: Floats) -> bool:
    """Does most of a closed run of points lie within the polygon?"""
    inner, outer = (run.min(axis=0), run.max(axis=0)), (polygon.min(axis=0), polygon.max(axis=0))
    if (inner[0] < outer[0] - 2).any() or (inner[1] > outer[1] + 2).any():  # it reaches beyond: touching at most
        return False
    witnesses = run[:: max(1, len(run) // WITNESSES)]
    return sum(_inside(point, polygon) for point in witnesses) * 2 > len(witnesses)


def reversed_contour(contour: Contour) -> Contour:
    """The same contour run backwards, from the same first point."""
    order = np.r_[0, len(contour.points) - 1 : 0 : -1]
    return Contour(contour.points[order], contour.on_curve[order])


def _inside(point: Floats, polygon: Floats) -> bool:
    """Is the point within the polygon, by the parity of crossings to its right?"""
    x, y = polygon[:, 0], polygon[:, 1]
    if not (x.min() <= point[0] <= x.max() and y.min() <= point[1] <= y.max()):
        return False
    x2, y2 = np.roll(x, -1), np.roll(y, -1)
    spans = (y > point[1]) != (y2 > point[1])
    where = x[spans] + (point[1] - y[spans]) * (x2[spans] - x[spans]) / (y2[spans] - y[spans])
    return bool(np.count_nonzero(where > point[0]) % 2)


Piece = list[tuple[float, float]]
"""A line (2 points) or a cubic (4 points)."""


def _pieces(points: Floats, on_curve: npt.NDArray[np.bool_]) -> list[Piece]:
    xy = [(float(x), float(y)) for x, y in points]
    starts = [int(k) for k in np.flatnonzero(on_curve)] + [len(xy)]
    closed = [*xy, xy[0]]
    return [closed[a : b + 1] for a, b in itertools.pairwise(starts)]


def _straightened(pieces: list[Piece]) -> list[Piece]:
    """Without zero-length pieces; a cubic whose handles lie on its chord becomes a line."""
    out: list[Piece] = []
    for piece in pieces:
        first, last = piece[0], piece[-1]
        if len(piece) == 4 and all(_between(first, handle, last) for handle in piece[1:3]):
            piece = [first, last]
        if len(piece) == 4 or first != last:
            out.append(piece)
    return out


def _merged_lines(pieces: list[Piece]) -> list[Piece]:
    """Join lines that go straight on."""
    out: list[Piece] = []
    for piece in pieces:
        if out and len(piece) == 2 and len(out[-1]) == 2 and _between(out[-1][0], piece[0], piece[1]):
            out[-1] = [out[-1][0], piece[1]]
        else:
            out.append(piece)
    if len(out) > 2 and len(out[0]) == len(out[-1]) == 2 and _between(out[-1][0], out[0][0], out[0][1]):
        out[0] = [out.pop()[0], out[0][1]]
    return out


def _between(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Does `b` lie on the straight line from `a` to `c`?"""
    if (b[0] - a[0]) * (c[1] - a[1]) != (b[1] - a[1]) * (c[0] - a[0]):
        return False
    return min(a[0], c[0]) <= b[0] <= max(a[0], c[0]) and min(a[1], c[1]) <= b[1] <= max(a[1], c[1])
