"""Draw and measure many hands on many machines, with Dask.

    pip install "segan[cluster,train,evaluate]"
    python examples/score_on_a_cluster.py --hand 2=open/kouzan-gyosho --hand 5=open/ma-shan-zheng --row "as shipped" --out /shared/scores
    python examples/score_on_a_cluster.py --hand my-style=my-glyphs/ --out /shared/scores --scheduler tcp://head:8786

Each `--hand WHAT=WHERE` is a line of the table. WHERE is what `segan benchmark --open` prepared for a hand, whose row is then kept
with the others of the benchmark, or a folder of the hand's own glyphs. WHAT is a style, whose characters are drawn in parts into
OUT/WHERE at 512 px, or a folder of pictures that are there already. A hand is measured by one worker as soon as its last part is drawn,
while others still draw; a part or a hand whose machine fails is given to another one. OUT, WHERE and the pictures must be
seen by every machine under the same name. Typed again, it draws what is lacking and measures anew.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segan_cli.benchmark.open_hands import TEST_LIST, read_open_benchmark
from segan_cli.benchmark.open_score import OpenRow, open_table, score_folder, write_table
from segan_cli.drawing.draw import DrawSettings, draw, plan_drawing
from segan_cli.drawing.report import draw_report, report_path
from segan_cli.errors import UsageError
from segan_cli.evaluation.brush import MEASURED_PX
from segan_cli.evaluation.evaluate import choose_chars
from segan_cli.evaluation.measuring import measure, open_metrics
from segan_cli.evaluation.subject import bundle_subject, folder_subject
from segan_cli.evaluation.table import as_values, scores
from segan_cli.files.writing import make_folder, safe_name, write_json, written_beside
from segan_cli.generator.bundle import find_bundle
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import chars_in_folder, scan_glyph_folder

if TYPE_CHECKING:
    from dask.distributed import Client, Future


@dataclass(frozen=True)
class Job:
    """A hand to be measured.

    Args:
        what: a style, or a folder of pictures.
        where: a prepared hand of the open benchmark, or a folder of the hand's own glyphs.
        pictures: the folder that is measured.
        chars: the characters that are measured.
        drawn: whether a style draws them first.
    """

    what: str
    where: Path
    pictures: Path
    chars: tuple[str, ...]
    drawn: bool


def job_of(wish: str, options: argparse.Namespace) -> Job:
    """What one `--hand WHAT=WHERE` asks for.

    Raises:
        UsageError: it is no such pair, or a folder holds no glyphs.
    """
    what, mark, folder = wish.partition("=")
    if not mark or not what or not folder:
        raise UsageError(f"--hand {wish}: write WHAT=WHERE, such as 2=open/kouzan-gyosho or my-pictures=my-glyphs.")
    where = Path(folder).resolve()
    drawn = not (Path(what).is_dir() and chars_in_folder(Path(what)))
    pictures = options.out.resolve() / safe_name(where.name, "The name of the hand's folder") if drawn else Path(what)
    return Job(what, where, pictures.resolve(), _chars(what if drawn else None, where, options), drawn)


def jobs_of(options: argparse.Namespace) -> list[Job]:
    """Everything that was asked for.

    Raises:
        UsageError: a hand is asked for twice, whose pictures or scores would lie on each other.
    """
    jobs = [job_of(wish, options) for wish in options.hand]
    names = [job.where.name for job in jobs]
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{name} is asked for twice. Measure it with another style in another --out.")
    return jobs


def _chars(style: str | None, where: Path, options: argparse.Namespace) -> tuple[str, ...]:
    """The benchmark's test characters; of a folder, those that the style's training held out."""
    if (where / TEST_LIST).is_file():
        return tuple((where / TEST_LIST).read_text(encoding="utf-8").strip())
    real = scan_glyph_folder(where).chars
    if style is None:
        return choose_chars(real, real, 0)
    subject = bundle_subject(find_bundle(style), options.source_font, options.device, everything=options.all)
    return choose_chars(subject.candidates(real), real, options.count)


def draw_part(job: Job, number: int, options: argparse.Namespace) -> int:
    """Draw one part of a hand's characters in a worker; how many of them are there now."""
    settings = DrawSettings(device=options.device, size_px=MEASURED_PX, workers=options.threads)
    plan = plan_drawing(
        find_bundle(job.what),
        job.chars,
        job.pictures,
        settings,
        source_font=options.source_font,
        shard=(number, options.parts),
        check=False,
    )
    result = draw(plan)
    write_json(report_path(plan), draw_report(result))
    return len(result.glyphs)


