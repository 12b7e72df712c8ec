"""What a network is told, corrected by how it follows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from segan_cli.glyph import Ink
from segan_cli.training.data.batches import PairSet, pair_set
from segan_cli.training.model.networks import Generator
from segan_cli.training.run import gesture_calibration
from segan_cli.training.run.gesture_calibration import (
    FARTHEST,
    MOST_GAIN,
    SPREAD,
    Calibration,
    calibrate_gestures,
    calibration,
)
from segan_cli.training.run.gesture_fit import GestureFit, look_at
from segan_cli.training.settings import TrainSettings

Make = Callable[..., TrainSettings]
EDGE = {"fine_channels": 8, "edge_channels": 8, "gesture": True, "cycle": False, "lambda_sc": 0.0}
FIT = GestureFit(((0.8, 0.0), (0.1, 0.9)), (0.6, 0.4))


def follows(told: np.ndarray, answer: np.ndarray, start: np.ndarray) -> np.ndarray:
    """What a network draws of (N, 2) told gestures that answers them linearly."""
    return start + told @ answer.T


@pytest.fixture
def written() -> np.ndarray:
    random = np.random.default_rng(3).normal(size=(200, 2))
    return (random - random.mean(0)) / random.std(0)


def drawings(told: np.ndarray, answer: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is drawn of expected gestures, of the same a step heavier, and of the same a step richer in contrast."""
    one, heavier, richer = (follows(told + step, answer, start) for step in ([0, 0], [1, 0], [0, 1]))
    return one, heavier, richer


def test_contrast_is_drawn_as_the_hand_writes_it_and_weight_stays(written: np.ndarray) -> None:
    told, start = 0.5 * written, np.array([0.6, -0.3])
    answer = np.array([[1.2, 0.15], [-0.1, 0.4]])
    found = calibration(written, told[:, 0], drawings(told, answer, start), FIT)
    assert follows(told + found.correction, answer, start).mean(0) == pytest.approx([0.6, 0], abs=1e-6)


def test_contrast_is_asked_for_no_farther_than_training_told(written: np.ndarray) -> None:
    told, start, answer = 0.5 * written, np.array([0.3, -0.9]), np.array([[1.2, 0.15], [-0.1, 0.2]])
    correction = calibration(written, told[:, 0], drawings(told, answer, start), FIT).correction
    assert correction[1] == FARTHEST
    found = follows(told + correction, answer, start).mean(0)
    assert found[0] == pytest.approx(0.3, abs=1e-6) and -0.9 < found[1] < 0


@pytest.mark.parametrize("answer", [[[0.0, 0.0], [0.0, 0.5]], [[1.0, 0.0], [0.0, -0.3]], [[0.1, 1.0], [1.0, 0.1]]])
def test_a_network_that_does_not_follow_is_told_nothing_else(written: np.ndarray, answer: list[list[float]]) -> None:
    drawn = drawings(written, np.array(answer), np.array([0.5, 0.5]))
    assert calibration(written, written[:, 0], drawn, FIT).correction.tolist() == [0, 0]


def test_what_is_expected_is_stretched_to_the_hands_spread(written: np.ndarray) -> None:
    """Of a weight that is drawn, one part was told and another is the network's own doing; only the first can be stretched."""
    own = np.random.default_rng(5).normal(size=200) * 0.3
    expected, answer = 0.5 * written[:, 0], 1.2
    drawn = np.stack([answer * expected + own, written[:, 1]], 1)
    found = calibration(written, expected, (drawn, drawn + np.array([answer, 0]), drawn + np.array([0, 0.5])), FIT)
    assert 1 < found.gain < MOST_GAIN and found.chance <= 0.02
    assert np.std(answer * found.gain * expected + own) == pytest.approx(SPREAD, abs=0.002)


def test_what_stretching_cannot_bring_chance_does(written: np.ndarray) -> None:
    told, answer = 0.25 * written, np.diag([1.2, 0.5])
    found = calibration(written, told[:, 0], drawings(told, answer, np.zeros(2)), FIT)
    assert found.gain == MOST_GAIN
    assert (0.6**2 + (found.chance * 0.8 * 1.2) ** 2) ** 0.5 == pytest.approx(SPREAD, abs=0.01)
    nothing = calibration(written, 0 * told[:, 0], drawings(0 * told, answer, np.zeros(2)), FIT)
    assert (nothing.gain, nothing.chance) == (1, pytest.approx(SPREAD / (0.8 * 1.2), abs=0.01))


def test_a_spread_that_is_wide_enough_is_left(written: np.ndarray) -> None:
    drawn = drawings(0.9 * written, np.diag([1.2, 0.5]), np.zeros(2))
    found = calibration(written, 0.9 * written[:, 0], drawn, FIT)
    assert (found.gain, found.chance) == (1, 0)


def test_nothing_is_concluded_from_blank_glyphs(written: np.ndarray) -> None:
    blank = written.copy()
    blank[5:] = np.nan
    found = calibration(written, written[:, 0], (written, written + 1, blank), FIT)
    assert found.correction.tolist() == [0, 0] and (found.gain, found.chance) == (1, 1)


