"""Where pieces cross: short curls at tips, lines that a curve beside them swings across, loops, and what only adjoins."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from segan_cli.glyph import Contour
from segan_cli.outline.crossings import count_crossings, crossing_pieces, crossing_places, meeting_places
from segan_cli.outline.nudging import nudged
from segan_cli.outline.piece_crossings import STEPS_AT

ON, OFF = True, False

NAMED = {
    "a tip whose sides cross within a tenth of a unit": [
        (559.5, 392.5, ON),
        (558.5, 385.5, OFF),
        (557 + 2 / 3, 382, OFF),
        (557, 382, ON),
        (572 + 1 / 3, 384, OFF),
        (584.5, 385.5, OFF),
        (593.5, 386.5, ON),
    ],
    "a curve that swings across the end of the line after it": [
        (446, -91, ON),
        (440, -78, OFF),
        (477, -56, OFF),
        (478, -55, ON),
        (526, -8, ON),
        (700, -8, ON),
    ],
    "a handle laid back over the curve before it": [
        (374, 269, ON),
        (371, 262, OFF),
        (365, 238, OFF),
        (365, 237, ON),
        (364, 237, OFF),
        (413, 249, OFF),
        (429, 252, ON),
    ],
    "a curve that runs there and back": [
        (643.5, 535, ON),
        (641 + 1 / 6, 539 + 2 / 3, OFF),
        (640 + 1 / 6, 541 + 2 / 3, OFF),
        (640.5, 541, ON),
        (640 + 5 / 6, 540 + 1 / 3, OFF),
        (641 + 5 / 6, 540.5, OFF),
        (643.5, 541.5, ON),
    ],
    "two curves that cross in the middle of both": [
        (241, 415, ON),
        (240 + 1 / 3, 415, OFF),
        (240 + 1 / 6, 414 + 5 / 6, OFF),
        (240.5, 414.5, ON),
        (240 + 5 / 6, 414 + 1 / 6, OFF),
        (240 + 1 / 3, 415, OFF),
        (239, 417, ON),
    ],
    "a curve that swings across the end of the line after it by a thousandth": [
        (180, 48, ON),
        (195, 48, OFF),
        (206, 156, OFF),
        (206, 157, ON),
        (207, 256, ON),
        (100, 256, ON),
    ],
    "a loop of one cubic": [(0, 0, ON), (300, 200, OFF), (-200, 200, OFF), (100, 0, ON), (50, -300, ON)],
}


def contour(points: list[tuple[float, float, bool]]) -> Contour:
    return Contour(np.array([point[:2] for point in points], np.float64), np.array([point[2] for point in points]))


@pytest.mark.parametrize("name", NAMED)
def test_what_fontforge_names_is_found(name: str) -> None:
    assert len(crossing_places((contour(NAMED[name]),))) == 1


@pytest.mark.parametrize("name", [name for name in NAMED if all(float(x).is_integer() for x, _, _ in NAMED[name])][:2])
def test_it_is_mended_by_a_unit_or_two(name: str) -> None:
    before = (contour(NAMED[name]),)
    (after,) = nudged(before)
    assert not len(meeting_places((after,)))
    assert 0 < np.abs(after.points - before[0].points).max() <= 2


def test_a_loop_names_its_piece_and_place() -> None:
    loop = contour(NAMED["a loop of one cubic"])
    assert crossing_pieces((loop,)).tolist() == [[0, 0, 0, 0]]
    ((x, y),) = crossing_places((loop,))
    assert x == pytest.approx(50) and 0 < y < 150  # the piece is symmetric about x = 50


ADJOINING = {
    "a flat curve that goes on": [(0, 0, ON), (0, 0, OFF), (60, 20, OFF), (90, 30, ON), (90, 90, ON)],
    "a quadratic curve": [(0, 0, ON), (10 / 3, 20 / 3, OFF), (26 / 3, 40 / 3, OFF), (16, 20, ON), (16, 0, ON)],
    "a line that goes on as a curve": [(0, 0, ON), (100, 0, ON), (120, 0, OFF), (150, 20, OFF), (150, 60, ON)],
    "a smooth knot": [
        (0, 0, ON),
        (0, 30, OFF),
        (20, 60, OFF),
        (60, 60, ON),
        (90, 60, OFF),
        (120, 30, OFF),
        (120, 0, ON),
    ],
    "a sharp tip": [(0, 0, ON), (40, 5, OFF), (80, 6, OFF), (120, 6, ON), (80, 7, OFF), (40, 9, OFF), (0, 40, ON)],
    "an S beside a line": [(0, 0, ON), (100, 0, ON), (110, 5, OFF), (140, -30, OFF), (160, -40, ON), (80, -90, ON)],
}


@pytest.mark.parametrize("name", ADJOINING)
@pytest.mark.parametrize("turn", range(4))
def test_pieces_that_only_adjoin_do_not_cross(name: str, turn: int) -> None:
    points = contour(ADJOINING[name])
    turned = points.points @ np.linalg.matrix_power(np.array([[0.0, 1.0], [-1.0, 0.0]]), turn)
    for outline in (Contour(turned, points.on_curve), reversed_(Contour(turned, points.on_curve))):
        assert not len(crossing_places((outline,)))


def reversed_(outline: Contour) -> Contour:
    order = np.r_[0, len(outline.points) - 1 : 0 : -1]
    return Contour(outline.points[order], outline.on_curve[order])


def in_steps(outline: Contour) -> npt.NDArray[np.float64]:
    """The contour as a polygon, in the steps in which crossings are looked for."""
    run, starts = [], np.flatnonzero(outline.on_curve)
    for start in starts:
        p = outline.points.take(range(start, start + 4), axis=0, mode="wrap")
        if outline.on_curve[(start + 1) % len(outline.points)]:
            run.append(p[:1])
            continue
        u = STEPS_AT[:-1, None]
        run.append((1 - u) ** 3 * p[0] + 3 * u * (1 - u) ** 2 * p[1] + 3 * u * u * (1 - u) * p[2] + u**3 * p[3])
    return np.concatenate(run)


def polygon_crossings(run: npt.NDArray[np.float64]) -> int:
    """Proper crossings of a closed polygon's sides, all with all."""
    start, side = run, np.roll(run, -1, axis=0) - run

    def sides_of(place: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        away = place[None] - start[:, None]
        return np.asarray(side[:, None, 0] * away[..., 1] - side[:, None, 1] * away[..., 0])

    apart = sides_of(start) * sides_of(start + side) < -1e-9
    return int(np.count_nonzero(apart & apart.T)) // 2


def test_random_outlines_have_as_many_crossings_as_their_polygons() -> None:
    random = np.random.default_rng(3)
    for _ in range(60):
        points = random.integers(0, 400, (24, 2)).astype(np.float64) + random.random((24, 2)) / 7
        outline = Contour(points, np.tile([True, False, False, True, True, False, False, True], 3))
        assert count_crossings((outline,)) == polygon_crossings(in_steps(outline))
