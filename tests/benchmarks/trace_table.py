"""Measure every tracer against a font's own outlines and write the table into this folder's README.

Run it with the font to draw from:

    python tests/benchmarks/trace_table.py --font kouzan-mouhitsu-gyosho.ttf --count 200

Each picture size has its own table and its own place in the README, so that one can be measured alone (`--only 256`).
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from segan_cli.errors import GlyphError
from segan_cli.glyph import Contour, Frame, GlyphOutline, GlyphRaster
from segan_cli.outline.contours import half_ink_contours
from segan_cli.outline.crossings import count_crossings, flattened
from segan_cli.outline.pixel_coverage import coverage
from segan_cli.outline.space import to_font_units, units_to_px
from segan_cli.outline.tracing import TraceSettings, trace
from segan_cli.source.raster import render_glyph
from segan_cli.source.source_font import SourceFont, open_source_font

Floats = npt.NDArray[np.float64]

README = Path(__file__).with_name("README.md")
LARGE_PX = 1024
SOFT_PX = 0.6
"""Standard deviation of the blur that stands for a network's soft edges."""

PICTURES = {"256": (256, False), "128": (128, False), "128-soft": (128, True)}
"""Size in pixels, and whether the picture is blurred."""

WAYS = (
    ("fit, tolerance 0.2", TraceSettings(tolerance=0.2)),
    ("**fit, tolerance 0.4 (default)**", TraceSettings()),
    ("fit, tolerance 0.8", TraceSettings(tolerance=0.8)),
    ("potrace", TraceSettings(tracer="potrace", upsample=1)),
    ("potrace, 2× Lanczos", TraceSettings(tracer="potrace", upsample=2)),
    ("vtracer", TraceSettings(tracer="vtracer", upsample=1)),
    ("vtracer, 2× Lanczos", TraceSettings(tracer="vtracer", upsample=2)),
)


@dataclass(frozen=True)
class Truth:
    """The font's own glyph, drawn large: its half-ink shape and points along its contour in font units."""

    inside: npt.NDArray[np.bool_]
    edge: Floats
    tree: cKDTree


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--font", type=Path, required=True, help="the font whose outlines are the truth")
    parser.add_argument("--count", type=int, default=200, help="how many of its Chinese characters")
    parser.add_argument("--readme", type=Path, default=README)
    parser.add_argument("--only", choices=tuple(PICTURES), action="append", help="one of the picture kinds")
    parser.add_argument("--program", action="store_true", help="potrace by its program, not by the Python package")
    options = parser.parse_args()
    if options.program:
        sys.modules["potrace"] = None  # type: ignore[assignment]
    font = open_source_font(str(options.font))
    truths = choose(font, options.count)
    for picture in options.only or PICTURES:
        write_between(options.readme, picture, table(font, truths, *PICTURES[picture]))


def choose(font: SourceFont, count: int) -> dict[str, Truth]:
    """Characters evenly from the font's own, those that draw blank left out."""
    known = sorted(c for c in font.chars if 0x4E00 <= ord(c) <= 0x9FFF)
    order = np.random.default_rng(1).permutation(len(known))
    truths: dict[str, Truth] = {}
    for k in order:
        if len(truths) == count:
            break
        try:
            ink = render_glyph(font, known[k], Frame(LARGE_PX)).ink
        except GlyphError:
            continue
        edge = edge_points(ink)
        truths[known[k]] = Truth(ink >= 0.5, edge, cKDTree(edge))
    return truths


def edge_points(ink: npt.NDArray[np.float32]) -> Floats:
    points, _ = half_ink_contours(ink, 0.5)
    return points * (1000 / LARGE_PX)


def table(font: SourceFont, truths: dict[str, Truth], size_px: int, soft: bool) -> str:
    """One Markdown table: all ways on all glyphs at one size."""
    rasters = [raster_of(font, char, size_px, soft) for char in truths]
    title = f"{len(truths)} glyphs of {font.family} at {size_px} px" + (f", blurred by {SOFT_PX} px" if soft else "")
    head = "| way | ms a glyph | on + off points | IoU | mean distance | 95 % | crossing | missing extremes |\n|---|---|---|---|---|---|---|---|"
    return f"{title}:\n\n{head}\n" + "\n".join(row(name, settings, rasters, truths) for name, settings in WAYS)


