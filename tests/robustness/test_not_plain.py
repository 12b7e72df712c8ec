"""What is no plain file costs one sentence: a pipe that nobody writes into is not waited for, by any reader."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from segan_cli.errors import SeganError, UsageError
from segan_cli.files import plain
from segan_cli.files.plain import foreign_kind, open_plain, open_to_append, read_plain
from segan_cli.files.writing import check_output, written_beside
from tests.robustness import fuzz, seeds
from tests.robustness.readers import READERS

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")

TYPED = {"font.toml", "training preset", "hands.toml", "character list", "typed words", "file names"}
"""Texts that a person names may come through a pipe that a shell made; `read_text` and `read_toml` have their own tests."""


@pytest.fixture(autouse=True, scope="module")
def kept_fonts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(seeds.FONTS_VARIABLE, str(tmp_path_factory.mktemp("fonts")))
        yield


@contextlib.contextmanager
def nobody_waits(pipe: Path) -> Iterator[None]:
    """Fail if a reader has the pipe open, and let it go on: only then can it be opened to write without waiting."""
    waited, ended = threading.Event(), threading.Event()

    def look() -> None:
        while not ended.wait(0.02):
            with contextlib.suppress(OSError):
                os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))
                waited.set()

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
    assert not waited.is_set(), "it waited for a writer"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(READERS.keys() - TYPED))
def test_no_reader_waits_for_somebody_to_write_into_a_pipe(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    target = READERS[name].build(folder)
    target.unlink()
    os.mkfifo(target)
    with nobody_waits(target):
        verdict, said = fuzz.verdict_of(READERS[name], folder)
    assert verdict in (fuzz.READ, fuzz.SENTENCE), said


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", sorted(READERS.keys() - {"typed words", "file names"}))
def test_a_folder_in_the_place_of_a_file_is_one_sentence(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    folder.mkdir()
    target = READERS[name].build(folder)
    target.unlink()
    target.mkdir()
    verdict, said = fuzz.verdict_of(READERS[name], folder)
    assert verdict in (fuzz.READ, fuzz.SENTENCE), said


def _recognizer(pipe: Path) -> object:
    from segan_cli.evaluation.recognizer import Recognizer

    return Recognizer.open(pipe)


def _inception(pipe: Path) -> object:
    from segan_cli.evaluation.inception import InceptionFeatures

    return InceptionFeatures(pipe)


def _system_fonts(pipe: Path) -> object:
    from segan_cli.source.font_search import _by_folder

    assert list(_by_folder(pipe.parent)) == []
    raise SeganError("None is a candidate.")


def _drawn_before(pipe: Path) -> object:
    from segan_cli.source.hand_font import _earlier_glyphs

    (pipe.parent / "U+6C38.png").touch()
    return _earlier_glyphs(pipe.parent)


@pytest.mark.parametrize(
    ("file", "read"),
    [("ocr.onnx", _recognizer), ("v3.pth", _inception), ("a.ttf", _system_fonts), (".unfinished", _drawn_before)],
)
def test_nor_do_those_that_are_not_in_the_campaign(file: str, read: Callable[[Path], object], tmp_path: Path) -> None:
    from segan_cli.source.hand_font import UNFINISHED

    pipe = tmp_path / (UNFINISHED if file == ".unfinished" else file)
    os.mkfifo(pipe)
    with nobody_waits(pipe), pytest.raises(SeganError):
        read(pipe)


def test_a_pipe_is_told_by_its_kind_and_so_is_one_that_is_put_there_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(tmp_path / "a.png")
    with pytest.raises(OSError, match="it is a pipe, and a plain file is wanted"):
        read_plain(tmp_path / "a.png")
    with pytest.raises(OSError, match="it is a pipe"):
        open_to_append(tmp_path / "a.png")
    monkeypatch.setattr(plain, "check_plain", lambda path: None)
    with pytest.raises(OSError, match="it is a pipe"):
        open_plain(tmp_path / "a.png")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no such device")
def test_a_device_is_not_read_and_no_file_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to("/dev/zero")
    with pytest.raises(OSError, match="it is a device"):
        read_plain(tmp_path / "a.png")
    for place in (tmp_path / "a.png", Path("/dev/stdout"), Path("/dev/null")):
        with pytest.raises(UsageError, match="is a device, which no file can take the place of"):
            check_output(place)
        with pytest.raises(UsageError, match="is a device"), written_beside(place) as beside:
            pytest.fail(f"{beside} was made")
    assert list(tmp_path.iterdir()) == [tmp_path / "a.png"]


def test_a_plain_file_is_read_and_added_to(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abcdef")
    (tmp_path / "link").symlink_to("a")
    with open_to_append(tmp_path / "link") as file:
        file.write(b"g")
    assert read_plain(tmp_path / "a", 3) == b"abc"
    assert read_plain(tmp_path / "link") == b"abcdefg"
    with pytest.raises(FileNotFoundError):
        read_plain(tmp_path / "b")
    with pytest.raises(IsADirectoryError):
        read_plain(tmp_path)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (seeds.picture(".png"), "a picture (PNG)"),
        (seeds.picture(".jpg"), "a picture (JPEG)"),
        (seeds.picture(".bmp"), "a picture (BMP)"),
        (seeds.picture(".tif"), "a picture (TIFF)"),
        (seeds.picture(".webp"), "a picture (WebP)"),
        (seeds.page(".pdf"), "a PDF"),
        (b"wOF2OTTO", ""),
        (b"BMW and other names", ""),
        ("永和".encode(), ""),
        (b"", ""),
    ],
)
def test_files_of_well_known_kinds_are_told_by_how_they_begin(data: bytes, kind: str) -> None:
    assert foreign_kind(data) == kind
    assert foreign_kind(data, but=kind or "a font") == ""


def test_a_glyph_folder_names_what_is_no_picture_and_reads_the_others(tmp_path: Path) -> None:
    from segan_cli.source.glyph_folder import scan_glyph_folder

    (tmp_path / "永.png").write_bytes(seeds.picture(".png"))
    os.mkfifo(tmp_path / "和.png")
    os.mkfifo(tmp_path / "notes")
    found = scan_glyph_folder(tmp_path)
    assert [entry.char for entry in found.entries] == ["永"]
    assert [str(problem) for problem in found.problems] == ["和.png is a pipe and no picture."]
