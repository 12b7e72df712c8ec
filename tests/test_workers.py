import os
import signal

import pytest

from segan_cli.errors import SeganError
from segan_cli.workers import CHUNK, map_in_workers, worker_count


def square(number: int) -> int:
    return number * number


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
    with pytest.raises(SeganError, match="--workers 1"):
        list(map_in_workers(die_at_forty, list(range(100)), workers=2))


def test_few_jobs_start_few_workers() -> None:
    assert worker_count(8, CHUNK) == 1
    assert worker_count(8, 3 * CHUNK) == 3
    assert worker_count(0, 10**6) >= 1


def hears_control_c(_: int) -> bool:
    return signal.getsignal(signal.SIGINT) is not signal.SIG_IGN


def test_workers_are_born_deaf_to_control_c(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segan_cli.workers._leave_interrupts_to_the_parent", int)
    heard = signal.getsignal(signal.SIGINT)
    assert not any(map_in_workers(hears_control_c, list(range(40)), workers=2))
    assert signal.getsignal(signal.SIGINT) is heard
