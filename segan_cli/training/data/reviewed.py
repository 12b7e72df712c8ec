"""What a review left in a drawn folder, as glyphs to learn from: retouched, chosen, corrected and accepted drawings.

They are put by as a glyph folder of their own, for the drawn folder goes on changing: a run keeps what it began with.
"""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import torch

from segan_cli.building.drawn import origin_of, read_drawn
from segan_cli.config import from_mapping
from segan_cli.errors import GlyphError, UsageError
from segan_cli.files.documents import read_json
from segan_cli.files.plain import read_plain
from segan_cli.files.writing import hidden_prefix, make_folder, write_json
from segan_cli.glyph import Frame
from segan_cli.source.adjustment import adjusted_picture
from segan_cli.source.glyph_folder import FolderFit, GlyphFile, read_glyph, scan_glyph_folder, write_frame, write_glyph
from segan_cli.source.review_decisions import NO_ADJUSTMENT, Adjustment, read_decisions
from segan_cli.training.data.dataset import FineTargets, HandPairs, cache_folder, read_pairs, write_pairs

REVIEWED_FILE = "reviewed.json"
"""Beside pictures that were put by: which of them were corrected."""

SIZE_PX = 512
"""Side of the pictures put by, where the drawn folder does not say its own."""

BY_HAND = ("redraw", "retouch")
"""Actions of a review that change the picture: another drawing chosen, strokes mended."""


@dataclass(frozen=True, slots=True)
class ReviewedGlyph:
    """A drawn folder's glyph that a person wants to have.

    Args:
        file: its picture.
        adjustment: to be applied to it.
        corrected: written, retouched, chosen or adjusted by a person; else it was accepted as it was drawn.
    """

    file: GlyphFile
    adjustment: Adjustment
    corrected: bool


@dataclass(frozen=True, slots=True)
class ReviewedRecord:
    """The record of `reviewed.json`."""

    corrected: str
    accepted: str


def put_by(folder: Path, written: Collection[str], times: int) -> Path:
    """Put a review's glyphs by, in the user's cache folder.

    Of glyphs accepted as they were drawn at most as many are taken as there are written and corrected ones, so that the
    network does not learn from itself alone.

    Args:
        folder: a drawn folder; or what was put by of one already, which is given back.
        written: the characters of the hand's own folder, which are learned from there.
        times: how often a corrected glyph counts.

    Raises:
        UsageError: no glyph of the folder was accepted or corrected.
    """
    if (folder / REVIEWED_FILE).is_file():
        return folder
    found, fit = reviewed_glyphs(folder)
    found = [one for one in found if one.file.char not in written]
    corrected = [one for one in found if one.corrected]
    accepted = sorted((one for one in found if not one.corrected), key=lambda one: _chance(one.file.char))
    learned = [*corrected, *accepted[: len(written) + times * len(corrected)]]
    if not learned:
        raise UsageError(
            f"Of the glyphs of {folder} none was accepted, retouched or chosen that you have not written. Look through "
            f"them first: segan review {folder}"
        )
    frame = fit.frame if fit.rule == "frame" and fit.frame else Frame(SIZE_PX)
    place = cache_folder() / f"reviewed-{_hash(learned, frame)}"
    if not place.is_dir():
        _write(learned, fit, frame, place)
    return place


def reviewed_glyphs(folder: Path) -> tuple[list[ReviewedGlyph], FolderFit]:
    """The glyphs of a drawn folder that were accepted or corrected in a review, or written into it; and how they are read.

    Raises:
        UsageError: no such folder.
    """
    scanned, decisions, drawn = scan_glyph_folder(folder), read_decisions(folder), read_drawn([folder])
    files = {entry.char: entry.path for entry in scanned.entries}
    accepted = decisions.with_status(files, "accepted")
    unwanted = decisions.with_status(files, "refused", "write")
    found = []
    for entry in scanned.entries:
        adjustment = decisions.of(entry.char).adjustment
        if origin_of(entry.char, folder, drawn) == "written":
            if entry.char not in unwanted:
                found.append(ReviewedGlyph(entry, adjustment, True))
        elif entry.char in accepted:
            by_hand = accepted[entry.char].action in BY_HAND or _moves_ink(adjustment)
            found.append(ReviewedGlyph(entry, adjustment, by_hand))
    return found, scanned.fit


