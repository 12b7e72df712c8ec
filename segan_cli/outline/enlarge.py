"""Larger pictures for tracers that see only black and white: some of what the grey levels know becomes pixels."""

from __future__ import annotations

import numpy as np
from PIL import Image

from segan_cli.glyph import Ink


def enlarged(ink: Ink, factor: int) -> Ink:
    """Enlarge by a whole factor with a Lanczos filter; (H, W) becomes (factor × H, factor × W), still in [0, 1]."""
    if factor == 1:
        return ink
    size = (ink.shape[1] * factor, ink.shape[0] * factor)
    large = Image.fromarray(ink, mode=None).resize(size, Image.Resampling.LANCZOS)
    return np.clip(np.asarray(large, dtype=np.float32), 0.0, 1.0)
