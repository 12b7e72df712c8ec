"""A WOFF2 file from a font's raw tables, in a fraction of a second.

fontTools rewrites every outline and packs at the highest level: half a minute for a Chinese font. A proof is looked at and
thrown away, so its outlines stay as they are (the format's null transform) and are packed at a middle level.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

_KNOWN_TAGS = (
    "cmap head hhea hmtx maxp name OS/2 post cvt_ fpgm glyf loca prep CFF_ VORG EBDT EBLC gasp hdmx kern LTSH PCLT VDMX vhea "
    "vmtx BASE GDEF GPOS GSUB EBSC JSTF MATH CBDT CBLC COLR CPAL SVG_ sbix acnt avar bdat bloc bsln cvar fdsc feat fmtx fvar "
    "gvar hsty just lcar mort morx opbd prop trak Zapf Silf Glat Gloc Feat Sill"
)
_TAG_NUMBER = {tag.replace("_", " "): number for number, tag in enumerate(_KNOWN_TAGS.split())}
_NULL_TRANSFORM = {"glyf": 3, "loca": 3}
_PACKING_LEVEL = 5


def pack_webfont(tables: Mapping[str, bytes]) -> bytes:
    """Pack raw tables as WOFF2.

    Args:
        tables: each table's bytes by its four-letter tag.

    Returns:
        A WOFF2 file whose every table unpacks to the same bytes.

    Source: W3C WOFF 2.0, sections 4.1 (header), 4.2 (table directory, null transform 3 for glyf and loca) and 5.
    """
    import brotli

    ordered = _loca_after_glyf(tables)
    body = brotli.compress(b"".join(tables[tag] for tag in ordered), mode=brotli.MODE_FONT, quality=_PACKING_LEVEL)
    directory = b"".join(_entry(tag, len(tables[tag])) for tag in ordered)
    length = 48 + len(directory) + len(body)
    padding = -length % 4
    flavor = b"OTTO" if "CFF " in tables else b"\0\1\0\0"
    plain_size = 12 + 16 * len(tables) + sum(len(table) + -len(table) % 4 for table in tables.values())
    header = struct.pack(
        ">4s4sIHHIIHHIIIII",
        *(b"wOF2", flavor, length + padding, len(ordered), 0, plain_size, len(body)),
        *(1, 0, 0, 0, 0, 0, 0),
    )
    return bytes(header + directory + body) + b"\0" * padding


def _loca_after_glyf(tables: Mapping[str, bytes]) -> list[str]:
    ordered = sorted(tag for tag in tables if tag not in ("loca", "DSIG"))
    if "glyf" in tables and "loca" in tables:
        ordered.insert(ordered.index("glyf") + 1, "loca")
    return ordered


def _entry(tag: str, length: int) -> bytes:
    number = _TAG_NUMBER.get(tag, 63)
    flags = bytes([number | _NULL_TRANSFORM.get(tag, 0) << 6])
    return flags + (tag.encode("latin-1") if number == 63 else b"") + _base128(length)


def _base128(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))
