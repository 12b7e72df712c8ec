"""The corner marks: ArUco squares that tell which sheet and page this is, and where its corners are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from segan_cli.paper.opencv import opencv
from segan_cli.paper.sheet import MARK_MM, mark_places

Grey = npt.NDArray[np.uint8]
"""(H, W) lightness, 0 is black."""
Points = npt.NDArray[np.float64]
"""(N, 2): x to the right, y downwards."""

MODULES = 8
"""A mark is 8 × 8 small squares: 6 × 6 that carry its number and a black frame."""
_SEARCHED_PX = 2200
"""The longer side of the picture in which marks are looked for; a mark is then some 75 px wide on A4."""


@dataclass(frozen=True, slots=True)
class FoundMark:
    """A mark in a picture.

    Args:
        corner: 0 to 3, clockwise from the sheet's upper left.
        payload: what it carries.
        points: (4, 2) px, its own corners, clockwise from its upper left.
    """

    corner: int
    payload: int
    points: Points


@dataclass(frozen=True, slots=True)
class FoundPage:
    """What the marks of a picture say; a number that too few marks tell is None."""

    marks: tuple[FoundMark, ...]
    page: int | None
    code: int | None


def mark_modules(number: int) -> npt.NDArray[np.bool_]:
    """The (8, 8) small squares of a mark; True is black."""
    cv = opencv()
    picture: Grey = cv.aruco.generateImageMarker(_dictionary(), number, MODULES, None, 1)
    return picture < 128


def find_marks(grey: Grey) -> FoundPage:
    """Look for the corner marks, whichever way the picture is turned.

    Args:
        grey: the picture.

    Returns:
        The marks, each corner once (the largest, if several claim it), and the page and code that they agree on.
    """
    cv = opencv()
    scale = min(1.0, _SEARCHED_PX / max(grey.shape))
    small = grey if scale == 1 else cv.resize(grey, None, fx=scale, fy=scale, interpolation=cv.INTER_AREA)
    corners, numbers = _detected(small)
    best: dict[int, FoundMark] = {}
    for found, number in zip(corners, numbers, strict=True):
        points = (found.reshape(4, 2).astype(np.float64) + 0.5) / scale - 0.5
        mark = FoundMark(number % 4, number // 4, points)
        if mark.corner not in best or _area(points) > _area(best[mark.corner].points):
            best[mark.corner] = mark
    marks = [FoundMark(one.corner, one.payload, _sharpened(grey, one.points)) for one in best.values()]
    return FoundPage(tuple(marks), *_told(best))


def page_transform(marks: tuple[FoundMark, ...], size_mm: tuple[float, float]) -> tuple[Points, float]:
    """The projection from millimetres on the sheet to pixels of the picture.

    Args:
        marks: at least three.
        size_mm: the paper.

    Returns:
        The (3, 3) matrix, and by how many millimetres its worst mark corner misses.
    """
    cv = opencv()
    places = mark_places(size_mm)
    square = np.asarray([(0, 0), (MARK_MM, 0), (MARK_MM, MARK_MM), (0, MARK_MM)])
    sheet = np.concatenate([square + places[mark.corner] for mark in marks])
    picture = np.concatenate([mark.points + 0.5 for mark in marks])
    matrix, _ = cv.findHomography(sheet, picture, 0)
    if matrix is None:
        return np.eye(3), float("inf")
    back = cv.perspectiveTransform(picture[None], np.linalg.inv(matrix))[0]
    return matrix, float(np.linalg.norm(back - sheet, axis=1).max())


def _detected(grey: Grey) -> tuple[list[Any], list[int]]:
    cv = opencv()
    settings = cv.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv.aruco.CORNER_REFINE_SUBPIX
    settings.adaptiveThreshWinSizeMin, settings.adaptiveThreshWinSizeMax, settings.adaptiveThreshWinSizeStep = (
        13,
        53,
        20,
    )
    settings.minMarkerPerimeterRate = 0.02
    corners, numbers, _ = cv.aruco.ArucoDetector(_dictionary(), settings).detectMarkers(grey)
    return list(corners), [] if numbers is None else [int(one) for one in numbers.ravel()]


def _sharpened(grey: Grey, points: Points) -> Points:
    """Corners at the full resolution, to a part of a pixel."""
    cv = opencv()
    side = float(np.sqrt(_area(points)))
    reach = max(2, round(side / MODULES / 2))
    ends = (cv.TERM_CRITERIA_EPS + cv.TERM_CRITERIA_COUNT, 40, 0.01)
    left, top = np.maximum(0, np.floor(points.min(axis=0) - 2 * reach).astype(int))
    right, low = np.ceil(points.max(axis=0) + 2 * reach).astype(int) + 1
    window = np.ascontiguousarray(grey[top : max(top + 1, low), left : max(left + 1, right)])
    start = (points - (left, top)).astype(np.float32).reshape(-1, 1, 2)
    if min(window.shape) < 4 * reach + 5 or (start < reach).any():
        return points
    moved = cv.cornerSubPix(window, start.copy(), (reach, reach), (-1, -1), ends).reshape(4, 2).astype(np.float64)
    near = np.linalg.norm(moved - start.reshape(4, 2), axis=1) <= reach
    return np.where(near[:, None], moved + np.asarray([left, top]), points)


def _told(marks: dict[int, FoundMark]) -> tuple[int | None, int | None]:
    """The page and the code, if the marks that carry them agree."""
    pages = {marks[corner].payload for corner in (0, 2) if corner in marks}
    codes = {marks[corner].payload for corner in (1, 3) if corner in marks}
    return pages.pop() + 1 if len(pages) == 1 else None, codes.pop() if len(codes) == 1 else None


def _area(points: Points) -> float:
    x, y = points[:, 0], points[:, 1]
    return float(abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1))) / 2)


def _dictionary() -> Any:
    cv = opencv()
    return cv.aruco.getPredefinedDictionary(cv.aruco.DICT_6X6_1000)
