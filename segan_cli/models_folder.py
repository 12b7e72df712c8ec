"""Where the shipped styles and the source pack lie: `models/` in a checkout, `segan_cli/bundles/` once installed."""

from __future__ import annotations

import os
from pathlib import Path

MODELS_VARIABLE = "SEGAN_MODELS"
"""An environment variable that names another models folder."""


def models_folder() -> Path:
    """The folder of the shipped bundles and of the source pack; it need not exist.

    Returns:
        The folder that `SEGAN_MODELS` names, else `models/` beside the package (a checkout), else the folder that
        the wheel carries.
    """
    named = os.environ.get(MODELS_VARIABLE)
    if named:
        return Path(named)
    package = Path(__file__).resolve().parent
    checkout = package.parent / "models"
    if checkout.is_dir() and (package.parent / "pyproject.toml").is_file():
        return checkout
    return package / "bundles"
