import io
import struct
import zlib
from pathlib import Path

import brotli
import pytest
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables.D_S_I_G_ import SignatureRecord

from segan_cli.errors import SeganError, UsageError
from segan_cli.files import font_file
from segan_cli.files.font_file import kept_as_pictures, read_font_bytes, reading_font


def packed(font: Path, flavor: str | None) -> bytes:
    opened, data = TTFont(font, recalcTimestamp=False), io.BytesIO()
    opened.flavor = flavor
    opened.save(data)
    return data.getvalue()


@pytest.mark.parametrize("flavor", ["woff", "woff2"])
def test_a_packed_font_passes(bar_font: Path, tmp_path: Path, flavor: str) -> None:
    font = packed(bar_font, flavor)
    (tmp_path / "a.font").write_bytes(font)
    assert read_font_bytes(tmp_path / "a.font") == font


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


def test_a_missing_table_is_named() -> None:
    with pytest.raises(UsageError, match=r"of another kind \('OS/2' is missing\)\."), reading_font("a.ttf"):
        raise KeyError("OS/2")
    with pytest.raises(UsageError, match=r"of another kind \(unknown file format\)\."), reading_font("a.ttf"):
        raise RuntimeError("FT_Exception:  (unknown file format)")


def test_the_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.ttf cannot be read: No such file"):
        read_font_bytes(tmp_path / "absent.ttf")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is not a usable font: the file is empty. Get a fresh copy."),
        (b"OTTO\0\x0c", "is not a usable font: it is cut off after 6 of 204 bytes, .*. Get a fresh copy."),
        (b"wOF2OTTO", "is not a usable font: it is cut off after 8 of 44 bytes, .*. Get a fresh copy."),
        (b"\x89PNG\r\n\x1a\n" + bytes(60), "is a picture \\(PNG\\). A font is wanted here: a .ttf, .*"),
        (b"%PDF-1.4", "is a PDF. A font is wanted here: a .ttf, .otf, .ttc, .woff or .woff2 file."),
        (b"PK\3\4" + bytes(60), "is a ZIP archive. A font is wanted here: .* Take it out of the archive."),
        (b"\n<!DOCTYPE html><html>404", "is a page of the web. A font is wanted here: .* its download is on."),
    ],
)
def test_another_kind_of_file_is_told_as_what_it_is_and_what_is_wanted(
    tmp_path: Path, content: bytes, said: str
) -> None:
    (tmp_path / "a.ttf").write_bytes(content)
    with pytest.raises(UsageError, match=rf"a\.ttf {said}$"):
        read_font_bytes(tmp_path / "a.ttf")


@pytest.mark.parametrize("flavor", [None, "woff", "woff2"])
def test_a_download_that_broke_off_is_told_from_a_damaged_font(
    bar_font: Path, tmp_path: Path, flavor: str | None
) -> None:
    whole = packed(bar_font, flavor) if flavor else bar_font.read_bytes()
    for cut in (len(whole) // 2, 40, 13):
        (tmp_path / "half").write_bytes(whole[:cut])
        with pytest.raises(UsageError, match=f"it is cut off after {cut:,} of [0-9,]+ bytes, as a download is"):
            read_font_bytes(tmp_path / "half")
    (tmp_path / "half").write_bytes(whole)
    assert read_font_bytes(tmp_path / "half") == whole


def test_a_signature_that_was_torn_off_costs_no_font(bar_font: Path, tmp_path: Path) -> None:
    opened = TTFont(bar_font)
    opened["DSIG"] = newTable("DSIG")
    opened["DSIG"].ulVersion, opened["DSIG"].usFlag, opened["DSIG"].usNumSigs = 1, 0, 1
    record = SignatureRecord()
    record.ulFormat, record.usReserved1, record.usReserved2, record.pkcs7 = 1, 0, 0, bytes(999)
    opened["DSIG"].signatureRecords = [record]
    opened.save(tmp_path / "signed.ttf", reorderTables=False)
    data = (tmp_path / "signed.ttf").read_bytes()
    at = data.index(b"DSIG") + 8
    (tmp_path / "torn.ttf").write_bytes(data[: int.from_bytes(data[at : at + 4], "big") + 3])
    assert len(data) > len(read_font_bytes(tmp_path / "torn.ttf"))


def test_a_font_of_pictures_is_told_from_an_empty_one() -> None:
    assert "Its glyphs are pictures (table CBDT)" in kept_as_pictures(["cmap", "CBDT", "CBLC"])
    assert kept_as_pictures(["cmap", "glyf"]) == ""
