"""What is ink on a page: light is evened out, and what has a colour (ruling, model characters, seals) is taken away."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segan_cli.paper.opencv import opencv
from segan_cli.paper.pictures import Colour

Layer = npt.NDArray[np.uint8]
"""(H, W): 0 is paper, 255 the blackest ink."""

_PAPER_PX_PER_MM = 1.5
"""The resolution at which the paper's own tone is looked for: finer than shadows, coarser than the grain."""
_LEAST_REACH_MM = 9.0
_DARKEST_PAPER = 0.38
"""Of the lightest: a shadow leaves half of the light, and some of it falls off besides."""
_COLOUR_COSTS = 0.6
"""How much of a pixel's darkness its colour takes away: a red of (200, 40, 30) becomes paper, a brownish ink stays ink."""
NOISE = 24
"""Darkness below which a pixel is paper: grain and what evening leaves."""


def even_light(page: Colour, px_per_mm: float, widest_mm: float) -> Colour:
    """Divide the page by its paper.

    Args:
        page: the page.
        px_per_mm: its resolution.
        widest_mm: strokes are narrower than this; shadows are wider.

    Returns:
        The page as if the paper were white and the light even.

    Source: ours: the paper is the closing (a dilation, then an erosion) of each channel at low resolution.
    """
    cv = opencv()
    scale = min(1.0, _PAPER_PX_PER_MM / px_per_mm)
    small = cv.resize(page, None, fx=scale, fy=scale, interpolation=cv.INTER_AREA)
    reach = int(max(widest_mm, _LEAST_REACH_MM) * px_per_mm * scale) | 1
    kernel = cv.getStructuringElement(cv.MORPH_ELLIPSE, (reach, reach))
    paper = cv.morphologyEx(small, cv.MORPH_CLOSE, kernel, borderType=cv.BORDER_REPLICATE)
    paper = cv.GaussianBlur(cv.medianBlur(paper, 5), (0, 0), reach / 4)
    darkest = np.percentile(paper.reshape(-1, 3), 90, axis=0) * _DARKEST_PAPER  # darker than that, it is a blot
    paper = np.maximum(paper, darkest).astype(np.uint8)
    paper = cv.resize(paper, (page.shape[1], page.shape[0]), interpolation=cv.INTER_LINEAR)
    evened: Colour = cv.divide(page, np.maximum(paper, 1), scale=255)
    return evened


def ink_layer(evened: Colour) -> Layer:
    """How much black ink each pixel holds.

    Args:
        evened: what `even_light` gave.

    Returns:
        The darkness of the lightest channel, less a part of the colourfulness.

    Source: ours: coloured print is light in at least one channel, ink is dark in all.
    """
    cv = opencv()
    red, green, blue = cv.split(evened)
    lightest = cv.max(cv.max(red, green), blue)
    darkest = cv.min(cv.min(red, green), blue)
    colourful = cv.subtract(lightest, darkest)
    dark: Layer = cv.subtract(cv.bitwise_not(lightest), cv.convertScaleAbs(colourful, alpha=_COLOUR_COSTS))
    return dark


def print_layer(evened: Colour) -> Layer:
    """How much of anything, ink or coloured print, each pixel holds."""
    cv = opencv()
    red, green, blue = cv.split(evened)
    layer: Layer = cv.bitwise_not(cv.min(cv.min(red, green), blue))
    return layer
