"""From what a person names (a font's report, a drawn folder) to a review."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from segan_cli.building.drawn import REPORT_NAME
from segan_cli.building.recipe import BuildRecipe, recipe_of
from segan_cli.config import from_mapping
from segan_cli.drawing.draw import DrawSettings, Network
from segan_cli.drawing.journal import JOURNALS
from segan_cli.errors import SeganError, UsageError
from segan_cli.files.documents import DocumentError, parse_json, read_json
from segan_cli.files.plain import open_plain
from segan_cli.files.writing import real_path
from segan_cli.font.assemble import check_outputs
from segan_cli.font.spec import FontSpec
from segan_cli.generator.bundle import Bundle
from segan_cli.paper.cell_views import REPORT as SCAN_REPORT
from segan_cli.review.place import Place
from segan_cli.review.redraw import Redrawer, SourceGlyphs, bundle_of
from segan_cli.review.review import Known, Review

LONGEST_LINE = 64 * 1024
"""Characters of a journal's first line, which names the style."""
OpenStyle = Callable[[], tuple[Bundle, Network | None]]


@dataclass(frozen=True)
class Opened:
    """A review and what goes with it.

    Args:
        review: the review.
        recipe: how its font is built.
        sources: source glyphs, for the page.
        remarks: what a person should know.
    """

    review: Review
    recipe: BuildRecipe
    sources: SourceGlyphs
    remarks: tuple[str, ...]


def open_review(
    place: Path,
    *,
    originals: Sequence[Path] = (),
    font: Path | None = None,
    open_style: OpenStyle | None = None,
    source_font: str | None = None,
    reviewer: str = "",
) -> Opened:
    """Open a review.

    Args:
        place: a font's report, or a folder of drawn glyphs.
        originals: folders of the hand's own glyphs; a font's report knows them.
        font: what the page's button builds; a font's report knows it.
        open_style: gives the style that draws other versions; None looks for the one that drew the folder.
        source_font: where source glyphs come from; None as the style learned.
        reviewer: who decides; empty takes the user's name.

    Raises:
        UsageError: nothing to review there, or no font can be written as `font`.
    """
    if font is not None:
        check_outputs([font])
    recipe = _recipe(place, originals, font)
    report = _read(place) if place.is_file() else {}
    drawn = [folder_report for folder in recipe.folders if (folder_report := _read(folder / REPORT_NAME))]
    scans = [scan for folder in (*recipe.originals, *recipe.folders) if (scan := _read(folder / SCAN_REPORT))]
    style: Mapping[str, Any] = next((one["style"] for one in drawn if isinstance(one.get("style"), dict)), {})
    style = style or next((found for folder in recipe.folders if (found := _recipe_of_journal(folder))), {})
    written = [Place.open(folder, own=True) for folder in recipe.originals]
    places = [*written, *(Place.open(folder) for folder in recipe.folders)]
    bundle, remarks = _bundle(style, open_style)
    redrawer = None
    if bundle is not None:
        settings = _settings(style, recipe.folders[0] if recipe.folders else None)
        opener = open_style or (lambda: (bundle, None))
        redrawer = Redrawer(opener, settings, source_font)
    if not written:
        remarks.append("Name your own glyphs to see drawn ones beside them: --originals my-brush/")
    title = recipe.spec.family if place.is_file() else real_path(place).name
    review = Review(title, places, _known([report, *drawn, *scans]), redrawer, reviewer or _user())
    return Opened(review, recipe, SourceGlyphs(bundle, source_font), tuple(remarks))


def _recipe(place: Path, originals: Sequence[Path], font: Path | None) -> BuildRecipe:
    if place.is_file():
        report = _read(place)
        if "glyphs" not in report:
            raise UsageError(f"{place} is no report of segan. Give MyBrush.report.json, or a folder of drawn glyphs.")
        if place.name == REPORT_NAME and "built_from" not in report:
            return _recipe(place.parent, originals, font)
        recipe = recipe_of(report, place)
        lost = [folder for folder in (*recipe.folders, *recipe.originals) if not folder.is_dir()]
        if lost:
            raise UsageError(
                f"{place} was built from {lost[0]}, which is not there any more. Put it back, or build again."
            )
        recipe = replace(recipe, originals=(*recipe.originals, *originals))
        return replace(recipe, outputs=(font,)) if font else recipe
    if not place.is_dir():
        raise UsageError(f"There is no {place}. Name a folder of drawn glyphs, or a font's report: MyBrush.report.json")
    name = real_path(place).name
    output = font or real_path(place).parent / f"{name}.ttf"
    return BuildRecipe((output,), (place,), tuple(originals), spec=FontSpec(family=_family(output.stem)))


