"""The source font: opened once, asked for its characters, read glyph by glyph.

What may be written for a font:

    kai.ttf                 a file: TTF, OTF, TTC, OTC, WOFF, WOFF2
    kai.ttc#1               a face of a collection by its number, from 0
    kai.ttc#AR PL UKai CN   or by its name
    kai.ttf@Bold            a named instance of a variable font
    kai.ttf@wght=650        or a place on its axes
    ma-shan-zheng/          a folder of WOFF2 files that make up one font, as web font packages hold them
    LXGW WenKai             a family that is installed; LXGW WenKai@Light one of its styles
"""

from __future__ import annotations

import hashlib
import io
import logging
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from segan_cli.errors import UsageError, did_you_mean
from segan_cli.files.font_file import FONT_SUFFIXES, read_font_bytes, reading_font
from segan_cli.files.plain import read_plain
from segan_cli.files.writing import expanded
from segan_cli.glyph import is_character
from segan_cli.source import font_search


@dataclass(frozen=True, slots=True)
class LoadedGlyph:
    """A glyph as FreeType holds it until the next one is loaded.

    Args:
        outline: the FreeType outline in font units, y up.
        advance: horizontal advance in font units.
        units_per_em: font units per em of its file.
        ideographic_bottom: y of the ideographic box's lower edge in font units.
    """

    outline: Any
    advance: int
    units_per_em: int
    ideographic_bottom: float


@dataclass(frozen=True)
class _Face:
    """One opened file: FreeType draws, fontTools told what is in it.

    The engine starts when the first glyph is asked for: a web font has some hundred parts, and unpacking one takes long.
    """

    file: Path
    data: bytes = field(repr=False)
    number: int
    coordinates: list[float] | None
    glyph_ids: dict[str, int] = field(repr=False)
    ideographic_bottom: float

    @cached_property
    def engine(self) -> Any:
        """The FreeType face.

        Raises:
            UsageError: the file is damaged.
        """
        import freetype as ft

        with reading_font(self.file):
            engine = ft.Face(io.BytesIO(_plain(self.data)), index=self.number)
            if self.coordinates is not None:
                engine.set_var_design_coords(self.coordinates)
            return engine

    def load(self, char: str) -> LoadedGlyph | None:
        """The glyph of a character in font units; None if FreeType cannot read it as an outline."""
        import freetype as ft

        engine = self.engine
        flags = ft.FT_LOAD_NO_SCALE | ft.FT_LOAD_NO_HINTING | ft.FT_LOAD_NO_BITMAP
        try:
            engine.load_glyph(self.glyph_ids[char], flags)
        except ft.FT_Exception:
            return None
        slot = engine._FT_Face.contents.glyph.contents
        if slot.outline.n_points < 3:  # a dot or a line encloses nothing
            return None
        return LoadedGlyph(slot.outline, slot.metrics.horiAdvance, engine.units_per_EM, self.ideographic_bottom)


@dataclass(frozen=True)
class SourceFont:
    """A font that glyphs are drawn from. Get one from `open_source_font`; it crosses to worker processes by its name.

    Args:
        path: the file or folder.
        family: family name, as the font says it.
        style: style name.
        spec: what opens this very face again.
        license: the font's own licence line and address, or an empty string.
    """

    path: Path
    family: str
    style: str
    spec: str
    license: str
    _faces: tuple[_Face, ...] = field(repr=False)
    _files: tuple[Path, ...] = field(repr=False)

    def __reduce__(self) -> tuple[Any, ...]:
        return open_source_font, (self.spec,)

    @property
    def description(self) -> str:
        """One line for a person: which font this is and where it lies."""
        return f"{self.family} {self.style} ({self.spec})"

    @cached_property
    def sha256(self) -> str:
        """The SHA-256 of the file; of a folder, that of its files' hashes in the order of their names."""
        hashes = [hashlib.sha256(read_plain(file)) for file in self._files]
        if len(hashes) == 1:
            return hashes[0].hexdigest()
        return hashlib.sha256(b"".join(one.digest() for one in hashes)).hexdigest()

    @cached_property
    def chars(self) -> tuple[str, ...]:
        """Every character that has ink, in code point order; characters mapped to blank glyphs are left out."""
        return tuple(sorted(char for char in self._face_of if self.has(char)))

    def tables(self) -> tuple[tuple[bytes, int, dict[str, float] | None], ...]:
        """Each file for who reads its tables: its bytes, the number of its face, and its place on its axes.

        The place is the one that was chosen, or a variable font's default; a static font has none.
        """
        return tuple((face.data, face.number, _place(face)) for face in self._faces)

    @property
    def ideographic_bottom(self) -> float:
        """The lower edge of the ideographic box, in font units of its first file."""
        return self._faces[0].ideographic_bottom

    @property
    def mapped(self) -> tuple[str, ...]:
        """Every character that the font maps, be it to a blank glyph, in code point order."""
        return tuple(sorted(self._face_of))

    def has(self, char: str) -> bool:
        """Whether the font maps the character to a glyph with ink."""
        return self.glyph(char) is not None

    def maps(self, char: str) -> bool:
        """Whether the font maps the character at all, be it to a blank glyph."""
        return char in self._face_of

    def glyph(self, char: str) -> LoadedGlyph | None:
        """The glyph's outline; None if the font lacks the character or draws it blank. Valid until the next call."""
        face = self._face_of.get(char)
        return None if face is None else face.load(char)

    @cached_property
    def _face_of(self) -> dict[str, _Face]:
        return {char: face for face in reversed(self._faces) for char in face.glyph_ids}


