from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from segan_cli.errors import MissingExtraError, SeganError
from segan_cli.evaluation import recognizer
from segan_cli.evaluation.recognizer import Recognizer, as_input, package_file
from segan_cli.glyph import Ink


def half(where: str, side: int = 64) -> Ink:
    ink = np.zeros((side, side), np.float32)
    ink[: side // 2] = where == "top"
    ink[side // 2 :] = where == "bottom"
    return ink


def test_it_reads_han_only_however_well_another_class_scores(toy_recognizer: Callable[..., Path]) -> None:
    readings = Recognizer.open(toy_recognizer()).read([half("top"), half("bottom", 96)])
    assert [reading.char for reading in readings] == ["上", "下"]
    assert all(0 < reading.confidence < 0.5 for reading in readings)


def test_a_verdict_holds_the_score_of_the_right_character(toy_recognizer: Callable[..., Path]) -> None:
    reader = Recognizer.open(toy_recognizer())
    right, wrong, unknown = reader.judge([half("top")] * 3, ["上", "下", "永"])
    assert right.right and right.score == right.reading.confidence
    assert not wrong.right and 0 < wrong.score < wrong.reading.confidence
    assert unknown.score == 0.0
    assert reader.score(half("top"), "上") == right.score
    assert reader.knows("上") and not reader.knows("永") and not reader.knows("A")


def test_a_glyph_reads_the_same_in_any_batch(toy_recognizer: Callable[..., Path]) -> None:
    reader = Recognizer.open(toy_recognizer(), threads=1)
    inks = [half("top"), half("bottom")] * 50
    together = reader.read(inks)
    assert len(together) == 100
    assert together == [reader.read([ink])[0] for ink in inks]


def test_the_input_is_pinned() -> None:
    ink = np.zeros((96, 96), np.float32)
    ink[:, :48] = 1
    seen = as_input(ink)
    assert seen.shape == (3, 48, 96) and seen.dtype == np.float32
    assert np.all(seen[:, :, :20] == -1), "ink is dark"
    assert np.all(seen[:, :, 28:48] == 1), "paper is light"
    assert np.all(seen[:, :, 48:] == 0), "mid grey on the right"
    edge = seen[0, 0, 22:26]
    assert np.all(np.diff(edge) >= 0) and -1 < edge[1] < edge[2] < 1, "BILINEAR mixes over the reduction's support"


def test_a_model_without_characters_is_refused(toy_recognizer: Callable[..., Path]) -> None:
    with pytest.raises(SeganError, match="no list of characters"):
        Recognizer.open(toy_recognizer(None))
    with pytest.raises(SeganError, match="no Han character"):
        Recognizer.open(toy_recognizer("a\nb\nc"))


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SeganError, match="no recogniser at"):
        Recognizer.open(tmp_path / "none.onnx")
    (tmp_path / "bad.onnx").write_text("no model")
    with pytest.raises(SeganError, match="cannot be opened"):
        Recognizer.open(tmp_path / "bad.onnx")


def test_without_the_package_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognizer, "package_file", lambda *words: None)
    with pytest.raises(MissingExtraError, match=r"\.\[check\]"):
        Recognizer.open()
    assert Recognizer.open_second() is None


@pytest.mark.tools
def test_the_metric_reads_real_glyphs() -> None:
    if package_file("rapidocr", recognizer.RAPIDOCR_MODEL) is None:
        pytest.skip('needs pip install "segan[check]"')
    font = real_font()
    from segan_cli.glyph import Frame
    from segan_cli.source.raster import render_glyph

    chars = "永和九年歲在癸丑暮春之初會于山陰蘭亭"
    reader = Recognizer.open()
    assert len(reader._chars) == 15909
    verdicts = reader.judge([render_glyph(font, char, Frame(96)).ink for char in chars], chars)
    assert sum(verdict.right for verdict in verdicts) >= 0.85 * len(chars)


def real_font():  # type: ignore[no-untyped-def]
    from segan_cli.errors import UsageError
    from segan_cli.source.source_font import open_source_font

    try:
        return open_source_font("LXGW WenKai")
    except UsageError:
        pytest.skip("needs the font LXGW WenKai (Debian: fonts-lxgw-wenkai)")


def test_the_score_is_the_best_time_step_and_not_the_mean(
    monkeypatch: pytest.MonkeyPatch, toy_recognizer: Callable[..., Path]
) -> None:
    reader = Recognizer.open(toy_recognizer())
    # Three time steps of blank, 上, 下, A, space: 上 is sure in one step, 下 is likely in all of them.
    steps = np.array([[[0.1, 0.9, 0, 0, 0], [0.6, 0, 0.4, 0, 0], [0.6, 0, 0.4, 0, 0]]], np.float32)
    monkeypatch.setattr(reader, "_session", SimpleNamespace(run=lambda *_: [steps]))
    (verdict,) = reader.judge([half("top")], ["下"])
    assert verdict.reading.char == "上" and verdict.reading.confidence == pytest.approx(0.9)
    assert verdict.score == pytest.approx(0.4)
