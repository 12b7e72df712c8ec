"""`segan evaluate`, as a person types it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from segan_cli.evaluation import measuring
from segan_cli.evaluation.evaluate import Metrics
from segan_cli.glyph import Frame, GlyphRaster
from segan_cli.source.glyph_folder import write_frame, write_glyph

Segan = Callable[..., Any]


@pytest.fixture
def folders(toy: SimpleNamespace, tmp_path: Path) -> tuple[Path, Path]:
    """A generated folder of ten characters, and a real one of all."""
    for name, hand, chars in (("mine", 1, toy.chars[:10]), ("real", 0, toy.chars)):
        write_frame(Frame(64), tmp_path / name)
        for char in chars:
            write_glyph(GlyphRaster(char, toy.glyph(char, hand), Frame(64)), tmp_path / name)
    return tmp_path / "mine", tmp_path / "real"


@pytest.fixture(autouse=True)
def small_judges(toy: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    metrics = Metrics(recognizer=toy.NearestReader(toy.glyphs()), extractors={"FD-lite0": toy.PixelFeatures()})
    monkeypatch.setattr(measuring, "open_metrics", lambda **words: (metrics, ("no second opinion",)))


def test_folder_against_folder(folders: tuple[Path, Path], tmp_path: Path, segan: Segan) -> None:
    mine, real = folders
    run = segan("evaluate", mine, "--against", real, "--size", "64", "--out", tmp_path / "report")
    assert run.code == 0 and run.out.strip() == str(tmp_path / "report" / "evaluation.md")
    assert "N = 10" in run.err and "no second opinion" in run.err
    values = json.loads((tmp_path / "report" / "evaluation.json").read_text())
    assert values["n"] == 10 and values["accuracies"][0]["human"]["value"] == 1
    assert values["distances"][0]["floor"] > 0, "the real folder holds enough others"
    assert (tmp_path / "report" / "evaluation.png").stat().st_size > 500
    assert "| IoU" in (tmp_path / "report" / "evaluation.md").read_text()
    assert values["brush"]["whole"]["count"] == 10 and values["brush"]["whole"]["corners"]["real"]["value"] > 0
    assert "sharp corners" in (tmp_path / "report" / "evaluation.md").read_text()


def test_json_and_the_number_of_characters(folders: tuple[Path, Path], segan: Segan) -> None:
    mine, real = folders
    run = segan("evaluate", mine, "--against", real, "--size", "64", "--count", "4", "--no-brush", "--json")
    assert run.code == 0 and json.loads(run.out)["n"] == 4 and json.loads(run.out)["brush"] is None
    run = segan("evaluate", mine, "--against", real, "--size", "64", "--chars", "一二三永", "--no-brush", "--json")
    assert sorted(json.loads(run.out)["chars"]) == sorted("一二三")


def test_bad_input(folders: tuple[Path, Path], tmp_path: Path, segan: Segan) -> None:
    mine, real = folders
    run = segan("evaluate", tmp_path / "none", "--against", real)
    assert run.code == 2 and "Traceback" not in run.err
    run = segan("evaluate", mine, "--against", tmp_path / "none")
    assert run.code == 2 and "no glyph folder" in run.err
    run = segan("evaluate", mine, "--against", real, "--chars", "永")
    assert run.code == 2 and "in common" in run.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--count", "1"], "--count 1: at least two characters are measured; 0 takes all."),
        (["--chars", ""], "empty"),
        (["--seed", "-1"], "greater than or equal to 0"),
        (["--style", "x"], "--style chooses a hand of a bundle or a run, and"),
        (["--out", "mine"], "holds the glyphs that are read. Choose another folder"),
        (["--out", "real"], "holds the glyphs that are read. Choose another folder"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_the_work(
    folders: tuple[Path, Path], segan: Segan, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    mine, real = folders
    monkeypatch.chdir(mine.parent)
    before = sorted(mine.parent.rglob("*"))
    run = segan("evaluate", mine, "--against", real, *words)
    assert run.code == 2 and said in " ".join(run.err.split())
    assert sorted(mine.parent.rglob("*")) == before
