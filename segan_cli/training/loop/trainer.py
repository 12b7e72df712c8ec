"""The training loop: draw a batch, step, score, keep. What a step computes stands in `step` and `losses`."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import torch
from torch import Tensor

from segan_cli.errors import SeganError
from segan_cli.training.data.batches import PairSet, spread, training_batch
from segan_cli.training.data.sampler import share_of_process
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.loop.checkpoint import keep_last, mark_best, newest_step, step_path, write_checkpoint
from segan_cli.training.loop.dev_score import DevScore, dev_score
from segan_cli.training.loop.dev_sheet import draw_sheet
from segan_cli.training.loop.interrupts import Interrupts
from segan_cli.training.loop.precision import autocast
from segan_cli.training.loop.processes import Processes
from segan_cli.training.loop.schedule import ema_weight, is_adversarial, phase, progress, rate_factor
from segan_cli.training.loop.state import Adam, TrainState, pack, update_average
from segan_cli.training.loop.step import PENALTY_EVERY, discriminator_losses, generator_losses
from segan_cli.training.model.losses import named
from segan_cli.training.settings import TrainSettings

log = logging.getLogger(__name__)

LOG_EVERY = 20
KEEP_EVERY_S = 30.0
"""Seconds from one checkpoint to the next, however seldom scores are taken: so much a kill may cost."""
KEEP_SHARE = 0.02
"""The greatest part of the time that checkpoints by time may take; slow disks see fewer."""
SHEET_PAIRS = 8

Outcome = Literal["finished", "stopped early", "interrupted"]


@dataclass(frozen=True, slots=True)
class StepReport:
    """What a step tells whoever watches.

    Args:
        step: steps done.
        done: progress of the run, 0 to 1.
        elapsed_s: seconds of training so far.
        images_per_s: pairs a second since this session began.
        waiting: part of the time that steps waited for data.
        losses: the terms by name.
    """

    step: int
    done: float
    elapsed_s: float
    images_per_s: float
    waiting: float
    losses: dict[str, float]


class Watcher(Protocol):
    """Whoever watches a training; the command line draws its progress with one."""

    def on_step(self, report: StepReport) -> None:
        """After every few steps."""

    def on_score(self, step: int, score: DevScore, best: bool) -> None:
        """After every dev score."""

    def on_note(self, note: str) -> None:
        """When something is worth a word."""


class RunWriter(Protocol):
    """What a training writes through: the folder of its run is one.

    Args:
        path: of the run, for messages.
        checkpoints: the folder of its checkpoints.
        events: the folder of TensorBoard's files.
    """

    path: Path
    checkpoints: Path
    events: Path

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Keep the figures of a step."""

    def keep_sheet(self, step: int, sheet: Tensor) -> None:
        """Keep a picture sheet, (height, width) grey in [0, 1]."""


