"""Centre lines of strokes: the skeleton X_s that the network sees beside the glyph."""

from __future__ import annotations

import numba
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from segan_cli.errors import EmptyGlyphError, GlyphError
from segan_cli.glyph import GlyphRaster, GlyphSkeleton, Ink, Line

_EIGHT = np.ones((3, 3), dtype=np.bool_)


def thin(ink: Ink, *, threshold: float = 0.5) -> Line:
    """Reduce strokes to one-pixel centre lines.

    Args:
        ink: (H, W) float32 in [0, 1], 1 is ink.
        threshold: ink value in (0, 1] from which a pixel is stroke.

    Returns:
        (H, W) bool, a subset of the stroke with the same number of 8-connected parts. Thinning it again changes nothing.

    Raises:
        EmptyGlyphError: no pixel reaches `threshold`.

    Source: Zhang and Suen 1984 (the paper's ref. 19), both sub-iterations to the letter; the pixels around the canvas
        are paper. Ours: a part that plain thinning would erase (a 2×2 dot) keeps a point. Ours, too, because
        scikit-image's `skeletonize` differs from the published algorithm on most pictures.
    """
    stroke = ink >= threshold
    if not stroke.any():
        raise EmptyGlyphError(f"No pixel reaches an ink of {threshold:g}; the picture is blank or too faint to thin.")
    padded = np.pad(stroke, 1).astype(np.uint8)
    _zhang_suen(padded, _DELETE)
    line = padded[1:-1, 1:-1].astype(np.bool_)
    return _keep_a_point(stroke, line)


def centre_lines(ink: Ink) -> Line:
    """The centre lines of a picture as `thin` draws them; no line for one without ink."""
    try:
        return thin(ink)
    except EmptyGlyphError:
        return np.zeros(ink.shape, dtype=np.bool_)


def dilate(line: Line, width_px: int) -> Line:
    """Draw a line with a round pen.

    Args:
        line: (H, W) bool.
        width_px: diameter of the pen in pixels, at least 1; 1 leaves the line as it is.

    Returns:
        (H, W) bool, a superset of `line`.
    """
    if width_px < 1:
        raise ValueError(f"A pen is at least 1 px wide, not {width_px}.")
    height, width = line.shape
    before = (width_px - 1) // 2
    padded = np.pad(line, (before, width_px - 1 - before))
    drawn = np.zeros_like(line)
    for dy, dx in _pen(width_px):
        drawn |= padded[dy : dy + height, dx : dx + width]
    return drawn


def skeletonize(raster: GlyphRaster) -> GlyphSkeleton:
    """The centre lines of a glyph.

    Raises:
        GlyphError: the glyph is blank.
    """
    try:
        return GlyphSkeleton(raster.char, thin(raster.ink), raster.frame)
    except EmptyGlyphError as error:
        raise GlyphError(raster.char, "draw", str(error)) from error


def skeleton_ink(line: Line, size_px: int) -> Ink:
    """The skeleton as the networks see it: the line drawn about S/64 px wide.

    Args:
        line: (S, S) bool.
        size_px: S, the side of the canvas; the pen is S/64 px wide, rounded, at least 1 px.

    Returns:
        (S, S) float32, 0 or 1.

    Source: ours (`so that a convolution sees it`); the paper gives no width.
    """
    return dilate(line, max(1, round(size_px / 64))).astype(np.float32)


def _pen(width_px: int) -> list[tuple[int, int]]:
    """The pixels of a disc in its square of `width_px`; an even pen reaches one pixel further left and up."""
    middle = (width_px - 1) / 2
    pixels = [(y, x) for y in range(width_px) for x in range(width_px)]
    return [(y, x) for y, x in pixels if (y - middle) ** 2 + (x - middle) ** 2 <= (width_px / 2) ** 2]


def _keep_a_point(stroke: Line, line: Line) -> Line:
    """Give every 8-connected part of `stroke` that `line` has lost its most central pixel."""
    parts, count = ndimage.label(stroke, _EIGHT)
    kept = np.zeros(count + 1, dtype=np.bool_)
    kept[parts[line]] = True
    for part in np.flatnonzero(~kept[1:]) + 1:
        ys, xs = np.nonzero(parts == part)
        nearest = np.argmin((ys - ys.mean()) ** 2 + (xs - xs.mean()) ** 2)
        line[ys[nearest], xs[nearest]] = True
    return line


def _deletable() -> npt.NDArray[np.uint8]:
    """For each of the two sub-iterations and 256 neighbourhoods: 1 where Zhang and Suen's conditions (a) to (d) hold.

    Bit k of a neighbourhood is P(k+2) of the paper: 0 is the pixel above, then clockwise.
    """
    table = np.zeros((2, 256), dtype=np.uint8)
    for code in range(256):
        p = [code >> k & 1 for k in range(8)]
        crossings = sum(p[k] == 0 and p[(k + 1) % 8] == 1 for k in range(8))
        if not 2 <= sum(p) <= 6 or crossings != 1:
            continue
        above, right, below, left = p[0], p[2], p[4], p[6]
        table[0, code] = above * right * below == 0 and right * below * left == 0
        table[1, code] = above * right * left == 0 and above * below * left == 0
    return table


_DELETE = _deletable()


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator,unused-ignore]
def _zhang_suen(image: npt.NDArray[np.uint8], table: npt.NDArray[np.uint8]) -> None:
    """Thin `image` (0 and 1, a border of 0) in place; each sub-iteration marks all its pixels before it deletes."""
    height, width = image.shape
    ys = np.empty(height * width, dtype=np.int32)
    xs = np.empty(height * width, dtype=np.int32)
    left = 0
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            if image[y, x]:
                ys[left], xs[left] = y, x
                left += 1
    marked = np.empty(left, dtype=np.uint8)
    changed = True
    while changed:
        changed = False
        for step in range(2):
            for i in range(left):
                marked[i] = table[step, _neighbourhood(image, ys[i], xs[i])]
            kept = 0
            for i in range(left):
                if marked[i]:
                    image[ys[i], xs[i]] = 0
                    changed = True
                else:
                    ys[kept], xs[kept] = ys[i], xs[i]
                    kept += 1
            left = kept


@numba.njit(cache=True, inline="always")  # type: ignore[untyped-decorator,unused-ignore]
def _neighbourhood(image: npt.NDArray[np.uint8], y: int, x: int) -> int:
    return int(
        image[y - 1, x]
        | image[y - 1, x + 1] << 1
        | image[y, x + 1] << 2
        | image[y + 1, x + 1] << 3
        | image[y + 1, x] << 4
        | image[y + 1, x - 1] << 5
        | image[y, x - 1] << 6
        | image[y - 1, x - 1] << 7
    )
