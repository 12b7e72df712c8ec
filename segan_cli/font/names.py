"""Names: of glyphs, as editors know them, and of the font, in English, Chinese and Japanese."""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from fontTools import agl

from segan_cli.errors import UsageError
from segan_cli.font.spec import FontSpec

ENGLISH: Final = 0x409
SIMPLIFIED_CHINESE: Final = 0x804
TRADITIONAL_CHINESE: Final = 0x404
JAPANESE: Final = 0x411
"""Windows language ids. Never BCP-47 strings: a name in one of those brings an `ltag` table, which checkers refuse."""

WEIGHTS: Final = {
    "thin": 100, "hairline": 100, "extralight": 200, "ultralight": 200, "light": 300, "regular": 400, "normal": 400,
    "book": 400, "medium": 500, "semibold": 600, "demibold": 600, "bold": 700, "extrabold": 800, "ultrabold": 800,
    "black": 900, "heavy": 900,
}  # fmt: skip
"""usWeightClass by style word (OpenType, OS/2)."""


FAMILY_LIMIT: Final = 31
"""Longest family name (name id 1) that every program of Windows takes: GDI's LOGFONT holds 32 letters with the last a zero."""

LONGEST_NAMES: Final = 0xFFFF
"""Bytes of all texts of a font together."""

RIBBI: Final = ("Regular", "Bold", "Italic", "Bold Italic")
"""The four styles that every program links into one family."""


def glyph_name(char: str) -> str:
    """The name that Glyphs, FontForge and Adobe's tools read back as `char`.

    Returns:
        The Adobe name for Latin (`A`, `parenleft`), `uni6C38` in the BMP, `u20000` beyond.

    Source: Adobe Glyph List For New Fonts; AGL specification, section 2.
    """
    name = agl.UV2AGL.get(ord(char), "")
    if name and agl.AGL2UV.get(name) == ord(char) and ord(char) < 0x2100:
        return str(name)
    return f"uni{ord(char):04X}" if ord(char) < 0x10000 else f"u{ord(char):X}"


def postscript_name(spec: FontSpec) -> str:
    """`Family-Style` with the letters that PostScript allows.

    Raises:
        UsageError: nothing is left of the family name, or it is longer than 63 characters.

    Source: OpenType, `name` table, name id 6.
    """
    family, style = (re.sub(r"[^!-~]|[\[\](){}<>/%\-]", "", part) for part in (spec.family, spec.style_name))
    if not family:
        raise UsageError(
            f"The family name {spec.family!r} has no Latin letter or digit, and fonts need one for their PostScript name. "
            "Give a Latin --family and the Chinese name as --family-zh."
        )
    name = f"{family}-{style or 'Regular'}"
    if len(name) > 63:
        raise UsageError(
            f"The PostScript name {name!r} has {len(name)} characters; 63 is the limit. Shorten the family name."
        )
    return name


def check_names(spec: FontSpec) -> None:
    """Refuse names that no font can carry, before the long work.

    Raises:
        UsageError: no PostScript name can be made, or all names together are longer than the `name` table can hold.

    Source: OpenType, `name` table: offsets are of 16 bits, texts in UTF-16.
    """
    texts = {text for text, _, _ in name_records(spec)}
    total = sum(len(text.encode("utf-16-be")) for text in texts)
    if total > LONGEST_NAMES:
        longest = max(dataclasses.asdict(spec).items(), key=lambda item: len(str(item[1])))[0]
        raise UsageError(
            f"The font's names and texts have {total:,} bytes together; {LONGEST_NAMES:,} are the limit. Shorten {longest}, for "
            "instance to the address where the whole text stands."
        )


def weight_class(spec: FontSpec) -> int:
    """usWeightClass: the first weight word in the style name, else 400."""
    words = re.sub(r"(?i)(extra|ultra|semi|demi)[ -]+", r"\1", spec.style_name).lower().split()
    return next((WEIGHTS[word] for word in words if word in WEIGHTS), 400)


def is_bold(spec: FontSpec) -> bool:
    """Whether the style is the family's Bold."""
    return spec.style_name.lower() in ("bold", "bold italic")


def name_records(spec: FontSpec) -> list[tuple[str, int, int]]:
    """All records of the `name` table, for Windows (platform 3, encoding 1).

    Returns:
        (text, name id, language id), without empty texts.

    Source: OpenType, `name` table; ids 16 and 17 only for styles beyond Regular, Bold, Italic and Bold Italic.
    """
    asian = (
        (SIMPLIFIED_CHINESE, spec.family_zh),
        (TRADITIONAL_CHINESE, spec.family_zh_hant or spec.family_zh),
        (JAPANESE, spec.family_ja),
    )
    families = [(ENGLISH, spec.family), *((language, family) for language, family in asian if family)]
    records = [(text, name_id, ENGLISH) for name_id, text in _about(spec).items()]
    for language, family in families:
        records += [(text, name_id, language) for name_id, text in _family(spec, family).items()]
    return sorted({record for record in records if record[0]}, key=lambda record: (record[2], record[1]))


def long_names(spec: FontSpec) -> list[str]:
    """Family names (name id 1) above `FAMILY_LIMIT`."""
    names = [text for text, name_id, _ in name_records(spec) if name_id == 1 and len(text) > FAMILY_LIMIT]
    return list(dict.fromkeys(names))


def _about(spec: FontSpec) -> dict[int, str]:
    """What is said in English only."""
    postscript = postscript_name(spec)
    return {
        0: spec.copyright,
        3: f"{spec.version};{spec.vendor.strip()};{postscript}",
        5: f"Version {spec.version}",
        6: postscript,
        8: spec.manufacturer,
        9: spec.designer,
        10: spec.description,
        11: spec.manufacturer_url,
        12: spec.designer_url,
        13: spec.license_text,
        14: spec.license_address,
        19: spec.sample_text,
    }


def _family(spec: FontSpec, family: str) -> dict[int, str]:
    """Family, style and full name in one language."""
    full = {4: f"{family} {spec.style_name}"}
    if spec.style_name in RIBBI:
        return full | {1: family, 2: spec.style_name}
    upright = re.sub(r"(?i)\s*\b(italic|oblique)\b", "", spec.style_name).strip()
    linked = "Italic" if spec.is_italic else "Regular"
    return full | {1: f"{family} {upright}".strip(), 2: linked, 16: family, 17: spec.style_name}
