"""`segan train-skeleton`: the glyph → skeleton network that SE-GAN's skeleton terms need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segan_cli.workers import MOST_THREADS


def train_skeleton(
    glyphs: Annotated[list[Path], typer.Argument(help="Glyph folders; their source glyphs are learned, too.")],
    out: Annotated[Path | None, typer.Option(help="The file to write. Default: the one that ships.")] = None,
    source_font: Annotated[
        str | None, typer.Option(help="Source font: a file or a family. Default: a Kai font.")
    ] = None,
    time_budget: Annotated[str | None, typer.Option(help="End on time: 90s, 5m.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps to train, instead of a time.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", help="Any other setting: KEY=VALUE.")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.")] = "auto",
    threads: Annotated[int, typer.Option(min=0, max=MOST_THREADS, help="Threads on the CPU; 0 takes every core.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")] = False,
) -> None:
    """Train skeletonGAN: glyphs and their Zhang-Suen skeletons, in a few minutes.

    segan train-skeleton my-glyphs/ --time-budget 5m --overwrite
    """
    from segan_cli.cli.console import print_note, print_result, share_bar
    from segan_cli.cli.train import assignments, seconds
    from segan_cli.config import from_mapping
    from segan_cli.errors import UsageError
    from segan_cli.files.writing import check_output, real_path
    from segan_cli.glyph import Frame
    from segan_cli.source.source_font import open_source_font
    from segan_cli.training.data.dataset import check_enough, load_pairs
    from segan_cli.training.loop.processes import join_processes
    from segan_cli.training.loop.skeleton_trainer import train_skeleton_gan
    from segan_cli.training.model.skeleton_gan import SkeletonTrainSettings, skeleton_generator_path

    if time_budget is not None and steps is not None:
        raise UsageError("Give --time-budget or --steps, not both.")
    file = out or skeleton_generator_path()
    if file.exists() and not overwrite:
        raise UsageError(
            f"{file} is there, and runs that learned with it cannot be resumed with another. Add --overwrite to replace it; or "
            "write beside it with --out: training reads the file of the models folder, which SEGAN_MODELS=FOLDER changes."
        )
    check_output(file)
    values = assignments(set_ or [])
    values |= {"time_budget_s": seconds(time_budget)} if time_budget else {}
    values |= {"steps": steps} if steps else {}
    settings = from_mapping(SkeletonTrainSettings, values)
    device_of_run = join_processes(device, threads).device
    font = open_source_font(source_font)
    print_note(f"Source font: {font.description}")
    hands = [load_pairs(real_path(folder).name, folder, font, Frame(settings.size_px)) for folder in glyphs]
    check_enough(hands, initialised=False)
    with share_bar("skeletonGAN") as moved:
        report = train_skeleton_gan(hands, settings, file, device_of_run, lambda done, loss: moved(done))
    print_note(
        f"{report.steps} steps in {report.seconds / 60:.1f} minutes; overlap with Zhang-Suen on dev glyphs {report.iou:.3f}"
    )
    print_result(str(report.path))
