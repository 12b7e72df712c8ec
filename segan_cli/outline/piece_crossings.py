"""Where lines and cubics of an outline cross: boxes first, then what surely lies apart, then the pieces in small steps."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

FINE_STEPS = 49
"""Straight steps that stand for a cubic, closer together at its ends: the loop of a curl at a tip is short. No multiple of 2
or 3: then none ends at a half or a quarter, where curves on whole units may well cross."""
ON_LINE = 1e-9
"""Nearer than this to a line, in font units, is on it; floating-point numbers err by ten thousand times less."""
OVERSHOOT = 0.001
"""A line is looked at, beside the curve that goes on from it, as if it were longer by this share of it, or less."""
AT_END = 1e-9
"""A parameter nearer than this to 0 or 1 is an end."""
FIRST_STEP = 0.00025
"""The parameter at which the first step ends, and with which the last one begins as far from 1."""
STEPS_AT = (1 - np.cos(np.pi * np.arange(FINE_STEPS + 1) / FINE_STEPS)) / 2
STEPS_AT = np.concatenate((STEPS_AT[:1], [FIRST_STEP], STEPS_AT[1:-1], [1 - FIRST_STEP], STEPS_AT[-1:]))
"""The parameters at which the steps begin, and 1."""


@compiled
def piece_table(points: Floats, on_curve: Flags, ends: Ints) -> tuple[Floats, Flags, Ints, Ints]:
    """All contours' pieces.

    Args:
        points: (N, 2) of all contours.
        on_curve: (N,) flags.
        ends: (C + 1,) where each contour begins, and the end.

    Returns:
        (P, 4, 2) control points, those of a line at its ends; (P,) whether it is a line; (P, 2) contour and number in it;
        (P,) the piece that follows.
    """
    count = 0
    for i in range(len(points)):
        count += 1 if on_curve[i] else 0
    controls = np.empty((count, 4, 2), dtype=np.float64)
    straight = np.empty(count, dtype=np.bool_)
    names = np.empty((count, 2), dtype=np.int64)
    after = np.empty(count, dtype=np.int64)
    filled = 0
    for c in range(len(ends) - 1):
        low, size, first = ends[c], ends[c + 1] - ends[c], filled
        for i in range(size):
            if not on_curve[low + i]:
                continue
            straight[filled] = on_curve[low + (i + 1) % size]
            for k in range(4):
                step = k if not straight[filled] else k // 2
                for axis in range(2):
                    controls[filled, k, axis] = points[low + (i + step) % size, axis]
            names[filled, 0], names[filled, 1] = c, filled - first
            after[filled] = filled + 1
            filled += 1
        if filled > first:
            after[filled - 1] = first
    return controls, straight, names, after


@compiled
def crossings_of(controls: Floats, straight: Flags, after: Ints, overshoot: float) -> tuple[Ints, Floats]:
    """Every proper crossing of two pieces, and of a piece with itself.

    Args:
        controls: (P, 4, 2); see `piece_table`, also for the others.
        overshoot: by how much, at most, in x and y, a line is longer when it is held against the curve that goes on from it.

    Returns:
        (M, 2) the two pieces of each crossing, and (M, 2) where it is.
    """
    boxes = _boxes(controls, straight)
    order = np.argsort(boxes[:, 0])
    found = np.empty((8, 2), dtype=np.int64)
    places = np.empty((8, 2), dtype=np.float64)
    edges = np.empty((2, len(STEPS_AT) - 1, 4), dtype=np.float64)
    filled = 0
    for i in range(len(order)):
        a = order[i]
        if not straight[a]:
            found, places, filled = _with_loop(controls, a, found, places, filled)
        for j in range(i + 1, len(order)):
            b = order[j]
            if boxes[b, 0] > boxes[a, 2]:
                break
            if boxes[b, 1] > boxes[a, 3] or boxes[b, 3] < boxes[a, 1]:
                continue
            adjoin = after[a] == b or after[b] == a
            more = overshoot if adjoin else 0.0
            first, second = (a, b) if after[a] == b else (b, a)
            if adjoin and after[second] != first and _parted(controls, straight, first, second):
                continue
            found, places, filled = _with_pair(controls, straight, boxes, a, b, more, edges, found, places, filled)
    return found[:filled].copy(), places[:filled].copy()


@compiled
def _boxes(controls: Floats, straight: Flags) -> Floats:
    """(P, 4) left, bottom, right and top of each piece's control points."""
    boxes = np.empty((len(controls), 4), dtype=np.float64)
    for p in range(len(controls)):
        for axis in range(2):
            low, high = controls[p, 0, axis], controls[p, 0, axis]
            for k in range(1, 4):
                low, high = min(low, controls[p, k, axis]), max(high, controls[p, k, axis])
            boxes[p, axis], boxes[p, 2 + axis] = low, high
    return boxes


