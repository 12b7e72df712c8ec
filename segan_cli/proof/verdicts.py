"""What the build report knows about each glyph: where it came from, why it is suspect, what is missing and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from segan_cli.errors import SeganError, UsageError
from segan_cli.files.documents import DocumentError, read_json
from segan_cli.glyph import code_point, is_character
from segan_cli.proof.proof_font import ProofFont

ORIGINS = ("generated", "written", "base")
_BLANK = "mapped in the font, but draws nothing"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What is known about the glyphs of one font.

    Args:
        known: whether a report was given; without one only blank glyphs are known.
        origin: "generated", "written" or "base" by character.
        suspect: reasons for suspicion by character.
        missing: cause by character, in the order in which the proof lists them.
    """

    known: bool = False
    origin: Mapping[str, str] = field(default_factory=dict)
    suspect: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)

    def count(self, origin: str) -> int:
        """How many glyphs came from `origin`."""
        return sum(1 for found in self.origin.values() if found == origin)


def read_report(path: Path) -> dict[str, Any]:
    """Read a build report.

    Args:
        path: the report that `segan build-font` wrote.

    Raises:
        UsageError: no such file, not JSON, or not a report.
    """
    try:
        report = read_json(path)
    except FileNotFoundError as error:
        raise UsageError(
            f"The report {path} cannot be read: {error.strerror}. Check the name, or leave --report out."
        ) from error
    except DocumentError as error:
        raise UsageError(f"{error} Give the .report.json that segan build-font wrote beside the font.") from error
    if not isinstance(report, dict) or not isinstance(report.get("glyphs"), dict):
        raise UsageError(
            f'{path} is not a build report: it has no table "glyphs". Give the .report.json beside the font.'
        )
    return report


def judge(font: ProofFont, report: Mapping[str, Any] | None) -> Verdicts:
    """Match a report to the font that it was written for.

    Args:
        font: the font of the proof.
        report: what `read_report` gave, or None.

    Returns:
        The verdicts on the font's glyphs; characters without ink are missing, report or not.

    Raises:
        UsageError: the report belongs to another font, or is malformed.
    """
    blank = dict.fromkeys(font.blank, _BLANK)
    if report is None:
        return Verdicts(missing=blank)
    _check_belongs(font, report)
    entries = list(_entries(report))
    strangers = [char for char, _ in entries if char not in font.by_char and char not in blank]
    if strangers:
        raise UsageError(_strangers(font, strangers))
    origin = {char: str(entry.get("origin", "")) for char, entry in entries if char in font.by_char}
    suspect = {
        char: tuple(map(str, entry["suspect"]))
        for char, entry in entries
        if entry.get("suspect") and char in font.by_char
    }
    return Verdicts(True, origin, suspect, blank | _missing(font, report))


def belongs(font: ProofFont, report: Mapping[str, Any]) -> bool:
    """Whether the report was written for this font."""
    try:
        judge(font, report)
    except SeganError:
        return False
    return True


def _check_belongs(font: ProofFont, report: Mapping[str, Any]) -> None:
    """The report must name the font's file, whatever its ending, or its family."""
    title = report.get("font")
    named = str(title.get("family", "") if isinstance(title, dict) else title or "")
    listed = report.get("files")
    files = [Path(str(file)).name for file in listed] if isinstance(listed, list) else []
    stems = {Path(name).stem for name in (*files, named) if name}
    if not stems or font.path.stem in stems or named in (font.names.family, font.names.family_zh):
        return
    other = ", ".join(files) or named
    raise UsageError(
        f"The report belongs to another font: it was written for {other}, not for {font.path.name}. Give its own, or none."
    )


def _entries(report: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, entry in report["glyphs"].items():
        if not isinstance(entry, dict) or not isinstance(entry.get("suspect", []), list):
            raise UsageError(
                f"The report's entry for {name} is not as it was written; it may have been edited. Build the font again to "
                "renew it."
            )
        yield _char(name, entry), entry


def _char(name: str, entry: Mapping[str, Any]) -> str:
    char = entry.get("char")
    if isinstance(char, str) and len(char) == 1:
        return char
    digits = name.upper().removeprefix("U+")
    if not re.fullmatch(r"[0-9A-F]{1,6}", digits) or not is_character(int(digits, 16)):
        raise UsageError(f'The report names a glyph {name[:40]!r}, which is no code point such as "U+6C38".')
    return chr(int(digits, 16))


def _missing(font: ProofFont, report: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    rows = report.get("missing") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UsageError("The report's list of missing glyphs may have been edited. Build the font again to renew it.")
    for entry in rows:
        char = _char(str(entry.get("codepoint", "")), entry)
        stage, cause = entry.get("stage", ""), entry.get("cause", "")
        if char not in font.by_char:
            found[char] = ": ".join(str(part) for part in (stage, cause) if part) or "not drawn"
    return found


def _strangers(font: ProofFont, strangers: list[str]) -> str:
    more = f" and {len(strangers) - 1:,} more" if len(strangers) > 1 else ""
    first = f"{strangers[0]} ({code_point(strangers[0])}){more}"
    return f"The report belongs to another font: it lists {first}, which {font.path.name} does not have. Give its own, or none."
