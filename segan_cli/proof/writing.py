"""Writes proofs: a font in, a page, a picture or a document out, chosen by the file's ending."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from segan_cli.errors import SeganError, UsageError, did_you_mean
from segan_cli.files.font_file import reading_font
from segan_cli.files.writing import check_output, real_path, written_beside
from segan_cli.proof.page import draw_page
from segan_cli.proof.proof import Proof, open_proof

PROOF_ENDINGS = (".html", ".png", ".pdf")


def write_proof(font: Path, out: Path, *, report: Mapping[str, Any] | None = None, sample_text: str = "") -> Path:
    """Write one proof of a font.

    Args:
        font: a TTF, OTF, WOFF2 or WOFF file.
        out: .html (self-contained page), .png (contact sheet) or .pdf (printable specimen).
        report: the build report, or None.
        sample_text: text to set in place of the classical samples.

    Returns:
        `out`. A font too large for one picture has further ones beside it, `out-2.png` and so on.

    Raises:
        UsageError: an unknown ending, a folder that cannot be made, or what `open_proof` finds.
        SeganError: a damaged font.
    """
    return write_proofs(font, [out], report=report, sample_text=sample_text)[0]


def write_proofs(
    font: Path, outs: Sequence[Path], *, report: Mapping[str, Any] | None = None, sample_text: str = ""
) -> tuple[Path, ...]:
    """Write several proofs of one font, which is opened once; see `write_proof`.

    Returns:
        Every file written, in the order of `outs`; the first file of each comes first.
    """
    for out in outs:
        _check_out(out, font)
    if sample_text and all(out.suffix.lower() == ".png" for out in outs):
        raise UsageError(
            f"{outs[0].name} would be a contact sheet, which shows every glyph and sets no text. For your text write a page or a "
            "document: --out proof.html or --out proof.pdf"
        )
    if any("\ud800" <= char <= "\udfff" for char in sample_text):
        raise UsageError("The text holds bytes that are no UTF-8. Type it again, or set the terminal to UTF-8.")
    proof = open_proof(font, report=report, sample_text=sample_text)
    written: list[Path] = []
    for out in outs:
        with reading_font(font, SeganError):
            drawn = _draw(proof, out.suffix.lower())
        written += _save(drawn, out)
    return tuple(written)


def _check_out(out: Path, font: Path) -> None:
    ending = out.suffix.lower()
    if ending not in PROOF_ENDINGS:
        known = ", ".join(PROOF_ENDINGS)
        raise UsageError(
            f"{out.name} ends in {ending or 'nothing'}; a proof ends in one of {known}.{did_you_mean(ending, PROOF_ENDINGS)}"
        )
    if out.is_dir():
        raise UsageError(f"{out} is a folder; give the proof a file name.")
    if real_path(out) == real_path(font):
        raise UsageError(f"{out} is the font itself; give the proof another name.")
    check_output(out)


def _draw(proof: Proof, ending: str) -> list[bytes]:
    from segan_cli.proof.pdf import draw_pdf
    from segan_cli.proof.sheet import draw_sheets

    painters: dict[str, Callable[[Proof], list[bytes]]] = {".html": draw_page, ".png": draw_sheets, ".pdf": draw_pdf}
    return painters[ending](proof)


def _save(files: list[bytes], out: Path) -> list[Path]:
    """`out`, and beside it `out-2`, `out-3` … for the further sheets of a large font."""
    paths = [out, *(out.with_stem(f"{out.stem}-{number}") for number in range(2, len(files) + 1))]
    for path, content in zip(paths, files, strict=True):
        with written_beside(path) as beside:
            beside.write_bytes(content)
    return paths
