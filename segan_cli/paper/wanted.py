"""Which characters are still to be written: what a report found wanting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from segan_cli.errors import UsageError
from segan_cli.files.documents import DocumentError, cause_of, read_json
from segan_cli.source.charset import parse_charset, with_picture
from segan_cli.source.folder_files import find_files
from segan_cli.source.review_decisions import read_decisions

SIGNS = {
    "kana": "kana",
    "punctuation": "text:，。、！？：；“”‘’（）《》「」『』—…·〈〉【】～",
    "digits": "text:0123456789",
    "none": "",
}
"""What `--last-page` knows by name."""
_LISTS = ("rejected", "suspects", "doubtful", "missing", "empty")


def rejected_chars(report: Path) -> tuple[str, ...]:
    """The characters that a report rejects, doubts or misses.

    Args:
        report: the JSON that `segan generate`, `build-font` or `scan` wrote: its lists "rejected", "suspects", "doubtful",
            "missing" and "empty" are read, and every glyph with a "suspect" or "decision": "rejected". Of a glyph folder it is
            what `segan review` marked to be written again.

    Raises:
        UsageError: not there, or none of these in it.
    """
    if report.is_dir():
        return _to_write_again(report)
    try:
        found = read_json(report)
    except OSError as error:
        raise UsageError(f"The report {report} cannot be read: {error.strerror or error}.") from error
    except DocumentError as error:
        raise UsageError(
            f"{report} is not JSON ({cause_of(error, report)}). Give the report.json of generate, build-font or scan."
        ) from error
    if not isinstance(found, dict) or not any(key in found for key in (*_LISTS, "glyphs")):
        raise UsageError(f'{report} is no report: it has neither "glyphs" nor "rejected", "suspects" or "missing".')
    listed = [char for key in _LISTS for entry in _entries(found.get(key)) for char in _chars(entry)]
    glyphs = found.get("glyphs")
    if isinstance(glyphs, dict):
        listed += [char for name, entry in glyphs.items() if _is_rejected(entry) for char in _chars(name)]
    return with_picture(listed)


def _to_write_again(folder: Path) -> tuple[str, ...]:
    files = {entry.char: entry.path for entry in find_files(folder).entries}
    found = tuple(sorted(read_decisions(folder).with_status(files, "write")))
    if not found:
        raise UsageError(
            f"Nothing in {folder} is marked to be written again. Mark glyphs with W in: segan review {folder}"
        )
    return found


def last_page_chars(spec: str) -> tuple[str, ...]:
    """The signs of the last page: names joined by `+`, or any wish for characters; "none" is none."""
    terms = [term.strip() for term in spec.split("+")]
    if all(term in SIGNS for term in terms):
        return tuple(dict.fromkeys(char for term in terms if SIGNS[term] for char in parse_charset(SIGNS[term])))
    return parse_charset(spec)


def _entries(found: Any) -> Iterable[Any]:
    if isinstance(found, dict):
        return found.keys()
    return found if isinstance(found, list) else ()


def _chars(entry: Any) -> Iterator[str]:
    """The character of an entry: itself, its code point, or a row with "char" or "codepoint"."""
    if isinstance(entry, dict):
        entry = entry.get("char") or entry.get("codepoint")
    if not isinstance(entry, str):
        return
    if len(entry) == 1:
        yield entry
    elif entry[:2].upper() == "U+":
        try:
            yield chr(int(entry[2:], 16))
        except (ValueError, OverflowError):
            return


def _is_rejected(entry: Any) -> bool:
    if not isinstance(entry, dict):
        return False
    reviewed = entry.get("review") in ("write", "refused")
    return (
        reviewed
        or bool(entry.get("suspect"))
        or entry.get("decision") in ("rejected", "reject")
        or bool(entry.get("rejected"))
    )
