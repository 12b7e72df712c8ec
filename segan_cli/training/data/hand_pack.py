"""Pairs in one small archive, for moving them to a machine with a GPU: PNG pictures and a few metadata in a zip.

    pack.json               format, canvas, source font, and per hand: name, placement, key
    NAME/U+6C38.png         the hand's glyph
    NAME/source/U+6C38.png  the source glyph, already where the hand writes

Skeletons are not packed: they are made again, exactly. 20,000 pairs at 128 px and 4 bits take less than 50 MB.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

import numpy as np
import numpy.typing as npt

from segan_cli.config import from_mapping
from segan_cli.errors import EmptyGlyphError, SeganError, UsageError
from segan_cli.files.documents import parse_json
from segan_cli.files.plain import foreign_kind, read_plain
from segan_cli.files.writing import is_safe_name, safe_name, written_beside
from segan_cli.glyph import Frame, Placement, code_point
from segan_cli.source.glyph_folder import write_frame
from segan_cli.source.glyph_names import char_of_name
from segan_cli.source.skeleton import skeleton_ink, thin
from segan_cli.training.data.dataset import (
    FINE_SCALE,
    SOURCE,
    TARGET,
    HandPairs,
    MadePair,
    SourceName,
    stacked,
    with_distance,
)
from segan_cli.training.data.distance import OVERSAMPLED

FORMAT = "segan pack 1"
METADATA_FILE = "pack.json"
DEPTHS = (1, 2, 4, 8)
LARGEST_PICTURE = 1 << 20
"""Bytes that one packed picture may take when unpacked as a file; ours take about a thousand."""
LARGEST_METADATA = 1 << 20
"""Bytes of `pack.json`."""
MOST_FILES = 400_000
LARGEST_ARCHIVE = 8 << 30
"""Bytes of everything unpacked."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PackedFont:
    """The source font of a pack."""

    family: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PackedHand:
    """One hand of a pack; its name is the name of a folder."""

    name: str
    placement: Placement
    key: str

    def __post_init__(self) -> None:
        safe_name(self.name, "A hand's name in it")


@dataclass(frozen=True, slots=True)
class PackMetadata:
    """What `pack.json` says."""

    format: str
    frame: Frame
    bits: int
    source_font: PackedFont
    hands: tuple[PackedHand, ...]

    def __post_init__(self) -> None:
        if self.format != FORMAT:
            raise ValueError(f"it was packed by another version (its format: {self.format!r}). Pack it again.")
        if len({hand.name for hand in self.hands}) != len(self.hands) or not self.hands:
            raise ValueError("it must hold at least one hand, each with its own name.")


def is_pack(path: Path) -> bool:
    """Whether a path names an archive of `segan dataset pack`."""
    return path.suffix.lower() == ".zip"


def write_pack(path: Path, hands: Sequence[HandPairs], frame: Frame, *, bits: int = 4) -> int:
    """Pack pairs.

    Args:
        path: the zip to write.
        hands: the pairs.
        frame: their canvas.
        bits: grey levels of each pixel as bits: 1, 2, 4 or 8.

    Returns:
        The archive's size in bytes.

    Raises:
        UsageError: another number of bits, no pairs, two hands of one name, or a name that no folder can have everywhere.
    """
    if bits not in DEPTHS:
        raise UsageError(f"--bits {bits}: a pixel has 1, 2, 4 or 8 bits.")
    if not hands:
        raise UsageError("Pack at least one hand.")
    twice = sorted(name for name, count in Counter(hand.name for hand in hands).items() if count > 1)
    if twice:
        raise UsageError(f"Two hands are called {', '.join(twice)}, by their folders. Rename one, or pack each alone.")
    for hand in hands:
        safe_name(hand.name, "The hand's name, which is its folder's (rename that),")
    metadata = {
        "format": FORMAT,
        "frame": asdict(frame),
        "bits": bits,
        "source_font": {"family": hands[0].source.family, "sha256": hands[0].source.sha256},
        "hands": [{"name": hand.name, "placement": asdict(hand.placement), "key": hand.key} for hand in hands],
    }
    with written_beside(path) as beside, zipfile.ZipFile(beside, "w") as archive:
        _add(archive, METADATA_FILE, json.dumps(metadata, ensure_ascii=False, indent=1).encode(), zipfile.ZIP_DEFLATED)
        for hand in hands:
            for row, char in enumerate(hand.chars):
                source, target = (hand.pictures[row, plane].numpy() for plane in (SOURCE, TARGET))
                _add(archive, f"{hand.name}/{code_point(char)}.png", png_bytes(target, bits))
                _add(archive, f"{hand.name}/source/{code_point(char)}.png", png_bytes(source, bits))
    return path.stat().st_size


