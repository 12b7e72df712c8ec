"""The one door to files whose bytes are read whole or by a library: pictures, fonts, archives, networks, weights.

`open` waits for a writer where a name is that of a pipe, for ever if none comes, and a device has no end. Such things lie
among people's files by accident, and among strangers' on purpose. What is no plain file is refused here, by the error that the
system gives for a folder in a file's place, so that whoever reads says the rest.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_BEGINNINGS = {
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"BM": "a picture (BMP)",
    b"II*\0": "a picture (TIFF)",
    b"MM\0*": "a picture (TIFF)",
    b"%PDF": "a PDF",
    b"PK\3\4": "a ZIP archive",
    b"Rar!": "a RAR archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"\0\1\0\0\0": "a font",
    b"OTTO\0": "a font",
    b"ttcf\0": "a font",
    b"wOF2": "a font",
    b"wOFF": "a font",
}
_DEVICES = Path("/dev")
_WAIT_NOT = getattr(os, "O_NONBLOCK", 0)


def open_plain(path: Path) -> BinaryIO:
    """Open a file to read its bytes.

    Raises:
        OSError: as `open`; what is there is a pipe, a socket or a device.
    """
    check_plain(path)  # before it is opened: that alone makes some devices do something
    file = opened_at_once(path)
    if kind := _kind(os.fstat(file.fileno()).st_mode):  # put there since
        file.close()
        raise _not_plain(kind, path)
    return file


def read_plain(path: Path, most: int = -1) -> bytes:
    """The bytes of a file, at most so many.

    Raises:
        OSError: as `open_plain`.
    """
    with open_plain(path) as file:
        return file.read(most)


def check_plain(path: Path) -> None:
    """Refuse what is no plain file before a library opens it by its name.

    Raises:
        OSError: nothing is there, or it is a folder, a pipe, a socket or a device.
    """
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if kind := _kind(mode):
        raise _not_plain(kind, path)


def open_to_append(path: Path) -> BinaryIO:
    """Open a file to add to its end; it is made if it is missing.

    Raises:
        OSError: as `open`; what is there is a pipe, a socket or a device.
    """
    if kind := special_kind(path):
        raise _not_plain(kind, path)
    return path.open("ab")


def special_kind(path: Path) -> str:
    """What is there where it is neither file nor folder: "a pipe", "a socket", "a device"; else, and where nothing is, nothing."""
    if path.absolute().parent == _DEVICES:  # there, a link to a file may stand for a stream
        return "a device" if path.exists() else ""
    try:
        return _kind(path.stat().st_mode)
    except OSError:
        return ""


def foreign_kind(data: bytes, *, but: str = "a font") -> str:
    """What bytes are that begin like a file of a well-known kind, such as "a picture (PNG)"; nothing for others.

    Args:
        data: how a file begins, eight bytes at the least.
        but: the kind that is wanted.
    """
    found = next((kind for beginning, kind in _BEGINNINGS.items() if data.startswith(beginning)), "")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        found = "a picture (WebP)"
    if found == "a picture (BMP)" and int.from_bytes(data[6:10], "little"):  # of a picture 0; words begin so, too
        found = ""
    return "" if found == but else found


def opened_at_once(path: Path) -> BinaryIO:
    """Open a file, or a pipe that a shell made of a command's output; a pipe that nobody writes into is empty, no wait."""
    file = open(path, "rb", opener=lambda name, flags: os.open(name, flags | _WAIT_NOT))  # noqa: SIM115
    if _WAIT_NOT:
        os.set_blocking(file.fileno(), True)
    return file


def is_pipe(file: BinaryIO) -> bool:
    """Whether an open file is a pipe."""
    return stat.S_ISFIFO(os.fstat(file.fileno()).st_mode)


def _kind(mode: int) -> str:
    return next((kind for is_kind, kind in _KINDS if is_kind(mode)), "")


def _not_plain(kind: str, path: Path) -> OSError:
    return OSError(errno.EINVAL, f"it is {kind}, and a plain file is wanted", str(path))
