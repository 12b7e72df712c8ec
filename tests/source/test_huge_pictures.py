"""Huge pictures are shrunk as soon as they are decoded: what is read of them is the same, and memory stays bounded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from segan_cli.glyph import Frame, Ink
from segan_cli.source import folder_survey, glyph_image
from segan_cli.source.glyph_folder import GlyphFile, read_glyph, scan_glyph_folder
from segan_cli.source.glyph_image import read_picture

PEAK = """
import sys
from pathlib import Path
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder
folder = scan_glyph_folder(Path(sys.argv[1]))
ink = read_glyph(folder.entries[0], folder.fit, Frame(256)).ink
(peak,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM")]
print(int(peak.split()[1]) * 1024, float(ink.mean()))
"""


def cross(width: int, height: int, across: float = 0.5) -> Image.Image:
    """A cross of two strokes on white; `across` is the wide stroke's height on the picture."""
    picture = Image.new("L", (width, height), 255)
    draw, thick = ImageDraw.Draw(picture), min(width, height) // 12
    draw.rectangle((0.15 * width, across * height - thick, 0.85 * width, across * height + thick), fill=0)
    draw.rectangle((0.45 * width - thick, 0.2 * height, 0.45 * width + thick, 0.8 * height), fill=0)
    return picture


def read_all(folder: Path) -> dict[str, Ink]:
    found = scan_glyph_folder(folder)
    return {entry.char: read_glyph(entry, found.fit, Frame(128)).ink for entry in found.entries}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the most memory that a process held")
def test_a_picture_of_64_million_pixels_takes_less_than_half_a_gigabyte(tmp_path: Path) -> None:
    cross(8000, 8000).save(tmp_path / "十.png", compress_level=1)
    done = subprocess.run([sys.executable, "-c", PEAK, tmp_path], capture_output=True, text=True, check=True)
    peak, share = map(float, done.stdout.split())
    assert peak < 500e6
    assert share == pytest.approx(0.7 / 6 + 0.6 / 6 - 1 / 36, abs=0.005)


def in_mode(picture: Image.Image, mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(picture).astype(np.uint16) * 16)
    if mode == "RGBA":
        return Image.merge("RGBA", [*[Image.new("L", picture.size)] * 3, Image.eval(picture, lambda grey: 255 - grey)])
    return picture.convert(mode)


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "I"])
def test_every_kind_of_picture_is_shrunk_to_the_same(
    mode: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = GlyphFile("十", tmp_path / f"十.{'tif' if mode in ('CMYK', 'I') else 'png'}")
    in_mode(cross(400, 300), mode).save(file.path)
    whole = read_picture(file, "dark-on-light")
    monkeypatch.setattr(glyph_image, "LARGEST_READ", 100 * 75)
    small = read_picture(file, "dark-on-light")
    assert whole.scale == 1 and small.scale == 4 and small.lightness.shape == (75, 100)
    means = whole.lightness.reshape(75, 4, 100, 4).mean((1, 3))
    assert np.abs(small.lightness - means).max() < 0.02


@pytest.mark.parametrize("sizes", [[(300, 300)] * 4, [(300, 260), (200, 290), (280, 300), (250, 190)]])
def test_a_shrunk_picture_lies_where_it_would_whole(
    sizes: list[tuple[int, int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, (char, size) in enumerate(zip("永和九年", sizes, strict=True)):
        cross(*size, across=0.4 + 0.05 * number).save(tmp_path / f"{char}.png")
    cross(150, 110).save(tmp_path / "歲.png")  # a small one among them is not shrunk, and keeps the others' scale
    whole = read_all(tmp_path)
    monkeypatch.setattr(glyph_image, "LARGEST_READ", 160 * 160)
    shrunk = read_all(tmp_path)
    assert shrunk.keys() == whole.keys() and len(whole) == 5
    assert max(float(np.abs(shrunk[char] - whole[char]).mean()) for char in whole) < 0.02


def test_a_sample_that_memory_does_not_hold_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for char in "永和九年歲在":
        cross(200, 200).save(tmp_path / f"{char}.png")
    kept = scan_glyph_folder(tmp_path)
    reads: list[str] = []
    read = folder_survey.read_picture
    monkeypatch.setattr(
        folder_survey, "read_picture", lambda entry, tone: reads.append(entry.char) or read(entry, tone)
    )
    monkeypatch.setattr(folder_survey, "_KEPT_BYTES", 2 * 200 * 200 * 4)
    again = scan_glyph_folder(tmp_path)
    assert again == kept
    times = {char: reads.count(char) for char in "永和九年歲在"}
    assert sorted(times.values())[:2] == [1, 1] and sorted(times.values())[2] > 1, "two are kept, the others read again"
