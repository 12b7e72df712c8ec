"""A run that has not been exported, as the drawing pipeline wants it: a bundle's manifest, and a network that is torch."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from segan_cli.errors import UsageError, did_you_mean
from segan_cli.files.writing import real_path
from segan_cli.generator.bundle import (
    WEIGHTS_FILE,
    Bundle,
    BundleManifest,
    OutputKind,
    SkeletonSettings,
    SourceFontName,
    Style,
    TensorNames,
    WeightsFile,
    make_probe,
)
from segan_cli.generator.normalize import Batch, Gestures
from segan_cli.glyph import Frame, Ink, Placement
from segan_cli.source.split import part_of
from segan_cli.training.data.dataset import FINE_SCALE
from segan_cli.training.model.networks import Generator
from segan_cli.training.run.onnx_graph import CLIP_PX, GESTURE_INPUT, PREDICTED, exported_picture
from segan_cli.training.run.run_folder import RunFolder
from segan_cli.training.run.starting_point import generator_weights, load_weights
from segan_cli.training.settings import NetworkSettings, TrainSettings

PROBE_CHAR = "一"


@dataclass(frozen=True, slots=True)
class RunNetwork:
    """A run's averaged generator; threads may share it, as they share a `GeneratorSession`.

    Args:
        device: "cpu" or "cuda".
        batch_size: glyphs that a thread takes at a time.
        generator: in evaluation mode, on the device.
    """

    device: str
    batch_size: int
    generator: Generator

    def draw(self, source: Batch, skeleton: Batch, style: int, gesture: Gestures | None = None) -> Batch:
        """Draw glyphs, as `GeneratorSession.draw`.

        Args:
            source: (B, 1, S, S) float32 in the network's range.
            skeleton: the same.
            style: the hand's number.
            gesture: (B, 2), added to the weight and contrast that are predicted; None adds nothing.

        Returns:
            (B, 1, S, S) float32 in the network's range; of a network with an edge stage (B, 1, 2S, 2S) signed distances.

        Source: ours: on a CPU one at a time, on a GPU always a whole batch, filled up where there are fewer, so that a glyph is the
            same whatever stands beside it.
        """
        size = 1 if self.device == "cpu" else self.batch_size
        drawn: list[Batch] = []
        for start in range(0, len(source), size):
            rows = np.minimum(np.arange(start, start + size), len(source) - 1)
            offset = None if gesture is None else gesture[rows]
            drawn.append(self._draw(source[rows], skeleton[rows], style, offset)[: len(source) - start])
        return np.concatenate(drawn)

    def _draw(self, source: Batch, skeleton: Batch, style: int, offset: Gestures | None) -> Batch:
        number = torch.full((len(source),), style, dtype=torch.int64, device=self.device)
        with torch.inference_mode():
            pictures = (torch.from_numpy(one).to(self.device) for one in (source, skeleton))
            told = None if offset is None else torch.from_numpy(offset).to(self.device)
            picture = exported_picture(self.generator(*pictures, number, offset=told))
        result: Batch = picture.float().cpu().numpy()
        return result


def open_run_network(path: Path, style: str | None = None, device: str = "auto") -> tuple[Bundle, RunNetwork]:
    """Open a run's best weights for the drawing pipeline, without writing an ONNX file.

    Args:
        path: the run's folder.
        style: name of the hand; None takes the only one.
        device: auto, cpu or cuda.

    Returns:
        What a bundle of the run would say of canvas, hand and source font, and the network. The bundle has no files;
        the SHA-256 is that of the weights, so that a run that learned on draws its glyphs anew.

    Raises:
        UsageError: no run, no such hand, no weights, no such device.
        CheckpointError: the weights are damaged.
    """
    place = _torch_device(device)
    run = RunFolder.open(path)
    settings, split = run.settings(), run.split()
    number = style_number(split["styles"], style, path)
    weights = generator_weights(path)
    generator = Generator(settings.network, len(split["styles"])).eval()
    load_weights(generator, weights, path)
    network = RunNetwork(place, 4 if place == "cpu" else 16, generator.to(place))
    manifest = _manifest(path, settings, split, _sha256(weights), network)
    return Bundle(path, manifest, number, split["source_font"].get("spec")), network


def style_number(styles: Sequence[dict[str, Any]], wanted: str | None, path: Path) -> int:
    """Which hand of a run is wanted: its place in the run's `styles`.

    Args:
        styles: of `split.json`.
        wanted: its name; None takes the only one.
        path: the run's folder, for the message.

    Raises:
        UsageError: several hands and none named, or no such hand.
    """
    names = [one["name"] for one in styles]
    if wanted is None and len(names) == 1:
        return 0
    if wanted not in names:
        held = "several hands" if wanted is None else f"no hand {wanted!r}"
        raise UsageError(
            f"{path} holds {held}; choose with --style: {', '.join(names)}.{did_you_mean(wanted or '', names)}"
        )
    return names.index(wanted)


def _manifest(
    path: Path, settings: TrainSettings, split: dict[str, Any], sha256: str, network: RunNetwork
) -> BundleManifest:
    paper = np.zeros((settings.data.size_px, settings.data.size_px), np.float32)
    blank = np.full((1, 1, *paper.shape), -1, np.float32)
    drawn = drawn_ink(network.draw(blank, blank, 0)[0, 0], settings.network)
    source = split["source_font"]
    return BundleManifest(
        name=real_path(path).name,
        styles=tuple(_style(style) for style in split["styles"]),
        frame=Frame(settings.data.size_px),
        source_font=SourceFontName(source["family"], source["sha256"]),
        files={"fp32": WeightsFile(WEIGHTS_FILE, sha256)},
        probe=make_probe(PROBE_CHAR, 0, paper, drawn),
        license="not stated",
        skeleton=SkeletonSettings(line_width_px=max(1, round(settings.data.size_px / 64))),
        tensors=tensor_names(settings.network),
        output=output_kind(settings),
        training={"settings": settings.by_name(), "learned": _learned_anyway(split, settings)},
    )


def _learned_anyway(split: dict[str, Any], settings: TrainSettings) -> str:
    """Characters that were learned from though the split would hold them out, as a review's are."""
    if settings.data.hold_out == "none":
        return ""
    learned = {char for style in split["styles"] for char in style["train"]}
    return "".join(sorted(char for char in learned if part_of(char, settings.data.split_seed) == "test"))


