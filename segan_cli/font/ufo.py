"""The designer's working copy: a UFO with cubic outlines, from which fontmake can build again."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from segan_cli.errors import UsageError
from segan_cli.font import names
from segan_cli.font import unicode_ranges as coverage
from segan_cli.font.charstring import cff_glyph
from segan_cli.font.feature_text import FeatureText
from segan_cli.font.features import feature_code
from segan_cli.font.glyph_order import NOTDEF, PlacedGlyph, ideographic_space_outline, notdef_outline, space_outline
from segan_cli.font.metrics import ASCENDER, DESCENDER, EM, FontMetrics, measure
from segan_cli.font.opentype import build_time, caret_slope, lines_of
from segan_cli.font.region import Region
from segan_cli.font.spec import FontSpec
from segan_cli.font.vertical import two_em_dash, vertical_form
from segan_cli.glyph import Contour, GlyphOutline

VERTICAL_ORIGIN: Final = "public.verticalOrigin"

SMOOTH_TURN: Final = 0.035
"""Tangent of 2 degrees: handles that turn less are one tangent to an editor."""


def write_ufo(
    path: Path,
    placed: Sequence[PlacedGlyph],
    outlines: Mapping[str, GlyphOutline],
    spec: FontSpec,
    region: Region,
    base: FeatureText | None = None,
) -> None:
    """Write a UFO 3.

    Args:
        path: a folder that is not there yet.
        placed: the font's glyphs in order.
        outlines: cubic outlines by character, or by glyph name; what is not there (space, vertical forms) is drawn here.
        spec: names and rights.
        region: whose rules vertical forms follow.
        base: features of a base font.

    Raises:
        UsageError: an outline is missing.
    """
    import ufoLib2

    drawn = [(p, drawing_of(p, outlines, region)) for p in placed]
    font = ufoLib2.Font()
    for glyph, outline in drawn:
        _add(font, glyph, outline)
    _set_info(font.info, spec, _measured(drawn))
    chars = {char for p in placed for char in p.chars}
    design, supported = coverage.languages(chars)
    font.lib["public.glyphOrder"] = [p.name for p in placed]
    font.lib["public.openTypeMeta"] = {"dlng": [design], "slng": supported.split(", ")}
    font.info.openTypeOS2UnicodeRanges = sorted(coverage.unicode_ranges(chars))
    font.info.openTypeOS2CodePageRanges = sorted(coverage.code_pages(chars))
    font.features.text = feature_code(placed, region, base)
    font.save(path)


def drawing_of(placed: PlacedGlyph, outlines: Mapping[str, GlyphOutline], region: Region) -> GlyphOutline:
    """The cubic outline behind a glyph.

    Raises:
        UsageError: it is not among `outlines`.
    """
    char = placed.glyph.char
    if not placed.chars and placed.name in outlines:
        return outlines[placed.name]
    if placed.name == NOTDEF:
        return notdef_outline()
    added = {outline.char: outline for outline in (space_outline(), ideographic_space_outline())}
    outline = outlines.get(char) or added.get(char)
    if outline is None:
        raise UsageError(
            f"A UFO needs the outline of {char} (U+{ord(char):04X}), and it was not kept. Build the font again with .ufo."
        )
    if "doubled" in placed.form:
        outline = two_em_dash(outline) or outline
    turned = vertical_form(outline, region) if "vertical" in placed.form else None
    return turned or outline


def _measured(drawn: Sequence[tuple[PlacedGlyph, GlyphOutline]]) -> FontMetrics:
    boxes = [cff_glyph(outline.contours, outline.advance).bounds for _, outline in drawn]
    by_char = {char: box for (placed, _), box in zip(drawn, boxes, strict=True) for char in placed.chars}
    advances = [outline.advance for _, outline in drawn]
    return measure(boxes, advances, cap=by_char.get("H"), small=by_char.get("x"))


def _add(font: Any, placed: PlacedGlyph, outline: GlyphOutline) -> None:
    glyph = font.newGlyph(placed.name)
    glyph.unicodes = [ord(char) for char in placed.chars]
    glyph.width, glyph.height = outline.advance, placed.height
    glyph.lib[VERTICAL_ORIGIN] = ASCENDER
    pen = glyph.getPointPen()
    for contour in outline.contours:
        _draw(pen, contour)


def _draw(pen: Any, contour: Contour) -> None:
    points, on_curve = contour.points.tolist(), contour.on_curve.tolist()
    pen.beginPath()
    for i, (x, y) in enumerate(points):
        kind = None if not on_curve[i] else "line" if on_curve[i - 1] else "curve"
        pen.addPoint((_plain(x), _plain(y)), kind, smooth=on_curve[i] and is_smooth(points, on_curve, i))
    pen.endPath()


def is_smooth(points: list[list[float]], on_curve: list[bool], i: int) -> bool:
    """Does the outline go straight on at an on-curve point, with a handle on at least one side?

    Args:
        points: of a closed contour.
        on_curve: which of them lie on the curve.
        i: the point.
    """
    n = (i + 1) % len(points)
    if on_curve[i - 1] and on_curve[n]:
        return False
    (ax, ay), (x, y), (bx, by) = points[i - 1], points[i], points[n]
    ux, uy, vx, vy = x - ax, y - ay, bx - x, by - y
    across, ahead = ux * vy - uy * vx, ux * vx + uy * vy
    return ahead > 0 and abs(across) < SMOOTH_TURN * ahead


def _plain(value: float) -> int:
    return int(value // 1 + (value % 1 >= 0.5))


def _set_info(info: Any, spec: FontSpec, metrics: FontMetrics) -> None:
    major, minor = spec.version.split(".")
    records = {name_id: text for text, name_id, language in names.name_records(spec) if language == names.ENGLISH}
    values = {
        "familyName": spec.family,
        "styleName": spec.style_name,
        "styleMapFamilyName": records[1],
        "styleMapStyleName": records[2].lower(),
        "italicAngle": spec.italic_angle,
        "versionMajor": int(major),
        "versionMinor": int(minor),
        "copyright": spec.copyright,
        "unitsPerEm": EM,
        "ascender": ASCENDER,
        "descender": DESCENDER,
        "capHeight": metrics.cap_height,
        "xHeight": metrics.x_height,
        "postscriptFontName": names.postscript_name(spec),
        "openTypeHeadCreated": time.strftime("%Y/%m/%d %H:%M:%S", time.gmtime(build_time())),
        "openTypeHeadFlags": [0, 1, 3],
        "openTypeHeadLowestRecPPEM": 8,
        "openTypeNameDesigner": spec.designer,
        "openTypeNameDesignerURL": spec.designer_url,
        "openTypeNameManufacturer": spec.manufacturer,
        "openTypeNameManufacturerURL": spec.manufacturer_url,
        "openTypeNameDescription": spec.description,
        "openTypeNameLicense": spec.license_text,
        "openTypeNameLicenseURL": spec.license_address,
        "openTypeNameSampleText": spec.sample_text,
        "openTypeNameVersion": f"Version {spec.version}",
        "openTypeNameRecords": _asian_names(spec),
    } | _line_metrics(spec)
    for key, value in values.items():
        if value != "":
            setattr(info, key, value)


def _line_metrics(spec: FontSpec) -> dict[str, Any]:
    lines = lines_of(spec)
    rise, run = caret_slope(spec.italic_angle)
    return {
        "openTypeHheaCaretSlopeRise": rise,
        "openTypeHheaCaretSlopeRun": run,
        "openTypeHheaAscender": lines.ascent,
        "openTypeHheaDescender": lines.descent,
        "openTypeHheaLineGap": 0,
        "openTypeOS2TypoAscender": lines.typo_ascent,
        "openTypeOS2TypoDescender": lines.typo_descent,
        "openTypeOS2TypoLineGap": 0,
        "openTypeOS2WinAscent": lines.ascent,
        "openTypeOS2WinDescent": -lines.descent,
        "openTypeOS2WeightClass": names.weight_class(spec),
        "openTypeOS2WidthClass": 5,
        "openTypeOS2VendorID": spec.vendor.ljust(4),
        "openTypeOS2Type": [bit for bit in range(16) if spec.fs_type >> bit & 1],
        "openTypeOS2Panose": [3, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        "openTypeOS2Selection": [7] if lines.use_typo else [],
        "openTypeVheaVertTypoAscender": EM // 2,
        "openTypeVheaVertTypoDescender": -EM // 2,
        "openTypeVheaVertTypoLineGap": 0,
        "openTypeVheaCaretSlopeRise": 0,
        "openTypeVheaCaretSlopeRun": 1,
        "openTypeVheaCaretOffset": 0,
    }


def _asian_names(spec: FontSpec) -> list[dict[str, Any]]:
    return [
        {"nameID": name_id, "platformID": 3, "encodingID": 1, "languageID": language, "string": text}
        for text, name_id, language in names.name_records(spec)
        if language != names.ENGLISH
    ]
