"""Outlines on whole units that just cross or touch themselves: the points beside the crossing move by a unit or two, and the rest stays."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour
from segan_cli.outline.crossings import meeting_places

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Outline = tuple[Contour, ...]

ROUNDS = 12
"""Most moves that one outline takes."""
PLACES = 2
"""Crossings and touches that are tried in one round."""
NEAREST = 10
"""Groups of points that are tried at a crossing, the nearest first."""
STEPS = (1.0, 2.0)
"""How far a group moves along an axis or both, in font units."""


def nudged(contours: Outline) -> Outline:
    """Move knots, their handles with them, or single handles, until no piece crosses or touches another; on whole units.

    Returns:
        The contours that meet in fewer places, or as they were. Smooth joins stay smooth where a knot moves with its handles.
    """
    ends = np.cumsum([0, *(len(contour.points) for contour in contours)])

    def outline(points: Floats) -> Outline:
        parts = [points[a:b] for a, b in itertools.pairwise(ends)]
        return tuple(Contour(part, c.on_curve) for part, c in zip(parts, contours, strict=True))

    points = np.concatenate([contour.points for contour in contours])
    groups = [group + start for contour, start in zip(contours, ends, strict=False) for group in _groups(contour)]
    return outline(moved_apart(points, groups, outline))


def moved_apart(points: Floats, groups: Sequence[Ints], outline: Callable[[Floats], Outline]) -> Floats:
    """Move groups of points by whole units, each move one that leaves fewer crossings and touches.

    Args:
        points: (N, 2) on whole units.
        groups: which points may move together; the first of a group tells where it is.
        outline: the outline that these points draw, which may be finer than they are.
    """
    places = meeting_places(outline(points))
    for _ in range(ROUNDS):
        better = _better(points, groups, outline, places) if len(places) else None
        if better is None:
            break
        points, places = better
    return points


def _better(
    points: Floats, groups: Sequence[Ints], outline: Callable[[Floats], Outline], places: Floats
) -> tuple[Floats, Floats] | None:
    for moved in _moves(points, groups, places):
        left = meeting_places(outline(moved))
        if len(left) < len(places):
            return moved, left
    return None


def _moves(points: Floats, groups: Sequence[Ints], places: Floats) -> Iterator[Floats]:
    heads = points[[group[0] for group in groups]]
    ways = [(x, y) for x, y in itertools.product((-1, 0, 1), repeat=2) if x or y]
    for step, place in itertools.product(STEPS, places[:PLACES]):
        near = np.argsort(np.hypot(*(heads - place).T), kind="stable")[:NEAREST]
        for k, way in itertools.product(near, ways):
            moved = points.copy()
            moved[groups[k]] += step * np.array(way)
            yield moved


def _groups(contour: Contour) -> list[Ints]:
    """Each knot with its handles, and each handle alone."""
    on_curve, count, groups = contour.on_curve, len(contour.points), []
    for k in range(count):
        around = [j % count for j in (k - 1, k + 1) if on_curve[k] and not on_curve[j % count]]
        groups.append(np.array([k, *around], dtype=np.int64))
    return groups
