"""Other people's programs read whole fonts, every character of them, in lines and in columns; one row a font.

    python tests/benchmarks/whole_font_checks.py MyBrush.ttf MyBrush.otf

Each cell is `ok`, or what was found, with up to eight characters. A font that some check faults makes the exit code 1.
"""

from __future__ import annotations

import argparse
import io
import logging
import random
import shutil
import sys
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import freetype
import numpy as np
import ots
import uharfbuzz as hb
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from PIL import Image

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TEXT = 200
"""Characters of the text that a subset is made for."""
PX, SIDE = 100, 32
"""Chromium draws pages of SIDE × SIDE cells of PX pixels, one character each."""
LEAST_OVERLAP = 0.8
"""Of Chromium's grey picture and FreeType's: the sum of the lesser over the sum of the greater values."""
QUIET = dict.fromkeys(("liga", "kern", "ccmp", "calt", "locl", "chws", "vchw"), False)


class Checked:
    """A font, opened by everybody."""

    def __init__(self, path: Path) -> None:
        self.path, self.data = path, path.read_bytes()
        self.font = TTFont(path, lazy=True, recalcBBoxes=False, recalcTimestamp=False)
        self.cmap: dict[int, str] = self.font.getBestCmap()
        self.shaper = hb.Font(hb.Face(self.data))

    def shaped(self, text: str, direction: str, features: dict[str, bool] | None = None) -> list[Any]:
        """(glyph number, x advance, y advance, x offset, y offset) of each glyph."""
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        buffer.direction = direction
        hb.shape(self.shaper, buffer, features or {})
        pairs = zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        return [(i.codepoint, p.x_advance, p.y_advance, p.x_offset, p.y_offset) for i, p in pairs]


def found(faults: Sequence[str]) -> str:
    return f"{len(faults)}: {' '.join(faults[:8])}" if faults else "ok"


def sanitized(checked: Checked) -> str:
    """OTS, which browsers let every font go through."""
    result = ots.sanitize(str(checked.path), capture_output=True)
    words = [line for line in result.stderr.decode().splitlines() if line]
    return found(words or ([] if result.returncode == 0 else ["refused"]))


def saved_again(checked: Checked) -> str:
    """fontTools reads every table and writes it; what it reads then is the same."""
    font = TTFont(checked.path, recalcBBoxes=False, recalcTimestamp=False)
    font.flavor = None
    font.ensureDecompiled(recurse=True)
    again = io.BytesIO()
    font.save(again)
    other = TTFont(again, lazy=True)
    faults = sorted(set(font.keys()) - set(other.keys()))
    one, two = checked.font.getGlyphSet(), other.getGlyphSet()
    for name in checked.font.getGlyphOrder():
        if drawn(one, name) != drawn(two, other.getGlyphOrder()[checked.font.getGlyphID(name)]):
            faults.append(name)
    return found(faults)


def drawn(glyphs: Any, name: str) -> Any:
    pen = DecomposingRecordingPen(glyphs)
    glyphs[name].draw(pen)
    return glyphs[name].width, pen.value


def lines(checked: Checked) -> str:
    """HarfBuzz: every character is its glyph, as wide as `hmtx` says."""
    faults = []
    for code, name in checked.cmap.items():
        if chr(code) == "\u00ad":  # shapers hide the soft hyphen
            continue
        glyph = checked.font.getGlyphID(name)
        if checked.shaped(chr(code), "ltr", QUIET) != [(glyph, checked.font["hmtx"][name][0], 0, 0, 0)]:
            faults.append(chr(code))
    return found(faults)


