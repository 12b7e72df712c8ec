"""`segan generate`: from a list of characters to brush glyphs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segan_cli.errors import EXIT_INCOMPLETE, EXIT_INTERRUPTED, MissingExtraError, UsageError

if TYPE_CHECKING:
    from segan_cli.drawing.draw import DrawPlan, DrawResult, Network
    from segan_cli.evaluation.recognizer import Recognizer

SUSPECTS_SHOWN = 12


def generate(
    style: Annotated[str, typer.Option(help="Number, name, bundle folder or training run. See: segan styles")],
    chars: Annotated[
        str, typer.Option(help="A set's name (gb2312, joyo …), a text file, or the characters themselves.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for U+XXXX.png and report.json.")],
    missing_from: Annotated[
        Path | None, typer.Option(help="Only the characters that this font or glyph folder lacks.")
    ] = None,
    source_font: Annotated[
        str | None, typer.Option(help="Font for the source glyphs; the shipped source pack fills its gaps.")
    ] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, coreml or directml.")] = "auto",
    precision: Annotated[str | None, typer.Option(help="fp32, fp16 or int8, if the style has several.")] = None,
    size: Annotated[int, typer.Option(help="Side of the pictures in pixels; 0 takes twice the network's.")] = 0,
    retry: Annotated[bool, typer.Option("--retry", help="Draw suspects again; keep what reads best.")] = False,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Have every glyph read by a recogniser.")] = True,
    finish: Annotated[
        bool,
        typer.Option(
            "--finish/--no-finish", help="Smooth drawn edges, take specks away, close pinholes, join broken strokes."
        ),
    ] = True,
    weight: Annotated[float, typer.Option(help="Percent by which strokes are heavier, or below 0 lighter.")] = 0,
    variant: Annotated[int, typer.Option(help="Another number: other glyphs of the same hand.")] = 0,
    shard: Annotated[str | None, typer.Option(help="3/16 draws the third of sixteen parts.")] = None,
    workers: Annotated[int, typer.Option(help="Threads; 0 takes one for each core.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Draw everything anew.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be drawn, and stop.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON on stdout.")] = False,
) -> None:
    """Draw characters in a brush style.

    A run that was interrupted goes on where it was: type the same command again. Parts that were drawn with --shard
    (on several machines, too) become a whole when their folders are put together and the command is typed without
    --shard: what is there is kept, what is lacking is drawn, and report.json covers all of it.

    Exit code 3: the glyphs were drawn, but some characters are missing.
    """
    from segan_cli.cli.console import print_json, print_note, print_result
    from segan_cli.cli.style_choice import open_style
    from segan_cli.config import from_mapping
    from segan_cli.drawing.draw import DrawSettings, plan_drawing
    from segan_cli.drawing.report import report_path
    from segan_cli.locks import folder_lock
    from segan_cli.source.charset import parse_charset
    from segan_cli.source.lacking import lacking

    flags = {
        "device": device,
        "precision": precision,
        "size_px": size,
        "retry": retry,
        "finish": finish,
        "weight": weight,
        "variant": variant,
        "workers": workers,
    }
    settings = from_mapping(DrawSettings, flags, where="the options")
    part = _parsed_shard(shard)
    reader = recogniser_for(check, retry)
    wanted = parse_charset(chars)
    if missing_from is not None:
        wanted = lacking(wanted, missing_from)
        if not wanted:
            print_note(f"{missing_from} has all of these characters; there is nothing to draw.")
            return
    bundle, network = open_style(style, device, precision)
    choices: dict[str, Any] = {
        "source_font": source_font,
        "shard": part,
        "check": reader is not None,
        "overwrite": overwrite,
    }
    if dry_run:
        _show_plan(plan_drawing(bundle, wanted, out, settings, **choices), as_json)
        return
    with folder_lock(out, "segan generate", part="{}-of-{}".format(*part) if part else ""):
        result, report = drawn(plan_drawing(bundle, wanted, out, settings, **choices), reader, network)
    if as_json:
        print_json(report)
    else:
        print_result(str(report_path(result.plan)))
    if result.interrupted:
        print_note("Interrupted. What was finished is kept: type the same command again, and it goes on from there.")
        raise typer.Exit(EXIT_INTERRUPTED)
    if result.missing:
        raise typer.Exit(EXIT_INCOMPLETE)


def drawn(plan: DrawPlan, reader: Recognizer | None, network: Network | None) -> tuple[DrawResult, dict[str, Any]]:
    """Draw with a bar, write the report into the folder and show its summary."""
    from segan_cli.cli.console import print_note, progress_bar
    from segan_cli.drawing.draw import draw
    from segan_cli.drawing.report import draw_report, report_path
    from segan_cli.files import write_json

    if plan.sources.remark:
        print_note(plan.sources.remark)
    with progress_bar("Drawing", len(plan.to_draw)) as advance:
        result = draw(plan, reader, advance, network)
    report = draw_report(result)
    write_json(report_path(plan), report)
    show_summary(report)
    return result, report


def recogniser_for(check: bool, retry: bool) -> Recognizer | None:
    """The recogniser, or None with a remark where its package is not installed."""
    if not check:
        if retry:
            raise UsageError("--retry chooses by what the recogniser reads, so it cannot go with --no-check.")
        return None
    from segan_cli.cli.console import print_note
    from segan_cli.evaluation.recognizer import Recognizer

    try:
        return Recognizer.open(threads=1)
    except MissingExtraError as error:
        if retry:
            raise
        print_note(f"The glyphs are not read back. {error} (--no-check leaves this remark out.)")
        return None


def _parsed_shard(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise UsageError(f"--shard is {text!r}; write it like 3/16: the third of sixteen parts, counted from 1.")
    return int(number), int(count)


def _show_plan(plan: DrawPlan, as_json: bool) -> None:
    from segan_cli.cli.console import print_json, print_result

    facts: dict[str, Any] = {
        **plan.recipe,
        "out": str(plan.out),
        "device": plan.settings.device,
        "sources": [part.name for part in plan.sources.parts],
        "wanted": len(plan.chars),
        "kept": len(plan.kept),
        "to_draw": len(plan.to_draw),
        "without_source": sum(plan.sources.of(char) is None for char in plan.to_draw),
        "recogniser": plan.check,
    }
    if as_json:
        print_json(facts)
    else:
        print_result("\n".join(f"{key}: {value}" for key, value in facts.items()))


def show_summary(report: dict[str, Any]) -> None:
    """Speed, suspects and what is missing, on stderr."""
    from segan_cli.cli.console import print_note, print_table

    summary, timings = report["summary"], report["timings"]
    drawn = summary["there"] - summary["kept"]
    lines = [
        f"{drawn:,} drawn on {timings['device']} in {timings['seconds']:,.1f} s ({timings['glyphs_per_second']:,.0f} "
        f"glyphs/s), {summary['kept']:,} kept, {summary['missing']:,} missing, {summary['suspects']:,} suspect."
    ]
    if summary["unread"]:
        lines.append(f"{summary['unread']:,} are unread: the recogniser does not know these characters.")
    if summary["drawn_again"]:
        lines.append(f"{summary['drawn_again']:,} were drawn again; that saved {summary['saved']:,}.")
    print_note("\n".join(lines))
    rows = [_suspect_row(report["glyphs"][name], name) for name in report["suspects"][:SUSPECTS_SHOWN]]
    if rows:
        print_table("Look at these first", ["glyph", "code point", "why", "score"], rows)
    for error in report["missing"][:SUSPECTS_SHOWN]:
        print_note(f"missing: {error['char']} {error['codepoint']}: {error['cause']}")


def _suspect_row(entry: dict[str, Any], name: str) -> list[str]:
    score = entry.get("score")
    return [entry["char"], name, ", ".join(entry["suspect"]), "" if score is None else f"{score:.2f}"]
