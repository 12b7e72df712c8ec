"""The paper's Table 1, filled on open hands: every row trained on the same pairs for the same time, then measured.

Every finished row is kept; a benchmark that was interrupted goes on where it was, inside a row, too.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from segan_cli.benchmark.baselines.fitting import BASELINES, BaselineFit
from segan_cli.benchmark.row_ink import compare_outlines, hands_taken_for
from segan_cli.drawing.postprocess import finish
from segan_cli.errors import UsageError, did_you_mean
from segan_cli.evaluation.evaluate import Inks, Metrics, choose_chars, evaluate
from segan_cli.evaluation.subject import read_inks
from segan_cli.evaluation.table import as_values, plain_values
from segan_cli.files.documents import cause_of, read_json
from segan_cli.files.locks import folder_lock
from segan_cli.files.writing import check_apart, real_path, safe_name, write_json
from segan_cli.glyph import Frame, GlyphRaster, Ink
from segan_cli.source.glyph_folder import scan_glyph_folder, write_frame, write_glyph
from segan_cli.source.source_font import SourceFont
from segan_cli.training.data.batches import PairSet, pair_set
from segan_cli.training.data.dataset import TARGET, HandPairs
from segan_cli.training.loop.dev_score import draw_pairs
from segan_cli.training.loop.processes import Processes
from segan_cli.training.loop.trainer import StepReport, Trainer
from segan_cli.training.model.skeleton_gan import load_skeleton_generator, skeleton_generator_path
from segan_cli.training.run.run_folder import is_run
from segan_cli.training.run.session import Hand, begin_run, load_hands, resume_run
from segan_cli.training.settings import TrainSettings, recorded_settings

RESULT = "result.json"
SEGAN_ROWS: dict[str, dict[str, Any]] = {
    "SE-GAN": {},
    "SE-GAN w/o E_s": {"skeleton_encoder": False, "attention": "sram"},
    "SE-GAN w/o D_s": {"skeleton_discriminator": False},
}
"""The settings that make a row of SE-GAN, on top of the benchmark's."""

SOURCE = "source font"
"""A row that trains nothing: the source's glyphs as they are. A recogniser reads them best of all, so accuracy alone
proves nothing; a method that copies its source shows by having this row's figures."""

ROWS = (SOURCE, *BASELINES, *SEGAN_ROWS)
FULL: dict[str, Any] = {
    "skeleton_discriminator": True,
    "skeleton_encoder": True,
    "attention": "sram+cram",
    "early_stop": 0,
}
"""What the ablations take away must be there in the full row, whatever the preset leaves out for speed."""


@dataclass(frozen=True)
class BenchmarkPlan:
    """What a benchmark does.

    Args:
        hands: the styles.
        out: its folder.
        settings: of every row: batch, time, rates; SE-GAN's rows take its losses from it, the baselines have their own.
        font: the source font.
        rows: names out of `ROWS`.
        count: test characters at most; 0 takes all.
        device: a torch device.
        baseline_channels: channels of the baselines' first layer. At their published width of 64, CycleGAN and its like make a
            dozen steps in twenty minutes of one core, which would measure the clock and not the method.
        finish: finish every row's pictures as `segan generate` does; a font holds no grey.
    """

    hands: tuple[Hand, ...]
    out: Path
    settings: TrainSettings
    font: SourceFont
    rows: tuple[str, ...] = ROWS
    count: int = 140
    device: str = "cpu"
    baseline_channels: int = 64
    finish: bool = True


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row for one style.

    Args:
        style: the hand.
        row: the method.
        steps: steps trained.
        values: the evaluation, as `table.as_values` gives it.
        glyphs: folder of the drawn test glyphs.
    """

    style: str
    row: str
    steps: int
    values: dict[str, Any]
    glyphs: Path


@dataclass(frozen=True)
class StyleData:
    """One hand's pairs and the test characters that are measured."""

    hand: Hand
    pairs: HandPairs
    train: PairSet
    test: PairSet
    chosen: tuple[int, ...]
    split_seed: int

    @property
    def chars(self) -> tuple[str, ...]:
        """The test characters."""
        return tuple(self.test.char(index) for index in self.chosen)

    def plane(self, number: int) -> dict[str, Ink]:
        """Pictures of the test characters: 0 the source, 2 the hand's own."""
        pictures = self.test.pictures(list(self.chosen))[0][:, number].numpy().astype(np.float32) / np.float32(255)
        return dict(zip(self.chars, pictures, strict=True))

    def more_real(self) -> list[Ink]:
        """Other glyphs of the hand, as many as test characters: what the distance's floor is measured on."""
        rest = self.pairs.rows("train", self.split_seed)[: len(self.chosen)]
        return [self.pairs.pictures[row, TARGET].numpy().astype(np.float32) / np.float32(255) for row in rest]


