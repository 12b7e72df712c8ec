"""Pictures for the page: ink as black that is as opaque as the ink is strong, so that any paper may lie under it."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from threading import Lock
from typing import Generic, TypeVar

import numpy as np
import numpy.typing as npt

from segan_cli.errors import GlyphError, SeganError, UsageError
from segan_cli.glyph import Frame, Ink
from segan_cli.review.place import Place
from segan_cli.source.glyph_folder import read_glyph

CELL = 96
"""Side of a cell of a strip in pixels: sharp at 48 px on a screen of double density."""
LARGEST_SIDE = 1024
"""Of a retouched picture, in pixels."""

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The values made last, up to a number; threads share it.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most, self._values, self._lock = most, OrderedDict[K, V](), Lock()

    def get(self, key: K, make: Callable[[], V]) -> V:
        """The value of a key, made now if it is not kept."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
        value = make()
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value


Cell = npt.NDArray[np.uint8]


class Thumbnails:
    """Small pictures of all glyphs, made when they are asked for."""

    def __init__(self) -> None:
        self._cells: Kept[tuple[str, str, str], Cell] = Kept(40_000)

    def strip(self, glyphs: Sequence[tuple[Place, str]]) -> bytes:
        """A row of glyphs, as PNG.

        Args:
            glyphs: folder and character of each cell.
        """
        cells = [self.cell(place, char) for place, char in glyphs]
        return encoded(np.concatenate(cells, axis=1))

    def cell(self, place: Place, char: str) -> Cell:
        """One glyph, (96, 96) uint8, 255 is ink."""
        key = (str(place.folder), char, place.version(char))
        return self._cells.get(key, lambda: as_bytes(glyph_ink(place, char, CELL)))


def glyph_ink(place: Place, char: str, size_px: int) -> Ink:
    """A glyph's ink on the square canvas; empty paper where the picture cannot be read."""
    try:
        return read_glyph(place.files[char], place.fit, Frame(size_px)).ink
    except GlyphError:
        return np.zeros((size_px, size_px), np.float32)


def as_bytes(ink: Ink) -> Cell:
    """(H, W) uint8, 255 is ink."""
    return np.rint(np.clip(ink, 0, 1) * 255).astype(np.uint8)


def encoded(ink: Cell) -> bytes:
    """Ink as a PNG with an alpha channel.

    Args:
        ink: (H, W) uint8, 255 is ink.
    """
    from PIL import Image

    file = io.BytesIO()
    picture = Image.fromarray(np.stack([np.zeros_like(ink), ink], axis=-1), "LA")
    picture.save(file, "PNG", compress_level=1)
    return file.getvalue()


def drawn_png(ink: Ink) -> bytes:
    """Ink as a glyph folder keeps it: 8-bit grey, dark on light."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(255 - as_bytes(ink)).save(file, "PNG", compress_level=3)
    return file.getvalue()


def retouched_ink(data: bytes) -> Ink:
    """What a page sent as a retouched picture.

    Args:
        data: a square PNG, its ink as alpha, 16 to 1,024 px.

    Raises:
        UsageError: it is something else, or there is no ink in it.
    """
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=["PNG"]) as picture:
            width, height = picture.size
            if width != height or not 16 <= width <= LARGEST_SIDE:
                raise UsageError(
                    f"A retouched picture is square, 16 to {LARGEST_SIDE:,} px; this one is {width} by {height}."
                )
            picture.load()
            ink = np.asarray(picture.convert("RGBA"), np.float32)[..., 3] / 255
    except UsageError:
        raise
    except Exception as error:
        raise UsageError("What was sent is no PNG picture that can be read.") from error
    if not (ink >= 0.5).any():
        raise UsageError("There is no ink left in the picture. To leave the glyph out of the font, refuse it.")
    return np.ascontiguousarray(ink)


def need(value: V | None, words: str) -> V:
    """The value, where there is one.

    Raises:
        SeganError: there is none.
    """
    if value is None:
        raise SeganError(words)
    return value
