"""Tables of an OpenType font, by fontTools' FontBuilder."""

from __future__ import annotations

import io
import math
import os
import time
from collections.abc import Sequence
from typing import Any, Final

from fontTools.fontBuilder import FontBuilder
from fontTools.ttLib import TTFont, newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph
from fontTools.ttLib.tables.ttProgram import Program

from segan_cli.font import names
from segan_cli.font import unicode_ranges as coverage
from segan_cli.font.cff import set_cff, subroutinized
from segan_cli.font.compile import Flavor
from segan_cli.font.glyph_order import PlacedGlyph
from segan_cli.font.metrics import ASCENDER, EM, FontMetrics, LineMetrics, line_metrics, measure
from segan_cli.font.spec import FontSpec
from segan_cli.font.truetype import Bounds

MAC_EPOCH: Final = 2_082_844_800
"""Seconds from 1904-01-01, where `head` counts from, to 1970-01-01."""

PREP: Final = b"\xb8\x01\xff\x85\xb0\x04\x8d"
"""PUSHW 511, SCANCTRL, PUSHB 4, SCANTYPE: drop-out control at every size, for an unhinted font (as gftools writes it)."""


def build_font(placed: Sequence[PlacedGlyph], spec: FontSpec, flavor: Flavor) -> TTFont:
    """Make the tables of one font file; layout features are added by `features`.

    Args:
        placed: glyphs in font order, compiled for `flavor`.
        spec: names and rights.
        flavor: "ttf" or "otf".

    Returns:
        A font that recalculates nothing when it is saved: all numbers are computed here, from the bytes of the workers.
    """
    is_truetype = flavor == "ttf"
    metrics = _measured(placed, flavor)
    builder = FontBuilder(EM, isTTF=is_truetype)
    builder.font.recalcBBoxes = builder.font.recalcTimestamp = False
    builder.setupGlyphOrder([p.name for p in placed])
    builder.setupCharacterMap({ord(char): p.name for p in placed for char in p.chars})
    _full_cmap(builder.font)
    _set_outlines(builder, placed, spec, metrics, flavor)
    _set_head(builder, spec, metrics)
    _set_metrics(builder, placed, lines_of(spec), flavor)
    hhea = builder.font["hhea"]
    hhea.caretSlopeRise, hhea.caretSlopeRun = caret_slope(spec.italic_angle)
    _set_names(builder.font, spec)
    _set_os2(builder, placed, spec, metrics)
    builder.setupPost(
        keepGlyphNames=False, italicAngle=spec.italic_angle, underlinePosition=-100, underlineThickness=50
    )
    _set_meta(builder.font, placed)
    if is_truetype:
        _set_rasterization(builder.font)
    return builder.font


def font_bytes(font: TTFont, *, subroutines: bool = True) -> bytes:
    """The finished file, an OTF with subroutines if they are wanted."""
    buffer = io.BytesIO()
    font.save(buffer, reorderTables=True)
    return subroutinized(buffer.getvalue()) if subroutines and "CFF " in font else buffer.getvalue()


def bounds_of(placed: PlacedGlyph, flavor: Flavor) -> Bounds | None:
    """The glyph's extremes in this flavour."""
    drawn = placed.glyph.truetype if flavor == "ttf" else placed.glyph.cff
    if drawn is None:
        raise ValueError(f"{placed.name} was not compiled for .{flavor}; pass flavors_for(outputs) to compile_glyph.")
    return drawn.bounds


def lines_of(spec: FontSpec) -> LineMetrics:
    """The line metrics that the designer chose."""
    return line_metrics(spec.line_height, spec.line_metrics)


def caret_slope(italic_angle: float) -> tuple[int, int]:
    """Rise and run of the caret in `hhea`, for a slant in degrees that is below 0 to the right.

    Source: OpenType, `hhea`: 1 and 0 for upright fonts; else as fine as the em allows, as FontBakery and Glyphs write it.
    """
    return (EM, round(math.tan(math.radians(-italic_angle)) * EM)) if italic_angle else (1, 0)


