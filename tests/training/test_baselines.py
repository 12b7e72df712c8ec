from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from segan_cli.benchmark.baselines.baseline import unpaired
from segan_cli.benchmark.baselines.dg_font import DeformedSkip, DgFont
from segan_cli.benchmark.baselines.fitting import BASELINES, BaselineFit
from segan_cli.benchmark.baselines.stargan import sameness
from segan_cli.errors import SeganError, UsageError
from segan_cli.training.data.batches import pair_set, plain_batch
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.loop.checkpoint import read_checkpoint, write_checkpoint

NAMES = tuple(BASELINES)
CPU = torch.device("cpu")


def batch_of(count: int = 4, side: int = 32, styles: int = 1) -> TrainBatch:
    torch.manual_seed(0)
    pictures = [torch.rand(count, 1, side, side) * 2 - 1 for _ in range(4)]
    return TrainBatch(*pictures, torch.arange(count) % styles)


@pytest.mark.parametrize("name", NAMES)
def test_every_weight_learns_and_every_picture_is_in_range(name: str, tiny: Callable[..., Any]) -> None:
    torch.manual_seed(0)
    baseline, batch = BASELINES[name](tiny(), 1), batch_of()
    terms, drawn = baseline.generator_terms(batch)
    torch.stack(list(terms.values())).sum().backward()
    asleep = [key for key, weight in baseline.drawing.named_parameters() if weight.grad is None]
    judged = baseline.discriminator_terms(batch, {key: picture.detach() for key, picture in drawn.items()})
    torch.stack(list(judged.values())).sum().backward()
    asleep += [key for key, weight in baseline.judging.named_parameters() if weight.grad is None]
    assert asleep == []
    picture = baseline.draw(batch)
    assert picture.shape == (4, 1, 32, 32) and float(picture.detach().abs().max()) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_drawing_does_not_look_at_the_target(name: str, tiny: Callable[..., Any]) -> None:
    torch.manual_seed(0)
    baseline, batch = BASELINES[name](tiny(), 1).eval(), batch_of()
    blind = TrainBatch(batch.source, batch.source_skeleton, -batch.target, -batch.target_skeleton, batch.style)
    assert torch.equal(baseline.draw(batch), baseline.draw(blind))


@pytest.mark.parametrize("name", [name for name in NAMES if name != "CycleGAN"])
def test_one_model_draws_several_hands(name: str, tiny: Callable[..., Any]) -> None:
    torch.manual_seed(0)
    baseline, batch = BASELINES[name](tiny(), 2).eval(), batch_of(styles=2)
    baseline.train().generator_terms(batch)
    baseline.eval()
    swapped = TrainBatch(batch.source, batch.source_skeleton, batch.target, batch.target_skeleton, 1 - batch.style)
    assert not torch.allclose(baseline.draw(batch), baseline.draw(swapped))


def test_cyclegan_says_that_it_learns_one_hand(tiny: Callable[..., Any]) -> None:
    with pytest.raises(UsageError, match="one hand at a time"):
        BASELINES["CycleGAN"](tiny(), 2)


def test_unpaired_methods_never_see_a_pair() -> None:
    batch = batch_of()
    other = unpaired(batch)
    assert torch.equal(other.source, batch.source)
    assert all(not torch.equal(other.target[row], batch.target[row]) for row in range(4))
    assert torch.equal(other.target[1], batch.target[0])


@pytest.mark.parametrize("name", ["CycleGAN", "StarGAN"])
def test_an_unpaired_methods_terms_do_not_depend_on_the_pairing(name: str, tiny: Callable[..., Any]) -> None:
    torch.manual_seed(0)
    baseline, batch = BASELINES[name](tiny(), 1).eval(), batch_of()
    others = batch.target.roll(2, 0)
    shuffled = TrainBatch(batch.source, batch.source_skeleton, others, batch.target_skeleton, batch.style)
    for key, term in baseline.generator_terms(batch)[0].items():
        assert float(term.detach()) == pytest.approx(
            float(baseline.generator_terms(shuffled)[0][key].detach()), rel=1e-4
        ), key


def test_a_deformed_skip_that_does_not_deform_is_a_convolution() -> None:
    torch.manual_seed(0)
    skip, features, guide = DeformedSkip(3, 2), torch.rand(2, 3, 8, 8), torch.rand(2, 2, 8, 8)
    kernel = torch.stack([tap.weight[:, :, 0, 0] for tap in skip.taps], 2).reshape(3, 3, 3, 3)
    plain = torch.nn.functional.conv2d(features, kernel, skip.taps[0].bias, padding=1)
    deformed, offset = skip(features, guide)
    assert torch.allclose(deformed[:, :, 1:-1, 1:-1], plain[:, :, 1:-1, 1:-1], atol=1e-5)
    assert float(offset.detach()) == 0