@dataclass(eq=False)
class Watch:
    """Tells whoever watches how far a row is: its name and 0 to 1."""

    told: Callable[[str, float], None]
    row: str = ""

    def on_step(self, report: StepReport) -> None:
        """From the trainer."""
        self.told(self.row, report.done)

    def on_score(self, step: int, score: object, best: bool) -> None:
        """Dev scores are in the run's own folder."""

    def on_note(self, note: str) -> None:
        """The trainer logs it, too."""


class InterruptedRowError(KeyboardInterrupt):
    """Ctrl-C between two steps of a row; its checkpoint is written."""


def baseline_width(wish: int | None, device: str) -> int:
    """Channels of the baselines' first layer: as published, or on a CPU as many as it can train.

    Raises:
        UsageError: what was asked for is no multiple of 8.
    """
    if wish is None:
        return 16 if device == "cpu" else 64
    if wish % 8:
        raise UsageError(f"--baseline-channels {wish}: it must be a multiple of 8.")
    return wish


def check_rows(names: Sequence[str]) -> tuple[str, ...]:
    """The rows by name, in the table's order.

    Raises:
        UsageError: there is no such row.
    """
    for name in names:
        if name not in ROWS:
            raise UsageError(f"There is no row {name!r}; the rows are {', '.join(ROWS)}.{did_you_mean(name, ROWS)}")
    return tuple(row for row in ROWS if row in names) if names else ROWS


def benchmark(
    plan: BenchmarkPlan, metrics: Metrics, told: Callable[[str, float], None] = lambda row, done: None
) -> Iterator[RowResult]:
    """Train and measure every row of every style; a row that is finished already is read back.

    Args:
        plan: what to do.
        metrics: who measures.
        told: told the row and its progress.

    Yields:
        Each row as it is finished.

    Raises:
        UsageError: the folder holds a benchmark of other settings.
        SeganError: a training failed; the rows before it are kept.
    """
    check_plan(plan)
    for hand in plan.hands:
        data = functools.cache(functools.partial(style_data, plan, hand))
        for row in plan.rows:
            yield finished_row(plan, hand, row, data, metrics, told)


def check_plan(plan: BenchmarkPlan) -> None:
    """Find out before the first row what would stop a later one.

    Raises:
        UsageError: the folder holds a benchmark of other settings, or is a hand's own; two hands have one name, or one that no
            folder can have.
        SeganError: a row needs the skeleton generator, and it is not there.
    """
    _check_hands(plan)
    _check_skeleton_generator(plan)
    _same_conditions(plan)


