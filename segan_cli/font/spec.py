"""What a designer says about a font: names, licence, version, embedding, lines, whose punctuation."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields
from typing import Final

from segan_cli.config import setting
from segan_cli.font.region import REGIONS

OFL: Final = (
    "This Font Software is licensed under the SIL Open Font License, Version 1.1. "
    "This license is available with a FAQ at: https://openfontlicense.org"
)
CC0: Final = "To the extent possible under law, the designer has waived all copyright to this font (CC0 1.0)."

LICENSES: Final = {
    "OFL-1.1": (OFL, "https://openfontlicense.org"),
    "CC0-1.0": (CC0, "https://creativecommons.org/publicdomain/zero/1.0/"),
}
"""Short names for a licence: its text and its address in the font."""

EMBEDDING: Final = {"installable": 0, "restricted": 2, "preview": 4, "editable": 8}
"""OS/2 fsType by word."""


@dataclass(frozen=True, slots=True)
class FontSpec:
    """A font's names, rights and lines; the keys of the table `font` in `font.toml`."""

    family: str = setting("Segan Brush", "family name in Latin letters")
    style_name: str = setting("Regular", "style name, for example Regular, Bold, Light")
    italic_angle: float = setting(
        0.0,
        "slant of a style called Italic or Oblique, degrees, below 0 to the right: -12; 0: the base font's, if it has one",
        low=-45.0,
        high=45.0,
    )
    family_zh: str = setting("", "family name in simplified Chinese; empty: none")
    family_ja: str = setting("", "family name in Japanese; empty: none")
    family_zh_hant: str = setting("", "family name in traditional Chinese; empty: as family_zh")
    designer: str = setting("", "who wrote or designed the glyphs")
    designer_url: str = setting("", "the designer's address on the web")
    manufacturer: str = setting("", "the foundry")
    manufacturer_url: str = setting("", "the foundry's address on the web")
    copyright: str = setting("", "copyright line, for example Copyright 2026 The Hanmo Project Authors")
    license: str = setting("", "licence text, or OFL-1.1 or CC0-1.0 for the usual text")
    license_url: str = setting("", "the licence's address on the web")
    version: str = setting("1.000", "version, digits and a point: 1.000")
    vendor: str = setting("NONE", "the foundry's four-letter id registered with Microsoft")
    description: str = setting("", "what the font is, one paragraph")
    sample_text: str = setting("", "text that font managers show")
    region: str = setting(
        "auto", "whose punctuation rules: mainland China, Taiwan, Japan; auto asks the characters", choices=REGIONS
    )
    line_height: float = setting(1.3, "height of a line in ems, whatever glyphs are in the font", low=1.0, high=2.0)
    line_metrics: str = setting(
        "equal",
        "equal: typo, hhea and win alike; cjk: typo is the em box, as Source Han and Google Fonts have it",
        choices=("equal", "cjk"),
    )
    subroutines: bool = setting(True, "OTF with subroutines: a tenth smaller, ten seconds longer for a thousand glyphs")
    embedding: str = setting("installable", "embedding right", choices=tuple(EMBEDDING))

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str) and (wrong := _unprintable(value)):
                raise ValueError(f"{field.name} holds {wrong}, which no font can carry; take it out.")
        if not self.family.strip():
            raise ValueError("family is empty; give the font a name.")
        if not re.fullmatch(r"\d{1,4}\.\d{1,3}", self.version):
            raise ValueError(f"version is {self.version!r}; write digits, a point and up to three digits, like 1.000.")
        if not re.fullmatch(r"[ -~]{1,4}", self.vendor):
            raise ValueError(f"vendor is {self.vendor!r}; a vendor id has one to four ASCII characters.")

        if self.italic_angle and not self.is_italic:
            raise ValueError(
                f"italic_angle is {self.italic_angle:g}, but the style is called {self.style_name!r}, which is upright. "
                'Call it Italic or Oblique (style_name = "Italic"), or take the angle out.'
            )

    @property
    def is_italic(self) -> bool:
        """Whether the style name says that the font slants."""
        return bool(re.search(r"(?i)\b(italic|oblique)\b", self.style_name))

    @property
    def license_text(self) -> str:
        """The licence as the font carries it."""
        return LICENSES[self.license][0] if self.license in LICENSES else self.license

    @property
    def license_address(self) -> str:
        """The licence's address as the font carries it."""
        return self.license_url or LICENSES.get(self.license, ("", ""))[1]

    @property
    def fs_type(self) -> int:
        """OS/2 fsType."""
        return EMBEDDING[self.embedding]


def _unprintable(text: str) -> str:
    """The first control character or half surrogate pair, by its code; lines may end."""
    for char in text:
        if unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\r\t":
            kind = "half a surrogate pair" if unicodedata.category(char) == "Cs" else "the control character"
            return f"{kind} U+{ord(char):04X}"
    return ""
