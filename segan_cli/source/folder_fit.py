"""How the pictures of a glyph folder lie on the square canvas.

The rule, from the surest knowledge to the least:

1. **frame**: `frame.json` says where the canvas sits in the em. Nothing is guessed.
2. **canvas**: most pictures have one shape (their sizes may differ, as exports do). Each picture is the em, whole: the
   designer's sizes and positions stay as they are. A picture of another shape among them was cropped: it keeps its scale, and
   its ink is set in the middle.
3. **one scale**: the pictures are cut out to different shapes, from scans of one resolution. One scale for all: large and
   small characters keep their proportion. Position is lost with the cutting, so ink is set in the middle, and punctuation in
   its corner.
4. **each**: the same, but the sizes differ so much that they cannot come from one resolution. Each glyph fills the body; only
   punctuation and small kana stay small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Frame, Ink
from segan_cli.source.glyph_image import Polarity
from segan_cli.source.ink_reading import ReadingRules

FitRule = Literal["frame", "canvas", "one scale", "each"]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels of the picture, y down; may reach beyond it."""

_LARGEST_SQUARE = 8192
"""Pixels; a square of twice that side takes a gigabyte."""

BODY = 0.92
"""The part of the em that the largest characters of a hand fill, across or upright."""
_ONE_SHAPE = 0.02
_MOST = 0.75
_LARGEST = 1.2
_DUST, _NEAR = 0.004, 0.03
"""A part with less than this share of the ink, farther from the others than this part of their size, is dust."""
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
        reading: which tone is ink, and what is taken off the paper.
        frame: the canvas that `frame.json` describes, for the rule "frame".
        em_px: pixels of the picture per em, for the rule "one scale", and for cropped pictures of the rule "canvas".
        shape: width over height of the pictures that are the em whole, for the rule "canvas"; 0 takes any.
    """

    rule: FitRule
    reading: ReadingRules = field(default_factory=ReadingRules)
    frame: Frame | None = None
    em_px: float = 0.0
    shape: float = 0.0

    @property
    def polarity(self) -> Polarity:
        """Which of the two the paper is, in most pictures."""
        return self.reading.polarity

    def shrunk(self, times: float) -> FolderFit:
        """How a picture is read that was made so many times smaller than its file."""
        return self if times == 1 else replace(self, em_px=self.em_px / times)

    def is_cropped(self, width: int, height: int) -> bool:
        """Whether a picture of this size is an odd one among pictures that are the em whole."""
        return self.rule == "canvas" and self.shape > 0 and not _alike(width / height, self.shape)

    def __str__(self) -> str:
        words = {
            "frame": "placed by frame.json",
            "canvas": "each picture is the whole em",
            "one scale": f"cut-outs at one scale, {self.em_px:.0f} px to the em",
            "each": "cut-outs of different resolutions, each fitted into the body",
        }
        off = "; printed lines are taken off" if self.reading.lines and self.rule in ("one scale", "each") else ""
        colour = "; the ink is coloured" if self.reading.coloured_ink else ""
        return f"{words[self.rule]}; {self.polarity.replace('-', ' ')}{off}{colour}"


def common_shape(sizes: Sequence[tuple[int, int]]) -> float:
    """Width over height of pictures that are the em whole; 0 for cut-outs, which have no shape in common.

    All pictures have the shape, in whatever size; or most of them have one size to a pixel, and the others were cropped.
    """
    shapes = np.asarray([width / height for width, height in sizes])
    common = float(np.median(shapes))
    if _alike(float(shapes.min()), float(shapes.max())):
        return common
    width, height = Counter(sizes).most_common(1)[0][0]
    same = [abs(one - width) <= 1 and abs(other - height) <= 1 for one, other in sizes]
    return width / height if np.mean(same) >= _MOST else 0.0


def canvas_em(sizes: Sequence[tuple[int, int]], shape: float) -> float:
    """Pixels of an em where pictures are the em whole: the longer side of the middle one of those that have the shape."""
    return float(np.median([max(size) for size in sizes if not shape or _alike(size[0] / size[1], shape)]))


def _alike(shape: float, other: float) -> bool:
    return max(shape, other) <= min(shape, other) * (1 + _ONE_SHAPE)


def em_of_cutouts(extents: Sequence[float]) -> float:
    """Pixels per em of cut-out pictures, from the longer sides of their ink in pixels; 0 if they have no one resolution.

    A few pictures that hold more than their glyph move nothing: the largest characters count as at most a fifth larger than
    the middle one.

    Source: ours: in the five Kouzan and Aoyagi hands and LXGW WenKai, the 5th percentile of the longer ink side of Han
        characters is .87 to .95 of the median, the 95th 1.04 to 1.14. Twice that spread is still taken for one resolution.
    """
    low, middle, high, largest = np.percentile(extents, (5, 50, 95, 98))
    upper, lower = np.percentile(extents, (85, 15))
    if (high > middle * _ONE_RESOLUTION or low * _ONE_RESOLUTION < middle) and (
        upper > middle * _ONE_RESOLUTION or lower * _ONE_RESOLUTION < middle
    ):
        return 0.0
    return float(min(largest, middle * _LARGEST) / BODY)


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
    if fit.rule in ("frame", "canvas") and not fit.is_cropped(width, height):
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
    left, top, right, bottom = stroke_edges(ink)
    em = fit.em_px if fit.rule != "each" else max(right - left, bottom - top) / (BODY * _share_of_body(char))
    em = max(em, (right - left) / 0.98, (bottom - top) / 0.98)
    x, y = _middle_of(char, (right - left) / em, (bottom - top) / em)
    x_start, y_start = (left + right) / 2 - x * em, (top + bottom) / 2 - y * em
    return x_start, y_start, x_start + em, y_start + em


def ink_edges(ink: npt.NDArray[np.float32]) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the ink in pixels, right and bottom exclusive; the picture must have ink."""
    return _edges(ink >= 0.5)


def stroke_edges(ink: npt.NDArray[np.float32]) -> tuple[int, int, int, int]:
    """The same, of the strokes alone: dust that lies apart from them does not count."""
    from scipy import ndimage

    inked = ink >= 0.5
    parts, count = ndimage.label(inked, structure=np.ones((3, 3), int))
    if count < 2:
        return _edges(inked)
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    sizes[0] = 0
    small = sizes < _DUST * sizes.sum()
    if not small[1:].any():
        return _edges(inked)
    small[0] = True
    left, top, right, bottom = _edges(~small[parts])
    near = round(_NEAR * max(right - left, bottom - top))
    around = np.zeros_like(inked)
    around[max(0, top - near) : bottom + near, max(0, left - near) : right + near] = True
    return _edges(inked & around)


def _edges(inked: npt.NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = np.flatnonzero(inked.any(axis=1)), np.flatnonzero(inked.any(axis=0))
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
