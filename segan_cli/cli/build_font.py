"""`segan build-font`: a folder of glyph images becomes a font."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segan_cli.cli.options import (
    AllowMissing,
    Finish,
    Processes,
    ReportAsJson,
    Retry,
    StyleCheck,
    StyleDevice,
    StyleSourceFont,
    takes,
)
from segan_cli.errors import EXIT_INCOMPLETE, UsageError, did_you_mean

if TYPE_CHECKING:
    from segan_cli.building.recipe import BuildRecipe
    from segan_cli.font.base_font import BaseFont

ENDINGS = (".ttf", ".otf", ".woff2", ".ufo")
NAME_OPTIONS = [
    "family",
    "style_name",
    "italic_angle",
    "family_zh",
    "family_ja",
    "designer",
    "version",
    "region",
    "line_height",
    "line_metrics",
]
"""The options of a font's names and lines, which are called as the settings are."""


def _print_config(wanted: bool) -> None:
    if wanted:
        from segan_cli.cli.font_settings import every_key

        typer.echo(every_key(), nl=False)
        raise typer.Exit()


@dataclass(frozen=True, kw_only=True)
class BuildFontOptions:
    """What `segan build-font` is told."""

    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="OUT... [GLYPHS]...", help="Fonts to write (.ttf .otf .woff2 .ufo), then glyph folders."
        ),
    ]
    family: Annotated[str | None, typer.Option(help="Family name. Default: the first font's file name.")] = None
    style_name: Annotated[str | None, typer.Option(help="Style name, such as Regular.")] = None
    italic_angle: Annotated[
        float | None, typer.Option(help="Slant of an Italic style, degrees, below 0 to the right, such as -12.")
    ] = None
    family_zh: Annotated[str | None, typer.Option("--family-zh", help="Family name in Chinese.")] = None
    family_ja: Annotated[str | None, typer.Option("--family-ja", help="Family name in Japanese.")] = None
    designer: Annotated[str | None, typer.Option(help="Who wrote the glyphs.")] = None
    license_text: Annotated[str | None, typer.Option("--license", help="Licence, as text.")] = None
    version: Annotated[str | None, typer.Option(help="Version, such as 1.000.")] = None
    region: Annotated[str | None, typer.Option(help="Whose punctuation: cn, tw or jp; auto asks the characters.")] = (
        None
    )
    line_height: Annotated[
        float | None, typer.Option(help="Height of a line in ems, whatever glyphs are in the font.")
    ] = None
    line_metrics: Annotated[
        str | None, typer.Option(help="equal: typo, hhea and win alike; cjk: typo is the em box, as Google Fonts asks.")
    ] = None
    config: Annotated[Path | None, typer.Option(help="A font.toml with any of the settings; a flag beats it.")] = None
    print_config: Annotated[
        bool,
        typer.Option("--print-config", callback=_print_config, is_eager=True, help="Print a font.toml with all keys."),
    ] = False
    originals: Annotated[list[Path] | None, typer.Option(help="Folder of the designer's own glyphs: they win.")] = None
    base_font: Annotated[
        str | None,
        typer.Option(
            help="Font to take Latin, digits and punctuation from where the folders have none, with its kerning; also "
            "font.ttc#1, font.ttf@Bold or an installed family."
        ),
    ] = None
    base_scripts: Annotated[
        str | None,
        typer.Option(help="What to take: latin (the default), kana, han, several with a plus, or all it has."),
    ] = None
    style: Annotated[
        str | None, typer.Option(help="Draw what --chars names and the folders lack in this style. See: segan styles")
    ] = None
    chars: Annotated[str | None, typer.Option(help="Characters the font should have; those it lacks are reported.")] = (
        None
    )
    source_font: StyleSourceFont = None
    device: StyleDevice = "auto"
    retry: Retry = False
    check: StyleCheck = True
    finish: Finish = True
    tracer: Annotated[str | None, typer.Option(help="fit, potrace or vtracer.")] = None
    tolerance: Annotated[float | None, typer.Option(help="How far an outline may stray, in font units.")] = None
    size: Annotated[int | None, typer.Option(help="Side of the canvas that images are read at, in pixels.")] = None
    polarity: Annotated[str | None, typer.Option(help="auto, dark-on-light or light-on-dark.")] = None
    pictures: Annotated[str | None, typer.Option(help="auto, canvas (each the em whole) or cut-outs.")] = None
    centring: Annotated[str | None, typer.Option(help="frame, or optical: centred by ink mass.")] = None
    even_weight: Annotated[
        bool | None,
        typer.Option(
            "--even-weight/--own-weight", help="Make drawn glyphs as heavy as the hand's own of the same density."
        ),
    ] = None
    keep_stages: Annotated[Path | None, typer.Option(help="Folder for every stage's picture of every glyph.")] = None
    workers: Processes = 0
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Have FreeType draw every glyph of the font, and compare it with its picture."),
    ] = False
    allow_missing: AllowMissing = False
    dry_run: Annotated[bool, typer.Option(help="Say what would be built, and stop.")] = False
    as_json: ReportAsJson = False


