"""A glyph folder under review: its pictures, what is decided about them, and every picture that was ever replaced."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from segan_cli.building.drawn import DrawnFolders, Origin, origin_of, read_drawn
from segan_cli.errors import SeganError
from segan_cli.files import make_folder, written_beside
from segan_cli.source.decisions import DecisionJournal, fingerprint, fingerprint_of
from segan_cli.source.glyph_folder import FolderFit, GlyphFile, scan_glyph_folder

KEPT = ".segan-review"
"""A folder in the glyph folder: the pictures that a review replaced, and what was measured."""


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
    """

    folder: Path
    own: bool
    files: dict[str, GlyphFile]
    fit: FolderFit
    journal: DecisionJournal = field(repr=False)
    drawn: DrawnFolders = field(repr=False)

    @classmethod
    def open(cls, folder: Path, *, own: bool = False) -> Place:
        """Look through a folder.

        Raises:
            UsageError: no such folder, or no glyph in it.
        """
        found = scan_glyph_folder(folder)
        drawn, files = read_drawn([folder]), {entry.char: entry for entry in found.entries}
        return cls(folder, own, files, found.fit, DecisionJournal(folder), drawn)

    def origin(self, char: str) -> Origin:
        """Whether a glyph was written by hand or generated."""
        return "written" if self.own else origin_of(char, self.folder, self.drawn)

    def version(self, char: str) -> str:
        """A word that changes whenever the picture does; empty if it is gone."""
        try:
            facts = self.files[char].path.stat()
        except OSError:
            return ""
        return f"{facts.st_mtime_ns:x}-{facts.st_size:x}"

    def picture(self, char: str) -> str:
        """The fingerprint of the picture as it lies there."""
        return fingerprint(self.files[char].path)

    def keep(self, char: str) -> str:
        """Put a copy of the picture by, so that it can be had back; its fingerprint."""
        data = self.files[char].path.read_bytes()
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
        """Put a picture that was put by in its character's place.

        Raises:
            SeganError: it is not there any more.
        """
        try:
            data = self._kept(name).read_bytes()
        except OSError as error:
            raise SeganError(
                f"The picture {name} of {char} is not in {self.folder / KEPT} any more, so it cannot be brought back."
            ) from error
        with written_beside(self.files[char].path) as beside:
            beside.write_bytes(data)
            _to_disk(beside)

    def finish_interrupted(self) -> None:
        """Lay out pictures that were decided on when the program was killed before it could."""
        decisions = self.journal.now()
        latest = {char: line for line in decisions.lines for char in line.chars if line.action in ("redraw", "retouch")}
        for char, line in latest.items():
            at, before = line.chars.index(char), line.values.get("before")
            if char not in self.files or not isinstance(before, list) or at >= min(len(before), len(line.pictures)):
                continue
            after = line.pictures[at]
            if decisions.of(char).picture == after and self.picture(char) == before[at]:
                self.lay_out(char, after)

    def _kept(self, name: str) -> Path:
        return self.folder / KEPT / "pictures" / f"{name}.png"


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
