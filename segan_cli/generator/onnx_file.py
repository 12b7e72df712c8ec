"""A look into an ONNX file without loading it: is it one, does it keep to itself, and can it come to an end?

An ONNX file may name other files for its weights ("external data"). A bundle's file may not: what is drawn comes from
the bytes that were checked. Nor may it hold loops, branches or functions: an image network needs none, and a loop may have no
end. Only the outer structure of the protocol buffer is walked; no package is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from segan_cli.generator.manifest import BundleError

LARGEST_FILE = 512 << 20
"""Bytes; the shipped network has 3 MB."""

_PLAIN = """
arithmetic:   Abs Add And Cast CastLike Ceil Clip Cos Div Equal Erf Exp Floor Greater GreaterOrEqual Less LessOrEqual Log Max Mean
              Min Mod Mul Neg Not Or Pow Reciprocal Round Sign Sin Sqrt Sub Sum Where Xor
activations:  Celu Elu Gelu HardSigmoid HardSwish LeakyRelu LogSoftmax Mish PRelu Relu Selu Sigmoid Softmax Softplus Softsign Swish Tanh
norms:        BatchNormalization GroupNormalization InstanceNormalization LayerNormalization LpNormalization RMSNormalization
layers:       Attention AveragePool Conv ConvTranspose DeformConv Einsum Gemm GlobalAveragePool GlobalMaxPool GridSample MatMul MaxPool
sums:         ArgMax ArgMin CumSum ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare TopK
shapes:       Concat Constant ConstantOfShape DepthToSpace Expand Flatten Gather GatherElements GatherND Identity Pad Range Reshape
              Resize ScatterElements ScatterND Shape Size Slice SpaceToDepth Split Squeeze Tile Transpose Trilu Unsqueeze Upsample
eight bits:   ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul QuantizeLinear
"""
OPERATORS = frozenset(name for name in _PLAIN.split() if name[0].isupper())
"""What a network may be made of (ONNX's own names): nothing that runs another graph, reads files or draws random numbers."""

_GRAPH, _TRAINING, _FUNCTION = 7, 20, 25  # of ModelProto
_NODE, _OPERATOR, _DOMAIN = 1, 4, 7  # of GraphProto, of NodeProto
_INNER_GRAPHS = (6, 11)  # of AttributeProto
_TENSOR_PATHS = {
    "model": {_GRAPH: "graph"},
    "graph": {_NODE: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 10: "tensor", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14  # of TensorProto


class _Refused(Exception):
    """What a bundle's network may not hold, as the rest of a sentence that begins with the file's name."""


def check_network(data: bytes, where: str) -> None:
    """Check that `data` is an ONNX model that holds all of its weights and nothing but plain operators.

    Args:
        data: the file's bytes.
        where: its name, for the messages.

    Raises:
        BundleError: not an ONNX model, or one that reads other files, holds loops, branches, functions or other operators.

    Source: onnx.proto (field numbers of its messages), protocol buffers wire format.
    """
    if len(data) > LARGEST_FILE:
        raise BundleError(f"{where} has {len(data):,} bytes; a bundle's network has at most {LARGEST_FILE:,}.")
    try:
        graphs = [number for number, _, _ in _fields(data, 0, len(data)) if number == _GRAPH]
        if graphs:
            _check_message(data, 0, len(data), "model")
    except (IndexError, ValueError) as error:
        raise BundleError(f"{where} is not an ONNX file, or it is damaged.") from error
    except _Refused as refused:
        raise BundleError(f"{where} {refused}") from refused
    if not graphs:
        raise BundleError(f"{where} is not an ONNX file: it has no graph.")


def _check_message(data: bytes, start: int, end: int, kind: str) -> None:
    children = _TENSOR_PATHS.get(kind, {})
    for number, first, last in _fields(data, start, end):
        if kind == "tensor" and (number == _EXTERNAL_DATA or (number == _DATA_LOCATION and first != 0)):
            raise _Refused("keeps weights in other files. A bundle's ONNX file must hold them itself; export it again.")
        if kind == "model" and number in (_TRAINING, _FUNCTION):
            raise _Refused("holds functions or a training of its own, which no bundle needs. It is not opened.")
        if kind == "attribute" and number in _INNER_GRAPHS:
            raise _Refused("holds loops or branches, which no bundle needs. It is not opened.")
        if kind == "node" and number == _OPERATOR:
            _check_operator(data[first:last].decode("utf-8", "replace"))
        if kind == "node" and number == _DOMAIN and data[first:last] not in (b"", b"ai.onnx"):
            raise _Refused("holds operators that are not ONNX's own. It is not opened.")
        if number in children:
            _check_message(data, first, last, children[number])


def _check_operator(name: str) -> None:
    if name not in OPERATORS:
        raise _Refused(f"holds the operator {name[:40]!r}, which no bundle needs. It is not opened.")


def _fields(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of one message: number and (first, last) byte of its value; (value, value) for a varint."""
    at = start
    while at < end:
        tag, at = _varint(data, at)
        if tag >> 32:  # other readers drop the high bits, and would see another field than this one
            raise ValueError(f"no field at byte {at}")
        wire, number = tag & 7, tag >> 3
        if wire == 0:
            value, at = _varint(data, at)
            yield number, value, value
            continue
        length, at = _varint(data, at) if wire == 2 else ({1: 8, 5: 4}.get(wire, -1), at)
        if length < 0 or number == 0 or at + length > end:
            raise ValueError(f"no protocol buffer at byte {at}")
        yield number, at, at + length
        at += length


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError(f"no number at byte {at}")
