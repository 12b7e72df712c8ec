"""What a font still lacks when its folders and its base font are counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from segan_cli.font.base_font import BASE_CHARS, BaseFont
from segan_cli.source.glyph_image import Polarity
from segan_cli.source.lacking import lacking_pictures


def still_lacking(
    wanted: Sequence[str], folders: Sequence[Path], polarity: Literal["auto"] | Polarity, base: BaseFont | None
) -> Sequence[str]:
    """The characters that have to be drawn.

    Args:
        wanted: characters that the font should have.
        folders: glyph folders whose characters are not drawn, if their pictures can be read.
        polarity: how the folders' pictures are read.
        base: a font that gives Latin and punctuation, which are then not drawn; its Han and kana fill what could not be drawn.
    """
    given = base.gives() & BASE_CHARS if base else frozenset()
    for folder in folders:
        wanted = lacking_pictures(wanted, folder, polarity)
    return [char for char in wanted if char not in given]
