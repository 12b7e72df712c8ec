"""What became of every glyph: `report.json` beside the font, and the rows a person reads first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from segan_cli.errors import GlyphError
from segan_cli.glyph import code_point
from segan_cli.pipeline import BuildPlan, BuildResult

REPORT_NAME = "report.json"


def build_report(
    plan: BuildPlan,
    result: BuildResult,
    *,
    wanted: Iterable[str] = (),
    drawn: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Everything a build learned, as plain values.

    Args:
        plan: what was to be built.
        result: what was built.
        wanted: characters that the font should have; those it lacks are listed as missing.
        drawn: per code point, what `segan generate` reported of its glyphs (their "suspect" lines are carried over).

    Returns:
        Keys "font", "files", "glyphs" (by code point: char, origin, suspect), "missing", "problems", "notes", "timings".
    """
    carried = drawn or {}
    glyphs: dict[str, dict[str, Any]] = {}
    for glyph in result.walked:
        name = code_point(glyph.char)
        earlier = carried.get(name, {}).get("suspect", ()) if glyph.origin == "generated" else ()
        glyphs[name] = {"char": glyph.char, "origin": glyph.origin, "suspect": _merged(earlier, glyph.findings)}
    for char in result.font.base_chars:
        glyphs[code_point(char)] = {"char": char, "origin": "base", "suspect": []}
    return {
        "font": result.font.files[0].name,
        "files": [path.name for path in result.font.files],
        "glyphs": dict(sorted(glyphs.items(), key=lambda item: item[1]["char"])),
        "missing": _missing(plan, result, wanted, glyphs),
        "problems": [str(problem) for problem in plan.problems if not _costs_a_glyph(problem, glyphs)],
        "notes": list(result.font.notes),
        "timings": result.timings,
    }


def read_drawn(folders: Iterable[Path]) -> dict[str, Mapping[str, Any]]:
    """The glyph entries of the `report.json` files that `segan generate` left in glyph folders; broken ones are skipped."""
    drawn: dict[str, Mapping[str, Any]] = {}
    for folder in folders:
        try:
            entries = json.loads((folder / REPORT_NAME).read_text(encoding="utf-8"))["glyphs"]
            drawn.update({name: entry for name, entry in entries.items() if isinstance(entry, dict)})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return drawn


def suspects(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The glyphs of a report that someone should look at, each with its code point."""
    return [{"codepoint": name, **entry} for name, entry in report["glyphs"].items() if entry["suspect"]]


def _costs_a_glyph(problem: GlyphError | str, present: Mapping[str, Any]) -> bool:
    """A second file for a character that is there is a remark; a broken only file is a missing glyph."""
    return isinstance(problem, GlyphError) and code_point(problem.char) not in present


def _merged(earlier: Iterable[str], later: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*earlier, *later]))


def _missing(
    plan: BuildPlan, result: BuildResult, wanted: Iterable[str], present: Mapping[str, Any]
) -> list[dict[str, str]]:
    failed = [*result.failed, *(p for p in plan.problems if isinstance(p, GlyphError))]
    errors = {error.char: error for error in reversed(failed)}
    absent = [char for char in wanted if char not in errors]
    rows = [_row(error.char, error.stage, error.cause) for error in errors.values()]
    rows += [_row(char, "read", "No image of it in the folders.") for char in absent]
    return sorted((row for row in rows if row["codepoint"] not in present), key=lambda row: row["char"])


def _row(char: str, stage: str, cause: str) -> dict[str, str]:
    return {"char": char, "codepoint": code_point(char), "stage": stage, "cause": cause}
