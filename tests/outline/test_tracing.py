"""Pixels to curves: shapes whose answer is known, random blobs, and everything that is hardly a glyph."""

from __future__ import annotations

import pickle

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from segan_cli.config import from_mapping
from segan_cli.errors import EmptyGlyphError, UsageError
from segan_cli.glyph import Frame, GlyphRaster, TracedGlyph
from segan_cli.outline.crossings import count_crossings, flattened
from segan_cli.outline.pixel_coverage import coverage
from segan_cli.outline.space import to_font_units
from segan_cli.outline.tracing import TraceSettings, signed_area, trace

FINE = 8
"""Steps per pixel when a test shape is drawn."""


def raster(ink: npt.NDArray[np.float32], char: str = "永") -> GlyphRaster:
    return GlyphRaster(char, ink.astype(np.float32), Frame(len(ink)))


def drawn(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """Exact grey edges from a shape that is `FINE` times as large."""
    side = len(inside) // FINE
    return inside.reshape(side, FINE, side, FINE).mean(axis=(1, 3)).astype(np.float32)


def grid(side: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    at = (np.arange(side * FINE) + 0.5) / FINE
    return at[None, :], at[:, None]


def disc(side: int, x0: float, y0: float, radius: float) -> npt.NDArray[np.bool_]:
    x, y = grid(side)
    return np.asarray((x - x0) ** 2 + (y - y0) ** 2 < radius**2)


def redrawn(traced: TracedGlyph) -> npt.NDArray[np.float64]:
    runs = [flattened(contour) for contour in traced.contours]
    starts = np.cumsum([0, *(len(run) for run in runs)])
    side = traced.frame.size_px
    return np.clip(coverage(np.concatenate(runs), starts, side, side), 0, 1)


def iou(a: npt.NDArray[np.float64], b: npt.NDArray[np.float64]) -> float:
    return float(np.minimum(a, b).sum() / np.maximum(a, b).sum())


def test_a_disc_becomes_a_few_cubics_within_a_hundredth_of_a_pixel() -> None:
    traced = trace(raster(drawn(disc(64, 31.7, 32.2, 20.3))))
    (contour,) = traced.contours
    away = np.hypot(*(flattened(contour) - (31.7, 32.2)).T) - 20.3
    assert np.abs(away).mean() < 0.03
    assert np.abs(away).max() < 0.15
    assert len(contour.points) <= 48
    assert np.count_nonzero(~contour.on_curve) >= 8


def test_a_square_keeps_four_sharp_corners() -> None:
    x, y = grid(64)
    (contour,) = trace(raster(drawn((abs(x - 32.3) < 14.6) & (abs(y - 30.9) < 11.2)))).contours
    corners = np.array([[17.7, 19.7], [46.9, 19.7], [46.9, 42.1], [17.7, 42.1]])
    for corner in corners:
        assert np.hypot(*(contour.points - corner).T).min() < 0.15
    assert len(contour.points) <= 12


def test_an_acute_tip_is_not_cut_off() -> None:
    x, y = grid(96)
    (contour,) = trace(raster(drawn((x > 10.4) & (x < 80.2) & (abs(y - 48.3) < (x - 10.4) * 0.25)))).contours
    assert np.hypot(*(contour.points - (10.4, 48.3)).T).min() < 1.0


def test_a_ring_has_a_counter_that_runs_the_other_way() -> None:
    traced = trace(raster(drawn(disc(64, 32, 32, 24) & ~disc(64, 32, 32, 11))))
    areas = sorted(signed_area(contour) for contour in traced.contours)
    assert areas == pytest.approx([-np.pi * 24**2, np.pi * 11**2], rel=0.005)


def test_a_thin_stroke_keeps_its_weight() -> None:
    x, y = grid(64)
    ink = drawn(np.abs((x - 32) * 0.6 - (y - 32) * 0.8) < 0.7)
    assert redrawn(trace(raster(ink))).sum() == pytest.approx(ink.sum(), rel=0.03)


@settings(max_examples=25, deadline=None)
@example(seed=68591830, width=7.101343714750275)  # its contours cross once before they are put into the em
@given(seed=st.integers(0, 2**32 - 1), width=st.floats(5, 12))
def test_a_random_blob_drawn_again_covers_the_same(seed: int, width: float) -> None:
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(96, 96)), width)
    noise *= np.hanning(96)[:, None] * np.hanning(96)[None, :]
    fine = np.kron(noise, np.ones((4, 4)))
    inside = gaussian_filter(fine, 4) > noise.max() * 0.3
    ink = inside.reshape(96, 4, 96, 4).mean(axis=(1, 3)).astype(np.float32)
    traced = trace(raster(ink), TraceSettings(speck=0))
    assert iou(redrawn(traced), ink.astype(np.float64)) >= 0.97
    assert count_crossings(to_font_units(traced).contours) == 0


