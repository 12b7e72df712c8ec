from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from segan_cli.training.loop import estimate as module
from segan_cli.training.loop.estimate import Estimate, estimate, in_words, step_speed

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


def test_where_memory_runs_out_fewer_pairs_are_measured(
    tiny: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def step_seconds(settings: Any, count: int, device: torch.device) -> float:
        tried.append(count)
        if count > 1:
            raise torch.OutOfMemoryError("no")
        return 2.0

    monkeypatch.setattr(module, "_step_seconds", step_seconds)
    assert step_speed(tiny(), 6e6, CPU) == 3e6
    assert tried == [4, 2, 1]


def test_a_device_without_room_for_a_pair_is_named(tiny: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> float:
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(module, "_step_seconds", full)
    assert step_speed(tiny(), 6e6, CPU) == 0
    lines = Estimate((8, 1, 1), 10, 20, 1e6, 3e9, 2**30, 0.0, tiny()).lines()
    assert "no memory here for one pair" in lines[-1]


def test_counting_needs_no_real_numbers(tiny: Callable[..., Any], make_pairs: Callable[..., Any]) -> None:
    """Bending searches with an optimizer, which torch 2.11 cannot do on meta tensors."""
    bent, plain = (estimate(tiny(warp_px=px), [make_pairs()], CPU) for px in (4.0, 0.0))
    assert bent.step_flops == plain.step_flops and bent.memory_bytes == plain.memory_bytes


def test_processes_share_the_batch(
    tiny: Callable[..., Any], make_pairs: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "step_speed", lambda *_: 1e9)
    one, four = (estimate(tiny(), [make_pairs()], CPU, count) for count in (1, 4))
    assert one.step_s == 4 * four.step_s


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(20, "20 s"), (9000, "150 min"), (12_600, "3.5 h"), (12_600, "3.5 h"), (36_000, "10 h"), (864_000, "10 days")],
)
def test_a_time_in_words(seconds: float, words: str) -> None:
    assert in_words(seconds) == words
