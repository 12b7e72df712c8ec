"""The last touch on a drawn picture: edges a brush could have left, no specks, no pinholes, and whole strokes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.drawing.bridges import join_gaps
from segan_cli.glyph import Ink
from segan_cli.ink import INK, SPECK_SHARE

FINE_PX = 0.6
"""Standard deviation in pixels of the blur for fine strokes and narrow gaps: more would take them from a hair-thin hand. This and
what follows was chosen on pictures of 128 px, the `cpu` preset's, and is the same on larger ones."""

SMOOTH_PX = 1.2
"""The same for edges with broad ink on one side and open paper on the other, where the network's raggedness shows."""

BROAD_PX = 5
"""Ink and paper are broad where a square of this side fits, in pixels."""

FINE_LEVEL = 0.3
"""The grey that counts as ink where no broad ink is near, which is in fine strokes and between them; a half does elsewhere. A network
draws a fine stroke paler where it is less sure of it. A gap of 2 px between fine strokes closes if it is as grey as that."""

CONTRAST = 2.0
"""By how much contrast is raised after the blur; it leaves the edge where the blur has it."""


def finish(ink: Ink, *, joins: bool = False) -> Ink:
    """Smooth a drawn picture's edges; take specks away and close pinholes.

    Args:
        ink: (S, S) float32 in [0, 1], as a network drew it.
        joins: join the ends of strokes where a gap between them is grey, for a hand that lifts the brush more seldom than the
            network does.

    Returns:
        (S, S) float32. A picture without ink stays as it is, and so does ink of which the blur would leave nothing.

    Source: ours; what it does to specks, readings and FD-lite0 is in `tests/benchmarks/training.md`.
    """
    if not (ink >= INK).any():
        return ink
    soft = _smooth(ink)
    if not (soft >= INK).any():
        return ink
    clear = without_small_parts(np.clip((soft - INK) * CONTRAST + INK, 0, 1, dtype=np.float32))
    if joins:
        clear = join_gaps(clear, np.minimum(ink, _blurred(ink, FINE_PX)))
    return 1 - without_small_parts(1 - clear)


def _smooth(ink: Ink) -> Ink:
    """The blurred picture, whose edges lie where it is a half."""
    fine, smooth = (_blurred(ink, width) for width in (FINE_PX, SMOOTH_PX))
    black, white = _near_broad(fine >= INK), _near_broad(fine < INK)
    broad_edge, broad_ink = (_blurred(part.astype(np.float32), 1, "reflect") for part in (black & white, black))
    soft = fine + broad_edge * (smooth - fine) + (1 - broad_ink) * (INK - FINE_LEVEL)
    return np.asarray(soft, dtype=np.float32)


def _blurred(ink: Ink, width_px: float, beyond: str = "constant") -> Ink:
    from scipy import ndimage

    blurred: Ink = ndimage.gaussian_filter(ink, width_px, mode=beyond)
    return blurred


def _near_broad(part: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Where the squares lie that fit into the part, and two pixels around them."""
    from scipy import ndimage

    centres = ndimage.minimum_filter(part.view(np.uint8), BROAD_PX, mode="nearest")
    near: npt.NDArray[np.bool_] = ndimage.maximum_filter(centres, BROAD_PX + 4, mode="nearest").view(np.bool_)
    return near


def without_small_parts(ink: Ink) -> Ink:
    """The picture without those separate parts, with their grey rims, that are too small to be written, and without haze."""
    from scipy import ndimage

    connected = np.ones((3, 3), int)
    clouds, count = ndimage.label(ink > 0, structure=connected)
    inked = np.bincount(clouds[ink >= INK], minlength=count + 1) > 0
    clear = np.where(inked[clouds], ink, np.float32(0))  # grey that no ink is in is haze
    parts, count = ndimage.label(ink >= INK, structure=connected)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    small = sizes < min(SPECK_SHARE * ink.size, sizes[1:].max(initial=0))
    small[0] = False
    if not small.any():
        return clear
    row, column = ndimage.distance_transform_edt(parts == 0, return_distances=False, return_indices=True)
    cleaned: Ink = np.where(small[parts[row, column]], np.float32(0), clear)  # a rim is its nearest part's
    return cleaned
