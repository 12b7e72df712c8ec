"""What many hands cost on many machines: `python tests/benchmarks/cluster_scale.py --hand FOLDER`, minutes of one core.

Measures the rates of this machine on small samples, writes them to cluster_scale.json and the page made of them to
cluster_scale.md, both here; `--page` makes the page again of the figures that are there. Rates are processor time of one
thread, which other programs on the machine disturb least.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pickle
import platform
import shutil
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

PLACE = Path(__file__).parent
FIGURES, PAGE = PLACE / "cluster_scale.json", PLACE / "cluster_scale.md"
HANDS, CHARS, SCORED = 100, 27_000, 300
MACHINES = (1, 10, 100, 1000)
GAIN = 1.1
"""Twice the machines must be faster by so much to be worth it."""


@dataclass(frozen=True)
class Rates:
    """What one core of this machine does, in seconds of processor time where nothing else is said.

    Args:
        draw_s: a glyph drawn: source, skeleton, network, finishing, file.
        part_s: a part begun: the style and the source glyphs opened.
        build_s: a glyph read, traced, put into units and compiled.
        receive_s: a compiled glyph taken over from the process that made it, which one core does.
        assemble_s: a glyph's share of joining a font, which one core does.
        score_s: a character measured, both sides.
        hand_s: a hand's measuring begun: recogniser and networks opened, intervals drawn.
        task_s: the scheduler's own time for a task.
        file_s: a picture written beside and renamed, by the clock, while sixteen write at once: the disk.
        glyph_mb: megabytes a drawn glyph takes with its line of the journal.
        font_mb: megabytes a glyph takes in the font.
    """

    draw_s: float
    part_s: float
    build_s: float
    receive_s: float
    assemble_s: float
    score_s: float
    hand_s: float
    task_s: float
    file_s: float
    glyph_mb: float
    font_mb: float


@dataclass(frozen=True)
class Cost:
    """Hours of each walk on so many machines, and what the shared parts must bear meanwhile.

    Args:
        machines: how many.
        draw, build, score: hours; the disk is as quick as it has to be.
        files: pictures written a second while it draws.
        mb: megabytes written a second while it draws.
        tasks: tasks handed out a second while it draws.
    """

    machines: int
    draw: float
    build: float
    score: float
    files: float
    mb: float
    tasks: float

    @property
    def hours(self) -> float:
        """All three, one after the other."""
        return self.draw + self.build + self.score


def cost(rates: Rates, machines: int, cores: int, part: int) -> Cost:
    """Hours on so many machines, each of `cores` cores, drawing in tasks of `part` characters.

    Drawing: whole tasks go to cores. Building: whole fonts go to machines, which trace on all cores, collect and join on one.
    Measuring: whole hands go to cores. The scheduler hands out one task after another; where it is slower than the cores, it sets
    the pace.
    """
    tasks = HANDS * math.ceil(CHARS / part)
    task_s = rates.part_s + part * rates.draw_s
    drawn = math.ceil(tasks / (machines * cores)) * task_s
    draw = max(drawn, tasks * rates.task_s)
    build = math.ceil(HANDS / machines) * font_seconds(rates, cores)
    score = math.ceil(HANDS / (machines * cores)) * (rates.hand_s + SCORED * rates.score_s)
    files = HANDS * CHARS / draw
    return Cost(machines, draw / 3600, build / 3600, score / 3600, files, files * rates.glyph_mb, tasks / draw)


def font_seconds(rates: Rates, cores: int) -> float:
    """A font on one machine: its cores trace while one of them collects, then that one joins."""
    return CHARS * (max(rates.build_s / cores, rates.receive_s) + rates.assemble_s)


def useful(rates: Rates, cores: int, part: int) -> int:
    """The most machines, of powers of two, from which twice as many would not gain a tenth."""
    machines = 1
    while cost(rates, machines, cores, part).hours > GAIN * cost(rates, 2 * machines, cores, part).hours:
        machines *= 2
    return machines


def limits(rates: Rates, cores: int, part: int) -> dict[str, float]:
    """What stops scaling, and the number of machines from which on it does."""
    task_s = rates.part_s + part * rates.draw_s
    return {
        "disk": task_s / (part * rates.file_s * cores),
        "scheduler": task_s / (rates.task_s * cores),
        "fonts": float(HANDS),
        "scores": HANDS / cores,
        "tasks": HANDS * math.ceil(CHARS / part) / cores,
    }


def page(figures: dict[str, Any]) -> str:
    """The page, of the figures alone."""
    rates, cores, part = Rates(**figures["rates"]), int(figures["cores"]), int(figures["part"])
    ends = limits(rates, cores, part)
    font_s, serial = font_seconds(rates, cores), CHARS * (rates.receive_s + rates.assemble_s)
    disk_h = HANDS * CHARS * rates.file_s / 3600
    hand_s = rates.hand_s + SCORED * rates.score_s
    size = HANDS * CHARS * rates.glyph_mb / 1000
    lines = [
        f"# {HANDS} hands × {CHARS:,} characters: what they cost on many machines",
        "",
        "Made by `python tests/benchmarks/cluster_scale.py --hand FOLDER`, which measures the rates below and writes this page of them;"
        " hours are computed, not measured. Drawing and scoring run under Dask:"
        " [draw_on_a_cluster.py](../../examples/draw_on_a_cluster.py), [score_on_a_cluster.py](../../examples/score_on_a_cluster.py);"
        " the rows of the paper's table are trained there by `segan benchmark --cluster`, one worker a row.",
        "",
        f"Rates of one core: {figures['processor']}, {figures['threads']} cores, load {figures['load']:.1f} from other work;"
        f" style {figures['style']}, pictures of {figures['picture_px']} px; {figures['drawn']} glyphs drawn and built,"
        f" {figures['scored']} measured, {figures['tasks']} empty tasks. Processor time, but for the disk, which is by the clock and"
        " therefore slowed by that load.",
        "",
        "| rate | value |",
        "|---|---|",
        f"| glyphs drawn a second and core | {1 / rates.draw_s:.1f} |",
        f"| to begin a part, s | {rates.part_s:.2f} |",
        f"| a glyph traced and compiled, s | {rates.build_s:.4f} |",
        f"| a compiled glyph taken over from a worker, s | {rates.receive_s:.5f} |",
        f"| a glyph's share of joining the font, s | {rates.assemble_s:.5f} |",
        f"| to measure a hand of {SCORED} characters, s (in proportion, of {figures['scored']}) | {hand_s:.0f} |",
        f"| to hand out a task, ms | {1000 * rates.task_s:.2f} |",
        f"| to write a picture here, sixteen at once, ms by the clock | {1000 * rates.file_s:.2f} |",
        f"| a drawn glyph on disk, kB | {1000 * rates.glyph_mb:.1f} |",
        f"| a glyph in the font, kB | {1000 * rates.font_mb:.2f} |",
        "",
        f"## Hours, on machines of {cores} cores, in tasks of {part:,} characters (`--parts {math.ceil(CHARS / part)}`)",
        "",
        "Beside them what the shared disk and the scheduler must bear for it, and the hours on a disk no quicker than this machine's.",
        "",
        "| machines | draw | build | score | all, h | times faster | pictures/s | MB/s | tasks/s | all on a disk like this one, h |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    one = cost(rates, 1, cores, part).hours
    for machines in MACHINES:
        c = cost(rates, machines, cores, part)
        lines.append(
            f"| {machines:,} | {c.draw:.3f} | {c.build:.3f} | {c.score:.3f} | **{c.hours:.3f}** | {one / c.hours:.0f} "
            f"| {c.files:,.0f} | {c.mb:,.1f} | {c.tasks:.2f} | {max(c.draw, disk_h) + c.build + c.score:.3f} |"
        )
    lines += ["", *_stops(rates, ends, useful(rates, cores, part), part), ""]
    lines += [
        f"- **The shared disk.** This machine's takes {1 / rates.file_s:,.0f} pictures a second from sixteen writers, which"
        f" {ends['disk']:.1f} machines give it; from there on it sets the pace, {disk_h:.1f} h for all. Another disk moves that bound in"
        f" proportion. All pictures are {size:,.0f} GB in {HANDS * CHARS:,} files, all fonts {HANDS * CHARS * rates.font_mb / 1000:.1f} GB.",
        f"- **Joining a font is serial.** Of the {font_s:.0f} s that a font of {CHARS:,} glyphs takes on one machine, {serial:.1f} s are one"
        f" core's, which collects the glyphs while others trace and joins them then. A font is built on one machine, so more than {HANDS} machines do not build faster.",
        f"- **Measuring a hand is one task** of {hand_s:.0f} s: from {ends['scores']:.1f} machines on each core has one at most.",
        f"- **The scheduler** hands out {1 / rates.task_s:,.0f} tasks a second, enough for {ends['scheduler']:,.0f} machines with tasks of"
        f" {rates.part_s + part * rates.draw_s:.0f} s. There are {HANDS * math.ceil(CHARS / part):,} drawing tasks, one for each core of"
        f" {ends['tasks']:.0f} machines; smaller parts reach further, and begin anew more often.",
        "",
        "A machine that fails costs its tasks' time once more, which is not in the hours; nor are the seconds in which a worker starts.",
        "",
    ]
    return "\n".join(lines)


def _stops(rates: Rates, ends: dict[str, float], machines: int, part: int) -> list[str]:
    named = {
        "disk": "a disk like this machine's",
        "scheduler": "the scheduler",
        "fonts": "the number of fonts",
        "scores": "the number of hands to measure",
        "tasks": "the number of drawing tasks",
    }
    order = sorted(ends, key=lambda name: ends[name])
    return [
        "## Where it stops",
        "",
        f"Beyond {machines:,} machines twice as many gain less than a tenth. Bounds, as they come: "
        + ", ".join(f"{named[name]} at {ends[name]:,.1f} machines" for name in order)
        + ".",
    ]


def spent(work: Callable[[], Any]) -> tuple[float, Any]:
    """Processor time of this process for a piece of work, and what it gave."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def measure_drawing(style: str, chars: str, few: int, out: Path) -> dict[str, float]:
    """Draw a few and many characters: the difference is the glyphs', the rest the beginning's."""
    from segan_cli.drawing.draw import DrawSettings, draw, plan_drawing
    from segan_cli.generator.bundle import find_bundle

    def drawn(some: str, name: str) -> Any:
        plan = plan_drawing(find_bundle(style), some, out / name, DrawSettings(device="cpu", workers=1), check=False)
        return draw(plan)

    spent(lambda: drawn(chars[:2], "warm"))
    begun, _ = spent(lambda: drawn(chars[:few], "few"))
    whole, _ = spent(lambda: drawn(chars, "many"))
    glyph = (whole - begun) / (len(chars) - few)
    size = sum(file.stat().st_size for file in (out / "many").iterdir()) / len(chars)
    return {"draw_s": glyph, "part_s": max(begun - few * glyph, 0.0), "glyph_mb": size / 1e6}


