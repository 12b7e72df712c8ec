"""How the pictures of a glyph folder lie on the square canvas.

The rule, from the surest knowledge to the least:

1. **frame**: `frame.json` says where the canvas sits in the em. Nothing is guessed.
2. **canvas**: all pictures have one shape (their sizes may differ, as exports do). Each picture is the em, whole: the
   designer's sizes and positions stay as they are.
3. **one scale**: the pictures are cut out to different shapes, from scans of one resolution. One scale for all: large and
   small characters keep their proportion. Position is lost with the cutting, so ink is set in the middle, and punctuation in
   its corner.
4. **each**: the same, but the sizes differ so much that they cannot come from one resolution. Each glyph fills the body; only
   punctuation and small kana stay small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Frame, Ink
from segan_cli.source.glyph_image import Polarity

FitRule = Literal["frame", "canvas", "one scale", "each"]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the picture, y down; may reach beyond it."""

_LARGEST_SQUARE = 8192
"""Pixels; a square of twice that side takes a gigabyte."""

BODY = 0.92
"""The part of the em that the largest characters of a hand fill, across or upright."""
_ONE_SHAPE = 0.02
_ONE_RESOLUTION = 1.35
_LOW_LEFT = frozenset("、。，．")
_HIGH_LEFT = frozenset("”’゛゜")
_HIGH_RIGHT = frozenset("“‘")
_RIGHT_HALF = frozenset("「『（〔［｛〈《【〖")
_LEFT_HALF = frozenset("」』）〕］｝〉》】〗")
_SMALL = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶゝヽゞヾ々")


@dataclass(frozen=True, slots=True)
class FolderFit:
    """How every picture of a folder is read; frozen, and small enough to send to worker processes.

    Args:
        rule: one of the four rules of this module.
        polarity: which of the two the paper is.
        frame: the canvas that `frame.json` describes, for the rule "frame".
        em_px: pixels of the picture per em, for the rule "one scale".
    """

    rule: FitRule
    polarity: Polarity
    frame: Frame | None = None
    em_px: float = 0.0

    def __str__(self) -> str:
        words = {
            "frame": "placed by frame.json",
            "canvas": "each picture is the whole em",
            "one scale": f"cut-outs at one scale, {self.em_px:.0f} px to the em",
            "each": "cut-outs of different resolutions, each fitted into the body",
        }
        return f"{words[self.rule]}; {self.polarity.replace('-', ' ')}"


def choose_rule(sizes: Sequence[tuple[int, int]]) -> FitRule:
    """Rule "canvas" if all pictures have one shape, else "one scale", to be confirmed by `em_of_cutouts`."""
    shapes = np.asarray([width / height for width, height in sizes])
    return "canvas" if shapes.max() <= shapes.min() * (1 + _ONE_SHAPE) else "one scale"


def em_of_cutouts(extents: Sequence[float]) -> float:
    """Pixels per em of cut-out pictures, from the longer sides of their ink in pixels; 0 if they have no one resolution.

    Source: ours: in the five Kouzan and Aoyagi hands and LXGW WenKai, the 5th percentile of the longer ink side of Han
        characters is .87 to .95 of the median, the 95th 1.04 to 1.14. Twice that spread is still taken for one resolution.
    """
    low, middle, high, largest = np.percentile(extents, (5, 50, 95, 98))
    if high > middle * _ONE_RESOLUTION or low * _ONE_RESOLUTION < middle:
        return 0.0
    return float(largest / BODY)


def carries_size(char: str) -> bool:
    """Whether a character's ink tells the scale of a hand: Han and full-size kana do, punctuation does not."""
    return char.isalpha() and char not in _SMALL and char not in "一二丶丿乙亅口日小"


