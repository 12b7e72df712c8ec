"""Cubic curves to TrueType's quadratic ones, with fontTools' cu2qu (compiled in its wheels: 5 µs a curve)."""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
from fontTools.cu2qu import curve_to_quadratic
from fontTools.misc.roundTools import otRound

from segan_cli.glyph import Contour

QuadraticPoint: TypeAlias = tuple[int, int, bool]
"""x, y in whole font units, and whether the point is on the curve."""

TOLERANCE: Final = 1.0
"""Largest distance in font units between a cubic and its quadratic spline: a thousandth of the em."""

TOLERANCES: Final = (TOLERANCE, TOLERANCE / 2, TOLERANCE / 4)
"""What is tried in turn where rounded quadratic curves cross."""

CURL: Final = 20
"""A curve with a longer chord, in font units, is no curl."""

STRAIGHT: Final = 0.2
"""Handles this near to the chord, in font units, make a line."""


def to_quadratic(contour: Contour, tolerance: float = TOLERANCE, *, flat_curls: bool = False) -> list[QuadraticPoint]:
    """Turn a closed cubic contour into a quadratic one with whole coordinates, and turn its direction round.

    Args:
        contour: font units; outer contours counter-clockwise.
        tolerance: largest distance in font units, above 0.
        flat_curls: whether small curves that turn back, as rounding makes them at tips, become lines.

    Returns:
        At least three points, outer contours clockwise as TrueType wants them; or none for a contour that rounding has
        flattened. On-curve points midway between two off-curve points are left out (TrueType implies them), and
        repeated points are dropped.
    """
    points = _without_repeats(_without_flat(_without_repeats(_converted(contour, tolerance))))
    points = _without_repeats(_without_spikes(points))
    points = _without_implied(_without_repeats(_without_curls(points)) if flat_curls else points)
    points = _with_a_third_piece(points)
    return [points[0], *points[:0:-1]] if len(points) > 2 else []


def as_cubic(quadratic: list[QuadraticPoint]) -> Contour:
    """The same curves as cubic ones, run the other way: the opposite of `to_quadratic`, without a change of shape.

    Args:
        quadratic: a closed contour that starts on the curve.

    Returns:
        Outer contours counter-clockwise. On-curve points that TrueType implies are there, at halves of units.
    """
    table = np.array(quadratic, dtype=np.float64)
    points, on_curve = table[:, :2], table[:, 2] > 0
    implied = np.flatnonzero(~on_curve & ~np.roll(on_curve, -1))
    middles = (points[implied] + points[(implied + 1) % len(points)]) / 2
    points = np.insert(points, implied + 1, middles, axis=0)
    on_curve = np.insert(on_curve, implied + 1, True)
    before, after = np.roll(points, 1, axis=0), np.roll(points, -1, axis=0)
    handles = np.stack([(before + 2 * points) / 3, (after + 2 * points) / 3], axis=1)
    handles[on_curve, 0] = points[on_curve]
    cubic = handles[np.stack([np.ones_like(on_curve), ~on_curve], axis=1)]
    order = np.r_[0, len(cubic) - 1 : 0 : -1]
    return Contour(cubic[order], np.repeat(on_curve, np.where(on_curve, 1, 2))[order])


def _converted(contour: Contour, tolerance: float) -> list[QuadraticPoint]:
    xy: list[tuple[float, float]] = [(x, y) for x, y in contour.points.tolist()]
    on_curve: list[bool] = contour.on_curve.tolist()
    points: list[QuadraticPoint] = []
    i, size = 0, len(xy)
    while i < size:
        points.append((otRound(xy[i][0]), otRound(xy[i][1]), True))
        if on_curve[(i + 1) % size]:
            i += 1
            continue
        curve = (xy[i], xy[i + 1], xy[i + 2], xy[(i + 3) % size])
        if not _is_straight(curve):
            spline = curve_to_quadratic(curve, tolerance)
            points += [(otRound(x), otRound(y), False) for x, y in spline[1:-1]]
        i += 3
    return points


def _is_straight(curve: tuple[tuple[float, float], ...]) -> bool:
    """Both handles lie beside the chord, between its ends."""
    (x0, y0), *handles, (x3, y3) = curve
    dx, dy = x3 - x0, y3 - y0
    length = math.hypot(dx, dy)
    if length < STRAIGHT:
        return all(math.hypot(x - x0, y - y0) < STRAIGHT for x, y in handles)
    for x, y in handles:
        along, aside = (x - x0) * dx + (y - y0) * dy, (x - x0) * dy - (y - y0) * dx
        if abs(aside) > STRAIGHT * length or not -STRAIGHT * length <= along <= (length + STRAIGHT) * length:
            return False
    return True


