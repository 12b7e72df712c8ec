"""Which characters: by name, by file, by code point, as they stand, and combined.

A wish is one line of terms, added with `+` and taken away with `-`, read from left to right:

    gb2312+kana-done.txt        GB 2312 and the kana, without the characters in done.txt
    永和九年                     these four
    jis-1+U+20BB7               a level of JIS X 0208 and one more
    U+3041..U+3096              a range
    gb2312-my-glyphs/           what a glyph folder does not have yet
    text:a+b                    the characters a, + and b: everything after `text:` stands for itself

Names hold `-`, and file names may hold `+` and `-`, too. So every term is the **longest** piece of the line that is a
known name, a code point or a file or folder that exists, and that ends where the line ends or where `+` or `-`
follows. What is none of these stands for itself if it holds a character beyond ASCII (or is one character long);
otherwise it is taken for a slip of the pen, and the error says so.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from segan_cli.errors import UsageError, did_you_mean
from segan_cli.files.documents import read_text
from segan_cli.files.writing import expanded
from segan_cli.glyph import is_han

_CODE_POINTS = re.compile(r"[Uu]\+([0-9A-Fa-f]{4,6})(?:\.\.(?:[Uu]\+)?([0-9A-Fa-f]{4,6}))?")
_COMMENT = re.compile(r"(?:^|(?<=\s))#.*")
_SIGN = re.compile(r"[+-]")
_MOST_SIGNS = 24
"""How many signs the name of one file may hold; every one more costs a look at the disk for each term of a long line."""
_LONGEST_PATH = 4096
_SHOWN = 80
_PUNCTUATION = "、。，．·：；？！—…～‖“”‘’「」『』（）〔〕［］｛｝〈〉《》【】〖〗〃々〆〇・ー゛゜ヽヾゝゞ／＼－＿￥％＆＊＋＝＜＞＠＃＄"


def parse_charset(spec: str) -> tuple[str, ...]:
    """Read a wish for characters.

    Args:
        spec: terms joined by `+` and `-`, as the head of this module describes them.

    Returns:
        The characters, each once, in the order in which they were first named. Spaces, controls and variation
        selectors are left out: they have no picture of their own.

    Raises:
        UsageError: an unknown name, a file that is not text, a line that leaves no characters.
    """
    rest, sign = spec.strip(), "+"
    spec = spec if len(spec) <= _SHOWN else f"{spec[:_SHOWN]}…"  # for the messages
    chosen: dict[str, None] = {}
    while rest or not chosen:
        chars, length = _first_term(rest, spec)
        for char in chars:
            if sign == "+":
                chosen.setdefault(char)
            else:
                chosen.pop(char, None)
        rest = rest[length:].strip()
        if not rest:
            break
        sign, rest = rest[0], rest[1:].strip()
        if not rest:
            raise UsageError(f"The characters {spec!r} end with {sign!r}: name what to add or take away after it.")
    if not chosen:
        raise UsageError(f"The characters {spec!r} leave nothing over: everything named was taken away again.")
    return tuple(chosen)


def _first_term(rest: str, spec: str) -> tuple[Iterable[str], int]:
    """The characters of the first term of `rest`, and the number of letters it takes up."""
    if not rest or (rest[0] in "+-" and len(rest) > 1):
        raise UsageError(
            f"The characters {spec!r} hold an empty term. Write for instance gb2312+kana, or text:+- for signs."
        )
    if rest.startswith("text:"):
        return _need(with_picture(rest[5:]), f"The text in {spec!r}"), len(rest)
    ends = [match.start() for match in itertools.islice(_SIGN.finditer(rest, 1), _MOST_SIGNS)]
    ends += [len(rest)] if len(ends) < _MOST_SIGNS else []
    for end in reversed(ends):
        found = _known(rest[:end].strip())
        if found is not None:
            return found, end
    word = rest[: ends[0]].strip()
    if len(word) > 1 and (word.isascii() or re.search(r"[\\/]|\.txt$", word)):
        raise UsageError(_unknown(rest, word))
    return _need(with_picture(word), f"The text {word!r}"), ends[0]


def _known(term: str) -> Iterable[str] | None:
    """The characters of a name, a code point or a file; None if the term is none of them."""
    if term.lower() in _NAMED:
        return _named(term.lower())
    if match := _CODE_POINTS.fullmatch(term):
        return _code_points(match)
    if len(term) > _LONGEST_PATH:
        return None
    path = expanded(term)
    try:
        if path.is_dir():
            return _folder(path)
        return _file(path) if path.exists() else None
    except (OSError, ValueError):  # too long or not a path at all
        return None


def _unknown(rest: str, word: str) -> str:
    names, rest, word = ", ".join(CHARSET_NAMES), rest[:_SHOWN], word[:_SHOWN]
    missing = f"There is no character set and no file {word!r}"
    if word != rest:
        missing += f" (nor {rest!r})"
    return (
        f"{missing}.{did_you_mean(word, CHARSET_NAMES)} Named sets: {names}. "
        f"To mean the characters themselves, write text:{word}"
    )


def _need(chars: tuple[str, ...], what: str) -> tuple[str, ...]:
    if not chars:
        raise UsageError(f"{what} holds no character that has a picture.")
    return chars


def with_picture(text: Iterable[str]) -> tuple[str, ...]:
    """The characters of `text` that can have ink, each once, in order; spaces and controls are left out."""
    return tuple(dict.fromkeys(char for char in text if _has_picture(char)))


def _has_picture(char: str) -> bool:
    if "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef":
        return False
    return unicodedata.category(char) not in {"Zs", "Zl", "Zp", "Cc", "Cf", "Cs"}


def _code_points(match: re.Match[str]) -> tuple[str, ...]:
    first = int(match[1], 16)
    last = int(match[2] or match[1], 16)
    if last > 0x10FFFF or last < first:
        raise UsageError(f"{match[0]} is no range of code points: they run upwards, to U+10FFFF at most.")
    return _need(with_picture(chr(code) for code in range(first, last + 1)), match[0])


def _folder(path: Path) -> tuple[str, ...]:
    from segan_cli.source.glyph_folder import chars_in_folder

    return _need(chars_in_folder(path), f"The folder {path}")


def _file(path: Path) -> tuple[str, ...]:
    """The characters of a text file.

    UTF-8, with or without a byte order mark (UTF-16 with one); white space does not count; `#` at the start of a line or
    after white space begins a comment; `U+6C38` on its own stands for that character.
    """
    text = read_text(path, "The file")
    chars: list[str] = []
    for line in text.splitlines():
        for word in _COMMENT.sub("", line).split():
            match = _CODE_POINTS.fullmatch(word)
            chars.extend(_code_points(match) if match else word)
    return _need(with_picture(chars), f"The file {path}")


def _rows(codec: str, rows: range) -> Iterator[str]:
    """The characters in rows of a 94 × 94 set, 1 to 94, in order, as the EUC codec maps them."""
    for row in rows:
        for cell in range(1, 95):
            yield from _decoded(bytes((row + 0xA0, cell + 0xA0)), codec)


def _double_bytes(codec: str, leads: range) -> Iterator[str]:
    """All characters of two bytes under `leads`, in order."""
    for lead in leads:
        for trail in range(0x40, 0x100):
            yield from _decoded(bytes((lead, trail)), codec)


def _decoded(data: bytes, codec: str) -> Iterator[str]:
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return
    if len(text) == 1:
        yield text


def _han(chars: Iterable[str]) -> Iterator[str]:
    return filter(is_han, chars)


def _gb18030() -> Iterator[str]:
    yield from _han(_double_bytes("gb18030", range(0x81, 0xFF)))
    yield from map(chr, range(0x3400, 0x4DB6))
    yield from map(chr, range(0x4E00, 0x9FA6))


def _kana() -> Iterator[str]:
    yield from _rows("euc_jp", range(4, 6))
    yield from "ゔヷヸヹヺーヽヾゝゞ・"


def _listed(name: str, part: slice = slice(None)) -> Callable[[], tuple[str, ...]]:
    """A list that lies beside this module, with its origin and terms."""
    return lambda: _file(Path(__file__).with_name("charsets") / f"{name}.txt")[part]


_NAMED: dict[str, Callable[[], Iterable[str]]] = {
    "gb2312": lambda: _rows("gb2312", range(16, 88)),
    "gb2312-1": lambda: _rows("gb2312", range(16, 56)),
    "gb2312-2": lambda: _rows("gb2312", range(56, 88)),
    "gbk": lambda: _han(_double_bytes("gbk", range(0x81, 0xFF))),
    "gb18030": _gb18030,
    "tongyong-8105": _listed("tongyong-8105"),
    "tongyong-1": _listed("tongyong-8105", slice(3500)),
    "tongyong-2": _listed("tongyong-8105", slice(3500, 6500)),
    "tongyong-3": _listed("tongyong-8105", slice(6500, 8105)),
    "big5": lambda: _han(_double_bytes("big5", range(0xA4, 0xFA))),
    "big5-1": lambda: _han(_double_bytes("big5", range(0xA4, 0xC7))),
    "big5-2": lambda: _han(_double_bytes("big5", range(0xC9, 0xFA))),
    "jis-1": lambda: _rows("euc_jp", range(16, 48)),
    "jis-2": lambda: _rows("euc_jp", range(48, 85)),
    "joyo": _listed("joyo"),
    "kana": _kana,
    "cjk-punctuation": lambda: _PUNCTUATION,
    "ascii": lambda: map(chr, range(0x21, 0x7F)),
}

CHARSET_NAMES: tuple[str, ...] = tuple(_NAMED)
"""The sets known by name; Han characters only, except `kana`, `cjk-punctuation` and `ascii`.

`gb2312` 6,763, its levels `gb2312-1` 3,755 and `gb2312-2` 3,008; `gbk` the Han of Python's codec; `gb18030` the
base of GB 18030: the Han of its two-byte zone, and the blocks U+4E00..U+9FA5 and U+3400..U+4DB5 of its first edition, none
of the later extensions; `tongyong-8105` the list of 2013 and its three levels; `big5` and its levels; `jis-1` 2,965 and
`jis-2` 3,390 of JIS X 0208; `joyo` 2,136. `ascii` is ! to ~, without the space.
"""


@cache
def _named(name: str) -> tuple[str, ...]:
    return with_picture(_NAMED[name]())
