"""The proof's page in a real browser: what stands in the pixels is what the font draws."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import freetype
import numpy as np
import pytest
from fontTools.feaLib.builder import addOpenTypeFeaturesFromString
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image

from segan_cli.proof.writing import write_proof

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=5000",
]
pytestmark = [pytest.mark.tools, pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed.")]

SHAPES = {  # no other font draws these characters like this: a fallback cannot pass for the embedded font
    "永": [(100, 0, 300, 800), (300, 0, 900, 150), (700, 500, 900, 700)],
    "一": [(50, 350, 950, 450)],
    "口": [(100, 0, 200, 700), (800, 0, 900, 700), (200, 0, 800, 100), (200, 600, 800, 700)],
    "、": [(80, -60, 250, 110)],
}
TURNED_COMMA = [(700, 600, 870, 770)]
LARGE = 3000
HALF_INK = 135
"""Half-way between the light page's ink and its paper, where an outline's edge lies."""


def draw(boxes: list[tuple[int, int, int, int]]) -> Any:
    pen = TTGlyphPen(None)
    for left, bottom, right, top in boxes:
        pen.moveTo((left, bottom))
        for point in ((left, top), (right, top), (right, bottom)):
            pen.lineTo(point)
        pen.closePath()
    return pen.glyph()


@pytest.fixture(scope="module")
def font(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four characters of known shape, and three thousand ideographs that all look like the box."""
    order = [".notdef", *(f"uni{ord(char):04X}" for char in SHAPES), "comma.vert"]
    glyphs = dict(zip(order, [draw([]), *(draw(boxes) for boxes in SHAPES.values()), draw(TURNED_COMMA)], strict=True))
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(order)
    many = dict.fromkeys(range(20480, 20480 + LARGE), "uni53E3")
    builder.setupCharacterMap(many | {ord(char): f"uni{ord(char):04X}" for char in SHAPES})
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(
        {name: (1000, glyphs[name].xMin if glyphs[name].numberOfContours else 0) for name in order}
    )
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=880, usWinDescent=120)
    builder.setupNameTable({"familyName": "Boxes", "styleName": "Regular"})
    builder.setupPost()
    addOpenTypeFeaturesFromString(
        builder.font, "languagesystem DFLT dflt; feature vert { sub uni3001 by comma.vert; } vert;"
    )
    path = tmp_path_factory.mktemp("font") / "boxes.ttf"
    builder.save(path)
    return path


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    glyphs = {f"U+{ord(char):04X}": {"char": char, "origin": "generated", "suspect": []} for char in SHAPES}
    glyphs["U+4E00"]["suspect"] = ["much less ink than expected"]
    glyphs["U+53E3"] |= {"origin": "written", "suspect": ["touches the edge"]}
    missing = [{"char": "龘", "codepoint": "U+9F98", "stage": "draw", "cause": "the source font lacks it"}]
    return {"font": "boxes.ttf", "files": ["boxes.ttf"], "glyphs": glyphs, "missing": missing, "timings": {}}


@dataclass(frozen=True)
class Sight:
    """What the browser showed: its pixels as grey levels, its colours, and the page after the script ran."""

    grey: np.ndarray
    colour: np.ndarray
    page: str
    boxes: dict[str, list[float]]

    def cut(self, selector: str) -> np.ndarray:
        left, top, right, bottom = (round(edge) for edge in self.boxes[selector])
        return self.grey[top:bottom, left:right]


PROBED = ("#headline", "#vertical .own", "#waterfall .step:last-child .own", ".plate svg", "#horizontal .own")
PROBE = """<script>
document.fonts.ready.then(() => {
  const boxes = {};
  for (const one of %s) {
    const found = document.querySelector(one);
    if (found) { const box = found.getBoundingClientRect(); boxes[one] = [box.left, box.top, box.right, box.bottom]; }
  }
  document.body.dataset.boxes = JSON.stringify(boxes);
});
</script></body>"""


