"""The loop: exact resume, honest stops, time kept."""

from __future__ import annotations

import errno
import itertools
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from segan_cli.errors import SeganError
from segan_cli.training.data.batches import pair_set
from segan_cli.training.loop import trainer as trainer_module
from segan_cli.training.loop.checkpoint import newest_checkpoint
from segan_cli.training.loop.processes import Processes
from segan_cli.training.loop.state import TrainState, begin, pack, unpack
from segan_cli.training.loop.trainer import Trainer
from segan_cli.training.model.skeleton_gan import SkeletonGenerator
from segan_cli.training.run.run_folder import RunFolder
from segan_cli.training.settings import TrainSettings

ALONE = Processes(0, 1, torch.device("cpu"))
Make = Callable[..., TrainSettings]
MakePairs = Callable[..., Any]


def skeleton_generator(settings: TrainSettings) -> SkeletonGenerator | None:
    torch.manual_seed(5)
    return SkeletonGenerator(8, 1) if settings.needs_skeleton_generator else None


def make_trainer(
    path: Path,
    settings: TrainSettings,
    pairs: Any,
    *,
    resume: bool = False,
    watcher: Any = None,
    now: Callable[[], float] = time.monotonic,
) -> Trainer:
    run = RunFolder(path)
    for folder in (run.checkpoints, run.samples, run.events):
        folder.mkdir(parents=True, exist_ok=True)
    state = begin(settings, 1, skeleton_generator(settings), ALONE.device)
    if resume:
        checkpoint = newest_checkpoint(run.checkpoints)
        assert checkpoint is not None
        unpack(state, checkpoint)
        run.forget_after(state.step)
    train, dev = pair_set([pairs], "train", 0), pair_set([pairs], "dev", 0)
    return Trainer(settings, state, run, train, dev, ALONE, watcher, now)


def same(one: TrainState, other: TrainState) -> bool:
    (mine, words), (yours, more) = pack(one), pack(other)
    clocks = {"elapsed_s"}
    assert {key: words[key] for key in words.keys() - clocks} == {key: more[key] for key in more.keys() - clocks}
    return mine.keys() == yours.keys() and all(torch.equal(mine[name], yours[name]) for name in mine)


class StopAfter:
    """A watcher that presses Ctrl-C after a step, or sends another signal."""

    def __init__(self, step: int, kind: signal.Signals = signal.SIGINT) -> None:
        self.step, self.kind = step, kind

    def on_step(self, report: Any) -> None:
        if report.step == self.step:
            os.kill(os.getpid(), self.kind)

    def on_score(self, *_: Any) -> None: ...

    def on_note(self, note: str) -> None: ...


def test_resumed_is_bit_equal_to_straight(tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(trainer_module, "LOG_EVERY", 1)
    settings, pairs = tiny(steps=6, adversarial_from=0.3), make_pairs()
    straight = make_trainer(tmp_path / "straight", settings, pairs)
    assert straight.fit() == "finished"
    stopped = make_trainer(tmp_path / "stopped", settings, pairs, watcher=StopAfter(3))
    assert stopped.fit() == "interrupted" and stopped.state.step == 3
    torch.manual_seed(99)  # whatever happens between the sessions
    resumed = make_trainer(tmp_path / "stopped", settings, pairs, resume=True)
    assert resumed.state.step == 3
    assert resumed.fit() == "finished"
    straight.state.best_iou = resumed.state.best_iou  # the stop added a score of its own
    straight.state.stale_scores = resumed.state.stale_scores
    assert same(straight.state, resumed.state)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_whoever_is_killed_while_it_ends_has_kept_the_last_step(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: Any, name: str
) -> None:
    """docker and SLURM send SIGTERM and, seconds later, SIGKILL: here it comes while the last score is taken."""
    monkeypatch.setattr(trainer_module, "LOG_EVERY", 1)
    settings, pairs = (
        tiny(steps=6, score_every=50, cycle=False, lambda_sc=0.0, skeleton_discriminator=False),
        make_pairs(),
    )

    def killed(*_: Any) -> None:
        raise SystemExit

    kind = getattr(signal, name)
    before = signal.signal(kind, signal.SIG_DFL)  # these tests may run under nohup
    try:
        with monkeypatch.context() as patch, pytest.raises(SystemExit):
            patch.setattr(trainer_module, "dev_score", killed)
            make_trainer(tmp_path / "run", settings, pairs, watcher=StopAfter(3, kind)).fit()
    finally:
        signal.signal(kind, before)
    resumed, straight = (
        make_trainer(tmp_path / "run", settings, pairs, resume=True),
        make_trainer(tmp_path / "straight", settings, pairs),
    )
    assert resumed.state.step == 3
    assert resumed.fit() == straight.fit() == "finished"
    assert same(straight.state, resumed.state)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="Windows has no such signals")
