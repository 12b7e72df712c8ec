"""Does an outline cross itself? Asked of every outline, so it is quick."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour
from segan_cli.outline.compiled import compiled

Floats = npt.NDArray[np.float64]

STEPS = 8
"""Straight steps that stand for one cubic."""


def count_crossings(contours: tuple[Contour, ...]) -> int:
    """How often the contours cross themselves or each other; touching is no crossing.

    Source: ours; proper crossings of the flattened pieces, found by a sweep in x.
    """
    runs = [flattened(contour) for contour in contours]
    edges = np.concatenate([np.hstack([run, np.roll(run, -1, axis=0)]) for run in runs])
    order = np.argsort(np.minimum(edges[:, 0], edges[:, 2]), kind="stable")
    return int(_count_crossings(edges[order]))


def flattened(contour: Contour) -> Floats:
    """The closed polygon of a contour, `STEPS` vertices a cubic."""
    starts = np.flatnonzero(contour.on_curve)
    index = starts[:, None] + np.arange(4)
    curved = ~contour.on_curve.take(index[:, 1], mode="wrap")
    u = np.arange(STEPS)[:, None] / STEPS
    weights = np.hstack([(1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u), u**3])
    corners = contour.points.take(index, axis=0, mode="wrap")
    walked = np.einsum("sk,pkd->psd", weights, corners)
    keep = np.zeros(walked.shape[:2], dtype=np.bool_)
    keep[:, 0] = True
    keep[curved] = True
    return np.asarray(walked[keep], dtype=np.float64)


@compiled
def _count_crossings(edges: Floats) -> int:
    """Proper crossings among edges (x0, y0, x1, y1) that are sorted by their smaller x."""
    found = 0
    count = len(edges)
    for a in range(count):
        ax, ay, bx, by = edges[a, 0], edges[a, 1], edges[a, 2], edges[a, 3]
        right, low, high = max(ax, bx), min(ay, by), max(ay, by)
        for b in range(a + 1, count):
            cx, cy, dx, dy = edges[b, 0], edges[b, 1], edges[b, 2], edges[b, 3]
            if min(cx, dx) > right:
                break
            if max(cy, dy) < low or min(cy, dy) > high:
                continue
            c = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
            d = (bx - ax) * (dy - ay) - (by - ay) * (dx - ax)
            if c * d >= 0:
                continue
            e = (dx - cx) * (ay - cy) - (dy - cy) * (ax - cx)
            f = (dx - cx) * (by - cy) - (dy - cy) * (bx - cx)
            if e * f < 0:
                found += 1
    return found
