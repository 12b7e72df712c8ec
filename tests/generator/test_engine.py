"""What is asked of ONNX Runtime, and what is made of its answers; the engine is a fake one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest

from segan_cli.errors import SeganError, UsageError
from segan_cli.generator import session as session_module
from segan_cli.generator.bundle import Bundle, BundleError, NetworkRange, Style, TensorNames, open_bundle
from segan_cli.generator.session import BATCH_SIZE, DEVICES, GeneratorSession, available_devices

SIDE = 64
PICTURE = "tensor(float)"


@dataclass
class Tensor:
    """An input or output as ONNX Runtime describes it."""

    name: str
    type: str = PICTURE
    shape: tuple[int | str, ...] = ("batch", 1, SIDE, SIDE)


@dataclass
class Engine:
    """Stands for `onnxruntime.InferenceSession`; it gives back the source, or `answer`, and keeps what it was given."""

    weights: bytes = b""
    options: Any = None
    providers: list[Any] = field(default_factory=list)
    inputs: list[Tensor] = field(
        default_factory=lambda: [
            Tensor("source"),
            Tensor("source_skeleton"),
            Tensor("style", "tensor(int64)", ("batch",)),
        ]
    )
    outputs: list[Tensor] = field(default_factory=lambda: [Tensor("generated")])
    answer: Any = None
    serving: str = ""
    calls: list[tuple[list[str], dict[str, Any], Any]] = field(default_factory=list)

    def get_providers(self) -> list[str]:
        (first,) = self.providers
        return [self.serving or (first if isinstance(first, str) else first[0]), "CPUExecutionProvider"]

    def get_inputs(self) -> list[Tensor]:
        return self.inputs

    def get_outputs(self) -> list[Tensor]:
        return self.outputs

    def run(self, names: list[str], feed: dict[str, Any], options: Any) -> list[Any]:
        self.calls.append((names, feed, options))
        if isinstance(self.answer, Exception):
            raise self.answer
        return [feed["source"] if self.answer is None else self.answer]


@pytest.fixture
def bundle(make_bundle: Callable[..., Path]) -> Bundle:
    return open_bundle(make_bundle(network=NetworkRange(ink=1.0, paper=-0.5)), "thin")


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Engine]]:
    """Every engine that is opened from now on: `engines(answer=…)`."""

    def watch(**values: Any) -> list[Engine]:
        opened: list[Engine] = []

        def made(weights: bytes, options: Any, providers: list[Any]) -> Engine:
            opened.append(Engine(weights, options, providers, **values))
            return opened[-1]

        monkeypatch.setattr(onnxruntime, "InferenceSession", made)
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [*reversed(DEVICES.values())])
        return opened

    return watch


def message(bundle: Bundle, device: str = "cpu", kind: type[SeganError] = BundleError) -> str:
    """What the refusal says, without the bundle's folder."""
    with pytest.raises(kind) as refusal:
        GeneratorSession.open(bundle, device)
    return str(refusal.value).replace(str(bundle.folder), "FOLDER")


@pytest.mark.parametrize("device", DEVICES)
def test_each_device_is_served_by_its_provider_one_thread_a_call(
    bundle: Bundle, engines: Callable[..., list[Engine]], device: str
) -> None:
    opened = engines()
    session = GeneratorSession.open(bundle, device, precision="fp32")
    (engine,) = opened
    repeatable = {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}  # or a glyph differs from run to run
    provider = DEVICES[device]
    assert engine.providers == [(provider, repeatable) if device == "cuda" else provider]
    assert (engine.options.intra_op_num_threads, engine.options.inter_op_num_threads) == (1, 1)
    assert engine.options.log_severity_level == 3  # errors alone
    assert engine.weights == bundle.weights("fp32")
    assert (session.device, session.batch_size, session.engine) == (device, BATCH_SIZE[device], engine)
    assert session.tensors == bundle.manifest.tensors


def test_threads_and_precision_are_handed_on(bundle: Bundle, engines: Callable[..., list[Engine]]) -> None:
    opened = engines()
    GeneratorSession.open(bundle, "cpu", threads=3)
    assert opened[0].options.intra_op_num_threads == 3
    with pytest.raises(UsageError, match="no fp16 weights"):
        GeneratorSession.open(bundle, "cpu", precision="fp16")


