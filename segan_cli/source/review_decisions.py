"""What a person decided about the glyphs of a folder: `decisions.jsonl`, one line a decision, added and never changed.

A line is JSON: its number, what was done, to which characters, and the fingerprint of the picture that each decision is
about. The latest decision on a character holds. An `undo` line takes back the line that it names, and another undo brings
that one back, so nothing is ever lost. A decision about a picture ends with the picture: when a refused glyph is drawn
again, or a written one takes its place, the glyph is open once more.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

from segan_cli.config import from_mapping
from segan_cli.errors import UsageError
from segan_cli.files.documents import parse_json
from segan_cli.files.plain import open_plain, open_to_append, read_plain

DECISIONS_FILE = "decisions.jsonl"
LONGEST_LINE = 4 << 20
"""Bytes; a decision about a whole font names each of its pictures."""

Action = Literal["accept", "refuse", "write", "reopen", "redraw", "retouch", "rename", "adjust", "undo"]
ACTIONS: tuple[str, ...] = get_args(Action)
Status = Literal["open", "accepted", "refused", "write"]
STATUS_OF: Mapping[str, Status] = {
    "accept": "accepted",
    "redraw": "accepted",
    "retouch": "accepted",
    "refuse": "refused",
    "write": "write",
    "reopen": "open",
    "rename": "open",
}
"""What an action makes of a glyph: a drawing that was chosen or retouched by hand is accepted with it."""

LIMITS: Mapping[str, tuple[float, float]] = {
    "weight": (-60, 60),
    "size": (0.5, 2),
    "dx": (-500, 500),
    "dy": (-500, 500),
    "left": (-500, 500),
    "right": (-500, 500),
}


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A correction that is applied when the font is built; the picture stays as it is.

    Args:
        weight: thousandths of the em by which strokes become bolder (below 0: lighter), -60 to 60.
        size: factor about the middle of the em box, 0.5 to 2.
        dx: shift to the right in font units, -500 to 500.
        dy: shift upwards in font units, -500 to 500.
        left: space added at the left, in font units, -500 to 500; the advance grows with it.
        right: space added at the right, in font units, -500 to 500; the advance grows with it.
    """

    weight: float = 0.0
    size: float = 1.0
    dx: float = 0.0
    dy: float = 0.0
    left: float = 0.0
    right: float = 0.0

    def __post_init__(self) -> None:
        for name, (low, high) in LIMITS.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
                raise UsageError(f"{name} is {value!r}; it must be a number between {low:g} and {high:g}.")

    def as_dict(self) -> dict[str, float]:
        """What differs from no adjustment at all, by name."""
        return {one.name: value for one in fields(self) if (value := getattr(self, one.name)) != one.default}


NO_ADJUSTMENT = Adjustment()


