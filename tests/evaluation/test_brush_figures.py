"""Figures of sets: glyphs whose brush is made up, so that every figure is known."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest

from segan_cli.evaluation.brush import BrushGlyph
from segan_cli.evaluation.brush_figures import compare_brush
from segan_cli.evaluation.brush_table import QUARTER_COLUMNS, brush_rows, brush_scores, quarters_table


def glyph(
    corners: int = 6, edge: float = 1000, weight: float = 40, contrast: float = 0.4, points: int = 50
) -> BrushGlyph:
    line = np.column_stack([np.linspace(100, 900, points), np.full(points, 500.0)])
    picture = np.full((256, 256), round(weight), np.uint8)
    return BrushGlyph(corners, edge, weight, contrast, line, picture)


def hand(count: int = 40) -> list[BrushGlyph]:
    random = np.random.default_rng(3)
    return [glyph(weight=float(weight), points=20 + row) for row, weight in enumerate(random.normal(40, 8, count))]


def test_a_hand_beside_itself() -> None:
    real = hand()
    found = compare_brush(real, real).whole
    for figure in (found.corners, found.weight, found.spread, found.contrast):
        assert figure.ratio.value == pytest.approx(1) and figure.generated == figure.real
    assert found.correlation.value == pytest.approx(1) and found.missing.value == 0 == found.surplus.value
    assert found.corners.real.value == pytest.approx(6) and found.distance is None
    assert found.spread.real.value == pytest.approx(np.std([one.weight for one in real]))


def test_each_figure_sees_its_own_fault() -> None:
    real = hand()
    heavier = [dataclasses.replace(one, weight=one.weight * 1.2) for one in real]
    found = compare_brush(heavier, real).whole
    assert found.weight.ratio.value == pytest.approx(1.2) and found.spread.ratio.value == pytest.approx(1.2)
    assert found.correlation.value == pytest.approx(1)
    even = [dataclasses.replace(one, weight=40 + (row % 2)) for row, one in enumerate(real)]
    found = compare_brush(even, real).whole
    assert found.spread.ratio.value < 0.1 and abs(found.correlation.value) < 0.4
    round_off = [dataclasses.replace(one, corners=3 * (row % 2)) for row, one in enumerate(real)]
    found = compare_brush(round_off, real).whole
    assert found.corners.ratio.value == pytest.approx(0.25)
    assert found.corners.ratio.low < 0.25 < found.corners.ratio.high
    felt_tip = [dataclasses.replace(one, contrast=0.2) for one in real]
    assert compare_brush(felt_tip, real).whole.contrast.ratio.value == pytest.approx(0.5)
    half = [dataclasses.replace(one, line=one.line[: len(one.line) // 2]) for one in real]
    found = compare_brush(half, real).whole
    assert found.missing.value > 200 and found.surplus.value == 0


def test_corners_are_counted_by_length_of_edge_and_not_by_glyph() -> None:
    real = [glyph(corners=1, edge=100), glyph(corners=10, edge=10_000)]
    assert compare_brush(real, real).whole.corners.real.value == pytest.approx(1000 * 11 / 10_100)


def test_quarters_go_by_strokes_from_few_to_many(toy: SimpleNamespace) -> None:
    real = hand()
    dense = [row for row, one in enumerate(real) if len(one.line) >= 50]
    drawn = [dataclasses.replace(one, corners=3) if row in dense else one for row, one in enumerate(real)]
    found = compare_brush(drawn, real, toy.PixelFeatures())
    assert [round(one.corners.ratio.value, 2) for one in found.quarters] == [1, 1, 1, 0.5]
    assert found.by == "the real glyphs" and [one.count for one in found.quarters] == [10] * 4
    assert found.whole.distance is not None and found.whole.distance.value == pytest.approx(0, abs=1e-6)
    other = compare_brush(drawn, real, source_lines=[-float(row) for row in range(len(real))])
    assert other.by == "the source glyphs" and other.quarters[0].corners.ratio.value == pytest.approx(0.5)
    assert compare_brush(drawn[:15], real[:15]).quarters == ()


def test_the_tables_say_all_of_it(toy: SimpleNamespace) -> None:
    real = hand()
    found = compare_brush(real[::-1], real, toy.PixelFeatures())
    rows = {row[0]: row for row in brush_rows(found)}
    assert (
        rows["sharp corners in 1,000 u of edge"][1] == "6.00"
        and "of the hand's 6.00" in rows["sharp corners in 1,000 u of edge"][3]
    )
    assert "FD-lite0 at 256 px (less is better)" in rows
    lines = quarters_table(found)
    assert len(lines) == 4 + 4 and {line.count("|") for line in lines[2:]} == {len(QUARTER_COLUMNS) + 1}
    scores = brush_scores(found.whole)
    assert scores["corners_ratio"] == pytest.approx(1) and "fd_lite0_256" in scores
    assert "fd_lite0_256" not in brush_scores(compare_brush(real, real).whole)


def test_a_figure_without_value_is_left_out() -> None:
    flat = [glyph() for _ in range(5)]
    found = compare_brush(flat, flat).whole
    assert np.isnan(found.correlation.value) and "weight_correlation" not in brush_scores(found)
    assert np.isnan(found.spread.ratio.value)
