"""Each term of the step gets its own pictures and lands in its own place; networks and losses are stand-ins that keep what they get."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from segan_cli.training.data.distance import INTERPOLATION
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.loop import step as step_module
from segan_cli.training.loop.step import (
    PENALTY_EVERY,
    Direction,
    Drawn,
    Networks,
    direction_losses,
    discriminator_losses,
    generator_losses,
)
from segan_cli.training.model.discriminators import DiscriminatorOutput
from segan_cli.training.model.losses import GeneratorLosses
from segan_cli.training.model.networks import Generated
from segan_cli.training.model.skeleton_gan import SkeletonGenerator

Make = Callable[..., Any]
SIDE = 8
HALF = dict.fromkeys(
    ("lambda_adv", "lambda_cycle", "lambda_cls", "lambda_con", "lambda_sc", "lambda_line", "lambda_edge"), 0.5
)
"""Every weight on and below 1: a term is there as soon as its weight is above 0."""
PLAIN: dict[str, Any] = HALF | {
    "lambda_displacement": 0.5,
    "displacement": True,
    "adversarial": "lsgan",
    "content": "paper",
}
EDGE: dict[str, Any] = HALF | {
    "fine_channels": 8, "edge_channels": 8, "cycle": False, "lambda_distance": 0.5, "lambda_weight": 0.5, "lambda_match": 0.5,
    "lambda_adv_edge": 0.5, "penalty": 0.5,
}  # fmt: skip


def picture(value: float, side: int = SIDE) -> Tensor:
    return torch.full((4, 1, side, side), value)


class Recorder:
    """A network or a loss: it keeps what it is called with, and answers the same each time."""

    def __init__(self, answer: Any) -> None:
        self.answer, self.calls, self.graphs = answer, [], []  # type: ignore[var-annotated]

    def __call__(self, *arguments: Any) -> Any:
        self.calls.append(arguments)
        self.graphs.append(torch.is_grad_enabled())
        return self.answer(*arguments) if callable(self.answer) else self.answer

    def got(self, *expected: Any) -> bool:
        """Whether it was called once, with these very tensors."""
        (arguments,) = self.calls
        return len(arguments) == len(expected) and all(
            one is other or (not isinstance(other, Tensor) and one == other)
            for one, other in zip(arguments, expected, strict=True)
        )


LOSSES = {
    "content_loss": 1.0, "skeleton_consistency_loss": 2.0, "cycle_loss": 3.0, "classification_loss": 4.0, "displacement_loss": 5.0,
    "line_loss": 6.0, "edge_loss": 7.0, "fine_content_loss": 8.0, "distance_loss": 9.0, "weight_loss": 10.0, "matching_loss": 11.0,
}  # fmt: skip


@pytest.fixture
def losses(monkeypatch: pytest.MonkeyPatch) -> dict[str, Recorder]:
    """Every loss by name, a stand-in with a value of its own; an adversarial one is the mean of its logits."""
    found = {name: Recorder(torch.tensor(value)) for name, value in LOSSES.items()}
    found["generator_adversarial_loss"] = Recorder(lambda form, fake: fake.mean())
    found["discriminator_adversarial_loss"] = Recorder(lambda form, real, fake: real.mean() - 10 * fake.mean())
    found["relativistic_loss"] = Recorder(lambda better, worse: better.mean() - worse.mean() / 10)
    found["gradient_penalty"] = Recorder(lambda logits, real: logits.mean() * 100)
    for name, recorder in found.items():
        monkeypatch.setattr(step_module, name, recorder)
    return found


@pytest.fixture
def batch() -> TrainBatch:
    return TrainBatch(
        picture(0.1),
        picture(0.2),
        picture(0.3),
        picture(0.4),
        torch.arange(4),
        torch.arange(float(4 * (2 * SIDE) ** 2)).reshape(4, 1, 2 * SIDE, 2 * SIDE),
        torch.ones(4, 2),
        (3, 5),
    )


def generated(value: float, **more: Any) -> Generated:
    return Generated(picture(value), picture(value + 0.01), torch.full((4, 2), value), **more)


class StandIn(Recorder):
    """A generator that also reads pictures for its classifier."""

    def __init__(self, answer: Generated) -> None:
        super().__init__(answer)
        self.classify = Recorder(torch.full((4, 2), 0.9))


def direction(drawn: Generated, **changes: Any) -> Any:
    parts = {
        "generator": StandIn(drawn),
        "returning": StandIn(generated(-0.5)),
        "image_discriminator": Recorder(DiscriminatorOutput(torch.full((4, 1), 20.0), torch.full((4, 2), 0.5))),
        "skeleton_discriminator": Recorder(DiscriminatorOutput(torch.full((4, 1), 30.0), torch.zeros(4, 0))),
        "skeleton_generator": Recorder(lambda seen: seen * 2),
    }
    return Direction(**(parts | changes))


def values(terms: Any) -> dict[str, float]:
    """The terms that are not 0, by name."""
    return {name: value for name in terms.__slots__ if (value := getattr(terms, name).item())}


def test_each_term_gets_its_pictures_and_lands_in_its_place(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder]
) -> None:
    settings, drawn = tiny(**PLAIN).losses, generated(0.7, field=torch.zeros(4, 2, 2, 2))
    parts = direction(drawn)
    terms, kept = direction_losses(parts, batch, settings, adversarial=True)
    assert values(terms) == {
        "pix": 1, "sc": 2, "adv_image": 20.5, "adv_skeleton": 30, "cycle": 3, "cls": 4, "displacement": 5, "line": 6, "edge": 7
    }  # fmt: skip
    assert parts.generator.got(batch.source, batch.source_skeleton, batch.style, batch.gesture)
    assert losses["content_loss"].got("paper", drawn.image, drawn.ink_logit, batch.target)
    assert losses["edge_loss"].got(drawn.image, batch.target)
    assert losses["line_loss"].got(drawn.ink_logit, batch.target, batch.target_skeleton)
    assert losses["displacement_loss"].got(drawn.field, batch.source, batch.target)
    assert losses["cycle_loss"].got(parts.returning.answer.image, batch.source)
    assert losses["classification_loss"].got(drawn.class_logits, parts.generator.classify.answer)
    assert parts.image_discriminator.got(drawn.image, batch.source, batch.style)
    assert [form for form, _ in losses["generator_adversarial_loss"].calls] == ["lsgan"] * 3
    of_drawn, of_target = parts.skeleton_generator.calls
    assert of_drawn[0] is drawn.image and of_target[0] is batch.target
    assert parts.skeleton_generator.graphs == [
        True,
        False,
    ]  # gradients flow through SG to the glyph, none to the target
    (skeleton, target_skeleton), (returned_from, by_skeleton, style) = (
        losses["skeleton_consistency_loss"].calls[0],
        parts.returning.calls[0],
    )
    assert torch.equal(skeleton, drawn.image * 2) and torch.equal(target_skeleton, batch.target * 2)
    assert parts.skeleton_discriminator.calls[0][0] is skeleton is by_skeleton
    assert returned_from is drawn.image and style is batch.style
    assert torch.equal(kept.image, drawn.image) and kept.skeleton is not None and torch.equal(kept.skeleton, skeleton)
    assert kept.edges is None and kept.real_edges is None


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        ({"lambda_con": 0.0}, {"sc"}),
        ({"lambda_sc": 0.0}, {"sc"}),
        ({"lambda_cycle": 0.0}, {"cycle"}),
        ({"lambda_cls": 0.0}, {"cls"}),
        ({"lambda_displacement": 0.0}, {"displacement"}),
        ({"lambda_line": 0.0}, {"line"}),
        ({"lambda_edge": 0.0}, {"edge"}),
    ],
)
def test_a_weight_of_0_spends_no_time_on_its_term(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder], changes: dict[str, float], silent: set[str]
) -> None:
    drawn = generated(0.7, field=torch.zeros(4, 2, 2, 2))
    full = values(direction_losses(direction(drawn), batch, tiny(**PLAIN).losses, adversarial=True)[0])
    less = values(direction_losses(direction(drawn), batch, tiny(**PLAIN | changes).losses, adversarial=True)[0])
    assert full.keys() - less.keys() == silent and less.items() <= full.items()


@pytest.mark.parametrize(
    ("absent", "silent"),
    [
        ("returning", {"cycle"}),
        ("image_discriminator", {"adv_image"}),
        ("skeleton_discriminator", {"adv_skeleton"}),
        ("skeleton_generator", {"sc", "adv_skeleton"}),
    ],
)
def test_a_network_that_is_not_there_silences_its_terms_alone(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder], absent: str, silent: set[str]
) -> None:
    drawn, settings = generated(0.7, field=torch.zeros(4, 2, 2, 2)), tiny(**PLAIN).losses
    full = values(direction_losses(direction(drawn), batch, settings, adversarial=True)[0])
    parts = direction(drawn, **{absent: None})
    terms, kept = direction_losses(parts, batch, settings, adversarial=True)
    assert full.keys() - values(terms).keys() == silent
    if absent == "skeleton_generator":  # the hand's skeleton guides the way back
        assert kept.skeleton is None and parts.returning.calls[0][1] is batch.target_skeleton
    still = values(direction_losses(parts, batch, settings, adversarial=False)[0])
    assert full.keys() - still.keys() == silent | {"adv_image", "adv_skeleton"}


@pytest.mark.parametrize(("share", "read"), [(1.0, 4), (0.5, 2), (0.01, 1)])
def test_a_share_of_the_targets_is_read_for_the_classifier_at_least_one(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder], share: float, read: int
) -> None:
    parts = direction(generated(0.7))
    direction_losses(parts, batch, tiny(**PLAIN, classify_share=share).losses, adversarial=True)
    ((pictures, skeletons),) = parts.generator.classify.calls
    assert torch.equal(pictures, batch.target[:read]) and torch.equal(skeletons, batch.target_skeleton[:read])


def fine(value: float) -> Generated:
    return generated(value, distance=torch.linspace(-2, 2, 4 * (2 * SIDE) ** 2).reshape(4, 1, 2 * SIDE, 2 * SIDE))


def seen(distance: Tensor) -> Tensor:
    """What the discriminator of edges sees of a distance: the square at the batch's corner, as a picture."""
    return step_module.picture_of(distance[:, :, 3 : 3 + SIDE, 5 : 5 + SIDE])


