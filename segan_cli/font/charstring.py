"""One glyph's Type 2 charstring, written by hand for the CFF flavour, compiled by numba."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from segan_cli.font.truetype import Bounds
from segan_cli.glyph import Contour

DEFAULT_WIDTH = 1000
"""`defaultWidthX`: full-width glyphs need no width in their charstring."""

NOMINAL_WIDTH = 500
"""`nominalWidthX`: other widths are written as the difference from this one."""

STACK = 48
"""Most operands before an operator (Type 2 charstring format, appendix B)."""

RLINETO, HLINETO, VLINETO, RRCURVETO, ENDCHAR = 5, 6, 7, 8, 14
RMOVETO, HMOVETO, VMOVETO = 21, 22, 4
VVCURVETO, HHCURVETO, VHCURVETO, HVCURVETO = 26, 27, 30, 31


@dataclass(frozen=True, slots=True)
class CffGlyph:
    """A glyph of cubic curves.

    Args:
        charstring: Type 2 bytecode without subroutines and hints.
        bounds: the true extremes of its curves, rounded outwards; None when there is no ink.
    """

    charstring: bytes
    bounds: Bounds | None


def cff_glyph(contours: tuple[Contour, ...], advance: int) -> CffGlyph:
    """Encode cubic contours; coordinates are rounded to whole units first.

    Args:
        contours: font units, y up, outer contours counter-clockwise, which is what CFF wants.
        advance: font units.

    Source: Adobe Technical Note 5177, The Type 2 Charstring Format.
    """
    width = np.array([] if advance == DEFAULT_WIDTH else [advance - NOMINAL_WIDTH], np.int64)
    segments, starts = _all_segments(contours)
    if not len(starts):
        return CffGlyph(_encode_empty(width).tobytes(), None)
    bounds = _bounds(segments)
    box = (int(np.floor(bounds[0])), int(np.floor(bounds[1])), int(np.ceil(bounds[2])), int(np.ceil(bounds[3])))
    return CffGlyph(_encode(segments, starts, width).tobytes(), box)


def _all_segments(contours: tuple[Contour, ...]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """(N, 8) absolute segments x0 y0 … x3 y3 (a line has x1 y1 = x0 y0, x2 y2 = x3 y3) and where contours start."""
    parts = [_segments(np.floor(contour.points + 0.5).astype(np.int64), contour.on_curve) for contour in contours]
    parts = [part for part in parts if len(part) > 1]
    if not parts:
        return np.empty((0, 8), np.int64), np.empty(0, np.int64)
    return np.concatenate(parts), np.cumsum([0] + [len(part) for part in parts[:-1]])


@njit(cache=True)  # type: ignore[untyped-decorator]
def _segments(points: Any, on_curve: Any) -> Any:
    """The segments of one contour, without those of no length and without what lies on one line's way back."""
    size = len(points)
    out = np.empty((size, 8), np.int64)
    count, i = 0, 0
    while i < size:
        curved = i + 2 < size and not on_curve[i + 1]
        step = 3 if curved else 1
        end = (i + step) % size
        first, second = (i + 1, i + 2) if curved else (i, end)
        for axis in range(2):
            out[count, axis], out[count, 2 + axis] = points[i, axis], points[first, axis]
            out[count, 4 + axis], out[count, 6 + axis] = points[second, axis], points[end, axis]
        if not _is_dot(out[count]):
            count += 1
        i += step
    return out[:count]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _is_dot(segment: Any) -> bool:
    for k in range(2, 8):
        if segment[k] != segment[k % 2]:
            return False
    return True


@njit(cache=True)  # type: ignore[untyped-decorator]
def _bounds(segments: Any) -> Any:
    """True extremes: end points, and curves where their derivative vanishes."""
    box = np.array([np.inf, np.inf, -np.inf, -np.inf])
    for i in range(len(segments)):
        for axis in range(2):
            p0, p1, p2, p3 = segments[i, axis], segments[i, 2 + axis], segments[i, 4 + axis], segments[i, 6 + axis]
            low, high = min(p0, p3), max(p0, p3)
            box[axis], box[2 + axis] = min(box[axis], low), max(box[2 + axis], high)
            if min(p1, p2) < low or max(p1, p2) > high:
                _stretch(box, axis, float(p0), float(p1), float(p2), float(p3))
    return box


