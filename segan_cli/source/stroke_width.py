"""How wide strokes are, measured along their centre lines."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from segan_cli.glyph import Ink, Line
from segan_cli.ink import INK


def stroke_widths(ink: Ink, line: Line) -> npt.NDArray[np.float64]:
    """How wide the strokes are along a picture's centre lines, in pixels: twice the way to the paper, from pixel centre to edge.

    Args:
        ink: (H, W) float32 in [0, 1]; beyond it lies paper.
        line: (H, W) bool, its centre lines.

    Returns:
        (N,) one width for each pixel of the line, in the order of rows.
    """
    to_paper = np.asarray(ndimage.distance_transform_edt(np.pad(ink >= INK, 1)))[1:-1, 1:-1]
    return 2 * to_paper[line] - 1  # the edge lies half a pixel before the first pixel of paper
