"""The one door for JSON and TOML: what comes through is plain, finite, shallow and of a size that fits the memory.

Files come from other people and from killed processes. Whatever is wrong with one is a `DocumentError`: one sentence with
the file and the place in it. `config.from_mapping` checks the types of what was read.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from segan_cli.errors import UsageError
from segan_cli.files.plain import foreign_kind, is_pipe, open_plain, opened_at_once

LARGEST_JSON = 32 * 2**20
"""Bytes; the report of a font of 30,000 glyphs has 10 MB."""
LARGEST_TOML = 256 * 2**10
"""Bytes; settings are written by hand."""
DEEPEST = 64
"""Levels of lists and tables inside each other; ours have six."""
LARGEST_TEXT = 16 * 2**20
"""Bytes; a list of all characters that there are has 600 KB."""
LARGEST_INTEGER = 2**63 - 1
_LONGEST_CAUSE = 400

_OBEYED = frozenset((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C))
"""Marks that turn the direction of what follows: `\u202egpj.exe` looks like a picture."""
_LONG_KEY = re.compile(r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){64}""")
"""A dotted key of so many parts, which costs the reader of TOML the square of its length."""


class DocumentError(UsageError):
    """A JSON or TOML file that cannot be used.

    Args:
        where: the file.
        cause: what is wrong with it, and at which place.
    """

    def __init__(self, where: str, cause: str) -> None:
        super().__init__(f"{where}: {cause}.")
        self.where, self.cause = where, cause


def cause_of(error: Exception, file: Path | str) -> str:
    """What is wrong with a file, to be told in a sentence that names the file already: its name and the full stop are left off.

    Args:
        error: what reading it raised; a missing key, what the system said, or a message that begins with the file's name.
        file: the file, as the message names it.
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    if isinstance(error, KeyError):
        return f"it lacks the entry {error}"
    said = " ".join(str(error).split()) or type(error).__name__
    # Pillow names a file that was opened for it by the object
    said = said.replace(f" <_io.BufferedReader name={str(file)!r}>", "")
    return said[:_LONGEST_CAUSE].removeprefix(f"{file}: ").replace(f" {str(file)!r}", "").rstrip(".")


def printable(text: str) -> str:
    """Text that a terminal shows and does not obey, and that UTF-8 can hold: names come from anywhere.

    Control characters and marks that turn the direction of writing become escapes (`\\x1b`), bytes of names that are no UTF-8
    become U+FFFD. Line ends and tabs stay.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def _shown(char: str) -> str:
    code = ord(char)
    if 0xD800 <= code <= 0xDFFF:
        return "\ufffd"
    if code in _OBEYED or ((code < 0x20 or 0x7F <= code < 0xA0) and char not in "\n\t"):
        return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
    return char


def read_json(path: Path, *, largest: int = LARGEST_JSON) -> Any:
    """Read a JSON file.

    Args:
        path: the file.
        largest: bytes that it may have.

    Returns:
        Plain values: whole numbers of 64 bits, finite numbers, text that UTF-8 can hold.

    Raises:
        FileNotFoundError, NotADirectoryError: there is none; the caller knows what that means.
        DocumentError: not readable, too large, not JSON, or values that no file of ours holds.
    """
    return parse_json(_bytes(path, largest), str(path), largest=largest)


