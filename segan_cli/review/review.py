"""A review: the glyphs of a font or folder, what is known about each, and what is decided.

Every change goes through `Review.decide`, `choose`, `retouch` or `undo`; each is in the journal, on the disk, before its
answer is given. A page says which picture it saw (`version`): a decision about a picture that is not there any more is
not taken, and the page is told what is there now.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from segan_cli.errors import SeganError, UsageError
from segan_cli.glyph import Frame, code_point
from segan_cli.paper.cell_views import Part, recut
from segan_cli.review.measures import Measure, Strangeness, strangeness
from segan_cli.review.pictures import drawn_png, retouched_ink
from segan_cli.review.place import REPLACING, Place
from segan_cli.review.redraw import Redrawer
from segan_cli.source.review_decisions import Action, Adjustment, Decision, taken_back, undone

SCANNED_PX = 512
"""Side of a glyph that is cut again, where its folder does not say."""
BY_LIST: frozenset[str] = frozenset({"accept", "refuse", "write", "reopen"})
"""What may be done to many glyphs at once."""


class Gone(SeganError):
    """A decision about a picture that is not there any more."""


@dataclass(frozen=True)
class Known:
    """What a report says.

    Args:
        reasons: why a glyph is suspect, by character.
        read: what a recogniser read, and the score of the right character.
        missing: why a character has no glyph, by character.
        worst: suspects by character, the worst first.
    """

    reasons: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    read: Mapping[str, tuple[str, float]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
    worst: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a change did.

    Args:
        chars: the characters that it is about.
        words: for a person: "accepted 永".
        gone: characters whose picture was another one, so nothing was decided about them.
    """

    chars: tuple[str, ...]
    words: str
    gone: tuple[str, ...] = ()


