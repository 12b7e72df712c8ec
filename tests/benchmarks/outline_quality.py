"""What a type designer sees in an outline: lines, kinks, tiny segments, smooth joins, extremes without a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour

Floats = npt.NDArray[np.float64]

SMOOTH_DEGREES = 2.0
"""A join that turns less is smooth; editors and checkers show no corner there."""
KINK_DEGREES = 20.0
"""A join that turns less than this, and is not smooth, is a kink: no corner that anybody meant."""
TINY = 5.0
"""Neighbouring on-curve points nearer than this, in font units, are a tiny segment."""
HIDDEN = 1.0
"""A curve that bulges farther than this, in font units, beyond the box of its ends misses an extreme."""


@dataclass(frozen=True)
class Quality:
    """Counts of one glyph.

    Args:
        points: on and off the curve.
        segments: lines and curves.
        lines: segments that are lines.
        smooth: joins that turn less than `SMOOTH_DEGREES`.
        kinks: joins that turn more than that, but less than `KINK_DEGREES`.
        tiny: segments shorter than `TINY`.
        missed: extremes in x or y, by more than `HIDDEN`, without a point.
    """

    points: int
    segments: int
    lines: int
    smooth: int
    kinks: int
    tiny: int
    missed: int


def quality_of(contours: tuple[Contour, ...]) -> Quality:
    """Count over all contours of a glyph, font units."""
    each = [_of_contour(contour) for contour in contours]
    return Quality(*(sum(column) for column in zip(*each, strict=True)))


def _of_contour(contour: Contour) -> tuple[int, ...]:
    pieces, curved = _pieces(contour)
    turns = _turns(pieces, curved)
    chords = np.hypot(*(pieces[:, 3] - pieces[:, 0]).T)
    return (
        len(contour.points),
        len(pieces),
        int(np.count_nonzero(~curved)),
        int(np.count_nonzero(turns < SMOOTH_DEGREES)),
        int(np.count_nonzero((turns >= SMOOTH_DEGREES) & (turns < KINK_DEGREES))),
        int(np.count_nonzero(chords < TINY)),
        int(np.count_nonzero(_bulges(pieces[curved]) > HIDDEN)),
    )


def _pieces(contour: Contour) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(N, 4, 2) control points, those of lines at their ends, and which pieces are curves."""
    starts = np.flatnonzero(contour.on_curve)
    curved = ~contour.on_curve.take(starts + 1, mode="wrap")
    pieces = contour.points.take(starts[:, None] + np.arange(4), axis=0, mode="wrap")
    pieces[~curved, 3] = pieces[~curved, 1]
    pieces[~curved, 1], pieces[~curved, 2] = pieces[~curved, 0], pieces[~curved, 3]
    return pieces, curved


def _turns(pieces: Floats, curved: npt.NDArray[np.bool_]) -> Floats:
    """By how many degrees the contour turns where each piece begins."""
    out = np.array([_direction(piece, (1, 2, 3)) for piece in pieces])
    into = np.array([-_direction(piece[::-1], (1, 2, 3)) for piece in pieces])
    before = np.roll(into, 1, axis=0)
    cross = before[:, 0] * out[:, 1] - before[:, 1] * out[:, 0]
    return np.asarray(np.degrees(np.abs(np.arctan2(cross, (before * out).sum(axis=1)))))


def _direction(piece: Floats, order: tuple[int, ...]) -> Floats:
    """From the first point to the next that lies elsewhere."""
    for k in order:
        away = piece[k] - piece[0]
        if np.hypot(*away) > 1e-6:
            return np.asarray(away)
    return np.zeros(2)


def _bulges(pieces: Floats) -> Floats:
    """How far each cubic reaches beyond the box of its ends."""
    u = np.linspace(0, 1, 33)[:, None]
    weights = np.hstack([(1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u), u**3])
    walked = np.einsum("sk,pkd->psd", weights, pieces)
    ends = pieces[:, [0, 3]]
    beyond = np.maximum(walked.max(axis=1) - ends.max(axis=1), ends.min(axis=1) - walked.min(axis=1))
    return np.asarray(beyond.max(axis=1))
