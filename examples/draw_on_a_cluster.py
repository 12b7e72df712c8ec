"""Draw a large character set on many machines, with Dask.

    pip install "segan[cluster]"
    python examples/draw_on_a_cluster.py --style 2 --chars gbk --out /shared/glyphs                     # this machine
    python examples/draw_on_a_cluster.py --style 2 --chars gbk --out /shared/glyphs --scheduler tcp://head:8786
    python examples/draw_on_a_cluster.py --style 1 --style 2 --style my-style --chars gbk --out /shared/hands

Several styles are drawn side by side, each into a folder of its name in OUT.

The work is cut into parts, as `segan generate --shard 3/16` cuts it; every part is drawn by one worker into the same
folder, which all machines share. A part whose machine fails is given to another one, and goes on where it was. At the end the
same call without parts finds everything there and writes `report.json` for the whole.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from segan_cli.drawing.draw import DrawResult, DrawSettings, draw, plan_drawing
from segan_cli.drawing.report import draw_report, report_path
from segan_cli.files.writing import write_json
from segan_cli.generator.bundle import find_bundle
from segan_cli.source.charset import parse_charset


def folder_of(options: argparse.Namespace, style: str) -> Path:
    """Where a style's pictures go: OUT itself, or a folder in it where several styles are drawn."""
    return options.out if len(options.style) == 1 else options.out / find_bundle(style).style.name


def draw_part(options: argparse.Namespace, style: str, shard: tuple[int, int] | None) -> DrawResult:
    """Draw one part of a style's characters (None: whatever is still lacking of the whole) and write its report."""
    settings = DrawSettings(device=options.device, workers=options.threads)
    bundle, chars, out = find_bundle(style), parse_charset(options.chars), folder_of(options, style)
    plan = plan_drawing(bundle, chars, out, settings, source_font=options.source_font, shard=shard, check=False)
    result = draw(plan)
    write_json(report_path(plan), draw_report(result))
    return result


def count_part(options: argparse.Namespace, style: str, number: int) -> int:
    """Draw part `number` in a worker; the number of glyphs that are there now."""
    return len(draw_part(options, style, (number, options.parts)).glyphs)


def main() -> None:
    from dask.distributed import Client, LocalCluster, as_completed

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--style", required=True, action="append", help="may be repeated")
    parser.add_argument("--chars", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--source-font")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--parts", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1, help="threads of one worker")
    parser.add_argument("--scheduler", help="address of a Dask scheduler; without it, a cluster on this machine")
    parser.add_argument("--workers", type=int, default=2, help="workers of the cluster on this machine")
    options = parser.parse_args()
    folders = [folder_of(options, style) for style in options.style]
    if len(set(folders)) < len(folders):
        parser.error(
            "two styles of one name would be drawn into one folder; draw them one after another, each with its own --out"
        )

    cluster = options.scheduler or LocalCluster(
        n_workers=options.workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    )
    with Client(cluster) as client:
        numbers = range(1, options.parts + 1)
        parts = [
            client.submit(count_part, options, style, number, retries=2)
            for style in options.style
            for number in numbers
        ]
        for done, part in enumerate(as_completed(parts), start=1):
            print(f"{done}/{len(parts)} parts, {part.result()} glyphs in this one", flush=True)
    if not options.scheduler:
        cluster.close()
    for style in options.style:
        result = draw_part(options, style, None)
        print(f"{len(result.glyphs)} glyphs, {len(result.missing)} missing: {report_path(result.plan)}")


if __name__ == "__main__":
    main()
