"""EfficientNet-Lite0 up to its pooled features, built as an ONNX graph from the published weights.

ONNX Runtime draws it many times faster on a CPU than torch does (its separable filters are torch's slow path there).

Source: Tan and Le 2019, "EfficientNet"; the Lite variant: no squeeze-and-excitation, ReLU6, stem and head not scaled.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Weights = Mapping[str, npt.NDArray[np.float32]]
"""Arrays by the names of the published file, such as `_blocks.0._depthwise_conv.weight`."""

EPSILON = 1e-3
"""Batch normalisation's, as the network was trained."""

STAGES = (
    # kernel, stride, expansion, channels out, repeats
    (3, 1, 1, 16, 1),
    (3, 2, 6, 24, 2),
    (5, 2, 6, 40, 2),
    (3, 2, 6, 80, 3),
    (5, 1, 6, 112, 3),
    (5, 2, 6, 192, 4),
    (3, 1, 6, 320, 1),
)


def efficientnet_lite0(weights: Weights, side_px: int) -> bytes:
    """The network as an ONNX file.

    Args:
        weights: the published arrays; a missing one raises KeyError, one of another shape fails when the file is opened.
        side_px: side of the square input.

    Returns:
        A serialised model: `picture` (B, 3, side_px, side_px) float32 to `features` (B, 1280) float32.
    """
    from onnx import TensorProto, helper

    graph = _Graph(weights)
    name = graph.convolve("picture", "_conv_stem", "_bn0", stride=2)
    for index, (stride, adds, expands) in enumerate(_blocks()):
        name = graph.block(name, f"_blocks.{index}.", stride, adds=adds, expands=expands)
    name = graph.convolve(name, "_conv_head", "_bn1")
    graph.node("GlobalAveragePool", [name], "pooled")
    graph.node("Flatten", ["pooled"], "features")
    picture = helper.make_tensor_value_info("picture", TensorProto.FLOAT, ["batch", 3, side_px, side_px])
    features = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", 1280])
    body = helper.make_graph(graph.nodes, "efficientnet_lite0", [picture], [features], graph.arrays)
    model = helper.make_model(body, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


def _blocks() -> list[tuple[int, bool, bool]]:
    """Each block's stride, whether it adds its input, whether it expands."""
    return [
        (stride if index == 0 else 1, index > 0, expansion > 1)
        for _, stride, expansion, _, repeats in STAGES
        for index in range(repeats)
    ]


class _Graph:
    def __init__(self, weights: Weights) -> None:
        from onnx import numpy_helper

        self.weights = weights
        self.nodes: list[Any] = []
        self.arrays = [numpy_helper.from_array(np.float32(limit), name) for name, limit in (("zero", 0), ("six", 6))]

    def node(self, operator: str, inputs: list[str], output: str, **attributes: Any) -> str:
        from onnx import helper

        self.nodes.append(helper.make_node(operator, inputs, [output], **attributes))
        return output

    def convolve(self, x: str, conv: str, norm: str, *, stride: int = 1, groups: int = 1, active: bool = True) -> str:
        """A convolution with TensorFlow's "same" padding, its normalisation folded in, then ReLU6."""
        from onnx import numpy_helper

        kernel, bias = self._folded(conv, norm)
        self.arrays += [numpy_helper.from_array(kernel, conv), numpy_helper.from_array(bias, conv + ".bias")]
        inputs, strides = [x, conv, conv + ".bias"], [stride, stride]
        out = self.node("Conv", inputs, conv + ".out", strides=strides, group=groups, auto_pad="SAME_UPPER")
        return self.node("Clip", [out, "zero", "six"], conv + ".active") if active else out

    def block(self, x: str, prefix: str, stride: int, *, adds: bool, expands: bool) -> str:
        """Expand, filter each channel, project; the input is added where shapes allow it."""
        y = self.convolve(x, prefix + "_expand_conv", prefix + "_bn0") if expands else x
        depthwise = prefix + "_depthwise_conv"
        groups = len(self.weights[depthwise + ".weight"])
        y = self.convolve(y, depthwise, prefix + "_bn1", stride=stride, groups=groups)
        y = self.convolve(y, prefix + "_project_conv", prefix + "_bn2", active=False)
        return self.node("Add", [x, y], prefix + "sum") if adds else y

    def _folded(self, conv: str, norm: str) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        gain, offset, mean, variance = (
            self.weights[f"{norm}.{part}"] for part in ("weight", "bias", "running_mean", "running_var")
        )
        scale = gain / np.sqrt(variance + EPSILON)
        kernel = self.weights[conv + ".weight"] * scale[:, None, None, None]
        return kernel.astype(np.float32), (offset - mean * scale).astype(np.float32)
