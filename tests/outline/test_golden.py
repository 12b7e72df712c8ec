"""Brush glyphs as a golden histogram: how many lines and cubics each contour is made of."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segan_cli.glyph import Frame, GlyphOutline, GlyphRaster
from segan_cli.outline.crossings import count_crossings
from segan_cli.outline.space import to_font_units
from segan_cli.outline.tracing import signed_area, trace

DATA = Path(__file__).with_name("data")
GOLDEN: dict[str, dict[str, int]] = json.loads((DATA / "segments.json").read_text(encoding="utf-8"))
SLACK = 0.06
"""A share of the segments that may differ between processors."""


def outline_of(char: str) -> GlyphOutline:
    with Image.open(DATA / f"U+{ord(char):04X}.png") as image:
        ink = 1 - np.asarray(image.convert("L"), dtype=np.float32) / 255
    return to_font_units(trace(GlyphRaster(char, ink, Frame(len(ink)))))


def histogram(outline: GlyphOutline) -> dict[str, int]:
    on = sum(int(contour.on_curve.sum()) for contour in outline.contours)
    cubics = sum(int((~contour.on_curve).sum()) // 2 for contour in outline.contours)
    outer = sum(signed_area(contour) > 0 for contour in outline.contours)
    return {"outer": outer, "counters": len(outline.contours) - outer, "lines": on - cubics, "cubics": cubics}


@pytest.mark.parametrize("char", GOLDEN)
def test_segments_as_expected(char: str, tmp_path: Path) -> None:
    outline = outline_of(char)
    got, golden = histogram(outline), GOLDEN[char]
    (tmp_path / "segments.json").write_text(json.dumps({char: got}, ensure_ascii=False), encoding="utf-8")
    note = f"got {got}, expected {golden}; written to {tmp_path / 'segments.json'}"
    assert (got["outer"], got["counters"]) == (golden["outer"], golden["counters"]), note
    slack = SLACK * (golden["lines"] + golden["cubics"]) + 1
    assert abs(got["lines"] - golden["lines"]) <= slack, note
    assert abs(got["cubics"] - golden["cubics"]) <= slack, note


@pytest.mark.parametrize("char", GOLDEN)
def test_outline_is_fit_for_a_font(char: str) -> None:
    outline = outline_of(char)
    assert count_crossings(outline.contours) == 0
    for contour in outline.contours:
        assert len(contour.points) >= 3
        assert np.array_equal(contour.points, np.rint(contour.points))
        ends = contour.points[contour.on_curve]
        assert len(ends) == 1 or np.abs(np.roll(ends, -1, axis=0) - ends).sum(axis=1).min() > 0
