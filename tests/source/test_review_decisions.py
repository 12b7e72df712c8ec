"""The journal of decisions: latest wins, undo of everything, torn lines, several writers, hostile lines."""

import json
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segan_cli.errors import UsageError
from segan_cli.glyph import Contour, Frame, GlyphRaster, TracedGlyph
from segan_cli.source.adjustment import adjusted_contours, adjusted_raster
from segan_cli.source.review_decisions import (
    DECISIONS_FILE,
    Adjustment,
    Decision,
    DecisionJournal,
    Decisions,
    decided,
    fingerprint,
    followed,
    read_decisions,
)


def test_the_latest_decision_holds_and_is_on_the_disk(tmp_path: Path) -> None:
    journal = DecisionJournal(tmp_path)
    journal.add("accept", "永字", ["a", "b"])
    journal.add("refuse", "永", ["a"])
    for decisions in (journal.now(), read_decisions(tmp_path)):
        assert decisions.of("永").status_of("a") == "refused" and decisions.of("永").refused == ("a",)
        assert decisions.of("字").status_of("b") == "accepted"
        assert decisions.of("書").status_of("c") == "open"


def test_a_decision_ends_with_the_picture_that_it_is_about(tmp_path: Path) -> None:
    picture = tmp_path / "U+6C38.png"
    picture.write_bytes(b"one")
    journal = DecisionJournal(tmp_path)
    journal.add("refuse", "永", [fingerprint(picture)])
    assert set(journal.now().with_status({"永": picture}, "refused")) == {"永"}
    picture.write_bytes(b"two")
    assert not journal.now().with_status({"永": picture}, "refused")
    assert journal.now().of("永").refused


def test_everything_is_undone_and_the_undoing_too(tmp_path: Path) -> None:
    journal = DecisionJournal(tmp_path)
    accepted = journal.add("accept", "永字", ["a", "b"])
    journal.add("adjust", "永", values={"weight": 8})
    undo = journal.add("undo", values={"of": accepted.number})
    now = journal.now()
    assert now.of("永").status == "open" and now.of("字").status == "open" and now.of("永").adjustment.weight == 8
    journal.add("undo", values={"of": undo.number})
    assert journal.now().of("永").status == "accepted" and journal.now().of("永").adjustment.weight == 8


def test_a_line_cut_off_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    DecisionJournal(tmp_path).add("accept", "永", ["a"])
    with (tmp_path / DECISIONS_FILE).open("ab") as file:
        file.write(b'{"number": 2, "do": "refuse", "chars": "\xe6\xb0')
    journal = DecisionJournal(tmp_path)
    assert journal.now().of("永").status == "accepted"
    journal.add("write", "字", ["b"])
    decisions = read_decisions(tmp_path)
    assert decisions.of("永").status == "accepted" and decisions.of("字").status == "write"


def test_two_journals_of_one_folder_see_each_other(tmp_path: Path) -> None:
    journals = [DecisionJournal(tmp_path) for _ in range(2)]

    def decide(journal: DecisionJournal) -> None:
        for code in range(40):
            journal.add("accept", chr(0x4E00 + code), [f"{code}"])

    threads = [threading.Thread(target=decide, args=(journal,)) for journal in journals for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [line.number for line in read_decisions(tmp_path).lines]
    assert numbers == list(range(1, 161))
    assert journals[0].now().glyphs == journals[1].now().glyphs


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "null",
        '{"number": 9}',
        '{"number": "x", "do": "accept"}',
        '{"number": 9, "do": "delete", "chars": "永"}',
        '{"number": 9, "do": "adjust", "chars": "永", "weight": 1e9}',
        '{"number": 9, "do": "adjust", "chars": "永", "size": "big"}',
        '{"number": 9, "do": "accept", "chars": 7}',
    ],
)
def test_foreign_lines_are_left_out(tmp_path: Path, line: str) -> None:
    DecisionJournal(tmp_path).add("accept", "永", ["a"])
    with (tmp_path / DECISIONS_FILE).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert read_decisions(tmp_path).of("永").status == "accepted"
    assert DecisionJournal(tmp_path).add("refuse", "字", ["b"]).number == 2


ACTION = st.sampled_from(["accept", "refuse", "write", "reopen", "adjust", "undo"])


@given(st.lists(st.tuples(ACTION, st.sampled_from("永字書"), st.integers(1, 12)), max_size=12), st.integers(0, 12))
def test_the_quick_way_and_the_long_way_agree(steps: list[tuple[str, str, int]], cut: int) -> None:
    lines = []
    for number, (action, char, of) in enumerate(steps, start=1):
        if action == "undo":
            lines.append(Decision(number, "undo", values={"of": min(of, number - 1)}))
        else:
            values = {"weight": of} if action == "adjust" else {}
            lines.append(Decision(number, action, (char,), (f"{of}",), values))  # type: ignore[arg-type]
    folder = Path("nowhere")
    assert followed(decided(folder, lines[:cut]), lines[cut:]) == decided(folder, lines)


def test_lines_are_plain_json(tmp_path: Path) -> None:
    made = DecisionJournal(tmp_path).add("adjust", "永", ["a"], {"dx": 10.5}, by="me")
    words = json.loads((tmp_path / DECISIONS_FILE).read_text(encoding="utf-8"))
    assert words["do"] == "adjust" and words["chars"] == "永" and words["dx"] == 10.5 and words["at"] == made.at
    assert read_decisions(tmp_path) == Decisions(tmp_path, (made,), DecisionJournal(tmp_path).now().glyphs)


@pytest.mark.parametrize(("name", "value"), [("weight", 61), ("size", 0.4), ("dx", float("nan")), ("left", "5")])
def test_an_adjustment_out_of_range_is_refused(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=name):
        Adjustment(**{name: value})  # type: ignore[arg-type]


def test_weight_moves_both_edges_by_half_and_size_scales_about_the_middle() -> None:
    ink = np.zeros((100, 100), np.float32)
    ink[20:80, 40:60] = 1
    raster = GlyphRaster("永", ink, Frame(100))
    heavier = adjusted_raster(raster, Adjustment(weight=40)).ink
    assert heavier.sum() == pytest.approx(24 * 64, rel=0.01)
    assert adjusted_raster(raster, Adjustment(weight=-40)).ink.sum() == pytest.approx(16 * 56, rel=0.01)
    assert adjusted_raster(raster, Adjustment()).ink is ink
    square = Contour(np.array([[40.0, 40], [60, 40], [60, 60], [40, 60]]), np.ones(4, bool))
    moved = adjusted_contours(TracedGlyph("永", (square,), Frame(100)), Adjustment(size=1.5, dx=100, dy=50))
    assert moved.contours[0].points.tolist() == [[45, 30], [75, 30], [75, 60], [45, 60]]


def test_a_folder_that_is_a_link_in_a_circle_has_no_decisions(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert read_decisions(tmp_path / "loop").glyphs == {}
