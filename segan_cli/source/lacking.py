"""What is missing: the one answer that drawing, building and extending share."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from segan_cli.errors import GlyphError
from segan_cli.files.font_file import FONT_SUFFIXES
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import FolderFit, GlyphFile, read_glyph, scan_glyph_folder
from segan_cli.source.glyph_image import Polarity
from segan_cli.source.source_font import SourceFont, open_source_font
from segan_cli.workers import map_in_workers

PICTURES_A_PROCESS = 1000
"""From so many pictures on, looking through them is worth a process for each core."""


def lacking(chars: Sequence[str], place: Path) -> tuple[str, ...]:
    """The characters that a font or a glyph folder lacks; one that is there but blank is lacking.

    Args:
        chars: what is wanted.
        place: a font file, a folder of web font parts, or a folder of glyph pictures.

    Raises:
        UsageError: nothing readable there.
    """
    if not place.is_dir() or any(
        path.suffix.lower() in FONT_SUFFIXES for path in [*place.iterdir(), *place.glob("files/*")]
    ):
        return lacking_glyphs(chars, open_source_font(str(place)))
    return lacking_pictures(chars, place)


def lacking_glyphs(chars: Sequence[str], font: SourceFont) -> tuple[str, ...]:
    """The characters that a font does not draw: not mapped, mapped to `.notdef`, or blank."""
    return tuple(char for char in chars if not font.has(char))


def lacking_pictures(
    chars: Sequence[str], folder: Path, polarity: Literal["auto"] | Polarity = "auto"
) -> tuple[str, ...]:
    """The characters of which a glyph folder has no picture that can be read, whatever else lies in it.

    Raises:
        UsageError: no such folder, or no glyph in it.
    """
    found, wanted = scan_glyph_folder(folder, polarity=polarity), set(chars)
    tasks = [(entry, found.fit) for entry in found.entries if entry.char in wanted]
    workers = 0 if len(tasks) > PICTURES_A_PROCESS else 1
    there = {char for char in map_in_workers(_readable, tasks, workers=workers) if char}
    return tuple(char for char in chars if char not in there)


def _readable(task: tuple[GlyphFile, FolderFit]) -> str:
    """The character of a picture that can be read, or an empty word."""
    try:
        return read_glyph(*task, Frame(64)).char
    except GlyphError:
        return ""
