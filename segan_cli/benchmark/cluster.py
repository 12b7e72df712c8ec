"""The benchmark's rows on many machines, under Dask: each row is a training of its own, in a folder of its own.

All machines see the benchmark's folder, the hands and the source font under the same names. A row whose machine fails is given to
another one and goes on from its newest checkpoint. When whoever asked goes away, by Ctrl-C or a lost connection, the workers end
their rows between two steps and keep them: the same command goes on where they were.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segan_cli import __version__
from segan_cli.benchmark.rows import (
    RESULT,
    BenchmarkPlan,
    InterruptedRowError,
    RowResult,
    check_plan,
    finished_row,
    read_row,
    row_folder,
    style_data,
)
from segan_cli.errors import MissingExtraError, SeganError, UsageError
from segan_cli.evaluation.evaluate import Metrics
from segan_cli.evaluation.measuring import open_metrics
from segan_cli.files.locks import InUseError
from segan_cli.files.writing import real_path
from segan_cli.source.source_font import open_source_font
from segan_cli.training.loop.interrupts import interrupted_when
from segan_cli.training.loop.processes import join_processes
from segan_cli.training.run.session import Hand
from segan_cli.workers import core_count

if TYPE_CHECKING:
    from distributed import Client

PROGRESS = "segan-benchmark"
"""The topic under which workers tell how far their rows are."""
TELL_EVERY_S = 1.0
ANSWERS_WITHIN_S = 15.0
MOST_PROCESSES = 8
"""Here, for each processor."""
WORKERS_WITHIN_S = 60.0
FREE_WITHIN_S = 120.0
"""So long is waited for a row's folder: the worker before may be about to end, or its machine's lock to run out."""

_one_row_at_a_time = threading.Lock()
"""torch's random numbers are the process's, so rows of a worker with several threads take turns."""


@dataclass(frozen=True, slots=True)
class MetricsWish:
    """Who measures, to be opened by each worker: the arguments of `open_metrics`."""

    features: bool = True
    inception_weights: Path | None = None


@contextlib.contextmanager
def open_cluster(wish: str) -> Iterator[Client]:
    """Join a cluster, or start one on this machine.

    Args:
        wish: the scheduler's address ("tcp://head:8786"), or a number of processes to start here.

    Raises:
        MissingExtraError: Dask is not installed.
        UsageError: an empty address, no processes at all, or more than the machine carries.
        SeganError: nobody answers at the address, or there are no workers.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise MissingExtraError("--cluster", "cluster") from error
    most = MOST_PROCESSES * core_count()
    if not wish.strip() or (wish.lstrip("+-").isdecimal() and not 1 <= int(wish) <= most):
        raise UsageError(
            f"--cluster is {wish!r}; it is a scheduler's address (tcp://HOST:8786), or 1 to {most} processes here."
        )
    with contextlib.ExitStack() as open_:
        place: Any = wish
        if wish.isdecimal():
            place = open_.enter_context(
                LocalCluster(
                    n_workers=int(wish), threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1"
                )
            )
        try:
            client = open_.enter_context(Client(place, timeout=ANSWERS_WITHIN_S))
            client.wait_for_workers(1, timeout=WORKERS_WITHIN_S)
        except TimeoutError as error:
            raise SeganError(
                f"The cluster at {wish} has no workers. Start some: dask worker {wish} --nthreads 1"
            ) from error
        except (OSError, ValueError) as error:
            raise SeganError(
                f"No Dask scheduler answers at {wish}. Start one with: dask scheduler; and write its address as tcp://HOST:8786."
            ) from error
        yield client


def cluster_device(client: Client, wish: str) -> str:
    """The device that the workers train on: one kind for all rows of a table.

    Raises:
        UsageError: the workers have different devices, or another version of the program.
        SeganError: the device is not there.
    """
    found: list[tuple[str, str]] = list(client.run(_device_here, wish).values())
    versions, devices = ({one[part] for one in found} for part in (0, 1))
    if versions != {__version__}:
        raise UsageError(
            f"The workers have segan {', '.join(sorted(versions))}, and this is {__version__}. Install the same."
        )
    if len(devices) > 1:
        raise UsageError(
            f"The workers have different devices ({', '.join(sorted(devices))}), and rows of one table share theirs. Name one: --device cpu"
        )
    return devices.pop()


