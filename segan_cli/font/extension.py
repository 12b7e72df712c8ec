"""Glyphs into a font that exists: its own glyphs, tables, names, features and hinting stay as they are."""

from __future__ import annotations

import io
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fontTools.misc.psCharStrings import T2CharString
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._g_l_y_f import Glyph

from segan_cli.errors import SeganError
from segan_cli.font import unicode_ranges as coverage
from segan_cli.font.added_columns import ADDED, add_columns
from segan_cli.font.added_spacing import add_spacing
from segan_cli.font.charstring import width_operand
from segan_cli.font.compile import CompiledGlyph
from segan_cli.font.glyph_order import GLYPH_LIMIT
from segan_cli.font.metrics import EmBox
from segan_cli.font.names import glyph_name
from segan_cli.font.opentype import MAC_EPOCH, build_time
from segan_cli.font.truetype import Bounds
from segan_cli.font.vertical import DOUBLED
from segan_cli.font.vertical_lookup import add_doubles, add_vertical

GONE: Final = {"DSIG": "its signature, which no longer fits", "hdmx": "its table of device widths (hdmx)"}
"""Tables that a changed font cannot keep, and how a remark calls them."""

BASE, LIGATURE, MARK = 1, 2, 3
"""Classes of GDEF."""

SAMPLED: Final = 64
"""Glyphs that are asked where vertical lines begin."""


@dataclass(frozen=True)
class NewGlyph:
    """A glyph to add.

    Args:
        name: in the font that it goes into.
        char: the character mapped to it, or None for a form that features reach.
        glyph: compiled for this font's em.
        upright: for a vertical form, the glyph whose place it takes.
        single: for a dash of two ems, the dash that it is two of; for its vertical form, that dash's vertical form.
    """

    name: str
    char: str | None
    glyph: CompiledGlyph
    upright: str = ""
    single: str = ""

    @property
    def ems(self) -> int:
        """Advance in a vertical line, in ems."""
        return 2 if self.single and self.upright else 1

    @property
    def bounds(self) -> Bounds | None:
        """Extremes of its ink."""
        drawn = self.glyph.truetype or self.glyph.cff
        return drawn.bounds if drawn else None


def extended(font: TTFont, glyphs: Sequence[CompiledGlyph], em: EmBox) -> tuple[bytes, tuple[str, ...]]:
    """Add glyphs.

    Args:
        font: opened with recalcBBoxes and recalcTimestamp off; used up.
        glyphs: compiled for `em` in the font's flavour; a character that is mapped already is mapped anew.
        em: the font's em.

    Returns:
        The new file, and what a designer should know.

    Raises:
        SeganError: the font would have more glyphs than a font can hold.
    """
    flavor, font.flavor = font.flavor, None  # packed at the end
    _read_what_counts_glyphs(font, layout=any(glyph.vertical for glyph in glyphs))
    new = _named(font, glyphs)
    order = font.getGlyphOrder()
    if len(order) + len(new) > GLYPH_LIMIT:
        raise SeganError(
            f"The font would have {len(order) + len(new):,} glyphs; the OpenType format ends at {GLYPH_LIMIT:,}. "
            f"Leave out at least {len(order) + len(new) - GLYPH_LIMIT:,} characters."
        )
    notes = []
    if "vmtx" not in font and any(one.upright for one in new):
        add_columns(font, em)
        notes.append(ADDED)
    origin = _vertical_origin(font, em)
    font.setGlyphOrder([*order, *(one.name for one in new)])
    (_add_to_cff if "CFF " in font else _add_to_glyf)(font, new)
    _add_metrics(font, new, em, origin)
    _map(font, new)
    _cover(font, new)
    add_vertical(font, {one.upright: one.name for one in new if one.upright})
    add_doubles(font, {one.single: one.name for one in new if one.single})
    _classify(font, new)
    notes += [f"The new font goes without {words}." for tag, words in GONE.items() if tag in font]
    for tag in GONE:
        if tag in font:
            del font[tag]
    stored = io.BytesIO()
    font.save(stored)
    return _packed(add_spacing(stored.getvalue(), len(order)), flavor), tuple(notes)


def _packed(content: bytes, flavor: str | None) -> bytes:
    if flavor is None:
        return content
    font, stored = TTFont(io.BytesIO(content), recalcBBoxes=False, recalcTimestamp=False), io.BytesIO()
    font.flavor = flavor
    font.save(stored)
    return stored.getvalue()


def _read_what_counts_glyphs(font: TTFont, *, layout: bool) -> None:
    """Tables that list every glyph are read while the font still has its old number of glyphs; GSUB if it will change."""
    for tag in ("post", "hmtx", "vmtx", "glyf", "CFF ", "LTSH", "VORG", "OS/2", "hhea", "vhea", "head", "maxp"):
        if tag in font:
            assert font[tag] is not None
    if layout and "GSUB" in font:
        font["GSUB"].ensureDecompiled(recurse=True)


