"""How long compiling a font takes: ours, and FontForge's generate on the same outlines.

Run: python tests/benchmarks/compile_table.py --font F.ttf [--glyphs 6763] [--workers 2] [--formats ttf,otf] [--skip-fontforge]

Prints one row a format: seconds on the clock, CPU seconds of all processes, peak memory of the largest process, file size.
Outlines are those of `--font`, made cubic, repeated until there are enough; with fewer characters than glyphs the
private-use planes are filled.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from segan_cli.font.assemble import assemble_font, flavors_for
from segan_cli.font.base_font import _outline
from segan_cli.font.compile import compile_glyph
from segan_cli.font.spec import FontSpec
from segan_cli.glyph import GlyphOutline


def outlines(font: Path, count: int) -> list[GlyphOutline]:
    """`count` inked outlines of `font`, each under its own character."""
    from fontTools.ttLib import TTFont

    source = TTFont(font)
    glyphs, scale = source.getGlyphSet(), 1000 / source["head"].unitsPerEm
    names = {code: name for code, name in sorted(source.getBestCmap().items()) if 0x4E00 <= code <= 0x9FFF}
    drawn = (_outline(chr(code), glyphs, name, scale) for code, name in names.items())
    inked = [outline for outline in drawn if outline.contours][:count]
    spare = (chr(code) for code in range(0xF0000, 0x10FFFE))
    more = [GlyphOutline(next(spare), inked[i % len(inked)].contours, 1000) for i in range(count - len(inked))]
    return inked + more


def ours(glyphs: list[GlyphOutline], output: Path, workers: int) -> dict[str, object]:
    """Compile in worker processes, join in this one."""
    start, cpu = time.perf_counter(), os.times()
    with ProcessPoolExecutor(workers) as pool:
        compiled = list(pool.map(partial(compile_glyph, flavors=flavors_for([output])), glyphs, chunksize=64))
    joined = time.perf_counter()
    assemble_font(
        compiled, FontSpec(), [output], outlines={g.char: g for g in glyphs} if output.suffix == ".ufo" else None
    )
    end = time.perf_counter()
    after = os.times()
    spent = sum(after[:4]) - sum(cpu[:4])
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    points = sum(glyph.points for glyph in compiled) / len(compiled)
    return row(f"segan {output.suffix}", end - start, spent, peak, output) | {
        "join_s": round(end - joined, 1),
        "points": round(points),
    }


def fontforge(ufo: Path, output: Path) -> dict[str, object]:
    """FontForge opens the same outlines from a UFO; only its generate is timed."""
    script = (
        "import sys, time, fontforge, resource, os; f = fontforge.open(sys.argv[1]); t = time.perf_counter(); c = os.times();"
        "f.generate(sys.argv[2], flags=('opentype',)); e = time.perf_counter(); d = os.times();"
        "print('RESULT', e - t, d[0] + d[1] - c[0] - c[1], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    command = ["fontforge", "-quiet", "-lang=py", "-c", script, str(ufo), str(output)]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    words = next(line for line in result.stdout.splitlines() if line.startswith("RESULT")).split()
    return row(f"FontForge {output.suffix}", float(words[1]), float(words[2]), int(words[3]), output)


def row(way: str, clock: float, cpu: float, peak_kib: int, output: Path) -> dict[str, object]:
    size = sum(f.stat().st_size for f in output.rglob("*")) if output.is_dir() else output.stat().st_size
    figures = {
        "clock_s": round(clock, 1),
        "cpu_s": round(cpu, 1),
        "peak_MiB": peak_kib // 1024,
        "size_MiB": round(size / 2**20, 2),
    }
    return {"way": way, **figures}


def measured(arguments: argparse.Namespace, folder: Path) -> Iterator[dict[str, object]]:
    glyphs = outlines(arguments.font, arguments.glyphs)
    for ending in arguments.formats.split(","):
        yield ours(glyphs, folder / f"ours.{ending}", arguments.workers)
    if arguments.skip_fontforge or shutil.which("fontforge") is None:
        return
    ufo = folder / "source.ufo"
    if not (folder / "ours.ufo").exists():
        assemble_font([compile_glyph(g, ()) for g in glyphs], FontSpec(), [ufo], outlines={g.char: g for g in glyphs})
    for ending in arguments.formats.split(","):
        if ending in ("ttf", "otf"):
            yield fontforge(ufo if ufo.exists() else folder / "ours.ufo", folder / f"theirs.{ending}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--font", type=Path, required=True)
    parser.add_argument("--glyphs", type=int, default=6763)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--formats", default="ttf")
    parser.add_argument("--skip-fontforge", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for result in measured(arguments, Path(folder)):
            sys.stdout.write(json.dumps(result) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
