"""Time the whole way from a folder of glyph images to a font, stage by stage, with FontForge on the same folder beside it.

    python tests/benchmarks/build_speed.py my-glyphs/ [--glyphs 6763] [--fontforge]

The folder's pictures are repeated until there are as many as asked for. Prints a table, and writes it into this folder's
README between its markers with `--write`. Clock times mean something only on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from segan_cli.building.pipeline import BuildPlan, build_font, plan_build
from segan_cli.font.spec import FontSpec
from segan_cli.source.glyph_folder import GlyphFile
from segan_cli.workers import worker_count

README = Path(__file__).with_name("README.md")
MARKS = ("<!-- build_speed -->", "<!-- /build_speed -->")
FIRST_CODE_POINT = 0x4E00
FONTFORGE = """
import fontforge, sys, os
font = fontforge.font()
font.encoding = "UnicodeFull"
for name in sorted(os.listdir(sys.argv[1])):
    glyph = font.createChar(int(name[2:-4], 16))
    glyph.importOutlines(os.path.join(sys.argv[1], name))
    glyph.autoTrace()
    glyph.width = 1000
font.generate(sys.argv[2])
"""


def repeated(plan: BuildPlan, count: int) -> BuildPlan:
    """The plan's pictures again and again, each time for another character, until there are `count`."""
    tasks = [
        replace(task, file=GlyphFile(chr(FIRST_CODE_POINT + number), task.file.path))
        for number, task in ((n, plan.tasks[n % len(plan.tasks)]) for n in range(count))
    ]
    return BuildPlan(tuple(tasks), plan.problems)


def peak_mib() -> float:
    """The largest process so far, this one or a worker, in MiB."""
    usages = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return max(usages) / 1024


def cpu_seconds() -> float:
    """Processor time of this process and of the workers that have ended."""
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(folder: Path, count: int, out: Path) -> list[str]:
    """Build the font and describe it in rows of a Markdown table."""
    plan = repeated(plan_build([folder], [out]), count)
    started, cpu = time.perf_counter(), cpu_seconds()
    result = build_font(plan, FontSpec(family="Speed"), [out])
    clock, cpu = time.perf_counter() - started, cpu_seconds() - cpu
    stages = [
        f"{stage} {1000 * result.timings[stage] / count:.1f}" for stage in ("read", "trace", "outline", "compile")
    ]
    points = np.mean([glyph.compiled.truetype.points for glyph in result.built if glyph.compiled.truetype])
    workers = worker_count(0, count)
    return [
        f"| segan, {workers} workers | {clock:.1f} | {cpu:.1f} | {result.timings['assemble_wall']:.1f} | {peak_mib():.0f} | "
        f"{out.stat().st_size / 2**20:.1f} | {points:.0f} |",
        "",
        f"Clock time of the stages, ms a glyph: {', '.join(stages)}. Failed: {len(result.failed)}.",
    ]


def measure_fontforge(folder: Path, count: int, out: Path) -> str:
    """FontForge's autotrace and generate on the same pictures, in one process as it works."""
    pictures = sorted(folder.glob("*.png"))
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(count):
            shutil.copy(pictures[number % len(pictures)], Path(scratch) / f"U+{FIRST_CODE_POINT + number:04X}.png")
        script = Path(scratch).parent / f"{Path(scratch).name}.py"
        script.write_text(FONTFORGE)
        started = time.perf_counter()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            ["fontforge", "-quiet", "-lang=py", "-script", script, scratch, out], check=True, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        script.unlink()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return f"| FontForge, autotrace and generate | {time.perf_counter() - started:.1f} | {cpu:.1f} | | | {out.stat().st_size / 2**20:.1f} | |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--glyphs", type=int, default=6763)
    parser.add_argument("--fontforge", action="store_true", help="measure FontForge, too")
    parser.add_argument("--write", action="store_true", help="write the table into the README")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        rows = measure(options.folder, options.glyphs, Path(scratch) / "segan.ttf")
        if options.fontforge:
            rows.insert(1, measure_fontforge(options.folder, options.glyphs, Path(scratch) / "fontforge.ttf"))
    load = os.getloadavg()[0]
    head = (
        f"{options.glyphs:,} glyph images at 256 px to a TTF, {os.cpu_count()} cores, load {load:.1f} at the end:\n\n"
    )
    head += "| | clock, s | CPU, s | assembling, s | largest process, MiB | file, MiB | points a glyph |\n|---|---|---|---|---|---|---|\n"
    table = head + "\n".join(rows)
    print(table)
    if options.write:
        text = README.read_text(encoding="utf-8") if README.is_file() else "# Benchmarks\n"
        before, _, rest = text.partition(MARKS[0])
        after = rest.partition(MARKS[1])[2] if rest else "\n"
        README.write_text(f"{before}{MARKS[0]}\n{table}\n{MARKS[1]}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
