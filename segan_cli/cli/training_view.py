"""What `segan train` shows: the plan, the progress, the outcome."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from segan_cli.cli.console import print_note, print_result, progress_bar
from segan_cli.errors import EXIT_INTERRUPTED, UsageError
from segan_cli.files.locks import folder_lock
from segan_cli.files.writing import check_apart, real_path, safe_name

if TYPE_CHECKING:
    from segan_cli.training.data.dataset import HandPairs
    from segan_cli.training.loop.dev_score import DevScore
    from segan_cli.training.loop.processes import Processes
    from segan_cli.training.loop.trainer import StepReport, Trainer
    from segan_cli.training.settings import TrainSettings

TypedHand = tuple[str, Path, tuple[Path, ...]]
"""Name, glyph folder and reviewed folders of a hand, as they were typed."""

LACKING_SHOWN = 40
PROBLEMS_SHOWN = 3
ENOUGH_ALONE = 1000
"""From so many glyphs on a hand is learned from scratch without a word about `--init`."""


def train_command(
    hands: list[TypedHand],
    out: Path | None,
    preset: str,
    source_font: str | None,
    init: Path | None,
    resume: bool,
    flags: dict[str, Any],
    device: str,
    threads: int,
    dry_run: bool,
) -> None:
    """Begin or resume a run and show it; see `segan_cli.cli.train` for the words."""
    from segan_cli.training.loop.processes import join_processes, leave_processes
    from segan_cli.training.run.run_folder import RunFolder
    from segan_cli.training.settings import values_by_name

    flags = values_by_name(flags)
    processes = join_processes(device, threads)
    view = TrainingView(quiet=not processes.leads)
    if resume and out is None:
        raise UsageError("Say which run to go on with: --resume --out RUN.")
    path = out or Path("runs") / safe_name(
        "+".join(name for name, *_ in hands), "The run's folder (choose another: --out)"
    )
    try:
        if dry_run:
            _prepared(hands, preset, source_font, init, flags, processes, view)
            return
        if resume:
            RunFolder.open(path)
        else:
            check_apart(path, [folder for _, folder, *_ in hands])
        with folder_lock(path, "segan train") if processes.leads else nullcontext():
            if resume:
                trainer = _resumed(path, flags, processes, view)
            else:
                prepared = _prepared(hands, preset, source_font, init, flags, processes, view)
                trainer = _begun(path, hands, prepared, init, processes, view)
            _watch(trainer, view)
    finally:
        leave_processes()


class TrainingView:
    """A watcher that draws a live line on a terminal, and plain lines elsewhere."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.highest = -1.0
        self.progress: Any = None
        self.task: Any = None

    def note(self, words: str) -> None:
        """Say something once."""
        if not self.quiet:
            print_note(words)

    def on_note(self, note: str) -> None:
        """A word from the trainer."""
        self.note(note)

    def on_step(self, report: StepReport) -> None:
        """Move the bar."""
        if self.progress is not None:
            words = f"step {report.step}  {report.images_per_s:.1f} images/s  " + "  ".join(
                f"{name.partition('/')[2]} {value:.3f}" for name, value in report.losses.items() if value
            )
            self.progress.update(self.task, completed=report.done, words=words)

    def on_score(self, step: int, score: DevScore, best: bool) -> None:
        """Print one line a score."""
        self.note(
            f"step {step}: dev L1 {score.l1:.4f}, IoU {score.iou:.4f}, skeleton distance {score.skeleton_distance:.1f} ‰"
            + (self._best_words(score.iou) if best else "")
        )

    def _best_words(self, iou: float) -> str:
        """What is kept as the best, and why where an earlier score was higher."""
        before, self.highest = self.highest, iou
        if iou < before:
            return f"  kept from here on, in the place of the blurrier {before:.4f} before strokes settled"
        return "  best"

    def __enter__(self) -> TrainingView:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        console = Console(stderr=True)
        if console.is_terminal and not self.quiet:
            columns = (BarColumn(20), TaskProgressColumn(), TimeRemainingColumn(), TextColumn("{task.fields[words]}"))
            self.progress = Progress(*columns, console=console, transient=True)
            self.task = self.progress.add_task("training", total=1.0, words="")
            self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.progress is not None:
            self.progress.stop()
            self.progress = None