def test_where_distances_are_drawn_the_finer_grid_is_compared(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder]
) -> None:
    drawn, features, real_features = fine(0.7), [torch.ones(1)], [torch.zeros(1)]
    assert drawn.distance is not None and batch.distance is not None
    answers = iter([(torch.full((4, 1), 40.0), features), (torch.full((4, 1), 50.0), real_features)])
    judge = Recorder(lambda *_: next(answers))
    parts = direction(drawn, returning=None, edge_discriminator=judge)
    terms, kept = direction_losses(parts, batch, tiny(**EDGE).losses, adversarial=True)
    assert values(terms) == {
        "pix": 8, "sc": 2, "adv_image": 20.5, "adv_skeleton": 30, "cls": 4, "line": 6, "edge": 7, "distance": 9, "weight": 10,
        "adv_edge": 40, "match": 11,
    }  # fmt: skip
    assert losses["fine_content_loss"].got(drawn.distance, batch.distance)
    assert losses["distance_loss"].got(drawn.distance, batch.distance)
    pictures = [step_module.picture_of(one) for one in (drawn.distance, batch.distance)]
    for name in ("edge_loss", "weight_loss"):
        assert all(torch.equal(one, other) for one, other in zip(losses[name].calls[0], pictures, strict=True))
    assert losses["matching_loss"].got(features, real_features)
    assert losses["generator_adversarial_loss"].calls[-1][0] == "log"
    (fake, style), (real, real_style) = judge.calls
    assert torch.equal(fake, seen(drawn.distance)) and torch.equal(real, seen(batch.distance))
    assert style is batch.style is real_style and judge.graphs == [True, False]
    assert kept.edges is not None and kept.real_edges is not None
    assert torch.equal(kept.edges, fake) and torch.equal(kept.real_edges, real)


