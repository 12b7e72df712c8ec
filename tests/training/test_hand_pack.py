from __future__ import annotations

import dataclasses
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segan_cli.errors import SeganError, UsageError
from segan_cli.glyph import Frame
from segan_cli.source.source_font import open_source_font
from segan_cli.training.data.dataset import HandPairs, load_pairs
from segan_cli.training.data.hand_pack import read_pack, unpack, write_pack


@pytest.fixture
def hand(write_hand: Callable[..., Path], kai: Path) -> HandPairs:
    return load_pairs("mine", write_hand(), open_source_font(kai), Frame(32))


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_pairs_come_back_within_half_a_grey_level(hand: HandPairs, tmp_path: Path, bits: int) -> None:
    write_pack(tmp_path / "mine.zip", [hand], Frame(32), bits=bits)
    back = read_pack(tmp_path / "mine.zip", "mine", Frame(32))
    assert back.chars == hand.chars and back.placement == hand.placement and back.source.sha256 == hand.source.sha256
    apart = np.abs(back.pictures[:, ::2].numpy().astype(int) - hand.pictures[:, ::2].numpy().astype(int))
    assert apart.max() <= 255 / ((1 << bits) - 1) / 2 + 1
    if bits == 8:
        assert np.array_equal(back.pictures.numpy(), hand.pictures.numpy())  # skeletons, too


def test_twenty_thousand_pairs_at_128_px_take_less_than_50_mb(
    kai: Path, tmp_path: Path, write_hand: Callable[..., Path]
) -> None:
    pairs = load_pairs("mine", write_hand(), open_source_font(kai), Frame(128))
    size = write_pack(tmp_path / "mine.zip", [pairs], Frame(128))
    assert size / len(pairs.chars) * 20_000 < 50e6


def test_an_archive_is_the_same_byte_for_byte(hand: HandPairs, tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        write_pack(tmp_path / name, [hand], Frame(32))
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_pack_train_and_unpack(
    segan: Callable[..., Any], kai: Path, write_hand: Callable[..., Path], tmp_path: Path
) -> None:
    folder, archive = write_hand(), tmp_path / "mine.zip"
    packed = segan("dataset", "pack", folder, "--out", archive, "--source-font", kai, "--size", "32")
    assert packed.code == 0 and "80 pairs" in packed.err
    words = [
        "--steps",
        "2",
        "--set",
        "size_px=32",
        "--set",
        "base_channels=8",
        "--set",
        "score_every=2",
        "--batch-size",
        "4",
    ]
    assert segan("train", archive, "--out", tmp_path / "run", "--device", "cpu", "--threads", "1", *words).code == 0
    again = segan("train", "--resume", "--out", tmp_path / "run", "--steps", "3", "--device", "cpu", "--threads", "1")
    assert again.code == 0
    assert json.loads((tmp_path / "run" / "split.json").read_text())["styles"][0]["name"] == "mine"
    assert segan("dataset", "unpack", archive, "--out", tmp_path / "out").code == 0
    assert len(list((tmp_path / "out" / "mine").glob("U+*.png"))) == 80
    frame = json.loads((tmp_path / "out" / "mine" / "frame.json").read_text())
    assert frame["size_px"] == 32


def test_another_canvas_or_hand_is_said(hand: HandPairs, tmp_path: Path) -> None:
    write_pack(tmp_path / "two.zip", [hand, dataclasses.replace(hand, name="hers")], Frame(32))
    with pytest.raises(UsageError, match=r"packed at 32 px, the preset wants 64"):
        read_pack(tmp_path / "two.zip", "mine", Frame(64))
    with pytest.raises(UsageError, match=r"holds mine, hers, not yours"):
        read_pack(tmp_path / "two.zip", "yours", Frame(32))
    with pytest.raises(UsageError, match="Two hands are called mine"):
        write_pack(tmp_path / "same.zip", [hand, hand], Frame(32))
    with pytest.raises(UsageError, match="There is no archive"):
        read_pack(tmp_path / "none.zip", "mine", Frame(32))


def test_damaged_and_foreign_archives_are_refused(hand: HandPairs, tmp_path: Path) -> None:
    (tmp_path / "bad.zip").write_bytes(b"nothing")
    with pytest.raises(SeganError, match="no archive, or it is damaged"):
        read_pack(tmp_path / "bad.zip", "mine", Frame(32))
    with zipfile.ZipFile(tmp_path / "foreign.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(SeganError, match="no archive of segan dataset pack"):
        read_pack(tmp_path / "foreign.zip", "mine", Frame(32))


@pytest.mark.parametrize("name", ["../out.png", "/out.png", "mine/../../out.png", "mine/run.sh", "C:out.png"])
def test_nothing_is_written_outside_the_folders(hand: HandPairs, tmp_path: Path, name: str) -> None:
    write_pack(tmp_path / "mine.zip", [hand], Frame(32))
    with zipfile.ZipFile(tmp_path / "mine.zip", "a") as archive:
        archive.writestr(name, b"x")
    with pytest.raises(SeganError, match="outside its folders"):
        unpack(tmp_path / "mine.zip", tmp_path / "out")
    assert not (tmp_path / "out.png").exists()


def rewritten(archive: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """The same archive with other words."""
    with zipfile.ZipFile(archive) as before:
        files = {name: before.read(name) for name in before.namelist()}
    words = json.loads(files["pack.json"])
    change(words)
    files["pack.json"] = json.dumps(words).encode()
    with zipfile.ZipFile(archive, "w") as after:
        for name, data in files.items():
            after.writestr(name, data)


@pytest.mark.parametrize("name", ["../../escaped", "/tmp/escaped", "..", "", "a\u001b[31m", "x" * 300, 3, None])
def test_a_hand_s_name_never_leaves_the_folder(hand: HandPairs, tmp_path: Path, name: object) -> None:
    archive, out = tmp_path / "mine.zip", tmp_path / "deep" / "deeper" / "out"
    write_pack(archive, [hand], Frame(32))
    rewritten(archive, lambda words: words["hands"][0].update(name=name))
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(SeganError, match=r"mine\.zip"):
        unpack(archive, out)
    assert sorted(tmp_path.rglob("*")) == before


def test_words_that_are_a_bomb_are_not_unpacked(hand: HandPairs, tmp_path: Path) -> None:
    write_pack(tmp_path / "mine.zip", [hand], Frame(32))
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("pack.json", b" " * (1 << 24))
    with pytest.raises(SeganError, match="larger than"):
        unpack(tmp_path / "bomb.zip", tmp_path / "out")


def test_another_picture_in_its_place_is_kept(hand: HandPairs, tmp_path: Path) -> None:
    write_pack(tmp_path / "mine.zip", [hand], Frame(32))
    (folder,) = unpack(tmp_path / "mine.zip", tmp_path / "out")
    assert unpack(tmp_path / "mine.zip", tmp_path / "out") == [folder]
    mine = next(folder.glob("U+*.png"))
    mine.write_bytes(b"touched up by hand")
    with pytest.raises(UsageError, match="is another picture"):
        unpack(tmp_path / "mine.zip", tmp_path / "out")
    assert mine.read_bytes() == b"touched up by hand"
