"""What is on the paper and is no stroke never becomes ink in silence: it is taken off, or the glyph fails by name."""

from __future__ import annotations

from pathlib import Path

import mess
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from segan_cli.errors import GlyphError
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import GlyphReading, inspect_glyph, read_glyph, scan_glyph_folder

SIDE = 256
FRAME = Frame(SIDE)
CHARS = "永和年國東西人大"


def written(seed: int = 0, side: int = SIDE) -> np.ndarray:
    """Strokes of a brush: tapering bars in several directions, with soft edges, that leave a margin."""
    random = np.random.default_rng(seed)
    image = Image.new("L", (side * 2, side * 2), 0)
    pen = ImageDraw.Draw(image)
    for number in range(5):
        start, end = random.uniform(0.15, 0.85, (2, 2)) * side * 2
        if number == 0:
            start, end = np.asarray((0.2, 0.5)) * side * 2, np.asarray((0.8, 0.46)) * side * 2
        for step in np.linspace(0, 1, 120):
            x, y = start + (end - start) * step
            r = side * 2 * (0.034 - 0.02 * step)
            pen.ellipse((x - r, y - r, x + r, y + r), fill=255)
    small = image.resize((side, side), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(0.6))
    return np.asarray(small, np.float32) / 255


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return float(((one >= 0.5) & (other >= 0.5)).sum() / ((one >= 0.5) | (other >= 0.5)).sum())


def save(folder: Path, pictures: dict[str, np.ndarray], ending: str = "png", **how: int) -> Path:
    folder.mkdir(exist_ok=True)
    for char, pixels in pictures.items():
        Image.fromarray(pixels).save(folder / f"{char}.{ending}", **how)
    return folder


def read(folder: Path, **how: str) -> dict[str, GlyphReading | GlyphError]:
    scanned = scan_glyph_folder(folder, **how)
    found: dict[str, GlyphReading | GlyphError] = {}
    for entry in scanned.entries:
        try:
            found[entry.char] = inspect_glyph(entry, scanned.fit, FRAME)
        except GlyphError as error:
            found[entry.char] = error
    return found


MENDED = {
    "red 米 grid": "coloured marks",
    "green 田 grid": "coloured marks",
    "blue 九 grid": "coloured marks",
    "dark red 米 grid": "coloured marks",
    "seal": "coloured marks",
    "light falls to 40 %": "uneven light",
    "light falls to 25 %, grain": "uneven light",
    "shadow": "uneven light",
    "frame": "a printed frame",
    "thick frame": "a printed frame",
    "frame, inset": "a printed frame",
    "black 田 grid": "a printed frame and 2 printed lines",
    "black 米 grid": "a printed frame and 4 printed lines",
    "grey 米 grid": "pale: a printed frame and 4 printed lines",
}


@pytest.mark.parametrize("kind", MENDED)
def test_what_is_no_stroke_is_taken_off(tmp_path: Path, kind: str) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS[:4])}
    found = read(save(tmp_path / "glyphs", {char: mess.KINDS[kind](ink) for char, ink in truth.items()}))
    for char, ink in truth.items():
        reading = found[char]
        assert isinstance(reading, GlyphReading), reading
        assert overlap(reading.raster.ink, ink) > (0.9 if "black" in kind else 0.96)
        away = reading.raster.ink[~np.asarray(Image.fromarray(ink >= 0.02).filter(ImageFilter.MaxFilter(9)))]
        grain = 0.55 if "grain" in kind else 0.35
        assert away.max() < grain and (away >= 0.5).sum() < 5, "nothing is left beside the strokes"
        assert away.mean() < (0.02 if "grain" in kind else 0.003)
        assert any(words.startswith(MENDED[kind]) for words in reading.mended)


@pytest.mark.parametrize("quality", [60, 90])
def test_a_coloured_grid_in_a_jpeg_is_taken_off(tmp_path: Path, quality: int) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS[:3])}
    pictures = {char: mess.on_grid(ink, width=2) for char, ink in truth.items()}
    found = read(save(tmp_path / "glyphs", pictures, "jpg", quality=quality))
    for char, ink in truth.items():
        reading = found[char]
        assert isinstance(reading, GlyphReading) and overlap(reading.raster.ink, ink) > 0.94
        away = reading.raster.ink[~np.asarray(Image.fromarray(ink >= 0.02).filter(ImageFilter.MaxFilter(13)))]
        assert (away >= 0.5).mean() < 1e-4, "less than the dust that tracing removes"


