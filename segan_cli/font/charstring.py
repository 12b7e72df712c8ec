"""One glyph's Type 2 charstring, written by hand for the CFF flavour."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from segan_cli.font.truetype import Bounds
from segan_cli.glyph import Contour

DEFAULT_WIDTH: Final = 1000
"""`defaultWidthX`: full-width glyphs need no width in their charstring."""

NOMINAL_WIDTH: Final = 500
"""`nominalWidthX`: other widths are written as the difference from this one."""

STACK: Final = 48
"""Most operands before an operator (Type 2 charstring format, appendix B)."""

RLINETO, HLINETO, VLINETO, RRCURVETO, ENDCHAR = b"\x05", b"\x06", b"\x07", b"\x08", b"\x0e"
RMOVETO, HMOVETO, VMOVETO = b"\x15", b"\x16", b"\x04"
VVCURVETO, HHCURVETO, VHCURVETO, HVCURVETO = b"\x1a", b"\x1b", b"\x1e", b"\x1f"

Piece: TypeAlias = tuple[int, ...]
"""(dx, dy) of a line, or (dx1, dy1, dx2, dy2, dx3, dy3) of a curve, each point from the one before."""

Run: TypeAlias = tuple[int, list[int], bytes]
"""How many pieces one operator draws, its operands, the operator."""


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
    program = [] if advance == DEFAULT_WIDTH else [_number(advance - NOMINAL_WIDTH)]
    boxes: list[npt.NDArray[np.float64]] = []
    at = (0, 0)
    for contour in contours:
        points = np.floor(contour.points + 0.5).astype(np.int64)
        pieces = _pieces(points.tolist(), contour.on_curve.tolist())
        if len(pieces) < 2:  # rounding has flattened it
            continue
        start = (int(points[0, 0]), int(points[0, 1]))
        program.append(_move(start[0] - at[0], start[1] - at[1]))
        drawn = pieces[:-1] if len(pieces[-1]) == 2 else pieces  # the format draws the closing line itself
        program += _draw(drawn)
        at = (start[0] + sum(sum(p[0::2]) for p in drawn), start[1] + sum(sum(p[1::2]) for p in drawn))
        boxes.append(_bounds(points, contour.on_curve))
    return CffGlyph(b"".join(program) + ENDCHAR, _union(boxes))


def _pieces(points: list[list[int]], on_curve: list[bool]) -> list[Piece]:
    """Lines and curves of one contour, without those of no length."""
    pieces: list[Piece] = []
    size, i = len(points), 0
    while i < size:
        step = 1 if on_curve[(i + 1) % size] else 3
        deltas: list[int] = []
        for k in range(i, i + step):
            (x, y), (next_x, next_y) = points[k % size], points[(k + 1) % size]
            deltas += (next_x - x, next_y - y)
        if any(deltas):
            pieces.append(tuple(deltas))
        i += step
    return pieces


def _bounds(points: npt.NDArray[np.int64], on_curve: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """x and y extremes of one contour; handles that stick out are replaced by where their curves turn."""
    on = points[on_curve]
    box = np.concatenate([on.min(axis=0), on.max(axis=0)]).astype(np.float64)
    if (points.min(axis=0) < box[:2]).any() or (points.max(axis=0) > box[2:]).any():
        starts = np.flatnonzero(~np.roll(on_curve, -1) & on_curve)
        cubics = points[(starts[:, None] + np.arange(4)) % len(points)].astype(np.float64)
        turns = _turning_points(cubics)
        box = np.concatenate([np.minimum(box[:2], turns.min(axis=0)), np.maximum(box[2:], turns.max(axis=0))])
    return box


def _turning_points(cubics: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(N, 2) values of each coordinate where its derivative is 0, and at the starts."""
    p0, p1, p2, p3 = (cubics[:, k] for k in range(4))
    a, b, c = p3 - 3 * p2 + 3 * p1 - p0, 2 * (p2 - 2 * p1 + p0), p1 - p0
    root = np.sqrt(np.maximum(b * b - 4 * a * c, 0))
    steep = np.where(np.abs(a) < 1e-9, 1e-9, a)  # nearly a parabola: one root runs far away and is clipped to an end
    values = [p0]
    for t in ((-b - root) / (2 * steep), (-b + root) / (2 * steep), -c / np.where(b == 0, 1, b)):
        t = np.clip(t, 0, 1)
        values.append(p0 * (1 - t) ** 3 + 3 * p1 * t * (1 - t) ** 2 + 3 * p2 * t * t * (1 - t) + p3 * t**3)
    return np.concatenate(values)