def finished_row(
    plan: BenchmarkPlan,
    hand: Hand,
    row: str,
    data: Callable[[], StyleData],
    metrics: Metrics,
    told: Callable[[str, float], None] = lambda row, done: None,
) -> RowResult:
    """Train and measure one row, or read it back; one process at a time is in its folder.

    Args:
        plan: the benchmark.
        hand: its style.
        row: one of `ROWS`.
        data: gives the hand's pairs; asked only where the row is not finished.
        metrics: who measures.
        told: told the row and its progress.

    Raises:
        InUseError: another process is at this row.
        InterruptedRowError: Ctrl-C; the row goes on from its checkpoint.
        SeganError: the training failed.
    """
    folder = row_folder(plan, hand.name, row)
    if not (folder / RESULT).is_file():
        found = data()
        with folder_lock(folder, "segan benchmark"):
            if not (folder / RESULT).is_file():
                _one_row(plan, found, row, folder, metrics, told)
    return read_row(folder)


def style_data(plan: BenchmarkPlan, hand: Hand) -> StyleData:
    """A hand's pairs; the test part is held out from every row.

    Raises:
        UsageError: fewer than two test characters.
    """
    settings = plan.settings
    (pairs,) = load_hands([hand], plan.font.spec, settings)
    train, test = (pair_set([pairs], part, settings.data.split_seed) for part in ("train", "test"))
    index_of = {test.char(index): index for index in range(len(test))}
    chars = choose_chars(tuple(index_of), tuple(index_of), plan.count, seed=settings.data.split_seed)
    chosen = tuple(index_of[char] for char in chars)
    return StyleData(hand, pairs, train, test, chosen, settings.data.split_seed)


def row_folder(plan: BenchmarkPlan, style: str, row: str) -> Path:
    """Where a row's training, its glyphs and its result lie."""
    return plan.out / style / re.sub(r"[^a-z0-9]+", "-", row.lower().replace("w/o", "without")).strip("-")


def read_row(folder: Path) -> RowResult:
    """A finished row.

    Raises:
        UsageError: its result is damaged.
    """
    try:
        record = read_json(folder / RESULT)
        return RowResult(record["style"], record["row"], record["steps"], record["values"], folder / "glyphs")
    except (OSError, UsageError, KeyError, TypeError) as error:
        raise UsageError(
            f"{folder / RESULT} is damaged ({cause_of(error, folder / RESULT)}). Delete it to have the row measured again."
        ) from error


def read_glyphs(folder: Path, frame: Frame) -> dict[str, Ink]:
    """A row's drawn glyphs; paper for one of which nothing was left."""
    found = scan_glyph_folder(folder)
    paper = np.zeros((frame.size_px, frame.size_px), np.float32)
    return dict.fromkeys(found.chars, paper) | read_inks(found, found.chars, frame)


def _one_row(
    plan: BenchmarkPlan, data: StyleData, row: str, folder: Path, metrics: Metrics, told: Callable[[str, float], None]
) -> None:
    told(f"{data.hand.name}, {row}", 0.0)
    watch = Watch(told, f"{data.hand.name}, {row}")
    drawn: Inks
    if row == SOURCE:
        drawn, steps = data.plane(0), 0
    else:
        drawn, steps = (_baseline_row if row in BASELINES else _segan_row)(plan, data, row, folder, watch)
    if plan.finish:
        drawn = {char: finish(ink) for char, ink in drawn.items()}
    frame = Frame(plan.settings.data.size_px)
    write_frame(frame, folder / "glyphs")
    for char, ink in drawn.items():
        write_glyph(GlyphRaster(char, ink, frame), folder / "glyphs")
    found = evaluate(drawn, data.plane(2), metrics, more_real=data.more_real())
    record = {
        "style": data.hand.name,
        "row": row,
        "steps": steps,
        "values": as_values(found) | _ink(plan, data, folder, metrics),
    }
    write_json(folder / RESULT, record)


def _ink(plan: BenchmarkPlan, data: StyleData, folder: Path, metrics: Metrics) -> dict[str, Any]:
    """What the row's glyphs are worth as ink: `brush` of their outlines, `hands` that they are taken for."""
    glyphs, extractor = folder / "glyphs", metrics.extractors.get("FD-lite0")
    hands = tuple((hand.name, hand.folder) for hand in plan.hands)
    return {
        "brush": plain_values(compare_outlines(glyphs, data.hand.folder, data.chars, extractor)),
        "hands": hands_taken_for(hands, data.split_seed, data.hand.name, glyphs, data.chars, extractor),
    }


