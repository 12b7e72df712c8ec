"""Simplified, traditional and Japanese forms of one character, counted as one where a report says so."""

from __future__ import annotations

import importlib.util
from functools import cache

from segan_cli.errors import MissingExtraError


class Variants:
    """Brings every form of a character to one, by OpenCC: Japanese to traditional, traditional to simplified.

    Raises:
        MissingExtraError: OpenCC is not installed.
    """

    def __init__(self) -> None:
        if not self.installed():
            raise MissingExtraError("Counting variants as one", "evaluate")
        from opencc import OpenCC

        self._steps = (OpenCC("jp2t"), OpenCC("t2s"))
        self.merge = cache(self._merge)

    @staticmethod
    def installed() -> bool:
        """Whether OpenCC is there."""
        return importlib.util.find_spec("opencc") is not None

    def same(self, a: str, b: str) -> bool:
        """Whether two characters are forms of one."""
        return a == b or self.merge(a) == self.merge(b)

    def _merge(self, char: str) -> str:
        for step in self._steps:
            char = str(step.convert(char))
        return char
