"""The scores of an exported bundle: what `segan evaluate` measures of each hand, on the characters that its training held out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from segan_cli.errors import UsageError
from segan_cli.evaluation.measuring import measure, open_metrics
from segan_cli.evaluation.subject import bundle_subject
from segan_cli.evaluation.table import scores
from segan_cli.generator.bundle import open_bundle
from segan_cli.training.data.hand_pack import is_pack, unpack
from segan_cli.training.run.export import Exported, TrainedRun

STAGES = 8
"""How often a hand's measuring tells what it does now, at most."""


@dataclass
class BundleScores:
    """Scores by style and name, and what a person should know of them."""

    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def score_bundle(
    trained: TrainedRun, done: Exported, count: int, advance: Callable[[int], None] = lambda steps: None
) -> BundleScores:
    """Draw the characters that were held out, with the bundle as people do, and measure them.

    Args:
        trained: the run.
        done: its bundle, as it was just written.
        count: characters of a hand at most.
        advance: called after each stage of a hand, `STAGES` times a hand.

    Returns:
        The scores; hands that cannot be scored are named in the notes.
    """
    metrics, notes = open_metrics(features=True)
    found = BundleScores(notes=list(notes))
    source = trained.split["source_font"]["spec"] or None
    with tempfile.TemporaryDirectory() as unpacked:
        for record in trained.split["styles"]:
            name = record["name"]
            subject = bundle_subject(open_bundle(done.folder, name), source, "cpu", everything=False)
            try:
                folder = _hand_folder(Path(record["folder"]), name, Path(unpacked))
                measured = measure(subject, folder, metrics, count=count, advance=lambda stage: advance(1))
            except UsageError as error:
                found.notes.append(f"{name} is not scored: {error}")
                continue
            found.scores[name] = {"test_characters": float(len(measured.evaluation.chars))}
            found.scores[name] |= scores(measured.evaluation)
    return found


def _hand_folder(place: Path, name: str, unpacked: Path) -> Path:
    """The glyph folder of a hand, unpacked where the run learned from an archive."""
    if not is_pack(place):
        return place
    folders: Sequence[Path] = unpack(place, unpacked / place.stem)
    return next((folder for folder in folders if folder.name == name), folders[0])
