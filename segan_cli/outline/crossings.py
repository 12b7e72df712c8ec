"""Does an outline cross itself? Asked of every outline, so it is quick."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour
from segan_cli.outline.compiled import compiled
from segan_cli.outline.fontforge_corners import seeming_crossings
from segan_cli.outline.piece_crossings import crossings_of, piece_table
from segan_cli.outline.touches import touched_knots

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

STEPS = 8
"""Straight steps that stand for one cubic."""
OVERSHOOT = 0.01
"""Font units: a curve that swings across a line's end counts if it would cross a line that is longer by this. FontForge names it."""


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
    """(N, 2) knots that lie on another knot, or nearer than a hundredth of a unit to a piece that does not end there."""
    controls, straight, _, after = _table(contours)
    return touched_knots(controls, straight, after)


def seeming_places(contours: tuple[Contour, ...]) -> Floats:
    """(N, 2) about where FontForge says that a sound outline crosses itself."""
    return seeming_crossings(*_table(contours))


def meeting_places(contours: tuple[Contour, ...]) -> Floats:
    """(N, 2) where the outline crosses or touches itself, or seems to."""
    controls, straight, names, after = _table(contours)
    crossed = crossings_of(controls, straight, after, OVERSHOOT)[1]
    touched = touched_knots(controls, straight, after)
    return np.concatenate([crossed, touched, seeming_crossings(controls, straight, names, after)])


def _met(contours: tuple[Contour, ...], overshoot: float) -> tuple[Ints, Floats]:
    controls, straight, names, after = _table(contours)
    found, places = crossings_of(controls, straight, after, overshoot)
    return np.hstack([names[found[:, 0]], names[found[:, 1]]]), places


def _table(contours: tuple[Contour, ...]) -> tuple[Floats, Flags, Ints, Ints]:
    """See `piece_table`."""
    points = np.concatenate([np.empty((0, 2)), *(contour.points for contour in contours)])
    on_curve = np.concatenate([np.empty(0, dtype=np.bool_), *(contour.on_curve for contour in contours)])
    return piece_table(points, on_curve, np.cumsum([0, *(len(contour.points) for contour in contours)]))


def flattened(contour: Contour, steps: int = STEPS) -> Floats:
    """The closed polygon of a contour, so many vertices a cubic."""
    return _walked(contour.points, contour.on_curve, np.arange(steps) / steps)[0]


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
