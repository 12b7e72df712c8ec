"""Where source glyphs come from: the source pack that is shipped, and a font for what the pack lacks."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from segan_cli.errors import GlyphError, SeganError
from segan_cli.generator.manifest import HandFit
from segan_cli.glyph import Frame, GlyphRaster, Ink
from segan_cli.models_folder import models_folder

if TYPE_CHECKING:
    from segan_cli.source.pack import SourcePack
    from segan_cli.source.source_font import SourceFont


class Source(Protocol):
    """Something that source glyphs are drawn from; threads share it."""

    @property
    def name(self) -> str:
        """Name and hash, for the report."""

    def has(self, char: str) -> bool:
        """Whether it has the character, with ink."""

    def render(self, char: str, frame: Frame, fit: HandFit, weight: float = 0.0) -> GlyphRaster:
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

    def render(self, char: str, frame: Frame, fit: HandFit, weight: float = 0.0) -> GlyphRaster:
        """Draw a character in the hand's place."""
        from segan_cli.source.raster import Placement, render_glyph

        with self._lock:  # type: ignore[attr-defined]
            return render_glyph(self.font, char, frame, Placement(fit.scale, fit.dx, fit.dy), weight=weight)


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

    def render(self, char: str, frame: Frame, fit: HandFit, weight: float = 0.0) -> GlyphRaster:
        """Draw a character in the hand's place."""
        from segan_cli.source.raster import Placement

        raster = self.pack.render(char, frame, Placement(fit.scale, fit.dx, fit.dy))
        return replace(raster, ink=embolden(raster.ink, weight)) if weight else raster


@dataclass(frozen=True)
class Sources:
    """Sources in the order in which they are asked."""

    parts: tuple[Source, ...]

    def of(self, char: str) -> Source | None:
        """The first source that has the character."""
        return next((part for part in self.parts if part.has(char)), None)

    def render(self, char: str, frame: Frame, fit: HandFit, weight: float = 0.0) -> tuple[GlyphRaster, str]:
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


def open_sources(source_font: str | None, family: str, chars: Iterable[str]) -> Sources:
    """Choose where source glyphs come from.

    Args:
        source_font: a font by file or family; it comes first, the pack fills its gaps. None: the pack comes first, and an
            installed font fills its gaps: `family`, or else the first Kai font found.
        family: the family that the style learned from.
        chars: what is to be drawn; a font is looked for only if the pack lacks some of it.

    Raises:
        UsageError: the font named is not there.
        SeganError: there is neither a pack nor a font.
    """
    packs = [pack] if (pack := _shipped_pack()) is not None else []
    if source_font is not None:
        return Sources((_font(source_font), *packs))
    if packs and all(packs[0].has(char) for char in chars):
        return Sources(tuple(packs))
    for wanted in (family, None):
        try:
            return Sources((*packs, _font(wanted)))
        except SeganError as error:
            if wanted is None and not packs:
                raise error
    return Sources(tuple(packs))


def lacking(chars: Sequence[str], place: Path) -> tuple[str, ...]:
    """The characters that a font or a glyph folder lacks; one that is there but blank is lacking.

    Args:
        chars: what is wanted.
        place: a font file, a folder of web font parts, or a folder of glyph pictures.

    Raises:
        UsageError: nothing readable there.
    """
    from segan_cli.source.source_font import FONT_SUFFIXES

    if not place.is_dir() or any(
        path.suffix.lower() in FONT_SUFFIXES for path in [*place.iterdir(), *place.glob("files/*")]
    ):
        font = _font(str(place))
        return tuple(char for char in chars if not font.has(char))
    return _lacking_in_folder(chars, place)


def _lacking_in_folder(chars: Sequence[str], folder: Path) -> tuple[str, ...]:
    from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder

    found = scan_glyph_folder(folder)
    files = {entry.char: entry for entry in found.entries}

    def drawn(char: str) -> bool:
        try:
            return char in files and bool(read_glyph(files[char], found.fit, Frame(64)))
        except GlyphError:
            return False

    return tuple(char for char in chars if not drawn(char))


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


def _shipped_pack() -> PackSource | None:
    path: Path | None = next(iter(sorted(models_folder().glob("*.segan-pack"))), None)
    if path is None:
        return None
    from segan_cli.source.pack import SourcePack

    return PackSource(SourcePack.open(path))