def measure_building(folder: Path, few: int, many: int, out: Path) -> dict[str, float]:
    """Trace and compile a folder in this process, and join fonts of few and many of its glyphs, again and again the same."""
    from segan_cli.building.pipeline import build_glyph, plan_build
    from segan_cli.font.assemble import assemble_font
    from segan_cli.font.spec import FontSpec

    tasks = plan_build([folder], [out / "F.ttf"]).tasks
    build_glyph(tasks[0])
    built_s, built = spent(lambda: [build_glyph(task) for task in tasks])

    packed = pickle.dumps(built)
    received_s, _ = spent(lambda: [pickle.loads(packed) for _ in range(10)])  # what this process packed itself

    def joined(count: int) -> Any:
        glyphs = [replace(built[n % len(built)].compiled, char=chr(0x4E00 + n)) for n in range(count)]
        return spent(lambda: assemble_font(glyphs, FontSpec(family="Scale"), [out / f"{count}.ttf"]))[0]

    joined(8)
    seconds = {count: joined(count) for count in (few, many)}
    size = ((out / f"{many}.ttf").stat().st_size - (out / f"{few}.ttf").stat().st_size) / (many - few)
    return {
        "build_s": built_s / len(tasks),
        "receive_s": received_s / 10 / len(tasks),
        "assemble_s": (seconds[many] - seconds[few]) / (many - few),
        "font_mb": size / 1e6,
    }


