"""How far two skeletons lie from each other."""

from __future__ import annotations

import numba
import numpy as np

from segan_cli.glyph import Line


def line_distance(one: Line, other: Line) -> float:
    """The mean distance of a point of either line to the nearest point of the other, in pixels.

    Args:
        one: (S, S) bool, not empty.
        other: (S, S) bool, not empty.

    Source: symmetric chamfer distance (Barrow et al. 1977); exact distances, columns first, then rows, as in
        Felzenszwalb and Huttenlocher 2012.
    """
    return float(
        (_mean_to_nearest(one, _to_nearest_in_column(other)) + _mean_to_nearest(other, _to_nearest_in_column(one))) / 2
    )


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _to_nearest_in_column(line: Line) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """For each pixel the squared distance to the line's nearest pixel in its own column; far, where there is none."""
    height, width = line.shape
    far = height + width
    gap = np.full((height, width), far, dtype=np.int64)
    for x in range(width):
        since = far
        for y in range(height):
            since = 0 if line[y, x] else since + 1
            gap[y, x] = min(gap[y, x], since)
        since = far
        for y in range(height - 1, -1, -1):
            since = 0 if line[y, x] else since + 1
            gap[y, x] = min(gap[y, x], since)
    return gap * gap


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _mean_to_nearest(line: Line, squared: np.ndarray[tuple[int, int], np.dtype[np.int64]]) -> float:
    """The mean distance of the line's pixels, told the squared distances within columns."""
    height, width = line.shape
    total, count = 0.0, 0
    for y in range(height):
        for x in range(width):
            if line[y, x]:
                best = squared[y, x]
                for step in range(1, width):
                    if step * step >= best:
                        break
                    if x >= step:
                        best = min(best, step * step + squared[y, x - step])
                    if x + step < width:
                        best = min(best, step * step + squared[y, x + step])
                total += np.sqrt(best)
                count += 1
    return total / count
