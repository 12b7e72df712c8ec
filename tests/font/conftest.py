"""One small font, built once, in every format."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from shapes import box, some_glyphs

from segan_cli.font.assemble import assemble_font, flavors_for
from segan_cli.font.compile import compile_glyph
from segan_cli.font.spec import FontSpec
from segan_cli.glyph import GlyphOutline

SPEC = FontSpec(
    family="Test Brush",
    family_zh="测试毛笔",
    family_zh_hant="測試毛筆",
    family_ja="テスト筆",
    designer="Nobody",
    license="OFL-1.1",
)


@pytest.fixture(scope="session")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Paths of the small font by ending: ttf, otf, woff2, ufo."""
    folder = tmp_path_factory.mktemp("fonts")
    outputs = [folder / f"TestBrush-Regular.{ending}" for ending in ("ttf", "otf", "woff2", "ufo")]
    small_h = GlyphOutline("h", (box(60, 0, 440, 700),), 500)  # checkers want both cases of a letter
    deep = [GlyphOutline(char, (box(60, -200, 160, 500),), 500) for char in "Pp"]  # letters that go below the line
    glyphs = [*some_glyphs(), small_h, *deep]
    compiled = [compile_glyph(glyph, flavors_for(outputs)) for glyph in glyphs]
    assemble_font(compiled, SPEC, outputs, outlines={glyph.char: glyph for glyph in glyphs})
    return {output.suffix[1:]: output for output in outputs}
