"""An evaluation as rows for a person, as Markdown, and as plain values for a machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from segan_cli.evaluation.brush_table import brush_rows, brush_scores, quarters_table
from segan_cli.evaluation.evaluate import Accuracy, Evaluation, SetDistance
from segan_cli.evaluation.table_cells import interval, number, row

COLUMNS = ("what", "generated", "95 %", "beside it")


def rows(evaluation: Evaluation) -> list[list[str]]:
    """One row a figure: what it is, its value, its interval, and what it is to be held against."""
    found: list[list[str]] = []
    for accuracy in evaluation.accuracies:
        found += _accuracy_rows(accuracy)
    found += [_distance_row(distance) for distance in evaluation.distances]
    found.append(row("L1 (less is better)", evaluation.l1, 4, "same picture: 0"))
    found.append(row("IoU (more is better)", evaluation.iou, 3, "same picture: 1"))
    found.append(row("skeleton distance, ‰ of the side (less is better)", evaluation.skeleton, 1, "same picture: 0"))
    return [*found, *(brush_rows(evaluation.brush) if evaluation.brush is not None else ())]


def markdown(evaluation: Evaluation, title: str) -> str:
    """The rows as a Markdown table, with the conditions that they hold under."""
    lines = [
        f"# {title}",
        "",
        _conditions(evaluation),
        "",
        "| " + " | ".join(COLUMNS) + " |",
        "|---" * len(COLUMNS) + "|",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows(evaluation)]
    if evaluation.brush is not None and evaluation.brush.quarters:
        lines += ["", *quarters_table(evaluation.brush)]
    if evaluation.misread:
        pairs = " ".join(f"{char}→{read}" for char, read in evaluation.misread)
        lines += ["", f"Read as another character ({len(evaluation.misread)}): {pairs}"]
    return "\n".join(lines) + "\n"


def as_values(evaluation: Evaluation) -> dict[str, Any]:
    """Plain values for JSON; an interval that could not be had is null."""
    return {"n": len(evaluation.chars), **plain_values(evaluation), "chars": "".join(evaluation.chars)}


def plain_values(figures: Any) -> Any:
    """A dataclass of figures as plain values for JSON, an interval that could not be had as null; None as it is."""
    return None if figures is None else _without_nan(asdict(figures))


def scores(evaluation: Evaluation) -> dict[str, float]:
    """The figures that a bundle's card carries, by name: the strict accuracy of the metric, and the distances."""
    found = {"l1": evaluation.l1.value, "iou": evaluation.iou.value, "skeleton_distance": evaluation.skeleton.value}
    if evaluation.accuracies:
        first = evaluation.accuracies[0]
        found |= {"accuracy": first.generated.value, "human_accuracy": first.human.value}
    for distance in evaluation.distances:
        name = {"FD-lite0": "fd_lite0", "FID": "fid"}.get(distance.name, "kid")
        found |= {name: distance.value.value}
    if evaluation.brush is not None:
        found |= brush_scores(evaluation.brush.whole)
    return {name: round(value, 4) for name, value in found.items()}


def _accuracy_rows(accuracy: Accuracy) -> list[list[str]]:
    name = f"content accuracy, {accuracy.recognizer}" + (", variants as one" if accuracy.merged else "")
    human = f"Human {number(accuracy.human, 3)} ({interval(accuracy.human, 3)})"
    found = [row(name, accuracy.generated, 3, human)]
    if accuracy.ratio is not None:
        found.append(row("   generated / Human", accuracy.ratio, 3, "Human: 1"))
    return found


def _distance_row(distance: SetDistance) -> list[str]:
    if distance.name.startswith("KID"):
        beside = "the hand itself: 0"
    elif distance.floor is None:
        beside = "floor unknown: the real folder holds too few glyphs"
    else:
        beside = f"floor {distance.floor:.1f} (the hand itself, other characters)"
    return row(f"{distance.name} (less is better)", distance.value, 1, beside)


def _conditions(evaluation: Evaluation) -> str:
    text = f"N = {len(evaluation.chars)} characters, the same on both sides; intervals at 95 %."
    if any(not distance.name.startswith("KID") for distance in evaluation.distances):
        text += " On the same characters a Fréchet distance may fall below its floor, which is of different characters;"
        text += " it depends on N, so compare only figures with the same N."
    return text


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and value != value else value
