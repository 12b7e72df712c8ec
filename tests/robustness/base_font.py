"""The base font's reader as a build calls it."""

from __future__ import annotations

from pathlib import Path


def all_of_base_font(path: Path) -> object:
    """Open, take every glyph and compile it."""
    from segan_cli.font.base_font import base_glyphs
    from segan_cli.font.compile import compile_glyph
    from segan_cli.font.spec import FontSpec

    given = base_glyphs(path, frozenset(), FontSpec())
    return [compile_glyph(outline, ("ttf", "otf")) for outline in given.outlines]
