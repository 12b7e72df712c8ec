"""`segan proof`: look at a finished font, on a page, in a picture or on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segan_cli.cli.console import print_json, print_note, print_result


def proof(
    font: Annotated[Path, typer.Argument(help="The font: .ttf, .otf, .woff2 or font.ttc#1.", show_default=False)],
    out: Annotated[
        list[Path] | None,
        typer.Option(
            "--out",
            "-o",
            help="Where to write; .html, .png or .pdf chooses the form. May be given several times. Default: FONT.html beside the font.",
        ),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option(
            help="The report of the build, named as its first font is. Default: the one beside the font, if it belongs to it."
        ),
    ] = None,
    text: Annotated[
        str, typer.Option(help="Your own text in place of the classical samples.", show_default=False)
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Show a font: waterfall, running text both ways, every glyph, and what is suspect or missing."""
    from segan_cli.proof.proof import find_report
    from segan_cli.proof.verdicts import read_report
    from segan_cli.proof.writing import write_proofs

    found = report or find_report(font)
    if found and not report:
        print_note(f"Origins and suspects are taken from {found}.")
    written = write_proofs(
        font, out or [font.with_suffix(".html")], report=read_report(found) if found else None, sample_text=text
    )
    if as_json:
        print_json(
            {"font": str(font), "report": str(found) if found else None, "files": [str(path) for path in written]}
        )
    else:
        print_result("\n".join(str(path) for path in written))