class Review:
    """A review in progress; threads share it.

    Args:
        title: the font's or folder's name.
        places: folders by precedence: the first that has a character gives the glyph.
        known: what the report says.
        redrawer: draws other versions; None where the style is not installed.
        reviewer: who decides.
    """

    def __init__(
        self, title: str, places: Sequence[Place], known: Known, redrawer: Redrawer | None, reviewer: str
    ) -> None:
        self.title, self.places, self.known, self.redrawer, self.reviewer = title, places, known, redrawer, reviewer
        self.homes = {char: place for place in reversed(places) for char in place.files}
        self._lock = threading.RLock()
        self._measures: dict[str, tuple[str, Measure]] = {}
        self._strange: dict[str, Strangeness] = {}
        for place in places:
            place.finish_interrupted()

    # What is there

    def home(self, char: str) -> Place:
        """The folder that gives a character's glyph.

        Raises:
            UsageError: there is none.
        """
        if char not in self.homes:
            raise UsageError(f"{char} ({code_point(char)}) is not in this review.")
        return self.homes[char]

    def learn(self, measures: Mapping[str, tuple[str, Measure]]) -> None:
        """Take what was measured in drawn glyphs, each with the version of its picture; of another picture it says nothing."""
        with self._lock:
            self._measures = dict(measures)
            self._strange = strangeness({char: measure for char, (_, measure) in self._measures.items()})

    def rows(self, chars: Iterable[str] | None = None) -> list[dict[str, Any]]:
        """What the page shows of each glyph, the worst first.

        Args:
            chars: which; None takes all, missing ones, too.
        """
        numbers = {place.folder: place.journal.now() for place in self.places}
        homes = self.homes
        if chars is not None:
            return [
                self._row(char, home, numbers[home.folder]) if (home := homes.get(char)) else self._gone(char)
                for char in chars
            ]
        rows = [self._row(char, place, numbers[place.folder]) for char, place in homes.items()]
        order = {char: index for index, char in enumerate(self.known.worst)}
        rows.sort(key=lambda row: self._badness(row, homes[row["char"]], order))
        gaps = sorted(char for char in self.known.missing if char not in homes)
        return rows + [{"char": char, "origin": "missing", "why": [self.known.missing[char]]} for char in gaps]

    def _badness(self, row: Mapping[str, Any], home: Place, order: Mapping[str, int]) -> tuple[Any, ...]:
        char = row["char"]
        strange = self._strange.get(char, Strangeness())
        score = self.known.read.get(char, ("", 1.0))[1]
        suspect = bool(self.known.reasons.get(char))
        generated = row["origin"] == "generated" or home.scanned is not None
        return (not generated, not suspect, order.get(char, len(order)), -strange.total, score, char)

    def _row(self, char: str, place: Place, decisions: Any) -> dict[str, Any]:
        decided = decisions.of(char)
        row: dict[str, Any] = {"char": char, "origin": place.origin(char), "version": place.version(char)}
        renamed = decided.action == "rename" and decided.picture == place.picture(char)
        reasons = [*(() if renamed else self.known.reasons.get(char, ())), *self._words(char)]
        status = decided.status_of(place.picture(char)) if decided.number else "open"
        extra = {
            "why": reasons,
            "read": self.known.read.get(char, ("", 0.0))[0],
            "score": self.known.read[char][1] if char in self.known.read else None,
            "status": status if status != "open" else "",
            "action": decided.action if status != "open" else "",
            "refusals": len(decided.refused) if status == "open" else 0,
            "adjust": decided.adjustment.as_dict() if decided.number else {},
            "number": decided.number,
            "cell": cell.view if (cell := place.cell(char)) is not None else "",
        }
        return row | {name: value for name, value in extra.items() if value}

    def _gone(self, char: str) -> dict[str, Any]:
        """A character whose picture was renamed, or is a missing one."""
        number = max((place.journal.now().of(char).number for place in self.places), default=0)
        why = self.known.missing.get(char, "its picture is gone")
        return {"char": char, "origin": "missing", "why": [why]} | ({"number": number} if number else {})

    def _words(self, char: str) -> list[str]:
        if char not in self._strange or char not in self.homes:
            return []
        version, measure = self._measures[char]
        return self._strange[char].reasons(measure) if self.homes[char].version(char) == version else []

    # What is done

    def decide(self, action: Action, glyphs: Sequence[tuple[str, str]], by: str = "") -> Outcome:
        """Accept, refuse, open again, or mark to be written again.

        Args:
            action: "accept", "refuse", "write" or "reopen".
            glyphs: characters, each with the version of the picture that was seen.
            by: who.

        Raises:
            UsageError: no such action or character.
            Gone: every one of the pictures is another one by now.
        """
        if action not in BY_LIST:
            raise UsageError(f"{action!r} is nothing that can be decided; there is {', '.join(sorted(BY_LIST))}.")
        with self._lock:
            gone = tuple(char for char, version in glyphs if self.home(char).version(char) != version)
            chars = [char for char, _ in glyphs if char not in gone]
            if not chars:
                raise Gone("The picture changed meanwhile, so nothing was decided. Look at it once more.")
            mine = {place: [char for char in chars if self.homes[char] is place] for place in self.places}
            mine = {place: some for place, some in mine.items() if some}
            values = {"step": new_step()} if len(mine) > 1 else {}
            for place, some in mine.items():
                place.journal.add(action, some, [place.picture(char) for char in some], values, by or self.reviewer)
        return Outcome(tuple(chars), f"{_DONE[action]} {_some(chars)}", gone)

    def adjust(self, char: str, adjustment: Adjustment, by: str = "") -> Outcome:
        """Correct weight, size, place or side bearings; the picture stays as it is."""
        place = self.home(char)
        values = adjustment.as_dict()
        place.journal.add("adjust", [char], [place.picture(char)], values, by or self.reviewer)
        return Outcome((char,), f"adjusted {char}")

    def choose(self, char: str, version: str, variation: str, by: str = "") -> Outcome:
        """Take another drawing in the picture's place, and accept it.

        Raises:
            Gone: the picture is another one by now.
            SeganError: it cannot be drawn.
        """
        self._check_drawn(char, "drawn again")
        if self.redrawer is None:
            raise SeganError("The style that drew this folder is not known, so nothing can be drawn. Add --style.")
        data = drawn_png(self.redrawer.again(char, variation).ink)
        return self._replace(char, version, data, "redraw", {"variation": variation}, by)

    def retouch(self, char: str, version: str, data: bytes, by: str = "") -> Outcome:
        """Take a picture that was retouched on the page, and accept it.

        Raises:
            Gone: the picture is another one by now.
            UsageError: it is no picture.
        """
        self._check_drawn(char, "retouched")
        return self._replace(char, version, drawn_png(retouched_ink(data)), "retouch", {}, by)

    def recut(self, char: str, version: str, part: Part, by: str = "") -> Outcome:
        """Cut a scanned glyph again, from a part of its cell's picture, and accept it.

        Raises:
            Gone: the picture is another one by now.
            UsageError: it was not scanned, or there is no ink in that part.
        """
        place = self.home(char)
        cell = place.cell(char)
        if cell is None or place.scanned is None:
            raise UsageError(f"{char} did not come from segan scan, so there is no cell to cut it from.")
        frame = place.fit.frame or Frame(SCANNED_PX)
        ink = recut(place.scanned, cell, char, part, frame).ink
        return self._replace(char, version, drawn_png(ink), "retouch", {"recut": list(part)}, by)

    def rename(self, char: str, version: str, to: str, by: str = "") -> Outcome:
        """Give a scanned glyph to another character; where that has a picture in the same folder, both change places.

        Raises:
            Gone: the picture is another one by now.
            UsageError: it was not scanned, or `to` is no character for it.
        """
        place = self.home(char)
        cell = place.cell(char)
        if cell is None:
            raise UsageError(f"{char} did not come from segan scan, so it is not renamed here. Rename its file.")
        if len(to) != 1 or to == char or not to.isprintable() or to.isspace():
            raise UsageError(f"{to[:20]!r} is not another character. Type the one that is written in this cell.")
        with self._lock:
            if self.homes.get(to, place) is not place:
                raise UsageError(f"{to} is in {self.homes[to].folder}, another folder of this review.")
            if place.version(char) != version:
                raise Gone(f"The picture of {char} changed meanwhile, so it was not renamed. Look at it once more.")
            before = [place.keep(char), place.keep(to) if to in place.files else ""]
            values = {"before": before, "view": cell.view}
            place.journal.add("rename", [char, to], before[::-1], values, by or self.reviewer)
            self._lay_out(place, (char, to), before[::-1])
        return Outcome((char, to), f"renamed {char} to {to}" + (f", and {to} to {char}" if before[1] else ""))

    def _lay_out(self, place: Place, chars: Sequence[str], pictures: Sequence[str]) -> None:
        for char, picture in zip(chars, pictures, strict=True):
            place.lay_out(char, picture)
            there = next((one for one in self.places if char in one.files), None)
            rest = {other: home for other, home in self.homes.items() if other != char}
            self.homes = rest | ({char: there} if there is not None else {})

    def may_redraw(self, glyphs: Sequence[tuple[str, str]]) -> Outcome:
        """Which of these glyphs may be drawn again.

        Raises:
            SeganError: none, or no style is known.
        """
        if self.redrawer is None:
            raise SeganError("The style that drew this folder is not known, so nothing can be drawn. Add --style.")
        gone = [char for char, version in glyphs if self.home(char).version(char) != version]
        chars = [char for char, _ in glyphs if char not in gone and self.home(char).origin(char) == "generated"]
        if not chars:
            raise UsageError("None of these is drawn; what is written stays as it was written.")
        self._check_drawn(chars[0], "drawn again")
        return Outcome(tuple(chars), "", tuple(gone))

    def redraw(self, char: str, step: str = "", by: str = "") -> Outcome:
        """Refuse a drawing and take the next other one, which nobody has looked at.

        Args:
            char: the character.
            step: the step that it is part of, where many are drawn again at once; see `new_step`.
            by: who.

        Raises:
            SeganError: it cannot be drawn.
        """
        place = self.home(char)
        if self.redrawer is None:
            raise SeganError("The style that drew this folder is not known, so nothing can be drawn. Add --style.")
        with self._lock:
            version = place.version(char)
            tries = sum(char in line.chars and line.action == "redraw" for line in place.journal.now().lines)
        drawn = self.redrawer.other(char, tries)
        values = {"variation": drawn.name, "open": True} | ({"step": step} if step else {})
        return self._replace(char, version, drawn_png(drawn.ink), "redraw", values, by)

    def undo(self, by: str = "") -> Outcome:
        """Take back the latest step of a reviewer that still holds: all that one key or one button did.

        Raises:
            UsageError: there is none.
        """
        with self._lock:
            dead = {place.folder: undone(place.journal.now().lines) for place in self.places}
            alive = [(p, line) for p, line in self._own_lines(by) if line.number not in dead[p.folder]]
            alive = [(p, line) for p, line in alive if line.action != "undo"]
            if not alive:
                raise UsageError("There is nothing to undo.")
            step = _step(alive, alive[-1])
            self._take_back(step, by)
            for place, line in reversed(step):
                self._pictures_back(place, line, _before(line), line.pictures)
        return Outcome(_chars_of(step), f"took back: {_NOUN[step[-1][1].action]} {_some(_chars_of(step))}")

    def redo(self, by: str = "") -> Outcome:
        """Bring back what was undone last.

        Raises:
            UsageError: nothing was.
        """
        with self._lock:
            undos = self._last_undo(by)
            step = [
                (place, line)
                for place, undo in undos
                for line in place.journal.now().lines
                if line.number in taken_back(undo)
            ]
            self._take_back(undos, by)
            for place, line in step:
                self._pictures_back(place, line, line.pictures, _before(line))
        return Outcome(_chars_of(step), f"brought back: {_NOUN[step[-1][1].action]} {_some(_chars_of(step))}")

    def _take_back(self, step: Sequence[tuple[Place, Decision]], by: str) -> None:
        """One line for each folder."""
        numbers: dict[Place, list[int]] = {}
        for place, line in step:
            numbers.setdefault(place, []).append(line.number)
        together = {"step": new_step()} if len(numbers) > 1 else {}
        for place, of in numbers.items():
            values = {"of": of if len(of) > 1 else of[0], **together}
            place.journal.add("undo", values=values, by=by or self.reviewer)

    def _last_undo(self, by: str) -> list[tuple[Place, Decision]]:
        """The undo lines of the latest step that was undone and not brought back since."""
        lines = {place.folder: place.journal.now().lines for place in self.places}
        dead = {folder: undone(found) for folder, found in lines.items()}
        undos: list[tuple[Place, Decision]] = []
        for place, line in self._own_lines(by):
            targets = [one for one in lines[place.folder] if line.action == "undo" and one.number in taken_back(line)]
            if line.action != "undo" or not targets:
                undos.clear()  # a new decision: what was undone before it stays undone
            elif all(one.action != "undo" for one in targets) and line.number not in dead[place.folder]:
                undos.append((place, line))
        if not undos:
            raise UsageError("There is nothing to bring back.")
        return _step(undos, undos[-1])

    def _own_lines(self, by: str) -> list[tuple[Place, Decision]]:
        lines = [(place, line) for place in self.places for line in place.journal.now().lines]
        mine = [(place, line) for place, line in lines if line.by == (by or self.reviewer)]
        return sorted(mine, key=lambda pair: (pair[1].at, pair[1].number))

    def _pictures_back(self, place: Place, line: Decision, wanted: Sequence[str], there: Sequence[str]) -> None:
        """Lay out the pictures that belong to a decision that was taken or brought back, where its own still lie there."""
        if line.action not in REPLACING:
            return
        for char, new, old in zip(line.chars, wanted, there, strict=False):
            if (char in place.files or line.action == "rename") and place.picture(char) == old:
                self._lay_out(place, [char], [new])

    def _replace(
        self, char: str, version: str, data: bytes, action: Action, values: Mapping[str, Any], by: str
    ) -> Outcome:
        place = self.home(char)
        with self._lock:
            if place.version(char) != version:
                raise Gone(f"The picture of {char} changed meanwhile, so it was not replaced. Look at it once more.")
            before, after = place.keep(char), place.put_by(data)
            place.journal.add(action, [char], [after], {**values, "before": [before]}, by or self.reviewer)
            place.lay_out(char, after)
        return Outcome((char,), f"{_DONE[action]} {char}")

    def _check_drawn(self, char: str, what: str) -> None:
        place = self.home(char)
        if place.cell(char) is not None and what == "retouched":
            return  # what a scan made of it may be mended: the paper is as it was
        if place.origin(char) == "written":
            raise UsageError(
                f"{char} is written by hand and stays as it was written; only drawn glyphs are {what} here."
            )
        if place.fit.rule not in ("frame", "canvas"):
            raise UsageError(
                f"The pictures of {place.folder} are cut out, so a whole one cannot be put among them. {char} cannot be {what} here."
            )