def output_kind(settings: TrainSettings) -> OutputKind:
    """What a network of these settings draws, as a manifest says it."""
    if not settings.network.draws_distances:
        return OutputKind()
    return OutputKind("distance", FINE_SCALE * settings.data.size_px, CLIP_PX)


def tensor_names(settings: NetworkSettings) -> TensorNames:
    """What its ONNX file calls inputs and outputs."""
    return TensorNames(gesture=GESTURE_INPUT, predicted=PREDICTED) if settings.gesture else TensorNames()


def drawn_ink(drawn: npt.NDArray[np.float32], settings: NetworkSettings) -> Ink:
    """What a network of these settings drew, as ink in [0, 1] at the size that it was drawn."""
    ink: Ink = drawn + np.float32(0.5) if settings.draws_distances else (drawn + np.float32(1)) / np.float32(2)
    return ink.clip(0, 1)


def _style(record: dict[str, Any]) -> Style:
    placement = record["placement"]
    return Style(record["name"], "not stated", Placement(**placement))


def _torch_device(wanted: str) -> str:
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted not in ("cpu", "cuda"):
        raise UsageError(f"A training run is drawn by torch, on auto, cpu or cuda, not on {wanted!r}.")
    if wanted == "cuda" and not torch.cuda.is_available():
        raise UsageError("torch finds no CUDA device on this machine. Use --device cpu.")
    return wanted


def _sha256(weights: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(weights[name].contiguous().numpy().tobytes())
    return digest.hexdigest()