def benchmark_on_cluster(
    plan: BenchmarkPlan,
    client: Client,
    metrics: MetricsWish,
    told: Callable[[str, float], None] = lambda row, done: None,
) -> Iterator[RowResult]:
    """Train and measure every row of every style, as many at a time as there are workers.

    Args:
        plan: what to do.
        client: of `open_cluster`.
        metrics: who measures.
        told: told a row's name, and how many rows' worth of the unfinished ones is done.

    Yields:
        Each row as it is finished, those of earlier times first.

    Raises:
        UsageError: the folder holds a benchmark of other settings.
        SeganError: a training failed; all other rows were finished first.
    """
    from distributed import as_completed

    check_plan(plan)
    plan = _seen_from_anywhere(plan)
    rows = [(hand, row) for hand in plan.hands for row in plan.rows]
    there = [(hand, row) for hand, row in rows if (row_folder(plan, hand.name, row) / RESULT).is_file()]
    for hand, row in there:
        yield read_row(row_folder(plan, hand.name, row))
    progress = _Progress(told)
    client.subscribe_topic(PROGRESS, progress.hear)
    futures = {
        client.submit(_row_in_worker, plan, hand, row, metrics, pure=False): f"{hand.name}, {row}"
        for hand, row in rows
        if (hand, row) not in there
    }
    failed: list[SeganError] = []
    for future in as_completed(list(futures)):
        progress.forget(futures[future])
        try:
            yield _result(future, futures[future])
        except SeganError as error:
            failed.append(error)
    client.unsubscribe_topic(PROGRESS)
    if failed:
        raise failed[0]


class _Progress:
    """Adds up what the workers tell."""

    def __init__(self, told: Callable[[str, float], None]) -> None:
        self._told, self._done = told, dict[str, float]()
        self._finished: set[str] = set()

    def hear(self, event: tuple[float, Any]) -> None:
        row, done = event[1]
        if row not in self._finished:
            self._done[row] = done
            self._told(row, sum(self._done.values()))

    def forget(self, row: str) -> None:
        self._finished.add(row)
        self._done.pop(row, None)


def _seen_from_anywhere(plan: BenchmarkPlan) -> BenchmarkPlan:
    """The plan with whole paths: workers are at home in other folders."""
    font, path = plan.font, str(plan.font.path)
    if font.spec.startswith(path):
        font = open_source_font(f"{real_path(plan.font.path)}{font.spec[len(path) :]}")
    hands = tuple(dataclasses.replace(hand, folder=real_path(hand.folder)) for hand in plan.hands)
    return dataclasses.replace(plan, hands=hands, out=real_path(plan.out), font=font)


def _result(future: Any, row: str) -> RowResult:
    from distributed import CancelledError, KilledWorker

    try:
        found: RowResult | None = future.result()
    except KilledWorker as error:
        raise SeganError(
            f"{row}: the workers that trained it died again and again, most likely for want of memory. What was trained is kept; "
            "type the same command again with fewer workers, or with a smaller --batch-size."
        ) from error
    except CancelledError as error:
        raise SeganError(
            f"{row}: the cluster lost it. What was trained is kept; type the same command again."
        ) from error
    if found is None:
        raise SeganError(f"{row}: it was interrupted. What was trained is kept; type the same command again.")
    return found


def _device_here(wish: str) -> tuple[str, str]:
    return __version__, str(join_processes(wish).device)


@functools.cache
def _metrics_here(wish: MetricsWish) -> Metrics:
    return open_metrics(features=wish.features, inception_weights=wish.inception_weights)[0]


def _row_in_worker(plan: BenchmarkPlan, hand: Hand, row: str, metrics: MetricsWish) -> RowResult | None:
    """One row, in a worker; None if it was given up."""
    from distributed import get_worker

    worker = get_worker()
    given_up, tell = _given_up(worker), _teller(worker)
    with _one_row_at_a_time, interrupted_when(given_up):
        data = functools.cache(functools.partial(style_data, plan, hand))
        latest = time.monotonic() + FREE_WITHIN_S
        while not given_up():
            try:
                return finished_row(plan, hand, row, data, _metrics_here(metrics), tell)
            except InterruptedRowError:
                return None
            except InUseError:
                if time.monotonic() > latest:
                    raise
                time.sleep(TELL_EVERY_S)
    return None


def _given_up(worker: Any) -> Callable[[], bool]:
    """Whether nobody waits for this thread's task any more: the scheduler takes it back when its client is gone."""
    key = worker.get_current_task()

    def given_up() -> bool:
        task = worker.state.tasks.get(key)
        return task is None or task.state not in ("executing", "long-running")

    return given_up


def _teller(worker: Any) -> Callable[[str, float], None]:
    last = [0.0]

    def tell(row: str, done: float) -> None:
        if time.monotonic() - last[0] >= TELL_EVERY_S:
            last[0] = time.monotonic()
            worker.log_event(PROGRESS, (row, done))

    return tell
