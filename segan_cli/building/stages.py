"""What every stage made of a glyph, as files to look at: a bad glyph is looked at, not guessed at."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from segan_cli.files.writing import written_beside
from segan_cli.glyph import Contour, GlyphOutline, GlyphRaster, TracedGlyph, code_point
from segan_cli.outline.svg_paths import path_of_contours


def keep_stages(folder: Path, raster: GlyphRaster, traced: TracedGlyph, outline: GlyphOutline) -> None:
    """Write `ink/U+XXXX.png`, `traced/U+XXXX.svg` (pixels) and `outline/U+XXXX.svg` (font units) under `folder`."""
    from PIL import Image

    name = code_point(raster.char)
    with written_beside(folder / "ink" / f"{name}.png") as beside:
        Image.fromarray(np.uint8(255 - raster.ink * 255)).save(beside)
    side, frame = raster.frame.size_px, raster.frame
    box = f"0 {-frame.ascender} {frame.units_per_em} {frame.units_per_em}"
    _write(folder / "traced" / f"{name}.svg", _svg(traced.contours, f"0 0 {side} {side}"))
    _write(folder / "outline" / f"{name}.svg", _svg(outline.contours, box, flip=True))


def _write(path: Path, text: str) -> None:
    with written_beside(path) as beside:
        beside.write_text(text, encoding="utf-8", errors="replace")


def _svg(contours: tuple[Contour, ...], view_box: str, *, flip: bool = False) -> str:
    path = path_of_contours(contours, flip=flip)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box}"><path d="{path}"/></svg>\n'
