"""`segan train`: learn a hand from a glyph folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from segan_cli.cli.options import takes
from segan_cli.errors import UsageError
from segan_cli.files.writing import real_path
from segan_cli.workers import MOST_THREADS


@dataclass(frozen=True, kw_only=True)
class TrainOptions:
    """What `segan train` is told."""

    glyphs: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[GLYPHS] [DRAWN]",
            help="The hand's glyph folder; and a drawn folder, to learn from what a review accepted and corrected in it.",
        ),
    ] = None
    out: Annotated[Path | None, typer.Option(help="The run's folder. Default: runs/ and the hand's name.")] = None
    preset: Annotated[str, typer.Option(help="cpu, ink, edges, full, light, paper, or a TOML file.")] = "cpu"
    source_font: Annotated[str | None, typer.Option(help="Source font: a file or a family. Default: a Kai font.")] = (
        None
    )
    style: Annotated[list[str] | None, typer.Option(help="NAME=FOLDER; several are learned together.")] = None
    init: Annotated[
        Path | None, typer.Option(help="Start from trained weights: a style's name, a bundle, a run, RUN#HAND.")
    ] = None
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False
    time_budget: Annotated[
        str | None, typer.Option(help="End on time: 90s, 25m, 1h30m. With --resume: this much more.")
    ] = None
    steps: Annotated[int | None, typer.Option(help="Steps to train, instead of a time.")] = None
    batch_size: Annotated[int | None, typer.Option(help="Pairs a step, over all processes.")] = None
    hold_out: Annotated[
        str | None,
        typer.Option(help="tenths: a tenth of the characters each for dev and test; none: all are learned."),
    ] = None
    seed: Annotated[int | None, typer.Option(help="Seed of weights, order and augmentation.")] = None
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="Any other setting: KEY=VALUE, or GROUP.KEY=VALUE.")
    ] = None
    heatmaps: Annotated[bool, typer.Option("--heatmaps", help="Add the attention's heatmaps to the sheets.")] = False
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:1.")] = "auto"
    threads: Annotated[int, typer.Option(min=0, max=MOST_THREADS, help="Threads on the CPU; 0 takes every core.")] = 0
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Sizes, memory, FLOPs and time; trains nothing.")] = False


@takes(TrainOptions)
def train(typed: TrainOptions) -> None:
    """Learn a hand from a glyph folder. It can be stopped at any moment and resumed.

        segan train my-glyphs/ --out runs/mine --time-budget 25m

        segan train --resume --out runs/mine

    Several hands together, or one more from trained weights, need fewer glyphs of each:

        segan train --style kaisho=a/ --style gyosho=b/ --out runs/both

        segan train my-100-glyphs/ --init runs/both --out runs/mine

    After a review, retouched, chosen and accepted glyphs are learned from, too, the corrected ones three times as often:

        segan train my-100-glyphs/ drawn/ --init runs/mine --out runs/better
    """
    from segan_cli.cli.training_view import train_command

    flags = _flags(typed)
    hands = _hands(typed.glyphs or [], typed.style or [], typed.resume)
    if typed.resume:
        given = {
            "GLYPHS or --style": hands,
            "--source-font": typed.source_font,
            "--init": typed.init,
            "--dry-run": typed.dry_run,
        }
        given["--preset"] = typed.preset != "cpu"
        if fixed := [name for name, value in given.items() if value]:
            raise UsageError(
                f"A run keeps what it began with, so {', '.join(fixed)} cannot go with --resume. Type: segan train --resume "
                f"--out {typed.out or 'RUN'}"
            )
    train_command(
        hands,
        typed.out,
        typed.preset,
        typed.source_font,
        typed.init,
        typed.resume,
        flags,
        typed.device,
        typed.threads,
        typed.dry_run,
    )


def _flags(typed: TrainOptions) -> dict[str, Any]:
    """What was typed of the run's settings; an option says more than --set."""
    flags: dict[str, Any] = assignments(typed.set_ or [])
    options: dict[str, Any] = {
        "batch_size": typed.batch_size,
        "seed": typed.seed,
        "hold_out": typed.hold_out,
        "heatmaps": typed.heatmaps or None,
    }
    flags |= {
        name: value for name, value in options.items() if value is not None
    }  # what --set says of the others holds
    if typed.time_budget is not None and typed.steps is not None:
        raise UsageError("Give --time-budget or --steps, not both.")
    if typed.time_budget is not None:
        flags["time_budget_s"] = seconds(typed.time_budget)
    if typed.steps is not None:
        flags |= {"steps": typed.steps, "time_budget_s": 0.0}
    return flags


LONGEST_S = 365 * 24 * 3600.0


def seconds(text: str) -> float:
    """`90s`, `25m` or `1h30m`.

    Raises:
        UsageError: none of these, or more than a year.
    """
    import re

    if re.fullmatch(r"\s*\d+(?:\.\d+)?\s*", text):
        number = text.strip()
        raise UsageError(f"{number} what? Write {number}s, {number}m or {number}h.")
    match = re.fullmatch(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s?)?", text.strip().lower())
    parts = [float(part or 0) for part in match.groups()] if match and text.strip() else []
    total = parts[0] * 3600 + parts[1] * 60 + parts[2] if parts else 0.0
    if total <= 0:
        raise UsageError(f"The time {text!r} cannot be read. Write it like 90s, 25m or 1h30m.")
    if total > LONGEST_S:
        raise UsageError(f"The time {text[:40]!r} is longer than a year ({LONGEST_S / 3600:.0f}h). Write less.")
    return total


def assignments(words: list[str]) -> dict[str, Any]:
    """`KEY=VALUE` with a TOML value; a bare word is text."""
    from segan_cli.files.documents import DocumentError, parse_toml

    values: dict[str, Any] = {}
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set {word}: write it as KEY=VALUE, like --set lambda_cycle=0.")
        try:
            values[key.strip()] = parse_toml(f"x = {text}", f"--set {word}")["x"]
        except DocumentError:
            values[key.strip()] = text.strip()
    return values


def _name_of(place: Path) -> str:
    """A glyph folder's name, or an archive's without its ending."""
    return place.stem if place.is_file() else real_path(place).name


def _hand_name(folder: str) -> str:
    from segan_cli.cli.console import print_note

    if not folder.isdigit():
        return folder
    print_note(f"A bare number would be taken for a shipped style's: {folder} is learned as hand-{folder}.")
    return f"hand-{folder}"


def _hands(glyphs: list[Path], styles: list[str], resume: bool) -> list[tuple[str, Path, tuple[Path, ...]]]:
    """Name, folder and reviewed folders of each hand: a drawn folder belongs to the hand before it."""
    from segan_cli.building.drawn import is_drawn

    hands: list[tuple[str, Path, tuple[Path, ...]]] = []
    for place in glyphs:
        if hands and is_drawn(place):
            name, own, reviewed = hands.pop()
            hands.append((name, own, (*reviewed, place)))
        else:
            hands.append((_hand_name(_name_of(place)), place, ()))
    for word in styles:
        name, equals, folder = word.partition("=")
        if not equals or not name or not folder:
            raise UsageError(f"--style {word}: write it as NAME=FOLDER, like --style gyosho=glyphs/gyosho.")
        hands.append((name, Path(folder), ()))
    if not hands and not resume:
        raise UsageError(
            "Name the hand's glyph folder: segan train GLYPHS; or --style NAME=FOLDER; or --resume --out RUN."
        )
    return hands
