"""The area that a closed contour of lines and cubics bounds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.outline.compiled import compiled


@compiled
def area_of(points: npt.NDArray[np.float64], on_curve: npt.NDArray[np.bool_]) -> float:
    """The signed area, exact for cubics.

    Args:
        points: (N, 2); the first is on the curve.
        on_curve: (N,) flags; off-curve points come in pairs.

    Source: Green's theorem on each Bézier piece, as in fontTools' areaPen.
    """
    count, area = len(points), 0.0
    ox, oy = points[0, 0], points[0, 1]  # where the first piece starts and the last one ends: no area between
    for i in range(count):
        if not on_curve[i]:
            continue
        a = (i + 1) % count
        x0, y0 = points[i, 0] - ox, points[i, 1] - oy
        if on_curve[a]:
            area += x0 * (points[a, 1] - oy) - y0 * (points[a, 0] - ox)
            continue
        b, c = (i + 2) % count, (i + 3) % count
        x1, y1 = points[a, 0] - points[i, 0], points[a, 1] - points[i, 1]
        x2, y2 = points[b, 0] - points[i, 0], points[b, 1] - points[i, 1]
        x3, y3 = points[c, 0] - points[i, 0], points[c, 1] - points[i, 1]
        area += x0 * (y0 + y3) - y0 * (x0 + x3)
        area -= 0.3 * (x1 * (-y2 - y3) + x2 * (y1 - 2 * y3) + x3 * (y1 + 2 * y2))
    return float(area / 2)
