"""A finished font as its proof sees it: names, metrics, and for each character whether there is ink.

The one module of the proof that opens fonts: fontTools reads the tables, FreeType the glyphs (TrueType and CFF alike).
"""

from __future__ import annotations

import io
import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from segan_cli.errors import SeganError, UsageError
from segan_cli.files.font_file import kept_as_pictures, read_font_bytes, reading_font

_KINDS = {b"\0\1\0\0": "TrueType", b"true": "TrueType", b"OTTO": "CFF", b"wOF2": "WOFF2", b"wOFF": "WOFF"}
_WITHOUT_INK = frozenset("\u115f\u1160\u2800\u3164\uffa0\ufffc")
_INVISIBLE = frozenset(("Zs", "Zl", "Zp", "Cc", "Cf", "Co", "Cs"))

Bounds = tuple[int, int, int, int]
"""x_min, y_min, x_max, y_max in font units, y up."""


@dataclass(frozen=True, slots=True)
class ProofGlyph:
    """One character of the font.

    Args:
        char: the character.
        index: its glyph index.
        advance: horizontal advance in font units.
        bounds: where its ink lies; None for a space.
    """

    char: str
    index: int
    advance: int
    bounds: Bounds | None


@dataclass(frozen=True, slots=True)
class ProofNames:
    """What the font says about itself; an empty string where it is silent."""

    family: str
    family_zh: str
    style: str
    version: str
    designer: str
    copyright: str
    license: str
    license_url: str


@dataclass(frozen=True, slots=True)
class ProofMetrics:
    """Font units, y up; the em box spans `em_top` to `em_bottom` and is one em high."""

    units_per_em: int
    ascender: int
    descender: int
    em_top: int
    em_bottom: int


@dataclass(frozen=True)
class ProofFont:
    """A font opened for proofing.

    Args:
        path: the file.
        file_size: its bytes on disk.
        sfnt: its bytes as a plain TrueType or OpenType file, unpacked if it was WOFF or WOFF2.
        kind: "TrueType", "CFF", "WOFF2" or "WOFF", as the file came.
        names: what the font says about itself.
        metrics: em box and line metrics.
        glyph_count: glyphs in the font, with those that no character reaches.
        glyphs: the characters that have ink or are meant to have none, by code point.
        blank: the characters that are mapped, but draw nothing; the proof counts them as missing.
    """

    path: Path
    file_size: int
    sfnt: bytes
    kind: str
    names: ProofNames
    metrics: ProofMetrics
    glyph_count: int
    glyphs: tuple[ProofGlyph, ...]
    blank: tuple[str, ...]

    @cached_property
    def by_char(self) -> dict[str, ProofGlyph]:
        """The glyph of each character that the font draws."""
        return {glyph.char: glyph for glyph in self.glyphs}

    def tables(self) -> dict[str, bytes]:
        """The raw tables of `sfnt` by tag, in the order of the file."""
        from fontTools.ttLib.sfnt import SFNTReader

        with reading_font(self.path, SeganError):
            reader = SFNTReader(io.BytesIO(self.sfnt), checkChecksums=0)
            return {tag: reader[tag] for tag in reader.keys()}  # noqa: SIM118  (the reader is no dict)

    @cached_property
    def vertical_forms(self) -> dict[int, int]:
        """Glyph index to the index of its form for vertical text (GSUB `vert`)."""
        from fontTools.ttLib import TTFont

        with reading_font(self.path, SeganError):
            font = TTFont(io.BytesIO(self.sfnt), lazy=True)
            return dict(_vertical_forms(font)) if "GSUB" in font else {}


def open_proof_font(path: Path) -> ProofFont:
    """Open a font and look at every character that it maps.

    Args:
        path: a TTF, OTF, WOFF2 or WOFF file, or one face of a collection by its number, as `font.ttc#1`.

    Returns:
        The font, its characters in the order of their code points.

    Raises:
        UsageError: no such file, a folder, a collection without a face, or not a font.
        SeganError: a damaged font, or one that maps no character.
    """
    file, face = _file_and_face(path)
    data = _read(file)
    if data[:4] == b"ttcf":
        data = _face(file, data, face)
    elif face:
        raise UsageError(f"{file.name} is one font and no collection; leave #{face} out.")
    kind = _kind(file, data)
    with reading_font(file, SeganError):
        return _look(path, data, kind)


def _file_and_face(path: Path) -> tuple[Path, str]:
    """Take `font.ttc#face` apart; a path that exists as it stands is left whole, and the face is empty then."""
    if path.exists() or "#" not in path.name:
        return path, ""
    name, _, face = path.name.rpartition("#")
    return path.with_name(name) if name else path, face


def _face(path: Path, data: bytes, number: str) -> bytes:
    """One face of a collection as a font of its own."""
    from fontTools.ttLib import TTCollection

    with reading_font(path, UsageError):
        faces = TTCollection(io.BytesIO(data), lazy=True, recalcBBoxes=False, recalcTimestamp=False).fonts
    if not (number.isascii() and number.isdecimal() and int(number) < len(faces)):
        raise UsageError(
            f"{path.name} is a collection of {len(faces)} fonts, and a proof shows one: name it by its number, "
            f"from {path}#0 to {path}#{len(faces) - 1}."
        )
    plain = io.BytesIO()
    with reading_font(path, SeganError):
        faces[int(number)].save(plain, reorderTables=None)
    return plain.getvalue()


def _read(path: Path) -> bytes:
    if path.is_dir():
        hint = (
            " A UFO is a font's source: build a .ttf or .otf from it and proof that." if path.suffix == ".ufo" else ""
        )
        raise UsageError(f"{path} is a folder; a proof is made from a .ttf, .otf or .woff2 file.{hint}")
    if not path.exists():
        raise UsageError(f"There is no font file {path}. Check the name, or build it first with segan build-font.")
    return read_font_bytes(path)


