"""What `--style` means: a number, a name, a bundle's folder, or a training run that was not exported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from segan_cli.errors import MissingExtraError

if TYPE_CHECKING:
    from segan_cli.drawing.draw import Network
    from segan_cli.generator.bundle import Bundle

COPYING_S = 60
"""A copied run's files are this much apart in time, in seconds, and no training is."""
SPLIT = "split.json"
"""What only a training run's folder holds."""


def open_style(style: str, device: str, precision: str | None = None) -> tuple[Bundle, Network | None]:
    """Find a style.

    Args:
        style: number, name, bundle folder or training run; `FOLDER#NAME` names one of several hands.
        device: what it will be drawn on.
        precision: weights wanted; a run that was not exported has fp32 alone.

    Returns:
        The bundle, and the network where it is not the bundle's own: a run that was not exported is drawn by torch.

    Raises:
        UsageError: nothing of that name.
        MissingExtraError: a run, and torch is not installed.
    """
    from segan_cli.generator.bundle import MANIFEST_FILE, RUN_EXPORT, find_bundle

    place, _, hand = style.partition("#")
    path = Path(place)
    if not place or not (path / SPLIT).is_file():
        return find_bundle(style), None
    from segan_cli.cli.console import print_note

    if (manifest := path / RUN_EXPORT / MANIFEST_FILE).is_file():
        bundle = find_bundle(style)
        if bundle.folder == manifest.parent and _learned_on(path, manifest):
            print_note(f"{place} learned on since it was exported; what was exported draws. Anew: segan export {place}")
        return replace(bundle, source_spec=_source_spec(path)), None
    try:
        from segan_cli.training.run.run_network import open_run_network
    except ImportError as error:
        raise MissingExtraError(f"Drawing with {place}, a run that was not exported,", "train") from error
    bundle, network = open_run_network(path, hand or None, device)
    bundle.precision(precision)
    print_note(
        f"{place} was not exported: torch draws with its best weights. To make a bundle of it: segan export {place}"
    )
    return bundle, network


def _learned_on(run: Path, manifest: Path) -> bool:
    exported = manifest.stat().st_mtime + COPYING_S
    return any(file.stat().st_mtime > exported for file in run.glob("checkpoints/*.safetensors"))


def _source_spec(run: Path) -> str | None:
    """What opened the run's source font when it was trained."""
    from segan_cli.errors import UsageError
    from segan_cli.files.documents import read_json

    try:
        record = read_json(run / SPLIT)
    except (OSError, UsageError):
        return None
    font = record.get("source_font") if isinstance(record, dict) else None
    spec = font.get("spec") if isinstance(font, dict) else None
    return spec if isinstance(spec, str) else None