def test_the_last_square_reaches_the_finer_grids_corner(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder]
) -> None:
    drawn = fine(0.7)
    assert drawn.distance is not None
    judge = Recorder((torch.ones(4, 1), []))
    last = dataclasses.replace(batch, corner=(SIDE, SIDE))
    direction_losses(direction(drawn, edge_discriminator=judge), last, tiny(**EDGE).losses, adversarial=True)
    assert torch.equal(judge.calls[0][0], step_module.picture_of(drawn.distance[:, :, SIDE:, SIDE:]))


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        ({"lambda_distance": 0.0}, {"distance"}),
        ({"lambda_weight": 0.0}, {"weight"}),
        ({"lambda_edge": 0.0}, {"edge"}),
    ],
)
def test_a_finer_term_of_weight_0_is_left_out(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder], changes: dict[str, float], silent: set[str]
) -> None:
    full, less = (
        values(direction_losses(direction(fine(0.7)), batch, tiny(**EDGE | more).losses, adversarial=True)[0])
        for more in ({}, changes)
    )
    assert full.keys() - less.keys() == silent


@pytest.mark.parametrize("lacking", ["time", "judge", "drawn distance", "target's distance"])
def test_the_discriminator_of_edges_needs_distances_and_its_time(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder], lacking: str
) -> None:
    judge = None if lacking == "judge" else Recorder((torch.ones(4, 1), []))
    parts = direction(generated(0.7) if lacking == "drawn distance" else fine(0.7), edge_discriminator=judge)
    pairs = dataclasses.replace(batch, distance=None) if lacking == "target's distance" else batch
    terms, kept = direction_losses(parts, pairs, tiny(**EDGE).losses, adversarial=lacking != "time")
    assert not {"adv_edge", "match"} & values(terms).keys() and kept.edges is kept.real_edges is None
    coarse = lacking in ("drawn distance", "target's distance")
    assert values(terms)["pix"] == (1 if coarse else 8) and ("weight" in values(terms)) == (not coarse)


