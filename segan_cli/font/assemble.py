"""Compiled glyphs become font files. The parent only joins what the workers made."""

from __future__ import annotations

import copy
import io
import logging
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segan_cli.errors import UsageError, did_you_mean
from segan_cli.files.font_file import reading_font
from segan_cli.files.writing import check_is_there, check_writable
from segan_cli.font.base_font import BaseFont, BaseGlyphs, base_glyphs
from segan_cli.font.compile import CompiledGlyph, Flavor, compile_glyph
from segan_cli.font.glyph_order import PlacedGlyph, order_glyphs
from segan_cli.font.region import Region, region_of
from segan_cli.font.remarks import remarks
from segan_cli.font.saving import Writer, save_all
from segan_cli.font.spec import FontSpec
from segan_cli.glyph import GlyphOutline, is_han

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

    from segan_cli.font.feature_text import FeatureText

ENDINGS: Final[dict[str, Flavor | None]] = {".ttf": "ttf", ".otf": "otf", ".woff2": "ttf", ".ufo": None}
"""What each ending holds. WOFF2 packs the TrueType flavour, which its format compresses best."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FontBuild:
    """What was built.

    Args:
        files: the files written, in the order asked for.
        base_chars: characters whose glyphs came from the base font.
        notes: remarks for the designer, one sentence each (the base font's licence, what could not be taken).
        glyph_count: glyphs in the font, with `.notdef` and vertical forms.
    """

    files: tuple[Path, ...]
    base_chars: tuple[str, ...]
    notes: tuple[str, ...]
    glyph_count: int


def flavors_for(outputs: Sequence[Path]) -> tuple[Flavor, ...]:
    """What `compile_glyph` must make for these outputs.

    Raises:
        UsageError: an ending that is no font format.
    """
    flavors = {ENDINGS[_ending(output)] for output in outputs}
    known: tuple[Flavor, ...] = ("ttf", "otf")
    return tuple(flavor for flavor in known if flavor in flavors)


def check_outputs(outputs: Sequence[Path]) -> None:
    """Refuse outputs that cannot be written, before the long work starts.

    A missing folder is an error and is not made: a typing slip in a path would otherwise hide a font.

    Raises:
        UsageError: no output, unknown ending, missing folder, or a folder in the place of a file.
    """
    if not outputs:
        raise UsageError("No output was named. Give a file that ends in .ttf, .otf, .woff2 or .ufo.")
    for output in outputs:
        ending = _ending(output)
        check_is_there(output.parent)
        if output.is_dir() and (ending != ".ufo" or not (output / "metainfo.plist").is_file()):
            raise UsageError(f"{output} is a folder, so no font can be written there. Choose another name.")
        if output.is_file() and ending == ".ufo":
            raise UsageError(f"{output} is a file, but a UFO is a folder. Remove it or choose another name.")
    for folder in {output.parent for output in outputs}:
        check_writable(folder)


def assemble_font(
    glyphs: Iterable[CompiledGlyph],
    spec: FontSpec,
    outputs: Sequence[Path],
    *,
    base: BaseFont | None = None,
    wanted: Set[str] | None = None,
    outlines: Mapping[str, GlyphOutline] | None = None,
) -> FontBuild:
    """Write the font in every format asked for.

    Args:
        glyphs: from `compile_glyph(outline, flavors_for(outputs))`, in any order.
        spec: names and rights.
        outputs: paths that end in .ttf, .otf, .woff2 (of the TrueType flavour) or .ufo; existing files are replaced.
        base: an opened font that gives Latin, digits and punctuation (or what its `scripts` say) where `glyphs` has none.
        wanted: what Han of the base font are limited to; None: all.
        outlines: the cubic outlines by character; needed for .ufo only.

    Returns:
        What was written. The order of `glyphs` changes nothing; with SOURCE_DATE_EPOCH set two builds are identical byte for byte.

    Raises:
        UsageError: an output that cannot be written.
        SeganError: more glyphs than a font can hold.
    """
    check_outputs(outputs)
    flavors = flavors_for(outputs)
    own = tuple(glyphs)
    with reading_font(base.name if base else ""):
        given = base_glyphs(base, {glyph.char for glyph in own}, spec, wanted) if base else BaseGlyphs()
        if base and spec.is_italic and not spec.italic_angle:
            spec = replace(spec, italic_angle=base.italic_angle)
    chars = {glyph.char for glyph in own} | {outline.char for outline in given.outlines}
    region = region_of(chars, spec.region)
    if any(is_han(char) for char in chars):
        given = given.among_han(region)
    placed = _placed(own, given, flavors, region)
    drawings = {**(outlines or {}), **given.drawings}
    spacing = _spacing(placed, spec, flavors, region, drawings)
    files = _binaries(placed, spec, flavors, region, spacing, given.layouts)
    feature_text = (
        _in_words(placed, spacing, given.layouts) if None in {ENDINGS[_ending(output)] for output in outputs} else None
    )
    save_all({output: _writer(output, files, placed, drawings, spec, region, feature_text) for output in outputs})
    notes = (*given.notes, *remarks(placed, spec, flavors))
    if feature_text and feature_text.lacking:
        notes += (
            f"The UFO lacks something of the base font's features {', '.join(feature_text.lacking)}; the other formats have it.",
        )
    return FontBuild(tuple(outputs), given.chars, notes, len(placed))


def _placed(
    own: Sequence[CompiledGlyph], given: BaseGlyphs, flavors: tuple[Flavor, ...], region: Region
) -> tuple[PlacedGlyph, ...]:
    compiled = [
        compile_glyph(outline, flavors, region=region, vertical=given.verticals.get(outline.char))
        for outline in given.outlines
    ]
    extras = {name: compile_glyph(outline, flavors) for name, outline in given.extras.items()}
    return order_glyphs((*own, *compiled), flavors, region=region, aliases=given.aliases, extras=extras)


def _spacing(
    placed: Sequence[PlacedGlyph],
    spec: FontSpec,
    flavors: tuple[Flavor, ...],
    region: Region,
    drawings: Mapping[str, GlyphOutline],
) -> TTFont | None:
    """Contextual spacing looks at compiled punctuation, which a UFO alone has not: it is compiled for that."""
    from segan_cli.font.features import contextual_spacing, spaced_glyphs

    few = spaced_glyphs(placed)
    if flavors:
        return contextual_spacing(few, spec, flavors[0], region)
    from segan_cli.font.ufo import drawing_of

    drawn = [(p, compile_glyph(drawing_of(p, drawings, region), ("otf",))) for p in few]
    few = [replace(p, glyph=replace(p.glyph, cff=glyph.cff)) for p, glyph in drawn]
    return contextual_spacing(few, spec, "otf", region)


def _binaries(
    placed: Sequence[PlacedGlyph],
    spec: FontSpec,
    flavors: tuple[Flavor, ...],
    region: Region,
    spacing: TTFont | None,
    layouts: Sequence[TTFont],
) -> dict[Flavor, bytes]:
    from segan_cli.font.features import add_features
    from segan_cli.font.opentype import build_font, font_bytes

    files: dict[Flavor, bytes] = {}
    for flavor in flavors:
        font = build_font(placed, spec, flavor)
        add_features(font, placed, region, spacing, copy.deepcopy(layouts))
        files[flavor] = font_bytes(font, subroutines=spec.subroutines)
    return files


def _in_words(placed: Sequence[PlacedGlyph], spacing: TTFont | None, layouts: Sequence[TTFont]) -> FeatureText:
    """What a UFO's own rules do not make: contextual spacing, and the base font's features."""
    from segan_cli.font.feature_text import feature_text
    from segan_cli.font.features import SCRIPTS

    placing = [copy.deepcopy(spacing)] if spacing is not None else []
    for font in placing:  # its other tables are those of a few glyphs
        for tag in set(font.keys()) - {"GPOS", "GlyphOrder"}:
            del font[tag]
    return feature_text([*placing, *layouts], [p.name for p in placed], SCRIPTS)


def _ending(output: Path) -> str:
    ending = output.suffix.lower()
    if ending not in ENDINGS:
        raise UsageError(
            f"{output} ends in {ending or 'nothing'}; fonts end in {', '.join(ENDINGS)}.{did_you_mean(ending, ENDINGS)}"
        )
    return ending


def _writer(
    output: Path,
    files: Mapping[Flavor, bytes],
    placed: Sequence[PlacedGlyph],
    drawings: Mapping[str, GlyphOutline],
    spec: FontSpec,
    region: Region,
    feature_text: FeatureText | None,
) -> Writer:
    flavor = ENDINGS[_ending(output)]
    if flavor is None:
        from segan_cli.font.ufo import write_ufo

        return lambda path: write_ufo(path, placed, drawings, spec, region, feature_text)
    content = files[flavor]
    packed = _ending(output) == ".woff2"
    return lambda path: _write(path, woff2(content) if packed else content)


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def woff2(font: bytes) -> bytes:
    """Pack a TrueType font for the web."""
    from fontTools.ttLib import woff2 as codec

    packed = io.BytesIO()
    codec.compress(io.BytesIO(font), packed)
    return packed.getvalue()
