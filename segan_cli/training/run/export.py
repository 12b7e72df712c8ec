"""From a run to a bundle: ONNX, manifest, card, sheet. What it says was measured on the run's test characters."""

from __future__ import annotations

import dataclasses
import hashlib
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from segan_cli import __version__
from segan_cli.config import from_layers, read_toml, setting
from segan_cli.drawing.postprocess import draw_ink
from segan_cli.errors import SeganError, UsageError
from segan_cli.files.documents import printable
from segan_cli.files.plain import read_plain
from segan_cli.files.writing import check_output_folder, real_path
from segan_cli.generator.bundle import (
    CARD_FILE,
    SHEET_FILE,
    START_FILE,
    WEIGHTS_FILE,
    BundleManifest,
    GestureStatistics,
    Probe,
    SkeletonSettings,
    SourceFontName,
    Style,
    WeightsFile,
    make_probe,
    write_bundle,
)
from segan_cli.glyph import Frame, Placement
from segan_cli.ink import count_parts
from segan_cli.source.glyph_folder import chars_in_folder
from segan_cli.training.data.batches import PairSet, pair_set, plain_batch, spread
from segan_cli.training.data.dataset import SOURCE, TARGET
from segan_cli.training.loop.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from segan_cli.training.model.networks import Generator
from segan_cli.training.run.card import card_text
from segan_cli.training.run.gesture_calibration import MOST_GLYPHS, TOLD, calibrate_gestures
from segan_cli.training.run.gesture_fit import MOST_PAIRS, fit_gestures, spread_of_hand
from segan_cli.training.run.onnx_graph import exported_picture, greatest_difference, halve_weights, to_onnx
from segan_cli.training.run.run_folder import SPLIT, RunFolder
from segan_cli.training.run.run_network import drawn_ink, output_kind, tensor_names
from segan_cli.training.run.session import hands_of_run, load_hands
from segan_cli.training.run.sheet import draw_fields, draw_hands_sheet, write_sheet
from segan_cli.training.run.starting_point import best_checkpoint
from segan_cli.training.settings import TrainSettings

HALF_FILE = "generator-fp16.onnx"
PRECISIONS = ("fp32", "fp16")
TOLERANCE = 1e-3
"""Largest difference allowed between torch and ONNX, in the network's range of 2."""

CHECKED_PAIRS, SHEET_PAIRS, COUNTED_PAIRS = 16, 12, 100
PROBE_CHAR = "永"
CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class HandMetadata:
    """What a person says about the hand: it travels with the weights.

    Args:
        license: of the hand and so of the weights.
        license_url: where the licence stands.
        number: the short number for `--style`.
        title: the name for people.
        script: "kaisho, regular", "semi-cursive" …
        credit: who wrote it.
        reserved_names: font names that the licence keeps for the original.
        notes: what to know before using it: what it draws badly.
    """

    license: str = setting("not stated", "of the hand", formerly="licence")
    license_url: str = setting("", "where the licence stands", formerly="licence_url")
    number: int | None = setting(None, "the short number for --style", low=1, high=9999)
    title: str = ""
    script: str = ""
    credit: str = ""
    reserved_names: tuple[str, ...] = ()
    notes: str = ""

    def __post_init__(self) -> None:
        for one in dataclasses.fields(self):
            value = getattr(self, one.name)
            for text in [value] if isinstance(value, str) else value if isinstance(value, tuple) else []:
                if printable(text) != text:
                    raise UsageError(
                        f"The {one.name.replace('_', ' ')} {text[:80]!r} holds control characters, or bytes that are no UTF-8. "
                        "Leave them out."
                    )


