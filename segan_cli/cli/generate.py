"""`segan generate`: from a list of characters to brush glyphs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segan_cli.cli.options import Finish, ReportAsJson, Retry, takes
from segan_cli.errors import EXIT_INCOMPLETE, EXIT_INTERRUPTED, UsageError

if TYPE_CHECKING:
    from segan_cli.drawing.draw import DrawPlan, DrawSettings


@dataclass(frozen=True, kw_only=True)
class GenerateOptions:
    """What `segan generate` is told."""

    style: Annotated[str, typer.Option(help="Number, name, bundle folder or training run. See: segan styles")]
    chars: Annotated[
        str, typer.Option(help="A set's name (gb2312, joyo …), a text file, or the characters themselves.")
    ]
    out: Annotated[Path, typer.Option(help="Folder for U+XXXX.png and report.json.")]
    missing_from: Annotated[
        Path | None, typer.Option(help="Only the characters that this font or glyph folder lacks.")
    ] = None
    source_font: Annotated[
        str | None, typer.Option(help="Font for the source glyphs; the shipped source pack fills its gaps.")
    ] = None
    device: Annotated[str, typer.Option(help="auto, cpu, cuda, coreml or directml.")] = "auto"
    precision: Annotated[str | None, typer.Option(help="fp32, fp16 or int8, if the style has several.")] = None
    size: Annotated[int, typer.Option(help="Side of the pictures in pixels; 0 takes twice the network's.")] = 0
    retry: Retry = False
    check: Annotated[bool, typer.Option("--check/--no-check", help="Have every glyph read by a recogniser.")] = True
    finish: Finish = True
    weight: Annotated[float, typer.Option(help="Percent by which strokes are heavier, or below 0 lighter.")] = 0
    variant: Annotated[int, typer.Option(help="Another number: other glyphs of the same hand.")] = 0
    shard: Annotated[str | None, typer.Option(help="3/16 draws the third of sixteen parts.")] = None
    workers: Annotated[int, typer.Option(help="Threads; 0 takes one for each core.")] = 0
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Draw everything anew.")] = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be drawn, and stop.")] = False
    as_json: ReportAsJson = False


@takes(GenerateOptions)
def generate(typed: GenerateOptions) -> None:
    """Draw characters in a brush style.

    A run that was interrupted goes on where it was: type the same command again. Parts that were drawn with --shard
    (on several machines, too) become a whole when their folders are put together and the command is typed without
    --shard: what is there is kept, what is lacking is drawn, and report.json covers all of it.

    Exit code 3: the glyphs were drawn, but some characters are missing.
    """
    from segan_cli.cli.console import print_json, print_note, print_result
    from segan_cli.cli.style_drawing import DrawWish, drawing
    from segan_cli.drawing.report import report_path
    from segan_cli.source.charset import parse_charset
    from segan_cli.source.lacking import lacking

    settings, shard = _settings(typed), _parsed_shard(typed.shard)
    wanted = parse_charset(typed.chars)
    if typed.missing_from is not None:
        wanted = lacking(wanted, typed.missing_from)
        if not wanted:
            print_note(f"{typed.missing_from} has all of these characters; there is nothing to draw.")
            return
    wish = DrawWish(
        typed.style,
        wanted,
        typed.out,
        settings,
        typed.source_font,
        typed.check,
        shard,
        typed.overwrite,
        "segan generate",
    )
    done = drawing(wish, dry_run=typed.dry_run)
    if done.result is None:
        _show_plan(done.plan, typed.as_json)
        return
    if typed.as_json:
        print_json(done.report)
    else:
        print_result(str(report_path(done.plan)))
    if done.result.interrupted:
        print_note("Interrupted. What was finished is kept: type the same command again, and it goes on from there.")
        raise typer.Exit(EXIT_INTERRUPTED)
    if done.result.missing:
        raise typer.Exit(EXIT_INCOMPLETE)


def _settings(typed: GenerateOptions) -> DrawSettings:
    from segan_cli.config import from_mapping
    from segan_cli.drawing.draw import DrawSettings

    names = ("device", "precision", "retry", "finish", "weight", "variant", "workers")
    flags = {name: getattr(typed, name) for name in names}
    return from_mapping(DrawSettings, {**flags, "size_px": typed.size}, where="the options")


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