def open_source_font(name_or_path: str | Path | None = None) -> SourceFont:
    """Open a font by file, by folder or by family name, or find one.

    Args:
        name_or_path: as the head of this module lists it; None looks for a Kai font in the usual places.

    Returns:
        The font; its `description` is a line to print.

    Raises:
        UsageError: no such font, a broken file, a collection without a choice, an unknown face or instance.
    """
    if name_or_path is None:
        return open_source_font(font_search.find_source_font())
    path, face, instance = split_spec(str(name_or_path))
    if path.is_dir():
        return _open_folder(path, face or instance)
    if path.exists():
        return _open_files(path, (path,), face, instance)
    if path.suffix.lower() in FONT_SUFFIXES or len(path.parts) > 1:
        raise UsageError(f"There is no font file {path}. Give the path of a TTF, OTF, TTC or WOFF2, or a family name.")
    return open_source_font(font_search.find_family(str(path), instance))


def split_spec(spec: str) -> tuple[Path, str | None, str | None]:
    """Take `font.ttc#face@instance` apart; a path that exists as it stands is left whole.

    Returns:
        The path or family, the face (number or name) or None, the instance or style or None.
    """
    path = expanded(spec)
    if path.exists():
        return path, None, None
    rest, _, instance = spec.rpartition("@") if "@" in spec else (spec, "", "")
    if instance and expanded(rest).exists():
        return expanded(rest), None, instance
    file, _, face = rest.rpartition("#") if "#" in rest else (rest, "", "")
    return expanded(file), face or None, instance or None


def face_names(data: bytes) -> list[str]:
    """The full names of all faces in a font file or collection.

    Raises:
        TTLibError and others of fontTools: the data is no font.
    """
    from fontTools.ttLib import TTCollection, TTFont

    if data[:4] == b"ttcf":
        return [_full_name(font) for font in TTCollection(io.BytesIO(data), lazy=True)]
    return [_full_name(TTFont(io.BytesIO(data), lazy=True))]


def _open_folder(folder: Path, choice: str | None) -> SourceFont:
    """Open the WOFF2 (or other) files of one font as one; of several fonts in the folder, the one that `choice` names."""
    places = [folder, folder / "files"]
    files = sorted(file for place in places if place.is_dir() for file in place.iterdir() if _is_part(file))
    if not files:
        raise UsageError(f"The folder {folder} holds no font files. Give a folder of WOFF2 files, or one font file.")
    groups: dict[str, list[Path]] = {}
    for file in files:
        groups.setdefault(_part_name(file), []).append(file)
    wanted = [name for name in groups if choice is None or choice.casefold() in name.casefold()]
    if len(wanted) != 1:
        listed = ", ".join(sorted(groups))
        raise UsageError(f"The folder {folder} holds several fonts: {listed}. Choose one: {folder}#NAME")
    return _open_files(folder, tuple(groups[wanted[0]]), choice, None)


def _is_part(file: Path) -> bool:
    twin = file.with_suffix(".woff2")
    return file.suffix.lower() in FONT_SUFFIXES and not (file.suffix.lower() == ".woff" and twin.exists())


def _part_name(file: Path) -> str:
    with reading_font(file):
        return face_names(read_font_bytes(file))[0]


def _open_files(path: Path, files: tuple[Path, ...], face: str | None, instance: str | None) -> SourceFont:
    from fontTools.ttLib import TTFont

    # Old fonts carry impossible dates; that says nothing to a person who draws with them.
    logging.getLogger("fontTools.ttLib.tables._h_e_a_d").setLevel(logging.ERROR)
    opened = []
    for file in files:
        with reading_font(file):
            data = read_font_bytes(file)
            number = 0 if path.is_dir() else _face_number(file, data, face)
            font = TTFont(io.BytesIO(data), fontNumber=number, lazy=True)
            opened.append((font, _open_face(font, data, number, instance, file)))
    if len(opened) == 1:
        _ = opened[0][1].engine  # a damaged font is reported now, not at its first glyph
    spec = str(path) + (f"#{face}" if face else "") + (f"@{instance}" if instance else "")
    with reading_font(path):
        name = opened[0][0]["name"]
        family = name.getBestFamilyName() or path.stem
        style = instance or name.getBestSubFamilyName() or "Regular"
        license = " ".join(str(name.getDebugName(key)) for key in (13, 14) if name.getDebugName(key))
    return SourceFont(path, family, style, spec, license, tuple(face for _, face in opened), files)


