"""Pairs: the glyphs of a folder beside the source font's drawing of the same characters, with both skeletons.

Built once and kept in one file whose name is the hash of everything that went in; a second start takes seconds.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segan_cli.config import from_mapping
from segan_cli.errors import GlyphError, SeganError
from segan_cli.files.documents import parse_json
from segan_cli.files.plain import read_plain
from segan_cli.files.writing import home_folder, make_folder, written_beside
from segan_cli.glyph import Frame, GlyphRaster, Ink, Placement
from segan_cli.source.glyph_folder import (
    FolderFit,
    GlyphFile,
    GlyphFolder,
    inspect_glyph,
    read_glyph,
    scan_glyph_folder,
)
from segan_cli.source.raster import draw_all, hand_fit, render_glyph
from segan_cli.source.skeleton import skeleton_ink, thin
from segan_cli.source.source_font import SourceFont
from segan_cli.source.split import Part as Part
from segan_cli.source.split import part_of as part_of
from segan_cli.training.data.distance import OVERSAMPLED, pack_distance, signed_distance
from segan_cli.training.data.gesture import measure_gesture
from segan_cli.workers import map_in_workers

FORMAT = "segan pairs 2"
KEY_FORMAT = "segan pairs 1"
"""Part of the key: it changes when the same glyphs would make other pairs."""

FINE_FORMAT = "distances 1"
"""The same for targets kept as distances and their gestures."""

FIT_SAMPLE = 400
"""Glyphs that the hand's size and position are measured on."""

WORTH_WORKERS = 500
"""Glyphs from which on starting worker processes is quicker than doing without."""

FEWEST_GLYPHS = 50
FEWEST_WITH_INIT = 10
ENOUGH = "From scratch, about 1,000 glyphs give a usable hand and 3,000 a good one; with --init, about 100 are enough."


@dataclass(frozen=True, slots=True)
class SourceName:
    """Which font the source glyphs come from: family, what opens it here ("" for a pack), SHA-256 of the file."""

    family: str
    spec: str
    sha256: str


FINE_SCALE = 2
"""Side of the targets kept as distances, in sides of the canvas."""

Pixels = npt.NDArray[np.uint8]

SOURCE, SOURCE_SKELETON, TARGET, TARGET_SKELETON = range(4)
"""Planes of a pair's pictures: X_i, X_s, Y_t, Y_s."""


@dataclass(frozen=True, eq=False)
class FineTargets:
    """The targets as a network with an edge stage learns them.

    Args:
        distances: (N, 2S, 2S) uint8, `pack_distance` of the signed distance in pixels of this grid.
        gestures: (N, 2) float32, weight (thousandths of the side) and contrast of each target.
    """

    distances: Tensor
    gestures: Tensor


@dataclass(frozen=True, eq=False)
class MadePair:
    """One pair: (4, S, S) uint8 pictures; and, where they are wanted, (2S, 2S) uint8 distance and its weight and contrast.

    `mended` and `doubts` say how its picture was read.
    """

    pictures: Pixels
    distance: Pixels | None = None
    gesture: tuple[float, float] | None = None
    mended: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class HandPairs:
    """One hand's pairs.

    Args:
        name: the style's name.
        chars: N characters, in code point order.
        pictures: (N, 4, S, S) uint8, 255 is ink: source, source skeleton, target, target skeleton.
        placement: how the source was moved to where the hand writes.
        key: hash of everything that went in.
        source: the source font.
        lacking: characters of the folder that the source font lacks.
        problems: files that were left out, and what was noticed about the others, one sentence each.
        fine: the targets as distances, with their gestures; None where no network wants them.
        learned: characters that are learned from wherever the split puts them.
        corrected: those of them that a person wrote, retouched, chose or adjusted in a review.
        accepted: those of them that were accepted as they were drawn.
        times: how often a corrected one is drawn for each time that another one is.
        reviewed: the folders in which a review's glyphs were put by that are among these pairs.
    """

    name: str
    chars: tuple[str, ...]
    pictures: Tensor
    placement: Placement
    key: str
    source: SourceName
    lacking: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    fine: FineTargets | None = None
    learned: frozenset[str] = frozenset()
    corrected: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    times: int = 1
    reviewed: tuple[Path, ...] = ()

    def part(self, char: str, seed: int) -> Part:
        """The part of the split that a character belongs to."""
        return "train" if char in self.learned else part_of(char, seed)

    def rows(self, part: Part, seed: int) -> list[int]:
        """The rows of one part of the split; in the training part those of corrected glyphs come several times."""
        rows = [row for row, char in enumerate(self.chars) if self.part(char, seed) == part]
        if part != "train" or self.times == 1:
            return rows
        corrected = set(self.corrected)
        return rows + [row for row in rows if self.chars[row] in corrected for _ in range(self.times - 1)]


