"""One cubic piece through a stretch of contour, by least squares with given or free tangents."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled

Floats = npt.NDArray[np.float64]

SAMPLES = 14
"""At most this many vertices of the stretch take part in a fit."""


@compiled
def fit_cubic(points: Floats, i: int, j: int, tangents: Floats, control: Floats, work: Floats) -> tuple[float, float]:
    """Fit a cubic from vertex `i` to vertex `j`.

    Args:
        points: (N, 2) the contour's vertices.
        i: first vertex, kept.
        j: last vertex, kept.
        tangents: (2, 2) unit directions at the start and, pointing forward, at the end; a zero row is a free one.
        control: (4, 2) receives the control points.
        work: (SAMPLES, 3) scratch: x, y, parameter.

    Returns:
        (mean squared, largest squared) distance of the vertices to the curve; infinity if a handle turns back.

    Source: Schneider 1990 (Graphics Gems), with a Newton step for the parameters after each solve.
    """
    count = _gather(points, i, j, work)
    copy_point(control, 0, points, i)
    copy_point(control, 3, points, j)
    for turn in range(4):
        if not _solve(work[:count], tangents, control):
            return np.inf, np.inf
        if turn < 3:
            for k in range(count):
                work[k, 2] = _nearer(control, work[k, 0], work[k, 1], work[k, 2])
    return _errors(control, work[:count])


@compiled
def copy_point(target: Floats, i: int, source: Floats, j: int) -> None:
    """Set row `i` of one (N, 2) array to row `j` of another; far quicker to compile than a row assignment."""
    target[i, 0], target[i, 1] = source[j, 0], source[j, 1]


@compiled
def _gather(points: Floats, i: int, j: int, work: Floats) -> int:
    """Sample the stretch between its ends, with chord-length parameters."""
    inner = j - i - 1
    count = min(inner, SAMPLES)
    length, done = 0.0, 0
    for k in range(i + 1, j + 1):
        length += math.hypot(points[k, 0] - points[k - 1, 0], points[k, 1] - points[k - 1, 1])
        while done < count and i + 1 + (2 * done + 1) * inner // (2 * count) == k:
            work[done, 0], work[done, 1], work[done, 2] = points[k, 0], points[k, 1], length
            done += 1
    for k in range(count):
        work[k, 2] /= length
    return count


@compiled
def _solve(samples: Floats, tangents: Floats, control: Floats) -> bool:
    """Least squares for the two inner control points; a given tangent leaves one unknown, a free one two."""
    size = 0
    basis = np.zeros((4, 3), dtype=np.float64)
    for end in range(2):
        tx, ty = tangents[end, 0], tangents[end, 1]
        if tx == 0.0 and ty == 0.0:
            basis[size, 0], basis[size, 2] = 1.0, end
            basis[size + 1, 1], basis[size + 1, 2] = 1.0, end
            size += 2
        else:
            sign = 1.0 if end == 0 else -1.0
            basis[size, 0], basis[size, 1], basis[size, 2] = sign * tx, sign * ty, end
            size += 1
    matrix = np.zeros((4, 5), dtype=np.float64)
    row = np.empty((4, 2), dtype=np.float64)
    chord = math.hypot(control[3, 0] - control[0, 0], control[3, 1] - control[0, 1])
    for k in range(len(samples)):
        u = samples[k, 2]
        v = 1 - u
        b1, b2 = 3 * u * v * v, 3 * u * u * v
        head, tail = v * v * v + b1, u * u * u + b2
        rx = samples[k, 0] - head * control[0, 0] - tail * control[3, 0]
        ry = samples[k, 1] - head * control[0, 1] - tail * control[3, 1]
        for m in range(size):
            weight = b1 if basis[m, 2] == 0.0 else b2
            row[m, 0], row[m, 1] = weight * basis[m, 0], weight * basis[m, 1]
        for m in range(size):
            for n in range(size):
                matrix[m, n] += row[m, 0] * row[n, 0] + row[m, 1] * row[n, 1]
            matrix[m, 4] += row[m, 0] * rx + row[m, 1] * ry
    for m in range(size):
        matrix[m, m] += 1e-4
        pull = chord / 3
        sign = 1.0 if basis[m, 2] == 0.0 else -1.0
        ahead = basis[m, 0] * (control[3, 0] - control[0, 0]) + basis[m, 1] * (control[3, 1] - control[0, 1])
        matrix[m, 4] += 1e-4 * pull * sign * ahead / max(chord, 1e-9)
    if not _eliminate(matrix, size):
        return False
    copy_point(control, 1, control, 0)
    copy_point(control, 2, control, 3)
    for m in range(size):
        end = int(basis[m, 2])
        control[1 + end, 0] += matrix[m, 4] * basis[m, 0]
        control[1 + end, 1] += matrix[m, 4] * basis[m, 1]
    return _handles_forward(control, tangents, chord)


@compiled
def _handles_forward(control: Floats, tangents: Floats, chord: float) -> bool:
    """Do the handles point along their tangents, and stay in reach of the chord?"""
    ax, ay = control[1, 0] - control[0, 0], control[1, 1] - control[0, 1]
    bx, by = control[3, 0] - control[2, 0], control[3, 1] - control[2, 1]
    a, b = math.hypot(ax, ay), math.hypot(bx, by)
    if a > 3 * chord or b > 3 * chord:
        return False
    ahead = ax * tangents[0, 0] + ay * tangents[0, 1]
    behind = bx * tangents[1, 0] + by * tangents[1, 1]
    given_a = tangents[0, 0] != 0.0 or tangents[0, 1] != 0.0
    given_b = tangents[1, 0] != 0.0 or tangents[1, 1] != 0.0
    return not ((given_a and ahead < 0.01 * chord) or (given_b and behind < 0.01 * chord))


@compiled
def _eliminate(matrix: Floats, size: int) -> bool:
    """Solve the symmetric positive system in place (the right side is column 4)."""
    for m in range(size):
        pivot = matrix[m, m]
        if pivot < 1e-12:
            return False
        for n in range(m + 1, size):
            factor = matrix[n, m] / pivot
            for k in range(m, size):
                matrix[n, k] -= factor * matrix[m, k]
            matrix[n, 4] -= factor * matrix[m, 4]
    for m in range(size - 1, -1, -1):
        for n in range(m + 1, size):
            matrix[m, 4] -= matrix[m, n] * matrix[n, 4]
        matrix[m, 4] /= matrix[m, m]
    return True


@compiled
def _nearer(control: Floats, x: float, y: float, u: float) -> float:
    """One Newton step towards the parameter of the nearest point of the curve."""
    v = 1 - u
    ex = (
        v * v * v * control[0, 0]
        + 3 * u * v * v * control[1, 0]
        + 3 * u * u * v * control[2, 0]
        + u * u * u * control[3, 0]
        - x
    )
    ey = (
        v * v * v * control[0, 1]
        + 3 * u * v * v * control[1, 1]
        + 3 * u * u * v * control[2, 1]
        + u * u * u * control[3, 1]
        - y
    )
    ax, ay = control[1, 0] - control[0, 0], control[1, 1] - control[0, 1]
    bx, by = control[2, 0] - control[1, 0], control[2, 1] - control[1, 1]
    cx, cy = control[3, 0] - control[2, 0], control[3, 1] - control[2, 1]
    dx = 3 * (v * v * ax + 2 * u * v * bx + u * u * cx)
    dy = 3 * (v * v * ay + 2 * u * v * by + u * u * cy)
    fx = 6 * (v * (bx - ax) + u * (cx - bx))
    fy = 6 * (v * (by - ay) + u * (cy - by))
    slope = dx * dx + dy * dy + ex * fx + ey * fy
    if slope < 1e-9:
        return u
    return float(min(max(u - (ex * dx + ey * dy) / slope, 0.0), 1.0))


@compiled
def _errors(control: Floats, samples: Floats) -> tuple[float, float]:
    total, largest = 0.0, 0.0
    for k in range(len(samples)):
        u = samples[k, 2]
        v = 1 - u
        ex = (
            v * v * v * control[0, 0]
            + 3 * u * v * v * control[1, 0]
            + 3 * u * u * v * control[2, 0]
            + u * u * u * control[3, 0]
            - samples[k, 0]
        )
        ey = (
            v * v * v * control[0, 1]
            + 3 * u * v * v * control[1, 1]
            + 3 * u * u * v * control[2, 1]
            + u * u * u * control[3, 1]
            - samples[k, 1]
        )
        off = ex * ex + ey * ey
        total += off
        largest = max(largest, off)
    return total / max(len(samples), 1), largest
