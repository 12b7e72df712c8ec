from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from segan_cli.evaluation.recognizer import Reading, Verdict
from segan_cli.glyph import Ink

SIDE = 64
CHARS = "一二三四五六七八九十百千万上下左右中大小"


def glyph(char: str, hand: int = 0) -> Ink:
    """A picture of five strokes, the same at every call; another hand moves their ends a little."""
    random = np.random.default_rng(ord(char))
    ends = random.uniform(8, SIDE - 8, (5, 4)) + np.random.default_rng([ord(char), hand]).normal(
        0, 1.5 * (hand > 0), (5, 4)
    )
    image = Image.new("L", (SIDE, SIDE), 0)
    for line in ends:
        ImageDraw.Draw(image).line([float(one) for one in line], fill=255, width=4)
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def glyphs(hand: int = 0, chars: str = CHARS) -> dict[str, Ink]:
    return {char: glyph(char, hand) for char in chars}


class NearestReader:
    """Reads a picture as the character whose template overlaps it most."""

    name, sha256 = "nearest", "0" * 64

    def __init__(self, templates: Mapping[str, Ink]) -> None:
        self.templates = dict(templates)

    def knows(self, char: str) -> bool:
        return char in self.templates

    def judge(self, inks: Sequence[Ink], chars: Sequence[str]) -> list[Verdict]:
        return [self._judge(ink, char) for ink, char in zip(inks, chars, strict=True)]

    def _judge(self, ink: Ink, char: str) -> Verdict:
        scores = {one: self._likeness(ink, template) for one, template in self.templates.items()}
        best = max(scores, key=lambda one: scores[one])
        return Verdict(char, Reading(best, scores[best]), scores.get(char, 0.0))

    @staticmethod
    def _likeness(ink: Ink, template: Ink) -> float:
        norm = float(np.linalg.norm(ink) * np.linalg.norm(template))
        return float((ink * template).sum()) / norm if norm else 0.0


class PixelFeatures:
    """A picture's 8 × 8 means: features enough to see damage."""

    name = "pixels"

    def extract(self, inks: Sequence[Ink]) -> np.ndarray:
        return np.array([ink.reshape(8, len(ink) // 8, 8, -1).mean((1, 3)).ravel() for ink in inks], dtype=np.float64)


@pytest.fixture
def toy() -> SimpleNamespace:
    """Glyph-like pictures and small metrics."""
    return SimpleNamespace(
        side=SIDE, chars=CHARS, glyph=glyph, glyphs=glyphs, NearestReader=NearestReader, PixelFeatures=PixelFeatures
    )


Build = Callable[..., Path]


@pytest.fixture
def toy_recognizer(tmp_path: Path) -> Build:
    """A recogniser of four classes: 上 sees ink in the upper half, 下 in the lower one; "A" always scores best of all."""

    def build(characters: str | None = "上\n下\nA") -> Path:
        from onnx import TensorProto, helper, numpy_helper, save

        weights = np.zeros((4, 5), np.float32)  # upper left, upper right, lower left, lower right → blank 上 下 A space
        weights[0, 1], weights[2, 2] = -2, -2
        nodes = [
            helper.make_node("AveragePool", ["x"], ["halves"], kernel_shape=[24, 48], strides=[24, 48]),
            helper.make_node("ReduceMean", ["halves", "channels"], ["mean"], keepdims=0),
            helper.make_node("Flatten", ["mean"], ["flat"]),
            helper.make_node("MatMul", ["flat", "weights"], ["raw"]),
            helper.make_node("Add", ["raw", "bias"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["chances"]),
            helper.make_node("Unsqueeze", ["chances", "channels"], ["scores"]),
        ]
        arrays = [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([0, 0, 0, 3, 0], np.float32), "bias"),
            numpy_helper.from_array(np.array([1], np.int64), "channels"),
        ]
        graph = helper.make_graph(
            nodes,
            "toy",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 3, 48, 96])],
            [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", 1, 5])],
            arrays,
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
        if characters is not None:
            helper.set_model_props(model, {"character": characters})
        path = tmp_path / "toy.onnx"
        save(model, path)
        return path

    return build
