"""The words of a bundle: everything that drawing with it needs, as JSON (`manifest.json`).

`segan export` fills a `BundleManifest` and writes `manifest_json(manifest)` beside `generator.onnx`; `bundle` reads it.
"""

from __future__ import annotations

import base64
import dataclasses
import io
import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from PIL import Image

from segan_cli.config import from_mapping, renamed, setting
from segan_cli.errors import SeganError, UsageError
from segan_cli.files.documents import DocumentError, parse_json
from segan_cli.files.writing import is_safe_name
from segan_cli.glyph import AS_DRAWN, Frame, Ink, Placement

FORMAT_VERSION = 2
"""The version of the manifest that this program writes; it reads the earlier ones and no newer one. 2 knows distances and gestures."""

THUMBNAIL_SIDE = 16
"""Side of a probe's picture in cells."""


LARGEST_MANIFEST = 4 * 2**20
"""Bytes."""


class BundleError(SeganError):
    """A bundle is broken, changed or not ours."""


def _between(key: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise ValueError(f"{key} is {value}; it must lie between {low} and {high}.")


STYLE_NAMES = "a plain name that could be a file's, no bare number, no '#'"
"""What a style's name may not be: a number names a shipped style, and '#' stands between bundle and style."""


def is_style_name(name: str) -> bool:
    """Whether a style can have this name."""
    return is_safe_name(name) and not name.isdigit() and "#" not in name


@dataclass(frozen=True, slots=True)
class GestureStatistics:
    """A hand's weight and contrast, and how much of both is chance: what a network that takes a gesture needs to be told.

    Args:
        weight_mean: of the hand's written glyphs, in thousandths of the canvas's side.
        weight_sd: its standard deviation over glyphs, the same.
        contrast_mean: mean of the standard deviation over mean of the width within a glyph.
        contrast_sd: its standard deviation over glyphs.
        residual: 2 × 2, lower triangular: times two independent normal numbers, it is what a character does not tell of
            weight and contrast, in their standard deviations.
        chance: how much of that is put back when drawing, 0 to 1: with none each character is drawn as it is expected, with all of
            it the weight varies as the hand's does. Variants of a character are drawn with all of it.
    """

    weight_mean: float
    weight_sd: float
    contrast_mean: float
    contrast_sd: float
    residual: tuple[tuple[float, ...], ...]
    chance: float = 1.0

    def __post_init__(self) -> None:
        if min(self.weight_sd, self.contrast_sd) <= 0:
            raise ValueError(
                f"gesture: weight_sd is {self.weight_sd}, contrast_sd {self.contrast_sd}; they must lie above 0."
            )
        _between("gesture.chance", self.chance, 0, 1)
        if len(self.residual) != 2 or any(len(row) != 2 for row in self.residual) or self.residual[0][1]:
            raise ValueError("gesture.residual must be two rows of two numbers, the first row's second one 0.")


OUTPUTS = ("ink", "distance")
"""What a network draws: grey, in the values of `network`; or signed distances."""


@dataclass(frozen=True, slots=True)
class OutputKind:
    """What comes out of the network.

    Args:
        kind: one of `OUTPUTS`. A distance is in pixels of the output's own grid, positive inside the ink.
        size_px: side of the output; 0 is that of the canvas.
        clip: distances are clamped to plus and minus this; 0 for grey.
    """

    kind: str = "ink"
    size_px: int = 0
    clip: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in OUTPUTS:
            raise ValueError(f"output.kind is {self.kind!r}; it must be one of {', '.join(OUTPUTS)}.")
        _between("output.size_px", self.size_px, 0, 4096)
        _between("output.clip", self.clip, 0, 1000)


@dataclass(frozen=True, slots=True)
class Style:
    """One hand that a bundle draws; its place in the list is the network's style index.

    Args:
        name: what `--style` finds it by, like "kouzan-gyosho".
        license: of the hand, and so of what is drawn with it: "public domain", "OFL-1.1".
        hand_fit: how the source is moved to where this hand writes.
        joins_gaps: whether finishing joins broken strokes, because this hand writes in fewer parts than the network draws.
        number: the short number that `--style` takes, or None.
        title: the name for people, like "Kouzan Gyosho".
        script: "kaisho, regular", "semi-cursive", "cursive" …
        licence_url: where the licence stands.
        credit: who wrote it.
        reserved_names: font names that the licence keeps for the original.
        notes: what to know before using it: what it draws badly.
        scores: name → value, as the card prints them ("accuracy", "human_accuracy", "iou", "fd_lite0" …).
        gesture: its weight and contrast, where the network takes a gesture.
    """

    name: str
    license: str = renamed("licence")
    hand_fit: Placement = AS_DRAWN
    joins_gaps: bool = False
    number: int | None = None
    title: str = ""
    script: str = ""
    license_url: str = setting("", "where the licence stands", formerly="licence_url")
    credit: str = ""
    reserved_names: tuple[str, ...] = ()
    notes: str = ""
    scores: dict[str, float] = field(default_factory=dict)
    gesture: GestureStatistics | None = None

    def __post_init__(self) -> None:
        if not is_style_name(self.name):
            raise ValueError(f"a style cannot be named {self.name!r}: {STYLE_NAMES}.")
        if self.number is not None and self.number < 1:
            raise ValueError(f"the number of style {self.name!r} is {self.number}; numbers start at 1.")

    @property
    def rights(self) -> dict[str, Any]:
        """What a font that is drawn with this hand has to respect."""
        return {"name": self.name, "license": self.license, "reserved_names": list(self.reserved_names)}


@dataclass(frozen=True, slots=True)
class NetworkRange:
    """The values that the network sees and draws for full ink and for bare paper."""

    ink: float = 1.0
    paper: float = -1.0

    def __post_init__(self) -> None:
        if self.ink == self.paper:
            raise ValueError(f"network: ink and paper are both {self.ink}; they must differ.")


@dataclass(frozen=True, slots=True)
class SourceFontName:
    """The font whose glyphs the network learned to read: its family and the SHA-256 of its file."""

    family: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SkeletonSettings:
    """How the source's skeleton is made: ink from `threshold` on is a stroke, lines are drawn `line_width_px` wide."""

    threshold: float = 0.5
    line_width_px: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1:
            raise ValueError(f"skeleton.threshold is {self.threshold}; it must lie above 0 and at most 1.")
        _between("skeleton.line_width_px", self.line_width_px, 1, 64)


@dataclass(frozen=True, slots=True)
class TensorNames:
    """What the ONNX file calls its inputs and outputs; `gesture` and `predicted` are "" where it has none.

    `gesture`, (B, 2), is added to what the network predicts of weight and contrast, in the hand's standard deviations, and
    `predicted`, (B, 2), is that prediction.
    """

    source: str = "source"
    source_skeleton: str = "source_skeleton"
    style: str = "style"
    generated: str = "generated"
    gesture: str = ""
    predicted: str = ""


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """One ONNX file of the bundle: its name inside the folder and the SHA-256 of its bytes."""

    file: str
    sha256: str

    def __post_init__(self) -> None:
        if not is_safe_name(self.file) or not self.file.endswith(".onnx"):
            raise ValueError(f"files: {self.file!r} is not the name of an .onnx file inside the bundle's folder.")
        if len(self.sha256) != 64 or set(self.sha256) - set("0123456789abcdef"):
            raise ValueError(f"files: {self.sha256!r} is not a SHA-256 (64 lower-case hexadecimal digits).")


@dataclass(frozen=True, slots=True)
class Probe:
    """One character and the ink that the bundle draws for it, to tell a sound bundle from a sick one.

    Args:
        char: the character.
        style: index of the style it is drawn in.
        mean_ink: mean of the drawn ink, 0 to 1.
        thumbnail: 16 rows of 16 cells, each the mean ink of that part of the canvas.
        tolerance: largest difference allowed in `mean_ink` and in any cell.
        source_png: the source glyph that it was drawn from, in its place: an 8-bit grey PNG (white is ink) in base64,
            so that the probe needs no font.
    """

    char: str
    style: int
    mean_ink: float
    thumbnail: tuple[tuple[float, ...], ...]
    source_png: str
    tolerance: float = 0.02

    def __post_init__(self) -> None:
        if len(self.char) != 1:
            raise ValueError(f"probe.char is {self.char!r}; it must be one character.")
        if len(self.thumbnail) != THUMBNAIL_SIDE or any(len(row) != THUMBNAIL_SIDE for row in self.thumbnail):
            raise ValueError(f"probe.thumbnail must be {THUMBNAIL_SIDE} rows of {THUMBNAIL_SIDE} numbers.")
        _between("probe.mean_ink", self.mean_ink, 0, 1)
        _between("probe.tolerance", self.tolerance, 0, 0.5)


@dataclass(frozen=True, slots=True)
class BundleManifest:
    """Everything that drawing with a bundle needs.

    Args:
        name: the bundle's name; its folder has it, too.
        styles: the hands it draws, in the order of the network's style index.
        frame: the canvas (`size_px`) and where it sits in the em.
        source_font: the font that the source glyphs come from.
        files: precision ("fp32", "fp16", "int8") → file; the first one is used unless another is asked for.
        probe: what a sound bundle draws.
        license: of the weights.
        network: the network's values for ink and paper.
        skeleton: how skeletons are made.
        tensors: names of the inputs and of the output.
        output: what the network draws, and how large.
        training: the configuration that trained it, as plain values; never read back as code.
        format: version of this schema.
    """

    name: str
    styles: tuple[Style, ...]
    frame: Frame
    source_font: SourceFontName
    files: dict[str, WeightsFile]
    probe: Probe
    license: str = renamed("licence")
    network: NetworkRange = NetworkRange()
    skeleton: SkeletonSettings = SkeletonSettings()
    tensors: TensorNames = TensorNames()
    output: OutputKind = OutputKind()
    training: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        if not self.styles or len({style.name for style in self.styles}) != len(self.styles):
            raise ValueError("styles: there must be at least one, each with its own name.")
        if not self.files or set(self.files) - set(PRECISIONS):
            raise ValueError(
                f"files: name at least one of {', '.join(PRECISIONS)}, not {', '.join(self.files) or 'none'}."
            )
        if not self.tensors.gesture and any(style.gesture for style in self.styles):
            raise ValueError("styles: one has a gesture, and tensors.gesture names no input that takes it.")
        if not 0 <= self.probe.style < len(self.styles):
            raise ValueError(
                f"probe.style is {self.probe.style}; the bundle has {len(self.styles)} styles, counted from 0."
            )

    @property
    def output_px(self) -> int:
        """Side of what the network draws."""
        return self.output.size_px or self.frame.size_px

    @property
    def number(self) -> int | None:
        """The number of the only style; None for a bundle of several."""
        return self.styles[0].number if len(self.styles) == 1 else None


PRECISIONS = ("fp32", "fp16", "int8")
"""How the weights may be stored: 32-bit floats, 16-bit floats, 8-bit whole numbers."""


def make_probe(char: str, style: int, source: Ink, drawn: Ink, *, tolerance: float = 0.02) -> Probe:
    """The probe that a bundle carries.

    Args:
        char: the character.
        style: index of its style.
        source: (S, S) source ink as the network saw it, already in its place, in steps of 1/255 (`render_glyph`).
        drawn: (S, S) ink that the network drew from it.
        tolerance: largest difference allowed later.
    """
    cells = tuple(tuple(round(float(value), 4) for value in row) for row in thumbnail(drawn))
    return Probe(char, style, round(float(drawn.mean()), 5), cells, _png_of(source), tolerance)


def probe_source(probe: Probe, where: str) -> Ink:
    """The source ink that a probe was drawn from.

    Raises:
        BundleError: it is no picture.
    """
    try:
        with Image.open(io.BytesIO(base64.b64decode(probe.source_png, validate=True)), formats=("PNG",)) as picture:
            return np.asarray(picture.convert("L"), dtype=np.float32) / np.float32(255)
    except (ValueError, OSError, Image.DecompressionBombError) as error:
        raise BundleError(f"{where}: the probe's source is not a PNG picture.") from error


def thumbnail(ink: Ink) -> Ink:
    """The mean ink in each of 16 × 16 parts of the canvas."""
    means = Image.fromarray(ink).resize((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.BOX)
    return np.asarray(means, dtype=np.float32)


def _png_of(ink: Ink) -> str:
    packed = io.BytesIO()
    Image.fromarray(np.rint(ink * 255).astype(np.uint8)).save(packed, "PNG", optimize=True)
    return base64.b64encode(packed.getvalue()).decode("ascii")


def manifest_json(manifest: BundleManifest) -> str:
    """The manifest as the text of `manifest.json`."""
    return json.dumps(dataclasses.asdict(manifest), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def parse_manifest(text: str | bytes, where: str) -> BundleManifest:
    """Read the text of a `manifest.json`.

    Args:
        text: JSON.
        where: the file's name, for the messages.

    Raises:
        BundleError: not JSON, another format version, an unknown or missing key, a wrong type or value.
    """
    try:
        values = parse_json(text, where, largest=LARGEST_MANIFEST)
    except DocumentError as error:
        raise BundleError(str(error)) from error
    version = values.get("format") if isinstance(values, dict) else None
    if isinstance(version, bool) or version not in range(1, FORMAT_VERSION + 1):
        raise BundleError(
            f"{where} is not a bundle's manifest of format 1 to {FORMAT_VERSION} (its format: {version!r}). {_VERSION_ADVICE}"
        )
    try:
        return from_mapping(BundleManifest, values, where=where, name="manifest")
    except UsageError as error:
        raise BundleError(str(error)) from error


_VERSION_ADVICE = "A newer segan may be able to read it; older ones are exported again with `segan export`."
