"""Gesture: measured on ink, told to the network, predicted from the trunk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from segan_cli.training.data.batches import pair_set, plain_batch
from segan_cli.training.data.gesture import hand_gesture, measure_gesture
from segan_cli.training.model.networks import Generator
from segan_cli.training.run.gesture_fit import fit_gestures, fit_ridge
from segan_cli.training.settings import TrainSettings

Make = Callable[..., TrainSettings]
EDGE = {"fine_channels": 8, "edge_channels": 8, "gesture": True, "cycle": False, "lambda_sc": 0.0}


def stroke(widths: np.ndarray) -> np.ndarray:
    """A lying stroke whose width at each column is given."""
    side = 256
    rows = np.arange(side)[:, None] + 0.5
    ink = np.abs(rows - side / 2) < widths / 2
    ink[:, :20] = ink[:, -20:] = False
    return ink.astype(np.float32)


def test_weight_is_a_strokes_width_in_thousandths_of_the_side() -> None:
    found = measure_gesture(stroke(np.full(256, 20.0)))
    assert found.weight == pytest.approx(20 / 256 * 1000, rel=0.08)
    assert found.contrast < 0.1


def test_contrast_is_the_spread_of_the_width_over_its_mean() -> None:
    widths = np.where(np.arange(256) < 128, 12.0, 36.0)
    found = measure_gesture(stroke(widths))
    assert found.contrast == pytest.approx(12 / 24, rel=0.15)
    assert measure_gesture(stroke(widths / 2)).contrast == pytest.approx(found.contrast, rel=0.2)


def test_a_dot_without_a_line_has_no_contrast() -> None:
    ink = np.zeros((64, 64), np.float32)
    ink[30:33, 30:33] = 1
    assert measure_gesture(ink).contrast == 0


def test_gestures_are_told_in_standard_deviations_of_the_hand() -> None:
    measured = np.array([[30, 0.3], [40, 0.5]], np.float32)
    hand = hand_gesture(measured)
    assert hand.standardised(measured) == pytest.approx(np.array([[-1, -1], [1, 1]]), abs=1e-5)


def test_the_network_begins_deaf_to_the_gesture_and_learns_from_it(
    tiny: Make, make_fine_pairs: Callable[..., Any]
) -> None:
    torch.manual_seed(0)
    batch = plain_batch(pair_set([make_fine_pairs()], "train", 0), [0, 1, 2, 3], torch.device("cpu"))
    generator = Generator(tiny(**EDGE).network)
    assert generator.gesture is not None and batch.gesture is not None
    plain = generator(batch.source, batch.source_skeleton, batch.style).image
    told = generator(batch.source, batch.source_skeleton, batch.style, batch.gesture).image
    assert torch.equal(plain, told)
    told.square().mean().backward()
    gradient = generator.gesture.join.weight.grad
    assert gradient is not None and gradient.abs().sum() > 0


def test_an_offset_is_added_to_what_is_predicted(tiny: Make, make_fine_pairs: Callable[..., Any]) -> None:
    torch.manual_seed(0)
    batch = plain_batch(pair_set([make_fine_pairs()], "train", 0), [0, 1], torch.device("cpu"))
    generator = Generator(tiny(**EDGE).network).eval()
    assert generator.gesture is not None
    torch.nn.init.normal_(generator.gesture.join.weight)
    generator.gesture.biases[:] = torch.tensor([0.5, -1.0])
    pictures = batch.source, batch.source_skeleton, batch.style
    offset = torch.tensor([[0.25, 0.0], [0.0, 2.0]])
    drawn = generator(*pictures, offset=offset)
    assert drawn.predicted is not None
    assert drawn.predicted.tolist() == [[0.5, -1.0]] * 2
    assert torch.equal(drawn.image, generator(*pictures, drawn.predicted + offset).image)
    assert not torch.equal(drawn.image, generator(*pictures).image)


def test_ridge_finds_a_linear_rule_and_does_not_trust_noise() -> None:
    random = np.random.default_rng(1)
    features = random.normal(size=(400, 6)) * np.array([1, 10, 0.1, 1, 1, 1])
    noise = random.normal(size=400)
    aims = np.stack([features[:, 0] - 0.05 * features[:, 1] + 0.1 * noise, random.normal(size=400)], 1)
    weights, bias, unseen = fit_ridge(features, aims)
    assert np.corrcoef(unseen[:, 0], aims[:, 0])[0, 1] > 0.98
    assert np.abs(unseen[:, 1]).mean() < 0.3 * np.abs(aims[:, 1]).mean()
    assert np.corrcoef((features @ weights + bias)[:, 0], aims[:, 0])[0, 1] > 0.98


def test_a_fit_predicts_each_hand_with_its_own_numbers_and_keeps_what_is_left(
    tiny: Make, make_fine_pairs: Callable[..., Any]
) -> None:
    torch.manual_seed(0)
    hands = [make_fine_pairs("one", 60, seed=3), make_fine_pairs("two", 60, seed=4)]
    generator = Generator(tiny(**EDGE).network, 2).eval()
    train = pair_set(hands, "train", 0)
    fits = fit_gestures(generator, train, most=40)
    assert generator.gesture is not None and len(fits) == 2
    assert not torch.equal(generator.gesture.weights[0], generator.gesture.weights[1])
    for fit in fits:
        (a, zero), (b, c) = fit.residual
        assert zero == 0 and 0 < a < 2 and 0 < np.hypot(b, c) < 2
