"""What a run carries from step to step: made from its seed, kept whole in a checkpoint, put back bit for bit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from segan_cli.training.loop.checkpoint import Checkpoint, CheckpointError
from segan_cli.training.loop.state import TrainState, begin, pack, unpack
from segan_cli.training.model.skeleton_gan import SkeletonGenerator

Make = Callable[..., Any]
CPU = torch.device("cpu")
METADATA = {
    "step": 7,
    "samples_seen": 28,
    "elapsed_s": 3.5,
    "batch_size": 2,
    "best_iou": 0.75,
    "best_phase": 1,
    "stale_scores": 3,
}


@pytest.fixture
def fresh(tiny: Make) -> Callable[..., TrainState]:
    """A fresh state with every kind of network: `fresh(seed=2)`."""

    def make(**changes: Any) -> TrainState:
        torch.manual_seed(5)
        return begin(tiny(**changes), 2, SkeletonGenerator(8, 1), CPU)

    return make


def optimizers(state: TrainState) -> list[torch.optim.AdamW]:
    assert state.discriminator_optimizer is not None
    return [state.generator_optimizer, state.discriminator_optimizer]


def take_steps(state: TrainState, count: int = 1) -> None:
    """Move every weight by gradients that depend on the random numbers."""
    for _ in range(count):
        for optimizer in optimizers(state):
            for group in optimizer.param_groups:
                for parameter in group["params"]:
                    parameter.grad = torch.randn_like(parameter)
            optimizer.step()


def trained(fresh: Callable[..., TrainState]) -> TrainState:
    """A state in the middle of a run: nothing in it is as it began."""
    state = fresh()
    take_steps(state, 2)
    with torch.no_grad():
        for parameter in state.ema.parameters():
            parameter.add_(0.5)
    for name, value in METADATA.items():
        setattr(state, name, value)
    return state


def kept(state: TrainState, **metadata: Any) -> Checkpoint:
    tensors, values = pack(state)
    return Checkpoint({name: tensor.clone() for name, tensor in tensors.items()}, values | metadata, Path("run/step-7"))


def weights(module: nn.Module) -> dict[str, Tensor]:
    return module.state_dict()


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_weights_are_drawn_from_the_runs_seed(fresh: Callable[..., TrainState]) -> None:
    one, same_seed, other = fresh(seed=2), fresh(seed=2), fresh(seed=3)
    assert same(weights(one.networks), weights(same_seed.networks))
    assert not same(weights(one.networks), weights(other.networks))


def test_a_fresh_state_has_done_nothing_and_its_average_is_the_generator(fresh: Callable[..., TrainState]) -> None:
    state = fresh(batch_size=3)
    assert pack(state)[1] == {
        "step": 0,
        "samples_seen": 0,
        "elapsed_s": 0.0,
        "batch_size": 3,
        "best_iou": -1.0,
        "best_phase": 0,
        "stale_scores": 0,
    }
    assert same(weights(state.ema), weights(state.networks.forward_generator))
    assert not state.ema.training and not any(parameter.requires_grad for parameter in state.ema.parameters())
    take_steps(state)
    assert not same(weights(state.ema), weights(state.networks.forward_generator))  # a copy, not the same weights


def test_every_trainable_weight_is_in_one_optimiser_and_sg_in_none(fresh: Callable[..., TrainState]) -> None:
    state = fresh()
    moved = [
        {id(weight) for group in optimizer.param_groups for weight in group["params"]}
        for optimizer in optimizers(state)
    ]
    assert moved[0] == {id(weight) for weight in state.generator_parameters()}
    assert moved[1] == {id(weight) for weight in state.discriminator_parameters()}
    assert not moved[0] & moved[1]
    networks = state.networks
    assert networks.skeleton_generator is not None
    frozen = {id(weight) for weight in networks.skeleton_generator.parameters()}
    assert moved[0] | moved[1] | frozen == {id(weight) for weight in networks.parameters()}
    generators = [networks.forward_generator, networks.backward_generator]
    assert moved[0] == {id(weight) for part in generators if part is not None for weight in part.parameters()}


def test_where_the_last_stages_are_trained_alone_the_rest_is_in_no_optimiser(tiny: Make) -> None:
    edges = {"fine_channels": 8, "edge_channels": 8, "cycle": False, "lambda_sc": 0.0, "skeleton_discriminator": False}
    all_of_it, last = (begin(tiny(**edges, trained=trained), 1, None, CPU) for trained in ("all", "edges"))
    assert 0 < len(last.generator_parameters()) < len(all_of_it.generator_parameters())
    (group,) = last.generator_optimizer.param_groups
    assert {id(weight) for weight in group["params"]} == {id(weight) for weight in last.generator_parameters()}
    assert all(weight.requires_grad for weight in last.generator_parameters())


def test_the_optimisers_have_the_rates_that_were_set(fresh: Callable[..., TrainState]) -> None:
    state = fresh(learning_rate=3e-4, discriminator_rate=5e-4, beta2=0.9)
    for optimizer, rate in zip(optimizers(state), (3e-4, 5e-4), strict=True):
        (group,) = optimizer.param_groups
        assert (group["lr"], group["betas"], group["weight_decay"], group["fused"]) == (rate, (0.5, 0.9), 1e-4, True)


def test_without_discriminators_there_is_no_optimiser_of_theirs(tiny: Make) -> None:
    state = begin(tiny(lambda_adv=0.0), 1, SkeletonGenerator(8, 1), CPU)
    assert state.discriminator_optimizer is None and state.discriminator_parameters() == []
    tensors, _ = pack(state)
    assert not any(name.startswith("discriminator_optimizer") for name in tensors)
    unpack(state, Checkpoint(tensors, METADATA, Path("run")))
    assert state.step == 7 and state.discriminator_optimizer is None


def test_pictures_channels_lie_together_in_memory(fresh: Callable[..., TrainState]) -> None:
    """Convolutions are faster so, on CPUs and GPUs alike."""
    kernels = [part for part in fresh().networks.parameters() if part.dim() == 4 and min(part.shape) > 1]
    assert kernels and all(kernel.is_contiguous(memory_format=torch.channels_last) for kernel in kernels)


def test_a_run_that_was_put_back_goes_on_as_if_it_had_never_stopped(fresh: Callable[..., TrainState]) -> None:
    state = trained(fresh)
    checkpoint = kept(state)
    again = fresh(seed=9)
    torch.manual_seed(99)
    unpack(again, checkpoint)
    assert pack(again)[1] == METADATA
    going = torch.get_rng_state()
    take_steps(again)
    torch.set_rng_state(checkpoint.tensors["random.cpu"])
    assert torch.equal(going, checkpoint.tensors["random.cpu"])
    take_steps(state)
    for one, other in ((state.networks, again.networks), (state.ema, again.ema)):
        own = {name: value for name, value in weights(one).items() if not name.startswith("skeleton_generator.")}
        assert all(torch.equal(value, weights(other)[name]) for name, value in own.items())
    assert same(pack(state)[0], pack(again)[0])


def test_moments_lie_in_memory_as_their_weights_do(fresh: Callable[..., TrainState]) -> None:
    """A checkpoint holds them row by row; the fused optimiser goes through weight and moments as they lie."""
    tensors, metadata = pack(trained(fresh))
    again = fresh()
    unpack(again, Checkpoint({name: tensor.contiguous() for name, tensor in tensors.items()}, metadata, Path("run")))
    for optimizer in optimizers(again):
        for parameter, values in optimizer.state.items():
            assert values["exp_avg"].stride() == values["exp_avg_sq"].stride() == parameter.stride()
            assert values["step"].item() == 2 and not values["exp_avg"].requires_grad


def test_a_checkpoint_holds_what_the_run_made_under_plain_names(fresh: Callable[..., TrainState]) -> None:
    state = trained(fresh)
    tensors, _ = pack(state)
    parts = {name.split(".")[0] for name in tensors}
    assert parts == {"networks", "ema", "generator_optimizer", "discriminator_optimizer", "random"}
    assert not any("skeleton_generator" in name for name in tensors)  # SG is another run's
    for prefix, module in (("networks.forward_generator", state.networks.forward_generator), ("ema", state.ema)):
        assert all(torch.equal(tensors[f"{prefix}.{name}"], value) for name, value in weights(module).items())
    assert {name.split(".")[2] for name in tensors if "_optimizer." in name} == {"step", "exp_avg", "exp_avg_sq"}


def test_the_frozen_sg_stays_as_it_was_loaded(fresh: Callable[..., TrainState]) -> None:
    state, again = trained(fresh), fresh()
    assert again.networks.skeleton_generator is not None
    before = {name: value.clone() for name, value in weights(again.networks.skeleton_generator).items()}
    unpack(again, kept(state))
    assert same(weights(again.networks.skeleton_generator), before)


def test_a_gpus_random_numbers_are_kept_where_there_is_one(
    fresh: Callable[..., TrainState], monkeypatch: pytest.MonkeyPatch
) -> None:
    state, put = trained(fresh), []
    assert "random.cuda" not in pack(state)[0]
    without = kept(state)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_rng_state", lambda: torch.tensor([1, 2], dtype=torch.uint8))
    monkeypatch.setattr(torch.cuda, "set_rng_state", lambda value: put.append(value.tolist()))
    unpack(state, kept(state))
    assert put == [[1, 2]]
    unpack(state, without)  # from a machine without a GPU
    assert put == [[1, 2]]


@pytest.mark.parametrize(
    ("metadata", "said"),
    [
        ({"step": "many"}, "step"),
        ({"samples_seen": -1}, "samples_seen"),
        ({"batch_size": 0}, "batch_size"),
        ({"best_phase": None}, "best_phase"),
    ],
)
def test_metadata_that_cannot_be_is_refused_before_anything_is_changed(
    fresh: Callable[..., TrainState], metadata: dict[str, Any], said: str
) -> None:
    checkpoint, again = kept(trained(fresh), **metadata), fresh()
    before = {name: value.clone() for name, value in weights(again.networks).items()}
    with pytest.raises(CheckpointError, match=rf"^run/step-7 is damaged: its metadata\.{said} is [^\n]+[^.]\.$"):
        unpack(again, checkpoint)
    assert same(weights(again.networks), before) and again.step == 0


def test_metadata_of_other_versions_are_passed_over_and_missing_ones_stay(fresh: Callable[..., TrainState]) -> None:
    state, again = trained(fresh), fresh()
    tensors, _ = pack(state)
    unpack(again, Checkpoint(tensors, {"step": 5, "settings": {"size_px": 32}}, Path("run")))
    assert (again.step, again.batch_size, again.best_iou) == (5, 4, -1.0) and not hasattr(again, "settings")


def test_the_counter_of_samples_goes_on_from_its_name_of_earlier_versions(fresh: Callable[..., TrainState]) -> None:
    tensors, metadata = pack(fresh())
    metadata["draws"] = metadata.pop("samples_seen") + 28
    state = fresh()
    unpack(state, Checkpoint(tensors, metadata, Path("run")))
    assert state.samples_seen == 28


def test_networks_of_another_shape_are_told_from_damage(fresh: Callable[..., TrainState]) -> None:
    checkpoint = kept(trained(fresh))
    with pytest.raises(CheckpointError, match=r"^run/step-7 belongs to networks of another shape: size mismatch for"):
        unpack(fresh(base_channels=16), checkpoint)
    cut = {name: tensor for name, tensor in checkpoint.tensors.items() if not name.startswith("ema.")}
    with pytest.raises(CheckpointError, match="belongs to networks of another shape"):
        unpack(fresh(), Checkpoint(cut, METADATA, checkpoint.path))


@pytest.mark.parametrize("lost", ["random.cpu", "an index", "a number"])
def test_what_is_missing_or_strange_in_a_checkpoint_is_damage(fresh: Callable[..., TrainState], lost: str) -> None:
    checkpoint = kept(trained(fresh))
    tensors = dict(checkpoint.tensors)
    if lost == "random.cpu":
        del tensors[lost]
    elif lost == "an index":
        tensors["generator_optimizer.9999.step"] = torch.tensor(1.0)
    else:
        tensors["discriminator_optimizer.first.step"] = torch.tensor(1.0)
    with pytest.raises(CheckpointError, match=r"^run/step-7 is damaged: [^\n]+$") as refusal:
        unpack(fresh(), Checkpoint(tensors, METADATA, checkpoint.path))
    assert refusal.value.__cause__ is not None
