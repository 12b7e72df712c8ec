"""Where compiled functions are kept: in a folder of the sources that they were compiled from.

numba keeps the machine code of a function, with all that it calls, as long as the function's own file stays as it is. Where a file
changes that only others call, as after an update of a checkout, what they call would be the old code. So each state of the sources has a
folder of its own: in the package, in the user's cache folder where the package cannot be written, or among the temporary files
where neither can. What numba loads is code, so that one must be the user's own and closed to everybody else.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import tempfile
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"
PACKAGE = Path(__file__).parents[1]
OURS = re.compile("numba-[0-9a-f]{16}")
"""Names of folders that are chosen here."""


def choose_numba_cache() -> None:
    """Name the folder for numba, unless somebody has named one, or the process that started this one named what serves here, too."""
    named, name = os.environ.get(VARIABLE, ""), f"numba-{stamp(PACKAGE / 'outline')}"
    inherited = OURS.fullmatch(Path(named).name)
    if not named or (inherited and (Path(named).name != name or not _may_write(Path(named)))):
        os.environ[VARIABLE] = str(_folder(name))


def _may_write(folder: Path) -> bool:
    """May this user write into a folder, or make it?"""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return os.access(there, os.W_OK)


def stamp(sources: Path) -> str:
    """Sixteen hexadecimal digits that change with the name, size or time of any module of a folder whose functions call each other."""
    found = [(entry.name, entry.stat()) for entry in os.scandir(sources) if entry.name.endswith(".py")]
    words = sorted((name, about.st_size, about.st_mtime_ns) for name, about in found)
    return hashlib.sha256(repr(words).encode()).hexdigest()[:16]


def _folder(name: str) -> Path:
    if os.access(PACKAGE, os.W_OK):
        folder = PACKAGE / "__pycache__" / name
        if not folder.exists():
            for old in folder.parent.glob("numba-*"):  # of sources that are no more
                if old.name != name:
                    shutil.rmtree(old, ignore_errors=True)
        return folder
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  (where there is no home it stays as it is, and does not raise)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    if home.is_absolute() and os.access(cache if cache.exists() else home, os.W_OK):
        return cache / "segan" / name
    return _private_folder() / name


def _private_folder() -> Path:
    if hasattr(os, "getuid"):
        folder = Path(tempfile.gettempdir()) / f"segan-numba-{os.getuid()}"
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
                return folder
        except OSError:
            pass
    return Path(tempfile.mkdtemp(prefix="segan-numba-"))
