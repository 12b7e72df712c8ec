"""One cubic piece through a stretch of contour, by least squares with given or free tangents."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled

Floats = npt.NDArray[np.float64]

SAMPLES = 12
"""At most this many vertices of the stretch take part in a fit."""
SOLVES = 3
"""Least squares solutions for one fit; between them the samples' parameters are improved."""
HOPELESS = 30.0
"""A curve whose first solution strays by so many times the limit, squared, is given up."""
LEAST_SLOPE = 1e-9
"""Of the squared distance over the parameter; where it is less, a parameter stays."""
MOST_BEND = -0.5
"""A curve that bends towards a point makes a step longer, at most as if the squared speed were less by this share of it."""
LONGEST_HANDLE = 3.0
"""No handle is longer than this many chords."""


@compiled
def fit_cubic(
    points: Floats, i: int, j: int, tangents: Floats, control: Floats, work: Floats, limit: float
) -> tuple[float, float]:
    """Fit a cubic from vertex `i` to vertex `j`.

    Args:
        points: (N, 2) the contour's vertices.
        i: first vertex, kept.
        j: last vertex, kept.
        tangents: (2, 2) unit directions at the start and, pointing forward, at the end; a zero row is a free one.
        control: (4, 2) receives the control points.
        work: (3, SAMPLES) scratch: x, y, parameter.
        limit: the largest squared distance that is of use.

    Returns:
        (mean squared, largest squared) distance of the vertices to the curve; infinity if a handle turns back, and for a
        curve that after the first solution is hopelessly beyond `limit`.

    Source: Schneider 1990 (Graphics Gems), with a Newton step for the parameters between two solves.
    """
    count = _gather(points, i, j, work)
    copy_point(control, 0, points, i)
    copy_point(control, 3, points, j)
    for turn in range(SOLVES):
        if not _solve(work, count, tangents, control):
            return np.inf, np.inf
        if turn < SOLVES - 1:
            draw_nearer(control, work, count)
        if turn == 0 and _errors(control, work, count)[1] > HOPELESS * limit:
            return np.inf, np.inf
    return _errors(control, work, count)


@compiled
def copy_point(target: Floats, i: int, source: Floats, j: int) -> None:
    """Set row `i` of one (N, 2) array to row `j` of another; far quicker to compile than a row assignment."""
    target[i, 0], target[i, 1] = source[j, 0], source[j, 1]


@compiled
def _gather(points: Floats, i: int, j: int, work: Floats) -> int:
    """Sample the stretch between its ends; the vertices are evenly spaced, so their numbers are chord-length parameters."""
    inner = j - i - 1
    count = min(inner, SAMPLES)
    for k in range(count):
        v = i + 1 + (2 * k + 1) * inner // (2 * count)
        work[0, k], work[1, k], work[2, k] = points[v, 0], points[v, 1], (v - i) / (j - i)
    return count


