"""The glyph folder that a scan writes: pictures, frame.json, scan.json, scan.html."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from segan_cli.config import from_mapping
from segan_cli.errors import UsageError
from segan_cli.files.documents import read_json
from segan_cli.files.writing import write_json, written_beside
from segan_cli.glyph import Frame, Reader, code_point
from segan_cli.paper.cell_views import REPORT, CellView, write_view
from segan_cli.paper.gather import ScannedGlyph, candidates, gathered
from segan_cli.paper.hand_scale import SMALL_HAND, filled_share
from segan_cli.paper.scan import ReadPage, ReadPages
from segan_cli.paper.scan_page import draw_scan_page, thumbnail
from segan_cli.source.folder_fit import BODY
from segan_cli.source.glyph_folder import read_frame, write_frame, write_glyph, write_picture
from segan_cli.source.glyph_image import IMAGE_SUFFIXES

PAGE = "scan.html"
DRAWN_REPORT = "report.json"
"""What `segan generate` leaves in a folder."""
OTHERS = "alternatives"
"""The folder beside the glyphs' own pictures for what was written twice."""


@dataclass(frozen=True, slots=True)
class ScanOrder:
    """What to write.

    Args:
        out: the glyph folder.
        wanted: the characters that the pages should hold.
        pages: how many pages there are; 0 where that is not known.
        size_px: side of the pictures.
        fill: the part of the em that the hand's largest characters shall fill; None takes the cell as the em.
        keep: "both" keeps what was written twice, too.
        overwrite: whether pictures of another origin may be replaced.
        has_cells: whether the paper had cells; without them the hand's own size gives the em.
    """

    out: Path
    wanted: tuple[str, ...]
    pages: int = 0
    size_px: int = 512
    fill: float | None = None
    keep: Literal["later", "both"] = "later"
    overwrite: bool = False
    has_cells: bool = True


@dataclass
class ScanResult:
    """What was written; `report` is scan.json."""

    report: dict[str, Any]
    written: int = 0
    remarks: list[str] = field(default_factory=list)


def write_scan(
    read: ReadPages, order: ScanOrder, reader: Reader | None, advance: Callable[[int], None] = lambda steps: None
) -> ScanResult:
    """Write the glyph folder.

    Args:
        read: the pages, each with its characters.
        order: what to write.
        reader: who reads the glyphs back; None leaves that out.
        advance: told how many characters are done since its last call.

    Returns:
        What was written; earlier scans into the same folder stay and are part of the report.

    Raises:
        UsageError: the folder holds pictures of another origin than segan's, or scans of another scale.
    """
    earlier = _earlier(order)
    found = candidates(read.pages)
    em = _em(read, order, earlier)
    frame = (read_frame(order.out) if order.out.is_dir() else None) or Frame(order.size_px)
    thumbs: dict[tuple[int, int], bytes] = {}
    glyphs: list[ScannedGlyph] = []
    for best, others in gathered(found, em, frame, reader, advance):
        write_glyph(best.raster, order.out)
        if (view := _view(read, best)) is not None:
            write_view(view, order.out, _view_name(best, read.pages))
        for number, other in enumerate(others if order.keep == "both" else (), 2):
            write_picture(other.raster.ink, order.out / OTHERS / f"{code_point(best.raster.char)}_{number}.png")
        for one in (best, *others):
            thumbs[one.page, one.cell] = thumbnail(one.raster.ink)
        glyphs.append(_without_picture(best))
    if glyphs:
        write_frame(frame, order.out)
    report = _report(read, order, glyphs, em, earlier)
    if glyphs or earlier:
        write_json(order.out / REPORT, report)
        with written_beside(order.out / PAGE) as beside:
            beside.write_text(draw_scan_page(read, report, glyphs, thumbs), encoding="utf-8", errors="replace")
    remarks = _remarks(read, order)
    if frame.size_px != order.size_px:
        remarks.append(f"The pictures have {frame.size_px} px a side, as the others of {order.out}.")
    return ScanResult(report, len(glyphs), remarks)


def _view(read: ReadPages, glyph: ScannedGlyph) -> CellView | None:
    views = read.pages[glyph.page].views
    return views[glyph.cell] if views else None


