import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from segan_cli.errors import UsageError
from segan_cli.files import writing
from segan_cli.files.writing import check_output, check_writable, real_path, safe_name, write_json, written_beside


def test_a_file_appears_whole_in_a_folder_that_is_made_for_it(tmp_path: Path) -> None:
    write_json(tmp_path / "a" / "b" / "report.json", {"字": 1})
    assert json.loads((tmp_path / "a" / "b" / "report.json").read_text(encoding="utf-8")) == {"字": 1}
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["report.json"]


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "font.ttf"
    file.write_bytes(b"old")
    with pytest.raises(OSError, match="No space"), written_beside(file) as beside:
        beside.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["font.ttf"]


def test_a_file_in_the_folders_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(UsageError, match="a file stands in its place"), written_beside(tmp_path / "out" / "a.ttf"):
        pass


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        "..",
        " ",
        "../a",
        "/a",
        "a/b",
        "a\\b",
        "C:a",
        ".hidden",
        "a.",
        "a ",
        "a\0",
        "a\x1b]52",
        "\udcd3",
        "字" * 80,
        "NUL",
        "com1.png",
    ],
)
def test_a_name_that_could_leave_its_folder_or_hide_is_no_file_name(name: str) -> None:
    with pytest.raises(UsageError, match=r"^The hand's name is .* so it cannot be the name of a file or folder\.$"):
        safe_name(name, "The hand's name")


@pytest.mark.parametrize("name", ["kouzan-gyosho", "永 brush.v2", "U+6C38.png", "con-brio", "字" * 60])
def test_a_plain_name_stays_as_it_is(name: str) -> None:
    assert safe_name(name, "The hand's name") == name


def left_by(process: int, folder: Path, *, host: str = writing._HOST) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / f".segan-{host}-{process}-abc.png"
    path.write_bytes(b"half")
    return path


def a_dead_process() -> int:
    with subprocess.Popen([sys.executable, "-c", "pass"]) as gone:
        return gone.pid


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path: Path) -> None:
    dead, alive = left_by(a_dead_process(), tmp_path / "a"), left_by(os.getppid(), tmp_path / "a")
    before = left_by(os.getpid(), tmp_path / "a").rename(tmp_path / "a" / f"{writing.hidden_prefix()}b")
    os.utime(before, (1, 1))  # of a process with this one's number, long ago
    mine, other = left_by(os.getpid(), tmp_path / "a"), left_by(1, tmp_path / "a", host="0123abcd")
    write_json(tmp_path / "a" / "report.json", {})
    assert not dead.exists() and not before.exists()
    assert mine.exists() and other.exists() and (alive.exists() or not writing._is_segan(os.getppid()))


def test_old_files_of_another_machine_go(tmp_path: Path) -> None:
    other = left_by(1, tmp_path / "b", host="0123abcd")
    os.utime(other, (1, 1))
    write_json(tmp_path / "b" / "report.json", {})
    assert not other.exists()


def test_a_folder_put_aside_by_a_killed_process_is_replaced_and_not_lost(tmp_path: Path) -> None:
    hidden = tmp_path / "c" / f".segan-{writing._HOST}-{a_dead_process()}-x"
    for name in ("previous", "Brush.ufo"):
        (hidden / name).mkdir(parents=True)
        (hidden / name / "metainfo.plist").write_text(name)
    write_json(tmp_path / "c" / "report.json", {})
    assert (tmp_path / "c" / "Brush.ufo" / "metainfo.plist").read_text() == "Brush.ufo"
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["Brush.ufo", "report.json"]


def test_a_folder_that_cannot_be_written_is_found_before_the_work(tmp_path: Path) -> None:
    check_writable(tmp_path)
    with pytest.raises(UsageError, match=r"Nothing can be written into"):
        check_writable(tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("there", "there is a folder. Give a file's name"),
        ("file/new.png", "file cannot be a folder: a file stands in its place"),
        ("file/deep/er/new.png", "file cannot be a folder: a file stands in its place"),
        ("link/new.png", "link cannot be a folder: a file stands in its place"),
    ],
)
def test_an_output_that_cannot_be_written_is_found_before_the_work(tmp_path: Path, output: str, said: str) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("nowhere")
    with pytest.raises(UsageError, match=said):
        check_output(tmp_path / output)


def test_looking_whether_an_output_can_be_written_makes_nothing(tmp_path: Path) -> None:
    check_output(tmp_path / "some" / "where" / "new.png")
    assert list(tmp_path.iterdir()) == []


def test_an_output_below_a_folder_of_somebody_elses_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**words: object) -> tuple[int, str]:
        assert words["dir"] == tmp_path
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(writing.tempfile, "mkstemp", refuse)
    with pytest.raises(UsageError, match=r"Nothing can be written into .*: Permission denied"):
        check_output(tmp_path / "not" / "yet" / "new.png")


def test_a_link_in_a_circle_is_a_path_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "there").symlink_to(tmp_path)
    assert real_path(tmp_path / "loop" / "a.ttf") == tmp_path / "loop" / "a.ttf"
    assert real_path(tmp_path / "there" / "a.ttf") == tmp_path.resolve() / "a.ttf"
