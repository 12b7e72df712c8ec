"""The chosen pieces move together until they lie as near to the edge as they can, and end on whole font units."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled
from segan_cli.outline.cubics import draw_nearer
from segan_cli.outline.knots import CORNER, EXTREME, PLAIN

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

MOVES = 6
"""Most ways in which one knot and its handles move."""
IN, AT, OUT, ALONG = 0, 2, 4, 6
"""Columns of a chain's row: the handle before the knot, the knot, the handle after it, the unit tangent."""
FARTHEST = 2.5
"""No knot moves farther than this from the vertex that it stands at, in font units."""
LONGEST_STEP = 2.5
"""Nor does a knot or handle move farther than this in one step, in font units."""
LONGEST = 3.0
"""No handle is longer than this many of its piece's chords."""
TURNED_AWAY = -0.3
"""Cosine of the widest angle between a corner's handle and its piece's chord."""
HOOK = 0.6
"""A handle that is longer than this share of the chord may turn away: its piece is a hook."""
SAMPLES = 12
"""At most this many vertices of a piece take part in a step."""
STRAY_STEPS = 16
"""Steps along a piece to which vertices are compared."""
LEVEL = 1e-6
LEAST_CORNER = 0.2
"""Less than this between the two sides, in radians, is no corner."""
NEWTONS = 2
"""How often the parameters of a piece's vertices are improved before a step."""
CLAMP = 3.0
"""A vertex that is farther from its piece, in font units, counts as if it were this far."""


class Work(NamedTuple):
    """Scratch of a knot's step.

    Args:
        moves: (`MOVES`, 6) the ways in which the knot may move: displacements of its row's first six columns.
        matrix: (`MOVES`, `MOVES` + 1) normal equations of the moves, the right side last.
        samples: (3, `SAMPLES`) x, y and parameter of a piece's vertices.
        control: (4, 2) a piece's control points.
        normal: (4, 5) normal equations of the two points of a piece that move.
    """

    moves: Floats
    matrix: Floats
    samples: Floats
    control: Floats
    normal: Floats


@compiled
def new_work() -> Work:
    """Scratch for `move_knot`."""
    return Work(
        np.zeros((MOVES, 6), dtype=np.float64),
        np.zeros((MOVES, MOVES + 1), dtype=np.float64),
        np.zeros((3, SAMPLES), dtype=np.float64),
        np.zeros((4, 2), dtype=np.float64),
        np.zeros((4, 5), dtype=np.float64),
    )


@compiled
def polish(points: Floats, at: Ints, chain: Floats, kind: Ints, curve: Flags, sweeps: int, fixed: bool) -> None:
    """Gauss-Newton, knot by knot.

    Args:
        points: (N, 2) the vertices; the last is the first again.
        at: (K + 1,) the vertex of each knot.
        chain: (K, 8) in-handle, knot, out-handle, tangent.
        kind: (K,) PLAIN, EXTREME or CORNER.
        curve: (K,) whether the piece after the knot is a cubic.
        sweeps: how often every knot is moved.
        fixed: knots stay where they are and only their handles move.
    """
    count = len(kind)
    if count < 2:
        return
    work = new_work()
    for sweep in range(sweeps):
        for k in range(count):
            _align(chain, kind, curve, k, sweep > 0 and not fixed)
        for k in range(count):
            move_knot(points, at, chain, kind, curve, k, work, fixed)


@compiled
def move_knot(
    points: Floats, at: Ints, chain: Floats, kind: Ints, curve: Flags, k: int, work: Work, fixed: bool
) -> None:
    """One step of knot `k`; see `polish`."""
    size = _moves(chain, kind, curve, k, work.moves, fixed)
    if size and not _step(points, at, chain, curve, k, work, size):
        size = _moves(chain, kind, curve, k, work.moves, True)
        if size:
            _step(points, at, chain, curve, k, work, size)
    if size:
        settle(chain, kind, curve, k)
        _tame(chain, kind, curve, k)


