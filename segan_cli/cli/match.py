"""`segan match`: which shipped hand is most like one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

SHOWN = 10


def match(
    glyphs: Annotated[Path, typer.Argument(help="Folder of your own glyphs.")],
    out: Annotated[Path | None, typer.Option(help="Picture of the hands beside yours. Default: none.")] = None,
    source_font: Annotated[str | None, typer.Option(help="Font for the source glyphs.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Another folder of bundles than the shipped one.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the ranking as JSON.")] = False,
) -> None:
    """Rank the shipped hands by how like they are to yours, to choose where training begins.

    segan match my-brush/ --out match.png

    segan train my-brush/ --init kouzan-gyosho --out runs/mine
    """
    from segan_cli.cli.console import print_json, print_note, print_result, print_table, progress_bar
    from segan_cli.drawing.matching import match_hands
    from segan_cli.files.contact_sheet import write_contact_sheet
    from segan_cli.files.writing import check_output
    from segan_cli.generator.bundle import list_bundles

    if out is not None:
        check_output(out)
    bundles = list_bundles(folder)
    with progress_bar("Hands", len(bundles)) as advance:
        found = match_hands(glyphs, bundles, source_font=source_font, advance=advance)
    rows: list[dict[str, Any]] = [
        {
            "name": one.bundle.style.name,
            "number": one.bundle.style.number,
            "overlap": round(one.overlap, 4),
            "skeleton_distance": round(one.skeleton_distance, 2),
            "weight": round(one.weight, 3),
        }
        for one in found.ranked
    ]
    if out is not None:
        shown = [(row["name"], one.inks[:SHOWN]) for row, one in zip(rows, found.ranked, strict=True)]
        print_note(f"Picture: {write_contact_sheet([('yours', found.own[:SHOWN]), *shown], out)}")
    if as_json:
        print_json({"compared": "".join(found.chars), "hands": rows})
        return
    cells = [
        [
            str(r["number"] or ""),
            r["name"],
            f"{r['overlap']:.2f}",
            f"{r['skeleton_distance']:.0f}",
            f"{100 * r['weight']:.0f} %",
        ]
        for r in rows
    ]
    print_table(
        f"Compared by {len(found.chars)} characters",
        ["", "hand", "overlap", "skeletons apart, ‰", "weight of yours"],
        cells,
        whole="hand",
    )
    print_note(f"Nearest: {rows[0]['name']}. Begin from it: segan train {glyphs} --init {rows[0]['name']}")
    print_result("\n".join(row["name"] for row in rows))
