"""Drawn glyphs made as heavy as written ones, stroke by stroke: what a page's grey shows before anything else does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from segan_cli.building.pipeline import BuildPlan, GlyphTask
from segan_cli.errors import EmptyGlyphError, GlyphError, UsageError
from segan_cli.glyph import Frame, Ink, is_han
from segan_cli.source.glyph_folder import read_glyph
from segan_cli.source.review_decisions import LIMITS
from segan_cli.source.skeleton import thin
from segan_cli.source.stroke_width import stroke_widths
from segan_cli.workers import map_in_workers

FEWEST = 20
"""Glyphs of each kind without which nothing can be said of their weight."""

MOST = 0.25
"""The greatest change, in parts of a glyph's own width: with more, narrow gaps fill. `segan generate --weight` draws heavier ones."""

LEAST = 1.0
"""Changes smaller than this, in thousandths of the em, are not made: nobody sees them."""


@dataclass(frozen=True, slots=True)
class StrokeWeight:
    """How heavy a glyph is: the median width of its strokes, and the length of its centre lines, in thousandths of the em."""

    width: float
    line: float


@dataclass(frozen=True, slots=True)
class EvenWeight:
    """What was evened.

    Args:
        written: mean width of the written glyphs' strokes, in thousandths of the em.
        before: of the drawn ones' before.
        changes: by how much each drawn glyph's strokes become bolder (below 0: lighter).
    """

    written: float
    before: float
    changes: Mapping[str, float]

    def note(self) -> str:
        """One sentence for a person."""
        return (
            f"Weight evened: strokes of the hand's own glyphs are {self.written:g} thousandths of the em wide, those of the drawn ones were "
            f"{self.before:g}; {len(self.changes)} glyphs were changed."
        )


def even_weight(
    plan: BuildPlan, *, workers: int = 0, advance: Callable[[int], None] = lambda steps: None
) -> tuple[BuildPlan, EvenWeight]:
    """Change the drawn glyphs' weight so that those of one density are, on the mean, as heavy as the hand's own.

    Dense characters are written with finer strokes, so the two kinds are compared at the same length of centre lines. How much
    one glyph differs from others of its kind stays. A glyph whose weight a person has set in a review keeps that, and punctuation stays
    as it is: its strokes say nothing of a character's.

    Args:
        plan: of the build.
        workers: processes; 0 takes one for each core.
        advance: called with the number of glyphs measured since the last call.

    Raises:
        UsageError: fewer than 20 glyphs are written, or drawn.

    Source: ours: the means are straight lines over the logarithm of the length.
    """
    han = [task for task in plan.tasks if is_han(task.file.char)]
    advance(len(plan.tasks) - len(han))
    found = map_in_workers(measure_weight, han, workers=workers, advance=advance)
    weights = {task.file.char: one for task, one in zip(han, found, strict=True) if isinstance(one, StrokeWeight)}
    kinds = {task.file.char: task.origin for task in plan.tasks}
    written = [one for char, one in weights.items() if kinds[char] == "written"]
    drawn = {char: one for char, one in weights.items() if kinds[char] == "generated"}
    if min(len(written), len(drawn)) < FEWEST:
        raise UsageError(
            f"--even-weight compares drawn glyphs with written ones; there are {len(drawn)} and {len(written)} Han characters, and {FEWEST} of each "
            "are needed. Name the hand's own with --originals, or leave it out."
        )
    theirs, ours = _mean_by_length(written), _mean_by_length(list(drawn.values()))
    lengths = np.array([one.line for one in written])
    changes = {}
    for char, one in drawn.items():
        line = float(np.clip(one.line, lengths.min(), lengths.max()))  # beyond, the line tells nothing
        most = one.width * MOST
        change = float(np.clip(theirs(line) - ours(line), -most, most))
        if abs(change) >= LEAST:
            changes[char] = round(float(np.clip(change, *LIMITS["weight"])), 1)
    means = [float(np.mean([one.width for one in group])) for group in (written, list(drawn.values()))]
    tasks = tuple(_changed(task, changes.get(task.file.char, 0.0)) for task in plan.tasks)
    return replace(plan, tasks=tasks), EvenWeight(round(means[0], 1), round(means[1], 1), changes)


def measure_weight(task: GlyphTask) -> StrokeWeight | None:
    """The weight of a task's picture; None where there is no stroke, or it cannot be read, which the build tells. Runs in workers."""
    try:
        return stroke_weight(read_glyph(task.file, task.fit, Frame(task.inputs.size_px)).ink)
    except (EmptyGlyphError, GlyphError):
        return None


def stroke_weight(ink: Ink) -> StrokeWeight:
    """Measure a picture.

    Args:
        ink: (S, S) float32 in [0, 1].

    Raises:
        EmptyGlyphError: there is no ink.
    """
    line, unit = thin(ink), 1000 / len(ink)
    return StrokeWeight(float(np.median(stroke_widths(ink, line))) * unit, float(line.sum()) * unit)


def _mean_by_length(weights: Sequence[StrokeWeight]) -> Callable[[float], float]:
    """Mean width as a straight line over the logarithm of the length of centre lines."""
    lengths: npt.NDArray[np.float64] = np.log([max(one.line, 1.0) for one in weights])
    widths = np.array([one.width for one in weights])
    slope = float(np.polyfit(lengths, widths, 1)[0]) if np.ptp(lengths) > 0 else 0.0
    middle, mean = float(lengths.mean()), float(widths.mean())
    return lambda length: mean + slope * (float(np.log(max(length, 1.0))) - middle)


def _changed(task: GlyphTask, change: float) -> GlyphTask:
    if not change or task.adjustment.weight or task.origin != "generated":
        return task
    return replace(task, adjustment=replace(task.adjustment, weight=change))
