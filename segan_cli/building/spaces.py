"""Spaces: a blank picture of one is no glyph that failed, and its width is the character's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from segan_cli.glyph import GlyphOutline

ADVANCES: Final[Mapping[str, int]] = {
    "\u0020": 250,
    "\u2002": 500,
    "\u2003": 1000,
    "\u2004": 333,
    "\u2005": 250,
    "\u2006": 167,
    "\u2007": 500,
    "\u2008": 250,
    "\u2009": 200,
    "\u200a": 100,
    "\u202f": 200,
    "\u205f": 222,
    "\u3000": 1000,
}
"""Advance in thousandths of the em (The Unicode Standard, table 6-2); a picture of another space is taken for one em wide."""


def space_outline(char: str) -> GlyphOutline:
    """The outline of a space: no contour, and its width."""
    return GlyphOutline(char, (), ADVANCES.get(char, 1000))
