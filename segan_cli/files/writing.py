"""Files appear whole or not at all: they are written beside their place and renamed into it.

What is being written is called `.segan-HOST-PROCESS-…`. A process that was killed leaves such files; the next one that writes
into the folder takes them away, and brings back what a kill between two renames had put aside.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shlex
import shutil
import socket
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from segan_cli.errors import UsageError
from segan_cli.files.plain import special_kind

LONGEST_NAME = 200
"""Bytes of a file's name; systems allow 255, and what is written beside takes some of them."""
_DEVICE = re.compile(r"(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


@contextlib.contextmanager
def written_beside(path: Path) -> Iterator[Path]:
    """Give a fresh path beside `path` to write to, and rename it into place when the block ends well.

    The folder is made if it is missing. When the block fails, or the disk is full, what was written so far is
    removed and a file that was already there stays as it was.

    Raises:
        UsageError: a pipe or a device has that name; the folder cannot be made, because a file stands in its place or it is not ours to write.
    """
    _check_replaceable(path)
    make_folder(path.parent)
    sweep_once(path.parent)
    try:
        handle, name = tempfile.mkstemp(prefix=hidden_prefix(), suffix=path.suffix[:16], dir=path.parent)
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENAMETOOLONG):
            raise
        raise UsageError(
            f"Nothing can be written into {path.parent}: {error.strerror}. Choose another output."
        ) from error
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
        text = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
        beside.write_bytes(text.encode("utf-8", "replace"))  # a byte of a name that is no UTF-8 costs no report


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


PREVIOUS = "previous"
"""What a folder that is replaced is called meanwhile, inside a hidden folder that holds the new one under its own name."""
_FOREIGN_S = 24 * 3600
_HOST = f"{zlib.crc32(socket.gethostname().encode()):08x}"
_STARTED = time.time()
_HIDDEN = re.compile(r"\.segan-([0-9a-f]{8})-([0-9]+)-.*")
_swept: set[Path] = set()


def hidden_prefix() -> str:
    """How the names begin of what this process has not finished."""
    return f".segan-{_HOST}-{os.getpid()}-"


def sweep_once(folder: Path) -> None:
    """Take away what processes that are gone left unfinished in a folder; once in the life of this process."""
    place = folder.absolute()
    if place in _swept:
        return
    _swept.add(place)
    with contextlib.suppress(OSError), os.scandir(place) as entries:
        for entry in [one for one in entries if one.name.startswith(".segan-")]:
            if _is_left_over(entry):
                with contextlib.suppress(OSError):
                    _take_away(Path(entry.path), place)


def _is_left_over(entry: os.DirEntry[str]) -> bool:
    match = _HIDDEN.fullmatch(entry.name)
    if match is None:
        return False
    host, process, written = match[1], int(match[2]), entry.stat(follow_symlinks=False).st_mtime
    if host != _HOST:
        return written < time.time() - _FOREIGN_S
    if process == os.getpid():
        return written < _STARTED - 1
    return not _is_segan(process)


def _is_segan(process: int) -> bool:
    """Whether a process of that number is there, and is no other program that got the number since."""
    try:
        return (
            b"python"
            in Path(f"/proc/{process}/cmdline").read_bytes()
            + Path(f"/proc/{process}/exe").readlink().as_posix().encode()
        )
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
    except OSError:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _take_away(left: Path, folder: Path) -> None:
    """Remove it; but what was put aside comes back if its successor had not taken its place yet."""
    if not left.is_dir() or left.is_symlink():
        left.unlink()
        return
    for new in left.iterdir() if (left / PREVIOUS).exists() else ():
        if new.name != PREVIOUS and not (folder / new.name).exists():
            new.rename(folder / new.name)
    shutil.rmtree(left)


def expanded(path: str) -> Path:
    """A path in which `~` is the home folder, where there is one of that name; else as it stands."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def real_path(path: Path) -> Path:
    """The path without links; where a link leads in a circle, the path as it stands, which opening it then refuses."""
    try:
        return path.resolve()
    except (RuntimeError, OSError):
        return path.absolute()


def home_folder() -> Path:
    """The home folder; where the system knows none (a container without HOME), one in the folder of temporary files."""
    try:
        return Path.home()
    except RuntimeError:
        return Path(tempfile.gettempdir()) / "segan-home"


def check_writable(folder: Path) -> None:
    """Refuse a folder into which nothing can be written, before the long work.

    Raises:
        UsageError: it is not there, not ours to write, on a medium that is read-only, or full.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=hidden_prefix(), dir=folder)
        os.close(handle)
        Path(name).unlink()
    except OSError as error:
        raise UsageError(
            f"Nothing can be written into {folder}: {error.strerror or error}. Choose another output."
        ) from error


def check_output(file: Path) -> None:
    """Refuse a file that could not be written, before the long work. Nothing is made: folders that are missing are made later.

    Raises:
        UsageError: a folder has that name, or nothing can be written where it is to be.
    """
    if file.is_dir():
        raise UsageError(f"{file} is a folder. Give a file's name.")
    _check_replaceable(file)
    check_output_folder(file.parent)


def _check_replaceable(file: Path) -> None:
    """What is written is renamed into its place: a file would then stand where a device was."""
    if kind := special_kind(file):
        raise UsageError(f"{file} is {kind}, which no file can take the place of. Give a file's name.")


def check_output_folder(folder: Path) -> None:
    """As `check_output`, for a folder that files will be written into.

    Raises:
        UsageError: it cannot be made, or nothing can be written into it.
    """
    check_writable(_nearest_folder(folder))


def check_apart(out: Path, inputs: Iterable[Path]) -> None:
    """Refuse to write into a folder of pictures that the same command reads: what is written would pass for glyphs there.

    Raises:
        UsageError: the output is one of the inputs.
    """
    for folder in inputs:
        if real_path(out) == real_path(folder):
            raise UsageError(f"{out} holds the glyphs that are read. Choose another folder to write into: --out OTHER")


def check_is_there(folder: Path) -> None:
    """Refuse a folder that is not there, where it is not made: a slip in a path would otherwise hide what is written.

    Raises:
        UsageError: there is none, with the command that makes it, or a file stands in its place.
    """
    if not folder.is_dir():
        _nearest_folder(folder)
        raise UsageError(f"There is no folder {folder}. Make it first: mkdir -p {shlex.quote(str(folder))}")


def _nearest_folder(folder: Path) -> Path:
    """The folder itself, or the nearest one above it that is there."""
    place = folder
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise UsageError(f"{place} cannot be a folder: a file stands in its place. Choose another output.")
    return place


def make_folder(folder: Path) -> None:
    """Make a folder and those above it.

    Raises:
        UsageError: a file stands in its place, or it is not ours to write.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        _nearest_folder(folder)
        raise
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise UsageError(f"The folder {folder} cannot be made: {error.strerror}. Choose another output.") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


_UMASK = _umask()  # asked once: asking changes it for a moment, which threads would see
