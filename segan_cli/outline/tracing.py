"""The one door from pixels to curves: a glyph image becomes closed contours, by the tracer of your choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from segan_cli.config import setting
from segan_cli.errors import EmptyGlyphError, UsageError, did_you_mean
from segan_cli.glyph import Contour, GlyphRaster, TracedGlyph, code_point
from segan_cli.outline.area import area_of

TRACERS = ("fit", "potrace", "vtracer")
"""The tracers by name; `fit` is ours and the default."""


@dataclass(frozen=True)
class TraceSettings:
    """How pixels become curves."""

    tracer: str = setting("fit", "who traces: fit (ours), potrace or vtracer", choices=TRACERS)
    tolerance: float = setting(
        0.6, "how far a curve may typically stray from the ink's edge, font units", low=0.02, high=50.0
    )
    corner_angle: float = setting(22.0, "a sharper turn than this may be a corner, degrees", low=5.0, high=150.0)
    speck: float = setting(
        60.0, "smaller islands and holes are removed, square font units; 0 keeps all", low=0.0, high=1e5
    )
    upsample: int = setting(2, "enlargement before potrace and vtracer, which see only black and white", low=1, high=8)


def trace(raster: GlyphRaster, settings: TraceSettings | None = None) -> TracedGlyph:
    """Trace one glyph image.

    Args:
        raster: the glyph's ink; grey edges are used by `fit` to a fraction of a pixel.
        settings: how; None takes the defaults.

    Returns:
        Contours in pixels, y down, with at least three points each, none smaller than the speck (the largest one stays
        in any case).

    Raises:
        EmptyGlyphError: no pixel is at least half ink.
        UsageError: there is no such tracer.
        MissingExtraError: the tracer's package is not installed.
    """
    settings = settings or TraceSettings()
    if settings.tracer not in TRACERS:
        raise UsageError(
            f"There is no tracer {settings.tracer!r}; there is {', '.join(TRACERS)}.{did_you_mean(settings.tracer, TRACERS)}"
        )
    _check_ink(raster)
    contours = _TRACE[settings.tracer](raster, settings)
    limit = settings.speck / raster.frame.units_per_px**2
    contours = without_specks(contours, limit)
    if not contours:
        raise EmptyGlyphError(
            f"{raster.char} ({code_point(raster.char)}): the ink is too faint or too small for a contour."
        )
    return TracedGlyph(raster.char, contours, raster.frame)


def without_specks(contours: tuple[Contour, ...], limit: float) -> tuple[Contour, ...]:
    """Leave out contours whose area is below `limit` (square pixels); the largest one always stays."""
    areas = [abs(signed_area(contour)) for contour in contours]
    largest = max(areas, default=0.0)
    return tuple(c for c, area in zip(contours, areas, strict=True) if area > 0 and area >= min(limit, largest))


def signed_area(contour: Contour) -> float:
    """The contour's area in its own axes, exact for cubics; counter-clockwise is positive when y is up.

    Source: Green's theorem on each Bézier piece, as in fontTools' areaPen.
    """
    return area_of(contour.points, contour.on_curve)


def _check_ink(raster: GlyphRaster) -> None:
    darkest = float(raster.ink.max(initial=0.0))
    if not darkest >= 0.5:
        raise EmptyGlyphError(
            f"{raster.char} ({code_point(raster.char)}): there is no ink to trace: the darkest pixel is {darkest:.2f}, and ink begins at 0.50."
        )


def _fit(raster: GlyphRaster, settings: TraceSettings) -> tuple[Contour, ...]:
    from segan_cli.outline.coverage_tracer import trace_fit

    return trace_fit(raster.ink, raster.frame.units_per_px, settings.tolerance, settings.corner_angle)


def _potrace(raster: GlyphRaster, settings: TraceSettings) -> tuple[Contour, ...]:
    from segan_cli.outline.enlarge import enlarged
    from segan_cli.outline.potrace import trace_potrace

    return _reduced(trace_potrace(enlarged(raster.ink, settings.upsample)), settings.upsample)


def _vtracer(raster: GlyphRaster, settings: TraceSettings) -> tuple[Contour, ...]:
    from segan_cli.outline.enlarge import enlarged
    from segan_cli.outline.vtracer import trace_vtracer

    return _reduced(trace_vtracer(enlarged(raster.ink, settings.upsample), settings.corner_angle), settings.upsample)


def _reduced(contours: tuple[Contour, ...], factor: int) -> tuple[Contour, ...]:
    return tuple(Contour(contour.points / factor, contour.on_curve) for contour in contours)


_TRACE: dict[str, Callable[[GlyphRaster, TraceSettings], tuple[Contour, ...]]] = {
    "fit": _fit,
    "potrace": _potrace,
    "vtracer": _vtracer,
}
