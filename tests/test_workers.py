import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from segan_cli.errors import SeganError
from segan_cli.workers import CHUNK, map_in_workers, worker_count

ROOT = Path(__file__).parents[1]


def square(number: int) -> int:
    return number * number


def fail_to_load() -> None:
    raise ModuleNotFoundError("No module named 'nowhere'")


class Unloadable:
    def __reduce__(self) -> object:
        return fail_to_load, ()

    def __call__(self, number: int) -> int:
        return number


def die_at_forty(number: int) -> int:
    if number == 40:
        os._exit(9)
    return number


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_tasks_and_every_one_is_counted(workers: int) -> None:
    counted: list[int] = []
    numbers = list(range(10 * CHUNK + 3))
    assert list(map_in_workers(square, numbers, workers=workers, advance=counted.append)) == [n * n for n in numbers]
    assert sum(counted) == len(numbers)


def test_a_worker_that_dies_is_an_error_with_a_next_step() -> None:
    with pytest.raises(SeganError, match=r"ended with the code 9.*--workers 1"):
        list(map_in_workers(die_at_forty, list(range(100)), workers=2))


def killed_at_forty(number: int) -> int:
    if number == 40:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_a_worker_that_is_killed_is_told_as_such() -> None:
    with pytest.raises(SeganError, match=r"killed .SIGKILL., most likely for want of memory"):
        list(map_in_workers(killed_at_forty, list(range(100)), workers=2))


def test_a_job_that_a_worker_cannot_load_is_named() -> None:
    with pytest.raises(SeganError, match="cannot load its work: ModuleNotFoundError: No module named 'nowhere'"):
        list(map_in_workers(Unloadable(), list(range(100)), workers=2))


def test_few_jobs_start_few_workers() -> None:
    assert worker_count(8, CHUNK) == 1
    assert worker_count(8, 3 * CHUNK) == 3
    assert worker_count(0, 10**6) >= 1


def hears_control_c(_: int) -> bool:
    return signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def test_workers_are_born_deaf_to_control_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segan_cli.workers._belong_to_the_parent", int)
    heard = signal.getsignal(signal.SIGINT)
    assert not any(map_in_workers(hears_control_c, list(range(40)), workers=2))
    assert signal.getsignal(signal.SIGINT) is heard


PARENT = """
import os, sys, time
from segan_cli.workers import map_in_workers
from tests.test_workers import says_its_number_and_sleeps
if __name__ == "__main__":
    list(map_in_workers(says_its_number_and_sleeps, list(range(64)), workers=2))
"""


def says_its_number_and_sleeps(_: int) -> None:
    os.write(1, f"{os.getpid()}\n".encode())  # at once: two of them write into one pipe
    time.sleep(60)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks Linux who is alive")
def test_workers_end_with_their_parent_however_it_ends() -> None:
    script = [sys.executable, "-c", PARENT]
    with subprocess.Popen(script, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT) as parent:
        assert parent.stdout is not None
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        assert all(map(is_alive, workers))
        parent.kill()
        assert parent.stdout.read() == ""  # the end of the pipe: nobody is left who could write
    assert not any(map(is_alive, workers))


def interrupts_at_once_and_sleeps(parent: int) -> None:
    os.kill(parent, signal.SIGUSR1)
    time.sleep(600)


def interrupted(*_: object) -> None:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # one is enough: a second would end the waiting, too
    raise KeyboardInterrupt


def test_an_interrupt_does_not_wait_for_what_is_in_work() -> None:
    before = signal.signal(signal.SIGUSR1, interrupted)
    try:
        with pytest.raises(KeyboardInterrupt):
            list(map_in_workers(interrupts_at_once_and_sleeps, [os.getpid()] * 2 * CHUNK, workers=2))
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_who_wants_no_more_results_does_not_wait_either() -> None:
    results = map_in_workers(sleeps_after_the_first_chunk, range(3 * CHUNK), workers=2)
    assert next(results) == 0
    results.close()  # type: ignore[attr-defined]


def sleeps_after_the_first_chunk(number: int) -> int:
    if number >= CHUNK:
        time.sleep(600)
    return number
