"""The one door to vtracer: black and white to splines."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET

import numpy as np
from PIL import Image

from segan_cli.errors import MissingExtraError
from segan_cli.glyph import Contour, Ink
from segan_cli.outline.svg_paths import contours_of_path


def trace_vtracer(ink: Ink, corner_angle: float) -> tuple[Contour, ...]:
    """Trace the half-ink shape of an image.

    Args:
        ink: (H, W) float32 in [0, 1].
        corner_angle: a sharper turn stays a corner, in degrees.

    Returns:
        Closed contours in pixels, y down; a hole follows its shape.

    Raises:
        MissingExtraError: the package vtracer is not installed.
    """
    try:
        import vtracer
    except ImportError as error:
        raise MissingExtraError("The tracer vtracer", "vtracer") from error
    svg = vtracer.convert_raw_image_to_svg(
        _png(ink),
        img_format="png",
        colormode="binary",
        mode="spline",
        filter_speckle=0,
        corner_threshold=round(corner_angle),
        path_precision=4,
    )
    return tuple(
        contour for path in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}path") for contour in _moved(path)
    )


def _png(ink: Ink) -> bytes:
    """Black ink on white paper, as vtracer expects it."""
    buffer = io.BytesIO()
    Image.fromarray(np.where(ink >= 0.5, 0, 255).astype(np.uint8)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def _moved(path: ET.Element) -> list[Contour]:
    """The contours of a path, at the place where its `translate` puts them."""
    shift = np.array(re.findall(r"-?[\d.]+", path.get("transform", "translate(0,0)"))[:2], dtype=np.float64)
    return [Contour(c.points + shift, c.on_curve) for c in contours_of_path(path.get("d", ""))]
