from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from segan_cli.evaluation.evaluate import Evaluation, Metrics, evaluate
from segan_cli.evaluation.table import as_values, markdown, rows, scores
from segan_cli.files.contact_sheet import write_comparison


@pytest.fixture
def evaluation(toy: SimpleNamespace) -> Evaluation:
    metrics = Metrics(recognizer=toy.NearestReader(toy.glyphs()), extractors={"FD-lite0": toy.PixelFeatures()})
    generated = toy.glyphs(1) | {"一": toy.glyph("二")}
    return evaluate(generated, toy.glyphs(), metrics)


def test_every_figure_has_its_interval_and_what_it_is_held_against(evaluation: Evaluation) -> None:
    table = {row[0]: row for row in rows(evaluation)}
    accuracy = table["content accuracy, nearest"]
    assert accuracy[1] == "0.950" and " to " in accuracy[2] and accuracy[3].startswith("Human 1.000")
    assert table["FD-lite0 (less is better)"][3].startswith("floor unknown")
    assert "KID × 1000 (less is better)" in table and "IoU (more is better)" in table


def test_markdown_says_the_conditions_and_the_wrong_ones(evaluation: Evaluation) -> None:
    text = markdown(evaluation, "mine against real")
    assert text.startswith("# mine against real\n") and "N = 20 characters" in text and "一→二" in text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(rows(evaluation)) and {line.count("|") for line in lines} == {5}


def test_json_holds_everything_and_no_nan(toy: SimpleNamespace, evaluation: Evaluation) -> None:
    few = evaluate(
        toy.glyphs(1, "一二三"), toy.glyphs(0, "一二三"), Metrics(extractors={"FD-lite0": toy.PixelFeatures()})
    )
    for found in (evaluation, few):
        values = json.loads(json.dumps(as_values(found), allow_nan=False))
        assert values["n"] == len(found.chars) == len(values["chars"])
    assert values["distances"][0]["value"]["low"] is None


def test_scores_are_what_a_card_carries(evaluation: Evaluation) -> None:
    found = scores(evaluation)
    assert set(found) == {"l1", "iou", "skeleton_distance", "accuracy", "human_accuracy", "fd_lite0", "kid"}
    assert found["accuracy"] == 0.95 and found["human_accuracy"] == 1


def test_the_picture_has_a_row_for_each_set(toy: SimpleNamespace, tmp_path: Path) -> None:
    black = {"二": np.ones((64, 64), np.float32)}
    write_comparison({"generated": black, "real": toy.glyphs()}, "一二三", tmp_path / "rows.png", cell_px=32)
    pixels = np.asarray(Image.open(tmp_path / "rows.png"))
    assert pixels.shape == (2 * (26 + 32 + 12) + 12, 3 * 32 + 2 * 12)
    first, second = pixels[38:70, 12:108], pixels[108:140, 12:108]
    assert first[:, :32].min() == 255 and first[:, 32:64].max() == 0, "what is lacking stays empty"
    assert second.min() < 128 and pixels[12:38].min() < 128, "glyphs, and a label above them"
