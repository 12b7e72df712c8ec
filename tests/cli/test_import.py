"""`segan import`: the plan, the clean folder, and what is left out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from segan_cli.errors import UsageError
from segan_cli.files.locks import output_locks
from segan_cli.files.writing import hidden_prefix
from segan_cli.source import import_folder
from segan_cli.source.glyph_folder import scan_glyph_folder


def picture(seed: int = 0, grid: bool = True) -> Image.Image:
    """Two strokes, on a red grid."""
    image = Image.new("RGB", (160, 160), (250, 248, 240))
    pen = ImageDraw.Draw(image)
    if grid:
        pen.rectangle((4, 4, 155, 155), outline=(214, 69, 65), width=2)
        pen.line((80, 4, 80, 155), fill=(214, 69, 65), width=2)
    pen.rounded_rectangle((30, 60 + seed, 130, 72 + seed), 4, fill=(25, 25, 25))
    pen.rounded_rectangle((70 + seed, 30, 82 + seed, 130), 4, fill=(25, 25, 25))
    return image


@pytest.fixture
def messy(tmp_path: Path) -> Path:
    folder = tmp_path / "messy"
    (folder / "kana").mkdir(parents=True)
    for seed, name in enumerate(["永_1.png", "永_2.png", "0x56FD.png", "0003_東.jpg", "kana/あ.png"]):
        picture(seed).save(folder / name)
    picture(9).crop((0, 0, 160, 1)).resize((160, 160)).save(folder / "大.png")
    (folder / "小.png").write_bytes(b"no picture")
    return folder


def test_a_messy_folder_becomes_a_clean_one(messy: Path, tmp_path: Path, segan: Callable) -> None:
    before = {path: path.read_bytes() for path in messy.rglob("*.*")}
    run = segan("import", messy, "--out", tmp_path / "clean", "--size", "128", "--yes")
    assert run.code == 3 and run.out.strip() == str(tmp_path / "clean")
    assert "4 pictures become glyphs, 2 do not" in run.err and "coloured marks: 4" in run.err
    assert "永_2.png is a second file" in run.err
    assert {path.name for path in (tmp_path / "clean").iterdir()} == {
        "U+6C38.png", "U+56FD.png", "U+6771.png", "U+3042.png", "frame.json", "import.json"
    }  # fmt: skip
    folder = scan_glyph_folder(tmp_path / "clean")
    assert folder.fit.rule == "frame" and not folder.problems
    ink = 1 - np.asarray(Image.open(tmp_path / "clean" / "U+6C38.png"), np.float32) / 255
    assert ink[6:20, 60:68].max() < 0.2 < 0.9 < ink[52, 40], "the grid is gone and the stroke is there"
    record = json.loads((tmp_path / "clean" / "import.json").read_text(encoding="utf-8"))
    assert record["glyphs"]["U+3042"]["file"] == "kana/あ.png"
    assert {row["char"] for row in record["left_out"]} == {"大", "小"}
    assert before == {path: path.read_bytes() for path in messy.rglob("*.*")}


def test_the_plan_alone_writes_nothing(messy: Path, tmp_path: Path, segan: Callable) -> None:
    run = segan("import", messy, "--dry-run", "--json")
    assert run.code == 0 and set(json.loads(run.out)["glyphs"]) == {"U+6C38", "U+56FD", "U+6771", "U+3042"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["messy"]


def test_nobody_to_ask_and_a_place_that_is_taken(messy: Path, tmp_path: Path, segan: Callable) -> None:
    run = segan("import", messy, "--out", tmp_path / "clean")
    assert run.code == 2 and "--yes" in run.err and not (tmp_path / "clean").exists()
    run = segan("import", messy, "--out", messy, "--yes")
    assert run.code == 2 and "is there already" in run.err


def test_numbered_pictures_are_named_by_a_map_or_a_list(tmp_path: Path, segan: Callable) -> None:
    folder = tmp_path / "numbered"
    folder.mkdir()
    for number in range(1, 12):
        picture(number, grid=False).save(folder / f"{number}.png")
    assert segan("import", folder, "--out", tmp_path / "no", "--yes").code == 2
    (tmp_path / "order.txt").write_text("永國東西\n南北中大\n小人口\n", encoding="utf-8")
    run = segan("import", folder, "--dry-run", "--json", "--names", tmp_path / "order.txt")
    glyphs = json.loads(run.out)["glyphs"]
    assert glyphs["U+6C38"]["file"] == "1.png" and glyphs["U+53E3"]["file"] == "11.png"
    (tmp_path / "map.csv").write_text("file;character\n1.png;永\n10;U+570B\n3.png;\n", encoding="utf-8")
    run = segan("import", folder, "--dry-run", "--json", "--names", tmp_path / "map.csv")
    assert run.code == 2 and "have names that are no character" in run.err
    rows = "".join(f"{number},{char}\n" for number, char in enumerate("永國東西南北中大小人", 1))
    (tmp_path / "map.csv").write_text(rows, encoding="utf-8")
    run = segan("import", folder, "--dry-run", "--json", "--names", tmp_path / "map.csv")
    assert len(json.loads(run.out)["glyphs"]) == 10 and "11.png" in str(json.loads(run.out)["problems"])
    (tmp_path / "order.txt").write_text("永國", encoding="utf-8")
    run = segan("import", folder, "--dry-run", "--names", tmp_path / "order.txt")
    assert run.code == 2 and "lists 2 characters" in run.err and "11 pictures" in run.err
    (tmp_path / "map.csv").write_text("file,character\n1.png,永\n2.png,yong\n", encoding="utf-8")
    run = segan("import", folder, "--dry-run", "--names", tmp_path / "map.csv")
    assert run.code == 2 and "line 3: 'yong' is no character" in run.err
    (tmp_path / "map.csv").write_text(f"1.png,{'x' * 200_000}\n", encoding="utf-8")
    for place in (".", "/"):
        run = segan("import", folder, "--yes", "--out", place)
        assert run.code == 2 and f"{place} is there already. Name a new folder" in run.err
    run = segan("import", folder, "--dry-run", "--names", tmp_path / "map.csv")
    assert run.code == 2 and "is no table of file and character" in run.err


def test_what_cannot_be_written_is_told_before_any_picture_is_read(
    messy: Path, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_folder, "plan_import", lambda *given, **more: pytest.fail("pictures were read"))

    def refused(folder: Path) -> None:
        raise UsageError(f"Nothing can be written into {folder}: Read-only file system.")

    monkeypatch.setattr(import_folder, "check_writable", refused)
    run = segan("import", messy, "--out", tmp_path / "clean", "--yes")
    assert run.code == 2 and f"Nothing can be written into {tmp_path}" in run.err


def test_one_import_at_a_time_writes_a_folder_and_a_killed_one_leaves_no_litter(
    messy: Path, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    with output_locks([tmp_path / "clean"], "segan import"):
        run = segan("import", messy, "--out", tmp_path / "clean", "--yes")
        assert run.code == 1 and f"{tmp_path / 'clean'} is in use: segan import, process" in run.err
    monkeypatch.setattr(shutil, "rmtree", lambda *given, **more: None)  # what was killed takes nothing away

    def killed(*given: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as midway:
        midway.setattr(import_folder, "write_frame", killed)
        assert segan("import", messy, "--out", tmp_path / "clean", "--yes").code == 130
    (left,) = tmp_path.glob(".*")
    assert left.name.startswith(hidden_prefix()), "the next command sweeps what is called so"
