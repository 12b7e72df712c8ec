"""Everything that a run carries from step to step, and its way into a checkpoint and back, bit for bit."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from segan_cli.config import from_mapping, setting
from segan_cli.errors import UsageError
from segan_cli.files.documents import cause_of
from segan_cli.training.loop.checkpoint import Checkpoint, CheckpointError
from segan_cli.training.loop.step import Networks
from segan_cli.training.model.networks import Generator
from segan_cli.training.settings import OptimizerSettings, TrainSettings

Adam = torch.optim.AdamW
BETA1, WEIGHT_DECAY = 0.5, 1e-4
"""Adam's first β, as GANs take it, and the decoupled weight decay."""

COUNTERS = ("step", "samples_seen", "elapsed_s", "batch_size", "best_iou", "best_phase", "stale_scores")


@dataclass(eq=False)
class TrainState:
    """The moving parts of a run.

    Args:
        networks: all of them.
        ema: the moving average of G_F, which is what ships.
        generator_optimizer: of G_F and G_B.
        discriminator_optimizer: of the discriminators; None without any.
        step: steps done.
        samples_seen: pairs drawn, over all processes: the data's position.
        elapsed_s: seconds of training, over all its sessions.
        batch_size: pairs a step; smaller than the setting after memory ran out.
        best_iou: best dev score of the latest phase so far.
        best_phase: the phase of the run (`schedule.phase`) that it is from.
        stale_scores: scores since then.
    """

    networks: Networks
    ema: Generator
    generator_optimizer: Adam
    discriminator_optimizer: Adam | None
    batch_size: int
    step: int = 0
    samples_seen: int = 0
    elapsed_s: float = 0.0
    best_iou: float = -1.0
    best_phase: int = 0
    stale_scores: int = 0

    def generator_parameters(self) -> list[nn.Parameter]:
        """The parameters of G_F and G_B that are trained, whether or not gradients are asked of them just now."""
        return [parameter for group in self.generator_optimizer.param_groups for parameter in group["params"]]

    def discriminator_parameters(self) -> list[nn.Parameter]:
        """Trainable parameters of the discriminators."""
        return [parameter for part in self.networks.discriminators() for parameter in part.parameters()]


def begin(
    settings: TrainSettings, styles: int, skeleton_generator: nn.Module | None, device: torch.device
) -> TrainState:
    """A fresh state, its weights drawn from the run's seed.

    Args:
        settings: shapes, rates, seed.
        styles: number of hands.
        skeleton_generator: SG, or None.
        device: where it trains.
    """
    torch.manual_seed(settings.run.seed)
    networks = Networks(settings, styles, skeleton_generator).to(device)
    networks = networks.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    ema = copy.deepcopy(networks.forward_generator).requires_grad_(False).eval()
    if settings.optimizer.trained == "edges":
        networks.forward_generator.train_edges_alone()
    generators = [
        parameter for part in networks.generators() for parameter in part.parameters() if parameter.requires_grad
    ]
    discriminators = [parameter for part in networks.discriminators() for parameter in part.parameters()]
    return TrainState(
        networks,
        ema,
        _adam(generators, settings.optimizer, settings.optimizer.learning_rate),
        _adam(discriminators, settings.optimizer, settings.optimizer.discriminator_rate) if discriminators else None,
        settings.optimizer.batch_size,
    )