def test_targets_are_warped_towards_what_was_drawn_for_the_content_terms(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    field = torch.zeros(4, 2, 2, 2)
    fields, warps = Recorder(field), Recorder(lambda one, *_: one + 100)
    monkeypatch.setattr(step_module, "warp_field", fields)
    monkeypatch.setattr(step_module, "warp", warps)
    drawn = fine(0.7)
    parts = direction(drawn, returning=None)
    direction_losses(parts, batch, tiny(**EDGE, warp_px=2.0).losses, adversarial=True)
    assert fields.got(batch.target, drawn.image, 2.0)
    assert [(one is which, by is field, mode) for (one, by, *mode), which in zip(
        warps.calls, (batch.target, batch.target_skeleton, batch.distance), strict=True
    )] == [(True, True, []), (True, True, []), (True, True, [INTERPOLATION])]  # fmt: skip
    _, target, skeleton = losses["line_loss"].calls[0]
    assert torch.equal(target, batch.target + 100) and torch.equal(skeleton, batch.target_skeleton + 100)
    assert batch.distance is not None
    assert torch.equal(losses["fine_content_loss"].calls[0][1], batch.distance + 100)
    assert torch.equal(losses["skeleton_consistency_loss"].calls[0][1], 2 * (batch.target + 100))
    without = dataclasses.replace(batch, distance=None)
    direction_losses(direction(generated(0.7)), without, tiny(**EDGE, warp_px=2.0).losses, adversarial=True)
    assert torch.equal(losses["content_loss"].calls[0][3], batch.target + 100)


def test_what_was_drawn_reaches_the_discriminators_without_gradients(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder]
) -> None:
    drawn = fine(0.7)
    assert drawn.distance is not None
    for one in (drawn.image, drawn.distance):
        one.requires_grad_()
    parts = direction(drawn, edge_discriminator=Recorder((torch.ones(4, 1), [])))
    _, kept = direction_losses(parts, batch, tiny(**EDGE).losses, adversarial=True)
    assert not any(
        one.requires_grad for one in (kept.image, kept.skeleton, kept.edges, kept.real_edges) if one is not None
    )


def two_ways(there: Any, back: Any) -> Any:
    return SimpleNamespace(forward_direction=lambda: there, backward_direction=lambda: back)


