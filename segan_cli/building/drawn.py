"""What `segan generate` left in a glyph folder: which of its pictures were drawn, and what was noticed about them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from segan_cli.config import from_mapping, setting
from segan_cli.errors import UsageError
from segan_cli.files.documents import read_json
from segan_cli.glyph import code_point
from segan_cli.source.review_decisions import read_decisions

Origin = Literal["written", "generated"]

REPORT_NAME = "report.json"
"""What `segan generate` leaves in a glyph folder."""
SCAN_REPORT = "scan.json"
"""What `segan scan` leaves in one."""
_JOURNALS = ".segan-drawn*.jsonl"
"""What a run that did not come to its report leaves."""


@dataclass(frozen=True)
class DrawnFolders:
    """What `segan generate` reported of the glyph folders that a font is built from.

    Args:
        suspect: by code point, why a glyph is suspect.
        causes: why a character could not be drawn.
        styles: the styles drawn with: name, licence, reserved_names.
        accepted: code points that somebody looked at and accepted.
        scanned: code points whose glyph was written again, and scanned into the folder since.
    """

    suspect: dict[str, tuple[str, ...]]
    causes: dict[str, str]
    styles: list[dict[str, Any]]
    accepted: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _DrawnStyle:
    name: str = "the style"
    license: str = setting("", "of the hand", formerly="licence")
    reserved_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _DrawnGlyph:
    suspect: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Undrawn:
    char: str
    cause: str


@dataclass(frozen=True, slots=True)
class _DrawnReport:
    """What is used of the `report.json` of a drawing run."""

    style: _DrawnStyle
    glyphs: dict[str, _DrawnGlyph]
    missing: tuple[_Undrawn, ...]


def read_drawn(folders: Iterable[Path]) -> DrawnFolders:
    """Gather the `report.json` files that `segan generate` left in glyph folders; another program's report is passed over.

    Raises:
        UsageError: such a report is damaged. It says which licence the glyphs carry, so it is not passed over.
    """
    drawn = DrawnFolders({}, {}, [])
    for folder in folders:
        drawn.accepted.update(_accepted(folder))
        report = _drawn_report(folder / REPORT_NAME)
        if report is not None:
            scanned = _scanned(folder)
            drawn.scanned.update(scanned)
            drawn.suspect.update({name: glyph.suspect for name, glyph in report.glyphs.items() if name not in scanned})
            drawn.causes.update({row.char: row.cause for row in report.missing})
            drawn.styles.append(asdict(report.style))
    return drawn


def _drawn_report(path: Path) -> _DrawnReport | None:
    try:
        values = read_json(path)
        if not isinstance(values, dict) or "style" not in values:  # of a font's report there is none
            return None
        return from_mapping(_DrawnReport, values, where=str(path), name="the report", others_may_be=True)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UsageError as error:
        raise UsageError(
            f"{error} It says under which licence the glyphs were drawn: draw into the folder again to renew it, or delete it."
        ) from error


def is_drawn(folder: Path) -> bool:
    """Whether `segan generate` drew into a folder.

    Raises:
        UsageError: its report is damaged.
    """
    return _drawn_report(folder / REPORT_NAME) is not None or any(folder.glob(_JOURNALS))


def origin_of(char: str, folder: Path, drawn: DrawnFolders) -> Origin:
    """Whether a glyph of a folder was generated; every picture that `segan generate` did not draw was written by somebody.

    Args:
        char: the character.
        folder: the glyph folder that its picture lies in.
        drawn: what `read_drawn` gave of this folder alone.
    """
    unfinished = not drawn.styles and any(folder.glob(_JOURNALS)) and code_point(char) not in drawn.scanned
    return "generated" if unfinished or code_point(char) in drawn.suspect else "written"


def _scanned(folder: Path) -> set[str]:
    """Code points that `segan scan` wrote into a folder; none, where its report is missing or damaged."""
    try:
        return set(read_json(folder / SCAN_REPORT)["glyphs"])
    except (OSError, UsageError, LookupError, TypeError):
        return set()


def _accepted(folder: Path) -> set[str]:
    decisions = read_decisions(folder)
    pictures = {char: folder / f"{code_point(char)}.png" for char in decisions.glyphs}
    return {code_point(char) for char in decisions.with_status(pictures, "accepted")}