@njit(cache=True)  # type: ignore[untyped-decorator]
def _stretch(box: Any, axis: int, p0: float, p1: float, p2: float, p3: float) -> None:
    a, b, c = p3 - 3 * p2 + 3 * p1 - p0, 2 * (p2 - 2 * p1 + p0), p1 - p0
    for sign in (-1.0, 1.0):
        if abs(a) > 1e-9:
            root = b * b - 4 * a * c
            t = (-b + sign * np.sqrt(root)) / (2 * a) if root >= 0 else -1.0
        else:
            t = -c / b if abs(b) > 1e-9 else -1.0
        if 0 < t < 1:
            value = p0 * (1 - t) ** 3 + 3 * p1 * t * (1 - t) ** 2 + 3 * p2 * t * t * (1 - t) + p3 * t**3
            box[axis], box[2 + axis] = min(box[axis], value), max(box[2 + axis], value)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _encode_empty(width: Any) -> Any:
    out = np.empty(8, np.uint8)
    length = _numbers(out, 0, width)
    out[length] = ENDCHAR
    return out[: length + 1]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _encode(segments: Any, starts: Any, width: Any) -> Any:
    out = np.empty(len(segments) * 20 + len(starts) * 8 + 8, np.uint8)
    length = _numbers(out, 0, width)
    x, y = 0, 0
    for c in range(len(starts)):
        first, last = starts[c], starts[c + 1] if c + 1 < len(starts) else len(segments)
        length = _move(out, length, segments[first, 0] - x, segments[first, 1] - y)
        closing = segments[last - 1]
        if _is_line(closing):  # the format draws the closing line itself
            last -= 1
        length = _draw(out, length, _deltas(segments[first:last]))
        x, y = segments[last - 1, 6], segments[last - 1, 7]
    out[length] = ENDCHAR
    return out[: length + 1]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _is_line(segment: Any) -> bool:
    return (
        segment[0] == segment[2] and segment[1] == segment[3] and segment[4] == segment[6] and segment[5] == segment[7]
    )


@njit(cache=True)  # type: ignore[untyped-decorator]
def _deltas(segments: Any) -> Any:
    """(N, 7): 1 for a curve and its six deltas, or 0 for a line and its delta in columns 1 and 2."""
    out = np.zeros((len(segments), 7), np.int64)
    for i in range(len(segments)):
        s = segments[i]
        if _is_line(s):
            out[i, 1], out[i, 2] = s[6] - s[0], s[7] - s[1]
        else:
            out[i, 0] = 1
            for k in range(6):
                out[i, 1 + k] = s[2 + k] - s[k]
    return out


@njit(cache=True)  # type: ignore[untyped-decorator]
def _move(out: Any, length: int, dx: int, dy: int) -> int:
    if dy == 0:
        length, operator = _number(out, length, dx), HMOVETO
    elif dx == 0:
        length, operator = _number(out, length, dy), VMOVETO
    else:
        length, operator = _number(out, _number(out, length, dx), dy), RMOVETO
    out[length] = operator
    return length + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _draw(out: Any, length: int, deltas: Any) -> int:
    """Write all pieces of a contour, each run with the shortest operator that fits its first piece."""
    i = 0
    while i < len(deltas):
        if not deltas[i, 0]:
            if deltas[i, 1] and deltas[i, 2]:
                i, length = _slanted_lines(out, length, deltas, i)
            else:
                i, length = _straight_lines(out, length, deltas, i)
        else:
            i, length = _curves(out, length, deltas, i)
    return length