def parse_json(data: bytes | str, where: str, *, largest: int = LARGEST_JSON) -> Any:
    """Read JSON that is in memory already; see `read_json`.

    Raises:
        DocumentError: it cannot be used.
    """
    text = _text(data, where, largest)

    def parse() -> Any:
        return json.loads(text, parse_int=_whole, parse_constant=_no_constant)

    return _parsed(parse, where, "JSON")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        FileNotFoundError: there is none.
        DocumentError: as `read_json`.
    """
    return parse_toml(_bytes(path, LARGEST_TOML, pipes=True), str(path))


def parse_toml(data: bytes | str, where: str) -> dict[str, Any]:
    """Read TOML that is in memory already.

    Raises:
        DocumentError: it cannot be used.
    """
    text = _text(data, where, LARGEST_TOML)
    if _LONG_KEY.search(text):
        raise DocumentError(where, f"it is not valid TOML for settings: a key has more than {DEEPEST} parts")
    values: dict[str, Any] = _parsed(lambda: tomllib.loads(text), where, "TOML")
    return values


def read_text(path: Path, what: str) -> str:
    """Read a text that a person wrote: characters, an order, a table of names.

    Args:
        path: UTF-8, with or without a byte order mark, or UTF-16 with one.
        what: what it is, to begin a message with: "The order".

    Raises:
        UsageError: it is not there, not readable, too large, or no text.
    """
    try:
        with opened_at_once(path) as file:
            data = file.read(LARGEST_TEXT + 1)  # a device has no size to ask for, and no end
            nothing_came = not data and is_pipe(file)
    except OSError as error:
        raise UsageError(f"{what} {path} cannot be read: {error.strerror or error}.") from error
    if nothing_came:
        raise UsageError(f"{what} {path} is a pipe, and nothing came through it. Name a text file.")
    if len(data) > LARGEST_TEXT:
        raise UsageError(f"{what} {path} is larger than {LARGEST_TEXT >> 20} MiB; it should be a small text file.")
    try:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        if kind := foreign_kind(data, but=""):
            raise UsageError(f"{what} {path} is {kind}. A text file is wanted here.") from error
        raise UsageError(f"{what} {path} is not UTF-8 text. Open it in an editor and save it as UTF-8.") from error
    if "\0" in text and (kind := foreign_kind(data, but="")):
        raise UsageError(f"{what} {path} is {kind}. A text file is wanted here.")
    if "\0" in text:
        raise UsageError(f"{what} {path} is not text but binary data. Name a UTF-8 text file.")
    return text


def _bytes(path: Path, largest: int, *, pipes: bool = False) -> bytes:
    """The file's bytes; where `pipes` may be read, a shell may give a command's output in the place of a file."""
    try:
        with opened_at_once(path) if pipes else open_plain(path) as file:
            data = file.read(largest + 1)
            if not data and is_pipe(file):
                raise DocumentError(str(path), "it is a pipe, and nothing came through it")
            return data
    except (FileNotFoundError, NotADirectoryError):
        raise
    except OSError as error:
        raise DocumentError(str(path), f"it cannot be read ({error.strerror or error})") from error


def _text(data: bytes | str, where: str, largest: int) -> str:
    if len(data) > largest:
        raise DocumentError(where, f"it is larger than {largest:,} bytes, which no such file is")
    if isinstance(data, str):
        return data
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = foreign_kind(data, but="") or f"not UTF-8 text (byte {error.start:,})"
        raise DocumentError(where, f"it is {what}") from error


def _parsed(parse: Callable[[], Any], where: str, kind: str) -> Any:
    try:
        values = parse()
        _check_plain(values)
    except RecursionError as error:
        raise DocumentError(where, f"it is nested more than {DEEPEST} levels deep") from error
    except ValueError as error:  # json's and tomllib's errors are of this kind, and say line and column
        raise DocumentError(where, f"it is not valid {kind} ({str(error).rstrip('.')})") from error
    return values


def _check_plain(values: Any) -> None:
    """Refuse what is nested too deep, numbers beyond 64 bits, and text with half a surrogate pair; without recursion."""
    waiting: list[tuple[Any, tuple[Any, ...]]] = [(values, ())]
    while waiting:
        value, place = waiting.pop()
        if isinstance(value, str):
            _check_text(value, place)
        elif isinstance(value, dict | list):
            if len(place) >= DEEPEST:
                raise ValueError(f"nested more than {DEEPEST} levels deep at {_named(place[:3])}…")
            if isinstance(value, dict):
                for key in value:
                    _check_text(key, place)
            items = value.items() if isinstance(value, dict) else enumerate(value)
            waiting += [(item, (*place, key)) for key, item in items if item is not None and not isinstance(item, bool)]
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{_named(place)} is {value}; numbers must be finite")
        elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
            raise ValueError(f"{_named(place)} is a number of more than 64 bits")


def _check_text(text: str, place: tuple[Any, ...]) -> None:
    if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError(f"{_named(place)} holds half a surrogate pair, which is no character")


def _named(place: tuple[Any, ...]) -> str:
    """`glyphs.U+6C38.suspect[3]`, cut where it is long."""
    words = "".join(f"[{key}]" if isinstance(key, int) else f".{key[:40]}" for key in place)
    return words.removeprefix(".") or "the whole"


def _whole(digits: str) -> int:
    if len(digits) > 20:
        raise ValueError(f"a number has {len(digits):,} digits; 64 bits are the limit")
    return int(digits)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")