def _prepared(
    hands: list[TypedHand],
    preset: str,
    source_font: str | None,
    init: Path | None,
    flags: dict[str, Any],
    processes: Processes,
    view: TrainingView,
) -> tuple[TrainSettings, tuple[HandPairs, ...]]:
    from segan_cli.training.loop.estimate import estimate
    from segan_cli.training.run.session import Hand, load_hands
    from segan_cli.training.run.starting_point import check_last_stages, check_start, draws_distances
    from segan_cli.training.settings import DISTANCE_PRESET, PLAIN_PRESET, load_train_settings

    if init is not None:
        check_start(init)
        if preset == PLAIN_PRESET and draws_distances(init):
            preset = DISTANCE_PRESET
            view.note(f"{init} draws distances: the preset is {preset}, in the place of {PLAIN_PRESET}.")
    settings = load_train_settings(preset, flags)
    check_last_stages(settings, init)
    with progress_bar("pairs", sum(len(_files(folder)) for _, folder, _ in hands)) as advance:
        pairs = load_hands(
            [Hand(*words) for words in hands],
            source_font,
            settings,
            initialised=init is not None,
            advance=advance,
        )
    for hand in pairs:
        view.note(_hand_words(hand))
        if hand.reviewed:
            view.note(_review_words(hand))
        if init is None and len(hand.chars) < ENOUGH_ALONE:
            view.note(
                f"From scratch, {len(hand.chars):,} glyphs are few. Begin from the shipped hand nearest to yours (--init); segan "
                "match says which that is."
            )
    if settings.data.hold_out == "none":
        view.note("Nothing is held out: its scores are of characters that it learns from, and say little of new ones.")
    for line in estimate(settings, pairs, processes.device, processes.count).lines():
        view.note(line)
    return settings, pairs


def _begun(
    path: Path,
    hands: list[TypedHand],
    prepared: tuple[TrainSettings, tuple[HandPairs, ...]],
    init: Path | None,
    processes: Any,
    view: TrainingView,
) -> Trainer:
    from segan_cli.training.run.session import Hand, begin_run

    settings, pairs = prepared
    named = [Hand(name, real_path(folder), reviewed) for name, folder, reviewed in hands]
    return begin_run(path, settings, named, pairs, processes, init=init, watcher=view)


def _resumed(path: Path, flags: dict[str, Any], processes: Any, view: TrainingView) -> Trainer:
    from segan_cli.training.run.session import resume_run

    trainer = resume_run(path, flags, processes, watcher=view)
    more = flags.get("time_budget_s")
    rest = f" {more / 60:.1f} minutes more are to come." if more else ""
    view.note(
        f"Going on after step {trainer.state.step}, {trainer.state.elapsed_s / 60:.1f} minutes of training.{rest}"
    )
    return trainer


def _watch(trainer: Trainer, view: TrainingView) -> None:
    with view:
        outcome = trainer.fit()
    path = trainer.run.path
    if outcome == "interrupted":
        view.note(
            f"Stopped after step {trainer.state.step}; everything is kept. Go on: segan train --resume --out {path}"
        )
        raise typer.Exit(EXIT_INTERRUPTED)
    view.note(f"Training {outcome}: {trainer.state.step} steps, best dev IoU {trainer.state.best_iou:.4f}.")
    if not view.quiet:
        print_result(str(path))


def _hand_words(hand: HandPairs) -> str:
    placed, family = hand.placement, hand.source.family
    words = f"{hand.name}: {len(hand.chars)} pairs; {family} at {placed.scale:.2f} of its size, moved by {placed.dx:.0f}, {placed.dy:.0f}"
    if hand.lacking:
        shown = "".join(hand.lacking[:LACKING_SHOWN]) + ("…" if len(hand.lacking) > LACKING_SHOWN else "")
        words += f". {family} lacks {len(hand.lacking)} of its characters, which are left out: {shown}"
    if hand.problems:
        first = "; ".join(hand.problems[:PROBLEMS_SHOWN])
        words += f". Of its pictures ({len(hand.problems)} remarks; segan import FOLDER --dry-run shows all): {first}"
    return words


def _review_words(hand: HandPairs) -> str:
    often = f", each {hand.times} times as often as another" if hand.times > 1 else ""
    return (
        f"From the review: {len(hand.corrected)} glyphs written or corrected by hand{often}; {len(hand.accepted)} accepted as they "
        "were drawn. None of them is held out to score on."
    )


def _files(folder: Path) -> list[Path]:
    return list(folder.glob("*.*")) if folder.is_dir() else []