def _without_repeats(points: list[QuadraticPoint]) -> list[QuadraticPoint]:
    """Of neighbours in one place one is kept, the on-curve one if there is one."""
    kept: list[QuadraticPoint] = []
    for point in points:
        if kept and kept[-1][:2] == point[:2]:
            kept[-1] = max(kept[-1], point)
        else:
            kept.append(point)
    while len(kept) > 1 and kept[0][:2] == kept[-1][:2]:
        kept[0] = max(kept[0], kept.pop())
    return kept


def _without_flat(points: list[QuadraticPoint]) -> list[QuadraticPoint]:
    """Leave out an off-curve point on the line of its two on-curve neighbours: its curve is a line, there and back perhaps."""
    kept = []
    for i, (x, y, on_curve) in enumerate(points):
        (x0, y0, on0), (x1, y1, on1) = points[i - 1], points[(i + 1) % len(points)]
        if on_curve or not (on0 and on1) or (x - x0) * (y1 - y0) != (y - y0) * (x1 - x0):
            kept.append(points[i])
    return kept


def _without_spikes(points: list[QuadraticPoint]) -> list[QuadraticPoint]:
    """Leave out an off-curve point on the line of its curve's ends, but not between them: its curve runs there and back."""
    kept = []
    for i, (x, y, on_curve) in enumerate(points):
        (x0, y0), (x1, y1) = _end(points[i], points[i - 1]), _end(points[i], points[(i + 1) % len(points)])
        ahead, back = (x - x0, y - y0), (x1 - x, y1 - y)
        is_spike = ahead[0] * back[1] == ahead[1] * back[0] and ahead[0] * back[0] + ahead[1] * back[1] < 0
        if on_curve or not is_spike:
            kept.append(points[i])
    return kept


def _without_curls(points: list[QuadraticPoint]) -> list[QuadraticPoint]:
    """Leave out an off-curve point that turns back from the chord of its curve, where that is short."""
    kept = []
    for i, (x, y, on_curve) in enumerate(points):
        (x0, y0), (x1, y1) = _end(points[i], points[i - 1]), _end(points[i], points[(i + 1) % len(points)])
        dx, dy = x1 - x0, y1 - y0
        turns_back = (x - x0) * dx + (y - y0) * dy <= 0 or (x1 - x) * dx + (y1 - y) * dy <= 0
        if on_curve or math.hypot(dx, dy) > CURL or not turns_back:
            kept.append(points[i])
    return kept


def _with_a_third_piece(points: list[QuadraticPoint]) -> list[QuadraticPoint]:
    """Halve the larger curve of a contour of two pieces: FontBakery takes two with the same ends for overlapping ones."""
    off = [i for i, point in enumerate(points) if not point[2]]
    lines = sum(points[i - 1][2] and points[i][2] for i in range(len(points)))
    if not off or len(off) + lines != 2:
        return points
    halves = []
    for i in off:
        x, y, _ = points[i]
        ends = (_end(points[i], points[i - 1]), _end(points[i], points[(i + 1) % len(points)]))
        halves.append([(otRound((x + x0) / 2), otRound((y + y0) / 2), False) for x0, y0 in ends])
    _, k = max((math.dist(one[:2], other[:2]), k) for k, (one, other) in enumerate(halves))
    return _without_repeats([*points[: off[k]], *halves[k], *points[off[k] + 1 :]])


def _end(point: QuadraticPoint, other: QuadraticPoint) -> tuple[float, float]:
    """Where the curve of an off-curve point ends on one side: the next on-curve point, or the implied one."""
    return (other[0], other[1]) if other[2] else ((point[0] + other[0]) / 2, (point[1] + other[1]) / 2)


def _without_implied(points: list[QuadraticPoint]) -> list[QuadraticPoint]:
    """Leave out on-curve points that lie, to half a unit, midway between two off-curve points.

    The first point stays: some programs need an on-curve point to start from.
    """
    if len(points) < 3:
        return []
    kept = points[:1]
    for i, (x, y, on_curve) in enumerate(points[1:], 1):
        before, after = points[i - 1], points[(i + 1) % len(points)]
        midway = abs(2 * x - before[0] - after[0]) <= 1 and abs(2 * y - before[1] - after[1]) <= 1
        if not (on_curve and midway) or before[2] or after[2]:
            kept.append((x, y, on_curve))
    return kept
