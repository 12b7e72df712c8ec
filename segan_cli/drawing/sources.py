"""Where source glyphs come from: the source pack that is shipped, and a font for what the pack lacks."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from segan_cli.errors import GlyphError, SeganError
from segan_cli.generator.manifest import SourceFontName
from segan_cli.glyph import Frame, GlyphRaster, Ink, Placement
from segan_cli.models_folder import models_folder

if TYPE_CHECKING:
    from segan_cli.source.source_font import SourceFont
    from segan_cli.source.source_pack import SourcePack


class Source(Protocol):
    """Something that source glyphs are drawn from; threads share it."""

    @property
    def name(self) -> str:
        """Name and hash, for the report."""

    def has(self, char: str) -> bool:
        """Whether it has the character, with ink."""

    def render(self, char: str, frame: Frame, fit: Placement, weight: float = 0.0) -> GlyphRaster:
        """Draw a character in the hand's place, `weight` thousandths of the em bolder; raises GlyphError."""


@dataclass(frozen=True)
class FontSource:
    """A source font; FreeType draws one glyph at a time."""

    font: SourceFont

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lock", threading.Lock())

    @cached_property
    def name(self) -> str:
        """Family and hash."""
        return f"{self.font.family} {self.font.style} {self.font.sha256[:12]}"

    def has(self, char: str) -> bool:
        """Whether the font has the character, with ink."""
        with self._lock:  # type: ignore[attr-defined]
            return self.font.has(char)

    def render(self, char: str, frame: Frame, fit: Placement, weight: float = 0.0) -> GlyphRaster:
        """Draw a character in the hand's place."""
        from segan_cli.source.raster import render_glyph

        with self._lock:  # type: ignore[attr-defined]
            return render_glyph(self.font, char, frame, fit, weight=weight)


@dataclass(frozen=True)
class PackSource:
    """The source pack: pictures of a source font's glyphs."""

    pack: SourcePack

    @property
    def name(self) -> str:
        """Family and hash of the font that the pack was drawn from."""
        return f"{self.pack.family} (pack) {self.pack.sha256[:12]}"

    def has(self, char: str) -> bool:
        """Whether the pack has the character."""
        return self.pack.has(char)

    def render(self, char: str, frame: Frame, fit: Placement, weight: float = 0.0) -> GlyphRaster:
        """Draw a character in the hand's place."""
        raster = self.pack.render(char, frame, fit)
        return replace(raster, ink=embolden(raster.ink, weight)) if weight else raster


@dataclass(frozen=True)
class Sources:
    """Sources in the order in which they are asked.

    Args:
        parts: the sources.
        remark: what a person should know about the choice; None if there is nothing to say.
    """

    parts: tuple[Source, ...]
    remark: str | None = None

    def of(self, char: str) -> Source | None:
        """The first source that has the character."""
        return next((part for part in self.parts if part.has(char)), None)

    def render(self, char: str, frame: Frame, fit: Placement, weight: float = 0.0) -> tuple[GlyphRaster, str]:
        """Draw a character, and say what it was drawn from.

        Raises:
            GlyphError: no source has it.
        """
        part = self.of(char)
        if part is None:
            names = " and ".join(part.name for part in self.parts)
            verb = "lack" if len(self.parts) > 1 else "lacks"
            raise GlyphError(char, "read", f"{names} {verb} it. Name a font that has it: --source-font FILE")
        return part.render(char, frame, fit, weight), part.name


def open_sources(
    source_font: str | None, learned_from: SourceFontName, chars: Iterable[str], spec: str | None = None
) -> Sources:
    """Choose where source glyphs come from.

    A network is shown glyphs of the font that it learned from. Where neither the pack nor an installed font is that one,
    the pack takes its place, and `remark` says so.

    Args:
        source_font: a font by file or family; it comes first, the pack fills its gaps. None leaves the choice to this
            function.
        learned_from: the font that the style learned from.
        chars: what is to be drawn; where the pack comes first, a font is looked for only if it lacks some of it.
        spec: what opened that font when the style was trained, if that is known.

    Raises:
        UsageError: the font named is not there.
        SeganError: there is neither a pack nor a font.
    """
    packs = [pack] if (pack := shipped_pack()) is not None else []
    if source_font is not None:
        return Sources((_font(source_font), *packs))
    in_pack = bool(packs) and packs[0].pack.sha256 == learned_from.sha256
    names = [name for name in (spec, learned_from.family) if name]
    if not in_pack and (font := _first_font(names)) is not None:
        same = font.font.sha256 == learned_from.sha256
        return Sources((font, *packs), None if same else _instead(learned_from, font.name))
    if not packs:
        font = _font(None)
        return Sources((font,), _instead(learned_from, font.name))
    remark = None if in_pack else _instead(learned_from, packs[0].name)
    if all(packs[0].has(char) for char in chars):
        return Sources(tuple(packs), remark)
    filling = _first_font((learned_from.family, None))
    return Sources((*packs, filling) if filling else tuple(packs), remark)


def _first_font(names: Iterable[str | None]) -> FontSource | None:
    for name in names:
        try:
            return _font(name)
        except SeganError:
            continue
    return None


def _instead(learned_from: SourceFontName, name: str) -> str:
    return (
        f"The style learned from {learned_from.family} {learned_from.sha256[:12]}, which is not found here; {name} takes its "
        "place, and glyphs may come out worse. Name the font to have it used: --source-font FILE"
    )


def embolden(ink: Ink, weight: float) -> Ink:
    """Make strokes bolder (or, below 0, lighter).

    Args:
        ink: (S, S), 1 is ink; its edge is where it crosses one half.
        weight: thousandths of the side, on both edges of a stroke together.

    Source: ours: the signed distance to the edge, moved by half the weight, and a grey edge one pixel wide.
    """
    from scipy.ndimage import distance_transform_edt

    inked = ink >= 0.5
    distance = np.where(inked, distance_transform_edt(inked), 1 - distance_transform_edt(~inked))
    moved = distance + weight / 2000 * ink.shape[0]
    grey: Ink = np.clip(moved, 0, 1).astype(np.float32)
    return grey


def _font(wanted: str | None) -> FontSource:
    from segan_cli.source.source_font import open_source_font

    return FontSource(open_source_font(wanted))


def shipped_pack() -> PackSource | None:
    """The source pack that is shipped, or None where it was taken away."""
    path: Path | None = next(iter(sorted(models_folder().glob("*.segan-pack"))), None)
    if path is None:
        return None
    from segan_cli.source.source_pack import SourcePack

    return PackSource(SourcePack.open(path))
