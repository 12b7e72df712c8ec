"""Which texts a font is shown with: classical ones in the public domain, in the variant that it covers best."""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from segan_cli.proof.proof_font import ProofFont, is_invisible

_ENOUGH = 0.7
"""Ours: a text is shown when the font has at least this share of its characters."""
_OWN_CHARACTERS = 160
_HEADLINES = ("永字八法", "永和九年", "天地玄黃", "天地玄黄", "永", "Hand", "Ag")


@dataclass(frozen=True, slots=True)
class Sample:
    """A text to set: its language, title, author and the text itself."""

    lang: str
    title: str
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Specimen:
    """What the proof sets: texts for both directions, single lines, a headline and the waterfall's line."""

    horizontal: tuple[Sample, ...]
    vertical: tuple[Sample, ...]
    lines: tuple[str, ...]
    headline: str
    waterfall: str


def choose_specimen(font: ProofFont, own_text: str = "") -> Specimen:
    """Choose what to set in this font.

    Args:
        font: the font.
        own_text: the reader's own text; empty for the classical ones.

    Returns:
        Texts of which the font has most characters; a small font shows its own characters in their place.
    """
    drawn = {glyph.char for glyph in font.glyphs if glyph.bounds}
    stored = _stored()
    horizontal, vertical = (_fitting(stored["sample"], drawn, way) for way in ("horizontal", "vertical"))
    if own_text.strip():
        horizontal = vertical = (Sample("und", "Your text", "", own_text.strip()),)
    horizontal = horizontal or (_own_characters(font),)
    lines = tuple(line["text"] for line in stored["latin"] if coverage(line["text"], drawn) >= _ENOUGH)
    waterfall = own_text.strip().split("\n")[0][:40] or _waterfall(horizontal[0].text, drawn)
    return Specimen(horizontal, vertical or horizontal[:1], lines, _headline(font, drawn), waterfall)


def coverage(text: str, drawn: Collection[str]) -> float:
    """Share of the text's visible characters that the font draws, 0 to 1."""
    visible = [char for char in text if not is_invisible(char)]
    return sum(char in drawn for char in visible) / len(visible) if visible else 0.0


def stored_texts() -> list[str]:
    """The classical texts, as they stand."""
    return [str(sample["text"]) for sample in _stored()["sample"]]


def _stored() -> dict[str, Any]:
    return tomllib.loads(files("segan_cli.proof").joinpath("templates/samples.toml").read_text(encoding="utf-8"))


def _fitting(stored: list[dict[str, str]], drawn: Collection[str], direction: str) -> tuple[Sample, ...]:
    """Of each text's variants the one that the font covers best, if that is enough."""
    best: dict[str, tuple[float, Sample]] = {}
    for entry in stored:
        if entry["direction"] not in (direction, "both"):
            continue
        share = coverage(entry["text"], drawn)
        if share >= _ENOUGH and share > best.get(entry["group"], (0.0, None))[0]:
            best[entry["group"]] = share, Sample(entry["lang"], entry["title"], entry["by"], entry["text"])
    return tuple(sample for _, sample in best.values())


def is_full_width(char: str) -> bool:
    """Whether the character is written in one East Asian square: ideographs, kana, hangul."""
    code = ord(char)
    return 0x3041 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7A3 or 0xF900 <= code <= 0xFAFF or code >= 0x20000


def _own_characters(font: ProofFont) -> Sample:
    visible = [glyph.char for glyph in font.glyphs if glyph.bounds]
    chosen = (
        [char for char in visible if is_full_width(char)] or [char for char in visible if char.isalpha()] or visible
    )
    return Sample("und", "The font’s own characters", "", "".join(chosen[:_OWN_CHARACTERS]))


def _waterfall(text: str, drawn: Collection[str]) -> str:
    return "".join(char for char in text if char in drawn or is_invisible(char))[:32]


def _headline(font: ProofFont, drawn: Collection[str]) -> str:
    """The font's name if it can write it, the Chinese one first; else a few characters that it has."""
    for name in (font.names.family_zh, font.names.family, *_HEADLINES):
        if name and coverage(name, drawn) == 1.0:
            return name
    return _own_characters(font).text[:4]