@dataclass(frozen=True, slots=True)
class PairJob:
    """What a worker needs to make one pair."""

    file: GlyphFile
    fit: FolderFit
    font: SourceFont
    placement: Placement
    frame: Frame
    fine: bool = False


def load_pairs(
    name: str,
    folder: Path,
    font: SourceFont,
    frame: Frame,
    *,
    match_hand: bool = True,
    fine: bool = False,
    placement: Placement | None = None,
    cache: Path | None = None,
    workers: int = 0,
    advance: Callable[[int], None] = lambda steps: None,
) -> HandPairs:
    """The pairs of a glyph folder, from the cache or made now.

    Args:
        name: the style's name.
        folder: the glyph folder.
        font: the source font.
        frame: the canvas.
        match_hand: move the source to where the hand writes.
        fine: keep the targets as distances and their gestures, too.
        placement: where the hand writes, where that is known; None measures it, if `match_hand` says so.
        cache: folder of the kept pairs; None takes the user's cache folder.
        workers: processes; 0 takes one for each core.
        advance: called with the number of glyphs read since the last call.

    Raises:
        SeganError: no glyph of the folder can be paired.
    """
    scanned = scan_glyph_folder(folder)
    key = pairs_key(scanned, font, frame, match_hand=match_hand, fine=fine, placement=placement)
    path = (cache or cache_folder()) / f"pairs-{key[:24]}.safetensors"
    kept = read_pairs(path, name)
    if kept is not None and kept.key == key:
        return kept
    if placement is None:
        entries = [entry for entry in scanned.entries if font.has(entry.char)]
        placement = _placement(entries, scanned, font, frame) if match_hand and entries else Placement()
    made = _make_pairs(name, scanned, font, frame, key, placement, fine, workers, advance)
    write_pairs(path, made)
    return read_pairs(path, name) or made


def pairs_key(
    folder: GlyphFolder,
    font: SourceFont,
    frame: Frame,
    *,
    match_hand: bool,
    fine: bool = False,
    placement: Placement | None = None,
) -> str:
    """The hash of everything that pairs are made of: pictures, how they are fitted, source font, canvas, distances or none."""
    kind = f"|{FINE_FORMAT}" if fine else ""
    fit = str(folder.fit) if folder.fit.rule == "frame" else repr(folder.fit)  # which says how ink is found, too
    place = "" if placement is None else f"|{placement}"
    key = f"{KEY_FORMAT}|{fit}|{font.sha256}|{font.spec}|{frame}|{match_hand}{kind}{place}"
    hasher = hashlib.sha256(key.encode())
    for entry in folder.entries:
        hasher.update(entry.char.encode())
        hasher.update(hashlib.sha256(read_plain(entry.path)).digest())
    return hasher.hexdigest()


def check_enough(pairs: Sequence[HandPairs], *, initialised: bool) -> None:
    """Refuse to train on too few glyphs.

    Raises:
        SeganError: a hand has fewer than 50 (10 when training starts from trained weights), with what is enough.
    """
    fewest = FEWEST_WITH_INIT if initialised else FEWEST_GLYPHS
    for hand in pairs:
        if len(hand.chars) < fewest:
            advice = "" if initialised else " Or start from trained weights: --init BUNDLE_OR_RUN."
            raise SeganError(
                f"{hand.name} has {len(hand.chars)} glyphs that can be paired; at least {fewest} are needed. {ENOUGH}{advice}"
            )


