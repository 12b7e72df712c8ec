"""Learning from a review: which glyphs join a hand, how often they are drawn, and that none of them is held out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segan_cli.errors import UsageError
from segan_cli.glyph import Frame, GlyphRaster, code_point
from segan_cli.source.adjustment import adjusted_picture
from segan_cli.source.review_decisions import Adjustment, DecisionJournal, fingerprint
from segan_cli.source.split import part_of
from segan_cli.training.data.batches import pair_set
from segan_cli.training.data.reviewed import REVIEWED_FILE, put_by, reviewed_glyphs
from segan_cli.training.run.run_folder import RunFolder
from segan_cli.training.run.session import Hand, hands_of_run, load_hands
from segan_cli.training.settings import TrainSettings

CHARS = "".join(chr(0x4E00 + number) for number in range(80))
WRITTEN, DRAWN = CHARS[:30], CHARS[30:70]
HELD_OUT = [char for char in DRAWN if part_of(char, 0) != "train"]
RETOUCHED, ACCEPTED, REFUSED, UNSEEN = HELD_OUT[0], HELD_OUT[1], HELD_OUT[2], HELD_OUT[3]
ADJUSTED, SCANNED = next(char for char in DRAWN[-8:] if char not in HELD_OUT[:4]), CHARS[70]
Segan = Callable[..., Any]


@pytest.fixture
def drawn(write_hand: Callable[..., Path]) -> Path:
    """A drawn folder after a review: one glyph retouched, one adjusted, one accepted, one refused, one written into it."""
    folder = write_hand("drawn", DRAWN + SCANNED)
    report = {"style": {"name": "x"}, "glyphs": {code_point(char): {} for char in DRAWN}, "missing": []}
    (folder / "report.json").write_text(json.dumps(report))
    journal = DecisionJournal(folder)
    for action, char in (("retouch", RETOUCHED), ("accept", ACCEPTED), ("accept", ADJUSTED), ("refuse", REFUSED)):
        journal.add(action, [char], [fingerprint(folder / f"{code_point(char)}.png")])  # type: ignore[arg-type]
    journal.add("adjust", [ADJUSTED], values={"weight": 20, "dx": 60})
    return folder


def loaded(own: Path, drawn: Path, kai: Path, **settings: Any) -> Any:
    wanted = TrainSettings().changed(size_px=32, **settings)
    return load_hands([Hand("mine", own, (drawn,))], str(kai), wanted, initialised=True)[0]


def test_what_a_review_approved_is_learned_and_the_rest_is_not(
    write_hand: Callable[..., Path], drawn: Path, kai: Path
) -> None:
    hand = loaded(write_hand(chars=WRITTEN), drawn, kai)
    assert set(hand.chars) == {*WRITTEN, RETOUCHED, ACCEPTED, ADJUSTED, SCANNED}
    assert list(hand.chars) == sorted(hand.chars)
    assert set(hand.corrected) == {RETOUCHED, ADJUSTED, SCANNED} and hand.accepted == (ACCEPTED,)


def test_a_correction_is_never_held_out_and_comes_more_often(
    write_hand: Callable[..., Path], drawn: Path, kai: Path
) -> None:
    hand = loaded(write_hand(chars=WRITTEN), drawn, kai, corrected_weight=4)
    train = [hand.chars[row] for row in hand.rows("train", 0)]
    counts = {char: train.count(char) for char in (RETOUCHED, ADJUSTED, SCANNED, ACCEPTED)}
    assert counts == {RETOUCHED: 4, ADJUSTED: 4, SCANNED: 4, ACCEPTED: 1}
    held = {hand.chars[row] for part in ("dev", "test") for row in hand.rows(part, 0)}
    assert held and held == {char for char in WRITTEN if part_of(char, 0) != "train"}
    assert len(pair_set([hand], "train", 0)) == len(train)


def test_what_one_hand_must_learn_no_other_is_scored_on(
    write_hand: Callable[..., Path], drawn: Path, kai: Path
) -> None:
    hands = [Hand("mine", write_hand(chars=WRITTEN), (drawn,)), Hand("other", write_hand("other", scale=0.7))]
    other = load_hands(hands, str(kai), TrainSettings().changed(size_px=32), initialised=True)[1]
    assert RETOUCHED in {other.chars[row] for row in other.rows("train", 0)}
    assert UNSEEN not in {other.chars[row] for row in other.rows("train", 0)}


def test_an_adjustment_is_in_the_picture_that_is_learned(drawn: Path) -> None:
    found, _ = reviewed_glyphs(drawn)
    assert {one.file.char: one.adjustment.weight for one in found}[ADJUSTED] == 20
    ink = np.zeros((100, 100), np.float32)
    ink[40:60, 30:50] = 1
    moved = adjusted_picture(GlyphRaster("永", ink, Frame(100)), Adjustment(size=1.5, dx=100, dy=200)).ink
    rows, columns = (np.flatnonzero(moved.max(axis) >= 0.5) for axis in (1, 0))
    assert (rows[0], rows[-1] + 1) == (15, 45) and (columns[0], columns[-1] + 1) == (30, 60)


def test_no_more_drawings_are_accepted_than_there_are_written_ones(write_hand: Callable[..., Path]) -> None:
    folder = write_hand("drawn", DRAWN)
    (folder / "report.json").write_text(
        json.dumps({"style": {"name": "x"}, "glyphs": {code_point(char): {} for char in DRAWN}, "missing": []})
    )
    prints = [fingerprint(folder / f"{code_point(char)}.png") for char in DRAWN]
    DecisionJournal(folder).add("accept", list(DRAWN), prints)
    kept = json.loads((put_by(folder, CHARS[:12], 3) / REVIEWED_FILE).read_text())
    assert len(kept["accepted"]) == 12 and kept["corrected"] == ""


def test_a_review_without_a_decision_is_refused(write_hand: Callable[..., Path]) -> None:
    folder = write_hand("drawn", DRAWN)
    (folder / "report.json").write_text(
        json.dumps({"style": {"name": "x"}, "glyphs": {code_point(char): {} for char in DRAWN}, "missing": []})
    )
    with pytest.raises(UsageError, match="segan review"):
        put_by(folder, WRITTEN, 3)


def test_nothing_held_out(write_hand: Callable[..., Path], kai: Path) -> None:
    own = write_hand(chars=WRITTEN)
    everything = load_hands(
        [Hand("mine", own)], str(kai), TrainSettings().changed(size_px=32, hold_out="none"), initialised=True
    )
    assert len(everything[0].rows("train", 0)) == 30
    some = load_hands([Hand("mine", own)], str(kai), TrainSettings().changed(size_px=32), initialised=True)
    assert len(some[0].rows("train", 0)) < 30


SMALL = [
    "size_px=32",
    "base_channels=8",
    "encoder_blocks=1",
    "decoder_blocks=1",
    "discriminator_channels=8",
    "score_every=2",
]


def test_a_person_trains_again_after_a_review(
    segan: Segan, write_hand: Callable[..., Path], drawn: Path, kai: Path, tmp_path: Path
) -> None:
    own, words = write_hand(chars=WRITTEN), ["--batch-size", "4", "--device", "cpu", "--threads", "1"]
    words += ["--source-font", kai, *(word for pair in SMALL for word in ("--set", pair))]
    first = segan("train", write_hand("all"), "--out", tmp_path / "first", "--steps", "2", *words)
    assert first.code == 0, first.err
    second = ["train", own, drawn, "--init", tmp_path / "first", "--out", tmp_path / "second"]
    done = segan(*second, "--steps", "2", *words)
    assert done.code == 0 and "3 glyphs written or corrected by hand" in " ".join(done.err.split()), done.err
    style = json.loads((tmp_path / "second" / "split.json").read_text())["styles"][0]
    assert set(style["corrected"]) == {RETOUCHED, ADJUSTED, SCANNED} <= set(style["train"])
    for path in drawn.glob("*.png"):  # the drawn folder goes on changing; the run keeps what it began with
        path.unlink()
    run = RunFolder.open(tmp_path / "second")
    assert hands_of_run(run)[0].reviewed[0].parent == tmp_path / "second" / "reviewed"
    resumed = segan("train", "--resume", "--out", tmp_path / "second", "--steps", "4", "--device", "cpu")
    assert resumed.code == 0 and "Going on after step 2" in resumed.err, resumed.err
