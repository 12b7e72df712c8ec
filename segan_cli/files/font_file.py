"""The one door to the bytes of font files: sizes are limited, packed ones are measured before they are unpacked.

fontTools and FreeType raise nearly everything on damaged data. Whoever reads a font's tables or draws its glyphs does so
inside `reading_font`, which makes one sentence of it.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

from segan_cli.errors import SeganError, UsageError
from segan_cli.files.plain import foreign_kind, read_plain

FONT_SUFFIXES = frozenset({".ttf", ".otf", ".ttc", ".otc", ".woff", ".woff2"})

LARGEST_FONT = 256 << 20
"""Bytes of the file; the largest collections of Chinese fonts have 120 million."""
LARGEST_UNPACKED = 512 << 20
"""Bytes that a WOFF or WOFF2 file may unpack to."""

_PIECE = 512
_PICTURE_TABLES = ("sbix", "CBDT", "EBDT", "bdat", "SVG ")
_WANTED = "A font is wanted here: a .ttf, .otf, .ttc, .woff or .woff2 file."
_PAGES = (b"<!doctype", b"<html", b"<?xml")


def kept_as_pictures(tables: Collection[str]) -> str:
    """A remark on a font that draws no outlines because its glyphs are pixels or drawings in colour; else nothing.

    Args:
        tables: the tags of its tables.
    """
    found = [tag.strip() for tag in _PICTURE_TABLES if tag in tables]
    return (
        f" Its glyphs are pictures (table {', '.join(found)}) and no outlines, which are needed here." if found else ""
    )


def read_font_bytes(path: Path) -> bytes:
    """The bytes of a font file; of a packed one, after a look at what it would unpack to.

    Raises:
        UsageError: not there, not readable, or too large.
    """
    with reading_font(path):
        data = read_plain(path, LARGEST_FONT + 1)
        if len(data) > LARGEST_FONT:
            raise UsageError(f"The font {path} is larger than {LARGEST_FONT >> 20} MiB. It is not opened.")
        if kind := foreign_kind(data):
            raise UsageError(
                f"{path} is {kind}. {_WANTED}{' Take it out of the archive.' if 'archive' in kind else ''}"
            )
        if data[:256].lstrip().lower().startswith(_PAGES):
            raise UsageError(f"{path} is a page of the web. {_WANTED} The page may be the one that its download is on.")
        if wrong := _wrong_with(data):
            raise UsageError(f"{path} is not a usable font: {wrong}. Get a fresh copy.")
        if data[:4] in (b"wOFF", b"wOF2"):
            size = _unpacked_woff(data) if data[:4] == b"wOFF" else _unpacked_woff2(data)
            if size > LARGEST_UNPACKED:
                raise UsageError(
                    f"The font {path} unpacks to more than {LARGEST_UNPACKED >> 20} MiB. It is not opened."
                )
    return data


@contextlib.contextmanager
def reading_font(path: Path | str, kind: type[SeganError] = UsageError) -> Iterator[None]:
    """Whatever a damaged font makes fontTools or FreeType raise becomes one clear sentence.

    Args:
        path: the font, for the message.
        kind: what is raised.

    Raises:
        SeganError: of that kind.
    """
    try:
        yield
    except SeganError:
        raise
    except OSError as error:
        raise kind(f"The font {path} cannot be read: {error.strerror or error}.") from error
    except Exception as error:
        reason = _reason(error)
        raise kind(
            f"{path} is not a usable font: it is damaged or of another kind ({reason}). Get a fresh copy."
        ) from error


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):  # of a table, most often
        return f"{error} is missing"
    said = next(iter(str(error).strip().splitlines()), "")[:200].removeprefix("FT_Exception:").strip()
    return (said[1:-1] if said.startswith("(") and said.endswith(")") else said) or type(error).__name__


def _wrong_with(data: bytes) -> str:
    """What a person sees at a glance who looks at the bytes: nothing, or half a download."""
    if not data:
        return "the file is empty"
    whole = _whole_size(data)
    return (
        f"it is cut off after {len(data):,} of {whole:,} bytes, as a download is that broke off"
        if len(data) < whole
        else ""
    )


def _whole_size(data: bytes) -> int:
    """Bytes that a font's own header says it has; 0 where it does not say."""
    if data[:4] in (b"wOFF", b"wOF2"):
        return int.from_bytes(data[8:12], "big") if len(data) >= 12 else 44
    if data[:4] not in (b"\0\1\0\0", b"true", b"OTTO"):
        return 0
    end = 12 + 16 * int.from_bytes(data[4:6], "big")
    if len(data) < end:
        return end
    tables = [struct.unpack(">4s4xII", data[at : at + 16]) for at in range(12, end, 16)]
    return max(
        (offset + length for tag, offset, length in tables if tag != b"DSIG"), default=0
    )  # signatures are often torn off


def _unpacked_woff(data: bytes) -> int:
    """Bytes of all tables unpacked, as far as the limit. Source: W3C WOFF 1.0, sections 3 and 4."""
    count: int = struct.unpack(">H", data[12:14])[0]
    total = 0
    for number in range(count):
        entry: tuple[int, int, int] = struct.unpack(">4xIII4x", data[44 + 20 * number : 64 + 20 * number])
        offset, packed, length = entry
        total += length
        if total > LARGEST_UNPACKED:
            return total
        if packed < length:
            unpacked = zlib.decompressobj().decompress(data[offset : offset + packed], length + 1)
            if len(unpacked) > length:
                raise ValueError("a table is larger than its directory says")
    return total


def _unpacked_woff2(data: bytes) -> int:
    """Bytes of the unpacked stream, as far as the limit. Source: W3C WOFF 2.0, section 4.1: the stream ends the file's font part."""
    import brotli

    flavor, size, packed = data[4:8], *struct.unpack(">I", data[16:20]), *struct.unpack(">I", data[20:24])
    if flavor == b"ttcf":
        raise ValueError("a collection in WOFF2")
    start = _woff2_stream(data)
    decoder, total = brotli.Decompressor(), 0
    stream = data[start : start + packed]
    for at in range(0, len(stream), _PIECE):
        total += len(decoder.process(stream[at : at + _PIECE]))
        if total > LARGEST_UNPACKED:
            return total
    return max(total, int(size))


def _woff2_stream(data: bytes) -> int:
    """Where the compressed stream begins: after the header and a directory whose entries have no fixed length."""
    count: int = struct.unpack(">H", data[12:14])[0]
    at = 48
    for _ in range(count):
        flags = data[at]
        at += 5 if flags & 0x3F == 0x3F else 1
        tag = data[at - 4 : at] if flags & 0x3F == 0x3F else b""
        transformed = flags >> 6 != 3 if flags & 0x3F in (10, 11) or tag in (b"glyf", b"loca") else flags >> 6 != 0
        for _ in range(2 if transformed else 1):
            while data[at] & 0x80:
                at += 1
            at += 1
    return at
