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


def test_a_terminal_too_narrow_for_a_table_has_one_value_below_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "│" in printed(50, monkeypatch, capsys)
    lines = printed(30, monkeypatch, capsys).splitlines()
    assert lines == ["Hands", "name: wang-xizhi-running", "  script: semi-cursive"]


EVIL = "a\x1b]52;c;aGk=\x07b\x9b31m\u202egpj"


@pytest.mark.parametrize(
    "print_it", [console.print_error, console.print_note, console.print_result, console.print_json]
)
def test_no_name_gives_orders_to_the_terminal(
    print_it: Callable[[str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    print_it(EVIL)
    said = "".join(capsys.readouterr())
    assert not any(char in said for char in "\x1b\x07\x9b\u202e") and "52;c;aGk=" in said and "gpj" in said


def test_no_name_in_a_table_does(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Names", ["name"], [[EVIL]])
    assert "\x1b]" not in capsys.readouterr().err


def test_half_a_surrogate_pair_is_shown_as_a_sign(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_note("\udcd3\udcc0.png 永\nend")
    assert capsys.readouterr().err == "\ufffd\ufffd.png 永\nend\n"


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
