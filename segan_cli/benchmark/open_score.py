"""Rows of the open benchmark: a folder of pictures is measured, kept as a row, and set into the table beside the others."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segan_cli import __version__
from segan_cli.benchmark.hand_scores import hand_scores, hand_table
from segan_cli.benchmark.open_classifier import learn_hands, unprepared
from segan_cli.benchmark.open_hands import TEST, TEST_LIST, OpenBenchmark
from segan_cli.errors import UsageError
from segan_cli.evaluation.evaluate import Evaluation, Metrics
from segan_cli.evaluation.measuring import measure
from segan_cli.evaluation.subject import folder_subject
from segan_cli.evaluation.table import as_values, scores
from segan_cli.files.documents import cause_of, read_json, read_text
from segan_cli.files.writing import make_folder, safe_name, write_json, written_beside
from segan_cli.glyph import Frame
from segan_cli.source.glyph_folder import scan_glyph_folder

ROWS = "rows"
TABLE = "table.md"
COLUMNS = (
    ("accuracy", "accuracy", 3),
    ("Human", "human_accuracy", 3),
    ("IoU", "iou", 3),
    ("skeleton, ‰", "skeleton_distance", 1),
    ("missing, ‰", "missing", 1),
    ("surplus, ‰", "surplus", 1),
    ("FD-lite0, 256 px", "fd_lite0_256", 1),
    ("KID × 1000", "kid", 1),
    ("corners", "corners_ratio", 2),
    ("contrast", "contrast_ratio", 2),
    ("weight", "weight_ratio", 2),
    ("its spread", "spread_ratio", 2),
    ("its correlation", "weight_correlation", 2),
    ("taken for the hand", "hand_top1", 3),
    ("its own glyphs", "hand_top1_real", 3),
)
"""Heading, name of the score, digits."""


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A measured row: the hand, the method's name, and its scores by name."""

    hand: str
    row: str
    scores: dict[str, float]


def score_folder(
    benchmark: OpenBenchmark, out: Path, hand: str, row: str, pictures: Path, metrics: Metrics
) -> tuple[OpenRow, Evaluation]:
    """Measure a folder of pictures of a hand's test characters, and keep the row.

    Args:
        benchmark: what is fixed.
        out: the benchmark's folder, prepared.
        hand: the hand's name.
        row: the method's name.
        pictures: a glyph folder of every test character.
        metrics: who measures.

    Raises:
        UsageError: the hand was not prepared, test characters are missing, or another recogniser is installed.
    """
    folder = check_prepared(benchmark, out, hand)
    test = tuple(read_text(folder / TEST_LIST, "The list").strip())
    _check_recogniser(benchmark, metrics)
    missing = sorted(set(test) - set(scan_glyph_folder(pictures).chars))
    if missing:
        raise UsageError(
            f"{pictures} lacks {len(missing)} of the {len(test)} test characters of {hand}, first {''.join(missing[:10])}. "
            f"A row has all of them; they are listed in {folder / TEST_LIST}."
        )
    subject = folder_subject(pictures, Frame(benchmark.pictures_px))
    found = measure(subject, folder / TEST, metrics, chars=test, count=0).evaluation
    kept = OpenRow(hand, row, scores(found) | _classified(benchmark, out, hand, pictures, test, metrics))
    record = {
        "benchmark": benchmark.version,
        "segan": __version__,
        "hand": hand,
        "row": row,
        "scores": kept.scores,
        "values": as_values(found),
    }
    rows = folder / ROWS
    make_folder(rows)
    write_json(rows / f"{safe_name(row, 'The name of the row')}.json", record)
    return kept, found


def check_prepared(benchmark: OpenBenchmark, out: Path, hand: str) -> Path:
    """The folder of a hand that was prepared.

    Raises:
        UsageError: there is no such hand, or it was not prepared.
    """
    folder = out / benchmark.hand_named(hand).name
    if not (folder / TEST_LIST).is_file():
        raise UsageError(f"{folder} is not prepared. Type: segan benchmark --open --out {out} --hand {hand}")
    return folder