def _named(font: TTFont, glyphs: Iterable[CompiledGlyph]) -> list[NewGlyph]:
    """Names that the font has not; in a CID-keyed font the next free numbers."""
    taken, new = set(font.getGlyphOrder()), list[NewGlyph]()
    numbers = _next_cids(font)

    def named(wish: str) -> str:
        name, number = next(numbers) if numbers else wish, 0
        while name in taken:
            number += 1
            name = f"{wish}.new{number}"
        taken.add(name)
        return name

    for glyph in sorted(glyphs, key=lambda glyph: glyph.char):
        new.append(NewGlyph(named(glyph_name(glyph.char)), glyph.char, glyph))
    upright = list(new)
    for one in upright:
        if one.glyph.vertical:
            new.append(NewGlyph(named(f"{one.name}.vert"), None, one.glyph.vertical, one.name))
    there = {chr(code) for code in font.getBestCmap() or {}} | {one.char for one in new}
    for one in upright:
        char = DOUBLED.get(one.char or "")
        if one.glyph.doubled and char not in there:
            new += _doubled(one, one.glyph.doubled, char or None, {v.upright: v.name for v in new}, named)
    return new


def _doubled(
    dash: NewGlyph, glyph: CompiledGlyph, char: str | None, turned: Mapping[str, str], named: Callable[[str], str]
) -> list[NewGlyph]:
    """The dash of two ems of a dash, and its form for columns; a dash of two ems that is there already stays alone."""
    double = NewGlyph(named(glyph_name(char) if char else f"{dash.name}_{dash.name}"), char, glyph, single=dash.name)
    if not glyph.vertical or dash.name not in turned:
        return [double]
    form = NewGlyph(named(f"{double.name}.vert"), None, glyph.vertical, double.name, single=turned[dash.name])
    return [double, form]


def _next_cids(font: TTFont) -> Any:
    if "CFF " not in font or not hasattr(font["CFF "].cff.topDictIndex[0], "ROS"):
        return None
    highest = max((int(name[3:]) for name in font.getGlyphOrder() if name.startswith("cid")), default=0)
    return (f"cid{number:05}" for number in range(highest + 1, 0x10000))


def _add_to_glyf(font: TTFont, new: Sequence[NewGlyph]) -> None:
    glyf, maxp = font["glyf"], font["maxp"]
    for one in new:
        assert one.glyph.truetype is not None
        glyf.glyphs[one.name] = Glyph(one.glyph.truetype.data)
        maxp.maxPoints = max(maxp.maxPoints, one.glyph.truetype.points)
        maxp.maxContours = max(maxp.maxContours, one.glyph.truetype.contours)
    glyf.glyphOrder = font.getGlyphOrder()
    maxp.numGlyphs = len(glyf.glyphOrder)
    if "LTSH" in font:
        font["LTSH"].yPels.update({one.name: 1 for one in new})  # unhinted outlines scale evenly at every size


def _add_to_cff(font: TTFont, new: Sequence[NewGlyph]) -> None:
    cff = font["CFF "].cff
    top = cff.topDictIndex[0]
    strings = top.CharStrings
    home = _dictionary_of_ideographs(font, top)
    private = top.Private if home is None else top.FDArray[home].Private
    usual, nominal = private.defaultWidthX, private.nominalWidthX
    for one in new:
        assert one.glyph.cff is not None
        code = one.glyph.cff.charstring
        if one.glyph.advance != usual:
            code = width_operand(round(one.glyph.advance - nominal)) + code
        charstring = T2CharString(bytecode=code, private=private, globalSubrs=top.GlobalSubrs)
        if strings.charStringsAreIndexed:
            strings.charStrings[one.name] = len(strings.charStringsIndex)
            strings.charStringsIndex.append(charstring)
        else:
            strings.charStrings[one.name] = charstring
        if home is not None:
            top.FDSelect.gidArray.append(home)
    top.charset = font.getGlyphOrder()
    if home is not None:
        top.CIDCount = max(top.CIDCount, 1 + max(int(one.name[3:]) for one in new))
    top.numGlyphs = font["maxp"].numGlyphs = len(top.charset)
    boxes = [tuple(top.FontBBox), *(one.bounds for one in new if one.bounds)]
    top.FontBBox = list(_union(boxes))


def _dictionary_of_ideographs(font: TTFont, top: Any) -> int | None:
    """The font dictionary of a CID-keyed font that most of its Han characters are in."""
    if not hasattr(top, "ROS"):
        return None
    numbers = top.FDSelect.gidArray
    mapped = font.getBestCmap() or {}
    kinds = [numbers[font.getGlyphID(name)] for code, name in mapped.items() if coverage.is_east_asian(chr(code))]
    return int(Counter(kinds or numbers).most_common(1)[0][0])


