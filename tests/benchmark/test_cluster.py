"""Rows that two workers of a local cluster train, draw and score are those of one process; given up, they are kept and go on."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from segan_cli.benchmark.cluster import MetricsWish, _row_in_worker
from segan_cli.benchmark.rows import BenchmarkPlan, row_folder
from segan_cli.files.locks import LOCK_FILE
from segan_cli.source.source_font import open_source_font
from segan_cli.training.run.session import Hand
from segan_cli.training.settings import load_train_settings
from tests.benchmark.test_rows import words

if TYPE_CHECKING:
    from distributed import Client

ROWS = ("zi2zi", "SE-GAN w/o D_s")

pytestmark = [pytest.mark.tools, pytest.mark.timeout(900)]  # two more processes load torch, on whatever machine


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """Two workers on this machine, a process each."""
    distributed = pytest.importorskip("distributed", reason='needs the extra: pip install "segan[cluster]"')
    monkeypatch.setenv("SEGAN_CACHE", str(tmp_path / "cache"))
    with (
        distributed.LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
            local_directory=str(tmp_path / "dask"),
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        client.run(_judge_nobody)
        yield client


def _judge_nobody() -> None:
    from segan_cli.benchmark import cluster
    from segan_cli.evaluation.evaluate import Metrics

    cluster.open_metrics = lambda **given: (Metrics(), ())


def _is_seeded() -> bool:
    """Whether this process trained: torch's own seed is larger than any setting's."""
    import torch

    return torch.random.initial_seed() < 2**32


def test_two_workers_fill_the_table_that_one_process_does(
    client: Client, hand: Path, tmp_path: Path, segan: Callable[..., Any]
) -> None:
    alone, many = tmp_path / "alone", tmp_path / "many"
    rows = ("--rows", ",".join(ROWS))
    assert segan(*words(hand, alone, *rows)).code == 0
    run = segan(*words(hand, many, *rows, "--cluster", client.scheduler.address))
    assert run.code == 0, run.err
    assert run.out.strip() == str(many / "benchmark.md")
    assert (many / "benchmark.md").read_text() == (alone / "benchmark.md").read_text()
    assert json.loads((many / "benchmark.json").read_text()) == json.loads((alone / "benchmark.json").read_text())
    drawn = sorted(file.relative_to(alone) for file in alone.rglob("U+*.png"))
    assert drawn and all(np.array_equal(_pixels(alone / file), _pixels(many / file)) for file in drawn)
    assert not list(many.rglob(".segan-*"))
    assert all(client.run(_is_seeded).values()), "each worker trained"
    stamps = {file: file.stat().st_mtime_ns for file in many.rglob("result.json")}
    assert segan(*words(hand, many, *rows, "--cluster", client.scheduler.address)).code == 0
    assert stamps == {file: file.stat().st_mtime_ns for file in many.rglob("result.json")}, "nothing is trained twice"


def test_a_row_that_nobody_waits_for_ends_between_two_steps_and_is_kept(
    client: Client, hand: Path, tmp_path: Path
) -> None:
    settings = load_train_settings(str(hand.parent / "tiny.toml"), {"steps": 10**6, "time_budget_s": 0.0})
    font = open_source_font(hand.parent / "kai.ttf")
    for row, kept in (("zi2zi", "checkpoints"), ("SE-GAN w/o D_s", "run/checkpoints")):
        mine = Hand("mine", hand)
        plan = BenchmarkPlan((mine,), tmp_path / "out", settings, font, (row,), baseline_channels=16)
        folder = row_folder(plan, "mine", row)
        future = client.submit(_row_in_worker, plan, mine, row, MetricsWish(), pure=False)
        _until(lambda: any((folder / kept).glob("*.safetensors")))  # noqa: B023
        future.release()
        _until(lambda: not (folder / LOCK_FILE).exists())  # noqa: B023
        steps = max(int(file.stem[5:]) for file in (folder / kept).glob("step-*.safetensors"))
        assert steps > 0 and not (folder / "result.json").exists()
        enough = dataclasses.replace(plan, settings=settings.changed(steps=steps + 1))
        if row == "zi2zi":  # a run keeps its settings
            assert (
                client.submit(_row_in_worker, enough, mine, row, MetricsWish(), pure=False).result().steps == steps + 1
            )


def _until(true: Callable[[], bool]) -> None:
    while not true():
        time.sleep(0.1)


def test_a_cluster_that_is_not_there_is_one_sentence(
    hand: Path, tmp_path: Path, segan: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("segan_cli.benchmark.cluster.ANSWERS_WITHIN_S", 0.5)
    run = segan(*words(hand, tmp_path / "out", "--rows", "zi2zi", "--cluster", "tcp://127.0.0.1:1"))
    assert run.code == 1 and "No Dask scheduler answers at tcp://127.0.0.1:1" in run.err
    for none in ("0", "-2", "", "99999999"):
        run = segan(*words(hand, tmp_path / "out", "--rows", "zi2zi", f"--cluster={none}"))
        assert (
            run.code == 2
            and f"--cluster is {none!r}; it is a scheduler's address (tcp://HOST:8786), or 1 to" in run.err
        )
    assert not list(tmp_path.rglob("zi2zi"))


def _pixels(file: Path) -> np.ndarray:
    return np.asarray(Image.open(file))