def read_pack(path: Path, name: str, frame: Frame, *, fine: bool = False) -> HandPairs:
    """One hand's pairs from an archive.

    Args:
        path: the zip.
        name: which hand; an archive of one hand gives it under any name.
        frame: the canvas wanted, which must be the archive's.
        fine: give the targets as distances and their gestures, too, from the packed pictures, enlarged.

    Raises:
        UsageError: no such archive or hand, or another canvas.
        SeganError: the archive is damaged.
    """
    with _opened(path) as archive:
        metadata = _metadata(archive, path)
        if metadata.frame.size_px != frame.size_px:
            raise UsageError(
                f"{path} was packed at {metadata.frame.size_px} px, the preset wants {frame.size_px}. Pack it again."
            )
        entry = _hand_entry(metadata, name, path)
        files = [file for file in archive.namelist() if _hand_of(file) == entry.name]
        found = [(_char(file, path), _made(_pair(archive, file, frame.size_px, path), fine)) for file in files]
    if not found:
        raise SeganError(f"{path} holds no glyph of {entry.name}. Pack it again.")
    pictures, kept = stacked([pair for _, pair in found])
    chars = tuple(char for char, _ in found)
    source = SourceName(metadata.source_font.family, "", metadata.source_font.sha256)
    return HandPairs(name, chars, pictures, entry.placement, entry.key, source, fine=kept)


def unpack(path: Path, out: Path) -> list[Path]:
    """Write an archive's hands as glyph folders with `frame.json`; their source glyphs lie in `source/` below each.

    Args:
        path: the zip.
        out: a folder is made in it for each hand.

    Returns:
        The glyph folders.

    Raises:
        UsageError: no such archive, or other pictures lie where it would be unpacked.
        SeganError: it is damaged, or names files outside its folders.
    """
    with _opened(path) as archive:
        metadata = _metadata(archive, path)
        folders = [out / hand.name for hand in metadata.hands]
        names = [info.filename for info in archive.infolist() if info.filename != METADATA_FILE]
        places = {name: out / _safe(name, metadata, path) for name in names}
        _refuse_others_pictures(archive, places, path)
        for name, place in places.items():
            with written_beside(place) as beside:
                beside.write_bytes(_picture(archive, name, path))
    for folder in folders:
        write_frame(metadata.frame, folder)
        write_frame(metadata.frame, folder / "source")
    return folders


def _refuse_others_pictures(archive: zipfile.ZipFile, places: Mapping[str, Path], path: Path) -> None:
    for name, place in places.items():
        if place.exists() and read_plain(place) != _picture(archive, name, path):
            raise UsageError(
                f"{place} is another picture than the one in {path.name}; nothing was unpacked. Choose another --out."
            )