def _vertical_origin(font: TTFont, em: EmBox) -> float:
    """Where a vertical line's cells begin: as the font's own glyphs have it, else at the top of the em box."""
    top = em.bottom + em.units_per_em
    if "VORG" in font:
        return float(font["VORG"].defaultVertOriginY)
    if "vmtx" not in font or "glyf" not in font:
        return top
    mapped = (name for code, name in (font.getBestCmap() or {}).items() if coverage.is_east_asian(chr(code)))
    heights = []
    for name in mapped:
        glyph = font["glyf"].glyphs[name]
        if len(getattr(glyph, "data", b"")) >= 10:
            y_max = int.from_bytes(glyph.data[8:10], "big", signed=True)
            heights.append(font["vmtx"].metrics[name][1] + y_max)
        if len(heights) == SAMPLED:
            break
    return float(sorted(heights)[len(heights) // 2]) if heights else top


def _add_metrics(font: TTFont, new: Sequence[NewGlyph], em: EmBox, origin: float) -> None:
    hmtx, vmtx = font["hmtx"].metrics, font["vmtx"].metrics if "vmtx" in font else {}
    inked = [(one, box) for one in new if (box := one.bounds)]
    for one in new:
        box = one.bounds
        hmtx[one.name] = (one.glyph.advance, box[0] if box else 0)
        if "vmtx" in font:
            vmtx[one.name] = (one.ems * em.units_per_em, round(origin) - box[3] if box else 0)
    hhea, head = font["hhea"], font["head"]
    hhea.advanceWidthMax = max(hhea.advanceWidthMax, *(one.glyph.advance for one in new))
    for one, box in inked:
        hhea.minLeftSideBearing = min(hhea.minLeftSideBearing, box[0])
        hhea.minRightSideBearing = min(hhea.minRightSideBearing, one.glyph.advance - box[2])
        hhea.xMaxExtent = max(hhea.xMaxExtent, box[2])
    old = (head.xMin, head.yMin, head.xMax, head.yMax)
    head.xMin, head.yMin, head.xMax, head.yMax = _union([old, *(box for _, box in inked)])
    head.modified = build_time() + MAC_EPOCH
    if "vhea" in font:
        _widen_vhea(font["vhea"], inked, em, round(origin))


def _widen_vhea(vhea: Any, inked: Sequence[tuple[NewGlyph, Bounds]], em: EmBox, origin: int) -> None:
    for one, box in inked:
        height = one.ems * em.units_per_em
        vhea.advanceHeightMax = max(vhea.advanceHeightMax, height)
        vhea.minTopSideBearing = min(vhea.minTopSideBearing, origin - box[3])
        vhea.minBottomSideBearing = min(vhea.minBottomSideBearing, height - origin + box[1])
        vhea.yMaxExtent = max(vhea.yMaxExtent, origin - box[1])


def _map(font: TTFont, new: Sequence[NewGlyph]) -> None:
    """Into every table of Unicode; characters beyond the BMP need one of format 12."""
    mapping = {ord(one.char): one.name for one in new if one.char}
    tables = [table for table in font["cmap"].tables if table.isUnicode() and table.format in (4, 12)]
    for table in tables:
        table.cmap.update({code: name for code, name in mapping.items() if code < 0x10000 or table.format == 12})
    if max(mapping) >= 0x10000 and not any(table.format == 12 for table in tables):
        from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

        whole: Mapping[int, str] = (font.getBestCmap() or {}) | mapping
        for platform, encoding in ((0, 4), (3, 10)):
            table = CmapSubtable.newSubtable(12)
            table.platformID, table.platEncID, table.language, table.cmap = platform, encoding, 0, dict(whole)
            font["cmap"].tables.append(table)


def _cover(font: TTFont, new: Sequence[NewGlyph]) -> None:
    """What OS/2 says of characters: ranges and pages are added, none is taken away."""
    os2 = font["OS/2"]
    chars = {chr(code) for code in font.getBestCmap() or {}}
    added = {one.char for one in new if one.char}
    os2.setUnicodeRanges(set(os2.getUnicodeRanges()) | coverage.unicode_ranges(added))
    if os2.version >= 1:
        os2.setCodePageRanges(set(os2.getCodePageRanges()) | coverage.code_pages(chars))
    os2.recalcAvgCharWidth(font)


def _classify(font: TTFont, new: Sequence[NewGlyph]) -> None:
    """Into the glyph classes of a font that has them: accents are marks, a dash of two ems a ligature, the rest bases.

    A font that lists no bases (they need no class) goes on without.
    """
    classes = getattr(font["GDEF"].table, "GlyphClassDef", None) if "GDEF" in font else None
    if classes is None:
        return
    lists_bases = BASE in classes.classDefs.values()
    for one in new:
        is_mark = one.char is not None and unicodedata.combining(one.char)
        kind = MARK if is_mark else LIGATURE if one.single else BASE
        if kind != BASE or lists_bases:
            classes.classDefs[one.name] = kind


def _union(boxes: Iterable[Iterable[int]]) -> Bounds:
    columns = list(zip(*boxes, strict=True))
    return min(columns[0]), min(columns[1]), max(columns[2]), max(columns[3])