def pack(state: TrainState) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The state as tensors by name and plain values, for a checkpoint."""
    tensors = {f"networks.{name}": value for name, value in _own_weights(state.networks).items()}
    tensors |= {f"ema.{name}": value for name, value in state.ema.state_dict().items()}
    tensors |= _pack_optimizer("generator_optimizer", state.generator_optimizer)
    if state.discriminator_optimizer is not None:
        tensors |= _pack_optimizer("discriminator_optimizer", state.discriminator_optimizer)
    tensors["random.cpu"] = torch.get_rng_state()
    if torch.cuda.is_available():
        tensors["random.cuda"] = torch.cuda.get_rng_state()
    return tensors, {name: getattr(state, name) for name in COUNTERS}


def unpack(state: TrainState, checkpoint: Checkpoint) -> None:
    """Put a checkpoint's values into a fresh state of the same shape.

    Raises:
        CheckpointError: it belongs to networks of another shape, or lacks something.
    """
    try:
        counters = from_mapping(
            _Counters, checkpoint.metadata, where=str(checkpoint.path), name="its metadata", others_may_be=True
        )
        _unpack_tensors(state, checkpoint)
    except CheckpointError:
        raise
    except (UsageError, KeyError, ValueError, IndexError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"{checkpoint.path} is damaged: {cause_of(error, checkpoint.path)}.") from error
    told = {"samples_seen" if name == "draws" else name for name in checkpoint.metadata}
    for name in told & set(COUNTERS):
        setattr(state, name, getattr(counters, name))


@dataclass(frozen=True, slots=True)
class _Counters:
    step: int = setting(0, "steps done", low=0)
    samples_seen: int = setting(0, "pairs drawn", low=0, formerly="draws")
    elapsed_s: float = setting(0.0, "seconds", low=0)
    batch_size: int = setting(1, "pairs a step", low=1)
    best_iou: float = setting(-1.0, "best dev score")
    best_phase: int = setting(0, "its phase", low=0)
    stale_scores: int = setting(0, "scores since then", low=0)


def _unpack_tensors(state: TrainState, checkpoint: Checkpoint) -> None:
    try:
        state.networks.load_state_dict(checkpoint.part("networks") | _frozen_weights(state.networks))
        state.ema.load_state_dict(checkpoint.part("ema"))
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()
        raise CheckpointError(f"{checkpoint.path} belongs to networks of another shape: {reason}") from error
    _unpack_optimizer(state.generator_optimizer, checkpoint.part("generator_optimizer"))
    if state.discriminator_optimizer is not None:
        _unpack_optimizer(state.discriminator_optimizer, checkpoint.part("discriminator_optimizer"))
    torch.set_rng_state(checkpoint.tensors["random.cpu"])
    if torch.cuda.is_available() and "random.cuda" in checkpoint.tensors:
        torch.cuda.set_rng_state(checkpoint.tensors["random.cuda"])


def update_average(ema: Generator, generator: Generator, weight: float) -> None:
    """Move the average one step: weight · average + (1 - weight) · weights.

    Args:
        ema: the average.
        generator: G_F after the step.
        weight: from `schedule.ema_weight`.
    """
    with torch.no_grad():
        torch._foreach_lerp_(list(ema.parameters()), list(generator.parameters()), 1 - weight)


def _adam(parameters: list[nn.Parameter], settings: OptimizerSettings, rate: float) -> Adam:
    return Adam(parameters, rate, betas=(BETA1, settings.beta2), weight_decay=WEIGHT_DECAY, fused=True)


def _own_weights(networks: Networks) -> dict[str, Tensor]:
    """All weights but the frozen SG's, which the run did not make."""
    return {name: value for name, value in networks.state_dict().items() if not name.startswith("skeleton_generator.")}


def _frozen_weights(networks: Networks) -> dict[str, Tensor]:
    return {name: value for name, value in networks.state_dict().items() if name.startswith("skeleton_generator.")}


def _pack_optimizer(prefix: str, optimizer: Adam) -> dict[str, Tensor]:
    states = optimizer.state_dict()["state"]
    return {f"{prefix}.{index}.{name}": value for index, state in states.items() for name, value in state.items()}


def _unpack_optimizer(optimizer: Adam, tensors: dict[str, Tensor]) -> None:
    packed = optimizer.state_dict()
    parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    states: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        index, _, key = name.partition(".")
        states.setdefault(int(index), {})[key] = _laid_out_like(parameters[int(index)], value)
    optimizer.load_state_dict({"state": states, "param_groups": packed["param_groups"]})


def _laid_out_like(parameter: Tensor, value: Tensor) -> Tensor:
    """A moment in its weight's memory layout: the fused optimiser goes through both as they lie in memory."""
    if value.shape != parameter.shape:
        return value
    return torch.empty_like(parameter, dtype=value.dtype, requires_grad=False).copy_(value)
