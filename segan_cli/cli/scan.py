"""`segan scan`: pages that were written on become a glyph folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from segan_cli.cli.console import print_json, print_note, print_result, print_table, progress_bar
from segan_cli.cli.options import takes
from segan_cli.errors import EXIT_FAILED, EXIT_INCOMPLETE

SHOWN = 12
PAPER_OPTIONS = ("sheets", "grid", "free", "order", "reading", "corners", "keep", "fill")
"""The options of `PaperWish`, which are called as its fields are."""


@dataclass(frozen=True, kw_only=True)
class ScanOptions:
    """What `segan scan` is told."""

    pictures: Annotated[
        list[Path],
        typer.Argument(help="Scans or photos: PNG, JPEG, TIFF, PDF, or folders of them.", show_default=False),
    ]
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The glyph folder: U+6C38.png, frame.json, scan.json, scan.html.")
    ]
    sheets: Annotated[Path | None, typer.Option(help="The .json that segan sheets wrote beside the PDF.")] = None
    grid: Annotated[
        str | None, typer.Option(help="Paper with a grid of its own and no corner marks: columns x rows, as in 8x11.")
    ] = None
    free: Annotated[bool, typer.Option("--free", help="Paper without a grid: characters in lines.")] = False
    order: Annotated[
        str | None,
        typer.Option(
            help="What is written, in order, for --grid and --free: a text file, or the text. _ leaves a cell out."
        ),
    ] = None
    reading: Annotated[
        str,
        typer.Option(help="Order on paper without marks: rows (left to right) or columns (from the right, downwards)."),
    ] = "rows"
    corners: Annotated[
        str | None,
        typer.Option(
            help='Corners of the grid (or text) in the picture, clockwise from upper left: "x,y x,y x,y x,y", or a .json with these by file name.'
        ),
    ] = None
    keep: Annotated[str, typer.Option(help="Of what is written twice: later, or both (into OUT/alternatives).")] = (
        "later"
    )
    fill: Annotated[
        float | None,
        typer.Option(
            min=0.3,
            max=1.0,
            help="Part of the em that the largest characters shall fill. [default: the cell is the em]",
        ),
    ] = None
    size: Annotated[int, typer.Option(min=64, max=2048, help="Side of the pictures in pixels.")] = 512
    check: Annotated[bool, typer.Option("--check/--no-check", help="Have every cell read by a recogniser.")] = True
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Write into a folder of other pictures.")] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what the pictures show, and write nothing.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False


@takes(ScanOptions)
def scan(typed: ScanOptions) -> None:
    """Cut written pages into glyphs.

    Pages come in any order, turned any way, photographed or scanned. Turning, perspective, uneven light, ruling and red
    seals are undone. scan.html shows each page beside what was cut out of it.

    Exit code 3: written, but pages, cells or pictures are missing.
    """
    from segan_cli.cli.style_drawing import recogniser_for
    from segan_cli.files.locks import folder_lock
    from segan_cli.files.writing import check_output_folder
    from segan_cli.paper.pictures import find_pictures
    from segan_cli.paper.read_paper import PaperWish, read_paper
    from segan_cli.paper.scan_folder import write_scan

    wish = PaperWish(
        **{name: getattr(typed, name) for name in PAPER_OPTIONS}, size_px=typed.size, overwrite=typed.overwrite
    )
    if not typed.dry_run:
        check_output_folder(typed.out)
    sources, problems = find_pictures(typed.pictures)
    with progress_bar("Reading pages", len(sources)) as advance:
        read, scan_order = read_paper(wish, sources, problems, typed.out, advance)
    for problem in read.problems:
        print_note(problem)
    if not read.pages:
        print_note(f"No page could be read, and nothing is written to {typed.out}.")
        raise typer.Exit(EXIT_FAILED)
    if typed.dry_run:
        rows = [
            [page.source.name, str(page.number or ""), f"{page.written} of {len(page.cells)}"] for page in read.pages
        ]
        print_table("What the pictures show", ["picture", "page", "cells written"], rows)
        return
    reader = recogniser_for(typed.check, what="cells", threads=0)
    # beside a review of the folder, but not while it is drawn into
    lock = folder_lock(typed.out, "segan scan", part="scan")
    with lock, progress_bar("Cutting glyphs", len(scan_order.wanted)) as advance:
        result = write_scan(read, scan_order, reader, advance)
    for remark in result.remarks:
        print_note(remark)
    _show(result.report)
    if typed.as_json:
        print_json(result.report)
    else:
        print_result(
            f"{result.written:,} glyphs in {typed.out}\n{typed.out / 'scan.html'}"
            if result.written
            else "0 glyphs: no cell holds ink."
        )
    if not result.written:
        raise typer.Exit(EXIT_FAILED)
    if read.problems or result.report["missing"] or result.report["empty"]:
        raise typer.Exit(EXIT_INCOMPLETE)


def _show(report: dict[str, Any]) -> None:
    entries = {entry["char"]: entry for entry in report["glyphs"].values()}
    rows = [
        [
            char,
            str(entries[char]["page"] or entries[char]["picture"]),
            str(entries[char]["cell"]),
            "; ".join(entries[char]["suspect"]),
        ]
        for char in report["doubtful"][:SHOWN]
    ]
    if rows:
        more = len(report["doubtful"]) - len(rows)
        print_table(
            "Look at these first" + (f" ({more} more in scan.html)" if more > 0 else ""),
            ["", "page", "cell", "why"],
            rows,
        )
    for name, title in (
        ("pages_missing", "Pages that are missing"),
        ("empty", "Empty cells"),
        ("missing", "Not on these pages"),
    ):
        if report[name]:
            listed = [str(one) for one in report[name]]
            text = (", " if name == "pages_missing" else "").join(listed[:60])
            print_note(f"{title} ({len(listed)}): {text}{' …' if len(listed) > 60 else ''}")
