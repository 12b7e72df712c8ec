"""Where compiled functions are kept when neither the package nor the home can be written, as in many containers.

numba keeps them beside the package or in the user's cache folder, and refuses to start where both are closed. What it loads from
there is code, so the folder must be the user's own and closed to everybody else.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

VARIABLE = "NUMBA_CACHE_DIR"


def choose_numba_cache() -> None:
    """Name a private folder among the temporary files, if numba would find no other."""
    if os.environ.get(VARIABLE) or os.access(Path(__file__).parents[1], os.W_OK) or not hasattr(os, "getuid"):
        return
    home = Path(os.path.expanduser("~"))  # noqa: PTH111  (where there is no home it stays as it is, and does not raise)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache")
    if home.is_absolute() and os.access(cache if cache.exists() else home, os.W_OK):
        return
    os.environ[VARIABLE] = str(_private_folder())


def _private_folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"segan-numba-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="segan-numba-"))
