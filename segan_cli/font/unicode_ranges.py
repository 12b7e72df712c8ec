"""What a font says it covers: Unicode ranges, code pages, languages; all computed from its characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Set
from functools import cache
from typing import Final

from fontTools.ttLib.tables.O_S_2f_2 import intersectUnicodeRanges

ENOUGH: Final = 0.9
"""Share of a code page's everyday characters from which the font claims the code page. Ours: GB2312 alone holds 62 %
of Big5's and 60 % of JIS's everyday characters, so nine tenths tells them apart, and a few missing glyphs cost
nobody the claim."""

CHINESE_SIMPLIFIED, CHINESE_TRADITIONAL, JAPANESE = 18, 20, 17
"""Bits of ulCodePageRange for code pages 936, 950 and 932."""

LATIN_1: Final = 0
_EAST_ASIAN: Final = re.compile(r"CJK (UNIFIED|COMPATIBILITY) IDEOGRAPH|HIRAGANA|KATAKANA")
_LATIN_PAGES: Final = {0: "cp1252", 1: "cp1250", 2: "cp1251", 3: "cp1253", 4: "cp1254", 7: "cp1257", 8: "cp1258"}
_LANGUAGES: Final = {CHINESE_SIMPLIFIED: "zh-Hans", CHINESE_TRADITIONAL: "zh-Hant", JAPANESE: "ja"}


def unicode_ranges(chars: Iterable[str]) -> set[int]:
    """Bits of ulUnicodeRange: every range of which the font has a character.

    Source: OpenType, OS/2, ulUnicodeRange1 to 4.
    """
    return set(intersectUnicodeRanges({ord(char) for char in chars}))


def code_pages(chars: Set[str]) -> set[int]:
    """Bits of ulCodePageRange.

    A code page is claimed when the font has `ENOUGH` of its everyday characters: level 1 of GB2312, Big5 or JIS X 0208 (and
    the kana), or all letters of a Latin, Greek or Cyrillic page. A font with Han or kana always claims the East Asian page that
    its characters point to; one that reaches none at all claims Latin 1, because a font without a code page is treated as a
    symbol font.
    """
    shares = {bit: len(chars & everyday) / len(everyday) for bit, everyday in _everyday().items()}
    pages = {bit for bit, share in shares.items() if share >= ENOUGH}
    pages |= {bit for bit in _LATIN_PAGES if _letters(bit) <= chars}
    if any(is_east_asian(char) for char in chars):
        pages.add(_design_page(chars))
    return pages or {LATIN_1}


def is_east_asian(char: str) -> bool:
    """A Han character or kana."""
    return bool(_EAST_ASIAN.match(unicodedata.name(char, "")))


def languages(chars: Set[str]) -> tuple[str, str]:
    """`meta` tags: the language that the font was designed for, and those that it supports.

    Returns:
        (dlng, slng) as comma-separated BCP-47 tags.
    """
    if not any(is_east_asian(char) for char in chars):
        return "Latn", "Latn"
    design = _design_page(chars)
    supported = [design, *(bit for bit in sorted(code_pages(chars) & set(_LANGUAGES)) if bit != design)]
    tags = [_LANGUAGES[bit] for bit in supported] + (["Latn"] if set("AZaz") <= chars else [])
    return _LANGUAGES[design], ", ".join(tags)


def _design_page(chars: Set[str]) -> int:
    """The East Asian page that shows in the characters that no other has; simplified Chinese where nothing tells."""
    scores = dict.fromkeys(_LANGUAGES, 0)
    for bit, everyday in _everyday().items():
        others = frozenset().union(*(page for other, page in _everyday().items() if other != bit))
        scores[bit] = len(chars & (everyday - others))
    return max(scores, key=lambda bit: (scores[bit], bit == CHINESE_SIMPLIFIED))


@cache
def _everyday() -> dict[int, frozenset[str]]:
    """Level 1 of the three national sets, decoded by Python's own codecs."""
    kana = frozenset(chr(c) for c in (*range(0x3042, 0x3094), *range(0x30A2, 0x30F5)))
    return {
        CHINESE_SIMPLIFIED: _decoded("gb2312", range(0xB0, 0xD8), range(0xA1, 0xFF)),
        CHINESE_TRADITIONAL: _decoded("big5", range(0xA4, 0xC7), (*range(0x40, 0x7F), *range(0xA1, 0xFF))),
        JAPANESE: _decoded("euc_jp", range(0xB0, 0xD0), range(0xA1, 0xFF)) | kana,
    }


def _decoded(codec: str, leads: Iterable[int], trails: Iterable[int]) -> frozenset[str]:
    trails = tuple(trails)
    chars = (bytes((lead, trail)).decode(codec, "ignore") for lead in leads for trail in trails)
    return frozenset(char for char in chars if len(char) == 1 and "\u4e00" <= char <= "\u9fff")


@cache
def _letters(bit: int) -> frozenset[str]:
    """Upper and lower case letters of a single-byte code page."""
    text = bytes(range(0x20, 0x100)).decode(_LATIN_PAGES[bit], "ignore")
    return frozenset(char for char in text if unicodedata.category(char) in ("Lu", "Ll"))
