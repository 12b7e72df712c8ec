from __future__ import annotations

import math

import numpy as np
import pytest

from segan_cli.evaluation.distances import l1, stroke_distance
from segan_cli.ink import iou


def bar(row: int, thickness: int = 3, side: int = 50) -> np.ndarray:
    ink = np.zeros((side, side), np.float32)
    ink[row - thickness // 2 : row + thickness // 2 + 1, 5:45] = 1
    return ink


def test_a_picture_is_no_way_from_itself() -> None:
    assert l1(bar(20), bar(20)) == 0
    assert iou(bar(20), bar(20)) == 1
    assert stroke_distance(bar(20), bar(20)) == 0


def test_values_are_those_worked_out_by_hand() -> None:
    assert l1(bar(20), bar(21)) == pytest.approx(2 * 40 / 2500)
    assert iou(bar(20), bar(21)) == pytest.approx(2 / 4)
    assert stroke_distance(bar(20), bar(25)) == pytest.approx(5 / 50 * 1000, rel=0.01)


def test_the_stroke_distance_does_not_see_thickness() -> None:
    assert stroke_distance(bar(20, 3), bar(20, 5)) < 10
    assert iou(bar(20, 3), bar(20, 5)) == pytest.approx(3 / 5)


def test_a_lost_stroke_counts_as_a_surplus_one() -> None:
    both = np.maximum(bar(15), bar(35))
    assert stroke_distance(both, bar(15)) == pytest.approx(stroke_distance(bar(15), both))
    assert stroke_distance(both, bar(15)) > 50


def test_blank_pictures() -> None:
    blank = np.zeros((50, 50), np.float32)
    assert iou(blank, blank) == 1 and stroke_distance(blank, blank) == 0
    assert iou(blank, bar(20)) == 0
    assert stroke_distance(blank, bar(20)) == stroke_distance(bar(20), blank) == pytest.approx(1000 * math.sqrt(2))
