"""The one door to ONNX Runtime for drawing: a bundle's network on the device that is wanted."""

from __future__ import annotations

import logging
import threading
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np

from segan_cli.errors import SeganError, UsageError, did_you_mean
from segan_cli.generator.bundle import Bundle, BundleError
from segan_cli.generator.manifest import TensorNames
from segan_cli.generator.memory import memory_limited
from segan_cli.generator.normalize import Batch, Gestures

log = logging.getLogger(__name__)

DEVICES = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "coreml": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
"""Device → the ONNX Runtime provider that serves it."""

BATCH_SIZE = {"cpu": 4, "cuda": 64, "coreml": 16, "directml": 32}
"""Glyphs in one call. On a CPU several calls run side by side, each on one core; more than four gains nothing."""

PROBE_SECONDS = 60.0
"""Longest time that a network may take for a few blank glyphs."""
PROBE_BYTES = 6 << 30
"""Memory that it may take for them; the shipped one takes a tenth of that."""
PICTURES, STYLES = "tensor(float)", "tensor(int64)"

_REPEATABLE_CUDA = {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}


@dataclass(frozen=True, slots=True)
class GeneratorSession:
    """A network that is ready to draw; threads may share it.

    Args:
        device: one of `DEVICES`.
        batch_size: glyphs in one call of the network; shorter batches are filled up.
        tensors: names of inputs and output.
        engine: the ONNX Runtime session.
    """

    device: str
    batch_size: int
    tensors: TensorNames
    engine: Any

    @classmethod
    def open(
        cls, bundle: Bundle, device: str = "auto", *, precision: str | None = None, threads: int = 1
    ) -> GeneratorSession:
        """Open a bundle's network.

        Args:
            bundle: the bundle; its bytes are checked.
            device: "auto" (CUDA if it works, else the CPU) or one of `DEVICES`.
            precision: one of the bundle's; None takes its first.
            threads: CPU threads inside one call; 1 is best when several calls run side by side.

        Raises:
            UsageError: unknown device, or one that this machine cannot offer.
            BundleError: the network is damaged, has other inputs and outputs than the manifest says, or cannot draw a
                blank glyph in every style.
        """
        weights = bundle.weights(precision)
        for name in _candidates(device):
            with memory_limited(PROBE_BYTES) if name == "cpu" else nullcontext():
                engine = _open_engine(weights, name, threads, bundle)
                if engine is not None:
                    _check_tensors(engine, bundle)
                    session = cls(name, BATCH_SIZE[name], bundle.manifest.tensors, engine)
                    session._probe(bundle)
                    return session
        raise UsageError(
            f"{device} does not work on this machine, although ONNX Runtime has its provider: its driver or libraries are "
            f"missing or of another version (run again with -v for details). Use --device cpu."
        )

    def draw(self, source: Batch, skeleton: Batch, style: int, gesture: Gestures | None = None) -> Batch:
        """Draw glyphs. The same glyph is the same, bit for bit, whatever stands beside it in the batch.

        Args:
            source: (B, 1, S, S) float32, source glyphs in the network's range.
            skeleton: (B, 1, S, S) float32, their skeletons.
            style: index of the style.
            gesture: (B, 2) float32, each glyph's weight and contrast as an offset from what is expected, in the hand's standard
                deviations; None is 0, and a network that takes no gesture is given none.

        Returns:
            (B, 1, S', S') float32, what the manifest's `output` says.

        Source: ours: every call has the same shape, because a library may compute another shape in another order.
        """
        count, size = len(source), self.batch_size
        given = _zeros(count) if gesture is None else gesture.astype(np.float32)
        parts = []
        for start in range(0, count, size):
            glyphs, lines, offsets = (_filled(one[start : start + size], size) for one in (source, skeleton, given))
            parts.append(self._draw_full(glyphs, lines, offsets, style)[: min(size, count - start)])
        return np.concatenate(parts)

    def _draw_full(self, source: Batch, skeleton: Batch, gesture: Gestures, style: int, options: Any = None) -> Batch:
        feed: dict[str, Any] = {
            self.tensors.source: source,
            self.tensors.source_skeleton: skeleton,
            self.tensors.style: np.full(len(source), style, np.int64),
        }
        if self.tensors.gesture:
            feed[self.tensors.gesture] = gesture
        try:
            drawn: Batch = self.engine.run([self.tensors.generated], feed, options)[0]
        except Exception as error:  # ONNX Runtime raises of its own kinds
            raise SeganError(f"The network cannot draw: {_first_line(error)}") from error
        return drawn.astype(np.float32, copy=False)

    def _probe(self, bundle: Bundle) -> None:
        """Draw blank glyphs in the last style, with an eye on the time: what fails later than here costs hours."""
        import onnxruntime

        side, last = bundle.manifest.frame.size_px, len(bundle.manifest.styles) - 1
        blank = np.full((self.batch_size, 1, side, side), bundle.manifest.network.paper, np.float32)
        options = onnxruntime.RunOptions()
        clock = threading.Timer(PROBE_SECONDS, setattr, (options, "terminate", True))
        clock.daemon = True
        clock.start()
        try:
            drawn = self._draw_full(blank, blank, _zeros(len(blank)), last, options)
        except SeganError as error:
            styles = f" for the {last + 1} styles that the manifest lists" if last else ""
            raise BundleError(f"The network of {bundle.folder} does not work{styles}. {error}") from error
        finally:
            clock.cancel()
        expected = (*blank.shape[:2], bundle.manifest.output_px, bundle.manifest.output_px)
        if drawn.shape != expected or not np.isfinite(drawn).all():
            raise BundleError(
                f"The network of {bundle.folder} draws {drawn.shape} and not {expected}, or numbers that are none."
            )


