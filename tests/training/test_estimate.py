from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from segan_cli.training.estimate import Estimate, estimate, in_words, step_speed

CPU = torch.device("cpu")


def test_a_step_costs_what_its_pairs_cost(tiny: Callable[..., Any], make_pairs: Callable[..., Any]) -> None:
    four, eight = (estimate(tiny(batch_size=size), [make_pairs()], CPU) for size in (4, 8))
    assert eight.step_flops == pytest.approx(2 * four.step_flops, rel=0.05)
    assert eight.forward_flops == four.forward_flops > 0
    assert sum(four.pairs) == 60


@pytest.mark.parametrize("changes", [{"cycle": True, "lambda_sc": 1.0}, {"lambda_adv": 0.0}])
def test_every_form_of_a_step_is_measured(tiny: Callable[..., Any], changes: dict[str, Any]) -> None:
    assert step_speed(tiny(**changes), 1e6, CPU) > 0


def test_the_time_follows_from_the_speed(tiny: Callable[..., Any]) -> None:
    slow = Estimate((8, 1, 1), 10, 20, 1e6, 3e9, 2**30, 1e9, tiny(steps=1200))
    assert slow.step_s == 3 and slow.lines()[-1] == "The run: 1,200 steps, about 60 min"
    timed = replace(slow, settings=tiny(time_budget_s=1500.0))
    assert timed.lines()[-1] == "The run: 25 min, about 500 steps (2,000 samples)"


@pytest.mark.parametrize(
    ("seconds", "words"), [(20, "20 s"), (9000, "150 min"), (36_000, "10 h"), (864_000, "10 days")]
)
def test_a_time_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
