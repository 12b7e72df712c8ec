"""What is written on paper that does not say it itself: characters in order, given to the cells of the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from segan_cli.errors import UsageError
from segan_cli.files.documents import read_text
from segan_cli.paper.scan import LEFT_OUT, ReadPage, ReadPages
from segan_cli.source.charset import with_picture

SKIPPED = "_"
"""Stands for a cell that is not read: empty, or spoilt."""


def read_order(text: str) -> tuple[str, ...]:
    """Read `--order`: white space does not count, a character may come more than once, `_` leaves a cell out.

    Raises:
        UsageError: no such file, or no character in it.
    """
    path = Path(text)
    try:
        is_file = path.is_file()
    except OSError:  # a long text is no path
        is_file = False
    if not is_file and path.suffix == ".txt":
        raise UsageError(
            f"There is no file {path}. Give --order a text file of the characters in the order of the cells."
        )
    content = read_text(path, "The order") if is_file else text
    chars = tuple(LEFT_OUT if char == SKIPPED else char for char in content if char == SKIPPED or with_picture(char))
    if not any(chars):
        raise UsageError(f"The order {text!r} holds no character that has a picture.")
    return chars


def assign(read: ReadPages, chars: Sequence[str], *, exact: bool) -> ReadPages:
    """Give the cells of all pages their characters.

    Args:
        read: pages in the order in which they were written.
        chars: what is written, in order.
        exact: the cells were found by their ink, so that their number must be that of the characters.

    Raises:
        UsageError: a number of cells that does not fit; nothing could be named for certain.
    """
    total = sum(len(page.cells) for page in read.pages)
    if exact and read.pages and total != len(chars):
        found = ", ".join(f"{page.source.name} {len(page.cells)}" for page in read.pages)
        raise UsageError(
            f"{total} characters are seen and the order has {len(chars)} ({found}). From the first one too many or too few on, "
            "every name would be wrong, so nothing is named. Look at the pages; write _ for what is not to be read; give "
            "--corners to leave the margins out; or use --grid."
        )
    if len(chars) > total and read.pages:
        raise UsageError(
            f"The order has {len(chars)} characters, and the {len(read.pages)} pictures have {total} cells. Give all pictures "
            "at once, in their order, and check --grid."
        )
    pages: list[ReadPage] = []
    start = 0
    for number, page in enumerate(read.pages, 1):
        some = [*chars[start : start + len(page.cells)]]
        start += len(page.cells)
        beyond = [cell for cell in page.cells[len(some) :] if not cell.is_empty]
        remarks = (
            (*page.remarks, f"{len(beyond)} written cells lie beyond the end of the order") if beyond else page.remarks
        )
        some += [LEFT_OUT] * (len(page.cells) - len(some))
        pages.append(replace(page, number=number, chars=tuple(some), remarks=remarks))
    return ReadPages(tuple(pages), read.problems)