def cache_folder() -> Path:
    """Where pairs are kept: $SEGAN_CACHE, else `segan` in the user's cache folder."""
    if os.environ.get("SEGAN_CACHE"):
        return Path(os.environ["SEGAN_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME") or home_folder() / ".cache") / "segan"


def write_pairs(path: Path, pairs: HandPairs) -> None:
    """Keep pairs in one safetensors file, written beside and renamed."""
    from safetensors.torch import save_file

    make_folder(path.parent)
    metadata = {
        "format": FORMAT,
        "key": pairs.key,
        "chars": "".join(pairs.chars),
        "placement": json.dumps(asdict(pairs.placement)),
        "source": json.dumps(asdict(pairs.source)),
        "lacking": "".join(pairs.lacking),
        "problems": json.dumps(pairs.problems),  # names that are no UTF-8 stand in it as escapes
    }
    tensors = {"pictures": pairs.pictures}
    if pairs.fine is not None:
        tensors |= {"distances": pairs.fine.distances, "gestures": pairs.fine.gestures}
    with written_beside(path) as beside:
        save_file(tensors, beside, metadata=metadata)


def read_pairs(path: Path, name: str) -> HandPairs | None:
    """Pairs that were kept; None where there are none, or the file is damaged or from another version."""
    from safetensors import safe_open

    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                return None
            pictures = file.get_tensor("pictures")
            fine = None
            if "distances" in file.keys():  # noqa: SIM118 – not a mapping
                fine = FineTargets(file.get_tensor("distances"), file.get_tensor("gestures"))
        placement = from_mapping(Placement, parse_json(metadata["placement"], str(path)))
        source = from_mapping(SourceName, parse_json(metadata["source"], str(path)))
        problems = tuple(map(str, parse_json(metadata["problems"], str(path))))
        chars, lacking, key = tuple(metadata["chars"]), tuple(metadata["lacking"]), metadata["key"]
    except Exception:  # of a damaged file safetensors and torch raise of several kinds; it is made again
        return None
    if pictures.dtype != torch.uint8 or pictures.ndim != 4 or pictures.shape[:2] != (len(chars), 4):
        return None
    if fine is not None and not (len(fine.distances) == len(fine.gestures) == len(chars)):
        return None
    return HandPairs(name, chars, pictures, placement, key, source, lacking, problems, fine)


def _make_pairs(
    name: str,
    folder: GlyphFolder,
    font: SourceFont,
    frame: Frame,
    key: str,
    placement: Placement,
    fine: bool,
    workers: int,
    advance: Callable[[int], None],
) -> HandPairs:
    entries = [entry for entry in folder.entries if font.has(entry.char)]
    lacking = tuple(entry.char for entry in folder.entries if not font.has(entry.char))
    if not entries:
        raise SeganError(
            f"{font.family} has none of the {len(folder.entries)} characters of {folder.path}. Choose another --source-font."
        )
    jobs = [PairJob(entry, folder.fit, font, placement, frame, fine) for entry in entries]
    workers = workers or (1 if len(jobs) < WORTH_WORKERS else 0)
    made = list(zip(entries, map_in_workers(make_pair, jobs, workers=workers, advance=advance), strict=True))
    failed = [str(pair) for _, pair in made if isinstance(pair, GlyphError)]
    found = {entry.char: pair for entry, pair in made if not isinstance(pair, GlyphError)}
    shared = _shared_pictures(found)
    chars = tuple(char for char in found if char not in shared)
    notes = [str(problem) for problem in folder.problems] + failed
    notes += [f"{char}: its picture is that of another character, too" for char in sorted(shared)]
    notes += _reading_notes(found)
    if not chars:
        raise SeganError(f"No glyph of {folder.path} can be paired. The first reason: {notes[0] if notes else 'none'}")
    pictures, kept = stacked([found[char] for char in chars])
    source = SourceName(font.family, font.spec, font.sha256)
    return HandPairs(name, chars, pictures, placement, key, source, lacking, tuple(notes), kept)


