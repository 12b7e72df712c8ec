"""Which file of a folder is which glyph: the folder and its sub-folders are listed, and every picture left out is accounted for."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from segan_cli.errors import GlyphError, UsageError
from segan_cli.files.plain import special_kind
from segan_cli.glyph import code_point
from segan_cli.source.glyph_image import IMAGE_SUFFIXES, GlyphFile
from segan_cli.source.glyph_names import SURE, NamedPicture, char_of_name, natural_key, read_names, stands_for

FRAME_FILE = "frame.json"
_DEEPEST = 4
"""How many folders below the glyph folder are looked into."""
_LISTED = 5
"""So many files of one kind are said one by one; of more, the first few stand in one line."""
_HOW_TO_NAME = "Name pictures like U+6C38.png or 永.png, or say which is which: segan import FOLDER --names map.csv"

Problem = GlyphError | str


@dataclass(frozen=True, slots=True)
class FolderFiles:
    """The pictures of a folder.

    Args:
        entries: one file for each character, in code point order.
        problems: what was left out, or read otherwise than it is named.
        unnamed: pictures whose names say no character.
        pictures: how many picture files there are at all.
    """

    entries: tuple[GlyphFile, ...]
    problems: tuple[Problem, ...]
    unnamed: tuple[Path, ...]
    pictures: int

    def check_mostly_named(self, folder: Path) -> None:
        """Refuse a folder that is none of glyphs.

        Raises:
            UsageError: most pictures have a name that is no character.
        """
        if len(self.unnamed) * 2 > self.pictures:
            raise UsageError(
                f"{folder}: of {self.pictures:,} pictures, {len(self.unnamed):,} have names that are no character: "
                f"{_some(self.unnamed, folder)}. {_HOW_TO_NAME}"
            )


def find_files(root: Path, names: Mapping[str, str] | None = None) -> FolderFiles:
    """List a glyph folder and read its names.

    Args:
        root: the folder. Pictures in sub-folders belong to it, but not where it or the sub-folder holds `frame.json`: such
            a folder stands for itself.
        names: characters by file (its path below `root`, with or without its ending); they overrule the names themselves.
            A file whose character is empty is left out.

    Raises:
        UsageError: no such folder, or it cannot be read.
    """
    files, problems = _listing(root)
    pictures = sorted((file for file in files if _is_picture(file)), key=natural_key)
    problems += [_unreadable_kind(file) for file in files if _is_nearly_picture(file)]
    given, rest = _by_map(pictures, root, names or {})
    named, unnamed = read_names(rest, root, pictures)
    named, remarks = _unified([*given, *named])
    chosen, seconds = _one_each(named, root)
    problems += [*remarks, *seconds, *_unnamed_lines(unnamed, root)]
    entries = tuple(GlyphFile(char, chosen[char].path) for char in sorted(chosen))
    return FolderFiles(entries, tuple(problems), tuple(unnamed), len(pictures))


def _listing(root: Path) -> tuple[list[Path], list[Problem]]:
    """Every file that is not hidden, the nearer to the root the earlier; and which sub-folders were not looked into."""
    files: list[Path] = []
    problems: list[Problem] = []
    waiting = [(root, 0)]
    stands_alone = (root / FRAME_FILE).exists()
    while waiting:
        folder, depth = waiting.pop(0)
        try:
            with os.scandir(folder) as found:
                inside = sorted(
                    (one for one in found if one.name[0] != "." and one.name != "__MACOSX"), key=lambda one: one.name
                )
        except OSError as error:
            if folder == root:
                raise _no_folder(root, error) from error
            problems.append(f"The sub-folder {_below(folder, root)} cannot be read: {error.strerror or error}.")
            continue
        files += [Path(one.path) for one in inside if _is_file(one)]
        problems += [
            f"{_below(Path(one.path), root)} is a link that leads nowhere." for one in inside if _leads_nowhere(one)
        ]
        problems += [
            f"{_below(Path(one.path), root)} is {kind} and no picture."
            for one in inside
            if not _is_file(one)
            and Path(one.name).suffix.lower() in IMAGE_SUFFIXES
            and (kind := special_kind(Path(one.path)))
        ]
        for one in inside:
            if not one.is_dir(follow_symlinks=False):
                continue
            why = _why_not_inside(Path(one.path), stands_alone, depth)
            if why is None:
                waiting.append((Path(one.path), depth + 1))
            elif count := _picture_count(Path(one.path)):
                problems.append(
                    f"The sub-folder {_below(Path(one.path), root)} with {_pictures(count)} is not read: {why}"
                )
    return files, problems


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself
        return False


def _leads_nowhere(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_symlink() and not Path(entry.path).exists()
    except OSError:
        return True


def _why_not_inside(folder: Path, stands_alone: bool, depth: int) -> str | None:
    if stands_alone:
        return "frame.json speaks for the pictures beside it alone. Name the sub-folder as a glyph folder of its own."
    if (folder / FRAME_FILE).exists():
        return "it has a frame.json, so it is a glyph folder of its own. Name it beside the other."
    if depth + 1 > _DEEPEST:
        return f"it lies more than {_DEEPEST} folders deep."
    return None


def _picture_count(folder: Path) -> int:
    try:
        with os.scandir(folder) as found:
            return sum(Path(one.name).suffix.lower() in IMAGE_SUFFIXES for one in found if not one.name.startswith("."))
    except OSError:
        return 0


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"


def _no_folder(path: Path, error: OSError) -> UsageError:
    if isinstance(error, FileNotFoundError):
        return UsageError(f"There is no glyph folder {path}.")
    if isinstance(error, NotADirectoryError):
        return UsageError(f"{path} is a file; a glyph folder is wanted, with one picture a character.")
    return UsageError(f"The glyph folder {path} cannot be read: {error.strerror or error}.")


def _is_picture(file: Path) -> bool:
    return file.suffix.lower() in IMAGE_SUFFIXES


def _is_nearly_picture(file: Path) -> bool:
    return bool(file.suffix) and not _is_picture(file) and char_of_name(file.stem) is not None


def _unreadable_kind(file: Path) -> GlyphError:
    char = char_of_name(file.stem) or "\ufffd"
    return GlyphError(char, "read", f"{file.name} is of a kind that is not read; save it as PNG.")


def _by_map(pictures: Sequence[Path], root: Path, names: Mapping[str, str]) -> tuple[list[NamedPicture], list[Path]]:
    if not names:
        return [], list(pictures)
    given, rest = [], []
    for file in pictures:
        keys = (_below(file, root), file.relative_to(root).with_suffix("").as_posix())
        char = next((names[key] for key in keys if key in names), None)
        if char is None:
            rest.append(file)
        elif char:
            given.append(NamedPicture(char, file, SURE - 1))
    return given, rest


def _unified(named: Iterable[NamedPicture]) -> tuple[list[NamedPicture], list[Problem]]:
    """Radicals and compatibility ideographs are read as the character they stand for, where that has no picture of its own.

    One that is named by its code point, or by a map, is meant; it is only remarked on.
    """
    named = list(named)
    there = {one.char for one in named}
    kept: list[NamedPicture] = []
    remarks: list[str] = []
    for one in named:
        plain = stands_for(one.char)
        if plain is None:
            kept.append(one)
            continue
        words = f"{one.path.name}: {one.char} {code_point(one.char)} is a form of {plain} {code_point(plain)}"
        meant = one.plainness < SURE or one.path.stem != one.char or plain in there
        kept.append(one if meant else NamedPicture(plain, one.path, one.plainness))
        remarks.append(f"{words}; it keeps its own place." if meant else f"{words}, and is read as that.")
    return kept, _grouped(remarks, "characters are compatibility forms of others")


def _one_each(named: Iterable[NamedPicture], root: Path) -> tuple[dict[str, NamedPicture], list[Problem]]:
    chosen: dict[str, NamedPicture] = {}
    second: list[tuple[NamedPicture, NamedPicture]] = []
    for one in sorted(named, key=lambda one: (one.plainness, len(one.path.parts), natural_key(one.path))):
        first = chosen.setdefault(one.char, one)
        if first is not one:
            second.append((one, first))
    if len(second) > _LISTED:
        files = [one.path for one, _ in second]
        line = f"{len(second):,} pictures are second ones of a character and were left out, the first by name was taken"
        return chosen, [f"{line}: {_some(files, root)}."]
    return chosen, [
        GlyphError(
            one.char, "read", f"{_below(one.path, root)} is a second file; {_below(first.path, root)} was taken."
        )
        for one, first in second
    ]


def _unnamed_lines(unnamed: Sequence[Path], root: Path) -> list[Problem]:
    if not unnamed:
        return []
    if len(unnamed) == 1:
        return [f"{_below(unnamed[0], root)}: the name is no character. {_HOW_TO_NAME}"]
    return [f"{len(unnamed):,} pictures have names that are no character: {_some(unnamed, root)}. {_HOW_TO_NAME}"]


def _grouped(lines: list[str], what: str) -> list[Problem]:
    if len(lines) <= _LISTED:
        return list(lines)
    return [f"{len(lines):,} {what}. The first: {lines[0]}"]


def _some(files: Sequence[Path], root: Path) -> str:
    shown = ", ".join(_below(file, root) for file in files[:_LISTED])
    return f"{shown}, …" if len(files) > _LISTED else shown


def _below(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()