@dataclass(eq=False)
class Trainer:
    """A run in motion.

    Args:
        settings: resolved.
        state: fresh or unpacked from a checkpoint.
        run: what it writes through.
        train: the training pairs.
        dev: the pairs that scores look at.
        processes: this process in its group.
        watcher: told what happens; may be None.
        now: seconds on a clock that only runs forward.
    """

    settings: TrainSettings
    state: TrainState
    run: RunWriter
    train: PairSet
    dev: PairSet
    processes: Processes
    watcher: Watcher | None = None
    now: Callable[[], float] = time.monotonic
    checks_late: bool = field(init=False)
    _clock: Clock = field(init=False)
    _kept_at: float = field(init=False)
    _keeping_s: float = field(init=False, default=0.0)
    _unchecked: list[tuple[int, tuple[str, ...], Tensor]] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._clock = Clock(self.state.elapsed_s, self.now)
        self._kept_at = self.now()
        self.checks_late = self.processes.device.type == "cuda"

    def fit(self) -> Outcome:
        """Train until the budget ends, dev scores stop rising, or Ctrl-C.

        Returns:
            Why it ended; the last step's checkpoint is written in each case.

        Raises:
            SeganError: a loss is not a number, memory ran out for a single pair, or the disk is full.
        """
        try:
            return self._train()
        except OSError as error:
            raise SeganError(
                f"The run {self.run.path} cannot be written: {error.strerror or error}. Free some space and go on: "
                f"segan train --resume --out {self.run.path}"
            ) from error

    def _train(self) -> Outcome:
        outcome: Outcome = "finished"
        with Interrupts() as interrupts, _events(self) as events:
            self._clock = Clock(self.state.elapsed_s, self.now)  # what was read and opened till here is no training
            while (done := self._progress()) < 1:
                losses = self._step_that_fits(done)
                self._report(losses, done, events)
                if self.state.step % self.settings.run.score_every == 0:
                    self._score_and_keep(events)
                elif not self._unchecked and self._time_to_keep():
                    self._keep(False)
                if self._ends_early():
                    outcome = "stopped early"
                    break
                if self.processes.agree(float(interrupts.requested)):
                    outcome = "interrupted"
                    self._keep_before_the_score()
                    break
            if self.state.step % self.settings.run.score_every:
                self._score_and_keep(events)
        return outcome

    def _progress(self) -> float:
        elapsed = (
            self.processes.agree(self._clock.elapsed()) if self.settings.run.time_budget_s else self._clock.elapsed()
        )
        self.state.elapsed_s = elapsed
        return progress(self.settings.run, self.state.step, elapsed)

    def _step_that_fits(self, done: float) -> dict[str, Tensor]:
        """One step; where memory runs out, again with half the batch."""
        while True:
            try:
                return self._step(done)
            except (MemoryError, RuntimeError) as error:
                if not out_of_memory(error):
                    raise
                self._halve_batch()

    def _step(self, done: float) -> dict[str, Tensor]:
        state, settings = self.state, self.settings
        with self._clock.waiting():
            batch = self._batch()
        factor = rate_factor(settings.optimizer, state.step, done)
        adversarial = is_adversarial(settings.losses, done)
        state.networks.train()
        _train_only(state, "generators")
        with autocast(self.processes.device, settings.run.bf16):
            losses, drawn = generator_losses(state.networks, batch, settings.losses, adversarial=adversarial)
        terms = named(losses)
        self._check(terms)
        self._descend(
            state.generator_optimizer, losses.total(settings.losses), settings.optimizer.learning_rate * factor
        )
        if adversarial and state.discriminator_optimizer is not None:
            _train_only(state, "discriminators")
            with autocast(self.processes.device, settings.run.bf16):
                penalised = settings.losses.penalty > 0 and state.step % PENALTY_EVERY == 0
                judged = discriminator_losses(state.networks, batch, drawn, settings.losses, penalised=penalised)
            terms |= named(judged)
            self._check(terms)
            rate = settings.optimizer.discriminator_rate * factor
            self._descend(state.discriminator_optimizer, judged.total(settings.losses), rate)
        update_average(state.ema, state.networks.forward_generator, ema_weight(settings.optimizer, state.step))
        state.step += 1
        state.samples_seen += state.batch_size
        return terms

    def _batch(self) -> TrainBatch:
        state, processes = self.state, self.processes
        samples = share_of_process(state.samples_seen, state.batch_size, processes.rank, processes.count)
        return training_batch(self.train, samples, self.settings, processes.device)

    def _descend(self, optimizer: Adam, total: Tensor, rate: float) -> None:
        parameters = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        self.processes.average_gradients(parameters)
        if self.settings.optimizer.clip_norm:
            norm = torch.nn.utils.clip_grad_norm_(parameters, self.settings.optimizer.clip_norm)
            self._check({"gradient": norm})
        optimizer.step()

    def _check(self, terms: dict[str, Tensor]) -> None:
        """Have terms looked at: at once, on a GPU at the next report, for it would have to finish its work first to tell a number."""
        values = torch.stack([term.detach().float() for term in terms.values()])
        self._unchecked.append((self.state.step + 1, tuple(terms), values))
        if not self.checks_late:
            self._check_all()

    def _check_all(self) -> None:
        """Stop at a term that is no number; it is never patched. Nothing is kept or scored before this."""
        unchecked, self._unchecked = self._unchecked, []
        if not unchecked:
            return
        values = self.processes.average(torch.cat([values for _, _, values in unchecked])).tolist()
        names = [(step, name) for step, terms, _ in unchecked for name in terms]
        for (step, name), value in zip(names, values, strict=True):
            if not math.isfinite(value):
                raise SeganError(
                    f"Step {step}: the term {name} is {value}. The training stopped; the last good checkpoint is "
                    f"in {self.run.checkpoints}. Go on from it with a smaller learning_rate, or with a smaller λ for that term."
                )

    def _halve_batch(self) -> None:
        state, smallest = self.state, self.processes.count
        if state.batch_size // 2 < smallest or self.processes.count > 1:
            raise SeganError(
                f"Memory ran out with {state.batch_size} pairs a step. Use a smaller --batch-size, a smaller size_px or preset."
            )
        state.batch_size //= 2
        state.generator_optimizer.zero_grad()
        if self.processes.device.type == "cuda":
            torch.cuda.empty_cache()
        self._note(f"Memory ran out; going on with half the batch: {state.batch_size} pairs a step.")

    def _ends_early(self) -> bool:
        patience = self.settings.run.early_stop
        return bool(patience) and self.state.stale_scores >= patience

    def _report(self, losses: dict[str, Tensor], done: float, events: Events) -> None:
        state = self.state
        if state.step % LOG_EVERY and state.step > 1:
            return
        self._check_all()
        values = {name: float(value) for name, value in losses.items()}
        speed, waiting = self._clock.speed(state.samples_seen), self._clock.waiting_share()
        if self.processes.leads:
            figures = {**values, "images_per_s": speed, "waiting": waiting, "elapsed_s": state.elapsed_s, "done": done}
            figures["rate"] = self.settings.optimizer.learning_rate * rate_factor(
                self.settings.optimizer, state.step, done
            )
            self.run.log(state.step, figures)
            events.add(state.step, figures)
        if self.watcher is not None and self.processes.leads:
            self.watcher.on_step(StepReport(state.step, done, state.elapsed_s, speed, waiting, values))

    def _score_and_keep(self, events: Events) -> None:
        """Score the average, draw the sheet, write the checkpoint; the first process alone writes."""
        state = self.state
        self._check_all()
        if self.processes.leads:
            indices = spread(self.dev, self.settings.run.score_pairs)
            score = dev_score(state.ema, self.dev, indices, self.processes.device)
            best = self._is_best(score)
            state.stale_scores = 0 if best or self._phase() < state.best_phase else state.stale_scores + 1
            self._keep(best)
            self.run.log(state.step, score.as_dict())
            events.add(state.step, score.as_dict())
            self._sheet(events)
            if self.watcher is not None:
                self.watcher.on_score(state.step, score, best)
        state.best_iou = self.processes.agree(state.best_iou)
        state.stale_scores = int(self.processes.agree(state.stale_scores))

    def _time_to_keep(self) -> bool:
        """Whether it is long since the last checkpoint; the first process alone writes."""
        wait = max(KEEP_EVERY_S, self._keeping_s / KEEP_SHARE)
        return self.processes.leads and self.now() - self._kept_at >= wait

    def _keep_before_the_score(self) -> None:
        """Who asked a training to end (docker, SLURM) may kill it seconds later, while it is scored for the last time."""
        self._check_all()
        if self.processes.leads:
            self._keep(False)

    def _is_best(self, score: DevScore) -> bool:
        """Whether this is the best average so far.

        A later phase of the run beats an earlier one whatever its score: blurred ink overlaps well and is no brush stroke.
        Within a phase none takes the place of a higher score, not even after more time was given.
        """
        state, now = self.state, self._phase()
        best = (now, score.iou) > (state.best_phase, state.best_iou)
        if best:
            state.best_phase, state.best_iou = now, score.iou
        return best

    def _phase(self) -> int:
        return phase(self.settings.losses, progress(self.settings.run, self.state.step, self.state.elapsed_s))

    def _keep(self, best: bool) -> None:
        state = self.state
        state.elapsed_s = self._clock.elapsed()
        path, begun = step_path(self.run.checkpoints, state.step), self.now()
        try:
            write_checkpoint(path, *pack(state))
            if best:
                mark_best(self.run.checkpoints, state.step)
            keep_last(self.run.checkpoints)
        except OSError as error:
            before = newest_step(self.run.checkpoints)
            begins = "at its beginning: there is no earlier checkpoint" if before is None else f"after step {before}"
            raise SeganError(
                f"The checkpoint of step {state.step} could not be written to {self.run.checkpoints}: {error.strerror or error}. "
                f"Free some space and go on: segan train --resume --out {self.run.path} (it goes on {begins})."
            ) from error
        self._kept_at = self.now()
        self._keeping_s = self._kept_at - begun

    def _sheet(self, events: Events) -> None:
        indices = spread(self.dev, min(SHEET_PAIRS, self.settings.run.score_pairs))
        device, heatmaps = self.processes.device, self.settings.run.heatmaps
        sheet = draw_sheet(self.state.ema, self.dev, indices, device, heatmaps=heatmaps)
        self.run.keep_sheet(self.state.step, sheet)
        events.add_picture(self.state.step, sheet)

    def _note(self, note: str) -> None:
        log.warning(note)
        if self.watcher is not None:
            self.watcher.on_note(note)


