"""A reviewer's correction, applied: weight to the picture, size and shift to the contours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from segan_cli.glyph import Contour, GlyphRaster, Ink, TracedGlyph
from segan_cli.source.decisions import Adjustment

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

    side = ink.shape[0]
    large = Image.fromarray(ink).resize((side * FINER, side * FINER), Image.Resampling.BICUBIC)
    inked = np.asarray(large) >= 0.5
    distance = np.where(inked, distance_transform_edt(inked) - 0.5, 0.5 - distance_transform_edt(~inked))
    moved = np.clip(distance + weight / 2000 * side * FINER + 0.5, 0, 1)
    mean: Ink = moved.reshape(side, FINER, side, FINER).mean(axis=(1, 3)).astype(np.float32)
    return mean


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
