"""Does an outline cross itself? Asked of every outline, so it is quick."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour
from segan_cli.outline.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

STEPS = 8
"""Straight steps that stand for one cubic."""
FINE_STEPS = 48
"""The same where crossings are looked for, closer together at the ends: the loop of a curl at a tip is short."""
TOUCHING = 1e-6
"""Square font units; less is what is left of nothing in floating-point numbers where two pieces lie on each other."""
_EVEN = np.arange(STEPS) / STEPS
_FINE = (1 - np.cos(np.pi * np.arange(FINE_STEPS) / FINE_STEPS)) / 2


def count_crossings(contours: tuple[Contour, ...]) -> int:
    """How often the contours cross themselves or each other; touching is no crossing.

    Source: ours; proper crossings of the flattened pieces, found by a sweep in x.
    """
    return len(crossing_pieces(contours))


def crossing_pieces(contours: tuple[Contour, ...]) -> Ints:
    """Which pieces cross.

    Returns:
        (N, 4) one row a crossing: contour and piece of the one edge, contour and piece of the other. A contour's pieces
        are numbered by its on-curve points, from 0.
    """
    return _met(contours)[0]


def crossing_places(contours: tuple[Contour, ...]) -> Floats:
    """(N, 2) about where each crossing is."""
    return _met(contours)[1]


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


def _met(contours: tuple[Contour, ...]) -> tuple[Ints, Floats]:
    if not contours:
        return np.empty((0, 4), dtype=np.int64), np.empty((0, 2))
    points = np.concatenate([contour.points for contour in contours])
    on_curve = np.concatenate([contour.on_curve for contour in contours])
    ends = np.cumsum([0, *(len(contour.points) for contour in contours)])
    edges, names = _edges(points, on_curve, ends, _FINE)
    order = np.argsort(np.minimum(edges[:, 0], edges[:, 2]), kind="stable")
    found = _crossings(edges[order])
    one, other = order[found[:, 0]], order[found[:, 1]]
    middles = (edges[one] + edges[other]) / 4
    return np.hstack([names[one], names[other]]), middles[:, :2] + middles[:, 2:]


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
def _edges(points: Floats, on_curve: Flags, ends: Ints, at: Floats) -> tuple[Floats, Ints]:
    """All contours' edges (x0, y0, x1, y1), and the contour and piece of each."""
    most = len(points) * len(at)
    edges = np.empty((most, 4), dtype=np.float64)
    names = np.empty((most, 2), dtype=np.int64)
    filled = 0
    for k in range(len(ends) - 1):
        run, piece = _walked(points[ends[k] : ends[k + 1]], on_curve[ends[k] : ends[k + 1]], at)
        for i in range(len(run)):
            j = (i + 1) % len(run)
            edges[filled, 0], edges[filled, 1], edges[filled, 2], edges[filled, 3] = (
                run[i, 0],
                run[i, 1],
                run[j, 0],
                run[j, 1],
            )
            names[filled, 0], names[filled, 1] = k, piece[i]
            filled += 1
    return edges[:filled].copy(), names[:filled].copy()


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


@compiled
def _crossings(edges: Floats) -> Ints:
    """Pairs of edges, sorted by their smaller x, that properly cross."""
    count = len(edges)
    pairs = np.empty((16, 2), dtype=np.int64)
    found = 0
    for a in range(count):
        right = max(edges[a, 0], edges[a, 2])
        low, high = min(edges[a, 1], edges[a, 3]), max(edges[a, 1], edges[a, 3])
        for b in range(a + 1, count):
            if min(edges[b, 0], edges[b, 2]) > right:
                break
            if max(edges[b, 1], edges[b, 3]) < low or min(edges[b, 1], edges[b, 3]) > high:
                continue
            if _on_both_sides(edges, a, b) and _on_both_sides(edges, b, a):
                if found == len(pairs):
                    more = np.empty((2 * found, 2), dtype=np.int64)
                    more[:found] = pairs
                    pairs = more
                pairs[found, 0], pairs[found, 1] = a, b
                found += 1
    return pairs[:found].copy()


@compiled
def _on_both_sides(edges: Floats, a: int, b: int) -> bool:
    """Do the ends of edge `b` lie on different sides of the line through edge `a`, and not on it?"""
    ax, ay = edges[a, 0], edges[a, 1]
    dx, dy = edges[a, 2] - ax, edges[a, 3] - ay
    start = dx * (edges[b, 1] - ay) - dy * (edges[b, 0] - ax)
    end = dx * (edges[b, 3] - ay) - dy * (edges[b, 2] - ax)
    return bool(start * end < 0 and min(abs(start), abs(end)) > TOUCHING)
