"""The proof as one HTML page that needs nothing else: the font, the style and the script are inside."""

from __future__ import annotations

import base64
import json
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from segan_cli import __version__
from segan_cli.glyph import code_point
from segan_cli.proof.proof_font import ProofFont, ProofGlyph
from segan_cli.proof.samples import is_full_width
from segan_cli.proof.verdicts import ORIGINS, Verdicts
from segan_cli.proof.webfont import pack_webfont

if TYPE_CHECKING:
    from segan_cli.proof.proof import Proof


def draw_page(proof: Proof) -> list[bytes]:
    """Draw the page.

    Args:
        proof: the font, what is known about its glyphs, and the texts to set.

    Returns:
        One UTF-8 HTML file with the whole font in it as WOFF2; it loads nothing from elsewhere.
    """
    font = proof.font
    parts = {
        "VERSION": __version__,
        "TITLE": escape(font.names.family),
        "FILE": escape(font.path.name),
        "HEADLINE_COUNT": f"{_width(proof.specimen.headline):.2f}",
        "NAME": _name(font),
        "FACTS": _facts(proof),
        "FOOTER": escape(
            f"Proof of {font.path.name}, made by segan {__version__}. The font is embedded whole; nothing is loaded from a network."
        ),
        "STYLE": _template("page.css"),
        "SCRIPT": _template("page.js"),
        "DATA": _json(_data(proof)),
        "FONT": base64.b64encode(pack_webfont(font.tables())).decode("ascii"),
    }
    pieces = _template("page.html").split("@@")
    filled = [parts[piece] if number % 2 else piece for number, piece in enumerate(pieces)]
    return ["".join(filled).encode("utf-8")]


def _template(name: str) -> str:
    return files("segan_cli.proof").joinpath(f"templates/{name}").read_text(encoding="utf-8")


def _json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return (
        json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        .replace("<", "\\u003c")
        .replace("\u2028", "\\u2028")
    )


def _width(text: str) -> float:
    """Width of the text in ems, Latin letters counted as half."""
    return max(1.0, sum(1.0 if is_full_width(char) else 0.58 for char in text))


def _name(font: ProofFont) -> str:
    chinese = f' <span lang="zh">{escape(font.names.family_zh)}</span>' if font.names.family_zh else ""
    return f'{escape(font.names.family)}{chinese} <span class="style">{escape(font.names.style)}</span>'


def _facts(proof: Proof) -> str:
    font, verdicts = proof.font, proof.verdicts
    metrics = font.metrics
    rows = [
        ("Version", font.names.version, ""),
        ("Characters", f"{len(font.glyphs):,}", ""),
        ("Glyphs", f"{font.glyph_count:,}", ""),
        ("Suspect", f"{len(verdicts.suspect):,}" if verdicts.known else "", ""),
        ("Missing", f"{len(verdicts.missing):,}", ""),
        ("Units per em", f"{metrics.units_per_em:,}", ""),
        ("Em box", f"{metrics.em_top} … {metrics.em_bottom}".replace("-", "−"), ""),
        ("Line", f"{metrics.ascender} … {metrics.descender}".replace("-", "−"), ""),
        (
            "File",
            f"{font.kind}, {font.file_size / 1e6:.1f} MB"
            if font.file_size >= 1e5
            else f"{font.kind}, {font.file_size / 1e3:.1f} kB",
            "",
        ),
        ("Designer", font.names.designer, ""),
        ("Copyright", font.names.copyright, "wide"),
        ("Licence", _licence(font), "wide"),
    ]
    return "".join(
        f'<div class="{style}"><dt>{name}</dt><dd>{_linked(font, value)}</dd></div>'
        for name, value, style in rows
        if value
    )


def _licence(font: ProofFont) -> str:
    text = font.names.license
    return (text if len(text) <= 160 else text[:159].rsplit(" ", 1)[0] + "…") or font.names.license_url


def _linked(font: ProofFont, value: str) -> str:
    url = font.names.license_url
    if value == _licence(font) and url.startswith(("https://", "http://")):
        return f'<a href="{escape(url)}" rel="noreferrer">{escape(value)}</a>'
    return escape(value)


def _data(proof: Proof) -> dict[str, Any]:
    font, verdicts, specimen = proof.font, proof.verdicts, proof.specimen
    metrics = font.metrics
    reasons = {
        reason: number
        for number, reason in enumerate(dict.fromkeys(r for found in verdicts.suspect.values() for r in found))
    }
    return {
        "known": verdicts.known,
        "origins": ["", *ORIGINS],
        "reasons": list(reasons),
        "glyphs": [_row(glyph, verdicts, reasons) for glyph in font.glyphs],
        "missing": [[ord(char), 0, None, 0, [], cause] for char, cause in sorted(verdicts.missing.items())],
        "metrics": {"unitsPerEm": metrics.units_per_em, "emTop": metrics.em_top, "emBottom": metrics.em_bottom},
        "headline": specimen.headline,
        "seal": seal_text(font, specimen.headline),
        "waterfall": specimen.waterfall,
        "own": specimen.horizontal[0].text if specimen.horizontal[0].title == "Your text" else "",
        "horizontal": [_sample(sample) for sample in specimen.horizontal],
        "vertical": [_sample(sample) for sample in specimen.vertical],
        "lines": list(specimen.lines),
    }


def _row(glyph: ProofGlyph, verdicts: Verdicts, reasons: dict[str, int]) -> list[Any]:
    origin = verdicts.origin.get(glyph.char, "")
    number = 1 + ORIGINS.index(origin) if origin in ORIGINS else 0
    return [
        ord(glyph.char),
        glyph.advance,
        glyph.bounds,
        number,
        [reasons[reason] for reason in verdicts.suspect.get(glyph.char, ())],
    ]


def _sample(sample: Any) -> dict[str, str]:
    return {"lang": sample.lang, "title": sample.title, "by": sample.by, "text": sample.text}


def seal_text(font: ProofFont, headline: str) -> str:
    """One to four characters for the vermilion seal: the headline's ideographs, else one that the font draws well."""
    ideographs = [char for char in headline if is_full_width(char)]
    if ideographs:
        return "".join(ideographs[:4])
    inked = [glyph.char for glyph in font.glyphs if glyph.bounds]
    others = [char for char in "永書书字" if char in inked] or [char for char in inked if is_full_width(char)]
    return (others or [char for char in headline if char in inked] or inked)[0]


def describe_counts(proof: Proof) -> str:
    """One line of counts for the head of a sheet or a page."""
    font, verdicts = proof.font, proof.verdicts
    parts = [f"{len(font.glyphs):,} characters"]
    if verdicts.known:
        parts += [f"{verdicts.count(origin):,} {origin}" for origin in ORIGINS if verdicts.count(origin)]
        parts.append(f"{len(verdicts.suspect):,} suspect")
    parts.append(f"{len(verdicts.missing):,} missing")
    return " · ".join(parts)


def shorten(char: str) -> str:
    """The character's code point without its prefix, for narrow labels: `6C38`."""
    return code_point(char)[2:]
