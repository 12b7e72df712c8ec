"""A benchmark as the paper prints it: the table, who wins where, the picture of all rows (Fig. 4), the ablations (Fig. 5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F

from segan_cli.benchmark.baselines.zi2zi import zi2zi_channels
from segan_cli.benchmark.hand_scores import QUARTERS, REAL, SCORES
from segan_cli.benchmark.row_ink import LEARNED
from segan_cli.benchmark.rows import (
    SEGAN_ROWS,
    SOURCE,
    BenchmarkPlan,
    RowResult,
    StyleData,
    read_glyphs,
    row_folder,
    style_data,
)
from segan_cli.evaluation.evaluate import Inks
from segan_cli.files.contact_sheet import write_comparison
from segan_cli.files.writing import write_json, written_beside
from segan_cli.glyph import Frame, Ink
from segan_cli.training.data.batches import plain_batch
from segan_cli.training.model.networks import Generator
from segan_cli.training.run.run_folder import RunFolder
from segan_cli.training.run.starting_point import generator_weights, load_weights

SHOWN = 10
HEATMAPS = ("cam", "sram", "cram")

Get = Callable[[dict[str, Any]], dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Column:
    """A figure of the table.

    Args:
        name: its heading.
        get: takes it from an evaluation's values; None where it was not measured.
        digits: after the point.
        less: whether less is better.
    """

    name: str
    get: Get
    digits: int
    less: bool


def _accuracy(values: dict[str, Any]) -> dict[str, Any] | None:
    return values["accuracies"][0]["generated"] if values["accuracies"] else None


def _ratio(values: dict[str, Any]) -> dict[str, Any] | None:
    return values["accuracies"][0]["ratio"] if values["accuracies"] else None


def _distance(name: str) -> Get:
    return lambda values: next((one["value"] for one in values["distances"] if one["name"] == name), None)


def _brush(name: str, part: str = "") -> Get:
    def get(values: dict[str, Any]) -> dict[str, Any] | None:
        found: dict[str, Any] | None = (values.get("brush") or {}).get("whole", {}).get(name)
        found = found[part] if found and part else found
        return found if found and found["value"] is not None else None

    return get


def _taken(values: dict[str, Any]) -> dict[str, Any] | None:
    return taken_for(values.get("hands") or {})


def taken_for(scores: dict[str, float], ending: str = "") -> dict[str, Any] | None:
    """How often a row's glyphs were taken for their hand, with its interval; None where nobody judged."""
    name = f"{SCORES[0]}{ending}"
    if name not in scores:
        return None
    return {"value": scores[name], "low": scores.get(f"{name}_low"), "high": scores.get(f"{name}_high")}


COLUMNS = (
    Column("accuracy", _accuracy, 3, less=False),
    Column("of Human", _ratio, 2, less=False),
    Column("FID", _distance("FID"), 1, less=True),
    Column("FD-lite0", _distance("FD-lite0"), 1, less=True),
    Column("KID × 1000", _distance("KID × 1000"), 1, less=True),
    Column("IoU", lambda values: values["iou"], 3, less=False),
    Column("L1", lambda values: values["l1"], 4, less=True),
    Column("skeleton, ‰", lambda values: values["skeleton"], 1, less=True),
    Column("FD-lite0, 256 px", _brush("distance"), 1, less=True),
    Column("KID × 1000, 256 px", _brush("kernel"), 1, less=True),
    Column("missing, ‰", _brush("missing"), 1, less=True),
    Column("surplus, ‰", _brush("surplus"), 1, less=True),
    Column("corners", _brush("corners", "ratio"), 2, less=False),
    Column("contrast", _brush("contrast", "ratio"), 2, less=False),
    Column("weight", _brush("weight", "ratio"), 2, less=False),
    Column("its spread", _brush("spread", "ratio"), 2, less=False),
    Column("its correlation", _brush("correlation"), 2, less=False),
    Column("taken for the hand", _taken, 3, less=False),
)
SHARES = ("corners", "contrast", "weight", "its spread")
"""Figures that are shares of the hand's own: the best is the one nearest to 1."""
QUARTER_HEADINGS = ("FD-lite0, 256 px", "corners", "taken for the hand")


def in_table_order(plan: BenchmarkPlan, results: Sequence[RowResult]) -> list[RowResult]:
    """Rows that were finished in any order, as the table has them."""
    styles = [hand.name for hand in plan.hands]
    return sorted(results, key=lambda one: (styles.index(one.style), plan.rows.index(one.row)))


def table(results: Sequence[RowResult]) -> tuple[list[str], list[list[str]]]:
    """Headings and rows, style by style; a column that nobody measured is left out. The best value of a style has a star."""
    columns = [column for column in COLUMNS if any(column.get(result.values) for result in results)]
    lines = []
    for style in dict.fromkeys(result.style for result in results):
        mine = [result for result in results if result.style == style]
        best = {column.name: _best(_trained(mine), column) for column in columns}
        for result in mine:
            cells = [_cell(column.get(result.values), column, best[column.name]) for column in columns]
            lines.append([style, result.row, str(result.steps), *cells])
        lines.append([style, "Human", "", *(_human(mine[0].values, column) for column in columns)])
    return ["style", "method", "steps", *(column.name for column in columns)], lines


