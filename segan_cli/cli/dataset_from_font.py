"""`segan dataset from-font`: a hand's glyph folder from a font."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from segan_cli.evaluation.hand_check import Suspect
    from segan_cli.source.hand_font import HandGlyphs


def from_font(
    font: Annotated[str, typer.Argument(help="A font file, a folder of web font parts, or an installed family.")],
    out: Annotated[Path, typer.Option(help="The glyph folder to write.")],
    name: Annotated[str | None, typer.Option(help="The hand's name. Default: the folder's.")] = None,
    chars: Annotated[str | None, typer.Option(help="Characters wanted. Default: all Han of the font.")] = None,
    size: Annotated[int, typer.Option(min=16, max=4096, help="Side of the pictures in pixels.")] = 256,
    license: Annotated[str, typer.Option("--license", help="The hand's licence, if the font does not say it.")] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Read every glyph; leave out pictures of another form.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the manifest as JSON on stdout.")] = False,
) -> None:
    """Write a font's own glyphs as a glyph folder, to learn its hand from.

    Blank glyphs, boxes for missing ones and pictures that several characters share are left out; manifest.json says how
    many, and under what licence the font is:

        segan dataset from-font kouzan-mouhitsu-gyosho.ttf --out hands/gyosho

    With --check a recogniser reads every glyph (pip install "segan\\[evaluate]"). What is surely read as another character
    is listed; where that is another form of the same character (於 for 于), the picture is left out, too.
    """
    from segan_cli.cli.console import print_json, print_note, print_result, progress_bar
    from segan_cli.files.locks import folder_lock
    from segan_cli.files.writing import safe_name
    from segan_cli.glyph import Frame
    from segan_cli.source.charset import parse_charset
    from segan_cli.source.hand_font import han_of, hand_glyphs, without, write_hand
    from segan_cli.source.source_font import open_source_font

    if name is not None:
        safe_name(name, "The hand's name (--name)")
    opened = open_source_font(font)
    wanted = parse_charset(chars) if chars is not None else han_of(opened)
    with folder_lock(out, "segan dataset from-font"):
        with progress_bar("Drawing", len(wanted)) as advance:
            hand = hand_glyphs(opened, wanted, Frame(size), advance)
        suspects = _suspects(hand) if check else []
        hand = without(hand, [suspect.char for suspect in suspects if suspect.variant], "shows another form")
        with progress_bar("Writing", len(hand.chars)) as advance:
            rows = [suspect.as_row() for suspect in suspects]
            manifest = write_hand(hand, out, name=name or out.name, license=license, suspects=rows, advance=advance)
    if as_json:
        print_json(manifest)
        return
    for line in _told(manifest):
        print_note(line)
    print_result(str(out))


def _suspects(hand: HandGlyphs) -> list[Suspect]:
    from segan_cli.cli.console import print_note, progress_bar
    from segan_cli.errors import install_hint
    from segan_cli.evaluation.hand_check import find_suspects
    from segan_cli.evaluation.recognizer import Recognizer
    from segan_cli.evaluation.variants import Variants

    variants = Variants() if Variants.installed() else None
    if variants is None:
        print_note(f"Forms of one character are not told apart from others: {install_hint('evaluate')}")
    with progress_bar("Reading", len(hand.chars)) as advance:
        return find_suspects(hand.glyphs(), Recognizer.open(), variants, advance)


def _told(manifest: dict[str, Any]) -> list[str]:
    font, left_out = manifest["font"], manifest["left_out_counts"]
    lines = [f"{manifest['name']}: {manifest['glyphs']} glyphs of {font['family']} {font['style']}."]
    if left_out:
        lines.append("Left out: " + ", ".join(f"{count} {why}" for why, count in left_out.items()) + ".")
    lines.append("Of " + ", ".join(f"{charset} {count}" for charset, count in manifest["counts"].items()) + ".")
    if manifest["suspects"]:
        pairs = " ".join(f"{row['char']}→{row['read']}" for row in manifest["suspects"][:40])
        lines.append(f"{len(manifest['suspects'])} are surely read as another character: {pairs}")
    return [*lines, f"Licence: {manifest['license']}"]
