"""A hand's glyph folder, made from a font: only the glyphs that are really its own.

Brush fonts map thousands of characters to blank glyphs, to one and the same picture, or to the box that stands for a
missing glyph. Such a picture teaches the wrong character, so it is left out, and the manifest says how many were.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from segan_cli.errors import GlyphError, UsageError
from segan_cli.files.documents import read_json
from segan_cli.files.plain import read_plain
from segan_cli.files.writing import write_json, written_beside
from segan_cli.glyph import Frame, GlyphRaster, code_point, is_han
from segan_cli.source.charset import parse_charset
from segan_cli.source.glyph_folder import write_frame, write_glyph
from segan_cli.source.raster import ink_box, render_glyph
from segan_cli.source.source_font import SourceFont

MANIFEST = "manifest.json"
UNFINISHED = ".unfinished"
"""A file that lies in the folder while this command writes there; it names the pictures that are its own."""
FORMAT = "segan hand 1"
COUNTED_SETS = ("gb2312", "gb2312-1", "jis-1", "jis-2")
FALLBACKS = "\ufffd\u25a1"
"""Characters whose picture stands for a missing glyph: the replacement character and the white square."""


@dataclass(frozen=True)
class HandGlyphs:
    """What a font holds of a hand.

    Args:
        font: the font.
        frame: the canvas.
        chars: the characters of its own glyphs, in code point order.
        left_out: character → why it is not among them.
        clipped: characters whose ink reaches beyond the canvas; they are moved, or shrunk, to lie inside.
    """

    font: SourceFont
    frame: Frame
    chars: tuple[str, ...]
    left_out: dict[str, str]
    clipped: tuple[str, ...]

    def glyphs(self) -> Iterator[GlyphRaster]:
        """The glyphs, drawn one by one: thousands of pictures at once would fill the memory."""
        return (render_glyph(self.font, char, self.frame, overflow="inside") for char in self.chars)


def hand_glyphs(
    font: SourceFont, chars: Sequence[str], frame: Frame, advance: Callable[[int], None] = lambda steps: None
) -> HandGlyphs:
    """Find a font's own glyphs of `chars`.

    Args:
        font: the hand's font.
        chars: the characters wanted.
        frame: the canvas.
        advance: told how many characters are done since its last call.

    Returns:
        The glyphs, without those that the font lacks, maps to blank, draws as the box for a missing glyph, or draws
        alike for several characters. Of compatibility forms with one picture, the unified character keeps it.
    """
    drawn: dict[str, bytes] = {}
    left_out: dict[str, str] = {}
    clipped: list[str] = []
    for char in sorted(set(chars)):
        advance(1)
        try:
            drawn[char] = _picture(render_glyph(font, char, frame, overflow="inside"))
        except GlyphError:
            left_out[char] = "blank" if font.maps(char) else "not in the font"
            continue
        if ink_box(font, char, frame).overflow > 0:
            clipped.append(char)
    left_out |= _fallbacks(font, drawn, frame)
    left_out |= _shared({char: picture for char, picture in drawn.items() if char not in left_out})
    kept = tuple(char for char in drawn if char not in left_out)
    return HandGlyphs(font, frame, kept, left_out, tuple(char for char in clipped if char not in left_out))


def without(hand: HandGlyphs, chars: Sequence[str], why: str) -> HandGlyphs:
    """The same hand with some more characters left out."""
    out = set(chars)
    kept = tuple(char for char in hand.chars if char not in out)
    return replace(hand, chars=kept, left_out=hand.left_out | dict.fromkeys(sorted(out), why))


def han_of(font: SourceFont) -> tuple[str, ...]:
    """The Han characters that a font maps, blank ones too."""
    return tuple(char for char in font.mapped if is_han(char))


def write_hand(
    hand: HandGlyphs,
    folder: Path,
    *,
    name: str,
    license: str = "",
    suspects: Sequence[dict[str, Any]] = (),
    advance: Callable[[int], None] = lambda steps: None,
) -> dict[str, Any]:
    """Write a hand as a glyph folder with `frame.json` and `manifest.json`.

    Args:
        hand: the glyphs.
        folder: where to; an earlier result of this command is replaced.
        name: the hand's name, such as "kouzan-gyosho".
        license: of the font, where its own tables do not say it.
        suspects: glyphs that are read as another character, for the manifest.
        advance: told how many glyphs are written since its last call.

    Returns:
        The manifest.

    Raises:
        UsageError: the folder holds pictures that did not come from this command; or no glyph is left.
    """
    if not hand.chars:
        reasons = ", ".join(f"{count} {why}" for why, count in Counter(hand.left_out.values()).most_common())
        raise UsageError(
            f"{hand.font.family} has no glyph of its own among the characters asked for ({reasons or 'none was asked for'}); "
            "nothing to write."
        )
    names = {f"{code_point(char)}.png" for char in hand.chars}
    stale = _earlier_glyphs(folder) - names
    with written_beside(folder / UNFINISHED) as beside:
        beside.write_text("\n".join(sorted(names | stale)), encoding="utf-8", errors="replace")
    (folder / MANIFEST).unlink(missing_ok=True)
    for raster in hand.glyphs():
        write_glyph(raster, folder)
        advance(1)
    for file in stale:
        (folder / file).unlink(missing_ok=True)
    write_frame(hand.frame, folder)
    manifest = _manifest(hand, name, license, suspects)
    write_json(folder / MANIFEST, manifest)
    (folder / UNFINISHED).unlink()
    return manifest


def _manifest(hand: HandGlyphs, name: str, license: str, suspects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    font = hand.font
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for char, why in hand.left_out.items():
        reasons[why].append(char)
    kept = set(hand.chars)
    return {
        "format": FORMAT,
        "name": name,
        "font": {"family": font.family, "style": font.style, "file": font.path.name, "sha256": font.sha256},
        "license": license or font.license or "unknown: look into the font's package before you share its pictures",
        "glyphs": len(hand.chars),
        "counts": {charset: len(kept.intersection(parse_charset(charset))) for charset in COUNTED_SETS},
        "left_out_counts": dict(Counter(hand.left_out.values())),
        "left_out": {why: "".join(chars) for why, chars in reasons.items() if why != "not in the font"},
        "moved_inside": "".join(hand.clipped),
        "suspects": list(suspects),
    }


def _fallbacks(font: SourceFont, drawn: dict[str, bytes], frame: Frame) -> dict[str, str]:
    """Characters drawn as the font draws a missing glyph; what it maps to `.notdef` itself never counts as mapped."""
    shown = [char for char in FALLBACKS if font.has(char)]
    boxes = {_picture(render_glyph(font, char, frame, overflow="inside")) for char in shown}
    return {char: "fallback" for char, picture in drawn.items() if char not in FALLBACKS and picture in boxes}


def _shared(drawn: dict[str, bytes]) -> dict[str, str]:
    """Characters whose picture another character has, too; a unified character keeps its compatibility forms' picture."""
    groups: defaultdict[bytes, list[str]] = defaultdict(list)
    for char, picture in drawn.items():
        groups[picture].append(char)
    left_out: dict[str, str] = {}
    for chars in groups.values():
        unified = {unicodedata.normalize("NFKC", char) for char in chars}
        spared = unified.intersection(chars) if len(unified) == 1 else set()
        if len(chars) > 1:
            left_out |= dict.fromkeys((char for char in chars if char not in spared), "shared")
    return left_out


def _picture(raster: GlyphRaster) -> bytes:
    return hashlib.sha256(np.packbits(raster.ink >= 0.5).tobytes()).digest()


def _earlier_glyphs(folder: Path) -> set[str]:
    """Glyph files of an earlier run of this command; pictures of anyone else are refused."""
    found = {file.name for file in folder.glob("U+*.png")} if folder.is_dir() else set()
    if not found:
        return found
    try:
        if (folder / UNFINISHED).exists():
            ours = found <= set(read_plain(folder / UNFINISHED).decode().split())
        else:
            words = read_json(folder / MANIFEST)
            ours = isinstance(words, dict) and words.get("format") == FORMAT
    except (OSError, ValueError, UsageError):
        ours = False
    if not ours:
        raise UsageError(f"{folder} holds {len(found)} glyphs that did not come from a font. Choose another --out.")
    return found