def winners(results: Sequence[RowResult]) -> list[str]:
    """Who wins where, one sentence a style."""
    sentences = []
    for style in dict.fromkeys(result.style for result in results):
        mine = [result for result in results if result.style == style]
        parts = []
        for column in COLUMNS:
            best = _best(_trained(mine), column)
            names = [result.row for result in _trained(mine) if best is not None and _value(result, column) == best]
            parts += [f"{column.name} {' and '.join(names)}"] if names else []
        sentences.append(f"{style}: {'; '.join(parts)}.")
    return sentences


def write_report(plan: BenchmarkPlan, results: Sequence[RowResult]) -> Path:
    """Write `benchmark.md`, `benchmark.json` and the pictures of every style.

    Returns:
        The Markdown file.
    """
    records = [{"style": one.style, "row": one.row, "steps": one.steps, **one.values} for one in results]
    write_json(plan.out / "benchmark.json", records)
    for hand in plan.hands:
        if any(result.style == hand.name for result in results):
            data = style_data(plan, hand)
            _write_fig4(plan, data, [result for result in results if result.style == hand.name])
            _write_fig5(plan, data)
    path = plan.out / "benchmark.md"
    with written_beside(path) as beside:
        beside.write_text(markdown(plan, results), encoding="utf-8", errors="replace")
    return path


def markdown(plan: BenchmarkPlan, results: Sequence[RowResult]) -> str:
    """The table, its conditions, and who wins where."""
    headings, lines = table(results)
    text = ["# Benchmark", "", *_conditions(plan, results), "", "| " + " | ".join(headings) + " |"]
    text += ["|---" * len(headings) + "|", *("| " + " | ".join(line) + " |" for line in lines), ""]
    text += _quarters(results)
    text += ["The best of the trained rows, as measured:", "", *(f"- {sentence}" for sentence in winners(results)), ""]
    for style in dict.fromkeys(result.style for result in results):
        text += [f"![{style}: all rows]({style}/fig4.png)", ""]
        text += [f"![{style}: ablations and heatmaps]({style}/fig5.png)", ""] * (plan.out / style / "fig5.png").exists()
    return "\n".join(text)


def _quarters(results: Sequence[RowResult]) -> list[str]:
    """Lines of Markdown: the ink's figures by quarters of the characters; nothing where they were not measured."""
    shown = [result for result in results if (result.values.get("brush") or {}).get("quarters")]
    if not shown:
        return []
    headings = [f"{name}, {number}" for name in QUARTER_HEADINGS for number in range(1, QUARTERS + 1)]
    lines = [
        "By quarters of the characters, from the shortest centre lines (1) to the longest (4); corners are shares of the hand's:",
        "",
        "| " + " | ".join(["style", "method", *headings]) + " |",
        "|---" * (len(headings) + 2) + "|",
    ]
    return [*lines, *("| " + " | ".join(_quarter_cells(result)) + " |" for result in shown), ""]


def _quarter_cells(result: RowResult) -> list[str]:
    quarters, hands = result.values["brush"]["quarters"], result.values.get("hands") or {}
    distances = [_plain(one["distance"], 1) for one in quarters]
    corners = [_plain(one["corners"]["ratio"], 2) for one in quarters]
    taken = [_plain(taken_for(hands, f"_q{number}"), 3) for number in range(1, QUARTERS + 1)]
    return [result.style, result.row, *distances, *corners, *taken]


def _plain(found: dict[str, Any] | None, digits: int) -> str:
    return "–" if found is None or found["value"] is None else f"{found['value']:.{digits}f}"


def _conditions(plan: BenchmarkPlan, results: Sequence[RowResult]) -> list[str]:
    settings = plan.settings
    time = (
        f"{settings.run.time_budget_s / 60:g} minutes" if settings.run.time_budget_s else f"{settings.run.steps} steps"
    )
    lines = [
        f"Every row: {time} of training on {plan.device}, {settings.optimizer.batch_size} pairs a step, {settings.data.size_px} px, the same "
        "pairs, order, augmentation and schedule; the averaged weights draw. Test characters were seen by none. "
        + (
            "Pictures are finished as `segan generate` does."
            if plan.finish
            else "Pictures are as the networks drew them."
        ),
        "",
        f"Source: {plan.font.family}. CycleGAN, StarGAN and DG-Font see unpaired glyphs, as their papers do. "
        f"The baselines begin with {plan.baseline_channels} channels, zi2zi, which strides at once, with {zi2zi_channels(plan.baseline_channels)}; "
        "published: 64.",
    ]
    floors = {
        f"{result.style} {one['floor']:.1f} (N = {result.values['n']})"
        for result in results
        for one in result.values["distances"]
        if one["name"] == "FD-lite0" and one["floor"] is not None
    }
    if floors:
        lines += ["", f"FD-lite0's floor, the hand against itself on other characters: {', '.join(sorted(floors))}."]
    lines += ["", *_ink_conditions(plan, results)] * any(result.values.get("brush") for result in results)
    return [*lines, "", "In brackets: 95 % intervals. A star: the best value of the trained rows."]


