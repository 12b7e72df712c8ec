"""Glyphs into a font that exists: what it lacks is read, traced and compiled like any glyph, and put behind its own."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from segan_cli.building.drawn import DrawnFolders
from segan_cli.building.pipeline import BuildPlan, BuiltGlyph, InputSettings, build_glyphs, plan_build
from segan_cli.errors import GlyphError, UsageError
from segan_cli.files.font_file import reading_font
from segan_cli.files.writing import check_is_there
from segan_cli.font.compile import Flavor
from segan_cli.font.extension import extended
from segan_cli.font.metrics import EmBox
from segan_cli.font.region import Region, region_of
from segan_cli.font.reserved import reserved_names
from segan_cli.glyph import code_point
from segan_cli.outline.tracing import TraceSettings
from segan_cli.source.lacking import lacking_glyphs
from segan_cli.source.source_font import SourceFont, open_source_font

FLAVORS: dict[str, tuple[str, ...]] = {"ttf": (".ttf", ".woff2"), "otf": (".otf", ".woff2")}
"""How a font of each flavour may end."""


@dataclass(frozen=True)
class OldFont:
    """A font to add glyphs to.

    Args:
        font: as it was opened; it says what is lacking.
        data: its bytes.
        number: its face.
        flavor: how it stores outlines.
        em: its em.
        region: whose punctuation it has.
        license: its licence line.
        copyright: its copyright line.
    """

    font: SourceFont
    data: bytes
    number: int
    flavor: Flavor
    em: EmBox
    region: Region
    license: str
    copyright: str

    def lacking(self, chars: Sequence[str]) -> tuple[str, ...]:
        """The characters that it does not draw: those that are blank count as missing."""
        return lacking_glyphs(chars, self.font)


@dataclass(frozen=True)
class Extension:
    """What was done.

    Args:
        built: the glyphs added.
        failed: those that could not be.
        notes: what a designer should know.
        timings: seconds.
    """

    built: tuple[BuiltGlyph, ...]
    failed: tuple[GlyphError, ...]
    notes: tuple[str, ...]
    timings: dict[str, float]


def open_old_font(spec: str, new: Path, region: str = "auto") -> OldFont:
    """Open the font to add to, and refuse what cannot be added to.

    Args:
        spec: the font's file, with #1 for a font of a collection.
        new: the font that will be written.
        region: whose rules new punctuation follows; `auto` asks the font's characters.

    Raises:
        UsageError: no such font; a variable one, one in parts, one without outlines; `new` is the same file, ends wrongly
            or lies in a folder that is not there.
    """
    from fontTools.ttLib import TTFont

    font = open_source_font(spec)
    tables = font.tables()
    if len(tables) != 1:
        raise UsageError(f"{spec} is a folder of {len(tables)} files that make up one font. Name one font file.")
    data, number, place = tables[0]
    if place is not None:
        raise UsageError(
            f"{spec} is a variable font: a new glyph would need a drawing for each of its masters. Make a static font of the "
            "instance that you want (fonttools varLib.instancer), and extend that."
        )
    with reading_font(font.path):
        opened = TTFont(io.BytesIO(data), fontNumber=number, lazy=True)
        flavor: Flavor | None = "ttf" if "glyf" in opened else "otf" if "CFF " in opened else None
        if flavor is None:
            raise UsageError(f"{spec} holds neither TrueType nor CFF outlines, so no glyph can be added to it.")
        _check_place(new, font, flavor)
        name, chars = opened["name"], {chr(code) for code in opened.getBestCmap()}
        return OldFont(
            font,
            data,
            number,
            flavor,
            EmBox(opened["head"].unitsPerEm, font.ideographic_bottom),
            region_of(chars, region),
            str(name.getDebugName(13) or name.getDebugName(14) or ""),
            f"{name.getDebugName(0) or ''} {name.getDebugName(13) or ''}",
        )


def _check_place(new: Path, font: SourceFont, flavor: Flavor) -> None:
    if new.suffix.lower() not in FLAVORS[flavor]:
        kind = "TrueType" if flavor == "ttf" else "CFF"
        raise UsageError(
            f"{font.path} has {kind} outlines and keeps them; the new font ends in {' or '.join(FLAVORS[flavor])}."
        )
    if new.exists() and new.samefile(font.path):
        raise UsageError(f"{new} is the font to add to, which stays as it is. Give the new font another name.")
    check_is_there(new.parent)


def plan_extension(
    old: OldFont, folders: Sequence[Path], chars: Sequence[str] | None, inputs: InputSettings, tracing: TraceSettings
) -> BuildPlan:
    """Find the pictures of what the font lacks; pictures of what it has are left alone.

    Args:
        old: from `open_old_font`.
        folders: of glyph pictures; an earlier one wins.
        chars: the characters wanted; None: all that there are pictures of.
        inputs: how pictures are read.
        tracing: how they are traced.

    Raises:
        UsageError: a folder is missing or holds no glyph picture.
    """
    plan = plan_build(folders, [Path(f"new.{old.flavor}")], inputs=inputs, tracing=tracing, region=old.region)
    there = [task.file.char for task in plan.tasks if chars is None or task.file.char in set(chars)]
    lacking = set(old.lacking(there))
    tasks = tuple(replace(task, em=old.em) for task in plan.tasks if task.file.char in lacking)
    return replace(plan, tasks=tasks)


def extend(
    plan: BuildPlan, old: OldFont, new: Path, *, workers: int = 0, advance: Callable[[int], None] = lambda steps: None
) -> Extension:
    """Make the glyphs of `plan` and write the new font.

    Raises:
        SeganError: no glyph survived, there would be too many, or the file cannot be written.
    """
    from fontTools.ttLib import TTFont

    from segan_cli.files.writing import written_beside

    started = time.perf_counter()
    built, failed = build_glyphs(plan.tasks, "add", workers=workers, advance=advance)
    built_at = time.perf_counter()
    with reading_font(old.font.path):
        font = TTFont(io.BytesIO(old.data), fontNumber=old.number, recalcBBoxes=False, recalcTimestamp=False)
        font.flavor = "woff2" if new.suffix.lower() == ".woff2" else None
        content, notes = extended(font, [glyph.compiled for glyph in built], old.em)
    with written_beside(new) as beside:
        beside.write_bytes(content)
    timings = {"glyphs_wall": built_at - started, "assemble_wall": time.perf_counter() - built_at}
    return Extension(built, failed, notes, {stage: round(seconds, 3) for stage, seconds in timings.items()})


def rights(old: OldFont, drawn: DrawnFolders) -> tuple[str, ...]:
    """What the licences of the font and of the styles say about the font that holds both."""
    remarks = []
    if names := reserved_names(old.copyright):
        remarks.append(
            f"{old.font.family} reserves the name {', '.join(names)}: a changed font may carry it only if its owner agrees."
        )
    for style in drawn.styles:
        license, name = str(style.get("license", "")), style.get("name", "the style")
        if license.startswith("OFL") and "Open Font License" not in old.license:
            remarks.append(
                f"Glyphs drawn as {name} are under {license}, and so is a font that holds them; the licence of "
                f"{old.font.family} is: {old.license or 'not stated'}."
            )
    return tuple(dict.fromkeys(remarks))


def extension_report(
    old: OldFont, new: Path, plan: BuildPlan, result: Extension, wanted: Sequence[str], drawn: DrawnFolders
) -> dict[str, Any]:
    """What became of every character, as plain values; the keys are those of a build's report, and "extends"."""
    glyphs: dict[str, dict[str, Any]] = {}
    for glyph in result.built:
        name = code_point(glyph.char)
        earlier = drawn.suspect.get(name, ()) if glyph.origin == "generated" else ()
        suspect = list(dict.fromkeys([*earlier, *glyph.findings]))
        glyphs[name] = {"char": glyph.char, "origin": glyph.origin, "suspect": suspect}
    failed = [*result.failed, *(p for p in plan.problems if isinstance(p, GlyphError))]
    causes = {error.char: (error.stage, error.cause) for error in reversed(failed) if old.lacking([error.char])}
    for char in old.lacking(wanted):
        cause = drawn.causes.get(char)
        causes.setdefault(char, ("draw", cause) if cause else ("read", "No image of it in the folders."))
    missing = [
        {"char": char, "codepoint": code_point(char), "stage": stage, "cause": cause}
        for char, (stage, cause) in sorted(causes.items())
        if code_point(char) not in glyphs
    ]
    return {
        "font": new.name,
        "files": [new.name],
        "extends": old.font.description,
        "glyphs": glyphs,
        "missing": missing,
        "problems": [str(p) for p in plan.problems if not isinstance(p, GlyphError)],
        "notes": [*rights(old, drawn), *result.notes],
        "timings": result.timings,
    }
