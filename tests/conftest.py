"""What every test shares: the network is blocked, the command line runs in the process, fonts are made in memory."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from segan_cli.cli import main
from tests.box_font import save_box_font


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loopback and Unix sockets work; anything else fails the test that tries it."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if (
            self.family != socket.AF_UNIX
            and isinstance(address, tuple)
            and not str(address[0]).startswith(("127.", "::1", "localhost"))
        ):
            raise OSError(f"A test tried to reach {address}.")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", guarded)


@dataclass(frozen=True)
class Run:
    """What a command left: its exit code and what it printed."""

    code: int
    out: str
    err: str


@pytest.fixture
def segan(capsys: pytest.CaptureFixture[str]) -> Callable[..., Run]:
    """Call the command line in this process, as a person would type it: `segan("render", "--chars", "永")`."""

    def run(*words: str | Path) -> Run:
        capsys.readouterr()
        code = 0
        try:
            main([str(word) for word in words])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return Run(code, out, err)

    return run


def tiny_network() -> bytes:
    """An ONNX file with a bundle's inputs and output: the source, blurred a little with its skeleton, in two styles."""
    from onnx import TensorProto, helper

    picture = ["batch", 1, "side", "side"]
    inputs = [
        helper.make_tensor_value_info("source", TensorProto.FLOAT, picture),
        helper.make_tensor_value_info("source_skeleton", TensorProto.FLOAT, picture),
        helper.make_tensor_value_info("style", TensorProto.INT64, ["batch"]),
    ]
    constants = [
        helper.make_tensor("gains", TensorProto.FLOAT, [2, 1, 1, 1], [3.0, 1.5]),
        helper.make_tensor("tenth", TensorProto.FLOAT, [], [0.1]),
    ]
    nodes = [
        helper.make_node("AveragePool", ["source_skeleton"], ["blurred"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Mul", ["blurred", "tenth"], ["faint"]),
        helper.make_node("Add", ["source", "faint"], ["joined"]),
        helper.make_node("Gather", ["gains", "style"], ["gain"], axis=0),
        helper.make_node("Mul", ["joined", "gain"], ["stretched"]),
        helper.make_node("Tanh", ["stretched"], ["generated"]),
    ]
    output = [helper.make_tensor_value_info("generated", TensorProto.FLOAT, picture)]
    graph = helper.make_graph(nodes, "tiny", inputs, output, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.fixture
def make_bundle(tmp_path: Path) -> Callable[..., Path]:
    """Write a tiny bundle of two styles, `thick` (number 1) and `thin` (number 2): `make_bundle("name", weights=…)`."""
    import hashlib

    import numpy as np

    from segan_cli.generator.bundle import BundleManifest, SourceFontName, Style, WeightsFile, make_probe, write_bundle
    from segan_cli.generator.manifest import probe_source
    from segan_cli.glyph import Frame

    def make(
        name: str = "tiny", *, weights: bytes | None = None, folder: Path | None = None, **changes: object
    ) -> Path:
        network = tiny_network() if weights is None else weights
        cross = np.zeros((64, 64), np.float32)
        cross[28:36, 8:56] = cross[8:56, 28:36] = 1
        probe = make_probe("十", 0, cross, cross, tolerance=0.05)
        assert np.array_equal(probe_source(probe, name), cross)
        values: dict[str, object] = {
            "name": name,
            "styles": (
                Style(
                    "thick", "public domain", number=1, title="Thick Hand", script="kaisho", scores={"accuracy": 0.9}
                ),
                Style("thin", "OFL-1.1", number=2),
            ),
            "frame": Frame(64),
            "source_font": SourceFontName("Test Kai", "0" * 64),
            "files": {"fp32": WeightsFile("generator.onnx", hashlib.sha256(network).hexdigest())},
            "probe": probe,
            "license": "CC0-1.0",
        }
        manifest = BundleManifest(**(values | changes))  # type: ignore[arg-type]
        return write_bundle((folder or tmp_path / "models") / name, manifest, {"generator.onnx": network}).parent

    return make


@pytest.fixture
def bar_font(tmp_path: Path) -> Path:
    """A font of six characters, 一二三四五六, each of so many bars; 七 is there, but blank."""

    bars = {
        char: [(150, 40 + 120 * bar, 850, 100 + 120 * bar) for bar in range(n)]
        for n, char in enumerate("一二三四五六", 1)
    }
    return save_box_font(tmp_path / "BarKai.ttf", "Bar Kai", {**bars, "七": ()}, bearing=150)
