"""Other drawings of a character, to choose from: the same hand, from a source that is a little bolder, larger, moved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from segan_cli.drawing.draw import DrawSettings, Network, draw_variations
from segan_cli.drawing.retry import Variation
from segan_cli.drawing.sources import Sources, open_sources
from segan_cli.errors import EmptyGlyphError, GlyphError, SeganError
from segan_cli.generator.bundle import Bundle, list_bundles
from segan_cli.generator.manifest import SourceFontName
from segan_cli.generator.session import GeneratorSession
from segan_cli.glyph import AS_DRAWN, Frame, Ink

AT_A_TIME = 4
CHOICES = (
    Variation("bolder", weight=14),
    Variation("lighter", weight=-14),
    Variation("larger", scale=1.04),
    Variation("smaller", scale=0.96),
    Variation("bolder and smaller", scale=0.96, weight=14),
    Variation("lighter and larger", scale=1.04, weight=-14),
    Variation("shifted left", dx=-16),
    Variation("shifted right", dx=16),
    Variation("much bolder", weight=28),
    Variation("much lighter", weight=-22),
    Variation("shifted up", dy=16),
    Variation("shifted down", dy=-16),
)
"""Ours: what changes a drawing most comes first; names are what the page shows and the journal keeps."""

GESTURES = (
    Variation("heavier strokes", gesture=(1.8, 0.0)),
    Variation("lighter strokes", gesture=(-1.8, 0.0)),
    Variation("more thick and thin", scale=0.97, gesture=(0.3, 2.2)),
    Variation("evener strokes", scale=1.03, gesture=(-0.3, -2.2)),
    Variation("heavier and larger", scale=1.04, gesture=(1.0, 0.5)),
    Variation("lighter and smaller", scale=0.96, gesture=(-1.0, -0.5)),
    Variation("heavy, thick and thin", gesture=(1.5, 1.5)),
    Variation("light and even", gesture=(-1.5, -1.5)),
)
"""The same for styles whose network takes a gesture: by weight and contrast, in the hand's standard deviations, and a little by
size. 1.8 is what one glyph of fourteen has in the hand itself."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawing to choose: the variation's name and the ink."""

    name: str
    ink: Ink


class Redrawer:
    """Draws with the style that drew the folder; opened when it is first needed. Threads share it.

    Args:
        open_style: gives the bundle, and the network where it is not the bundle's own.
        settings: how the folder was drawn.
        source_font: where source glyphs come from; None as the style learned.
    """

    def __init__(
        self,
        open_style: Callable[[], tuple[Bundle, Network | None]],
        settings: DrawSettings,
        source_font: str | None = None,
    ) -> None:
        self._open_style, self._settings, self._source_font = open_style, settings, source_font
        self._lock = threading.Lock()
        self._opened: tuple[Bundle, Network, Sources] | None = None

    def draw(self, char: str, page: int) -> list[Drawing]:
        """Four drawings of a character.

        Args:
            char: the character.
            page: which four; after the last ones come the first again.

        Raises:
            SeganError: the style is not there, or it cannot draw the character.
        """
        choices = self.choices()
        start = (page * AT_A_TIME) % len(choices)
        return self._draw(char, choices[start : start + AT_A_TIME])

    def again(self, char: str, name: str) -> Drawing:
        """One drawing once more: the same variation gives the same drawing.

        Raises:
            SeganError: there is no variation of that name.
        """
        choices = self.choices()
        wanted = [one for one in choices if one.name == name]
        if not wanted:
            raise SeganError(f"There is no variation {name!r}; it is one of {', '.join(one.name for one in choices)}.")
        return self._draw(char, wanted)[0]

    def other(self, char: str, number: int) -> Drawing:
        """The drawing of the variation with a number; after the last comes the first again.

        Raises:
            SeganError: it cannot be drawn.
        """
        choices = self.choices()
        return self._draw(char, [choices[number % len(choices)]])[0]

    def choices(self) -> tuple[Variation, ...]:
        """What is offered, four at a time: other gestures first, where the style's network takes one.

        Raises:
            SeganError: the style is not there.
        """
        bundle, _, _ = self._ready()
        return (*GESTURES, *CHOICES) if bundle.style.gesture is not None else CHOICES

    def warm_up(self) -> None:
        """Open the style, so that the first drawing is quick."""
        self._ready()

    def _draw(self, char: str, variations: tuple[Variation, ...] | list[Variation]) -> list[Drawing]:
        bundle, network, sources = self._ready()
        try:
            drawn = draw_variations(bundle, network, sources, char, variations, self._settings)
        except EmptyGlyphError as error:
            raise GlyphError(char, "read", "its source glyph is blank or too faint.") from error
        return [Drawing(one.name, ink) for one, ink in drawn]

    def _ready(self) -> tuple[Bundle, Network, Sources]:
        with self._lock:
            if self._opened is None:
                bundle, network = self._open_style()
                sources = open_sources(self._source_font, bundle.manifest.source_font, (), bundle.source_spec)
                network = network or GeneratorSession.open(bundle, self._settings.device)
                self._opened = bundle, network, sources
        return self._opened


class SourceGlyphs:
    """Source glyphs in the hand's place, for the page. Threads share it.

    Args:
        bundle: the style that drew, if it is known.
        source_font: a font by file or family; None takes what the style learned from, else the pack.
    """

    def __init__(self, bundle: Bundle | None, source_font: str | None = None) -> None:
        self._bundle, self._source_font = bundle, source_font
        self._lock = threading.Lock()
        self._sources: Sources | None = None
        self._trouble = False

    def ink(self, char: str, frame: Frame) -> Ink | None:
        """The source glyph on a canvas; None where no source has it."""
        sources = self._open()
        if sources is None:
            return None
        fit = self._bundle.style.hand_fit if self._bundle else AS_DRAWN
        try:
            return sources.render(char, frame, fit)[0].ink
        except SeganError:
            return None

    def _open(self) -> Sources | None:
        with self._lock:
            if self._sources is None and not self._trouble:
                learned = self._bundle.manifest.source_font if self._bundle else SourceFontName("LXGW WenKai", "0" * 64)
                spec = self._bundle.source_spec if self._bundle else None
                try:
                    self._sources = open_sources(self._source_font, learned, (), spec)
                except SeganError:
                    self._trouble = True
        return self._sources


def bundle_of(style: Mapping[str, Any]) -> Bundle | None:
    """The installed style that drew a folder, by the weights that its report names; None if it is not installed."""
    for bundle in list_bundles():
        weights = {entry.sha256 for entry in bundle.manifest.files.values()}
        if bundle.style.name == style.get("style") and style.get("weights") in weights:
            return bundle
    return None
