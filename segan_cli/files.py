"""Files appear whole or not at all: they are written beside their place and renamed into it."""

from __future__ import annotations

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from segan_cli.errors import UsageError

LONGEST_NAME = 200
"""Bytes of a file's name; systems allow 255, and what is written beside takes some of them."""
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


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


def is_safe_name(name: str) -> bool:
    """Whether a name from a file or from the command line can be that of one file or folder, here and on any system."""
    return not _wrong_with(name)


def safe_name(name: str, what: str) -> str:
    """A name that becomes part of a path. Every name that comes from a file passes through here.

    Args:
        name: one file's or folder's name, such as "kouzan-gyosho" or "U+6C38.png".
        what: whose name it is and where it stands, to begin the message with.

    Returns:
        The name itself.

    Raises:
        UsageError: it is empty or too long, or it would leave its folder, hide, or mean something else on another system.
    """
    if wrong := _wrong_with(name):
        raise UsageError(f"{what} is {name[:80]!r}, and {wrong}, so it cannot be the name of a file or folder.")
    return name


def _wrong_with(name: str) -> str:
    if not name or not name.strip(". "):
        return "that names no file of its own"
    if any(mark in name for mark in "/\\:"):
        return "it holds a slash, a backslash or a colon"
    if name.startswith(".") or name.endswith((".", " ")):
        return "it begins with a dot or ends with a dot or a space"
    if not name.isprintable():
        return "it holds characters that cannot be printed"
    if len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME:
        return f"it has more than {LONGEST_NAME} bytes"
    return "Windows keeps that name for a device" if _DEVICE.fullmatch(name) else ""


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
