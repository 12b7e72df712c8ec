"""Draw a large character set on many machines, with Dask.

    pip install "segan[cluster]"
    python examples/draw_on_a_cluster.py --style 2 --chars gbk --out /shared/glyphs                     # this machine
    python examples/draw_on_a_cluster.py --style 2 --chars gbk --out /shared/glyphs --scheduler tcp://head:8786

The work is cut into parts, as `segan generate --shard 3/16` cuts it; every part is drawn by one worker into the same
folder, which all machines share. A part whose machine fails is given to another one, and goes on where it was. At the end the
same call without parts finds everything there and writes `report.json` for the whole.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from segan_cli.drawing.draw import DrawResult, DrawSettings, draw, plan_drawing
from segan_cli.drawing.report import draw_report, report_path
from segan_cli.files import write_json
from segan_cli.generator.bundle import find_bundle
from segan_cli.source.charset import parse_charset


def draw_part(options: argparse.Namespace, shard: tuple[int, int] | None) -> DrawResult:
    """Draw one part of the characters (None: whatever is still lacking of the whole) and write its report."""
    settings = DrawSettings(device=options.device, workers=options.threads)
    style, chars = find_bundle(options.style), parse_charset(options.chars)
    plan = plan_drawing(style, chars, options.out, settings, source_font=options.source_font, shard=shard, check=False)
    result = draw(plan)
    write_json(report_path(plan), draw_report(result))
    return result


def count_part(options: argparse.Namespace, number: int) -> int:
    """Draw part `number` in a worker; the number of glyphs that are there now."""
    return len(draw_part(options, (number, options.parts)).glyphs)


def main() -> None:
    from dask.distributed import Client, LocalCluster, as_completed

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--style", required=True)
    parser.add_argument("--chars", required=True)
    parser.add_argument("--out", required=True, type=Path)
    parser.add_argument("--source-font")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--parts", type=int, default=16)
    parser.add_argument("--threads", type=int, default=1, help="threads of one worker")
    parser.add_argument("--scheduler", help="address of a Dask scheduler; without it, a cluster on this machine")
    parser.add_argument("--workers", type=int, default=2, help="workers of the cluster on this machine")
    options = parser.parse_args()

    cluster = options.scheduler or LocalCluster(
        n_workers=options.workers, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    )
    with Client(cluster) as client:
        parts = [client.submit(count_part, options, number, retries=2) for number in range(1, options.parts + 1)]
        for done, part in enumerate(as_completed(parts), start=1):
            print(f"{done}/{len(parts)} parts, {part.result()} glyphs in this one", flush=True)
    if not options.scheduler:
        cluster.close()
    result = draw_part(options, None)
    print(f"{len(result.glyphs)} glyphs, {len(result.missing)} missing: {report_path(result.plan)}")


if __name__ == "__main__":
    main()