def test_each_hand_is_drawn_three_times_and_its_own_biases_are_moved(
    tiny: Make, make_fine_pairs: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = Generator(tiny(**EDGE).network, 2).eval()
    assert generator.gesture is not None
    generator.gesture.biases += 0.25
    train = pair_set([make_fine_pairs("one", 60, seed=3), make_fine_pairs("two", 60, seed=4)], "train", 0)
    asked: list[tuple[set[int], tuple[float, ...]]] = []

    def draw(network: Generator, pairs: PairSet, chosen: list[int], offsets: np.ndarray) -> list[tuple[int, Any]]:
        asked.append(({pairs.places[index][0] for index in chosen}, tuple(offsets[0].tolist())))
        assert network is generator and (offsets == offsets[0]).all()
        return [(index, offset) for index, offset in zip(chosen, offsets, strict=True)]

    def ink(field: tuple[int, np.ndarray], size_px: int, joins: bool) -> Ink:
        """A bar as broad as the offset says; it broadens on the way, the second hand's more, and more where the offset says so."""
        (index, offset), side = field, size_px
        hand = train.places[index][0]
        assert joins is bool(hand)
        mean, sd = train.hand_gestures[hand].weight_mean, train.hand_gestures[hand].weight_sd
        weight = (mean + sd * offset[0]) * side / 1000
        along = np.linspace(-1, 1, side)
        widths = weight * (1 + (0.2 + 0.1 * hand + 0.1 * offset[1]) * along)
        return (np.abs(np.arange(side)[:, None] + 0.5 - side / 2) < widths / 2).astype(np.float32)

    monkeypatch.setattr(gesture_calibration, "draw_fields", draw)
    monkeypatch.setattr(gesture_calibration, "draw_ink", ink)
    looked: list[int] = []
    found = calibrate_gestures(generator, train, [FIT, FIT], [False, True], most=20, advance=looked.append)
    assert [one for one, _ in asked] == [{0}] * 3 + [{1}] * 3
    assert [step for _, step in asked[:3]] == [(0, 0), (1, 0), (0, 1)]
    assert len(found) == 2 and sum(looked) >= 60
    one, other = (generator.gesture.biases[:, 1] - 0.25).tolist()
    assert -FARTHEST <= other < one <= FARTHEST and other != 0, "the second hand was drawn with more contrast"


def test_an_untrained_network_is_left_as_it_is(tiny: Make, make_fine_pairs: Callable[..., Any]) -> None:
    torch.manual_seed(0)
    generator = Generator(tiny(**EDGE).network).eval()
    train = pair_set([make_fine_pairs("one", 40, seed=3)], "train", 0)
    (found,) = calibrate_gestures(generator, train, [FIT], [False], most=12)
    assert (found.gain, found.chance, found.correction.tolist()) == (1, 1, [0, 0])
    assert generator.gesture is not None and not generator.gesture.biases.any()


def test_what_is_predicted_is_stretched_about_its_mean_and_hand_by_hand(
    tiny: Make, make_fine_pairs: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    generator = Generator(tiny(**EDGE).network, 2).eval()
    gesture = generator.gesture
    assert gesture is not None
    gesture.weights.normal_()
    gesture.biases += 0.4
    train = pair_set([make_fine_pairs("one", 40, seed=3), make_fine_pairs("two", 40, seed=4)], "train", 0)
    gains = iter((1.5, 1.0))
    monkeypatch.setattr(
        gesture_calibration, "calibration", lambda *told: Calibration(np.array([0.0, 0.25]), next(gains), 0.0)
    )
    chosen = [index for index, place in enumerate(train.places) if place[0] == 0]
    hands = torch.zeros(len(chosen), dtype=torch.long)
    features = torch.from_numpy(look_at(generator, train, chosen, torch.device("cpu"))[0]).float()
    before, other = gesture.predict(features, hands), gesture.predict(features, hands + 1)
    calibrate_gestures(generator, train, [FIT, FIT], [False, False])
    after, mean = gesture.predict(features, hands), before[:, 0].mean()
    assert torch.allclose(after[:, 0], mean + 1.5 * (before[:, 0] - mean), atol=1e-4)
    assert torch.allclose(after[:, 1], before[:, 1] + 0.25, atol=1e-4)
    assert torch.allclose(gesture.predict(features, hands + 1), other + torch.tensor([0, 0.25]), atol=1e-4)


def test_an_export_tells_how_far_its_look_at_the_hands_is(tiny: Make, make_fine_pairs: Callable[..., Any]) -> None:
    from segan_cli.training.run.export import _gestures

    hands = [make_fine_pairs("one", 40, seed=3), make_fine_pairs("two", 40, seed=4)]
    told: list[float] = []
    _gestures(Generator(tiny(**EDGE).network, 2).eval(), pair_set(hands, "train", 0), [False, False], told.append)
    assert told == sorted(told) and len(told) >= 8 and told[-1] == 1
