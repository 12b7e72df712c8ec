"""How examples/written-sheet was made: a sheet of segan's, written on with the public-domain Gyosho, and photographed.

python examples/write_a_sheet.py FOLDER_OF_GYOSHO_GLYPHS examples/written-sheet
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "paper"))
import written_sheets as photo

from segan_cli.paper.model_font import ModelGlyphs
from segan_cli.paper.print_sheets import write_sheets
from segan_cli.paper.sheet import SheetDesign, lay_out

CHARS = "永和年天地日月山川花鳥風雨竹林書筆墨心道春夜明"


def main() -> None:
    glyphs, folder = Path(sys.argv[1]), Path(sys.argv[2])
    chars = [char for char in CHARS if (glyphs / f"U+{ord(char):04X}.png").exists()][:20]
    sheets = lay_out(chars, SheetDesign(cell_mm=44.0))
    pdf, _ = write_sheets(sheets, folder / "write.pdf", ModelGlyphs(), overwrite=True)
    pictures = {
        char: 1 - np.asarray(Image.open(glyphs / f"U+{ord(char):04X}.png").convert("L"), np.float32) / 255
        for char in chars
    }
    page = photo.write_on(photo.printed_page(pdf, 1, 200), sheets, 1, pictures, photo.Writing(em=0.95, strength=0.93))
    page = photo.grainy(photo.sealed(page, sheets), np.random.default_rng(3), 5.0)
    page = photo.shaded(photo.photographed(page, -7.0, 0.1, (124, 98, 70)), 0.6, 60)
    Image.fromarray(photo.blurred(page, 0.8)).save(folder / "photo.jpg", quality=58, optimize=True)
    pdf.unlink()


if __name__ == "__main__":
    main()
