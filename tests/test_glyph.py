import pickle

import numpy as np
import pytest

from segan_cli.errors import GlyphError, did_you_mean
from segan_cli.glyph import Contour, Frame, GlyphOutline, GlyphRaster, code_point, is_han


def test_the_frame_bridges_pixels_and_units() -> None:
    frame = Frame(256, units_per_em=1000, descender=-120)
    assert frame.units_per_px == pytest.approx(3.90625)
    assert frame.ascender == 880


@pytest.mark.parametrize("wrong", [{"size_px": 7}, {"size_px": 64, "units_per_em": 8}, {"size_px": 64, "descender": 5}])
def test_a_frame_out_of_range_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="Frame"):
        Frame(**wrong)


def test_a_raster_checks_its_shape_and_type() -> None:
    frame = Frame(16)
    GlyphRaster("永", np.zeros((16, 16), np.float32), frame)
    with pytest.raises(ValueError, match="square"):
        GlyphRaster("永", np.zeros((16, 15), np.float32), frame)
    with pytest.raises(ValueError, match="float32"):
        GlyphRaster("永", np.zeros((16, 16), np.uint8), frame)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="one character"):
        GlyphRaster("永字", np.zeros((16, 16), np.float32), frame)


def test_a_contour_starts_on_the_curve() -> None:
    points = np.zeros((3, 2))
    with pytest.raises(ValueError, match="first one"):
        Contour(points, np.array([False, True, True]))
    with pytest.raises(ValueError, match="flags"):
        Contour(points, np.array([True, True]))
    with pytest.raises(ValueError, match="negative"):
        GlyphOutline("永", (), -1)


def test_code_points_outside_the_bmp_have_five_digits() -> None:
    assert code_point("永") == "U+6C38"
    assert code_point("𠀀") == "U+20000"


def test_a_glyph_error_survives_the_way_back_from_a_worker() -> None:
    error = pickle.loads(pickle.dumps(GlyphError("永", "trace", "No ink.")))
    assert (error.char, error.stage, error.cause) == ("永", "trace", "No ink.")
    assert str(error) == "永 (U+6C38), trace: No ink."


def test_a_suggestion_is_made_only_for_a_near_word() -> None:
    assert did_you_mean("potrac", ["fit", "potrace"]) == " Did you mean 'potrace'?"
    assert did_you_mean("zzz", ["fit", "potrace"]) == ""


def test_what_is_han() -> None:
    assert all(is_han(char) for char in "一龥〇㐀𠮷﨑")
    assert not any(is_han(char) for char in ("a", "あ", "々", "一二", ""))
