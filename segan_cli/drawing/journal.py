"""What has been drawn into a folder: one line a finished glyph, so that an interrupted run goes on where it was.

Each line is JSON; the first names what draws. A glyph's line is written after its picture, so a line without a picture
means "not finished". Before both, a line says which characters are begun: a picture with neither line is somebody else's.
Shards write journals of their own into one folder, or into several whose files are put together later.
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

from segan_cli.config import from_mapping
from segan_cli.drawing.ink_faults import InkFigures
from segan_cli.errors import UsageError
from segan_cli.files.documents import DocumentError, parse_json
from segan_cli.files.plain import open_plain, read_plain
from segan_cli.files.writing import written_beside
from segan_cli.glyph import code_point

JOURNALS = ".segan-drawn*.jsonl"
LONGEST_LINE = 1 << 20
"""Characters; the longest is the one that says which glyphs of a whole font are begun."""


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
        figures: what is measured of its ink; None for a blank glyph and in journals from before it was.
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
    figures: InkFigures | None = None

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


def read_journals(
    folder: Path, recipe: dict[str, Any], *, overwrite: bool = False
) -> tuple[dict[str, DrawnGlyph], set[str]]:
    """The finished glyphs of a folder whose pictures are there, and the characters that may be drawn over.

    Args:
        folder: where glyphs were drawn.
        recipe: what draws now: bundle, weights, style, size, finish.
        overwrite: take what something else drew, and nobody changed, for begun and not finished.

    Returns:
        By character what this recipe finished; and the characters that have a picture of ours and are not finished.

    Raises:
        UsageError: something else drew here.
    """
    noted: dict[str, list[DrawnGlyph]] = {}
    begun: set[str] = set()
    for path in sorted(folder.glob(JOURNALS)):
        lines = [_parsed(line) for line in _text_of(path).splitlines()]
        header = lines[0] if lines else None
        if header is None:
            continue
        glyphs = [glyph for line in lines[1:] if line and (glyph := _glyph(line)) is not None]
        if header != recipe and overwrite:
            begun.update(glyph.char for glyph in glyphs if _is_ours(folder, glyph))
            continue
        if header != recipe:
            other = ", ".join(f"{key} {header.get(key)!r}" for key in recipe if header.get(key) != recipe[key])
            raise UsageError(
                f"{folder} holds glyphs that were drawn with {other}. Choose another folder, or remove it "
                "(segan generate --overwrite draws over them)."
            )
        begun.update(char for line in lines[1:] if line for char in _chars(line.get("begun")))
        for glyph in glyphs:
            noted.setdefault(glyph.char, []).append(glyph)
    finished = {char: seen for char, lines in noted.items() if (seen := _seen(folder, char, lines)) is not None}
    return finished, {char for char in begun - finished.keys() if glyph_file(folder, char).exists()}


class Journal:
    """The open journal of a run; threads share it.

    Args:
        path: the journal's file; what another recipe left beside it goes.
        recipe: what draws.
        kept: finished glyphs that stay; the rest of an old journal is dropped.
        begun: characters that have a picture of ours, which may be drawn over.
    """

    def __init__(self, path: Path, recipe: dict[str, Any], kept: Iterable[DrawnGlyph], begun: Iterable[str]) -> None:
        lines = [json.dumps(recipe, ensure_ascii=False), _begun(begun), *(_line(glyph) for glyph in kept)]
        with written_beside(path) as beside:
            beside.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")
        for other in path.parent.glob(JOURNALS):
            if _header(other) != recipe:
                other.unlink()
        self._file = path.open("a", encoding="utf-8", errors="replace")
        self._lock = threading.Lock()

    def begin(self, chars: Iterable[str]) -> None:
        """Note that pictures of these characters are about to be written."""
        self._write([_begun(chars)])

    def add(self, glyphs: Iterable[DrawnGlyph]) -> None:
        """Note finished glyphs; they are handed to the system when this returns."""
        self._write([_line(glyph) for glyph in glyphs])

    def _write(self, lines: Iterable[str]) -> None:
        with self._lock:
            self._file.write("".join(line + "\n" for line in lines))
            self._file.flush()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()


def glyph_file(folder: Path, char: str) -> Path:
    """The picture of a character."""
    return folder / f"{code_point(char)}.png"


def _text_of(path: Path) -> str:
    try:
        return read_plain(path).decode("utf-8", "replace")
    except OSError as error:
        raise UsageError(
            f"{path}, which tells what was drawn in the folder, cannot be read: {error.strerror or error}. "
            "Choose another folder, or take that out of it."
        ) from error


def _header(path: Path) -> dict[str, Any] | None:
    with open_plain(path) as file:
        return _parsed(file.readline().decode("utf-8", "replace"))


def _is_ours(folder: Path, glyph: DrawnGlyph) -> bool:
    seen = _seen(folder, glyph.char, [glyph])
    return seen is not None and not seen.retouched


def _seen(folder: Path, char: str, noted: list[DrawnGlyph]) -> DrawnGlyph | None:
    """The line that belongs to the picture, if that is there; the last one, marked, if it is not as it was written."""
    try:
        found = hashlib.sha256(read_plain(glyph_file(folder, char))).hexdigest()
    except OSError:
        return None
    written = [glyph for glyph in noted if glyph.sha256 == found]
    return dataclasses.replace((written or noted)[-1], retouched=not written)


def _line(glyph: DrawnGlyph) -> str:
    return json.dumps(dataclasses.asdict(glyph), ensure_ascii=False)


def _begun(chars: Iterable[str]) -> str:
    return json.dumps({"begun": "".join(chars)}, ensure_ascii=False)


def _chars(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _glyph(values: dict[str, Any]) -> DrawnGlyph | None:
    """A finished glyph; None for a line of another kind, or one that was damaged: such a glyph is not finished."""
    try:
        glyph = from_mapping(DrawnGlyph, values)
    except UsageError:
        return None
    return glyph if len(glyph.char) == 1 else None


def _parsed(line: str) -> dict[str, Any] | None:
    """A line's values; None for one that was cut off or damaged."""
    try:
        values = parse_json(line, "the journal", largest=LONGEST_LINE)
    except DocumentError:
        return None
    return values if isinstance(values, dict) else None
