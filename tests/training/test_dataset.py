from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from segan_cli.errors import SeganError, UsageError
from segan_cli.glyph import Frame
from segan_cli.source.source_font import open_source_font
from segan_cli.training.data import dataset
from segan_cli.training.data.dataset import check_enough, load_pairs, part_of
from segan_cli.training.data.hand_pack import write_pack

CHARS = "".join(chr(0x4E00 + number) for number in range(80))
WriteHand = Callable[..., Path]


def test_the_split_is_8_1_1_and_knows_only_the_character() -> None:
    parts = [part_of(chr(0x4E00 + number), 0) for number in range(5000)]
    assert parts.count("train") / 5000 == pytest.approx(0.8, abs=0.02)
    assert parts.count("dev") / 5000 == pytest.approx(0.1, abs=0.02)
    assert parts == [part_of(chr(0x4E00 + number), 0) for number in range(5000)]
    assert parts != [part_of(chr(0x4E00 + number), 1) for number in range(5000)]


def test_pairs_show_the_same_character_in_the_hands_place(write_hand: WriteHand, kai: Path) -> None:
    pairs = load_pairs("mine", write_hand(), open_source_font(kai), Frame(32))
    assert pairs.chars == tuple(CHARS) and pairs.pictures.shape == (80, 4, 32, 32)
    assert pairs.placement.scale == pytest.approx(0.8, abs=0.06)
    source, target = pairs.pictures[:, 0].numpy() > 127, pairs.pictures[:, 2].numpy() > 127
    assert (source & target).sum() / (source | target).sum() > 0.7
    without = load_pairs("mine", write_hand(), open_source_font(kai), Frame(32), match_hand=False)
    plain = without.pictures[:, 0].numpy() > 127
    assert without.placement.scale == 1.0 and (plain & target).sum() / (plain | target).sum() < 0.6


def test_skeletons_lie_in_their_strokes(write_hand: WriteHand, kai: Path) -> None:
    pictures = load_pairs("mine", write_hand(), open_source_font(kai), Frame(32)).pictures.numpy()
    for ink, line in ((0, 1), (2, 3)):
        assert (pictures[:, line] > 0).sum() > 0
        assert ((pictures[:, line] > 0) & (pictures[:, ink] < 127)).sum() == 0


def test_a_second_start_reads_the_kept_file(write_hand: WriteHand, kai: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, font = write_hand(), open_source_font(kai)
    first = load_pairs("mine", folder, font, Frame(32))
    monkeypatch.setattr(dataset, "make_pair", lambda job: pytest.fail("pairs were made again"))
    again = load_pairs("mine", folder, font, Frame(32))
    assert np.array_equal(first.pictures.numpy(), again.pictures.numpy()) and again.placement == first.placement


def test_a_damaged_kept_file_is_made_again(write_hand: WriteHand, kai: Path, tmp_path: Path) -> None:
    folder, font = write_hand(), open_source_font(kai)
    first = load_pairs("mine", folder, font, Frame(32))
    (kept,) = (tmp_path / "cache").glob("pairs-*.safetensors")
    torn = kept.read_bytes()[:1000]
    kept.unlink()  # the first pairs are mapped from it
    kept.write_bytes(torn)
    again = load_pairs("mine", folder, font, Frame(32))
    assert np.array_equal(first.pictures.numpy(), again.pictures.numpy())


def test_a_changed_picture_makes_other_pairs(write_hand: WriteHand, kai: Path) -> None:
    folder, font = write_hand(), open_source_font(kai)
    first = load_pairs("mine", folder, font, Frame(32))
    (folder / "U+4E00.png").write_bytes((folder / "U+4E01.png").read_bytes())
    again = load_pairs("mine", folder, font, Frame(32))
    assert again.key != first.key
    assert "一" not in again.chars and any("another character" in problem for problem in again.problems)


def test_what_the_source_font_lacks_is_listed_and_the_rest_goes_on(write_hand: WriteHand, kai: Path) -> None:
    folder = write_hand(chars=CHARS[:60])
    for number in range(30):
        (folder / f"U+{0x5E00 + number:04X}.png").write_bytes((folder / f"U+{0x4E00 + number:04X}.png").read_bytes())
    pairs = load_pairs("mine", folder, open_source_font(kai), Frame(32))
    assert len(pairs.chars) == 60 and len(pairs.lacking) == 30


def test_a_font_without_any_of_them_is_refused(write_hand: WriteHand, bar_font: Path) -> None:
    folder = write_hand(chars=CHARS[20:40])
    with pytest.raises(SeganError, match="none of the 20 characters"):
        load_pairs("mine", folder, open_source_font(bar_font), Frame(32))


def test_a_broken_picture_is_named_and_the_others_are_unharmed(write_hand: WriteHand, kai: Path) -> None:
    folder = write_hand(chars=CHARS[:20])
    (folder / "U+4E03.png").write_bytes(b"no picture")
    pairs = load_pairs("mine", folder, open_source_font(kai), Frame(32))
    assert len(pairs.chars) == 19 and any("U+4E03" in problem for problem in pairs.problems)


def test_what_was_taken_off_the_pictures_is_said(write_hand: WriteHand, kai: Path) -> None:
    folder = write_hand(chars=CHARS[:20])
    (folder / "frame.json").unlink()
    for path in list(folder.glob("*.png"))[:5]:
        grey = Image.open(path).convert("L").resize((128, 128))
        picture = np.asarray(grey.convert("RGB")).copy()
        lines = np.zeros((128, 128), bool)
        lines[2:4], lines[-4:-2], lines[:, 2:4], lines[:, -4:-2] = True, True, True, True
        picture[lines & (np.asarray(grey) > 200)] = (214, 69, 65)
        Image.fromarray(picture).save(path)
    pairs = load_pairs("mine", folder, open_source_font(kai), Frame(32))
    assert any(problem.startswith("coloured marks: put right in 5 pictures") for problem in pairs.problems)


def test_too_few_glyphs_says_how_many_are_enough(make_pairs: Callable[..., dataset.HandPairs]) -> None:
    with pytest.raises(SeganError, match=r"has 30 glyphs.*at least 50.*3,000 a good one.*--init"):
        check_enough([make_pairs(count=30)], initialised=False)
    check_enough([make_pairs(count=30)], initialised=True)
    with pytest.raises(SeganError, match="at least 10"):
        check_enough([make_pairs(count=9)], initialised=True)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems know no names of bytes that are no UTF-8")
def test_a_name_that_is_no_utf_8_costs_no_pairs(write_hand: WriteHand, kai: Path) -> None:
    folder = write_hand()
    (folder / os.fsdecode("永".encode("gbk") + b".png")).write_bytes(next(folder.glob("*.png")).read_bytes())
    made = load_pairs("mine", folder, open_source_font(kai), Frame(32))
    again = load_pairs("mine", folder, open_source_font(kai), Frame(32))
    assert again.problems == made.problems and any(
        "name" in problem and "\udcd3" in problem for problem in made.problems
    )
    assert (again.pictures == made.pictures).all()
    with pytest.raises(UsageError, match=r"hand's name, which is its folder's \(rename that\), is"):
        write_pack(folder.parent / "hand.zip", [replace(made, name=os.fsdecode(b"\xd3\xc0dir"))], Frame(32))
    assert not (folder.parent / "hand.zip").exists()
