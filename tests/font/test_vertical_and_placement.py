"""Where ink goes: in vertical lines, and in its advance."""

from __future__ import annotations

import numpy as np
import pytest
from shapes import box, bracket, comma, disc, ring

from segan_cli.font.placement import among_han, ink_centre, place_glyph
from segan_cli.font.region import Region
from segan_cli.font.vertical import two_em_dash, vertical_form
from segan_cli.glyph import GlyphOutline


def extremes(outline: GlyphOutline | None) -> tuple[float, ...]:
    assert outline is not None
    points = np.concatenate([contour.points for contour in outline.contours])
    return (*points.min(axis=0), *points.max(axis=0))


def test_stops_move_to_the_upper_right() -> None:
    assert extremes(vertical_form(comma(), "cn")) == (740, 660, 900, 820)


def test_brackets_turn_clockwise_about_the_middle() -> None:
    left, bottom, right, top = extremes(vertical_form(bracket(), "cn"))
    assert (left, bottom, right, top) == (520, -70, 960, 180)  # upper right corner to lower right


def test_ideographs_stand_as_they_are() -> None:
    assert vertical_form(ring("永"), "cn") is None


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
    assert ink_centre(ring("永")) == pytest.approx((500, 380), abs=1)


@pytest.mark.parametrize(
    ("char", "region", "expected"),
    [
        ("、", "tw", None),
        ("、", "jp", (740, 660, 900, 820)),
        ("！", "cn", (740, 300, 900, 460)),  # below its character, to the right
        ("！", "jp", None),
        ("！", "tw", None),
        ("：", "jp", (60, 620, 220, 780)),  # turned
        ("：", "tw", None),
        ("っ", "jp", (225, 65, 385, 225)),
        ("“", "tw", (60, 620, 220, 780)),
    ],
)
def test_each_region_has_its_columns(char: str, region: Region, expected: tuple[int, ...] | None) -> None:
    form = vertical_form(GlyphOutline(char, (disc(180, 20, 80),), 1000), region)
    assert (form and extremes(form)) == expected


def test_small_kana_stay_in_the_em() -> None:
    wide = GlyphOutline("ャ", (box(100, -60, 950, 800),), 1000)
    assert extremes(vertical_form(wide, "jp")) == (150, 20, 1000, 880)


def test_a_dash_of_two_ems_has_no_gap_and_keeps_its_ends() -> None:
    """A bar with a round end: stretched in its middle, the disc at its end stays round."""
    dash = GlyphOutline("—", (box(40, 360, 960, 400), disc(900, 380, 60)), 1000)
    double = two_em_dash(dash)
    assert double is not None and double.advance == 2000
    assert extremes(double) == (40, 320, 1960, 440)
    assert extremes(GlyphOutline("x", double.contours[1:], 0)) == (1840, 320, 1960, 440)
    upright = vertical_form(double, "cn")
    assert upright is not None and upright.advance == 1000
    assert extremes(upright) == (440, 880 - 1960, 560, 880 - 40)
    assert two_em_dash(ring("永")) is None


def test_half_width_kana_take_half_an_em() -> None:
    narrow, wide = (place_glyph(GlyphOutline("ｱ", (box(a, 0, b, 700),), 1000)) for a, b in ((400, 600), (100, 900)))
    assert (narrow.advance, extremes(narrow)) == (500, (150, 0, 350, 700))
    assert wide.advance == 500
    assert extremes(wide) == pytest.approx((20, 0, 480, 700), abs=1)
    assert place_glyph(GlyphOutline("ア", (box(100, 0, 900, 700),), 1000)).advance == 1000


def test_the_interpunct_is_in_the_middle_of_half_an_em() -> None:
    dot = place_glyph(GlyphOutline("·", (disc(700, 200, 60),), 1000))
    assert (dot.advance, extremes(dot)) == (500, (190, 320, 310, 440))


def test_marks_sit_at_the_left_in_mainland_china_alone() -> None:
    mark = GlyphOutline("！", (box(450, 0, 550, 700),), 1000)
    assert extremes(place_glyph(mark, region="cn")) == (200, 0, 300, 700)
    assert extremes(place_glyph(mark, region="jp")) == extremes(mark)
    assert extremes(place_glyph(GlyphOutline("，", (box(450, 300, 550, 450),), 1000), region="tw"))[0] == 450


@pytest.mark.parametrize(
    ("char", "region", "middle"),
    [("。", "tw", (500, 380)), ("，", "tw", (500, 380)), ("！", "tw", (500, 100)), ("；", "jp", (500, 100))],
)
def test_signs_from_a_corner_go_to_the_middle_where_they_stand_there(
    char: str, region: Region, middle: tuple[int, int]
) -> None:
    """A hand that was written by other rules: stops at the lower left, marks in the left half."""
    placed = place_glyph(GlyphOutline(char, (disc(180, 100, 80),), 1000), region=region)
    left, bottom, right, top = extremes(placed)
    assert ((left + right) / 2, (bottom + top) / 2) == middle
    assert vertical_form(placed, "tw") is None


@pytest.mark.parametrize(("advance", "right"), [(929, 900), (600, 560), (1800, 1760)])
@pytest.mark.parametrize("char", ["—", "―"])
def test_a_latin_dash_is_an_em_long_and_at_half_its_height_among_han(char: str, advance: int, right: int) -> None:
    dash = among_han(GlyphOutline(char, (box(40, 230, right, 270),), advance), "cn")
    left, bottom, end, top = extremes(dash)
    assert dash.advance == 1000 and (bottom, top) == (360, 400)
    assert left <= 40 and 0 <= 1000 - end <= advance - right, "the gaps at its ends are no wider than they were"
    double = two_em_dash(dash)
    assert double is not None and double.advance == 2000


def test_a_dash_of_a_font_for_han_stays() -> None:
    dash = GlyphOutline("—", (box(0, 340, 1000, 380),), 1000)
    assert among_han(dash, "cn") is dash and among_han(ring("永"), "cn").advance == 1000


def test_the_dots_of_a_latin_ellipsis_share_an_em_among_han() -> None:
    dots = among_han(GlyphOutline("…", tuple(disc(x, 50, 40) for x in (100, 400, 250)), 500), "jp")
    assert dots.advance == 1000 and extremes(dots)[1::2] == (340, 420)
    assert [extremes(GlyphOutline("x", (dot,), 0))[0] + 40 for dot in dots.contours] == pytest.approx(
        [167, 500, 833], abs=1
    )


def test_the_interpunct_of_a_base_font_is_half_an_em_in_mainland_china() -> None:
    dot = GlyphOutline("·", (disc(100, 200, 60),), 220)
    assert [among_han(dot, region).advance for region in ("cn", "jp", "tw")] == [500, 220, 220]
