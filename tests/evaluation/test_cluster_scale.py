"""The page of what many hands cost is made of its figures, and its hours are what a person would reckon."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from tests.scripts import load_script

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "cluster_scale.py"


@pytest.fixture(scope="module")
def scale() -> ModuleType:
    return load_script(SCRIPT)


def test_the_page_that_is_kept_is_that_of_its_figures(scale: ModuleType) -> None:
    figures = json.loads(scale.FIGURES.read_text(encoding="utf-8"))
    assert scale.PAGE.read_text(encoding="utf-8") == scale.page(figures)
    twice = figures | {"rates": figures["rates"] | {"draw_s": 2 * figures["rates"]["draw_s"]}}
    assert scale.page(twice) != scale.page(figures)


def test_hours_on_one_machine_and_on_many(scale: ModuleType) -> None:
    rates = scale.Rates(
        draw_s=0.04,
        part_s=0.0,
        build_s=0.016,
        receive_s=0.0,
        assemble_s=0.001,
        score_s=0.2,
        hand_s=12.0,
        task_s=0.001,
        file_s=0.001,
        glyph_mb=0.01,
        font_mb=0.001,
    )
    one = scale.cost(rates, 1, 16, 1000)
    assert one.draw * 3600 == pytest.approx(169 * 40), "2,700 tasks of 40 s on 16 cores: 169 rounds"
    assert one.build * 3600 == pytest.approx(100 * 27_000 * 0.002), "tracing on 16 cores, then joining on one"
    assert one.score * 3600 == pytest.approx(7 * 72), "100 hands on 16 cores: seven rounds"
    assert one.mb == pytest.approx(one.files * 0.01) and one.files == pytest.approx(2.7e6 / (169 * 40))
    many = scale.cost(rates, 1000, 16, 1000)
    assert many.draw * 3600 == pytest.approx(40) and many.build * 3600 == pytest.approx(54)
    slow = scale.cost(replace(rates, task_s=1.0), 1000, 16, 1000)
    assert slow.draw * 3600 == pytest.approx(2700), "a slow scheduler sets the pace"
    ends = scale.limits(rates, 16, 1000)
    assert ends["disk"] == pytest.approx(2.5) and ends["scheduler"] == pytest.approx(2500) and ends["scores"] == 6.25
    gains = [scale.cost(rates, machines, 16, 1000).hours for machines in (1, 2, 4096, 8192)]
    assert gains[0] > 1.1 * gains[1] and gains[2] < 1.1 * gains[3] and 2 <= scale.useful(rates, 16, 1000) <= 4096
