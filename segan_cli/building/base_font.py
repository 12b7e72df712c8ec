"""A base font comes in by the door that every font goes through."""

from __future__ import annotations

from segan_cli.errors import UsageError
from segan_cli.files.font_file import reading_font
from segan_cli.font.base_font import BaseFont, BasePart, base_glyphs, parse_scripts
from segan_cli.font.spec import FontSpec
from segan_cli.source.source_font import open_source_font


def open_base_font(spec: str, scripts: str = "latin") -> BaseFont:
    """Open a font to take glyphs from.

    Args:
        spec: a file, a face of a collection, an instance of a variable font, a folder of web font parts, or the name of
            an installed family, as `source_font` lists them.
        scripts: what is taken: `latin`, `kana`, `han`, several with a plus, or `all`.

    Raises:
        UsageError: no such font, a damaged one, a collection without a choice, an unknown face or instance, no Unicode
            characters, none that was asked for.
    """
    wanted = parse_scripts(scripts)
    try:
        font = open_source_font(spec)
    except UsageError as error:
        raise UsageError(f"--base-font: {error}") from error
    with reading_font(f"--base-font: {spec}"):
        parts = tuple(BasePart(data, number, place) for data, number, place in font.tables())
        base = BaseFont(font.description, parts, frozenset(font.chars), wanted)
        gives_ink = any(char in base.inked for char in base.gives())
        base_glyphs(base, frozenset(), FontSpec(), frozenset())  # damage is found now, not after the tracing
    if not gives_ink:
        raise UsageError(
            f"--base-font {spec} draws no {' and no '.join(sorted(wanted))} character with ink, so it gives no glyph. "
            "Name another font, or say what to take: --base-scripts latin+kana+han"
        )
    return base
