from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segan_cli.errors import UsageError
from segan_cli.source import charset
from segan_cli.source.charset import CHARSET_NAMES, parse_charset

SIZES = {
    "gb2312": 6763, "gb2312-1": 3755, "gb2312-2": 3008, "big5": 13053, "jis-1": 2965, "jis-2": 3390,
    "joyo": 2136, "tongyong-8105": 8105, "tongyong-1": 3500, "ascii": 94,
}  # fmt: skip


@pytest.mark.parametrize(("name", "size"), SIZES.items())
def test_named_sets_have_their_published_sizes(name: str, size: int) -> None:
    assert len(parse_charset(name)) == len(set(parse_charset(name))) == size


def test_levels_and_neighbours() -> None:
    assert parse_charset("gb2312-1+gb2312-2") == parse_charset("gb2312")
    assert set(parse_charset("gb2312")) < set(parse_charset("gbk")) < set(parse_charset("gb18030"))
    assert parse_charset("gb2312")[0] == "啊"
    assert len(CHARSET_NAMES) == 18


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1))
def test_literal_text_keeps_its_order_without_duplicates(text: str) -> None:
    assert parse_charset(text) == tuple(dict.fromkeys(text))


def test_file_with_mark_comments_and_duplicates(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("\ufeff# heading\n永　永\t和 # said later\nU+20BB7 a#b\n", encoding="utf-8")
    assert parse_charset(str(file)) == ("永", "和", "𠮷", "a", "#", "b")


def test_names_of_files_may_hold_plus_and_minus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, text in {"my+list-1.txt": "永和", "my": "九", "done.txt": "和"}.items():
        Path(name).write_text(text, encoding="utf-8")
    assert parse_charset("my+list-1.txt") == ("永", "和")
    assert parse_charset("my+list-1.txt-done.txt+my") == ("永", "九")


def test_a_glyph_folder_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "U+6C38.png").touch()
    (tmp_path / "notes.txt").touch()
    assert parse_charset(f"永和-{tmp_path}") == ("和",)


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("gb2313", "Did you mean 'gb2312'"),
        ("gb2312+", "end with '+'"),
        ("", "empty term"),
        ("永-永", "nothing over"),
        ("gb2312+no-such.txt", "no-such.txt"),
        ("U+9FFF..U+4E00", "upwards"),
        ("text: ", "no character"),
    ],
)
def test_slips_are_named(spec: str, says: str) -> None:
    with pytest.raises(UsageError, match=says.replace("+", r"\+").replace(".", r"\.")):
        parse_charset(spec)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"\x89PNG\r\n\xff", "a picture"),
        (b"\xd3\xc0", "not UTF-8"),
        (b"a\0b", "binary"),
        (b" \n#x", "no character"),
    ],
)
def test_files_that_are_no_lists(tmp_path: Path, data: bytes, says: str) -> None:
    file = tmp_path / "bad.txt"
    file.write_bytes(data)
    with pytest.raises(UsageError, match=says):
        parse_charset(str(file))


def test_text_and_ranges() -> None:
    assert parse_charset("text:a+b") == ("a", "+", "b")
    assert parse_charset("U+3041..U+3043+U+20BB7") == ("ぁ", "あ", "ぃ", "𠮷")


def test_a_home_that_is_not_there_is_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse_charset("~永") == ("~", "永")


def test_a_long_line_costs_few_looks_at_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    monkeypatch.setattr(charset, "expanded", lambda term: looks.append(term) or Path(term))
    assert parse_charset("+".join(["永"] * 3000)) == ("永",)
    assert len(looks) <= 3000 * 25 and max(map(len, looks)) <= 4096


def test_a_message_shows_the_beginning_of_a_long_line() -> None:
    with pytest.raises(UsageError) as caught:
        parse_charset("gb2313" * 2000)
    assert len(str(caught.value)) < 1500
