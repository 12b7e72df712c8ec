from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from segan_cli.errors import UsageError
from segan_cli.generator import session as session_module
from segan_cli.generator.bundle import BundleError, TensorNames, open_bundle
from segan_cli.generator.session import GeneratorSession, available_devices

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
        def run(self, names: list[str], feed: dict[str, npt.NDArray[np.float32]]) -> list[npt.NDArray[np.float32]]:
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
