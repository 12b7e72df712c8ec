"""Scans and photos as colour pictures: TIFF (each page), JPEG, PNG, PDF (each page), turned as the camera noted."""

from __future__ import annotations

import contextlib
import math
import os
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from segan_cli.errors import SeganError, UsageError
from segan_cli.files.plain import open_plain
from segan_cli.paper.opencv import pdf_reader

Colour = npt.NDArray[np.uint8]
"""(H, W, 3): red, green, blue."""

LARGEST_PICTURE = 100_000_000
"""Pixels: A3 at 600 dots per inch has 70 million."""
SMALLEST_SIDE = 200
_PDF_DPI = 300
_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp", ".pdf"}
_LARGEST_FILE = 2 * 2**30
T = TypeVar("T")
_PDF_LOCK = threading.Lock()  # PDFium is not made for threads


@dataclass(frozen=True, slots=True)
class PictureSource:
    """One page of a file.

    Args:
        path: the file.
        frame: which of its pages, from 0.
        frames: how many pages it has.
    """

    path: Path
    frame: int = 0
    frames: int = 1

    @property
    def name(self) -> str:
        """The file's name, with the page where it has several."""
        return self.path.name + (f", page {self.frame + 1}" if self.frames > 1 else "")


def find_pictures(paths: list[Path]) -> tuple[list[PictureSource], list[str]]:
    """Look what there is to read: files as they stand, the pictures of folders by name.

    Returns:
        The pages in order, and a sentence for each file that is none.

    Raises:
        UsageError: a path that is not there, or a folder without pictures.
    """
    files: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(
                one for one in path.iterdir() if one.suffix.lower() in _SUFFIXES and not one.name.startswith(".")
            )
            if not inside:
                raise UsageError(f"The folder {path} holds no scans (PNG, JPEG, TIFF or PDF).")
            files += inside
        elif path.exists():
            files.append(path)
        else:
            raise UsageError(f"There is no file {path}.")
    sources: list[PictureSource] = []
    problems: list[str] = []
    for file in files:
        try:
            count = _guarded(file, lambda opened: opened.count)
            sources += [PictureSource(file, frame, count) for frame in range(count)]
        except SeganError as error:
            problems.append(str(error))
    return sources, problems


def read_picture(source: PictureSource) -> Colour:
    """Read a page.

    Raises:
        SeganError: damaged, not a picture, too large or too small.
    """
    return _guarded(source.path, lambda opened: opened.read(source.frame))


class _Image:
    """A picture file, opened by Pillow."""

    def __init__(self, file: Path, image: Any) -> None:
        self.file, self.image = file, image
        self.count = int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1

    def read(self, frame: int) -> Colour:
        from PIL import ImageOps

        self.image.seek(frame)
        _check_size(self.file, self.image.width, self.image.height)
        if self.image.format == "JPEG":
            self.image.draft("RGB", None)
        image = ImageOps.exif_transpose(self.image)
        if image.mode.startswith("I") or image.mode == "F":
            return np.repeat(_deep(image)[..., None], 3, axis=2)
        if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
            rgba = np.asarray(image.convert("RGBA"), dtype=np.float32)
            alpha = rgba[..., 3:] / 255
            return np.rint(rgba[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
        return np.asarray(image.convert("RGB"))


class _Pdf:
    """A PDF; a page that is one scan is taken at the scan's own resolution, else at 300 dots per inch."""

    def __init__(self, file: Path, document: Any) -> None:
        self.file, self.document = file, document
        self.count = len(document)

    def read(self, frame: int) -> Colour:
        page = self.document[frame]
        width, height = page.get_size()
        scale = _PDF_DPI / 72
        _check_size(self.file, math.ceil(width * scale), math.ceil(height * scale))
        picture: Colour = np.ascontiguousarray(page.render(scale=scale, rev_byteorder=True).to_numpy()[..., :3])
        return picture


def _deep(image: Any) -> npt.NDArray[np.uint8]:
    values = np.asarray(image, dtype=np.float32)
    top = float(values.max(initial=0))
    full = 65535.0 if top > 255 else 255.0 if top > 1 else 1.0
    grey: npt.NDArray[np.uint8] = np.rint(np.clip(values / full, 0, 1) * 255).astype(np.uint8)
    return grey


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[_Image | _Pdf]:
    from PIL import Image

    with open_plain(file) as opened:
        if os.fstat(opened.fileno()).st_size > _LARGEST_FILE:
            raise SeganError(f"{file.name} is larger than 2 GB. Save the scan as JPEG or PNG.")
        if b"%PDF-" in opened.read(1024):
            with _PDF_LOCK, contextlib.closing(pdf_reader().PdfDocument(file)) as document:
                yield _Pdf(file, document)
            return
        opened.seek(0)
        with Image.open(opened) as image:
            _check_size(file, image.width, image.height)
            yield _Image(file, image)


def _guarded(file: Path, use: Callable[[_Image | _Pdf], T]) -> T:
    """Whatever a decoder raises becomes one sentence."""
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _opened(file) as opened:
                return use(opened)
    except (SeganError, MemoryError):
        raise
    except Image.DecompressionBombError as error:
        raise SeganError(
            f"{file.name} has far more than the {LARGEST_PICTURE:,} px allowed. Scan at 300 dpi."
        ) from error
    except UnidentifiedImageError as error:
        raise SeganError(
            f"{file.name} is not a picture. Scans are read from PNG, JPEG, TIFF and PDF; of a video, save a still picture."
        ) from error
    except Exception as error:  # decoders raise of every kind on damaged data
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        raise SeganError(f"{file.name} cannot be read: {reason.rstrip('.')}. Save or scan it again.") from error


def _check_size(file: Path, width: int, height: int) -> None:
    if width * height > LARGEST_PICTURE:
        raise SeganError(
            f"{file.name} has {width:,} × {height:,} px, more than the {LARGEST_PICTURE:,} px allowed for a page. Scan at 300 dpi."
        )
    if min(width, height) < SMALLEST_SIDE:
        raise SeganError(
            f"{file.name} has {width} × {height} px; a page needs {SMALLEST_SIDE} px a side at the very least."
        )
