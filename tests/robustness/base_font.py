"""The base font's reader as a build calls it."""

from __future__ import annotations

from pathlib import Path


def all_of_base_font(path: Path) -> object:
    """Open, take every glyph, and make a font of them."""
    import numpy as np

    from segan_cli.building.base_font import open_base_font
    from segan_cli.font.assemble import assemble_font
    from segan_cli.font.compile import compile_glyph
    from segan_cli.font.spec import FontSpec
    from segan_cli.glyph import Contour, GlyphOutline

    base = open_base_font(str(path))
    square = Contour(np.array([(100, 0), (900, 0), (900, 800), (100, 800)], float), np.ones(4, bool))
    own = compile_glyph(GlyphOutline("\u4e00", (square,), 1000), ("ttf",))
    return assemble_font([own], FontSpec(), [path.with_name("Mine.ttf")], base=base)
