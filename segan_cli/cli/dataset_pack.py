"""`segan dataset pack` and `unpack`: pairs in one small archive, for a machine with a GPU."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def pack(
    glyphs: Annotated[list[Path], typer.Argument(help="Glyph folders; each is a hand, named by its folder.")],
    out: Annotated[Path, typer.Option(help="The zip to write.")],
    source_font: Annotated[
        str | None, typer.Option(help="Source font: a file or a family. Default: a Kai font.")
    ] = None,
    size: Annotated[int, typer.Option(min=16, max=1024, help="Side of the canvas; the preset's.")] = 128,
    bits: Annotated[int, typer.Option(help="Bits a pixel: 1, 2, 4 or 8.")] = 4,
) -> None:
    """Pack glyphs with their source glyphs: about 2 KB a pair.

        segan dataset pack hands/gyosho --out gyosho.zip

        segan train gyosho.zip --preset light

    The other machine needs neither the folder nor the source font.
    """
    from segan_cli.cli.console import print_note, print_result, progress_bar
    from segan_cli.files.writing import check_output, real_path
    from segan_cli.glyph import Frame
    from segan_cli.source.source_font import open_source_font
    from segan_cli.training.data.dataset import load_pairs
    from segan_cli.training.data.hand_pack import write_pack

    check_output(out)
    font, frame = open_source_font(source_font), Frame(size)
    print_note(f"Source font: {font.description}")
    with progress_bar("pairs", sum(len(list(folder.glob("*.*"))) for folder in glyphs if folder.is_dir())) as advance:
        hands = [load_pairs(real_path(folder).name, folder, font, frame, advance=advance) for folder in glyphs]
    written = write_pack(out, hands, frame, bits=bits)
    count = sum(len(hand.chars) for hand in hands)
    print_note(f"{count} pairs, {written / 1e6:.1f} MB, {written / max(count, 1):,.0f} bytes a pair")
    print_result(str(out))


def unpack(
    archive: Annotated[Path, typer.Argument(help="A zip of segan dataset pack.")],
    out: Annotated[Path, typer.Option(help="A folder; each hand gets one in it.")],
) -> None:
    """Write the glyph folders that an archive holds."""
    from segan_cli.cli.console import print_result
    from segan_cli.files.locks import folder_lock
    from segan_cli.training.data.hand_pack import unpack as unpacked

    with folder_lock(out, "segan dataset unpack"):
        folders = unpacked(archive, out)
    for folder in folders:
        print_result(str(folder))
