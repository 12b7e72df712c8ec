"""Is there anything that rounding made pointless in a contour? For most there is not, which is quickly seen."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@compiled
def is_tidy(points: Floats, on_curve: Flags) -> bool:
    """Has a closed contour, of three points or more, neither lines without length, nor lines that go straight on or back, nor cubics on one line?"""
    count = len(points)
    for k in range(count):
        if not on_curve[k]:
            continue
        a, b, c = (k + 1) % count, (k + 2) % count, (k + 3) % count
        if not on_curve[a]:
            if _in_line(points, k, a, c) and _in_line(points, k, b, c) and _in_line(points, k, a, b):
                return False
        elif (points[k, 0] == points[a, 0] and points[k, 1] == points[a, 1]) or (
            on_curve[b] and _in_line(points, k, a, b)
        ):
            return False
    return count >= 3


@compiled
def _in_line(points: Floats, i: int, j: int, k: int) -> bool:
    """Does point `j` lie on the line through `i` and `k`? So it does where those are one point."""
    dx, dy = points[j, 0] - points[i, 0], points[j, 1] - points[i, 1]
    return bool(dx * (points[k, 1] - points[i, 1]) == dy * (points[k, 0] - points[i, 0]))