def available_devices() -> list[str]:
    """The devices that the installed ONNX Runtime can serve, the CPU first."""
    import onnxruntime

    offered = onnxruntime.get_available_providers()
    return [name for name, provider in DEVICES.items() if provider in offered]


def _candidates(device: str) -> list[str]:
    available = available_devices()
    if device == "auto":
        return [name for name in ("cuda", "cpu") if name in available]
    if device not in DEVICES:
        known = ["auto", *DEVICES]
        raise UsageError(
            f"There is no device {device!r}; it is one of {', '.join(known)}.{did_you_mean(device, known)}"
        )
    if device not in available:
        hint = " For an NVIDIA GPU: pip uninstall onnxruntime; pip install onnxruntime-gpu." if device == "cuda" else ""
        raise UsageError(
            f"The installed ONNX Runtime cannot use {device}; here it offers {', '.join(available)}.{hint}"
        )
    return [device]


def _open_engine(weights: bytes, device: str, threads: int, bundle: Bundle) -> Any | None:
    """An ONNX Runtime session, or None if the device's provider does not start."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    provider: Any = (DEVICES[device], _REPEATABLE_CUDA) if device == "cuda" else DEVICES[device]
    try:
        engine = onnxruntime.InferenceSession(weights, options, providers=[provider])
    except Exception as error:
        if device != "cpu":
            log.info("%s does not start: %s", device, error)
            return None
        raise BundleError(f"ONNX Runtime cannot read the network of {bundle.folder}: {_first_line(error)}") from error
    return engine if engine.get_providers()[0] == DEVICES[device] else None


def _check_tensors(engine: Any, bundle: Bundle) -> None:
    tensors, size = bundle.manifest.tensors, bundle.manifest.frame.size_px
    try:
        inputs = {entry.name: (entry.type, entry.shape) for entry in engine.get_inputs()}
        outputs = {entry.name for entry in engine.get_outputs()}
    except UnicodeDecodeError as error:  # of tensors and of the sides in their shapes
        raise BundleError(f"The network of {bundle.folder} is damaged: its names are not UTF-8.") from error
    wanted = {tensors.source, tensors.source_skeleton, tensors.style} | (
        {tensors.gesture} if tensors.gesture else set()
    )
    if set(inputs) != wanted or tensors.generated not in outputs:
        raise BundleError(
            f"The network of {bundle.folder} takes {sorted(inputs)}, not {sorted(wanted)}, or does not give {tensors.generated!r}."
        )
    pictures = {inputs[tensors.source][0], inputs[tensors.source_skeleton][0]}
    if pictures != {PICTURES} or inputs[tensors.style][0] != STYLES:
        raise BundleError(
            f"The network of {bundle.folder} takes {', '.join(kind for kind, _ in inputs.values())}; pictures come as "
            f"{PICTURES} and styles as {STYLES}. Export it again."
        )
    sides = inputs[tensors.source][1][2:]
    if any(isinstance(side, int) and side != size for side in sides):
        raise BundleError(f"The network of {bundle.folder} draws on {sides} pixels, the manifest says {size}.")


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _zeros(count: int) -> Gestures:
    return np.zeros((count, 2), np.float32)


def _filled(batch: Batch, size: int) -> Batch:
    if len(batch) == size:
        return batch
    return np.concatenate([batch, np.repeat(batch[-1:], size - len(batch), axis=0)])
