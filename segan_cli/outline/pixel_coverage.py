"""What a contour covers, pixel by pixel, and the contour that covers what the grey image says.

A grey edge pixel tells how much of it is ink. The half-ink contour uses only where the level is crossed, and cuts corners
and thin strokes; moving it until its own coverage equals the image recovers them to a fraction of a pixel.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@compiled
def coverage(points: Floats, starts: Ints, height: int, width: int) -> Floats:
    """The exact area that closed polygons cover in each pixel.

    Args:
        points: (N, 2) x and y in pixels, y down.
        starts: (C + 1,) where each contour begins; ink on the left in y-up axes.
        height: rows of the image.
        width: columns of the image.

    Returns:
        (H, W) float64, 1 for a pixel wholly inside; overlaps add up.

    Source: the signed-area accumulation of FreeType's smooth rasteriser, as Raph Levien's font-rs writes it.
    """
    # Columns first: the running sums of all rows are taken at once.
    sums = np.zeros((width + 2, height), dtype=np.float64)
    for k in range(starts.size - 1):
        before = starts[k + 1] - 1
        for i in range(starts[k], starts[k + 1]):
            _add_edge(sums, points[before, 0], points[before, 1], points[i, 0], points[i, 1])
            before = i
    for col in range(1, width):
        for row in range(height):
            sums[col, row] += sums[col - 1, row]
    return sums[:width].T


@compiled
def _add_edge(sums: Floats, x0: float, y0: float, x1: float, y1: float) -> None:
    if y0 == y1:
        return
    sign = -1.0
    if y0 > y1:
        sign, x0, y0, x1, y1 = 1.0, x1, y1, x0, y0
    height, width = sums.shape[1], sums.shape[0] - 2
    slope = (x1 - x0) / (y1 - y0)
    for row in range(max(0, math.floor(y0)), min(height, math.ceil(y1))):
        top, bottom = max(y0, float(row)), min(y1, row + 1.0)
        area = sign * (top - bottom)
        xa = min(max(x0 + (top - y0) * slope, 0.0), width + 0.0)
        xb = min(max(x0 + (bottom - y0) * slope, 0.0), width + 0.0)
        _spread(sums, row, min(xa, xb), max(xa, xb), area)


@compiled
def _spread(sums: Floats, row: int, low: float, high: float, area: float) -> None:
    """Put an edge's share of one row into the running sums: from `low` to `high`, then full to the right."""
    first = int(low)
    last = math.ceil(high)
    if last <= first + 1:
        right = (low + high) / 2 - first
        sums[first, row] += area * (1 - right)
        sums[first + 1, row] += area * right
        return
    per_px = 1 / (high - low)
    rest = 1 - (low - first)
    done = 0.5 * per_px * rest * rest
    sums[first, row] += area * done
    covered = done
    for col in range(first + 1, last - 1):
        value = per_px * (col + 0.5 - low)
        sums[col, row] += area * (value - covered)
        covered = value
    tail = high - (last - 1)
    value = 1 - 0.5 * per_px * tail * tail
    sums[last - 1, row] += area * (value - covered)
    sums[last, row] += area * (1 - value)


@compiled
def evenly_spaced(points: Floats, starts: Ints, spacing: float) -> tuple[Floats, Ints]:
    """The same contours with vertices about `spacing` px apart, at least sixteen each."""
    counts = np.empty(starts.size, dtype=np.int64)
    counts[0] = 0
    for k in range(starts.size - 1):
        counts[k + 1] = counts[k] + max(16, round(_length(points[starts[k] : starts[k + 1]]) / spacing))
    out = np.empty((counts[-1], 2), dtype=np.float64)
    for k in range(starts.size - 1):
        _walk(points[starts[k] : starts[k + 1]], out[counts[k] : counts[k + 1]])
    return out, counts


@compiled
def _length(points: Floats) -> float:
    total = 0.0
    for i in range(len(points)):
        total += _distance(points, i - 1, i)
    return total


