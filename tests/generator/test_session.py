import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto, helper

from segan_cli.errors import UsageError
from segan_cli.generator import session as session_module
from segan_cli.generator.bundle import BundleError, TensorNames, open_bundle
from segan_cli.generator.memory import memory_limited
from segan_cli.generator.session import GeneratorSession, available_devices
from tests.conftest import tiny_network

MakeBundle = Callable[..., Path]


def _pictures(count: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(3).choice([-1.0, 1.0], (count, 1, 64, 64)).astype(np.float32)


def test_a_glyph_alone_is_the_glyph_in_any_batch(make_bundle: MakeBundle) -> None:
    session = GeneratorSession.open(open_bundle(make_bundle(), "thin"), "cpu")
    source, skeleton = _pictures(11), _pictures(11)[::-1].copy()
    together = session.draw(source, skeleton, 1)
    alone = np.concatenate([session.draw(source[i : i + 1], skeleton[i : i + 1], 1) for i in range(11)])
    assert np.array_equal(together, alone)
    assert not np.array_equal(together, session.draw(source, skeleton, 0))


def test_the_network_only_ever_sees_one_shape(make_bundle: MakeBundle) -> None:
    session = GeneratorSession.open(open_bundle(make_bundle(), "thin"), "cpu")
    shapes = set()

    class Engine:
        def run(
            self, names: list[str], feed: dict[str, npt.NDArray[np.float32]], options: object
        ) -> list[npt.NDArray[np.float32]]:
            shapes.update(value.shape[0] for value in feed.values())
            return [feed["source"]]

    watched = GeneratorSession("cpu", session.batch_size, session.tensors, Engine())
    for count in (1, 3, 4, 9):
        assert np.array_equal(watched.draw(_pictures(count), _pictures(count), 0), _pictures(count))
    assert shapes == {session.batch_size}


def test_a_device_that_is_not_there_names_those_that_are(
    make_bundle: MakeBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "available_devices", lambda: ["cpu", "coreml"])
    bundle = open_bundle(make_bundle(), "thin")
    with pytest.raises(UsageError, match=r"cannot use cuda; here it offers cpu, coreml.*onnxruntime-gpu"):
        GeneratorSession.open(bundle, "cuda")
    with pytest.raises(UsageError, match=r"no device 'cud'.*Did you mean 'cuda'"):
        GeneratorSession.open(bundle, "cud")


def test_a_broken_cuda_is_an_error_by_name_and_passed_over_by_auto(
    make_bundle: MakeBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "available_devices", lambda: ["cpu", "cuda"])
    opened = session_module._open_engine
    monkeypatch.setattr(
        session_module, "_open_engine", lambda data, name, *rest: None if name == "cuda" else opened(data, name, *rest)
    )
    bundle = open_bundle(make_bundle(), "thin")
    with pytest.raises(UsageError, match="cuda does not work on this machine"):
        GeneratorSession.open(bundle, "cuda")
    assert GeneratorSession.open(bundle, "auto").device == "cpu"


def test_the_cpu_is_always_there() -> None:
    assert available_devices()[0] == "cpu"


def test_other_inputs_than_promised_are_refused(make_bundle: MakeBundle) -> None:
    folder = make_bundle(tensors=TensorNames(source="picture"))
    with pytest.raises(BundleError, match=r"not .'picture'"):
        GeneratorSession.open(open_bundle(folder, "thin"))


Change = Callable[[onnx.ModelProto], None]


def _changed(change: Change) -> bytes:
    model = onnx.load_from_string(tiny_network())
    change(model)
    return bytes(model.SerializeToString())


def _huge_constant(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(helper.make_tensor("huge", TensorProto.INT64, [1], [10**11]))
    model.graph.node.insert(0, helper.make_node("ConstantOfShape", ["huge"], ["zeros"]))
    model.graph.node.insert(1, helper.make_node("ReduceMean", ["zeros"], ["mean"], keepdims=0))
    model.graph.node[-1].input[0] = "moved"
    model.graph.node.insert(len(model.graph.node) - 1, helper.make_node("Add", ["stretched", "mean"], ["moved"]))


def _other_side(model: onnx.ModelProto) -> None:
    model.graph.node[0].attribute.append(helper.make_attribute("strides", [2, 2]))


def _half_floats(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    model.graph.input[1].type.tensor_type.elem_type = TensorProto.FLOAT16


def _not_a_number(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].float_data[:] = [float("nan")] * 2


def _too_few_styles(model: onnx.ModelProto) -> None:
    model.graph.initializer[0].CopyFrom(helper.make_tensor("gains", TensorProto.FLOAT, [1, 1, 1, 1], [3.0]))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (_huge_constant, "does not work|cannot read the network"),
        (_other_side, "does not work"),
        (_half_floats, "cannot read the network|float16"),
        (_not_a_number, "numbers that are none"),
        (_too_few_styles, "does not work for the 2 styles"),
    ],
)
def test_a_network_that_cannot_draw_is_found_on_opening(
    make_bundle: MakeBundle, change: Change, complaint: str
) -> None:
    with pytest.raises(BundleError, match=complaint):
        GeneratorSession.open(open_bundle(make_bundle(weights=_changed(change)), "thin"), "cpu")


def test_a_network_that_takes_too_long_is_stopped(make_bundle: MakeBundle, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(model: onnx.ModelProto) -> None:
        wide = helper.make_tensor("wide", TensorProto.FLOAT, [1, 1, 63, 63], [0.0] * 63 * 63)
        model.graph.initializer.append(wide)
        for number in range(400):
            node = helper.make_node(
                "Conv", [f"s{number}" if number else "source", "wide"], [f"s{number + 1}"], pads=[31] * 4
            )
            model.graph.node.insert(number, node)
        model.graph.node[-4].input[0] = "s400"

    monkeypatch.setattr(session_module, "PROBE_SECONDS", 0.05)
    with pytest.raises(BundleError, match="does not work"):
        GeneratorSession.open(open_bundle(make_bundle(weights=_changed(slow)), "thin"), "cpu")


@pytest.mark.skipif(sys.platform != "linux", reason="no other system can be told")
def test_memory_beyond_the_limit_is_refused_and_the_limit_goes() -> None:
    with memory_limited(1 << 28), pytest.raises(MemoryError):
        np.empty(1 << 30, np.uint8)
    assert np.empty(1 << 30, np.uint8).nbytes == 1 << 30
