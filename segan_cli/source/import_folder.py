"""A messy folder becomes a clean glyph folder: first the plan, what becomes what and what is left out; then the pictures."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from segan_cli.errors import GlyphError, SeganError, UsageError
from segan_cli.files.documents import read_text
from segan_cli.files.writing import check_writable, hidden_prefix, make_folder, real_path, sweep_once, write_json
from segan_cli.glyph import Frame, code_point
from segan_cli.source.folder_survey import Placing
from segan_cli.source.glyph_folder import (
    GlyphFolder,
    GlyphReading,
    inspect_glyph,
    scan_glyph_folder,
    write_frame,
    write_glyph,
)
from segan_cli.source.glyph_image import IMAGE_SUFFIXES, GlyphFile, Polarity
from segan_cli.source.glyph_names import char_of_name, natural_key
from segan_cli.workers import map_in_workers

RECORD = "import.json"
"""What an import leaves beside its pictures: which came from which, what was mended, what was left out."""


@dataclass(frozen=True, slots=True)
class ImportTask:
    """One picture to read, and where its clean picture goes; None only looks."""

    file: GlyphFile
    folder: GlyphFolder
    frame: Frame
    out: Path | None


@dataclass(frozen=True, slots=True)
class ImportedGlyph:
    """What became of one picture."""

    char: str
    path: Path
    mended: tuple[str, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import would write.

    Args:
        folder: the folder as it was scanned.
        glyphs: what becomes a glyph, in code point order.
        failed: pictures of a known character that are no glyph, and why.
        frame: the canvas.
    """

    folder: GlyphFolder
    glyphs: tuple[ImportedGlyph, ...]
    failed: tuple[GlyphError, ...]
    frame: Frame

    def mends(self) -> dict[str, int]:
        """What was mended, without its figures, and in how many pictures."""
        kinds = (words.split(" on ")[0].removeprefix("pale: ") for glyph in self.glyphs for words in glyph.mended)
        return dict(Counter(kinds).most_common())

    def as_json(self) -> dict[str, Any]:
        """Plain values for `--json` and for `import.json`."""
        root = self.folder.path
        return {
            "from": str(root),
            "read_as": str(self.folder.fit),
            "glyphs": {
                code_point(one.char): {
                    "char": one.char,
                    "file": one.path.relative_to(root).as_posix(),
                    "mended": list(one.mended),
                    "doubts": list(one.doubts),
                }
                for one in self.glyphs
            },
            "left_out": [
                {"char": one.char, "codepoint": code_point(one.char), "cause": one.cause} for one in self.failed
            ],
            "problems": [str(problem) for problem in self.folder.problems],
        }


def plan_import(
    path: Path,
    *,
    size_px: int = 512,
    polarity: Literal["auto"] | Polarity = "auto",
    placing: Placing = "auto",
    names: Path | None = None,
    workers: int = 0,
    advance: Callable[[int], None] = lambda steps: None,
) -> ImportPlan:
    """Read every picture of a folder, and write nothing.

    Args:
        path: the messy folder.
        size_px: side of the pictures to write.
        polarity: as for `scan_glyph_folder`.
        placing: as for `scan_glyph_folder`.
        names: a map of file names to characters; see `read_names_map`.
        workers: processes; 0 takes one for each core.
        advance: called with the number of pictures read since the last call.

    Raises:
        UsageError: no such folder, no glyph in it, or a map that cannot be read.
    """
    known = read_names_map(names, path) if names is not None else None
    folder = scan_glyph_folder(path, polarity=polarity, placing=placing, names=known)
    frame = Frame(size_px)
    results = _run(folder, frame, None, workers, advance)
    glyphs = tuple(one for one in results if isinstance(one, ImportedGlyph))
    failed = tuple(one for one in results if isinstance(one, GlyphError))
    broken = tuple(one for one in folder.problems if isinstance(one, GlyphError) and one.char not in folder.chars)
    return ImportPlan(folder, glyphs, (*failed, *broken), frame)


