"""Which contours lie inside which, and that outer ones run counter-clockwise and counters clockwise (y up)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour
from segan_cli.outline.compiled import compiled
from segan_cli.outline.crossings import flattened
from segan_cli.outline.tracing import signed_area

WITNESSES = 9
"""How many points of a contour are tested for whether it lies inside another."""
Floats = npt.NDArray[np.float64]


def with_directions(contours: list[Contour]) -> tuple[Contour, ...]:
    """Turn contours so that outer ones run counter-clockwise and those inside them clockwise, by nesting (y up).

    Whether one contour lies inside another is what most of its points say, on the curves themselves.
    """
    right = right_way(contours)
    return tuple(c if right[k] else reversed_contour(c) for k, c in enumerate(contours))


def right_way(contours: list[Contour]) -> list[bool]:
    """For each contour, whether it runs the way that its nesting asks for."""
    if not contours:
        return []
    outlines = [flattened(contour) for contour in contours]
    ends = np.cumsum([0, *map(len, outlines)])
    odd = _at_odd_depth(np.concatenate(outlines), ends)
    return [(signed_area(contour) > 0) != odd[k] for k, contour in enumerate(contours)]


@compiled
def _at_odd_depth(runs: Floats, ends: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """For each closed run of points, whether an odd number of the others holds it."""
    count = len(ends) - 1
    boxes = np.empty((count, 4), dtype=np.float64)
    for k in range(count):
        run = runs[ends[k] : ends[k + 1]]
        boxes[k, 0], boxes[k, 1], boxes[k, 2], boxes[k, 3] = (
            run[:, 0].min(),
            run[:, 1].min(),
            run[:, 0].max(),
            run[:, 1].max(),
        )
    odd = np.zeros(count, dtype=np.bool_)
    for k in range(count):
        for other in range(count):
            if other != k and _within(boxes[k], boxes[other]):
                inside = _mostly_inside(runs[ends[k] : ends[k + 1]], runs[ends[other] : ends[other + 1]])
                odd[k] = odd[k] != inside
    return odd


def reversed_contour(contour: Contour) -> Contour:
    """The same contour run backwards, from the same first point."""
    order = np.r_[0, len(contour.points) - 1 : 0 : -1]
    return Contour(contour.points[order], contour.on_curve[order])


@compiled
def _within(inner: Floats, outer: Floats) -> bool:
    """Does a box (left, bottom, right, top) lie in another? One that reaches 2 units beyond touches at most."""
    low = inner[0] >= outer[0] - 2 and inner[1] >= outer[1] - 2
    return bool(low and inner[2] <= outer[2] + 2 and inner[3] <= outer[3] + 2)


@compiled
def _mostly_inside(run: Floats, polygon: Floats) -> bool:
    """Does most of a closed run of points lie within the polygon?"""
    step = max(1, len(run) // WITNESSES)
    tested, inside = 0, 0
    for i in range(0, len(run), step):
        tested += 1
        inside += 1 if _inside(run[i, 0], run[i, 1], polygon) else 0
    return 2 * inside > tested


@compiled
def _inside(x: float, y: float, polygon: Floats) -> bool:
    """Is the point within the polygon, by the parity of crossings to its right?"""
    odd = False
    for i in range(len(polygon)):
        x1, y1, x0, y0 = polygon[i, 0], polygon[i, 1], polygon[i - 1, 0], polygon[i - 1, 1]
        if (y0 > y) != (y1 > y) and x0 + (y - y0) * (x1 - x0) / (y1 - y0) > x:
            odd = not odd
    return odd
