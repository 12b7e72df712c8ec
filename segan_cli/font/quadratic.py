"""Cubic curves to TrueType's quadratic ones, compiled by numba: one call a glyph, tens of microseconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

TOLERANCE = 1.0
"""Largest distance in font units between a cubic and its quadratic spline. Ours: measured, see tests/font/README.md."""

MAX_PIECES = 16
"""No traced curve needs more quadratic pieces than this inside `TOLERANCE`; the last try is taken as it is."""


def to_quadratic(
    points: npt.NDArray[np.float64], on_curve: npt.NDArray[np.bool_], tolerance: float = TOLERANCE
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Turn one closed cubic contour into a closed quadratic one with integer coordinates, turned round.

    Args:
        points: (N, 2) font units; the first is on the curve (`glyph.Contour`).
        on_curve: (N,) bool.
        tolerance: largest distance in font units, above 0.

    Returns:
        (M, 2) int32 points and (M,) flags in the opposite direction, so that outer contours run clockwise as TrueType
        wants it. On-curve points that lie midway between two off-curve points are left out (TrueType implies them),
        and repeated points are dropped. M may be 0 for a contour that rounding has flattened to a point.

    Source: the spline of fontTools.cu2qu (Apache-2.0, after github.com/googlei18n/cu2qu), written for numba.
    """
    xy, flags = _contour(np.ascontiguousarray(points), np.ascontiguousarray(on_curve), tolerance)
    return xy, flags


@njit(cache=True)  # type: ignore[untyped-decorator]
def _contour(points: Any, on_curve: Any, tolerance: float) -> Any:
    quad, count = _convert(points, on_curve, tolerance)
    return _tidy(quad, count)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _convert(points: Any, on_curve: Any, tolerance: float) -> Any:
    """Rows of x, y, on; rounded; every contour point once, in the order given."""
    size = len(points)
    out = np.empty((size * MAX_PIECES + 1, 3), np.int32)
    spline = np.empty(MAX_PIECES, np.complex128)
    count, i = 0, 0
    while i < size:
        start = complex(points[i, 0], points[i, 1])
        count = _put(out, count, start, 1)
        if i + 2 < size and not on_curve[i + 1]:
            end = (i + 3) % size
            c1 = complex(points[i + 1, 0], points[i + 1, 1])
            c2 = complex(points[i + 2, 0], points[i + 2, 1])
            c3 = complex(points[end, 0], points[end, 1])
            pieces = _approximate(start, c1, c2, c3, tolerance, spline)
            for k in range(pieces):
                count = _put(out, count, spline[k], 0)
            i += 3
        else:
            i += 1
    return out, count


@njit(cache=True)  # type: ignore[untyped-decorator]
def _put(out: Any, count: int, point: complex, on: int) -> int:
    out[count, 0] = np.int32(np.floor(point.real + 0.5))
    out[count, 1] = np.int32(np.floor(point.imag + 0.5))
    out[count, 2] = on
    return count + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _approximate(p0: complex, p1: complex, p2: complex, p3: complex, tolerance: float, spline: Any) -> int:
    """Fill `spline` with the off-curve points of the shortest spline within `tolerance`; return their number.

    0 means that the curve is a straight line.
    """
    if _is_straight(p0, p1, p2, p3):
        return 0
    if _one_piece(p0, p1, p2, p3, tolerance, spline):
        return 1
    for pieces in range(2, MAX_PIECES):
        if _spline(p0, p1, p2, p3, pieces, tolerance, spline):
            return pieces
    _spline(p0, p1, p2, p3, MAX_PIECES, np.inf, spline)
    return MAX_PIECES


@njit(cache=True)  # type: ignore[untyped-decorator]
def _is_straight(p0: complex, p1: complex, p2: complex, p3: complex) -> bool:
    """Both handles lie within a fifth of a unit of the chord, between its ends."""
    chord = p3 - p0
    length = abs(chord)
    if length < 0.5:
        return abs(p1 - p0) < 0.5 and abs(p2 - p0) < 0.5
    for handle in (p1, p2):
        relative = (handle - p0) * chord.conjugate() / length
        if abs(relative.imag) > 0.2 or relative.real < -0.2 or relative.real > length + 0.2:
            return False
    return True


@njit(cache=True)  # type: ignore[untyped-decorator]
def _one_piece(p0: complex, p1: complex, p2: complex, p3: complex, tolerance: float, spline: Any) -> bool:
    """One quadratic through the crossing of the two tangents."""
    along, across = p1 - p0, (p3 - p2) * 1j
    slope = across.real * along.real + across.imag * along.imag
    if abs(slope) < 1e-9:
        return False
    gap = p0 - p2
    h = -(across.real * gap.real + across.imag * gap.imag) / slope
    crossing = p0 + along * h
    if not _error_inside(0j, p0 + (crossing - p0) * (2 / 3) - p1, p3 + (crossing - p3) * (2 / 3) - p2, 0j, tolerance):
        return False
    spline[0] = crossing
    return True


