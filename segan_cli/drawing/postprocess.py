"""From what a network drew to ink: its zero line, at the size that is written; no specks, no pinholes, and whole strokes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.drawing.bridges import join_gaps
from segan_cli.generator.output import Field, field_of_ink
from segan_cli.glyph import Ink
from segan_cli.ink import INK, SPECK_SHARE

SMOOTH_PX = 0.4
"""Standard deviation of the blur of the distances, in pixels of the network's grid: it takes the grid's ripples from an edge and leaves
its corners. No blur and one of .6 were measured beside it (`tests/benchmarks/ink.md`)."""

FINE_PX = 256
"""Side at which an edge is cut from a coarser field; a finer grid brings nothing and takes four times as long (60 glyphs of hand 2, 512 and
256 px: FD-lite0 55.1 and 55.0, corners 3.79 and 3.85, IoU .375, 6.6 and 1.6 ms a glyph)."""

FLAT = 0.02
"""The least slope of a field, in its values a pixel; where it is flatter, there is no edge whose place could be told from it."""

TOUCHING = np.ones((3, 3), np.bool_)


def draw_ink(field: Field, size_px: int, *, finish: bool = True, joins: bool = False) -> Ink:
    """Draw the ink that a field tells of.

    Args:
        field: (S, S) float32 as the network drew it, positive inside the ink.
        size_px: side of the picture wanted, in pixels; any.
        finish: False leaves the edges as the grid has them, with specks and pinholes.
        joins: join the ends of strokes where a gap between them is grey, for a hand that lifts the brush more seldom than the
            network does.

    Returns:
        (size_px, size_px) float32 in [0, 1], an edge pixel holding about the share of it that the ink covers. A glyph that has ink
        keeps some, however small.

    Source: ours; what it does to corners, readings and FD-lite0 is in `tests/benchmarks/ink.md`.
    """
    side = field.shape[0]
    if finish:
        field = _smoothed(field)
        if joins:
            field = join_gaps(field)
    drawn = max(size_px, min(2 * side, FINE_PX))
    ink = covered(enlarged(field, drawn))
    if finish:
        ink = without_small_parts(ink, SPECK_SHARE)  # of 53 parts up to thrice that, 45 lay on the hand's ink
        ink = 1 - without_small_parts(1 - ink, SPECK_SHARE)
    return _reduced(ink, size_px)


def finish(ink: Ink, *, joins: bool = False, size_px: int = 0) -> Ink:
    """`draw_ink` from grey ink, as a network in training draws it; a size of 0 is the picture's own."""
    return draw_ink(field_of_ink(ink), size_px or ink.shape[0], joins=joins)


def enlarged(field: Field, size_px: int) -> Field:
    """A field on a finer grid, by bicubic interpolation; its values stay what they are."""
    from PIL import Image

    if size_px == field.shape[0]:
        return field
    return np.asarray(Image.fromarray(field).resize((size_px, size_px), Image.Resampling.BICUBIC), dtype=np.float32)


def covered(field: Field) -> Ink:
    """How much of each pixel lies inside the field's zero line.

    Source: ours; to first order the distance to the zero line is the value over its slope, and a pixel whose middle is d pixels
        inside an edge is covered by d + 1/2.
    """
    down, right = np.gradient(field)
    slope = np.sqrt(down * down + right * right)
    ink = np.clip(field / np.maximum(slope, FLAT) + 0.5, 0, 1, dtype=np.float32)
    return np.where(_with_neighbours(field > 0), ink, np.float32(0))  # grey that no ink is beside is no edge


def _with_neighbours(part: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The pixels of a part and the eight around each."""
    rows = part.copy()
    rows[1:] |= part[:-1]
    rows[:-1] |= part[1:]
    both = rows.copy()
    both[:, 1:] |= rows[:, :-1]
    both[:, :-1] |= rows[:, 1:]
    return both


def _smoothed(field: Field) -> Field:
    """The field with less of its grid's ripples; as it is where the blur would leave no ink."""
    from scipy import ndimage

    soft: Field = ndimage.gaussian_filter(field, SMOOTH_PX, mode="nearest", radius=2)
    return soft if (soft > 0).any() else field


def _reduced(ink: Ink, size_px: int) -> Ink:
    from PIL import Image

    if size_px == ink.shape[0]:
        return ink
    small = Image.fromarray(ink).resize((size_px, size_px), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32)


def without_small_parts(ink: Ink, share: float) -> Ink:
    """The picture without those separate parts, with their grey rims, that take less than this share of it; the largest stays."""
    from scipy import ndimage

    inked = ink >= INK
    parts, count = ndimage.label(inked, structure=TOUCHING)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    small = sizes < min(share * ink.size, sizes[1:].max(initial=0))
    small[0] = False
    if not small.any():
        return ink
    gone: npt.NDArray[np.bool_] = small[parts]
    rims = _with_neighbours(_with_neighbours(gone)) & ~_with_neighbours(inked & ~gone)
    return np.where(rims | gone, np.float32(0), ink)
