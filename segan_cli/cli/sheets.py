"""`segan sheets`: pages to write on, with which characters, and where to write each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from segan_cli.cli.console import print_json, print_note, print_result, progress_bar
from segan_cli.cli.options import takes


@dataclass(frozen=True, kw_only=True)
class SheetsOptions:
    """What `segan sheets` is told."""

    out: Annotated[
        Path, typer.Option("--out", "-o", help="The PDF; its sheet file is written beside it: write.json.")
    ] = Path("write.pdf")
    count: Annotated[
        int | None,
        typer.Option(min=1, help="Choose so many characters, at random among the commonest. [default: all of --chars]"),
    ] = None
    target: Annotated[
        str | None,
        typer.Option("--for", help="The set that the font is to have; --count chooses from it.  [default: gb2312]"),
    ] = None
    chars: Annotated[
        str | None,
        typer.Option("--chars", "-c", help="Print these: a set's name, a text file, or the characters themselves."),
    ] = None
    have: Annotated[Path | None, typer.Option(help="Leave out what this glyph folder has already.")] = None
    missing_from: Annotated[Path | None, typer.Option(help="Only what this font or glyph folder lacks.")] = None
    rejected: Annotated[
        Path | None,
        typer.Option(
            help="Only what this report (of generate, build-font, scan) doubts or misses, or what review marked in this glyph folder."
        ),
    ] = None
    last_page: Annotated[
        str | None,
        typer.Option(
            help="Signs on a page of their own: kana, punctuation, digits, a set's name, or none. [default: with --count punctuation+digits]"
        ),
    ] = None
    paper: Annotated[str | None, typer.Option(help="a4 or letter. [default: a4]")] = None
    ruling: Annotated[
        str | None, typer.Option(help="mi (米字格), tian (田字格), jiu (九宫格) or plain. [default: mi]")
    ] = None
    cell: Annotated[float | None, typer.Option(help="Side of a cell in millimetres. [default: 23]")] = None
    model: Annotated[
        str | None, typer.Option(help="The character to write: faint in its cell, beside it, or none. [default: faint]")
    ] = None
    colour: Annotated[str | None, typer.Option(help="Of the ruling: green, red, blue or grey. [default: green]")] = None
    repeat: Annotated[int | None, typer.Option(help="Cells for each character; the best is taken. [default: 1]")] = None
    source_font: Annotated[
        str | None, typer.Option(help="Font for the model characters. [default: the shipped source pack]")
    ] = None
    seed: Annotated[int, typer.Option(min=0, help="Of the choice.")] = 0
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace other sheets of this name.")] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be printed, and write nothing.")] = False
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False


@takes(SheetsOptions)
def sheets(typed: SheetsOptions) -> None:
    """Choose characters and print pages to write them on.

    Write on the pages with a brush, scan or photograph them, and have `segan scan` cut them into glyphs. Keep the .json
    that is written beside the PDF: it says what is on which page.
    """
    from segan_cli.config import from_mapping
    from segan_cli.paper.model_font import ModelGlyphs
    from segan_cli.paper.plan_sheets import SheetWish, plan_chars
    from segan_cli.paper.print_sheets import sheet_file_of, write_sheets
    from segan_cli.paper.sheet import SheetDesign, lay_out

    flags = {
        "paper": typed.paper,
        "ruling": typed.ruling,
        "cell_mm": typed.cell,
        "model": typed.model,
        "colour": typed.colour,
        "repeat": typed.repeat,
    }
    given = {key: value for key, value in flags.items() if value is not None}
    design = from_mapping(SheetDesign, given, where="the options")
    wish = SheetWish(
        typed.chars,
        typed.target,
        typed.count,
        typed.have,
        typed.missing_from,
        typed.rejected,
        typed.last_page,
        typed.seed,
    )
    sheet_file = sheet_file_of(typed.out)
    font = ModelGlyphs(typed.source_font)
    planned = plan_chars(wish)
    laid = lay_out(planned.chars, design, planned.signs)
    summary = f"{len(laid.chars):,} characters on {len(laid.pages)} pages"
    if not typed.dry_run:
        with progress_bar("Drawing pages", len(laid.pages)) as advance:
            write_sheets(laid, typed.out, font, overwrite=typed.overwrite, advance=advance)
        print_note(f"{summary}. Keep {sheet_file}: segan scan needs it.")
    if typed.as_json:
        pages = ["".join(cell.char for cell in page.cells) for page in laid.pages]
        print_json(
            {
                "pdf": str(typed.out),
                "sheets": str(sheet_file),
                "dry_run": typed.dry_run,
                "code": laid.code,
                "pages": pages,
            }
        )
    else:
        print_result(f"{''.join(laid.chars)}\n{summary}." if typed.dry_run else f"{typed.out}\n{sheet_file}")
