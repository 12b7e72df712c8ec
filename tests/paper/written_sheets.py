"""Sheets as a calligrapher would hand them in: printed, written on with a font's glyphs, photographed and damaged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from segan_cli.glyph import Ink
from segan_cli.paper.sheet import Sheets

Picture = npt.NDArray[np.uint8]
Damage = Callable[[Picture, np.random.Generator], Picture]
BLACK = 28
"""How light the ink is, of 255."""


@dataclass(frozen=True)
class Writing:
    """How the glyphs are written.

    Args:
        strength: how dark the ink is, 1 is black.
        ruling: the colour that the printed ruling takes; None leaves it as it is printed.
        em: the em of the glyphs, in sides of the cell.
    """

    strength: float = 1.0
    ruling: tuple[int, int, int] | None = None
    em: float = 1.0


def printed_page(pdf: Path, number: int, dpi: int = 300) -> Picture:
    """A page of the PDF as it comes out of the printer, (H, W, 3)."""
    import pypdfium2

    document = pypdfium2.PdfDocument(pdf)
    picture = document[number - 1].render(scale=dpi / 72, rev_byteorder=True).to_numpy()[..., :3].copy()
    document.close()
    return picture


def write_on(page: Picture, sheets: Sheets, number: int, glyphs: Mapping[str, Ink], writing: Writing) -> Picture:
    """Write each cell's glyph into it, centred, as black ink."""
    per_mm = page.shape[1] / sheets.size_mm[0], page.shape[0] / sheets.size_mm[1]
    page = recoloured(page, writing.ruling) if writing.ruling else page
    ink = np.zeros(page.shape[:2], np.float32)
    for cell in sheets.pages[number - 1].cells:
        glyph = glyphs.get(cell.char)
        if glyph is not None:
            scale = [cell.side * px * writing.em / glyph.shape[0] for px in per_mm]
            start = [
                (at + cell.side / 2 * (1 - writing.em)) * px for at, px in zip((cell.x, cell.y), per_mm, strict=True)
            ]
            matrix = np.float64(
                [[scale[0], 0, start[0] + scale[0] / 2 - 0.5], [0, scale[1], start[1] + scale[1] / 2 - 0.5]]
            )
            source = cv2.GaussianBlur(glyph, (0, 0), 0.4 * (1 / scale[0] - 1)) if scale[0] < 0.8 else glyph
            ink = np.maximum(
                ink, cv2.warpAffine(source, matrix, (page.shape[1], page.shape[0]), flags=cv2.INTER_LINEAR)
            )
    seen = 1 - np.clip(ink, 0, 1)[..., None] * writing.strength * (1 - BLACK / 255)
    return np.rint(page * seen).astype(np.uint8)


def recoloured(page: Picture, colour: tuple[int, int, int]) -> Picture:
    """The same print in another colour: what is coloured becomes it, as dark as it was light before; marks stay black."""
    wide = page.astype(np.int16)
    tinted = (wide.max(axis=2) - wide.min(axis=2)) > 12
    strength = np.clip((255 - wide.min(axis=2)) / 105, 0, 1)[..., None]
    other = 255 - strength * (255 - np.asarray(colour))
    return np.where(tinted[..., None], other, page).astype(np.uint8)


def photographed(
    picture: Picture, degrees: float = 0.0, tilt: float = 0.0, desk: tuple[int, int, int] = (96, 84, 70)
) -> Picture:
    """Turned and seen at an angle, on a desk."""
    height, width = picture.shape[:2]
    angle = np.deg2rad(degrees)
    corners = np.float64([(-width, -height), (width, -height), (width, height), (-width, height)]) / 2
    turned = corners @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    depth = 1 + tilt * turned[:, 1] / height + 0.6 * tilt * turned[:, 0] / width
    seen = turned / depth[:, None]
    seen -= seen.min(axis=0) - 40
    size = np.ceil(seen.max(axis=0) + 40).astype(int)
    matrix = cv2.getPerspectiveTransform(np.float32(corners + np.float64([width, height]) / 2), np.float32(seen))
    return cv2.warpPerspective(
        picture, matrix, tuple(int(one) for one in size), flags=cv2.INTER_LINEAR, borderValue=desk
    )


def shaded(picture: Picture, least: float = 0.5, degrees: float = 35.0) -> Picture:
    """Light that falls off over the page to `least` of its strength, with the soft edge of a shadow."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    along = np.cos(np.deg2rad(degrees)) * x / width + np.sin(np.deg2rad(degrees)) * y / height
    along = (along - along.min()) / np.ptp(along)
    light = 1 - (1 - least) * (0.6 * along + 0.4 / (1 + np.exp(-(along - 0.55) * 22)))
    return np.rint(picture * light[..., None]).astype(np.uint8)


def grainy(picture: Picture, random: np.random.Generator, depth: float = 12.0) -> Picture:
    """Grey paper with fibres and grain."""
    height, width = picture.shape[:2]
    coarse = cv2.resize(random.standard_normal((height // 9 + 1, width // 9 + 1)).astype(np.float32), (width, height))
    fine = random.standard_normal((height, width)).astype(np.float32)
    fibres = cv2.GaussianBlur(random.standard_normal((height, width)).astype(np.float32), (0, 0), 1.2, sigmaY=4) * 4
    texture = depth * (0.6 * coarse + 0.35 * fine + 0.4 * fibres)
    return np.clip(picture * (205 / 255) + texture[..., None], 0, 255).astype(np.uint8)


def compressed(picture: Picture, quality: int = 60) -> Picture:
    """As a JPEG of that quality comes back."""
    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def blurred(picture: Picture, sigma: float = 2.0) -> Picture:
    """Out of focus."""
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def bled(picture: Picture, random: np.random.Generator, reach: float = 2.0) -> Picture:
    """Ink that has run into the paper, here more and there less, with the back of the page showing through."""
    height, width = picture.shape[:2]
    wet = cv2.resize(random.random((height // 40 + 1, width // 40 + 1)).astype(np.float32), (width, height))[..., None]
    run = cv2.erode(cv2.GaussianBlur(picture, (0, 0), reach), np.ones((3, 3), np.uint8))
    wide = picture * (1 - wet) + run * wet
    behind = cv2.GaussianBlur(picture[:, ::-1], (0, 0), 5).astype(np.float32)
    return np.rint(np.clip(wide * (0.82 + 0.18 * behind / 255), 0, 255)).astype(np.uint8)


def sealed(picture: Picture, sheets: Sheets, number: int = 1) -> Picture:
    """A red seal of 18 mm, printed over the corner of two cells and what is written there."""
    px = picture.shape[1] / sheets.size_mm[0]
    cells = sheets.pages[number - 1].cells
    cell = cells[len(cells) // 2]
    seal = np.full((*picture.shape[:2], 3), 255, np.uint8)
    x, y, side = int((cell.x + cell.side * 0.7) * px), int((cell.y + cell.side * 0.55) * px), int(18 * px)
    cv2.rectangle(seal, (x, y), (x + side, y + side), (205, 42, 36), -1)
    for offset in range(side // 6, side, side // 3):
        cv2.line(seal, (x + offset, y + side // 8), (x + offset, y + side * 7 // 8), (255, 250, 240), int(1.2 * px))
        cv2.line(seal, (x + side // 8, y + offset), (x + side * 7 // 8, y + offset), (255, 250, 240), int(0.8 * px))
    return (picture.astype(np.uint16) * seal // 255).astype(np.uint8)
