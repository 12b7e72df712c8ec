"""Bundles: a folder with `manifest.json`, `generator.onnx`, `CARD.md` and `sheet.png`; finding, checking, writing them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from segan_cli.errors import UsageError, did_you_mean
from segan_cli.files.documents import cause_of
from segan_cli.files.plain import read_plain
from segan_cli.files.writing import written_beside
from segan_cli.generator.manifest import (
    FORMAT_VERSION,
    LARGEST_MANIFEST,
    PRECISIONS,
    BundleError,
    BundleManifest,
    GestureStatistics,
    NetworkRange,
    OutputKind,
    Probe,
    SkeletonSettings,
    SourceFontName,
    Style,
    TensorNames,
    WeightsFile,
    make_probe,
    manifest_json,
    parse_manifest,
)
from segan_cli.generator.onnx_file import LARGEST_FILE, check_network
from segan_cli.models_folder import models_folder

__all__ = [
    "CARD_FILE",
    "FORMAT_VERSION",
    "MANIFEST_FILE",
    "PRECISIONS",
    "SHEET_FILE",
    "START_FILE",
    "WEIGHTS_FILE",
    "Bundle",
    "BundleError",
    "BundleManifest",
    "GestureStatistics",
    "NetworkRange",
    "OutputKind",
    "Probe",
    "SkeletonSettings",
    "SourceFontName",
    "Style",
    "TensorNames",
    "WeightsFile",
    "find_bundle",
    "list_bundles",
    "make_probe",
    "open_bundle",
    "scan_bundles",
    "write_bundle",
]

MANIFEST_FILE, WEIGHTS_FILE, CARD_FILE, SHEET_FILE = "manifest.json", "generator.onnx", "CARD.md", "sheet.png"
START_FILE = "weights.safetensors"
"""What training starts from (`--init`); a bundle may lack it."""
RUN_EXPORT = "bundle"
"""Where a training run keeps its exported bundle."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle and the one of its styles that is wanted.

    Args:
        folder: where it lies.
        manifest: its words.
        style_index: which of `manifest.styles`.
        source_spec: what opens the source font, where a training run on this machine knows it; no bundle's file says it.
    """

    folder: Path
    manifest: BundleManifest
    style_index: int = 0
    source_spec: str | None = None

    @property
    def style(self) -> Style:
        """The style that is wanted."""
        return self.manifest.styles[self.style_index]

    @property
    def size_bytes(self) -> int:
        """Bytes of all files in the folder."""
        return sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file())

    def precision(self, wanted: str | None = None) -> str:
        """The precision to draw with: `wanted`, or the bundle's first.

        Raises:
            UsageError: the bundle does not have it.
        """
        files = self.manifest.files
        if wanted is not None and wanted not in files:
            raise UsageError(
                f"The bundle {self.manifest.name} has no {wanted or 'nameless'} weights; it has {', '.join(files)}."
            )
        return wanted or next(iter(files))

    def weights(self, precision: str | None = None) -> bytes:
        """The checked bytes of an ONNX file.

        Raises:
            UsageError: the bundle does not have this precision.
            BundleError: the file is not there, was changed, is no ONNX or reads other files.
        """
        entry = self.manifest.files[self.precision(precision)]
        path = self.folder / entry.file
        try:
            data = read_plain(path, LARGEST_FILE + 1)
        except OSError as error:
            raise BundleError(
                f"{path} cannot be read ({error.strerror}); the bundle is incomplete. Fetch it again."
            ) from error
        found = hashlib.sha256(data).hexdigest()
        if found != entry.sha256:
            raise BundleError(
                f"{path} was changed: its SHA-256 is {found[:12]}…, the manifest says {entry.sha256[:12]}…. Fetch the bundle again."
            )
        check_network(data, str(path))
        return data


def open_bundle(folder: Path, style: str | None = None) -> Bundle:
    """Open the bundle in `folder`.

    Args:
        folder: the bundle's folder.
        style: name or number of one of its styles; None takes the only one.

    Raises:
        BundleError: no bundle there, or a broken one.
        UsageError: several styles and none named, or no such style.
    """
    bundle = _read_bundle(folder)
    styles = bundle.manifest.styles
    if style is None and len(styles) == 1:
        return bundle
    names = [entry.name for entry in styles]
    if style is None:
        raise UsageError(
            f"{folder} draws {len(styles)} styles. Say which: --style {folder}#{names[0]} (there are {', '.join(names)})."
        )
    for index, entry in enumerate(styles):
        if style in (entry.name, str(entry.number)):
            return replace(bundle, style_index=index)
    raise UsageError(f"{folder} has no style {style!r}; it has {', '.join(names)}.{did_you_mean(style, names)}")


def scan_bundles(folder: Path | None = None) -> tuple[list[Bundle], list[BundleError]]:
    """Every style of every bundle in a folder, and the bundles that are broken.

    Args:
        folder: where the bundles lie, or a bundle, or a training run that was exported; None is the models folder.

    Returns:
        One entry a style, by number, then by name; and what is wrong with the rest.
    """
    folder = folder or models_folder()
    styles: list[Bundle] = []
    broken: list[BundleError] = []
    places = [folder / MANIFEST_FILE, folder / RUN_EXPORT / MANIFEST_FILE]
    itself = next((place for place in places if place.is_file()), None)
    for path in [itself] if itself else sorted(folder.glob(f"*/{MANIFEST_FILE}")):
        try:
            bundle = _read_bundle(path.parent)
        except BundleError as error:
            broken.append(error)
            continue
        styles += [replace(bundle, style_index=index) for index in range(len(bundle.manifest.styles))]
    return sorted(styles, key=lambda bundle: (bundle.style.number or 10_000, bundle.style.name)), broken


def list_bundles(folder: Path | None = None) -> list[Bundle]:
    """Every sound style, as `scan_bundles` finds them."""
    return scan_bundles(folder)[0]


def find_bundle(style: str, folder: Path | None = None) -> Bundle:
    """Find a style by number, by name, by its bundle's path or by a training run that was exported.

    Args:
        style: "5", "ma-shan-zheng", "models/six#ma-shan-zheng" (a bundle of several), "runs/mine".
        folder: where numbers and names are looked up; None is the models folder.

    Raises:
        UsageError: nothing of that name, with the nearest one that there is.
        BundleError: it is there, but broken.
    """
    known, broken = scan_bundles(folder)
    for bundle in known:
        if style == str(bundle.style.number) or style.casefold() in (
            bundle.style.name.casefold(),
            bundle.style.title.casefold(),
        ):
            return bundle
    place, _, named = style.partition("#")
    path = Path(place)
    for candidate in (path, path.parent if path.name == MANIFEST_FILE else path / RUN_EXPORT):
        if place and (candidate / MANIFEST_FILE).is_file():
            return open_bundle(candidate, named or None)
    for error in broken:
        if place in str(error):
            raise error
    raise UsageError(_nothing_found(style, path, known))


def write_bundle(folder: Path, manifest: BundleManifest, files: Mapping[str, bytes]) -> Path:
    """Write a bundle: its other files first, `manifest.json` last, each beside and renamed; an earlier one's networks go.

    Args:
        folder: made if it is not there.
        manifest: its words; every file of `manifest.files` must be in `files` with the bytes that it vouches for.
        files: name → bytes ("generator.onnx", "CARD.md", "sheet.png" …).

    Returns:
        The path of the manifest.

    Raises:
        BundleError: a file is lacking or does not match its SHA-256.
    """
    for entry in manifest.files.values():
        if hashlib.sha256(files.get(entry.file, b"")).hexdigest() != entry.sha256:
            raise BundleError(f"The manifest of {manifest.name} does not describe the bytes of {entry.file}.")
    earlier = _network_files(folder)
    for name, data in {**files, MANIFEST_FILE: manifest_json(manifest).encode()}.items():
        with written_beside(folder / name) as beside:
            beside.write_bytes(data)
    for name in earlier - files.keys():
        (folder / name).unlink(missing_ok=True)
    return folder / MANIFEST_FILE


def _network_files(folder: Path) -> set[str]:
    """The files of weights that a bundle in the folder has; none where there is no bundle."""
    try:
        manifest = _read_bundle(folder).manifest
    except BundleError:
        return set()
    return {*(entry.file for entry in manifest.files.values()), START_FILE}


def _read_bundle(folder: Path) -> Bundle:
    path = folder / MANIFEST_FILE
    try:
        data = read_plain(path, LARGEST_MANIFEST + 1)
    except OSError as error:
        raise BundleError(
            f"{folder} is not a bundle: {MANIFEST_FILE} cannot be read ({cause_of(error, path)})."
        ) from error
    return Bundle(folder, parse_manifest(data, str(path)))


def _nothing_found(style: str, path: Path, known: list[Bundle]) -> str:
    if not style.strip():
        return "The style is empty. Name one: segan styles shows them."
    if path.is_dir():
        return f"The folder {style} holds no bundle ({MANIFEST_FILE}). Export the run first: segan export {style}"
    names = [bundle.style.name for bundle in known]
    numbers = ", ".join(f"{bundle.style.number or '–'} {bundle.style.name}" for bundle in known) or "none are installed"
    return f"There is no style {style!r}.{did_you_mean(style, names)} There are: {numbers}. See them with: segan styles"
