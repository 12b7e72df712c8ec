"""Figures of the brush as rows for a person."""

from __future__ import annotations

from segan_cli.evaluation.bootstrap import Estimate
from segan_cli.evaluation.brush_figures import Beside, BrushComparison, BrushFigures
from segan_cli.evaluation.table_cells import interval, number, row

QUARTER_COLUMNS = (
    "quarter",
    "centre lines, u",
    "corners, of the hand's",
    "weight",
    "spread",
    "contrast",
    "missing, ‰",
    "surplus, ‰",
    "FD-lite0 at 256 px",
)


def brush_rows(brush: BrushComparison) -> list[list[str]]:
    """One row a figure of all glyphs: what it is, its value, its interval, and the hand's beside it."""
    whole = brush.whole
    rows = [
        _beside("sharp corners in 1,000 u of edge", whole.corners, 2),
        _beside("weight of strokes, u", whole.weight, 1),
        _beside("spread of weight over glyphs, u", whole.spread, 2),
        row("   correlation with the real glyphs' weight", whole.correlation, 2, "same glyphs: 1"),
        _beside("contrast of thick and thin in a glyph", whole.contrast, 3),
        row("missing strokes, ‰ of the side (less is better)", whole.missing, 1, "same outline: 0"),
        row("surplus strokes, ‰ of the side (less is better)", whole.surplus, 1, "same outline: 0"),
    ]
    if whole.distance is not None:
        rows.append(row("FD-lite0 at 256 px (less is better)", whole.distance, 1, "the hand itself: 0"))
    if whole.kernel is not None:
        rows.append(row("KID × 1000 at 256 px (less is better)", whole.kernel, 1, "the hand itself: 0"))
    return rows


def quarters_table(brush: BrushComparison) -> list[str]:
    """Lines of Markdown: each quarter of the characters, from the fewest strokes to the most."""
    lines = [
        f"By quarters of the characters, from the shortest centre lines of {brush.by} to the longest; shares are of the hand's own:",
        "",
        "| " + " | ".join(QUARTER_COLUMNS) + " |",
        "|---" * len(QUARTER_COLUMNS) + "|",
    ]
    return lines + ["| " + " | ".join(_quarter(place, one)) + " |" for place, one in enumerate(brush.quarters, start=1)]


def brush_scores(whole: BrushFigures) -> dict[str, float]:
    """The figures that a bundle's card carries, by name."""
    found = {"corners": whole.corners.generated.value}
    for name in ("corners", "weight", "spread", "contrast"):
        found[f"{name}_ratio"] = getattr(whole, name).ratio.value
    found |= {"weight_correlation": whole.correlation.value, "missing": whole.missing.value}
    found |= {"surplus": whole.surplus.value}
    if whole.distance is not None:
        found["fd_lite0_256"] = whole.distance.value
    return {name: value for name, value in found.items() if value == value}


def _beside(name: str, figure: Beside, digits: int) -> list[str]:
    share = f"{figure.ratio.value:.2f} ({interval(figure.ratio, 2)}) of the hand's {number(figure.real, digits)}"
    return row(name, figure.generated, digits, share)


def _quarter(place: int, figures: BrushFigures) -> list[str]:
    shares = (figures.corners, figures.weight, figures.spread, figures.contrast)
    return [
        f"{place} (N = {figures.count})",
        f"{figures.strokes:.0f}",
        *(f"{share.ratio.value:.2f}" for share in shares),
        *(number(value, 1) for value in (figures.missing, figures.surplus)),
        _number_or_dash(figures.distance),
    ]


def _number_or_dash(estimate: Estimate | None) -> str:
    return "–" if estimate is None else number(estimate, 1)
