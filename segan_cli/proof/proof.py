"""What every proof shows: the font, its report, and the texts to set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segan_cli.errors import UsageError
from segan_cli.proof.proof_font import ProofFont, open_proof_font
from segan_cli.proof.samples import Specimen, choose_specimen
from segan_cli.proof.verdicts import Verdicts, belongs, judge, read_report


@dataclass(frozen=True, slots=True)
class Proof:
    """All that a proof shows: the font, what is known about its glyphs, and the texts to set."""

    font: ProofFont
    verdicts: Verdicts
    specimen: Specimen


def open_proof(font: Path, *, report: Mapping[str, Any] | None = None, sample_text: str = "") -> Proof:
    """Open a font for proofing.

    Args:
        font: a TTF, OTF, WOFF2 or WOFF file.
        report: the build report (`read_report`), or None.
        sample_text: text to set in place of the classical samples.

    Raises:
        UsageError: no font, or a report that belongs to another font.
        SeganError: a damaged font, or one without characters.
    """
    opened = open_proof_font(font)
    return Proof(opened, judge(opened, report), choose_specimen(opened, sample_text))


def find_report(font: Path) -> Path | None:
    """The build report beside the font, if there is one and it belongs to the font."""
    path = font.with_suffix(".report.json")
    if not (path.is_file() and font.is_file()):
        return None
    try:
        return path if belongs(open_proof_font(font), read_report(path)) else None
    except UsageError:
        return None