@dataclass(frozen=True, eq=False)
class TrainedRun:
    """A run, opened for its export.

    Args:
        run: its folder.
        settings: its configuration.
        split: its `split.json`.
        generator: the averaged G_F of the checkpoint taken.
        checkpoint: where the weights come from; the last of them, where it is the mean of several.
        joins: for each hand, whether finishing joins its broken strokes.
        test: the pairs of the test part; every pair where nothing is held out.
        held_out: whether anything is.
        all_pairs: every part's pairs, for the probe.
        gestures: for each hand, its weight and contrast; None where the network takes no gesture.
    """

    run: RunFolder
    settings: TrainSettings
    split: Mapping[str, Any]
    generator: Generator
    checkpoint: Checkpoint
    joins: tuple[bool, ...]
    test: PairSet
    held_out: bool
    all_pairs: PairSet
    gestures: tuple[GestureStatistics | None, ...]


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote, and how far each file lies from torch (greatest and mean difference)."""

    folder: Path
    manifest: BundleManifest
    sizes: dict[str, int] = field(default_factory=dict)
    differences: dict[str, tuple[float, float]] = field(default_factory=dict)


def open_trained(
    path: Path, *, checkpoints: Sequence[Path] = (), moved: Callable[[float], None] = lambda done: None
) -> TrainedRun:
    """Open a run with the weights that will ship.

    Args:
        path: the run's folder.
        checkpoints: files of which the mean of the weights is taken: moments of this run, or of runs of the same hands in
            the same order that began from the same weights; none takes its best one, else its newest.
        moved: told how much of the look at the hands is done, 0 to 1; it takes about a minute a hand.

    Raises:
        UsageError: no run, or none with a checkpoint; a checkpoint of other hands.
        SeganError: its glyphs changed since it began.
    """
    run = RunFolder.open(path)
    settings, split = run.settings(), run.split()
    hands = hands_of_run(run)
    pairs = load_hands(hands, split["source_font"]["spec"], settings, initialised=True)
    run.check_unchanged(pairs)
    found = [_checkpoint_of(file, [hand.name for hand in hands]) for file in checkpoints] or [best_checkpoint(path)]
    generator = Generator(settings.network, len(hands))
    generator.load_state_dict(
        _mean_weights(found, {name: tensor.shape for name, tensor in generator.state_dict().items()})
    )
    places = tuple((hand, row) for hand, one in enumerate(pairs) for row in range(len(one.chars)))
    everything = PairSet(pairs, places, settings.data.split_seed)
    test, dev = (pair_set(pairs, part, settings.data.split_seed) for part in ("test", "dev"))
    mine = [_of_hand(dev, hand) or _of_hand(everything, hand) for hand in range(len(hands))]
    joins = tuple(_joins_gaps(generator.eval(), one) for one in mine)
    gestures = _gestures(generator, pair_set(pairs, "train", settings.data.split_seed), joins, moved)
    shown = test if len(test) else everything
    return TrainedRun(run, settings, split, generator, found[-1], joins, shown, len(test) > 0, everything, gestures)


def _gestures(
    generator: Generator, train: PairSet, joins: Sequence[bool], moved: Callable[[float], None]
) -> tuple[GestureStatistics | None, ...]:
    """Let the generator predict gestures, from the training part, and correct them; and what a manifest says of each hand's."""
    if generator.gesture is None:
        return (None,) * len(train.hands)
    hands = range(len(train.hands))
    looks = sum(len(spread_of_hand(train, hand, MOST_PAIRS)) for hand in hands)
    looks += sum(len(TOLD) * len(spread_of_hand(train, hand, MOST_GLYPHS)) for hand in hands)
    looked = 0

    def advance(glyphs: int) -> None:
        nonlocal looked
        looked += glyphs
        moved(looked / looks)

    fits = fit_gestures(generator, train, advance=advance)
    calibrations = calibrate_gestures(generator, train, fits, joins, advance=advance)
    return tuple(
        GestureStatistics(
            round(hand.weight_mean, 3),
            round(hand.weight_sd, 3),
            round(hand.contrast_mean, 4),
            round(hand.contrast_sd, 4),
            fit.residual,
            calibration.chance,
        )
        for hand, fit, calibration in zip(train.hand_gestures, fits, calibrations, strict=True)
    )


def _joins_gaps(generator: Generator, pairs: PairSet) -> bool:
    """Whether a hand's drawn glyphs come nearer to its own number of separate parts where finishing joins broken strokes."""
    indices = spread(pairs, COUNTED_PAIRS)
    real = pairs.pictures(indices)[0][:, TARGET].numpy().astype(np.float32) / 255
    fields, side = draw_fields(generator, pairs, indices), real.shape[-1]
    written = sum(count_parts(ink) for ink in real)
    broken, joined = (
        sum(count_parts(draw_ink(field, side, joins=joins)) for field in fields) for joins in (False, True)
    )
    return abs(joined - written) < abs(broken - written)


def _of_hand(pairs: PairSet, hand: int) -> PairSet:
    return PairSet(pairs.hands, tuple(place for place in pairs.places if place[0] == hand), pairs.split_seed)


def _checkpoint_of(file: Path, names: Sequence[str]) -> Checkpoint:
    """A checkpoint to be averaged, which must draw the same hands in the same order where it lies in a run."""
    folder = real_path(file).parent.parent
    if (folder / SPLIT).is_file():
        theirs = [style["name"] for style in RunFolder(folder).split()["styles"]]
        if theirs != list(names):
            raise UsageError(
                f"{file} draws {', '.join(theirs)}, and the run draws {', '.join(names)}: no mean can be taken."
            )
    return read_checkpoint(file)