@njit(cache=True)  # type: ignore[untyped-decorator]
def _slanted_lines(out: Any, length: int, deltas: Any, i: int) -> Any:
    used = 0
    while i < len(deltas) and not deltas[i, 0] and deltas[i, 1] and deltas[i, 2] and used + 2 <= STACK:
        length = _numbers(out, length, deltas[i, 1:3])
        used += 2
        i += 1
    out[length] = RLINETO
    return i, length + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _straight_lines(out: Any, length: int, deltas: Any, i: int) -> Any:
    """Horizontal and vertical lines in turn."""
    axis = 1 if deltas[i, 2] == 0 else 2
    operator = HLINETO if axis == 1 else VLINETO
    used = 0
    while i < len(deltas) and not deltas[i, 0] and deltas[i, axis] and not deltas[i, 3 - axis] and used < STACK:
        length = _number(out, length, deltas[i, axis])
        axis = 3 - axis
        used += 1
        i += 1
    out[length] = operator
    return i, length + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _curves(out: Any, length: int, deltas: Any, i: int) -> Any:
    flat_start, flat_end = deltas[i, 2] == 0, deltas[i, 6] == 0
    upright_start, upright_end = deltas[i, 1] == 0, deltas[i, 5] == 0
    if (flat_start and upright_end) or (upright_start and flat_end):
        return _turning(out, length, deltas, i, flat_start and upright_end)
    if flat_start and flat_end:
        return _parallel(out, length, deltas, i, 1)
    if upright_start and upright_end:
        return _parallel(out, length, deltas, i, 2)
    return _free_curves(out, length, deltas, i)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _turning(out: Any, length: int, deltas: Any, i: int, flat: bool) -> Any:
    """Curves from horizontal to vertical and back, in turn (hvcurveto, vhcurveto)."""
    operator = HVCURVETO if flat else VHCURVETO
    used = 0
    while i < len(deltas) and deltas[i, 0] and used + 4 <= STACK:
        start, end = (1, 6) if flat else (2, 5)
        if deltas[i, 3 - start] or deltas[i, 11 - end]:
            break
        length = _number(out, length, deltas[i, start])
        length = _numbers(out, length, deltas[i, 3:5])
        length = _number(out, length, deltas[i, end])
        flat = not flat
        used += 4
        i += 1
    out[length] = operator
    return i, length + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _parallel(out: Any, length: int, deltas: Any, i: int, axis: int) -> Any:
    """Curves that start and end along one axis (hhcurveto, vvcurveto)."""
    used = 0
    while (
        i < len(deltas) and deltas[i, 0] and not deltas[i, 3 - axis] and not deltas[i, 7 - axis] and used + 4 <= STACK
    ):
        length = _number(out, length, deltas[i, axis])
        length = _numbers(out, length, deltas[i, 3:5])
        length = _number(out, length, deltas[i, 4 + axis])
        used += 4
        i += 1
    out[length] = HHCURVETO if axis == 1 else VVCURVETO
    return i, length + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _free_curves(out: Any, length: int, deltas: Any, i: int) -> Any:
    used = 0
    while i < len(deltas) and deltas[i, 0] and used + 6 <= STACK and (used == 0 or not _saves(deltas[i])):
        length = _numbers(out, length, deltas[i, 1:7])
        used += 6
        i += 1
    out[length] = RRCURVETO
    return i, length + 1


@njit(cache=True)  # type: ignore[untyped-decorator]
def _saves(curve: Any) -> bool:
    """Whether a shorter operator fits this curve."""
    return (curve[1] == 0 or curve[2] == 0) and (curve[5] == 0 or curve[6] == 0)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _numbers(out: Any, length: int, values: Any) -> int:
    for value in values:
        length = _number(out, length, value)
    return length


@njit(cache=True)  # type: ignore[untyped-decorator]
def _number(out: Any, length: int, value: int) -> int:
    if -107 <= value <= 107:
        out[length] = value + 139
        return length + 1
    if 108 <= abs(value) <= 1131:
        rest = abs(value) - 108
        out[length], out[length + 1] = (rest >> 8) + (247 if value > 0 else 251), rest & 255
        return length + 2
    out[length], out[length + 1], out[length + 2] = 28, (value >> 8) & 255, value & 255
    return length + 3
