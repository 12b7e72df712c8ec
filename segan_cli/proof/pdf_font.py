"""Any font inside a PDF, whole: TrueType and CFF alike, by glyph index, with the text searchable.

reportlab embeds TrueType alone, by character and in pieces of 256; vertical forms and OpenType CFF need the glyph index.
"""

from __future__ import annotations

import io
import re
from typing import Any

from segan_cli.errors import SeganError
from segan_cli.proof.proof_font import ProofFont

_NAME = "ProofFont"


class PdfFont:
    """The proof's font in one PDF document.

    Source: ISO 32000-1, 9.7 (composite fonts), 9.9 (embedded font programs), 9.10.3 (ToUnicode).
    """

    def __init__(self, font: ProofFont, canvas: Any) -> None:
        self._font = font
        self._canvas = canvas
        self._codes = _codes(font)
        self._add(canvas._doc)

    def show(self, index: int, x: float, y: float, size: float) -> None:
        """Draw one glyph with its origin at (x, y), in points, in the canvas's fill colour."""
        code = self._codes.get(index, index)
        self._canvas._code.append(f"q BT /{_NAME} {size:.2f} Tf {x:.2f} {y:.2f} Td <{code:04X}> Tj ET Q")

    def _add(self, document: Any) -> None:
        from reportlab.pdfbase import pdfdoc

        descendant = pdfdoc.PDFArray([document.Reference(self._descendant(document))])
        entries = {"Type": "/Font", "Subtype": "/Type0", "BaseFont": f"/{self._base_name}", "Encoding": "/Identity-H"}
        whole = pdfdoc.PDFDictionary(
            _names(entries) | {"DescendantFonts": descendant, "ToUnicode": self._to_unicode(document)}
        )
        document.idToObject[pdfdoc.BasicFonts].dict[_NAME] = document.Reference(whole)

    @property
    def _base_name(self) -> str:
        return re.sub(r"[^A-Za-z0-9-]", "", self._font.names.family)[:60] or "Proof"

    @property
    def _is_cff(self) -> bool:
        return self._font.sfnt[:4] == b"OTTO"

    def _descendant(self, document: Any) -> Any:
        from reportlab.pdfbase import pdfdoc

        kind = "/CIDFontType0" if self._is_cff else "/CIDFontType2"
        system = pdfdoc.PDFDictionary(
            {"Registry": pdfdoc.PDFString("Adobe"), "Ordering": pdfdoc.PDFString("Identity"), "Supplement": 0}
        )
        entries = _names({"Type": "/Font", "Subtype": kind, "BaseFont": f"/{self._base_name}"})
        entries |= {
            "CIDSystemInfo": system,
            "FontDescriptor": document.Reference(self._descriptor(document)),
            "DW": 1000,
            "W": self._widths(),
        }
        if not self._is_cff:
            entries["CIDToGIDMap"] = pdfdoc.PDFName("Identity")
        return pdfdoc.PDFDictionary(entries)

    def _descriptor(self, document: Any) -> Any:
        from reportlab.pdfbase import pdfdoc

        metrics = self._font.metrics
        scale = 1000 / metrics.units_per_em
        top, bottom = round(metrics.ascender * scale), round(metrics.descender * scale)
        entries = _names({"Type": "/FontDescriptor", "FontName": f"/{self._base_name}"})
        entries |= {
            "Flags": 4,
            "FontBBox": pdfdoc.PDFArray([0, bottom, 1000, top]),
            "ItalicAngle": 0,
            "Ascent": top,
            "Descent": bottom,
        }
        entries |= {
            "CapHeight": top,
            "StemV": 80,
            "FontFile3" if self._is_cff else "FontFile2": document.Reference(self._program()),
        }
        return pdfdoc.PDFDictionary(entries)

    def _program(self) -> Any:
        from reportlab.pdfbase import pdfdoc

        if not self._is_cff:
            return _stream(self._font.sfnt, {"Length1": len(self._font.sfnt)})
        return _stream(self._font.tables()["CFF "], {"Subtype": pdfdoc.PDFName("CIDFontType0C")})

    def _widths(self) -> Any:
        from reportlab.pdfbase import pdfdoc

        scale = 1000 / self._font.metrics.units_per_em
        widths = {self._codes.get(g.index, g.index): round(g.advance * scale) for g in self._font.glyphs}
        pairs = (
            item for code, width in sorted(widths.items()) if width != 1000 for item in (code, pdfdoc.PDFArray([width]))
        )
        return pdfdoc.PDFArray(list(pairs))

    def _to_unicode(self, document: Any) -> Any:
        texts = {self._codes.get(glyph.index, glyph.index): glyph.char for glyph in reversed(self._font.glyphs)}
        lines = [f"<{code:04X}> <{char.encode('utf-16-be').hex().upper()}>" for code, char in sorted(texts.items())]
        blocks = [lines[start : start + 100] for start in range(0, len(lines), 100)]
        body = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
        return document.Reference(_stream(_CMAP.format(body=body).encode("ascii"), {}))


def _codes(font: ProofFont) -> dict[int, int]:
    """Glyph index to CID, where they differ: only in a CFF font that is keyed by CID itself."""
    from fontTools.ttLib import TTFont

    opened = TTFont(io.BytesIO(font.sfnt), lazy=True)
    if "glyf" in opened:
        return {}
    if "CFF " not in opened:
        raise SeganError(
            f"{font.path.name} has neither TrueType nor CFF outlines, which a PDF needs. Write a .html proof instead."
        )
    top = opened["CFF "].cff[0]
    return (
        {number: int(name[3:]) for number, name in enumerate(top.charset) if name.startswith("cid")}
        if hasattr(top, "ROS")
        else {}
    )


def _names(entries: dict[str, str]) -> dict[str, Any]:
    from reportlab.pdfbase import pdfdoc

    return {key: pdfdoc.PDFName(value[1:]) for key, value in entries.items()}


def _stream(content: bytes, entries: dict[str, Any]) -> Any:
    from reportlab.pdfbase import pdfdoc

    return pdfdoc.PDFStream(pdfdoc.PDFDictionary(entries), content, [pdfdoc.PDFZCompress])


_CMAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{body}
endcmap
CMapName currentdict /CMap defineresource pop
end
end
"""
