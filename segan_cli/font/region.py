"""Whose rules a font's punctuation follows: mainland China's, Taiwan's or Japan's."""

from __future__ import annotations

from collections.abc import Set
from typing import Final, Literal, TypeAlias, cast

from segan_cli.font.unicode_ranges import languages

Region: TypeAlias = Literal["cn", "tw", "jp"]

REGIONS: Final = ("auto", "cn", "tw", "jp")
"""What a designer may choose; `auto` asks the characters."""

_OF_LANGUAGE: Final[dict[str, Region]] = {"zh-Hans": "cn", "zh-Hant": "tw", "ja": "jp"}


def region_of(chars: Set[str], wish: str = "auto") -> Region:
    """The region of a font.

    Args:
        chars: the font's characters.
        wish: one of `REGIONS`.

    Returns:
        `wish`, or for `auto` the region whose everyday characters the font holds; mainland China where nothing tells.
    """
    return _OF_LANGUAGE.get(languages(chars)[0], "cn") if wish == "auto" else cast(Region, wish)