def test_a_dark_area_from_the_edge_fails_the_glyph_by_name(tmp_path: Path) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS)}
    pictures = {char: mess.clean(ink) for char, ink in truth.items()} | {"永": mess.slab(truth["永"])}
    found = read(save(tmp_path / "glyphs", pictures))
    assert isinstance(found["永"], GlyphError) and "永.png has a dark area at its right edge" in str(found["永"])
    assert sum(isinstance(one, GlyphReading) for one in found.values()) == 7


def test_a_blot_is_a_doubt(tmp_path: Path) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS)}
    pictures = {char: mess.clean(ink) for char, ink in truth.items()}
    pictures["和"][90:170, 90:170] = 0
    found = read(save(tmp_path / "glyphs", pictures))
    doubts = {
        char: reading.doubts for char, reading in found.items() if isinstance(reading, GlyphReading) and reading.doubts
    }
    assert doubts == {"和": ("a dark area much wider than the hand's strokes",)}


def test_clean_pictures_come_through_to_the_bit(tmp_path: Path) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS)}
    found = read(save(tmp_path / "glyphs", {char: mess.clean(ink) for char, ink in truth.items()}))
    for char, ink in truth.items():
        reading = found[char]
        assert isinstance(reading, GlyphReading) and not reading.mended and not reading.doubts
        assert np.array_equal(reading.raster.ink, 1 - mess.clean(ink).astype(np.float32) / np.float32(255))


def test_a_mixed_folder_is_read_picture_by_picture(tmp_path: Path) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS)}
    kinds = [mess.clean, mess.inverted, mess.framed, mess.clean, mess.inverted, mess.on_grid, mess.clean, mess.clean]
    found = read(save(tmp_path / "glyphs", {c: way(truth[c]) for c, way in zip(CHARS, kinds, strict=True)}))
    for char, way in zip(CHARS, kinds, strict=True):
        reading = found[char]
        assert isinstance(reading, GlyphReading) and overlap(reading.raster.ink, truth[char]) > 0.96
        assert ("read as light on dark, unlike the others" in reading.mended) == (way is mess.inverted)


def test_a_polarity_that_was_given_holds_for_every_picture(tmp_path: Path) -> None:
    folder = save(tmp_path / "glyphs", {char: mess.clean(written(seed)) for seed, char in enumerate(CHARS)})
    found = read(folder, polarity="light-on-dark")
    assert all(isinstance(one, GlyphError) for one in found.values())


def test_frames_do_not_turn_the_folder_over(tmp_path: Path) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS)}
    folder = save(tmp_path / "glyphs", {char: mess.framed(ink, 14) for char, ink in truth.items()})
    assert scan_glyph_folder(folder).fit.polarity == "dark-on-light"


def test_writing_in_colour_stays(tmp_path: Path) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS)}
    red = {}
    for char, ink in truth.items():
        red[char] = np.rint(255 - ink[..., None] * (255 - np.asarray((190, 30, 30)))).astype(np.uint8)
    folder = save(tmp_path / "glyphs", red)
    assert "the ink is coloured" in str(scan_glyph_folder(folder).fit)
    for char, reading in read(folder).items():
        assert isinstance(reading, GlyphReading) and overlap(reading.raster.ink, truth[char]) > 0.97


def test_a_grid_without_writing_is_blank_and_no_glyph(tmp_path: Path) -> None:
    pictures = {char: mess.on_grid(written(seed)) for seed, char in enumerate(CHARS)}
    pictures["永"] = mess.on_grid(np.zeros((SIDE, SIDE), np.float32))
    found = read(save(tmp_path / "glyphs", pictures))
    assert isinstance(found["永"], GlyphError) and "coloured marks and no ink" in str(found["永"])


def test_a_shaded_empty_sheet_is_blank(tmp_path: Path) -> None:
    pictures = {char: mess.falling_light(written(seed)) for seed, char in enumerate(CHARS)}
    pictures["永"] = mess.falling_light(np.zeros((SIDE, SIDE), np.float32))
    found = read(save(tmp_path / "glyphs", pictures))
    assert isinstance(found["永"], GlyphError) and "blank" in str(found["永"])


@pytest.mark.parametrize("bits", [10, 12, 14, 16])
def test_deep_pictures_are_read_by_their_range(tmp_path: Path, bits: int) -> None:
    ink = written()
    deep = np.rint((1 - ink) * (2**bits - 1)).astype(np.uint16)
    Image.fromarray(deep).save(tmp_path / "永.png")
    scanned = scan_glyph_folder(tmp_path)
    assert np.abs(read_glyph(scanned.entries[0], scanned.fit, FRAME).ink - ink).max() < 0.01