def test_a_deformed_skip_follows_its_offsets() -> None:
    torch.manual_seed(0)
    skip, features, guide = DeformedSkip(3, 2), torch.rand(1, 3, 8, 8), torch.rand(1, 2, 8, 8)
    still = skip(features, guide)[0]
    torch.nn.init.constant_(skip.offsets.bias, 0.0)
    with torch.no_grad():
        skip.offsets.bias[0::2] = 1.0  # every tap one pixel to the right
    moved, offset = skip(features, guide)
    assert torch.allclose(moved[..., 1:-1, 1:-2], still[..., 1:-1, 2:-1], atol=1e-5)
    assert float(offset.detach()) == pytest.approx(0.5)


def test_dg_fonts_style_is_the_mean_of_the_codes_seen(tiny: Callable[..., Any]) -> None:
    torch.manual_seed(0)
    baseline, batch = DgFont(tiny(), 1), batch_of()
    baseline.generator_terms(batch)
    wanted: Tensor = baseline.drawing["style"](unpaired(batch).target).mean(0)
    assert torch.allclose(baseline.get_buffer("codes")[0], wanted, atol=1e-5)


def test_sameness_punishes_one_picture_for_all() -> None:
    source = torch.rand(4, 1, 8, 8)
    assert float(sameness(source, source)) == pytest.approx(1, abs=1e-3)
    assert float(sameness(source, source[:1].expand(4, -1, -1, -1))) == 10


def test_a_baseline_learns(tiny: Callable[..., Any], make_pairs: Callable[..., Any], tmp_path: Path) -> None:
    pairs = pair_set([make_pairs(count=40)], "train", 0)
    settings = tiny(steps=80, batch_size=8, score_every=100, augment=0.0, learning_rate=2e-3, ema_decay=0.8)
    fit = BaselineFit("zi2zi", settings, pairs, tmp_path / "a", CPU)
    assert fit.fit() == "finished" and fit.step == 80
    batch = plain_batch(pairs, range(8), CPU)
    drawn = torch.from_numpy(np.stack(fit.draw(pairs, range(8))))[:, None] * 2 - 1
    blank = torch.full_like(batch.target, -1)
    assert float((drawn - batch.target).abs().mean()) < 0.8 * float((blank - batch.target).abs().mean())


@pytest.mark.parametrize("name", ["zi2zi", "DG-Font"])
def test_an_interrupted_training_goes_on_bit_for_bit(
    name: str, tiny: Callable[..., Any], make_pairs: Callable[..., Any], tmp_path: Path
) -> None:
    pairs = pair_set([make_pairs(count=30)], "train", 0)
    straight = BaselineFit(name, tiny(steps=4, decay_from=1.0), pairs, tmp_path / "straight", CPU)
    straight.fit()
    BaselineFit(name, tiny(steps=2, decay_from=1.0), pairs, tmp_path / "halves", CPU).fit()
    again = BaselineFit(name, tiny(steps=4, decay_from=1.0), pairs, tmp_path / "halves", CPU)
    assert again.step == 2
    again.fit()
    for one, other in zip(straight.average.state_dict().values(), again.average.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_a_folder_of_another_training_is_refused(
    tiny: Callable[..., Any], make_pairs: Callable[..., Any], tmp_path: Path
) -> None:
    pairs = pair_set([make_pairs(count=30)], "train", 0)
    BaselineFit("zi2zi", tiny(steps=1), pairs, tmp_path / "a", CPU).fit()
    with pytest.raises(UsageError, match="another settings"):
        BaselineFit("zi2zi", tiny(steps=1, batch_size=8), pairs, tmp_path / "a", CPU)


def test_a_training_of_an_earlier_version_goes_on(
    tiny: Callable[..., Any], make_pairs: Callable[..., Any], tmp_path: Path
) -> None:
    pairs = pair_set([make_pairs(count=30)], "train", 0)
    BaselineFit("zi2zi", tiny(steps=1, warp_px=2.0), pairs, tmp_path / "a", CPU).fit()
    (file,) = (tmp_path / "a").iterdir()
    before = read_checkpoint(file)
    settings = dict(before.metadata["settings"]) | {"beta1": 0.5, "weight_decay": 1e-4}
    settings["bend_px"] = settings.pop("warp_px")
    write_checkpoint(file, before.tensors, dict(before.metadata) | {"settings": settings})
    assert BaselineFit("zi2zi", tiny(steps=3, warp_px=2.0), pairs, tmp_path / "a", CPU).step == 1
    with pytest.raises(UsageError, match="another settings"):
        BaselineFit("zi2zi", tiny(steps=3, warp_px=1.0), pairs, tmp_path / "a", CPU)


def test_a_loss_that_is_no_number_stops(
    tiny: Callable[..., Any], make_pairs: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = pair_set([make_pairs(count=30)], "train", 0)
    fit = BaselineFit("zi2zi", tiny(steps=1), pairs, tmp_path / "a", CPU)
    monkeypatch.setattr(fit.baseline, "generator_terms", lambda batch: ({"l1": torch.tensor(float("nan"))}, {}))
    with pytest.raises(SeganError, match="the drawing term l1 is nan"):
        fit.fit()
