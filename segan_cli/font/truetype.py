"""One glyph's record in the `glyf` table, written by hand: the workers make bytes, the parent only joins them.

Ours, because fontTools' `Cu2QuPen` and `TTGlyphPen` take three times as long, and their records are 1 to 2 % larger.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from segan_cli.font.quadratic import TOLERANCES, QuadraticPoint, as_cubic, to_quadratic
from segan_cli.glyph import Contour

Bounds: TypeAlias = tuple[int, int, int, int]
"""xMin, yMin, xMax, yMax in font units."""

ON_CURVE, X_SHORT, Y_SHORT, REPEAT, X_SAME, Y_SAME = (1 << bit for bit in range(6))
"""Point flags. SAME means "equal to the last one", and with SHORT it means "positive"."""

_RUN: Final = re.compile(rb"(.)\1{2,255}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TrueTypeGlyph:
    """A glyph of quadratic curves.

    Args:
        data: the `glyf` record, of even length; empty when there is no ink.
        bounds: of all its points; None when there is no ink.
        points: points written, on and off the curve.
        contours: number of contours.
        faults: what is wrong with its outline, as the check of `truetype_glyph` found it.
    """

    data: bytes
    bounds: Bounds | None
    points: int
    contours: int
    faults: tuple[str, ...] = ()


Check: TypeAlias = Callable[[tuple[Contour, ...]], tuple[str, ...]]
"""What is wrong with an outline (outer contours counter-clockwise), one phrase each; nothing if it may stand in a font."""


Points: TypeAlias = npt.NDArray[np.float64]

Mend: TypeAlias = Callable[[Points, Callable[[Points], tuple[Contour, ...]]], Points]
"""Move points by whole units until the outline that they draw has fewer crossings (`nudging.moved_apart`)."""


def as_they_are(points: Points, outline: object) -> Points:
    """Mend nothing."""
    return points


def truetype_glyph(
    contours: tuple[Contour, ...],
    tolerances: tuple[float, ...] = TOLERANCES,
    check: Check = lambda contours: (),
    mend: Mend = as_they_are,
) -> TrueTypeGlyph:
    """Convert and encode cubic contours.

    Args:
        contours: font units, y up, outer contours counter-clockwise.
        tolerances: see `quadratic.to_quadratic`; where the curves of one have faults, curls become lines, and then the
            next one is tried.
        check: asked of the quadratic curves as they are written, after rounding.
        mend: moves points of the first curves where those of every tolerance have faults.

    Returns:
        The glyph with outer contours clockwise, unhinted: of the first tolerance whose curves have no faults, or have none
        when they are mended, or of the first that has fewest.

    Source: OpenType 1.9, `glyf`, simple glyph description.
    """
    tried = []
    for tolerance, flat in itertools.product(tolerances, (False, True)):
        found = [to_quadratic(contour, tolerance, flat_curls=flat) for contour in contours]
        quadratics = [quadratic for quadratic in found if quadratic]
        tried.append((quadratics, check(_cubics(quadratics))))
        if not tried[-1][1]:
            return _encoded(*tried[-1])
    for quadratics in (_moved(quadratics, mend) for quadratics, _ in tried):
        if not check(_cubics(quadratics)):
            return _encoded(quadratics, ())
    return _encoded(*min(tried, key=lambda one: len(one[1])))


def _cubics(quadratics: list[list[QuadraticPoint]]) -> tuple[Contour, ...]:
    return tuple(as_cubic(quadratic) for quadratic in quadratics)


def _moved(quadratics: list[list[QuadraticPoint]], mend: Mend) -> list[list[QuadraticPoint]]:
    """The same curves after `mend` has moved their points, one at a time."""
    flat = [point for quadratic in quadratics for point in quadratic]
    ends = np.cumsum([0, *map(len, quadratics)])

    def rebuilt(points: Points) -> list[list[QuadraticPoint]]:
        moved = [(int(x), int(y), on) for (x, y), (_, _, on) in zip(points.tolist(), flat, strict=True)]
        return [moved[a:b] for a, b in itertools.pairwise(ends)]

    at = np.array([point[:2] for point in flat], dtype=np.float64).reshape(-1, 2)
    return rebuilt(mend(at, lambda points: _cubics(rebuilt(points))))


def _encoded(quadratics: list[list[QuadraticPoint]], faults: tuple[str, ...]) -> TrueTypeGlyph:
    if not quadratics:
        return TrueTypeGlyph(b"", None, 0, 0, faults)
    table = np.array([point for contour in quadratics for point in contour], np.int64)
    points, on_curve = table[:, :2], table[:, 2]
    ends = np.cumsum([len(contour) for contour in quadratics]) - 1
    (x_min, y_min), (x_max, y_max) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    no_instructions = 0
    header = np.array([len(quadratics), x_min, y_min, x_max, y_max, *ends, no_instructions]).astype(">i2").tobytes()
    data = header + _encode(points, on_curve)
    return TrueTypeGlyph(
        data + b"\0" * (len(data) % 2), (x_min, y_min, x_max, y_max), len(points), len(quadratics), faults
    )


def _encode(points: npt.NDArray[np.int64], on_curve: npt.NDArray[np.int64]) -> bytes:
    """Flags, then all x, then all y, each in its shortest form."""
    deltas = np.diff(points, axis=0, prepend=0)
    x_flags, x_bytes = _coordinates(deltas[:, 0], X_SHORT, X_SAME)
    y_flags, y_bytes = _coordinates(deltas[:, 1], Y_SHORT, Y_SAME)
    flags = (on_curve * ON_CURVE | x_flags | y_flags).astype(np.uint8).tobytes()
    packed = _RUN.sub(lambda run: bytes((run[0][0] | REPEAT, len(run[0]) - 1)), flags)
    return packed + x_bytes + y_bytes


def _coordinates(deltas: npt.NDArray[np.int64], short: int, same: int) -> tuple[npt.NDArray[np.int64], bytes]:
    size = np.abs(deltas)
    is_short = (size < 256) & (deltas != 0)
    flags = is_short * short + ((deltas == 0) | (is_short & (deltas > 0))) * same
    pairs = np.stack([deltas >> 8, np.where(is_short, size, deltas)], axis=1).astype(np.uint8)
    written = np.stack([size >= 256, deltas != 0], axis=1)
    return flags, pairs[written].tobytes()
