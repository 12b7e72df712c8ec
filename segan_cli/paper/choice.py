"""Which characters to write, where only so many are: a random choice among the commonest of a set, always the same.

Random is no want of care: a greedy choice that covers parts, places and directions of the source glyphs was tried against it
(tests/benchmarks/glyph_choice.py), and a network learned a hand no better from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from segan_cli.source.charset import parse_charset

_COMMON = {
    "gb2312": "gb2312-1",
    "gbk": "gb2312-1",
    "gb18030": "gb2312-1",
    "tongyong-8105": "tongyong-1",
    "big5": "big5-1",
}
"""The level of a set that holds its commonest characters."""


def choose(chars: Sequence[str], count: int, target: str | None = None, seed: int = 0) -> tuple[str, ...]:
    """Choose characters; the first n of a longer choice are the choice of n.

    Args:
        chars: what may be chosen.
        count: how many.
        target: the name of the set that they come from; of those that have levels, the commonest come first.
        seed: another seed is another choice.
    """
    common = set(parse_charset(_COMMON[target])) if target in _COMMON else set(chars)
    return tuple(sorted(chars, key=lambda char: (char not in common, _hash(char, seed)))[:count])


def _hash(char: str, seed: int) -> bytes:
    return hashlib.sha256(f"sheet {seed}: {char}".encode()).digest()