@njit(cache=True)  # type: ignore[untyped-decorator]
def _spline(p0: complex, p1: complex, p2: complex, p3: complex, pieces: int, tolerance: float, spline: Any) -> bool:
    """`pieces` quadratics with implied joints; False if one of them strays."""
    c0, c1, c2, c3 = _part(p0, p1, p2, p3, 0, pieces)
    following = _control(0.0, c0, c1, c2, c3)
    spline[0] = following
    joint, strayed = p0, 0j
    for k in range(1, pieces + 1):
        b1, b2, b3 = c1, c2, c3
        start, control, before = joint, following, strayed
        if k < pieces:
            c0, c1, c2, c3 = _part(p0, p1, p2, p3, k, pieces)
            following = _control(k / (pieces - 1), c0, c1, c2, c3)
            spline[k] = following
            joint = (control + following) * 0.5
        else:
            joint = b3
        strayed = joint - b3
        e1 = start + (control - start) * (2 / 3) - b1
        e2 = joint + (control - joint) * (2 / 3) - b2
        if abs(strayed) > tolerance or not _error_inside(before, e1, e2, strayed, tolerance):
            return False
    return True


@njit(cache=True)  # type: ignore[untyped-decorator]
def _part(p0: complex, p1: complex, p2: complex, p3: complex, k: int, pieces: int) -> Any:
    """The cubic's control points between k/pieces and (k+1)/pieces (blossoming)."""
    s, t = k / pieces, (k + 1) / pieces
    return (
        _blossom(p0, p1, p2, p3, s, s, s),
        _blossom(p0, p1, p2, p3, s, s, t),
        _blossom(p0, p1, p2, p3, s, t, t),
        _blossom(p0, p1, p2, p3, t, t, t),
    )


@njit(cache=True)  # type: ignore[untyped-decorator]
def _blossom(p0: complex, p1: complex, p2: complex, p3: complex, u: float, v: float, w: float) -> complex:
    a, b, c = p0 + (p1 - p0) * u, p1 + (p2 - p1) * u, p2 + (p3 - p2) * u
    a, b = a + (b - a) * v, b + (c - b) * v
    return a + (b - a) * w


@njit(cache=True)  # type: ignore[untyped-decorator]
def _control(t: float, p0: complex, p1: complex, p2: complex, p3: complex) -> complex:
    """The quadratic control point: from the first handle at t = 0 to the second at t = 1."""
    first, second = p0 + (p1 - p0) * 1.5, p3 + (p2 - p3) * 1.5
    return first + (second - first) * t


@njit(cache=True)  # type: ignore[untyped-decorator]
def _error_inside(e0: complex, e1: complex, e2: complex, e3: complex, tolerance: float) -> bool:
    """Whether the error curve, itself a cubic, stays within `tolerance` of the origin at fifteen inner points."""
    if abs(e1) <= tolerance and abs(e2) <= tolerance:
        return True
    for k in range(1, 16):
        if abs(_blossom(e0, e1, e2, e3, k / 16, k / 16, k / 16)) > tolerance:
            return False
    return True


@njit(cache=True)  # type: ignore[untyped-decorator]
def _tidy(quad: Any, count: int) -> Any:
    """Drop repeated and implied points, turn the contour round, keep its first point first."""
    keep = np.ones(count, np.bool_)
    for i in range(count):
        j = (i + 1) % count
        same = quad[i, 0] == quad[j, 0] and quad[i, 1] == quad[j, 1]
        if same and i != j:
            keep[i if quad[j, 2] or not quad[i, 2] else j] = False
    left = np.flatnonzero(keep)
    total = len(left)
    if total < 3:
        return np.empty((0, 2), np.int32), np.empty(0, np.bool_)
    needed = np.ones(total, np.bool_)
    for i in range(total):
        p, q, r = left[i - 1], left[i], left[(i + 1) % total]
        if quad[q, 2] and not quad[p, 2] and not quad[r, 2]:
            twice_x, twice_y = quad[p, 0] + quad[r, 0], quad[p, 1] + quad[r, 1]
            needed[i] = abs(2 * quad[q, 0] - twice_x) > 1 or abs(2 * quad[q, 1] - twice_y) > 1
    if not needed.any() or not quad[left[needed], 2].any():
        needed[0] = True
    order = left[needed]
    xy = np.empty((len(order), 2), np.int32)
    flags = np.empty(len(order), np.bool_)
    for i in range(len(order)):
        source = order[-i]
        xy[i, 0], xy[i, 1], flags[i] = quad[source, 0], quad[source, 1], quad[source, 2] == 1
    return xy, flags
