"""What a font was built from, as its report keeps it, so that it can be built again from the page of `segan review`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from segan_cli.building.base_font import open_base_font
from segan_cli.building.drawn import DrawnFolders, read_drawn
from segan_cli.building.even_weight import even_weight
from segan_cli.building.fidelity import note_overlaps, overlaps, verifiable
from segan_cli.building.licensing import with_license_of
from segan_cli.building.pipeline import BuildPlan, InputSettings, build_font, plan_build
from segan_cli.building.report import build_report, report_place
from segan_cli.config import from_mapping
from segan_cli.errors import UsageError
from segan_cli.files.writing import real_path, safe_name, write_json
from segan_cli.font.base_font import BaseFont
from segan_cli.font.spec import FontSpec
from segan_cli.outline.tracing import TraceSettings
from segan_cli.source.source_font import split_spec

KEY = "built_from"


@dataclass(frozen=True)
class BuildRecipe:
    """Everything that a build is told.

    Args:
        outputs: fonts to write.
        folders: of drawn glyphs.
        originals: of the designer's own.
        base_font: where Latin and punctuation come from; empty: nowhere.
        base_scripts: what is taken from it.
        wanted: characters that the font should have.
        spec: names and rights, as the designer gave them.
        inputs: how pictures are read.
        tracing: how they are traced.
    """

    outputs: tuple[Path, ...]
    folders: tuple[Path, ...]
    originals: tuple[Path, ...] = ()
    base_font: str = ""
    base_scripts: str = "latin"
    wanted: tuple[str, ...] = ()
    spec: FontSpec = field(default_factory=FontSpec)
    inputs: InputSettings = field(default_factory=InputSettings)
    tracing: TraceSettings = field(default_factory=TraceSettings)

    def as_record(self) -> dict[str, Any]:
        """Plain values; paths as they are seen from the first font's folder, so that all may be moved together.

        Fonts are named only where they lie beside the first: a report that somebody sent cannot say where to write.
        """
        home = real_path(self.outputs[0]).parent
        return {
            "outputs": [path.name for path in self.outputs if real_path(path).parent == home],
            "folders": _seen_from(home, self.folders),
            "originals": _seen_from(home, self.originals),
            "base_font": _moved(self.base_font, lambda path: _seen_from(home, [path])[0]),
            "base_scripts": self.base_scripts,
            "wanted": "".join(self.wanted),
            "font": _changed(self.spec),
            "input": _changed(self.inputs),
            "trace": _changed(self.tracing),
        }


def recipe_of(report: Mapping[str, Any], path: Path) -> BuildRecipe:
    """What a font's report says it was built from.

    Args:
        report: the report.
        path: its file, which the paths in it are seen from.

    Raises:
        UsageError: it does not say, or not so that it can be understood.
    """
    record, home = report.get(KEY), real_path(path).parent
    try:
        if not isinstance(record, dict):
            raise TypeError
        return BuildRecipe(
            outputs=tuple(home / safe_name(name, f"A font of {path}") for name in record["outputs"]),
            folders=_from(home, record["folders"]),
            originals=_from(home, record["originals"]),
            base_font=_moved(str(record["base_font"]), lambda path: str(_from(home, [str(path)])[0]), home),
            base_scripts=str(record["base_scripts"]),
            wanted=tuple(record["wanted"]),
            spec=from_mapping(FontSpec, record["font"], where=str(path)),
            inputs=from_mapping(InputSettings, record["input"], where=str(path)),
            tracing=from_mapping(TraceSettings, record["trace"], where=str(path)),
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise UsageError(
            f"{path} does not say what the font was built from. Build it again (segan build-font), or name the glyph folder."
        ) from error


@dataclass(frozen=True)
class PlannedBuild:
    """A recipe with the glyphs that it finds.

    Args:
        recipe: what was asked for.
        plan: the glyphs.
        spec: names and rights, under the licence of the styles that were drawn with.
        drawn: what the drawings' reports say.
        verify: whether every glyph of the finished font is compared with its picture.
    """

    recipe: BuildRecipe
    plan: BuildPlan
    spec: FontSpec
    drawn: DrawnFolders
    verify: bool = False

    @property
    def steps(self) -> int:
        """How often a build of it tells that a glyph is done."""
        return len(self.plan.tasks) * (1 + self.recipe.inputs.even_weight + self.verify)


def plan_recipe(recipe: BuildRecipe, *, stages_folder: Path | None = None) -> PlannedBuild:
    """Find what a recipe asks for.

    Args:
        recipe: what to build.
        stages_folder: where every stage's picture of every glyph is kept.

    Raises:
        UsageError: an output cannot be written, a folder is missing or holds no glyph, a licence forbids the font's name.
        SeganError: there are more glyphs than a font can hold.
    """
    drawn = read_drawn(recipe.folders)
    spec = with_license_of(recipe.spec, drawn.styles)
    plan = plan_build(
        recipe.folders,
        recipe.outputs,
        originals=recipe.originals,
        inputs=recipe.inputs,
        tracing=recipe.tracing,
        stages_folder=stages_folder,
        region=spec.region,
    )
    return PlannedBuild(recipe, plan, spec, drawn)


def build_planned(
    planned: PlannedBuild, base: BaseFont | None, advance: Callable[[int], None] = lambda steps: None
) -> dict[str, Any]:
    """Build the fonts and write their report.

    Args:
        planned: from `plan_recipe`.
        base: the recipe's base font.
        advance: called with the number of glyphs done since the last call.

    Returns:
        The report.

    Raises:
        UsageError: weight is to be evened, and too few glyphs are written or drawn.
        SeganError: there is no glyph to make a font of, or it cannot be written.
    """
    recipe, plan, evened = planned.recipe, planned.plan, None
    if recipe.inputs.even_weight:
        plan, evened = even_weight(plan, workers=recipe.inputs.workers, advance=advance)
    result = build_font(
        plan,
        planned.spec,
        recipe.outputs,
        base=base,
        wanted=set(recipe.wanted) or None,
        workers=recipe.inputs.workers,
        advance=advance,
    )
    report = build_report(plan, result, wanted=recipe.wanted, drawn=planned.drawn) | {KEY: recipe.as_record()}
    if evened is not None:
        report["even_weight"] = asdict(evened)
        report["notes"].append(evened.note())
    if planned.verify:
        note_overlaps(
            report, overlaps(plan, verifiable(recipe.outputs), workers=recipe.inputs.workers, advance=advance)
        )
    write_json(report_place(recipe.outputs[0]), report)
    return report


def build_again(recipe: BuildRecipe, advance: Callable[[int, int], None] = lambda done, total: None) -> dict[str, Any]:
    """Build a font as it was built before, of the glyphs as they are now, and write its report.

    Args:
        recipe: what to build.
        advance: told how many glyphs are done, and how many there are.

    Returns:
        The report.

    Raises:
        SeganError: there is no glyph to make a font of, or it cannot be written.
    """
    base = open_base_font(recipe.base_font, recipe.base_scripts) if recipe.base_font else None
    planned = plan_recipe(recipe)
    done, total = 0, planned.steps

    def moved(steps: int) -> None:
        nonlocal done
        done += steps
        advance(done, total)

    advance(0, total)
    return build_planned(planned, base, moved)


def _seen_from(home: Path, paths: Sequence[Path]) -> list[str]:
    return [os.path.relpath(real_path(path), home) for path in paths]


def _moved(spec: str, change: Callable[[Path], str], home: Path = Path()) -> str:
    """A base font's words with its path changed; the name of an installed family, or no words at all, stay as they are."""
    path, face, instance = split_spec(spec)
    if not spec or not (home / path).exists():
        return spec
    return change(path) + (f"#{face}" if face else "") + (f"@{instance}" if instance else "")


def _from(home: Path, paths: Sequence[str]) -> tuple[Path, ...]:
    return tuple(Path(os.path.normpath(home / path)) for path in paths)


def _changed(settings: Any) -> dict[str, Any]:
    """The settings that are not as they would be anyway."""
    usual = asdict(type(settings)())
    return {name: value for name, value in asdict(settings).items() if value != usual[name]}
