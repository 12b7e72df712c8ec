"""`segan export`: a training run becomes a bundle that generates without torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segan_cli.cli.options import takes

if TYPE_CHECKING:
    from segan_cli.training.run.export import Exported, TrainedRun


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """What `segan export` is told."""

    run: Annotated[Path, typer.Argument(help="The run's folder.")]
    out: Annotated[Path | None, typer.Option(help="The bundle's folder. Default: bundle/ in the run.")] = None
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option(help="A checkpoint file; of several, the mean of their weights. Default: the best one."),
    ] = None
    license: Annotated[str, typer.Option("--license", help="Licence of the hand, which the weights carry on.")] = (
        "not stated"
    )
    license_url: Annotated[str, typer.Option("--license-url", help="Where the licence stands.")] = ""
    number: Annotated[int | None, typer.Option(min=1, max=9999, help="Short number for --style.")] = None
    title: Annotated[str, typer.Option(help="Name for people, such as Kouzan Gyosho.")] = ""
    script: Annotated[str, typer.Option(help="Kind of writing, such as semi-cursive.")] = ""
    credit: Annotated[str, typer.Option(help="Who wrote the hand.")] = ""
    reserved_name: Annotated[list[str] | None, typer.Option(help="Font name that the licence reserves.")] = None
    notes: Annotated[str, typer.Option(help="What to know before using it, for the card.")] = ""
    hands: Annotated[
        Path | None,
        typer.Option(help="TOML with all of this for each hand of the run: a table a hand, over what the flags say."),
    ] = None
    precision: Annotated[str, typer.Option(help="Weights of 32 bits, 16 bits or both: fp32, fp16, both.")] = "both"
    weights: Annotated[bool, typer.Option(help="Add the weights that segan train --init starts from.")] = True
    score: Annotated[bool, typer.Option(help="Draw the test characters and measure them, as segan evaluate does.")] = (
        True
    )
    count: Annotated[int, typer.Option(min=2, help="Test characters of a hand that are measured, at most.")] = 300
    as_json: Annotated[bool, typer.Option("--json", help="Print sizes, scores and differences as JSON.")] = False


@takes(ExportOptions)
def export(typed: ExportOptions) -> None:
    """Write the bundle of a run: ONNX in 32 and 16 bits, manifest, card, sheet.

        segan export runs/mine --out models/mine --license "public domain"

    The files are held against torch on real glyphs; they must agree within 1e-3.
    """
    from segan_cli.cli.console import print_json, print_note, print_result, share_bar
    from segan_cli.errors import UsageError, did_you_mean
    from segan_cli.files.locks import folder_lock
    from segan_cli.training.run.card import score_text
    from segan_cli.training.run.export import (
        PRECISIONS,
        HandMetadata,
        check_bundle_folder,
        export_run,
        metadata_of_hands,
        open_trained,
        write_scores,
    )
    from segan_cli.training.run.run_folder import RunFolder

    if typed.precision not in (*PRECISIONS, "both"):
        raise UsageError(
            f"--precision is {typed.precision!r}; it is fp32, fp16 or both.{did_you_mean(typed.precision, PRECISIONS)}"
        )
    out = typed.out or typed.run / "bundle"
    check_bundle_folder(out)
    precisions = PRECISIONS if typed.precision == "both" else (typed.precision,)
    common = HandMetadata(
        typed.license,
        typed.license_url,
        typed.number,
        typed.title,
        typed.script,
        typed.credit,
        tuple(typed.reserved_name or ()),
        typed.notes,
    )
    names = [style["name"] for style in RunFolder.open(typed.run).split()["styles"]]
    metadata = metadata_of_hands(names, common, typed.hands)
    with share_bar("Looking at the hands") as moved:
        trained = open_trained(typed.run, checkpoints=typed.checkpoint or (), moved=moved)
    with folder_lock(out, "segan export"):
        done = export_run(trained, out, metadata, precisions=precisions, weights=typed.weights)
        scores = _scores(trained, done, typed.count) if typed.score and trained.held_out else {}
        write_scores(done, scores)
    if typed.as_json:
        print_json({"folder": str(done.folder), "sizes": done.sizes, "differences": done.differences, "scores": scores})
        return
    for name, found in scores.items():
        print_note(f"{name}. " + ", ".join(score_text(key, value) for key, value in found.items()))
    for name, (greatest, mean) in done.differences.items():
        print_note(f"{name}: differs from torch by at most {greatest:.1e} (mean {mean:.1e})")
    print_note(", ".join(f"{name} {size / 2**20:.1f} MiB" for name, size in done.sizes.items()))
    print_result(str(done.folder))


def _scores(trained: TrainedRun, done: Exported, count: int) -> dict[str, dict[str, float]]:
    from segan_cli.benchmark.bundle_scores import STAGES, score_bundle
    from segan_cli.cli.console import print_note, progress_bar

    with progress_bar("Scoring", STAGES * len(trained.split["styles"])) as advance:
        found = score_bundle(trained, done, count, advance)
    for note in found.notes:
        print_note(note)
    return found.scores
