"""Figures of the brush on shapes whose corners, widths and lines are known."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from segan_cli.errors import EmptyGlyphError
from segan_cli.evaluation.bootstrap import statistic_estimate
from segan_cli.evaluation.brush import brush_glyph, line_reach, lines_and_widths, outline_ink, sharp_corners
from segan_cli.glyph import Frame, GlyphRaster, Ink
from segan_cli.outline.tracing import trace

SIDE, OVER = 256, 4


def drawn(*shapes: tuple[str, tuple[float, ...]], paper: tuple[tuple[str, tuple[float, ...]], ...] = ()) -> Ink:
    """Shapes in thousandths of the em, y down, at 256 px with anti-aliased edges."""
    image = Image.new("L", (SIDE * OVER, SIDE * OVER), 0)
    pen = ImageDraw.Draw(image)
    for fill, group in ((255, shapes), (0, paper)):
        for kind, numbers in group:
            getattr(pen, kind)([one * SIDE * OVER / 1000 for one in numbers], fill=fill)
    return np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=np.float32) / np.float32(255)


def bar(left: float, top: float, right: float, bottom: float) -> tuple[str, tuple[float, ...]]:
    return "rectangle", (left, top, right, bottom)


def test_a_bar_has_four_corners_and_a_disc_none() -> None:
    corners, edge = sharp_corners(drawn(bar(200, 450, 800, 550)))
    assert corners == 4 and edge == pytest.approx(1400, rel=0.02)
    corners, edge = sharp_corners(drawn(("ellipse", (200, 200, 800, 800))))
    assert corners == 0 and edge == pytest.approx(600 * np.pi, rel=0.02)


def test_corners_of_counters_count_and_those_of_dust_do_not() -> None:
    frame = drawn(bar(200, 200, 800, 800), paper=(bar(300, 300, 700, 700),))
    assert sharp_corners(frame) == (8, pytest.approx(4000, rel=0.02))
    dust = drawn(bar(200, 200, 800, 800), bar(900, 900, 912, 912))
    assert sharp_corners(dust) == (4, pytest.approx(2400, rel=0.02))


def test_blunt_turns_are_no_corners_and_sharp_ones_are() -> None:
    assert sharp_corners(drawn(("polygon", (500, 200, 200, 800, 800, 800))))[0] == 3
    eight = [(500 + 300 * np.cos(a), 500 + 300 * np.sin(a)) for a in np.pi / 4 * np.arange(8)]
    assert sharp_corners(drawn(("polygon", tuple(np.ravel(eight)))))[0] == 0, "eight turns of 45 degrees"


def test_the_rate_falls_with_blur() -> None:
    ink = drawn(bar(200, 300, 800, 340), bar(300, 500, 700, 540), bar(480, 200, 520, 850))
    soft = np.asarray(ndimage.gaussian_filter(ink, 5), np.float32)
    assert sharp_corners(ink)[0] == 20 and sharp_corners(soft)[0] < 15


@pytest.mark.parametrize("width", [24, 60])
def test_the_weight_of_a_bar_is_its_width_and_it_has_no_contrast(width: float) -> None:
    glyph = brush_glyph(drawn(bar(100, 500 - width / 2, 900, 500 + width / 2)))
    assert glyph.weight == pytest.approx(width, abs=3) and glyph.contrast < 0.08
    assert glyph.corners == 4


def test_a_wedge_has_the_contrast_of_an_even_slope() -> None:
    _, widths = lines_and_widths(drawn(("polygon", (100, 480, 900, 420, 900, 580, 100, 520))))
    assert widths.std() / widths.mean() == pytest.approx(120 / np.sqrt(12) / 100, rel=0.15)
    assert np.median(widths) == pytest.approx(95, abs=5), "the wide end's line forks before it is reached"


def test_the_outline_covers_what_the_picture_does() -> None:
    ink = drawn(("ellipse", (150, 200, 850, 700)), paper=(("ellipse", (350, 300, 650, 600)),))
    contours = trace(GlyphRaster("一", ink, Frame(SIDE))).contours
    assert np.abs(outline_ink(contours, SIDE, SIDE) - ink).mean() < 0.002
    large = outline_ink(contours, SIDE, 2 * SIDE)
    assert large.mean() == pytest.approx(ink.mean(), rel=0.01)


def test_a_missing_stroke_is_seen_from_the_real_glyph_and_a_surplus_one_from_the_drawn() -> None:
    both = brush_glyph(drawn(bar(100, 280, 900, 320), bar(100, 680, 900, 720)))
    upper = brush_glyph(drawn(bar(100, 280, 900, 320)))
    assert line_reach(both.line, upper.line) == pytest.approx(400, abs=10)
    assert line_reach(upper.line, both.line) == pytest.approx(0, abs=2)


def test_what_is_blank_cannot_be_measured() -> None:
    with pytest.raises(EmptyGlyphError):
        brush_glyph(np.zeros((SIDE, SIDE), np.float32))


def test_a_statistic_has_an_interval_around_it() -> None:
    values = np.random.default_rng(1).normal(10, 2, 200)
    found = statistic_estimate(lambda one: np.asarray(one.std(-1)), values)
    assert found.low < found.value < found.high and found.value == pytest.approx(values.std())
    assert found.high - found.low == pytest.approx(4 * 2 / np.sqrt(2 * 200), rel=0.3)
    nothing = statistic_estimate(lambda one: np.full(one.shape[:-1], np.nan), values)
    assert np.isnan([nothing.value, nothing.low, nothing.high]).all()