def build_time() -> int:
    """Seconds since 1970: SOURCE_DATE_EPOCH where it is set, so that a build can be repeated byte for byte; else now."""
    return int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())


def _measured(placed: Sequence[PlacedGlyph], flavor: Flavor) -> FontMetrics:
    by_char = {char: p for p in placed for char in p.chars}
    cap, small = (bounds_of(by_char[char], flavor) if char in by_char else None for char in "Hx")
    return measure((bounds_of(p, flavor) for p in placed), (p.glyph.advance for p in placed), cap=cap, small=small)


def _full_cmap(font: TTFont) -> None:
    """Format 4 for the BMP and format 12 for everything, always: programs differ in which one they read."""
    cmap = font["cmap"]
    mapping = {code: name for table in cmap.tables for code, name in table.cmap.items()}
    if not any(table.format == 12 for table in cmap.tables):
        for platform, encoding in ((0, 4), (3, 10)):
            cmap.tables.append(_subtable(platform, encoding, mapping))


def _subtable(platform: int, encoding: int, mapping: dict[int, str]) -> Any:
    from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

    table = CmapSubtable.newSubtable(12)
    table.platformID, table.platEncID, table.language, table.cmap = platform, encoding, 0, mapping
    return table


def _set_outlines(
    builder: FontBuilder, placed: Sequence[PlacedGlyph], spec: FontSpec, metrics: FontMetrics, flavor: Flavor
) -> None:
    if flavor == "ttf":
        font = builder.font
        font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
        font["glyf"].glyphs = {p.name: Glyph(p.glyph.truetype.data) for p in placed if p.glyph.truetype}
        font["glyf"].glyphOrder = font.glyphOrder
        _set_maxp(font["maxp"], placed)
    else:
        builder.font.sfntVersion = "OTTO"
        set_cff(builder.font, placed, spec, metrics.box)


def _set_maxp(maxp: Any, placed: Sequence[PlacedGlyph]) -> None:
    drawn = [p.glyph.truetype for p in placed if p.glyph.truetype]
    maxp.maxPoints = max((glyph.points for glyph in drawn), default=0)
    maxp.maxContours = max((glyph.contours for glyph in drawn), default=0)
    maxp.maxCompositePoints = maxp.maxCompositeContours = maxp.maxComponentElements = maxp.maxComponentDepth = 0
    maxp.maxZones, maxp.maxTwilightPoints, maxp.maxStackElements = 2, 0, 4
    maxp.numGlyphs = len(placed)


def _set_head(builder: FontBuilder, spec: FontSpec, metrics: FontMetrics) -> None:
    head = builder.font["head"]
    head.fontRevision = float(spec.version)
    head.created = head.modified = build_time() + MAC_EPOCH
    head.xMin, head.yMin, head.xMax, head.yMax = metrics.box
    head.lowestRecPPEM = 8
    head.flags = 0b1011  # baseline at y = 0, left side bearing at x = 0, whole ppem only
    head.macStyle = int(names.is_bold(spec)) | int(spec.is_italic) << 1