@compiled
def farthest_stray(points: Floats, at: Ints, chain: Floats, curve: Flags) -> float:
    """How far the vertices lie from the pieces that stand for them, at most, in the unit of both."""
    farthest, count = 0.0, len(curve)
    walked = np.empty((STRAY_STEPS + 1, 2), dtype=np.float64)
    for k in range(count):
        n = (k + 1) % count
        for s in range(STRAY_STEPS + 1):
            u = s / STRAY_STEPS
            w = 1 - u
            b0, b1, b2, b3 = w * w * w, 3 * u * w * w, 3 * u * u * w, u * u * u
            if not curve[k]:
                b0, b1, b2, b3 = w, 0.0, 0.0, u
            for c in range(2):
                walked[s, c] = (
                    b0 * chain[k, AT + c] + b1 * chain[k, OUT + c] + b2 * chain[n, IN + c] + b3 * chain[n, AT + c]
                )
        for v in range(at[k] + 1, at[k + 1]):
            least, first = np.inf, STRAY_STEPS * (v - at[k]) // (at[k + 1] - at[k])
            for s in range(STRAY_STEPS):
                least = min(least, _to_segment(points[v, 0], points[v, 1], walked, (first + s) % STRAY_STEPS))
                if least <= farthest:
                    break
            farthest = max(farthest, least)
    return math.sqrt(farthest)


@compiled
def _to_segment(x: float, y: float, walked: Floats, s: int) -> float:
    """Squared distance of a point from the segment between two points of a walk."""
    dx, dy = walked[s + 1, 0] - walked[s, 0], walked[s + 1, 1] - walked[s, 1]
    px, py = x - walked[s, 0], y - walked[s, 1]
    share = min(max((px * dx + py * dy) / max(dx * dx + dy * dy, 1e-12), 0.0), 1.0)
    return float((px - share * dx) ** 2 + (py - share * dy) ** 2)


@compiled
def _tame(chain: Floats, kind: Ints, curve: Flags, k: int) -> None:
    """Keep a knot's handles shorter than their pieces' chords; at a corner none turns away from its piece."""
    count = len(kind)
    p, n = (k - 1) % count, (k + 1) % count
    for column in (IN, OUT):
        if not (curve[p] if column == IN else curve[k]):
            continue
        other = p if column == IN else n
        x, y = chain[k, column] - chain[k, AT], chain[k, column + 1] - chain[k, AT + 1]
        cx, cy = chain[other, AT] - chain[k, AT], chain[other, AT + 1] - chain[k, AT + 1]
        size, chord = math.hypot(x, y), math.hypot(cx, cy)
        if kind[k] == CORNER and size < HOOK * chord and x * cx + y * cy < TURNED_AWAY * size * chord:
            x, y = cx / 3, cy / 3
            size = chord / 3
        share = LONGEST * chord / max(size, 1e-9)
        if share < 1.0:
            x, y = x * share, y * share
        chain[k, column], chain[k, column + 1] = chain[k, AT] + x, chain[k, AT + 1] + y


@compiled
def _align(chain: Floats, kind: Ints, curve: Flags, k: int, judge: bool) -> None:
    """A corner that turns little becomes smooth; a smooth knot beside a line takes the line's direction."""
    count = len(kind)
    p, n = (k - 1) % count, (k + 1) % count
    if kind[k] == CORNER:
        if not judge:
            return
        ax, ay = _away(chain, k, IN, p)
        bx, by = _away(chain, k, OUT, n)
        ax, ay = -ax, -ay
        turn = math.atan2(ax * by - ay * bx, ax * bx + ay * by)
        if abs(turn) > LEAST_CORNER or not (curve[p] or curve[k]):
            return
        kind[k] = PLAIN
        a, b = math.hypot(ax, ay), math.hypot(bx, by)
        if a == 0.0 or b == 0.0:
            kind[k] = CORNER
            return
        tx, ty = ax / a + bx / b, ay / a + by / b
        size = math.hypot(tx, ty)
        chain[k, ALONG], chain[k, ALONG + 1] = tx / size, ty / size
    if not curve[k] and curve[p]:
        _set_tangent(chain, k, chain[n, AT] - chain[k, AT], chain[n, AT + 1] - chain[k, AT + 1])
    elif not curve[p] and curve[k]:
        _set_tangent(chain, k, chain[k, AT] - chain[p, AT], chain[k, AT + 1] - chain[p, AT + 1])
    if not curve[p] and not curve[k]:
        kind[k] = CORNER
        return
    settle(chain, kind, curve, k)


