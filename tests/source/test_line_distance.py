from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from segan_cli.source.line_distance import line_distance


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