def read_rows(benchmark: OpenBenchmark, out: Path) -> list[OpenRow]:
    """Every row that is kept, hand by hand; rows of another version of the benchmark are left out."""
    rows = []
    for hand in benchmark.hand:
        for file in sorted((out / hand.name / ROWS).glob("*.json")):
            record = read_json(file)
            if isinstance(record, dict) and record.get("benchmark") == benchmark.version:
                rows.append(_row(record, file))
    return rows


def open_table(rows: list[OpenRow]) -> tuple[list[str], list[list[str]]]:
    """Headings and lines of the table."""
    lines = [[row.hand, row.row, *(_cell(row.scores.get(name), digits) for _, name, digits in COLUMNS)] for row in rows]
    return ["hand", "method", *(heading for heading, _, _ in COLUMNS)], lines


def write_table(benchmark: OpenBenchmark, out: Path) -> Path:
    """Write every kept row as `table.md`."""
    rows = read_rows(benchmark, out)
    headings, lines = open_table(rows)
    text = [
        f"# The open benchmark, version {benchmark.version}",
        "",
        f"{benchmark.count} held-out characters a hand (all, where a hand has fewer). Corners, contrast, weight and its spread are "
        "shares of the hand's own, measured on traced outlines at 512 px; FD-lite0 and KID are paired: 0 is the hand itself.",
        "",
        f"| {' | '.join(headings)} |",
        "|---" * len(headings) + "|",
        *(f"| {' | '.join(line)} |" for line in lines),
        *_hands_part(benchmark, rows),
    ]
    with written_beside(out / TABLE) as beside:
        beside.write_text("\n".join(text) + "\n", encoding="utf-8", errors="replace")
    return out / TABLE


def _hands_part(benchmark: OpenBenchmark, rows: list[OpenRow]) -> list[str]:
    """The classifier's table in Markdown; nothing where it judged no row."""
    headings, lines = hand_table([(row.hand, row.row, row.scores) for row in rows])
    if not lines:
        return []
    return [
        "",
        "## Whose hand it is taken for",
        "",
        f"A linear classifier on EfficientNet-Lite0's features learned {benchmark.learned} glyphs of each of the {len(benchmark.hand)} "
        "hands' training parts. The share of pictures that it takes for their hand, and the mean of that hand's probability less that of "
        "the likeliest other, beside the same of the hand's own glyphs, which is the ceiling. Quarters of the characters go from the "
        "shortest centre lines of the source to the longest. In brackets: 95 % intervals.",
        "",
        f"| {' | '.join(headings)} |",
        "|---" * len(headings) + "|",
        *(f"| {' | '.join(line)} |" for line in lines),
    ]


def _classified(
    benchmark: OpenBenchmark, out: Path, hand: str, pictures: Path, chars: tuple[str, ...], metrics: Metrics
) -> dict[str, float]:
    """What the classifier of hands says; nothing where it has no features, or not every hand to learn from."""
    extractor = metrics.extractors.get("FD-lite0")
    if extractor is None or unprepared(benchmark, out):
        return {}
    return hand_scores(learn_hands(benchmark, out, extractor), hand, pictures, out / hand / TEST, chars, extractor)


def _check_recogniser(benchmark: OpenBenchmark, metrics: Metrics) -> None:
    wanted = benchmark.recogniser
    if metrics.recognizer is not None and metrics.recognizer.sha256 != wanted.sha256:
        raise UsageError(
            f"The open benchmark measures with {wanted.name} of SHA-256 {wanted.sha256[:12]}…, and the installed package "
            f"{wanted.package} holds {metrics.recognizer.sha256[:12]}…. Install the version that constraints.txt names."
        )


def _row(record: dict[str, Any], file: Path) -> OpenRow:
    try:
        figures = {str(name): float(value) for name, value in record["scores"].items()}
        return OpenRow(str(record["hand"]), str(record["row"]), figures)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(
            f"{file} is no row of the open benchmark ({cause_of(error, file)}). Delete it and score the folder again."
        ) from error


def _cell(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
