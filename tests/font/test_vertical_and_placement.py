"""Where ink goes: in vertical lines, and in its advance."""

from __future__ import annotations

import numpy as np
import pytest
from shapes import box, bracket, comma, ring

from segan_cli.font.placement import ink_centre, place_glyph
from segan_cli.font.vertical import vertical_form
from segan_cli.glyph import GlyphOutline


def extremes(outline: GlyphOutline | None) -> tuple[float, ...]:
    assert outline is not None
    points = np.concatenate([contour.points for contour in outline.contours])
    return (*points.min(axis=0), *points.max(axis=0))


def test_stops_move_to_the_upper_right() -> None:
    assert extremes(vertical_form(comma())) == (740, 660, 900, 820)


def test_brackets_turn_clockwise_about_the_middle() -> None:
    left, bottom, right, top = extremes(vertical_form(bracket()))
    assert (left, bottom, right, top) == (520, -70, 960, 180)  # upper right corner to lower right


def test_ideographs_stand_as_they_are() -> None:
    assert vertical_form(ring("永")) is None


@pytest.mark.parametrize(("char", "left"), [("。", 200), ("「", 700), ("”", 200), ("（", 700)])
def test_punctuation_goes_to_its_half(char: str, left: int) -> None:
    placed = place_glyph(GlyphOutline(char, (box(450, 0, 550, 100),), 1000))
    assert extremes(placed)[0] == left
    assert placed.advance == 1000


def test_punctuation_in_its_half_stays() -> None:
    assert extremes(place_glyph(comma())) == extremes(comma())


def test_latin_takes_the_width_of_its_ink() -> None:
    placed = place_glyph(GlyphOutline("H", (box(300, 0, 700, 700),), 1000))
    assert (extremes(placed)[0], placed.advance) == (50, 500)


def test_optical_centring_moves_mass_to_the_middle_within_its_limit() -> None:
    aside = GlyphOutline("永", (box(100, 380, 900, 420), box(600, 100, 640, 700)), 1000)
    x, y = ink_centre(place_glyph(aside, optical_centring=True))
    assert abs(x - 500) < 1 and abs(y - 380) < 1
    far = GlyphOutline("永", (box(0, 0, 100, 100),), 1000)
    assert extremes(place_glyph(far, optical_centring=True))[:2] == (60, 60)
    assert place_glyph(far) is far


def test_ink_centre_subtracts_counters() -> None:
    assert ink_centre(ring("永")) == pytest.approx((500, 380), abs=0.5)