def _mean_weights(checkpoints: Sequence[Checkpoint], shapes: dict[str, torch.Size]) -> dict[str, Tensor]:
    """The mean of the averaged weights of several moments of a run, or of runs side by side.

    Source: Wortsman et al. 2022, "Model soups". Here it joins an early moment, which reads well, and a late one, which has
        the brush's edges.
    """
    parts = [checkpoint.part("ema") for checkpoint in checkpoints]
    if any({name: tensor.shape for name, tensor in part.items()} != shapes for part in parts):
        raise SeganError(
            "The checkpoints are of different networks; take them from runs with the same settings and hands."
        )
    return {name: torch.stack([part[name].float() for part in parts]).mean(0) for name in parts[0]}


def check_bundle_folder(out: Path) -> None:
    """Refuse a folder that no bundle can be written into, before the run is opened.

    Raises:
        UsageError: it cannot be made or written, or it is a hand's glyph folder.
    """
    check_output_folder(out)
    if out.is_dir() and chars_in_folder(out):
        raise UsageError(f"{out} is a folder of glyphs, and a bundle needs one of its own. Choose another --out.")


def metadata_of_hands(names: Sequence[str], common: HandMetadata, file: Path | None) -> dict[str, HandMetadata]:
    """What is said about each hand of a run.

    Args:
        names: the run's hands.
        common: what holds for all of them.
        file: a TOML file with a table for each hand that says more, or otherwise; or None.

    Raises:
        UsageError: the file is not readable, names a hand that is not there, or says something unknown.
    """
    tables = read_toml(file) if file is not None else {}
    for name, table in tables.items():
        if name not in names or not isinstance(table, dict):
            raise UsageError(f"{file}: {name} is no table of a hand; the run has {', '.join(names)}.")
    shared = dataclasses.asdict(common)
    metadata = {
        name: from_layers(HandMetadata, shared, tables.get(name, {}), where=f"{file}, [{name}]") for name in names
    }
    numbers = [one.number for one in metadata.values() if one.number is not None]
    if len(numbers) != len(set(numbers)):
        raise UsageError("Two hands cannot share a number. Give each its own: number = … in its table of --hands.")
    return metadata


def export_run(
    trained: TrainedRun,
    out: Path,
    hand_metadata: Mapping[str, HandMetadata],
    *,
    precisions: tuple[str, ...] = PRECISIONS,
    weights: bool = True,
) -> Exported:
    """Write a bundle.

    Args:
        trained: from `open_trained`.
        out: the bundle's folder.
        hand_metadata: style name → licence, number, title …; what is lacking is not stated.
        precisions: "fp32", "fp16" or both; the first one is what drawing takes unless told otherwise.
        weights: add the weights that `segan train --init` starts from.

    Raises:
        SeganError: ONNX and torch differ by more than 1e-3, or ONNX Runtime is lacking.
    """
    whole = to_onnx(trained.generator, trained.settings.data.size_px)
    networks = {name: halve_weights(whole) if name == "fp16" else whole for name in precisions}
    differences = {name: _difference(trained, data, halved=name == "fp16") for name, data in networks.items()}
    for name, (greatest, _) in differences.items():
        if greatest > TOLERANCE:
            raise SeganError(f"The {name} export differs from torch by {greatest:.2g}; at most {TOLERANCE} is allowed.")
    names = {name: WEIGHTS_FILE if name == precisions[0] else HALF_FILE for name in precisions}
    files = {names[name]: data for name, data in networks.items()}
    manifest = _manifest(trained, out.name, hand_metadata, names, files)
    files |= {CARD_FILE: card_text(manifest, differences).encode(), SHEET_FILE: _sheet(trained)}
    if weights:
        files[START_FILE] = _weights(trained)
    write_bundle(out, manifest, files)
    return Exported(out, manifest, {name: len(data) for name, data in files.items()}, differences)


def write_scores(done: Exported, scores: Mapping[str, Mapping[str, float]]) -> None:
    """Put scores into the manifest and the card of a bundle that was just written.

    Args:
        done: from `export_run`.
        scores: style name → score name → value; `segan evaluate` tells what each is.
    """
    styles = tuple(
        dataclasses.replace(style, scores=dict(scores.get(style.name, {}))) for style in done.manifest.styles
    )
    manifest = dataclasses.replace(done.manifest, styles=styles)
    kept = {name: read_plain(done.folder / name) for name in done.sizes if name != CARD_FILE}
    write_bundle(done.folder, manifest, kept | {CARD_FILE: card_text(manifest, done.differences).encode()})


def _difference(trained: TrainedRun, data: bytes, *, halved: bool) -> tuple[float, float]:
    """How far an ONNX file lies from torch with the same weights, on real glyphs."""
    batch = plain_batch(trained.test, spread(trained.test, CHECKED_PAIRS), CPU)
    generator = _rounded(trained) if halved else trained.generator
    inputs = {"source": batch.source, "source_skeleton": batch.source_skeleton, "style": batch.style}
    if trained.settings.network.gesture:
        inputs["gesture"] = torch.linspace(-1, 1, 2 * len(batch.style)).reshape(-1, 2)
    with torch.no_grad():
        drawn = generator(batch.source, batch.source_skeleton, batch.style, offset=inputs.get("gesture"))
        expected = exported_picture(drawn).numpy()
    return greatest_difference(data, {name: value.numpy() for name, value in inputs.items()}, expected)


