"""A training from the outside: begin a run, or go on with one, from what a person says."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from segan_cli.errors import SeganError, UsageError
from segan_cli.generator.manifest import STYLE_NAMES, is_style_name
from segan_cli.glyph import Frame
from segan_cli.source.source_font import SourceFont, open_source_font
from segan_cli.training.data.batches import PairSet, pair_set
from segan_cli.training.data.dataset import HandPairs, check_enough, load_pairs
from segan_cli.training.data.hand_pack import is_pack, read_pack
from segan_cli.training.data.reviewed import join_reviewed, put_by
from segan_cli.training.loop.checkpoint import Checkpoint, newest_checkpoint
from segan_cli.training.loop.processes import Processes
from segan_cli.training.loop.schedule import phase, progress
from segan_cli.training.loop.state import begin, unpack
from segan_cli.training.loop.step import Networks
from segan_cli.training.loop.trainer import Trainer, Watcher
from segan_cli.training.model.skeleton_gan import load_skeleton_generator, skeleton_generator_path
from segan_cli.training.run.run_folder import RunFolder
from segan_cli.training.run.starting_point import check_last_stages, start_from
from segan_cli.training.settings import DataSettings, TrainSettings, values_by_name

MAY_CHANGE = (
    "steps",
    "time_budget_s",
    "batch_size",
    "learning_rate",
    "discriminator_rate",
    "clip_norm",
    "score_every",
    "score_pairs",
    "early_stop",
    "heatmaps",
    "compile",
    "bf16",
)
"""Settings that a resumed run may be given anew; the others would make another run of it."""

DEVICE_SHARE = 0.5
"""The greatest part of a GPU's free memory that pairs may take."""


@dataclass(frozen=True, slots=True)
class Hand:
    """A style to learn.

    Args:
        name: of the style.
        folder: its glyph folder, or the archive of `segan dataset pack` that holds it.
        reviewed: drawn folders whose glyphs a review accepted or corrected; they are learned, too.
    """

    name: str
    folder: Path
    reviewed: tuple[Path, ...] = ()


Advance = Callable[[int], None]


def load_hands(
    hands: Sequence[Hand],
    source_font: SourceFont | str | None,
    settings: TrainSettings,
    *,
    initialised: bool = False,
    advance: Advance = lambda steps: None,
) -> tuple[HandPairs, ...]:
    """The pairs of every hand.

    Args:
        hands: the styles, in the order of their index.
        source_font: the source font, or what opens it; None finds one. Archives bring their source glyphs with them.
        settings: canvas and placement.
        initialised: training starts from trained weights, which need fewer glyphs.
        advance: called with the number of glyphs read since the last call.

    Raises:
        SeganError: too few glyphs, or hands with different source fonts.
        UsageError: two hands have one name, or one that a style cannot have, or there is no such font or folder.
    """
    names = [hand.name for hand in hands]
    if len(set(names)) < len(names):
        raise UsageError(f"Every style needs a name of its own; these were given: {', '.join(names)}.")
    for name in names:
        if not is_style_name(name):
            raise UsageError(f"A style cannot be named {name!r}: {STYLE_NAMES}. Write --style OTHER-NAME=FOLDER.")
    needs_font = any(not is_pack(hand.folder) for hand in hands)
    font = source_font if isinstance(source_font, SourceFont) else open_source_font(source_font) if needs_font else None
    pairs = tuple(_hand_pairs(hand, font, settings, advance) for hand in hands)
    if len({one.source.sha256 for one in pairs}) > 1:
        raise SeganError("The hands were paired with different source fonts. Pack them again with one --source-font.")
    check_enough(pairs, initialised=initialised)
    return _never_held_out(pairs, everything=settings.data.hold_out == "none")


def _never_held_out(pairs: tuple[HandPairs, ...], *, everything: bool) -> tuple[HandPairs, ...]:
    """The hands, each learning what any of them must learn, so that no hand is scored on what another one has learned."""
    learned = frozenset().union(*(hand.chars if everything else hand.learned for hand in pairs))
    return tuple(dataclasses.replace(hand, learned=learned) for hand in pairs)


