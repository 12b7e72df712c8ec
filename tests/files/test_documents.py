import os
import threading
from pathlib import Path

import pytest

from segan_cli.errors import UsageError
from segan_cli.files import documents
from segan_cli.files.documents import DocumentError, cause_of, parse_json, parse_toml, read_json, read_text, read_toml


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "line 1 column 1"),
        ('{"a": [1, 2,, 3]}', "line 1 column"),
        ("[" * 100_000, "deep"),
        ("[" * 80 + "]" * 80, "nested more than 64 levels deep"),
        ('{"a": ' + "9" * 5000 + "}", "5,000 digits"),
        ('{"a": {"b": [1, 19999999999999999999]}}', r"a\.b\[1\] is a number of more than 64 bits"),
        ('{"a": 1e999}', "a is inf"),
        ('{"a": NaN}', "NaN is no number"),
        ('{"a": -Infinity}', "-Infinity is no number"),
        (r'{"a": "\ud800"}', "a holds half a surrogate"),
        (r'{"\udfff": 1}', "half a surrogate"),
    ],
)
def test_json_that_is_no_plain_value_is_one_sentence_with_file_and_place(text: str, complaint: str) -> None:
    with pytest.raises(DocumentError, match=f"^here: .*{complaint}.*\\.$"):
        parse_json(text, "here")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a = ", "at end of document"),
        ("a = " + "[" * 100_000, "deep"),
        ("a = " + "9" * 5000, "not valid TOML"),
        ("a = 99999999999999999999", "a is a number of more than 64 bits"),
        ("[t]\na = inf", r"t\.a is inf"),
        ("a = nan", "a is nan"),
        (".".join(["a"] * 10_000) + " = 1", "more than 64 parts"),
        ("x = {" + ".".join(['"a b"'] * 10_000) + " = 1}", "more than 64 parts"),
    ],
)
def test_toml_goes_through_the_same_door(text: str, complaint: str) -> None:
    with pytest.raises(DocumentError, match=f"^here: .*{complaint}"):
        parse_toml(text, "here")


def test_text_with_many_points_is_no_long_key() -> None:
    licence = " ".join(["A sentence, and e.g. another."] * 200)
    assert parse_toml(f'licence = "{licence}"\nrow = "{"." * 500}"', "here")["licence"] == licence


def test_what_is_read_is_limited_and_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"\xef\xbb\xbf" + '{"字": 1.5}'.encode())
    assert read_json(file) == {"字": 1.5}
    with pytest.raises(DocumentError, match="larger than 4 bytes"):
        read_json(file, largest=4)
    file.write_bytes('{"a": "字"}'.encode("gbk"))
    with pytest.raises(DocumentError, match="not UTF-8 text"):
        read_json(file)
    with pytest.raises(DocumentError, match="cannot be read"):
        read_toml(tmp_path)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "absent.json")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DocumentError("run/split.json", "it is not UTF-8 text (byte 3)"), "it is not UTF-8 text (byte 3)"),
        (UsageError("run/split.json: styles is 3; it should be a list."), "styles is 3; it should be a list"),
        (UsageError("styles is 3; it should be a list."), "styles is 3; it should be a list"),
        (KeyError("styles"), "it lacks the entry 'styles'"),
        (PermissionError(13, "Permission denied", "run/split.json"), "Permission denied"),
        (ValueError("cannot identify image file 'run/split.json'"), "cannot identify image file"),
        (RuntimeError("Error(s) in loading:\n\tsize mismatch."), "Error(s) in loading: size mismatch"),
        (AssertionError(), "AssertionError"),
        (ValueError("cannot identify <_io.BufferedReader name='run/split.json'>"), "cannot identify"),
        (ValueError("x" * 9000), "x" * 400),
    ],
)
def test_a_cause_does_not_name_the_file_again(error: Exception, said: str) -> None:
    assert cause_of(error, Path("run/split.json")) == said


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a" * 1001, r"The order .*text is larger than 0 MiB; it should be a small text file\."),
        ("永é".encode() + b"\xff", r"The order .*text is not UTF-8 text\. Open it in an editor"),
        (b"\xff\xfe\x00", r"is not UTF-8 text"),
        (b"\0" * 9, r"is not text but binary data"),
        (b"\x89PNG\r\n\x1a\n\0", r"The order .*text is a picture \(PNG\)\. A text file is wanted here\.$"),
        (b"\0\1\0\0\0", r"The order .*text is a font\. A text file is wanted here\.$"),
        (None, r"The order .*text cannot be read: Is a directory"),
    ],
)
def test_a_text_that_is_none_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes | None, said: str
) -> None:
    monkeypatch.setattr(documents, "LARGEST_TEXT", 1000)
    if data is None:
        (tmp_path / "text").mkdir()
    else:
        (tmp_path / "text").write_bytes(data)
    with pytest.raises(UsageError, match=said):
        read_text(tmp_path / "text", "The order")


def test_a_document_that_is_of_another_kind_is_told_as_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "frame.json").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(DocumentError, match=r"it is a picture \(JPEG\)\.$"):
        read_json(tmp_path / "frame.json")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device")
def test_a_device_without_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST_TEXT", 1000)
    with pytest.raises(UsageError, match="larger than"):
        read_text(Path("/dev/zero"), "The order")


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_text_of_every_usual_coding_is_read(tmp_path: Path, coding: str) -> None:
    (tmp_path / "text").write_text("永和", encoding=coding)
    assert read_text(tmp_path / "text", "The order") == "永和"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_that_nobody_writes_into_stops_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "frame.json")
    with pytest.raises(DocumentError, match="it is a pipe, and a plain file is wanted"):
        read_json(tmp_path / "frame.json")
    with pytest.raises(DocumentError, match="it is a pipe, and nothing came through it"):
        read_toml(tmp_path / "frame.json")
    with pytest.raises(UsageError, match=r"The order .* is a pipe, and nothing came through it\. Name a text file"):
        read_text(tmp_path / "frame.json", "The order")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_what_another_program_writes_into_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    """As `--config <(…)` in a shell: the writer has the pipe open, and takes its time."""
    reading, writing = os.pipe()
    thread = threading.Thread(target=lambda: [os.write(writing, b"a = 1\n" * 9000), os.close(writing)])
    thread.start()
    text = read_text(Path(f"/dev/fd/{reading}"), "The order")
    thread.join()
    os.close(reading)
    assert len(text) == 54_000
