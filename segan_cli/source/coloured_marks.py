"""Coloured marks are taken off the paper: the red or green lines of practice paper, a seal, a teacher's circles.

Black ink darkens all three channels alike, a coloured mark leaves one of them light. So each pixel of the neighbourhood of a
mark is taken apart into paper, ink and mark (linear unmixing with three end members), and what the mark contributes is
replaced by paper. Strokes that cross a line stay whole. Pixels away from marks keep their value to the bit.

Source: linear spectral unmixing (Keshava and Mustard, 2002), on three channels; the thresholds are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Colours = npt.NDArray[np.float32]
"""(H, W, 3) float32 in [0, 1]."""
Plane = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

_COLOURED = 0.6
"""The lightest channel's density over the darkest one's: below it a pixel is coloured, near 1 it is grey."""
_DARK_COLOURED, _DARK = 0.4, 0.8
"""Ink may be a little coloured where it is dark: blue-black from this ratio on, at this density of its lightest channel."""
_FAINT_MARK = 0.2
_LEAST_SHARE = 4e-4
"""Part of the picture from which coloured pixels are a mark and not the fringe of a stroke."""
_HUES = 12
_LUMA = np.asarray((0.299, 0.587, 0.114), np.float32)


@dataclass(frozen=True, slots=True)
class Unmixed:
    """A picture without its coloured marks.

    Args:
        lightness: (H, W), the marks replaced by paper; as it was where there is none, or no other ink.
        share: part of the picture that the marks covered.
        has_ink: whether there is ink that is no mark.
    """

    lightness: Plane
    share: float
    has_ink: bool


def take_off_marks(colours: Colours, lightness: Plane, background: Plane) -> Unmixed:
    """Take the coloured marks off a picture with light paper.

    Args:
        colours: the picture.
        lightness: (H, W), the same in grey.
        background: (H, W), how light the paper is at each place, above 0.
    """
    reflectance = np.clip(colours / background[..., None], 0.02, None)
    tint = _paper_tint(reflectance)
    reflectance = np.clip(reflectance / tint, 0.02, 1)
    density = -np.log(reflectance)
    least, most = density.min(axis=2), density.max(axis=2)
    ratio = least / np.maximum(most, 1e-6)
    may_be_ink = (ratio >= _COLOURED) | ((ratio >= _DARK_COLOURED) & (least >= _DARK))
    marks = (most > _FAINT_MARK) & ~may_be_ink
    ink = may_be_ink & (least > 0.4)
    has_ink = bool(ink.mean() > _LEAST_SHARE)
    share = float(marks.mean())
    if share < _LEAST_SHARE:
        return Unmixed(lightness, 0.0, has_ink)
    if not has_ink:
        return Unmixed(lightness, share, False)
    black = np.median(reflectance[ink & (least >= np.percentile(least[ink], 50))], axis=0)
    amount, near = _ink_amount(reflectance, marks, density, black)
    paper = background * float(tint @ _LUMA)
    plain = lightness.copy()
    plain[near] = (paper[near] * (1 - amount + amount * float(black @ _LUMA))).astype(np.float32)
    return Unmixed(_without_remains(plain, paper, marks, near), share, True)


def _without_remains(plain: Plane, paper: Plane, marks: Mask, near: Mask) -> Plane:
    """Dark places that lie in a mark altogether, or are specks beside it, are what compression made of its colour."""
    from scipy import ndimage

    side = max(plain.shape)
    around = ndimage.binary_dilation(marks, iterations=max(2, round(side / 80)))
    parts, count = ndimage.label(plain < 0.85 * paper, structure=np.ones((3, 3), int))
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    speck = sizes <= (side / 64) ** 2
    remains = np.ones(count + 1, bool)
    remains[np.unique(parts[~near])] = False
    beside = np.ones(count + 1, bool)
    beside[np.unique(parts[~around])] = False
    remains |= beside & speck
    remains[0] = False
    return np.where(ndimage.binary_dilation(remains[parts]) & around, paper, plain)


def _paper_tint(reflectance: Colours) -> npt.NDArray[np.float32]:
    """The paper's colour in bright light: the median of the lighter half of the picture."""
    luma = reflectance @ _LUMA
    lighter = reflectance[luma >= np.median(luma)]
    tint: npt.NDArray[np.float32] = np.clip(np.median(lighter, axis=0), 0.3, 1.2)
    return tint


def _ink_amount(
    reflectance: Colours, marks: Mask, density: Colours, black: npt.NDArray[np.float32]
) -> tuple[Plane, Mask]:
    """How much ink there is, 0 to 1, at each pixel near a mark; and which pixels those are."""
    from scipy import ndimage

    near: Mask = ndimage.binary_dilation(marks, iterations=2)
    points = reflectance[near] - 1
    best = np.full(len(points), np.inf, np.float32)
    amount = np.zeros(len(points), np.float32)
    for mark in _mark_colours(reflectance, marks, density):
        members = np.stack([black - 1, mark - 1], axis=1)
        solved = points @ np.linalg.pinv(members).T
        ink, marked = np.clip(solved[:, 0], 0, 1), np.clip(solved[:, 1], 0, 1.2)
        left = np.abs(points - np.stack([ink, marked], axis=1) @ members.T).sum(axis=1)
        ink = np.where((marked > 0.3) & (ink < 0.4), 0, ink)
        better = left < best
        amount[better], best[better] = ink[better], left[better]
    return amount, near


def _mark_colours(reflectance: Colours, marks: Mask, density: Colours) -> list[npt.NDArray[np.float32]]:
    """The reflectance of each mark at its fullest, one for each hue that takes a real part."""
    hues = _hue(density[marks])
    bins = np.minimum((hues * _HUES).astype(int), _HUES - 1)
    counts = np.bincount(bins, minlength=_HUES)
    smooth = counts + np.roll(counts, 1) + np.roll(counts, -1)
    peaks = [
        at
        for at in range(_HUES)
        if smooth[at] > 0.05 * len(bins) and smooth[at] >= smooth[at - 1] and smooth[at] > smooth[(at + 1) % _HUES]
    ]
    colours = []
    for peak in peaks or [int(smooth.argmax())]:
        mine = np.isin(bins, [(peak - 1) % _HUES, peak, (peak + 1) % _HUES])
        found, strength = reflectance[marks][mine], density[marks][mine].sum(axis=1)
        full = found[strength >= np.percentile(strength, 70)]
        colours.append(np.median(full, axis=0).astype(np.float32))
    return colours


def _hue(density: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Direction of the colour, 0 to 1 around the circle, from densities (N, 3)."""
    red, green, blue = density.T
    angle = np.arctan2(np.sqrt(3) * (green - blue), 2 * red - green - blue)
    hue: npt.NDArray[np.float32] = (angle / (2 * np.pi)) % 1
    return hue