def _baseline_row(plan: BenchmarkPlan, data: StyleData, row: str, folder: Path, watch: Watch) -> tuple[Inks, int]:
    settings = plan.settings.changed(base_channels=plan.baseline_channels)
    fit = BaselineFit(row, settings, data.train, folder / "checkpoints", torch.device(plan.device))
    if fit.fit(lambda done: watch.told(watch.row, done)) == "interrupted":
        raise InterruptedRowError
    return dict(zip(data.chars, fit.draw(data.test, data.chosen), strict=True)), fit.step


def _segan_row(plan: BenchmarkPlan, data: StyleData, row: str, folder: Path, watch: Watch) -> tuple[Inks, int]:
    trainer = _trainer(plan, data, row, folder / "run", watch)
    if trainer.fit() == "interrupted":
        raise InterruptedRowError
    generator = trainer.state.ema
    pictures = draw_pairs(generator, data.test, list(data.chosen), torch.device(plan.device)).clamp(0, 1).numpy()
    return dict(zip(data.chars, pictures, strict=True)), trainer.state.step


def _trainer(plan: BenchmarkPlan, data: StyleData, row: str, run: Path, watch: Watch) -> Trainer:
    processes = Processes(0, 1, torch.device(plan.device))
    if is_run(run):
        return resume_run(run, {}, processes, watcher=watch)
    settings = segan_settings(plan.settings, row)
    hand = Hand(data.hand.name, real_path(data.hand.folder))
    return begin_run(run, settings, [hand], (data.pairs,), processes, watcher=watch)


def segan_settings(settings: TrainSettings, row: str) -> TrainSettings:
    """The settings of a row of SE-GAN: the full method, less what the row leaves out."""
    return settings.changed(**(FULL | SEGAN_ROWS[row]))


def _check_hands(plan: BenchmarkPlan) -> None:
    """Each hand's rows lie in a folder of its name."""
    names = [safe_name(hand.name, "The name of a style (write NAME=FOLDER)") for hand in plan.hands]
    if len(set(names)) < len(names):
        raise UsageError(f"Every style needs a name of its own; these were given: {', '.join(names)}.")
    check_apart(plan.out, [hand.folder for hand in plan.hands])


def _check_skeleton_generator(plan: BenchmarkPlan) -> None:
    """Find out that SG is lacking before an hour of other rows, not after it."""
    rows = [row for row in plan.rows if row in SEGAN_ROWS]
    if any(segan_settings(plan.settings, row).needs_skeleton_generator for row in rows):
        load_skeleton_generator(skeleton_generator_path())


def _same_conditions(plan: BenchmarkPlan) -> None:
    """Rows of one table share their settings; a folder of others is refused."""
    record = {
        "settings": plan.settings.by_name(),
        "source_font": plan.font.sha256,
        "count": plan.count,
        "device": plan.device,
        "baseline_channels": plan.baseline_channels,
        "finish": plan.finish,
    }
    file = plan.out / "conditions.json"
    if not file.is_file():
        write_json(file, record)
        return
    try:
        before = read_json(file)
        before["settings"] = recorded_settings(before["settings"], str(file)).by_name()
    except (UsageError, KeyError, TypeError) as error:
        raise UsageError(f"{file} is damaged ({cause_of(error, file)}). Choose another --out.") from error
    if before == json.loads(json.dumps(record)):
        return
    if any(one.is_dir() for one in plan.out.iterdir()):
        raise UsageError(f"{plan.out} holds a benchmark under other conditions ({file.name}). Choose another --out.")
    write_json(file, record)  # of a call that was refused before it began a row
