import json
import os
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
        timeout=240,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "3/3 parts" in run.stdout and "6 glyphs, 1 missing" in run.stdout

    settings = DrawSettings(device="cpu")
    plan = plan_drawing(
        open_bundle(bundle, "1"), "一二三四五六", tmp_path / "one", settings, source_font=str(bar_font), check=False
    )
    draw(plan)
    for path in (tmp_path / "one").glob("*.png"):
        assert (tmp_path / "many" / path.name).read_bytes() == path.read_bytes()
    report = json.loads((tmp_path / "many" / "report.json").read_text(encoding="utf-8"))
    assert (report["summary"]["there"], report["summary"]["kept"], len(report["missing"])) == (6, 6, 1)