def test_both_directions_are_added_and_the_fonts_glyph_is_never_warped(
    tiny: Make, batch: TrainBatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def one_direction(which: str, pairs: TrainBatch, settings: Any, *, adversarial: bool) -> Any:
        calls.append((which, pairs.source, pairs.target, settings, adversarial))
        count = len(GeneratorLosses.__slots__)
        first = 0 if which == "there" else 100
        return GeneratorLosses(*(torch.tensor(float(first + index)) for index in range(count))), which

    monkeypatch.setattr(step_module, "direction_losses", one_direction)
    settings = tiny(warp_px=2.0).losses
    terms, drawn = generator_losses(two_ways("there", "back"), batch, settings, adversarial=True)
    assert list(values(terms).values()) == [100 + 2 * index for index in range(len(GeneratorLosses.__slots__))]
    assert drawn == ["there", "back"]
    (way, source, target, used, adversarial), (way_back, source_back, target_back, used_back, also) = calls
    assert (way, way_back, adversarial, also) == ("there", "back", True, True)
    assert source is target_back is batch.source and target is source_back is batch.target
    assert used is settings and used_back == tiny(warp_px=0.0).losses
    alone, drawn = generator_losses(two_ways("there", None), batch, settings, adversarial=False)
    assert drawn == ["there"] and calls[-1][0] == "there" and not calls[-1][4]
    assert list(values(alone).values()) == list(range(1, len(GeneratorLosses.__slots__)))


def judged(real: float, fake: float, real_class: float = 0.0, fake_class: float = 0.0) -> Recorder:
    """A discriminator that says one thing first and another then; with a classifier's logits where they are not 0."""
    width = 2 if real_class else 0
    answers = [
        DiscriminatorOutput(torch.full((4, 1), float(patches)), torch.full((4, width), logit))
        for patches, logit in ((real, real_class), (fake, fake_class))
    ]
    return _told(answers)


def _told(answers: list[Any]) -> Recorder:
    left = iter(answers)
    return Recorder(lambda *_: next(left))


def test_each_discriminator_compares_the_hands_with_the_drawn_in_both_directions(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder]
) -> None:
    there = direction(generated(0), image_discriminator=judged(1, 2, 0.1, 0.2), skeleton_discriminator=judged(3, 4))
    back = direction(generated(0), image_discriminator=judged(5, 6), skeleton_discriminator=judged(7, 8))
    drawn = [Drawn(picture(0.5), picture(0.6)), Drawn(picture(0.7), picture(0.8))]
    terms = discriminator_losses(two_ways(there, back), batch, drawn, tiny(**PLAIN).losses)
    assert values(terms) == pytest.approx({"image": 1 - 20 + 0.1 - 2 + 5 - 60, "skeleton": 3 - 40 + 7 - 80})
    assert [form for form, *_ in losses["discriminator_adversarial_loss"].calls] == ["lsgan"] * 5
    for one, made, pairs in ((there, drawn[0], batch), (back, drawn[1], batch.mirrored())):
        real, fake = one.image_discriminator.calls
        assert real[0] is pairs.target and fake[0] is made.image
        assert all(said[1] is pairs.source and said[2] is pairs.style for said in (real, fake))
        (by_hand,), (by_network,) = one.skeleton_discriminator.calls
        assert torch.equal(by_hand, pairs.target * 2) and by_network is made.skeleton


def test_discriminators_that_are_not_there_or_saw_nothing_have_no_term(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder]
) -> None:
    none = direction(generated(0), image_discriminator=None, skeleton_discriminator=None)
    blind = direction(generated(0), image_discriminator=None, edge_discriminator=Recorder(None))
    settings = tiny(**PLAIN).losses
    for parts in (none, blind):
        for drawn in (
            Drawn(picture(0), None),
            Drawn(picture(0), None, picture(0)),
            Drawn(picture(0), None, None, picture(0)),
        ):
            assert not values(discriminator_losses(two_ways(parts, None), batch, [drawn], settings, penalised=True))


def test_the_discriminator_of_edges_pays_its_penalty_for_all_the_steps_between(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder]
) -> None:
    drawn = Drawn(picture(0), None, picture(0.5), picture(0.6))
    found = []
    for penalised in (False, True):
        judge = _told([(torch.tensor([2.0]), []), (torch.tensor([3.0]), [])])
        parts = direction(generated(0), image_discriminator=None, edge_discriminator=judge)
        terms = discriminator_losses(
            two_ways(parts, None), batch, [drawn], tiny(**EDGE).losses, **({"penalised": True} if penalised else {})
        )
        found.append(values(terms))
        (real, style), (fake, fake_style) = judge.calls
        assert (
            torch.equal(real, picture(0.6)) and torch.equal(fake, picture(0.5)) and style is fake_style is batch.style
        )
        assert real.requires_grad == penalised
    assert found == [{"edge": 2 - 30}, {"edge": 2 - 30, "penalty": 200 * PENALTY_EVERY}]
    assert losses["discriminator_adversarial_loss"].calls[0][0] == "log"
    ((logits, pictures),) = losses["gradient_penalty"].calls
    assert logits.item() == 2 and pictures is real


