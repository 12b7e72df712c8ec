"""A row's ink: outlines beside the hand's own, the hand that it is taken for, and how the report says it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segan_cli.benchmark import hand_scores as hand_scores_module
from segan_cli.benchmark import row_ink
from segan_cli.benchmark.report import COLUMNS, markdown, table
from segan_cli.benchmark.row_ink import compare_outlines, hands_taken_for
from segan_cli.benchmark.rows import RowResult
from segan_cli.evaluation.features import Features
from segan_cli.evaluation.table import plain_values
from segan_cli.glyph import Frame, GlyphRaster, Ink
from segan_cli.source.glyph_folder import write_frame, write_glyph
from segan_cli.source.split import part_of

CHARS = tuple(chr(0x4E00 + number) for number in range(60))
TEST = tuple(char for char in CHARS if part_of(char, 0) == "test")


class Widths:
    """Sees how wide and how high the ink is."""

    name = "widths"

    def __init__(self) -> None:
        self.seen = 0

    def extract(self, inks: Sequence[Ink]) -> Features:
        self.seen += len(inks)
        return np.array([[ink.any(0).mean(), ink.any(1).mean()] for ink in inks], dtype=np.float64)


def _folder(place: Path, width: int, height: int, chars: Sequence[str] = CHARS) -> Path:
    for number, char in enumerate(chars):
        ink = np.zeros((128, 128), np.float32)
        ink[20 : 20 + height + number % 5, 20 : 20 + width + number % 7] = 1
        write_glyph(GlyphRaster(char, ink, Frame(128)), place)
    write_frame(Frame(128), place)
    return place


@pytest.fixture(autouse=True)
def _no_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quarters go by the hand's own lines and the classifier has none: these characters are no letters of the shipped source."""
    for module in (row_ink, hand_scores_module):
        monkeypatch.setattr(module, "source_lines", lambda chars: None)
    row_ink._kept_outlines.cache_clear()
    row_ink._classifier.cache_clear()


def test_a_row_is_held_against_the_hand_and_not_the_other_way_round(tmp_path: Path) -> None:
    hand, thick = _folder(tmp_path / "hand", 80, 10), _folder(tmp_path / "thick", 80, 20)
    same, other = (compare_outlines(place, hand, CHARS, Widths()) for place in (hand, thick))
    assert same is not None and other is not None
    assert same.whole.weight.ratio.value == pytest.approx(1) and same.whole.missing.value == 0
    assert same.whole.kernel is not None and other.whole.kernel is not None
    assert other.whole.weight.ratio.value > 1.5 and other.whole.kernel.value > same.whole.kernel.value


def test_the_hands_outlines_are_measured_once_for_all_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand, row = _folder(tmp_path / "hand", 80, 10, CHARS[:4]), _folder(tmp_path / "row", 80, 12, CHARS[:4])
    measured: list[Path] = []
    real = row_ink.outlines
    monkeypatch.setattr(row_ink, "outlines", lambda folder, chars: measured.append(folder) or real(folder, chars))
    for _ in range(3):
        compare_outlines(row, hand, CHARS[:4], None)
    assert measured.count(hand) == 1 and measured.count(row) == 3


def test_pictures_are_taken_for_the_hand_that_they_look_like(tmp_path: Path) -> None:
    wide, high = _folder(tmp_path / "wide", 80, 20), _folder(tmp_path / "high", 20, 80)
    hands = (("wide", wide), ("high", high))
    own = hands_taken_for(hands, 0, "wide", wide, TEST, Widths())
    foreign = hands_taken_for(hands, 0, "wide", high, TEST, Widths())
    assert own["hand_top1"] == own["hand_top1_real"] == foreign["hand_top1_real"] == 1
    assert foreign["hand_top1"] == 0 and foreign["hand_margin"] < 0 < own["hand_margin"]


def test_the_classifier_learns_the_training_part_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hands = (("wide", _folder(tmp_path / "wide", 80, 20)), ("high", _folder(tmp_path / "high", 20, 80)))
    learned: list[str] = []
    real = row_ink.hand_features
    monkeypatch.setattr(
        row_ink,
        "hand_features",
        lambda folder, chars, *more, **lost: learned.extend(chars) or real(folder, chars, *more, **lost),
    )
    hands_taken_for(hands, 0, "wide", hands[0][1], TEST, Widths())
    assert learned and {part_of(char, 0) for char in learned} == {"train"}


def test_what_was_not_drawn_is_blank_paper_and_stops_nothing(tmp_path: Path) -> None:
    wide, high = _folder(tmp_path / "wide", 80, 20), _folder(tmp_path / "high", 20, 80)
    some = _folder(tmp_path / "some", 80, 20, TEST[:2])
    found = hands_taken_for((("wide", wide), ("high", high)), 0, "wide", some, TEST, Widths())
    assert 0 < found["hand_top1"] <= 1 and found["hand_top1_real"] == 1
    assert compare_outlines(some, wide, (TEST[0],), None) is None
    assert hands_taken_for((("wide", wide),), 0, "wide", some, TEST, Widths()) == {}
    assert hands_taken_for((("wide", wide), ("high", high)), 0, "wide", some, TEST, None) == {}


def _row(name: str, corners: float, hands: dict[str, float], brush: Any) -> RowResult:
    figures: dict[str, Any] = {key: {"value": 0.5, "low": None, "high": None} for key in ("iou", "l1", "skeleton")}
    brush = plain_values(brush)
    brush["whole"]["corners"]["ratio"] = {"value": corners, "low": None, "high": None}
    return RowResult(
        "mine", name, 2, figures | {"accuracies": [], "distances": [], "brush": brush, "hands": hands}, Path()
    )


def test_the_report_has_the_inks_columns_its_quarters_and_the_hands_own_ceiling(tmp_path: Path) -> None:
    hand = _folder(tmp_path / "hand", 80, 10)
    brush = compare_outlines(hand, hand, CHARS, Widths())
    hands = {"hand_top1": 0.25, "hand_top1_real": 0.75, "hand_top1_q1": 0.125}
    rows = [_row("zi2zi", 1.5, hands, brush), _row("SE-GAN", 0.75, hands, brush)]
    headings, lines = table(rows)
    assert {"FD-lite0, 256 px", "KID × 1000, 256 px", "missing, ‰", "corners", "taken for the hand"} <= set(headings)
    cells = {line[1]: dict(zip(headings, line, strict=True)) for line in lines}
    assert cells["SE-GAN"]["corners"] == "0.75*" and cells["zi2zi"]["corners"] == "1.50", "nearest to the hand's wins"
    assert cells["zi2zi"]["taken for the hand"].startswith("0.250") and cells["Human"]["taken for the hand"] == "0.750"
    text = "\n".join(report_quarters(rows))
    assert text.count("| mine |") == 2 and "0.125" in text


def report_quarters(rows: Sequence[RowResult]) -> list[str]:
    from segan_cli.benchmark import report

    return report._quarters(rows)


def test_rows_of_an_earlier_version_lack_the_inks_columns_and_are_shown() -> None:
    figures: dict[str, Any] = {key: {"value": 0.5, "low": None, "high": None} for key in ("iou", "l1", "skeleton")}
    rows = [RowResult("mine", "zi2zi", 2, figures | {"accuracies": [], "distances": []}, Path())]
    headings, _ = table(rows)
    assert "corners" not in headings and "IoU" in headings and report_quarters(rows) == []
    assert len(COLUMNS) > len(headings) and callable(markdown)