def score_hand(job: Job, parts: list[int], options: argparse.Namespace) -> OpenRow:
    """Measure a hand's pictures in a worker; `parts` is there so that Dask waits for them."""
    judges, _ = open_metrics(features=options.features, inception_weights=None)
    if (job.where / TEST_LIST).is_file():
        return score_folder(read_open_benchmark(), job.where.parent, job.where.name, options.row, job.pictures, judges)[
            0
        ]
    subject = folder_subject(job.pictures, Frame(options.size))
    found = measure(subject, job.where, judges, chars=job.chars, count=0 if job.drawn else options.count).evaluation
    row = OpenRow(job.where.name, options.row, scores(found))
    name = f"{safe_name(row.hand, 'The hand')}.json"
    write_json(options.out / name, {"hand": row.hand, "row": row.row, "scores": row.scores, "values": as_values(found)})
    return row


def submit(client: Client, job: Job, options: argparse.Namespace) -> Future:
    """Hand over a hand: its parts, and its measuring after them."""
    numbers = range(1, options.parts + 1) if job.drawn else ()
    # Files change what a task gives, so Dask must not take a task's earlier result for it: pure=False.
    parts = [client.submit(draw_part, job, number, options, retries=2, pure=False) for number in numbers]
    return client.submit(score_hand, job, parts, options, retries=2, pure=False, priority=1)


def write_scores(rows: list[OpenRow], jobs: list[Job], out: Path) -> Path:
    """The table of what was measured now, and the benchmark's own where a hand belongs to it."""
    headings, lines = open_table(rows)
    text = ["| " + " | ".join(headings) + " |", "|---" * len(headings) + "|"]
    text += ["| " + " | ".join(line) + " |" for line in lines]
    with written_beside(out / "scores.md") as beside:
        beside.write_text("\n".join(text) + "\n", encoding="utf-8")
    for folder in dict.fromkeys(job.where.parent for job in jobs if (job.where / TEST_LIST).is_file()):
        write_table(read_open_benchmark(), folder)
    return out / "scores.md"


def read_options(words: list[str] | None = None) -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hand", required=True, action="append", metavar="WHAT=WHERE", help="may be repeated")
    parser.add_argument("--out", required=True, type=Path, help="folder for the pictures and scores.md")
    parser.add_argument("--row", default="mine", help="the method's name in the table")
    parser.add_argument("--source-font")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--all", action="store_true", help="characters that a style learned from, too")
    parser.add_argument(
        "--count", type=int, default=300, help="characters a hand at most, where the benchmark does not say"
    )
    parser.add_argument(
        "--size", type=int, default=128, help="side at which pictures are compared, where it does not say"
    )
    parser.add_argument("--features", action=argparse.BooleanOptionalAction, default=True, help="FD-lite0 and KID")
    parser.add_argument("--parts", type=int, default=4, help="parts that a hand is drawn in")
    parser.add_argument("--threads", type=int, default=1, help="threads of one worker's drawing")
    parser.add_argument("--scheduler", help="address of a Dask scheduler; without it, a cluster on this machine")
    parser.add_argument("--workers", type=int, default=2, help="workers of the cluster on this machine")
    return parser.parse_args(words)


def run(options: argparse.Namespace) -> Path:
    """Draw and measure all; where the table is."""
    from dask.distributed import Client, LocalCluster, as_completed

    options.out = options.out.resolve()
    make_folder(options.out)
    jobs = jobs_of(options)
    cluster: Any = options.scheduler or LocalCluster(
        n_workers=options.workers, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1"
    )
    with Client(cluster) as client:
        waiting = {submit(client, job, options): job for job in jobs}
        for done, future in enumerate(as_completed(list(waiting)), start=1):
            row = future.result()
            print(f"{done}/{len(jobs)} hands: {row.hand}, {len(waiting[future].chars)} characters", flush=True)
        rows = [future.result() for future in waiting]
    if not options.scheduler:
        cluster.close()
    return write_scores(rows, jobs, options.out)


def main() -> None:
    """One command: exit code 2 with one sentence where it was typed wrongly."""
    try:
        print(run(read_options()))
    except UsageError as error:
        raise SystemExit(f"{error}") from error


if __name__ == "__main__":
    main()
