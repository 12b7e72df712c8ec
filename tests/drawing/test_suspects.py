import numpy as np
import pytest

from segan_cli.drawing.suspects import outliers, rank, skeleton_distance


def _bar(row: int) -> np.ndarray:
    line = np.zeros((100, 100), np.bool_)
    line[row, 10:90] = True
    return line


def test_the_distance_of_two_lines_is_in_thousandths_of_the_side() -> None:
    assert skeleton_distance(_bar(50), _bar(50)) == 0
    assert skeleton_distance(_bar(50), _bar(53)) == pytest.approx(30)
    assert skeleton_distance(_bar(50), _bar(50) | _bar(70)) == skeleton_distance(_bar(50) | _bar(70), _bar(50)) > 40


def test_only_what_is_far_from_this_hands_usual_strays() -> None:
    usual = {chr(0x4E00 + i): 20 + i % 5 for i in range(40)}
    assert outliers(usual) == set()
    assert outliers({**usual, "永": 60.0}) == {"永"}
    assert outliers({"永": 900.0, "一": 1.0}) == set()  # two tell nothing


def test_the_worst_come_first_and_blanks_before_all() -> None:
    scores = {"a": 0.1, "b": 0.1, "c": 0.6, "d": 0.0}
    distances = {"a": 50.0, "b": 20.0, "c": 10.0}
    assert rank(["c", "b", "a", "d"], scores, distances) == ["d", "a", "b", "c"]