class Clock:
    """Seconds of training over all sessions, and the part of them that steps waited for data."""

    def __init__(self, before_s: float, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self.before_s, self.begun, self.waited_s = before_s, now(), 0.0
        self.first_samples: int | None = None
        self.first_time = self.begun

    def elapsed(self) -> float:
        """Seconds of training, those of earlier sessions too."""
        return self.before_s + self.now() - self.begun

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Time that counts as waiting for data."""
        start = self.now()
        yield
        self.waited_s += self.now() - start

    def waiting_share(self) -> float:
        """The part of this session that steps waited for data."""
        return self.waited_s / max(self.now() - self.begun, 1e-9)

    def speed(self, samples: int) -> float:
        """Pairs a second in this session."""
        if self.first_samples is None:
            self.first_samples, self.first_time = samples, self.now()
            return 0.0
        return (samples - self.first_samples) / max(self.now() - self.first_time, 1e-9)


class Events:
    """TensorBoard's event files; silent where the package is not installed."""

    def __init__(self, trainer: Trainer) -> None:
        self.writer = None
        if trainer.processes.leads:
            try:
                from torch.utils.tensorboard.writer import SummaryWriter
            except ImportError:
                return
            self.writer = SummaryWriter(str(trainer.run.events), purge_step=trainer.state.step + 1)

    def add(self, step: int, values: dict[str, float]) -> None:
        """Add figures."""
        if self.writer is not None:
            for name, value in values.items():
                self.writer.add_scalar(name, value, step)

    def add_picture(self, step: int, picture: Tensor) -> None:
        """Add a grey picture, (height, width) in [0, 1]."""
        if self.writer is not None:
            self.writer.add_image("sheet", picture, step, dataformats="HW")

    def close(self) -> None:
        """Write what is left."""
        if self.writer is not None:
            self.writer.close()


@contextmanager
def _events(trainer: Trainer) -> Iterator[Events]:
    events = Events(trainer)
    try:
        yield events
    finally:
        events.close()


def _train_only(state: TrainState, side: Literal["generators", "discriminators"]) -> None:
    """Let gradients reach one side's weights only; they still flow through the other."""
    for parameter in state.generator_parameters():
        parameter.requires_grad_(side == "generators")
    for parameter in state.discriminator_parameters():
        parameter.requires_grad_(side == "discriminators")


def out_of_memory(error: Exception) -> bool:
    """Whether an error says that memory ran out, on the CPU or on a GPU."""
    words = str(error)
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in words
