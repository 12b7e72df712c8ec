"""`segan build-font`: a folder of glyph images becomes a font."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segan_cli.errors import EXIT_INCOMPLETE, UsageError, did_you_mean

if TYPE_CHECKING:
    from segan_cli.font.base_font import BaseFont

ENDINGS = (".ttf", ".otf", ".woff2", ".ufo")


def _print_config(wanted: bool) -> None:
    if wanted:
        from segan_cli.cli.font_settings import every_key

        typer.echo(every_key(), nl=False)
        raise typer.Exit()


def build_font(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="OUT... [GLYPHS]...", help="Fonts to write (.ttf .otf .woff2 .ufo), then glyph folders."
        ),
    ],
    family: Annotated[str | None, typer.Option(help="Family name. Default: the first font's file name.")] = None,
    style_name: Annotated[str | None, typer.Option(help="Style name, such as Regular.")] = None,
    family_zh: Annotated[str | None, typer.Option("--family-zh", help="Family name in Chinese.")] = None,
    family_ja: Annotated[str | None, typer.Option("--family-ja", help="Family name in Japanese.")] = None,
    designer: Annotated[str | None, typer.Option(help="Who wrote the glyphs.")] = None,
    license_text: Annotated[str | None, typer.Option("--license", help="Licence, as text.")] = None,
    version: Annotated[str | None, typer.Option(help="Version, such as 1.000.")] = None,
    region: Annotated[
        str | None, typer.Option(help="Whose punctuation: cn, tw or jp; auto asks the characters.")
    ] = None,
    line_height: Annotated[
        float | None, typer.Option(help="Height of a line in ems, whatever glyphs are in the font.")
    ] = None,
    line_metrics: Annotated[
        str | None, typer.Option(help="equal: typo, hhea and win alike; cjk: typo is the em box, as Google Fonts asks.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A font.toml with any of the settings; a flag beats it.")] = None,
    print_config: Annotated[
        bool,
        typer.Option("--print-config", callback=_print_config, is_eager=True, help="Print a font.toml with all keys."),
    ] = False,
    originals: Annotated[list[Path] | None, typer.Option(help="Folder of the designer's own glyphs: they win.")] = None,
    base_font: Annotated[
        str | None,
        typer.Option(
            help="Font to take Latin, digits and punctuation from where the folders have none, with its kerning; also "
            "font.ttc#1, font.ttf@Bold or an installed family."
        ),
    ] = None,
    base_scripts: Annotated[
        str | None,
        typer.Option(help="What to take: latin (the default), kana, han, several with a plus, or all it has."),
    ] = None,
    style: Annotated[
        str | None, typer.Option(help="Draw what --chars names and the folders lack in this style. See: segan styles")
    ] = None,
    chars: Annotated[
        str | None, typer.Option(help="Characters the font should have; those it lacks are reported.")
    ] = None,
    source_font: Annotated[str | None, typer.Option(help="Font for the source glyphs of --style.")] = None,
    device: Annotated[str, typer.Option(help="What --style draws on: auto, cpu, cuda, coreml or directml.")] = "auto",
    retry: Annotated[bool, typer.Option("--retry", help="Draw suspects again; keep what reads best.")] = False,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Have drawn glyphs read by a recogniser.")] = True,
    finish: Annotated[
        bool,
        typer.Option(
            "--finish/--no-finish", help="Smooth drawn edges, take specks away, close pinholes, join broken strokes."
        ),
    ] = True,
    tracer: Annotated[str | None, typer.Option(help="fit, potrace or vtracer.")] = None,
    tolerance: Annotated[float | None, typer.Option(help="How far an outline may stray, in font units.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of the canvas that images are read at, in pixels.")] = None,
    polarity: Annotated[str | None, typer.Option(help="auto, dark-on-light or light-on-dark.")] = None,
    pictures: Annotated[str | None, typer.Option(help="auto, canvas (each the em whole) or cut-outs.")] = None,
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

    every glyph's status is in MyBrush.report.json beside the first font. Exit code 3: the font was written, with glyphs missing.
    """
    from segan_cli.building import pipeline
    from segan_cli.building.drawn import read_drawn
    from segan_cli.building.licensing import with_licence_of
    from segan_cli.building.recipe import BuildRecipe
    from segan_cli.building.report import build_report, report_place
    from segan_cli.cli.console import progress_bar
    from segan_cli.cli.font_settings import font_settings
    from segan_cli.cli.font_view import show_fit, show_plan, show_report
    from segan_cli.cli.style_drawing import draw_lacking
    from segan_cli.files import write_json
    from segan_cli.font.names import check_names
    from segan_cli.locks import output_locks
    from segan_cli.source.charset import parse_charset

    outputs, folders = _outputs_and_folders(paths, bool(originals or style))
    pipeline.check_places(outputs, keep_stages)
    base = opened_base_font(base_font, base_scripts)
    names = {"family": family, "style_name": style_name, "family_zh": family_zh, "family_ja": family_ja}
    looks = {"region": region, "line_height": line_height, "line_metrics": line_metrics}
    spec, inputs, tracing = font_settings(
        config,
        outputs[0].stem,
        {**names, **looks, "designer": designer, "license": license_text, "version": version},
        {"size_px": size, "polarity": polarity, "pictures": pictures, "centring": centring, "workers": workers or None},
        {"tracer": tracer, "tolerance": tolerance},
    )
    check_names(spec)
    if not dry_run:
        context.with_resource(output_locks(outputs, "segan build-font"))
    wanted = parse_charset(chars) if chars else ()
    with_licence_of(spec, read_drawn(folders).styles)
    if style is not None:
        folders += draw_lacking(
            style,
            wanted,
            outputs[0],
            [*(originals or ()), *folders],
            {"device": device, "retry": retry, "finish": finish, "workers": workers},
            spec,
            polarity=inputs.polarity,
            base=base,
            source_font=source_font,
            check=check,
            dry_run=dry_run,
        )
    elif source_font or retry or not finish or not check or device != "auto":
        raise UsageError(
            "--source-font, --device, --retry, --no-finish and --no-check say how --style draws. Add --style."
        )
    drawn = read_drawn(folders)
    spec = with_licence_of(spec, drawn.styles)
    plan = pipeline.plan_build(
        folders,
        outputs,
        originals=originals or (),
        inputs=inputs,
        tracing=tracing,
        stages_folder=keep_stages,
        region=spec.region,
    )
    if dry_run:
        show_plan(plan, outputs, () if style else wanted, as_json)
        return
    show_fit(plan)
    with progress_bar("Tracing", len(plan.tasks)) as advance:
        result = pipeline.build_font(
            plan, spec, outputs, base=base, wanted=set(wanted) or None, workers=inputs.workers, advance=advance
        )
    recipe = BuildRecipe(
        tuple(outputs),
        tuple(folders),
        tuple(originals or ()),
        base_font or "",
        base_scripts or "latin",
        tuple(wanted),
        spec,
        inputs,
        tracing,
    )
    report = {**build_report(plan, result, wanted=wanted, drawn=drawn), "built_from": recipe.words()}
    write_json(report_place(outputs[0]), report)
    show_report(report, outputs, as_json)
    if report["missing"] and not allow_missing:
        raise typer.Exit(EXIT_INCOMPLETE)


def opened_base_font(font: str | None, scripts: str | None) -> BaseFont | None:
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