@compiled
def _noted(found: Ints, places: Floats, filled: int, a: int, b: int, x: float, y: float) -> tuple[Ints, Floats, int]:
    if filled == len(found):
        more, more_places = np.empty((2 * filled, 2), dtype=np.int64), np.empty((2 * filled, 2), dtype=np.float64)
        more[:filled], more_places[:filled] = found, places
        found, places = more, more_places
    found[filled, 0], found[filled, 1] = a, b
    places[filled, 0], places[filled, 1] = x, y
    return found, places, filled + 1


@compiled
def _with_loop(controls: Floats, p: int, found: Ints, places: Floats, filled: int) -> tuple[Ints, Floats, int]:
    """Add the crossing of a cubic with itself: two parameters with one point, of which sum and product are known in closed form.

    A flat one that runs there and back counts, too.
    """
    x0, y0, x1, y1 = controls[p, 0, 0], controls[p, 0, 1], controls[p, 1, 0], controls[p, 1, 1]
    x2, y2, x3, y3 = controls[p, 2, 0], controls[p, 2, 1], controls[p, 3, 0], controls[p, 3, 1]
    ax, ay = x3 - 3 * x2 + 3 * x1 - x0, y3 - 3 * y2 + 3 * y1 - y0
    bx, by = 3 * (x2 - 2 * x1 + x0), 3 * (y2 - 2 * y1 + y0)
    cx, cy = 3 * (x1 - x0), 3 * (y1 - y0)
    across, size = ax * by - ay * bx, ax * ax + ay * ay
    if _runs_back(controls, p):
        return _noted(found, places, filled, p, p, x3, y3)
    if across == 0.0 or size < ON_LINE:  # flat, or a quadratic curve, which has no loop
        return found, places, filled
    total = -(ax * cy - ay * cx) / across
    product = total * total + (total * (ax * bx + ay * by) + ax * cx + ay * cy) / size
    root = total * total - 4 * product
    if root <= 0.0:
        return found, places, filled
    low, high = (total - math.sqrt(root)) / 2, (total + math.sqrt(root)) / 2
    if low < -AT_END or high > 1 + AT_END or (low < AT_END and high > 1 - AT_END):
        return found, places, filled
    x, y = ((ax * low + bx) * low + cx) * low + x0, ((ay * low + by) * low + cy) * low + y0
    return _noted(found, places, filled, p, p, x, y)


@compiled
def _runs_back(controls: Floats, p: int) -> bool:
    """Do a cubic's control points lie on one line, along which it turns back?"""
    far, longest = 0, 0.0
    for k in range(1, 4):
        size = math.hypot(controls[p, k, 0] - controls[p, 0, 0], controls[p, k, 1] - controls[p, 0, 1])
        if size > longest:
            far, longest = k, size
    if longest == 0.0:
        return False
    dx, dy = (controls[p, far, 0] - controls[p, 0, 0]) / longest, (controls[p, far, 1] - controls[p, 0, 1]) / longest
    along = np.zeros(3, dtype=np.float64)
    for k in range(3):
        x, y = controls[p, k + 1, 0] - controls[p, k, 0], controls[p, k + 1, 1] - controls[p, k, 1]
        if abs(dx * y - dy * x) > ON_LINE:
            return False
        along[k] = x * dx + y * dy if abs(x * dx + y * dy) > ON_LINE else 0.0
    first, middle, last = along
    turns_within = (middle * first < 0 or middle * last < 0) and middle * middle > first * last
    return bool(first * last < 0 or turns_within)


@compiled
def _parted(controls: Floats, straight: Flags, a: int, b: int) -> bool:
    """Can piece `a` and piece `b`, which begins where `a` ends, surely not meet elsewhere?"""
    if straight[a] and straight[b]:
        return True
    if straight[a]:
        return _on_one_side(
            controls, b, 0, controls[a, 3, 0] - controls[a, 0, 0], controls[a, 3, 1] - controls[a, 0, 1]
        )
    if straight[b]:
        return _on_one_side(
            controls, a, 3, controls[b, 3, 0] - controls[b, 0, 0], controls[b, 3, 1] - controls[b, 0, 1]
        )
    x, y = controls[b, 0, 0], controls[b, 0, 1]
    into, out = 2, 1
    while into > 0 and controls[a, into, 0] == x and controls[a, into, 1] == y:
        into -= 1
    while out < 3 and controls[b, out, 0] == x and controls[b, out, 1] == y:
        out += 1
    if _between(controls, a, b, into, out, x, y):
        return True
    return _between(controls, a, b, 0, 3, x, y)


@compiled
def _on_one_side(controls: Floats, p: int, knot: int, dx: float, dy: float) -> bool:
    """Do a cubic's control points lie on one side of the line through one of its ends, or on it?"""
    left, right = False, False
    for k in range(4):
        side = dx * (controls[p, k, 1] - controls[p, knot, 1]) - dy * (controls[p, k, 0] - controls[p, knot, 0])
        left, right = left or side > 0, right or side < 0
    return not (left and right)


