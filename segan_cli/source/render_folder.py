"""A character set drawn to files: a glyph folder, skeletons beside it, a contact sheet, a source pack."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from segan_cli.errors import GlyphError, UsageError
from segan_cli.files.contact_sheet import write_even_sheet
from segan_cli.files.writing import check_output, check_output_folder
from segan_cli.glyph import Frame, GlyphRaster, Ink, code_point
from segan_cli.source.glyph_folder import check_placed_alike, write_frame, write_glyph
from segan_cli.source.raster import Overflow, ink_box, render_glyph
from segan_cli.source.skeleton import skeleton_ink, skeletonize
from segan_cli.source.source_font import SourceFont

_SHEET_PIXELS = 40_000_000
_SMALLEST_CELL = 24
_VISIBLE_OVERFLOW = 2.0
"""Thousandths of the em: half a pixel at 256 px; less is a stroke's edge, not a cut stroke."""


@dataclass(frozen=True, slots=True)
class RenderOrder:
    """What to write.

    Args:
        size_px: side of the canvas.
        out: folder for the glyph images, or None.
        sheet: PNG file for the contact sheet, or None.
        pack: file for a source pack, or None.
        skeletons: centre lines into `out/skeletons` and, on the sheet, below their glyphs.
        overflow: what becomes of ink beyond the canvas.
        dry_run: look, and write nothing.
    """

    size_px: int
    out: Path | None = None
    sheet: Path | None = None
    pack: Path | None = None
    skeletons: bool = False
    overflow: Overflow = "clip"
    dry_run: bool = False


@dataclass
class RenderResult:
    """What came of it; `missing` lists the characters that the font lacks or draws blank."""

    drawn: int = 0
    missing: list[GlyphError] = field(default_factory=list)
    clipped: list[str] = field(default_factory=list)
    written: list[Path] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Plain values for `--json`."""
        missing = [
            {"char": one.char, "codepoint": code_point(one.char), "stage": one.stage, "cause": one.cause}
            for one in self.missing
        ]
        written = [str(path) for path in self.written]
        return {"drawn": self.drawn, "missing": missing, "clipped": self.clipped, "written": written}


def render_folder(
    font: SourceFont,
    chars: Sequence[str],
    order: RenderOrder,
    advance: Callable[[int], None] = lambda steps: None,
) -> RenderResult:
    """Draw `chars`; a character that cannot be drawn is listed and costs no other.

    Args:
        font: the source font.
        chars: the characters, in the order of the sheet.
        order: what to write, and how.
        advance: called with the number of characters done since the last call.

    Raises:
        UsageError: a place that cannot be written, a folder of pictures that are placed otherwise, or a sheet that would be too large.
    """
    frame = Frame(order.size_px)
    result = RenderResult()
    tiles: list[Ink] = []
    kept: list[str] = []
    cell = _cell_px(len(chars), order)
    if order.out is not None:
        check_output_folder(order.out)
        check_placed_alike(order.out, frame)
    for file in (order.sheet, order.pack):
        if file is not None and not order.dry_run:
            check_output(file)
    for char in chars:
        raster = _draw(font, char, frame, order, result)
        if raster is not None:
            kept.append(char)
            if not order.dry_run:
                if len(kept) == 1:
                    _begin(order, result)
                _write(raster, order)
            if order.sheet and not order.dry_run:
                tiles.append(_tile(raster, cell, order.skeletons))
        advance(1)
    if kept and not order.dry_run:
        _finish(font, order, result, tiles, kept)
    return result


def _draw(font: SourceFont, char: str, frame: Frame, order: RenderOrder, result: RenderResult) -> GlyphRaster | None:
    try:
        raster = render_glyph(font, char, frame, overflow=order.overflow)
        if order.overflow == "clip" and ink_box(font, char, frame).overflow > _VISIBLE_OVERFLOW:
            result.clipped.append(char)
    except GlyphError as error:
        result.missing.append(error)
        return None
    result.drawn += 1
    return raster


def _begin(order: RenderOrder, result: RenderResult) -> None:
    """The folders, with their frames: one that is killed can be typed again."""
    if order.out is not None:
        folders = [order.out, order.out / "skeletons"] if order.skeletons else [order.out]
        for folder in folders:
            write_frame(Frame(order.size_px), folder)
        result.written.extend(folders)


def _write(raster: GlyphRaster, order: RenderOrder) -> None:
    if order.out is None:
        return
    write_glyph(raster, order.out)
    if order.skeletons:
        line = skeletonize(raster).line.astype(np.float32)
        write_glyph(GlyphRaster(raster.char, line, raster.frame), order.out / "skeletons")


def _finish(font: SourceFont, order: RenderOrder, result: RenderResult, tiles: list[Ink], kept: list[str]) -> None:
    from segan_cli.source.source_pack import write_pack

    if order.sheet:
        write_even_sheet(tiles, order.sheet)
        result.written.append(order.sheet)
    if order.pack:
        write_pack(font, kept, order.pack)
        result.written.append(order.pack)


def _cell_px(count: int, order: RenderOrder) -> int:
    """The side of a glyph on the sheet: its own size, or less, so that the sheet stays below 40 million pixels."""
    if order.sheet is None:
        return order.size_px
    if order.sheet.suffix.lower() != ".png":
        raise UsageError(f"The contact sheet {order.sheet} is written as PNG; give it the ending .png")
    cell = int((_SHEET_PIXELS / (count * (2 if order.skeletons else 1))) ** 0.5)
    if cell < _SMALLEST_CELL:
        raise UsageError(f"{count:,} glyphs are too many for one sheet; choose fewer with --chars.")
    return min(order.size_px, cell)


def _tile(raster: GlyphRaster, cell: int, skeletons: bool) -> Ink:
    from PIL import Image

    pictures = [raster.ink]
    if skeletons:
        pictures.append(skeleton_ink(skeletonize(raster).line, raster.frame.size_px))
    if cell != raster.frame.size_px:
        resized = (Image.fromarray(one).resize((cell, cell), Image.Resampling.BOX) for one in pictures)
        pictures = [np.asarray(one, dtype=np.float32) for one in resized]
    return np.concatenate(pictures)