def _open_face(font: Any, data: bytes, number: int, instance: str | None, file: Path) -> _Face:
    cmap = font.getBestCmap()
    if not cmap:
        raise UsageError(f"{file} maps no Unicode characters, so it cannot serve as a source font.")
    if not 16 <= font["head"].unitsPerEm <= 16384:
        raise UsageError(f"{file} has {font['head'].unitsPerEm} units an em; OpenType allows 16 to 16,384.")
    numbers = font.getReverseGlyphMap()
    glyph_ids = {chr(code): numbers[name] for code, name in cmap.items() if numbers.get(name) and is_character(code)}
    coordinates = None if instance is None else _coordinates(font, instance, file)
    return _Face(file, data, number, coordinates, glyph_ids, _ideographic_bottom(font))


def _place(face: _Face) -> dict[str, float] | None:
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(face.data), fontNumber=face.number, lazy=True)
    if "fvar" not in font:
        return None
    axes = {axis.axisTag: axis.defaultValue for axis in font["fvar"].axes}
    return axes if face.coordinates is None else dict(zip(axes, face.coordinates, strict=True))


def _plain(data: bytes) -> bytes:
    """The font without web compression: FreeType builds differ in what they can unpack."""
    from fontTools.ttLib import TTFont

    if data[:4] not in (b"wOF2", b"wOFF"):
        return data
    font = TTFont(io.BytesIO(data), recalcBBoxes=False, recalcTimestamp=False)
    font.flavor = None
    unpacked = io.BytesIO()
    font.save(unpacked, reorderTables=False)
    return unpacked.getvalue()


def _face_number(file: Path, data: bytes, face: str | None) -> int:
    names = face_names(data)
    if face is None and len(names) == 1:
        return 0
    listed = ", ".join(f"#{number} {name}" for number, name in enumerate(names))
    if face is None:
        raise UsageError(f"{file} holds {len(names)} faces: {listed}. Choose one, for instance {file}#0")
    if face.isdecimal() and int(face) < len(names):
        return int(face)
    for number, name in enumerate(names):
        if face.casefold() in (name.casefold(), name.removesuffix(" Regular").casefold()):
            return number
    raise UsageError(f"{file} has no face {face!r}.{did_you_mean(face, names)} It holds {listed}.")


def _coordinates(font: Any, instance: str, file: Path) -> list[float]:
    """Design coordinates of a named instance, or of `wght=650,wdth=90`."""
    if "fvar" not in font:
        raise UsageError(
            f"{file} is not a variable font, so it has no instance {instance!r}. Leave out the @{instance}."
        )
    axes = {axis.axisTag: axis for axis in font["fvar"].axes}
    if "=" in instance:
        return _on_axes(axes, instance, file)
    named = {str(font["name"].getDebugName(one.subfamilyNameID)): one.coordinates for one in font["fvar"].instances}
    for name, place in named.items():
        if name.casefold() == instance.casefold():
            return [place[tag] for tag in axes]
    listed = ", ".join(named) or "no named instance"
    raise UsageError(f"{file} has no instance {instance!r}.{did_you_mean(instance, named)} It holds {listed}.")


def _on_axes(axes: dict[str, Any], wish: str, file: Path) -> list[float]:
    place = {tag: float(axis.defaultValue) for tag, axis in axes.items()}
    for part in wish.split(","):
        tag, _, number = part.strip().partition("=")
        ranges = ", ".join(f"{axis.axisTag} {axis.minValue:g} to {axis.maxValue:g}" for axis in axes.values())
        try:
            value = float(number)
        except ValueError:
            value = float("nan")
        if tag not in axes or not axes[tag].minValue <= value <= axes[tag].maxValue:
            raise UsageError(f"{file} has no place {part!r}; its axes are {ranges}.")
        place[tag] = value
    return list(place.values())


def _ideographic_bottom(font: Any) -> float:
    """The lower edge of the ideographic box, in font units.

    Source: OpenType BASE (`ideo` of the default script), else OS/2's typographic descender, else hhea's, where ascender
    and descender span exactly one em; ours for the rest: 12 % of the em below the baseline, the custom of CJK fonts.
    """
    em = font["head"].unitsPerEm
    base = _base_ideographic(font)
    if base is not None and -em / 2 <= base <= 0:
        return base
    heights = []
    if "OS/2" in font:
        heights.append((font["OS/2"].sTypoAscender, font["OS/2"].sTypoDescender))
    if "hhea" in font:
        heights.append((font["hhea"].ascent, font["hhea"].descent))
    for ascender, descender in heights:
        if ascender - descender == em and -em / 2 <= descender <= 0:
            return float(descender)
    return -0.12 * float(em)


def _base_ideographic(font: Any) -> float | None:
    axis = getattr(font["BASE"].table, "HorizAxis", None) if "BASE" in font else None
    if axis is None or axis.BaseTagList is None:
        return None
    tags = list(axis.BaseTagList.BaselineTag)
    for record in axis.BaseScriptList.BaseScriptRecord:
        values = record.BaseScript.BaseValues
        if "ideo" in tags and values is not None:
            return float(values.BaseCoord[tags.index("ideo")].Coordinate)
    return None


def _full_name(font: Any) -> str:
    name = font["name"]
    return str(name.getBestFullName() or name.getDebugName(6) or "unnamed")