@pytest.fixture(scope="module")
def look(font: Path, report: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Open the font's proof in Chromium at an address such as `#theme=dark`."""
    folder = tmp_path_factory.mktemp("look")
    page = write_proof(font, folder / "proof.html", report=report, sample_text="永、一口龘")
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", PROBE % json.dumps(PROBED)), encoding="utf-8")

    def open_at(address: str, width: int, height: int, *flags: str) -> Sight:
        profile = tmp_path_factory.mktemp("profile")
        shot = folder / "shot.png"
        shot.unlink(missing_ok=True)
        place = [f"--user-data-dir={profile}", f"--window-size={width},{height}", f"--screenshot={shot}", "--dump-dom"]
        words = [str(CHROMIUM), *QUIET, *place, *flags, page.as_uri() + address]
        run = subprocess.run(words, capture_output=True, text=True, timeout=1100, check=False)
        colour = np.asarray(Image.open(shot).convert("RGB"))
        boxes = re.search(r'data-boxes="([^"]*)"', run.stdout)
        assert boxes, f"The page's script did not run to its end: {run.stdout[-500:]} {run.stderr[-500:]}"
        grey = np.asarray(Image.open(shot).convert("L"))
        return Sight(grey, colour, run.stdout, json.loads(boxes[1].replace("&quot;", '"')))

    yield open_at


@pytest.fixture(scope="module")
def light(look: Any) -> Sight:
    return look("", 1200, 3000)


def ink_box(ink: np.ndarray) -> np.ndarray:
    """The ink's own rectangle."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def freetype_ink(font: Path, char: str, size: int) -> np.ndarray:
    face = freetype.Face(io.BytesIO(font.read_bytes()))
    face.set_pixel_sizes(0, size)
    face.load_char(char, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_NO_HINTING)
    bitmap = face.glyph.bitmap
    return np.array(bitmap.buffer, np.uint8).reshape(bitmap.rows, bitmap.pitch)[:, : bitmap.width] > 127


def agreement(grey: np.ndarray, level: int, font: Path, char: str) -> float:
    """Intersection over union of the ink seen and FreeType's own, both enlarged so that grey edges count."""
    wanted = freetype_ink(font, char, 400)
    large = Image.fromarray(grey).resize((grey.shape[1] * 4, grey.shape[0] * 4), Image.Resampling.BICUBIC)
    image = Image.fromarray(ink_box(np.asarray(large) < level)).resize(wanted.shape[::-1], Image.Resampling.NEAREST)
    fitted = np.asarray(image, bool)
    return float((fitted & wanted).sum() / (fitted | wanted).sum())


def test_large_view_draws_the_embedded_glyph(look: Any, font: Path) -> None:
    sight = look("#glyph=6C38", 1200, 900)
    seen = sight.cut(".plate svg")
    assert agreement(seen, 70, font, "永") > 0.97
    assert agreement(seen, 70, font, "口") < 0.6
    assert 'id="large-title" tabindex="-1" autofocus="">U+6C38<' in sight.page
    assert "U+4E00 … " not in sight.page


def test_waterfall_is_set_in_the_font(light: Sight, font: Path) -> None:
    first = light.cut("#waterfall .step:last-child .own")[:, :96]
    assert agreement(first, HALF_INK, font, "永") > 0.93


def test_vertical_text_runs_downwards_with_vertical_forms(light: Sight, font: Path) -> None:
    grey, side = light.cut("#vertical .own"), 30
    column = grey < 90  # the red rules are lighter than this
    cells = [column[place * side : (place + 1) * side] for place in range(4)]
    assert agreement(grey[:side], 90, font, "永") > 0.75
    comma_rows, comma_columns = np.nonzero(cells[1])
    cell_left = np.flatnonzero(column.any(axis=0))[0] - 0.05 * side  # the bar's left edge lies at 50 of 1,000 units
    assert comma_rows.mean() < side / 2, "the comma's vertical form sits high in its cell"
    assert comma_columns.mean() > cell_left + side / 2, "and to the right"
    bar = ink_box(cells[2])
    assert bar.shape[1] > 5 * bar.shape[0], "一 stands upright: a lying bar below the comma"


def test_horizontal_text_runs_to_the_right(light: Sight) -> None:
    ink = ink_box((light.cut("#horizontal .own") < HALF_INK)[:40])
    assert ink.shape[1] > 2.5 * ink.shape[0]


def test_missing_character_is_a_crossed_box_and_never_another_font(light: Sight) -> None:
    marks = re.findall(r'<span class="missing" title="([^"]*)"', light.page)
    assert "龘 U+9F98 is missing" in marks
    shown = re.sub(r"<script.*?</script>|<textarea.*?</textarea>", "", light.page, flags=re.S)
    assert not re.search(r'class="own"[^>]*>[^<]*龘', shown)


def test_large_font_keeps_few_cells_in_the_page(light: Sight) -> None:
    assert f"{LARGE + 3:,} glyphs shown" in light.page
    assert 20 < light.page.count('role="option"') < 700
    height = float(re.search(r'id="grid"[^>]*height: (\d+)px', light.page)[1])  # type: ignore[index]
    assert height > 15_000


def test_filter_shows_the_suspects_and_marks_them(look: Any) -> None:
    sight = look("#filter=suspect&theme=dark", 1200, 4000)
    assert "2 glyphs shown" in sight.page
    assert re.findall(r'role="option" aria-label="([^"]*)"', sight.page) == [
        "一 U+4E00, generated, suspect: much less ink than expected",
        "口 U+53E3, written, suspect: touches the edge",
    ]
    assert re.search(r'data-filter="suspect" aria-pressed="true">Suspect<b>2</b>', sight.page)
    assert re.search(r'data-filter="missing" aria-pressed="false">Missing<b>1</b>', sight.page)
    assert np.median(sight.grey) < 40, "dark was asked for"


def test_search_finds_by_character_and_code_point(look: Any) -> None:
    sight = look("#find=" + "永 U%2B4E00 53e3 龘", 1200, 900)
    found = re.findall(r'role="option" aria-label="(.) (U\+[0-9A-F]+)', sight.page)
    assert found == [("永", "U+6C38"), ("一", "U+4E00"), ("口", "U+53E3"), ("龘", "U+9F98")]
    assert "1 of them not in the font" in sight.page


def test_page_follows_the_system_to_light_and_dark(light: Sight, look: Any) -> None:
    dark = look("", 500, 900, "--blink-settings=preferredColorScheme=0")
    assert np.median(light.grey) > 220
    assert np.median(dark.grey) < 40
    seal = light.colour[(light.colour[..., 0] > 150) & (light.colour[..., 1] < 80)]
    assert len(seal) > 2000, "the seal is vermilion"
