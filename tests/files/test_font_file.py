import io
import struct
import zlib
from pathlib import Path

import brotli
import pytest
from fontTools.ttLib import TTFont

from segan_cli.errors import SeganError, UsageError
from segan_cli.files import font_file
from segan_cli.files.font_file import read_font_bytes, reading_font


def packed(font: Path, flavor: str) -> bytes:
    opened, data = TTFont(font), io.BytesIO()
    opened.flavor = flavor
    opened.save(data)
    return data.getvalue()


@pytest.mark.parametrize("flavor", ["woff", "woff2"])
def test_a_packed_font_passes(bar_font: Path, tmp_path: Path, flavor: str) -> None:
    (tmp_path / "a.font").write_bytes(packed(bar_font, flavor))
    assert read_font_bytes(tmp_path / "a.font") == packed(bar_font, flavor)


@pytest.mark.parametrize("flavor", ["woff", "woff2"])
def test_a_packed_font_that_unpacks_to_too_much_is_refused(
    bar_font: Path, tmp_path: Path, flavor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(font_file, "LARGEST_UNPACKED", 400)
    (tmp_path / "a.font").write_bytes(packed(bar_font, flavor))
    with pytest.raises(UsageError, match="unpacks to more than"):
        read_font_bytes(tmp_path / "a.font")


def test_a_directory_that_lies_about_a_table_is_found(tmp_path: Path) -> None:
    body = zlib.compress(bytes(1 << 20))
    head = struct.pack(">4s4sIHHIHHIIIII", b"wOFF", b"\0\1\0\0", 64 + len(body), 1, 0, 100, 1, 0, 0, 0, 0, 0, 0)
    (tmp_path / "a.woff").write_bytes(head + struct.pack(">4sIIII", b"glyf", 64, len(body), 1 << 19, 0) + body)
    with pytest.raises(UsageError, match="larger than its directory says"):
        read_font_bytes(tmp_path / "a.woff")


def test_a_stream_that_grows_without_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(font_file, "LARGEST_UNPACKED", 1 << 20)
    body = brotli.compress(bytes(1 << 26))
    head = struct.pack(">4s4sIHHIIHHIIIII", b"wOF2", b"\0\1\0\0", 0, 1, 0, 100, len(body), 1, 0, 0, 0, 0, 0, 0)
    (tmp_path / "a.woff2").write_bytes(head + bytes([0]) + bytes([100]) + body)
    with pytest.raises(UsageError, match="unpacks to more than"):
        read_font_bytes(tmp_path / "a.woff2")


@pytest.mark.parametrize(
    "error", [AssertionError(), RecursionError("deep"), struct.error("x"), MemoryError(), KeyError("a")]
)
def test_whatever_a_damaged_font_raises_is_one_sentence(error: Exception) -> None:
    with pytest.raises(SeganError, match=r"^a\.ttf is not a usable font: .*\.$"), reading_font("a.ttf", SeganError):
        raise error


def test_the_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.ttf cannot be read: No such file"):
        read_font_bytes(tmp_path / "absent.ttf")
