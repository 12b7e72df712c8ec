from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from segan_cli.errors import GlyphError, UsageError
from segan_cli.glyph import Frame, Placement
from segan_cli.source.bitmap_coder import decode, encode, trained_table
from segan_cli.source.raster import render_glyph
from segan_cli.source.source_font import open_source_font
from segan_cli.source.source_pack import SourcePack, write_pack


def test_the_coder_loses_nothing() -> None:
    rng = np.random.default_rng(0)
    table = trained_table([np.zeros((8, 8), np.uint8)])
    for share in (0.0, 0.02, 0.5, 0.98, 1.0):
        picture = (rng.random((37, 53)) < share).astype(np.uint8)
        assert (decode(encode(picture, table), 37, 53, table) == picture).all()


def test_a_pack_draws_as_its_font_does(font_file: Path, tmp_path: Path) -> None:
    font, path = open_source_font(font_file), tmp_path / "kai.segan-pack"
    write_pack(font, "永一𠮷", path)
    pack = SourcePack.open(path)
    assert pack.chars == ("一", "永", "𠮷") and pack.sha256 == font.sha256 and not pack.has("龍")
    for place in (Placement(), Placement(0.8, 20, -30)):
        drawn, packed = (
            one.ink for one in (render_glyph(font, "永", Frame(128), place), pack.render("永", Frame(128), place))
        )
        assert np.abs(drawn - packed).mean() < 0.01
    with pytest.raises(GlyphError, match="does not hold"):
        pack.render("龍", Frame(128))
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(UsageError, match="cut off"):
        SourcePack.open(path)


def test_render_lists_what_is_missing(segan: Callable[..., Any], font_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run = segan(
        "render", "--source-font", font_file, "--chars", "永囗ㄅ龍", "--out", out, "--size", 64, "--skeletons",
        "--sheet", tmp_path / "s.png", "--json",
    )  # fmt: skip
    assert run.code == 3, run.err
    result = json.loads(run.out)
    assert [one["codepoint"] for one in result["missing"]] == ["U+3105", "U+9F8D"]
    assert result["clipped"] == ["囗"]
    assert sorted(file.name for file in out.iterdir()) == ["U+56D7.png", "U+6C38.png", "frame.json", "skeletons"]


def test_dry_run_writes_nothing(segan: Callable[..., Any], font_file: Path, tmp_path: Path) -> None:
    run = segan("render", "--source-font", font_file, "--chars", "永", "--out", tmp_path / "o", "--dry-run")
    assert run.code == 0 and "would be drawn" in run.out and not (tmp_path / "o").exists()
    assert segan("render", "--source-font", font_file, "--chars", "永").code == 2


def test_originals_are_neither_written_over_nor_moved(
    segan: Callable[..., Any], font_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "U+6C38.png").write_bytes(b"mine")
    words = ("render", "--source-font", font_file, "--chars", "永囗", "--size", 64)
    run = segan(*words, "--out", tmp_path / "mine")
    assert run.code == 2 and "placed in another way (U+6C38.png); they may be originals" in run.err
    assert [file.name for file in (tmp_path / "mine").iterdir()] == ["U+6C38.png"]
    for _ in range(2):
        assert segan(*words, "--out", tmp_path / "out").code == 0
    assert segan(*words[:-1], 96, "--out", tmp_path / "out").code == 2


def test_a_rendering_that_is_stopped_can_be_typed_again(
    segan: Callable[..., Any], font_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("render", "--source-font", font_file, "--chars", "永囗", "--size", 64, "--out", tmp_path / "out")
    with monkeypatch.context() as patch:
        patch.setattr("segan_cli.source.render_folder._finish", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert segan(*words).code == 130
    assert (tmp_path / "out" / "U+6C38.png").is_file()
    assert segan(*words).code == 0
