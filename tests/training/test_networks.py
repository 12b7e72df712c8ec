from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from segan_cli.training.model.attention import ClassActivation, RefinedAttention, RefinedAttentionStack
from segan_cli.training.model.networks import Displacement, Generator, warp
from segan_cli.training.model.normalization import AdaptiveNorm, InstanceNorm, channel_moments
from segan_cli.training.settings import TrainSettings

Make = Callable[..., TrainSettings]


def draw(settings: TrainSettings, batch: int = 2, styles: int = 1) -> tuple[Generator, tuple[Tensor, Tensor, Tensor]]:
    torch.manual_seed(0)
    size = settings.data.size_px
    inputs = torch.rand(batch, 1, size, size) * 2 - 1, torch.rand(batch, 1, size, size) * 2 - 1
    return Generator(settings.network, styles).eval(), (*inputs, torch.zeros(batch, dtype=torch.int64))


@pytest.mark.parametrize("size_px", [16, 32, 48])
@pytest.mark.parametrize(("stem", "fine"), [("conv", 0), ("space-to-depth", 0), ("space-to-depth", 8)])
def test_any_multiple_of_16_keeps_its_size(tiny: Make, stem: str, fine: int, size_px: int) -> None:
    settings = tiny(size_px=size_px, stem=stem, fine_channels=fine, skip_features=True, displacement=True)
    generator, inputs = draw(settings)
    drawn = generator(*inputs)
    assert drawn.image.shape == (2, 1, size_px, size_px)
    assert drawn.image.abs().max() <= 1
    assert torch.allclose(drawn.image, torch.tanh(drawn.ink_logit))


def test_it_returns_logits_and_heatmaps_of_each_unit(tiny: Make) -> None:
    generator, inputs = draw(tiny())
    drawn = generator(*inputs)
    assert drawn.class_logits.shape == (2, 4)
    assert list(drawn.heatmaps) == ["sram", "cram"]
    assert drawn.heatmaps["cram"].shape == (2, 4, 4)


def test_the_picture_is_as_sharp_as_asked(tiny: Make) -> None:
    generator, inputs = draw(tiny(sharpness=3.0, fine_channels=8, skeleton_channels=16))
    drawn = generator(*inputs)
    assert torch.equal(drawn.image, torch.tanh(3 * drawn.ink_logit))
    assert drawn.image.abs().mean() > torch.tanh(drawn.ink_logit).abs().mean()


def test_the_fine_stage_sees_the_skeleton_at_full_size(tiny: Make) -> None:
    generator, (source, skeleton, _) = draw(tiny(fine_channels=8))
    pictures = [torch.cat([source, one], 1) for one in (skeleton, -skeleton)]
    features = torch.rand(2, 8, 8, 8)
    assert not torch.equal(*(generator.draw(features, one)[0] for one in pictures))


def test_classify_gives_the_same_logits_without_drawing(tiny: Make) -> None:
    generator, inputs = draw(tiny())
    assert torch.equal(generator.classify(*inputs[:2]), generator(*inputs).class_logits)


def test_a_glyph_alone_is_the_glyph_in_a_batch(tiny: Make) -> None:
    generator, inputs = draw(tiny(skip_features=True, displacement=True), batch=5)
    together = generator(*inputs).image
    alone = generator(*(part[3:4] for part in inputs)).image
    assert torch.allclose(together[3:4], alone, atol=1e-5)


@pytest.mark.parametrize(
    ("attention", "names"), [("cam", ["cam"]), ("sram", ["sram"]), ("cram", ["cram"]), ("sram+cram", ["sram", "cram"])]
)
def test_ablations_of_the_attention_are_settings(tiny: Make, attention: str, names: list[str]) -> None:
    generator, inputs = draw(tiny(attention=attention))
    drawn = generator(*inputs)
    assert list(drawn.heatmaps) == names and drawn.class_logits.shape[1] == 2 * len(names)
    has_queries = any("query" in name for name, _ in generator.named_parameters())
    assert has_queries == (attention != "cam")


def test_without_e_s_the_skeleton_changes_nothing(tiny: Make) -> None:
    generator, (source, skeleton, style) = draw(tiny(skeleton_encoder=False, attention="sram"))
    assert torch.equal(generator(source, skeleton, style).image, generator(source, -skeleton, style).image)
    assert not any(name.startswith("skeleton_encoder") for name, _ in generator.named_parameters())


def test_with_e_s_the_skeleton_matters(tiny: Make) -> None:
    generator, (source, skeleton, style) = draw(tiny())
    assert not torch.allclose(generator(source, skeleton, style).image, generator(source, -skeleton, style).image)


def test_styles_draw_differently(tiny: Make) -> None:
    generator, (source, skeleton, style) = draw(tiny(), styles=2)
    assert not torch.equal(generator(source, skeleton, style).image, generator(source, skeleton, style + 1).image)


def test_the_source_is_added_to_the_logit(tiny: Make) -> None:
    generator, inputs = draw(tiny(source_residual=True))
    bare, _ = draw(tiny(source_residual=False))
    bare.load_state_dict(generator.state_dict(), strict=False)
    assert torch.allclose(generator(*inputs).ink_logit - bare(*inputs).ink_logit, 1.2 * inputs[0], atol=1e-5)


