"""One picture file becomes lightness: any size, depth and colour model, and nothing in it can stop the program."""

from __future__ import annotations

import os
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from segan_cli.errors import GlyphError
from segan_cli.files.plain import open_plain, read_plain

Polarity = Literal["dark-on-light", "light-on-dark"]
Lightness = npt.NDArray[np.float32]
"""(H, W) float32 in [0, 1]; 0 is black, 1 is white."""

IMAGE_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
LARGEST_IMAGE = 64_000_000
"""Pixels; a page of A4 at 600 dots per inch has 35 million."""
LONGEST_SIDE = 32_768
"""Pixels."""
LARGEST_READ = 4_194_304
"""Pixels; a picture of more is shrunk to so many as soon as it is decoded. It is a square of the largest canvas's side (2,048), and
every further step takes some hundred bytes a pixel."""
_FAINT = 0.12
"""The least difference between paper and ink, of 1."""

_OPAQUE = 0.996
_GREY = 10
"""Channels that differ by no more than this, of 255, are grey to the eye."""
_COLOURED_SHARE = 2e-4

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GlyphFile:
    """A picture file that belongs to a character."""

    char: str
    path: Path


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture as it was read.

    Args:
        lightness: (H, W) float32 in [0, 1].
        colours: (H, W, 3) float32 in [0, 1]; None for a picture that is grey throughout.
        scale: pixels of the file to one of these, at least 1: more than `LARGEST_READ` were shrunk.
    """

    lightness: Lightness
    colours: npt.NDArray[np.float32] | None = None
    scale: float = 1.0

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return int(self.lightness.nbytes + (0 if self.colours is None else self.colours.nbytes))


def read_size(file: GlyphFile) -> tuple[int, int]:
    """Width and height, from the file's head alone.

    Raises:
        GlyphError: not an image, empty, or too large.
    """
    return _guarded(file, lambda image: (int(image.width), int(image.height)))


def read_picture(file: GlyphFile, polarity: Polarity) -> Picture:
    """The picture, turned as its camera noted, shrunk if it is huge; what is transparent becomes paper.

    Args:
        file: the picture.
        polarity: which of the two the paper is; it decides what lies under transparent places.

    Raises:
        GlyphError: not an image, truncated, empty, or too large.
    """
    return _guarded(file, lambda image: _of_bounded_size(image, polarity))


def _guarded(file: GlyphFile, use: Callable[[Any], T]) -> T:
    """Open the file with Pillow and use it; whatever Pillow raises or warns about becomes one clear sentence."""
    from PIL import Image, UnidentifiedImageError

    name = file.path.name
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with open_plain(file.path) as opened:
                if os.fstat(opened.fileno()).st_size == 0:
                    raise GlyphError(file.char, "read", f"{name} is an empty file.")
                with Image.open(opened) as image:
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
    head = read_plain(path, 24)
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


def _of_bounded_size(image: Any, polarity: Polarity) -> Picture:
    scale = max(1.0, (image.width * image.height / LARGEST_READ) ** 0.5)
    if scale == 1:
        return _picture(image, polarity)
    return replace(_picture(_shrunk(image, scale), polarity), scale=scale)


def _shrunk(image: Any, scale: float) -> Any:
    """The picture so many times smaller, before anything else is made of it: each pixel the mean of those it stands for."""
    from PIL import Image

    if image.mode in ("1", "L") and "transparency" not in image.info:
        image = image.convert("L")
    elif image.mode.startswith("I;"):
        image = image.convert("I")
    elif image.mode in ("1", "L", "P", "PA", "HSV") or "transparency" in image.info:
        image = image.convert("RGBA")
    size = (max(1, round(image.width / scale)), max(1, round(image.height / scale)))
    return image.resize(size, Image.Resampling.BOX)


def _picture(image: Any, polarity: Polarity) -> Picture:
    from PIL import ImageOps

    image = ImageOps.exif_transpose(image)
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        return Picture(_deep(image))
    if image.mode in ("1", "L") and "transparency" not in image.info:
        return Picture(_unit(image.convert("L")))
    rgba = image.convert("RGBA")
    rgb = rgba.convert("RGB")
    grey, alpha = _unit(rgb.convert("L")), _unit(rgba.getchannel("A"))
    if alpha.min() > _OPAQUE:
        return Picture(grey, _colours(rgb))
    return Picture(_over_paper(grey, alpha, polarity))


def _unit(image: Any) -> npt.NDArray[np.float32]:
    values: npt.NDArray[np.float32] = np.asarray(image, dtype=np.float32) / np.float32(255)
    return values


def _colours(rgb: Any) -> npt.NDArray[np.float32] | None:
    """The channels, if anything in the picture is coloured."""
    values = np.asarray(rgb)
    spread = values.max(axis=2) - values.min(axis=2)
    return _unit(rgb) if (spread > _GREY).mean() > _COLOURED_SHARE else None


def _deep(image: Any) -> Lightness:
    """10 to 32 bits or floating point, by the range that the numbers take up: scanners put 12 bits into 16."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    top = float(values.max()) if values.size else 0.0
    ranges = (1.0, *(float(2**bits - 1) for bits in (8, 10, 12, 14, 16)))
    full = next((one for one in ranges if top <= one), top)
    lightness: Lightness = np.clip(values / np.float32(full), 0, 1).astype(np.float32)
    return lightness


def _over_paper(grey: Lightness, alpha: Lightness, polarity: Polarity) -> Lightness:
    """Lay a picture with transparency on paper.

    Where the opaque part shows contrast of its own it holds paper and ink, and white (or black) paper goes under it. Where it
    is one tone, whatever the colour, it *is* the ink, and transparency is the paper.
    """
    seen = grey[alpha > 0.5]
    if seen.size and np.ptp(np.percentile(seen, (5, 95))) > 0.5:
        paper = np.float32(polarity == "dark-on-light")
        composed: Lightness = grey * alpha + paper * (1 - alpha)
        return composed
    lightness: Lightness = 1 - alpha if polarity == "dark-on-light" else alpha
    return lightness
