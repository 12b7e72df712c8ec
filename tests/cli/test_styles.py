import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

MakeBundle = Callable[..., Path]
Segan = Callable[..., Any]


@pytest.fixture
def models(make_bundle: MakeBundle, monkeypatch: pytest.MonkeyPatch) -> Path:
    models = make_bundle().parent
    monkeypatch.setenv("SEGAN_MODELS", str(models))
    return models


def test_styles_are_listed_with_number_script_scores_licence_and_size(segan: Segan, models: Path) -> None:
    run = segan("styles")
    assert run.code == 0
    for word in ("thick", "thin", "kaisho", "accuracy 0.9", "public domain", "OFL-1.1", "MB for 2"):
        assert word in run.out  # the table is the result: `segan styles | less` shows it


def test_a_machine_gets_json(segan: Segan, models: Path) -> None:
    rows = json.loads(segan("styles", "--json").out)
    assert [(row["number"], row["name"], row["precisions"]) for row in rows] == [
        (1, "thick", ["fp32"]),
        (2, "thin", ["fp32"]),
    ]


def test_a_check_finds_the_sick_bundle(segan: Segan, models: Path, make_bundle: MakeBundle) -> None:
    from segan_cli.generator.bundle import Style, open_bundle

    assert segan("styles", "--check").code == 0
    probe = open_bundle(models / "tiny", "1").manifest.probe
    make_bundle("sick", styles=(Style("sick", "x"),), probe=replace(probe, mean_ink=0.9))
    run = segan("styles", "--check", "--json")
    checks = {row["name"]: row["check"] for row in json.loads(run.out)}
    assert run.code == 1 and checks["thin"].startswith("sound") and checks["sick"].startswith("NOT sound")


def test_a_broken_bundle_costs_no_other(segan: Segan, models: Path) -> None:
    (models / "odd").mkdir()
    (models / "odd" / "manifest.json").write_bytes(b"\xff\xfe")
    run = segan("styles")
    assert run.code == 1 and "thick" in run.out and "odd/manifest.json: it is not UTF-8" in " ".join(run.err.split())


def test_a_bundle_and_an_exported_run_are_looked_into(segan: Segan, models: Path, make_bundle: MakeBundle) -> None:
    make_bundle("bundle", folder=models / "run")
    for place in (models / "tiny", models / "run"):
        assert [row["name"] for row in json.loads(segan("styles", "--folder", place, "--json").out)] == [
            "thick",
            "thin",
        ]


def test_no_styles_at_all(segan: Segan, tmp_path: Path) -> None:
    run = segan("styles", "--folder", tmp_path)
    assert run.code == 0 and "No styles" in run.err


def test_a_sheet_shows_every_style(
    segan: Segan, models: Path, bar_font: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np
    from PIL import Image

    from segan_cli.drawing import sources

    monkeypatch.setattr(sources, "open_sources", lambda *_: sources.Sources((sources._font(str(bar_font)),)))
    assert segan("styles", "--sheet", tmp_path / "sheet.png", "--text", "三五").code == 0
    sheet = np.asarray(Image.open(tmp_path / "sheet.png"))
    rows = np.flatnonzero((sheet < 60).any(axis=1))
    assert np.count_nonzero(np.diff(rows) > 1) >= 5  # bars of two styles, apart from each other
