"""No curve turns back beside its end: extremes that lie there are knots, or the handle is level."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from segan_cli.glyph import Contour, Frame, GlyphRaster
from segan_cli.outline.knots import CORNER, PLAIN
from segan_cli.outline.sliding import polish_within, with_knots_at_extremes
from segan_cli.outline.space import to_font_units
from segan_cli.outline.tracing import trace

Floats = npt.NDArray[np.float64]

NAMED = [
    [(671, 18), (687, 13), (709, -6), (708, -17)],
    [(568, 566), (576, 577), (632, 657), (628, 664)],
    [(288, 198), (290, 202), (315, 258), (311, 259)],
    [(748, 7), (760, 13), (763, 140), (762, 158)],
    [(159, 602), (159, 603), (235, 637), (236, 636)],
    [(527, 178), (520, 184), (476, 249), (473, 245)],
    [(361, 256), (367, 268), (408, 322), (407, 328)],
]
"""Cubics of fonts of ours that FontForge took for crossing themselves: each has an extreme less than a unit beyond its end."""


def turns(cubic: Floats) -> int:
    """At how many inner places does a cubic turn back in x or y?"""
    found = 0
    for axis in range(2):
        a, b, c = np.diff(cubic[:, axis])
        roots = np.roots(np.trim_zeros([a - 2 * b + c, 2 * (b - a), a], "f"))
        found += sum(abs(root.imag) < 1e-12 and 1e-9 < root.real < 1 - 1e-9 for root in roots.astype(complex))
    return found


def walked(cubic: Floats, steps: int) -> Floats:
    u = np.linspace(0, 1, steps)[:, None]
    return np.asarray(
        (1 - u) ** 3 * cubic[0] + 3 * u * (1 - u) ** 2 * cubic[1] + 3 * u * u * (1 - u) * cubic[2] + u**3 * cubic[3]
    )


def chain_of(cubic: Floats, middle: int) -> tuple[Floats, npt.NDArray[np.int64], Floats, npt.NDArray[np.int64]]:
    """The cubic and one that goes on as its mirror image across where it ends, between corners; a line closes them.

    Returns:
        Vertices, the vertex of each knot, and rows and kinds as `with_knots_at_extremes` wants them.
    """
    ahead = (cubic[3] - cubic[2]) / np.hypot(*(cubic[3] - cubic[2]))
    mirrored = cubic[2::-1] + 2 * ((cubic[3] - cubic[2::-1]) @ ahead)[:, None] * ahead
    vertices = np.concatenate([walked(cubic, 41)[:-1], walked(np.vstack([cubic[3], mirrored]), 41)])
    points = np.concatenate([vertices, vertices[:1]])
    rows = [
        [*cubic[0], *cubic[0], *cubic[1], 1, 0],
        [*cubic[2], *cubic[3], *mirrored[0], *ahead],
        [*mirrored[1], *mirrored[2], *mirrored[2], 1, 0],
    ]
    return points, np.array([0, 40, 80, 81]), np.array(rows, dtype=np.float64), np.array([CORNER, middle, CORNER])


def cubics_of(chain: Floats) -> list[Floats]:
    return [np.array([chain[k, 2:4], chain[k, 4:6], chain[k + 1, 0:2], chain[k + 1, 2:4]]) for k in (0, 1)]


def distances(cubics: list[Floats], points: Floats) -> Floats:
    """How far each point lies from the curves."""
    run = np.concatenate([walked(cubic, 400) for cubic in cubics])
    return np.array([np.hypot(*(run - point).T).min() for point in points])


@pytest.mark.parametrize("middle", [PLAIN, CORNER])
@pytest.mark.parametrize("number", range(len(NAMED)))
def test_what_fontforge_takes_for_a_crossing_runs_one_way(number: int, middle: int) -> None:
    cubic = np.array(NAMED[number], dtype=np.float64)
    points, at, chain, kind = chain_of(cubic, middle)
    assert turns(cubic)
    curve = np.array([True, True, False])
    with_knots_at_extremes(points, at, chain, kind, curve)
    polish_within(points, at, chain, kind, curve, 2, False)
    assert not turns(cubics_of(chain)[0])
    away = distances(cubics_of(chain), points[:81])
    assert away.mean() < 0.6 and away.max() < 1.6  # the farthest is at a tip two units wide


DRAWN = sorted((Path(__file__).parent / "data" / "drawn").glob("*.png"))


def test_hardly_any_curve_of_a_traced_glyph_turns_back() -> None:
    from PIL import Image

    found = 0
    for path in DRAWN:
        ink = 1 - np.asarray(Image.open(path).convert("L"), dtype=np.float32) / 255
        raster = GlyphRaster(chr(int(path.stem[2:], 16)), ink, Frame(ink.shape[0]))
        found += sum(turns(cubic) for contour in to_font_units(trace(raster)).contours for cubic in curves(contour))
    assert found <= 2 * len(DRAWN)  # there were twenty a glyph


def curves(contour: Contour) -> list[Floats]:
    count, on_curve = len(contour.points), contour.on_curve
    starts = [k for k in range(count) if on_curve[k] and not on_curve[(k + 1) % count]]
    return [contour.points.take(range(k, k + 4), axis=0, mode="wrap") for k in starts]
