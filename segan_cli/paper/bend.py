"""How paper bends: a smooth field through shifts that were measured here and there, some of them wrongly."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]
_FEW = 12


def terms(u: Values, v: Values) -> Values:
    """1, u, v, uv, u², v² in a last axis."""
    return np.stack([np.ones_like(u), u, v, u * v, u * u, v * v], axis=-1)


def fitted(u: Sequence[float] | Values, v: Sequence[float] | Values, shifts: Sequence[float]) -> Values:
    """The polynomial of second degree that most shifts agree on.

    Args:
        u: where each was measured, across, best in parts of the page.
        v: the same, down.
        shifts: what was measured, in pixels.

    Returns:
        Six factors for `terms`; of fewer than 12 shifts their median alone.
    """
    if len(shifts) < _FEW:
        return np.asarray([float(np.median(shifts)) if shifts else 0.0, 0, 0, 0, 0, 0])
    table, wanted = terms(np.asarray(u, np.float64), np.asarray(v, np.float64)), np.asarray(shifts, np.float64)
    kept = np.ones(len(wanted), np.bool_)
    found: Values = np.zeros(6)
    for _ in range(4):
        found = np.asarray(np.linalg.lstsq(table[kept], wanted[kept], rcond=None)[0], np.float64)
        off = np.abs(table @ found - wanted)
        kept = off <= max(0.5, 2.5 * float(np.median(off)))
    return found
