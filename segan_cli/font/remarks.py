"""What a designer should know about a font that was built."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from segan_cli.font.compile import Flavor
from segan_cli.font.glyph_order import PlacedGlyph
from segan_cli.font.metrics import height_for
from segan_cli.font.names import FAMILY_LIMIT, long_names
from segan_cli.font.opentype import bounds_of, lines_of
from segan_cli.font.spec import FontSpec
from segan_cli.glyph import code_point

NAMED: Final = 6
"""Glyphs that one sentence names."""


def remarks(placed: Sequence[PlacedGlyph], spec: FontSpec, flavors: tuple[Flavor, ...]) -> tuple[str, ...]:
    """One sentence for each thing that programs may take badly.

    Args:
        placed: the font's glyphs.
        spec: names and lines.
        flavors: what was compiled; ink is measured in the first one.
    """
    remarks = [
        f"The family name {name!r} has {len(name)} characters; some programs of Windows and old Word cut it at {FAMILY_LIMIT}. "
        "Shorten it: --family"
        for name in long_names(spec)
    ]
    if spec.is_italic and not spec.italic_angle:
        remarks.append(
            f"The style is called {spec.style_name}, but nothing says how far it slants: carets stand upright, and programs "
            "read an angle of 0. Give it in degrees, below 0 to the right: --italic-angle -12"
        )
    return (*remarks, *_beyond_the_line(placed, spec, flavors[0])) if flavors else tuple(remarks)


def _beyond_the_line(placed: Sequence[PlacedGlyph], spec: FontSpec, flavor: Flavor) -> list[str]:
    lines = lines_of(spec)
    boxes = [(p, box) for p in placed if "vertical" not in p.form and (box := bounds_of(p, flavor))]
    beyond = [(p, box) for p, box in boxes if box[3] > lines.ascent or box[1] < lines.descent]
    if not beyond:
        return []
    names = ", ".join(f"{p.glyph.char} {code_point(p.glyph.char)}" if p.chars else p.name for p, _ in beyond[:NAMED])
    more = ", …" if len(beyond) > NAMED else ""
    least = max(height_for(box) for _, box in beyond)
    return [
        f"{len(beyond)} glyphs reach beyond the line, which ends at {lines.ascent} and {lines.descent} ({names}{more}): Windows "
        f"may clip them. Look at them, or give a line height of {least:.2f}: --line-height {least:.2f}"
    ]