def _ink_conditions(plan: BenchmarkPlan, results: Sequence[RowResult]) -> list[str]:
    """What the columns of the ink mean."""
    text = (
        "From FD-lite0 at 256 px on, traced outlines are measured at 512 px beside the hand's pictures as they are in its folder; corners, "
        "contrast, weight and its spread are shares of the hand's own. Missing and surplus: what 90 % of the hand's centre lines lie "
        "within of the drawn ones, and the other way round, in thousandths of the side."
    )
    if any(result.values.get("hands") for result in results):
        text += (
            f" Taken for the hand: by a linear classifier that learned {LEARNED} glyphs of the training part of each of the "
            f"{len(plan.hands)} hands; in the row of Human, the hand's own test glyphs."
        )
    return [text]


def _trained(results: Sequence[RowResult]) -> list[RowResult]:
    """The rows that compete."""
    return [result for result in results if result.row != SOURCE]


def _value(result: RowResult, column: Column) -> float | None:
    found = column.get(result.values)
    return None if found is None else float(found["value"])


def _best(results: Sequence[RowResult], column: Column) -> float | None:
    values = [value for result in results if (value := _value(result, column)) is not None]
    if not values:
        return None
    if column.name in SHARES:
        return min(values, key=lambda value: abs(value - 1))
    return min(values) if column.less else max(values)


def _cell(found: dict[str, Any] | None, column: Column, best: float | None) -> str:
    if found is None:
        return "–"
    text = f"{found['value']:.{column.digits}f}" + ("*" if found["value"] == best else "")
    return (
        text if found["low"] is None else f"{text} ({found['low']:.{column.digits}f}–{found['high']:.{column.digits}f})"
    )


def _human(values: dict[str, Any], column: Column) -> str:
    if column.name == "accuracy" and values["accuracies"]:
        return f"{values['accuracies'][0]['human']['value']:.3f}"
    if column.name == "taken for the hand":
        own = taken_for(values.get("hands") or {}, REAL)
        return "" if own is None else f"{own['value']:.3f}"
    return "1" if column.name in ("of Human", *SHARES, "its correlation") else ""


def _write_fig4(plan: BenchmarkPlan, data: StyleData, results: Sequence[RowResult]) -> None:
    frame = Frame(plan.settings.data.size_px)
    rows: dict[str, Inks] = {"source": data.plane(0)}
    rows |= {result.row: read_glyphs(result.glyphs, frame) for result in _trained(results)}
    write_comparison(rows | {"real": data.plane(2)}, _shown(data), plan.out / data.hand.name / "fig4.png")


def _write_fig5(plan: BenchmarkPlan, data: StyleData) -> None:
    """The ablations, and where the full network looks; nothing where the full row was not trained."""
    run = row_folder(plan, data.hand.name, "SE-GAN") / "run"
    if not run.is_dir():
        return
    frame = Frame(plan.settings.data.size_px)
    folders = {row: row_folder(plan, data.hand.name, row) / "glyphs" for row in SEGAN_ROWS if row in plan.rows}
    rows: dict[str, Inks] = {"source": data.plane(0)}
    rows |= {row: read_glyphs(folder, frame) for row, folder in folders.items() if folder.is_dir()}
    rows |= {"real": data.plane(2)} | _heatmaps(run, data)
    write_comparison(rows, _shown(data), plan.out / data.hand.name / "fig5.png")


def _heatmaps(run: Path, data: StyleData) -> dict[str, Inks]:
    """The heatmaps of the attention units that the network has, over the characters shown; dark is where a unit looks."""
    generator = Generator(RunFolder.open(run).settings().network).eval()
    load_weights(generator, generator_weights(run), run)
    shown = _shown(data)
    indices = [data.chosen[data.chars.index(char)] for char in shown]
    batch = plain_batch(data.test, indices, torch.device("cpu"))
    with torch.inference_mode():
        found = generator(batch.source, batch.source_skeleton, batch.style).heatmaps
    side = batch.source.shape[-1]
    maps: dict[str, Inks] = {}
    for name in HEATMAPS:
        if name in found:
            large = F.interpolate(found[name][:, None].float(), size=(side, side), mode="bilinear", align_corners=False)
            inks = [_stretched(one) for one in large[:, 0].numpy()]
            maps[name.upper()] = dict(zip(shown, inks, strict=True))
    return maps


def _shown(data: StyleData) -> tuple[str, ...]:
    """The characters of the pictures, spread over all that are measured: by code point the first are the plainest."""
    count = min(SHOWN, len(data.chars))
    return tuple(data.chars[number * len(data.chars) // count] for number in range(count))


def _stretched(heat: Ink) -> Ink:
    low, high = float(heat.min()), float(heat.max())
    return ((heat - low) / max(high - low, 1e-9)).astype(np.float32)
