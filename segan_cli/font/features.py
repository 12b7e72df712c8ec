"""Layout: vertical forms (GSUB `vert`, `vrt2`), baselines (BASE) and contextual spacing (GPOS `chws`, `vchw`)."""

from __future__ import annotations

import copy
import logging
import tempfile
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fontTools.feaLib.ast import asFea
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.otlLib.maxContextCalc import maxCtxFont
from fontTools.ttLib import TTFont, newTable

from segan_cli.font.compile import Flavor
from segan_cli.font.feature_text import FeatureText
from segan_cli.font.glyph_order import NOTDEF, PlacedGlyph, stand_ins
from segan_cli.font.layout_merge import merge_layout
from segan_cli.font.metrics import ASCENDER, DESCENDER, EM
from segan_cli.font.opentype import build_font
from segan_cli.font.region import Region
from segan_cli.font.spec import FontSpec

log = logging.getLogger(__name__)

SCRIPTS: Final = ("DFLT", "cyrl", "grek", "hani", "kana", "latn")

INSET: Final = 50
"""Distance of the ideographic character face from the em box (BASE `icfb`, `icft`): a twentieth of the em."""

SPACED: Final = frozenset(
    "四水城　〈〉《》「」『』【】〔〕〖〗〘〙〚〛〝〞〟（）［］｛｝｟｠‘’“”・、。，．：；！？()[]｢｣"
)
"""What chws_tool looks at: punctuation, and three ideographs that tell it the full width."""


def feature_code(placed: Sequence[PlacedGlyph], region: Region, base: FeatureText | None = None) -> str:
    """The features in Adobe's language, for the compiler here and for `features.fea` of a UFO.

    Args:
        placed: the font's glyphs.
        region: whose quotation marks stand in vertical lines.
        base: features of a base font that are to be among them.
    """
    base = base or FeatureText()
    lines = [f"languagesystem {script} dflt;" for script in SCRIPTS]
    lines += _dashes(placed)
    pairs = [(p.upright, p.name) for p in placed if p.upright] + stand_ins(placed, region)
    if pairs:
        lines += ["lookup vertical {", *(f"  sub {upright} by {turned};" for upright, turned in pairs), "} vertical;"]
        lines += [f"feature {tag} {{ lookup vertical; }} {tag};" for tag in ("vert", "vrt2")]
    return "\n".join([*lines, base.code, *_classes(placed, base.classes), *_baselines(), ""])


def _dashes(placed: Sequence[PlacedGlyph]) -> list[str]:
    """Two dashes become one of two ems, before anything else happens: `ccmp` is always on."""
    singles = {p.glyph.char: p.name for p in placed if p.form == "drawn" and p.glyph.doubled}
    doubles = [p for p in placed if p.form == "doubled"]
    rules = [f"  sub {singles[p.glyph.char]} {singles[p.glyph.char]} by {p.name};" for p in doubles]
    return ["feature ccmp {", *rules, "} ccmp;"] if rules else []


def _classes(placed: Sequence[PlacedGlyph], given: Mapping[str, int]) -> list[str]:
    """GDEF: which glyphs are combining accents or ligatures, and where the caret stands in a dash of two ems."""
    marks = [p.name for p in placed if any(unicodedata.combining(char) for char in p.chars)]
    doubles = [p for p in placed if p.form == "doubled"]
    kinds = {**dict.fromkeys((p.name for p in doubles), 2), **dict.fromkeys(marks, 3), **given}
    there = [(p.name, kinds[p.name]) for p in placed if p.name in kinds]
    sets = [" ".join(asFea(name) for name, kind in there if kind == wanted) for wanted in (1, 2, 3, 4)]
    classes = [f"  GlyphClassDef {', '.join(f'[{names}]' if names else '' for names in sets)};"]
    carets = [f"  LigatureCaretByPos {p.name} {p.glyph.advance // 2};" for p in doubles]
    return ["table GDEF {", *classes, *carets, "} GDEF;"] if there else []