def raster_of(font: SourceFont, char: str, size_px: int, soft: bool) -> GlyphRaster:
    raster = render_glyph(font, char, Frame(size_px))
    if not soft:
        return raster
    return GlyphRaster(char, np.clip(gaussian_filter(raster.ink, SOFT_PX), 0, 1).astype(np.float32), raster.frame)


def row(name: str, settings: TraceSettings, rasters: list[GlyphRaster], truths: dict[str, Truth]) -> str:
    to_font_units(trace(rasters[0], settings))
    began = cpu_seconds()
    outlines = [to_font_units(trace(raster, settings)) for raster in rasters]
    ms = (cpu_seconds() - began) / len(rasters) * 1000
    on = np.mean([sum(int(c.on_curve.sum()) for c in o.contours) for o in outlines])
    total = np.mean([sum(len(c.points) for c in o.contours) for o in outlines])
    near = np.mean([compare(outline, truths[outline.char]) for outline in outlines], axis=0)
    crossing = np.mean([count_crossings(o.contours) > 0 for o in outlines])
    missing = np.mean([sum(missing_extremes(c) for c in o.contours) for o in outlines])
    print(name, f"{ms:.1f} ms", f"{total:.0f} points", near.round(4), flush=True)
    return (
        f"| {name} | {ms:.1f} | {on:.0f} + {total - on:.0f} = {total:.0f} | {near[0]:.4f} | {near[1]:.2f} | {near[2]:.2f} "
        f"| {crossing:.1%} | {missing:.1f} |"
    )


def cpu_seconds() -> float:
    """CPU time of this process and of the programs it has run."""
    return sum(os.times()[:4])


def compare(outline: GlyphOutline, truth: Truth) -> tuple[float, float, float]:
    """IoU at 1024 px, and the mean and 95 % distance of the two contours in font units, both ways."""
    frame = Frame(LARGE_PX)
    runs = [units_to_px(flattened(contour), frame) for contour in outline.contours]
    starts = np.cumsum([0, *(len(run) for run in runs)])
    drawn = np.clip(coverage(np.concatenate(runs), starts, LARGE_PX, LARGE_PX), 0, 1).astype(np.float32)
    inside = drawn >= 0.5
    edge = edge_points(drawn)
    away = np.concatenate([truth.tree.query(edge[::3])[0], cKDTree(edge).query(truth.edge[::3])[0]])
    iou = np.count_nonzero(inside & truth.inside) / np.count_nonzero(inside | truth.inside)
    return float(iou), float(away.mean()), float(np.percentile(away, 95))


def missing_extremes(contour: Contour) -> int:
    """Cubics that bulge more than a unit beyond the box of their ends."""
    starts = np.flatnonzero(contour.on_curve)
    curved = ~contour.on_curve.take(starts + 1, mode="wrap")
    corners = contour.points.take(starts[curved][:, None] + np.arange(4), axis=0, mode="wrap")
    u = np.linspace(0, 1, 33)[:, None]
    weights = np.hstack([(1 - u) ** 3, 3 * u * (1 - u) ** 2, 3 * u**2 * (1 - u), u**3])
    walked = np.einsum("sk,pkd->psd", weights, corners)
    ends = corners[:, [0, 3]]
    beyond = np.maximum(walked.max(axis=1) - ends.max(axis=1), ends.min(axis=1) - walked.min(axis=1))
    return int(np.count_nonzero(beyond > 1))


def write_between(readme: Path, picture: str, text: str) -> None:
    """Replace what stands between the picture's markers in the README; they are added at its end if they are not there."""
    begin, end = f"<!-- tracing {picture}: begin -->", f"<!-- tracing {picture}: end -->"
    whole = readme.read_text(encoding="utf-8") if readme.exists() else "# Benchmarks\n"
    if begin not in whole:
        whole += f"\n{begin}\n{end}\n"
    head, tail = whole.split(begin)[0], whole.split(end)[1]
    readme.write_text(f"{head}{begin}\n{text}\n{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
