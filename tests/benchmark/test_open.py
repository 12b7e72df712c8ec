"""The open benchmark: fonts by hash, test characters by hash, nothing of the test part to learn from, whole rows only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.ndimage import maximum_filter

from segan_cli.benchmark import hand_scores as hand_scores_module
from segan_cli.benchmark import open_hands, open_score
from segan_cli.benchmark.hand_scores import hand_scores, hand_table
from segan_cli.benchmark.open_classifier import unprepared
from segan_cli.benchmark.open_hands import (
    OpenBenchmark,
    OpenFont,
    PreparedHand,
    find_fonts,
    prepare_hand,
    read_open_benchmark,
    write_hand_task,
)
from segan_cli.benchmark.open_score import OpenRow, read_rows, score_folder, write_table
from segan_cli.errors import SeganError, UsageError
from segan_cli.evaluation.bootstrap import Estimate
from segan_cli.evaluation.evaluate import Metrics, choose_chars
from segan_cli.evaluation.features import Features
from segan_cli.evaluation.hand_classifier import HandVerdict
from segan_cli.files.locks import folder_lock
from segan_cli.glyph import Frame, GlyphRaster, Ink
from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder, write_frame, write_glyph
from segan_cli.source.source_font import open_source_font
from segan_cli.source.split import part_of


def test_what_ships_names_fonts_and_lists_by_hash() -> None:
    fixed = read_open_benchmark()
    assert {hand.registry for hand in fixed.hand} == {"debian", "npm"} and len(fixed.hand) == 6
    assert all(len(hand.sha256) == len(hand.test_sha256) == 64 and hand.license for hand in fixed.hand)
    with pytest.raises(UsageError, match="Did you mean"):
        fixed.hand_named("kouzan-gyoshoo")


@pytest.fixture
def fixed(hand: Path) -> OpenBenchmark:
    """A benchmark of one hand, whose font is the tiny source font."""
    font = open_source_font(hand.parent / "kai.ttf")
    held_out = [char for char in font.chars if part_of(char, 0) == "test"]
    chosen = "".join(choose_chars(held_out, held_out, 5, seed=0))
    kai = OpenFont("fonts-tiny", "debian", font.sha256, "public domain", file="kai.ttf", family="Tiny Kai")
    mine = replace(kai, name="mine", family="", test_sha256=hashlib.sha256(chosen.encode()).hexdigest())
    return replace(read_open_benchmark(), count=5, train_px=64, pictures_px=32, source=kai, hand=(mine,))


@pytest.fixture
def prepared(fixed: OpenBenchmark, hand: Path) -> PreparedHand:
    return prepare_hand(fixed, fixed.hand[0], open_source_font(hand.parent / "kai.ttf"), lambda steps: None)


def test_a_font_is_known_by_its_hash_and_what_lacks_comes_with_its_command(fixed: OpenBenchmark, hand: Path) -> None:
    found = find_fonts([fixed.source, *fixed.hand], [hand.parent])
    assert found[fixed.source.sha256].path == hand.parent / "kai.ttf"
    other = replace(fixed.hand[0], sha256="0" * 64)
    with pytest.raises(UsageError, match=r"mine: apt install fonts-tiny \(another version is at .*kai\.ttf"):
        find_fonts([other], [hand.parent])
    web = replace(other, registry="npm", package="@fontsource/none@1.0.0")
    with pytest.raises(UsageError, match=r"npm install @fontsource/none@1\.0\.0"):
        find_fonts([web], [hand.parent])
    typed_in = hand.parent / "npm"  # npm leaves a package.json where it was typed, which makes no font of that folder
    typed_in.mkdir()
    (typed_in / "package.json").write_text('{"dependencies": {"@fontsource/other": "1.0.0"}}', encoding="utf-8")
    with pytest.raises(UsageError, match=r"npm install @fontsource/none@1\.0\.0"):
        find_fonts([web], [typed_in])


def test_nothing_of_the_test_part_is_there_to_learn_from(
    prepared: PreparedHand, fixed: OpenBenchmark, hand: Path, tmp_path: Path
) -> None:
    folder = write_hand_task(prepared, open_source_font(hand.parent / "kai.ttf"), tmp_path / "open", lambda steps: None)
    names = {part: {file.stem for file in (folder / part).glob("*.png")} for part in ("written", "source", "test")}
    assert (
        names["source"] == names["test"] == {f"U+{ord(char):04X}" for char in (folder / "test.txt").read_text().strip()}
    )
    assert len(names["test"]) == 5 and not names["written"] & names["test"]
    assert {part_of(chr(int(name[2:], 16)), 0) for name in names["written"]} == {"train", "dev"}


def test_another_list_of_test_characters_is_refused(fixed: OpenBenchmark, hand: Path) -> None:
    wrong = replace(fixed.hand[0], test_sha256="0" * 64)
    with pytest.raises(SeganError, match="other test characters"):
        prepare_hand(fixed, wrong, open_source_font(hand.parent / "kai.ttf"), lambda steps: None)


def test_a_row_is_whole_and_stands_in_the_table(
    prepared: PreparedHand, fixed: OpenBenchmark, hand: Path, tmp_path: Path
) -> None:
    out = tmp_path / "open"
    with pytest.raises(UsageError, match="is not prepared"):
        score_folder(fixed, out, "mine", "copy", hand, Metrics())
    folder = write_hand_task(prepared, open_source_font(hand.parent / "kai.ttf"), out, lambda steps: None)
    kept, _ = score_folder(fixed, out, "mine", "copy", folder / "test", Metrics())
    assert kept.scores["iou"] == 1.0 and kept.scores["weight_ratio"] == 1.0
    lost = tmp_path / "lost"
    (folder / "test").rename(lost)
    write_hand_task(prepared, open_source_font(hand.parent / "kai.ttf"), out, lambda steps: None)
    next(lost.glob("*.png")).unlink()
    with pytest.raises(UsageError, match="lacks 1 of the 5 test characters"):
        score_folder(fixed, out, "mine", "less", lost, Metrics())
    assert [row.row for row in read_rows(fixed, out)] == ["copy"]
    assert "| mine | copy | – | – | 1.000 |" in write_table(fixed, out).read_text(encoding="utf-8")
    assert read_rows(replace(fixed, version=2), out) == []


class Means:
    """A picture's 8 × 8 means."""

    name = "pixels"

    def extract(self, inks: Sequence[Ink]) -> Features:
        return np.array([ink.reshape(8, len(ink) // 8, 8, -1).mean((1, 3)).ravel() for ink in inks], dtype=np.float64)


def test_pictures_are_taken_for_their_hand_or_for_another(
    prepared: PreparedHand, fixed: OpenBenchmark, hand: Path, tmp_path: Path
) -> None:
    out, mine = tmp_path / "open", fixed.hand[0]
    metrics = Metrics(extractors={"FD-lite0": Means()})
    folder = write_hand_task(prepared, open_source_font(hand.parent / "kai.ttf"), out, lambda steps: None)
    two = replace(fixed, hand=(mine, replace(mine, name="other")), learned=40)
    alone, _ = score_folder(two, out, "mine", "alone", folder / "test", metrics)
    assert unprepared(two, out) == ["other"] and "hand_top1" not in alone.scores, "one hand is nothing to choose from"
    for part in ("written", "test"):
        _heavier(folder / part, out / "other" / part)
    copy, _ = score_folder(two, out, "mine", "copy", folder / "test", metrics)
    astray, _ = score_folder(two, out, "mine", "astray", out / "other" / "test", metrics)
    assert copy.scores["hand_top1"] == copy.scores["hand_top1_real"] == astray.scores["hand_top1_real"] == 1.0
    assert astray.scores["hand_top1"] == 0.0 and astray.scores["hand_margin"] < 0 < copy.scores["hand_margin_low"]
    text = write_table(two, out).read_text(encoding="utf-8").partition("## Whose hand")[2]
    assert "| mine | copy | 1.000 (1.000–1.000) |" in text and "| mine | astray | 0.000 (0.000–0.000) |" in text
    assert "alone" not in text and "learned 40 glyphs of each of the 2 hands" in text


def test_the_classifiers_quarters_hold_the_figures_of_their_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FirstHalfIsMine:
        def judge(self, features: Features, hand: str) -> HandVerdict:
            share = float((features[:, 0] < 4).mean())
            return HandVerdict(Estimate(share, share, share), Estimate(share, share, share), {hand: share})

    chars = "一二三四五六七八"
    monkeypatch.setattr(hand_scores_module, "source_lines", lambda chars: [float(8 - n) for n in range(8)])
    monkeypatch.setattr(hand_scores_module, "hand_features", lambda *given, **lost: np.arange(8.0)[:, None])
    found = hand_scores(FirstHalfIsMine(), "mine", tmp_path, tmp_path, chars, Means())  # type: ignore[arg-type]
    assert [found[f"hand_top1_q{number}"] for number in range(1, 5)] == [0, 0, 1, 1], "the shortest lines come first"
    assert found["hand_top1"] == 0.5 and found["hand_margin_q4_real_low"] == 1
    ((cells),) = hand_table([("mine", "row", found)])[1]
    assert cells[-1] == "1.000 (1.000–1.000), 1.000"


def _heavier(folder: Path, to: Path) -> None:
    """The same glyphs, with strokes two pixels broader each way."""
    found, frame = scan_glyph_folder(folder), Frame(64)
    write_frame(frame, to)
    for entry in found.entries:
        ink = read_glyph(entry, found.fit, frame).ink
        write_glyph(GlyphRaster(entry.char, maximum_filter(ink, 5), frame), to)


def test_another_recogniser_is_refused(
    fixed: OpenBenchmark, prepared: PreparedHand, hand: Path, tmp_path: Path
) -> None:
    class Other:
        sha256 = "0" * 64

    write_hand_task(prepared, open_source_font(hand.parent / "kai.ttf"), tmp_path, lambda steps: None)
    with pytest.raises(UsageError, match=r"measures with PP-OCRv6 small"):
        score_folder(fixed, tmp_path, "mine", "copy", hand, Metrics(recognizer=Other()))  # type: ignore[arg-type]


def test_a_second_process_is_told_who_is_at_it(
    fixed: OpenBenchmark, hand: Path, tmp_path: Path, segan: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(open_hands, "read_open_benchmark", lambda: fixed)
    scored: list[str] = []
    row = OpenRow("mine", "b", {})
    monkeypatch.setattr(open_score, "score_folder", lambda *given: (scored.append(given[3]), (row, None))[1])
    out = tmp_path / "open"
    prepare = ("benchmark", "--open", "--out", out, "--fonts", hand.parent)
    score = ("benchmark", "--open", "--out", out, "--hand", "mine", "--score", out / "mine" / "test", "--row", "a")
    with folder_lock(out / "mine", "segan benchmark --open"):
        run = segan(*prepare)
        assert run.code == 1 and f"{out / 'mine'} is in use: segan benchmark --open, process" in run.err
    assert segan(*prepare).code == 0
    with folder_lock(out / "mine", "segan benchmark --open"):
        run = segan(*score)
        assert run.code == 1 and "is in use" in run.err
    with folder_lock(out / "mine", "segan benchmark --open --score", part="row-a"):
        assert "is in use" in segan(*score).err, "the same row"
        assert "is in use" in segan(*prepare).err, "the hand itself"
        assert segan(*score[:-1], "b").code == 0, "another row beside it"
    assert scored == ["b"]
    assert not list(out.rglob(".segan-*"))


def test_words_that_belong_to_the_open_benchmark_need_it(segan: Callable[..., Any], tmp_path: Path) -> None:
    run = segan("benchmark", "--out", tmp_path, "--score", tmp_path)
    assert run.code == 2 and "--open" in run.err
    run = segan("benchmark", "--open", "--out", tmp_path, "--score", tmp_path)
    assert run.code == 2 and "Name it: --hand" in run.err
    run = segan("benchmark", "--out", tmp_path)
    assert run.code == 2 and "--styles" in run.err
