"""`segan import`: any folder of pictures becomes a clean glyph folder."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from segan_cli.cli.options import Processes
from segan_cli.errors import EXIT_INCOMPLETE, UsageError

if TYPE_CHECKING:
    from segan_cli.source.import_folder import ImportPlan

ROWS_SHOWN = 15


def import_(
    folder: Annotated[Path, typer.Argument(help="Folder of pictures, as they are.")],
    out: Annotated[Path | None, typer.Option(help="The glyph folder to write.")] = None,
    names: Annotated[
        Path | None, typer.Option(help="file,character as CSV; or a .txt of characters in the order of the files.")
    ] = None,
    size: Annotated[int, typer.Option(min=64, max=2048, help="Side of the pictures to write, in pixels.")] = 512,
    polarity: Annotated[str, typer.Option(help="auto, dark-on-light or light-on-dark.")] = "auto",
    pictures: Annotated[str, typer.Option(help="auto, canvas (each the em whole) or cut-outs.")] = "auto",
    workers: Processes = 0,
    yes: Annotated[bool, typer.Option("--yes", help="Write without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON on stdout.")] = False,
) -> None:
    """Clean a folder of pictures: grids, seals, shadows and frames off, names read, one size, one scale.

    The plan comes first: what becomes what, what is left out and why. Your pictures stay as they are.

        segan import scans/ --out my-brush/

    Exit code 3: the folder was written, without some pictures.
    """
    from segan_cli.cli.console import print_json, print_result, progress_bar
    from segan_cli.files.locks import output_locks
    from segan_cli.source.folder_files import find_files
    from segan_cli.source.import_folder import check_import_place, plan_import, write_import

    if pictures not in ("auto", "canvas", "cut-outs"):
        raise UsageError(f"--pictures is {pictures!r}; it is auto, canvas or cut-outs.")
    if polarity not in ("auto", "dark-on-light", "light-on-dark"):
        raise UsageError(f"--polarity is {polarity!r}; it is auto, dark-on-light or light-on-dark.")
    if not dry_run:
        if out is None:
            raise UsageError("Say where the clean folder goes: --out my-brush/. Or only look: --dry-run")
        check_import_place(out)
    with output_locks([] if dry_run or out is None else [out], "segan import"):
        with progress_bar("Reading", len(find_files(folder).entries)) as advance:
            plan = plan_import(
                folder,
                size_px=size,
                polarity=cast(Any, polarity),
                placing=cast(Any, pictures),
                names=names,
                workers=workers,
                advance=advance,
            )
        if as_json:
            print_json(plan.as_json())
        else:
            _show(plan)
        if dry_run or out is None:
            return
        if not yes and not _agreed(plan, out):
            raise typer.Exit()
        with progress_bar("Writing", len(plan.glyphs)) as advance:
            write_import(plan, out, workers=workers, advance=advance)
    if not as_json:
        print_result(str(out))
    if plan.failed:
        raise typer.Exit(EXIT_INCOMPLETE)


def _agreed(plan: ImportPlan, out: Path) -> bool:
    if not sys.stdin.isatty():
        raise UsageError("Nobody is there to ask. Add --yes to write the folder, or --dry-run to see the plan alone.")
    return typer.confirm(f"Write {len(plan.glyphs):,} glyphs into {out}?", default=True, err=True)


def _show(plan: ImportPlan) -> None:
    from segan_cli.cli.console import print_note, print_table

    print_note(f"{plan.folder.path}: {plan.folder.fit}")
    print_note(f"{len(plan.glyphs):,} pictures become glyphs, {len(plan.failed):,} do not.")
    for words, count in plan.mends().items():
        print_note(f"  {words}: {count:,}")
    for problem in plan.folder.problems:
        print_note(str(problem))
    if plan.failed:
        rows = [[one.char, one.cause] for one in plan.failed[:ROWS_SHOWN]]
        print_table(_title("Left out", len(plan.failed)), ["", "why"], rows)
    doubtful = [one for one in plan.glyphs if one.doubts]
    if doubtful:
        rows = [[one.char, one.path.name, "; ".join(one.doubts)] for one in doubtful[:ROWS_SHOWN]]
        print_table(_title("Look at these", len(doubtful)), ["", "file", "why"], rows)


def _title(words: str, count: int) -> str:
    return f"{words} ({count:,}{f', the first {ROWS_SHOWN}; --json has all' if count > ROWS_SHOWN else ''})"
