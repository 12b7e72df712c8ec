"""What became of every glyph: the report beside the font, and the rows a person reads first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from segan_cli.building.drawn import DrawnFolders
from segan_cli.building.pipeline import BuildPlan, BuildResult
from segan_cli.errors import GlyphError
from segan_cli.glyph import code_point


def build_report(
    plan: BuildPlan,
    result: BuildResult,
    *,
    wanted: Iterable[str] = (),
    drawn: DrawnFolders | None = None,
) -> dict[str, Any]:
    """Everything a build learned, as plain values.

    Args:
        plan: what was to be built.
        result: what was built.
        wanted: characters that the font should have; those it lacks are listed as missing.
        drawn: what `segan generate` reported of the folders; its suspects and its causes are carried over.

    Returns:
        Keys "font", "files", "glyphs" (by code point: char, origin, suspect), "missing", "problems", "notes", "timings".
    """
    drawn = drawn or DrawnFolders({}, {}, [])
    glyphs: dict[str, dict[str, Any]] = {}
    for glyph in result.built:
        name = code_point(glyph.char)
        earlier = drawn.suspect.get(name, ()) if glyph.origin == "generated" else ()
        glyphs[name] = {"char": glyph.char, "origin": glyph.origin, "suspect": _merged(earlier, glyph.findings)}
        if name in drawn.accepted and glyph.origin == "generated":
            glyphs[name] |= {"suspect": [], "review": "accepted"}
    for char in result.font.base_chars:
        glyphs[code_point(char)] = {"char": char, "origin": "base", "suspect": []}
    return {
        "font": result.font.files[0].name,
        "files": [path.name for path in result.font.files],
        "glyphs": dict(sorted(glyphs.items(), key=lambda item: item[1]["char"])),
        "missing": _missing(plan, result, wanted, glyphs, drawn.causes),
        "problems": [str(problem) for problem in plan.problems if not _costs_a_glyph(problem, glyphs)],
        "notes": list(result.font.notes),
        "timings": result.timings,
    }


def report_place(font: Path) -> Path:
    """A font's own report: `Brush.report.json` beside `Brush.ttf`."""
    return font.with_suffix(".report.json")


def suspects(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The glyphs of a report that someone should look at, each with its code point."""
    return [{"codepoint": name, **entry} for name, entry in report["glyphs"].items() if entry["suspect"]]


def _costs_a_glyph(problem: GlyphError | str, present: Mapping[str, Any]) -> bool:
    """A second file for a character that is there is a remark; a broken only file is a missing glyph."""
    return isinstance(problem, GlyphError) and code_point(problem.char) not in present


def _merged(earlier: Iterable[str], later: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*earlier, *later]))


def _missing(
    plan: BuildPlan,
    result: BuildResult,
    wanted: Iterable[str],
    present: Mapping[str, Any],
    causes: Mapping[str, str],
) -> list[dict[str, str]]:
    failed = [*result.failed, *(p for p in plan.problems if isinstance(p, GlyphError))]
    errors = {error.char: error for error in reversed(failed)}
    absent = [char for char in wanted if char not in errors]
    rows = [_row(error.char, error.stage, error.cause) for error in errors.values()]
    rows += [
        _row(char, "draw" if char in causes else "read", causes.get(char, "No image of it in the folders."))
        for char in absent
    ]
    return sorted((row for row in rows if row["codepoint"] not in present), key=lambda row: row["char"])


def _row(char: str, stage: str, cause: str) -> dict[str, str]:
    return {"char": char, "codepoint": code_point(char), "stage": stage, "cause": cause}
