"""Which of a picture's two tones is the paper: the one that most of it has, in wider areas, all around the writing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segan_cli.source.glyph_image import Lightness, Polarity

FAINT = 0.12
"""The least difference between paper and ink, of 1."""
_MARGIN = 0.05
"""The outer part of each side, where a frame may be printed, has no say in what most of the picture is."""
_PLAIN = 0.65
_AROUND = 0.9
_INWARD = 0.2


@dataclass(frozen=True, slots=True)
class PaperTone:
    """What a picture says of itself: which of the two the paper is, and whether there is no doubt of it."""

    polarity: Polarity
    sure: bool


def paper_tone(lightness: Lightness) -> PaperTone:
    """Look at a picture's tones; one without contrast is taken for dark on light, and not surely.

    Dark paper must lie all around the writing to be sure of: a heavy stroke that is cut out closely is dark for the most part.
    """
    from scipy import ndimage

    dark, light = np.percentile(lightness, (1, 99))
    if light - dark < FAINT:
        dark, light = lightness.min(), lightness.max()
    if light - dark < FAINT:
        return PaperTone("dark-on-light", False)
    step = max(1, max(lightness.shape) // 192)
    is_light = lightness[::step, ::step] > (dark + light) / 2
    rows, columns = (round(_MARGIN * side) for side in is_light.shape)
    inner = is_light[rows : len(is_light) - rows, columns : is_light.shape[1] - columns]
    share = float(inner.mean())
    widths = [float(ndimage.distance_transform_edt(np.pad(one, 1)).max()) for one in (inner, ~inner)]
    if share >= 0.5:
        return PaperTone("dark-on-light", share >= _PLAIN and widths[0] > widths[1])
    edge = np.concatenate((is_light[0], is_light[-1], is_light[:, 0], is_light[:, -1]))
    sure = share <= 1 - _PLAIN and widths[1] > widths[0] and 1 - edge.mean() >= _AROUND
    return PaperTone("light-on-dark", sure and _reaches_edge(is_light) <= _INWARD)


def _reaches_edge(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """Part of the mask that hangs together with the picture's edge."""
    from scipy import ndimage

    parts, count = ndimage.label(mask)
    at_edge = np.unique(np.concatenate((parts[0], parts[-1], parts[:, 0], parts[:, -1])))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    return float(sizes[at_edge[at_edge > 0]].sum() / max(1, sizes[1:].sum()))
