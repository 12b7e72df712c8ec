"""What `segan build-font` shows: the plan of a dry run, and what became of every glyph."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segan_cli.building.pipeline import BuildPlan

ROWS_SHOWN = 20


def show_plan(plan: BuildPlan, outputs: list[Path], wanted: tuple[str, ...], as_json: bool) -> None:
    """What would be built; nothing is written."""
    from segan_cli.cli.console import print_json, print_note, print_result

    origins = [task.origin for task in plan.tasks]
    present = {task.file.char for task in plan.tasks}
    missing = [char for char in wanted if char not in present]
    if as_json:
        counts = {"glyphs": len(plan.tasks), "written": origins.count("written"), "missing": missing}
        print_json({"outputs": [str(path) for path in outputs], **counts, "problems": [str(p) for p in plan.problems]})
        return
    for problem in plan.problems:
        print_note(f"problem: {problem}")
    show_fit(plan)
    print_result(f"{len(plan.tasks)} glyphs ({origins.count('written')} written) would become:")
    for path in outputs:
        print_result(f"  {path}")
    if missing:
        print_result(
            f"{len(missing)} characters asked for have no image: {''.join(missing[:40])}{'…' if len(missing) > 40 else ''}"
        )


def show_fit(plan: BuildPlan) -> None:
    """How each folder's pictures are read: where they sit in the em, and which of their tones is ink."""
    from segan_cli.cli.console import print_note

    folders = {task.file.path.parent: str(task.fit) for task in plan.tasks}
    for folder, fit in folders.items():
        print_note(f"{folder}: {fit}")


def show_report(report: dict[str, Any], outputs: list[Path], as_json: bool) -> None:
    """Remarks and tables on stderr; the files, or the whole report as JSON, on stdout."""
    from segan_cli.building.report import report_place, suspects
    from segan_cli.cli.console import print_json, print_note, print_result, print_table

    for line in [*report["problems"], *report["notes"]]:
        print_note(line)
    doubtful, missing = suspects(report), report["missing"]
    if doubtful:
        rows = [[row["char"], row["codepoint"], "; ".join(row["suspect"])] for row in doubtful[:ROWS_SHOWN]]
        print_table(_title("Look at these glyphs", doubtful), ["", "code point", "why"], rows)
    if missing:
        rows = [[row["char"], row["codepoint"], row["stage"], row["cause"]] for row in missing[:ROWS_SHOWN]]
        print_table(_title("Missing glyphs", missing), ["", "code point", "stage", "why"], rows)
    if as_json:
        print_json(report)
        return
    seconds = report["timings"]["glyphs_wall"] + report["timings"]["assemble_wall"]
    print_note(
        f"{len(report['glyphs'])} glyphs in {seconds:.1f} s; every glyph's status is in {report_place(outputs[0])}."
    )
    for path in outputs:
        print_result(str(path))


def _title(words: str, rows: list[Any]) -> str:
    shown = f", the first {ROWS_SHOWN}; all are in the report" if len(rows) > ROWS_SHOWN else ""
    return f"{words} ({len(rows)}{shown})"
