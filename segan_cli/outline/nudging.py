"""Outlines on whole units that just cross or touch themselves: the points beside the crossing move by a unit or two, and the rest stays."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour, with_points
from segan_cli.outline.crossings import meeting_places

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Outline = tuple[Contour, ...]

ROUNDS = 12
"""Most moves that one outline takes."""
PLACES = 2
"""Crossings and touches that are tried in one round."""
NEAREST = 10
"""Points that are tried at a crossing, the nearest first."""
STEPS = (1.0, 2.0)
"""How far a point moves along an axis or both, in font units."""


def nudged(contours: Outline) -> Outline:
    """Move knots, their handles with them, or single handles, until no piece crosses or touches another; on whole units.

    Returns:
        The contours that meet in fewer places, or as they were. Smooth joins stay smooth where a knot moves with its handles.
    """
    ends = np.cumsum([0, *(len(contour.points) for contour in contours)])

    def with_handles(k: int) -> Ints:
        contour = int(np.searchsorted(ends, k, side="right")) - 1
        start = int(ends[contour])
        return _with_handles(contours[contour].on_curve, k - start, start)

    points, outline = np.concatenate([contour.points for contour in contours]), partial(with_points, contours)
    return outline(moved_apart(points, outline, with_handles))


def alone(k: int) -> Ints:
    """Point `k`, which moves with no other."""
    return np.array([k], dtype=np.int64)


def moved_apart(points: Floats, outline: Callable[[Floats], Outline], moving: Callable[[int], Ints] = alone) -> Floats:
    """Move points by whole units, each move one that leaves fewer crossings and touches.

    Args:
        points: (N, 2) on whole units.
        outline: the outline that these points draw, which may be finer than they are.
        moving: which points move with one of them, itself among them.
    """
    places = meeting_places(outline(points))
    for _ in range(ROUNDS):
        better = _better(points, outline, moving, places) if len(places) else None
        if better is None:
            break
        points, places = better
    return points


def _better(
    points: Floats, outline: Callable[[Floats], Outline], moving: Callable[[int], Ints], places: Floats
) -> tuple[Floats, Floats] | None:
    for moved in _moves(points, moving, places):
        left = meeting_places(outline(moved))
        if len(left) < len(places):
            return moved, left
    return None


def _moves(points: Floats, moving: Callable[[int], Ints], places: Floats) -> Iterator[Floats]:
    ways = [(x, y) for x, y in itertools.product((-1, 0, 1), repeat=2) if x or y]
    for step, place in itertools.product(STEPS, places[:PLACES]):
        near = np.argsort(np.hypot(*(points - place).T), kind="stable")[:NEAREST]
        for group, way in itertools.product([moving(int(k)) for k in near], ways):
            moved = points.copy()
            moved[group] += step * np.array(way)
            yield moved


def _with_handles(on_curve: npt.NDArray[np.bool_], k: int, start: int) -> Ints:
    """A contour's knot with its handles, or a handle alone; the contour's points are numbered from `start`."""
    around = [j % len(on_curve) for j in (k - 1, k + 1) if on_curve[k] and not on_curve[j % len(on_curve)]]
    return np.array([k, *around], dtype=np.int64) + start