@compiled
def _between(controls: Floats, a: int, b: int, into: int, out: int, x: float, y: float) -> bool:
    """Does a line through the knot (x, y), across the mean of two directions, part the two pieces?"""
    ax, ay = x - controls[a, into, 0], y - controls[a, into, 1]
    bx, by = controls[b, out, 0] - x, controls[b, out, 1] - y
    before, behind = math.hypot(ax, ay), math.hypot(bx, by)
    if before == 0.0 or behind == 0.0:
        return False
    dx, dy = ax / before + bx / behind, ay / before + by / behind
    for k in range(3):
        ax, ay = controls[a, k, 0] - x, controls[a, k, 1] - y
        bx, by = controls[b, 3 - k, 0] - x, controls[b, 3 - k, 1] - y
        if (ax != 0.0 or ay != 0.0) and ax * dx + ay * dy >= 0:
            return False
        if (bx != 0.0 or by != 0.0) and bx * dx + by * dy <= 0:
            return False
    return True


@compiled
def _with_pair(
    controls: Floats,
    straight: Flags,
    boxes: Floats,
    a: int,
    b: int,
    more: float,
    edges: Floats,
    found: Ints,
    places: Floats,
    filled: int,
) -> tuple[Ints, Floats, int]:
    """Add the crossings of two pieces; lines are longer by `more` at most."""
    low_x, low_y = max(boxes[a, 0], boxes[b, 0]) - more, max(boxes[a, 1], boxes[b, 1]) - more
    high_x, high_y = min(boxes[a, 2], boxes[b, 2]) + more, min(boxes[a, 3], boxes[b, 3]) + more
    one = (
        _line(controls, a, more, edges[0])
        if straight[a]
        else _steps(controls, a, low_x, low_y, high_x, high_y, edges[0])
    )
    if not one:
        return found, places, filled
    other = (
        _line(controls, b, more, edges[1])
        if straight[b]
        else _steps(controls, b, low_x, low_y, high_x, high_y, edges[1])
    )
    for i in range(one):
        for j in range(other):
            if _on_both_sides(edges, 0, i, j) and _on_both_sides(edges, 1, j, i):
                x = (edges[0, i, 0] + edges[0, i, 2] + edges[1, j, 0] + edges[1, j, 2]) / 4
                y = (edges[0, i, 1] + edges[0, i, 3] + edges[1, j, 1] + edges[1, j, 3]) / 4
                found, places, filled = _noted(found, places, filled, a, b, x, y)
    return found, places, filled


@compiled
def _line(controls: Floats, p: int, most: float, edges: Floats) -> int:
    """A line (x0, y0, x1, y1), longer at both ends by its overshoot, at most `most` units in x and y; returns 1."""
    dx, dy = controls[p, 3, 0] - controls[p, 0, 0], controls[p, 3, 1] - controls[p, 0, 1]
    share = min(OVERSHOOT, most / max(abs(dx), abs(dy), 1e-9))
    edges[0, 0], edges[0, 1] = controls[p, 0, 0] - share * dx, controls[p, 0, 1] - share * dy
    edges[0, 2], edges[0, 3] = controls[p, 3, 0] + share * dx, controls[p, 3, 1] + share * dy
    return 1


@compiled
def _steps(controls: Floats, p: int, low_x: float, low_y: float, high_x: float, high_y: float, edges: Floats) -> int:
    """The straight steps (x0, y0, x1, y1) of a cubic that reach into a box; returns how many."""
    x0, y0, x1, y1 = controls[p, 0, 0], controls[p, 0, 1], controls[p, 1, 0], controls[p, 1, 1]
    x2, y2, x3, y3 = controls[p, 2, 0], controls[p, 2, 1], controls[p, 3, 0], controls[p, 3, 1]
    filled = 0
    x, y = x0, y0
    for k in range(1, len(STEPS_AT)):
        u = STEPS_AT[k]
        v = 1 - u
        b0, b1, b2, b3 = v * v * v, 3 * u * v * v, 3 * u * u * v, u * u * u
        nx, ny = b0 * x0 + b1 * x1 + b2 * x2 + b3 * x3, b0 * y0 + b1 * y1 + b2 * y2 + b3 * y3
        if max(x, nx) >= low_x and min(x, nx) <= high_x and max(y, ny) >= low_y and min(y, ny) <= high_y:
            edges[filled, 0], edges[filled, 1], edges[filled, 2], edges[filled, 3] = x, y, nx, ny
            filled += 1
        x, y = nx, ny
    return filled


@compiled
def _on_both_sides(edges: Floats, piece: int, i: int, j: int) -> bool:
    """Do the ends of edge `j` of the other piece lie on different sides of the line through edge `i` of this one, and not on it?"""
    ax, ay = edges[piece, i, 0], edges[piece, i, 1]
    dx, dy = edges[piece, i, 2] - ax, edges[piece, i, 3] - ay
    start = dx * (edges[1 - piece, j, 1] - ay) - dy * (edges[1 - piece, j, 0] - ax)
    end = dx * (edges[1 - piece, j, 3] - ay) - dy * (edges[1 - piece, j, 2] - ax)
    return bool(start * end < 0 and min(abs(start), abs(end)) > ON_LINE * math.hypot(dx, dy))
