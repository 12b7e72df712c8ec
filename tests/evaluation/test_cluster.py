"""Hands drawn and measured by two workers of a local cluster have the figures of one process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from segan_cli.benchmark.open_hands import TEST, TEST_LIST, read_open_benchmark
from segan_cli.drawing.draw import DrawSettings, draw, plan_drawing
from segan_cli.errors import UsageError
from segan_cli.evaluation.brush import MEASURED_PX
from segan_cli.evaluation.evaluate import Metrics
from segan_cli.evaluation.measuring import measure
from segan_cli.evaluation.subject import folder_subject
from segan_cli.evaluation.table import scores
from segan_cli.generator.bundle import open_bundle
from segan_cli.glyph import Frame, GlyphRaster
from segan_cli.source.glyph_folder import write_frame, write_glyph
from segan_cli.source.raster import render_glyph
from segan_cli.source.source_font import open_source_font
from tests.scripts import load_script

SCRIPT = Path(__file__).parents[2] / "examples" / "score_on_a_cluster.py"
CHARS = "一二三四五六"


def script() -> ModuleType:
    return load_script(SCRIPT)


def written_hand(folder: Path, font: Path, shift: int) -> Path:
    """A hand whose glyphs are the font's, moved a little."""
    opened, frame = open_source_font(font), Frame(64)
    write_frame(frame, folder)
    for char in CHARS:
        ink = render_glyph(opened, char, frame).ink
        write_glyph(GlyphRaster(char, np.roll(ink, shift, axis=0), frame), folder)
    return folder


@pytest.mark.tools
def test_two_workers_draw_and_score_what_one_process_does(
    make_bundle: Callable[..., Path], bar_font: Path, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason='needs the extra: pip install "segan[cluster]"')
    bundle = make_bundle()
    hands = {
        style: written_hand(tmp_path / name, bar_font, move) for style, name, move in (("1", "a", 0), ("2", "b", 2))
    }
    words = [word for style, hand in hands.items() for word in ("--hand", f"{style}={hand}")]
    words += ["--out", str(tmp_path / "many"), "--source-font", str(bar_font), "--row", "tiny", "--parts", "3"]
    run = subprocess.run(
        [sys.executable, str(SCRIPT), *words, "--device", "cpu", "--no-features", "--size", "64"],
        env={**os.environ, "SEGAN_MODELS": str(bundle.parent)},
        capture_output=True,
        text=True,
        timeout=1100,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "2/2 hands: " in run.stdout and ", 6 characters" in run.stdout
    table = (tmp_path / "many" / "scores.md").read_text(encoding="utf-8")
    assert "| a | tiny |" in table and "| b | tiny |" in table

    for style, hand in hands.items():
        one = tmp_path / f"one-{style}"
        settings = DrawSettings(device="cpu", size_px=MEASURED_PX)
        draw(plan_drawing(open_bundle(bundle, style), CHARS, one, settings, source_font=str(bar_font), check=False))
        alone = scores(measure(folder_subject(one, Frame(64)), hand, Metrics(), count=0).evaluation)
        told = json.loads((tmp_path / "many" / f"{hand.name}.json").read_text(encoding="utf-8"))
        assert told["values"]["chars"] == "".join(sorted(CHARS))
        assert {"iou", "l1", "skeleton_distance", "corners", "weight_ratio", "missing"} <= set(alone)
        assert {name: told["scores"][name] for name in alone} == alone


def test_a_prepared_hands_row_is_kept_with_the_benchmarks(
    bar_font: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = script()
    monkeypatch.setattr(module, "open_metrics", lambda **words: (Metrics(), ()))
    prepared = tmp_path / "open" / "kouzan-gyosho"
    written_hand(prepared / TEST, bar_font, 0)
    (prepared / TEST_LIST).write_text(CHARS + "\n", encoding="utf-8")
    pictures = written_hand(tmp_path / "pictures", bar_font, 0)
    options = module.read_options(["--hand", f"{pictures}={prepared}", "--out", str(tmp_path / "out"), "--row", "copy"])
    job = module.job_of(options.hand[0], options)
    assert job.chars == tuple(CHARS) and not job.drawn
    row = module.score_hand(job, [], options)
    assert row.scores["iou"] == 1.0
    kept = json.loads((prepared / "rows" / "copy.json").read_text(encoding="utf-8"))
    assert (kept["hand"], kept["benchmark"]) == ("kouzan-gyosho", read_open_benchmark().version)
    options.out.mkdir()
    module.write_scores([row], [job], options.out)
    assert "| kouzan-gyosho | copy |" in (tmp_path / "open" / "table.md").read_text(encoding="utf-8")


def test_what_is_typed_wrongly_is_one_sentence(tmp_path: Path, bar_font: Path) -> None:
    module = script()
    hand = written_hand(tmp_path / "a", bar_font, 0)
    for wish in ("2", "2=", f"={hand}"):
        with pytest.raises(UsageError, match="write WHAT=WHERE"):
            module.job_of(wish, module.read_options(["--hand", wish, "--out", str(tmp_path / "out")]))
    options = module.read_options(["--hand", f"{hand}={hand}", "--hand", f"{hand}={hand}", "--out", str(tmp_path)])
    with pytest.raises(UsageError, match="twice"):
        module.jobs_of(options)
