"""How light the paper is at each place of a picture, and the picture as even light would show it.

The paper's lightness is a grey closing with a window wider than any stroke: the brightest paper around, followed back to where
it ends, so that a shadow's edge stays where it is. Pictures whose light is even already are left to the bit as they are.

Source: background division, as in document scanning; the sizes are ours.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Plane = npt.NDArray[np.float32]

_SMALL = 160
"""The longer side, in pixels, at which the paper is looked at: grain is averaged away."""
_WINDOW = 0.3
"""Part of the longer side; no stroke is so wide in both directions."""
_EVEN = 0.93
"""The darkest part of the paper over the lightest, from which light counts as even."""
_NO_LIGHT = 0.2
"""Paper that would be darker than this part of the lightest is no paper but something black."""


def paper_lightness(lightness: Plane, *, widest_px: float = 0.0) -> Plane:
    """How light the paper is, at each place, above 0. Areas too dark to be paper in shadow take the lightness of the rest.

    Args:
        lightness: (H, W) in [0, 1], light paper.
        widest_px: at least so many pixels count as a stroke's width; for cut-outs that one stroke may fill.
    """
    from scipy import ndimage

    small = _shrunk(lightness)
    scale = max(small.shape) / max(lightness.shape)
    window = max(3, round(_WINDOW * max(*small.shape, widest_px / 0.3 * scale)))
    closed = ndimage.grey_closing(small, size=(window, window), mode="nearest")
    closed = _filled(closed)
    top = float(np.percentile(closed, 98))
    closed = np.where(closed < _NO_LIGHT * top, np.float32(top), closed)
    smooth = ndimage.gaussian_filter(closed, max(1.0, window / 8), mode="nearest")
    return np.maximum(_enlarged(smooth.astype(np.float32), lightness.shape), np.float32(1e-3))


def is_even(background: Plane) -> bool:
    """Whether the paper is as light everywhere as makes no difference."""
    return float(background.min()) >= _EVEN * float(background.max())


def evened(lightness: Plane, background: Plane) -> Plane:
    """The picture as if the light were that of its brightest place, [0, 1]."""
    even: Plane = np.clip(lightness / background * background.max(), 0, 1).astype(np.float32)
    return even


def _filled(plane: Plane) -> Plane:
    """Dark places that do not reach the picture's edge take the lightness around them: a shadow comes from outside."""
    from skimage.morphology import reconstruction

    seed = plane.copy()
    seed[1:-1, 1:-1] = plane.max()
    return np.asarray(reconstruction(seed, plane, method="erosion"), dtype=np.float32)


def _shrunk(lightness: Plane) -> Plane:
    from PIL import Image

    height, width = lightness.shape
    longer = max(height, width)
    if longer <= _SMALL:
        return lightness
    size = (max(1, round(width * _SMALL / longer)), max(1, round(height * _SMALL / longer)))
    return np.asarray(Image.fromarray(lightness).resize(size, Image.Resampling.BOX), dtype=np.float32)


def _enlarged(plane: Plane, shape: tuple[int, ...]) -> Plane:
    from PIL import Image

    if plane.shape == shape:
        return plane
    return np.asarray(Image.fromarray(plane).resize((shape[1], shape[0]), Image.Resampling.BILINEAR), dtype=np.float32)
