"""OpenCV and the PDF reader, which only the extra `scan` installs."""

from __future__ import annotations

from functools import cache
from typing import Any

from segan_cli.errors import MissingExtraError


@cache
def opencv() -> Any:
    """The module `cv2`.

    Raises:
        MissingExtraError: it is not installed, or is too old to read corner marks.
    """
    try:
        import cv2
    except ImportError as error:
        raise MissingExtraError("Sheets and scans", "scan") from error
    if not hasattr(cv2, "aruco") or not hasattr(cv2.aruco, "ArucoDetector"):
        raise MissingExtraError(f"Sheets and scans (OpenCV {cv2.__version__} cannot read the corner marks)", "scan")
    return cv2


@cache
def pdf_reader() -> Any:
    """The module `pypdfium2`.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import pypdfium2
    except ImportError as error:
        raise MissingExtraError("Reading a PDF", "scan") from error
    return pypdfium2
