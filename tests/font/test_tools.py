"""Other people's programs read the fonts: OTS, HarfBuzz, FreeType, FontForge, FontBakery."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import SPEC
from shapes import box, bracket, closing_bracket, comma, some_glyphs

from segan_cli.font.assemble import assemble_font
from segan_cli.font.compile import compile_glyph
from segan_cli.glyph import GlyphOutline

pytestmark = pytest.mark.tools

FONTBAKERY = Path(os.environ.get("FONTBAKERY", Path(__file__).parents[2] / ".venv-fontbakery" / "bin" / "fontbakery"))


@pytest.mark.parametrize("ending", ["ttf", "otf", "woff2"])
def test_ots_passes(fonts: dict[str, Path], ending: str) -> None:
    ots = pytest.importorskip("ots", reason="opentype-sanitizer is not installed")
    result = ots.sanitize(str(fonts[ending]), capture_output=True)
    assert result.returncode == 0, result.stderr
    assert b"ERROR" not in result.stderr and b"WARNING" not in result.stderr


def shaped(path: Path, text: str, direction: str, **features: bool) -> list[tuple[int, int, int]]:
    hb = pytest.importorskip("uharfbuzz", reason="uharfbuzz is not installed")
    font, buffer = hb.Font(hb.Face(path.read_bytes())), hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = direction
    hb.shape(font, buffer, features)
    return [
        (i.codepoint, p.x_advance, p.y_advance) for i, p in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    ]


@pytest.mark.parametrize("ending", ["ttf", "otf"])
def test_harfbuzz_shapes_lines_and_columns(fonts: dict[str, Path], ending: str) -> None:
    import ufoLib2

    order = ufoLib2.Font.open(fonts["ufo"]).lib["public.glyphOrder"]  # names that binaries do without
    text = "永、「\U00020000」H"
    line, column = (shaped(fonts[ending], text, direction) for direction in ("ltr", "ttb"))
    assert [order[g] for g, _, _ in line] == ["uni6C38", "uni3001", "uni300C", "u20000", "uni300D", "H"]
    assert [order[g] for g, _, _ in column] == [
        "uni6C38",
        "uni3001.vert",
        "uni300C.vert",
        "u20000",
        "uni300D.vert",
        "H",
    ]
    assert [x for _, x, _ in line] == [1000] * 5 + [600]
    assert [y for _, _, y in column] == [-1000] * 6


@pytest.mark.parametrize("ending", ["ttf", "otf"])
def test_pyftsubset_cuts_it(fonts: dict[str, Path], tmp_path: Path, ending: str) -> None:
    from fontTools import subset
    from fontTools.ttLib import TTFont

    out = tmp_path / f"cut.{ending}"
    subset.main([str(fonts[ending]), "--text=永、H", "--layout-features=*", f"--output-file={out}"])
    assert set(TTFont(out).getBestCmap()) == set(map(ord, "永、H"))
    assert shaped(out, "永H", "ltr") and [y for _, _, y in shaped(out, "永、", "ttb")] == [-1000, -1000]


@pytest.fixture(scope="module")
def signs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A font with dashes and quotation marks, by mainland China's rules."""
    glyphs = [*some_glyphs(), bracket("『"), closing_bracket("』"), bracket("“"), closing_bracket("”"), comma("‘")]
    glyphs.append(GlyphOutline("—", (box(40, 360, 960, 400),), 1000))
    path = tmp_path_factory.mktemp("signs") / "Signs.otf"
    assemble_font([compile_glyph(glyph, ("otf",)) for glyph in glyphs], SPEC, [path])
    return path


def test_two_dashes_are_one_in_lines_and_columns(signs: Path) -> None:
    line, column = shaped(signs, "永——永", "ltr"), shaped(signs, "永——永", "ttb")
    assert [x for _, x, _ in line] == [1000, 2000, 1000]
    assert [y for _, _, y in column] == [-1000, -2000, -1000]
    assert line[1][0] != column[1][0]
    assert [x for _, x, _ in shaped(signs, "永—永", "ltr")] == [1000] * 3