@dataclass(frozen=True, slots=True)
class Decision:
    """One line of the journal.

    Args:
        number: counts from 1 in the order of the lines.
        action: what was done.
        chars: to which characters.
        pictures: fingerprint of the picture that each was done to, or that it led to (`redraw`, `retouch`).
        values: what else belongs to it: an adjustment's numbers; of a drawing "variation" and "before", the fingerprints of
            the pictures in whose place it came, and "open" if nobody has looked at it yet; of an undo "of", the number of the line
            that it takes back, or a list of several; "step", where several lines are one step to undo.
        by: who did it, a name that a page gives itself.
        at: when, in UTC.
    """

    number: int
    action: Action
    chars: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""
    at: str = ""

    def line(self) -> str:
        """The decision as the journal keeps it."""
        words = {"number": self.number, "do": self.action, "chars": "".join(self.chars), "pictures": self.pictures}
        kept = {name: value for name, value in words.items() if value or name == "number"}
        return json.dumps({**kept, **self.values, "by": self.by, "at": self.at}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class GlyphDecision:
    """What holds for one character.

    Args:
        status: of the picture with the fingerprint `picture`, and of no other.
        picture: that fingerprint; empty if nothing was decided about a picture.
        action: the last action that set the status.
        refused: fingerprints of all pictures of it that were refused.
        adjustment: applied when the font is built.
        number: of the last line about it; what a page has seen of it.
    """

    status: Status = "open"
    picture: str = ""
    action: str = ""
    refused: tuple[str, ...] = ()
    adjustment: Adjustment = NO_ADJUSTMENT
    number: int = 0

    def status_of(self, picture: str) -> Status:
        """The status of a picture: of another one than was decided about, "open"."""
        return self.status if picture and picture == self.picture else "open"


NOTHING_DECIDED = GlyphDecision()


@dataclass(frozen=True)
class Decisions:
    """What holds for a folder.

    Args:
        folder: the glyph folder.
        lines: the journal, in order.
        glyphs: by character, those alone about which something was decided.
    """

    folder: Path
    lines: tuple[Decision, ...] = ()
    glyphs: Mapping[str, GlyphDecision] = field(default_factory=dict)

    def of(self, char: str) -> GlyphDecision:
        """What holds for a character."""
        return self.glyphs.get(char, NOTHING_DECIDED)

    def with_status(self, files: Mapping[str, Path], *wanted: Status) -> dict[str, GlyphDecision]:
        """The characters whose picture, as it lies there now, has one of these statuses.

        Args:
            files: the picture of each character.
            wanted: "accepted", "refused", "write".
        """
        return {
            char: glyph
            for char, glyph in self.glyphs.items()
            if glyph.status in wanted and char in files and glyph.status_of(fingerprint(files[char])) in wanted
        }


def read_decisions(folder: Path) -> Decisions:
    """What was decided about a folder's glyphs; nothing, where there is no journal. Damaged lines are left out."""
    try:
        data = read_plain(folder / DECISIONS_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return Decisions(folder)
    except OSError as error:
        if error.errno == errno.ELOOP and not folder.exists():
            return Decisions(folder)  # whoever reads its pictures says that the folder is a link in a circle
        raise UsageError(f"{folder / DECISIONS_FILE} cannot be read: {error.strerror or error}.") from error
    return decided(folder, _parsed_lines(data))


def decided(folder: Path, lines: Sequence[Decision]) -> Decisions:
    """What a journal's lines come to."""
    dead = undone(lines)
    glyphs: dict[str, GlyphDecision] = {}
    for line in lines:
        _apply(glyphs, line, alive=line.number not in dead)
    return Decisions(folder, tuple(lines), glyphs)


def followed(before: Decisions, lines: Sequence[Decision]) -> Decisions:
    """What holds after some more lines; as `decided` of all of them, but quick."""
    every = (*before.lines, *lines)
    if any(line.action == "undo" for line in lines):
        return decided(before.folder, every)
    glyphs = dict(before.glyphs)
    for line in lines:
        _apply(glyphs, line, alive=True)
    return Decisions(before.folder, every, glyphs)


def undone(lines: Sequence[Decision]) -> set[int]:
    """Numbers of the lines that are taken back; an undo that was itself taken back takes nothing back."""
    dead: set[int] = set()
    for line in reversed(lines):
        if line.action == "undo" and line.number not in dead:
            dead.update(taken_back(line))
    return dead


def taken_back(undo: Decision) -> tuple[int, ...]:
    """Numbers of the lines that an undo takes back."""
    of = undo.values.get("of", 0)
    return tuple(map(int, of)) if isinstance(of, list) else (int(of),)


def fingerprint(path: Path) -> str:
    """The first half of a file's SHA-256; empty if it cannot be read."""
    try:
        return fingerprint_of(read_plain(path))
    except OSError:
        return ""


def fingerprint_of(data: bytes) -> str:
    """The first half of the SHA-256 of bytes."""
    return hashlib.sha256(data).hexdigest()[:32]


class DecisionJournal:
    """The open journal of a folder. Threads share it, and other processes may add to the same file meanwhile.

    Args:
        folder: the glyph folder.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / DECISIONS_FILE
        self._lock = threading.RLock()
        self._read = 0
        self._decisions = Decisions(folder)

    def now(self) -> Decisions:
        """What holds now, with what others wrote since."""
        with self._lock:
            self._catch_up()
            return self._decisions

    def add(
        self,
        action: Action,
        chars: Sequence[str] = (),
        pictures: Sequence[str] = (),
        values: Mapping[str, Any] | None = None,
        by: str = "",
    ) -> Decision:
        """Write a decision; it is on the disk when this returns.

        Raises:
            OSError: it could not be written; nothing is decided then.
        """
        with self._lock, self.locked():
            self._catch_up()
            number = 1 + max((line.number for line in self._decisions.lines), default=0)
            at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            made = Decision(number, action, tuple(chars), tuple(pictures), dict(values or {}), by, at)
            self._append(made.line() + "\n")
            self._catch_up()
        return made

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone with the journal among processes, where the system has such locks."""
        try:
            import fcntl
        except ImportError:  # Windows: one process at a time
            yield
            return
        with open_to_append(self.path.parent / f".{DECISIONS_FILE}.lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _append(self, text: str) -> None:
        with open_to_append(self.path) as file:
            torn = file.tell() > 0 and not self._ends_whole()
            file.write(("\n" + text if torn else text).encode())
            file.flush()
            os.fsync(file.fileno())

    def _ends_whole(self) -> bool:
        with open_plain(self.path) as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"

    def _catch_up(self) -> None:
        try:
            size = self.path.stat().st_size
        except FileNotFoundError:
            size = 0
        if size == self._read:
            return
        if size < self._read:  # somebody put another file there
            self._read, self._decisions = 0, Decisions(self.path.parent)
        with open_plain(self.path) as file:
            file.seek(self._read)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        self._read += whole
        self._decisions = followed(self._decisions, _parsed_lines(data[:whole]))


def _apply(glyphs: dict[str, GlyphDecision], line: Decision, *, alive: bool) -> None:
    """A line that was taken back changes nothing but the number, for a page has seen it, too."""
    for index, char in enumerate(line.chars):
        glyph = glyphs.get(char, NOTHING_DECIDED)
        picture = line.pictures[index] if index < len(line.pictures) else ""
        after = _after(glyph, line, picture) if alive and line.action != "undo" else glyph
        glyphs[char] = replace(after, number=line.number)


def _after(glyph: GlyphDecision, line: Decision, picture: str) -> GlyphDecision:
    if line.action == "adjust":
        known = {name: line.values[name] for name in LIMITS if name in line.values}
        return replace(glyph, adjustment=Adjustment(**known))
    refused = tuple(dict.fromkeys([*glyph.refused, picture])) if line.action == "refuse" else glyph.refused
    status: Status = "open" if line.values.get("open") else STATUS_OF[line.action]
    return replace(glyph, status=status, picture=picture, action=line.action, refused=refused)


def _parsed_lines(data: bytes) -> list[Decision]:
    return [line for text in data.splitlines() if (line := _parsed(text)) is not None]


@dataclass(frozen=True, slots=True)
class _Line:
    """What every line holds; the rest of it are the decision's values."""

    number: int
    do: Action
    chars: str = ""
    pictures: tuple[str, ...] = ()
    by: str = ""
    at: str = ""


def _parsed(text: bytes) -> Decision | None:
    """A line's decision; None for one that was cut off or is foreign."""
    try:
        words = parse_json(text, DECISIONS_FILE, largest=LONGEST_LINE)
        line = from_mapping(_Line, words, others_may_be=True)
        values = {name: value for name, value in words.items() if name not in _Line.__slots__}
        if line.do == "adjust":
            Adjustment(**{name: values[name] for name in LIMITS if name in values})
        if line.do == "undo":
            of = values.get("of", 0)
            values["of"] = [int(one) for one in of] if isinstance(of, list) else int(of)
    except (ValueError, TypeError, UsageError):
        return None
    return Decision(line.number, line.do, tuple(line.chars), line.pictures, values, line.by, line.at)
