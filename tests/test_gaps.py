import numpy as np
import pytest

from segan_cli.finish import finish
from segan_cli.gaps import GAP_PX, join_gaps
from segan_cli.glyph import Ink
from segan_cli.inspection import count_parts


def broken_stroke(gap_px: int, haze: float, *, size_px: int = 128) -> Ink:
    """A stroke of 4 px from left to right, with a gap in its middle that is as grey as `haze`."""
    ink = np.zeros((size_px, size_px), np.float32)
    ink[60:64, 20:110] = 1
    ink[60:64, 60 : 60 + gap_px] = haze
    return ink


@pytest.mark.parametrize("gap_px", [2, 4, 6])
def test_a_stroke_that_is_broken_over_grey_is_joined(gap_px: int) -> None:
    drawn = broken_stroke(gap_px, 0.15)
    assert count_parts(finish(drawn)) == 2
    joined = finish(drawn, joins=True)
    assert count_parts(joined) == 1
    assert 2 <= (joined[:, 60 + gap_px // 2] >= 0.5).sum() <= 4


@pytest.mark.parametrize("turned", [np.transpose, np.flipud, np.fliplr], ids=["upright", "upside down", "mirrored"])
def test_it_joins_the_same_in_every_direction(turned: type[np.transpose]) -> None:
    drawn = np.ascontiguousarray(turned(broken_stroke(5, 0.15)))
    assert count_parts(finish(drawn, joins=True)) == 1


def test_a_slanted_gap_is_joined_on_its_own_way() -> None:
    rows, columns = np.mgrid[:128, :128]
    across, along = np.abs(rows + columns - 127) / np.sqrt(2), np.abs(rows - columns) / np.sqrt(2)
    drawn = np.where((across <= 2.5) & (along <= 50), np.where(along < 2.5, 0.15, 1), 0).astype(np.float32)
    before = drawn.copy()
    joined = join_gaps(drawn, drawn)
    assert count_parts(before) == 2 and count_parts(joined) == 1
    assert np.array_equal(drawn, before) and (joined >= before).all()
    assert across[joined > before].max() <= 4


def test_white_paper_between_two_strokes_stays() -> None:
    drawn = broken_stroke(6, 0.0)
    assert np.array_equal(finish(drawn, joins=True), finish(drawn))


def test_a_gap_too_long_for_a_slip_of_the_brush_stays() -> None:
    drawn = broken_stroke(int(GAP_PX) + 4, 0.15)
    assert np.array_equal(finish(drawn, joins=True), finish(drawn))


def test_strokes_side_by_side_stay_apart() -> None:
    drawn = np.full((128, 128), 0.15, np.float32)
    drawn[20:100, 30:36] = drawn[20:100, 42:48] = 1
    assert np.array_equal(join_gaps(drawn, drawn), drawn)


def test_gaps_at_the_edge_of_the_picture() -> None:
    drawn = np.zeros((32, 32), np.float32)
    drawn[0:3, 0:14] = drawn[0:3, 18:32] = 1
    drawn[0:3, 14:18] = 0.2
    assert count_parts(join_gaps(drawn, drawn)) == 1


@pytest.mark.parametrize("value", [0.0, 0.4, 1.0])
def test_a_picture_without_two_parts_stays_as_it_is(value: float) -> None:
    ink = np.full((64, 64), value, np.float32)
    assert np.array_equal(join_gaps(ink, ink), ink)