def test_skipped_features_matter(tiny: Make) -> None:
    wide = sum(part.numel() for part in draw(tiny(skip_features=True))[0].parameters())
    assert wide > sum(part.numel() for part in draw(tiny(skip_features=False))[0].parameters())


def test_displacement_begins_at_rest_and_moves_where_it_points() -> None:
    picture = torch.rand(1, 1, 8, 8)
    field = Displacement(4)(torch.rand(1, 4, 4, 4))
    assert torch.allclose(warp(picture, field), picture, atol=1e-6)
    one_right = torch.zeros(1, 2, 8, 8)
    one_right[:, 0] = 2 / 8
    assert torch.allclose(warp(picture, one_right)[..., :-1], picture[..., 1:], atol=1e-5)


def test_equation_1_scales_channels_by_the_classifiers_weights() -> None:
    torch.manual_seed(1)
    unit, features = ClassActivation(3), torch.rand(1, 3, 2, 2)
    weighed, logits = unit(features)
    omega = torch.cat([unit.average.weight, unit.maximum.weight], 1)[0]
    scaled = torch.cat([features, features], 1) * omega[None, :, None, None]
    expected = torch.einsum("oc,bchw->bohw", unit.join.weight[:, :, 0, 0], scaled) + unit.join.bias[None, :, None, None]
    assert torch.allclose(weighed, expected.relu(), atol=1e-6)
    weights = unit.average.weight.detach()[0], unit.maximum.weight.detach()[0]
    assert logits[0, 0].item() == pytest.approx(float(features.mean((2, 3))[0] @ weights[0]), abs=1e-6)
    assert logits[0, 1].item() == pytest.approx(float(features.amax((2, 3))[0] @ weights[1]), abs=1e-6)


def test_equations_2_to_4_are_attention_written_out() -> None:
    torch.manual_seed(2)
    unit, features, asked = RefinedAttention(32), torch.randn(1, 32, 2, 3), torch.randn(1, 32, 2, 3)
    refined, _ = unit(features, asked)
    activation, _ = unit.class_activation(features)
    query, key, value = (
        layer(x).flatten(2)[0] for layer, x in ((unit.query, features), (unit.key, asked), (unit.value, activation))
    )
    weights = torch.softmax(query.T @ key, 1)
    expected = (weights @ value.T).T.reshape(1, 32, 2, 3) + activation
    assert torch.allclose(refined, expected, atol=1e-5)


def test_sram_asks_the_image_and_cram_the_skeleton() -> None:
    torch.manual_seed(3)
    stack = RefinedAttentionStack(32, "sram+cram")
    image, skeleton = torch.randn(1, 32, 2, 3), torch.randn(1, 32, 2, 3)
    refined, logits, heatmaps = stack(image, skeleton)
    sram, first = stack.units[0](image, image)
    cram, second = stack.units[1](sram, skeleton)
    assert torch.allclose(refined, cram, atol=1e-6) and torch.equal(logits, torch.cat([first, second], 1))
    assert torch.allclose(heatmaps["sram"], sram.mean(1), atol=1e-6)


def test_moments_agree_in_both_memory_layouts() -> None:
    features = torch.randn(2, 5, 4, 6)
    for layout in (torch.contiguous_format, torch.channels_last):
        mean, variance = channel_moments(features.contiguous(memory_format=layout))
        assert torch.allclose(mean, features.mean((2, 3), keepdim=True), atol=1e-6)
        assert torch.allclose(variance, features.var((2, 3), correction=0, keepdim=True), atol=1e-5)


def test_instance_norm_is_torchs() -> None:
    features = torch.randn(2, 5, 4, 6)
    assert torch.allclose(InstanceNorm(5)(features), torch.nn.functional.instance_norm(features), atol=1e-5)


def test_adalin_is_rho_instance_plus_the_rest_layer() -> None:
    features, gamma, beta = torch.randn(2, 5, 4, 6), torch.rand(2, 5, 1, 1), torch.rand(2, 5, 1, 1)
    norm = AdaptiveNorm(5)
    instance = torch.nn.functional.instance_norm(features)
    mean, variance = features.mean((1, 2, 3), keepdim=True), features.var((1, 2, 3), correction=0, keepdim=True)
    layer = (features - mean) / (variance + 1e-5).sqrt()
    expected = gamma * (0.9 * instance + 0.1 * layer) + beta
    assert torch.allclose(norm(features, gamma, beta), expected, atol=1e-5)
    assert math.isclose(norm.rho.mean().item(), 0.9, rel_tol=1e-6)


def test_paper_and_cpu_networks_have_the_papers_parts() -> None:
    from segan_cli.training.settings import load_train_settings

    with torch.device("meta"):
        for name in ("paper", "light", "cpu"):
            generator = Generator(load_train_settings(name).network)
            assert len(generator.image_encoder.blocks) == 4 and generator.skeleton_encoder is not None
            assert len(generator.skeleton_encoder.blocks) == 4
            assert generator.attention.names == ("sram", "cram")
