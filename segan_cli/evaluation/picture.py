"""The picture beside the table: the same characters in every row, as in the paper's Fig. 4."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from segan_cli.evaluation.evaluate import Inks
from segan_cli.files import written_beside
from segan_cli.glyph import Ink

if TYPE_CHECKING:
    from PIL import Image

GAP_PX = 4
LABEL_PX = 150


def write_rows(rows: Mapping[str, Inks], chars: Sequence[str], path: Path, *, cell_px: int = 96) -> None:
    """Write a PNG with one labelled row of glyphs for each set.

    Args:
        rows: label → pictures by character; a character that a row lacks stays empty there.
        chars: the characters, from left to right.
        path: where to.
        cell_px: side of one glyph.
    """
    from PIL import Image, ImageDraw

    step = cell_px + GAP_PX
    sheet = Image.new("L", (LABEL_PX + step * len(chars), step * len(rows)), 255)
    pen = ImageDraw.Draw(sheet)
    for line, (label, inks) in enumerate(rows.items()):
        pen.text((6, line * step + cell_px // 2), label, fill=0, anchor="lm", font_size=14)
        for column, char in enumerate(chars):
            if char in inks:
                sheet.paste(_cell(inks[char], cell_px), (LABEL_PX + column * step, line * step))
    with written_beside(path) as beside:
        sheet.save(beside, format="PNG")


def _cell(ink: Ink, side: int) -> Image.Image:
    from PIL import Image

    grey = Image.fromarray(255 - np.rint(np.clip(ink, 0, 1) * 255).astype(np.uint8))
    return grey.resize((side, side), Image.Resampling.LANCZOS)
