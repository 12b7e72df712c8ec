"""Glyph images are read, traced, put into font units, compiled, and assembled into a font.

Each glyph is traced alone, in a worker process; a glyph that fails becomes a `GlyphError` in the report and costs no other.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from segan_cli.building.drawn import Origin, origin_of, read_drawn
from segan_cli.building.reviewed import left_out, with_bearings
from segan_cli.building.spaces import space_outline
from segan_cli.building.stages import keep_stages
from segan_cli.config import setting
from segan_cli.errors import GlyphError, SeganError, UsageError
from segan_cli.files.writing import real_path
from segan_cli.font.assemble import FontBuild, assemble_font, check_outputs, flavors_for
from segan_cli.font.base_font import BaseFont
from segan_cli.font.compile import CompiledGlyph, Flavor, compile_glyph
from segan_cli.font.glyph_order import check_glyph_count
from segan_cli.font.metrics import EmBox
from segan_cli.font.placement import place_glyph
from segan_cli.font.region import Region, region_of
from segan_cli.font.spec import FontSpec
from segan_cli.glyph import Frame, GlyphOutline, TracedGlyph
from segan_cli.ink import inspect_ink
from segan_cli.outline.nudging import moved_apart
from segan_cli.outline.space import outline_faults, to_font_units
from segan_cli.outline.tracing import TraceSettings, trace
from segan_cli.source.adjustment import adjusted_contours, adjusted_raster
from segan_cli.source.glyph_folder import FolderFit, GlyphFile, inspect_glyph, scan_glyph_folder
from segan_cli.source.review_decisions import NO_ADJUSTMENT, Adjustment, read_decisions
from segan_cli.workers import map_in_workers

STAGES = ("read", "trace", "outline", "compile")


@dataclass(frozen=True)
class InputSettings:
    """How a glyph image becomes an outline."""

    size_px: int = setting(256, "Side of the canvas that images are read at, in pixels.", low=32, high=2048)
    polarity: Literal["auto", "dark-on-light", "light-on-dark"] = setting(
        "auto", "Ink on the images.", choices=("auto", "dark-on-light", "light-on-dark")
    )
    pictures: Literal["auto", "canvas", "cut-outs"] = setting(
        "auto", "Whether each picture is the em whole, or cut out of a page.", choices=("auto", "canvas", "cut-outs")
    )
    centring: str = setting("frame", "Where a glyph sits in its square.", choices=("frame", "optical"))
    even_weight: bool = setting(False, "Make drawn glyphs as heavy as the hand's own of the same density.")
    workers: int = setting(0, "Processes; 0 takes one for each core.", low=0, high=256)


@dataclass(frozen=True, slots=True)
class GlyphTask:
    """One glyph's way through the rooms, as a worker gets it."""

    file: GlyphFile
    fit: FolderFit
    origin: Origin
    inputs: InputSettings
    trace: TraceSettings
    flavors: tuple[Flavor, ...]
    keep_outline: bool
    stages_folder: Path | None
    adjustment: Adjustment = NO_ADJUSTMENT
    region: Region = "cn"
    em: EmBox | None = None