def _hand_pairs(hand: Hand, font: SourceFont | None, settings: TrainSettings, advance: Advance) -> HandPairs:
    frame = Frame(settings.data.size_px)
    fine = settings.network.draws_distances
    if font is None or is_pack(hand.folder):
        if hand.reviewed:
            raise UsageError(
                f"{hand.folder} is packed, and a review's glyphs cannot join it. Unpack it first: segan dataset unpack"
            )
        return read_pack(hand.folder, hand.name, frame, fine=fine)
    pairs = load_pairs(
        hand.name, hand.folder, font, frame, match_hand=settings.data.match_hand, fine=fine, advance=advance
    )
    for place in hand.reviewed:
        kept, times = put_by(place, pairs.chars, settings.data.corrected_weight), settings.data.corrected_weight
        reviewed = load_pairs(hand.name, kept, font, frame, fine=fine, placement=pairs.placement, advance=advance)
        pairs = join_reviewed(pairs, reviewed, kept, times)
    return pairs


def hands_of_run(run: RunFolder) -> list[Hand]:
    """The hands of a run, with what it put by of their reviews."""
    return [
        Hand(style["name"], Path(style["folder"]), tuple(run.path / place for place in style.get("reviewed", ())))
        for style in run.split()["styles"]
    ]


def begin_run(
    path: Path,
    settings: TrainSettings,
    hands: Sequence[Hand],
    pairs: tuple[HandPairs, ...],
    processes: Processes,
    *,
    init: Path | None = None,
    watcher: Watcher | None = None,
) -> Trainer:
    """Begin a run.

    Args:
        path: its folder.
        settings: resolved.
        hands: names and folders.
        pairs: of each hand, from `load_hands`.
        processes: this process in its group.
        init: a run or checkpoint whose weights to start from.
        watcher: told what happens.

    Raises:
        UsageError: the folder holds a run, or only the last stages should learn and `init` lacks them.
        SeganError: SG is needed and not there, or `init` does not fit.
    """
    check_last_stages(settings, init)
    skeleton_generator = _skeleton_generator(settings)
    state = begin(settings, len(pairs), skeleton_generator, processes.device)
    if init is not None:
        start_from(state, init, settings, [hand.name for hand in pairs])
    if processes.leads:
        more = {"init": str(init) if init else None, "skeleton_generator": _skeleton_hash(settings)}
        RunFolder.create(path, settings, pairs, [hand.folder for hand in hands], more)
    processes.wait()
    return _trainer(settings, state, RunFolder.open(path), pairs, processes, watcher)


def resume_run(
    path: Path,
    changes: Mapping[str, Any],
    processes: Processes,
    *,
    watcher: Watcher | None = None,
    advance: Advance = lambda steps: None,
) -> Trainer:
    """Go on with a run where its newest whole checkpoint stands; everything else comes from its folder.

    Args:
        path: the run's folder.
        changes: settings given anew, by name; see `MAY_CHANGE`. None means "not given".
        processes: this process in its group.
        watcher: told what happens.
        advance: called with the number of glyphs read since the last call.

    Raises:
        UsageError: no run there, or a setting that must stay.
        SeganError: glyphs, source font or SG changed since the run began.
    """
    run = RunFolder.open(path)
    checkpoint = newest_checkpoint(run.checkpoints)
    changes = values_by_name(changes)
    settings = _changed(run.settings(), _with_more_time(changes, checkpoint))
    split = run.split()
    hands = hands_of_run(run)
    pairs = load_hands(hands, split["source_font"]["spec"], settings, initialised=True, advance=advance)
    run.check_unchanged(pairs)
    if split.get("skeleton_generator") != _skeleton_hash(settings):
        raise SeganError(
            f"The skeleton generator changed since {path} began. Put it back, or begin a new run: --init {path} --out OTHER"
        )
    state = begin(settings, len(pairs), _skeleton_generator(settings), processes.device)
    if checkpoint is not None:
        unpack(state, checkpoint)
        if phase(settings.losses, progress(settings.run, state.step, state.elapsed_s)) < state.best_phase:
            state.stale_scores = 0  # more time was given: it is worth waiting for
        state.batch_size = changes.get("batch_size") or state.batch_size
    elif split.get("init"):
        start_from(state, Path(split["init"]), settings, [hand.name for hand in hands])
    processes.wait()
    if processes.leads:
        run.write_settings(settings)
        run.forget_after(state.step)
    return _trainer(settings, state, run, pairs, processes, watcher)


