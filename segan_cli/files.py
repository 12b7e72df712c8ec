"""Files appear whole or not at all: they are written beside their place and renamed into it."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from segan_cli.errors import UsageError


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Give a fresh path beside `path` to write to, and rename it into place when the block ends well.

    The folder is made if it is missing. When the block fails, or the disk is full, what was written so far is
    removed and a file that was already there stays as it was.

    Raises:
        UsageError: the folder cannot be made, because a file stands in its place or it is not ours to write.
    """
    make_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    beside = Path(name)
    try:
        yield beside
        beside.chmod(0o666 & ~_UMASK)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write `value` as readable JSON."""
    with written_beside(path) as beside:
        beside.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises:
        UsageError: a file stands in its place, or it is not ours to write.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise UsageError(f"{folder} cannot be a folder: a file stands in its place. Choose another output.") from error
    except PermissionError as error:
        raise UsageError(f"The folder {folder} cannot be made: permission denied. Choose another output.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _umask()  # asked once: asking changes it for a moment, which threads would see
