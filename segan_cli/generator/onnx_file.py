"""A look into an ONNX file without loading it: is it one, and does it keep to itself?

An ONNX file may name other files for its weights ("external data"). A bundle's file may not: what is drawn comes from
the bytes that were checked. Only the outer structure of the protocol buffer is walked; no package is needed.
"""

from __future__ import annotations

from collections.abc import Iterator

from segan_cli.generator.manifest import BundleError

_GRAPH, _FUNCTION = 7, 25  # of ModelProto
_TENSOR_PATHS = {
    "model": {_GRAPH: "graph", _FUNCTION: "function"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
}
_EXTERNAL_DATA, _DATA_LOCATION = 13, 14  # of TensorProto


def check_self_contained(data: bytes, where: str) -> None:
    """Check that `data` is an ONNX model that holds all of its weights.

    Args:
        data: the file's bytes.
        where: its name, for the messages.

    Raises:
        BundleError: not an ONNX model, or one that reads other files.

    Source: onnx.proto (ModelProto, GraphProto, TensorProto field numbers), protocol buffers wire format.
    """
    try:
        has_graph = any(number == _GRAPH for number, _, _ in _fields(data, 0, len(data)))
        external = has_graph and _names_other_files(data, 0, len(data), "model")
    except (IndexError, ValueError, RecursionError) as error:
        raise BundleError(f"{where} is not an ONNX file, or it is damaged.") from error
    if not has_graph:
        raise BundleError(f"{where} is not an ONNX file: it has no graph.")
    if external:
        raise BundleError(
            f"{where} keeps weights in other files. A bundle's ONNX file must hold them itself; export it again."
        )


def _names_other_files(data: bytes, start: int, end: int, kind: str) -> bool:
    children = _TENSOR_PATHS.get(kind, {})
    for number, first, last in _fields(data, start, end):
        if kind == "tensor":
            if number == _EXTERNAL_DATA or (number == _DATA_LOCATION and first != 0):
                return True
        elif number in children and _names_other_files(data, first, last, children[number]):
            return True
    return False


def _fields(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The fields of one message: number and (first, last) byte of its value; (value, value) for a varint."""
    at = start
    while at < end:
        tag, at = _varint(data, at)
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