def test_auto_takes_cuda_and_else_the_cpu(
    bundle: Bundle, engines: Callable[..., list[Engine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engines()
    assert available_devices() == ["cpu", "cuda", "coreml", "directml"]
    assert GeneratorSession.open(bundle).device == "cuda"
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["CoreMLExecutionProvider", "CPUExecutionProvider"]
    )
    assert available_devices() == ["cpu", "coreml"]
    assert GeneratorSession.open(bundle).device == "cpu"
    assert GeneratorSession.open(bundle, "coreml").device == "coreml"


def test_what_is_no_device_or_not_offered_here_is_said(
    bundle: Bundle, engines: Callable[..., list[Engine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engines()
    assert message(bundle, "cpuu", UsageError) == (
        "There is no device 'cpuu'; it is one of auto, cpu, cuda, coreml, directml. Did you mean 'cpu'?"
    )
    monkeypatch.setattr(
        onnxruntime, "get_available_providers", lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"]
    )
    assert message(bundle, "coreml", UsageError) == (
        "The installed ONNX Runtime cannot use coreml; here it offers cpu, cuda."
    )
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    assert message(bundle, "cuda", UsageError) == (
        "The installed ONNX Runtime cannot use cuda; here it offers cpu. For an NVIDIA GPU: pip uninstall onnxruntime; "
        "pip install onnxruntime-gpu."
    )


def test_a_provider_that_does_not_start_is_passed_over_by_auto_and_an_error_by_name(
    bundle: Bundle,
    engines: Callable[..., list[Engine]],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    engines()
    made = onnxruntime.InferenceSession

    def broken(weights: bytes, options: Any, providers: list[Any]) -> Engine:
        if providers == ["CPUExecutionProvider"]:
            return made(weights, options, providers)
        raise RuntimeError("libcudnn.so.9 is missing")

    monkeypatch.setattr(onnxruntime, "InferenceSession", broken)
    with caplog.at_level(logging.INFO):
        assert GeneratorSession.open(bundle).device == "cpu"
    assert caplog.messages == ["cuda does not start: libcudnn.so.9 is missing"]
    assert message(bundle, "cuda", UsageError) == (
        "cuda does not work on this machine, although ONNX Runtime has its provider: its driver or libraries are missing or of "
        "another version (run again with -v for details). Use --device cpu."
    )


def test_an_engine_that_falls_back_to_the_cpu_in_silence_is_not_taken_for_a_gpu(
    bundle: Bundle, engines: Callable[..., list[Engine]]
) -> None:
    engines(serving="CPUExecutionProvider")
    assert message(bundle, "cuda", UsageError).startswith("cuda does not work on this machine")
    assert GeneratorSession.open(bundle).device == "cpu"


def test_a_network_that_onnx_runtime_cannot_read_is_the_bundles_fault(
    bundle: Bundle, engines: Callable[..., list[Engine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(*words)

    engines()
    monkeypatch.setattr(onnxruntime, "InferenceSession", broken)
    words = ["No opset 99.\nAnd a long tale."]
    assert message(bundle) == "ONNX Runtime cannot read the network of FOLDER: No opset 99."
    words = []
    assert message(bundle) == "ONNX Runtime cannot read the network of FOLDER: RuntimeError"


def test_memory_is_limited_while_a_network_is_tried_on_the_cpu(
    bundle: Bundle, engines: Callable[..., list[Engine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits, opened = [], engines()

    @contextmanager
    def limited(more_bytes: int) -> Iterator[None]:
        limits.append(more_bytes)
        yield
        assert len(opened[-1].calls) == 1  # the blank glyphs were drawn under the limit

    monkeypatch.setattr(session_module, "memory_limited", limited)
    GeneratorSession.open(bundle, "cuda")  # maps far more than it uses
    assert not limits
    GeneratorSession.open(bundle, "cpu")
    assert limits == [6 << 30]


def test_blank_glyphs_are_drawn_in_the_last_style_on_opening_and_their_clock_is_stopped(
    bundle: Bundle, engines: Callable[..., list[Engine]], monkeypatch: pytest.MonkeyPatch
) -> None:
    clocks = []

    class Clock(threading.Timer):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            clocks.append((self, arguments))

    monkeypatch.setattr(threading, "Timer", Clock)
    opened = engines()
    GeneratorSession.open(bundle, "cpu")
    ((names, feed, options),) = opened[0].calls
    assert names == ["generated"] and set(feed) == {"source", "source_skeleton", "style"}
    blank = np.full((BATCH_SIZE["cpu"], 1, SIDE, SIDE), -0.5, np.float32)
    assert all(feed[name].dtype == np.float32 and np.array_equal(feed[name], blank) for name in list(feed)[:2])
    assert feed["style"].dtype == np.int64 and feed["style"].tolist() == [1] * 4
    ((clock, (seconds, does, what)),) = clocks
    assert clock.daemon and clock.finished.is_set()  # it keeps no program from its end, and is not left behind
    assert seconds == session_module.PROBE_SECONDS and not options.terminate
    does(*what)
    assert options.terminate  # which stops the network


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (np.zeros((4, 1, SIDE, SIDE - 1), np.float32), "(4, 1, 64, 63)"),
        (np.zeros((4, 2, SIDE, SIDE), np.float32), "(4, 2, 64, 64)"),
        (np.where(np.eye(SIDE) > 0, np.inf, 0) * np.ones((4, 1, 1, 1)), "(4, 1, 64, 64)"),
    ],
)
def test_a_picture_of_another_size_or_without_numbers_is_refused(
    bundle: Bundle, engines: Callable[..., list[Engine]], answer: Any, shown: str
) -> None:
    engines(answer=answer)
    assert message(bundle) == (f"The network of FOLDER draws {shown} and not (4, 1, 64, 64), or numbers that are none.")


def test_an_error_on_opening_names_the_styles_if_there_are_several(
    bundle: Bundle, engines: Callable[..., list[Engine]], make_bundle: Callable[..., Path]
) -> None:
    engines(answer=RuntimeError("Gather: index 1 is out of bounds\nat node 7"))
    assert message(bundle) == (
        "The network of FOLDER does not work for the 2 styles that the manifest lists. The network cannot draw: Gather: index 1 "
        "is out of bounds"
    )
    single = open_bundle(make_bundle("single", styles=(Style("thin", "OFL-1.1"),)))
    assert message(single).startswith("The network of FOLDER does not work. The network cannot draw: ")


@pytest.mark.parametrize(
    ("inputs", "outputs", "said"),
    [
        ([Tensor("source")], None, "takes ['source'], not ['source', 'source_skeleton', 'style'], or does not give 'generated'."),
        (None, [Tensor("image")],
         "takes ['source', 'source_skeleton', 'style'], not ['source', 'source_skeleton', 'style'], or does not give 'generated'."),
        ([Tensor("source"), Tensor("source_skeleton", "tensor(float16)"), Tensor("style", "tensor(int64)")], None,
         "takes tensor(float), tensor(float16), tensor(int64); pictures come as tensor(float) and styles as tensor(int64). Export "
         "it again."),
        ([Tensor("source"), Tensor("source_skeleton"), Tensor("style", "tensor(int32)")], None,
         "takes tensor(float), tensor(float), tensor(int32); pictures come as tensor(float) and styles as tensor(int64). Export it "
         "again."),
        ([Tensor("source", shape=("batch", 1, SIDE, 32)), Tensor("source_skeleton"), Tensor("style", "tensor(int64)")], None,
         "draws on (64, 32) pixels, the manifest says 64."),
    ],
)  # fmt: skip
def test_another_network_than_the_manifest_promises_is_refused(
    bundle: Bundle, engines: Callable[..., list[Engine]], inputs: list[Tensor], outputs: list[Tensor], said: str
) -> None:
    given = {"inputs": inputs, "outputs": outputs}
    engines(**{name: value for name, value in given.items() if value is not None})
    assert message(bundle) == f"The network of FOLDER {said}"


def test_sides_without_a_number_are_any(bundle: Bundle, engines: Callable[..., list[Engine]]) -> None:
    source = Tensor("source", shape=("batch", 1, "side", SIDE))
    engines(inputs=[source, Tensor("source_skeleton"), Tensor("style", "tensor(int64)")])
    assert GeneratorSession.open(bundle, "cpu").device == "cpu"


def test_gestures_reach_a_network_that_takes_them(
    engines: Callable[..., list[Engine]], make_bundle: Callable[..., Path]
) -> None:
    taking = open_bundle(make_bundle("gesture", tensors=TensorNames(gesture="hand")), "thin")
    inputs = [*Engine().inputs, Tensor("hand", shape=("batch", 2))]
    opened = engines(inputs=inputs)
    session = GeneratorSession.open(taking, "cpu")
    assert np.array_equal(opened[0].calls[0][1]["hand"], np.zeros((4, 2)))
    pictures, gesture = np.zeros((5, 1, SIDE, SIDE), np.float32), np.arange(10.0).reshape(5, 2)
    assert len(session.draw(pictures, pictures, 0, gesture)) == len(session.draw(pictures, pictures, 0)) == 5
    given = [feed["hand"] for _, feed, _ in opened[0].calls[1:]]
    assert all(one.dtype == np.float32 for one in given)
    assert given[0].tolist() == gesture[:4].tolist() and given[1].tolist() == [[8.0, 9.0]] * 4
    assert not given[2].any() and not given[3].any() and given[3].shape == (4, 2)


def test_a_batch_is_filled_up_with_its_last_glyph(bundle: Bundle, engines: Callable[..., list[Engine]]) -> None:
    opened = engines()
    session = GeneratorSession.open(bundle, "cpu")
    source = np.arange(6, dtype=np.float32)[:, None, None, None] * np.ones((1, 1, SIDE, SIDE), np.float32)
    assert np.array_equal(session.draw(source, -source, 1), source)
    fed = [(feed["source"][:, 0, 0, 0].tolist(), feed["source_skeleton"][:, 0, 0, 0].tolist(), feed["style"].tolist(), options)
           for _, feed, options in opened[0].calls[1:]]  # fmt: skip
    assert fed == [
        ([0, 1, 2, 3], [0, -1, -2, -3], [1] * 4, None),
        ([4, 5, 5, 5], [-4, -5, -5, -5], [1] * 4, None),
    ]


def test_what_is_drawn_is_float32_and_what_fails_is_one_sentence(
    bundle: Bundle, engines: Callable[..., list[Engine]]
) -> None:
    opened = engines(answer=np.full((4, 1, SIDE, SIDE), 0.5, np.float64))
    session = GeneratorSession.open(bundle, "cpu")
    picture = np.zeros((1, 1, SIDE, SIDE), np.float32)
    drawn = session.draw(picture, picture, 0)
    assert drawn.dtype == np.float32 and (drawn == 0.5).all()
    opened[0].answer = MemoryError()
    with pytest.raises(SeganError, match=r"^The network cannot draw: MemoryError$"):
        session.draw(picture, picture, 0)
