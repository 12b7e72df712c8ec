"""The source pack: a source font's glyphs as pictures in one small file, for machines without the font.

Layout: the line `segan-source-pack 1`, the header's length (uint32, little endian), the header (JSON: family, style, sha256
of the font, its licence, note, size_px, frame, glyphs), the coder's starting table (uint16), code points (uint32), offsets
(uint32, one more), then the coded pictures. Pictures are black and white at twice the size or more that networks take, so
that they turn grey when they shrink. Nothing in it is executed, and no pickle.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from segan_cli.config import from_mapping
from segan_cli.errors import GlyphError, SeganError, UsageError
from segan_cli.files.documents import cause_of, parse_json
from segan_cli.files.plain import read_plain
from segan_cli.files.writing import written_beside
from segan_cli.glyph import AS_DRAWN, Frame, GlyphRaster, Placement
from segan_cli.source.bitmap_coder import CONTEXTS, Table, decode, encode, trained_table
from segan_cli.source.folder_fit import to_canvas
from segan_cli.source.raster import render_glyph
from segan_cli.source.source_font import SourceFont

_MAGIC = b"segan-source-pack 1\n"
_TRAINING = 400
_LARGEST_SIDE = 1024
_LARGEST_HEADER = 1 << 20
_MOST_GLYPHS = 1 << 17


@dataclass(frozen=True, slots=True)
class PackHeader:
    """What a pack says about itself: the font that its pictures were drawn from, their canvas and their number."""

    family: str
    style: str
    sha256: str
    license: str
    size_px: int
    units_per_em: int
    descender: int
    glyphs: int
    note: str = ""


@dataclass(frozen=True)
class SourcePack:
    """An opened pack; glyphs are decoded when they are asked for, each alone.

    Args:
        path: the file.
        header: what the file says about itself.
        frame: the canvas of its pictures.
    """

    path: Path
    header: PackHeader
    frame: Frame
    _table: Table = field(repr=False)
    _codes: npt.NDArray[np.uint32] = field(repr=False)
    _offsets: npt.NDArray[np.uint32] = field(repr=False)
    _body: bytes = field(repr=False)

    @classmethod
    def open(cls, path: Path) -> SourcePack:
        """Open a pack.

        Raises:
            UsageError: not there, not a pack, or cut off.
        """
        try:
            return _opened(cls, path, read_plain(path))
        except OSError as error:
            raise UsageError(f"The source pack {path} cannot be read: {error.strerror or error}.") from error
        except (ValueError, UsageError) as error:
            raise UsageError(
                f"{path} is not a source pack, or it is damaged ({cause_of(error, path)}). Get the file again."
            ) from error

    @property
    def family(self) -> str:
        """The family of the font that the pictures were drawn from."""
        return self.header.family

    @property
    def sha256(self) -> str:
        """The SHA-256 of the font that the pictures were drawn from."""
        return self.header.sha256

    @property
    def description(self) -> str:
        """One line for a person."""
        return f"{self.family} {self.header.style}, {len(self._codes):,} glyphs ({self.path.name})"

    @cached_property
    def chars(self) -> tuple[str, ...]:
        """The characters, in code point order."""
        return tuple(map(chr, self._codes))

    def has(self, char: str) -> bool:
        """Whether the pack holds the character."""
        return self._index(char) is not None

    def render(self, char: str, frame: Frame, placement: Placement = AS_DRAWN) -> GlyphRaster:
        """The character on the canvas wanted, as `render_glyph` would draw it from the font.

        Raises:
            GlyphError: the pack does not hold the character.
        """
        index = self._index(char)
        if index is None:
            raise GlyphError(char, "draw", f"the source pack of {self.family} does not hold it.")
        size = self.frame.size_px
        data = self._body[self._offsets[index] : self._offsets[index + 1]]
        bits = decode(data, size, size, self._table)
        drop = self.frame.descender / self.frame.units_per_em - frame.descender / frame.units_per_em
        side = size / placement.scale
        left = size / 2 - placement.dx / 1000 * side - side / 2
        top = size / 2 + placement.dy / 1000 * side - side / 2 - drop * size
        ink = to_canvas(bits.astype(np.float32), (left, top, left + side, top + side), frame.size_px)
        return GlyphRaster(char, ink, frame)

    def _index(self, char: str) -> int | None:
        at = int(np.searchsorted(self._codes, ord(char)))
        return at if at < len(self._codes) and self._codes[at] == ord(char) else None


def write_pack(font: SourceFont, chars: Sequence[str], path: Path, *, size_px: int = 256) -> None:
    """Draw characters and write them as a pack.

    Args:
        font: the source font.
        chars: the characters; the font must draw all of them.
        path: the file.
        size_px: side of the black-and-white pictures, at most 1024; twice what networks take keeps their grey.

    Raises:
        GlyphError: the font does not draw a character.
        SeganError: no characters at all.
    """
    wanted = sorted(set(chars))
    if not wanted:
        raise SeganError("A source pack needs at least one character.")
    frame = Frame(size_px)

    def bits(char: str) -> npt.NDArray[np.uint8]:
        return (render_glyph(font, char, frame).ink >= 0.5).astype(np.uint8)

    table = trained_table([bits(char) for char in wanted[:: max(1, len(wanted) // _TRAINING)]])
    coded = [encode(bits(char), table) for char in wanted]
    offsets = np.cumsum([0, *map(len, coded)]).astype("<u4")
    codes = np.asarray([ord(char) for char in wanted], dtype="<u4")
    header = json.dumps(_header(font, frame, len(wanted)), ensure_ascii=False).encode()
    parts = [_MAGIC, len(header).to_bytes(4, "little"), header, table.astype("<u2").tobytes()]
    with written_beside(path) as beside:
        beside.write_bytes(b"".join([*parts, codes.tobytes(), offsets.tobytes(), *coded]))


def _header(font: SourceFont, frame: Frame, glyphs: int) -> dict[str, Any]:
    return {
        "family": font.family,
        "style": font.style,
        "sha256": font.sha256,
        "license": font.license,
        "note": "Pictures of this font's glyphs, under the font's own licence. A font made with them takes another name.",
        "size_px": frame.size_px,
        "units_per_em": frame.units_per_em,
        "descender": frame.descender,
        "glyphs": glyphs,
    }


def _opened(cls: type[SourcePack], path: Path, data: bytes) -> SourcePack:
    if not data.startswith(_MAGIC):
        raise ValueError("its first line is another one")
    start = len(_MAGIC) + 4
    end = start + int.from_bytes(data[start - 4 : start], "little")
    words = parse_json(data[start:end], "its header", largest=_LARGEST_HEADER)
    header = from_mapping(PackHeader, words, where="its header", others_may_be=True)
    frame, count = Frame(header.size_px, header.units_per_em, header.descender), header.glyphs
    if frame.size_px > _LARGEST_SIDE or not 0 < count <= _MOST_GLYPHS:
        raise ValueError("its canvas or its number of glyphs is out of range")
    table = np.frombuffer(data, "<u2", CONTEXTS, end)
    codes = np.frombuffer(data, "<u4", count, end + table.nbytes)
    offsets = np.frombuffer(data, "<u4", count + 1, end + table.nbytes + codes.nbytes)
    body = data[end + table.nbytes + codes.nbytes + offsets.nbytes :]
    if (np.diff(offsets.astype(np.int64)) < 0).any() or offsets[-1] != len(body):
        raise ValueError("it is cut off")
    if codes[-1] > 0x10FFFF or ((codes >= 0xD800) & (codes <= 0xDFFF)).any():
        raise ValueError("it names code points that are no characters")
    if (np.diff(codes.astype(np.int64)) <= 0).any() or (table < 32).any() or (table > 4064).any():
        raise ValueError("its tables are out of order")
    return cls(path, header, frame, table.astype(np.uint16), codes, offsets, body)
