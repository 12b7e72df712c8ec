"""Which character a picture belongs to, from its file name, the folder it lies in, and the names around it.

Sure names are read alone: `永`, `U+6C38`, `u6C38`, `U_6C38`, `uni6C38`, `0x6C38`. Names that hold one such word or one
non-Latin character among numbers and words are read, too: `0001_永`, `永 (1)`, `永_U+6C38`, `uni6C38.001`; and so is the name
of a sub-folder, `永/1.png`. Bare digits mean a code point only where the other names of the folder are code points: else
`1.png` to `3500.png` would become a font of digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

SURE, MIXED, FROM_FOLDER = 0, 1, 2
"""How plainly a name says its character; of two files for one character the plainer wins, then the earlier by name."""

_CODE = r"(?:u[+_-]?|uni|0x)([0-9a-f]{4,6})"
_WHOLE = re.compile(_CODE, re.IGNORECASE)
_WITHIN = re.compile(rf"(?<![0-9a-z]){_CODE}(?![0-9a-z])", re.IGNORECASE)
_BARE = re.compile(r"[0-9a-f]{4,5}", re.IGNORECASE)
_COUNTED_LETTER = re.compile(r"([A-Za-z])(?:[ _-]?\(\d+\)|[_-]\d+)")
_ALTERNATE = re.compile(r"\.(?:vert|vrt2|[hfpt]wid|alt\d*|salt|swsh|ss\d\d|trad|smpl|jp\d\d)$", re.IGNORECASE)
_COPY = re.compile(r"副本|拷贝|拷貝|複製|のコピー|コピー|복사본", re.IGNORECASE)
_WORD_CATEGORIES = ("L", "N", "P", "S")
_NOT_IN_NAMES = frozenset("（）【】［］－＿＋　")
"""Wide signs that part words in file names; a picture of one has it for its whole name."""


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """A picture file whose name says its character, and how plainly: SURE, MIXED or FROM_FOLDER."""

    char: str
    path: Path
    plainness: int


def char_of_name(stem: str) -> str | None:
    """The character that a file name (without its ending) stands for and nothing else, or None."""
    composed = unicodedata.normalize("NFC", stem)  # macOS hands out が as か and a mark
    if len(stem) == 1 or len(composed) == 1:
        char = stem if len(stem) == 1 else composed
        return None if 0xD800 <= ord(char) <= 0xDFFF else char  # a byte of a name that is no UTF-8
    match = _WHOLE.fullmatch(stem)
    return char_of_code(match[1]) if match else None


def char_in_name(stem: str) -> str | None:
    """The one character that a longer name speaks of, or None where it speaks of none or of several."""
    if _ALTERNATE.search(stem):
        return None
    if letter := _COUNTED_LETTER.fullmatch(stem):
        return letter[1]
    codes = {char_of_code(found) for found in _WITHIN.findall(stem)}
    rest = _COPY.sub("", unicodedata.normalize("NFC", _WITHIN.sub("", stem)))
    written = {char for char in rest if _is_written(char)}
    found = codes | written
    return next(iter(found)) if len(found) == 1 else None


def char_of_code(digits: str) -> str | None:
    """The character of a hexadecimal code point, or None where Unicode has no character for it."""
    code = int(digits, 16)
    is_character = code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF and code & 0xFFFE != 0xFFFE
    return chr(code) if is_character else None


def stands_for(char: str) -> str | None:
    """The unified character that a Kangxi radical or a CJK compatibility ideograph stands for; None for all others."""
    code = ord(char)
    if not (0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF or 0x2F800 <= code <= 0x2FA1F):
        return None
    plain = unicodedata.normalize("NFKC", char)
    return plain if len(plain) == 1 and plain != char else None


def natural_key(path: PurePath) -> tuple[tuple[int, int | str], ...]:
    """A key by which `2.png` comes before `10.png`."""
    parts = re.split(r"(\d+)", path.as_posix())
    return tuple((0, int(part)) if part.isdecimal() and part.isascii() else (1, part) for part in parts if part)


def read_names(
    files: Sequence[Path], root: Path, among: Sequence[Path] | None = None
) -> tuple[list[NamedPicture], list[Path]]:
    """The pictures whose character is known, and those whose name says none.

    Args:
        files: picture files at any depth below `root`.
        root: the glyph folder; names of its sub-folders count, its own does not.
        among: all pictures of the folder, which tell how it is named; None: `files`.
    """
    everything = files if among is None else among
    as_codes = _bare_names_are_codes(file.stem for file in everything)
    numbered = _is_numbered(everything, as_codes)
    named: list[NamedPicture] = []
    unnamed: list[Path] = []
    for file in files:
        found = _read_name(file, root, as_codes, numbered)
        if found is None:
            unnamed.append(file)
        else:
            named.append(found)
    shared = _read_beside_shared_words(unnamed)
    named += shared
    known = {one.path for one in shared}
    return named, [file for file in unnamed if file not in known]


def _read_name(file: Path, root: Path, as_codes: bool, numbered: bool) -> NamedPicture | None:
    stem = file.stem
    is_number = stem.isascii() and stem.isdecimal()
    parent = _char_of_parent(file, root)
    if parent is not None and (is_number or char_of_name(stem) is None):
        own = None if is_number else char_in_name(stem)
        return NamedPicture(parent, file, FROM_FOLDER) if own in (None, parent) else None
    if is_number and numbered and not (as_codes and _BARE.fullmatch(stem)):
        return None
    if (char := char_of_name(stem)) is not None:
        return NamedPicture(char, file, SURE)
    if as_codes and _BARE.fullmatch(stem):
        char = char_of_code(stem)
        return NamedPicture(char, file, SURE) if char and _is_likely(char) else None
    char = char_in_name(stem)
    return NamedPicture(char, file, MIXED) if char is not None else None


def _char_of_parent(file: Path, root: Path) -> str | None:
    if file.parent == root:
        return None
    name = file.parent.name
    return char_of_name(name) or char_in_name(name)


def _read_beside_shared_words(files: Sequence[Path]) -> list[NamedPicture]:
    """Names such as 楷书_永, 楷书_国: what all of them share is no character of any."""
    if len(files) < 3:
        return []
    stems = [unicodedata.normalize("NFC", file.stem) for file in files]
    before = len(_shared_start(stems))
    after = len(_shared_start([stem[before:][::-1] for stem in stems]))
    if not before and not after:
        return []
    named = []
    for file, stem in zip(files, stems, strict=True):
        char = char_in_name(stem[before : len(stem) - after])
        if char is not None and not char.isascii():
            named.append(NamedPicture(char, file, MIXED))
    return named


def _shared_start(words: Sequence[str]) -> str:
    """The longest beginning that all words have."""
    first, last = min(words), max(words)
    length = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return first[:length]


def _bare_names_are_codes(stems: Iterable[str]) -> bool:
    """Whether names like 6C38 and 5341 are code points: some need their letters to be read so, and what they say is written."""
    bare = [stem for stem in stems if _BARE.fullmatch(stem)]
    lettered = [stem for stem in bare if not stem.isdecimal()]
    if len(lettered) < 0.3 * len(bare) or not lettered:
        return False
    likely = [stem for stem in lettered if (char := char_of_code(stem)) is not None and _is_likely(char)]
    return len(likely) >= 0.8 * len(lettered)


def _is_numbered(files: Sequence[Path], as_codes: bool) -> bool:
    """Whether the pictures are counted through, so that 7.png is the seventh and no digit."""
    stems = [file.stem for file in files if file.stem.isascii() and file.stem.isdecimal()]
    counted = [stem for stem in stems if len(stem) > 1 and not (as_codes and _BARE.fullmatch(stem))]
    repeated = Counter(stem for stem in stems if len(stem) == 1)
    return len(counted) > 3 or "10" in counted or any(count > 1 for count in repeated.values())


def _is_likely(char: str) -> bool:
    """Whether a font of a hand may well have it: Latin, kana, Han and their punctuation."""
    code = ord(char)
    in_range = 0x20 < code < 0x250 or 0x2000 <= code < 0x2070 or 0x2E80 <= code < 0xD7B0 or 0xF900 <= code < 0xFFF0
    return (in_range or 0x20000 <= code < 0x32000) and unicodedata.category(char) not in ("Cn", "Co", "Cc")


def _is_written(char: str) -> bool:
    return not char.isascii() and unicodedata.category(char)[0] in _WORD_CATEGORIES and char not in _NOT_IN_NAMES
