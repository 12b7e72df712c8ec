import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

import pytest

from segan_cli.files.locks import InUseError, folder_lock, output_locks

HOLD = """
import sys, time
from pathlib import Path
from segan_cli.files.locks import folder_lock
with folder_lock(Path(sys.argv[1]), "segan generate", part=sys.argv[2]):
    print("held", flush=True)
    time.sleep(60)
"""


def held_elsewhere(folder: Path, part: str = "") -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, folder, part], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_the_second_is_told_who_is_there_and_since_when(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "out") as other:
        words = rf"in use: segan generate, process {other.pid} on \S+, since \d{{4}}-\d\d-\d\d \d\d:\d\d"
        with pytest.raises(InUseError, match=words), folder_lock(tmp_path / "out", "segan generate"):
            pass
        other.kill()


def test_the_lock_of_a_killed_process_is_none(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "out") as other:
        other.kill()
        other.wait()
        assert (tmp_path / "out" / ".segan-lock").exists()
        with folder_lock(tmp_path / "out", "segan generate"):
            (tmp_path / "out" / "glyph").touch()
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["glyph"]


def test_parts_work_side_by_side_and_never_beside_the_whole(tmp_path: Path) -> None:
    with held_elsewhere(tmp_path / "out", "1-of-2") as other:
        with folder_lock(tmp_path / "out", "segan generate", part="2-of-2"):
            pass
        for part in ("", "1-of-2"):
            with pytest.raises(InUseError), folder_lock(tmp_path / "out", "segan generate", part=part):
                pass
        other.kill()


def test_a_folder_made_for_the_lock_goes_if_nothing_came_of_it(tmp_path: Path) -> None:
    with folder_lock(tmp_path / "new", "segan train"):
        assert (tmp_path / "new" / ".segan-lock").exists()
    assert list(tmp_path.iterdir()) == []


def test_outputs_are_locked_one_by_one(tmp_path: Path) -> None:
    with output_locks([tmp_path / "A.ttf", tmp_path / "A.ufo"], "segan build-font"):
        with output_locks([tmp_path / "B.ttf"], "segan build-font"):
            pass
        again = output_locks([tmp_path / "A.ufo"], "segan build-font")
        with pytest.raises(InUseError, match=r"A\.ufo is in use: segan build-font"), again:
            pass
    assert list(tmp_path.iterdir()) == []


def add_one(folder: Path, times: int) -> None:
    for _ in range(times):
        while True:
            try:
                with folder_lock(folder, "counting"):
                    file = folder / "count"
                    file.write_text(str(int(file.read_text() or 0) + 1) if file.exists() else "1")
                    break
            except InUseError:
                continue


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_two_never_hold_it_at_once(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0")
    fork = multiprocessing.get_context("fork")
    counting = [fork.Process(target=add_one, args=(tmp_path, 200)) for _ in range(2)]
    for process in counting:
        process.start()
    for process in counting:
        process.join()
    assert (tmp_path / "count").read_text() == "400"


def test_who_shares_a_folder_is_let_in_beside_others_that_do_but_not_beside_who_has_it_whole(tmp_path: Path) -> None:
    with folder_lock(tmp_path, "segan review", shared=True):
        with pytest.raises(InUseError, match="segan review"), folder_lock(tmp_path, "segan generate"):
            pass
        with folder_lock(tmp_path, "segan review", shared=True), folder_lock(tmp_path, "segan scan", part="scan"):
            pass
    refused = pytest.raises(InUseError, match="segan generate")
    with folder_lock(tmp_path, "segan generate"), refused, folder_lock(tmp_path, "segan review", shared=True):
        pass
    assert not list(tmp_path.iterdir())