def measure_scoring(pictures: Path, real: Path, few: int) -> dict[str, float]:
    """Measure a few characters and all of them, with every judge that is installed."""
    from segan_cli.evaluation.measuring import measure, open_metrics
    from segan_cli.evaluation.subject import folder_subject
    from segan_cli.glyph import Frame
    from segan_cli.source.glyph_folder import chars_in_folder

    opened, (judges, _) = spent(lambda: open_metrics(features=True))
    subject, both = folder_subject(pictures, Frame(128)), sorted(chars_in_folder(pictures))

    def measured(chars: list[str]) -> float:
        return spent(lambda: measure(subject, real, judges, chars=chars, count=0))[0]

    measured(both[:2])
    begun, whole = measured(both[:few]), measured(both)
    char = (whole - begun) / (len(both) - few)
    return {"score_s": char, "hand_s": opened + max(begun - few * char, 0.0)}


def measure_tasks(count: int) -> float:
    """The scheduler's and the client's processor time for an empty task; the workers are other processes."""
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0", host="127.0.0.1") as cluster,
        Client(cluster) as client,
    ):
        client.gather(client.map(abs, range(10), pure=False))
        seconds, _ = spent(lambda: client.gather(client.map(abs, range(count), pure=False)))
    return seconds / count


def measure_files(folder: Path, bytes_each: int, count: int = 800, rounds: int = 3) -> float:
    """Seconds by the clock for a picture written beside and renamed while sixteen threads write; the best of some rounds."""
    from segan_cli.files.writing import written_beside

    data = os.urandom(bytes_each)

    def write(path: Path) -> None:
        with written_beside(path) as beside:
            beside.write_bytes(data)

    best = math.inf
    for turn in range(rounds):
        (folder / str(turn)).mkdir(parents=True)
        start = time.perf_counter()
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(write, (folder / str(turn) / f"{number}.png" for number in range(count))))
        best = min(best, time.perf_counter() - start)
    return best / count


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """All rates of this machine."""
    from segan_cli.source.glyph_folder import chars_in_folder

    load = os.getloadavg()[0]
    wanted = sorted(chars_in_folder(options.hand))
    chars = "".join(wanted[:: max(1, len(wanted) // options.glyphs)][: options.glyphs])
    with tempfile.TemporaryDirectory(dir=options.disk) as scratch:
        out = Path(scratch)
        rates = measure_drawing(options.style, chars, options.glyphs // 4, out / "drawn")
        pictures = out / "drawn" / "many"
        rates |= measure_building(pictures, 200, options.joined, out)
        sample = out / "sample"
        shutil.copytree(pictures, sample)
        for extra in sorted(sample.glob("U+*.png"))[options.scored :]:
            extra.unlink()
        rates |= measure_scoring(sample, options.hand, options.scored // 3)
        rates |= {"task_s": measure_tasks(options.tasks)}
        rates |= {"file_s": measure_files(out / "files", round(1e6 * rates["glyph_mb"]))}
    return {
        "processor": processor(),
        "threads": os.cpu_count(),
        "load": load,
        "style": options.style,
        "picture_px": picture_px(options.style),
        "drawn": len(chars),
        "scored": options.scored,
        "tasks": options.tasks,
        "cores": options.cores,
        "part": options.part,
        "rates": asdict(Rates(**rates)),
    }


def picture_px(style: str) -> int:
    """Side of the pictures that a style draws."""
    from segan_cli.drawing.draw import DrawSettings, written_px
    from segan_cli.generator.bundle import find_bundle

    return written_px(find_bundle(style), DrawSettings())


def processor() -> str:
    """The processor's name."""
    info = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hand", type=Path, help="a folder of a hand's own glyphs, to be measured against")
    parser.add_argument("--style", default="kouzan-gyosho", help="the style that draws")
    parser.add_argument("--glyphs", type=int, default=40, help="how many are drawn and built")
    parser.add_argument("--scored", type=int, default=24, help="how many of them are measured")
    parser.add_argument(
        "--joined", type=int, default=20_000, help="glyphs of the larger of the two fonts that are joined"
    )
    parser.add_argument("--tasks", type=int, default=500, help="empty tasks")
    parser.add_argument("--disk", type=Path, help="a folder on the disk that machines would share")
    parser.add_argument("--cores", type=int, default=16, help="cores of a machine of the page")
    parser.add_argument("--part", type=int, default=1000, help="characters of a drawing task")
    parser.add_argument("--page", action="store_true", help="write the page of the figures that are there")
    options = parser.parse_args()
    if not options.page:
        if options.hand is None:
            parser.error("--hand FOLDER is needed to measure; --page writes the page of the figures that are there")
        FIGURES.write_text(json.dumps(measure(options), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text(page(json.loads(FIGURES.read_text(encoding="utf-8"))), encoding="utf-8")
    print(PAGE)


if __name__ == "__main__":
    main()
