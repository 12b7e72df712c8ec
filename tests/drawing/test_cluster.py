import argparse
import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from segan_cli.drawing.draw import DrawSettings, draw, plan_drawing
from segan_cli.generator.bundle import open_bundle

SCRIPT = Path(__file__).parents[2] / "examples" / "draw_on_a_cluster.py"


@pytest.mark.tools
def test_two_workers_draw_what_one_process_draws(
    make_bundle: Callable[..., Path], bar_font: Path, tmp_path: Path
) -> None:
    pytest.importorskip("distributed", reason='needs the extra: pip install "segan[cluster]"')
    bundle = make_bundle()
    words = [
        "--style",
        "1",
        "--style",
        "2",
        "--chars",
        "一二三四五六永",
        "--out",
        str(tmp_path / "many"),
        "--source-font",
        str(bar_font),
    ]
    command = [sys.executable, str(SCRIPT), *words, "--parts", "3", "--workers", "2", "--device", "cpu"]
    run = subprocess.run(
        command,
        env={**os.environ, "SEGAN_MODELS": str(bundle.parent)},
        capture_output=True,
        text=True,
        timeout=1100,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "6/6 parts" in run.stdout and run.stdout.count("6 glyphs, 1 missing") == 2

    settings = DrawSettings(device="cpu")
    for number, name in (("1", "thick"), ("2", "thin")):
        style, one, many = open_bundle(bundle, number), tmp_path / f"one-{name}", tmp_path / "many" / name
        draw(plan_drawing(style, "一二三四五六", one, settings, source_font=str(bar_font), check=False))
        for path in one.glob("*.png"):
            assert (many / path.name).read_bytes() == path.read_bytes()
        report = json.loads((many / "report.json").read_text(encoding="utf-8"))
        assert (report["summary"]["there"], report["summary"]["kept"], len(report["missing"])) == (6, 6, 1)


def test_one_style_is_drawn_into_the_folder_named_and_two_of_one_name_are_refused(
    make_bundle: Callable[..., Path], tmp_path: Path
) -> None:
    bundle = make_bundle()
    module = runpy.run_path(str(SCRIPT))
    one = argparse.Namespace(style=[f"{bundle}#1"], out=tmp_path / "out")
    assert module["folder_of"](one, f"{bundle}#1") == tmp_path / "out"
    words = ["--style", f"{bundle}#1", "--style", f"{bundle}#thick", "--chars", "一", "--out", str(tmp_path / "out")]
    run = subprocess.run(
        [sys.executable, str(SCRIPT), *words], capture_output=True, text=True, timeout=1100, check=False
    )
    assert run.returncode == 2 and "two styles of one name" in run.stderr and not (tmp_path / "out").exists()