@dataclass(frozen=True, slots=True)
class BuiltGlyph:
    """What comes back from a worker: the compiled glyph, what was noticed, and the seconds of each stage."""

    char: str
    origin: Origin
    compiled: CompiledGlyph
    outline: GlyphOutline | None
    findings: tuple[str, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class BuildPlan:
    """What a build would do."""

    tasks: tuple[GlyphTask, ...]
    problems: tuple[GlyphError | str, ...]
    region: Region = "cn"


@dataclass(frozen=True)
class BuildResult:
    """A finished build: the font, and every glyph's status."""

    font: FontBuild
    built: tuple[BuiltGlyph, ...]
    failed: tuple[GlyphError, ...]
    timings: dict[str, float]


def plan_build(
    folders: Sequence[Path],
    outputs: Sequence[Path],
    *,
    originals: Sequence[Path] = (),
    inputs: InputSettings | None = None,
    tracing: TraceSettings | None = None,
    stages_folder: Path | None = None,
    region: str = "auto",
) -> BuildPlan:
    """Find every glyph image; originals win over generated glyphs, an earlier folder over a later one.

    Raises:
        UsageError: an output cannot be written, a folder is missing or holds no glyph image.
        SeganError: there are more glyphs than a font can hold.
    """
    inputs, tracing = inputs or InputSettings(), tracing or TraceSettings()
    check_places(outputs, stages_folder, [*originals, *folders])
    flavors, keep_outline = flavors_for(outputs), any(path.suffix.lower() == ".ufo" for path in outputs)
    tasks: dict[str, GlyphTask] = {}
    problems: list[GlyphError | str] = []
    refused: dict[str, GlyphError] = {}
    for path in [*originals, *folders]:
        drawn = read_drawn([] if path in originals else [path])
        folder = scan_glyph_folder(path, polarity=inputs.polarity, placing=inputs.pictures)
        problems += folder.problems
        decisions = read_decisions(path)
        out = left_out(decisions, folder.entries)
        refused |= out
        for file in folder.entries:
            if file.char in out:
                continue
            origin: Origin = "written" if path in originals else origin_of(file.char, path, drawn)
            adjustment = decisions.of(file.char).adjustment
            task = GlyphTask(
                file, folder.fit, origin, inputs, tracing, flavors, keep_outline, stages_folder, adjustment
            )
            tasks.setdefault(file.char, task)
    problems += [error for char, error in refused.items() if char not in tasks]
    check_glyph_count(len(tasks), flavors)
    whose = region_of(set(tasks), region)
    return BuildPlan(tuple(replace(tasks[char], region=whose) for char in sorted(tasks)), tuple(problems), whose)


def check_places(outputs: Sequence[Path], stages_folder: Path | None, folders: Sequence[Path] = ()) -> None:
    """Refuse what would fail after the long work.

    Raises:
        UsageError: an output cannot be written, a file stands where stages are to be kept, or glyphs are read from there.
    """
    check_outputs(outputs)
    if stages_folder is not None and real_path(stages_folder) in map(real_path, folders):
        raise UsageError(
            f"{stages_folder} is a glyph folder, which stays as it is. Keep the stages in another: --keep-stages look/"
        )
    if stages_folder is not None and stages_folder.exists() and not stages_folder.is_dir():
        raise UsageError(
            f"{stages_folder} is a file, so no stages can be kept there. Name a folder: --keep-stages look/"
        )


def build_font(
    plan: BuildPlan,
    spec: FontSpec,
    outputs: Sequence[Path],
    *,
    base: BaseFont | None = None,
    wanted: Set[str] | None = None,
    workers: int = 0,
    advance: Callable[[int], None] = lambda steps: None,
) -> BuildResult:
    """Read, trace and compile every glyph of `plan`, and write the fonts.

    Args:
        plan: from `plan_build`, for the same `outputs`.
        spec: names and metrics.
        outputs: files to write; each ending chooses the format.
        base: where Latin, digits and punctuation come from if the folders have none.
        wanted: what Han of the base font are limited to; None: all.
        workers: processes; 0 takes one for each core.
        advance: called with the number of glyphs done since the last call.

    Raises:
        SeganError: no glyph survived, or a font cannot be written.
    """
    started = time.perf_counter()
    built, failed = build_glyphs(plan.tasks, "make a font of", workers=workers, advance=advance)
    built_at = time.perf_counter()
    spec = replace(spec, region=plan.region)
    outlines = {glyph.char: glyph.outline for glyph in built if glyph.outline is not None}
    font = assemble_font(
        [glyph.compiled for glyph in built], spec, outputs, base=base, wanted=wanted, outlines=outlines
    )
    timings = {stage: sum(glyph.seconds[i] for glyph in built) for i, stage in enumerate(STAGES)}
    timings |= {"glyphs_wall": built_at - started, "assemble_wall": time.perf_counter() - built_at}
    return BuildResult(font, built, failed, {stage: round(seconds, 3) for stage, seconds in timings.items()})


def build_glyphs(
    tasks: Sequence[GlyphTask], purpose: str, *, workers: int = 0, advance: Callable[[int], None] = lambda steps: None
) -> tuple[tuple[BuiltGlyph, ...], tuple[GlyphError, ...]]:
    """Every glyph through all rooms, in worker processes.

    Args:
        tasks: the glyphs.
        purpose: what they are for, should none be left.
        workers: processes; 0 takes one for each core.
        advance: called with the number of glyphs done since the last call.

    Returns:
        The glyphs, and what became of those that failed.

    Raises:
        SeganError: no glyph survived.
    """
    results = list(map_in_workers(build_glyph, tasks, workers=workers, advance=advance))
    built = tuple(result for result in results if isinstance(result, BuiltGlyph))
    failed = tuple(result for result in results if isinstance(result, GlyphError))
    if not built:
        first = f" The first: {failed[0]}" if failed else ""
        raise SeganError(f"There is no glyph to {purpose}: {len(failed)} failed.{first}")
    return built, failed


def build_glyph(task: GlyphTask) -> BuiltGlyph | GlyphError:
    """One glyph through all rooms; whatever goes wrong becomes a `GlyphError` of the stage it happened in."""
    clock = [time.perf_counter()]
    char = task.file.char
    try:
        reading = inspect_glyph(task.file, task.fit, Frame(task.inputs.size_px))
        raster = adjusted_raster(reading.raster, task.adjustment)
        clock.append(time.perf_counter())
        blank = not raster.ink.any()  # which a space alone may be
        traced = TracedGlyph(char, (), raster.frame) if blank else trace(raster, task.trace)
        traced = adjusted_contours(traced, task.adjustment)
        clock.append(time.perf_counter())
        centred = task.inputs.centring == "optical"
        placed = place_glyph(to_font_units(traced), region=task.region, optical_centring=centred) if not blank else None
        outline = placed or space_outline(char)
        outline = with_bearings(outline, task.adjustment)
        clock.append(time.perf_counter())
        compiled = compile_glyph(
            outline, task.flavors, region=task.region, em=task.em, check=outline_faults, mend=moved_apart
        )
        clock.append(time.perf_counter())
    except GlyphError as error:
        return error
    except Exception as error:
        return GlyphError(char, STAGES[len(clock) - 1], str(error) or type(error).__name__)
    if task.stages_folder is not None:
        keep_stages(task.stages_folder, raster, traced, outline)
    seconds = tuple(later - earlier for earlier, later in pairwise(clock))
    kept = outline if task.keep_outline else None
    found = () if blank else (*inspect_ink(raster.ink, count_flecks=False), *_faults(outline, compiled))
    return BuiltGlyph(char, task.origin, compiled, kept, (*reading.doubts, *found), seconds)


def _faults(outline: GlyphOutline, compiled: CompiledGlyph) -> tuple[str, ...]:
    """What is wrong with the outline as the files hold it; a UFO holds it as it is."""
    return compiled.faults if compiled.truetype or compiled.cff else outline_faults(outline.contours)
