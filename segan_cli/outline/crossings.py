"""Does an outline cross itself? Asked of every outline, so it is quick."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour
from segan_cli.outline.compiled import compiled
from segan_cli.outline.piece_crossings import crossings_of, piece_table

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

STEPS = 8
"""Straight steps that stand for one cubic."""
TOUCHING = 1e-6
"""Square font units; less is what is left of nothing in floating-point numbers where two pieces lie on each other."""
OVERSHOOT = 0.01
"""Font units: a curve that swings across a line's end counts if it would cross a line that is longer by this. FontForge names it."""
_EVEN = np.arange(STEPS) / STEPS


def count_crossings(contours: tuple[Contour, ...]) -> int:
    """How often the contours cross themselves or each other; touching is no crossing.

    Source: ours; proper crossings of the flattened pieces, found by boxes, and by the flattened pieces where those overlap.
    """
    return len(crossing_pieces(contours))


def crossing_pieces(contours: tuple[Contour, ...]) -> Ints:
    """Which pieces cross.

    Returns:
        (N, 4) one row a crossing: contour and piece of the one edge, contour and piece of the other. A contour's pieces
        are numbered by its on-curve points, from 0.
    """
    return _met(contours, 0.0)[0]


def crossing_places(contours: tuple[Contour, ...]) -> Floats:
    """(N, 2) about where each crossing is, font units; also where a curve swings across the end of the line beside it."""
    return _met(contours, OVERSHOOT)[1]


def touching_places(contours: tuple[Contour, ...]) -> Floats:
    """(N, 2) knots that lie on another knot or on a straight piece that does not end there."""
    if not contours:
        return np.empty((0, 2))
    points = np.concatenate([contour.points for contour in contours])
    on_curve = np.concatenate([contour.on_curve for contour in contours])
    return _touched(points, on_curve, np.cumsum([0, *(len(contour.points) for contour in contours)]))


def meeting_places(contours: tuple[Contour, ...]) -> Floats:
    """(N, 2) where the outline crosses or touches itself."""
    return np.concatenate([crossing_places(contours), touching_places(contours)])


def _met(contours: tuple[Contour, ...], overshoot: float) -> tuple[Ints, Floats]:
    if not contours:
        return np.empty((0, 4), dtype=np.int64), np.empty((0, 2))
    points = np.concatenate([contour.points for contour in contours])
    on_curve = np.concatenate([contour.on_curve for contour in contours])
    ends = np.cumsum([0, *(len(contour.points) for contour in contours)])
    controls, straight, names, after = piece_table(points, on_curve, ends)
    found, places = crossings_of(controls, straight, after, overshoot)
    return np.hstack([names[found[:, 0]], names[found[:, 1]]]), places


def flattened(contour: Contour) -> Floats:
    """The closed polygon of a contour, `STEPS` vertices a cubic."""
    return _walked(contour.points, contour.on_curve, _EVEN)[0]


@compiled
def _walked(points: Floats, on_curve: Flags, at: Floats) -> tuple[Floats, Ints]:
    """A contour's on-curve points and its cubics' points at the parameters `at`, the first of which is 0.

    Returns:
        (N, 2) vertices of the closed polygon, and (N,) the piece that begins at or holds each.
    """
    count, steps = len(points), len(at)
    run = np.empty((count * steps, 2), dtype=np.float64)
    piece = np.empty(count * steps, dtype=np.int64)
    filled, name = 0, -1
    for i in range(count):
        if not on_curve[i]:
            continue
        name += 1
        a, b, c = (i + 1) % count, (i + 2) % count, (i + 3) % count
        for k in range(1 if on_curve[a] else steps):
            u = at[k]
            v = 1 - u
            b0, b1, b2, b3 = v * v * v, 3 * u * v * v, 3 * u * u * v, u * u * u
            for axis in range(2):
                run[filled, axis] = (
                    b0 * points[i, axis] + b1 * points[a, axis] + b2 * points[b, axis] + b3 * points[c, axis]
                )
            piece[filled] = name
            filled += 1
    return run[:filled].copy(), piece[:filled].copy()


@compiled
def _touched(points: Floats, on_curve: Flags, ends: Ints) -> Floats:
    knots = np.nonzero(on_curve)[0]
    places = np.empty((len(knots), 2), dtype=np.float64)
    found = 0
    for i in knots:
        x, y = points[i, 0], points[i, 1]
        for c in range(len(ends) - 1):
            low, count = ends[c], ends[c + 1] - ends[c]
            if _touches(points[low : low + count], on_curve[low : low + count], i - low, x, y):
                places[found, 0], places[found, 1] = x, y
                found += 1
                break
    return places[:found].copy()


@compiled
def _touches(points: Floats, on_curve: Flags, own: int, x: float, y: float) -> bool:
    """Does a place lie on a knot of a contour, or on one of its lines, other than at the contour's knot number `own`?"""
    count = len(points)
    for k in range(count):
        if not on_curve[k]:
            continue
        n = (k + 1) % count
        if k != own and points[k, 0] == x and points[k, 1] == y:
            return True
        if on_curve[n] and own not in (k, n) and _on_line(points, k, n, x, y):
            return True
    return False


@compiled
def _on_line(points: Floats, i: int, j: int, x: float, y: float) -> bool:
    x0, y0, x1, y1 = points[i, 0], points[i, 1], points[j, 0], points[j, 1]
    if x < min(x0, x1) or x > max(x0, x1) or y < min(y0, y1) or y > max(y0, y1):
        return False
    return bool(abs((x1 - x0) * (y - y0) - (y1 - y0) * (x - x0)) <= TOUCHING)
