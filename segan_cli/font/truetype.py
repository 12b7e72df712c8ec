"""One glyph's record in the `glyf` table, written by hand: the workers make bytes, the parent only joins them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from segan_cli.font.quadratic import TOLERANCE, to_quadratic
from segan_cli.glyph import Contour

Bounds = tuple[int, int, int, int]
"""xMin, yMin, xMax, yMax in font units."""


@dataclass(frozen=True, slots=True)
class TrueTypeGlyph:
    """A glyph of quadratic curves.

    Args:
        data: the `glyf` record, empty when there is no ink.
        bounds: of all its points; None when there is no ink.
        points: points written, on and off the curve.
        contours: number of contours.
    """

    data: bytes
    bounds: Bounds | None
    points: int
    contours: int


def truetype_glyph(contours: tuple[Contour, ...], tolerance: float = TOLERANCE) -> TrueTypeGlyph:
    """Convert and encode cubic contours.

    Args:
        contours: font units, y up, outer contours counter-clockwise.
        tolerance: see `quadratic.to_quadratic`.

    Returns:
        The glyph with outer contours clockwise, unhinted.

    Source: OpenType 1.9, `glyf`, simple glyph description.
    """
    quads = [to_quadratic(contour.points, contour.on_curve, tolerance) for contour in contours]
    quads = [(xy, flags) for xy, flags in quads if len(xy)]
    if not quads:
        return TrueTypeGlyph(b"", None, 0, 0)
    xy = np.concatenate([quad[0] for quad in quads])
    on_curve = np.concatenate([quad[1] for quad in quads])
    ends = np.cumsum([len(quad[0]) for quad in quads]) - 1
    (x_min, y_min), (x_max, y_max) = xy.min(axis=0).tolist(), xy.max(axis=0).tolist()
    header = np.array([len(quads), x_min, y_min, x_max, y_max, *ends, 0]).astype(">i2").tobytes()
    return TrueTypeGlyph(header + _points(xy, on_curve), (x_min, y_min, x_max, y_max), len(xy), len(quads))


def _points(xy: npt.NDArray[np.int32], on_curve: npt.NDArray[np.bool_]) -> bytes:
    """Flags and coordinates, padded to an even length (so that `loca` may use its short form)."""
    encoded: npt.NDArray[np.uint8] = _encode(xy, on_curve)
    data = encoded.tobytes()
    return data + b"\0" * (len(data) % 2)


@njit(cache=True)  # type: ignore[untyped-decorator]
def _encode(xy: Any, on_curve: Any) -> Any:
    size = len(xy)
    flags = np.empty(size, np.uint8)
    coordinates = np.empty((2, size * 2), np.uint8)
    used = np.zeros(2, np.int64)
    for i in range(size):
        flags[i] = 1 if on_curve[i] else 0
        for axis in range(2):
            delta = xy[i, axis] - (xy[i - 1, axis] if i else 0)
            flags[i] |= _coordinate(delta, axis, coordinates, used)
    out = np.empty(size * 5, np.uint8)
    length = _repeat(flags, out)
    for axis in range(2):
        out[length : length + used[axis]] = coordinates[axis, : used[axis]]
        length += used[axis]
    return out[:length]


@njit(cache=True)  # type: ignore[untyped-decorator]
def _coordinate(delta: int, axis: int, coordinates: Any, used: Any) -> int:
    """Write one delta in its shortest form; return the flag bits that say so."""
    short, same = 2 << axis, 16 << axis
    position = used[axis]
    if delta == 0:
        return same
    if -256 < delta < 256:
        coordinates[axis, position] = abs(delta)
        used[axis] += 1
        return short | same if delta > 0 else short
    coordinates[axis, position] = (delta >> 8) & 255
    coordinates[axis, position + 1] = delta & 255
    used[axis] += 2
    return 0


@njit(cache=True)  # type: ignore[untyped-decorator]
def _repeat(flags: Any, out: Any) -> int:
    """Write the flags, equal neighbours as one flag with a count; return the length."""
    length, i = 0, 0
    while i < len(flags):
        run = 1
        while i + run < len(flags) and run < 256 and flags[i + run] == flags[i]:
            run += 1
        if run > 2:
            out[length], out[length + 1] = flags[i] | 8, run - 1
            length += 2
        else:
            for k in range(run):
                out[length + k] = flags[i]
            length += run
        i += run
    return length
