"""Changes a module in every small way that mutmut knows, and tells which changes its tests let pass.

    python tests/mutation/generated.py NAME              # a module of generated.toml; some minutes
    python tests/mutation/generated.py NAME survivors    # after new tests: only what survived before

mutmut works in a copy, `out/mutants/NAME`, and keeps its verdicts there: `cd` there, `mutmut show MUTANT`.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
MUTMUT = Path(sys.executable).with_name("mutmut")
COPIED = (
    "segan_cli",
    "tests",
    "models",
    "examples",
    "pyproject.toml",
    "README.md",
    "Makefile",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
)
COUNTED_AS_KILLED = ("killed", "timeout", "segfault")


def main(name: str, which: str = "all") -> int:
    """Run the mutants of a module and print the verdicts; the number of survivors."""
    module = tomllib.loads(Path(__file__).with_name("generated.toml").read_text(encoding="utf-8"))[name]
    place = ROOT / "out" / "mutants" / name
    before = (
        [mutant for mutant, verdict in verdicts(place).items() if verdict not in COUNTED_AS_KILLED]
        if which != "all"
        else []
    )
    if which == "all":
        shutil.rmtree(place, ignore_errors=True)
    copy_program(place, module)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | {"OMP_NUM_THREADS": "1"}
    subprocess.run(
        [MUTMUT, "run", "--max-children", str(os.cpu_count() or 1), *before], cwd=place, env=environment, check=True
    )
    found = verdicts(place)
    survivors = [mutant for mutant, verdict in found.items() if verdict not in COUNTED_AS_KILLED]
    print(*(f"{found[mutant]}: {mutant}" for mutant in survivors), sep="\n")
    print(f"{name}: {len(found) - len(survivors)} of {len(found)} killed; {dict(Counter(found.values()))}")
    return len(survivors)


def copy_program(place: Path, module: dict[str, str | list[str]]) -> None:
    """The program beside a configuration of mutmut; verdicts of an earlier run stay."""
    place.mkdir(parents=True, exist_ok=True)
    for part in COPIED:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, place / part, ignore=shutil.ignore_patterns("__pycache__"), dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / part, place / part)
    settings = {
        "source_paths": ["segan_cli"],
        "only_mutate": [module["file"]],
        "also_copy": [f"{part}/" if (ROOT / part).is_dir() else part for part in COPIED if part != "segan_cli"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": module["tests"],
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    with (place / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n[tool.mutmut]\n" + "\n".join(lines) + "\n")


def verdicts(place: Path) -> dict[str, str]:
    """By mutant what became of it."""
    words = [MUTMUT, "results", "--all", "true"]
    said = subprocess.run(words, cwd=place, capture_output=True, text=True).stdout if place.is_dir() else ""
    return {
        mutant.strip(): verdict.strip()
        for line in said.splitlines()
        for mutant, _, verdict in [line.partition(": ")]
        if verdict
    }


if __name__ == "__main__":
    sys.exit(min(main(*sys.argv[1:3]), 100))
