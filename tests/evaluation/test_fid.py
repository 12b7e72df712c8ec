from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from segan_cli.errors import UsageError
from segan_cli.evaluation.fid import frechet_distance, frechet_floor, kid


def draw(count: int, mean: float = 0.0, scale: float = 1.0, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, scale, (count, 5))


def test_it_is_the_textbook_formula_with_a_matrix_root() -> None:
    a, b = draw(40), draw(50, 0.5, 2.0, 1) @ np.triu(np.ones((5, 5)))
    root = linalg.sqrtm(np.cov(a, rowvar=False) @ np.cov(b, rowvar=False)).real
    means = ((a.mean(0) - b.mean(0)) ** 2).sum()
    wanted = means + np.trace(np.cov(a, rowvar=False)) + np.trace(np.cov(b, rowvar=False)) - 2 * np.trace(root)
    assert frechet_distance(a, b) == pytest.approx(wanted)


def test_a_set_is_no_way_from_itself_even_with_fewer_pictures_than_dimensions() -> None:
    few = np.random.default_rng(0).normal(size=(10, 200))
    assert frechet_distance(few, few) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(few, few + 2) == pytest.approx(200 * 4)


def test_kid_is_without_bias_and_grows_with_the_distance() -> None:
    same = [kid(draw(30, seed=2 * seed), draw(30, seed=2 * seed + 1)) for seed in range(300)]
    assert abs(np.mean(same)) < 3 * np.std(same) / np.sqrt(300)
    assert kid(draw(50), draw(50, 0.5, seed=1)) < kid(draw(50), draw(50, 1.0, seed=1))


def test_the_floor_falls_with_the_number_of_pictures() -> None:
    real = draw(400)
    small, large = frechet_floor(real, 20), frechet_floor(real, 200)
    assert small is not None and large is not None and small > 3 * large > 0
    assert frechet_floor(real, 201) is None


def test_one_picture_is_too_few() -> None:
    for distance in (frechet_distance, kid):
        with pytest.raises(UsageError, match="two pictures"):
            distance(draw(1), draw(5))
