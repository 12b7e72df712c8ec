"""`segan review`: look through drawn glyphs on a local page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def review(
    place: Annotated[Path, typer.Argument(metavar="REPORT_OR_FOLDER", help="MyBrush.report.json, or a drawn folder.")],
    originals: Annotated[list[Path] | None, typer.Option(help="Folder of your own glyphs, to see beside them.")] = None,
    style: Annotated[
        str | None, typer.Option(help="What draws other versions. Default: the style that drew the folder.")
    ] = None,
    source_font: Annotated[str | None, typer.Option(help="Font for the source glyphs.")] = None,
    font: Annotated[Path | None, typer.Option(help="What the page's button builds: MyBrush.ttf.")] = None,
    reviewer: Annotated[str, typer.Option(help="Your name in the journal. Default: the user's.")] = "",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on this machine; 0 takes a free one.")] = 0,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in your browser.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be reviewed, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the address, or the dry run, as JSON.")] = False,
) -> None:
    """Look through drawn glyphs, the worst first: accept, refuse, draw again, retouch, write again.

        segan review MyBrush.report.json

        segan review drawn/ --originals my-brush/

    A page opens in your browser; it talks to this program alone, and to nothing else. Every decision is in the folder's
    decisions.jsonl at once, and every later `segan generate` and `segan build-font` goes by it. Ctrl-C ends it.
    """
    from contextlib import ExitStack

    from segan_cli.cli.review_view import show_page, show_plan
    from segan_cli.cli.style_choice import open_style
    from segan_cli.errors import MissingExtraError
    from segan_cli.files.locks import folder_lock

    try:
        from segan_cli.review.opening import open_review
        from segan_cli.review.serving import serve
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise MissingExtraError("The page", "review") from error
    opened = open_review(
        place,
        originals=originals or (),
        font=font,
        open_style=(lambda: open_style(style, "auto")) if style else None,
        source_font=source_font,
        reviewer=reviewer,
    )
    if dry_run:
        show_plan(opened, as_json)
        return
    with ExitStack() as held:
        for (
            drawn
        ) in opened.recipe.folders:  # several reviews may go on side by side, but nothing may be drawn meanwhile
            held.enter_context(folder_lock(drawn, "segan review", shared=True))
        serve(opened, port, lambda address: show_page(opened, address, browser, as_json))
