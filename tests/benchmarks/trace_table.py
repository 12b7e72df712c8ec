"""Measure every tracer against fonts' own outlines and write the tables into this folder's README.

    python tests/benchmarks/trace_table.py --font kouzan-mouhitsu-gyosho.ttf LXGWWenKai-Regular.ttf --count 60

Each font has a table of its own; its first row is the font's own outline. `--nodes NAME=FONT` draws twelve glyphs of a font with their
points, ours above potrace's, into tracing-nodes-NAME.png; without `--font` nothing is measured.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from outline_quality import quality_of
from PIL import Image, ImageDraw
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from segan_cli.errors import GlyphError
from segan_cli.font.quadratic import as_cubic
from segan_cli.font.ufo import is_smooth
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
FINE_STEPS = 64
"""Straight steps that stand for a cubic that is compared or drawn: eight add .02 units to the mean distance."""
SHOWN = 12
PALETTE = ((255, 255, 255), (0, 0, 0), (0, 0, 255), (255, 0, 0), (0, 150, 0))
PAPER, INK, SMOOTH, CORNER, HANDLE = range(5)
SOFT_PX = 0.6
"""Standard deviation of the blur that stands for a network's soft edges."""

WAYS = (
    ("**fit (default)**", TraceSettings()),
    ("fit, tolerance 0.3", TraceSettings(tolerance=0.3)),
    ("potrace", TraceSettings(tracer="potrace", upsample=1)),
    ("potrace, 2× Lanczos", TraceSettings(tracer="potrace", upsample=2)),
    ("vtracer", TraceSettings(tracer="vtracer", upsample=1)),
    ("vtracer, 2× Lanczos", TraceSettings(tracer="vtracer", upsample=2)),
)
HEAD = (
    "| way | ms a glyph | points | IoU | mean distance | 95 % | lines of segments | smooth joins | kinks | tiny | extremes missed | crossing |",
    "|---|---|---|---|---|---|---|---|---|---|---|---|",
)
BEGIN, END = "<!-- tracing: begin -->", "<!-- tracing: end -->"


@dataclass(frozen=True)
class Truth:
    """The font's own glyph, drawn large: its half-ink shape and points along its contour in font units."""

    inside: npt.NDArray[np.bool_]
    edge: Floats
    tree: cKDTree


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--font", nargs="+", default=[], help="fonts whose outlines are the truth")
    parser.add_argument("--count", type=int, default=60, help="how many of its Chinese characters")
    parser.add_argument("--size", type=int, default=256, help="side of the pictures, pixels")
    parser.add_argument("--soft", action="store_true", help=f"blur the pictures by {SOFT_PX} px, as a network draws")
    parser.add_argument("--readme", type=Path, default=README)
    parser.add_argument(
        "--nodes", nargs="+", default=[], metavar="NAME=FONT", help="fonts of which twelve glyphs are drawn"
    )
    parser.add_argument("--program", action="store_true", help="potrace by its program, not by the Python package")
    options = parser.parse_args()
    if options.program:
        sys.modules["potrace"] = None  # type: ignore[assignment]
    tables = []
    for name in options.font:
        font = open_source_font(name)
        tables.append(table(font, choose(font, options.count), options.size, options.soft))
    if tables:
        write_between(options.readme, "\n\n".join(tables))
    for named in options.nodes:
        hand, _, name = named.partition("=")
        font = open_source_font(name)
        glyphs = [raster_of(font, char, options.size, options.soft) for char in choose(font, SHOWN)]
        node_picture(glyphs, options.readme.with_name(f"tracing-nodes-{hand}.png"))


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
    """One Markdown table: all ways on all glyphs at one size, and the font's own outline."""
    rasters = [raster_of(font, char, size_px, soft) for char in truths]
    soft_note = f", blurred by {SOFT_PX} px" if soft else ""
    title = f"{len(truths)} glyphs of {font.family} at {size_px} px{soft_note}:"
    own = quality_row("the font's own outline", [own_contours(font, char) for char in truths], "", " | | |")
    rows = [row(name, settings, rasters, truths) for name, settings in WAYS]
    return "\n".join([title, "", *HEAD, own, *rows])