def png_bytes(ink: Pixels, bits: int) -> bytes:
    """Ink (S, S) uint8, 255 is ink, as a grey PNG of so many bits, dark ink on light paper."""
    from PIL import Image

    levels = (1 << bits) - 1
    steps = levels - (ink.astype(np.uint16) * levels + 127) // 255
    buffer = io.BytesIO()
    if bits == 8:
        Image.fromarray(steps.astype(np.uint8)).save(buffer, "PNG", optimize=True)
        return buffer.getvalue()
    picture = Image.fromarray(steps.astype(np.uint8)).convert("P")
    picture.putpalette([value for step in range(levels + 1) for value in [step * 255 // levels] * 3])
    picture.save(buffer, "PNG", bits=bits, optimize=True)
    return buffer.getvalue()


def _made(pictures: Pixels, fine: bool) -> MadePair:
    if not fine:
        return MadePair(pictures)
    from PIL import Image

    side = pictures.shape[-1] * FINE_SCALE * OVERSAMPLED
    ink = Image.fromarray(pictures[2].astype(np.float32) / np.float32(255))
    large = np.asarray(ink.resize((side, side), Image.Resampling.BICUBIC), dtype=np.float32)
    return with_distance(pictures, large)


def _pair(archive: zipfile.ZipFile, file: str, size_px: int, path: Path) -> Pixels:
    """(4, S, S) uint8 of one packed glyph."""
    folder, _, picture = file.partition("/")
    planes = []
    for name in (f"{folder}/source/{picture}", file):
        ink = _ink(_picture(archive, name, path), name, size_px, path)
        try:
            line = skeleton_ink(thin(ink.astype(np.float32) / np.float32(255)), size_px)
        except EmptyGlyphError as error:
            raise SeganError(f"{path}: {name} is blank. Pack it again.") from error
        planes += [ink, (line * 255).astype(np.uint8)]
    return np.stack(planes)


def _ink(data: bytes, name: str, size_px: int, path: Path) -> Pixels:
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            if picture.size != (size_px, size_px):
                raise SeganError(f"{path}: {name} is {picture.size[0]} × {picture.size[1]}, not {size_px} px square.")
            ink: Pixels = 255 - np.asarray(picture.convert("L"))
            return ink
    except SeganError:
        raise
    except Exception as error:  # decoders raise of every kind on damaged data
        raise SeganError(f"{path}: {name} is no PNG picture ({_reason(error)}).") from error


def _add(archive: zipfile.ZipFile, name: str, data: bytes, method: int = zipfile.ZIP_STORED) -> None:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = method
    archive.writestr(info, data)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        if kind := foreign_kind(read_plain(path, 16), but="a ZIP archive"):
            raise UsageError(f"{path} is {kind}. An archive of segan dataset pack is wanted here.")
        archive = zipfile.ZipFile(path)
    except SeganError:
        raise
    except FileNotFoundError as error:
        raise UsageError(f"There is no archive {path}.") from error
    except OSError as error:
        raise UsageError(f"The archive {path} cannot be read: {error.strerror or error}.") from error
    except Exception as error:  # of a damaged archive zipfile raises of every kind
        raise SeganError(f"{path} is no archive, or it is damaged: {_reason(error)}") from error
    if len(archive.infolist()) > MOST_FILES or sum(info.file_size for info in archive.infolist()) > LARGEST_ARCHIVE:
        archive.close()
        raise SeganError(
            f"{path} would unpack to more than {MOST_FILES:,} files or {LARGEST_ARCHIVE >> 30} GiB. It is not opened."
        )
    return archive


def _metadata(archive: zipfile.ZipFile, path: Path) -> PackMetadata:
    try:
        data = _member(archive, METADATA_FILE, LARGEST_METADATA, path)
        return from_mapping(PackMetadata, parse_json(data, METADATA_FILE), where=METADATA_FILE, name="it")
    except UsageError as error:
        raise SeganError(f"{path} is no archive of segan dataset pack: {error}") from error


def _hand_entry(metadata: PackMetadata, name: str, path: Path) -> PackedHand:
    for hand in metadata.hands:
        if hand.name == name or len(metadata.hands) == 1:
            return hand
    names = ", ".join(hand.name for hand in metadata.hands)
    raise UsageError(f"{path} holds {names}, not {name}. Name one of them: --style {metadata.hands[0].name}={path}")


def _picture(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    return _member(archive, name, LARGEST_PICTURE, path)


def _member(archive: zipfile.ZipFile, name: str, largest: int, path: Path) -> bytes:
    """One file of the archive; never more of it in memory than the limit."""
    try:
        if archive.getinfo(name).file_size > largest:
            raise SeganError(
                f"{path}: {name} is larger than {largest:,} bytes, which none of ours is. It is not unpacked."
            )
        with archive.open(name) as member:
            data = member.read(largest + 1)
    except SeganError:
        raise
    except KeyError as error:
        raise SeganError(f"{path} is no archive of segan dataset pack, or it is damaged: it lacks {name}.") from error
    except Exception as error:  # of a damaged member zipfile and its decoders raise of every kind
        raise SeganError(f"{path} is damaged at {name}: {_reason(error)}") from error
    return data


def _reason(error: Exception) -> str:
    return str(error).strip() or type(error).__name__


def _safe(name: str, metadata: PackMetadata, path: Path) -> Path:
    """HAND/U+6C38.png or HAND/source/U+6C38.png, of a hand that the metadata name."""
    parts = name.split("/")
    inside = len(parts) == 2 or (len(parts) == 3 and parts[1] == "source")
    known = parts[0] in {hand.name for hand in metadata.hands}
    if not (inside and known and is_safe_name(parts[-1]) and parts[-1].endswith(".png")):
        raise SeganError(f"{path} names a file outside its folders ({name!r}). It is not unpacked.")
    return Path(*parts)


def _hand_of(file: str) -> str | None:
    """The hand that a glyph's file belongs to; None for source glyphs and the metadata."""
    folder, _, rest = file.partition("/")
    return folder if rest and "/" not in rest else None


def _char(file: str, path: Path) -> str:
    char = char_of_name(PurePosixPath(file).stem)
    if char is None:
        raise SeganError(f"{path}: the name {file!r} is no character. Pack it again.")
    return char
