"""`scan.html`: each page, and beside it what was cut out of each cell; one file that loads nothing from elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from segan_cli import __version__
from segan_cli.glyph import Ink, code_point
from segan_cli.paper.gather import ScannedGlyph
from segan_cli.paper.opencv import opencv
from segan_cli.paper.scan import ReadPage, ReadPages

THUMBNAIL_PX = 96
_CROP_PX = 96
_MARGIN = 0.12
"""What is shown around a cell, in parts of its side."""


def thumbnail(ink: Ink) -> bytes:
    """A small PNG of a glyph."""
    cv = opencv()
    small = cv.resize(ink, (THUMBNAIL_PX, THUMBNAIL_PX), interpolation=cv.INTER_AREA)
    done, data = cv.imencode(".png", (255 - small * 255).clip(0, 255).astype("uint8") // 8 * 8)
    return bytes(data.tobytes()) if done else b""


def draw_scan_page(
    read: ReadPages,
    report: Mapping[str, Any],
    glyphs: Sequence[ScannedGlyph],
    thumbs: Mapping[tuple[int, int], bytes],
) -> str:
    """Draw the page.

    Args:
        read: the pictures.
        report: what scan.json says.
        glyphs: the glyph that was taken for each character.
        thumbs: the pictures of all glyphs, by picture and cell.
    """
    chosen = {(glyph.page, glyph.cell): glyph for glyph in glyphs}
    pages = "".join(_page(number, page, chosen, thumbs) for number, page in enumerate(read.pages))
    backgrounds = "".join(
        f".p{number}{{background-image:url({_data('jpeg', page.preview)})}}" for number, page in enumerate(read.pages)
    )
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Scan: {len(glyphs)} glyphs</title>'
        f"<style>{_STYLE}{backgrounds}</style><body><h1>{len(glyphs)} glyphs of {len(read.pages)} pictures</h1>"
        f"{_summary(report, chosen)}{pages}<footer>segan {__version__}</footer></body></html>\n"
    )


def _summary(report: Mapping[str, Any], chosen: Mapping[tuple[int, int], ScannedGlyph]) -> str:
    lists = [
        ("Look at these first", [f"<a href='#{code_point(c)}'>{escape(c)}</a>" for c in report["doubtful"]]),
        ("Empty cells", [escape(char) for char in report["empty"]]),
        ("Pages that are missing", [str(number) for number in report["pages_missing"]]),
        ("Not scanned", [escape(char) for char in report["missing"]]),
    ]
    rows = "".join(
        f"<p><b>{title} ({len(items)})</b> <span class=han>{' '.join(items)}</span></p>"
        for title, items in lists
        if items
    )
    problems = "".join(f"<p class=bad>{escape(problem)}</p>" for problem in report["problems"])
    return problems + rows


def _page(
    number: int,
    page: ReadPage,
    chosen: Mapping[tuple[int, int], ScannedGlyph],
    thumbs: Mapping[tuple[int, int], bytes],
) -> str:
    cells = "".join(_cell(number, index, page, chosen, thumbs) for index in range(len(page.cells)))
    title = f"{escape(page.source.name)}" + (f", page {page.number}" if page.number else "")
    remarks = "".join(f"<p>{escape(remark)}</p>" for remark in page.remarks)
    width, height = page.size
    return (
        f"<section><div><h2>{title}</h2><p>{page.written} of {len(page.cells)} cells written</p>{remarks}"
        f'<div class="page p{number}" style="aspect-ratio:{width}/{height}"></div></div><div class=cells>{cells}</div></section>'
    )


def _cell(
    number: int,
    index: int,
    page: ReadPage,
    chosen: Mapping[tuple[int, int], ScannedGlyph],
    thumbs: Mapping[tuple[int, int], bytes],
) -> str:
    char = page.chars[index] if index < len(page.chars) else ""
    glyph = chosen.get((number, index))
    png = thumbs.get((number, index), b"")
    shown = f"<img src='{_data('png', png)}' alt=''>" if png else "<i>empty</i>"
    doubts = "; ".join(glyph.doubts) if glyph else ("" if not png else "another cell was taken")
    kind = "empty" if not png else "doubt" if glyph and glyph.doubts else "" if glyph else "other"
    anchor = f" id='{code_point(char)}'" if glyph and char else ""
    label = f"{escape(char)} <small>{code_point(char)}</small>" if char else "<small>not read</small>"
    note = f"<small>{escape(doubts)}</small>" if doubts else ""
    return f"<figure class='{kind}'{anchor}>{_crop(number, page, index)}{shown}<figcaption>{label} {note}</figcaption></figure>"


def _crop(number: int, page: ReadPage, index: int) -> str:
    """The cell as it is on the page: the page's own picture, moved and enlarged by the browser."""
    box = page.boxes[index]
    width, height = page.size
    side = max(box.width, box.height) * (1 + 2 * _MARGIN)
    scale = _CROP_PX / side
    x, y = box.middle[0] - side / 2, box.middle[1] - side / 2
    return (
        f"<b class='p{number}' style='background-size:{width * scale:.0f}px {height * scale:.0f}px;"
        f"background-position:{-x * scale:.0f}px {-y * scale:.0f}px'></b>"
    )


def _data(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"


_STYLE = """
body{font:15px/1.4 system-ui,sans-serif;color:#1c1a14;background:#f6f3ec;margin:2rem}h1{font-weight:500}h2{font-size:1rem;margin:0}
section{display:grid;grid-template-columns:minmax(16rem,28%) 1fr;gap:1.5rem;margin:2.5rem 0;border-top:1px solid #d8cfbc;padding-top:1rem}
.page{background-size:100% 100%;border:1px solid #d8cfbc}.cells{display:flex;flex-wrap:wrap;gap:.5rem;align-content:flex-start}
figure{margin:0;width:196px;background:#fff;border:1px solid #e2dac8;padding:2px}figure b,figure img,figure i{display:inline-block;width:96px;height:96px;vertical-align:top}
figure b{background-repeat:no-repeat}figure i{text-align:center;line-height:96px;color:#999}figcaption{font-size:1.1rem;padding:0 .3rem}
small{font-size:.7rem;color:#736a58}.doubt{border-color:#b5351f;background:#fdf0ec}.doubt small{color:#b5351f}.empty,.other{opacity:.55}
.han{font-size:1.3rem}.han a{color:#b5351f;text-decoration:none}.bad{color:#b5351f}footer{color:#736a58;font-size:.8rem}
"""
