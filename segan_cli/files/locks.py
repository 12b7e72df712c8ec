"""One process at a time in a folder that it fills: two would mix their files and lose each other's notes.

The lock is the system's (`flock`), so it ends with the process, however that ends. The file says who holds it.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO

from segan_cli.errors import SeganError, UsageError
from segan_cli.files.documents import parse_json
from segan_cli.files.plain import read_plain
from segan_cli.files.writing import check_writable, make_folder

LOCK_FILE = ".segan-lock"


class InUseError(SeganError):
    """Another process works in the same place."""


HOLDER = {"doing": str, "process": int, "host": str, "since": str}
"""What a lock file says of the process that holds it."""


@contextlib.contextmanager
def folder_lock(folder: Path, doing: str, *, part: str = "", shared: bool = False) -> Iterator[None]:
    """Be alone in a folder while the block runs.

    Args:
        folder: made if it is missing, and taken away again if the block leaves it empty.
        doing: the command, for whoever comes second: "segan generate".
        part: a name for one of several that may work there side by side ("3-of-16"); two of one part may not, nor may a
            part and the whole.
        shared: any number may work there side by side so, and beside parts; but not beside who has the whole.

    Raises:
        InUseError: somebody else is there; it says who, where and since when.
        UsageError: the folder cannot be made or written.
    """
    made = not folder.exists()
    make_folder(folder)
    check_writable(folder)
    try:
        with contextlib.ExitStack() as held:
            held.enter_context(_locked(folder / LOCK_FILE, folder, doing, shared=shared or bool(part)))
            if part:
                held.enter_context(_locked(folder / f"{LOCK_FILE}-{part}", folder, doing, shared=False))
            yield
    finally:
        if made:
            with contextlib.suppress(OSError):
                folder.rmdir()


@contextlib.contextmanager
def output_locks(outputs: list[Path], doing: str) -> Iterator[None]:
    """Be the only one who writes these files; others may be written beside them.

    Raises:
        InUseError: somebody else writes one of them.
    """
    with contextlib.ExitStack() as held:
        for output in sorted(set(outputs)):
            place = output.with_name(f"{LOCK_FILE}-{output.name[:100]}")
            held.enter_context(_locked(place, output, doing, shared=False))
        yield


@contextlib.contextmanager
def _locked(file: Path, place: Path, doing: str, *, shared: bool) -> Iterator[None]:
    opened = _acquired(file, shared=shared)
    if opened is None:
        raise InUseError(f"{place} is in use: {_holder(file)}. Wait until it ends, or choose another place.")
    with opened:
        holder = {"doing": doing, "process": os.getpid(), "host": socket.gethostname()}
        since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
        with contextlib.suppress(OSError):  # a full disk: the lock holds all the same
            opened.seek(0)
            opened.truncate()
            opened.write(json.dumps(holder | {"since": since}))
            opened.flush()
        try:
            yield
        finally:
            if not shared or _alone(opened):
                with contextlib.suppress(OSError):
                    file.unlink()


def _acquired(file: Path, *, shared: bool) -> IO[str] | None:
    """The open lock file, locked; None if somebody else holds it."""
    try:
        import fcntl
    except ImportError:  # Windows, where a file that is open for writing can be locked by its first byte
        return _acquired_on_windows(file)
    while True:
        opened = file.open("a+", encoding="utf-8")
        try:
            fcntl.flock(opened, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            opened.close()
            return None
        except OSError:  # a file system without locks: nobody can be kept out
            return opened
        if _is_still(file, opened):
            return opened
        opened.close()  # its holder has just taken the file away


def _acquired_on_windows(file: Path) -> IO[str] | None:
    import msvcrt

    opened = file.open("a+", encoding="utf-8")
    try:
        opened.seek(1 << 20)
        msvcrt.locking(opened.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    except OSError:
        opened.close()
        return None
    return opened


def _alone(opened: IO[str]) -> bool:
    """Whether nobody shares the lock: then it can become one's own."""
    try:
        import fcntl

        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (ImportError, OSError):
        return False
    return True


def _is_still(file: Path, opened: IO[str]) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(opened.fileno()))
    except FileNotFoundError:
        return False


def _holder(file: Path) -> str:
    try:
        holder = parse_json(read_plain(file, 4097), str(file), largest=4096)
    except (OSError, UsageError):
        holder = None
    if not isinstance(holder, dict) or {key: type(value) for key, value in holder.items()} != HOLDER:
        return "another process works there"
    return "{doing}, process {process} on {host}, since {since}".format(**holder)