@compiled
def _away(chain: Floats, k: int, column: int, other: int) -> tuple[float, float]:
    """From the knot to its handle, or to the other end if the piece is a line or the handle lies on the knot."""
    x, y = chain[k, column] - chain[k, AT], chain[k, column + 1] - chain[k, AT + 1]
    if abs(x) + abs(y) < 1e-6:
        x, y = chain[other, AT] - chain[k, AT], chain[other, AT + 1] - chain[k, AT + 1]
    return x, y


@compiled
def _set_tangent(chain: Floats, k: int, x: float, y: float) -> None:
    size = math.hypot(x, y)
    if size > 1e-9:
        chain[k, ALONG], chain[k, ALONG + 1] = x / size, y / size


@compiled
def settle(chain: Floats, kind: Ints, curve: Flags, k: int) -> None:
    """Put the handles of a smooth knot on its tangent, ahead and behind; those of a line on the knot."""
    p = (k - 1) % len(kind)
    tx, ty = chain[k, ALONG], chain[k, ALONG + 1]
    for column in (IN, OUT):
        is_curve = curve[p] if column == IN else curve[k]
        if not is_curve:
            chain[k, column], chain[k, column + 1] = chain[k, AT], chain[k, AT + 1]
        elif kind[k] != CORNER:
            sign = -1.0 if column == IN else 1.0
            size = sign * (tx * (chain[k, column] - chain[k, AT]) + ty * (chain[k, column + 1] - chain[k, AT + 1]))
            size = max(size, 1.0)
            chain[k, column] = chain[k, AT] + sign * size * tx
            chain[k, column + 1] = chain[k, AT + 1] + sign * size * ty


@compiled
def _moves(chain: Floats, kind: Ints, curve: Flags, k: int, moves: Floats, fixed: bool) -> int:
    """How knot `k` may move: rows of (in-handle, knot, out-handle) displacements; returns how many."""
    count = len(kind)
    p, n = (k - 1) % count, (k + 1) % count
    moves[:] = 0.0
    if kind[k] == CORNER:
        for axis in range(2):
            moves[axis, IN + axis] = moves[axis, AT + axis] = moves[axis, OUT + axis] = 1.0
        size = 0 if fixed else 2
        for column in (IN, OUT):
            if not (curve[p] if column == IN else curve[k]):
                continue
            for axis in range(2):
                if abs(chain[k, column + axis] - chain[k, AT + axis]) > LEVEL:  # a handle along an axis stays there
                    moves[size, :] = 0.0
                    moves[size, column + axis] = 1.0
                    size += 1
        return size
    tx, ty = chain[k, ALONG], chain[k, ALONG + 1]
    a = math.hypot(chain[k, IN] - chain[k, AT], chain[k, IN + 1] - chain[k, AT + 1])
    b = math.hypot(chain[k, OUT] - chain[k, AT], chain[k, OUT + 1] - chain[k, AT + 1])
    turn = 0.0
    if not curve[k]:
        turn = -1.0 / max(math.hypot(chain[n, AT] - chain[k, AT], chain[n, AT + 1] - chain[k, AT + 1]), 1.0)
    elif not curve[p]:
        turn = 1.0 / max(math.hypot(chain[p, AT] - chain[k, AT], chain[p, AT + 1] - chain[k, AT + 1]), 1.0)
    for column in (IN, AT, OUT):
        size_here = -a if column == IN else b if column == OUT else 0.0
        moves[0, column] = -ty * (1 + turn * size_here)
        moves[0, column + 1] = tx * (1 + turn * size_here)
    size = 1
    if fixed:
        size = 0
        moves[0] = 0.0
    if curve[p]:
        moves[size, IN], moves[size, IN + 1] = tx, ty
        size += 1
    if curve[k]:
        moves[size, OUT], moves[size, OUT + 1] = tx, ty
        size += 1
    if kind[k] == PLAIN and curve[p] and curve[k]:
        moves[size, IN], moves[size, IN + 1] = a * ty, -a * tx
        moves[size, OUT], moves[size, OUT + 1] = -b * ty, b * tx
        size += 1
    if kind[k] == EXTREME and curve[p] and curve[k] and not fixed:
        for column in (IN, AT, OUT):
            moves[size, column], moves[size, column + 1] = tx, ty
        size += 1
    return size