def _rounded(trained: TrainedRun) -> Generator:
    """The generator with its large weights rounded to 16 bits, as `halve_weights` stores them."""
    from segan_cli.training.run.onnx_graph import LEAST_HALVED

    generator = Generator(trained.settings.network, len(trained.test.hands))
    weights = trained.generator.state_dict()
    halved = {name: value.half().float() if value.numel() >= LEAST_HALVED else value for name, value in weights.items()}
    generator.load_state_dict(halved)
    return generator.eval()


def _manifest(
    trained: TrainedRun,
    name: str,
    hand_metadata: Mapping[str, HandMetadata],
    names: Mapping[str, str],
    files: Mapping[str, bytes],
) -> BundleManifest:
    source = trained.split["source_font"]
    styles = tuple(
        _style(record, joins, gesture, hand_metadata.get(record["name"], HandMetadata()))
        for record, joins, gesture in zip(trained.split["styles"], trained.joins, trained.gestures, strict=True)
    )
    return BundleManifest(
        name=name,
        styles=styles,
        frame=Frame(trained.settings.data.size_px),
        source_font=SourceFontName(source["family"], source["sha256"]),
        files={key: WeightsFile(file, hashlib.sha256(files[file]).hexdigest()) for key, file in names.items()},
        probe=_probe(trained),
        license=" and ".join(dict.fromkeys(style.license for style in styles)),
        skeleton=SkeletonSettings(line_width_px=max(1, round(trained.settings.data.size_px / 64))),
        tensors=tensor_names(trained.settings.network),
        output=output_kind(trained.settings),
        training={
            "segan": __version__,
            "step": trained.checkpoint.metadata.get("step"),
            "init": Path(init).name if (init := trained.split.get("init")) else None,
            "seconds": round(float(trained.checkpoint.metadata.get("elapsed_s", 0.0))),
            "settings": trained.settings.by_name(),
            "pairs": {style["name"]: len(style["train"]) for style in trained.split["styles"]},
            "learned": _learned_anyway(trained),
        },
    )


def _learned_anyway(trained: TrainedRun) -> str:
    """Characters that a review put among those learned, wherever the split would have them; none where all are learned."""
    hands = trained.all_pairs.hands if trained.settings.data.hold_out != "none" else ()
    return "".join(sorted(frozenset[str]().union(*(hand.learned for hand in hands))))


def _style(
    record: Mapping[str, Any],
    joins: bool,
    gesture: GestureStatistics | None,
    hand_metadata: HandMetadata,
) -> Style:
    placement = record["placement"]
    described = {key: getattr(hand_metadata, key) for key in HandMetadata.__slots__}
    return Style(
        name=record["name"],
        hand_fit=Placement(**placement),
        joins_gaps=joins,
        gesture=gesture,
        **described,
    )


def _probe(trained: TrainedRun) -> Probe:
    """What the network draws for 永, or for the first test character where the hand has no 永."""
    chars = [trained.all_pairs.char(index) for index in range(len(trained.all_pairs))]
    index = chars.index(PROBE_CHAR) if PROBE_CHAR in chars else 0
    source = trained.all_pairs.pictures([index])[0][0, SOURCE].numpy().astype(np.float32) / np.float32(255)
    batch = plain_batch(trained.all_pairs, [index], CPU)
    with torch.no_grad():
        picture = exported_picture(trained.generator(batch.source, batch.source_skeleton, batch.style))
    drawn = drawn_ink(picture[0, 0].numpy(), trained.settings.network)
    return make_probe(chars[index], trained.all_pairs.places[index][0], source, drawn)


def _sheet(trained: TrainedRun) -> bytes:
    sheet = draw_hands_sheet(trained.generator, trained.test, SHEET_PAIRS, trained.joins, trained.gestures)
    return _written(lambda path: write_sheet(path, sheet), "sheet.png")


def _weights(trained: TrainedRun) -> bytes:
    """The averaged weights in 16 bits, as a checkpoint that `--init` reads."""
    tensors = {f"ema.{name}": value.half() for name, value in trained.generator.state_dict().items()}
    metadata = {"step": trained.checkpoint.metadata.get("step")}
    return _written(lambda path: write_checkpoint(path, tensors, metadata), START_FILE)


def _written(write: Any, name: str) -> bytes:
    folder = Path(tempfile.mkdtemp())
    try:
        write(folder / name)
        return (folder / name).read_bytes()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
