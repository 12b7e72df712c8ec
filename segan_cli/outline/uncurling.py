"""Curls at tips: a handle that turns away from its piece, or outgrows it, makes a tiny loop; the handle is laid straight."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Contour
from segan_cli.outline.crossings import crossing_pieces

Floats = npt.NDArray[np.float64]
Piece = Floats
"""(4, 2) control points of a cubic."""

LONGEST = 0.5
"""A handle of a piece that crosses keeps at most this share of the chord."""
LARGEST_CURL = 30.0
"""A piece whose chord is longer than this, in font units, is no curl and never becomes a line."""


def uncurled(contours: tuple[Contour, ...]) -> tuple[Contour, ...]:
    """Straighten the handles of cubics that cross themselves or the piece after them; on whole units.

    Args:
        contours: font units, on whole units.

    Returns:
        The contours with fewer crossings, or as they were: first handles that turn away from their piece are laid on its
        chord, then long handles are cut, then a small piece becomes a line. Crossings of pieces that are no neighbours
        stay; `untangle` knows what to do about them.
    """
    for change in (_turned_back, _shortened, _flat):
        crossed = crossing_pieces(contours)
        if not len(crossed):
            break
        tried = _changed(contours, crossed, change)
        if len(crossing_pieces(tried)) < len(crossed):
            contours = tried
    return contours


def _changed(
    contours: tuple[Contour, ...], crossed: npt.NDArray[np.int64], change: Callable[[Piece], Piece]
) -> tuple[Contour, ...]:
    out = list(contours)
    for first, a, second, b in crossed.tolist():
        count = int(contours[first].on_curve.sum())
        if first == second and (a - b) % count in (0, 1, count - 1):
            for piece in {a, b}:
                out[first] = _with_piece(out[first], piece, change)
    return tuple(out)


def _with_piece(contour: Contour, piece: int, change: Callable[[Piece], Piece]) -> Contour:
    start = int(np.flatnonzero(contour.on_curve)[piece])
    index = (start + np.arange(4)) % len(contour.points)
    if contour.on_curve[index[1]]:
        return contour
    points = contour.points.copy()
    points[index] = np.rint(change(points[index]))
    return Contour(points, contour.on_curve)


def _turned_back(piece: Piece) -> Piece:
    """Handles that turn away from the other end lie on the chord instead."""
    out, chord = piece.copy(), piece[3] - piece[0]
    if (piece[1] - piece[0]) @ chord <= 0:
        out[1] = piece[0] + chord / 3
    if (piece[2] - piece[3]) @ chord >= 0:
        out[2] = piece[3] - chord / 3
    return out


def _shortened(piece: Piece) -> Piece:
    """No handle is longer than `LONGEST` chords."""
    out, chord = _turned_back(piece), float(np.hypot(*(piece[3] - piece[0])))
    for handle, end in ((1, 0), (2, 3)):
        size = float(np.hypot(*(out[handle] - out[end])))
        out[handle] = out[end] + (out[handle] - out[end]) * min(1.0, LONGEST * chord / max(size, 1e-9))
    return out


def _flat(piece: Piece) -> Piece:
    """A small piece is a line, both handles on the chord."""
    chord = piece[3] - piece[0]
    if np.hypot(*chord) > LARGEST_CURL:
        return piece
    return np.stack([piece[0], piece[0], piece[3], piece[3]])
