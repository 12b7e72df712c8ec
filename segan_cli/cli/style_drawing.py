"""Drawing in a style, as `segan generate`, `build-font --style` and `extend --style` do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segan_cli.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from segan_cli.drawing.draw import DrawPlan, DrawResult, DrawSettings
    from segan_cli.evaluation.recognizer import Recognizer
    from segan_cli.generator.bundle import Bundle

SUSPECTS_SHOWN = 12


@dataclass(frozen=True)
class DrawWish:
    """What to draw.

    Args:
        style: number, name, bundle folder or training run.
        chars: the characters.
        out: the folder.
        settings: how.
        source_font: where source glyphs come from; None takes the shipped pack, or the font that the style learned from.
        check: whether a recogniser reads the glyphs.
        shard: (3, 16) is the third of sixteen parts; None is the whole.
        overwrite: draw everything anew.
        command: what holds the folder meanwhile.
    """

    style: str
    chars: Sequence[str]
    out: Path
    settings: DrawSettings
    source_font: str | None = None
    check: bool = True
    shard: tuple[int, int] | None = None
    overwrite: bool = False
    command: str = "segan build-font"


@dataclass(frozen=True)
class Drawing:
    """What was drawn; after a dry run the plan alone."""

    plan: DrawPlan
    result: DrawResult | None = None
    report: dict[str, Any] = field(default_factory=dict)


def drawing(wish: DrawWish, *, dry_run: bool, agree: Callable[[Bundle], object] = lambda bundle: None) -> Drawing:
    """Plan, draw with a bar, write the report into the folder and show its summary.

    Args:
        wish: what to draw.
        dry_run: plan, and draw nothing.
        agree: raises where the style does not suit.
    """
    from segan_cli.cli.console import print_note, progress_bar
    from segan_cli.cli.style_choice import open_style
    from segan_cli.drawing.draw import plan_drawing
    from segan_cli.drawing.report import draw_and_report
    from segan_cli.files.locks import folder_lock

    reader = recogniser_for(wish.check, wish.settings.retry)
    bundle, network = open_style(wish.style, wish.settings.device, wish.settings.precision)
    agree(bundle)
    choices: dict[str, Any] = {"source_font": wish.source_font, "shard": wish.shard, "overwrite": wish.overwrite}
    choices["check"] = reader is not None
    if dry_run:
        return Drawing(plan_drawing(bundle, wish.chars, wish.out, wish.settings, **choices))
    with folder_lock(wish.out, wish.command, part="{}-of-{}".format(*wish.shard) if wish.shard else ""):
        plan = plan_drawing(bundle, wish.chars, wish.out, wish.settings, **choices)
        if plan.sources.remark:
            print_note(plan.sources.remark)
        with progress_bar("Drawing", len(plan.to_draw)) as advance:
            result, report = draw_and_report(plan, reader, advance, network)
        show_summary(report)
    return Drawing(plan, result, report)


def draw_lacking(wish: DrawWish, *, dry_run: bool, agree: Callable[[Bundle], object]) -> list[Path]:
    """Draw what a font lacks, into a folder beside it.

    Args:
        wish: what to draw: what the font lacks of the characters wanted.
        dry_run: say what would be drawn, and draw nothing.
        agree: raises where the style does not suit the font.

    Returns:
        The folder, if it holds glyphs for the font.
    """
    from segan_cli.cli.console import print_note

    if not wish.chars:
        print_note("The folders have every character asked for; there is nothing to draw.")
        return []
    done = drawing(wish, dry_run=dry_run, agree=agree)
    if done.result is None:
        plan = done.plan
        print_note(f"{len(plan.to_draw):,} characters would be drawn into {plan.out}, {len(plan.kept):,} are there.")
        return []
    if done.result.interrupted:
        raise KeyboardInterrupt
    return [wish.out]


def recogniser_for(check: bool, retry: bool = False, *, what: str = "glyphs", threads: int = 1) -> Recognizer | None:
    """The recogniser, or None with a remark where its package is not installed.

    Args:
        check: whether one is wanted.
        retry: whether it is needed.
        what: what it would read, for the remark.
        threads: threads of one call; 0 takes the processors that this process may use.
    """
    if not check:
        if retry:
            raise UsageError("--retry chooses by what the recogniser reads, so it cannot go with --no-check.")
        return None
    from segan_cli.cli.console import print_note
    from segan_cli.evaluation.recognizer import Recognizer

    try:
        return Recognizer.open(threads=threads)
    except MissingExtraError as error:
        if retry:
            raise
        print_note(f"The {what} are not read back. {error} (--no-check leaves this remark out.)")
        return None


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
