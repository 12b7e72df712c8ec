"""One picture file becomes lightness: any size, depth and colour model, and nothing in it can stop the program."""

from __future__ import annotations

import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from segan_cli.errors import GlyphError

Polarity = Literal["dark-on-light", "light-on-dark"]
Lightness = npt.NDArray[np.float32]
"""(H, W) float32 in [0, 1]; 0 is black, 1 is white."""

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
LARGEST_IMAGE = 64_000_000
"""Pixels; a page of A4 at 600 dots per inch has 35 million."""
LONGEST_SIDE = 32_768
"""Pixels."""
_FAINT = 0.12
"""The least difference between paper and ink, of 1."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GlyphFile:
    """A picture file that belongs to a character."""

    char: str
    path: Path


def read_size(file: GlyphFile) -> tuple[int, int]:
    """Width and height, from the file's head alone.

    Raises:
        GlyphError: not an image, empty, or too large.
    """
    return _guarded(file, lambda image: (int(image.width), int(image.height)))


def read_lightness(file: GlyphFile, polarity: Polarity) -> Lightness:
    """The picture in grey; what is transparent becomes paper.

    Args:
        file: the picture.
        polarity: which of the two the paper is; it decides what lies under transparent places.

    Returns:
        (H, W) lightness, the image turned as its camera noted.

    Raises:
        GlyphError: not an image, truncated, empty, or too large.
    """
    return _guarded(file, lambda image: _lightness(image, polarity))


def border_is_light(lightness: Lightness) -> bool | None:
    """Whether the picture's edge is nearer to its lightest than to its darkest part; None for a picture without contrast."""
    dark, light = np.percentile(lightness, (1, 99))
    if light - dark < _FAINT:
        dark, light = lightness.min(), lightness.max()
    if light - dark < _FAINT:
        return None
    edge = np.concatenate((lightness[0], lightness[-1], lightness[:, 0], lightness[:, -1]))
    return bool(np.median(edge) > (dark + light) / 2)


def ink_of(file: GlyphFile, lightness: Lightness, polarity: Polarity, *, exact: bool) -> npt.NDArray[np.float32]:
    """Lightness becomes ink.

    Args:
        file: where the picture comes from, for the error.
        lightness: the picture.
        polarity: which of the two the paper is.
        exact: the picture was written by us: ink is 1 minus lightness. Otherwise the paper's tone becomes 0 and the ink's
            tone 1, as far as they are not white and black already.

    Returns:
        (H, W) float32 in [0, 1], 1 is ink.

    Raises:
        GlyphError: blank, or ink all over.
    """
    ink = 1 - lightness if polarity == "dark-on-light" else lightness.copy()
    if not exact:
        ink = _levelled(file, ink)
    if not (ink >= 0.5).any():
        raise GlyphError(file.char, "read", f"{file.path.name} is blank.")
    if ink.mean() > 0.85:
        raise GlyphError(
            file.char,
            "read",
            f"{file.path.name} is ink almost all over. If paper and ink are swapped in this folder, set the polarity.",
        )
    return ink