def own_contours(font: SourceFont, char: str) -> tuple[Contour, ...]:
    """The font's own glyph on an em of 1,000 units; its quadratic curves as the cubic ones that they are."""
    glyph = font.glyph(char)
    assert glyph is not None
    outline, scale, contours, first = glyph.outline, 1000 / glyph.units_per_em, [], 0
    for k in range(outline.n_contours):
        last = outline.contours[k]
        points = [
            (outline.points[i].x * scale, outline.points[i].y * scale, bool(outline.tags[i] & 1))
            for i in range(first, last + 1)
        ]
        start = next((i for i, point in enumerate(points) if point[2]), 0)
        if not points[start][2]:  # TrueType implies a point between two off the curve
            points.append(((points[0][0] + points[-1][0]) / 2, (points[0][1] + points[-1][1]) / 2, True))
            start = len(points) - 1
        contours.append(as_cubic([*points[start:], *points[:start]]))  # type: ignore[list-item]
        first = last + 1
    return tuple(contours)


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
    near = np.mean([compare(outline, truths[outline.char]) for outline in outlines], axis=0)
    crossing = np.mean([count_crossings(o.contours) > 0 for o in outlines])
    print(name, f"{ms:.1f} ms", near.round(4), flush=True)
    numbers = f" {near[0]:.4f} | {near[1]:.2f} | {near[2]:.2f} |"
    return quality_row(name, [o.contours for o in outlines], f"{ms:.1f}", numbers, f"{crossing:.1%}")


def quality_row(name: str, glyphs: list[tuple[Contour, ...]], ms: str, near: str, crossing: str = "") -> str:
    found = [quality_of(contours) for contours in glyphs]
    points, segments, lines, smooth, kinks, tiny, missed = np.mean([astuple(one) for one in found], axis=0)
    return (
        f"| {name} | {ms} | {points:.0f} |{near} {lines:.0f} of {segments:.0f} | {smooth:.0f} | {kinks:.1f} | {tiny:.1f} "
        f"| {missed:.2f} | {crossing} |"
    )


def cpu_seconds() -> float:
    """CPU time of this process and of the programs it has run."""
    return sum(os.times()[:4])


def compare(outline: GlyphOutline, truth: Truth) -> tuple[float, float, float]:
    """IoU at 1024 px, and the mean and 95 % distance of the two contours in font units, both ways."""
    frame = Frame(LARGE_PX)
    runs = [units_to_px(flattened(contour, FINE_STEPS), frame) for contour in outline.contours]
    starts = np.cumsum([0, *(len(run) for run in runs)])
    drawn = np.clip(coverage(np.concatenate(runs), starts, LARGE_PX, LARGE_PX), 0, 1).astype(np.float32)
    inside = drawn >= 0.5
    edge = edge_points(drawn)
    away = np.concatenate([truth.tree.query(edge[::3])[0], cKDTree(edge).query(truth.edge[::3])[0]])
    iou = np.count_nonzero(inside & truth.inside) / np.count_nonzero(inside | truth.inside)
    return float(iou), float(away.mean()), float(np.percentile(away, 95))


def node_picture(rasters: list[GlyphRaster], path: Path) -> None:
    """Our outline of each glyph above potrace's, an em 1,000 px high, with points (corners red, smooth ones blue) and handles."""
    side, columns = 1000, 6
    rows = [rasters[k : k + columns] for k in range(0, len(rasters), columns)]
    sheet = Image.new("P", (columns * side, 2 * len(rows) * side), PAPER)
    sheet.putpalette([value for colour in PALETTE for value in colour])
    draw = ImageDraw.Draw(sheet)
    for r, glyphs in enumerate(rows):
        for c, raster in enumerate(glyphs):
            for half, settings in enumerate((TraceSettings(), TraceSettings(tracer="potrace"))):
                outline = to_font_units(trace(raster, settings))
                draw_nodes(draw, outline, (c * side, (2 * r + half) * side), side / 1000)
    sheet.save(path, optimize=True, bits=4)


def draw_nodes(draw: ImageDraw.ImageDraw, outline: GlyphOutline, corner: tuple[int, int], scale: float) -> None:
    def place(points: Floats) -> list[tuple[float, float]]:
        return [(corner[0] + x * scale, corner[1] + (880 - y) * scale) for x, y in points]

    for contour in outline.contours:
        draw.polygon(place(flattened(contour, FINE_STEPS)), outline=INK)
    for contour in outline.contours:
        at, points, flags = place(contour.points), contour.points.tolist(), contour.on_curve.tolist()
        for k, on_curve in enumerate(contour.on_curve):
            x, y = at[k]
            if on_curve:
                draw.rectangle((x - 3, y - 3, x + 3, y + 3), fill=SMOOTH if is_smooth(points, flags, k) else CORNER)
            else:
                knot = at[k - 1] if contour.on_curve[k - 1] else at[(k + 1) % len(at)]
                draw.line((*at[k], *knot), fill=HANDLE)
                draw.ellipse((x - 2, y - 2, x + 2, y + 2), fill=HANDLE)


def write_between(readme: Path, text: str) -> None:
    """Replace what stands between the markers in the README; they are added at its end if they are not there."""
    whole = readme.read_text(encoding="utf-8") if readme.exists() else "# Benchmarks\n"
    if BEGIN not in whole:
        whole += f"\n{BEGIN}\n{END}\n"
    head, tail = whole.split(BEGIN)[0], whole.split(END)[1]
    readme.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main()