@compiled
def _step(points: Floats, at: Ints, chain: Floats, curve: Flags, k: int, work: Work, size: int) -> bool:
    """One damped Gauss-Newton step of knot `k`: its two pieces towards the vertices that they stand for.

    Returns:
        False, and nothing has moved, if the knot would go farther than `FARTHEST` from its vertex.
    """
    count = len(curve)
    p, n = (k - 1) % count, (k + 1) % count
    moves, matrix = work.moves, work.matrix
    matrix[:] = 0.0
    _gather(points, at[p], at[p + 1], chain, p, k, curve[p], work, False)
    _add(work, size, IN)
    _gather(points, at[k], at[k + 1], chain, k, n, curve[k], work, True)
    _add(work, size, AT)
    for m in range(size):
        matrix[m, m] += 0.03 + 0.01 * matrix[m, m]
        for q in range(m):
            matrix[m, q] = matrix[q, m]
    if not _eliminate(matrix, size):
        return True
    farthest, x, y = 0.0, 0.0, 0.0
    for m in range(size):
        x, y = x + matrix[m, MOVES] * moves[m, AT], y + matrix[m, MOVES] * moves[m, AT + 1]
        for c in range(6):
            farthest = max(farthest, abs(matrix[m, MOVES] * moves[m, c]))
    share = min(1.0, LONGEST_STEP / max(farthest, 1e-9))
    if share * math.hypot(x, y) > LEVEL and _leaves(
        points, at[k], chain[k, AT] + share * x, chain[k, AT + 1] + share * y
    ):
        return False
    for m in range(size):
        for c in range(6):
            chain[k, c] += share * matrix[m, MOVES] * moves[m, c]
    tx, ty = chain[k, OUT] - chain[k, IN], chain[k, OUT + 1] - chain[k, IN + 1]
    if curve[p] and curve[k]:
        _set_tangent(chain, k, tx, ty)
    return True


@compiled
def _leaves(points: Floats, vertex: int, x: float, y: float) -> bool:
    """Is a place farther from a vertex than a knot may go?"""
    return math.hypot(x - points[vertex, 0], y - points[vertex, 1]) > FARTHEST


@compiled
def _add(work: Work, size: int, column: int) -> None:
    """Add a piece's normal equations to those of the moves; `column` is where the four coordinates begin that they speak of."""
    moves, matrix, normal = work.moves, work.matrix, work.normal
    for m in range(size):
        r0, r1, r2, r3, right = 0.0, 0.0, 0.0, 0.0, 0.0
        for c in range(4):
            by = moves[m, column + c]
            r0, r1, r2, r3 = (
                r0 + by * normal[c, 0],
                r1 + by * normal[c, 1],
                r2 + by * normal[c, 2],
                r3 + by * normal[c, 3],
            )
            right += by * normal[c, 4]
        for q in range(m, size):
            matrix[m, q] += (
                r0 * moves[q, column]
                + r1 * moves[q, column + 1]
                + r2 * moves[q, column + 2]
                + r3 * moves[q, column + 3]
            )
        matrix[m, MOVES] += right