def _set_metrics(builder: FontBuilder, placed: Sequence[PlacedGlyph], lines: LineMetrics, flavor: Flavor) -> None:
    boxes = {p.name: bounds_of(p, flavor) for p in placed}
    builder.setupHorizontalMetrics({p.name: (p.glyph.advance, box[0] if (box := boxes[p.name]) else 0) for p in placed})
    tops = {p.name: ASCENDER - box[3] if (box := boxes[p.name]) else 0 for p in placed}
    builder.setupVerticalMetrics({p.name: (p.height, tops[p.name]) for p in placed})
    inked = [(p.glyph.advance, box) for p in placed if (box := boxes[p.name])] or [(0, (0, 0, 0, 0))]
    builder.setupHorizontalHeader(ascent=lines.ascent, descent=lines.descent, lineGap=0)
    hhea = builder.font["hhea"]
    hhea.advanceWidthMax = max(p.glyph.advance for p in placed)
    hhea.minLeftSideBearing = min(box[0] for _, box in inked)
    hhea.minRightSideBearing = min(advance - box[2] for advance, box in inked)
    hhea.xMaxExtent = max(box[2] for _, box in inked)
    builder.setupVerticalHeader(ascent=EM // 2, descent=-EM // 2, lineGap=0, tableVersion=0x00011000)
    vhea = builder.font["vhea"]
    vhea.advanceHeightMax = max(p.height for p in placed)
    vhea.minTopSideBearing = min(ASCENDER - box[3] for _, box in inked)
    feet = [p.height - ASCENDER + box[1] for p in placed if (box := boxes[p.name])]
    vhea.minBottomSideBearing = min(feet, default=0)
    vhea.yMaxExtent = max(ASCENDER - box[1] for _, box in inked)
    vhea.caretSlopeRise, vhea.caretSlopeRun = 0, 1
    if flavor == "otf":
        builder.setupVerticalOrigins({}, defaultVerticalOrigin=ASCENDER)


def _set_names(font: TTFont, spec: FontSpec) -> None:
    table = font["name"] = newTable("name")
    table.names = []
    for text, name_id, language in names.name_records(spec):
        table.setName(text, name_id, 3, 1, language)
    # Records are sorted by language, 0x404 before 0x409; programs that take the first family name find this one.
    table.setName(spec.family, 1, 0, 3, 0)


def _set_os2(builder: FontBuilder, placed: Sequence[PlacedGlyph], spec: FontSpec, metrics: FontMetrics) -> None:
    chars = {char for p in placed for char in p.chars}
    italic, bold, lines = spec.is_italic, names.is_bold(spec), lines_of(spec)
    builder.setupOS2(
        version=4,
        xAvgCharWidth=metrics.average_width,
        usWeightClass=names.weight_class(spec),
        usWidthClass=5,
        fsType=spec.fs_type,
        fsSelection=int(italic) | int(bold) << 5 | int(not (italic or bold)) << 6 | int(lines.use_typo) << 7,
        achVendID=spec.vendor.ljust(4),
        sTypoAscender=lines.typo_ascent,
        sTypoDescender=lines.typo_descent,
        sTypoLineGap=0,
        usWinAscent=lines.ascent,
        usWinDescent=-lines.descent,
        sxHeight=metrics.x_height,
        sCapHeight=metrics.cap_height,
        usDefaultChar=0,
        usBreakChar=0x20,
        usMaxContext=0,
        **_SUBSCRIPTS,
    )
    os2 = builder.font["OS/2"]
    os2.panose.bFamilyType = 3
    os2.setUnicodeRanges(coverage.unicode_ranges(chars))
    os2.setCodePageRanges(coverage.code_pages(chars))


_SUBSCRIPTS: Final = {
    "ySubscriptXSize": 650, "ySubscriptYSize": 600, "ySubscriptXOffset": 0, "ySubscriptYOffset": 75,
    "ySuperscriptXSize": 650, "ySuperscriptYSize": 600, "ySuperscriptXOffset": 0, "ySuperscriptYOffset": 350,
    "yStrikeoutSize": 50, "yStrikeoutPosition": 355,
}  # fmt: skip


def _set_meta(font: TTFont, placed: Sequence[PlacedGlyph]) -> None:
    design, supported = coverage.languages({char for p in placed for char in p.chars})
    font["meta"] = newTable("meta")
    font["meta"].data = {"dlng": design, "slng": supported}


def _set_rasterization(font: TTFont) -> None:
    """Grey smoothing at every size, and drop-out control: all that an unhinted font needs."""
    font["gasp"] = newTable("gasp")
    font["gasp"].version, font["gasp"].gaspRange = 1, {0xFFFF: 0x000F}
    font["prep"] = newTable("prep")
    font["prep"].program = Program()
    font["prep"].program.fromBytecode(PREP)
