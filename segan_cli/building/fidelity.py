"""Does the font draw what the pictures show? Each glyph, rendered by FreeType, is laid over the picture that it was made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from segan_cli.building.pipeline import BuildPlan, GlyphTask
from segan_cli.errors import GlyphError, UsageError
from segan_cli.glyph import Frame, Ink, Placement, code_point
from segan_cli.source.adjustment import adjusted_picture
from segan_cli.source.glyph_folder import inspect_glyph
from segan_cli.source.raster import render_glyph
from segan_cli.source.source_font import SourceFont, open_source_font
from segan_cli.workers import map_in_workers

LEAST = 0.93
"""Below this overlap somebody should look."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """How well the font's glyph and its picture cover each other.

    Args:
        char: the character.
        iou: the ink of both over the ink of either, in [0, 1]; 0 where the font lacks the glyph or draws it blank.
    """

    char: str
    iou: float


def verifiable(outputs: Sequence[Path]) -> Path:
    """The first font that FreeType draws.

    Raises:
        UsageError: there is none.
    """
    fonts = [path for path in outputs if path.suffix.lower() != ".ufo"]
    if not fonts:
        raise UsageError(
            "--verify draws a font's glyphs, and a UFO is no font. Write one beside it, such as MyBrush.ttf."
        )
    return fonts[0]


def note_overlaps(report: dict[str, Any], found: Sequence[Overlap]) -> None:
    """Put what `overlaps` found into a build's report: key "overlap", a note, and a suspect for each glyph below `LEAST`."""
    if not found:
        return
    middle = found[len(found) // 2].iou
    worst = [{"char": row.char, "iou": round(row.iou, 4)} for row in found[:20]]
    report["overlap"] = {"glyphs": len(found), "median": round(middle, 4), "worst": worst}
    report["notes"].append(
        f"{len(found)} glyphs drawn by FreeType overlap their pictures by {middle:.3f} (median), the worst, {found[0].char}, "
        f"by {found[0].iou:.3f}."
    )
    for row in found:
        if row.iou < LEAST and (entry := report["glyphs"].get(code_point(row.char))):
            entry["suspect"].append(f"the font draws it unlike its picture: they overlap by {row.iou:.2f}")


@dataclass(frozen=True, slots=True)
class _Comparison:
    task: GlyphTask
    font: Path


def overlaps(
    plan: BuildPlan, font: Path, *, workers: int = 0, advance: Callable[[int], None] = lambda steps: None
) -> tuple[Overlap, ...]:
    """Compare every glyph of a finished font with its picture, the worst first.

    Args:
        plan: what the font was built of.
        font: the built font: .ttf, .otf or .woff2.
        workers: processes; 0 takes one for each core.
        advance: called with the number of glyphs done since the last call.

    Returns:
        One row for each glyph whose picture has ink.
    """
    tasks = [_Comparison(task, font) for task in plan.tasks]
    found = map_in_workers(_compared, tasks, workers=workers, advance=advance)
    return tuple(sorted((row for row in found if row), key=lambda row: row.iou))


def _compared(comparison: _Comparison) -> Overlap | None:
    task = comparison.task
    char, frame = task.file.char, Frame(task.inputs.size_px)
    try:
        raster = inspect_glyph(task.file, task.fit, frame).raster
        picture = adjusted_picture(raster, task.adjustment).ink
        if not picture.any():
            return None
        return Overlap(char, overlap(_font(comparison.font), char, picture))
    except GlyphError:
        return Overlap(char, 0.0)


@lru_cache(maxsize=1)
def _font(path: Path) -> SourceFont:
    return open_source_font(path)


def overlap(font: SourceFont, char: str, picture: Ink) -> float:
    """The overlap of a font's glyph and a picture of the em; where it is small, of the two with their middles laid on each other, as punctuation moves.

    Raises:
        GlyphError: the font lacks the character or draws it blank.
    """
    frame = Frame(len(picture))
    drawn = render_glyph(font, char, frame).ink
    found = _iou(drawn, picture)
    dx, dy = (_centre(picture) - _centre(drawn)) * frame.units_per_px
    if found < LEAST and abs(dx) <= 1000 and abs(dy) <= 1000:
        found = max(found, _iou(render_glyph(font, char, frame, Placement(dx=dx, dy=-dy)).ink, picture))
    return found


def _iou(drawn: Ink, picture: Ink) -> float:
    return float(np.minimum(drawn, picture).sum() / np.maximum(drawn, picture).sum())


def _centre(ink: Ink) -> npt.NDArray[np.float64]:
    """The middle of the pixels that are at least half ink, x and y in pixels, y down."""
    rows, columns = np.nonzero(ink >= 0.5)
    return np.array([columns.mean(), rows.mean()]) if len(rows) else np.zeros(2)