def canvas_box(char: str, ink: npt.NDArray[np.float32], fit: FolderFit, target: Frame) -> Box:
    """The square of the picture that becomes the canvas.

    Args:
        char: the character; it decides the corner of cut-out punctuation.
        ink: (H, W), with ink somewhere.
        fit: the folder's rule.
        target: the canvas wanted.
    """
    height, width = ink.shape
    if fit.rule in ("frame", "canvas"):
        side = max(height, width)
        left, top = (width - side) / 2, (height - side) / 2
        drop = 0.0
        if fit.frame is not None:
            drop = (fit.frame.descender / fit.frame.units_per_em - target.descender / target.units_per_em) * side
        return left, top - drop, left + side, top - drop + side
    return _cutout_box(char, ink, fit)


def to_canvas(ink: npt.NDArray[np.float32], box: Box, size_px: int) -> Ink:
    """Resample the square `box` of a picture to the canvas; what lies beyond the picture is paper.

    Source: Pillow's bicubic filter, widened when the picture shrinks, so that thin strokes stay grey and do not break.
    """
    from PIL import Image

    height, width = ink.shape
    if ink.shape == (size_px, size_px) and tuple(box) == (0.0, 0.0, float(size_px), float(size_px)):
        return np.ascontiguousarray(ink, dtype=np.float32)
    if (times := int((box[2] - box[0]) // _LARGEST_SQUARE)) > 0:
        ink, box = _reduced(ink, box, times + 1)
        height, width = ink.shape
    margin = [max(0, int(np.ceil(one))) for one in (-box[0], -box[1], box[2] - width, box[3] - height)]
    padded = np.pad(ink, ((margin[1], margin[3]), (margin[0], margin[2])))
    moved = (box[0] + margin[0], box[1] + margin[1], box[2] + margin[0], box[3] + margin[1])
    picture = Image.fromarray(np.ascontiguousarray(padded))
    canvas = picture.resize((size_px, size_px), Image.Resampling.BICUBIC, box=moved)
    return np.clip(np.asarray(canvas, dtype=np.float32), 0, 1)


def _reduced(ink: npt.NDArray[np.float32], box: Box, times: int) -> tuple[npt.NDArray[np.float32], Box]:
    """A huge or very long picture so many times smaller: the square about it would not fit into the memory."""
    from PIL import Image

    smaller = Image.fromarray(np.ascontiguousarray(ink)).reduce(times)
    left, top, right, bottom = (one / times for one in box)
    return np.asarray(smaller, dtype=np.float32), (left, top, right, bottom)


def _cutout_box(char: str, ink: npt.NDArray[np.float32], fit: FolderFit) -> Box:
    left, top, right, bottom = ink_edges(ink)
    em = fit.em_px if fit.rule == "one scale" else max(right - left, bottom - top) / (BODY * _share_of_body(char))
    em = max(em, (right - left) / 0.98, (bottom - top) / 0.98)
    x, y = _middle_of(char, (right - left) / em, (bottom - top) / em)
    x_start, y_start = (left + right) / 2 - x * em, (top + bottom) / 2 - y * em
    return x_start, y_start, x_start + em, y_start + em


def ink_edges(ink: npt.NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the ink in pixels, right and bottom exclusive; the picture must have ink."""
    rows, columns = np.flatnonzero((ink >= 0.5).any(axis=1)), np.flatnonzero((ink >= 0.5).any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _share_of_body(char: str) -> float:
    if char in _LOW_LEFT or char in _HIGH_LEFT or char in _HIGH_RIGHT:
        return 0.25
    if char in "・·：；":
        return 0.5 if char in "：；" else 0.15
    return 0.72 if char in _SMALL else 1.0


def _middle_of(char: str, width: float, height: float) -> tuple[float, float]:
    """Where the middle of a cut-out character's ink belongs, in ems from the canvas's upper left corner."""
    margin = 0.06
    if char in _LOW_LEFT:
        return margin + width / 2, 1 - margin - height / 2
    if char in _HIGH_LEFT:
        return margin + width / 2, margin + height / 2
    if char in _HIGH_RIGHT:
        return 1 - margin - width / 2, margin + height / 2
    if char in _RIGHT_HALF:
        return 1 - margin - width / 2, margin + height / 2 if char in "「『" else 0.5
    if char in _LEFT_HALF:
        return margin + width / 2, 1 - margin - height / 2 if char in "」』" else 0.5
    return 0.5, 0.5
