"""Names as people write them: each style alone, folders of numbers, sub-folders, maps, compatibility forms."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from segan_cli.errors import UsageError
from segan_cli.source.folder_files import find_files
from segan_cli.source.glyph_folder import scan_glyph_folder
from segan_cli.source.glyph_names import char_in_name, char_of_name, stands_for


def touch(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()


def found(root: Path, **kwargs: dict[str, str]) -> dict[str, str]:
    return {one.char: one.path.relative_to(root).as_posix() for one in find_files(root, **kwargs).entries}


@pytest.mark.parametrize(
    ("stem", "char"),
    [("U+6C38", "永"), ("u6C38", "永"), ("uni6C38", "永"), ("0x6C38", "永"), ("U_6C38", "永"), ("u-6c38", "永"),
     ("永", "永"), ("U+20BB7", "𠮷"), ("か\u3099", "が"), ("。", "。"),
     ("u+d800", None), ("U+110000", None), ("yong", None), ("永2", None), ("\udce6", None)],
)  # fmt: skip
def test_sure_names(stem: str, char: str | None) -> None:
    assert char_of_name(stem) == char


@pytest.mark.parametrize(
    ("stem", "char"),
    [("永_1", "永"), ("永 (1)", "永"), ("永2", "永"), ("0001_永", "永"), ("永_U+6C38", "永"), ("U+6C38 (2)", "永"),
     ("uni6C38.001", "永"), ("永 - 副本", "永"), ("永のコピー", "永"), ("IMG_永_final", "永"), ("A (1)", "A"), ("a_2", "a"),
     ("永_U+56FD", None), ("永国", None), ("uni6C38.vert", None), ("永.ss01", None), ("IMG_0001", None), ("A_b", None)],
)  # fmt: skip
def test_longer_names(stem: str, char: str | None) -> None:
    assert char_in_name(stem) == char


def test_bare_code_points_are_read_where_the_folder_is_named_so(tmp_path: Path) -> None:
    touch(tmp_path, "6C38.png", "4E8C.png", "56FD.png", "5341.png")
    assert found(tmp_path) == {"永": "6C38.png", "二": "4E8C.png", "国": "56FD.png", "十": "5341.png"}


def test_a_numbered_folder_is_no_font_of_digits(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{number}.png" for number in range(1, 3501)))
    assert found(tmp_path) == {}
    with pytest.raises(
        UsageError, match=r"of 3,500 pictures, 3,500 have names that are no character: 1\.png, 2\.png.*--names"
    ):
        scan_glyph_folder(tmp_path)


def test_digits_beside_characters_are_digits(tmp_path: Path) -> None:
    touch(tmp_path, *(f"{digit}.png" for digit in "0123456789"), "永.png")
    assert "".join(found(tmp_path)) == "0123456789永"


def test_words_that_all_names_share_are_set_aside(tmp_path: Path) -> None:
    touch(tmp_path, "楷书_永.png", "楷书_国.png", "楷书_東.png")
    assert set(found(tmp_path)) == set("永国東")


def test_sub_folders_are_read_and_never_passed_over_in_silence(tmp_path: Path) -> None:
    touch(
        tmp_path, "永.png", "kana/あ.png", "国/1.png", "国/2.png", "東/scan.png", "skeletons/永.png", "whole/frame.json"
    )
    touch(tmp_path, "whole/U+4E00.png", "行/人.png")
    files = find_files(tmp_path)
    assert found(tmp_path) == {
        "あ": "kana/あ.png", "人": "行/人.png", "国": "国/1.png", "東": "東/scan.png", "永": "永.png"
    }  # fmt: skip
    told = " ".join(map(str, files.problems))
    assert "国/2.png is a second file" in told and "skeletons/永.png is a second file" in told
    assert "sub-folder whole with 1 picture is not read" in told


def test_beside_frame_json_sub_folders_are_mentioned_and_left(tmp_path: Path) -> None:
    touch(tmp_path, "frame.json", "U+6C38.png", "skeletons/U+56FD.png", "empty/note.txt")
    files = find_files(tmp_path)
    assert [one.char for one in files.entries] == ["永"]
    assert [str(one).split(" is")[0] for one in files.problems] == ["The sub-folder skeletons with 1 picture"]


def test_the_plainest_name_wins_and_many_seconds_are_one_line(tmp_path: Path) -> None:
    touch(tmp_path, "永 (1).png", "永.png", "永_U+6C38.png", *(f"永_{number}.png" for number in range(12)))
    files = find_files(tmp_path)
    assert [one.path.name for one in files.entries] == ["永.png"]
    assert len(files.problems) == 1 and str(files.problems[0]).startswith("14 pictures are second ones")


def test_a_map_names_what_names_do_not(tmp_path: Path) -> None:
    touch(tmp_path, "scan-1.png", "scan-2.jpg", "永.png", "old/3.png")
    names = {"scan-1": "国", "scan-2.jpg": "東", "永.png": "", "old/3": "人"}
    assert found(tmp_path, names=names) == {"人": "old/3.png", "国": "scan-1.png", "東": "scan-2.jpg"}


def test_compatibility_forms_are_named_with_what_they_stand_for(tmp_path: Path) -> None:
    assert stands_for("\u2f54") == "水" and stands_for("\uf900") == "豈" and stands_for("水") is None
    touch(tmp_path, "\u2f54.png", "\u2f55.png", "火.png", "U+2F56.png")
    files = find_files(tmp_path)
    assert {one.char for one in files.entries} == {"水", "\u2f55", "火", "\u2f56"}
    told = " ".join(map(str, files.problems))
    assert "U+2F54 is a form of 水 U+6C34, and is read as that" in told and "火 U+706B; it keeps its own place" in told


def test_a_picture_in_a_format_that_is_not_read_is_named(tmp_path: Path) -> None:
    touch(tmp_path, "永.heic", "国.png", "readme.txt")
    assert [str(one) for one in find_files(tmp_path).problems] == [
        "永 (U+6C38), read: 永.heic is of a kind that is not read; save it as PNG."
    ]


def test_most_names_being_no_character_ends_the_command(tmp_path: Path, segan) -> None:  # type: ignore[no-untyped-def]
    image = Image.new("L", (96, 96), 255)
    ImageDraw.Draw(image).rectangle((30, 20, 50, 80), fill=0)
    for number in range(30):
        image.save(tmp_path / f"{number}.png")
    run = segan("build-font", tmp_path / "out.ttf", tmp_path)
    assert run.code == 2 and "--names" in run.err and not (tmp_path / "out.ttf").exists()
