"""`--init`: a new hand begins from trained weights, with a style vector of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from segan_cli.errors import SeganError, UsageError, did_you_mean
from segan_cli.files.plain import read_plain
from segan_cli.generator.bundle import MANIFEST_FILE, START_FILE, find_bundle
from segan_cli.generator.manifest import parse_manifest
from segan_cli.training.loop.checkpoint import BEST, Checkpoint, CheckpointError, newest_checkpoint, read_checkpoint
from segan_cli.training.loop.state import TrainState
from segan_cli.training.run.run_folder import SPLIT, RunFolder
from segan_cli.training.settings import TrainSettings

STYLE_VECTORS = "style_vectors.weight"
GESTURE_BUFFERS = ("gesture.weights", "gesture.biases")
EDGE_PART = "edge."
NEW_PARTS = ("edge.subpixels.", EDGE_PART, "gesture.")
"""Parts of a network that older weights may lack."""

SHAPE = (
    "stem",
    "base_channels",
    "skeleton_channels",
    "encoder_blocks",
    "decoder_blocks",
    "attention",
    "fine_channels",
    "edge_channels",
    "gesture",
    "style_channels",
)
"""The settings that decide the shapes of weights."""


def start_from(state: TrainState, place: Path, settings: TrainSettings, names: Sequence[str]) -> None:
    """Put trained weights into G_F and its average.

    A hand that the weights know by its name keeps its style vector. A new hand begins at the vector of the style that
    `place` names, or at the mean of all where it names a run or a bundle without a hand.

    Args:
        state: fresh.
        place: a run's folder, `RUN#HAND`, a shipped style's name or number, a bundle with weights, or a checkpoint file,
            which knows no names.
        settings: of the new run, for the message.
        names: the hands of the new run.

    Raises:
        UsageError: nothing to start from there.
        SeganError: the weights are of another shape.
    """
    weights = generator_weights(place)
    own = state.networks.forward_generator.state_dict()
    for name in (STYLE_VECTORS, *GESTURE_BUFFERS):
        if name in weights:
            weights[name] = _first_vectors(weights[name], place, names)
    weights = _with_new_parts(weights, own)
    differing = sorted(name for name in own.keys() | weights.keys() if _shape(own, name) != _shape(weights, name))
    if differing:
        shape = ", ".join(f"{name} = {getattr(settings.network, name)}" for name in SHAPE)
        raise SeganError(
            f"The weights of {place} are of another shape than this run's network ({differing[0]} and {len(differing) - 1} more "
            f"differ). Its card or config.toml says how it was trained; this run: {shape}. Name what differs: --set KEY=VALUE."
        )
    state.networks.forward_generator.load_state_dict(weights)
    state.ema.load_state_dict(weights)


def _with_new_parts(weights: dict[str, Tensor], own: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights, with those of whole parts that they lack as the new network begins them: silent, so that it draws as before."""
    fresh = {
        name: value
        for name, value in own.items()
        for part in NEW_PARTS
        if name.startswith(part) and not any(known.startswith(part) for known in weights)
    }
    return weights | fresh


def _first_vectors(trained: Tensor, place: Path, names: Sequence[str]) -> Tensor:
    known, named = _known_hands(place)
    new = trained.mean(0) if named is None else trained[named]
    return torch.stack([trained[known.index(name)] if name in known else new for name in names])


def _known_hands(place: Path) -> tuple[list[str], int | None]:
    """The hands that the weights at a place draw, and which of them the place names."""
    run, hand = run_and_hand(place)
    if (run / SPLIT).is_file():
        names = [style["name"] for style in RunFolder(run).split()["styles"]]
        if hand is not None and hand not in names:
            raise UsageError(f"{run} has no hand {hand!r}.{did_you_mean(hand, names)} Its hands: {', '.join(names)}.")
        return names, None if hand is None else names.index(hand)
    if _holds_weights(place) and (place / MANIFEST_FILE).is_file():
        manifest = parse_manifest(read_plain(place / MANIFEST_FILE), str(place / MANIFEST_FILE))
        return [style.name for style in manifest.styles], None
    if _holds_weights(place):
        return [], None
    bundle = find_bundle(str(place))
    return [style.name for style in bundle.manifest.styles], bundle.style_index