@compiled
def _gather(
    points: Floats, i: int, j: int, chain: Floats, a: int, b: int, is_curve: bool, work: Work, from_start: bool
) -> None:
    """Normal equations of a piece's distances, across the curve, for the knot at its start or end and that knot's handle.

    The coordinates are (knot, handle) at the start and (handle, knot) at the end, as in a chain's row.
    """
    used = _sample(points, i, j, chain, a, b, is_curve, work)
    xs, ys, us, control = work.samples[0], work.samples[1], work.samples[2], work.control
    x0, y0, x1, y1 = control[0, 0], control[0, 1], control[1, 0], control[1, 1]
    x2, y2, x3, y3 = control[2, 0], control[2, 1], control[3, 0], control[3, 1]
    first_xx, first_xy, first_yy, both_xx, both_xy, both_yy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    second_xx, second_xy, second_yy, first_x, first_y, second_x, second_y = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for s in range(used):
        u = us[s]
        w = 1 - u
        b0, b1, b2, b3 = w * w * w, 3 * u * w * w, 3 * u * u * w, u * u * u
        dx = w * w * (x1 - x0) + 2 * u * w * (x2 - x1) + u * u * (x3 - x2)
        dy = w * w * (y1 - y0) + 2 * u * w * (y2 - y1) + u * u * (y3 - y2)
        speed = math.sqrt(dx * dx + dy * dy)
        if speed < 1e-9:
            continue
        nx, ny = -dy / speed, dx / speed
        off = (xs[s] - b0 * x0 - b1 * x1 - b2 * x2 - b3 * x3) * nx + (
            ys[s] - b0 * y0 - b1 * y1 - b2 * y2 - b3 * y3
        ) * ny
        off = min(max(off, -CLAMP), CLAMP)
        if is_curve:
            first, second = (b0, b1) if from_start else (b2, b3)
        else:
            first, second = (w, 0.0) if from_start else (0.0, u)
        xx, xy, yy = nx * nx, nx * ny, ny * ny
        both, squared = first * second, second * second
        first_x, first_y = first_x + first * off * nx, first_y + first * off * ny
        second_x, second_y = second_x + second * off * nx, second_y + second * off * ny
        first *= first
        first_xx, first_xy, first_yy = first_xx + first * xx, first_xy + first * xy, first_yy + first * yy
        both_xx, both_xy, both_yy = both_xx + both * xx, both_xy + both * xy, both_yy + both * yy
        second_xx, second_xy, second_yy = second_xx + squared * xx, second_xy + squared * xy, second_yy + squared * yy
    rows = (
        (first_xx, first_xy, both_xx, both_xy, first_x),
        (first_xy, first_yy, both_xy, both_yy, first_y),
        (both_xx, both_xy, second_xx, second_xy, second_x),
        (both_xy, both_yy, second_xy, second_yy, second_y),
    )
    weight = (j - i - 1) / max(used, 1)
    for r in range(4):
        for c in range(5):
            work.normal[r, c] = weight * rows[r][c]


@compiled
def _sample(points: Floats, i: int, j: int, chain: Floats, a: int, b: int, is_curve: bool, work: Work) -> int:
    """Set a piece's control points, and its vertices with the parameters at which they are nearest; returns how many vertices."""
    inner, control, samples = j - i - 1, work.control, work.samples
    used = min(inner, SAMPLES)
    for axis in range(2):
        start, end = chain[a, AT + axis], chain[b, AT + axis]
        control[0, axis], control[3, axis] = start, end
        control[1, axis] = chain[a, OUT + axis] if is_curve else start + (end - start) / 3
        control[2, axis] = chain[b, IN + axis] if is_curve else start + (end - start) / 1.5
    for s in range(used):
        v = i + 1 + (2 * s + 1) * inner // (2 * used)
        samples[0, s], samples[1, s], samples[2, s] = points[v, 0], points[v, 1], (v - i) / (j - i)
    for _ in range(NEWTONS):
        draw_nearer(control, samples, used)
    return used


@compiled
def _eliminate(matrix: Floats, size: int) -> bool:
    """Solve the symmetric positive system in place (the right side is the last column)."""
    for m in range(size):
        pivot = matrix[m, m]
        if pivot < 1e-12:
            return False
        for n in range(m + 1, size):
            factor = matrix[n, m] / pivot
            for k in range(m, size):
                matrix[n, k] -= factor * matrix[m, k]
            matrix[n, MOVES] -= factor * matrix[m, MOVES]
    for m in range(size - 1, -1, -1):
        for n in range(m + 1, size):
            matrix[m, MOVES] -= matrix[m, n] * matrix[n, MOVES]
        matrix[m, MOVES] /= matrix[m, m]
    return True