def test_quotation_marks_become_corner_brackets_in_columns(signs: Path) -> None:
    quoted, corners = (shaped(signs, text, "ttb", vchw=False) for text in ("“永”", "『永』"))
    assert quoted == corners
    assert shaped(signs, "‘", "ttb") == shaped(signs, "「", "ttb")
    assert shaped(signs, "“", "ltr") != shaped(signs, "『", "ltr")


@pytest.mark.parametrize("direction", ["ltr", "ttb"])
def test_punctuation_closes_up(fonts: dict[str, Path], direction: str) -> None:
    feature = {"chws": True} if direction == "ltr" else {"vchw": True}
    plain = shaped(fonts["otf"], "」、「", direction, chws=False, vchw=False)
    closer = shaped(fonts["otf"], "」、「", direction, **feature)
    total = [abs(sum(x + y for _, x, y in run)) for run in (plain, closer)]
    assert total == [3000, 2000]


@pytest.mark.parametrize("ending", ["ttf", "otf"])
def test_freetype_draws_a_ring_with_its_hole(fonts: dict[str, Path], ending: str) -> None:
    freetype = pytest.importorskip("freetype", reason="freetype-py is not installed")
    import numpy as np

    face = freetype.Face(str(fonts[ending]))
    face.set_pixel_sizes(0, 100)
    face.load_char("永", freetype.FT_LOAD_RENDER | freetype.FT_LOAD_NO_HINTING)
    bitmap = face.glyph.bitmap
    ink = np.array(bitmap.buffer, np.uint8).reshape(bitmap.rows, bitmap.pitch)
    assert ink.shape == (80, 80) and ink[40, 40] == 0 and ink[40, 5] == 255
    assert ink.sum() / 255 == pytest.approx(np.pi * (40**2 - 30**2), rel=0.01)


@pytest.mark.parametrize("ending", ["ttf", "otf", "woff2", "ufo"])
def test_fontforge_opens_without_a_word(fonts: dict[str, Path], ending: str) -> None:
    if shutil.which("fontforge") is None:
        pytest.skip("fontforge is not installed")
    script = (
        "import sys, fontforge; f = fontforge.open(sys.argv[1]); f.is_cid and f.cidFlatten(); "
        "print(f.fontname, [g.unicode for g in f.glyphs()].count(0x6C38), f.em, f.validate() & ~0x20)"
    )
    command = ["fontforge", "-quiet", "-lang=py", "-c", script, str(fonts[ending])]
    result = subprocess.run(command, capture_output=True, text=True, timeout=1100, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split()[:3] == ["TestBrush-Regular", "1", "1000"]
    complaints = [
        line for line in result.stderr.splitlines() if "rror" in line or "arning" in line or "bad" in line.lower()
    ]
    assert not complaints


@pytest.mark.parametrize("profile", ["opentype", "universal"])
@pytest.mark.parametrize("ending", ["ttf", "otf"])
def test_fontbakery_fails_nothing(fonts: dict[str, Path], tmp_path: Path, profile: str, ending: str) -> None:
    if not FONTBAKERY.exists():
        pytest.skip("no .venv-fontbakery; make it with: make fontbakery")
    report = tmp_path / "report.json"
    command = [
        str(FONTBAKERY),
        f"check-{profile}",
        "--skip-network",
        "-q",
        "-C",
        "-x",
        "ttx_roundtrip",
        "--json",
        str(report),
    ]
    subprocess.run([*command, str(fonts[ending])], capture_output=True, timeout=1100, check=False)
    checks = [check for section in json.loads(report.read_text())["sections"] for check in section["checks"]]
    assert len(checks) > 30
    bad = {str(check["key"][1]): check["logs"] for check in checks if check["result"] in ("FAIL", "ERROR", "FATAL")}
    assert not bad
