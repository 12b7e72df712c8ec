"""`segan extend`: what a font lacks is drawn, or taken from a glyph folder, and added to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from segan_cli.cli.options import (
    AllowMissing,
    Processes,
    ReportAsJson,
    Retry,
    StyleCheck,
    StyleDevice,
    StyleSourceFont,
    takes,
)
from segan_cli.errors import EXIT_INCOMPLETE, UsageError

if TYPE_CHECKING:
    from segan_cli.building.extend import OldFont
    from segan_cli.building.pipeline import BuildPlan
    from segan_cli.source.glyph_image import Polarity


@dataclass(frozen=True, kw_only=True)
class ExtendOptions:
    """What `segan extend` is told."""

    old: Annotated[
        str, typer.Argument(help="The font to add to: a TTF, OTF or WOFF2, or font.ttc#1. It stays as it is.")
    ]
    new: Annotated[Path, typer.Argument(help="The font to write; its outlines are of the same kind.")]
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders of glyph pictures to take what is missing from.")
    ] = None
    style: Annotated[str | None, typer.Option(help="Draw what --chars names and the font lacks. See: segan styles")] = (
        None
    )
    chars: Annotated[
        str | None, typer.Option(help="Characters the font should have; with folders alone: all there are pictures of.")
    ] = None
    source_font: StyleSourceFont = None
    device: StyleDevice = "auto"
    retry: Retry = False
    check: StyleCheck = True
    region: Annotated[
        str | None, typer.Option(help="Whose rules new punctuation follows: cn, tw or jp; auto asks the characters.")
    ] = None
    config: Annotated[
        Path | None, typer.Option(help="A font.toml; its tables input and trace count, and the region of font.")
    ] = None
    workers: Processes = 0
    allow_missing: AllowMissing = False
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, and stop.")] = False
    as_json: ReportAsJson = False


@takes(ExtendOptions)
def extend(typed: ExtendOptions) -> None:
    """Fill the gaps of a font that exists.

    Its glyphs, tables, names, features, metrics and hinting stay as they are; new glyphs go behind its own, in its em:

        segan extend MyFont.ttf MyFontPlus.ttf --style kouzan-gyosho --chars gb2312

    A character that the font maps to a blank glyph counts as missing. What was added is in MyFontPlus.report.json.
    Exit code 3: the font was written, with characters missing.
    """
    from segan_cli.building.drawn import read_drawn
    from segan_cli.building.extend import extend as extend_font
    from segan_cli.building.extend import extension_report, open_old_font, plan_extension
    from segan_cli.building.report import report_place
    from segan_cli.cli.console import progress_bar
    from segan_cli.cli.font_settings import font_settings
    from segan_cli.cli.font_view import show_report
    from segan_cli.files.writing import write_json
    from segan_cli.source.charset import parse_charset

    flags = {"region": typed.region}
    spec, inputs, tracing = font_settings(typed.config, "Extended", flags, {"workers": typed.workers or None}, {})
    font = open_old_font(typed.old, typed.new, spec.region)
    places, wanted = list(typed.folders or []), parse_charset(typed.chars) if typed.chars is not None else ()
    lacking = font.lacking(wanted)
    _check(places, typed.style, wanted)
    if typed.style is not None and lacking:
        places += _drawn(typed, typed.style, lacking, places, inputs.polarity)
    plan = plan_extension(font, places, wanted or None, inputs, tracing) if places else None
    if typed.dry_run or plan is None or not plan.tasks:
        _show_plan(font, plan, wanted, lacking, typed.as_json, drawn=typed.style is not None)
        return
    with progress_bar("Tracing", len(plan.tasks)) as advance:
        result = extend_font(plan, font, typed.new, workers=inputs.workers, advance=advance)
    report = extension_report(font, typed.new, plan, result, wanted, read_drawn(places))
    write_json(report_place(typed.new), report)
    show_report(report, [typed.new], typed.as_json)
    if report["missing"] and not typed.allow_missing:
        raise typer.Exit(EXIT_INCOMPLETE)


def _drawn(
    typed: ExtendOptions, style: str, lacking: Sequence[str], places: list[Path], polarity: Literal["auto"] | Polarity
) -> list[Path]:
    """The folder with what --style drew of the characters that no folder has."""
    from segan_cli.building.lacking import still_lacking
    from segan_cli.building.licensing import with_license_of
    from segan_cli.cli.style_drawing import DrawWish, draw_lacking
    from segan_cli.config import from_mapping
    from segan_cli.drawing.draw import DrawSettings
    from segan_cli.font.spec import FontSpec

    flags = {"device": typed.device, "retry": typed.retry, "workers": typed.workers}
    settings = from_mapping(DrawSettings, flags, where="the options")
    chars, out = still_lacking(lacking, places, polarity, None), typed.new.with_suffix(".glyphs")
    spec = FontSpec(family="Extended")
    wish = DrawWish(style, chars, out, settings, typed.source_font, typed.check)
    return draw_lacking(wish, dry_run=typed.dry_run, agree=lambda bundle: with_license_of(spec, [bundle.style.rights]))


def _check(folders: list[Path], style: str | None, wanted: tuple[str, ...]) -> None:
    if style is None and not folders:
        raise UsageError(
            "Say where the missing glyphs come from: a folder of glyph pictures after the new font, or a style:\n"
            "segan extend OLD.ttf NEW.ttf --style kouzan-gyosho --chars gb2312"
        )
    if style is not None and not wanted:
        raise UsageError("--style draws the characters that --chars names. Add, for instance, --chars gb2312.")


def _show_plan(
    font: OldFont,
    plan: BuildPlan | None,
    wanted: tuple[str, ...],
    lacking: tuple[str, ...],
    as_json: bool,
    *,
    drawn: bool,
) -> None:
    """What would be added, or that nothing is to be added; nothing is written."""
    from segan_cli.cli.console import print_json, print_result

    there = [task.file.char for task in plan.tasks] if plan else []
    facts: dict[str, Any] = {
        "extends": font.font.description,
        "wanted": len(wanted),
        "lacking": list(lacking),
        "pictures": len(there),
    }
    if as_json:
        print_json(facts)
    elif not there and not lacking:
        print_result(f"{font.font.description} has every character asked for; nothing is written.")
    else:
        to_draw = len(set(lacking) - set(there)) if drawn else 0
        print_result(f"{len(there)} glyphs would be added from pictures, {to_draw} would be drawn first.")
