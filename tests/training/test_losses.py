"""Each equation against values computed by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from segan_cli.training import losses
from segan_cli.training.losses import DiscriminatorLosses, GeneratorLosses
from segan_cli.training.settings import TrainSettings


def picture(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32).reshape(1, 1, 1, -1)


def test_pixel_loss_is_the_mean_absolute_difference() -> None:
    assert losses.pixel_loss(picture(1, -1, 0, 0.5), picture(1, 1, 0, -0.5)).item() == pytest.approx(
        (0 + 2 + 0 + 1) / 4
    )


def test_skeleton_consistency_is_the_mean_absolute_difference() -> None:
    assert losses.skeleton_consistency_loss(picture(1, -1), picture(0, 1)).item() == pytest.approx(1.5)


def test_cycle_loss_is_the_mean_absolute_difference() -> None:
    assert losses.cycle_loss(picture(0.25, -1), picture(0, 1)).item() == pytest.approx(2.25 / 2)


def test_ink_loss_is_cross_entropy_plus_dice() -> None:
    # Logits 0 draw ink with probability 1/2 everywhere: BCE = ln 2, Dice = 1 - (2·1/2 + 1)/(1/2 + 1/2 + 1 + 1).
    found = losses.ink_loss(picture(0, 0), picture(1, -1)).item()
    assert found == pytest.approx(math.log(2) + 1 - (2 * 0.5 + 1) / (1 + 1 + 1))


def test_ink_loss_prefers_some_ink_to_blank_paper_where_l1_does_not() -> None:
    target = torch.full((1, 1, 8, 8), -1.0)
    target[..., 0] = 1.0
    blank, half = torch.full_like(target, -4.0), torch.where(target > 0, 0.0, -1.0)
    assert losses.ink_loss(half, target) < losses.ink_loss(blank, target)


def test_content_paper_is_pure_l1_and_ink_adds_to_it() -> None:
    logit, target = picture(0.3, -0.2), picture(1, -1)
    drawn = torch.tanh(logit)
    assert losses.content_loss("paper", drawn, logit, target) == losses.pixel_loss(drawn, target)
    expected = losses.pixel_loss(drawn, target) + losses.ink_loss(logit, target)
    assert losses.content_loss("ink", drawn, logit, target) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("log", (math.log(1 + math.exp(-1)) + math.log(1 + math.exp(2))) / 2),
        ("lsgan", ((1 - 1) ** 2 + (-2 - 1) ** 2) / 2),
        ("hinge", -(1 - 2) / 2),
    ],
)
def test_generator_adversarial(form: str, expected: float) -> None:
    assert losses.generator_adversarial_loss(form, torch.tensor([1.0, -2.0])).item() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("log", -math.log(1 / (1 + math.exp(-0.5))) - math.log(1 - 1 / (1 + math.exp(2.0)))),
        ("lsgan", (0.5 - 1) ** 2 + 2.0**2),
        ("hinge", (1 - 0.5) + max(0.0, 1 - 2.0)),
    ],
)
def test_discriminator_adversarial(form: str, expected: float) -> None:
    found = losses.discriminator_adversarial_loss(form, torch.tensor([0.5]), torch.tensor([-2.0])).item()
    assert found == pytest.approx(expected if form != "lsgan" else 0.25 + 4.0)


def test_classification_says_one_for_the_source_and_zero_for_the_target() -> None:
    found = losses.classification_loss(torch.tensor([[2.0, 0.0]]), torch.tensor([[-1.0, 0.0]])).item()
    source = (math.log(1 + math.exp(-2)) + math.log(2)) / 2
    target = (math.log(1 + math.exp(-1)) + math.log(2)) / 2
    assert found == pytest.approx(source + target)


TERMS = GeneratorLosses(*(torch.tensor(value) for value in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)))


def test_equation_9_adds_the_terms_with_their_weights() -> None:
    settings = TrainSettings(lambda_adv=0.5, lambda_cycle=3.0, lambda_cls=0.25, lambda_con=2.0, lambda_sc=0.5)
    assert TERMS.total(settings).item() == pytest.approx(0.5 * (4 + 8) + 3 * 16 + 0.25 * 32 + 2 * (1 + 0.5 * 2))


@pytest.mark.parametrize("name", ["lambda_adv", "lambda_cycle", "lambda_cls", "lambda_con", "lambda_sc"])
def test_every_weight_changes_the_total(name: str) -> None:
    settings = TrainSettings()
    assert TERMS.total(settings) != TERMS.total(replace(settings, **{name: 0.0}))


def test_discriminators_total() -> None:
    terms = DiscriminatorLosses(torch.tensor(1.5), torch.tensor(0.5))
    assert terms.total(TrainSettings(lambda_adv=3.0)).item() == pytest.approx(6.0)


def test_terms_are_named_for_the_logs() -> None:
    assert list(losses.named(TERMS)) == ["g/pix", "g/sc", "g/adv_image", "g/adv_skeleton", "g/cycle", "g/cls"]
    assert list(losses.named(DiscriminatorLosses(torch.tensor(1.0), torch.tensor(2.0)))) == ["d/image", "d/skeleton"]
