"""Files are written beside and renamed into place: nothing half-written is ever found."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from segan_cli.errors import UsageError
from segan_cli.files.writing import PREVIOUS, hidden_prefix, sweep_once

Writer = Callable[[Path], None]
"""Writes one file or folder at the path given."""


def save_all(writers: dict[Path, Writer]) -> None:
    """Write every output beside its place, and only when all are there rename them.

    Raises:
        OSError: the disk is full or a folder cannot be written; the outputs are then as they were before.
    """
    with _workplaces(writers) as beside:
        for target, write in writers.items():
            write(beside[target])
        for target, written in beside.items():
            _replace(written, target)


@contextmanager
def _workplaces(targets: dict[Path, Writer]) -> Iterator[dict[Path, Path]]:
    """A hidden folder next to each target, removed in the end whatever happens."""
    folders: list[Path] = []
    try:
        places: dict[Path, Path] = {}
        for target in targets:
            sweep_once(target.parent)
            folders.append(Path(tempfile.mkdtemp(prefix=hidden_prefix(), dir=target.parent)))
            places[target] = folders[-1] / target.name
        yield places
    finally:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _replace(written: Path, target: Path) -> None:
    """Rename; a UFO is a folder, and the old one goes away only after the new one stands beside it."""
    if not target.is_dir():
        written.replace(target)
        return
    if not (target / "metainfo.plist").is_file():
        raise UsageError(f"{target} is a folder, but not a UFO; nothing was overwritten. Choose another name.")
    aside = written.parent / PREVIOUS
    target.rename(aside)
    try:
        written.rename(target)
    except OSError:
        aside.rename(target)
        raise
