"""The doors to potrace and vtracer: whichever is installed, with the polarity that it really has."""

from __future__ import annotations

import shutil
import sys
from types import SimpleNamespace

import numpy as np
import numpy.typing as npt
import pytest

from segan_cli.errors import MissingExtraError, SeganError
from segan_cli.glyph import Frame, GlyphRaster
from segan_cli.outline import potrace
from segan_cli.outline.crossings import flattened
from segan_cli.outline.tracing import TraceSettings, signed_area, trace

Bits = npt.NDArray[np.bool_]


class FakeModule:
    """A module that traces the bounding box of what it takes for ink."""

    def __init__(self, ink: bool) -> None:
        self.ink = ink

    def Bitmap(self, bits: Bits) -> SimpleNamespace:
        return SimpleNamespace(trace=lambda turdsize: self._box(bits == self.ink))

    def _box(self, inside: Bits) -> list[SimpleNamespace]:
        rows, cols = np.nonzero(inside)
        x0, y0, x1, y1 = cols.min(), rows.min(), cols.max() + 1, rows.max() + 1
        sides = [((x1, y0), (x1, y1)), ((x0, y1), (x0, y0))]
        segments = [SimpleNamespace(is_corner=True, c=c, end_point=end) for c, end in sides]
        return [SimpleNamespace(start_point=(x0, y0), segments=segments)]


def ring() -> GlyphRaster:
    y, x = np.mgrid[:64, :64] + 0.5
    away = np.hypot(x - 30, y - 34)
    return GlyphRaster("〇", np.clip(np.minimum(20.5 - away, away - 9.5), 0, 1).astype(np.float32), Frame(64))


def check_ring(settings: TraceSettings, rel: float = 0.06) -> None:
    traced = trace(ring(), settings)
    areas = sorted((abs(signed_area(c)) for c in traced.contours), reverse=True)
    assert areas == pytest.approx([np.pi * 20**2, np.pi * 10**2], rel=rel)
    for contour in traced.contours:
        run = flattened(contour)
        assert (run.min(axis=0) + run.max(axis=0)) / 2 == pytest.approx((30, 34), abs=0.6)


@pytest.mark.parametrize("ink", [True, False])
def test_either_polarity_is_found_out(ink: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(potrace, "_module", lambda: FakeModule(ink))
    image = np.zeros((20, 20), dtype=np.float32)
    image[5:9, 3:15] = 1
    (contour,) = potrace.trace_potrace(image)
    assert contour.points.min(axis=0).tolist() == [3, 5]
    assert contour.points.max(axis=0).tolist() == [15, 9]


@pytest.mark.tools
@pytest.mark.parametrize("upsample", [1, 2])
def test_the_installed_module_traces_a_ring(upsample: int) -> None:
    pytest.importorskip("potrace", reason="neither pypotrace nor potracer is installed")
    check_ring(TraceSettings(tracer="potrace", upsample=upsample))


@pytest.mark.tools
@pytest.mark.skipif(shutil.which("potrace") is None, reason="the program potrace is not installed")
def test_the_program_traces_a_ring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "potrace", None)
    check_ring(TraceSettings(tracer="potrace"))


def test_without_module_and_program_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "potrace", None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"\.\[potrace\]"):
        trace(ring(), TraceSettings(tracer="potrace"))


def test_a_program_that_fails_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "potrace", None)
    monkeypatch.setattr(shutil, "which", lambda name: sys.executable)
    with pytest.raises(SeganError, match=r"The program .* failed on a 128 × 128 px image"):
        trace(ring(), TraceSettings(tracer="potrace"))


@pytest.mark.tools
@pytest.mark.parametrize("upsample", [1, 2])
def test_vtracer_traces_a_ring(upsample: int) -> None:
    pytest.importorskip("vtracer", reason="vtracer is not installed")
    check_ring(TraceSettings(tracer="vtracer", upsample=upsample), rel=0.08)


def test_without_vtracer_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vtracer", None)
    with pytest.raises(MissingExtraError, match=r"\.\[vtracer\]"):
        trace(ring(), TraceSettings(tracer="vtracer"))
