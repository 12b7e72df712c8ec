"""From pictures of pages to a glyph folder, and what is said where that is not possible."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import written_sheets as damage
from PIL import Image

from segan_cli.glyph import Ink
from segan_cli.paper.sheet import SheetDesign, Sheets, lay_out
from segan_cli.paper.sheet_file import write_sheet_file

Printed = tuple[Sheets, Path]


def overlap(folder: Path, char: str, glyphs: dict[str, Ink], em: float = 0.9) -> float:
    with Image.open(folder / f"U+{ord(char):04X}.png") as image:
        cut = 1 - np.asarray(image.convert("L").resize((256, 256)), dtype=np.float32) / 255
    matrix = np.float64([[em, 0, 128 * (1 - em)], [0, em, 128 * (1 - em)]])
    truth = cv2.warpAffine(glyphs[char], matrix, (256, 256)) >= 0.5
    return float(((cut >= 0.5) & truth).sum() / ((cut >= 0.5) | truth).sum())


def read(
    segan: Callable, printed: Printed, out: Path, *files: Path, more: tuple[str, ...] = ()
) -> tuple[int, dict, str]:
    sheets = printed[1].with_suffix(".json")
    done = segan("scan", *files, "--sheets", sheets, "--out", out, "--no-check", *more)
    report = json.loads((out / "scan.json").read_text()) if (out / "scan.json").exists() else {}
    return done.code, report, " ".join(done.err.split())


def test_a_photo_in_bad_light_comes_back_as_it_was_written(
    tmp_path: Path, segan: Callable, printed: Printed, written: Callable, save: Callable, glyphs: dict[str, Ink]
) -> None:
    picture = damage.sealed(written(), printed[0])
    picture = damage.shaded(damage.photographed(damage.grainy(picture, np.random.default_rng(0)), 17, 0.15))
    code, report, err = read(segan, printed, tmp_path / "out", save("one.jpg", damage.compressed(picture)))
    assert code == 3
    assert report["pages_missing"] == [2]
    assert "Pages that are missing (1): 2" in err
    chars = [cell.char for cell in printed[0].pages[0].cells]
    assert sorted(entry["char"] for entry in report["glyphs"].values()) == sorted(chars)
    overlaps = {char: overlap(tmp_path / "out", char, glyphs) for char in chars}
    assert np.mean(list(overlaps.values())) > 0.9, overlaps
    assert min(overlaps.values()) > 0.8, overlaps
    assert (tmp_path / "out" / "frame.json").exists()
    assert "<section>" in (tmp_path / "out" / "scan.html").read_text()


@pytest.mark.parametrize("colour", [(225, 70, 60), (70, 165, 95), (200, 200, 200)])
def test_ruling_of_any_colour_goes_away(
    tmp_path: Path,
    segan: Callable,
    printed: Printed,
    written: Callable,
    save: Callable,
    glyphs: dict[str, Ink],
    colour: tuple,
) -> None:
    read(segan, printed, tmp_path / "out", save("one.png", written(ruling=colour)))
    assert np.mean([overlap(tmp_path / "out", cell.char, glyphs) for cell in printed[0].pages[0].cells]) > 0.93


@pytest.mark.parametrize("corner", range(4))
def test_three_marks_are_enough_and_two_are_not(
    tmp_path: Path, segan: Callable, printed: Printed, written: Callable, save: Callable, corner: int
) -> None:
    picture = written().copy()
    height, width = picture.shape[:2]
    half = [(slice(0, 120), slice(0, 120)), (slice(0, 120), slice(width - 120, width))]
    half += [(slice(height - 120, height), slice(width - 120, width)), (slice(height - 120, height), slice(0, 120))]
    picture[half[corner]] = 255
    code, report, err = read(segan, printed, tmp_path / "out", save("one.png", picture))
    assert (code, len(report["glyphs"])) == (3, len(printed[0].pages[0].cells))
    assert "mark is not seen" in err
    picture[half[(corner + 1) % 4]] = 255
    code, _, err = read(segan, printed, tmp_path / "none", save("two.png", picture))
    assert code == 1
    assert "only 2 of 4 corner marks" in err
    assert not (tmp_path / "none").exists()


def test_pages_in_any_order_upside_down_and_twice(
    tmp_path: Path, segan: Callable, printed: Printed, written: Callable, save: Callable, glyphs: dict[str, Ink]
) -> None:
    bar = np.zeros((256, 256), np.float32)
    bar[110:140, 30:226] = 1
    first, second = save("first.png", np.rot90(written(2), 2)), save("second.png", written(2, {"山": bar}))
    code, report, _ = read(segan, printed, tmp_path / "out", first, save("page1.png", written()), second)
    assert (code, report["missing"], report["empty"], report["pages_missing"]) == (0, [], [], [])
    assert report["glyphs"]["U+5C71"]["picture"] == "second.png", "of what was written twice the later wins"
    assert report["glyphs"]["U+5DDD"]["picture"] == "first.png", "an empty cell takes nothing away"
    assert not (tmp_path / "out" / "alternatives").exists()
    read(segan, printed, tmp_path / "both", first, second, more=("--keep", "both"))
    kept = [path.name for path in (tmp_path / "both" / "alternatives").iterdir()]
    assert kept == ["U+5C71_2.png"]


def test_a_second_scan_adds_to_the_first(
    tmp_path: Path, segan: Callable, printed: Printed, written: Callable, save: Callable
) -> None:
    out = tmp_path / "out"
    assert read(segan, printed, out, save("one.png", written()))[0] == 3
    code, report, _ = read(segan, printed, out, save("two.png", written(2)))
    assert (code, len(report["glyphs"]), report["pages_missing"]) == (0, len(printed[0].chars), [])


def test_pictures_of_another_origin_are_not_touched(
    tmp_path: Path, segan: Callable, printed: Printed, written: Callable, save: Callable
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "永.png").write_bytes(b"mine")
    code, _, err = read(segan, printed, out, save("one.png", written()))
    assert code == 2
    assert "did not come from segan scan" in err
    assert [path.name for path in out.iterdir()] == ["永.png"]


def test_a_stroke_that_leaves_its_cell_stays_whole_and_touching_characters_are_named(
    tmp_path: Path, segan: Callable, printed: Printed, written: Callable, save: Callable
) -> None:
    sheets = printed[0]
    picture = written(1, {}).copy()
    px = picture.shape[1] / sheets.size_mm[0]
    one, two = sheets.pages[0].cells[0], sheets.pages[0].cells[1]
    y = int((one.y + 20) * px)
    cv2.line(
        picture, (int((one.x + 8) * px), y), (int((two.x + 7) * px), y), (20, 20, 20), 14
    )  # far into the next cell
    low = sheets.pages[0].cells[4]
    cv2.line(
        picture,
        (int((low.x + 10) * px), int((low.y + 20) * px)),
        (int((low.x + low.side + 40) * px), int((low.y + 20) * px)),
        (20, 20, 20),
        14,
    )
    _, report, _ = read(segan, printed, tmp_path / "out", save("one.png", picture))
    with Image.open(tmp_path / "out" / f"U+{ord(one.char):04X}.png") as image:
        inked = np.flatnonzero((np.asarray(image) < 128).any(axis=0))
    assert inked[-1] - inked[0] > 500 * 45 / 46, "whole, and moved inside the em"
    assert f"U+{ord(two.char):04X}" not in report["glyphs"]
    doubts = report["glyphs"][f"U+{ord(low.char):04X}"]["suspect"]
    assert "touches the character beside it" in doubts


def test_blots_empty_cells_and_blank_pages_are_named(
    tmp_path: Path, segan: Callable, printed: Printed, written: Callable, save: Callable, blank_pages: list
) -> None:
    blot = np.ones((256, 256), np.float32)
    cells = printed[0].pages[0].cells
    _, report, _ = read(segan, printed, tmp_path / "out", save("one.png", written(1, {cells[0].char: blot})))
    assert "a blot: ink almost all over the cell" in report["glyphs"][f"U+{ord(cells[0].char):04X}"]["suspect"]
    assert set(report["empty"]) == {cell.char for cell in cells[1:]}
    code, _, err = read(
        segan, printed, tmp_path / "none", save("blank.png", damage.grainy(blank_pages[0], np.random.default_rng(1)))
    )
    assert code == 1
    assert "page 1 is blank" in err
    assert not (tmp_path / "none").exists()


class ReaderOfOne:
    """Reads everything as 月."""

    def knows(self, char: str) -> bool:
        return char != "山"

    def judge(self, inks: list, chars: list) -> list:
        from segan_cli.evaluation.recognizer import Reading, Verdict

        return [Verdict(char, Reading("月", 0.9), 0.9 if char == "月" else 0.0) for char in chars]


def test_writing_in_the_wrong_cell_is_doubted(
    printed: Printed, written: Callable, save: Callable, tmp_path: Path
) -> None:
    from segan_cli.paper.pictures import find_pictures
    from segan_cli.paper.read_paper import PaperWish, read_paper
    from segan_cli.paper.scan_folder import write_scan

    sources, _ = find_pictures([save("one.png", written())])
    found, order = read_paper(PaperWish(printed[1].with_suffix(".json")), sources, [], tmp_path / "out")
    report = write_scan(found, order, ReaderOfOne()).report
    assert "月" not in report["doubtful"]
    assert report["glyphs"]["U+6C38"]["suspect"] == ["reads as 月, which belongs into another cell"]
    assert report["glyphs"]["U+6C38"]["score"] == 0.0


def test_other_sheets_are_refused(tmp_path: Path, segan: Callable, written: Callable, save: Callable) -> None:
    write_sheet_file(lay_out("永和九", SheetDesign(cell_mm=46.0)), tmp_path / "other.json")
    done = segan(
        "scan", save("one.png", written()), "--sheets", tmp_path / "other.json", "--out", tmp_path / "out", "--no-check"
    )
    assert done.code == 1
    assert "belongs to other sheets" in done.err
    assert not (tmp_path / "out").exists()


def bomb(path: Path) -> None:
    import struct
    import zlib

    head = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    body = b"IDAT" + zlib.compress(bytes(1000))
    chunks = [head, body, b"IEND"]
    packed = [struct.pack(">I", len(one) - 4) + one + struct.pack(">I", zlib.crc32(one)) for one in chunks]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(packed))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("cat.png", None, "no corner mark is seen"),
        ("film.mp4", b"\0\0\0\x18ftypmp42" + bytes(500), "is not a picture"),
        ("torn.pdf", b"%PDF-1.7\nnothing", "cannot be read"),
        ("torn.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF" + bytes(300), "cannot be read|is not a picture"),
        ("bomb.png", bomb, "100,000,000 px allowed"),
        ("empty.tif", b"", "is not a picture|cannot be read"),
    ],
)
def test_what_is_no_page_is_named_and_costs_no_other(
    tmp_path: Path,
    segan: Callable,
    printed: Printed,
    written: Callable,
    save: Callable,
    name: str,
    content: object,
    said: str,
) -> None:
    path = tmp_path / name
    if content is None:
        noise = np.random.default_rng(0).integers(0, 255, (600, 500, 3)).astype(np.uint8)
        Image.fromarray(noise).save(path)
    elif callable(content):
        content(path)
    else:
        path.write_bytes(content)  # type: ignore[arg-type]
    import re

    code, _, err = read(segan, printed, tmp_path / "alone", path)
    assert code == 1
    assert re.search(said, err), err
    assert not (tmp_path / "alone").exists()
    code, report, _ = read(segan, printed, tmp_path / "both", path, save("good.png", written()))
    assert code == 3
    assert len(report["glyphs"]) == len(printed[0].pages[0].cells)
    assert len(report["problems"]) == 1


def test_pages_of_a_pdf_and_of_a_tiff(tmp_path: Path, segan: Callable, printed: Printed, written: Callable) -> None:
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    pages = [Image.fromarray(written(1)), Image.fromarray(written(2))]
    canvas = Canvas(str(tmp_path / "scan.pdf"), pagesize=(595, 842))
    for page in pages:
        canvas.drawImage(ImageReader(page), 0, 0, 595, 842)
        canvas.showPage()
    canvas.save()
    pages[0].save(tmp_path / "scan.tif", save_all=True, append_images=pages[1:], compression="tiff_lzw")
    for name in ("scan.pdf", "scan.tif"):
        code, report, _ = read(segan, printed, tmp_path / name.replace(".", "-"), tmp_path / name)
        assert (code, len(report["glyphs"])) == (0, len(printed[0].chars))


def test_a_dry_run_writes_nothing(
    tmp_path: Path, segan: Callable, printed: Printed, written: Callable, save: Callable
) -> None:
    code, _, err = read(segan, printed, tmp_path / "out", save("one.png", written()), more=("--dry-run",))
    assert code == 0
    assert "one.png" in err
    assert not (tmp_path / "out").exists()


def test_what_paper_it_is_must_be_said(tmp_path: Path, segan: Callable, written: Callable, save: Callable) -> None:
    picture = save("one.png", written())
    for words, said in (
        ((), "Say what paper this is"),
        (("--grid", "8x11"), "add --order"),
        (("--grid", "8by11", "--order", "永"), "write columns x rows"),
        (("--sheets", tmp_path / "no.json"), "cannot be read"),
        (("--grid", "2x2", "--order", "永", "--corners", "1,2 3,4"), "four points"),
        (("--grid", "2x2", "--order", "永", "--corners", "0,0 0,9 9,9 9,0"), "clockwise"),
        (("--free", "--order", tmp_path / "no.txt"), "There is no file"),
    ):
        done = segan("scan", picture, "--out", tmp_path / "out", *words)
        assert done.code == 2
        assert said in " ".join(done.err.split())
    assert not (tmp_path / "out").exists()
