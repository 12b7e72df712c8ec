"""The last touch on a drawn picture: edges a brush could have left, no specks, no pinholes."""

from __future__ import annotations

import numpy as np

from segan_cli.glyph import Ink
from segan_cli.inspection import INK, SPECK_SHARE

SMOOTH_PX = 0.8
"""Standard deviation in pixels of the blur that takes the network's raggedness from an edge; chosen at 128 px. Strokes and
gaps of 1.2 px and less do not survive it: of hands as they were written it takes none that a reader needs."""

CONTRAST = 2.0
"""By how much contrast is raised after the blur; it leaves the edge, where ink is a half, where the blur has it."""


def finish(ink: Ink) -> Ink:
    """Smooth a drawn picture's edges; take specks away and close pinholes.

    Args:
        ink: (S, S) float32 in [0, 1], as a network drew it.

    Returns:
        (S, S) float32. Ink of which the blur would leave nothing stays as it is; a picture without ink stays without.

    Source: ours; what it does to specks, readings and FD-lite0 is in `tests/benchmarks/training.md`.
    """
    from scipy import ndimage

    soft = ndimage.gaussian_filter(ink, SMOOTH_PX, mode="constant")
    if not (soft >= INK).any():
        return ink
    clear = np.clip((soft - INK) * CONTRAST + INK, 0, 1, dtype=np.float32)
    return 1 - without_small_parts(1 - without_small_parts(clear))


def without_small_parts(ink: Ink) -> Ink:
    """The picture without those separate parts, with their grey rims, that are too small to be written."""
    from scipy import ndimage

    parts, count = ndimage.label(ink > 0, structure=np.ones((3, 3), int))
    if count < 2:
        return ink
    sizes = np.bincount(parts[ink >= INK], minlength=count + 1)
    small = sizes < min(SPECK_SHARE * ink.size, sizes[1:].max())
    small[0] = False
    if not small.any():
        return ink
    cleaned: Ink = np.where(small[parts], np.float32(0), ink)
    return cleaned
