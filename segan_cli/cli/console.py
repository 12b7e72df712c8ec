"""The one place that prints: progress and tables go to stderr, the result to stdout."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from segan_cli.files.documents import printable

_LONGEST_WORD, _SHOWN = 1000, 100
"""Characters; no path and no list of characters in a message is so long."""


def print_error(message: str) -> None:
    """Print a failure on stderr as one plain paragraph; a machine can read it, too."""
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text("error: ", style="bold red") + Text(_short(printable(message))))


def _short(message: str) -> str:
    """The message, in which no word fills the screen: a name of 70,000 letters is told by its beginning."""
    return re.sub(
        rf"\S{{{_LONGEST_WORD},}}", lambda word: f"{word[0][:_SHOWN]}… ({len(word[0]):,} characters)", message
    )


def print_note(message: str) -> None:
    """Print a remark on stderr."""
    from rich.console import Console
    from rich.text import Text

    Console(stderr=True, soft_wrap=True).print(Text(printable(message)))


def print_table(
    title: str, columns: list[str], rows: list[list[str]], *, whole: str | None = None, as_result: bool = False
) -> None:
    """Print a table; where the terminal is too narrow for it, one row below the other.

    Args:
        title: its heading.
        columns: their headings.
        rows: the cells.
        whole: the column that is never broken.
        as_result: on stdout, because it is what was asked for; otherwise on stderr.
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = [[printable(cell) for cell in row] for row in rows]
    console = Console(stderr=not as_result, width=_width() if as_result else None)
    if _least_width(columns, rows) > console.width:
        console.print(Text(title, style="bold"))
        for row in rows:
            console.print(Text(_as_paragraph(columns, row)), soft_wrap=False)
        return
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=column == whole, overflow="ellipsis" if column == whole else "fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)


def _width() -> int | None:
    """The width for stdout where that is a pipe: what the person sees is still the terminal."""
    import shutil

    return None if sys.stdout.isatty() else max(shutil.get_terminal_size((100, 24)).columns, 60)


def _least_width(columns: list[str], rows: list[list[str]]) -> int:
    """Columns of the terminal at which no word has to be broken."""
    from rich.cells import cell_len

    words = [
        max(cell_len(word) for cell in column for word in cell.split() or [""])
        for column in zip(columns, *rows, strict=True)
    ]
    return sum(words) + 3 * len(words) + 1


def _as_paragraph(columns: list[str], row: list[str]) -> str:
    first, *rest = [(name, cell) for name, cell in zip(columns, row, strict=True) if cell.strip()] or [("", "")]
    lines = [f"{first[0]}: {first[1]}" if first[0] else first[1]]
    return "\n".join([*lines, *(f"  {name}: {cell}" for name, cell in rest)])


def print_result(text: str) -> None:
    """Print the result on stdout."""
    sys.stdout.write(printable(text) + "\n")


def print_json(value: Any) -> None:
    """Print the result on stdout for a machine."""
    sys.stdout.write(printable(json.dumps(value, ensure_ascii=False, indent=2)) + "\n")


@contextmanager
def progress_bar(description: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar with speed and time left on stderr; nothing is drawn when stderr is not a terminal.

    Args:
        description: what is going on.
        total: how many steps make the whole.

    Yields:
        A function that takes the number of steps done since its last call.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=total, rate="")

        def advance(steps: int) -> None:
            progress.advance(task, steps)
            speed = progress.tasks[task].speed
            progress.update(task, rate=f"{speed:,.0f}/s" if speed else "")

        yield advance


@contextmanager
def share_bar(description: str, whole: float = 1.0) -> Iterator[Callable[[float], None]]:
    """A bar for what tells how far it is, and not by how much it moved.

    Args:
        description: what is going on.
        whole: what "done" is.

    Yields:
        A function that takes how much is done, 0 to `whole`.
    """
    with progress_bar(f"{description}, per mille", 1000) as advance:
        shown = 0

        def moved(done: float) -> None:
            nonlocal shown
            now = int(1000 * done / whole)
            advance(now - shown)
            shown = now

        yield moved