def test_dust_moves_no_scale(tmp_path: Path) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS)}
    cut = {char: mess.cut_out(mess.clean(ink), ink) for char, ink in truth.items()}
    plain = scan_glyph_folder(save(tmp_path / "plain", cut)).fit
    for char in CHARS[:3]:
        cut[char] = mess.clean(truth[char])
        cut[char][4:7, 4:7] = cut[char][-8:-5, -9:-6] = 10
    dusty = scan_glyph_folder(save(tmp_path / "dusty", cut)).fit
    assert plain.rule == dusty.rule == "one scale"
    assert dusty.em_px == pytest.approx(plain.em_px, rel=0.01)
    boxes = [read_glyph(entry, dusty, FRAME).ink for entry in scan_glyph_folder(tmp_path / "dusty").entries]
    for char, ink in zip(sorted(CHARS), boxes, strict=True):
        rows = np.flatnonzero((written(CHARS.index(char)) >= 0.5).any(axis=1))
        kept = mess.cut_out(mess.clean(ink), ink, 0).shape[0]
        if char not in CHARS[:3]:
            assert kept == pytest.approx((rows[-1] - rows[0] + 1) * SIDE / dusty.em_px, abs=2)


def test_one_cropped_picture_moves_no_other(tmp_path: Path) -> None:
    truth = {chr(0x4E00 + number): written(number) for number in range(40)}
    pictures = {char: mess.clean(ink) for char, ink in truth.items()}
    pictures["丁"] = mess.cut_out(mess.clean(truth["丁"]), truth["丁"])
    folder = scan_glyph_folder(save(tmp_path / "glyphs", pictures))
    assert folder.fit.rule == "canvas"
    assert any("丁.png" in str(problem) and "another shape" in str(problem) for problem in folder.problems)
    found = read(tmp_path / "glyphs")
    assert all(
        np.array_equal(found[char].raster.ink, 1 - mess.clean(ink).astype(np.float32) / np.float32(255))  # type: ignore[union-attr]
        for char, ink in truth.items()
        if char != "丁"
    )
    odd = found["丁"]
    assert isinstance(odd, GlyphReading) and odd.doubts == ("cropped: set in the middle",)
    assert (odd.raster.ink >= 0.5).sum() == pytest.approx((truth["丁"] >= 0.5).sum(), rel=0.03)


def test_small_writing_gets_a_remark_and_an_option(tmp_path: Path) -> None:
    pictures = {}
    for seed, char in enumerate(CHARS):
        page = Image.new("L", (SIDE, SIDE), 255)
        page.paste(Image.fromarray(mess.clean(written(seed, SIDE // 3))), (90, 80))
        pictures[char] = np.asarray(page)
    folder = save(tmp_path / "glyphs", pictures)
    scanned = scan_glyph_folder(folder)
    assert any("fill 2" in str(problem) and "--pictures cut-outs" in str(problem) for problem in scanned.problems)
    larger = read(folder, placing="cut-outs")["永"]
    assert (
        isinstance(larger, GlyphReading) and np.ptp(np.flatnonzero((larger.raster.ink >= 0.5).any(axis=0))) > 0.6 * SIDE
    )


def test_tiny_pictures_get_a_warning(tmp_path: Path) -> None:
    folder = save(tmp_path / "glyphs", {char: mess.clean(written(seed, 48)) for seed, char in enumerate(CHARS)})
    assert any("8 pictures are smaller than 64 px" in str(problem) for problem in scan_glyph_folder(folder).problems)


def test_ink_that_runs_over_a_cut_outs_edge_is_a_doubt(tmp_path: Path) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS)}
    cut = {char: mess.cut_out(mess.clean(ink), ink) for char, ink in truth.items()}
    cut["永"] = cut["永"][:, 30:]
    found = read(save(tmp_path / "glyphs", cut))
    doubts = {char: one.doubts for char, one in found.items() if isinstance(one, GlyphReading) and one.doubts}
    assert doubts == {"永": ("ink touches the left edge of its picture",)}


def test_closely_cut_pictures_are_not_all_doubted(tmp_path: Path) -> None:
    truth = {char: written(seed) for seed, char in enumerate(CHARS)}
    found = read(save(tmp_path / "glyphs", {c: mess.cut_out(mess.clean(ink), ink, 0) for c, ink in truth.items()}))
    assert all(isinstance(one, GlyphReading) and not one.doubts for one in found.values())
