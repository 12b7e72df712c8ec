"""What `segan study score` shows: the form of the paper's Table 3, with the number of judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from segan_cli.review.study.scoring import Estimate, StudyResult

COLUMNS = (("preference", "pref. score", 1.0), ("win_rate", "win rate", 100.0), ("picked", "picked as written", 100.0))


def show_result(result: StudyResult) -> None:
    """The table on stdout as Markdown, what is to be known of it on stderr."""
    from segan_cli.cli.console import print_note, print_result

    heads = ["method", *(title for _, title, _ in COLUMNS), "Bradley–Terry"]
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for item, row in result.rows.items():
        cells = [_cell(row[name], factor) for name, _, factor in COLUMNS]
        lines.append("| " + " | ".join([item, *cells, _cell(row["strength"], 1.0)]) + " |")
    print_result("\n".join(lines))
    steady = (
        "" if result.consistency is None else f"; {100 * result.consistency:.0f} % of repeated questions answered alike"
    )
    print_note(f"{result.judges} judges, {result.answers:,} answers{steady}. Brackets: intervals of 95 %.")
    print_note(
        "Win rate: taken for the written one beside the hand's own; 50 % is as good as the hand. Strength: the hand is 0."
    )
    if result.judges < 5:
        print_note("Fewer than five judges say little: the intervals do not know how other judges would differ.")
    if result.strangers:
        print_note(f"{result.strangers} answers belong to no question of this study and were left out.")


def _cell(one: Estimate | None, factor: float) -> str:
    if one is None:
        return "–"
    digits = 0 if factor == 100 else 2
    unit = " %" if factor == 100 else ""
    value, low, high = (f"{factor * part:.{digits}f}".replace("-", "−") for part in (one.value, one.low, one.high))
    return f"{value}{unit} ({low} to {high})"
