"""Write a study: one page that holds everything, and the key, which stays with whoever asks."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from segan_cli.errors import EmptyGlyphError, GlyphError, UsageError
from segan_cli.files.writing import check_output_folder, make_folder, write_json, written_beside
from segan_cli.glyph import Frame, Ink
from segan_cli.review.study.trials import HAND, StudySettings, make_trials
from segan_cli.source.folder_fit import FolderFit
from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder
from segan_cli.source.glyph_image import GlyphFile
from segan_cli.source.skeleton import thin

PAGE, KEY = "study.html", "key.json"
SIDE = 160
"""Side of the pictures in pixels: as judges see them on the page at double density."""
MEASURED_AT = 64

Folder = tuple[dict[str, GlyphFile], FolderFit]


def new_study(real: Path, methods: Mapping[str, Path], out: Path, settings: StudySettings) -> dict[str, Any]:
    """Write a study's page and key.

    Args:
        real: folder of the hand's own glyphs.
        methods: folder of each method's glyphs, by its name.
        out: where to.
        settings: how much is asked.

    Returns:
        What was made: "page", "key", "questions", "characters".

    Raises:
        UsageError: no method, a folder without glyphs, too few characters in common, or a study is there already.
    """
    if not methods:
        raise UsageError("Name what is to be judged: --method segan=drawn/ (several may be given).")
    if HAND in methods:
        raise UsageError(f"{HAND!r} is the hand itself; give the method another name.")
    if (out / KEY).exists():
        raise UsageError(f"{out} holds a study already, whose answers its key is needed for. Choose another --out.")
    check_output_folder(out)
    folders = {name: _scanned(path) for name, path in {HAND: real, **methods}.items()}
    common = set.intersection(*(set(found) for found, _ in folders.values()))
    chars = {char: length for char in sorted(common) if (length := _written(char, folders)) is not None}
    trials = make_trials(chars, list(methods), settings)
    pictures = _Pictures(folders)
    shown = [
        {"name": t.name, "kind": t.kind, "pictures": [pictures.of(*one) for one in zip(t.items, t.chars, strict=True)]}
        for t in trials
    ]
    study = hashlib.sha256(json.dumps([asdict(trial) for trial in trials]).encode()).hexdigest()[:16]
    make_folder(out)
    make_folder(out / "answers")
    write_json(out / KEY, {"study": study, "methods": list(methods), "trials": [asdict(trial) for trial in trials]})
    with written_beside(out / PAGE) as beside:
        beside.write_text(
            _page({"study": study, "questions": shown, "pictures": pictures.urls}), encoding="utf-8", errors="replace"
        )
    return {"page": str(out / PAGE), "key": str(out / KEY), "questions": len(trials), "characters": len(chars)}


class _Pictures:
    """Every picture once, in an order that tells nothing."""

    def __init__(self, folders: Mapping[str, Folder]) -> None:
        self._folders = folders
        self._places: dict[tuple[str, str], int] = {}
        self.urls: list[str] = []

    def of(self, item: str, char: str) -> int:
        """The number of a picture."""
        if (item, char) not in self._places:
            found, fit = self._folders[item]
            ink = read_glyph(found[char], fit, Frame(SIDE)).ink
            self._places[item, char] = len(self.urls)
            self.urls.append("data:image/png;base64," + base64.b64encode(_png(ink)).decode("ascii"))
        return self._places[item, char]


def _scanned(path: Path) -> Folder:
    folder = scan_glyph_folder(path)
    return {entry.char: entry for entry in folder.entries}, folder.fit


def _written(char: str, folders: Mapping[str, Folder]) -> float | None:
    """How long the hand's strokes are in a character, in parts of the side; None where a folder's picture cannot be read."""
    try:
        rasters = [read_glyph(found[char], fit, Frame(MEASURED_AT)) for found, fit in folders.values()]
        return float(thin(rasters[0].ink).sum()) / MEASURED_AT
    except (GlyphError, EmptyGlyphError):
        return None


def _png(ink: Ink) -> bytes:
    """A picture of two tones and their greys; nothing in the file says where it comes from."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(255 - np.rint(ink * 255).astype(np.uint8)).quantize(16).save(file, "PNG", optimize=True)
    return file.getvalue()


def _page(data: Mapping[str, Any]) -> str:
    words = json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    parts: Sequence[tuple[str, str]] = (
        ("@@STYLE@@", _template("study.css")),
        ("@@SCRIPT@@", _template("study.js")),
        ("@@DATA@@", words),
    )
    page = _template("study.html")
    for mark, text in parts:
        page = page.replace(mark, text)
    return page


def _template(name: str) -> str:
    return files("segan_cli.review.study").joinpath(name).read_text(encoding="utf-8")
