"""What a look at one glyph's ink tells: blank, all ink, clipped at an edge, specks."""

from __future__ import annotations

import numpy as np

from segan_cli.glyph import Ink

INK = 0.5
"""Ink value from which a pixel counts as ink."""
FULL_SHARE = 0.8
"""Share of inked pixels from which a picture is a filled canvas and no glyph; the blackest real hand stays below .5."""
DUST_SHARE, SPECK_SHARE = 1e-4, 3e-4
"""Parts of the canvas's area. A separate part between the two is a speck: smaller, it is dust that tracing removes or
nobody sees; larger, it may be a written dot, which is ten times that."""


def inspect_ink(ink: Ink, *, count_flecks: bool = True) -> tuple[str, ...]:
    """Reasons to look at a glyph again, in words for a report.

    Args:
        ink: (S, S) float32 in [0, 1], 1 is ink.
        count_flecks: False leaves specks out, for a tracer that removes them.

    Returns:
        An empty tuple for a glyph without a finding; ("blank",) alone for one without ink; else any of "all ink",
        "clipped at the left, …", "2 specks".
    """
    inked = ink >= INK
    share = float(inked.mean())
    if share == 0:
        return ("blank",)
    findings = ["all ink"] if share > FULL_SHARE else []
    edges = {"left": inked[:, 0], "right": inked[:, -1], "top": inked[0], "bottom": inked[-1]}
    clipped = [name for name, line in edges.items() if line.any()]
    if clipped:
        findings.append("clipped at the " + ", ".join(clipped))
    specks = count_specks(ink) if count_flecks else 0
    if specks:
        findings.append("1 speck" if specks == 1 else f"{specks} specks")
    return tuple(findings)


def count_parts(ink: Ink) -> int:
    """Separate pieces of ink; pixels that touch at a corner are one piece."""
    from scipy import ndimage

    return int(ndimage.label(ink >= INK, structure=np.ones((3, 3), int))[1])


def count_specks(ink: Ink) -> int:
    """Number of 8-connected parts too small to be a stroke and large enough to be seen."""
    from scipy import ndimage

    parts, count = ndimage.label(ink >= INK, structure=np.ones((3, 3), int))
    shares = np.bincount(parts.ravel(), minlength=count + 1)[1:] / ink.size
    return int(((shares >= DUST_SHARE) & (shares < SPECK_SHARE)).sum())


def resized(ink: Ink, size_px: int) -> Ink:
    """A picture of another size, by a Lanczos filter.

    Args:
        ink: (S, S) float32 in [0, 1].
        size_px: side of the picture wanted.

    Returns:
        (size_px, size_px) float32 in [0, 1]; the same array where it has this size already.
    """
    if size_px == ink.shape[0]:
        return ink
    from PIL import Image

    picture = Image.fromarray(ink).resize((size_px, size_px), Image.Resampling.LANCZOS)
    return np.clip(np.asarray(picture, dtype=np.float32), 0, 1)