def dev_pairs(pairs: Sequence[HandPairs], settings: DataSettings) -> PairSet:
    """The pairs that scores look at: the dev part, or the training part of a folder so small that it has none."""
    dev = pair_set(pairs, "dev", settings.split_seed)
    return dev if len(dev) else pair_set(pairs, "train", settings.split_seed)


def _trainer(
    settings: TrainSettings,
    state: Any,
    run: RunFolder,
    pairs: tuple[HandPairs, ...],
    processes: Processes,
    watcher: Watcher | None,
) -> Trainer:
    train = pair_set(pairs, "train", settings.data.split_seed)
    if settings.optimizer.batch_size % processes.count:
        raise UsageError(
            f"The batch of {settings.optimizer.batch_size} pairs cannot be shared by {processes.count} processes. "
            f"Use --batch-size {processes.count * -(-settings.optimizer.batch_size // processes.count)}."
        )
    if settings.run.compile:
        compile_networks(state.networks, processes.device)
    if fits_on_device(train, processes.device):
        train = train.on_device(processes.device)
    return Trainer(settings, state, run, train, dev_pairs(pairs, settings.data), processes, watcher)


def compile_networks(networks: Networks, device: torch.device) -> None:
    """Have torch compile the networks on a GPU, but for the discriminator of edges: its gradient penalty is differentiated twice, which
    compiled code is not. Nothing on a CPU, whose steps are as long uncompiled."""
    if device.type == "cuda":
        for part in (*networks.generators(), *networks.discriminators()):
            if part is not networks.edge_discriminator:
                part.compile()


def fits_on_device(pairs: PairSet, device: torch.device) -> bool:
    """Whether a GPU's free memory holds the pairs and leaves at least half of it to the training."""
    if device.type != "cuda":
        return False
    free, _ = torch.cuda.mem_get_info(device)
    return pairs.nbytes() <= free * DEVICE_SHARE


def _with_more_time(changes: Mapping[str, Any], checkpoint: Checkpoint | None) -> dict[str, Any]:
    """The changes, with a time budget counted from where the run stands."""
    budget, done = changes.get("time_budget_s"), checkpoint.metadata.get("elapsed_s", 0.0) if checkpoint else 0.0
    return dict(changes) | ({"time_budget_s": budget + done} if budget else {})


def _changed(settings: TrainSettings, changes: Mapping[str, Any]) -> TrainSettings:
    before = settings.by_name()
    wanted = {name: value for name, value in changes.items() if value != before[name]}
    fixed = sorted(set(wanted) - set(MAY_CHANGE))
    if fixed:
        raise UsageError(
            f"A resumed run keeps its {', '.join(fixed)}. It may be given anew: {', '.join(MAY_CHANGE)}. "
            "To change the rest, begin a new run with --init."
        )
    return settings.changed(**wanted)


def _skeleton_generator(settings: TrainSettings) -> nn.Module | None:
    return load_skeleton_generator(skeleton_generator_path()) if settings.needs_skeleton_generator else None


def _skeleton_hash(settings: TrainSettings) -> str | None:
    if not settings.needs_skeleton_generator:
        return None
    return hashlib.sha256(skeleton_generator_path().read_bytes()).hexdigest()
