"""Damage: what disks, killed programs, editors and people who mean harm make of a file. The same seed makes the same damage."""

from __future__ import annotations

import io
import json
import random
import string
import zipfile
from typing import Any

NASTY_NUMBERS = (0, -1, 1, 2**31, 2**32, 2**63, -(2**63), 10**30, 65535, 65536, 1e308, -1e308, 0.1, 1e-320)
NASTY_TEXTS = (
    "",
    "../../escaped",
    "/tmp/escaped",
    "a\x00b",
    "\x1b[31m\x1b]52;c;aGk=\x07",
    "\u202e",
    "永" * 3000,
    "NaN",
    "U+110000",
    "U+D800",
    "U+6C38",
    "-" * 40,
    ".",
    "CON",
)
RAW_TEXTS = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "9" * 5000,
    "[" * 100_000,
    '{"a":' * 5000,
    '"\\ud800"',
    "null",
    "true",
)
NASTY_BYTES = (
    b"\x00",
    b"\xff",
    b"\x80",
    b"\x7f",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x00",
    b"\x80\x00\x00\x00",
    b"\x7f\xff\xff\xff",
)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One damaged form of a file, of the kind that suits it."""
    kinds = [damaged_bytes, damaged_bytes]
    if data[:2] == b"PK":
        kinds += [damaged_zip, damaged_zip]
    elif data[:1] in (b"{", b"["):
        kinds += [damaged_json, damaged_json, damaged_json, damaged_text]
    elif b"\0" not in data[:2000]:
        kinds += [damaged_text, damaged_text]
    elif b"{" in data[:64]:  # a header of JSON inside a binary file
        kinds.append(damaged_header)
    return chance.choice(kinds)(data, chance)


def damaged_bytes(data: bytes, chance: random.Random) -> bytes:
    """Bits flipped, bytes set, pieces cut, doubled, moved or zeroed; once or several times, often near the beginning."""
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 16))):
        if not out:
            break
        at = _place(len(out), chance)
        length = min(chance.choice((1, 2, 4, 16, 256, 4096)), len(out) - at)
        what = chance.randrange(8)
        if what == 0:
            out[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            nasty = chance.choice(NASTY_BYTES)
            out[at : at + len(nasty)] = nasty
        elif what == 2:
            del out[at:]
        elif what == 3:
            del out[at : at + length]
        elif what == 4:
            out[at:at] = out[at : at + length]
        elif what == 5:
            out[at : at + length] = bytes(length)
        elif what == 6:
            out[at : at + length] = chance.randbytes(length)
        else:
            other = _place(len(out), chance)
            out[at : at + length] = out[other : other + length]
    return bytes(out)


def damaged_text(data: bytes, chance: random.Random) -> bytes:
    """Lines lost, doubled or swapped; a value replaced by what nobody expects; another encoding."""
    text = data.decode("utf-8", "replace")
    what = chance.randrange(6)
    lines = text.split("\n")
    at = chance.randrange(len(lines))
    if what == 0:
        del lines[at]
    elif what == 1:
        lines.insert(at, lines[chance.randrange(len(lines))])
    elif what == 2:
        other = chance.randrange(len(lines))
        lines[at], lines[other] = lines[other], lines[at]
    elif what == 3:
        head, sign, _ = lines[at].partition(chance.choice(("=", ":", " ")))
        lines[at] = head + sign + chance.choice((*RAW_TEXTS, *map(repr, NASTY_TEXTS), *map(str, NASTY_NUMBERS)))
    elif what == 4:
        lines[at] = "".join(chance.choice(string.printable) for _ in range(chance.randrange(200)))
    else:
        return text.encode(chance.choice(("utf-16", "gbk", "latin-1", "utf-32")), "replace")
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def damaged_json(data: bytes, chance: random.Random) -> bytes:
    """Values of other types, keys lost, renamed or added, at any depth; numbers and nesting that no file has."""
    try:
        lines = data.decode().splitlines() if data.count(b"\n{") else [data.decode()]
        at = chance.randrange(len(lines))
        values = json.loads(lines[at])
    except (ValueError, RecursionError):
        return damaged_text(data, chance)
    for _ in range(chance.choice((1, 1, 2, 5))):
        values = _with_other_value(values, chance)
    text = json.dumps(values, ensure_ascii=chance.random() < 0.5)
    if chance.random() < 0.3:
        text = text.replace('"@"', chance.choice(RAW_TEXTS), 1)
    lines[at] = text
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def damaged_zip(data: bytes, chance: random.Random) -> bytes:
    """Members damaged, renamed, doubled, lost, packed otherwise or blown up."""
    members = _members(data)
    if not members:
        return damaged_bytes(data, chance)
    at = chance.randrange(len(members)) if chance.random() < 0.6 else 0
    name, content = members[at]
    what = chance.randrange(6)
    if what == 0:
        members[at] = name, mutated(content, chance)
    elif what == 1:
        members[at] = chance.choice((*NASTY_TEXTS, f"../{name}", f"/{name}", name.replace("/", "\\"))) or "x", content
    elif what == 2:
        del members[at]
    elif what == 3:
        members.append((f"{name}.png", content))
    elif what == 4:
        members[at] = name, bytes(chance.choice((1 << 10, 1 << 24)))
    out = io.BytesIO()
    how = chance.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA))
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name.replace("\0", "")), content, compress_type=how)
    return out.getvalue() if what != 5 else damaged_bytes(out.getvalue(), chance)


def damaged_header(data: bytes, chance: random.Random) -> bytes:
    """The JSON at the beginning of a binary file, damaged as JSON, with its length put right or not."""
    start, depth, end = data.index(b"{"), 0, 0
    for at in range(start, len(data)):
        depth += (data[at : at + 1] == b"{") - (data[at : at + 1] == b"}")
        if depth == 0:
            end = at + 1
            break
    header = damaged_json(data[start:end], chance)
    head = bytearray(data[:start])
    if chance.random() < 0.8 and start >= 4:
        width = 8 if start == 8 else 4
        head[-width:] = len(header).to_bytes(width, "little")
    return bytes(head) + header + data[end:]


def _members(data: bytes) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(name, archive.read(name)) for name in archive.namelist()]
    except zipfile.BadZipFile:
        return []


def _place(length: int, chance: random.Random) -> int:
    return chance.randrange(min(length, 600)) if chance.random() < 0.5 else chance.randrange(length)


def _with_other_value(values: Any, chance: random.Random) -> Any:
    if isinstance(values, dict) and values and chance.random() < 0.85:
        key = chance.choice(list(values))
        what = chance.randrange(8)
        if what == 0:
            return {name: value for name, value in values.items() if name != key}
        if what == 1:
            return {**values, chance.choice(NASTY_TEXTS): _nasty(chance)}
        if what == 2:
            return {chance.choice(NASTY_TEXTS) if name == key else name: value for name, value in values.items()}
        return {**values, key: _with_other_value(values[key], chance)}
    if isinstance(values, list) and values and chance.random() < 0.85:
        at = chance.randrange(len(values))
        if chance.random() < 0.2:
            return values[:at] + values[at + 1 :] if chance.random() < 0.5 else [*values, _nasty(chance)]
        return [*values[:at], _with_other_value(values[at], chance), *values[at + 1 :]]
    return _nasty(chance)


def _nasty(chance: random.Random) -> Any:
    plain = (None, True, False, [], {}, [[]], {"a": 1}, "@", *NASTY_NUMBERS, *NASTY_TEXTS)
    return chance.choice((*plain, [_nasty(chance)] if chance.random() < 0.5 else "@"))
