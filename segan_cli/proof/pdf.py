"""The proof on paper: cover, waterfall, text both ways, and every glyph with its code point, as PDF."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from segan_cli import __version__
from segan_cli.proof.page import describe_counts, seal_text, shorten
from segan_cli.proof.proof_font import is_invisible

if TYPE_CHECKING:
    from segan_cli.proof.proof import Proof
    from segan_cli.proof.samples import Sample

WIDTH, HEIGHT, MARGIN = 595.3, 841.9, 51.0
"""A4 in points, and the margin on every side."""
_ROOM = WIDTH - 2 * MARGIN
_TOP = HEIGHT - MARGIN - 40
_STEPS = (9, 10.5, 12, 14, 16, 18, 21, 24, 28, 36, 48, 60, 72)
_COLUMNS, _ROWS = 14, 17
_INK, _SOFT, _RULE, _SEAL = (0.11, 0.1, 0.08), (0.45, 0.41, 0.35), (0.85, 0.81, 0.74), (0.71, 0.21, 0.12)
_MOST_MISSING = 5 * _COLUMNS * _ROWS
"""Ours: missing characters listed, five pages; beyond that their number is written."""
_NEVER_FIRST = frozenset("、。，．・：；？！」』）〕】》〉’”…ー々")


def draw_pdf(proof: Proof) -> list[bytes]:
    """Draw the document.

    Args:
        proof: the font, what is known about its glyphs, and the texts to set.

    Returns:
        One PDF, A4, with the whole font embedded; drawn twice it is the same to the byte.

    Raises:
        SeganError: a font without TrueType or CFF outlines.
    """
    return [_Document(proof).draw()]


class _Document:
    """The pages of one proof, drawn one after the other."""

    def __init__(self, proof: Proof) -> None:
        from reportlab.pdfgen.canvas import Canvas

        from segan_cli.proof.pdf_font import PdfFont

        self.proof, self.font = proof, proof.font
        self.file = io.BytesIO()
        self.canvas = Canvas(self.file, pagesize=(WIDTH, HEIGHT), pageCompression=1, invariant=1)
        self.canvas.setTitle(f"{proof.font.names.family}: a proof")
        self.canvas.setCreator(f"segan {__version__}")
        self.own = PdfFont(proof.font, self.canvas)
        self.page = 1

    def draw(self) -> bytes:
        self.cover()
        self.waterfall()
        self.running_text()
        self.vertical_text()
        self.lines()
        self.glyph_pages()
        self.missing_pages()
        self.canvas.save()
        return self.file.getvalue()

    # One page after the other.

    def cover(self) -> None:
        headline = self.proof.specimen.headline
        seal = seal_text(self.font, headline)
        self.running_head("Type specimen")
        self.centred(seal[0], 330, HEIGHT - 480, _INK)
        size = min(64.0, _ROOM / max(self.measure(headline, 1), 0.1))
        self.centred(headline, size, HEIGHT - 580, _INK)
        self.facts(MARGIN + 150)
        self.seal(seal, WIDTH - MARGIN - 62, MARGIN + 92)
        self.turn()

    def waterfall(self) -> None:
        self.start("Waterfall")
        y = _TOP
        for size in _STEPS:
            y -= size * 1.18 + 5
            self.label(f"{size:g}", MARGIN, y, 7)
            self.line(self.fitting(self.proof.specimen.waterfall, size, _ROOM - 34), MARGIN + 34, y, size)
        self.turn()

    def running_text(self) -> None:
        self.start("Running text")
        y = _TOP
        for sample, size in zip(self.proof.specimen.horizontal, (21, 16, 13), strict=False):
            y = self.paragraph(sample, size, y) - 30
        self.turn()

    def paragraph(self, sample: Sample, size: float, y: float) -> float:
        for line in self.broken(sample.text, size, _ROOM):
            if y - size * 1.75 < MARGIN + 40:
                self.turn()
                self.start("Running text, continued")
                y = _TOP
            y -= size * 1.75
            self.line(line, MARGIN, y, size)
        self.label(f"{sample.by or sample.title}, {size} pt", MARGIN, y - 16, 7)
        return y - 16

    def vertical_text(self) -> None:
        size, pitch, gap = 24.0, 42.0, 24.0
        per_column, per_page = int((_TOP - MARGIN - 30) / size), int(_ROOM // pitch)
        self.start("Vertical text")
        right = WIDTH - MARGIN
        for sample in self.proof.specimen.vertical:
            columns = list(_columns(sample.text, per_column))
            for start in range(0, len(columns), per_page):
                some = columns[start : start + per_page]
                if right - len(some) * pitch < MARGIN - 1:
                    self.turn()
                    self.start("Vertical text, continued", bookmark=False)
                    right = WIDTH - MARGIN
                left = right - len(some) * pitch
                self.ruled_page(some, size, left, right, per_column)
                self.label(self.shortened(sample.by or sample.title, right - left, 7), left, MARGIN - 2, 7)
                right = left - gap
        self.turn()

    def ruled_page(self, columns: list[str], size: float, left: float, right: float, per_column: int) -> None:
        """Columns from right to left on red-ruled letter paper."""
        pitch, bottom = (right - left) / len(columns), _TOP - per_column * size - 14
        self.canvas.setStrokeColorRGB(*_SEAL)
        self.canvas.setLineWidth(0.35)
        self.canvas.rect(left, bottom, right - left, _TOP + 4 - bottom)
        for number, text in enumerate(columns):
            edge = right - (number + 1) * pitch
            self.canvas.setLineWidth(0.35)
            self.canvas.line(edge, bottom, edge, _TOP + 4)
            for place, char in enumerate(text):
                self.upright(char, edge + pitch / 2, _TOP - place * size, size)

    def lines(self) -> None:
        if not self.proof.specimen.lines:
            return
        self.start("Latin, kana, punctuation")
        y = _TOP
        for text in self.proof.specimen.lines:
            for line in self.broken(text, 25, _ROOM):
                y -= 44
                self.line(line, MARGIN, y, 25)
        self.turn()

    def glyph_pages(self) -> None:
        glyphs, per_page = self.font.glyphs, _COLUMNS * _ROWS
        for start in range(0, len(glyphs), per_page):
            some = glyphs[start : start + per_page]
            first, last = shorten(some[0].char), shorten(some[-1].char)
            self.start(f"Glyphs U+{first} to U+{last}", bookmark=start == 0, heading="All glyphs")
            for number, glyph in enumerate(some):
                self.cell(number, glyph.char)
            self.turn()

    def missing_pages(self) -> None:
        missing = sorted(self.proof.verdicts.missing)
        listed, per_page = missing[:_MOST_MISSING], _COLUMNS * _ROWS
        for start in range(0, len(listed), per_page):
            title = f"Missing, {len(missing):,}" + (
                f", of which the first {len(listed):,} are listed" if len(listed) < len(missing) else ""
            )
            self.start(title, bookmark=start == 0, heading="Missing")
            for number, char in enumerate(listed[start : start + per_page]):
                self.cell(number, char)
            self.turn()

    # What the pages are made of.

    def cell(self, number: int, char: str) -> None:
        down, across = divmod(number, _COLUMNS)
        width, height = _ROOM / _COLUMNS, (_TOP - MARGIN - 6) / _ROWS
        x, y = MARGIN + across * width, _TOP - (down + 1) * height
        suspect = char in self.proof.verdicts.suspect
        self.canvas.setLineWidth(0.25)
        self.canvas.setStrokeColorRGB(*_RULE)
        self.canvas.rect(x, y, width, height)
        self.upright(char, x + width / 2, y + height - 3.5, 24, turned=False)
        self.label(shorten(char), x + width / 2, y + 2.6, 5, _SEAL if suspect else _SOFT, centred=True)
        if suspect:
            self.canvas.setFillColorRGB(*_SEAL)
            self.canvas.circle(x + width - 4, y + height - 4, 1.5, stroke=0, fill=1)
        if self.proof.verdicts.origin.get(char) == "written":
            self.canvas.setStrokeColorRGB(*_SEAL)
            self.canvas.rect(x + 2.5, y + height - 5.5, 3, 3)

    def upright(self, char: str, middle: float, top: float, size: float, *, turned: bool = True) -> None:
        """One character centred on `middle`, its em box hanging from `top`; in its vertical form if `turned`."""
        glyph = self.font.by_char.get(char)
        if glyph is None:
            if not is_invisible(char):
                self.cross(middle - size * 0.42, top - size * 0.92, size * 0.84)
            return
        metrics = self.font.metrics
        index = self.font.vertical_forms.get(glyph.index, glyph.index) if turned else glyph.index
        scale = size / metrics.units_per_em
        self.canvas.setFillColorRGB(*_INK)
        self.own.show(index, middle - glyph.advance * scale / 2, top - metrics.em_top * scale, size)

    def line(self, text: str, x: float, y: float, size: float, colour: tuple[float, float, float] = _INK) -> None:
        self.canvas.setFillColorRGB(*colour)
        for char in text:
            glyph = self.font.by_char.get(char)
            if glyph is not None and glyph.bounds:
                self.own.show(glyph.index, x, y, size)
            elif glyph is None and not is_invisible(char):
                self.cross(x + size * 0.08, y - size * 0.08, size * 0.84)
            x += self.measure(char, size)

    def measure(self, text: str, size: float) -> float:
        """Width in points; a missing character takes one em, as its crossed box does."""
        em = self.font.metrics.units_per_em
        found = (self.font.by_char.get(char) for char in text)
        return sum(glyph.advance if glyph else em for glyph in found) * size / em

    def fitting(self, text: str, size: float, room: float) -> str:
        while text and self.measure(text, size) > room:
            text = text[:-1]
        return text

    def broken(self, text: str, size: float, room: float) -> Iterator[str]:
        """Lines no wider than `room`; a word stays whole, closing punctuation never begins a line."""
        line = ""
        for part in re.findall(r"\n|[!-ɏ]+|.", text):
            if part == "\n" or (self.measure(line + part, size) > room and part not in _NEVER_FIRST):
                yield line
                line = ""
            line += "" if part == "\n" or (part == " " and not line) else part
        yield line

    def shortened(self, text: str, room: float, size: float) -> str:
        """The label cut, with an ellipsis, to the room it has."""
        if self.canvas.stringWidth(_latin(text), "Helvetica", size) <= room:
            return text
        while text and self.canvas.stringWidth(_latin(text) + "...", "Helvetica", size) > room:
            text = text[:-1]
        return text.rstrip(" ,") + "..."

    def cross(self, x: float, y: float, size: float) -> None:
        self.canvas.setStrokeColorRGB(*_SEAL)
        self.canvas.setLineWidth(0.4)
        self.canvas.rect(x, y, size, size)
        self.canvas.line(x, y, x + size, y + size)
        self.canvas.line(x, y + size, x + size, y)

    def centred(self, text: str, size: float, y: float, colour: tuple[float, float, float]) -> None:
        self.line(text, (WIDTH - self.measure(text, size)) / 2, y, size, colour)

    def label(
        self,
        text: str,
        x: float,
        y: float,
        size: float,
        colour: tuple[float, float, float] = _SOFT,
        *,
        centred: bool = False,
    ) -> None:
        """A word in Helvetica; what that font cannot write (a Chinese name) is set in the proof's own glyphs."""
        self.canvas.setFillColorRGB(*colour)
        self.canvas.setFont("Helvetica", size)
        if all(ord(char) < 0x250 for char in text):
            (self.canvas.drawCentredString if centred else self.canvas.drawString)(x, y, _latin(text))
            return
        for piece in re.findall(r"[\x00-\u024f]+|[^\x00-\u024f]+", text):
            if ord(piece[0]) >= 0x250:
                self.line(piece, x, y, size, colour)
                x += self.measure(piece, size)
            else:
                self.canvas.drawString(x, y, _latin(piece))
                x += self.canvas.stringWidth(_latin(piece), "Helvetica", size)

    def seal(self, text: str, x: float, y: float) -> None:
        self.canvas.setFillColorRGB(*_SEAL)
        self.canvas.roundRect(x, y, 62, 62, 5, stroke=0, fill=1)
        self.canvas.setStrokeColorRGB(1, 1, 1)
        self.canvas.setLineWidth(0.8)
        self.canvas.roundRect(x + 3, y + 3, 56, 56, 3)
        size = 24.0 if len(text) == 4 else 46.0
        metrics = self.font.metrics
        for number, char in enumerate(text if len(text) == 4 else text[0]):
            across, down = (1 - number // 2, number % 2) if len(text) == 4 else (0, 0)
            room = 26.0 if len(text) == 4 else 52.0
            middle, top = x + 5 + room * (across + 0.5), y + 57 - room * down - (room - size) / 2
            glyph = self.font.by_char[char]
            scale = size / metrics.units_per_em
            self.canvas.setFillColorRGB(1, 1, 1)
            self.own.show(glyph.index, middle - glyph.advance * scale / 2, top - metrics.em_top * scale, size)

    def facts(self, y: float) -> None:
        names, metrics = self.font.names, self.font.metrics
        rows = [
            f"{names.family} {names.family_zh} {names.style}, version {names.version}",
            describe_counts(self.proof).replace("·", "|"),
            f"{metrics.units_per_em:,} units per em, em box {metrics.em_top} to {metrics.em_bottom}, {self.font.glyph_count:,} glyphs",
            names.designer,
            names.copyright,
            names.license or names.license_url,
        ]
        for row in filter(None, rows):
            self.label(self.shortened(" ".join(row.split()), _ROOM - 90, 8.5), MARGIN, y, 8.5)
            y -= 14

    def start(self, title: str, *, bookmark: bool = True, heading: str = "") -> None:
        self.running_head(title)
        if bookmark:
            key = f"page-{self.page}"
            self.canvas.bookmarkPage(key)
            self.canvas.addOutlineEntry(heading or title, key)

    def running_head(self, title: str) -> None:
        self.canvas.setStrokeColorRGB(*_INK)
        self.canvas.setLineWidth(0.6)
        self.canvas.line(MARGIN, HEIGHT - MARGIN - 14, WIDTH - MARGIN, HEIGHT - MARGIN - 14)
        self.label(title, MARGIN, HEIGHT - MARGIN - 6, 8)
        self.canvas.setFont("Helvetica", 8)
        self.canvas.drawRightString(WIDTH - MARGIN, HEIGHT - MARGIN - 6, _latin(f"{self.font.path.name}   {self.page}"))

    def turn(self) -> None:
        self.canvas.showPage()
        self.page += 1


def _latin(text: str) -> str:
    """The text with accents that Helvetica's encoding lacks dropped, and the rest replaced."""
    plain = (char if _fits(char) else unicodedata.normalize("NFKD", char)[0] for char in text)
    return "".join(plain).encode("cp1252", "replace").decode("cp1252")


def _fits(char: str) -> bool:
    try:
        return bool(char.encode("cp1252"))
    except UnicodeEncodeError:
        return False


def _columns(text: str, per_column: int) -> Iterator[str]:
    """Columns of `per_column` characters; closing punctuation may hang below the last one."""
    column = ""
    for char in text:
        if char == "\n" or (len(column) >= per_column and char not in _NEVER_FIRST):
            yield column
            column = ""
        column += "" if char == "\n" else char
    yield column
