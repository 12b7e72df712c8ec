"""What has been drawn into a folder: one line a finished glyph, so that an interrupted run goes on where it was.

Each line is JSON; the first names what draws. A line is written after its picture, so a line without a picture, or a
picture without a line, means "not finished". Shards write journals of their own into one folder, or into several whose
files are put together later.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segan_cli.errors import UsageError
from segan_cli.files import written_beside
from segan_cli.glyph import code_point

JOURNALS = ".segan-drawn*.jsonl"


@dataclass(frozen=True, slots=True)
class DrawnGlyph:
    """One finished glyph.

    Args:
        char: the character.
        source: name and hash of what its source glyph came from.
        sha256: of the PNG file as it was written.
        mean_ink: mean of its ink, 0 to 1.
        findings: what its picture shows: "blank", "2 specks", "clipped at the left".
        read: what the reader saw, or None if it was not asked or does not know the character.
        score: the reader's score of the right character.
        skeleton_distance: to the source's skeleton, in thousandths of the side; None for a blank glyph.
        checked: whether the reader was asked.
        first_score: the score before it was drawn again; None if it was not.
        variation: the source variation that was kept ("as it is" if none read better); None if none was tried.
        saved: whether drawing again made a suspect into a sound glyph.
        retouched: whether somebody changed the picture since it was drawn.
    """

    char: str
    source: str
    sha256: str
    mean_ink: float
    findings: tuple[str, ...] = ()
    read: str | None = None
    score: float | None = None
    skeleton_distance: float | None = None
    checked: bool = False
    first_score: float | None = None
    variation: str | None = None
    saved: bool = False
    retouched: bool = False

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why this glyph alone is suspect; empty if nothing is wrong with it."""
        if self.retouched:
            return ()
        misread = self.read is not None and self.read != self.char
        return (*self.findings, *((f"read as {self.read}",) if misread else ()))


def journal_path(folder: Path, shard: tuple[int, int] | None) -> Path:
    """The journal of a whole run, or of one shard of it."""
    return folder / (f".segan-drawn-{shard[0]}-of-{shard[1]}.jsonl" if shard else ".segan-drawn.jsonl")


def read_journals(folder: Path, recipe: dict[str, Any]) -> dict[str, DrawnGlyph]:
    """The finished glyphs of a folder whose pictures are there.

    Args:
        folder: where glyphs were drawn.
        recipe: what draws now: bundle, weights, style, size, finish.

    Raises:
        UsageError: something else drew here.
    """
    finished: dict[str, DrawnGlyph] = {}
    for path in sorted(folder.glob(JOURNALS)):
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        header = _parsed(lines[0]) if lines else None
        if header is None:
            continue
        if header != recipe:
            other = ", ".join(f"{key} {header.get(key)!r}" for key in recipe if header.get(key) != recipe[key])
            raise UsageError(
                f"{folder} holds glyphs that were drawn with {other}. Choose another folder, or remove it "
                "(segan generate --overwrite draws over them)."
            )
        for line in lines[1:]:
            values = _parsed(line)
            if values is not None:
                glyph = _glyph(values)
                finished[glyph.char] = glyph
    return {char: seen for char, glyph in finished.items() if (seen := _seen(folder, glyph)) is not None}


class Journal:
    """The open journal of a run; threads share it.

    Args:
        path: the journal's file.
        recipe: what draws.
        kept: finished glyphs that stay; the rest of an old journal is dropped.
    """

    def __init__(self, path: Path, recipe: dict[str, Any], kept: Iterable[DrawnGlyph]) -> None:
        lines = [json.dumps(recipe, ensure_ascii=False), *(_line(glyph) for glyph in kept)]
        with written_beside(path) as beside:
            beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._file = path.open("a", encoding="utf-8")
        self._lock = threading.Lock()

    def add(self, glyphs: Iterable[DrawnGlyph]) -> None:
        """Note finished glyphs; they are handed to the system when this returns."""
        with self._lock:
            self._file.write("".join(_line(glyph) + "\n" for glyph in glyphs))
            self._file.flush()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def glyph_file(folder: Path, char: str) -> Path:
    """The picture of a character."""
    return folder / f"{code_point(char)}.png"


def _seen(folder: Path, glyph: DrawnGlyph) -> DrawnGlyph | None:
    """The glyph if its picture is there, marked if it is not the picture that was written."""
    try:
        data = glyph_file(folder, glyph.char).read_bytes()
    except OSError:
        return None
    changed = hashlib.sha256(data).hexdigest() != glyph.sha256
    return dataclasses.replace(glyph, retouched=changed)


def _line(glyph: DrawnGlyph) -> str:
    return json.dumps(dataclasses.asdict(glyph), ensure_ascii=False)


def _glyph(values: dict[str, Any]) -> DrawnGlyph:
    return DrawnGlyph(**{**values, "findings": tuple(values.get("findings", ()))})


def _parsed(line: str) -> dict[str, Any] | None:
    """A line's values; None for one that was cut off."""
    try:
        values = json.loads(line)
    except ValueError:
        return None
    return values if isinstance(values, dict) else None