@compiled
def _solve(samples: Floats, count: int, tangents: Floats, control: Floats) -> bool:
    """Least squares for the two handles; a given tangent leaves one unknown, a free one two."""
    x0, y0, x3, y3 = control[0, 0], control[0, 1], control[3, 0], control[3, 1]
    aa, ab, bb, ax, ay, bx, by = 1e-4, 0.0, 1e-4, 1e-4 * (x3 - x0) / 3, 1e-4 * (y3 - y0) / 3, 0.0, 0.0
    bx, by = -ax, -ay
    for k in range(count):
        u = samples[2, k]
        v = 1 - u
        b1, b2 = 3 * u * v * v, 3 * u * u * v
        head, tail = v * v * v + b1, u * u * u + b2
        rx, ry = samples[0, k] - head * x0 - tail * x3, samples[1, k] - head * y0 - tail * y3
        aa += b1 * b1
        ab += b1 * b2
        bb += b2 * b2
        ax += b1 * rx
        ay += b1 * ry
        bx += b2 * rx
        by += b2 * ry
    sx, sy, ex, ey = tangents[0, 0], tangents[0, 1], tangents[1, 0], tangents[1, 1]
    free_start, free_end = sx == 0.0 and sy == 0.0, ex == 0.0 and ey == 0.0
    whole = aa * bb - ab * ab
    chord = math.sqrt((x3 - x0) * (x3 - x0) + (y3 - y0) * (y3 - y0))
    if free_start and free_end:
        if whole < 1e-9:
            return False
        hx, hy, gx, gy = bb * ax - ab * bx, bb * ay - ab * by, aa * bx - ab * ax, aa * by - ab * ay
        hx, hy, gx, gy = hx / whole, hy / whole, gx / whole, gy / whole
    elif free_end:
        a = (ax * sx + ay * sy - ab / bb * (bx * sx + by * sy)) / (aa - ab * ab / bb)
        hx, hy = a * sx, a * sy
        gx, gy = (bx - ab * hx) / bb, (by - ab * hy) / bb
    elif free_start:
        b = (bx * ex + by * ey - ab / aa * (ax * ex + ay * ey)) / (bb - ab * ab / aa)
        gx, gy = b * ex, b * ey
        hx, hy = (ax - ab * gx) / aa, (ay - ab * gy) / aa
    else:
        cross = ab * (sx * ex + sy * ey)
        p, q = ax * sx + ay * sy, bx * ex + by * ey
        whole = aa * bb - cross * cross
        a, b = (bb * p - cross * q) / whole, (aa * q - cross * p) / whole
        hx, hy, gx, gy = a * sx, a * sy, b * ex, b * ey
    control[1, 0], control[1, 1], control[2, 0], control[2, 1] = x0 + hx, y0 + hy, x3 + gx, y3 + gy
    longest = LONGEST_HANDLE * LONGEST_HANDLE * chord * chord
    if hx * hx + hy * hy > longest or gx * gx + gy * gy > longest:
        return False
    if not free_start and hx * sx + hy * sy < 0.01 * chord:
        return False
    return bool(free_end or gx * ex + gy * ey < -0.01 * chord)


@compiled
def draw_nearer(control: Floats, samples: Floats, count: int) -> None:
    """One Newton step of each sample's parameter towards the nearest point of the curve, within [0, 1].

    Args:
        control: (4, 2) the curve's control points.
        samples: (3, N) x, y and, changed in place, parameter.
        count: how many of them.
    """
    x0, y0, x1, y1 = control[0, 0], control[0, 1], control[1, 0], control[1, 1]
    x2, y2, x3, y3 = control[2, 0], control[2, 1], control[3, 0], control[3, 1]
    ax, ay, bx, by, cx, cy = 3 * (x1 - x0), 3 * (y1 - y0), 6 * (x2 - x1), 6 * (y2 - y1), 3 * (x3 - x2), 3 * (y3 - y2)
    xs, ys, us = samples[0], samples[1], samples[2]
    for k in range(count):  # without a branch or a call: several at once
        u = us[k]
        v = 1 - u
        a, b, c, d = v * v * v, 3 * u * v * v, 3 * u * u * v, u * u * u
        ex = a * x0 + b * x1 + c * x2 + d * x3 - xs[k]
        ey = a * y0 + b * y1 + c * y2 + d * y3 - ys[k]
        dx = v * v * ax + u * v * bx + u * u * cx
        dy = v * v * ay + u * v * by + u * u * cy
        speed = dx * dx + dy * dy
        bend = ex * (v * (bx - 2 * ax) + u * (2 * cx - bx)) + ey * (v * (by - 2 * ay) + u * (2 * cy - by))
        slope = speed + (bend if bend > MOST_BEND * speed else MOST_BEND * speed)
        moved = u - (ex * dx + ey * dy) / (slope if slope >= LEAST_SLOPE else np.inf)
        moved = moved if moved > 0.0 else 0.0
        us[k] = moved if moved < 1.0 else 1.0


@compiled
def _errors(control: Floats, samples: Floats, count: int) -> tuple[float, float]:
    total, largest = 0.0, 0.0
    for k in range(count):
        u = samples[2, k]
        v = 1 - u
        a, b, c, d = v * v * v, 3 * u * v * v, 3 * u * u * v, u * u * u
        ex = a * control[0, 0] + b * control[1, 0] + c * control[2, 0] + d * control[3, 0] - samples[0, k]
        ey = a * control[0, 1] + b * control[1, 1] + c * control[2, 1] + d * control[3, 1] - samples[1, k]
        off = ex * ex + ey * ey
        total += off
        largest = max(largest, off)
    return total / max(count, 1), largest
