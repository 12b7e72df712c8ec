"""`segan evaluate`: how good generated glyphs are, in the paper's terms."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segan_cli.cli.options import takes
from segan_cli.errors import UsageError

if TYPE_CHECKING:
    from segan_cli.evaluation.measuring import Measured
    from segan_cli.evaluation.subject import Subject

SHOWN = 14


@dataclass(frozen=True, kw_only=True)
class EvaluateOptions:
    """What `segan evaluate` is told."""

    what: Annotated[str, typer.Argument(metavar="WHAT", help="A folder of glyphs, a style, a bundle or a run.")]
    against: Annotated[Path, typer.Option(help="The glyph folder of the hand itself.")]
    chars: Annotated[str | None, typer.Option(help="Characters. Default: a folder's own, or those held out.")] = None
    count: Annotated[int, typer.Option(min=0, help="How many characters at most; 0 takes all.")] = 300
    everything: Annotated[bool, typer.Option("--all", help="Characters that it learned from, too.")] = False
    style: Annotated[str | None, typer.Option(help="Which hand, if a run or bundle draws several.")] = None
    source_font: Annotated[str | None, typer.Option(help="Source font, to draw a bundle or a run.")] = None
    device: Annotated[str, typer.Option(help="auto, cpu or cuda, to draw a bundle or a run.")] = "auto"
    size: Annotated[int, typer.Option(min=32, max=1024, help="Side at which folders are compared, in pixels.")] = 128
    features: Annotated[bool, typer.Option("--features/--no-features", help="FD-lite0 and KID.")] = True
    brush: Annotated[
        bool, typer.Option("--brush/--no-brush", help="Corners, weight and contrast of the traced outlines.")
    ] = True
    inception_weights: Annotated[
        Path | None, typer.Option(help="pt_inception-2015-12-05-6726825d.pth, for FID itself.")
    ] = None
    out: Annotated[Path | None, typer.Option(help="Folder for evaluation.md, .json and .png.")] = None
    seed: Annotated[
        int, typer.Option(min=0, max=2**31 - 1, help="Seed of the choice of characters and of the intervals.")
    ] = 0
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON on stdout.")] = False


@takes(EvaluateOptions)
def evaluate(typed: EvaluateOptions) -> None:
    """Measure generated glyphs against the real ones of the same characters.

        segan evaluate out/mine --against my-glyphs/

        segan evaluate runs/mine --against my-glyphs/ --out report/

    Corners, weight and contrast are measured on traced outlines at 512 px, beside the hand's own: give pictures of that size.
    Content accuracy is the share that a recogniser reads as the right character; the Human figure beside it is the same
    recogniser on the real glyphs. Install what measures with: pip install "segan\\[evaluate]"
    """
    from segan_cli.cli.console import print_json, print_note, print_result, print_table, progress_bar
    from segan_cli.evaluation.measuring import measure, open_metrics
    from segan_cli.evaluation.table import COLUMNS, as_values, markdown, rows
    from segan_cli.files.writing import check_apart, check_output_folder
    from segan_cli.source.charset import parse_charset

    if typed.out is not None:
        check_output_folder(typed.out)
        check_apart(typed.out, [Path(typed.what), typed.against])
    if typed.count == 1:
        raise UsageError("--count 1: at least two characters are measured; 0 takes all.")
    wanted = parse_charset(typed.chars) if typed.chars is not None else ()
    subject = _subject(typed.what, typed.style, typed.source_font, typed.device, typed.size, typed.everything)
    metrics, notes = open_metrics(features=typed.features, inception_weights=typed.inception_weights)
    for note in [*notes, *([subject.note] if subject.note else [])]:
        print_note(note)
    with progress_bar("Measuring", 8) as step:
        measured = measure(
            subject,
            typed.against,
            metrics,
            chars=wanted,
            count=typed.count,
            brush=typed.brush,
            seed=typed.seed,
            advance=lambda stage: step(1),
        )
    if (measured_chars := len(measured.evaluation.chars)) < typed.count:
        print_note(
            f"{measured_chars} characters are measured, and not {typed.count}: no more are on both sides"
            + (
                "."
                if typed.everything or wanted
                else ", or held out from the training (--all takes those that it learned, too)."
            )
        )
    title = f"{subject.name} against {typed.against.name}"
    if typed.out is not None:
        _write(measured, title, typed.out)
    if typed.as_json:
        print_json({"what": typed.what, "against": str(typed.against)} | as_values(measured.evaluation))
        return
    print_table(f"{title}, N = {len(measured.evaluation.chars)}", list(COLUMNS), rows(measured.evaluation))
    print_result(str(typed.out / "evaluation.md") if typed.out else markdown(measured.evaluation, title))


def _subject(
    what: str, style: str | None, source_font: str | None, device: str, size: int, everything: bool
) -> Subject:
    from segan_cli.evaluation.subject import bundle_subject, folder_subject
    from segan_cli.generator.bundle import find_bundle
    from segan_cli.glyph import Frame
    from segan_cli.source.glyph_folder import chars_in_folder

    path = Path(what)
    if (path / "split.json").is_file():
        return _run_subject(path, style, source_font, device, everything)
    if path.is_dir() and chars_in_folder(path):
        if style is not None:
            raise UsageError(
                f"--style chooses a hand of a bundle or a run, and {what} is a folder of glyphs. Leave it out."
            )
        return folder_subject(path, Frame(size))
    return bundle_subject(find_bundle(f"{what}#{style}" if style else what), source_font, device, everything=everything)


def _run_subject(path: Path, style: str | None, source_font: str | None, device: str, everything: bool) -> Subject:
    from segan_cli.errors import MissingExtraError
    from segan_cli.evaluation.subject import bundle_subject

    try:
        from segan_cli.training.run.run_network import open_run_network
    except ImportError as error:
        raise MissingExtraError("Drawing with a run that has not been exported", "train") from error
    bundle, network = open_run_network(path, style, device)
    return bundle_subject(bundle, source_font, network.device, everything=everything, network=network)


def _write(measured: Measured, title: str, out: Path) -> None:
    from segan_cli.evaluation.table import as_values, markdown
    from segan_cli.files.contact_sheet import write_comparison
    from segan_cli.files.writing import make_folder, write_json, written_beside

    make_folder(out)
    write_comparison(measured.pictures, measured.evaluation.chars[:SHOWN], out / "evaluation.png")
    write_json(out / "evaluation.json", as_values(measured.evaluation))
    with written_beside(out / "evaluation.md") as beside:
        beside.write_text(markdown(measured.evaluation, title), encoding="utf-8", errors="replace")
