"""The frozen values that the rooms hand to each other.

Two coordinate spaces never mix: pixels have y down and belong to `Ink` and `TracedGlyph`; font units have y up and
belong to `GlyphOutline`. `Frame` is the only bridge between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Ink: TypeAlias = npt.NDArray[np.float32]
"""(H, W) float32 in [0, 1]; 1 is ink, 0 is paper; row 0 is the top."""

Line: TypeAlias = npt.NDArray[np.bool_]
"""(H, W) bool; True on the one-pixel centre line of a stroke."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a square canvas sits in the em: one em wide, from `descender` to `descender + units_per_em`.

    Args:
        size_px: side of the canvas in pixels, 8 to 8,192.
        units_per_em: font units per em, 16 to 16,384.
        descender: y of the canvas's lower edge in font units, zero or negative.
    """

    size_px: int
    units_per_em: int = 1000
    descender: int = -120

    def __post_init__(self) -> None:
        if not 8 <= self.size_px <= 8192:
            raise ValueError(f"Frame.size_px is {self.size_px}; it must lie between 8 and 8192.")
        if not 16 <= self.units_per_em <= 16384:
            raise ValueError(f"Frame.units_per_em is {self.units_per_em}; OpenType allows 16 to 16384.")
        if not -self.units_per_em <= self.descender <= 0:
            raise ValueError(f"Frame.descender is {self.descender}; it must lie between minus one em and 0.")

    @property
    def units_per_px(self) -> float:
        """Font units that one pixel spans."""
        return self.units_per_em / self.size_px

    @property
    def ascender(self) -> int:
        """The y of the canvas's upper edge in font units."""
        return self.descender + self.units_per_em


@dataclass(frozen=True, slots=True)
class Placement:
    """How a source glyph is moved to where a hand writes: its size and position, changed about the middle of the canvas.

    Args:
        scale: factor of size, 0.2 to 5.
        dx: shift to the right, in thousandths of the em.
        dy: shift upwards, in thousandths of the em.
    """

    scale: float = 1.0
    dx: float = 0.0
    dy: float = 0.0

    def __post_init__(self) -> None:
        if not 0.2 <= self.scale <= 5:
            raise ValueError(f"Placement.scale is {self.scale:g}; it must lie between 0.2 and 5.")
        if not (abs(self.dx) <= 1000 and abs(self.dy) <= 1000):
            raise ValueError(f"Placement moves by {self.dx:g}, {self.dy:g}; at most by 1000 thousandths of the em.")


AS_DRAWN = Placement()
"""No change: size and position as the font has them."""


@dataclass(frozen=True, slots=True, eq=False)
class GlyphRaster:
    """One character's ink on the square canvas of `frame`."""

    char: str
    ink: Ink
    frame: Frame

    def __post_init__(self) -> None:
        _check_char(self.char)
        _check_square(self.ink, self.frame, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class GlyphSkeleton:
    """One character's centre lines on the square canvas of `frame`."""

    char: str
    line: Line
    frame: Frame

    def __post_init__(self) -> None:
        _check_char(self.char)
        _check_square(self.line, self.frame, np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """A closed contour of straight lines and cubic Bézier curves, as UFO writes it.

    Args:
        points: (N, 2) float64, x and y; the first point is on the curve.
        on_curve: (N,) bool; between two on-curve points there are none (a line) or two off-curve points (a cubic).
            The last piece returns to the first point, which is not repeated.
    """

    points: npt.NDArray[np.float64]
    on_curve: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.points.shape[1] != 2 or len(self.points) != len(self.on_curve):
            raise ValueError(
                f"Contour needs (N, 2) points and (N,) flags, not {self.points.shape} and {self.on_curve.shape}."
            )
        if len(self.points) < 2 or not self.on_curve[0]:
            raise ValueError("A contour has at least two points, and the first one is on the curve.")


def with_points(contours: Sequence[Contour], points: npt.NDArray[np.float64]) -> tuple[Contour, ...]:
    """The same contours with other points: (N, 2), those of all contours in their order."""
    ends = np.cumsum([len(contour.points) for contour in contours])[:-1]
    return tuple(Contour(part, c.on_curve) for part, c in zip(np.split(points, ends), contours, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class TracedGlyph:
    """Contours in pixels of `frame`, y down, pixel (0, 0) covering [0, 1) × [0, 1)."""

    char: str
    contours: tuple[Contour, ...]
    frame: Frame

    def __post_init__(self) -> None:
        _check_char(self.char)


@dataclass(frozen=True, slots=True, eq=False)
class GlyphOutline:
    """Contours in font units, y up; outer contours run counter-clockwise, counters clockwise.

    Args:
        char: the character.
        contours: cubic contours; empty for a space.
        advance: horizontal advance in font units, at least 0.
    """

    char: str
    contours: tuple[Contour, ...]
    advance: int

    def __post_init__(self) -> None:
        _check_char(self.char)
        if self.advance < 0:
            raise ValueError(f"The advance of {self.char!r} is {self.advance}; it cannot be negative.")


def code_point(char: str) -> str:
    """The character's name in files and reports, `U+6C38` (at least four hexadecimal digits)."""
    return f"U+{ord(char):04X}"


def is_character(code: int) -> bool:
    """Whether a number is a code point that can be a character: in range, no surrogate and no U+FFFE or U+FFFF."""
    return 0 <= code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF and code & 0xFFFE != 0xFFFE


HAN_BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFD))
"""Code points of the unified and compatibility ideographs; planes 2 and 3 are theirs alone."""


def is_han(char: str) -> bool:
    """Whether `char` is one Han character: a unified or compatibility ideograph, or 〇."""
    return len(char) == 1 and (char == "〇" or any(low <= ord(char) <= high for low, high in HAN_BLOCKS))


def _check_char(char: str) -> None:
    if len(char) != 1:
        raise ValueError(f"A glyph belongs to one character, not to {char!r}.")


def _check_square(array: npt.NDArray[np.generic], frame: Frame, dtype: type) -> None:
    if array.shape != (frame.size_px, frame.size_px):
        raise ValueError(f"The image is {array.shape}, the frame {frame.size_px} px square.")
    if array.dtype != dtype:
        raise ValueError(f"The image holds {array.dtype}, not {dtype.__name__}.")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader sees in a glyph.

    Args:
        char: the character that scored best.
        confidence: its score, 0 to 1.
    """

    char: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A glyph held against the character it should be.

    Args:
        char: the character it should be.
        reading: the character it is read as.
        score: the score of `char` itself, 0 to 1; 0 when the reader does not know it.
    """

    char: str
    reading: Reading
    score: float

    @property
    def right(self) -> bool:
        """Whether the glyph is read as exactly its character."""
        return self.reading.char == self.char


class Reader(Protocol):
    """Reads single characters (`evaluation.recognizer.Recognizer`); threads share it."""

    @property
    def name(self) -> str:
        """Its name, for the report."""

    def knows(self, char: str) -> bool:
        """Whether it can read the character at all."""

    def judge(self, inks: Sequence[Ink], chars: Sequence[str]) -> Sequence[Verdict]:
        """One verdict a picture, in order."""