def _baselines() -> list[str]:
    """BASE: character face bottom and top, em box edge, Latin baseline; along x for vertical lines."""
    flat = f"{DESCENDER + INSET} {ASCENDER - INSET} {DESCENDER} 0"
    upright = f"{INSET} {EM - INSET} 0 {-DESCENDER}"
    lines = ["table BASE {"]
    for axis, places in (("HorizAxis", flat), ("VertAxis", upright)):
        scripts = ", ".join(f"{script} {'romn' if script in _ALPHABETIC else 'ideo'} {places}" for script in SCRIPTS)
        lines += [f"  {axis}.BaseTagList icfb icft ideo romn;", f"  {axis}.BaseScriptList {scripts};"]
    return [*lines, "} BASE;"]


_ALPHABETIC: Final = ("cyrl", "grek", "latn")


def add_features(
    font: TTFont,
    placed: Sequence[PlacedGlyph],
    region: Region,
    spacing: TTFont | None,
    layouts: Sequence[TTFont] = (),
) -> None:
    """Compile the features into `font`.

    Args:
        font: from `opentype.build_font`.
        placed: its glyphs.
        region: whose quotation marks stand in vertical lines.
        spacing: from `contextual_spacing`.
        layouts: features of a base font, in this font's glyph names; used up.
    """
    addOpenTypeFeaturesFromString(font, feature_code(placed, region))
    if spacing is not None:
        font["GPOS"] = newTable("GPOS")
        font["GPOS"].table = copy.deepcopy(spacing["GPOS"].table)  # the other flavour needs it, too
    if layouts:
        merge_layout(font, layouts)
    font["OS/2"].usMaxContext = maxCtxFont(font)


def spaced_glyphs(placed: Sequence[PlacedGlyph]) -> list[PlacedGlyph]:
    """Punctuation with its vertical forms, and the ideographs that tell the full width: what `contextual_spacing` asks for."""
    few = [p for p in placed if p.name == NOTDEF or SPACED & set(p.chars)]
    upright = {p.name for p in few}
    return few + [p for p in placed if p.upright in upright]


def contextual_spacing(few: Sequence[PlacedGlyph], spec: FontSpec, flavor: Flavor, region: Region) -> TTFont | None:
    """Let chws_tool work on a small font of punctuation; its GPOS holds glyph names and so fits the whole font.

    Args:
        few: from `spaced_glyphs`, compiled for `flavor`.
        spec: names.
        flavor: of the small font.
        region: whose quotation marks stand in vertical lines.

    Returns:
        A font with `chws` and `vchw` in GPOS, or None where nothing can be set closer.
    """
    if len(few) < 4:
        return None
    font = build_font(few, spec, flavor)
    add_features(font, few, region, None)
    return spaced_font(font)


def spaced_font(font: TTFont) -> TTFont | None:
    """What chws_tool makes of a font of punctuation, glyphs named as there; None where nothing can be set closer."""
    from chws_tool import add_chws

    with tempfile.TemporaryDirectory(prefix="segan-") as folder:
        plain, spaced = Path(folder, "plain.otf"), Path(folder, "spaced.otf")
        font.save(plain)
        with _quiet("config", "build", "font", "shaper", "spacing", "test", "fontTools.ttLib.tables.otTables"):
            try:
                added = add_chws(plain, spaced)
            except Exception as error:  # glyphs of a damaged base font that the tool cannot set closer
                log.warning("The font has no contextual spacing of punctuation: %s", str(error) or type(error).__name__)
                return None
        if added is None:
            return None
        result = TTFont(spaced, lazy=False)
        result.setGlyphOrder(font.getGlyphOrder())  # `post` 3 has dropped the names, and GPOS is carried over by name
        result.ensureDecompiled(recurse=True)
        return result if "GPOS" in result else None


@contextmanager
def _quiet(*loggers: str) -> Iterator[None]:
    """Hold back warnings that mean nothing to a designer (the tool does not know this font's name yet)."""
    before = {name: logging.getLogger(name).level for name in loggers}
    for name in loggers:
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
