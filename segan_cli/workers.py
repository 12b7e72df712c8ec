"""Many small independent jobs over the machine's cores, in order, interruptible.

Workers leave Ctrl-C to their parent and end with it, however it ends: a thread of each watches the pipe that the system
closes when the parent is gone.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection, get_context, parent_process
from typing import Any, TypeVar

from segan_cli.errors import SeganError

Task = TypeVar("Task")
Result = TypeVar("Result")

CHUNK = 16
"""Jobs that a worker takes at a time: enough that handing over costs little, few enough that a bar moves."""
GRACE_S = 0.3
CHUNKS_AHEAD = 4
"""Chunks waiting for each worker: bounds the memory of what is in flight."""


MOST_THREADS = 512
"""Of one process; a hundred thousand, typed by a slip, stop a machine."""


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
        SeganError: a worker died, as the system's out-of-memory killer makes it, or cannot load the job.
        KeyboardInterrupt: Ctrl-C; waiting tasks are dropped and the workers end at once, in the middle of theirs.
    """
    count = worker_count(workers, len(tasks))
    if count == 1:
        for task in tasks:
            result = job(task)
            advance(1)
            yield result
        return
    chunks = [tasks[start : start + CHUNK] for start in range(0, len(tasks), CHUNK)]
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_belong_to_the_parent)
    processes: dict[int, Any] = {}
    try:
        yield from _in_order(pool, job, chunks, CHUNKS_AHEAD * count, advance, processes)
    except BrokenProcessPool as error:
        time.sleep(GRACE_S)  # what ends a whole process group reaches a worker first, and then us
        raise SeganError(_cause_of_death(list(processes.values()))) from error
    except BaseException:  # Ctrl-C, SIGTERM, or nobody wants more: what is in work is worth nothing now
        for process in list(processes.values()):
            process.terminate()
        raise
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor,
    job: Callable[[Task], Result],
    chunks: Sequence[Sequence[Task]],
    ahead: int,
    advance: Callable[[int], None],
    processes: dict[int, Any],
) -> Iterator[Result]:
    waiting: dict[int, Future[list[Result]]] = {}
    running: set[Future[list[Result]]] = set()
    sent = 0
    for index in range(len(chunks)):
        while index not in waiting or not waiting[index].done():
            while sent < len(chunks) and sent < index + ahead:
                with _workers_born_deaf():
                    waiting[sent] = pool.submit(_run_chunk, pickle.dumps((job, chunks[sent])))
                processes |= getattr(pool, "_processes", None) or {}
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


def _run_chunk(packed: bytes) -> list[Any]:
    """Unpacked here, so that a job which cannot be loaded is told, and does not end the worker without a word."""
    try:
        job, chunk = pickle.loads(packed)  # from our own parent, through its pipe
    except Exception as error:
        raise SeganError(f"A worker process cannot load its work: {type(error).__name__}: {error}.") from error
    return [job(task) for task in chunk]


def _belong_to_the_parent() -> None:
    """Leave Ctrl-C to the parent, and end when it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, name="segan-parent", daemon=True).start()


def _end_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _cause_of_death(processes: Sequence[Any]) -> str:
    """In words; the pool ends the other workers with SIGTERM, which tells nothing."""
    codes = [process.exitcode for process in processes if process.exitcode not in (None, 0, -signal.SIGTERM)]
    if codes and codes[0] > 0:
        return f"A worker process ended with the code {codes[0]}; what it printed above says why. Try again with --workers 1."
    name = signal.Signals(-codes[0]).name if codes else "the system"
    return f"A worker process was killed ({name}), most likely for want of memory. Try again with --workers 1."
