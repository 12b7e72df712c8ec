"""What is printed: the characters, the pages, the marks, the file beside the PDF."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import written_sheets as damage

from segan_cli.errors import UsageError
from segan_cli.paper.marks import find_marks, page_transform
from segan_cli.paper.sheet import PAPERS, RULINGS, SheetDesign, lay_out, mark_numbers, mark_places
from segan_cli.paper.sheet_file import read_sheet_file, write_sheet_file


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("model", ["faint", "beside"])
def test_cells_lie_between_the_marks_and_do_not_overlap(paper: str, model: str) -> None:
    sheets = lay_out([chr(0x4E00 + i) for i in range(200)], SheetDesign(paper=paper, model=model))
    width, height = sheets.size_mm
    top, low = mark_places(sheets.size_mm)[0][1] + 10, mark_places(sheets.size_mm)[2][1]
    for page in sheets.pages:
        for cell in page.cells:
            assert 5 < cell.x < width - cell.side - 5
            assert top < cell.y < low - cell.side
        corners = np.asarray([(cell.x, cell.y) for cell in page.cells])
        apart = np.abs(corners[:, None] - corners[None]).max(axis=2) + 1e3 * np.eye(len(corners))
        assert apart.min() > page.cells[0].side
    assert [c.char for page in sheets.pages for c in page.cells] == [chr(0x4E00 + i) for i in range(200)]
    assert height == PAPERS[paper][1]


def test_signs_begin_on_a_page_of_their_own_and_a_character_may_have_two_cells() -> None:
    sheets = lay_out("永和", SheetDesign(repeat=2), "。永")
    assert ["".join(cell.char for cell in page.cells) for page in sheets.pages] == ["永永和和", "。。"]


def test_more_pages_than_the_marks_can_number() -> None:
    with pytest.raises(UsageError, match="250 at most"):
        lay_out([chr(0x4E00 + i) for i in range(3100)], SheetDesign(cell_mm=60))


def test_the_file_beside_the_pdf_is_read_as_it_was_written(tmp_path: Path) -> None:
    sheets = lay_out("永和九年", SheetDesign(ruling="jiu", paper="letter"))
    write_sheet_file(sheets, tmp_path / "write.json")
    assert read_sheet_file(tmp_path / "write.json") == sheets


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"format": "segan sheets 1"}', '{"size_px": 256, "units_per_em": 1000, "descender": -120}']
)
def test_another_file_is_no_sheet_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "write.json").write_text(text)
    with pytest.raises(UsageError, match="is no sheet file"):
        read_sheet_file(tmp_path / "write.json")


def test_cells_beyond_the_page_are_no_sheet_file(tmp_path: Path) -> None:
    sheets = lay_out("永", SheetDesign())
    write_sheet_file(sheets, tmp_path / "write.json")
    found = json.loads((tmp_path / "write.json").read_text())
    found["pages"][0]["cells"][0][1] = 9000
    (tmp_path / "write.json").write_text(json.dumps(found))
    with pytest.raises(UsageError, match="does not lie on the page"):
        read_sheet_file(tmp_path / "write.json")


def test_other_sheets_have_another_code() -> None:
    codes = {lay_out(chars, SheetDesign()).code for chars in ("永", "和", "九", "年", "天", "地")}
    codes.add(lay_out("永", SheetDesign(cell_mm=30)).code)
    assert len(codes) >= 6


@pytest.mark.parametrize("turned", [0, 1, 2, 3])
def test_marks_tell_page_code_and_place_whichever_way_the_page_lies(
    printed: tuple, blank_pages: list[damage.Picture], turned: int
) -> None:
    sheets, _ = printed
    picture = np.ascontiguousarray(np.rot90(blank_pages[1], turned))
    found = find_marks(picture.mean(axis=2).astype(np.uint8))
    assert (found.page, found.code) == (2, sheets.code)
    matrix, miss = page_transform(found.marks, sheets.size_mm)
    assert miss < 0.1
    middle = matrix @ np.asarray([sheets.size_mm[0] / 2, sheets.size_mm[1] / 2, 1])
    assert np.allclose(middle[:2] / middle[2], np.asarray(picture.shape[1::-1]) / 2, atol=1.0)


def test_any_three_marks_carry_page_and_code() -> None:
    numbers = mark_numbers(37, 5)
    assert {number % 4 for number in numbers} == {0, 1, 2, 3}
    assert [number // 4 for number in numbers] == [4, 37, 4, 37]


@pytest.mark.parametrize("ruling", RULINGS)
def test_the_command_prints_every_ruling_and_twice_the_same(tmp_path: Path, segan: Callable, ruling: str) -> None:
    pdf = tmp_path / "a.pdf"
    words = ("sheets", "--chars", "永和", "--ruling", ruling, "--last-page", "digits", "--out")
    assert segan(*words, pdf).code == 0
    assert segan(*words, tmp_path / "b.pdf").code == 0
    assert pdf.read_bytes() == (tmp_path / "b.pdf").read_bytes()
    assert read_sheet_file(tmp_path / "a.json").chars == tuple("永和0123456789")


def test_other_sheets_of_the_same_name_are_not_overwritten(tmp_path: Path, segan: Callable) -> None:
    assert segan("sheets", "--chars", "永", "--out", tmp_path / "a.pdf").code == 0
    assert segan("sheets", "--chars", "永", "--out", tmp_path / "a.pdf").code == 0
    refused = segan("sheets", "--chars", "和", "--out", tmp_path / "a.pdf")
    assert refused.code == 2
    assert "other sheets" in refused.err
    assert read_sheet_file(tmp_path / "a.json").chars == ("永",)
    assert segan("sheets", "--chars", "和", "--out", tmp_path / "a.pdf", "--overwrite").code == 0


def test_another_document_of_that_name_is_not_overwritten(tmp_path: Path, segan: Callable) -> None:
    (tmp_path / "thesis.pdf").write_bytes(b"%PDF-1.7 years of work")
    run = segan("sheets", "--chars", "永", "--out", tmp_path / "thesis.pdf")
    assert run.code == 2 and "thesis.pdf is there already" in run.err
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.pdf"]
    assert segan("sheets", "--chars", "永", "--out", tmp_path / "thesis.pdf", "--overwrite").code == 0
    assert segan("sheets", "--chars", "永", "--out", tmp_path / "thesis.pdf").code == 0  # the same sheets again


def test_only_what_is_still_needed(tmp_path: Path, segan: Callable) -> None:
    have = tmp_path / "have"
    have.mkdir()
    (have / "永.png").write_bytes(b"")
    left = segan("sheets", "--chars", "永和九", "--have", have, "--dry-run", "--json", "--out", tmp_path / "a.pdf")
    assert json.loads(left.out)["pages"] == ["和九"]
    report = {
        "glyphs": {"U+548C": {"char": "和", "suspect": ["reads as 秋"]}, "U+4E5D": {"suspect": []}},
        "missing": [{"char": "年"}],
    }
    (tmp_path / "report.json").write_text(json.dumps(report))
    again = segan("sheets", "--rejected", tmp_path / "report.json", "--dry-run", "--json")
    assert sorted(json.loads(again.out)["pages"][0]) == sorted("年和")
    assert not (tmp_path / "a.pdf").exists()


def test_nothing_asked_for_is_said(segan: Callable) -> None:
    assert segan("sheets").code == 2
    assert "--count 200" in segan("sheets").err
    assert "ending .pdf" in segan("sheets", "--chars", "永", "--out", "a.png").err


def test_what_a_review_marked_is_to_be_written_again(tmp_path: Path) -> None:
    from segan_cli.paper.wanted import rejected_chars
    from segan_cli.source.review_decisions import DecisionJournal, fingerprint

    for char in "永字八":
        (tmp_path / f"U+{ord(char):04X}.png").write_bytes(char.encode())
    with pytest.raises(UsageError, match="segan review"):
        rejected_chars(tmp_path)
    pictures = [fingerprint(tmp_path / f"U+{ord(char):04X}.png") for char in "永字"]
    DecisionJournal(tmp_path).add("write", "永字", pictures)
    assert rejected_chars(tmp_path) == ("字", "永")
    (tmp_path / "U+5B57.png").write_bytes(b"written meanwhile")
    assert rejected_chars(tmp_path) == ("永",)
