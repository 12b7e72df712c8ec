"""Pictures of written characters as people have them: on coloured grids, under seals, badly lit, framed, dusty, cut too close.

Each function takes ink, (S, S) float32 with 1 for ink, and gives the picture's values, (H, W) or (H, W, 3) uint8.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Ink = npt.NDArray[np.float32]
Pixels = npt.NDArray[np.uint8]

RED, GREEN, BLUE = (214, 69, 65), (96, 160, 96), (90, 130, 200)
PAPER = np.asarray((250, 247, 240), np.float32)
BLACK = np.asarray((28, 26, 27), np.float32)


def clean(ink: Ink) -> Pixels:
    return np.rint(255 - ink * 255).astype(np.uint8)


def grid_lines(side: int, kind: str = "mi", width: int = 3, dash: int = 14, inset: float = 0.02) -> Ink:
    """Coverage of a printed practice grid: a frame, and inside it "mi" 米 (dashed cross and diagonals), "tian" 田 or "jiu" 九."""
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    lines = np.zeros((side, side), bool)
    edge = inset * side
    inside = (rows > edge) & (rows < side - edge) & (columns > edge) & (columns < side - edge)
    for away in (rows - edge, columns - edge, rows - (side - edge), columns - (side - edge)):
        lines |= np.abs(away) <= width / 2
    lines &= (
        (rows >= edge - width)
        & (rows <= side - edge + width)
        & (columns >= edge - width)
        & (columns <= side - edge + width)
    )
    across, down = (
        (np.ones_like(lines),) * 2 if kind == "jiu" else ((columns // dash) % 2 == 0, (rows // dash) % 2 == 0)
    )
    if kind == "jiu":
        inner = [
            (rows - side / 3, across),
            (rows - 2 * side / 3, across),
            (columns - side / 3, down),
            (columns - 2 * side / 3, down),
        ]
    else:
        inner = [(rows - side / 2, across), (columns - side / 2, down)]
    if kind == "mi":
        inner += [((rows - columns) / 2**0.5, down), ((rows + columns - side) / 2**0.5, down)]
    for away, dashes in inner:
        lines |= (np.abs(away) <= width / 2) & inside & dashes
    return lines.astype(np.float32)


def printed(ink: Ink, coverage: Ink, colour: tuple[int, int, int], paper: npt.NDArray[np.float32] = PAPER) -> Pixels:
    """Ink over something printed: the ink covers it."""
    ground = paper + coverage[..., None] * (np.asarray(colour, np.float32) - paper)
    return np.rint(np.clip(ground + ink[..., None] * (BLACK - ground), 0, 255)).astype(np.uint8)


def on_grid(ink: Ink, colour: tuple[int, int, int] = RED, kind: str = "mi", width: int = 3) -> Pixels:
    return printed(ink, grid_lines(len(ink), kind, width), colour)


def under_seal(ink: Ink, colour: tuple[int, int, int] = (190, 40, 35), share: float = 0.24) -> Pixels:
    """A vermilion seal pressed over the lower left corner of the writing, with a white figure in it."""
    side = len(ink)
    seal = np.zeros((side, side), np.float32)
    size = int(share * side)
    top, left = int(side * 0.7), int(side * 0.06)
    seal[top : top + size, left : left + size] = 1
    seal[top + size // 5 : top + size // 4, left + size // 8 : left + size * 7 // 8] = 0
    seal[top + size // 3 : top + size * 5 // 6, left + size // 2 : left + size * 5 // 8] = 0
    paper = np.broadcast_to(PAPER, (side, side, 3)) + ink[..., None] * (BLACK - PAPER)
    red = np.asarray(colour, np.float32)
    pressed = np.minimum(paper, red + 12)  # over black ink a seal is hardly seen
    return np.rint(np.clip(paper + seal[..., None] * (pressed - paper), 0, 255)).astype(np.uint8)


def falling_light(ink: Ink, least: float = 0.4, angle: float = 0.6) -> Pixels:
    """Light that falls off to one corner, to `least` of what it is at the other."""
    side = len(ink)
    rows, columns = np.mgrid[:side, :side] / (side - 1)
    along = np.clip(columns * np.cos(angle) + rows * np.sin(angle), 0, 1.4) / 1.4
    light = 1 - (1 - least) * along**1.3
    return np.rint((0.94 - 0.84 * ink) * light * 255).astype(np.uint8)


def shadow(ink: Ink, depth: float = 0.5, soft: float = 0.04) -> Pixels:
    """The shadow of a hand: a slanting edge, beyond which the light is `depth` of what it was."""
    side = len(ink)
    rows, columns = np.mgrid[:side, :side] / (side - 1)
    beyond = 1 / (1 + np.exp(-(columns + 0.4 * rows - 0.75) / soft))
    return np.rint((0.95 - 0.85 * ink) * (1 - (1 - depth) * beyond) * 255).astype(np.uint8)


def framed(ink: Ink, width: int = 8, inset: int = 0) -> Pixels:
    """A printed frame in the ink's own black, `inset` px from the picture's edge."""
    pixels = clean(ink)
    side = len(ink)
    for offset in range(inset, inset + width):
        pixels[offset, inset : side - inset] = pixels[side - 1 - offset, inset : side - inset] = 10
        pixels[inset : side - inset, offset] = pixels[inset : side - inset, side - 1 - offset] = 10
    return pixels


def black_grid(ink: Ink, kind: str = "tian", width: int = 3) -> Pixels:
    """A grid printed in black."""
    return np.rint(255 - np.maximum(ink, grid_lines(len(ink), kind, width) * 0.9) * 255).astype(np.uint8)


def grey_grid(ink: Ink, kind: str = "mi", width: int = 3) -> Pixels:
    """A grid printed in a light grey."""
    return np.rint(255 - np.maximum(ink, grid_lines(len(ink), kind, width) * 0.35) * 255).astype(np.uint8)


def neighbour(ink: Ink, other: Ink, reach: float = 0.08) -> Pixels:
    """The next character of the column reaches into the lower edge of the picture."""
    side = len(ink)
    part = int(side * reach)
    rows = np.flatnonzero((other >= 0.5).any(axis=1))
    top = int(rows[0])
    joined = ink.copy()
    joined[side - part :] = np.maximum(joined[side - part :], other[top : top + part])
    return clean(joined)


def slab(ink: Ink, share: float = 0.3) -> Pixels:
    """A black area from one side, as a book's fold or a thumb leaves it."""
    pixels = clean(ink)
    pixels[:, int(len(ink) * (1 - share)) :] = 12
    return pixels