@takes(BuildFontOptions)
def build_font(typed: BuildFontOptions) -> None:
    """Turn folders of glyph images into a font that installs, shapes and prints.

    The endings choose the formats; several may be written at once:

        segan build-font MyBrush.ttf MyBrush.woff2 my-glyphs/ --family "My Brush"

    every glyph's status is in MyBrush.report.json beside the first font. Exit code 3: the font was written, with glyphs missing.
    """
    from segan_cli.building.fidelity import verifiable
    from segan_cli.building.pipeline import check_places
    from segan_cli.files.locks import output_locks
    from segan_cli.font.names import check_names

    outputs, folders = _outputs_and_folders(typed.paths, bool(typed.originals or typed.style))
    check_places(outputs, typed.keep_stages, [*(typed.originals or ()), *folders])
    if typed.verify:
        verifiable(outputs)
    base = _opened_base_font(typed.base_font, typed.base_scripts)
    recipe = _recipe(typed, outputs, folders)
    check_names(recipe.spec)
    with contextlib.nullcontext() if typed.dry_run else output_locks(outputs, "segan build-font"):
        _build(typed, recipe, base)


def _recipe(typed: BuildFontOptions, outputs: list[Path], folders: list[Path]) -> BuildRecipe:
    """What was typed, over the settings file."""
    from segan_cli.building.recipe import BuildRecipe
    from segan_cli.cli.font_settings import font_settings
    from segan_cli.source.charset import parse_charset

    flags = {name: getattr(typed, name) for name in NAME_OPTIONS}
    inputs = {name: getattr(typed, name) for name in ("polarity", "pictures", "centring", "even_weight")}
    spec, input_settings, tracing = font_settings(
        typed.config,
        outputs[0].stem,
        {**flags, "license": typed.license_text},
        {**inputs, "size_px": typed.size, "workers": typed.workers or None},
        {"tracer": typed.tracer, "tolerance": typed.tolerance},
    )
    return BuildRecipe(
        tuple(outputs),
        tuple(folders),
        tuple(typed.originals or ()),
        typed.base_font or "",
        typed.base_scripts or "latin",
        parse_charset(typed.chars) if typed.chars is not None else (),
        spec,
        input_settings,
        tracing,
    )


def _build(typed: BuildFontOptions, recipe: BuildRecipe, base: BaseFont | None) -> None:
    from segan_cli.building.drawn import read_drawn
    from segan_cli.building.licensing import with_license_of
    from segan_cli.building.recipe import build_planned, plan_recipe
    from segan_cli.cli.console import progress_bar
    from segan_cli.cli.font_view import show_fit, show_plan, show_report

    with_license_of(recipe.spec, read_drawn(recipe.folders).styles)
    recipe = replace(recipe, folders=(*recipe.folders, *_drawn(typed, recipe, base)))
    planned = replace(plan_recipe(recipe, stages_folder=typed.keep_stages), verify=typed.verify)
    outputs = list(recipe.outputs)
    if typed.dry_run:
        show_plan(planned.plan, outputs, () if typed.style else recipe.wanted, typed.as_json)
        return
    show_fit(planned.plan)
    with progress_bar("Tracing", planned.steps) as advance:
        report = build_planned(planned, base, advance)
    show_report(report, outputs, typed.as_json)
    if report["missing"] and not typed.allow_missing:
        raise typer.Exit(EXIT_INCOMPLETE)


def _drawn(typed: BuildFontOptions, recipe: BuildRecipe, base: BaseFont | None) -> list[Path]:
    """The folder with what --style drew of the characters that are lacking."""
    from segan_cli.building.lacking import still_lacking
    from segan_cli.building.licensing import with_license_of
    from segan_cli.cli.style_drawing import DrawWish, draw_lacking
    from segan_cli.config import from_mapping
    from segan_cli.drawing.draw import DrawSettings

    if typed.style is None:
        if typed.source_font or typed.retry or not typed.finish or not typed.check or typed.device != "auto":
            raise UsageError(
                "--source-font, --device, --retry, --no-finish and --no-check say how --style draws. Add --style."
            )
        return []
    if not recipe.wanted:
        raise UsageError("--style draws the characters that --chars names. Add, for instance, --chars gb2312-1.")
    flags = {name: getattr(typed, name) for name in ("device", "retry", "finish", "workers")}
    settings = from_mapping(DrawSettings, flags, where="the options")
    lacking = still_lacking(recipe.wanted, [*recipe.originals, *recipe.folders], recipe.inputs.polarity, base)
    out = recipe.outputs[0].with_suffix(".glyphs")
    wish = DrawWish(typed.style, lacking, out, settings, typed.source_font, typed.check)
    return draw_lacking(
        wish, dry_run=typed.dry_run, agree=lambda bundle: with_license_of(recipe.spec, [bundle.style.rights])
    )


def _opened_base_font(font: str | None, scripts: str | None) -> BaseFont | None:
    """The base font, if one was named."""
    from segan_cli.building.base_font import open_base_font

    if font is None:
        if scripts is not None:
            raise UsageError("--base-scripts says what to take from a base font. Name it: --base-font FONT")
        return None
    return open_base_font(font, scripts or "latin")


def _outputs_and_folders(paths: list[Path], other_glyphs: bool) -> tuple[list[Path], list[Path]]:
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
    if not folders and not other_glyphs:
        raise UsageError(
            "Name a folder of glyph images after the font: segan build-font MyBrush.ttf my-glyphs/\n"
            "Or have a style drawn: segan build-font MyBrush.ttf --style 1 --chars gb2312-1"
        )
    return outputs, folders