def _kind(path: Path, data: bytes) -> str:
    if data[:4] not in _KINDS:
        raise UsageError(
            f"{path.name} is not a font: it begins with {data[:4]!r}. A proof is made from a .ttf, .otf or .woff2 file."
        )
    return _KINDS[data[:4]]


def _look(path: Path, data: bytes, kind: str) -> ProofFont:
    import freetype
    from fontTools.ttLib import TTFont

    sfnt = _unpack(data) if kind.startswith("WOFF") else data
    font = TTFont(io.BytesIO(sfnt), lazy=True)
    order = font.getGlyphOrder()
    characters = (font.getBestCmap() if "cmap" in font else None) or {}
    if not characters:
        raise SeganError(
            f"{path.name} maps no characters (its cmap table is missing or empty), so there is nothing to proof."
        )
    index = {name: number for number, name in enumerate(order)}
    face = freetype.Face(io.BytesIO(sfnt))
    drawn, blank = _sort_out(face, {code: index[name] for code, name in sorted(characters.items())})
    _check_some_ink(path, drawn, font.keys())
    names, metrics = _names(font, path), _metrics(font)
    return ProofFont(path, len(data), sfnt, kind, names, metrics, len(order), tuple(drawn), tuple(blank))


def _unpack(data: bytes) -> bytes:
    from fontTools.ttLib import TTFont

    plain = io.BytesIO()
    font = TTFont(io.BytesIO(data), lazy=True, recalcBBoxes=False, recalcTimestamp=False)
    font.flavor = None
    font.save(plain, reorderTables=None)
    return plain.getvalue()


def _check_some_ink(path: Path, drawn: list[ProofGlyph], tables: list[str]) -> None:
    if not any(glyph.bounds for glyph in drawn):
        why = kept_as_pictures(tables) or " The file is damaged or empty."
        raise SeganError(f"{path.name} maps characters, but not one of them draws any ink.{why}")


def _sort_out(face: Any, indices: dict[int, int]) -> tuple[list[ProofGlyph], list[str]]:
    drawn: list[ProofGlyph] = []
    blank: list[str] = []
    for code, index in indices.items():
        if 0xD800 <= code <= 0xDFFF:
            continue
        char = chr(code)
        advance, bounds = _measure(face, index)
        if bounds is None and not is_invisible(char):
            blank.append(char)
        else:
            drawn.append(ProofGlyph(char, index, advance, bounds))
    return drawn, blank


def _measure(face: Any, index: int) -> tuple[int, Bounds | None]:
    """Advance and ink bounds in font units; a glyph that FreeType refuses counts as blank.

    Source: ours: the FreeType structure is read directly; freetype-py's properties cost ten times as much.
    """
    from freetype.raw import FT_Load_Glyph

    no_scale = 1
    if FT_Load_Glyph(face._FT_Face, index, no_scale):
        return 0, None
    slot = face._FT_Face.contents.glyph.contents
    box = slot.metrics
    if slot.outline.n_points == 0 or box.width <= 0 or box.height <= 0:
        return box.horiAdvance, None
    left, top = box.horiBearingX, box.horiBearingY
    return box.horiAdvance, (left, top - box.height, left + box.width, top)


def is_invisible(char: str) -> bool:
    """Whether the character is meant to draw nothing: spaces, controls, joiners, fillers, variation selectors."""
    selector = 0xFE00 <= ord(char) <= 0xFE0F or 0xE0100 <= ord(char) <= 0xE01EF
    return selector or char in _WITHOUT_INK or unicodedata.category(char) in _INVISIBLE


def _names(font: Any, path: Path) -> ProofNames:
    def first(*ids: int) -> str:
        found = [font["name"].getDebugName(number) for number in ids] if "name" in font else []
        return next((str(text).strip() for text in found if text), "")

    family = first(16, 1) or path.stem
    return ProofNames(
        family, _chinese_family(font), first(17, 2), _version(font, first(5)), first(9), first(0), first(13), first(14)
    )


def _chinese_family(font: Any) -> str:
    records = [] if "name" not in font else font["name"].names
    for language in (0x804, 0x404, 0x411):
        for record in records:
            if record.nameID in (1, 16) and record.platformID == 3 and record.langID == language:
                return str(record.toUnicode()).strip()
    return ""


def _version(font: Any, text: str) -> str:
    return (
        text.removeprefix("Version ").split(";")[0].strip()
        or f"{struct.unpack('>i', font.reader['head'][4:8])[0] / 65536:.3f}"
    )


def _metrics(font: Any) -> ProofMetrics:
    upem = int(struct.unpack(">H", font.reader["head"][18:20])[0])
    line = font["hhea"]
    top, bottom = (
        (font["OS/2"].sTypoAscender, font["OS/2"].sTypoDescender) if "OS/2" in font else (line.ascent, line.descent)
    )
    if top - bottom != upem:
        bottom = -round(0.12 * upem)
        top = upem + bottom
    return ProofMetrics(upem, int(line.ascent), int(line.descent), int(top), int(bottom))


def _vertical_forms(font: Any) -> Iterator[tuple[int, int]]:
    table = font["GSUB"].table
    if not table.FeatureList or not table.LookupList:
        return
    wanted = {
        n
        for record in table.FeatureList.FeatureRecord
        if record.FeatureTag == "vert"
        for n in record.Feature.LookupListIndex
    }
    for number in sorted(wanted):
        for subtable in table.LookupList.Lookup[number].SubTable:
            single = getattr(subtable, "ExtSubTable", subtable)
            for source, target in getattr(single, "mapping", {}).items():
                yield font.getGlyphID(source), font.getGlyphID(target)
