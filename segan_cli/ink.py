"""What a look at one glyph's ink tells (blank, all ink, clipped at an edge, specks), and how far two glyphs are apart."""

from __future__ import annotations

import math

import numba
import numpy as np

from segan_cli.glyph import Ink, Line

INK = 0.5
"""Ink value from which a pixel counts as ink."""
FULL_SHARE = 0.8
"""Share of inked pixels from which a picture is a filled canvas and no glyph; the blackest real hand stays below .5."""
DUST_SHARE, SPECK_SHARE = 1e-4, 3e-4
"""Parts of the canvas's area. A separate part between the two is a speck: smaller, it is dust that tracing removes or
nobody sees; larger, it may be a written dot, which is ten times that."""


def inspect_ink(ink: Ink, *, count_flecks: bool = True) -> tuple[str, ...]:
    """Reasons to look at a glyph again, in words for a report.

    Args:
        ink: (S, S) float32 in [0, 1], 1 is ink.
        count_flecks: False leaves specks out, for a tracer that removes them.

    Returns:
        An empty tuple for a glyph without a finding; ("blank",) alone for one without ink; else any of "all ink",
        "clipped at the left, …", "2 specks".
    """
    inked = ink >= INK
    share = float(inked.mean())
    if share == 0:
        return ("blank",)
    findings = ["all ink"] if share > FULL_SHARE else []
    edges = {"left": inked[:, 0], "right": inked[:, -1], "top": inked[0], "bottom": inked[-1]}
    clipped = [name for name, line in edges.items() if line.any()]
    if clipped:
        findings.append("clipped at the " + ", ".join(clipped))
    specks = count_specks(ink) if count_flecks else 0
    if specks:
        findings.append("1 speck" if specks == 1 else f"{specks} specks")
    return tuple(findings)


def count_parts(ink: Ink) -> int:
    """Separate pieces of ink; pixels that touch at a corner are one piece."""
    from scipy import ndimage

    return int(ndimage.label(ink >= INK, structure=np.ones((3, 3), int))[1])


def count_specks(ink: Ink) -> int:
    """Number of 8-connected parts too small to be a stroke and large enough to be seen."""
    from scipy import ndimage

    parts, count = ndimage.label(ink >= INK, structure=np.ones((3, 3), int))
    shares = np.bincount(parts.ravel(), minlength=count + 1)[1:] / ink.size
    return int(((shares >= DUST_SHARE) & (shares < SPECK_SHARE)).sum())


def resized(ink: Ink, size_px: int) -> Ink:
    """A picture of another size, by a Lanczos filter.

    Args:
        ink: (S, S) float32 in [0, 1].
        size_px: side of the picture wanted.

    Returns:
        (size_px, size_px) float32 in [0, 1]; the same array where it has this size already.
    """
    if size_px == ink.shape[0]:
        return ink
    from PIL import Image

    picture = Image.fromarray(ink).resize((size_px, size_px), Image.Resampling.LANCZOS)
    return np.clip(np.asarray(picture, dtype=np.float32), 0, 1)


def iou(one: Ink, other: Ink) -> float:
    """Intersection over union of the strokes (ink from `INK` on), 0 to 1; 1 where both pictures are blank."""
    first, second = one >= INK, other >= INK
    union = int((first | second).sum())
    return int((first & second).sum()) / union if union else 1.0


def skeleton_distance(one: Line, other: Line) -> float:
    """How far two skeletons lie from each other, in thousandths of the em.

    A lost stroke counts as a surplus one does; thickness does not count.

    Args:
        one: (S, S) bool, a glyph's centre lines; the canvas's side is the em.
        other: another glyph's, of the same shape.

    Returns:
        The mean distance of a point of either to the nearest point of the other; 0 where both are empty, the canvas's
        diagonal (1,414) where one is.

    Source: see `line_distance`.
    """
    if not one.any() or not other.any():
        return 0.0 if one.any() == other.any() else 1000.0 * math.sqrt(2)
    return float(line_distance(one, other) * 1000 / one.shape[0])


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
