"""Outlines that just cross after rounding: points move by a unit or two, and nothing else changes."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest

from segan_cli.font.compile import compile_glyph
from segan_cli.font.truetype import truetype_glyph
from segan_cli.glyph import Contour, GlyphOutline
from segan_cli.outline.crossings import count_crossings, crossing_places, touching_places
from segan_cli.outline.nudging import moved_apart, nudged
from segan_cli.outline.space import on_whole_units, outline_faults
from segan_cli.outline.tidy import is_tidy
from segan_cli.outline.tracing import signed_area
from segan_cli.outline.untangle import untangled

Points = npt.NDArray[np.float64]
K = 0.5522847498


def polygon(*points: tuple[float, float]) -> Contour:
    return Contour(np.array(points, dtype=np.float64), np.ones(len(points), dtype=np.bool_))


def disc(x: float, y: float, radius: float) -> Contour:
    """A circle with its knots at its extremes, on whole units."""
    ways = [(1, 0), (1, K), (K, 1), (0, 1), (-K, 1), (-1, K), (-1, 0), (-1, -K), (-K, -1), (0, -1), (K, -1), (1, -K)]
    points = np.rint(np.array(ways) * radius + (x, y))
    return Contour(points, np.array([True, False, False] * 4))


PAIRS = {
    "corners of squares": (
        polygon((0, 0), (100, 0), (101, 101), (0, 100)),
        polygon((100, 100), (200, 100), (200, 200), (100, 200)),
    ),
    "discs": (disc(100, 100, 80), disc(259, 101, 80)),
    "a tip in a side": (polygon((0, 0), (100, 0), (100, 100), (0, 100)), polygon((99, 50), (200, 20), (200, 80))),
}


@pytest.mark.parametrize("name", PAIRS)
def test_contours_that_just_cross_move_apart(name: str) -> None:
    before = PAIRS[name]
    assert count_crossings(before) > 0
    after = nudged(before)
    assert count_crossings(after) == 0
    for one, other in zip(before, after, strict=True):
        assert np.array_equal(one.on_curve, other.on_curve)
        assert np.abs(one.points - other.points).max() <= 2
        assert np.array_equal(other.points, np.rint(other.points))


CURVE_AND_LINES = np.array([True, False, False, True, True])
TOUCHES = {
    "knots": (disc(100, 100, 80), disc(260, 100, 80)),
    "a tip on a side": (polygon((0, 0), (100, 0), (100, 100), (0, 100)), polygon((100, 50), (200, 20), (200, 80))),
    "a tip on a curve": (
        Contour(np.array([(548, 153), (546, 153), (545, 148), (545, 147), (600, 100)], np.float64), CURVE_AND_LINES),
        polygon((546, 151), (528, 195), (515, 142)),
    ),
    "a tip a thousandth beside a level curve": (
        Contour(np.array([(540, 425), (541, 425), (549, 423), (560, 423), (550, 470)], np.float64), CURVE_AND_LINES),
        polygon((559, 423), (520, 380), (576, 406)),
    ),
    "a contour's own knots": (polygon((0, 0), (100, 50), (200, 0), (200, 100), (100, 50), (0, 100)),),
}


@pytest.mark.parametrize("name", TOUCHES)
def test_contours_that_touch_move_apart(name: str) -> None:
    before = TOUCHES[name]
    assert count_crossings(before) == 0 and len(touching_places(before)) > 0
    assert outline_faults(before) == ("its outline touches itself",)
    after = nudged(before)
    assert outline_faults(after) == () and not len(touching_places(after))
    assert max(np.abs(a.points - b.points).max() for a, b in zip(before, after, strict=True)) <= 2


def test_neighbours_do_not_touch() -> None:
    beside = Contour(
        np.array([(0, 0), (30, 0), (60, 20), (90, 80), (91, 90), (0, 90)], np.float64), np.array([1, 0, 0, 1, 1, 1]) > 0
    )
    apart = ((), (disc(100, 100, 80), disc(261, 100, 80)), (polygon((0, 0), (100, 0), (50, 1)),), (beside,))
    for contours in apart:
        assert len(touching_places(contours)) == 0


def test_a_smooth_knot_takes_its_handles_along() -> None:
    before, after = PAIRS["discs"], nudged(PAIRS["discs"])
    for one, other in zip(before, after, strict=True):
        moved = other.points - one.points
        for k in np.flatnonzero(one.on_curve):
            assert np.array_equal(moved[k - 1], moved[k]) and np.array_equal(moved[k], moved[k + 1])


def test_a_curve_that_swings_across_the_end_of_a_long_line_is_moved() -> None:
    """The middle of the line is farther from its end than six of the points that may move."""
    before = Contour(
        np.array(
            [(680, 366), (678, 363), (679, 349), (678, 348), (607, 275), (603, 275), (614, 351)],
            np.float64,
        ),
        np.array([1, 0, 0, 1, 1, 1, 1], dtype=np.bool_),
    )
    beside = polygon((664, 318), (668, 314), (672, 318), (672, 324), (668, 326), (664, 322))
    assert len(crossing_places((before, beside))) == 1 and not len(crossing_places(nudged((before, beside))))


def test_what_crosses_nothing_stays_and_what_is_hopeless_too() -> None:
    apart = (disc(100, 100, 80), disc(300, 100, 80))
    assert all(np.array_equal(a.points, b.points) for a, b in zip(apart, nudged(apart), strict=True))
    overlapping = (disc(100, 100, 80), disc(150, 100, 80))
    assert count_crossings(nudged(overlapping)) == count_crossings(overlapping) == 2


def test_places_are_where_the_pieces_cross() -> None:
    places = crossing_places(PAIRS["discs"])
    assert len(places) == 2 and np.abs(places[:, 0] - 179.5).max() < 1 and np.abs(places[:, 1] - 100.5).max() < 15
    assert crossing_places(()).shape == (0, 2)


def test_skia_draws_anew_only_what_crosses() -> None:
    aside = disc(600, 600, 50)
    first, *others = untangled((disc(100, 100, 80), aside, disc(180, 100, 80)))
    assert first is aside and len(others) == 1 and not count_crossings((first, *others))


def test_quadratic_curves_are_moved_where_no_tolerance_helps() -> None:
    """The check lets pass what has been moved up by a unit."""
    ring, asked = PAIRS["discs"][:1], []

    def check(outline: tuple[Contour, ...]) -> tuple[str, ...]:
        return () if outline[0].points[:, 1].max() > 180 else ("it crosses",)

    def up(points: Points, outline: object) -> Points:
        asked.append(len(points))
        return points + np.array([0.0, 1.0])

    plain = truetype_glyph(ring)
    mended = truetype_glyph(ring, check=check, mend=up)
    assert mended.faults == () and mended.bounds == (20, 21, 180, 181) and plain.bounds == (20, 20, 180, 180)
    assert asked == [plain.points]
    assert truetype_glyph(ring, check=check).faults == ("it crosses",)
    glyph = compile_glyph(GlyphOutline("永", ring, 1000), ("ttf",), check=check, mend=up)
    assert glyph.truetype is not None and glyph.truetype.data == mended.data


def test_quadratic_curves_that_cross_are_mended_in_a_build() -> None:
    """Two discs that their quadratic curves, which bulge by a fraction of a unit, let cross."""
    before = PAIRS["discs"]
    assert truetype_glyph(before, check=outline_faults).faults
    assert truetype_glyph(before, check=outline_faults, mend=moved_apart).faults == ()


ON, OFF = True, False
UNTIDY = {
    "no length": [(0, 0, ON), (90, 0, ON), (90, 0, ON), (90, 90, ON)],
    "straight on": [(0, 0, ON), (40, 0, ON), (90, 0, ON), (90, 90, ON)],
    "straight on over the start": [(40, 0, ON), (90, 0, ON), (90, 90, ON), (0, 0, ON)],
    "straight back": [(0, 0, ON), (90, 0, ON), (40, 0, ON), (90, 90, ON)],
    "a flat cubic": [(0, 0, ON), (20, 0, OFF), (60, 0, OFF), (90, 0, ON), (90, 90, ON)],
    "a flat cubic at the end": [(0, 0, ON), (90, 0, ON), (90, 90, ON), (60, 60, OFF), (20, 20, OFF)],
}


@pytest.mark.parametrize("name", UNTIDY)
def test_the_quick_look_sees_what_there_is_to_tidy(name: str) -> None:
    points, flags = np.array([p[:2] for p in UNTIDY[name]], float), np.array([p[2] for p in UNTIDY[name]])
    assert not is_tidy(points, flags)
    tidied = on_whole_units(Contour(points, flags))
    assert tidied is None or is_tidy(tidied.points, tidied.on_curve)


def test_tidy_contours_stay_as_they_are() -> None:
    for contour in itertools.chain.from_iterable(PAIRS.values()):
        assert is_tidy(contour.points, contour.on_curve)
        whole = on_whole_units(contour)
        assert whole is not None and np.array_equal(whole.points, contour.points)
        assert signed_area(whole) == signed_area(contour)
