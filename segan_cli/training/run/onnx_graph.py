"""The generator as an ONNX file, in 32 bits and with its weights stored in 16."""

from __future__ import annotations

import contextlib
import copy
import io
import logging
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from segan_cli.errors import SeganError
from segan_cli.training.model.networks import GESTURE, EnlargeByConvolution, Generated, Generator

OPSET = 18
LEAST_HALVED = 256
"""Weights with fewer numbers stay in 32 bits: they cost nothing, and scales and shifts keep their digits."""

INPUTS, OUTPUT = ("source", "source_skeleton", "style"), "generated"
GESTURE_INPUT, PREDICTED = "gesture", "predicted"

CLIP_PX = 8.0
"""Exported distances are clamped to plus and minus this, in pixels of the drawn grid."""


class ImageOnly(nn.Module):
    """A generator that returns only its picture, for the export."""

    def __init__(self, generator: Generator) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, source: Tensor, source_skeleton: Tensor, style: Tensor) -> Tensor:
        """(B, 1, S, S), (B, 1, S, S), (B,) to (B, 1, S, S), or (B, 1, 2S, 2S) distances with an edge stage."""
        drawn = self.generator(source, source_skeleton, style)
        return exported_picture(drawn)


class WithGesture(ImageOnly):
    """The same for a generator that takes a gesture: the export's input is added to what is predicted."""

    def forward(  # type: ignore[override]
        self, source: Tensor, source_skeleton: Tensor, style: Tensor, gesture: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, 1, S, S), (B, 1, S, S), (B,), (B, 2) to (B, 1, 2S, 2S) distances and the predicted gesture, (B, 2)."""
        drawn = self.generator(source, source_skeleton, style, offset=gesture)
        return exported_picture(drawn), drawn.predicted


def exported_picture(drawn: Generated) -> Tensor:
    """What a bundle's network gives out: distances where they are drawn, else the picture."""
    if drawn.distance is None:
        return drawn.image
    return drawn.distance.clamp(-CLIP_PX, CLIP_PX)


def to_onnx(generator: Generator, size_px: int) -> bytes:
    """The generator as ONNX in 32 bits; inputs `source`, `source_skeleton`, `style`, output `generated`, any batch.

    With a gesture input, `gesture` and `predicted` come last.

    Args:
        generator: on the CPU, with its weights in the plain memory layout.
        size_px: the canvas.
    """
    plain = copy.deepcopy(generator).to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    if plain.edge is not None:
        plain.edge.enlarge = EnlargeByConvolution()
    picture = torch.zeros(2, 1, size_px, size_px)
    example: tuple[Tensor, ...] = (picture, picture.clone(), torch.zeros(2, dtype=torch.int64))
    model, inputs, outputs = ImageOnly(plain), list(INPUTS), [OUTPUT]
    if generator.gesture is not None:
        model, example = WithGesture(plain), (*example, torch.zeros(2, GESTURE))
        inputs, outputs = [*inputs, GESTURE_INPUT], [*outputs, PREDICTED]
    batch = torch.export.Dim("batch", min=1, max=4096)
    with warnings.catch_warnings(), _quiet():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            model.eval(),
            example,
            dynamo=True,
            opset_version=OPSET,
            input_names=inputs,
            output_names=outputs,
            dynamic_shapes=tuple({0: batch} for _ in inputs),
        )
    assert program is not None
    return _bytes(program.model_proto)


def halve_weights(data: bytes) -> bytes:
    """The same network with its large weights stored in 16 bits; it still computes in 32.

    Each halved weight passes a cast that ONNX Runtime folds away when it opens the file, so speed is that of 32 bits.

    Args:
        data: an ONNX file.
    """
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    model = onnx.load_from_string(data)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < LEAST_HALVED:
            continue
        halved = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{tensor.name}.half")
        casts.append(helper.make_node("Cast", [halved.name], [tensor.name], to=TensorProto.FLOAT))
        tensor.CopyFrom(halved)
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    return _bytes(model)


def greatest_difference(
    data: bytes, inputs: dict[str, npt.NDArray[Any]], expected: npt.NDArray[np.float32]
) -> tuple[float, float]:
    """How far an ONNX file's pictures lie from torch's.

    Args:
        data: the ONNX file.
        inputs: by name.
        expected: what torch drew.

    Returns:
        The greatest and the mean absolute difference.

    Raises:
        SeganError: ONNX Runtime is not there or cannot run the file.
    """
    import onnxruntime

    try:
        session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
        drawn = session.run([OUTPUT], inputs)[0]
    except Exception as error:
        raise SeganError(f"ONNX Runtime cannot run what was exported: {str(error).splitlines()[0]}") from error
    apart = np.abs(drawn - expected)
    return float(apart.max()), float(apart.mean())


def _bytes(model: Any) -> bytes:
    """The file's bytes without notes on where this machine keeps its Python files."""
    del model.metadata_props[:]
    model.doc_string = ""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.value_info, *model.graph.input, *model.graph.output, *model.graph.initializer):
        if hasattr(value, "metadata_props"):
            del value.metadata_props[:]
    data: bytes = model.SerializeToString()
    return data


@contextlib.contextmanager
def _quiet() -> Any:
    """torch's exporter talks on stdout and logs; nobody asked it to."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        logger.setLevel(level)
