"""Many small independent jobs over the machine's cores, in order, interruptible."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import TypeVar

from segan_cli.errors import SeganError

Task = TypeVar("Task")
Result = TypeVar("Result")

CHUNK = 16
"""Jobs that a worker takes at a time: enough that handing over costs little, few enough that a bar moves."""
CHUNKS_AHEAD = 4
"""Chunks waiting for each worker: bounds the memory of what is in flight."""


def core_count() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def worker_count(wanted: int, jobs: int) -> int:
    """Processes to use: `wanted`, or one for each core; never more than there are chunks."""
    return max(1, min(wanted or core_count(), -(-jobs // CHUNK)))


def map_in_workers(
    job: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    workers: int = 0,
    advance: Callable[[int], None] = lambda steps: None,
) -> Iterator[Result]:
    """Run `job` on each task, in processes that start fresh (the same on every system); yield in the order of `tasks`.

    Args:
        job: a picklable function; it should turn its own failures into values.
        tasks: picklable values.
        workers: processes; 0 takes one for each core; 1 stays in this process.
        advance: called with the number of tasks done since the last call.

    Raises:
        SeganError: a worker died, as the system's out-of-memory killer makes it.
        KeyboardInterrupt: Ctrl-C; waiting tasks are dropped and the workers end.
    """
    count = worker_count(workers, len(tasks))
    if count == 1:
        for task in tasks:
            result = job(task)
            advance(1)
            yield result
        return
    chunks = [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_leave_interrupts_to_the_parent)
    try:
        yield from _in_order(pool, job, chunks, CHUNKS_AHEAD * count, advance)
    except BrokenProcessPool as error:
        message = "A worker process died, most likely for want of memory. Try again with --workers 1."
        raise SeganError(message) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor,
    job: Callable[[Task], Result],
    chunks: Sequence[Sequence[Task]],
    ahead: int,
    advance: Callable[[int], None],
) -> Iterator[Result]:
    waiting: dict[int, Future[list[Result]]] = {}
    running: set[Future[list[Result]]] = set()
    sent = 0
    for index in range(len(chunks)):
        while index not in waiting or not waiting[index].done():
            while sent < len(chunks) and sent < index + ahead:
                with _workers_born_deaf():
                    waiting[sent] = pool.submit(_run_chunk, job, chunks[sent])
                running.add(waiting[sent])
                sent += 1
            done, running = wait(running, return_when=FIRST_COMPLETED)
            advance(sum(len(future.result()) for future in done))
        yield from waiting.pop(index).result()
    advance(sum(len(future.result()) for future in running))


@contextlib.contextmanager
def _workers_born_deaf() -> Iterator[None]:
    """Ctrl-C reaches workers, too, while they still import; a process inherits that a signal is ignored.

    A pool starts its processes as jobs come, so each job is handed over in here.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may choose
        return
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)


def _run_chunk(job: Callable[[Task], Result], chunk: Sequence[Task]) -> list[Result]:
    return [job(task) for task in chunk]


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
