from __future__ import annotations

import pickle
import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segan_cli.errors import GlyphError, UsageError
from segan_cli.glyph import Frame, GlyphRaster
from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder, write_frame, write_glyph

FRAME = Frame(64)


def square(lo: int = 16, hi: int = 40, size: int = 64) -> np.ndarray:
    grey = np.full((size, size), 255, np.uint8)
    grey[lo:hi, lo:hi] = 0
    return grey


def test_written_is_read_back_exactly(tmp_path: Path) -> None:
    ink = np.random.default_rng(0).integers(0, 256, (64, 64)).astype(np.float32) / np.float32(255)
    assert write_glyph(GlyphRaster("永", ink, FRAME), tmp_path).name == "U+6C38.png"
    write_frame(FRAME, tmp_path)
    folder = scan_glyph_folder(tmp_path)
    assert folder.fit.rule == "frame" and pickle.loads(pickle.dumps(folder.fit)) == folder.fit
    assert np.allclose(read_glyph(folder.entries[0], folder.fit, FRAME).ink, ink, atol=1e-6)


@pytest.mark.parametrize("kind", ["L", "1", "RGB", "RGBA", "P", "I;16", "clear", "inverted", "jpg", "grey paper"])
def test_every_kind_of_picture_gives_the_same_ink(tmp_path: Path, kind: str) -> None:
    grey = square()
    image = Image.fromarray(grey)
    if kind in ("1", "RGB", "RGBA", "P"):
        image = image.convert(kind)
    if kind == "I;16":
        image = Image.fromarray(grey.astype(np.uint16) * 257)
    if kind == "clear":
        image = Image.new("RGBA", (64, 64), (200, 30, 30, 255))
        image.putalpha(Image.fromarray(255 - grey))
    if kind == "inverted":
        image = Image.fromarray(255 - grey)
    if kind == "grey paper":
        image = Image.fromarray((grey // 2 + 60).astype(np.uint8))
    image.save(tmp_path / ("永.jpg" if kind == "jpg" else "永.png"))
    folder = scan_glyph_folder(tmp_path)
    assert folder.fit.polarity == ("light-on-dark" if kind == "inverted" else "dark-on-light")
    ink = read_glyph(folder.entries[0], folder.fit, FRAME).ink
    assert np.abs(ink - (255 - grey) / 255).max() < (0.2 if kind == "jpg" else 0.01)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_head(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def test_bad_files_are_named_and_cost_no_other(tmp_path: Path) -> None:
    Image.fromarray(square()).save(tmp_path / "U+6C38.png")
    Image.fromarray(square()).save(tmp_path / "永.png")
    Image.fromarray(square()).save(tmp_path / "no character.png")
    whole = (tmp_path / "永.png").read_bytes()
    (tmp_path / "一.png").write_bytes(b"hello")
    (tmp_path / "二.png").write_bytes(b"")
    (tmp_path / "三.png").write_bytes(png_head(30000, 30000))
    (tmp_path / "四.png").write_bytes(whole[: len(whole) - 30])
    (tmp_path / "五.png").write_bytes(png_head(0, 0))
    Image.new("L", (64, 64), 255).save(tmp_path / "六.png")
    Image.new("L", (64, 64), 0).save(tmp_path / "七.png")
    folder = scan_glyph_folder(tmp_path)
    told = " ".join(str(problem) for problem in folder.problems)
    for part in (
        "second file",
        "no character.png",
        "not an image",
        "empty file",
        "has far more than the 64,000,000",
        "五.png is 0 px wide",
    ):
        assert part in told
    read = {}
    for entry in folder.entries:
        try:
            read[entry.char] = read_glyph(entry, folder.fit, FRAME).char
        except GlyphError as error:
            read[entry.char] = error.cause.split()[-1]
    assert read["永"] == "永"
    assert {read["六"], read["七"]} == {"tone.", "over."}
    assert "四" not in read or read["四"] != "四"


def ring(height: int, width: int) -> np.ndarray:
    stroke = np.pad(np.full((height - 20, width - 20), 255, np.uint8), 10)
    return np.pad(stroke, 3, constant_values=255)


def test_cut_outs_keep_their_proportion(tmp_path: Path) -> None:
    for number, char in enumerate("永和年國東西"):
        side = 80 + 4 * number
        Image.fromarray(ring(side, side - 9)).save(tmp_path / f"{char}.png")
    Image.fromarray(ring(40, 44)).save(tmp_path / "。.png")
    folder = scan_glyph_folder(tmp_path)
    assert folder.fit.rule == "one scale"
    sums = {e.char: read_glyph(e, folder.fit, Frame(256)).ink for e in folder.entries}
    assert sums["西"].any(axis=1).sum() / sums["永"].any(axis=1).sum() == pytest.approx(1.25, abs=0.03)
    assert np.nonzero(sums["。"])[0].mean() > 128 > np.nonzero(sums["。"])[1].mean()


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no glyph folder"):
        scan_glyph_folder(tmp_path / "missing")
    with pytest.raises(UsageError, match="holds no glyph"):
        scan_glyph_folder(tmp_path)
    (tmp_path / "frame.json").write_text("{")
    with pytest.raises(UsageError, match="damaged"):
        scan_glyph_folder(tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        scan_glyph_folder(tmp_path / "frame.json")


def test_a_link_to_itself_costs_no_other_file(tmp_path: Path) -> None:
    write_glyph(GlyphRaster("永", 1 - square().astype(np.float32) / 255, Frame(64)), tmp_path)
    (tmp_path / "和.png").symlink_to(tmp_path / "和.png")
    (tmp_path / "九.png").symlink_to("nowhere.png")
    found = scan_glyph_folder(tmp_path)
    assert found.chars == ("永",)
    told = [str(problem) for problem in found.problems if "link" in str(problem)]
    assert sorted(told) == [f"{name}.png is a link that leads nowhere." for name in "九和"]


def test_a_picture_longer_than_any_glyph_is_refused_from_its_head(tmp_path: Path) -> None:
    grey = np.full((2, 100_000), 255, np.uint8)
    grey[:, 40_000:60_000] = 0
    Image.fromarray(grey).save(tmp_path / "一.png")
    Image.fromarray(square()).save(tmp_path / "永.png")
    found = scan_glyph_folder(tmp_path)
    assert found.chars == ("永",) and "100,000 × 2 px; a side has at most 32,768" in str(found.problems[0])


def test_a_very_long_picture_costs_no_square_of_its_length(tmp_path: Path) -> None:
    grey = np.full((60, 30_000), 255, np.uint8)
    grey[15:45, 6000:24_000] = 0
    Image.fromarray(grey).save(tmp_path / "一.png")
    (found,), fit = (folder := scan_glyph_folder(tmp_path)).entries, folder.fit
    tracemalloc.start()
    ink = read_glyph(found, fit, Frame(2048)).ink
    assert tracemalloc.get_traced_memory()[1] < 500e6
    tracemalloc.stop()
    rows, columns = np.nonzero(ink > 0.3)
    assert abs(columns.min() - 2048 / 5) < 3 and abs(columns.max() - 2048 * 4 / 5) < 3 and abs(rows.mean() - 1024) < 2
