"""`segan render`: glyph images of the source font, as a folder, a contact sheet or a source pack."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from segan_cli.cli.console import print_json, print_note, print_result, print_table, progress_bar
from segan_cli.errors import EXIT_INCOMPLETE, UsageError


def render(
    chars: Annotated[
        str,
        typer.Option(
            "--chars",
            "-c",
            help="Which characters: a named set (gb2312, jis-1, kana …), a text file, a glyph folder, the characters "
            "themselves, or several joined by + and -, as in gb2312+kana-done.txt.",
        ),
    ] = "gb2312",
    source_font: Annotated[
        str | None,
        typer.Option(help="Font file, font.ttc#1, font.ttf@Bold, or an installed family. [default: one is looked for]"),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for U+6C38.png and frame.json.")] = None,
    size: Annotated[int, typer.Option(min=16, max=2048, help="Side of the square pictures, in pixels.")] = 256,
    skeletons: Annotated[
        bool, typer.Option("--skeletons", help="Centre lines, too: in OUT/skeletons, on the sheet.")
    ] = False,
    sheet: Annotated[Path | None, typer.Option(help="One picture with all glyphs, a contact sheet (.png).")] = None,
    pack: Annotated[Path | None, typer.Option(help="A source pack: all glyphs in one small file.")] = None,
    keep_inside: Annotated[
        bool, typer.Option("--keep-inside", help="Move strokes that reach beyond the canvas inside; do not cut them.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be drawn, and write nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Draw the source font's glyphs: what the generator starts from, and what a designer looks at."""
    from segan_cli.files.locks import folder_lock
    from segan_cli.source.charset import parse_charset
    from segan_cli.source.render_folder import RenderOrder, render_folder
    from segan_cli.source.source_font import open_source_font

    if not (out or sheet or pack or dry_run):
        raise UsageError(
            "Nothing to write. Give --out FOLDER, --sheet FILE.png or --pack FILE; or --dry-run to look first."
        )
    wanted = parse_charset(chars)
    font = open_source_font(source_font)
    print_note(f"Source font: {font.description}")
    order = RenderOrder(size, out, sheet, pack, skeletons, "inside" if keep_inside else "clip", dry_run)
    alone = folder_lock(out, "segan render") if out and not dry_run else contextlib.nullcontext()
    with alone, progress_bar("drawing", len(wanted)) as advance:
        result = render_folder(font, wanted, order, advance)
    if result.missing:
        rows = [[error.char, f"U+{ord(error.char):04X}", error.cause] for error in result.missing]
        print_table(f"{len(rows)} of {len(wanted)} characters are missing", ["", "code point", "why"], rows)
    if result.clipped:
        print_note(f"Cut at the canvas's edge ({len(result.clipped)}): {''.join(result.clipped)}. See --keep-inside.")
    if as_json:
        print_json({"source_font": font.description, "sha256": font.sha256, "dry_run": dry_run, **result.as_json()})
    else:
        done = "would be drawn" if dry_run else "drawn"
        places = "".join(f"\n{path}" for path in result.written)
        print_result(f"{result.drawn} of {len(wanted)} glyphs {done}, {size} px.{places}")
    if result.missing:
        raise typer.Exit(EXIT_INCOMPLETE)
