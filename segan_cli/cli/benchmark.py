"""`segan benchmark`: the paper's Table 1 on open hands."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from segan_cli.cli.options import InceptionWeights, takes
from segan_cli.errors import MissingExtraError, UsageError
from segan_cli.files.writing import real_path

if TYPE_CHECKING:
    from segan_cli.benchmark.rows import BenchmarkPlan, RowResult


@dataclass(frozen=True, kw_only=True)
class BenchmarkOptions:
    """What `segan benchmark` is told."""

    out: Annotated[Path, typer.Option(help="Folder of the trainings, the table and the pictures.")]
    styles: Annotated[
        list[str] | None, typer.Option("--styles", "--style", help="NAME=FOLDER, or a folder; may be repeated.")
    ] = None
    time_per_row: Annotated[str | None, typer.Option(help="Training time of every row: 20m, 1h.")] = None
    steps: Annotated[int | None, typer.Option(min=1, help="Steps of every row, instead of a time.")] = None
    rows: Annotated[str | None, typer.Option(help="Rows, with commas between. Default: all of Table 1.")] = None
    preset: Annotated[str, typer.Option(help="cpu, light, paper, or a TOML file.")] = "cpu"
    batch_size: Annotated[int | None, typer.Option(help="Pairs a step, the same for all.")] = None
    count: Annotated[int, typer.Option(min=0, help="Test characters a style; 0 takes all.")] = 140
    source_font: Annotated[str | None, typer.Option(help="Source font: a file or a family.")] = None
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto"
    baseline_channels: Annotated[
        int | None,
        typer.Option(
            min=8, max=256, help="Channels of the baselines' first layer. Default: 64, as published; 16 on a CPU."
        ),
    ] = None
    finish: Annotated[
        bool, typer.Option("--finish/--no-finish", help="Finish every row's pictures as segan generate does.")
    ] = True
    features: Annotated[bool, typer.Option("--features/--no-features", help="FD-lite0 and KID.")] = True
    inception_weights: InceptionWeights = None
    cluster: Annotated[
        str | None,
        typer.Option(
            help="Train rows side by side under Dask: the scheduler's address, or a number of processes here."
        ),
    ] = None
    open_: Annotated[
        bool, typer.Option("--open", help="The open benchmark: prepare its hands, or --score a folder of pictures.")
    ] = False
    hand: Annotated[list[str] | None, typer.Option(help="--open: a hand of it; may be repeated. Default: all.")] = None
    fonts: Annotated[
        list[Path] | None, typer.Option(help="--open: where its fonts lie, beside the system's folders.")
    ] = None
    score: Annotated[Path | None, typer.Option(help="--open: pictures of a hand's test characters.")] = None
    row: Annotated[str, typer.Option(help="--open --score: the method's name in the table.")] = "mine"


@takes(BenchmarkOptions)
def benchmark(typed: BenchmarkOptions) -> None:
    """Train zi2zi, CycleGAN, StarGAN, DG-Font, SE-GAN and its ablations alike, and measure them.

        segan benchmark --styles gyosho=hands/kouzan-gyosho --time-per-row 20m --out benchmark/

    Stop it when you like; the same command goes on where it was. The table is in benchmark.md, with the pictures. With
    --cluster tcp://head:8786 each row is trained by one worker of a Dask cluster whose machines share the folders.

    The open benchmark has its hands, test characters and metrics fixed, so that figures of different people compare:

        segan benchmark --open --out open/ --hand kouzan-gyosho        # what to learn from, and what to draw
        segan benchmark --open --out open/ --hand kouzan-gyosho --score my-pictures/ --row "my method"
    """
    from segan_cli.cli import benchmark_open

    if typed.open_ and typed.score is not None:
        return benchmark_open.score(typed.out, typed.hand or [], typed.row, typed.score, typed.inception_weights)
    if typed.open_:
        return benchmark_open.prepare(typed.out, typed.hand or [], typed.fonts or [])
    if typed.hand or typed.fonts or typed.score:
        raise UsageError("--hand, --fonts and --score belong to the open benchmark. Add --open.")
    if not typed.styles:
        raise UsageError("Name the hands to train on: --styles NAME=FOLDER; or prepare the open benchmark: --open.")
    return _fill_table(typed, typed.styles)


def _fill_table(typed: BenchmarkOptions, styles: list[str]) -> None:
    try:
        from segan_cli.benchmark.report import in_table_order, table, write_report
    except ImportError as error:
        raise MissingExtraError("The benchmark", "train") from error
    from segan_cli.cli.console import print_note, print_result, print_table, share_bar
    from segan_cli.files.locks import folder_lock

    plan = _plan(typed, styles)
    print_note(plan.font.description)
    results: list[RowResult] = []
    with folder_lock(plan.out, "segan benchmark"), contextlib.ExitStack() as held:
        moved = held.enter_context(share_bar("Rows", len(plan.hands) * len(plan.rows)))
        plan, found = _started(plan, typed, lambda row, done: moved(len(results) + done), held)
        for result in found:
            results.append(result)
            moved(len(results))
            print_note(f"{result.style}, {result.row}: {result.steps} steps")
        results = in_table_order(plan, results)
        report = write_report(plan, results)
    print_table(f"{len(results)} rows", *table(results))
    print_result(str(report))


def _started(
    plan: BenchmarkPlan, typed: BenchmarkOptions, told: Callable[[str, float], None], held: contextlib.ExitStack
) -> tuple[BenchmarkPlan, Iterator[RowResult]]:
    """The rows as they are finished, by this process or by a cluster's, whose device is then the plan's."""
    from segan_cli.benchmark.rows import baseline_width, benchmark
    from segan_cli.cli.console import print_note
    from segan_cli.evaluation.measuring import open_metrics

    metrics, notes = open_metrics(features=typed.features, inception_weights=typed.inception_weights)
    for note in notes:
        print_note(note)
    if typed.cluster is None:
        return plan, benchmark(plan, metrics, told)
    from segan_cli.benchmark.cluster import MetricsWish, benchmark_on_cluster, cluster_device, open_cluster

    client = held.enter_context(open_cluster(typed.cluster))
    device = cluster_device(client, typed.device)
    plan = replace(plan, device=device, baseline_channels=baseline_width(typed.baseline_channels, device))
    wish = MetricsWish(typed.features, typed.inception_weights and real_path(typed.inception_weights))
    return plan, benchmark_on_cluster(plan, client, wish, told)


def _plan(typed: BenchmarkOptions, styles: list[str]) -> BenchmarkPlan:
    from segan_cli.benchmark.rows import BenchmarkPlan, baseline_width, check_rows
    from segan_cli.source.source_font import open_source_font
    from segan_cli.training.loop.processes import join_processes
    from segan_cli.training.run.session import Hand
    from segan_cli.training.settings import load_train_settings

    budget = _budget(typed.time_per_row, typed.steps)
    flags = {"batch_size": typed.batch_size, "steps": typed.steps, "time_budget_s": budget}
    device = str(join_processes(typed.device).device) if typed.cluster is None else typed.device
    return BenchmarkPlan(
        tuple(Hand(name, folder) for name, folder in map(_named, styles)),
        typed.out,
        load_train_settings(typed.preset, flags),
        open_source_font(typed.source_font),
        check_rows([row.strip() for row in typed.rows.split(",")] if typed.rows else []),
        typed.count,
        device,
        baseline_width(typed.baseline_channels, device),
        typed.finish,
    )


def _budget(time_per_row: str | None, steps: int | None) -> float | None:
    from segan_cli.cli.train import seconds

    if time_per_row is not None and steps is not None:
        raise UsageError("Give --time-per-row or --steps, not both.")
    return seconds(time_per_row) if time_per_row is not None else 0.0 if steps is not None else None


def _named(wish: str) -> tuple[str, Path]:
    name, mark, folder = wish.partition("=")
    return (name, Path(folder)) if mark else (Path(wish).name, Path(wish))
