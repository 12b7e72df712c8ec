import hashlib
from collections.abc import Callable
from pathlib import Path

import onnx
import pytest
from onnx import helper

from segan_cli.errors import UsageError
from segan_cli.generator.bundle import BundleError, WeightsFile, find_bundle, list_bundles, open_bundle, scan_bundles
from segan_cli.generator.onnx_file import check_network

MakeBundle = Callable[..., Path]


def test_a_style_is_found_by_number_name_title_and_path(make_bundle: MakeBundle) -> None:
    folder = make_bundle()
    models = folder.parent
    for wanted in ("2", "thin", "THIN", f"{folder}#thin", f"{folder}#2", f"{folder / 'manifest.json'}#thin"):
        assert find_bundle(wanted, models).style.name == "thin"
    assert find_bundle("thick hand", models).style.number == 1


def test_an_exported_training_run_is_found(make_bundle: MakeBundle, tmp_path: Path) -> None:
    make_bundle("bundle", folder=tmp_path / "runs" / "mine")
    assert find_bundle(f"{tmp_path / 'runs' / 'mine'}#thick").style.number == 1


def test_an_unknown_style_gets_a_suggestion(make_bundle: MakeBundle) -> None:
    models = make_bundle().parent
    with pytest.raises(UsageError, match=r"'thicc'\. Did you mean 'thick'\? There are: 1 thick, 2 thin"):
        find_bundle("thicc", models)


def test_a_run_without_an_export_says_how(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="segan export"):
        find_bundle(str(tmp_path), tmp_path)


def test_a_bundle_of_several_styles_asks_which(make_bundle: MakeBundle) -> None:
    folder = make_bundle()
    with pytest.raises(UsageError, match=r"draws 2 styles. Say which: --style .*#thick"):
        find_bundle(str(folder), folder / "nowhere")
    with pytest.raises(UsageError, match=r"has no style 'thim'.*Did you mean 'thin'"):
        open_bundle(folder, "thim")


def test_styles_come_by_number_and_broken_bundles_cost_no_other(make_bundle: MakeBundle) -> None:
    models = make_bundle().parent
    broken = make_bundle("broken")
    (broken / "manifest.json").write_text("{}")
    assert [bundle.style.name for bundle in list_bundles(models)] == ["thick", "thin"]
    assert "broken" in str(scan_bundles(models)[1][0])
    assert find_bundle("1", models).style.name == "thick"


def test_a_bundle_in_an_earlier_ones_place_keeps_none_of_its_weights(make_bundle: MakeBundle) -> None:
    folder = make_bundle()
    for name in ("weights.safetensors", "mine.safetensors"):
        (folder / name).write_bytes(b"old")
    make_bundle()
    assert not (folder / "weights.safetensors").exists() and (folder / "mine.safetensors").exists()


def test_a_changed_byte_is_refused(make_bundle: MakeBundle) -> None:
    folder = make_bundle()
    path = folder / "generator.onnx"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(BundleError, match="was changed"):
        open_bundle(folder, "1").weights()


def test_missing_weights_are_named(make_bundle: MakeBundle) -> None:
    folder = make_bundle()
    (folder / "generator.onnx").unlink()
    with pytest.raises(BundleError, match=r"generator\.onnx cannot be read"):
        open_bundle(folder, "1").weights()


def test_an_unknown_precision_names_those_there(make_bundle: MakeBundle) -> None:
    with pytest.raises(UsageError, match="has no int8 weights; it has fp32"):
        open_bundle(make_bundle(), "1").weights("int8")


@pytest.mark.parametrize("data", [b"", b"not a model", b"\x80\x05\x95", bytes(200), b"\x08\x08"])
def test_what_is_no_onnx_is_refused(make_bundle: MakeBundle, data: bytes) -> None:
    files = {"fp32": WeightsFile("generator.onnx", hashlib.sha256(data).hexdigest())}
    with pytest.raises(BundleError, match="is not an ONNX file"):
        open_bundle(make_bundle(weights=data, files=files), "1").weights()


def _external(place: str) -> bytes:
    tensor = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[1], data_location=1)
    tensor.external_data.add(key="location", value="../../secret")
    if place == "initializer":
        graph = helper.make_graph([], "g", [], [], [tensor])
    elif place == "constant":
        graph = helper.make_graph([helper.make_node("Constant", [], ["w"], value=tensor)], "g", [], [])
    else:
        graph = helper.make_graph([], "g", [], [])
        graph.sparse_initializer.add(values=tensor)
    return bytes(helper.make_model(graph).SerializeToString())


@pytest.mark.parametrize("place", ["initializer", "constant", "sparse"])
def test_weights_in_other_files_are_refused(place: str) -> None:
    with pytest.raises(BundleError, match="keeps weights in other files"):
        check_network(_external(place), "here")


def _with_high_bits(data: bytes) -> bytes:
    """The tag of the tensor's external data and of its location with bits that a reader of 32 bits drops."""
    for number, wire in ((13, 2), (14, 0)):
        tag = bytes([number << 3 | wire])
        at = data.index(tag)
        overlong = bytes([tag[0] | 0x80, 0x80, 0x80, 0x80, 0x10])
        data = data[:at] + overlong + data[at + 1 :]
    return data


def test_tags_with_high_bits_hide_nothing() -> None:
    tensor = onnx.TensorProto(name="w", data_type=onnx.TensorProto.FLOAT, dims=[1], data_location=1)
    tensor.external_data.add(key="location", value="../../secret")
    hidden = _with_high_bits(tensor.SerializeToString())
    graph = b"\x2a" + bytes([len(hidden)]) + hidden
    with pytest.raises(BundleError, match="is not an ONNX file, or it is damaged"):
        check_network(b"\x3a" + bytes([len(graph)]) + graph, "here")


def _inner() -> onnx.GraphProto:
    return helper.make_graph([], "inner", [], [])


@pytest.mark.parametrize(
    ("node", "complaint"),
    [
        (helper.make_node("Loop", ["n", "c"], ["y"], body=_inner()), "'Loop', which no bundle needs"),
        (helper.make_node("If", ["c"], ["y"], then_branch=_inner(), else_branch=_inner()), "'If', which no bundle"),
        (helper.make_node("Relu", ["x"], ["y"], body=_inner()), "holds loops or branches"),
        (helper.make_node("RandomNormal", [], ["y"], shape=[1]), "'RandomNormal'"),
        (helper.make_node("Relu", ["x"], ["y"], domain="com.microsoft"), "not ONNX's own"),
    ],
)
def test_only_plain_operators_pass(node: onnx.NodeProto, complaint: str) -> None:
    with pytest.raises(BundleError, match=complaint):
        check_network(helper.make_model(helper.make_graph([node], "g", [], [])).SerializeToString(), "here")


def test_functions_are_refused() -> None:
    model = helper.make_model(helper.make_graph([], "g", [], []))
    model.functions.add(name="f", domain="")
    with pytest.raises(BundleError, match="holds functions"):
        check_network(model.SerializeToString(), "here")


def test_the_shipped_network_passes() -> None:
    assert find_bundle("1").weights()
