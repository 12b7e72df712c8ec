"""The benchmark from end to end, on tiny networks."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from segan_cli.benchmark.rows import read_glyphs
from segan_cli.drawing.postprocess import finish
from segan_cli.files.contact_sheet import CELL_PX, LABEL_PX, MARGIN_PX
from segan_cli.files.locks import folder_lock
from segan_cli.glyph import Frame, GlyphRaster
from segan_cli.source.glyph_folder import write_frame, write_glyph

ROWS = "source font,zi2zi,CycleGAN,StarGAN,DG-Font,SE-GAN w/o D_s"


def words(hand: Path, out: Path, *more: str) -> list[str]:
    given = ["benchmark", "--styles", f"mine={hand}", "--out", str(out), "--steps", "2", "--device", "cpu"]
    return [*given, "--preset", str(hand.parent / "tiny.toml"), "--source-font", str(hand.parent / "kai.ttf"), *more]


def test_all_rows_and_again_without_training(hand: Path, tmp_path: Path, segan: Callable[..., Any]) -> None:
    out = tmp_path / "out"
    run = segan(*words(hand, out, "--rows", ROWS))
    assert run.code == 0, run.err
    assert run.out.strip() == str(out / "benchmark.md")
    text = (out / "benchmark.md").read_text()
    rows = ROWS.split(",")
    assert (
        all(f"| mine | {row} | {0 if row == 'source font' else 2} |" in text for row in rows)
        and "| mine | Human |" in text
    )
    assert "4 pairs a step" in text and "2 steps of training on cpu" in text and "IoU" in text
    results = json.loads((out / "benchmark.json").read_text())
    assert [one["row"] for one in results] == ROWS.split(",")
    assert len({one["chars"] for one in results}) == 1, "all rows are measured on the same characters"
    picture = np.asarray(Image.open(out / "mine" / "fig4.png"))
    assert _rows_of(picture) == len(rows) + 1, "the source once, every row, the hand's own"
    source = next(line for line in text.splitlines() if "| source font |" in line)
    assert "*" not in source, "what learned nothing wins nothing"
    stamps = {file: file.stat().st_mtime_ns for file in out.rglob("result.json")}
    assert len(stamps) == 6
    (out / "mine" / "zi2zi" / "result.json").unlink()
    assert segan(*words(hand, out, "--rows", ROWS)).code == 0
    assert all(file.stat().st_mtime_ns == stamp for file, stamp in stamps.items() if file.parent.name != "zi2zi")
    again = json.loads((out / "mine" / "zi2zi" / "result.json").read_text())
    assert again["values"]["iou"] == results[1]["iou"], "a row measured again is the same"


def test_every_rows_pictures_are_finished_unless_told_otherwise(
    hand: Path, tmp_path: Path, segan: Callable[..., Any]
) -> None:
    rows = ("--rows", "source font,SE-GAN w/o D_s")
    for out, more, said in (("done", (), "are finished"), ("raw", ("--no-finish",), "as the networks drew")):
        assert segan(*words(hand, tmp_path / out, *rows, *more)).code == 0
        assert said in (tmp_path / out / "benchmark.md").read_text()
    apart, moved = [], []
    for raw in (tmp_path / "raw" / "mine").rglob("U+*.png"):
        finished = tmp_path / "done" / raw.relative_to(tmp_path / "raw")
        before, after = (1 - np.asarray(Image.open(file), np.float32) / 255 for file in (raw, finished))
        apart.append(np.abs(finish(before) - after).mean())  # the file's 256 greys are finished here, floats there
        moved.append(np.abs(before - after).mean())
    assert max(apart) < 0.1 * max(moved)
    again = segan(*words(hand, tmp_path / "done", *rows, "--no-finish"))
    assert again.code == 2 and "other conditions" in again.err


def test_bad_input(hand: Path, tmp_path: Path, segan: Callable[..., Any]) -> None:
    out = tmp_path / "out"
    run = segan(*words(hand, out, "--rows", "zi2zo"))
    assert run.code == 2 and "Did you mean 'zi2zi'" in run.err
    run = segan(*words(hand, out, "--time-per-row", "1m"))
    assert run.code == 2 and "not both" in run.err
    run = segan(*words(hand, out, "--baseline-channels", "12"))
    assert run.code == 2 and "multiple of 8" in run.err
    assert segan(*words(hand, out, "--rows", "zi2zi")).code == 0
    conditions = json.loads((out / "conditions.json").read_text())
    conditions["settings"]["bend_px"] = conditions["settings"].pop("warp_px")  # as an earlier version wrote them
    conditions["settings"] |= {"beta1": 0.5, "weight_decay": 1e-4}
    (out / "conditions.json").write_text(json.dumps(conditions))
    assert segan(*words(hand, out, "--rows", "zi2zi")).code == 0
    for other in (("--batch-size", "8"), ("--baseline-channels", "32")):
        run = segan(*words(hand, out, "--rows", "zi2zi", *other))
        assert run.code == 2 and "other conditions" in run.err


def test_a_second_process_is_told_who_is_at_it(hand: Path, tmp_path: Path, segan: Callable[..., Any]) -> None:
    out = tmp_path / "out"
    with folder_lock(out, "segan benchmark"):
        run = segan(*words(hand, out, "--rows", "source font"))
        assert run.code == 1 and f"{out} is in use: segan benchmark, process {os.getpid()}" in run.err
        assert not list(out.glob("[!.]*"))
    with folder_lock(out / "mine" / "source-font", "segan benchmark"):  # as a worker of a cluster holds its row
        run = segan(*words(hand, out, "--rows", "source font"))
        assert run.code == 1 and "source-font is in use: segan benchmark" in run.err
    assert segan(*words(hand, out, "--rows", "source font")).code == 0
    assert not list(out.rglob(".segan-*"))


def test_the_ablations_picture_has_the_heatmaps(hand: Path, tmp_path: Path, segan: Callable[..., Any]) -> None:
    with (hand.parent / "tiny.toml").open("a") as preset:
        preset.write("lambda_adv = 0.0\n")  # without metrics, no skeleton generator is needed
    out = tmp_path / "out"
    run = segan(*words(hand, out, "--rows", "SE-GAN,SE-GAN w/o E_s"))
    assert run.code == 0, run.err
    picture = np.asarray(Image.open(out / "mine" / "fig5.png"))
    assert _rows_of(picture) == 6, "source, two rows, real, SRAM, CRAM"
    heat = picture[400:496, 150:246]
    assert heat.min() < 40 and heat.max() > 215
    assert "(mine/fig5.png)" in (out / "benchmark.md").read_text()


def test_a_missing_skeleton_generator_is_told_before_any_row(
    hand: Path, tmp_path: Path, segan: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGAN_MODELS", str(tmp_path / "no-models"))
    run = segan(*words(hand, tmp_path / "out"))
    assert run.code != 0 and "Traceback" not in run.err and "skeleton" in run.err
    assert not list((tmp_path / "out").rglob("checkpoints"))


def test_ablations_leave_out_what_they_say() -> None:
    from segan_cli.benchmark.rows import SEGAN_ROWS, segan_settings
    from segan_cli.training.settings import load_train_settings

    preset = load_train_settings("cpu")
    full, without_e, without_d = (segan_settings(preset, row) for row in SEGAN_ROWS)
    assert (
        full.network.skeleton_encoder and full.network.skeleton_discriminator and full.network.attention == "sram+cram"
    )
    assert not without_e.network.skeleton_encoder and without_e.network.skeleton_discriminator
    assert without_d.network.skeleton_encoder and not without_d.network.skeleton_discriminator
    assert (
        full.optimizer.batch_size
        == without_e.optimizer.batch_size
        == without_d.optimizer.batch_size
        == preset.optimizer.batch_size
    )


def test_only_held_out_characters_are_measured(hand: Path, tmp_path: Path, segan: Callable[..., Any]) -> None:
    from segan_cli.source.split import part_of

    assert segan(*words(hand, tmp_path / "out", "--rows", "source font")).code == 0
    (measured,) = json.loads((tmp_path / "out" / "benchmark.json").read_text())
    assert len(measured["chars"]) >= 2 and {part_of(char, 0) for char in measured["chars"]} == {"test"}
    drawn = {file.stem for file in (tmp_path / "out").rglob("U+*.png")}
    assert drawn == {f"U+{ord(char):04X}" for char in measured["chars"]}


def test_the_star_and_the_winner_are_the_better_value() -> None:
    from segan_cli.benchmark.report import table, winners
    from segan_cli.benchmark.rows import RowResult

    def row(name: str, iou: float, l1: float) -> RowResult:
        figures = {name: {"value": value, "low": None, "high": None} for name, value in (("iou", iou), ("l1", l1))}
        more = {"skeleton": None, "accuracies": [], "distances": []}
        return RowResult("mine", name, 2, figures | more, Path())

    rows = [row("source font", 0.9, 0.01), row("zi2zi", 0.3, 0.05), row("SE-GAN", 0.5, 0.08)]
    headings, lines = table(rows)
    stars = {line[1]: [headings[place] for place, cell in enumerate(line) if cell.endswith("*")] for line in lines}
    assert stars == {"source font": [], "zi2zi": ["L1"], "SE-GAN": ["IoU"], "Human": []}
    assert winners(rows) == ["mine: IoU SE-GAN; L1 zi2zi."]


def _rows_of(picture: np.ndarray) -> float:
    """How many rows of glyphs, each under its label, a comparison shows."""
    return (picture.shape[0] - MARGIN_PX) / (LABEL_PX + CELL_PX + MARGIN_PX)


def test_a_glyph_of_which_nothing_was_left_is_paper_in_the_pictures(tmp_path: Path) -> None:
    frame, ink = Frame(32), np.zeros((32, 32), np.float32)
    write_frame(frame, tmp_path)
    write_glyph(GlyphRaster("永", ink.copy(), frame), tmp_path)
    ink[8:24, 14:18] = 1
    write_glyph(GlyphRaster("一", ink, frame), tmp_path)
    found = read_glyphs(tmp_path, frame)
    assert not found["永"].any() and found["一"].sum() == pytest.approx(64)


def test_hands_are_looked_at_before_anything_is_written(hand: Path, tmp_path: Path, segan: Callable[..., Any]) -> None:
    out, rows = tmp_path / "out", ("--rows", "source font", "--steps", "1", "--no-features")
    for styles, said in (
        (("=x",), "The name of a style (write NAME=FOLDER) is ''"),
        (("../x=y",), "is '../x', and it holds a slash"),
        ((f"a={hand}", f"a={hand}"), "Every style needs a name of its own"),
    ):
        run = segan("benchmark", "--out", out, *rows, *(f"--styles={style}" for style in styles))
        assert run.code == 2 and said in run.err and not (out / "conditions.json").exists()
    run = segan("benchmark", "--out", hand, *rows, "--styles", hand)
    assert run.code == 2 and f"{hand} holds the glyphs that are read" in run.err
    assert not (hand / "conditions.json").exists()


def test_a_call_that_began_no_row_stands_in_nobodys_way(hand: Path, tmp_path: Path, segan: Callable[..., Any]) -> None:
    out = tmp_path / "out"
    (tmp_path / "empty").mkdir()
    assert segan(*words(tmp_path / "empty", out, "--rows", "source font")).code == 2
    assert segan(*words(hand, out, "--rows", "source font", "--baseline-channels", "32")).code == 0
    again = segan(*words(hand, out, "--rows", "source font", "--baseline-channels", "24"))
    assert again.code == 2 and "other conditions" in again.err
