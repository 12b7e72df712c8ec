"""When what happens: the run's progress, the learning rate, the begin of the adversarial terms."""

from __future__ import annotations

import math

from segan_cli.training.settings import LossSettings, OptimizerSettings, RunSettings

SETTLED = 0.9
"""Part of the run after which edges have settled: with `decay_from` of the presets, rates are a fifteenth of their peak by then."""


def progress(settings: RunSettings, step: int, elapsed_s: float) -> float:
    """How much of the run is over, 0 to 1: of the time budget where one is given, else of the steps."""
    if settings.time_budget_s > 0:
        return min(1.0, elapsed_s / settings.time_budget_s)
    return min(1.0, step / settings.steps)


def rate_factor(settings: OptimizerSettings, step: int, done: float) -> float:
    """The learning rate as a part of its peak: linear warm-up, a plateau, a cosine down to zero at the end.

    Args:
        settings: `warmup_steps` and `decay_from`.
        step: steps done.
        done: progress, 0 to 1.
    """
    warm = min(1.0, (step + 1) / settings.warmup_steps) if settings.warmup_steps else 1.0
    if done <= settings.decay_from:
        return warm
    fall = (done - settings.decay_from) / max(1 - settings.decay_from, 1e-9)
    return warm * 0.5 * (1 + math.cos(math.pi * min(1.0, fall)))


def is_adversarial(settings: LossSettings, done: float) -> bool:
    """Whether the adversarial terms have begun."""
    return settings.lambda_adv > 0 and done >= settings.adversarial_from


def phase(settings: LossSettings, done: float) -> int:
    """The part of a run whose dev scores compete with each other: overlap favours blur, which later phases give up.

    Returns:
        0 before the adversarial terms, 1 with them, 2 with them once the rates have all but fallen to zero.
    """
    if not is_adversarial(settings, done):
        return 0
    return 2 if done >= SETTLED else 1


def ema_weight(settings: OptimizerSettings, step: int) -> float:
    """The moving average's decay at this step: short at the start, so that it does not carry the first weights on."""
    return min(settings.ema_decay, (step + 1) / (step + 11))