def _reading_notes(pairs: Mapping[str, MadePair]) -> list[str]:
    """What was taken off the pictures, in how many; and which of them a person should look at."""
    mended = Counter(fault.split(" on ")[0] for pair in pairs.values() for fault in pair.mended)
    notes = [f"{fault}: put right in {count} pictures" for fault, count in mended.most_common()]
    return notes + [f"{char}: {', '.join(pair.doubts)}" for char, pair in pairs.items() if pair.doubts]


def make_pair(job: PairJob) -> MadePair | GlyphError:
    """One pair; or what is wrong with it. Runs in workers."""
    try:
        reading = inspect_glyph(job.file, job.fit, job.frame)
        target = reading.raster
        source = render_glyph(job.font, job.file.char, job.frame, job.placement)
        planes = [plane for raster in (source, target) for plane in (raster.ink, _skeleton(raster))]
        pictures = np.rint(np.stack(planes) * 255).astype(np.uint8)
        if not job.fine:
            return MadePair(pictures, mended=reading.mended, doubts=reading.doubts)
        large = dataclasses.replace(job.frame, size_px=job.frame.size_px * FINE_SCALE * OVERSAMPLED)
        pair = with_distance(pictures, read_glyph(job.file, job.fit, large).ink)
        return dataclasses.replace(pair, mended=reading.mended, doubts=reading.doubts)
    except GlyphError as error:
        return error
    except SeganError as error:
        return GlyphError(job.file.char, "read", str(error))


def with_distance(pictures: Pixels, large: Ink) -> MadePair:
    """A pair with its target as distance and its gesture.

    Args:
        pictures: (4, S, S) uint8.
        large: (4S, 4S) ink of the target.
    """
    distance = signed_distance(large)
    side = len(distance)
    middle = large.reshape(side, OVERSAMPLED, side, OVERSAMPLED).mean((1, 3))
    gesture = measure_gesture(middle)
    return MadePair(pictures, pack_distance(distance), (gesture.weight, gesture.contrast))


def stacked(pairs: Sequence[MadePair]) -> tuple[Tensor, FineTargets | None]:
    """Pairs as one (N, 4, S, S) tensor; and their distances and gestures, where they have them."""
    pictures = torch.from_numpy(np.stack([pair.pictures for pair in pairs]))
    distances = [pair.distance for pair in pairs if pair.distance is not None]
    if not distances:
        return pictures, None
    gestures = torch.tensor([pair.gesture for pair in pairs], dtype=torch.float32)
    return pictures, FineTargets(torch.from_numpy(np.stack(distances)), gestures)


def _skeleton(raster: GlyphRaster) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return skeleton_ink(thin(raster.ink), raster.frame.size_px)


def _placement(entries: Sequence[GlyphFile], folder: GlyphFolder, font: SourceFont, frame: Frame) -> Placement:
    """The hand's size and position, from glyphs spread evenly over the folder."""
    sample = entries[:: max(1, -(-len(entries) // FIT_SAMPLE))]
    written = []
    for entry in sample:
        try:
            written.append(read_glyph(entry, folder.fit, frame))
        except GlyphError:
            continue
    drawn, _ = draw_all(font, [raster.char for raster in written], frame)
    return hand_fit(drawn, written) if drawn and written else Placement()


def _shared_pictures(found: dict[str, MadePair]) -> set[str]:
    """Characters whose target is, pixel for pixel, that of another: fonts fill gaps so, and it teaches errors."""
    owners: dict[bytes, list[str]] = {}
    for char, pair in found.items():
        owners.setdefault(hashlib.sha256(pair.pictures[2].tobytes()).digest(), []).append(char)
    return {char for chars in owners.values() if len(chars) > 1 for char in chars}