@pytest.mark.parametrize("sigma", [0.5, 0.9])
def test_soft_edges_as_a_network_draws_them_are_traced_at_half_ink(sigma: float) -> None:
    sharp = drawn(disc(64, 32, 32, 20))
    traced = trace(raster(np.clip(gaussian_filter(sharp, sigma), 0, 1)))
    assert iou(redrawn(traced), sharp.astype(np.float64)) > 0.985


def test_a_black_and_white_scan_gives_no_staircase() -> None:
    x, y = grid(96)
    shape = np.abs((x - 48) * 0.28 - (y - 48) * 0.96) < 12
    traced = trace(raster((drawn(shape & (abs(x - 48) < 40)) >= 0.5).astype(np.float32)))
    assert sum(len(contour.points) for contour in traced.contours) <= 30


def test_a_large_scan_is_traced() -> None:
    y, x = np.mgrid[:1500, :1500]
    ink = np.clip(500 - np.hypot(x - 750.0, y - 750.0), 0, 1)
    traced = trace(raster(ink))
    assert abs(signed_area(traced.contours[0])) == pytest.approx(np.pi * 500**2, rel=0.005)


def test_specks_go_and_a_dot_stroke_stays() -> None:
    ink = drawn(disc(256, 120, 120, 60) | disc(256, 200, 60, 5) | disc(256, 20, 20, 0.9))
    assert len(trace(raster(ink)).contours) == 2
    assert len(trace(raster(ink), TraceSettings(speck=0)).contours) == 3


def test_a_single_speck_is_still_a_glyph() -> None:
    assert len(trace(raster(drawn(disc(256, 20, 20, 1.2)))).contours) == 1


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_blank_and_faint_pictures_say_so(value: float) -> None:
    with pytest.raises(EmptyGlyphError, match=r"永 \(U\+6C38\): there is no ink"):
        trace(raster(np.full((32, 32), value, dtype=np.float32)))


def test_all_ink_is_the_whole_canvas() -> None:
    traced = trace(raster(np.ones((64, 64), dtype=np.float32)))
    assert abs(signed_area(traced.contours[0])) == pytest.approx(64 * 64, rel=0.01)


@pytest.mark.parametrize("size", [8, 9, 64])
@pytest.mark.parametrize("place", [(0, 0), (3, 4), (7, 7)])
def test_one_pixel_never_crashes(size: int, place: tuple[int, int]) -> None:
    ink = np.zeros((size, size), dtype=np.float32)
    ink[place] = 1
    try:
        traced = trace(raster(ink))
    except EmptyGlyphError:
        return
    assert all(len(contour.points) >= 3 for contour in traced.contours)


def test_noise_never_crashes() -> None:
    for seed in range(5):
        ink = np.random.default_rng(seed).random((48, 48), dtype=np.float32)
        assert trace(raster(ink)).contours


def test_a_coarser_tolerance_takes_fewer_points() -> None:
    ink = drawn(disc(96, 40, 40, 25) | disc(96, 60, 55, 22))
    counts = [
        sum(len(c.points) for c in trace(raster(ink), TraceSettings(tolerance=t)).contours) for t in (0.1, 0.8, 8.0)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_an_unknown_tracer_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="Did you mean 'potrace'"):
        trace(raster(np.ones((8, 8), dtype=np.float32)), TraceSettings(tracer="potrase"))
    with pytest.raises(UsageError, match="potrace"):
        from_mapping(TraceSettings, {"tracer": "potrase"})


def test_what_workers_send_can_be_pickled() -> None:
    traced = trace(raster(drawn(disc(32, 16, 16, 9))))
    again = pickle.loads(pickle.dumps((traced, TraceSettings())))
    assert np.array_equal(again[0].contours[0].points, traced.contours[0].points)
    assert again[1] == TraceSettings()


def test_a_small_contour_keeps_its_corners_and_takes_few_points() -> None:
    """A mark of a dry brush, 24 px long: it is fitted like every other contour, not rounded off."""
    x, y = grid(256)
    ink = drawn((abs(x - 60) < 12) & (abs(y - 60) < 6) | disc(256, 180, 180, 9))
    traced = trace(raster(ink))
    mark, dot = sorted(traced.contours, key=lambda contour: len(contour.points))
    assert mark.on_curve.all() and len(mark.points) == 4
    assert len(dot.points) == 12 and not dot.on_curve.all()
    assert iou(redrawn(traced), ink.astype(np.float64)) > 0.98