def check_start(place: Path) -> None:
    """Refuse a place that training cannot start from, before the glyphs are read.

    Raises:
        UsageError: no weights there, or no hand of that name.
        CheckpointError: the file is damaged or foreign.
    """
    best_checkpoint(place)
    _known_hands(place)


def check_last_stages(settings: TrainSettings, place: Path | None) -> None:
    """Refuse to train the last stages alone where nothing before them has learned.

    Raises:
        UsageError: no weights to start from, or weights without an edge stage.
        CheckpointError: the file is damaged or foreign.
    """
    if settings.optimizer.trained != "edges" or (place is not None and draws_distances(place)):
        return
    lacking = "there are no weights to start from" if place is None else f"the weights of {place} have no edge stage"
    raise UsageError(
        f'trained = "edges" leaves all but the last stages as they are, but {lacking}. Name weights that draw distances, such as '
        "--init kouzan-gyosho, or a run of --preset ink."
    )


def draws_distances(place: Path) -> bool:
    """Whether the weights there have an edge stage.

    Raises:
        UsageError: there are none.
        CheckpointError: the file is damaged or foreign.
    """
    return any(name.startswith(EDGE_PART) for name in best_checkpoint(place).part("ema"))


def run_and_hand(place: Path) -> tuple[Path, str | None]:
    """A run's folder and, where `RUN#HAND` names one of its hands, that hand; anything else as it is."""
    folder, mark, hand = str(place).rpartition("#")
    if mark and not place.exists() and (Path(folder) / SPLIT).is_file():
        return Path(folder), hand
    return place, None


def generator_weights(place: Path) -> dict[str, Tensor]:
    """The averaged weights of G_F in a run, a bundle or a checkpoint.

    Raises:
        UsageError: there are none.
        CheckpointError: the file is damaged or foreign.
    """
    return {name: weights.float() for name, weights in best_checkpoint(place).part("ema").items()}


def load_weights(generator: nn.Module, weights: dict[str, Tensor], place: Path) -> None:
    """Put weights into a generator that `config.toml` and `split.json` describe.

    Raises:
        CheckpointError: they are of another shape.
    """
    try:
        generator.load_state_dict(weights)
    except RuntimeError as error:
        reason = str(error).splitlines()[-1].strip()[:200]
        raise CheckpointError(f"The weights of {place} do not fit its config.toml and split.json: {reason}") from error


def best_checkpoint(place: Path) -> Checkpoint:
    """The checkpoint to take weights from: a file, a shipped style's, a bundle's, a run's best one, else its newest.

    Raises:
        UsageError: there is none.
        CheckpointError: the file is damaged or foreign.
    """
    place, _ = run_and_hand(place)
    if place.is_file():
        return read_checkpoint(place)
    if not _holds_weights(place):
        place = _shipped(place)
    for file in (place / START_FILE, place / "checkpoints" / BEST):
        if file.is_file():
            return read_checkpoint(file)
    newest = newest_checkpoint(place / "checkpoints")
    if newest is None:
        raise UsageError(f"{place} holds no trained weights: no run with checkpoints, no bundle with {START_FILE}.")
    return newest


def _holds_weights(place: Path) -> bool:
    return place.is_file() or any((place / name).exists() for name in (START_FILE, "checkpoints"))


def _shipped(place: Path) -> Path:
    """The bundle of the style that is called so; a folder of that name without weights does not hide it."""
    try:
        return find_bundle(str(place)).folder
    except UsageError:
        if place.exists():
            return place
        raise


def _shape(weights: dict[str, Tensor], name: str) -> tuple[int, ...] | None:
    return tuple(weights[name].shape) if name in weights else None
