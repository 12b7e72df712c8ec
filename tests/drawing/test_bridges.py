from collections.abc import Callable

import numpy as np
import pytest

from segan_cli.drawing.bridges import join_gaps
from segan_cli.drawing.postprocess import finish
from segan_cli.generator.output import field_of_ink
from segan_cli.glyph import Ink
from segan_cli.ink import count_parts


def broken_stroke(gap_px: int, haze: float, *, width_px: int = 4) -> Ink:
    """A stroke from left to right, with a gap in its middle that is as grey as `haze`."""
    ink = np.zeros((128, 128), np.float32)
    ink[60 : 60 + width_px, 20:110] = 1
    ink[60 : 60 + width_px, 60 : 60 + gap_px] = haze
    return ink


def parts(field: np.ndarray) -> int:
    return count_parts((field > 0).astype(np.float32))


DIRECTIONS = pytest.mark.parametrize(
    "turned", [np.array, np.transpose, np.flipud, np.fliplr], ids=["lying", "upright", "upside down", "mirrored"]
)


@DIRECTIONS
@pytest.mark.parametrize(("width_px", "gap_px"), [(3, 2), (4, 4), (4, 6), (6, 5), (8, 5)])
def test_a_stroke_that_is_broken_over_grey_is_joined_in_its_middle(
    turned: Callable[[Ink], Ink], width_px: int, gap_px: int
) -> None:
    drawn = np.ascontiguousarray(turned(broken_stroke(gap_px, 0.15, width_px=width_px)))
    assert count_parts(finish(drawn)) == 2
    joined = finish(drawn, joins=True)
    assert count_parts(joined) == 1
    added = np.argwhere((joined >= 0.5) & (finish(drawn) < 0.5))
    written = np.argwhere(drawn == 1)
    assert np.abs(np.median(added, 0) - (written.min(0) + written.max(0)) / 2).min() <= 1


@DIRECTIONS
def test_two_places_where_the_same_parts_are_broken_are_both_joined(turned: Callable[[Ink], Ink]) -> None:
    ladder = np.zeros((128, 128), np.float32)
    ladder[20:100, 40:44] = ladder[20:100, 70:74] = ladder[40:44, 40:74] = ladder[70:74, 40:74] = 1
    ladder[40:44, 55:59] = ladder[70:74, 55:59] = 0.2
    joined = finish(np.ascontiguousarray(turned(ladder)), joins=True)
    assert count_parts(finish(ladder)) == 2 and count_parts(joined) == 1
    assert count_parts(1 - joined) == 2  # the paper around, and inside the closed ring


def test_a_join_takes_the_darkest_way() -> None:
    drawn = broken_stroke(5, 0.1, width_px=9)
    drawn[62, 60:65] = 0.4
    field = field_of_ink(drawn)
    added = np.argwhere((join_gaps(field) > 0) & (field <= 0))
    assert added[:, 0].min() <= 62 <= added[:, 0].max() <= 64


def test_a_slanted_gap_is_joined_on_its_own_way() -> None:
    rows, columns = np.mgrid[:128, :128]
    across, along = np.abs(rows + columns - 127) / np.sqrt(2), np.abs(rows - columns) / np.sqrt(2)
    drawn = np.where((across <= 2.5) & (along <= 50), np.where(along < 2.5, 0.15, 1), 0).astype(np.float32)
    field = field_of_ink(drawn)
    before = field.copy()
    joined = join_gaps(field)
    assert parts(before) == 2 and parts(joined) == 1
    assert np.array_equal(field, before) and (joined >= before).all()
    assert across[(joined > 0) & (before <= 0)].max() <= 4


@pytest.mark.parametrize("gap_px", [3, 4, 6])
def test_white_paper_between_two_strokes_stays(gap_px: int) -> None:
    drawn = broken_stroke(gap_px, 0.0)
    assert count_parts(finish(drawn)) == 2
    assert np.array_equal(finish(drawn, joins=True), finish(drawn))


def test_a_gap_too_long_for_a_slip_of_the_brush_stays() -> None:
    drawn = broken_stroke(12, 0.15)
    assert np.array_equal(finish(drawn, joins=True), finish(drawn))


@DIRECTIONS
def test_strokes_side_by_side_stay_apart(turned: Callable[[Ink], Ink]) -> None:
    drawn = np.zeros((128, 128), np.float32)
    drawn[20:100, 30:48] = 1
    drawn[20:100, 36:42] = 0.15
    field = field_of_ink(np.ascontiguousarray(turned(drawn)))
    assert np.array_equal(join_gaps(field), field)


def test_gaps_at_the_edge_of_the_picture() -> None:
    drawn = np.zeros((32, 32), np.float32)
    drawn[0:3, 0:14] = drawn[0:3, 18:32] = 1
    drawn[0:3, 14:18] = 0.2
    assert parts(join_gaps(field_of_ink(drawn))) == 1


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_a_picture_without_two_parts_stays_as_it_is(value: float) -> None:
    field = field_of_ink(np.full((64, 64), value, np.float32))
    assert np.array_equal(join_gaps(field), field)


def test_a_field_of_twice_the_side_is_joined_at_the_same_places() -> None:
    coarse = field_of_ink(broken_stroke(5, 0.15))
    fine = np.kron(coarse, np.ones((2, 2), np.float32)) * 2
    assert parts(fine) == 2 and parts(join_gaps(fine)) == 1
    added = np.argwhere((join_gaps(fine) > 0) & (fine <= 0)) / 2
    expected = np.argwhere((join_gaps(coarse) > 0) & (coarse <= 0))
    assert np.abs(added.mean(0) - expected.mean(0)).max() < 0.6 and len(added) == pytest.approx(
        4 * len(expected), rel=0.35
    )
