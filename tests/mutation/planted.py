"""Plants known faults one by one into a copy of the program, and tells which ones the tests let pass.

    python tests/mutation/planted.py [WORD]     # only faults whose name contains WORD

Each fault of `planted.toml` is a sentence, a file, the text that stands there, what takes its place, and the tests that
must fail with it. A fault whose text no longer stands in its file is named, too: the list has to follow the code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINKED = ("tests", "models", "examples", "pyproject.toml", "README.md", "Makefile", "CONTRIBUTING.md")


def main(word: str = "") -> int:
    """Run every fault; the number of those that survive or cannot be planted."""
    faults = tomllib.loads(Path(__file__).with_name("planted.toml").read_text(encoding="utf-8"))["fault"]
    lost = 0
    for fault in faults:
        if word in fault["name"]:
            verdict = outcome(fault)
            lost += verdict != "killed"
            print(f"{verdict:9} {fault['name']}", flush=True)
    return lost


def outcome(fault: dict[str, str]) -> str:
    """`killed`, `survived`, or `gone` where the text to replace is not there exactly once."""
    source = (ROOT / fault["file"]).read_text(encoding="utf-8")
    if source.count(fault["find"]) != 1:
        return "gone"
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        shutil.copytree(ROOT / "segan_cli", copy / "segan_cli", ignore=shutil.ignore_patterns("__pycache__"))
        for name in LINKED:
            (copy / name).symlink_to(ROOT / name)
        (copy / fault["file"]).write_text(source.replace(fault["find"], fault["put"]), encoding="utf-8")
        words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *fault["tests"].split()]
        done = subprocess.run(words, cwd=copy, env=os.environ | {"PYTHONPATH": str(copy)}, capture_output=True)
    return "killed" if done.returncode == 1 else "survived"


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:2]), 100))
