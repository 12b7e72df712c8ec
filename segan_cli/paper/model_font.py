"""Where the pictures of the source font come from: a font that is named, the shipped pack, or an installed Kai font."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from segan_cli.errors import GlyphError, SeganError
from segan_cli.glyph import Frame, GlyphRaster
from segan_cli.models_folder import models_folder
from segan_cli.source.raster import render_glyph
from segan_cli.source.source_font import SourceFont, open_source_font
from segan_cli.source.source_pack import SourcePack


@dataclass(frozen=True)
class ModelGlyphs:
    """The source font's glyphs.

    Args:
        named: a font that was asked for, by file or family; it comes first.
    """

    named: str | None = None

    def has(self, char: str) -> bool:
        """Whether one of the sources draws the character."""
        return self._drawn(char) is not None

    def render(self, char: str, frame: Frame) -> GlyphRaster:
        """Draw a character.

        Raises:
            GlyphError: no source has it.
        """
        source = self._drawn(char)
        if source is None:
            raise GlyphError(
                char, "draw", "neither the source pack nor a Kai font has it. Name one: --source-font FILE"
            )
        return source.render(char, frame) if isinstance(source, SourcePack) else render_glyph(source, char, frame)

    def _drawn(self, char: str) -> SourceFont | SourcePack | None:
        known = (source for source in (self._font, self._pack) if source is not None and source.has(char))
        found = next(known, None)
        if found is None and self.named is None and self._installed is not None and self._installed.has(char):
            return self._installed
        return found

    @cached_property
    def _font(self) -> SourceFont | None:
        return None if self.named is None else open_source_font(self.named)

    @cached_property
    def _pack(self) -> SourcePack | None:
        path = next(iter(sorted(models_folder().glob("*.segan-pack"))), None)
        return None if path is None else SourcePack.open(path)

    @cached_property
    def _installed(self) -> SourceFont | None:
        try:
            return open_source_font(None)
        except SeganError:
            return None
