"""Pixels to font units: the axis turns once, coordinates become whole, directions come out right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segan_cli.errors import EmptyGlyphError
from segan_cli.glyph import Contour, Frame, TracedGlyph
from segan_cli.outline.crossings import count_crossings
from segan_cli.outline.nesting import reversed_contour
from segan_cli.outline.space import (
    on_whole_units,
    outline_faults,
    px_to_units,
    to_font_units,
    units_to_px,
)
from segan_cli.outline.tracing import signed_area


def polygon(*points: tuple[float, float]) -> Contour:
    return Contour(np.array(points, dtype=np.float64), np.ones(len(points), dtype=np.bool_))


def square(low: float, high: float) -> Contour:
    return polygon((low, low), (high, low), (high, high), (low, high))


def traced(*contours: Contour, size_px: int = 100) -> TracedGlyph:
    return TracedGlyph("永", contours, Frame(size_px))


@given(
    size_px=st.integers(8, 2048),
    em=st.integers(16, 16384),
    x=st.floats(-4096, 4096),
    y=st.floats(-4096, 4096),
)
def test_px_to_units_and_back(size_px: int, em: int, x: float, y: float) -> None:
    frame = Frame(size_px, em, -(em // 8))
    there = px_to_units(np.array([[x, y]]), frame)
    assert units_to_px(there, frame) == pytest.approx(np.array([[x, y]]), abs=1e-6)


def test_the_canvas_is_the_em() -> None:
    frame = Frame(256)
    assert px_to_units(np.array([[0.0, 0.0], [256.0, 256.0]]), frame).tolist() == [[0, 880], [1000, -120]]


@pytest.mark.parametrize("flip", [False, True])
def test_outer_runs_counter_clockwise_and_counters_clockwise(flip: bool) -> None:
    contours = [square(10, 90), square(20, 80), square(30, 70)]
    if flip:
        contours = [reversed_contour(contour) for contour in contours]
    outline = to_font_units(traced(*contours))
    assert [signed_area(c) > 0 for c in outline.contours] == [True, False, True]


def test_coordinates_are_whole_after_the_shift() -> None:
    outline = to_font_units(traced(polygon((10.03, 10.01), (50.5, 12.2), (30.7, 60.9))), advance=500, shift=(0.4, -7.3))
    points = outline.contours[0].points
    assert np.array_equal(points, np.rint(points))
    assert outline.advance == 500
    assert (101.0, 773.0) in [tuple(p) for p in points.tolist()]


def test_rounding_leaves_no_empty_piece() -> None:
    crowded = polygon((10, 10), (10.02, 10.01), (30, 10), (50, 10), (50, 50), (50.01, 50.03), (10, 50))
    (contour,) = to_font_units(traced(crowded)).contours
    assert len(contour.points) == 4


def test_a_cubic_on_its_chord_becomes_a_line() -> None:
    points = np.array([(0, 0), (10, 0), (20, 0), (30, 0), (30, 30), (0, 30)], dtype=np.float64)
    flags = np.array([1, 0, 0, 1, 1, 1], dtype=np.bool_)
    tidy = on_whole_units(Contour(points, flags))
    assert tidy is not None
    assert tidy.on_curve.all()
    assert len(tidy.points) == 4


def test_a_contour_smaller_than_a_unit_goes() -> None:
    speck = polygon((50, 50), (50.01, 50), (50, 50.02))
    assert len(to_font_units(traced(square(10, 40), speck)).contours) == 1
    with pytest.raises(EmptyGlyphError, match="smaller than one font unit"):
        to_font_units(traced(speck))


def test_crossing_contours_are_untangled() -> None:
    bow = polygon((10, 10), (90, 80), (90, 10), (10, 80))
    outline = to_font_units(traced(bow))
    assert count_crossings((bow,)) == 1
    assert count_crossings(outline.contours) == 0
    assert sum(signed_area(c) for c in outline.contours) == pytest.approx(280_000, rel=0.01)


def test_crossing_curves_are_untangled() -> None:
    points = np.array([(10, 50), (120, 0), (-20, 0), (90, 50), (90, 90), (10, 90)], dtype=np.float64)
    loop = Contour(points, np.array([1, 0, 0, 1, 1, 1], dtype=np.bool_))
    assert count_crossings((loop,)) >= 1
    assert count_crossings(to_font_units(traced(loop)).contours) == 0


def test_touching_is_no_crossing() -> None:
    assert count_crossings((square(0, 10), square(10, 20), polygon((0, 10), (10, 10), (5, 20)))) == 0


def test_a_tip_touches_no_curve_that_is_moved_from_it_and_becomes_a_line() -> None:
    curve = Contour(
        np.array([(410, 440), (410, 449), (412, 450), (412, 454), (430, 480), (480, 477), (470, 400)], np.float64),
        np.array([1, 0, 0, 1, 1, 1, 1], dtype=np.bool_),
    )
    tip = Contour(
        np.array(
            [(412, 445), (393, 437), (393, 426), (391, 424), (340, 380), (363, 373), (377, 395), (393, 419)], np.float64
        ),
        np.array([1, 0, 0, 1, 1, 1, 0, 0], dtype=np.bool_),
    )
    frame = Frame(100)
    drawn = traced(*(Contour(units_to_px(c.points, frame), c.on_curve) for c in (curve, tip)))
    assert outline_faults(to_font_units(drawn).contours) == ()


def test_area_is_exact_for_cubics() -> None:
    k = 0.5522847498307936
    points = np.array(
        [(1, 0), (1, k), (k, 1), (0, 1), (-k, 1), (-1, k), (-1, 0), (-1, -k), (-k, -1), (0, -1), (k, -1), (1, -k)]
    )
    circle = Contour(points.astype(np.float64), np.array([1, 0, 0] * 4, dtype=np.bool_))
    assert signed_area(circle) == pytest.approx(np.pi, rel=1e-3)
    assert signed_area(reversed_contour(circle)) == pytest.approx(-np.pi, rel=1e-3)


def test_faults_of_an_outline_are_named() -> None:
    ring = (square(0, 100), reversed_contour(square(20, 80)))
    assert outline_faults(ring) == ()
    assert outline_faults(()) == ()
    assert outline_faults((square(0, 100), square(20, 80))) == ("one of its contours runs the wrong way",)
    assert "crosses itself" in outline_faults((polygon((0, 0), (90, 80), (90, 0), (0, 70)),))[0]
    assert "no area" in outline_faults((square(0, 100), polygon((200, 0), (210, 0), (220, 0))))[0]