def test_nohup_lets_a_training_outlive_its_terminal(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(trainer_module, "LOG_EVERY", 1)
    settings, pairs = tiny(steps=3, cycle=False, lambda_sc=0.0, skeleton_discriminator=False), make_pairs()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert make_trainer(tmp_path / "run", settings, pairs, watcher=StopAfter(2, signal.SIGHUP)).fit() == "finished"
    finally:
        signal.signal(signal.SIGHUP, before)


def test_metrics_of_steps_done_again_are_dropped(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(trainer_module, "LOG_EVERY", 1)
    settings, pairs = tiny(steps=4, cycle=False, lambda_sc=0.0, skeleton_discriminator=False), make_pairs()
    make_trainer(tmp_path / "run", settings, pairs).fit()
    metrics = tmp_path / "run" / "metrics.jsonl"
    with metrics.open("a") as file:
        file.write('{"step": 9, "g/pix": 1}\n{"step": 10, "torn')
    make_trainer(tmp_path / "run", settings, pairs, resume=True)
    steps = [json.loads(line)["step"] for line in metrics.read_text().splitlines()]
    assert max(steps) == 4


def test_kill_9_in_the_middle_of_a_checkpoint_loses_only_that_one(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path
) -> None:
    """A child process is killed while it writes its second checkpoint; the run goes on from the first, bit-equal."""
    settings, pairs = tiny(steps=6, cycle=False, lambda_sc=0.0, skeleton_discriminator=False), make_pairs()
    straight = make_trainer(tmp_path / "straight", settings, pairs)
    straight.fit()
    child = os.fork()
    if child == 0:  # pragma: no cover - it dies
        _die_in_the_second_checkpoint(tmp_path / "killed", settings, pairs)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    left = [path.name for path in (tmp_path / "killed" / "checkpoints").iterdir()]
    assert "step-00000002.safetensors" in left and any(name.startswith(".segan-") for name in left)
    resumed = make_trainer(tmp_path / "killed", settings, pairs, resume=True)
    assert resumed.state.step == 2
    resumed.fit()
    assert same(straight.state, resumed.state)
    assert not [path for path in (tmp_path / "killed" / "checkpoints").iterdir() if path.name.startswith(".step")]


def _die_in_the_second_checkpoint(path: Path, settings: TrainSettings, pairs: Any) -> None:
    real_sync, count = os.fsync, [0]

    def sync(handle: int) -> None:
        count[0] += 1
        if count[0] == 2:
            os.ftruncate(handle, 100)
            os.kill(os.getpid(), signal.SIGKILL)
        real_sync(handle)

    try:
        os.fsync = sync
        make_trainer(path, settings, pairs).fit()
    finally:
        os._exit(1)


@pytest.mark.parametrize("late", [False, True])
def test_a_loss_that_is_no_number_stops_with_step_and_term(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, late: bool
) -> None:
    settings = tiny(steps=6, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    trainer = make_trainer(tmp_path / "run", settings, make_pairs())
    trainer.checks_late = late  # as on a GPU
    real = trainer._batch

    def poisoned() -> Any:
        batch = real()
        if trainer.state.step == 3:
            batch.target.fill_(float("nan"))
        return batch

    trainer._batch = poisoned  # type: ignore[method-assign]
    with pytest.raises(SeganError, match=r"Step 4: the term g/pix is nan.*last good checkpoint"):
        trainer.fit()
    kept = newest_checkpoint(trainer.run.checkpoints)
    assert kept is not None and kept.metadata["step"] == 2
    assert all(torch.isfinite(value).all() for value in kept.part("networks").values())


def test_out_of_memory_halves_the_batch_and_says_so(tiny: Make, make_pairs: MakePairs, tmp_path: Path) -> None:
    settings = tiny(steps=2, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    notes: list[str] = []

    class Listener(StopAfter):
        def on_note(self, note: str) -> None:
            notes.append(note)

    trainer = make_trainer(tmp_path / "run", settings, make_pairs(), watcher=Listener(-1))
    real = trainer._batch

    def greedy() -> Any:
        if trainer.state.batch_size > 2:
            raise RuntimeError(
                "[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes."
            )
        return real()

    trainer._batch = greedy  # type: ignore[method-assign]
    assert trainer.fit() == "finished"
    assert trainer.state.batch_size == 2 and trainer.state.samples_seen == 4
    assert "half the batch: 2 pairs" in notes[0]


def test_memory_that_does_not_hold_one_pair_is_an_error(tiny: Make, make_pairs: MakePairs, tmp_path: Path) -> None:
    settings = tiny(batch_size=1, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    trainer = make_trainer(tmp_path / "run", settings, make_pairs())

    def greedy() -> Any:
        raise MemoryError

    trainer._batch = greedy  # type: ignore[method-assign]
    with pytest.raises(SeganError, match="Memory ran out with 1 pairs"):
        trainer.fit()


def test_a_full_disk_is_said_and_the_checkpoint_before_stays(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tiny(steps=6, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    trainer = make_trainer(tmp_path / "run", settings, make_pairs())
    real = os.fsync

    def full(handle: int) -> None:
        if trainer.state.step == 4:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(SeganError, match=r"step 4 could not be written.*No space left.*--resume"):
        trainer.fit()
    assert [path.name for path in sorted(trainer.run.checkpoints.iterdir())] == [
        "best.safetensors",
        "step-00000002.safetensors",
    ]


def test_early_stop_waits_for_so_many_scores(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: Any
) -> None:
    from segan_cli.training.loop.dev_score import DevScore

    monkeypatch.setattr(trainer_module, "dev_score", lambda *_: DevScore(0.1, 0.5, 0.1))
    settings = tiny(steps=100, early_stop=2, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    trainer = make_trainer(tmp_path / "run", settings, make_pairs())
    assert trainer.fit() == "stopped early" and trainer.state.step == 6


def test_a_time_budget_ends_on_time_with_the_rate_at_zero(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(trainer_module, "LOG_EVERY", 1)
    settings = tiny(time_budget_s=20.0, score_every=1000, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    clock = itertools.count(100.0, 0.25)  # a quarter of a second passes whenever somebody looks
    trainer = make_trainer(tmp_path / "run", settings, make_pairs(), now=lambda: next(clock))
    assert trainer.fit() == "finished"
    assert 120.0 <= next(clock) < 123.0
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    rates = [line["rate"] for line in lines if "rate" in line]
    assert rates[-1] < 0.3 * max(rates) and len(rates) > 2


def test_what_is_opened_before_the_first_step_takes_nothing_from_the_budget(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    settings = tiny(time_budget_s=1.0, score_every=1000, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    trainer = make_trainer(tmp_path / "run", settings, make_pairs(), now=lambda: now)
    step, opened = trainer._step, trainer_module.Events

    def slow_events(*args: Any) -> Any:
        nonlocal now
        now += 100.0
        return opened(*args)

    def slow_step(done: float) -> Any:
        nonlocal now
        now += 0.6
        return step(done)

    monkeypatch.setattr(trainer_module, "Events", slow_events)
    monkeypatch.setattr(trainer, "_step", slow_step)
    assert trainer.fit() == "finished" and trainer.state.step == 2


def test_checkpoints_come_by_time_however_seldom_scores_are_taken(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[float] = []
    now = 0.0

    def write(path: Path, *_: object) -> None:
        nonlocal now
        kept.append(now)
        now += 0.4  # what writing takes

    monkeypatch.setattr(trainer_module, "write_checkpoint", write)
    monkeypatch.setattr(trainer_module, "mark_best", lambda *_: None)
    settings = tiny(steps=40, score_every=1000, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    trainer = make_trainer(tmp_path / "run", settings, make_pairs(), now=lambda: now)
    step = trainer._step

    def slow_step(done: float) -> Any:
        nonlocal now
        now += 9.0
        return step(done)

    monkeypatch.setattr(trainer, "_step", slow_step)
    trainer.fit()
    waits = [later - before for before, later in itertools.pairwise([0.0, *kept[:-1]])]
    assert len(waits) > 5 and max(waits) <= 60
    assert 0.4 * len(kept) <= 0.02 * now


def test_a_slow_disk_sees_fewer_checkpoints(tiny: Make, make_pairs: MakePairs, tmp_path: Path) -> None:
    now = 1000.0
    trainer = make_trainer(tmp_path / "run", tiny(), make_pairs(), now=lambda: now)
    trainer._keeping_s = 3.0
    now += 149.0
    assert not trainer._time_to_keep()
    now += 2.0
    assert trainer._time_to_keep()


def test_a_full_disk_under_the_figures_says_how_to_go_on(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(RunFolder, "log", full)
    trainer = make_trainer(tmp_path / "run", tiny(steps=2), make_pairs())
    with pytest.raises(SeganError, match=r"No space left on device.*segan train --resume --out"):
        trainer.fit()


def test_a_score_of_a_later_phase_beats_an_earlier_one(
    tiny: Make, make_pairs: MakePairs, tmp_path: Path, monkeypatch: Any
) -> None:
    from segan_cli.training.loop.dev_score import DevScore

    falling = iter([0.9, 0.8, 0.5, 0.6, 0.4])
    monkeypatch.setattr(trainer_module, "dev_score", lambda *_: DevScore(0.1, next(falling), 0.1))
    settings = tiny(
        steps=5, score_every=1, adversarial_from=0.5, cycle=False, skeleton_discriminator=False, lambda_sc=0.0
    )
    trainer = make_trainer(tmp_path / "run", settings, make_pairs())
    found: list[float] = []
    monkeypatch.setattr(trainer_module, "mark_best", lambda *_: found.append(trainer.state.best_iou))
    trainer.fit()
    assert found == [0.9, 0.5, 0.6, 0.4]  # without judges, with them, with them, settled


def test_the_run_folder_explains_itself(tiny: Make, make_pairs: MakePairs, tmp_path: Path) -> None:
    from PIL import Image

    settings = tiny(steps=2, heatmaps=True, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    trainer = make_trainer(tmp_path / "run", settings, make_pairs())
    trainer.fit()
    assert list(trainer.run.events.glob("events.out.tfevents.*"))
    with Image.open(trainer.run.samples / "sheet-00000002.png") as sheet:
        assert sheet.size[1] == 6 * (32 + 8)  # source, skeleton, generated, target, SRAM, CRAM
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert {"g/pix", "images_per_s", "waiting"} <= lines[0].keys() and {"dev/iou", "dev/l1"} <= lines[-1].keys()


def test_it_learns(tiny: Make, make_pairs: MakePairs, tmp_path: Path) -> None:
    settings = tiny(steps=60, score_every=60, learning_rate=3e-3, skip_features=True, displacement=True, lambda_adv=0.0)
    settings = settings.changed(cycle=False, lambda_sc=0.0, lambda_cls=0.0, augment=0.0)
    trainer = make_trainer(tmp_path / "run", settings, make_pairs())
    from segan_cli.training.loop.dev_score import dev_score

    before = dev_score(trainer.state.ema, trainer.dev, [0, 1, 2, 3], ALONE.device)
    trainer.fit()
    after = dev_score(trainer.state.ema, trainer.dev, [0, 1, 2, 3], ALONE.device)
    assert after.l1 < 0.7 * before.l1 and after.iou > before.iou


@pytest.mark.parametrize("wanted", [True, False])
def test_every_part_of_a_step_computes_as_the_settings_say(
    tiny: Make, make_pairs: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wanted: bool
) -> None:
    from segan_cli.training.loop import trainer as loop

    found: list[bool] = []
    real = loop.autocast
    monkeypatch.setattr(loop, "autocast", lambda device, bf16: (found.append(bf16), real(device, False))[1])
    settings = tiny(steps=1, bf16=wanted, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)
    make_trainer(tmp_path / "run", settings, make_pairs()).fit()
    assert found == [wanted, wanted], "the generators' terms and the discriminators'"


def test_networks_are_compiled_on_a_gpu_alone(tiny: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    from segan_cli.training.loop.step import Networks
    from segan_cli.training.run.session import compile_networks

    compiled: list[object] = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda part: compiled.append(part))
    networks = Networks(tiny(cycle=False, lambda_sc=0.0, skeleton_discriminator=False))
    compile_networks(networks, torch.device("cpu"))
    assert not compiled
    compile_networks(networks, torch.device("cuda"))
    assert compiled == [networks.forward_generator, networks.image_discriminator]
