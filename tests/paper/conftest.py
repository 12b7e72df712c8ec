"""A sheet of 20 large cells, printed at 100 dots per inch, and the public-domain glyphs that are written on it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent))
import written_sheets as damage

from segan_cli.glyph import Ink
from segan_cli.paper.model_font import ModelGlyphs
from segan_cli.paper.print_sheets import write_sheets
from segan_cli.paper.sheet import SheetDesign, Sheets, lay_out

EXAMPLES = Path(__file__).parents[2] / "examples" / "kouzan-gyosho"
CHARS = "永和九年天地玄黄宇宙洪荒日月星水火木金土"
DPI = 110


@pytest.fixture(scope="session")
def glyphs() -> dict[str, Ink]:
    """The glyphs, 256 px, of which the examples have a picture."""
    files = {char: EXAMPLES / f"U+{ord(char):04X}.png" for char in CHARS + "山川風花"}
    return {
        char: 1 - np.asarray(Image.open(file).convert("L"), dtype=np.float32) / 255
        for char, file in files.items()
        if file.exists()
    }


@pytest.fixture(scope="session")
def printed(tmp_path_factory: pytest.TempPathFactory, glyphs: dict[str, Ink]) -> tuple[Sheets, Path]:
    """Sheets of two pages and their PDF."""
    folder = tmp_path_factory.mktemp("sheets")
    sheets = lay_out([char for char in CHARS if char in glyphs], SheetDesign(cell_mm=46.0), ["山", "川"])
    write_sheets(sheets, folder / "write.pdf", ModelGlyphs())
    return sheets, folder / "write.pdf"


@pytest.fixture(scope="session")
def blank_pages(printed: tuple[Sheets, Path]) -> list[damage.Picture]:
    """The pages as they come out of the printer."""
    sheets, pdf = printed
    return [damage.printed_page(pdf, page.number, DPI) for page in sheets.pages]


@pytest.fixture(scope="session")
def written(
    printed: tuple[Sheets, Path], blank_pages: list[damage.Picture], glyphs: dict[str, Ink]
) -> Callable[..., damage.Picture]:
    """A page that was written on: `written(1)`, or `written(2, {"山": ink})`."""

    def write(number: int = 1, pictures: dict[str, Ink] | None = None, **writing: object) -> damage.Picture:
        how = damage.Writing(**{"em": 0.9, **writing})  # type: ignore[arg-type]
        return damage.write_on(
            blank_pages[number - 1], printed[0], number, glyphs if pictures is None else pictures, how
        )

    return write


@pytest.fixture
def save(tmp_path: Path) -> Callable[[str, damage.Picture], Path]:
    """Write a picture into the test's own folder."""

    def write(name: str, picture: damage.Picture) -> Path:
        Image.fromarray(picture).save(tmp_path / name)
        return tmp_path / name

    return write
