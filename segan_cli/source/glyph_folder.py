"""The glyph folder: one picture a character, named by it.

Names are read by `glyph_names`, PNG, JPEG, BMP, TIFF and WebP by `glyph_image`; `U+6C38.png` is written, with `frame.json`
beside it. What is wrong with one file is said and never costs the others. Of two files for one character, the first by name
is taken.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from segan_cli.config import from_mapping
from segan_cli.errors import GlyphError, UsageError
from segan_cli.files.documents import cause_of, read_json
from segan_cli.files.writing import make_folder, write_json, written_beside
from segan_cli.glyph import Frame, GlyphRaster, Ink, code_point
from segan_cli.source.folder_files import FRAME_FILE, find_files
from segan_cli.source.folder_fit import FolderFit, canvas_box, to_canvas
from segan_cli.source.folder_survey import Placing, survey
from segan_cli.source.glyph_image import IMAGE_SUFFIXES, GlyphFile, Picture, Polarity, read_picture, read_size
from segan_cli.source.ink_reading import ReadingRules, ReadInk, check_ink, read_ink

__all__ = ["FolderFit", "GlyphFile", "GlyphFolder", "read_glyph", "scan_glyph_folder", "write_frame", "write_glyph"]


@dataclass(frozen=True, slots=True)
class FrameFile:
    """The words of `frame.json`."""

    size_px: int
    units_per_em: int
    descender: int


@dataclass(frozen=True, slots=True)
class GlyphFolder:
    """What a folder holds.

    Args:
        path: the folder.
        entries: one file for each character, in code point order.
        problems: what was left out, and why: a `GlyphError` where the character is known, else a sentence.
        fit: how its pictures are read; pass it to `read_glyph`.
    """

    path: Path
    entries: tuple[GlyphFile, ...]
    problems: tuple[GlyphError | str, ...]
    fit: FolderFit

    @property
    def chars(self) -> tuple[str, ...]:
        """The characters, in code point order."""
        return tuple(entry.char for entry in self.entries)


@dataclass(frozen=True, slots=True)
class GlyphReading:
    """A picture that was read.

    Args:
        raster: its ink on the canvas.
        mended: what was taken off the paper or put right.
        doubts: what a person should look at.
    """

    raster: GlyphRaster
    mended: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def scan_glyph_folder(
    path: Path,
    *,
    polarity: Literal["auto"] | Polarity = "auto",
    placing: Placing = "auto",
    names: Mapping[str, str] | None = None,
) -> GlyphFolder:
    """Look through a glyph folder: names, sizes, paper and ink; the pictures themselves are read by `read_glyph`.

    Args:
        path: the folder.
        polarity: "auto" looks at the pictures' edges, and the majority decides.
        placing: "canvas" for pictures that are the whole em, "cut-outs" for pictures cut out of a page; "auto" looks.
        names: characters by file, where the file names do not say them; see `find_files`.

    Returns:
        The folder; print its `fit`, so that a person sees what was detected.

    Raises:
        UsageError: no such folder, not readable, `frame.json` damaged, no glyph in it, or names that are mostly no
            characters.
    """
    if polarity not in ("auto", "dark-on-light", "light-on-dark"):
        raise UsageError(f"The polarity is {polarity!r}; it is auto, dark-on-light or light-on-dark.")
    files = find_files(path, names)
    files.check_mostly_named(path)
    entries, problems = list(files.entries), list(files.problems)
    frame = read_frame(path)
    if frame is not None:
        resolved: Polarity = "dark-on-light" if polarity == "auto" else polarity
        return _filled(path, entries, problems, FolderFit("frame", ReadingRules(resolved), frame))
    sizes: dict[GlyphFile, tuple[int, int]] = {}
    for entry in entries:
        try:
            sizes[entry] = read_size(entry)
        except GlyphError as error:
            problems.append(error)
    if not sizes:
        return _filled(path, [], problems, FolderFit("canvas"))
    seen = survey(sizes, polarity=polarity, placing=placing)
    return _filled(path, list(sizes), [*problems, *seen.remarks], seen.fit)


def read_glyph(file: GlyphFile, fit: FolderFit, frame: Frame) -> GlyphRaster:
    """Read one picture onto the canvas. Safe to call in worker processes.

    Args:
        file: an entry of the folder.
        fit: the folder's `fit`.
        frame: the canvas wanted.

    Raises:
        GlyphError: not an image, truncated, too large, blank, ink all over, or dark where no stroke is.
    """
    return inspect_glyph(file, fit, frame).raster


def inspect_glyph(file: GlyphFile, fit: FolderFit, frame: Frame) -> GlyphReading:
    """Read one picture as `read_glyph` does, and say what was mended and what is doubtful. A space may be blank."""
    picture = read_picture(file, fit.polarity)
    fit = fit.shrunk(picture.scale)
    try:
        read = _read_ink(file, picture, fit)
    except GlyphError:
        if unicodedata.category(file.char) != "Zs":
            raise
        return GlyphReading(GlyphRaster(file.char, np.zeros((frame.size_px, frame.size_px), np.float32), frame))
    placed = to_canvas(read.ink, canvas_box(file.char, read.ink, fit, frame), frame.size_px)
    if not (placed >= 0.5).any():
        raise GlyphError(file.char, "read", f"{file.path.name} has no stroke left at {frame.size_px} px.")
    height, width = read.ink.shape
    cropped = ("cropped: set in the middle",) if fit.is_cropped(width, height) else ()
    return GlyphReading(GlyphRaster(file.char, placed, frame), read.mended, read.doubts + cropped)


def _read_ink(file: GlyphFile, picture: Picture, fit: FolderFit) -> ReadInk:
    if fit.rule != "frame":
        return read_ink(file, picture, fit.reading)
    ink = 1 - picture.lightness if fit.polarity == "dark-on-light" else picture.lightness.copy()
    check_ink(file, ink)  # written by us: what is there is meant
    return ReadInk(ink)


def write_glyph(raster: GlyphRaster, folder: Path) -> Path:
    """Write `U+6C38.png`: 8-bit grey, dark ink on light paper, in 255 steps.

    Returns:
        The file written; the folder is made if it is missing.
    """
    path = folder / f"{code_point(raster.char)}.png"
    write_picture(raster.ink, path)
    return path


def write_picture(ink: Ink, path: Path) -> None:
    """Write ink of any shape as an 8-bit grey PNG, dark on light."""
    from PIL import Image

    grey = 255 - np.rint(np.clip(ink, 0, 1) * 255).astype(np.uint8)
    with written_beside(path) as beside:
        Image.fromarray(grey).save(beside, format="PNG", compress_level=3)  # 6: half as long again for 8 % less


def write_frame(frame: Frame, folder: Path) -> None:
    """Write `frame.json`, which tells a reader where the canvas sits in the em."""
    make_folder(folder)
    write_json(folder / FRAME_FILE, asdict(frame))


def check_placed_alike(folder: Path, frame: Frame) -> None:
    """Refuse to write glyphs among pictures that are placed otherwise: `frame.json` would move those, or make them unreadable.

    Args:
        folder: where glyphs will be written; it need not be there.
        frame: their canvas.

    Raises:
        UsageError: it holds pictures, and no `frame.json` or another one.
    """
    if not folder.is_dir():
        return
    pictures = [one.name for one in sorted(folder.iterdir()) if one.suffix.lower() in IMAGE_SUFFIXES]
    if pictures and read_frame(folder) != frame:
        raise UsageError(
            f"{folder} holds pictures that are placed in another way ({pictures[0]}{', …' if len(pictures) > 1 else ''}); they may be "
            "originals. Choose another --out."
        )


def chars_in_folder(path: Path) -> tuple[str, ...]:
    """The characters that the file names of a folder name; no file is opened.

    Raises:
        UsageError: the folder is not readable.
    """
    return tuple(entry.char for entry in find_files(path).entries)


def _filled(path: Path, entries: list[GlyphFile], problems: list[GlyphError | str], fit: FolderFit) -> GlyphFolder:
    if not entries:
        why = f" Its files: {problems[0]}" if problems else " It holds no picture files."
        raise UsageError(
            f"The folder {path} holds no glyph that can be read.{why} Name pictures like U+6C38.png or 永.png."
        )
    return GlyphFolder(path, tuple(entries), tuple(problems), fit)


def read_frame(folder: Path) -> Frame | None:
    """What a folder's `frame.json` says; None where there is none.

    Raises:
        UsageError: it is damaged.
    """
    file = folder / FRAME_FILE
    try:
        found = from_mapping(FrameFile, read_json(file, largest=1 << 16), where=str(file), others_may_be=True)
        return Frame(found.size_px, found.units_per_em, found.descender)
    except FileNotFoundError:
        return None
    except (UsageError, ValueError) as error:
        raise UsageError(
            f"{file} is damaged ({cause_of(error, file)}). It holds size_px, units_per_em and descender; delete it to have the "
            "pictures fitted."
        ) from error
