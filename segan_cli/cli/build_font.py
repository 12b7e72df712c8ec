"""`segan build-font`: a folder of glyph images becomes a font."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from segan_cli.errors import EXIT_INCOMPLETE, UsageError, did_you_mean

if TYPE_CHECKING:
    from segan_cli.pipeline import BuildPlan

TABLES = ("font", "walk", "trace")
ENDINGS = (".ttf", ".otf", ".woff2", ".ufo")
ROWS_SHOWN = 20
T = TypeVar("T")


def build_font(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="OUT... [GLYPHS]...", help="Fonts to write (.ttf .otf .woff2 .ufo), then glyph folders."
        ),
    ],
    family: Annotated[str | None, typer.Option(help="Family name. Default: the first font's file name.")] = None,
    style_name: Annotated[str | None, typer.Option(help="Style name, such as Regular.")] = None,
    family_zh: Annotated[str | None, typer.Option("--family-zh", help="Family name in Chinese.")] = None,
    designer: Annotated[str | None, typer.Option(help="Who wrote the glyphs.")] = None,
    license_text: Annotated[str | None, typer.Option("--license", help="Licence, as text.")] = None,
    version: Annotated[str | None, typer.Option(help="Version, such as 1.000.")] = None,
    config: Annotated[Path | None, typer.Option(help="A font.toml with any of the settings; a flag beats it.")] = None,
    originals: Annotated[list[Path] | None, typer.Option(help="Folder of the designer's own glyphs: they win.")] = None,
    base_font: Annotated[
        Path | None, typer.Option(help="Font to take Latin, digits and punctuation from where the folders have none.")
    ] = None,
    chars: Annotated[
        str | None, typer.Option(help="Characters the font should have; those it lacks are reported.")
    ] = None,
    tracer: Annotated[str | None, typer.Option(help="fit, potrace or vtracer.")] = None,
    tolerance: Annotated[float | None, typer.Option(help="How far an outline may stray, in font units.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of the canvas that images are read at, in pixels.")] = None,
    polarity: Annotated[str | None, typer.Option(help="auto, dark-on-light or light-on-dark.")] = None,
    centring: Annotated[str | None, typer.Option(help="frame, or optical: centred by ink mass.")] = None,
    keep_stages: Annotated[Path | None, typer.Option(help="Folder for every stage's picture of every glyph.")] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0 takes one for each core.")] = 0,
    allow_missing: Annotated[bool, typer.Option(help="Exit with 0 even if glyphs are missing.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what would be built, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON on stdout.")] = False,
) -> None:
    """Turn folders of glyph images into a font that installs, shapes and prints.

    The endings choose the formats; several may be written at once:

        segan build-font MyBrush.ttf MyBrush.woff2 my-glyphs/ --family "My Brush"

    Every glyph's fate is in report.json beside the first font. Exit code 3: the font was written, with glyphs missing.
    """
    from segan_cli import pipeline
    from segan_cli.cli.console import progress_bar
    from segan_cli.files import write_json
    from segan_cli.font.spec import FontSpec
    from segan_cli.outline.tracing import TraceSettings
    from segan_cli.report import REPORT_NAME, build_report, read_drawn
    from segan_cli.source.charset import parse_charset

    outputs, folders = _outputs_and_folders(paths, originals or [])
    tables = _tables(config)
    names = {
        "style_name": style_name,
        "family_zh": family_zh,
        "designer": designer,
        "license": license_text,
        "version": version,
    }
    default_family = {"family": outputs[0].stem}
    spec = _settings(FontSpec, default_family | tables.get("font", {}), {"family": family, **names}, config)
    walk = _settings(
        pipeline.WalkSettings,
        tables.get("walk", {}),
        {"size_px": size, "polarity": polarity, "centring": centring},
        config,
    )
    tracing = _settings(TraceSettings, tables.get("trace", {}), {"tracer": tracer, "tolerance": tolerance}, config)
    wanted = parse_charset(chars) if chars else ()
    plan = pipeline.plan_build(
        folders, outputs, originals=originals or (), walk=walk, tracing=tracing, stages_folder=keep_stages
    )
    if dry_run:
        _show_plan(plan, outputs, wanted, as_json)
        return
    with progress_bar("Tracing", len(plan.tasks)) as advance:
        result = pipeline.build_font(plan, spec, outputs, base_font=base_font, workers=workers, advance=advance)
    report = build_report(plan, result, wanted=wanted, drawn=read_drawn(folders))
    write_json(outputs[0].parent / REPORT_NAME, report)
    _show_report(report, outputs, as_json)
    if report["missing"] and not allow_missing:
        raise typer.Exit(EXIT_INCOMPLETE)


def _outputs_and_folders(paths: list[Path], originals: list[Path]) -> tuple[list[Path], list[Path]]:
    outputs = [path for path in paths if path.suffix.lower() in ENDINGS]
    folders = [path for path in paths if path not in outputs]
    for folder in folders:
        if folder.suffix and not folder.exists():
            raise UsageError(
                f"{folder} is neither a glyph folder nor a font to write: fonts end in {', '.join(ENDINGS)}."
                f"{did_you_mean(folder.suffix, ENDINGS)}"
            )
    if not outputs:
        raise UsageError(f"Name the font to write first, such as MyBrush.ttf. It may end in {', '.join(ENDINGS)}.")
    if not folders and not originals:
        raise UsageError("Name a folder of glyph images after the font: segan build-font MyBrush.ttf my-glyphs/")
    return outputs, folders


def _tables(config: Path | None) -> dict[str, dict[str, Any]]:
    from segan_cli.config import read_toml

    tables = read_toml(config) if config else {}
    for name, table in tables.items():
        if name not in TABLES or not isinstance(table, dict):
            raise UsageError(
                f"{config}: {name!r} is no table of it; it has {', '.join(TABLES)}.{did_you_mean(name, TABLES)}"
            )
    return tables


def _settings(cls: type[T], table: dict[str, Any], flags: dict[str, Any], config: Path | None) -> T:
    from segan_cli.config import from_mapping

    given = {key: value for key, value in flags.items() if value is not None}
    return from_mapping(cls, table | given, where=str(config or "the options"))


def _show_plan(plan: BuildPlan, outputs: list[Path], wanted: tuple[str, ...], as_json: bool) -> None:
    from segan_cli.cli.console import print_json, print_note, print_result

    origins = [task.origin for task in plan.tasks]
    present = {task.file.char for task in plan.tasks}
    missing = [char for char in wanted if char not in present]
    if as_json:
        counts = {"glyphs": len(plan.tasks), "originals": origins.count("original"), "missing": missing}
        print_json({"outputs": [str(path) for path in outputs], **counts, "problems": [str(p) for p in plan.problems]})
        return
    for problem in plan.problems:
        print_note(f"problem: {problem}")
    for line in {str(task.fit) for task in plan.tasks}:
        print_note(line)
    print_result(f"{len(plan.tasks)} glyphs ({origins.count('original')} originals) would become:")
    for path in outputs:
        print_result(f"  {path}")
    if missing:
        print_result(
            f"{len(missing)} characters asked for have no image: {''.join(missing[:40])}{'…' if len(missing) > 40 else ''}"
        )


def _show_report(report: dict[str, Any], outputs: list[Path], as_json: bool) -> None:
    from segan_cli.cli.console import print_json, print_note, print_result, print_table
    from segan_cli.report import suspects

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
        f"{len(report['glyphs'])} glyphs in {seconds:.1f} s; every glyph's fate is in {outputs[0].parent / 'report.json'}."
    )
    for path in outputs:
        print_result(str(path))


def _title(words: str, rows: list[Any]) -> str:
    shown = f", the first {ROWS_SHOWN}; all are in report.json" if len(rows) > ROWS_SHOWN else ""
    return f"{words} ({len(rows)}{shown})"