@compiled
def _walk(points: Floats, out: Floats) -> None:
    """Fill `out` with points at equal steps along the closed polygon."""
    step = _length(points) / len(out)
    filled, gone, i = 0, 0.0, 0
    while filled < len(out):
        j = (i + 1) % len(points)
        dx, dy = points[j, 0] - points[i % len(points), 0], points[j, 1] - points[i % len(points), 1]
        length = math.hypot(dx, dy)
        while filled < len(out) and (filled * step <= gone + length or i >= len(points) - 1):
            t = min(max((filled * step - gone) / length, 0.0), 1.0) if length > 0 else 0.0
            out[filled, 0] = points[i % len(points), 0] + t * dx
            out[filled, 1] = points[i % len(points), 1] + t * dy
            filled += 1
        gone += length
        i += 1


@compiled
def match_coverage(points: Floats, starts: Ints, ink: npt.NDArray[np.float32], rounds: int, step: float) -> Floats:
    """Move the vertices along their normals until the polygons cover what the image says.

    Args:
        points: (N, 2) vertices about a pixel apart.
        starts: (C + 1,) where each contour begins.
        ink: (H, W) float32 in [0, 1].
        rounds: how often to render, compare and move.
        step: how far to move, in computed shifts.

    Returns:
        (N, 2) the moved vertices.

    Source: ours; the simultaneous iterative reconstruction (SIRT) of tomography, with contour shifts as unknowns: the area
    missing in a pixel over the contour's length there is the shift.
    """
    height, width = ink.shape
    points = points.copy()
    shift = np.empty(len(points), dtype=np.float64)
    normal = np.empty((len(points), 2), dtype=np.float64)
    for _ in range(rounds):
        covered = coverage(points, starts, height, width)
        length = np.zeros((height, width), dtype=np.float64)
        for k in range(starts.size - 1):
            low, high = starts[k], starts[k + 1]
            _measure(points[low:high], normal[low:high], shift[low:high], length)
        for i in range(len(points)):
            shift[i] = _missing(ink, covered, length, points[i, 0] - 0.5, points[i, 1] - 0.5)
        for k in range(starts.size - 1):
            low, high = starts[k], starts[k + 1]
            _move(points[low:high], normal[low:high], shift[low:high], step)
    return points


@compiled
def _measure(points: Floats, normal: Floats, share: Floats, length: Floats) -> None:
    """Outward normals, and the contour's length in each pixel."""
    count = len(points)
    height, width = length.shape
    before = _distance(points, count - 1, 0)
    for i in range(count):
        j = i + 1 if i + 1 < count else 0
        behind = _distance(points, i, j)
        share[i] = 0.5 * (before + behind)
        before = behind
        dx, dy = points[j, 0] - points[i - 1, 0], points[j, 1] - points[i - 1, 1]
        size = math.sqrt(dx * dx + dy * dy)
        if size < 1e-9:
            normal[i, 0], normal[i, 1] = 0.0, 0.0
            continue
        normal[i, 0], normal[i, 1] = -dy / size, dx / size
        x, y = points[i, 0] - 0.5, points[i, 1] - 0.5
        col, row = math.floor(x), math.floor(y)
        u, v = x - col, y - row
        for a in range(2):
            for b in range(2):
                if 0 <= row + a < height and 0 <= col + b < width:
                    length[row + a, col + b] += share[i] * (v if a else 1 - v) * (u if b else 1 - u)


@compiled
def _distance(points: Floats, i: int, j: int) -> float:
    dx, dy = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
    return math.sqrt(dx * dx + dy * dy)


@compiled
def _missing(ink: npt.NDArray[np.float32], covered: Floats, length: Floats, x: float, y: float) -> float:
    """The ink that is missing beside a place, over the contour's length there: bilinear between four pixels' centres."""
    height, width = ink.shape
    col, row = math.floor(x), math.floor(y)
    u, v = x - col, y - row
    total = 0.0
    for a in range(2):
        for b in range(2):
            if 0 <= row + a < height and 0 <= col + b < width and length[row + a, col + b] > 0:
                shift = (ink[row + a, col + b] - covered[row + a, col + b]) / max(length[row + a, col + b], 0.3)
                total += shift * (v if a else 1 - v) * (u if b else 1 - u)
    return total


@compiled
def _move(points: Floats, normal: Floats, shift: Floats, step: float) -> None:
    count = len(points)
    for i in range(count):
        j = i + 1 if i + 1 < count else 0
        smooth = 0.25 * shift[i - 1] + 0.5 * shift[i] + 0.25 * shift[j]
        smooth = min(max(smooth * step, -0.3), 0.3)
        points[i, 0] += smooth * normal[i, 0]
        points[i, 1] += smooth * normal[i, 1]
