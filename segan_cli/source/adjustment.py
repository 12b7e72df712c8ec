"""A reviewer's correction, applied: weight to the picture, size and shift to the contours."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from segan_cli.glyph import Contour, GlyphRaster, Ink, TracedGlyph
from segan_cli.source.review_decisions import Adjustment

FINER = 4
"""How much finer than the picture its edge is sought: a quarter of a pixel is less than a tracer sees."""


def with_weight(ink: Ink, weight: float) -> Ink:
    """Make strokes bolder (or, below 0, lighter) and keep their edges smooth.

    Args:
        ink: (S, S), 1 is ink; its edge is where it crosses one half.
        weight: thousandths of the side, on both edges of a stroke together.

    Returns:
        (S, S) float32 in [0, 1].

    Source: ours: the signed distance to the edge of a picture four times as fine, moved by half the weight.
    """
    if not weight:
        return ink
    from PIL import Image
    from scipy.ndimage import distance_transform_edt

    change = weight / 2000 * ink.shape[0]
    part = _part_with_ink(
        ink, 2 + max(0, math.ceil(change))
    )  # beyond it nothing changes, and paper is most of a picture
    rows, columns = ink[part].shape
    large = Image.fromarray(ink[part]).resize((columns * FINER, rows * FINER), Image.Resampling.BICUBIC)
    inked = np.asarray(large) >= 0.5
    distance = np.where(inked, distance_transform_edt(inked) - 0.5, 0.5 - distance_transform_edt(~inked))
    moved = np.clip(distance + change * FINER + 0.5, 0, 1)
    changed = np.zeros_like(ink, dtype=np.float32)
    changed[part] = moved.reshape(rows, FINER, columns, FINER).mean(axis=(1, 3))
    return changed


def _part_with_ink(ink: Ink, margin: int) -> tuple[slice, slice]:
    """The rows and columns that have ink, and so many pixels more on each side; all where there is none."""
    inked = [np.flatnonzero((ink > 0).any(axis=axis)) for axis in (1, 0)]
    spans = [(int(one[0]), int(one[-1])) if len(one) else (0, side) for one, side in zip(inked, ink.shape, strict=True)]
    first, second = (slice(max(0, low - margin), high + 1 + margin) for low, high in spans)
    return first, second


def adjusted_raster(raster: GlyphRaster, adjustment: Adjustment) -> GlyphRaster:
    """The picture with its strokes' weight changed."""
    return replace(raster, ink=with_weight(raster.ink, adjustment.weight)) if adjustment.weight else raster


def adjusted_contours(traced: TracedGlyph, adjustment: Adjustment) -> TracedGlyph:
    """The contours in their new size, about the middle of the canvas, and place; still in pixels, y down."""
    if adjustment.size == 1 and not adjustment.dx and not adjustment.dy:
        return traced
    middle = traced.frame.size_px / 2
    shift = np.array([adjustment.dx, -adjustment.dy]) / traced.frame.units_per_px
    moved = [Contour((c.points - middle) * adjustment.size + middle + shift, c.on_curve) for c in traced.contours]
    return replace(traced, contours=tuple(moved))


def adjusted_picture(raster: GlyphRaster, adjustment: Adjustment) -> GlyphRaster:
    """The picture with its strokes' weight changed, in its new size, about the middle, and place; for who learns from pictures."""
    raster = adjusted_raster(raster, adjustment)
    if adjustment.size == 1 and not adjustment.dx and not adjustment.dy:
        return raster
    from PIL import Image

    side, scale = raster.frame.size_px, 1 / adjustment.size
    right, down = np.array([adjustment.dx, -adjustment.dy]) / raster.frame.units_per_px
    left, top = ((side / 2) * (1 - scale) - shift * scale for shift in (right, down))
    moved = Image.fromarray(raster.ink).transform(
        (side, side), Image.Transform.AFFINE, (scale, 0, left, 0, scale, top), Image.Resampling.BICUBIC
    )
    return replace(raster, ink=np.clip(np.asarray(moved, dtype=np.float32), 0, 1))
