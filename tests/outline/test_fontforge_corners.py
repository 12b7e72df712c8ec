"""Corners and turns that FontForge takes for crossings: found before it names them, and moved by a unit."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from segan_cli.font.compile import compile_glyph
from segan_cli.glyph import Contour, GlyphOutline
from segan_cli.outline.crossings import crossing_places, meeting_places, seeming_places, touching_places
from segan_cli.outline.nudging import moved_apart, nudged
from segan_cli.outline.space import outline_faults

ON, OFF = True, False
NAMED = {
    "level, and one from below": [
        (429, 601, ON),
        (408, 611, OFF),
        (408, 612, OFF),
        (394, 612, ON),
        (403, 601, OFF),
        (403, 587, OFF),
        (403, 576, ON),
        (430, 500, ON),
    ],
    "upright, and one from beside it": [
        (586, 329, ON),
        (597, 341, OFF),
        (612, 350, OFF),
        (612, 362, ON),
        (583, 342, OFF),
        (568, 353, OFF),
        (554, 343, ON),
        (500, 300, ON),
    ],
    "neither level nor upright": [
        (367, 738, ON),
        (344, 749, OFF),
        (306, 760, OFF),
        (285, 761, ON),
        (293, 747, OFF),
        (293, 743, OFF),
        (293, 728, ON),
        (360, 600, ON),
    ],
    "upright, and one from above": [
        (307, 31, ON),
        (318, 38, OFF),
        (321, 35, OFF),
        (321, 46, ON),
        (314, 50, OFF),
        (308, 82, OFF),
        (291, 93, ON),
        (270, 60, ON),
    ],
    "where the contour begins": [
        (860, 40, ON),
        (860, 54, OFF),
        (851, 58, OFF),
        (835, 68, ON),
        (700, 70, ON),
        (813, 53, ON),
        (828, 52, OFF),
        (845, 44, OFF),
    ],
    "a turn beside an end": [
        (305, 508, ON),
        (306, 508, OFF),
        (224, 465, OFF),
        (192, 453, ON),
        (250, 440, ON),
        (340, 510, ON),
    ],
    "a turn in x and in y": [(90, 550, ON), (89, 552, OFF), (101, 525, OFF), (101, 520, ON), (120, 540, ON)],
    "quadratic curves": [
        (486.5, 634.5, ON),
        (471.5, 648 + 5 / 6, OFF),
        (453 + 2 / 3, 656, OFF),
        (433, 656, ON),
        (439 + 2 / 3, 648, OFF),
        (444 + 1 / 3, 639 + 2 / 3, OFF),
        (447, 631, ON),
        (480, 600, ON),
    ],
}
"""Corners and curves of fonts of ours that FontForge named, their contours closed by lines."""


def contour(points: list[tuple[float, float, bool]]) -> Contour:
    return Contour(np.array([point[:2] for point in points], np.float64), np.array([point[2] for point in points]))


@pytest.mark.parametrize("name", NAMED)
def test_what_fontforge_takes_for_a_crossing_is_found(name: str) -> None:
    outline = (contour(NAMED[name]),)
    assert not len(crossing_places(outline)) and not len(touching_places(outline))
    assert len(seeming_places(outline)) == 1


@pytest.mark.parametrize("name", [name for name in NAMED if name != "quadratic curves"])
def test_a_unit_mends_it(name: str) -> None:
    before = (contour(NAMED[name]),)
    after = nudged(before)
    assert not len(meeting_places(after)) and outline_faults(after) == ()
    assert 0 < np.abs(after[0].points - before[0].points).max() <= 2


def test_it_is_mended_in_an_otf_where_a_shift_brought_it_about() -> None:
    glyph = GlyphOutline("永", (contour(NAMED["upright, and one from beside it"]),), 1000)
    plain = compile_glyph(glyph, ("otf",), check=outline_faults)
    mended = compile_glyph(glyph, ("otf",), check=outline_faults, mend=moved_apart)
    assert plain.faults and mended.faults == () and plain.cff is not None and mended.cff is not None
    assert len(mended.cff.charstring) == pytest.approx(len(plain.cff.charstring), abs=4)
    assert mended.cff.charstring != plain.cff.charstring


def test_a_report_names_what_stays() -> None:
    outline = (contour(NAMED["quadratic curves"]),)
    assert outline_faults(outline) == ("FontForge takes its outline for one that crosses itself",)


def arm(random: np.random.Generator) -> npt.NDArray[np.float64]:
    """Handle, handle and end of a curve from (0, 0), to the right and more to the right than up."""
    x = np.sort(random.integers(1, 60, 3))
    y = random.integers(0, x + 1)
    y[0] *= random.random() < 0.4
    y[2] = min(y[2], x[2] - 1)
    return np.stack([x, y], axis=1).astype(np.float64)


def corner(random: np.random.Generator) -> Contour:
    """Two curves on either side of a slanting line through their knot, in any of the four quadrants."""
    knot, side = random.integers(-100, 900, 2), random.choice([-1, 1], 2)
    low, high = arm(random) * side, arm(random)[:, ::-1] * side
    points = np.concatenate([low[::-1], np.zeros((1, 2)), high, [150 * side]]) + knot
    on_curve = np.array([True, False, False, True, False, False, True, True])
    if side.prod() > 0:
        points, on_curve = points[::-1], on_curve[::-1]
    start = int(random.choice(np.flatnonzero(on_curve)))
    return Contour(np.roll(points, -start, axis=0), np.roll(on_curve, -start))


ASK_FONTFORGE = """
import json, sys, fontforge
from pathlib import Path
named = []
for points in json.loads(Path(sys.argv[1]).read_text()):
    contour = fontforge.contour()
    for x, y, on_curve in points:
        contour += fontforge.point(x, y, on_curve)
    contour.closed = True
    named.append(bool(contour.selfIntersects()))
Path(sys.argv[2]).write_text(json.dumps(named))
"""


def named_by_fontforge(outlines: list[Contour], folder: Path) -> list[bool]:
    """Which of the contours it says to cross themselves, when they run the other way, as it reads them from a font."""
    runs = [[*zip(*c.points.T.tolist(), c.on_curve.tolist(), strict=True)] for c in outlines]
    (folder / "in.json").write_text(json.dumps([[run[0], *run[:0:-1]] for run in runs]))
    command = [
        "fontforge",
        "-quiet",
        "-lang=py",
        "-c",
        ASK_FONTFORGE,
        str(folder / "in.json"),
        str(folder / "out.json"),
    ]
    subprocess.run(command, capture_output=True, timeout=300, check=True)
    return list(json.loads((folder / "out.json").read_text()))


@pytest.mark.tools
def test_fontforge_names_nothing_else(tmp_path: Path) -> None:
    if shutil.which("fontforge") is None:
        pytest.skip("fontforge is not installed")
    random = np.random.default_rng(5)
    outlines = [contour(NAMED[name]) for name in NAMED if name != "quadratic curves"]
    outlines += [corner(random) for _ in range(12_000)]
    named = named_by_fontforge(outlines, tmp_path)
    found = [bool(len(meeting_places((outline,)))) for outline in outlines]
    assert sum(named) > 20 and not [k for k in range(len(outlines)) if named[k] and not found[k]]
    assert sum(found) < 5 * sum(named)
    mended = [nudged((outline,))[0] for outline, wrong in zip(outlines, found, strict=True) if wrong]
    assert not any(named_by_fontforge(mended, tmp_path))