def _view_name(glyph: ScannedGlyph, pages: Sequence[ReadPage]) -> str:
    """A name for the cell of a picture: the same whenever the picture is scanned again."""
    picture = hashlib.sha256(pages[glyph.page].source.name.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return f"{picture}-{glyph.cell + 1}"


def _without_picture(glyph: ScannedGlyph) -> ScannedGlyph:
    """Thousands of canvases would fill the memory; the report needs the character alone."""
    small = Frame(8)
    from segan_cli.glyph import GlyphRaster

    return ScannedGlyph(
        GlyphRaster(glyph.raster.char, glyph.raster.ink[:8, :8].copy(), small),
        glyph.page,
        glyph.cell,
        glyph.doubts,
        glyph.read,
        glyph.score,
    )


@dataclass(frozen=True, slots=True)
class _EarlierGlyph:
    char: str
    suspect: tuple[str, ...]
    score: float = 0.5


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What is used of an earlier scan's report."""

    glyphs: dict[str, _EarlierGlyph]
    em: float
    pages_seen: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not 1e-3 <= self.em <= 1e3:
            raise ValueError(f"the em is {self.em:g} cells.")


def _earlier(order: ScanOrder) -> dict[str, Any]:
    """The report of an earlier scan into this folder, or nothing."""
    if not order.out.is_dir():
        return {}
    try:
        report: dict[str, Any] = read_json(order.out / REPORT)
        from_mapping(_Earlier, report, others_may_be=True)
        return report
    except (OSError, UsageError, ValueError):
        pass
    if _is_drawn(order.out):  # what is written again takes the place of what was drawn
        return {}
    pictures = [one.name for one in order.out.iterdir() if one.suffix.lower() in IMAGE_SUFFIXES]
    if pictures and not order.overwrite:
        raise UsageError(
            f"{order.out} holds {len(pictures)} pictures that did not come from segan scan, such as {pictures[0]}. "
            "Choose another --out, or say --overwrite."
        )
    return {}


def _is_drawn(folder: Path) -> bool:
    """Whether `segan generate` drew into it: its report names a style."""
    try:
        return "style" in read_json(folder / DRAWN_REPORT)
    except (OSError, UsageError, TypeError):
        return False


def _em(read: ReadPages, order: ScanOrder, earlier: dict[str, Any]) -> float:
    fill = order.fill if order.fill is not None or order.has_cells else BODY
    if earlier and fill is None:
        return float(earlier["em"])
    if fill is None:
        return 1.0
    chars = [char for page in read.pages for char in page.chars if char]
    cells = [cell for page in read.pages for char, cell in zip(page.chars, page.cells, strict=True) if char]
    em = round(filled_share(chars, cells) / fill, 4) or 1.0
    if earlier and abs(em / earlier["em"] - 1) > 0.005:
        if order.fill is None:
            return float(earlier["em"])
        raise UsageError(
            f"{order.out} holds glyphs of another scale (an em of {earlier['em']:.3f} cells, not {em:.3f}). Scan all pages in "
            "one command, or leave --fill out to go on at the same scale."
        )
    return em


def _remarks(read: ReadPages, order: ScanOrder) -> list[str]:
    remarks = [f"{page.source.name}: {remark}." for page in read.pages for remark in page.remarks]
    remarks += [f"{page.source.name}: page {page.number or '?'} is blank." for page in read.pages if page.written == 0]
    if order.fill is None and order.has_cells:
        chars = [char for page in read.pages for char in page.chars]
        cells = [cell for page in read.pages for cell in page.cells]
        share = filled_share(chars, cells)
        if 0 < share < SMALL_HAND:
            remarks.append(
                f"The hand fills {share:.0%} of its cells, so its font looks small. --fill 0.92 enlarges all of it alike."
            )
    return remarks


def _report(
    read: ReadPages, order: ScanOrder, glyphs: Sequence[ScannedGlyph], em: float, earlier: dict[str, Any]
) -> dict[str, Any]:
    entries = dict(earlier.get("glyphs", {}))
    entries |= {code_point(glyph.raster.char): _entry(glyph, read.pages) for glyph in glyphs}
    there = {str(entry["char"]) for entry in entries.values()}
    seen = {page.number for page in read.pages if page.number} | set(earlier.get("pages_seen", []))
    on_pages = {char for page in read.pages for char in page.chars if char}
    empty = [char for char in order.wanted if char not in there and char in on_pages]
    missing = [char for char in order.wanted if char not in there and char not in on_pages]
    doubtful = sorted((entry for entry in entries.values() if entry["suspect"]), key=lambda one: one.get("score", 0.5))
    return {
        "em": em,
        "pages": [_page_row(page) for page in read.pages],
        "pages_seen": sorted(seen),
        "pages_missing": [number for number in range(1, order.pages + 1) if number not in seen],
        "problems": list(read.problems),
        "empty": empty,
        "missing": missing,
        "doubtful": [str(entry["char"]) for entry in doubtful],
        "glyphs": dict(sorted(entries.items(), key=lambda item: str(item[1]["char"]))),
    }


def _page_row(page: ReadPage) -> dict[str, Any]:
    return {
        "picture": page.source.name,
        "page": page.number,
        "cells": len(page.cells),
        "written": page.written,
        "remarks": list(page.remarks),
    }


def _entry(glyph: ScannedGlyph, pages: Sequence[ReadPage]) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "char": glyph.raster.char,
        "picture": pages[glyph.page].source.name,
        "page": pages[glyph.page].number,
        "cell": glyph.cell + 1,
        "suspect": list(glyph.doubts),
    }
    views = pages[glyph.page].views
    if views and (view := views[glyph.cell]) is not None:
        entry |= {"view": _view_name(glyph, pages), "view_cell": list(view.cell)}
    if glyph.score is not None:
        entry |= {"read": glyph.read, "score": glyph.score}
    return entry
