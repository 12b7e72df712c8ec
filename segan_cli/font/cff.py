"""The `CFF ` table: CID-keyed, as East Asian fonts are, with subroutines. The only module that drives the subroutinizer."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fontTools.misc.psCharStrings import T2CharString
from fontTools.ttLib import TTFont, newTable

from segan_cli.font import names
from segan_cli.font.charstring import DEFAULT_WIDTH, NOMINAL_WIDTH
from segan_cli.font.glyph_order import PlacedGlyph
from segan_cli.font.metrics import EM
from segan_cli.font.spec import FontSpec
from segan_cli.font.truetype import Bounds

IDEOGRAPHS, LATIN = 0, 1
"""Font dictionaries: full-width glyphs, and those that stand on the baseline."""

NO_ALIGNMENT: Final = (-250, -250, 1100, 1100)
"""Blue values that align nothing: what Adobe's Chinese and Japanese fonts give their ideographs (Technical Note 5176)."""

OVERSHOOT: Final = 15
"""Most that round letters may reach beyond flat ones and still be drawn level with them at small sizes, font units."""

EAST_ASIAN_GLYPHS: Final = 1
"""LanguageGroup: counters of ideographs are spaced evenly (Technical Note 5176, table 23)."""


def set_cff(font: TTFont, placed: Sequence[PlacedGlyph], spec: FontSpec, box: Bounds) -> None:
    """Make the table; glyphs are numbered, not named (Adobe-Identity-0).

    Args:
        font: gets the table.
        placed: glyphs in font order, compiled for "otf".
        spec: names.
        box: extremes of all glyphs.
    """
    from fontTools.cffLib import (
        CFFFontSet,
        CharStrings,
        FDArrayIndex,
        FDSelect,
        GlobalSubrsIndex,
        TopDict,
        TopDictIndex,
    )

    fonts = CFFFontSet()
    fonts.major, fonts.minor, fonts.otFont = 1, 0, font
    fonts.fontNames, fonts.topDictIndex, fonts.GlobalSubrs = (
        [names.postscript_name(spec)],
        TopDictIndex(),
        GlobalSubrsIndex(),
    )
    top = TopDict()
    top.ROS, top.CIDCount = ("Adobe", "Identity", 0), len(placed)
    top.charset = [f"cid{index:05}" if index else placed[0].name for index in range(len(placed))]
    top.GlobalSubrs, top.FontMatrix, top.FontBBox = fonts.GlobalSubrs, [1 / EM, 0, 0, 1 / EM, 0, 0], list(box)
    if spec.italic_angle:
        top.ItalicAngle = spec.italic_angle
    for key, text in (
        ("FullName", f"{spec.family} {spec.style_name}"),
        ("FamilyName", spec.family),
        ("Weight", spec.style_name),
    ):
        if text.isascii():
            setattr(top, key, text)
    top.CIDFontVersion = float(spec.version)
    top.FDArray, top.FDSelect = FDArrayIndex(), FDSelect()
    for kind, blues in (("Ideographs", NO_ALIGNMENT), ("Latin", blue_values(placed))):
        top.FDArray.append(_font_dict(f"{fonts.fontNames[0]}-{kind}", blues, top, is_latin=kind == "Latin"))
    top.FDSelect.format, top.FDSelect.gidArray = 3, [LATIN if is_latin(p) else IDEOGRAPHS for p in placed]
    top.CharStrings = CharStrings(None, top.charset, top.GlobalSubrs, None, top.FDSelect, top.FDArray)
    for name, p, kind in zip(top.charset, placed, top.FDSelect.gidArray, strict=True):
        assert p.glyph.cff is not None
        private = top.FDArray[kind].Private
        top.CharStrings[name] = T2CharString(
            bytecode=p.glyph.cff.charstring, private=private, globalSubrs=top.GlobalSubrs
        )
    fonts.topDictIndex.append(top)
    font["CFF "] = newTable("CFF ")
    font["CFF "].cff = fonts


def subroutinized(font: bytes) -> bytes:
    """Put what charstrings have in common into subroutines, by Adobe's `tx`; every glyph draws as before."""
    import io

    import cffsubr

    opened = TTFont(io.BytesIO(font), recalcBBoxes=False, recalcTimestamp=False)
    cffsubr.subroutinize(opened)
    packed = io.BytesIO()
    opened.save(packed, reorderTables=True)
    return packed.getvalue()


def is_latin(placed: PlacedGlyph) -> bool:
    """Whether a glyph stands on the baseline: it is neither wide nor turned for a column."""
    if placed.form == "extra":
        return True
    return (
        placed.form == "drawn" and bool(placed.chars) and unicodedata.east_asian_width(placed.glyph.char) not in "WFH"
    )


def blue_values(placed: Sequence[PlacedGlyph]) -> tuple[int, ...]:
    """Heights at which letters are level: baseline, x-height, height of capitals, each with its overshoot.

    Returns:
        Pairs of bottom and top, rising; `NO_ALIGNMENT` for a font without letters.

    Source: Technical Note 5176, Private DICT: BlueValues.
    """
    boxes = {char: p.glyph.cff.bounds for p in placed for char in p.chars if p.glyph.cff}
    if not (boxes.get("H") or boxes.get("x")):
        return NO_ALIGNMENT
    low = min((box[1] for char in "oO" if (box := boxes.get(char))), default=0)
    zones = [(max(min(low, 0), -OVERSHOOT), 0)]
    for flat, round_ in (("x", "o"), ("H", "O")):
        zones += _zone(boxes, flat, round_)
    apart = [zones[0]]
    for zone in sorted(zones[1:]):
        if zone[0] > apart[-1][1] + 3:  # zones keep a distance of more than two BlueFuzz
            apart.append(zone)
    return tuple(value for zone in apart for value in zone)


def _zone(boxes: Mapping[str, Bounds | None], flat: str, round_: str) -> list[tuple[int, int]]:
    box = boxes.get(flat)
    if not box:
        return []
    over = (boxes.get(round_) or box)[3] - box[3]
    return [(box[3], box[3] + max(0, min(over, OVERSHOOT)))]


def _font_dict(name: str, blues: Sequence[int], top: Any, *, is_latin: bool) -> Any:
    from fontTools.cffLib import FontDict, PrivateDict

    entry = FontDict()
    entry.FontName = name
    entry.Private = PrivateDict()
    entry.Private.BlueValues = list(blues)
    entry.Private.defaultWidthX, entry.Private.nominalWidthX = DEFAULT_WIDTH, NOMINAL_WIDTH
    if not is_latin:
        entry.Private.LanguageGroup = EAST_ASIAN_GLYPHS
    return entry
