"""Tables on narrow terminals, and bars."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from segan_cli.cli import console
from segan_cli.cli.console import print_table


def printed(width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    print_table("Hands", ["name", "script"], [["wang-xizhi-running", "semi-cursive"]], whole="name")
    return capsys.readouterr().err


def test_a_word_that_is_too_long_is_broken_and_not_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = printed(34, monkeypatch, capsys).splitlines()
    last = [line.split("│")[-2].strip() for line in lines if line.startswith("│")]
    assert len(last) > 1 and "".join(last) == "semi-cursive"


def test_a_whole_name_that_does_not_fit_shows_that_it_was_cut(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "wang-xizhi-running" in printed(40, monkeypatch, capsys)
    assert "…" in printed(18, monkeypatch, capsys)


def test_a_share_becomes_steps_that_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[int] = []

    @contextmanager
    def counted(description: str, total: int) -> Iterator[Callable[[int], None]]:
        assert (description, total) == ("rows, per mille", 1000)
        yield steps.append

    monkeypatch.setattr(console, "progress_bar", counted)
    with console.share_bar("rows", 3) as moved:
        for done in (0.0, 0.5, 1.0, 2.2, 3.0):
            moved(done)
    assert steps == [0, 166, 167, 400, 267]