def inverted(ink: Ink) -> Pixels:
    return 255 - clean(ink)


def dusty(ink: Ink, seed: int = 0, count: int = 6) -> Pixels:
    """Specks near the picture's edges."""
    random = np.random.default_rng(seed)
    pixels, side = clean(ink), len(ink)
    for _ in range(count):
        at = int(random.integers(2, side - 6))
        row, column = ((at, 3), (at, side - 7), (3, at), (side - 7, at))[random.integers(4)]
        pixels[row : row + 3, column : column + 3] = 20
    return pixels


def cut_out(pixels: Pixels, ink: Ink, pad: int = 6) -> Pixels:
    """The part of a picture that holds the ink, and `pad` pixels around it."""
    rows, columns = np.flatnonzero((ink >= 0.5).any(axis=1)), np.flatnonzero((ink >= 0.5).any(axis=0))
    top, left = max(0, rows[0] - pad), max(0, columns[0] - pad)
    return pixels[top : rows[-1] + 1 + pad, left : columns[-1] + 1 + pad]


def noisy(pixels: Pixels, amount: float = 6, seed: int = 0) -> Pixels:
    """Grain of a scanner or camera."""
    grain = np.random.default_rng(seed).normal(0, amount, pixels.shape)
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


KINDS: dict[str, Callable[[Ink], Pixels]] = {
    "clean": clean,
    "red 米 grid": on_grid,
    "green 田 grid": lambda ink: on_grid(ink, GREEN, "tian"),
    "blue 九 grid": lambda ink: on_grid(ink, BLUE, "jiu", 5),
    "dark red 米 grid": lambda ink: on_grid(ink, (150, 25, 25), "mi", 5),
    "seal": under_seal,
    "light falls to 40 %": falling_light,
    "light falls to 25 %, grain": lambda ink: noisy(falling_light(ink, 0.25)),
    "shadow": shadow,
    "frame": framed,
    "thick frame": lambda ink: framed(ink, 30),
    "frame, inset": lambda ink: framed(ink, 6, 14),
    "black 田 grid": black_grid,
    "black 米 grid": lambda ink: black_grid(ink, "mi"),
    "grey 米 grid": grey_grid,
    "white on black": inverted,
    "dust": dusty,
    "slab": slab,
}
