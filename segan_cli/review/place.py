"""A glyph folder under review: its pictures, what is decided about them, and every picture that was ever replaced."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segan_cli.building.drawn import DrawnFolders, Origin, origin_of, read_drawn
from segan_cli.errors import SeganError
from segan_cli.files.plain import read_plain
from segan_cli.files.writing import make_folder, written_beside
from segan_cli.glyph import code_point
from segan_cli.paper.cell_views import ScannedCell, ScannedFolder, read_scanned
from segan_cli.source.glyph_folder import FolderFit, GlyphFile, scan_glyph_folder
from segan_cli.source.review_decisions import Decision, DecisionJournal, fingerprint, fingerprint_of, undone

KEPT = ".segan-review"
"""A folder in the glyph folder: the pictures that a review replaced, and what was measured."""


REPLACING = ("redraw", "retouch", "rename")
"""Actions that lay another picture in a character's place, or take one away."""


@dataclass(eq=False)
class Place:
    """A folder under review.

    Args:
        folder: the glyph folder.
        own: whether it holds the designer's own glyphs alone.
        files: by character.
        fit: how its pictures are read.
        journal: what is decided.
        drawn: what `segan generate` reported of it.
        scanned: what `segan scan` left in it, or None.
    """

    folder: Path
    own: bool
    files: dict[str, GlyphFile]
    fit: FolderFit
    journal: DecisionJournal = field(repr=False)
    drawn: DrawnFolders = field(repr=False)
    scanned: ScannedFolder | None = field(default=None, repr=False)
    _cells: tuple[int, Mapping[str, ScannedCell]] | None = field(default=None, init=False, repr=False)

    @classmethod
    def open(cls, folder: Path, *, own: bool = False) -> Place:
        """Look through a folder.

        Raises:
            UsageError: no such folder, or no glyph in it.
        """
        found = scan_glyph_folder(folder)
        drawn, files = read_drawn([folder]), {entry.char: entry for entry in found.entries}
        return cls(folder, own, files, found.fit, DecisionJournal(folder), drawn, read_scanned(folder))

    def origin(self, char: str) -> Origin:
        """Whether a glyph was written by hand or generated."""
        return "written" if self.own else origin_of(char, self.folder, self.drawn)

    def cell(self, char: str) -> ScannedCell | None:
        """The scanned cell that a glyph was cut from, if that is known; it goes along when the glyph is renamed."""
        if self.scanned is None:
            return None
        lines = self.journal.now().lines
        if self._cells is None or self._cells[0] != len(lines):
            self._cells = len(lines), _renamed(self.scanned.cells, lines)
        return self._cells[1].get(char)

    def version(self, char: str) -> str:
        """A word that changes whenever the picture does; empty if it is gone."""
        try:
            facts = self.files[char].path.stat()
        except (OSError, KeyError):
            return ""
        return f"{facts.st_mtime_ns:x}-{facts.st_size:x}"

    def picture(self, char: str) -> str:
        """The fingerprint of the picture as it lies there; empty where there is none."""
        entry = self.files.get(char)
        return fingerprint(entry.path) if entry is not None else ""

    def keep(self, char: str) -> str:
        """Put a copy of the picture by, so that it can be had back; its fingerprint."""
        data = read_plain(self.files[char].path)
        return self.put_by(data)

    def put_by(self, data: bytes) -> str:
        """Put a picture by; its fingerprint."""
        name = fingerprint_of(data)
        path = self._kept(name)
        if not path.exists():
            make_folder(path.parent)
            with written_beside(path) as beside:
                beside.write_bytes(data)
                _to_disk(beside)
        return name

    def lay_out(self, char: str, name: str) -> None:
        """Put a picture that was put by in its character's place; the empty name takes away what lies there.

        Raises:
            SeganError: it is not there any more.
        """
        if not name:
            if char in self.files:
                self.files[char].path.unlink(missing_ok=True)
                self.files = {other: entry for other, entry in self.files.items() if other != char}
            return
        try:
            data = read_plain(self._kept(name))
        except OSError as error:
            raise SeganError(
                f"The picture {name} of {char} is not in {self.folder / KEPT} any more, so it cannot be brought back."
            ) from error
        entry = self.files.get(char) or GlyphFile(char, self.folder / f"{code_point(char)}.png")
        with written_beside(entry.path) as beside:
            beside.write_bytes(data)
            _to_disk(beside)
        if char not in self.files:  # never changed in place: other threads go through it
            self.files = {**self.files, char: entry}

    def finish_interrupted(self) -> None:
        """Lay out pictures that were decided on when the program was killed before it could."""
        decisions = self.journal.now()
        latest = {char: line for line in decisions.lines for char in line.chars if line.action in REPLACING}
        for char, line in latest.items():
            at, before = line.chars.index(char), line.values.get("before")
            if not isinstance(before, list) or at >= min(len(before), len(line.pictures)):
                continue
            if char not in self.files and line.action != "rename":
                continue
            after = line.pictures[at]
            if decisions.of(char).picture == after and self.picture(char) == before[at]:
                self.lay_out(char, after)

    def _kept(self, name: str) -> Path:
        return self.folder / KEPT / "pictures" / f"{name}.png"


def _renamed(cells: Mapping[str, ScannedCell], lines: Sequence[Decision]) -> Mapping[str, ScannedCell]:
    """The cells by character as they are after what was renamed."""
    now, dead = dict(cells), undone(lines)
    for line in lines:
        if line.action != "rename" or line.number in dead or len(line.chars) != 2:
            continue
        old, new = line.chars
        if old in now and now[old].view == line.values.get("view"):
            moved, other = now.pop(old), now.pop(new, None)
            now |= {new: moved} | ({old: other} if other else {})
    return now


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
