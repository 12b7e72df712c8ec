"""bfloat16 where a device has it: used there alone, and what losses see stays in float32."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from segan_cli.benchmark.baselines.fitting import BASELINES
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.loop import precision
from segan_cli.training.loop.precision import autocast, has_bfloat16
from segan_cli.training.loop.step import Networks, discriminator_losses, generator_losses
from segan_cli.training.model.networks import Generator
from segan_cli.training.settings import TrainSettings

CPU = torch.device("cpu")
Make = Callable[..., TrainSettings]


@pytest.fixture
def with_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    """A processor that has bfloat16; torch computes in it on every one, slowly where there are no units."""
    monkeypatch.setattr(precision, "has_bfloat16", lambda device: True)


def batch_of(side: int) -> TrainBatch:
    torch.manual_seed(0)
    pictures = [torch.rand(4, 1, side, side) * 2 - 1 for _ in range(4)]
    return TrainBatch(*pictures, torch.zeros(4, dtype=torch.int64))


def test_a_processor_without_units_computes_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False, raising=False)
    assert not has_bfloat16(CPU)
    layer, picture = torch.nn.Conv2d(1, 2, 3), torch.rand(1, 1, 8, 8)
    with autocast(CPU, True):
        assert layer(picture).dtype == torch.float32


def test_a_torch_that_does_not_tell_computes_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(torch.cpu, "_is_avx512_bf16_supported", raising=False)
    assert not has_bfloat16(CPU)


@pytest.mark.usefixtures("with_bfloat16")
def test_the_setting_turns_it_off() -> None:
    layer, picture = torch.nn.Conv2d(1, 2, 3), torch.rand(1, 1, 8, 8)
    with autocast(CPU, False):
        assert layer(picture).dtype == torch.float32
    with autocast(CPU, True):
        assert layer(picture).dtype == torch.bfloat16


@pytest.mark.usefixtures("with_bfloat16")
@pytest.mark.parametrize("source_residual", [True, False])
def test_a_picture_is_drawn_alike_and_is_not_rounded(tiny: Make, source_residual: bool) -> None:
    settings = tiny(source_residual=source_residual, displacement=True, skip_features=True)
    generator, batch = Generator(settings.network).eval(), batch_of(settings.data.size_px)
    with torch.no_grad():
        exact = generator(batch.source, batch.source_skeleton, batch.style)
        with autocast(CPU, True):
            quick = generator(batch.source, batch.source_skeleton, batch.style)
    assert quick.image.dtype == quick.ink_logit.dtype == torch.float32
    assert not torch.equal(quick.image, exact.image)
    assert float((quick.image - exact.image).abs().mean()) < 0.02


@pytest.mark.usefixtures("with_bfloat16")
def test_every_term_is_near_what_float32_gives(tiny: Make) -> None:
    settings = tiny(lambda_line=0.1, lambda_edge=5.0, warp_px=2.0, displacement=True, lambda_displacement=1.0)
    torch.manual_seed(1)
    networks, batch = Networks(settings), batch_of(settings.data.size_px)
    found = []
    for wanted in (False, True):
        with autocast(CPU, wanted):
            terms, drawn = generator_losses(networks, batch, settings.losses, adversarial=True)
            judged = discriminator_losses(networks, batch, drawn, settings.losses)
        found.append([getattr(part, name) for part in (terms, judged) for name in type(part).__slots__])
    for exact, quick in zip(*found, strict=True):
        torch.testing.assert_close(quick.float(), exact, rtol=0.03, atol=0.01)


@pytest.mark.usefixtures("with_bfloat16")
@pytest.mark.parametrize("name", list(BASELINES))
def test_every_baseline_learns_in_it_too(name: str, tiny: Make) -> None:
    torch.manual_seed(0)
    baseline: Any = BASELINES[name](tiny(), 1)
    batch = batch_of(32)
    with autocast(CPU, True):
        terms, drawn = baseline.generator_terms(batch)
        judged = baseline.discriminator_terms(batch, {key: picture.detach() for key, picture in drawn.items()})
    total = torch.stack([*terms.values(), *judged.values()]).sum()
    total.backward()
    assert torch.isfinite(total)
    assert all(weight.grad is None or torch.isfinite(weight.grad).all() for weight in baseline.parameters())
