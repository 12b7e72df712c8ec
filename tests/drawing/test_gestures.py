"""Weight and variants: what a network that takes a gesture is told, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from segan_cli.drawing.draw import DrawPlan, DrawSettings, draw, draw_sample, draw_variations, plan_drawing
from segan_cli.drawing.gestures import FURTHEST, gesture_offsets
from segan_cli.drawing.retry import VARIATIONS
from segan_cli.drawing.sources import open_sources
from segan_cli.errors import UsageError
from segan_cli.generator.bundle import Bundle, GestureStatistics, OutputKind, Style, open_bundle
from segan_cli.generator.manifest import TensorNames
from segan_cli.generator.session import GeneratorSession
from segan_cli.review.redraw import Redrawer
from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder

HAND = GestureStatistics(40.0, 8.0, 0.4, 0.05, ((0.6, 0.0), (0.1, 0.5)))


def distance_network() -> bytes:
    """A network of the newer kind: the source at twice the side as a distance, a pixel heavier for each deviation of weight."""
    from onnx import TensorProto, helper

    def picture(side: str) -> list[str | int]:
        return ["batch", 1, side, side]

    inputs = [
        helper.make_tensor_value_info("source", TensorProto.FLOAT, picture("side")),
        helper.make_tensor_value_info("source_skeleton", TensorProto.FLOAT, picture("side")),
        helper.make_tensor_value_info("style", TensorProto.INT64, ["batch"]),
        helper.make_tensor_value_info("gesture", TensorProto.FLOAT, ["batch", 2]),
    ]
    constants = [
        helper.make_tensor("scales", TensorProto.FLOAT, [4], [1, 1, 2, 2]),
        helper.make_tensor("shape", TensorProto.INT64, [4], [-1, 1, 1, 1]),
        helper.make_tensor("first", TensorProto.INT64, [1], [0]),
        helper.make_tensor("gain", TensorProto.FLOAT, [], [5.0]),
        helper.make_tensor("none", TensorProto.FLOAT, [], [0.0]),
    ]
    nodes = [
        helper.make_node(
            "AveragePool", ["source"], ["soft"], kernel_shape=[5, 5], pads=[2, 2, 2, 2], count_include_pad=0
        ),
        helper.make_node("Resize", ["soft", "", "scales"], ["large"], mode="linear"),
        helper.make_node("Mul", ["large", "gain"], ["distance"]),
        helper.make_node("Gather", ["gesture", "first"], ["weight"], axis=1),
        helper.make_node("Reshape", ["weight", "shape"], ["shift"]),
        helper.make_node("ReduceMean", ["source_skeleton"], ["mean"], axes=[1, 2, 3]),
        helper.make_node("Cast", ["style"], ["number"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["mean", "none"], ["zero"]),
        helper.make_node("Mul", ["number", "none"], ["zeros"]),
        helper.make_node("Reshape", ["zeros", "shape"], ["zero_of_style"]),
        helper.make_node("Add", ["distance", "shift"], ["heavier"]),
        helper.make_node("Add", ["heavier", "zero"], ["so_far"]),
        helper.make_node("Add", ["so_far", "zero_of_style"], ["generated"]),
    ]
    output = [helper.make_tensor_value_info("generated", TensorProto.FLOAT, picture("double"))]
    graph = helper.make_graph(nodes, "distances", inputs, output, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(model.SerializeToString())


@pytest.fixture(autouse=True)
def no_pack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEGAN_MODELS", str(tmp_path / "models"))


@pytest.fixture
def bundle(make_bundle: Callable[..., Path]) -> Bundle:
    styles = (Style("brush", "public domain", number=1, gesture=HAND),)
    folder = make_bundle(
        "distances",
        weights=distance_network(),
        styles=styles,
        tensors=TensorNames(gesture="gesture"),
        output=OutputKind("distance", 128, 8.0),
    )
    return open_bundle(folder)


@pytest.fixture
def plan(bundle: Bundle, bar_font: Path, tmp_path: Path) -> Callable[..., DrawPlan]:
    def planned(out: str, chars: str = "一二三四五六", **settings: object) -> DrawPlan:
        how = DrawSettings(device="cpu", workers=1, **settings)  # type: ignore[arg-type]
        return plan_drawing(bundle, tuple(chars), tmp_path / out, how, source_font=str(bar_font), check=False)

    return planned


def weights(plan: DrawPlan) -> dict[str, float]:
    draw(plan)
    folder = scan_glyph_folder(plan.out)
    return {entry.char: float(read_glyph(entry, folder.fit, plan.frame).ink.mean()) for entry in folder.entries}


def test_chance_has_the_hands_width_and_hangs_on_the_character_alone() -> None:
    chars = [chr(code) for code in range(0x4E00, 0x4E00 + 4000)]
    offsets = gesture_offsets(HAND, chars)
    factor = np.array(HAND.residual)
    assert np.cov(offsets.T) == pytest.approx(factor @ factor.T, abs=0.02) and np.abs(offsets.mean(0)).max() < 0.03
    assert np.array_equal(gesture_offsets(HAND, chars[5:7]), offsets[5:7])
    assert not np.array_equal(gesture_offsets(HAND, chars[:9], variant=1), offsets[:9])
    calm = replace(HAND, chance=0.5)
    assert gesture_offsets(calm, chars) == pytest.approx(offsets / 2, abs=1e-6)
    certain = replace(HAND, chance=0.0)
    assert not gesture_offsets(certain, chars).any()
    assert np.array_equal(gesture_offsets(certain, chars, variant=1), gesture_offsets(HAND, chars, variant=1))
    assert gesture_offsets(None, chars).shape == (4000, 2) and not gesture_offsets(None, chars).any()


def test_weight_is_percent_of_the_hands_mean_and_has_an_end() -> None:
    plain, heavy = (gesture_offsets(HAND, "永", weight=weight) for weight in (0, 10))
    assert heavy - plain == pytest.approx(np.array([[0.5, 0.0]]), abs=1e-6)
    assert gesture_offsets(HAND, "永", weight=40).max() <= FURTHEST
    assert gesture_offsets(HAND, ["永"] * 2, weight=-40).min() >= -FURTHEST


def test_generate_draws_heavier_and_lighter_strokes(plan: Callable[..., DrawPlan]) -> None:
    plain, heavy, light = (weights(plan(f"w{weight}", weight=weight)) for weight in (0, 30, -30))
    assert all(light[char] < plain[char] < heavy[char] for char in plain)
    assert len({round(value / (index + 1), 4) for index, value in enumerate(plain.values())}) > 4, "each has its chance"


def test_variants_are_other_glyphs_and_the_same_ones_again(plan: Callable[..., DrawPlan]) -> None:
    assert weights(plan("a")) != weights(plan("b", variant=1)) == weights(plan("c", variant=1))


def test_a_folder_of_another_weight_is_not_mixed(plan: Callable[..., DrawPlan]) -> None:
    draw(plan("out", weight=10))
    with pytest.raises(UsageError, match="weight 10"):
        plan("out")
    assert not plan("out", weight=10).to_draw


def test_a_distance_is_written_at_any_size(bundle: Bundle, bar_font: Path) -> None:
    sources = open_sources(str(bar_font), bundle.manifest.source_font, "一")
    inks = [draw_sample(bundle, "一", sources, "cpu", size_px=size)[0] for size in (64, 128, 512)]
    assert [len(ink) for ink in inks] == [64, 128, 512]
    assert [ink.mean() for ink in inks] == pytest.approx([inks[1].mean()] * 3, rel=0.02)


def test_other_drawings_of_a_character_differ_in_weight(bundle: Bundle, bar_font: Path) -> None:
    sources = open_sources(str(bar_font), bundle.manifest.source_font, "三")
    session = GeneratorSession.open(bundle, "cpu")
    four: Sequence = draw_variations(bundle, session, sources, "三", VARIATIONS[-4:], DrawSettings())
    again = draw_variations(bundle, session, sources, "三", VARIATIONS[-2:], DrawSettings())
    assert len({round(float(ink.mean()), 4) for _, ink in four}) == 4
    assert np.array_equal(four[-1][1], again[-1][1]), "a variation is the same whatever stands beside it"


def test_a_network_without_gestures_says_so(make_bundle: Callable[..., Path], bar_font: Path, tmp_path: Path) -> None:
    plain = open_bundle(make_bundle("plain"), "thick")
    for how in (DrawSettings(weight=5), DrawSettings(variant=2)):
        with pytest.raises(UsageError, match=r"--(weight 5|variant 2).*thick"):
            plan_drawing(plain, ("一",), tmp_path / "out", how, source_font=str(bar_font))


def test_a_review_offers_other_gestures_and_draws_the_chosen_one_again(bundle: Bundle, bar_font: Path) -> None:
    redrawer = Redrawer(lambda: (bundle, None), DrawSettings(device="cpu"), str(bar_font))
    four = {one.name: one.ink for one in redrawer.draw("三", 0)}
    assert list(four) == ["heavier strokes", "lighter strokes", "more thick and thin", "evener strokes"]
    assert four["heavier strokes"].mean() > 1.2 * four["lighter strokes"].mean()
    assert np.array_equal(redrawer.again("三", "lighter strokes").ink, four["lighter strokes"])
    pages = [[one.name for one in redrawer.draw("三", page)] for page in range(5)]
    assert len({name for page in pages for name in page}) == 20


def test_a_style_without_gestures_is_offered_other_sources(make_bundle: Callable[..., Path], bar_font: Path) -> None:
    redrawer = Redrawer(lambda: (open_bundle(make_bundle(), "thick"), None), DrawSettings(device="cpu"), str(bar_font))
    assert [one.name for one in redrawer.draw("三", 0)] == ["bolder", "lighter", "larger", "smaller"]
