import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from segan_cli.generator.manifest import BundleError, WeightsFile, manifest_json, parse_manifest, thumbnail


@pytest.fixture
def text(make_bundle: Callable[..., Path]) -> str:
    return (make_bundle() / "manifest.json").read_text(encoding="utf-8")


def test_a_manifest_survives_writing_and_reading(text: str) -> None:
    assert manifest_json(parse_manifest(text, "here")) == text


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"format": 3}, "format 1 to 2 .its format: 3"),
        ({"format": True}, "its format: True"),
        ({"output": {"kind": "curves", "size_px": 0, "clip": 0.0}}, "one of ink, distance"),
        ({"format": None}, "not a bundle's manifest"),
        ({"licens": "x"}, "no entry 'licens'.*Did you mean 'license'"),
        ({"name": 3}, "manifest.name is 3; it should be text"),
        ({"styles": []}, "at least one"),
        ({"frame": {"size_px": 4, "units_per_em": 1000, "descender": 0}}, "size_px is 4"),
        ({"frame": {"size_px": True, "units_per_em": 1000, "descender": 0}}, "should be a whole number"),
        ({"network": {"ink": 1.0, "paper": 1.0}}, "must differ"),
        ({"skeleton": {"threshold": 0.0, "line_width_px": 2}}, "threshold is 0.0"),
        ({"files": {}}, "at least one of fp32"),
        ({"files": {"fp64": {"file": "a.onnx", "sha256": "0" * 64}}}, "fp64"),
        ({"files": {"fp32": {"file": "../a.onnx", "sha256": "0" * 64}}}, "inside the bundle"),
        ({"files": {"fp32": {"file": "a.pkl", "sha256": "0" * 64}}}, "not the name of an .onnx"),
        ({"files": {"fp32": {"file": "a.onnx", "sha256": "0"}}}, "not a SHA-256"),
        ({"probe": None}, "manifest.probe is None"),
    ],
)
def test_what_is_wrong_is_named(text: str, change: dict[str, object], complaint: str) -> None:
    with pytest.raises(BundleError, match=complaint):
        parse_manifest(json.dumps(json.loads(text) | change), "here")


def test_a_manifest_of_an_earlier_version_is_read(text: str) -> None:
    before = text.replace('"license"', '"licence"').replace('"license_url"', '"licence_url"')
    assert before != text
    assert parse_manifest(before, "here") == parse_manifest(text, "here")


def test_a_missing_entry_is_named(text: str) -> None:
    values = json.loads(text)
    del values["license"]
    with pytest.raises(BundleError, match="manifest lacks the entry 'license'"):
        parse_manifest(json.dumps(values), "here")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', "\0", "12"])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(BundleError, match="here"):
        parse_manifest(text, "here")


@pytest.mark.parametrize("name", ["/a.onnx", "a/b.onnx", "a\\b.onnx", "C:a.onnx", ".a.onnx", "..\\a.onnx", "a\n.onnx"])
def test_no_file_name_leaves_the_folder(name: str) -> None:
    with pytest.raises(ValueError, match="inside the bundle"):
        WeightsFile(name, "0" * 64)


def test_a_thumbnail_keeps_the_mean() -> None:
    ink = np.zeros((128, 128), np.float32)
    ink[:64, :32] = 1
    cells = thumbnail(ink)
    assert cells.shape == (16, 16)
    assert cells[:8, :4].min() == 1 and cells.mean() == pytest.approx(ink.mean())
