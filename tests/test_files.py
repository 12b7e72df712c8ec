import errno
import json
from pathlib import Path

import pytest

from segan_cli.errors import UsageError
from segan_cli.files import safe_name, write_json, written_beside


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
