"""Each equation against values computed by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from segan_cli.training.model import losses
from segan_cli.training.model.losses import DiscriminatorLosses, GeneratorLosses
from segan_cli.training.settings import LossSettings


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
    found = losses.ink_loss(picture(0, 0), picture(0, 0), picture(1, -1)).item()
    assert found == pytest.approx(math.log(2) + 1 - (2 * 0.5 + 1) / (1 + 1 + 1))


def test_ink_loss_prefers_some_ink_to_blank_paper_where_l1_does_not() -> None:
    target = torch.full((1, 1, 8, 8), -1.0)
    target[..., 0] = 1.0
    blank, half = torch.full_like(target, -4.0), torch.where(target > 0, 0.0, -1.0)
    ink_loss = losses.ink_loss
    assert ink_loss(torch.tanh(half), half, target) < ink_loss(torch.tanh(blank), blank, target)


def test_mass_loss_forgives_a_stroke_beside_its_place_and_no_stroke_that_is_missing() -> None:
    target = torch.full((1, 1, 64, 64), -1.0)
    beside, lost = target.clone(), target.clone()
    target[..., 20:40, 9], beside[..., 20:40, 10] = 1.0, 1.0
    assert losses.mass_loss(beside, target) == 0
    assert losses.mass_loss(lost, target).item() == pytest.approx(2 * 20 / 64**2)


def test_displacement_loss_is_least_for_the_field_that_brings_the_source_to_its_target() -> None:
    source = torch.full((1, 1, 64, 64), -1.0)
    target = source.clone()
    source[..., 16:48, 20:28], target[..., 16:48, 28:36] = 1.0, 1.0
    still, right = torch.zeros(1, 2, 16, 16), torch.zeros(1, 2, 16, 16)
    right[:, 0] = -8 / 32  # to be seen 8 px further right, look 8 px further left; 32 px are half the canvas
    loss = losses.displacement_loss
    assert loss(right, source, target).item() == pytest.approx(0, abs=1e-5)
    assert loss(right, source, target) < loss(right / 2, source, target) < loss(still, source, target)
    assert loss(-right / 2, source, target) > loss(still, source, target)
    uneven = right.clone()
    uneven[:, :, ::2] = 0
    assert loss(uneven, source[..., :1].expand_as(source), source[..., :1].expand_as(source)) > 0


def test_displacement_loss_pulls_the_field_the_right_way() -> None:
    source = torch.full((1, 1, 64, 64), -1.0)
    target = source.clone()
    source[..., 16:48, 20:28], target[..., 16:48, 28:36] = 1.0, 1.0
    field = torch.zeros(1, 2, 16, 16, requires_grad=True)
    losses.displacement_loss(field, source, target).backward()
    assert field.grad is not None and field.grad[:, 0].sum() > 0  # a step down the gradient makes it negative


def test_content_paper_is_pure_l1_and_ink_adds_to_it() -> None:
    logit, target = picture(0.3, -0.2), picture(1, -1)
    drawn = torch.tanh(logit)
    assert losses.content_loss("paper", drawn, logit, target) == losses.pixel_loss(drawn, target)
    parts = (losses.pixel_loss(drawn, target), losses.ink_loss(drawn, logit, target), losses.mass_loss(drawn, target))
    assert losses.content_loss("ink", drawn, logit, target) == sum(parts)


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


def _strokes(*columns: int, width: int = 2) -> torch.Tensor:
    picture = torch.full((1, 1, 32, 32), -1.0)
    for column in columns:
        picture[..., 4:28, column : column + width] = 1
    return picture


def test_a_line_lost_costs_more_than_a_line_shifted_by_a_pixel() -> None:
    target, skeleton = _strokes(10), _strokes(10, width=1)
    lost, shifted, there = (losses.line_loss(3 * _strokes(*at), target, skeleton).item() for at in [(), (11,), (10,)])
    assert lost > 5 > 0.1 > shifted
    assert shifted == pytest.approx(there, abs=0.01)


def test_a_narrow_gap_filled_costs_and_a_wide_one_is_left_to_the_other_terms() -> None:
    narrow, wide = _strokes(10, 15), _strokes(6, 22)
    skeleton = narrow.clone().fill_(-1)
    filled = torch.full_like(narrow, 3.0)
    assert losses.line_loss(filled, narrow, skeleton).item() > 5
    assert losses.line_loss(3 * narrow, narrow, skeleton).item() < 0.1
    assert losses.line_loss(filled, wide, skeleton).item() == 0


def test_a_ragged_edge_costs_and_a_soft_one_does_not() -> None:
    straight = torch.full((1, 1, 128, 128), -1.0)
    straight[..., 42:46] = 1
    ragged, soft, lost = straight.clone(), straight.clone(), straight.clone().fill_(-1)
    ragged[..., ::2, 46] = 1
    soft[..., [41, 46]] = 0
    wrong, right, missing = (losses.edge_loss(picture, straight).item() for picture in (ragged, soft, lost))
    assert losses.edge_loss(straight, straight).item() == 0
    assert missing > wrong > 20 * right


TERMS = GeneratorLosses(*(torch.tensor(2.0**power) for power in range(13)))


def test_equation_9_adds_the_terms_with_their_weights() -> None:
    weights = {"lambda_adv": 0.5, "lambda_cycle": 3.0, "lambda_cls": 0.25, "lambda_con": 2.0, "lambda_sc": 0.5}
    expected = 0.5 * (4 + 8) + 3 * 16 + 0.25 * 32 + 2 * (1 + 0.5 * 2)
    assert TERMS.total(LossSettings(**weights)).item() == pytest.approx(expected)
    assert TERMS.total(LossSettings(**weights, lambda_displacement=0.125)).item() == pytest.approx(expected + 8)
    assert TERMS.total(LossSettings(**weights, lambda_line=0.5)).item() == pytest.approx(expected + 64)
    assert TERMS.total(LossSettings(**weights, lambda_edge=0.5)).item() == pytest.approx(expected + 128)
    fine = ("lambda_distance", "lambda_weight", "lambda_adv_edge", "lambda_match")
    for name, term in zip(fine, (512, 1024, 2048, 4096), strict=True):
        settings = LossSettings(**weights, **{name: 0.25})
        assert TERMS.total(settings).item() == pytest.approx(expected + term / 4)


EDGE = {"fine_channels": 8, "edge_channels": 8, "cycle": False}

LAMBDAS = [
    "lambda_adv",
    "lambda_cycle",
    "lambda_cls",
    "lambda_con",
    "lambda_sc",
    "lambda_displacement",
    "lambda_line",
    "lambda_edge",
    "lambda_distance",
    "lambda_weight",
    "lambda_adv_edge",
    "lambda_match",
]


@pytest.mark.parametrize("name", LAMBDAS)
def test_every_weight_changes_the_total(name: str) -> None:
    settings = LossSettings(**dict.fromkeys(LAMBDAS, 1.0))
    assert TERMS.total(settings) != TERMS.total(replace(settings, **{name: 0.0}))


def test_discriminators_total() -> None:
    terms = DiscriminatorLosses(*(torch.tensor(value) for value in (1.5, 0.5, 0.25, 8.0)))
    assert terms.total(LossSettings(lambda_adv=3.0)).item() == pytest.approx(6.25)
    assert terms.total(LossSettings(lambda_adv=3.0, penalty=0.5)).item() == pytest.approx(10.25)


def test_terms_are_named_for_the_logs() -> None:
    names = ["pix", "sc", "adv_image", "adv_skeleton", "cycle", "cls", "displacement", "line", "edge"]
    names += ["distance", "weight", "adv_edge", "match"]
    assert list(losses.named(TERMS)) == [f"g/{name}" for name in names]
    judged = DiscriminatorLosses(*(torch.tensor(1.0) for _ in range(4)))
    assert list(losses.named(judged)) == ["d/image", "d/skeleton", "d/edge", "d/penalty"]


def test_distance_loss_is_smooth_l1_near_the_edge_and_blind_beyond_its_reach() -> None:
    drawn, written = picture(0.5, 3.0, -9.0), picture(0.0, 9.0, -2.5)
    assert losses.distance_loss(drawn, written).item() == pytest.approx(0.5 * 0.5**2 / 3)


@pytest.mark.parametrize(("width", "ratio"), [(8, 8 / 6), (4, 4 / 6), (6, 1.0)])
def test_weight_loss_is_the_log_ratio_of_widths_wherever_the_stroke_stands(width: int, ratio: float) -> None:
    written, drawn = torch.full((1, 1, 64, 64), -1.0), torch.full((1, 1, 64, 64), -1.0)
    written[..., 20:26], drawn[..., 24 : 24 + width] = 1.0, 1.0
    whole = losses.weight_loss(drawn, written).item()
    assert whole == pytest.approx(abs(math.log(ratio)), abs=0.12)


def test_weight_loss_falls_where_a_heavy_stroke_grows_thin_and_not_where_it_breaks() -> None:
    written, heavy, broken = (torch.full((1, 1, 64, 64), -1.0) for _ in range(3))
    written[..., 30:34], heavy[..., 28:36], broken[..., 30:34] = 1.0, 1.0, 1.0
    broken[..., 24:32, :] = -1
    assert losses.weight_loss(broken, written).item() < losses.weight_loss(heavy, written).item() / 4


def test_matching_loss_is_the_mean_over_layers_and_gives_the_real_side_no_gradient() -> None:
    drawn = [torch.ones(2, 1, 2, 2, requires_grad=True), torch.zeros(2, 1, 1, 1, requires_grad=True)]
    real = [torch.zeros(2, 1, 2, 2, requires_grad=True), torch.full((2, 1, 1, 1), 3.0, requires_grad=True)]
    found = losses.matching_loss(drawn, real)
    found.backward()
    assert found.item() == pytest.approx((1 + 3) / 2)
    assert all(one.grad is not None for one in drawn) and all(one.grad is None for one in real)


def test_gradient_penalty_is_the_squared_slope_for_each_patch() -> None:
    pictures = torch.zeros(2, 1, 4, 4, requires_grad=True)
    logits = 3 * torch.nn.functional.avg_pool2d(pictures, 2) * 4  # each of 16 pixels counts 3 in its patch
    assert losses.gradient_penalty(logits, pictures).item() == pytest.approx(9 * 32 / 8)


def test_line_loss_is_cross_entropy_over_lines_and_over_narrow_gaps() -> None:
    logit = torch.full((1, 1, 16, 16), 0.3)
    paper, line = torch.full_like(logit, -1.0), torch.full_like(logit, -1.0)
    line[..., 5, 5] = 1
    missed = math.log(1 + math.exp(-2 * 0.3))
    assert losses.line_loss(logit, paper, line).item() == pytest.approx(missed * 1 / (1 + losses.EPSILON))
    gap = torch.full_like(logit, 1.0)
    gap[..., 8] = -1  # a column of 16 pixels
    clotted = math.log(1 + math.exp(2 * 0.3))
    assert losses.line_loss(logit, gap, paper).item() == pytest.approx(clotted * 16 / (16 + losses.EPSILON))


@pytest.mark.parametrize("axis", [2, 3])
def test_an_uneven_field_costs_in_both_directions(axis: int) -> None:
    blank = torch.full((1, 1, 64, 64), -1.0)
    ramp = torch.arange(16.0) * 0.01
    field = torch.zeros(1, 2, 16, 16) + (ramp[:, None] if axis == 2 else ramp)
    assert losses.displacement_loss(field, blank, blank).item() == pytest.approx(losses.UNEVENNESS * 0.01, rel=1e-4)


def test_fine_content_is_the_sum_of_its_three_parts() -> None:
    drawn, target = torch.randn(2, 2, 1, 32, 32, generator=torch.Generator().manual_seed(5))
    one, other = losses.picture_of(drawn), losses.picture_of(target)
    expected = losses.pixel_loss(one, other) + losses.mass_loss(one, other)
    expected = expected + losses.ink_loss(one, losses.EDGE_DOUBT * drawn, other)
    assert losses.fine_content_loss(drawn, target).item() == pytest.approx(expected.item())


def test_weight_loss_is_the_mean_of_the_whole_glyphs_and_its_sixteen_parts() -> None:
    full, half = torch.ones(1, 1, 32, 32), torch.zeros(1, 1, 32, 32)  # ink 1 and ink 1/2
    ratio = math.log((1 + losses.PART_FLOOR) / (0.5 + losses.PART_FLOOR))
    share = 0.5 / (0.5 + losses.LEVEL)
    expected = sum(ratio * parts * share / (parts * share + losses.EPSILON) for parts in (1, 16)) / 2
    assert losses.weight_loss(full, half).item() == pytest.approx(expected)


def test_each_glyph_of_a_batch_has_its_own_dice() -> None:
    empty, full = picture(-1, -1), picture(1, 1)
    drawn, target = torch.cat([empty, full]), torch.cat([empty, picture(1, -1)])
    logits = torch.zeros_like(drawn)
    # Empty on empty: 1 - (0 + 1) / (0 + 1). Full on half: 1 - (2·1 + 1) / (2 + 1 + 1).
    dice = (0 + 1 - 3 / 4) / 2
    assert losses.ink_loss(drawn, logits, target).item() == pytest.approx(math.log(2) + dice)


def test_ink_probabilities_are_the_sigmoid_of_twice_the_logit() -> None:
    drawn, logit = picture(1, -1), picture(0.5, -0.5)
    found = losses.ink_loss(drawn, logit, drawn).item()
    assert found == pytest.approx(math.log(1 + math.exp(-1)), abs=1e-6)  # Dice is 0: the picture is the target


def test_edges_of_a_small_picture_are_compared_pixel_by_pixel() -> None:
    one, other = torch.full((1, 1, 16, 16), -1.0), torch.full((1, 1, 16, 16), -1.0)
    one[..., 4, 4], other[..., 4, 5] = 1.0, 1.0
    assert losses.edge_loss(one, other).item() > 0.9 * losses.edge_loss(one, torch.full_like(one, -1.0)).item()


def test_displacement_compares_means_of_two_cells_beside_single_ones() -> None:
    source, target = torch.full((1, 1, 64, 64), -1.0), torch.full((1, 1, 64, 64), -1.0)
    source[..., 8:24, 8:24] = 1.0
    found = losses.displacement_loss(torch.zeros(1, 2, 16, 16), source, target).item()
    soft = [losses._soften(torch.nn.functional.avg_pool2d(one, losses.SOFT_CELL)) for one in (source, target)]
    apart = losses.warp(soft[0], torch.zeros(1, 2, 16, 16)) - soft[1]
    pairs = apart.reshape(8, 2, 8, 2).mean((1, 3))
    assert found == pytest.approx((apart.abs().mean() + pairs.abs().mean()).item())


def test_softening_spreads_a_cell_over_five_and_keeps_flat_paper() -> None:
    one = torch.zeros(1, 1, 9, 9)
    one[..., 4, 4] = 81.0
    soft = losses._soften(one)
    assert soft.shape == one.shape
    assert soft[0, 0, 4].tolist() == pytest.approx([0, 0, 3, 6, 9, 6, 3, 0, 0])
    assert torch.allclose(losses._soften(torch.ones(1, 1, 9, 9)), torch.ones(()))


def test_features_that_are_alike_match() -> None:
    same = [torch.full((1, 2, 3, 3), 2.0)]
    assert losses.matching_loss(same, same).item() == 0
    with pytest.raises(ValueError, match=r"shorter|longer"):
        losses.matching_loss(same, same * 2)


def test_a_discriminator_learns_from_its_gradient_penalty() -> None:
    weight = torch.tensor(3.0, requires_grad=True)
    seen = torch.ones(1, 1, 2, 2, requires_grad=True)
    losses.gradient_penalty(weight * seen, seen).backward()
    assert weight.grad is not None and weight.grad.item() == pytest.approx(2 * 3.0)  # of weight squared, a patch


def test_the_hinge_wants_what_is_drawn_below_minus_one() -> None:
    hinge = losses.discriminator_adversarial_loss
    real = picture(2, 2)
    assert hinge("hinge", real, picture(0, 1)).item() == pytest.approx(1.5)
    assert hinge("hinge", real, picture(-1, -1)).item() == 0


def test_the_relativistic_loss_compares_patch_by_patch() -> None:
    found = losses.relativistic_loss(picture(1, 3), picture(1, 1)).item()
    assert found == pytest.approx((math.log(2) + math.log(1 + math.exp(-2))) / 2)
