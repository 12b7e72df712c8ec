"""`segan benchmark --open`: prepare the open benchmark, or score a folder of pictures in it."""

from __future__ import annotations

import contextlib
from pathlib import Path

COMMAND = "segan benchmark --open"
"""What holds a hand's folder meanwhile, for whoever comes second."""


def prepare(out: Path, hands: list[str], fonts: list[Path]) -> None:
    """Write what a method learns from and has to draw, for each hand named, or for all."""
    from segan_cli.benchmark.open_hands import find_fonts, prepare_hand, read_open_benchmark, write_hand_task
    from segan_cli.cli.console import print_note, print_result, progress_bar
    from segan_cli.files.locks import folder_lock
    from segan_cli.source.charset import parse_charset
    from segan_cli.source.hand_font import han_of

    benchmark = read_open_benchmark()
    wanted = [benchmark.hand_named(name) for name in hands] or list(benchmark.hand)
    found = find_fonts([benchmark.source, *wanted], fonts)
    with contextlib.ExitStack() as alone:
        for hand in wanted:
            alone.enter_context(folder_lock(out / hand.name, COMMAND))
        for hand in wanted:
            font = found[hand.sha256]
            looked = len(parse_charset(hand.chars) if hand.chars else han_of(font))
            with progress_bar(f"Reading {hand.name}", looked) as advance:
                prepared = prepare_hand(benchmark, hand, font, advance)
            with progress_bar(f"Writing {hand.name}", len(prepared.train) + 2 * len(prepared.test)) as advance:
                folder = write_hand_task(prepared, found[benchmark.source.sha256], out, advance)
            print_note(f"{hand.name}: {len(prepared.train)} glyphs to learn from, {len(prepared.test)} to draw.")
            print_result(str(folder))


def score(out: Path, hands: list[str], row: str, pictures: Path, inception_weights: Path | None) -> None:
    """Measure a folder of pictures as a row of the table."""
    from segan_cli.benchmark.open_classifier import unprepared
    from segan_cli.benchmark.open_hands import read_open_benchmark
    from segan_cli.benchmark.open_score import check_prepared, open_table, score_folder, write_table
    from segan_cli.cli.console import print_note, print_result, print_table
    from segan_cli.errors import UsageError
    from segan_cli.evaluation.measuring import open_metrics
    from segan_cli.files.locks import folder_lock
    from segan_cli.files.writing import safe_name

    if len(hands) != 1:
        raise UsageError("A row is of one hand. Name it: --hand kouzan-gyosho")
    benchmark = read_open_benchmark()
    metrics, notes = open_metrics(features=True, inception_weights=inception_weights)
    for note in notes:
        print_note(note)
    if lacking := unprepared(benchmark, out):
        print_note(
            f"Whose hand the pictures are taken for is left out: the classifier learns from every hand, and {', '.join(lacking)} "
            f"are not prepared. Type: segan benchmark --open --out {out}"
        )
    check_prepared(benchmark, out, hands[0])
    part = f"row-{safe_name(row, 'The name of the row')}"  # rows of a hand may be measured side by side
    with folder_lock(out / hands[0], f"{COMMAND} --score", part=part):
        kept, _ = score_folder(benchmark, out, hands[0], row, pictures, metrics)
    print_table(f"{kept.hand}, {kept.row}", *open_table([kept]))
    print_result(str(write_table(benchmark, out)))
