"""The brush of a set of drawn glyphs beside the brush of the hand's own glyphs of the same characters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from segan_cli.evaluation.bootstrap import Estimate, Values, distance_estimate, mean_estimate, statistic_estimate
from segan_cli.evaluation.brush import BrushGlyph, line_reach
from segan_cli.evaluation.features import FeatureExtractor
from segan_cli.evaluation.fid import frechet_distance, kid

QUARTERS = 4
LEAST = 4
"""From so many glyphs on a quarter has figures."""


@dataclass(frozen=True, slots=True)
class Beside:
    """One figure of both sides.

    Args:
        generated: of the drawn glyphs.
        real: of the hand's.
        ratio: generated / real; NaN where the real one is 0.
    """

    generated: Estimate
    real: Estimate
    ratio: Estimate


@dataclass(frozen=True, slots=True)
class BrushFigures:
    """How near the ink of drawn glyphs comes to the hand's. Lengths are in thousandths of the em, u.

    Args:
        count: number of characters.
        corners: sharp corners in 1,000 u of edge, over all glyphs.
        weight: mean over glyphs of the median width of their strokes.
        spread: standard deviation of that over glyphs.
        correlation: of the drawn glyphs' weight with the real ones'.
        contrast: standard deviation over mean of the width within a glyph, mean over glyphs.
        missing: what 90 % of the real centre lines' points lie within of the drawn ones, mean over glyphs: large where
            strokes are broken or lacking.
        surplus: the same from the drawn lines to the real ones: large where there is ink that should not be.
        distance: the Fréchet distance on the extractor's features at 256 px; None without one. It depends on `count`.
        kernel: the kernel distance on the same features, times 1,000; None without an extractor.
        strokes: mean length of centre lines by which the glyphs were put into quarters.
    """

    count: int
    corners: Beside
    weight: Beside
    spread: Beside
    correlation: Estimate
    contrast: Beside
    missing: Estimate
    surplus: Estimate
    distance: Estimate | None
    kernel: Estimate | None
    strokes: float


@dataclass(frozen=True, slots=True)
class BrushComparison:
    """Figures of all glyphs, and of each quarter of them, from the fewest strokes to the most.

    Args:
        whole: of all.
        quarters: four, or none where there are too few glyphs.
        by: whose centre lines tell how many strokes a character has, for want of a table of stroke counts.
    """

    whole: BrushFigures
    quarters: tuple[BrushFigures, ...]
    by: str


def compare_brush(
    drawn: Sequence[BrushGlyph],
    real: Sequence[BrushGlyph],
    extractor: FeatureExtractor | None = None,
    *,
    source_lines: Sequence[float] | None = None,
    seed: int = 0,
) -> BrushComparison:
    """Hold drawn glyphs against real ones.

    Args:
        drawn: at least two.
        real: of the same characters, in the same order.
        extractor: features for the Fréchet distance; None leaves it out.
        source_lines: length of each source glyph's centre lines, in units, by which the quarters are made; None takes the real
            glyphs'. Over 600 characters their rank correlation with the number of strokes is .88, the real ones' .52 to .80.
        seed: of the intervals.
    """
    features = None if extractor is None else tuple(extractor.extract([g.ink for g in side]) for side in (drawn, real))
    strokes = np.array([_line_length(glyph) for glyph in real] if source_lines is None else source_lines)

    def figures(rows: list[int]) -> BrushFigures:
        ours, theirs = ([side[row] for row in rows] for side in (drawn, real))
        distances: tuple[Estimate | None, Estimate | None] = (None, None)
        if features is not None:
            seen = [side[rows] for side in features]
            distances = (
                distance_estimate(frechet_distance, *seen, paired=True, seed=seed),
                distance_estimate(kid, *seen, paired=True, seed=seed),
            )
        return _figures(ours, theirs, distances, float(strokes[rows].mean()), seed)

    by = "the real glyphs" if source_lines is None else "the source glyphs"
    parts = np.array_split(np.argsort(strokes, kind="stable"), QUARTERS)
    quarters = tuple(figures(part.tolist()) for part in parts) if len(real) >= QUARTERS * LEAST else ()
    return BrushComparison(figures([*range(len(real))]), quarters, by)


def _figures(
    drawn: Sequence[BrushGlyph],
    real: Sequence[BrushGlyph],
    distances: tuple[Estimate | None, Estimate | None],
    strokes: float,
    seed: int,
) -> BrushFigures:
    weights = _columns(drawn, real, "weight")
    return BrushFigures(
        count=len(real),
        corners=_beside(_rate, [*_columns(drawn, real, "corners"), *_columns(drawn, real, "edge")], seed),
        weight=_beside(_mean, weights, seed),
        spread=_beside(_deviation, weights, seed),
        correlation=statistic_estimate(_correlation, *weights, seed=seed),
        contrast=_beside(_mean, _columns(drawn, real, "contrast"), seed),
        missing=mean_estimate([line_reach(b.line, a.line) for a, b in zip(drawn, real, strict=True)], seed=seed),
        surplus=mean_estimate([line_reach(a.line, b.line) for a, b in zip(drawn, real, strict=True)], seed=seed),
        distance=distances[0],
        kernel=distances[1],
        strokes=strokes,
    )


def _columns(drawn: Sequence[BrushGlyph], real: Sequence[BrushGlyph], name: str) -> list[Values]:
    return [np.array([getattr(glyph, name) for glyph in side], dtype=np.float64) for side in (drawn, real)]


def _beside(statistic: Callable[..., Values], columns: Sequence[Values], seed: int) -> Beside:
    """A statistic of the drawn glyphs' columns, of the real ones' (each second one), and their ratio."""
    ours, theirs = columns[::2], columns[1::2]

    def ratio(*both: Values) -> Values:
        below = statistic(*both[len(ours) :])
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(below > 0, statistic(*both[: len(ours)]) / below, np.nan)

    return Beside(
        statistic_estimate(statistic, *ours, seed=seed),
        statistic_estimate(statistic, *theirs, seed=seed),
        statistic_estimate(ratio, *ours, *theirs, seed=seed),
    )


def _mean(values: Values) -> Values:
    return np.asarray(values.mean(-1))


def _deviation(values: Values) -> Values:
    return np.asarray(values.std(-1))


def _rate(corners: Values, edge: Values) -> Values:
    return np.asarray(1000 * corners.sum(-1) / np.maximum(edge.sum(-1), 1))


def _correlation(ours: Values, theirs: Values) -> Values:
    a, b = (side - side.mean(-1, keepdims=True) for side in (ours, theirs))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((a * b).sum(-1) / np.sqrt((a**2).sum(-1) * (b**2).sum(-1)))


def _line_length(glyph: BrushGlyph) -> float:
    """Length of the centre lines in units; a line's points are its pixels, each as long as its side."""
    from segan_cli.evaluation.brush import MEASURED_PX

    return len(glyph.line) * 1000 / MEASURED_PX