def new_step() -> str:
    """A name for decisions that are one step to undo."""
    return secrets.token_hex(6)


def _step(lines: Sequence[tuple[Place, Decision]], last: tuple[Place, Decision]) -> list[tuple[Place, Decision]]:
    """The lines that are one step with the last one."""
    step = last[1].values.get("step")
    return [pair for pair in lines if pair[1].values.get("step") == step] if step else [last]


def _chars_of(step: Sequence[tuple[Place, Decision]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(char for _, line in step for char in line.chars))


def _before(line: Decision) -> tuple[str, ...]:
    found = line.values.get("before", ())
    return tuple(map(str, found)) if isinstance(found, list) else ()


_DONE: Mapping[str, str] = {
    "accept": "accepted",
    "refuse": "refused",
    "write": "to be written again:",
    "reopen": "opened again",
    "redraw": "chose another drawing of",
    "retouch": "retouched",
    "rename": "renamed",
}
_NOUN: Mapping[str, str] = {
    "accept": "accepting",
    "refuse": "refusing",
    "write": "writing again",
    "reopen": "opening",
    "redraw": "another drawing of",
    "retouch": "retouching",
    "rename": "renaming",
    "adjust": "adjusting",
}
Advance = Callable[[int, int], None]


def _some(chars: Sequence[str]) -> str:
    return "".join(chars) if len(chars) <= 6 else f"{len(chars):,} glyphs"
