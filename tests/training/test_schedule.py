from __future__ import annotations

from collections.abc import Callable

import pytest

from segan_cli.training.loop.schedule import SETTLED, ema_weight, is_adversarial, phase, progress, rate_factor
from segan_cli.training.settings import OptimizerSettings, RunSettings, TrainSettings

Make = Callable[..., TrainSettings]


def test_progress_counts_steps_or_seconds(tiny: Make) -> None:
    assert progress(tiny(steps=10).run, 5, 99.0) == 0.5
    assert progress(tiny(time_budget_s=100.0).run, 5, 25.0) == 0.25
    assert progress(tiny(time_budget_s=100.0).run, 5, 125.0) == 1.0


def test_the_rate_warms_up_stays_and_falls_to_zero(tiny: Make) -> None:
    settings = tiny(warmup_steps=10, decay_from=0.4)
    assert rate_factor(settings.optimizer, 0, 0.0) == pytest.approx(0.1)
    assert rate_factor(settings.optimizer, 50, 0.4) == 1.0
    assert rate_factor(settings.optimizer, 50, 0.7) == pytest.approx(0.5)
    assert rate_factor(settings.optimizer, 50, 1.0) == pytest.approx(0.0, abs=1e-9)


def test_adversarial_terms_begin_on_time(tiny: Make) -> None:
    settings = tiny(adversarial_from=0.3)
    assert not is_adversarial(settings.losses, 0.29) and is_adversarial(settings.losses, 0.3)
    assert not is_adversarial(tiny(lambda_adv=0.0).losses, 0.9)


def test_the_average_is_short_at_first(tiny: Make) -> None:
    settings = tiny(ema_decay=0.99)
    assert ema_weight(settings.optimizer, 0) == pytest.approx(1 / 11)
    assert ema_weight(settings.optimizer, 10_000) == 0.99


def test_without_a_warm_up_the_rate_is_whole_from_the_first_step() -> None:
    assert rate_factor(OptimizerSettings(warmup_steps=0), 0, 0.0) == 1


def test_a_run_is_never_more_than_over() -> None:
    assert progress(RunSettings(steps=10), 25, 0.0) == 1
    assert progress(RunSettings(time_budget_s=0.5), 0, 0.25) == 0.5
    settings = OptimizerSettings(warmup_steps=0, decay_from=0.5)
    assert rate_factor(settings, 25, 1.0) == rate_factor(settings, 25, 1.4) == 0


def test_scores_are_compared_within_a_phase_of_the_run(tiny: Make) -> None:
    late = tiny(adversarial_from=0.5, lambda_adv=1.0).losses
    assert [phase(late, done) for done in (0.0, 0.49, 0.5, SETTLED - 1e-6, SETTLED, 1.0)] == [0, 0, 1, 1, 2, 2]
