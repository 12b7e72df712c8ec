"""What one glyph's bytes draw, read back by fontTools."""

from __future__ import annotations

import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.areaPen import AreaPen
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import newTable
from fontTools.ttLib.tables._g_l_y_f import Glyph
from shapes import box, disc, ring

from segan_cli.errors import GlyphError
from segan_cli.font.charstring import cff_glyph
from segan_cli.font.compile import compile_glyph
from segan_cli.font.quadratic import _without_spikes, as_cubic, to_quadratic
from segan_cli.font.truetype import truetype_glyph
from segan_cli.glyph import Contour, GlyphOutline


def truetype_area(data: bytes) -> float:
    glyph, table = Glyph(data), newTable("glyf")
    glyph.expand(table)
    pen = AreaPen()
    glyph.draw(pen, table)
    return pen.value


def charstring(data: bytes) -> T2CharString:
    private = SimpleNamespace(defaultWidthX=1000, nominalWidthX=500, Subrs=[])
    return T2CharString(bytecode=data, private=private, globalSubrs=[])


def test_truetype_is_clockwise_and_keeps_the_area() -> None:
    area = truetype_area(truetype_glyph(ring("永").contours).data)
    assert area < 0  # clockwise
    assert -area == pytest.approx(np.pi * (400**2 - 300**2), rel=0.005)


def test_what_is_written_can_be_asked_about_as_cubics() -> None:
    for contour in ring("永").contours:
        quadratic = to_quadratic(contour)
        cubic = as_cubic(quadratic)
        area = AreaPen()
        area.moveTo(tuple(cubic.points[0]))
        for i in np.flatnonzero(cubic.on_curve):
            a, b, c = (tuple(cubic.points[(i + k) % len(cubic.points)]) for k in (1, 2, 3))
            area.lineTo(a) if cubic.on_curve[(i + 1) % len(cubic.points)] else area.curveTo(a, b, c)
        area.closePath()
        assert area.value == pytest.approx(-truetype_area(truetype_glyph((contour,)).data), abs=1e-6)
        assert {(x, y) for x, y, on in quadratic if on} <= set(map(tuple, cubic.points[cubic.on_curve].tolist()))


def test_curves_with_faults_are_made_finer_and_the_last_resort_is_named() -> None:
    contours = ring("永").contours
    plain, seen = truetype_glyph(contours), []

    def twice(outline: tuple[Contour, ...]) -> tuple[str, ...]:
        seen.append(sum(len(contour.points) for contour in outline))
        return ("it crosses",) if len(seen) < 4 else ()

    finer = truetype_glyph(contours, check=twice)
    assert finer.points > plain.points and finer.faults == () and seen == sorted(seen)
    never = compile_glyph(ring("永"), check=lambda outline: ("it crosses",))
    assert never.truetype is not None and never.truetype.data == plain.data
    assert never.faults == ("it crosses",)
    assert compile_glyph(ring("永"), ("otf",), check=lambda outline: ("it crosses",)).faults == ("it crosses",)


def test_charstring_is_counter_clockwise_and_exact() -> None:
    outline = ring("永")
    pen = RecordingPen()
    charstring(cff_glyph(outline.contours, 1000).charstring).draw(pen)
    drawn = [tuple(point) for _, points in pen.value for point in points]
    wanted = [tuple(point) for contour in outline.contours for point in contour.points]
    assert set(drawn) == set(wanted)
    area = AreaPen()
    charstring(cff_glyph(outline.contours, 1000).charstring).draw(area)
    assert area.value == pytest.approx(np.pi * (400**2 - 300**2), rel=0.001)


@pytest.mark.parametrize("advance", [0, 499, 500, 1000, 2048])
def test_charstring_carries_its_width(advance: int) -> None:
    drawn = charstring(cff_glyph((box(0, 0, 10, 1131),), advance).charstring)
    drawn.draw(RecordingPen())
    assert drawn.width == advance


def _within_a_level_run(points: list[np.ndarray], flags: list[bool], i: int) -> bool:
    """Whether a point lies between two lines along one axis, which one operand draws."""
    around = [(i - 1) % len(points), i, (i + 1) % len(points)]
    run = np.array([points[k] for k in around])
    return all(flags[k] for k in around) and (np.ptp(run, axis=0) == 0).any()


def test_charstrings_of_random_contours_read_back() -> None:
    random = np.random.default_rng(7)
    for _ in range(60):
        size = int(random.integers(3, 60))
        points, flags = [], []
        for _ in range(size):
            points.append(random.integers(-2000, 2000, 2) * random.integers(0, 2, 2))
            flags.append(True)
            if random.random() < 0.6:
                points += [points[-1] + random.integers(-300, 300, 2) * random.integers(0, 2, 2) for _ in range(2)]
                flags += [False, False]
        contour = Contour(np.array(points, float), np.array(flags))
        pen, bounds = RecordingPen(), BoundsPen(None)
        glyph = cff_glyph((contour,), 1000)
        charstring(glyph.charstring).draw(pen)
        charstring(glyph.charstring).draw(bounds)
        drawn = {tuple(p) for _, ps in pen.value for p in ps}
        assert drawn <= {tuple(p) for p in points}
        assert all(_within_a_level_run(points, flags, i) for i, p in enumerate(points) if tuple(p) not in drawn)
        low, high = np.floor(bounds.bounds[:2]), np.ceil(bounds.bounds[2:])
        assert glyph.bounds == (*low, *high)


