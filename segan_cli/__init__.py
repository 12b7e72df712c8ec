"""segan: a whole brush font from a few hundred written characters."""

from segan_cli.files.numba_cache import choose_numba_cache

__version__ = "0.1.0"

choose_numba_cache()
