"""The one door to potrace: by pypotrace (C) or potracer (Python), which share a module name, else by the program.

pypotrace and potracer take ink with opposite polarity, so the module that is installed is asked once with a picture
whose answer is known.
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from segan_cli.errors import MissingExtraError, SeganError
from segan_cli.glyph import Contour, Ink
from segan_cli.outline.svg_paths import Point, closed_contour, contours_of_path

Bits = npt.NDArray[np.bool_]
SUBDIVISIONS = 1000
"""To which part of a pixel the program rounds."""


def trace_potrace(ink: Ink) -> tuple[Contour, ...]:
    """Trace the half-ink shape of an image with potrace's own defaults.

    Args:
        ink: (H, W) float32 in [0, 1].

    Returns:
        Closed contours in pixels, y down.

    Raises:
        MissingExtraError: neither a Python package nor the program is there.
        SeganError: the program failed.
    """
    bits = ink >= 0.5
    module = _module()
    if module is not None and (polarity := _polarity(module)) is not None:
        return _trace_module(module, bits == polarity)
    program = shutil.which("potrace")
    if program is None:
        raise MissingExtraError("The tracer potrace", "potrace")
    return _trace_program(program, bits)


def _module() -> ModuleType | None:
    try:
        import potrace
    except ImportError:
        return None
    return potrace  # type: ignore[no-any-return]


@functools.cache
def _polarity(module: ModuleType) -> bool | None:
    """Which bit value the module takes for ink; None if it gives no sense either way."""
    probe = np.zeros((16, 16), dtype=np.bool_)
    probe[3:8, 2:9] = True
    for ink in (True, False):
        contours = _trace_module(module, probe == ink)
        if len(contours) == 1 and np.allclose(_box(contours[0]), (2, 3, 9, 8), atol=0.75):
            return ink
    return None


def _box(contour: Contour) -> npt.NDArray[np.float64]:
    return np.concatenate([contour.points.min(axis=0), contour.points.max(axis=0)])


def _trace_module(module: ModuleType, bits: Bits) -> tuple[Contour, ...]:
    contours: list[Contour] = []
    for curve in module.Bitmap(bits).trace(turdsize=0):
        points, flags = [_xy(curve.start_point)], [True]
        for segment in curve.segments:
            middle = (segment.c,) if segment.is_corner else (segment.c1, segment.c2)
            points += [_xy(p) for p in (*middle, segment.end_point)]
            flags += [segment.is_corner] * len(middle) + [True]
        contours += closed_contour(points, flags)
    return tuple(contours)


def _xy(point: Any) -> Point:
    """A point as potracer (attributes) or pypotrace (a pair) gives it."""
    return (float(point.x), float(point.y)) if hasattr(point, "x") else (float(point[0]), float(point[1]))


def _trace_program(program: str, bits: Bits) -> tuple[Contour, ...]:
    height, width = bits.shape
    image = f"P4\n{width} {height}\n".encode() + np.packbits(bits, axis=1).tobytes()
    command = [program, "--svg", "--flat", "--turdsize", "0", "--unit", str(SUBDIVISIONS), "--output", "-", "-"]
    try:
        answer = subprocess.run(command, input=image, capture_output=True, check=True, timeout=120)
        return _read_svg(answer.stdout.decode(), height)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError, ET.ParseError) as error:
        raise SeganError(f"The program {program} failed on a {width} × {height} px image: {error}") from error


def _read_svg(svg: str, height: int) -> tuple[Contour, ...]:
    """The contours of potrace's SVG, whose group holds `translate(0,height) scale(s,-s)` in points or pixels."""
    contours: list[Contour] = []
    root = ET.fromstring(svg)
    box = [float(x) for x in root.get("viewBox", f"0 0 {height} {height}").split()]
    for group in root.iter("{http://www.w3.org/2000/svg}g"):
        scale = [float(x) for x in re.findall(r"scale\(([^,)]+),([^)]+)\)", group.get("transform", ""))[0]]
        shift = [float(x) for x in re.findall(r"translate\(([^,)]+),([^)]+)\)", group.get("transform", ""))[0]]
        for path in group.iter("{http://www.w3.org/2000/svg}path"):
            for c in contours_of_path(path.get("d", "")):
                contours.append(Contour((c.points * scale + shift) * (height / box[3]), c.on_curve))
    return tuple(contours)
