"""A glyph's outline as the font will have it, for the page to draw."""

from __future__ import annotations

from typing import Any

from segan_cli.building.pipeline import InputSettings
from segan_cli.errors import SeganError
from segan_cli.font.placement import place_glyph
from segan_cli.glyph import Frame
from segan_cli.outline.space import to_font_units
from segan_cli.outline.svg_paths import path_of_contours
from segan_cli.outline.tracing import TraceSettings, trace
from segan_cli.review.pictures import Kept
from segan_cli.review.place import Place
from segan_cli.source.adjustment import adjusted_raster
from segan_cli.source.glyph_folder import read_glyph
from segan_cli.source.review_decisions import Adjustment


class Outlines:
    """Outlines by glyph and weight; size, shift and side bearings are the page's to apply.

    Args:
        inputs: how pictures are read.
        tracing: how they are traced.
    """

    def __init__(self, inputs: InputSettings, tracing: TraceSettings) -> None:
        self._inputs, self._tracing = inputs, tracing
        self._kept: Kept[tuple[str, str, str, float, bool], dict[str, Any]] = Kept(2_000)

    def of(self, place: Place, char: str, weight: float, *, placed: bool = True) -> dict[str, Any]:
        """The outline in font units, y down with 0 at the baseline.

        Args:
            place: the folder.
            char: the character.
            weight: of its adjustment.
            placed: False leaves it where the picture has it, as retouching wants.

        Returns:
            "path" (SVG), "advance", and "trouble" if there is no outline.
        """
        key = (str(place.folder), char, place.version(char), weight, placed)
        return self._kept.get(key, lambda: self._traced(place, char, weight, placed))

    def _traced(self, place: Place, char: str, weight: float, placed: bool) -> dict[str, Any]:
        try:
            raster = read_glyph(place.files[char], place.fit, Frame(self._inputs.size_px))
            traced = trace(adjusted_raster(raster, Adjustment(weight=weight)), self._tracing)
            outline = to_font_units(traced)
            if placed:
                outline = place_glyph(outline, optical_centring=self._inputs.centring == "optical")
        except SeganError as error:
            return {"path": "", "advance": 1000, "trouble": str(error)}
        return {"path": path_of_contours(outline.contours, flip=True), "advance": outline.advance}
