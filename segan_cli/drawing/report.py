"""`report.json` of a drawing run: every glyph's status, the suspects ranked, what could not be drawn."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from segan_cli.drawing.draw import DrawPlan, DrawResult, Network, draw
from segan_cli.drawing.ink_faults import ink_faults
from segan_cli.drawing.journal import DrawnGlyph
from segan_cli.drawing.reviewed import statuses
from segan_cli.drawing.suspects import outliers, rank
from segan_cli.files.writing import write_json
from segan_cli.glyph import Reader, code_point
from segan_cli.source.review_decisions import read_decisions


def report_path(plan: DrawPlan) -> Path:
    """`report.json`, or a shard's own report, which the report of the whole run replaces."""
    name = f"report-{plan.shard[0]}-of-{plan.shard[1]}.json" if plan.shard else "report.json"
    return plan.out / name


def draw_and_report(
    plan: DrawPlan,
    reader: Reader | None = None,
    advance: Callable[[int], None] = lambda steps: None,
    network: Network | None = None,
) -> tuple[DrawResult, dict[str, Any]]:
    """Draw what the plan wants (see `draw`), and write the report into its folder."""
    result = draw(plan, reader, advance, network)
    report = draw_report(result)
    write_json(report_path(plan), report)
    return result, report


def draw_report(result: DrawResult) -> dict[str, Any]:
    """Everything a run learned, as plain values. The summary counts the run's characters; glyphs and suspects are the whole
    folder's, of a shard its own.

    Returns:
        Keys "style", "source_font", "summary", "suspects" (code points, the worst first), "glyphs" (by code point:
        char, origin, suspect and what was seen), "missing", "timings". All but "timings" and the counts of what was kept
        depend on the glyphs alone, not on how the run was cut up.
    """
    plan = result.plan
    glyphs = result.glyphs if plan.shard else {**plan.others, **result.glyphs}
    distances = {char: glyph.skeleton_distance for char, glyph in glyphs.items() if glyph.skeleton_distance is not None}
    astray = outliers(distances)
    inked = {char: glyph.figures for char, glyph in glyphs.items() if glyph.figures and not glyph.retouched}
    faults = ink_faults(inked)
    reviewed = statuses(read_decisions(plan.out), glyphs)
    reasons = {
        char: []
        if reviewed.get(char) == "accepted"
        else [*glyph.reasons, *faults.get(char, ()), *_straying(glyph, astray)]
        for char, glyph in glyphs.items()
    }
    scores = {char: glyph.score for char, glyph in glyphs.items() if glyph.score is not None}
    worst = rank([char for char in glyphs if reasons[char]], scores, distances)
    return {
        "style": _style(result.plan),
        "source_font": result.plan.bundle.manifest.source_font.family,
        "summary": _summary(result, sum(char in result.glyphs for char in worst)),
        "suspects": [code_point(char) for char in worst],
        "glyphs": {code_point(c): _entry(glyphs[c], reasons[c], reviewed.get(c)) for c in sorted(glyphs)},
        "missing": [
            {"char": error.char, "codepoint": code_point(error.char), "stage": error.stage, "cause": error.cause}
            for error in result.missing
        ],
        "timings": _timings(result),
    }


def _style(plan: DrawPlan) -> dict[str, Any]:
    style = plan.bundle.style
    return {**plan.recipe, **style.rights, "number": style.number, "title": style.title}


def _summary(result: DrawResult, suspects: int) -> dict[str, Any]:
    plan, glyphs = result.plan, result.glyphs.values()
    return {
        "wanted": len(plan.chars),
        "there": len(result.glyphs),
        "kept": len(plan.kept),
        "missing": len(result.missing),
        "checked": sum(glyph.read is not None for glyph in glyphs),
        "unread": sum(glyph.checked and glyph.read is None and not glyph.retouched for glyph in glyphs),
        "read_right": sum(glyph.read == glyph.char for glyph in glyphs),
        "suspects": suspects,
        "drawn_again": sum(glyph.variation is not None for glyph in glyphs),
        "saved": sum(glyph.saved for glyph in glyphs),
        "retouched": sum(glyph.retouched for glyph in glyphs),
        "interrupted": result.interrupted,
    }


def _straying(glyph: DrawnGlyph, astray: set[str]) -> list[str]:
    if glyph.char not in astray or glyph.retouched:
        return []
    return [f"strays from the source's skeleton by {glyph.skeleton_distance} thousandths of the em"]


def _entry(glyph: DrawnGlyph, reasons: list[str], reviewed: str | None) -> dict[str, Any]:
    seen = {
        "read": glyph.read,
        "score": glyph.score,
        "skeleton_distance": glyph.skeleton_distance,
        "weight": glyph.figures.weight if glyph.figures else None,
        "source": glyph.source,
        "first_score": glyph.first_score,
        "variation": glyph.variation,
        "saved": glyph.saved or None,
        "retouched": glyph.retouched or None,
        "review": reviewed,
    }
    known = {key: value for key, value in seen.items() if value is not None}
    return {"char": glyph.char, "origin": "generated", "suspect": reasons, **known}


def _timings(result: DrawResult) -> dict[str, Any]:
    drawn = len(result.glyphs) - len(result.plan.kept)
    return {
        "device": result.device,
        "seconds": round(result.seconds, 2),
        "glyphs_per_second": round(drawn / result.seconds, 1) if result.seconds else 0.0,
        "processor_seconds": {stage: round(seconds, 2) for stage, seconds in sorted(result.stage_seconds.items())},
    }