def _levelled(file: GlyphFile, ink: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Paper to 0 and ink to 1: the means of the two sides of Otsu's threshold, when they are not there already."""
    low, high = float(ink.min()), float(ink.max())
    if high - low < _FAINT:
        if low > 0.5:
            raise GlyphError(file.char, "read", f"{file.path.name} is ink all over.")
        raise GlyphError(file.char, "read", f"{file.path.name} is blank: it is one even tone.")
    split = _otsu(ink)
    paper, stroke = float(np.median(ink[ink < split])), float(np.median(ink[ink >= split]))
    if paper < 0.02 and stroke > 0.98:
        return ink
    levelled = np.clip((ink - paper) / max(stroke - paper, 1e-6), 0, 1)
    return np.where(levelled < 0.1, np.float32(0), levelled).astype(np.float32)


def _otsu(ink: npt.NDArray[np.float32]) -> float:
    """The tone that best parts paper from ink (Otsu 1979), strictly between the lightest and the darkest."""
    low, high = float(ink.min()), float(ink.max())
    counts, edges = np.histogram(ink, bins=256, range=(low, high))
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1]
    above = counts.sum() - below
    sums = np.cumsum(counts * middles)
    mean_below = sums[:-1] / np.maximum(below, 1)
    mean_above = (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    return float(edges[1:-1][np.argmax(below * above * (mean_below - mean_above) ** 2)])


def _guarded(file: GlyphFile, use: Callable[[Any], T]) -> T:
    """Open the file with Pillow and use it; whatever Pillow raises or warns about becomes one clear sentence."""
    from PIL import Image, UnidentifiedImageError

    name = file.path.name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if file.path.stat().st_size == 0:
                raise GlyphError(file.char, "read", f"{name} is an empty file.")
            with Image.open(file.path) as image:
                _check_size(file, image.width, image.height)
                return use(image)
    except (GlyphError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise GlyphError(file.char, "read", _too_large(name, "far")) from error
    except UnidentifiedImageError as error:
        if _is_png_without_pixels(file.path):
            raise GlyphError(file.char, "read", f"{name} is 0 px wide or high: it has no pixels.") from error
        raise GlyphError(file.char, "read", f"{name} is not an image.") from error
    except Exception as error:  # decoders raise of every kind on damaged data
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        raise GlyphError(file.char, "read", f"{name} cannot be read: {reason.rstrip('.')}.") from error


def _is_png_without_pixels(path: Path) -> bool:
    """A PNG whose head (`IHDR`) names a width or height of 0; Pillow takes it for no image at all."""
    with path.open("rb") as opened:
        head = opened.read(24)
    if len(head) < 24 or not head.startswith(b"\x89PNG\r\n\x1a\n"):
        return False
    return 0 in struct.unpack(">II", head[16:24])


def _check_size(file: GlyphFile, width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise GlyphError(file.char, "read", f"{file.path.name} is {width} × {height} px: it has no pixels.")
    if width * height > LARGEST_IMAGE:
        raise GlyphError(file.char, "read", _too_large(file.path.name, f"{width:,} × {height:,} px,"))
    if max(width, height) > LONGEST_SIDE:
        raise GlyphError(
            file.char,
            "read",
            f"{file.path.name} is {width:,} × {height:,} px; a side has at most {LONGEST_SIDE:,}. Scale it down.",
        )


def _too_large(name: str, size: str) -> str:
    return f"{name} has {size} more than the {LARGEST_IMAGE:,} px allowed for one glyph. Scale it down."


def _lightness(image: Any, polarity: Polarity) -> Lightness:
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return _deep(image)
    if image.mode in ("1", "L") and "transparency" not in image.info:
        return np.asarray(image.convert("L"), dtype=np.float32) / np.float32(255)
    rgba = image.convert("RGBA")
    grey = np.asarray(rgba.convert("RGB").convert("L"), dtype=np.float32) / np.float32(255)
    alpha = np.asarray(rgba.getchannel("A"), dtype=np.float32) / np.float32(255)
    return _over_paper(grey, alpha, polarity)


def _deep(image: Any) -> Lightness:
    """16 bits, 32 bits or floating point, by the range that the numbers take up."""
    values = np.asarray(image, dtype=np.float32)
    top = float(np.nanmax(values)) if values.size else 0.0
    full = 65535.0 if image.mode.startswith("I;") else next((one for one in (1.0, 255.0, 65535.0) if top <= one), top)
    lightness: Lightness = np.clip(np.nan_to_num(values) / np.float32(full), 0, 1).astype(np.float32)
    return lightness


def _over_paper(grey: Lightness, alpha: Lightness, polarity: Polarity) -> Lightness:
    """Lay a picture with transparency on paper.

    Where the opaque part shows contrast of its own it holds paper and ink, and white (or black) paper goes under it. Where it
    is one tone, whatever the colour, it *is* the ink, and transparency is the paper.
    """
    if alpha.min() > 0.996:
        return grey
    seen = grey[alpha > 0.5]
    if seen.size and np.ptp(np.percentile(seen, (5, 95))) > 0.5:
        paper = np.float32(polarity == "dark-on-light")
        composed: Lightness = grey * alpha + paper * (1 - alpha)
        return composed
    lightness: Lightness = 1 - alpha if polarity == "dark-on-light" else alpha
    return lightness