def columns(checked: Checked) -> str:
    """HarfBuzz: every character is its vertical form or itself, as high as `vmtx` says, centred, from the em box's top."""
    font, turned, faults = checked.font, vertical_forms(checked.font), []
    for code, name in checked.cmap.items():
        if chr(code).isspace() or chr(code) == "\u00ad" or unicodedata.combining(chr(code)):
            continue
        name = turned.get(name, name)
        across = font["hmtx"][name][0]
        there = [(font.getGlyphID(name), 0, -font["vmtx"][name][0], -(across // 2))]
        got = checked.shaped(chr(code), "ttb", QUIET)
        rough = [(glyph, x, y, -(abs(dx))) for glyph, x, y, dx, _ in got]
        if (rough != there and [(*one[:3], one[3] + 1) for one in rough] != there) or (
            got[0][4] != -font["OS/2"].sTypoAscender and abs(got[0][4]) != 880 * font["head"].unitsPerEm // 1000
        ):
            faults.append(chr(code))
    return found(faults)


def vertical_forms(font: TTFont) -> dict[str, str]:
    if "GSUB" not in font:
        return {}
    table, forms = font["GSUB"].table, dict[str, str]()
    numbers = [r.Feature.LookupListIndex for r in table.FeatureList.FeatureRecord if r.FeatureTag == "vert"]
    for number in dict.fromkeys(number for some in numbers for number in some):
        for subtable in table.LookupList.Lookup[number].SubTable:
            forms = getattr(getattr(subtable, "ExtSubTable", subtable), "mapping", {}) | forms
    return forms


def subset(checked: Checked) -> str:
    """pyftsubset cuts the font to a text: OTS takes it, and the text is shaped and drawn as before."""
    text = "".join(map(chr, random.Random(1).sample(sorted(checked.cmap), min(TEXT, len(checked.cmap)))))
    font = TTFont(checked.path)
    subsetter = Subsetter(Options(layout_features=["*"], glyph_names=True))
    subsetter.populate(text=text)
    subsetter.subset(font)
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"cut{checked.path.suffix}")
        font.save(path)
        cut = Checked(path)
        if sanitized(cut) != "ok":
            faults.append(f"OTS: {sanitized(cut)}")
        for direction in ("ltr", "ttb"):
            before, after = checked.shaped(text, direction), cut.shaped(text, direction)
            if [glyph[1:] for glyph in before] != [glyph[1:] for glyph in after]:
                faults.append(f"shaped otherwise, {direction}")
        one, two = checked.font.getGlyphSet(), cut.font.getGlyphSet()
        faults += [c for c in text if drawn(one, checked.cmap[ord(c)]) != drawn(two, cut.cmap[ord(c)])]
    return found(faults)


def browsed(checked: Checked, browser: Any) -> tuple[str, str]:
    """Chromium, in lines and in columns: it takes the font, and every character looks as FreeType draws its glyph."""
    face = freetype.Face(str(checked.path))
    face.set_char_size(PX * 64, 0, 72, 72)
    turned, order = vertical_forms(checked.font), checked.font.getReverseGlyphMap()
    chars = [chr(code) for code in sorted(checked.cmap) if not chr(code).isspace() and is_alone(chr(code))]
    results = []
    for mode in ("horizontal-tb", "vertical-rl"):
        faults = []
        for page, some in zip(pages(checked, browser, mode, chars), batches(chars), strict=True):
            if page is None:
                faults = ["refused"]
                break
            for k, char in enumerate(some):
                name = checked.cmap[ord(char)]
                name = turned.get(name, name) if mode != "horizontal-tb" else name
                cell = page[k // SIDE * PX :, k % SIDE * PX :][:PX, :PX]
                if overlap(cell, picture(face, order[name])) < LEAST_OVERLAP:
                    faults.append(char)
        results.append(found(faults))
    return results[0], results[1]


def is_alone(char: str) -> bool:
    """In a column Chromium lays Latin on its side, and an accent needs a letter: both are left to HarfBuzz."""
    return unicodedata.east_asian_width(char) in "WF" and not unicodedata.combining(char)


def batches(chars: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(chars), SIDE * SIDE):
        yield chars[start : start + SIDE * SIDE]


def pages(checked: Checked, browser: Any, mode: str, chars: Sequence[str]) -> Iterator[Any]:
    """Screenshots, 1 is ink; None if the font did not load."""
    tab = browser.new_page(viewport={"width": SIDE * PX, "height": SIDE * PX})
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(checked.path, Path(folder, "font"))
        Path(folder, "page.html").write_text(
            f"""<meta charset=utf-8><style>@font-face {{ font-family: F; src: url(font) }}
            body {{ margin: 0 }} p {{ position: absolute; margin: 0; width: {PX}px; height: {PX}px; font: {PX}px/1 F;
            writing-mode: {mode}; text-orientation: mixed; overflow: hidden }}</style><body lang=zh>"""
        )
        tab.goto(Path(folder, "page.html").as_uri())
        status = tab.evaluate("document.fonts.load('20px F', '永').then(f => f.map(x => x.status)).catch(() => [])")
        for some in batches(chars):
            if status != ["loaded"]:
                yield None
                break
            tab.evaluate(
                f"""text => {{ document.body.replaceChildren(...[...text].map((char, k) => {{
                const p = document.createElement('p'); p.textContent = char; p.style.left = k % {SIDE} * {PX} + 'px';
                p.style.top = Math.floor(k / {SIDE}) * {PX} + 'px'; return p }})) }}""",
                "".join(some),
            )
            grey = Image.open(io.BytesIO(tab.screenshot())).convert("L")
            yield 1 - np.asarray(grey, np.float32) / 255
    tab.close()


def picture(face: Any, glyph: int) -> Any:
    """The em box of a glyph, as FreeType draws it without hints."""
    face.load_glyph(glyph, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_NO_HINTING)
    bitmap, slot = face.glyph.bitmap, face.glyph
    canvas = np.zeros((3 * PX, 3 * PX), np.float32)
    if bitmap.rows:
        ink = np.array(bitmap.buffer, np.float32).reshape(bitmap.rows, bitmap.pitch)[:, : bitmap.width] / 255
        top, left = PX + round(PX * 0.88) - slot.bitmap_top, PX + slot.bitmap_left
        canvas[top : top + bitmap.rows, left : left + bitmap.width] = ink
    return canvas[PX : 2 * PX, PX : 2 * PX]


def overlap(one: Any, two: Any) -> float:
    """Best over places: Chromium begins a glyph of a column on a whole pixel, up to two beside where its numbers say."""
    best = 0.0
    for dy, dx in sorted(PLACES, key=lambda place: abs(place[0]) + abs(place[1])):
        moved = shifted(one, dy, dx)
        best = max(best, float(np.minimum(moved, two).sum() / max(np.maximum(moved, two).sum(), 1e-6)))
        if best >= LEAST_OVERLAP:
            break
    return best


PLACES = [(dy / 2, dx / 2) for dy in range(-4, 5) for dx in range(-2, 3)]
"""Pixels down and right."""


def shifted(picture: Any, dy: float, dx: float) -> Any:
    for axis, by in ((0, dy), (1, dx)):
        low, high = np.roll(picture, int(np.floor(by)), axis), np.roll(picture, int(np.ceil(by)), axis)
        picture = (low + high) / 2
    return picture


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("fonts", nargs="+", type=Path)
    fonts = parser.parse_args().fonts
    logging.disable()  # pyftsubset tells that it drops `meta`
    from playwright.sync_api import sync_playwright

    print("| font | glyphs | OTS | fontTools | pyftsubset | HarfBuzz, lines | columns | Chromium, lines | columns |")
    print("|---|---|---|---|---|---|---|---|---|")
    good = True
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--font-render-hinting=none", "--disable-lcd-text"]
        )
        for path in fonts:
            checked = Checked(path)
            cells = [check(checked) for check in (sanitized, saved_again, subset, lines, columns)]
            cells += browsed(checked, browser)
            good = good and set(cells) == {"ok"}
            count = checked.font["maxp"].numGlyphs
            print(f"| {path.name} | {count:,} | {' | '.join(cells)} |", flush=True)
        browser.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