def write_import(
    plan: ImportPlan, out: Path, *, workers: int = 0, advance: Callable[[int], None] = lambda steps: None
) -> None:
    """Write the clean folder: it appears whole, or not at all.

    Raises:
        UsageError: something stands in its place.
        SeganError: no picture is a glyph.
    """
    check_import_place(out)
    if not plan.glyphs:
        raise SeganError(f"No picture of {plan.folder.path} can be read as a glyph, so nothing was written.")
    make_folder(out.parent)
    sweep_once(out.parent)
    beside = Path(tempfile.mkdtemp(prefix=hidden_prefix(), dir=out.parent))
    try:
        _run(plan.folder, plan.frame, beside, workers, advance)
        write_json(beside / RECORD, plan.as_json())
        write_frame(plan.frame, beside)
        beside.chmod(0o755)
        if out.exists():
            out.rmdir()
        beside.rename(out)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def check_import_place(out: Path) -> None:
    """Refuse to write over something, or where nothing can be written, before the long work.

    Raises:
        UsageError: a file, or a folder that is not empty, stands there; or the folder above is not ours to write.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        place = real_path(out)  # "." and "/" have no name of their own
        raise UsageError(f"{out} is there already. Name a new folder: --out {place.parent / f'{place.name}-2'}")
    make_folder(out.parent)
    check_writable(out.parent)


def read_names_map(file: Path, root: Path) -> dict[str, str]:
    """Characters by file name: a table of file and character, or the characters alone in the order of the numbered files.

    Args:
        file: a CSV, with commas, semicolons or tabs; a head line is passed over; a character may be written U+6C38; a file
            without a character is left out. Or a .txt of characters, one for each picture, in natural order of the names.
        root: the folder that the files lie in.

    Raises:
        UsageError: not readable, a line without a character, a file named twice, or a list that does not fit the pictures.
    """
    text = read_text(file, "The map")
    if not any(mark in text for mark in ",;\t"):
        return _listed(file, "".join(text.split()), root)
    return _mapped(file, text)


def _mapped(file: Path, text: str) -> dict[str, str]:
    delimiter = max(",;\t", key=text.count)
    names: dict[str, str] = {}
    for number, row in enumerate(_csv_rows(file, text, delimiter), 1):
        if not any(cell.strip() for cell in row):
            continue
        name, word = row[0].strip(), (row[1] if len(row) > 1 else "").strip()
        char = char_of_name(word) if word else ""
        if char is None:
            if number == 1:
                continue
            raise UsageError(
                f"{file}, line {number}: {word!r} is no character. Write 永 or U+6C38, or nothing to leave it out."
            )
        if name in names:
            raise UsageError(f"{file}, line {number}: {name} is named a second time.")
        names[name] = char
    return names


def _csv_rows(file: Path, text: str, delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(text.splitlines(), delimiter=delimiter)
    except csv.Error as error:
        raise UsageError(f"The map {file} is no table of file and character ({error}).") from error


def _listed(file: Path, chars: str, root: Path) -> dict[str, str]:
    pictures = sorted((one for one in root.iterdir() if one.suffix.lower() in IMAGE_SUFFIXES), key=natural_key)
    if len(pictures) != len(chars):
        raise UsageError(
            f"{file} lists {len(chars):,} characters, and {root} holds {len(pictures):,} pictures. Give one for each, or a table of "
            "file,character."
        )
    return {picture.name: char for picture, char in zip(pictures, chars, strict=True)}


def _run(
    folder: GlyphFolder, frame: Frame, out: Path | None, workers: int, advance: Callable[[int], None]
) -> list[ImportedGlyph | GlyphError]:
    light = GlyphFolder(folder.path, (), (), folder.fit)
    tasks = [ImportTask(file, light, frame, out) for file in folder.entries]
    return list(map_in_workers(import_glyph, tasks, workers=workers, advance=advance))


def import_glyph(task: ImportTask) -> ImportedGlyph | GlyphError:
    """Read one picture, and write it if there is a place to; runs in workers."""
    try:
        reading: GlyphReading = inspect_glyph(task.file, task.folder.fit, task.frame)
    except GlyphError as error:
        return error
    if task.out is not None:
        write_glyph(reading.raster, task.out)
    return ImportedGlyph(task.file.char, task.file.path, reading.mended, reading.doubts)