def test_quadratic_stays_within_tolerance() -> None:
    contour = disc(0, 0, 450)
    handles = np.array([point[:2] for point in to_quadratic(contour) if not point[2]])
    joints = (handles + np.roll(handles, -1, axis=0)) / 2
    curve_middles = (joints + np.roll(joints, 1, axis=0)) / 4 + handles / 2
    distances = np.abs(np.hypot(*np.concatenate([joints, curve_middles]).T) - 450)
    assert distances.max() <= 1.5  # the tolerance, and half a unit of rounding
    assert truetype_area(truetype_glyph((contour,)).data) == pytest.approx(-np.pi * 450**2, rel=0.003)


def test_implied_and_repeated_points_are_left_out() -> None:
    assert sum(on for _, _, on in to_quadratic(disc(0, 0, 450))) == 1  # the other three joints are implied
    doubled = Contour(np.array([(0, 0), (0.2, 0.1), (100, 0), (100, 100)], float), np.ones(4, bool))
    assert len(to_quadratic(doubled)) == 3


def test_curves_that_run_there_and_back_are_lines() -> None:
    """Rounding makes them at tips; beside them a curve that bends as it turns stays."""
    tip = [(0, 0, True), (219, 362, True), (217, 358, False), (218, 360, False), (300, 500, False), (400, 0, True)]
    assert _without_spikes(tip) == [*tip[:2], *tip[3:]]
    bend = [(0, 0, True), (219, 362, True), (217, 358, False), (230, 360, False), (300, 500, False), (400, 0, True)]
    assert _without_spikes(bend) == bend


@pytest.mark.parametrize("with_line", [False, True])
def test_no_two_curves_share_both_ends(with_line: bool) -> None:
    """FontBakery's `overlapping_path_segments` names the two pieces of such a contour."""
    points = [(344, 526), (335, 526), (328, 521), (328, 512), (337, 512), (344, 517)][: 4 if with_line else 6]
    contour = Contour(np.array(points, np.float64), np.array([True, False, False, True, False, False][: len(points)]))
    cubic = as_cubic(to_quadratic(contour))
    assert len(set(map(tuple, cubic.points[cubic.on_curve].tolist()))) == cubic.on_curve.sum() == 3
    pen = AreaPen()
    pen.moveTo((344, 526))
    pen.curveTo(*points[1:4])
    if not with_line:
        pen.curveTo(*points[4:6], (344, 526))
    pen.closePath()
    assert truetype_area(truetype_glyph((contour,)).data) == pytest.approx(
        -pen.value, abs=50 / 3
    )  # a third of a unit along the contour


def test_flattened_contours_vanish() -> None:
    speck = Contour(np.array([(10, 10), (10.1, 10.2), (10.2, 10)], float), np.ones(3, bool))
    assert truetype_glyph((speck,)).data == b""
    assert cff_glyph((speck,), 1000).bounds is None


@pytest.mark.parametrize("value", [np.nan, np.inf, 40_000.0])
def test_coordinates_that_no_font_holds_are_one_glyphs_error(value: float) -> None:
    contour = Contour(np.array([(0, 0), (value, 0), (0, 100)], float), np.ones(3, bool))
    with pytest.raises(GlyphError, match=r"永 \(U\+6C38\), compile"):
        compile_glyph(GlyphOutline("永", (contour,), 1000))


def test_a_lonely_handle_is_one_glyphs_error() -> None:
    contour = Contour(np.array([(0, 0), (50, 0), (100, 100)], float), np.array([True, False, True]))
    with pytest.raises(GlyphError, match="handles"):
        compile_glyph(GlyphOutline("永", (contour,), 1000))


def test_compiled_glyph_travels_between_processes() -> None:
    glyph = compile_glyph(ring("永"))
    assert pickle.loads(pickle.dumps(glyph)) == glyph
    assert compile_glyph(ring("永"), ("ttf",)).cff is None


def test_curls_that_rounding_makes_become_lines() -> None:
    outline = [(0, 0, 1), (30, 40, 1), (29, 37, 0), (32, 43, 1), (60, 30, 1), (80, -20, 0), (20, -30, 1)]
    contour = as_cubic([(x, y, bool(on)) for x, y, on in outline])
    handles = [[point for point in to_quadratic(contour, flat_curls=flat) if not point[2]] for flat in (False, True)]
    assert handles == [[(29, 37, False), (80, -20, False)], [(80, -20, False)]]