def join_reviewed(hand: HandPairs, reviewed: HandPairs, folder: Path, times: int) -> HandPairs:
    """A hand's pairs together with those of a review, which are learned from wherever the split puts them.

    Args:
        hand: the hand's own.
        reviewed: the pairs of the folder, at the hand's placement.
        folder: what `put_by` gave.
        times: how often a corrected glyph counts.
    """
    record = from_mapping(ReviewedRecord, read_json(folder / REVIEWED_FILE), where=str(folder / REVIEWED_FILE))
    new = [row for row, char in enumerate(reviewed.chars) if char not in set(hand.chars)]
    key = hashlib.sha256(f"{hand.key}|{reviewed.key}|{record.corrected}".encode()).hexdigest()
    path = cache_folder() / f"pairs-{key[:24]}.safetensors"
    joined = read_pairs(path, hand.name)
    if joined is None or joined.key != key:
        joined = _joined(hand, reviewed, new, key)
        write_pairs(path, joined)
        joined = read_pairs(path, hand.name) or joined
    added = {reviewed.chars[row] for row in new}
    return dataclasses.replace(
        joined,
        learned=hand.learned | added,
        corrected=(*hand.corrected, *(char for char in record.corrected if char in added)),
        accepted=(*hand.accepted, *(char for char in record.accepted if char in added)),
        times=times,
        reviewed=(*hand.reviewed, folder),
    )


def _joined(hand: HandPairs, reviewed: HandPairs, new: list[int], key: str) -> HandPairs:
    chars = [*hand.chars, *(reviewed.chars[row] for row in new)]
    order = sorted(range(len(chars)), key=chars.__getitem__)

    def both(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        return torch.cat([one, other[new]])[order].contiguous()

    fine = None
    if hand.fine is not None and reviewed.fine is not None:
        fine = FineTargets(
            both(hand.fine.distances, reviewed.fine.distances), both(hand.fine.gestures, reviewed.fine.gestures)
        )
    return dataclasses.replace(
        hand,
        chars=tuple(chars[row] for row in order),
        pictures=both(hand.pictures, reviewed.pictures),
        key=key,
        lacking=(*hand.lacking, *reviewed.lacking),
        problems=(*hand.problems, *reviewed.problems),
        fine=fine,
    )


def _write(glyphs: list[ReviewedGlyph], fit: FolderFit, frame: Frame, place: Path) -> None:
    make_folder(place.parent)
    beside = Path(tempfile.mkdtemp(prefix=hidden_prefix(), dir=place.parent))
    try:
        kept: dict[bool, list[str]] = {True: [], False: []}
        for glyph in glyphs:
            try:
                raster = read_glyph(glyph.file, fit, frame)
            except GlyphError:
                continue
            write_glyph(adjusted_picture(raster, glyph.adjustment), beside)
            kept[glyph.corrected].append(glyph.file.char)
        write_frame(frame, beside)
        record = ReviewedRecord("".join(sorted(kept[True])), "".join(sorted(kept[False])))
        write_json(beside / REVIEWED_FILE, dataclasses.asdict(record))
        beside.rename(place)
    except OSError:
        if not place.is_dir():  # else another process was quicker
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _moves_ink(adjustment: Adjustment) -> bool:
    return any(getattr(adjustment, name) != getattr(NO_ADJUSTMENT, name) for name in ("weight", "size", "dx", "dy"))


def _chance(char: str) -> bytes:
    return hashlib.sha256(f"accepted:{char}".encode()).digest()


def _hash(glyphs: list[ReviewedGlyph], frame: Frame) -> str:
    hasher = hashlib.sha256(repr(frame).encode())
    for glyph in glyphs:
        data = read_plain(glyph.file.path)
        hasher.update(f"{glyph.file.char}|{glyph.adjustment}|{glyph.corrected}|".encode())
        hasher.update(hashlib.sha256(data).digest())
    return hasher.hexdigest()[:24]
