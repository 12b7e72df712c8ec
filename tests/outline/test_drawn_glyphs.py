"""Drawn glyphs whose counters were once filled: the outline, filled as fonts fill, is the picture again, with smooth curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segan_cli.glyph import Frame, GlyphOutline, GlyphRaster
from segan_cli.outline.crossings import count_crossings, flattened
from segan_cli.outline.nesting import reversed_contour
from segan_cli.outline.pixel_coverage import coverage
from segan_cli.outline.polish import farthest_stray
from segan_cli.outline.space import to_font_units, units_to_px
from segan_cli.outline.tracing import signed_area, trace

PICTURES = sorted((Path(__file__).with_name("data") / "drawn").glob("*.png"))

SPECKS = 3
"""Pixels: pinholes and specks of the picture that the tracer leaves out on purpose."""


def raster_of(path: Path) -> GlyphRaster:
    with Image.open(path) as image:
        ink = 1 - np.asarray(image.convert("L"), dtype=np.float32) / 255
    return GlyphRaster(chr(int(path.stem[2:], 16)), ink, Frame(len(ink)))


def wrong_pixels(outline: GlyphOutline, raster: GlyphRaster) -> int:
    """Pixels that the outline, filled by non-zero winding, covers though they are paper, or leaves though they are ink."""
    side = raster.frame.size_px
    runs = [units_to_px(flattened(contour), raster.frame) for contour in outline.contours]
    starts = np.cumsum([0, *(len(run) for run in runs)])
    drawn = np.clip(np.abs(coverage(np.concatenate(runs), starts, side, side)), 0, 1)
    return int(np.count_nonzero(np.abs(drawn - raster.ink) > 0.75))


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_the_filled_outline_is_the_picture_again(path: Path) -> None:
    raster = raster_of(path)
    outline = to_font_units(trace(raster))
    assert wrong_pixels(outline, raster) <= SPECKS
    assert count_crossings(outline.contours) == 0


def test_a_flipped_counter_would_be_seen() -> None:
    raster = raster_of(PICTURES[0])
    outline = to_font_units(trace(raster))
    counters = [k for k, contour in enumerate(outline.contours) if signed_area(contour) < 0]
    assert counters
    for one in counters:
        flipped = tuple(reversed_contour(c) if k == one else c for k, c in enumerate(outline.contours))
        assert wrong_pixels(GlyphOutline(outline.char, flipped, 1000), raster) > SPECKS


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_curves_are_no_chains_of_lines(path: Path) -> None:
    outline = to_font_units(trace(raster_of(path)))
    on = sum(int(c.on_curve.sum()) for c in outline.contours)
    cubics = sum(int((~c.on_curve).sum()) // 2 for c in outline.contours)
    assert on - cubics <= 0.3 * on


def test_how_far_a_long_piece_strays_is_seen() -> None:
    """One side of a long stroke once ran through the other: between its samples a long piece was not looked at."""
    points = np.array([[x, 12.0 if 0 < x < 480 else 0.0] for x in range(0, 481, 10)] + [[240.0, 300.0], [0.0, 0.0]])
    corners = np.array([[0.0, 0.0], [480.0, 0.0], [240.0, 300.0]])
    chain = np.hstack([corners, corners, corners, np.zeros((3, 2))])
    at = np.array([0, 48, 49, 50])
    assert farthest_stray(points, at, chain, np.zeros(3, dtype=np.bool_)) == pytest.approx(12, abs=0.01)