def _union(boxes: Sequence[npt.NDArray[np.float64]]) -> Bounds | None:
    if not boxes:
        return None
    low, high = np.floor(np.min(boxes, axis=0)[:2]), np.ceil(np.max(boxes, axis=0)[2:])
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _move(dx: int, dy: int) -> bytes:
    if dy == 0:
        return _number(dx) + HMOVETO
    if dx == 0:
        return _number(dy) + VMOVETO
    return _number(dx) + _number(dy) + RMOVETO


def _draw(pieces: Sequence[Piece]) -> list[bytes]:
    """Every run of pieces with the shortest operator that fits its first piece."""
    program: list[bytes] = []
    i = 0
    while i < len(pieces):
        count, operands, operator = _run_for(pieces[i])(pieces, i)
        program += map(_number, operands)
        program.append(operator)
        i += count
    return program


def _run_for(piece: Piece) -> Callable[[Sequence[Piece], int], Run]:
    if len(piece) == 2:
        return _slanted_lines if piece[0] and piece[1] else _straight_lines
    flat = piece[1] == 0, piece[5] == 0
    upright = piece[0] == 0, piece[4] == 0
    if (flat[0] and upright[1]) or (upright[0] and flat[1]):
        return _turning_curves
    return _level_curves if all(flat) or all(upright) else _free_curves


def _slanted_lines(pieces: Sequence[Piece], i: int) -> Run:
    run = _while(pieces, i, STACK // 2, lambda p: len(p) == 2 and p[0] != 0 and p[1] != 0)
    return len(run), [value for p in run for value in p], RLINETO


def _straight_lines(pieces: Sequence[Piece], i: int) -> Run:
    """Horizontal and vertical lines in turn."""
    axis = 0 if pieces[i][1] == 0 else 1
    operator = VLINETO if axis else HLINETO
    operands: list[int] = []
    for piece in pieces[i : i + STACK]:
        if len(piece) != 2 or piece[1 - axis] or not piece[axis]:
            break
        operands.append(piece[axis])
        axis = 1 - axis
    return len(operands), operands, operator


def _turning_curves(pieces: Sequence[Piece], i: int) -> Run:
    """Curves from horizontal to vertical and back, in turn."""
    flat = pieces[i][1] == 0 and pieces[i][4] == 0
    operator = HVCURVETO if flat else VHCURVETO
    operands: list[int] = []
    for piece in pieces[i : i + STACK // 4]:
        if len(piece) == 2 or (piece[1] or piece[4] if flat else piece[0] or piece[5]):
            break
        operands += (piece[0] if flat else piece[1], piece[2], piece[3], piece[5] if flat else piece[4])
        flat = not flat
    return len(operands) // 4, operands, operator


def _level_curves(pieces: Sequence[Piece], i: int) -> Run:
    """Curves that start and end along one axis."""
    axis = 0 if pieces[i][1] == 0 and pieces[i][5] == 0 else 1
    run = _while(pieces, i, STACK // 4, lambda p: len(p) == 6 and p[1 - axis] == 0 and p[5 - axis] == 0)
    operands = [value for p in run for value in (p[axis], p[2], p[3], p[4 + axis])]
    return len(run), operands, VVCURVETO if axis else HHCURVETO


def _free_curves(pieces: Sequence[Piece], i: int) -> Run:
    run = _while(pieces, i, STACK // 6, lambda p: _run_for(p) is _free_curves)
    return len(run), [value for p in run for value in p], RRCURVETO


def _while(pieces: Sequence[Piece], i: int, most: int, fits: Callable[[Piece], bool]) -> list[Piece]:
    run: list[Piece] = []
    for piece in pieces[i : i + most]:
        if not fits(piece):
            break
        run.append(piece)
    return run


def width_operand(value: int) -> bytes:
    """A width, as it stands before a charstring: the difference from its dictionary's `nominalWidthX`."""
    return _number(value)


def _number(value: int) -> bytes:
    return _NUMBERS[value + 1131] if -1131 <= value <= 1131 else b"\x1c" + value.to_bytes(2, "big", signed=True)


def _short_number(value: int) -> bytes:
    if -107 <= value <= 107:
        return bytes((value + 139,))
    rest = abs(value) - 108
    return bytes(((rest >> 8) + (247 if value > 0 else 251), rest & 255))


def _table(values: Iterable[int]) -> tuple[bytes, ...]:
    return tuple(_short_number(value) for value in values)


_NUMBERS: Final = _table(range(-1131, 1132))
