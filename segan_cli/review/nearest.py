"""Which written glyphs are most like a character, so that a drawn one can be held beside the hand itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Frame, Ink
from segan_cli.review.pictures import Thumbnails
from segan_cli.review.place import Place

GRID = 16
"""Cells a side that a glyph is compared in."""
MOST = 1500
"""Written glyphs that are compared; of more, an even choice."""
Vector = npt.NDArray[np.float32]


class Nearest:
    """Finds the written glyphs whose source glyphs are most like a character's.

    Args:
        written: the folders of the hand's own glyphs.
        source: draws source glyphs; where it has none of a character, the glyph itself is compared.
        thumbnails: small pictures of all glyphs.
    """

    def __init__(
        self, written: Sequence[Place], source: Callable[[str, Frame], Ink | None], thumbnails: Thumbnails
    ) -> None:
        self._written, self._source, self._thumbnails = written, source, thumbnails
        self._chars: list[str] = []
        self._lock = threading.Lock()
        self._vectors: Vector | None = None

    def to(self, char: str, place: Place, most: int = 6) -> list[str]:
        """The written characters nearest to one, the nearest first; never itself."""
        with self._lock:
            if self._vectors is None:
                self._learn()
        if self._vectors is None or not self._chars:
            return []
        likeness = self._vectors @ self._vector(place, char)
        order = np.argsort(-likeness, kind="stable")
        return [self._chars[index] for index in order if self._chars[index] != char][:most]

    def _learn(self) -> None:
        found = {char: place for place in reversed(self._written) for char in place.files}
        every = sorted(found)
        self._chars = every[:: -(-len(every) // MOST) or 1]
        vectors = [self._vector(found[char], char) for char in self._chars]
        self._vectors = np.stack(vectors) if vectors else None

    def _vector(self, place: Place, char: str) -> Vector:
        ink = self._source(char, Frame(4 * GRID))
        if ink is not None:
            return likeness_vector(ink)
        small: Ink = (self._thumbnails.cell(place, char) / 255).astype(np.float32)
        return likeness_vector(small)


def likeness_vector(ink: Ink) -> Vector:
    """A glyph's ink in 16×16 cells, softened, without its mean, of length 1.

    Source: ours: the cosine of two such vectors is high where strokes lie in the same places, as shared components do.
    """
    from scipy.ndimage import gaussian_filter

    side = ink.shape[0] // GRID
    cells = ink[: side * GRID, : side * GRID].reshape(GRID, side, GRID, side).mean(axis=(1, 3))
    soft = gaussian_filter(cells, 0.7)
    centred = soft - soft.mean()
    vector: Vector = (centred / max(float(np.linalg.norm(centred)), 1e-6)).ravel().astype(np.float32)
    return vector