def test_the_relativistic_form_compares_what_was_drawn_with_the_target(
    tiny: Make, batch: TrainBatch, losses: dict[str, Recorder]
) -> None:
    """The generator wants what it drew before the target, the discriminator the target; both pay their penalty."""
    settings = tiny(**EDGE, edge_form="relativistic").losses
    judge = _told([(torch.full((4, 1), 40.0), []), (torch.full((4, 1), 50.0), [])])
    terms, kept = direction_losses(direction(fine(0.7), edge_discriminator=judge), batch, settings, adversarial=True)
    assert values(terms)["adv_edge"] == 40 - 5
    assert not any(form == "relativistic" for form, _ in losses["generator_adversarial_loss"].calls)
    found = []
    for penalised in (False, True):
        judge = _told([(torch.tensor([2.0]), []), (torch.tensor([3.0]), [])])
        parts = direction(generated(0), image_discriminator=None, edge_discriminator=judge)
        found.append(
            values(
                discriminator_losses(
                    two_ways(parts, None), batch, [Drawn(kept.image, None, kept.edges, kept.real_edges)], settings,
                    penalised=penalised,
                )
            )
        )  # fmt: skip
        assert [one.requires_grad for one, _ in judge.calls] == [penalised] * 2
    assert found == [
        {"edge": pytest.approx(2 - 0.3)},
        {"edge": pytest.approx(2 - 0.3), "penalty": (200 + 300) * PENALTY_EVERY},
    ]
    paid = [(logits.item(), pictures) for logits, pictures in losses["gradient_penalty"].calls]
    assert [logit for logit, _ in paid] == [2, 3] and [one for _, one in paid] == [one for one, _ in judge.calls]


PARTS = {"G_B": "backward_generator", "D_i": "image_discriminator", "D_s": "skeleton_discriminator", "D_e": "edge_discriminator",
         "D_iB": "backward_image_discriminator", "D_sB": "backward_skeleton_discriminator"}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "there"),
    [
        (HALF, "G_B D_i D_s D_iB D_sB"),
        (HALF | {"lambda_adv": 0.0}, "G_B"),
        (HALF | {"cycle": False}, "D_i D_s"),
        (HALF | {"image_discriminator": False}, "G_B D_s D_sB"),
        (HALF | {"skeleton_discriminator": False}, "G_B D_i D_iB"),
        (EDGE, "D_i D_s D_e"),
        (EDGE | {"lambda_adv_edge": 0.0}, "D_i D_s D_e"),
        (EDGE | {"lambda_match": 0.0}, "D_i D_s D_e"),
        (EDGE | {"lambda_match": 0.0, "lambda_adv_edge": 0.0}, "D_i D_s"),
    ],
)
def test_the_settings_say_which_networks_there_are(tiny: Make, changes: dict[str, Any], there: str) -> None:
    guide = SkeletonGenerator(8, 1)
    parts = Networks(tiny(**changes), 3, guide)
    assert " ".join(short for short, name in PARTS.items() if getattr(parts, name) is not None) == there
    assert parts.skeleton_generator is guide and not guide.training
    assert not any(weight.requires_grad for weight in guide.parameters())
    forward, backward = parts.forward_direction(), parts.backward_direction()
    assert [getattr(forward, field.name) for field in dataclasses.fields(Direction)] == [
        parts.forward_generator, parts.backward_generator, parts.image_discriminator, parts.skeleton_discriminator, guide,
        parts.edge_discriminator,
    ]  # fmt: skip
    assert (backward is None) == (parts.backward_generator is None)
    if backward is not None:
        assert [getattr(backward, field.name) for field in dataclasses.fields(Direction)] == [
            parts.backward_generator, parts.forward_generator, parts.backward_image_discriminator,
            parts.backward_skeleton_discriminator, guide, None,
        ]  # fmt: skip
    assert parts.generators() == [one for one in (parts.forward_generator, parts.backward_generator) if one is not None]
    assert parts.discriminators() == [
        one for name in list(PARTS.values())[1:] if (one := getattr(parts, name)) is not None
    ]


def test_every_network_that_knows_hands_knows_all_of_them(tiny: Make) -> None:
    for changes, count in ((HALF, 4), (EDGE, 2)):
        parts = Networks(tiny(**changes), 3)
        assert parts.skeleton_generator is None
        tables = [one for one in parts.modules() if isinstance(one, torch.nn.Embedding)]
        assert {table.num_embeddings for table in tables} == {3} and len(tables) >= count
    assert parts.edge_discriminator is not None
    assert len(parts.edge_discriminator.hands) == 3
    assert parts.edge_discriminator.hands[2].layers[0][1].out_channels == 4  # type: ignore[index,union-attr]  # half of D_i's
    one = Networks(tiny(**HALF))
    assert {part.num_embeddings for part in one.modules() if isinstance(part, torch.nn.Embedding)} == {1}