def _family(stem: str) -> str:
    words = "".join(char if char.isalnum() and char.isascii() else " " for char in stem).split()
    return " ".join(word[:1].upper() + word[1:] for word in words) or "Segan Brush"


def _bundle(style: Mapping[str, Any], open_style: OpenStyle | None) -> tuple[Bundle | None, list[str]]:
    if open_style is not None:
        return open_style()[0], []
    bundle = bundle_of(style) if style else None
    if bundle is not None:
        return bundle, []
    named = f"{style['style']}, which drew this folder, is not installed" if "style" in style else "No style is known"
    return None, [f"{named}, so no other drawings can be offered. Name it: --style runs/mine"]


def _settings(style: Mapping[str, Any], folder: Path | None) -> DrawSettings:
    """How the folder was drawn, as far as its report says."""
    size = style.get("size_px")
    if not isinstance(size, int) and folder is not None:
        size = _read(folder / "frame.json").get("size_px", 0)
    variation = {key: style[key] for key in ("weight", "variant") if key in style}
    values = {"size_px": size or 0, "finish": bool(style.get("finish", True)), "device": "auto", **variation}
    return from_mapping(DrawSettings, values, where="the drawn folder's report")


def _read(path: Path) -> dict[str, Any]:
    try:
        found = read_json(path)
    except (FileNotFoundError, NotADirectoryError, DocumentError):
        return {}
    return found if isinstance(found, dict) else {}


def _recipe_of_journal(folder: Path) -> dict[str, Any]:
    """What draws, by the journal of a run that was not finished."""
    for path in sorted(folder.glob(JOURNALS)):
        try:
            with open_plain(path) as file:
                found = parse_json(file.readline(LONGEST_LINE), str(path))
        except (OSError, ValueError, DocumentError):
            continue
        if isinstance(found, dict) and "style" in found:
            return found
    return {}


def _known(reports: Sequence[Mapping[str, Any]]) -> Known:
    """What the reports say; a font's report comes first, a folder's own adds what was read and the order."""
    reasons: dict[str, tuple[str, ...]] = {}
    read: dict[str, tuple[str, float]] = {}
    missing: dict[str, str] = {}
    worst: dict[str, None] = {}
    for report in reports:
        glyphs = report.get("glyphs")
        for name, entry in (glyphs if isinstance(glyphs, dict) else {}).items():
            char = _char(name)
            if char is None or not isinstance(entry, dict):
                continue
            found = entry.get("suspect")
            words = tuple(map(str, found)) if isinstance(found, list) else ()
            before = () if "pages_seen" in report else reasons.get(char, ())  # a scan is of what was written since
            reasons[char] = tuple(dict.fromkeys([*before, *words]))
            if "pages_seen" in report:
                read.pop(char, None)
            score = entry.get("score")
            if isinstance(score, int | float):
                read[char] = (str(entry.get("read", "")), float(score))
        missing.update(_missing(report.get("missing")))
        suspects = report.get("suspects")
        worst.update({char: None for name in (suspects if isinstance(suspects, list) else ()) if (char := _char(name))})
        doubtful = report.get("doubtful")  # of a scan, the characters themselves
        worst.update({str(char): None for char in (doubtful if isinstance(doubtful, list) else ())})
    return Known(reasons, read, missing, tuple(worst))


def _missing(rows: Any) -> dict[str, str]:
    found = {}
    for row in rows if isinstance(rows, list) else ():
        char = _char(row.get("codepoint")) if isinstance(row, dict) else None
        if char:
            found[char] = str(row.get("cause", ""))
    return found


def _char(name: Any) -> str | None:
    try:
        return chr(int(str(name).removeprefix("U+"), 16))
    except (ValueError, OverflowError):
        return None


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "reviewer"


def warm(redrawer: Redrawer | None) -> None:
    """Open the style before it is asked for; what is wrong with it is told when it is."""
    if redrawer is not None:
        try:
            redrawer.warm_up()
        except SeganError:
            return
