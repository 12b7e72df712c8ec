import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from segan_cli.ink import count_parts, inspect_ink, iou, line_distance, skeleton_distance


def canvas() -> np.ndarray:
    ink = np.zeros((200, 200), np.float32)
    ink[60:140, 90:110] = 1
    return ink


def test_a_sound_glyph_has_no_finding() -> None:
    assert inspect_ink(canvas()) == ()


def test_no_ink_and_nothing_but_ink_are_told_apart() -> None:
    assert inspect_ink(np.full((64, 64), 0.4, np.float32)) == ("blank",)
    assert "all ink" in inspect_ink(np.ones((64, 64), np.float32))


def test_a_stroke_that_leaves_the_canvas_is_clipped_there() -> None:
    ink = canvas()
    ink[:70, 95:105] = 1
    ink[100:105, :100] = 1
    assert inspect_ink(ink) == ("clipped at the left, top",)


def test_specks_are_counted_but_neither_dust_nor_a_written_dot() -> None:
    ink = canvas()
    ink[10:13, 10:13] = ink[20, 20:26] = 1
    ink[30:38, 30:38] = 1
    ink[180, 180] = 1
    assert inspect_ink(ink) == ("2 specks",)
    assert inspect_ink(ink, count_flecks=False) == ()


def test_a_pixel_that_is_half_covered_is_ink() -> None:
    ink = np.zeros((16, 16), np.float32)
    ink[4:12, 4:12] = 0.5
    assert count_parts(ink) == 1
    assert count_parts(np.where(ink > 0, np.float32(0.499), ink)) == 0


def test_the_overlap_counts_strokes_from_half_ink_on() -> None:
    one, other = np.full((2, 10, 10), 0.4, np.float32)
    one[2:4], other[3:6] = 0.5, 1
    assert iou(one, other) == pytest.approx(1 / 4)
    assert iou(one, one) == 1
    assert iou(one, np.zeros_like(one)) == 0
    assert iou(np.zeros_like(one), np.zeros_like(one)) == 1


def _bar(row: int) -> np.ndarray:
    line = np.zeros((100, 100), np.bool_)
    line[row, 10:90] = True
    return line


def test_the_distance_of_two_lines_is_in_thousandths_of_the_em() -> None:
    assert skeleton_distance(_bar(50), _bar(50)) == 0
    assert skeleton_distance(_bar(50), _bar(53)) == pytest.approx(30)
    assert skeleton_distance(_bar(50), _bar(50) | _bar(70)) == skeleton_distance(_bar(50) | _bar(70), _bar(50)) > 40


def test_no_line_at_all_is_the_diagonal_away() -> None:
    nothing = np.zeros((100, 100), np.bool_)
    assert skeleton_distance(nothing, nothing) == 0
    assert skeleton_distance(nothing, _bar(50)) == skeleton_distance(_bar(50), nothing) == 1000 * math.sqrt(2)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 40), st.integers(1, 40))
def test_it_is_the_exact_euclidean_distance(seed: int, first: int, second: int) -> None:
    random = np.random.default_rng(seed)
    one, other = np.zeros((2, 48, 48), np.bool_)
    one[tuple(random.integers(0, 48, (2, first)))] = True
    other[tuple(random.integers(0, 48, (2, second)))] = True
    there = ndimage.distance_transform_edt(~other)[one].mean()
    back = ndimage.distance_transform_edt(~one)[other].mean()
    assert line_distance(one, other) == pytest.approx((there + back) / 2)
    assert line_distance(one, other) == pytest.approx(line_distance(other, one))


def test_a_line_lies_on_itself() -> None:
    line = np.eye(32, dtype=np.bool_)
    assert line_distance(line, line) == 0
    assert line_distance(line[:20], np.roll(line, 1, 1)[:20]) == pytest.approx(1, abs=0.3)
