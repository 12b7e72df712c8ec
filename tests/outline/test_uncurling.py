"""Curls at tips: found however short, laid straight without a change that anybody sees."""

from __future__ import annotations

import numpy as np
import pytest

from segan_cli.glyph import Contour
from segan_cli.outline.crossings import count_crossings, crossing_pieces
from segan_cli.outline.tracing import signed_area
from segan_cli.outline.uncurling import uncurled

ON, OFF = True, False
CURLS = {
    "a handle that turns away at the tip": [
        (409, 558, ON),
        (419, 563, OFF),
        (458, 580, OFF),
        (457, 580, ON),
        (456, 580, OFF),
        (460, 573, OFF),
        (460, 569, ON),
        (430, 500, ON),
    ],
    "a handle one unit beyond the tip": [
        (477, 730, ON),
        (469, 730, OFF),
        (464, 724, OFF),
        (464, 725, ON),
        (464, 733, OFF),
        (488, 646, OFF),
        (495, 631, ON),
    ],
    "a loop of one small piece": [
        (953, 482, ON),
        (946, 504, ON),
        (941, 519, OFF),
        (950, 510, OFF),
        (937, 512, ON),
        (930, 470, ON),
    ],
}


def contour(points: list[tuple[int, int, bool]]) -> Contour:
    return Contour(np.array([(x, y) for x, y, _ in points], np.float64), np.array([on for *_, on in points]))


@pytest.mark.parametrize("points", CURLS.values(), ids=CURLS)
def test_a_curl_is_found_and_laid_straight(points: list[tuple[int, int, bool]]) -> None:
    curled = contour(points)
    assert count_crossings((curled,)) > 0
    (straight,) = uncurled((curled,))
    assert count_crossings((straight,)) == 0
    assert np.array_equal(straight.points[straight.on_curve], curled.points[curled.on_curve])
    assert np.array_equal(straight.points, np.rint(straight.points))
    assert signed_area(straight) == pytest.approx(signed_area(curled), abs=120)


def test_pieces_that_are_no_neighbours_are_left_to_others() -> None:
    bow = Contour(np.array([(0, 0), (90, 80), (90, 0), (0, 70)], np.float64), np.ones(4, np.bool_))
    (same,) = uncurled((bow,))
    assert np.array_equal(same.points, bow.points)


def test_a_crossing_names_both_pieces() -> None:
    bow = Contour(np.array([(0, 0), (90, 80), (90, 0), (0, 70)], np.float64), np.ones(4, np.bool_))
    apart = Contour(bow.points + 200, bow.on_curve)
    assert sorted(map(sorted, crossing_pieces((apart, bow))[:, [1, 3]].tolist())) == [[0, 2], [0, 2]]
    assert sorted(set(crossing_pieces((apart, bow))[:, 0].tolist())) == [0, 1]
    assert len(crossing_pieces(())) == 0
