import numpy as np
import pytest
from scipy import ndimage

from segan_cli.drawing.postprocess import covered, draw_ink, enlarged, finish, without_small_parts
from segan_cli.generator.output import field_of_ink
from segan_cli.glyph import Ink
from segan_cli.ink import SPECK_SHARE, count_specks


def picture(*boxes: tuple[int, int, int, int]) -> Ink:
    ink = np.zeros((128, 128), np.float32)
    for top, left, bottom, right in boxes:
        ink[top:bottom, left:right] = 1
    return ink


STROKE, DOT, SPECK = (20, 30, 100, 38), (60, 70, 68, 78), (110, 110, 112, 112)


def test_specks_go_and_written_dots_stay() -> None:
    drawn = picture(STROKE, DOT, SPECK)
    assert count_specks(drawn) == 1
    finished = finish(drawn)
    assert count_specks(finished) == 0
    assert finished[105:].max() == 0
    assert (finished[60:68, 70:78] >= 0.5).mean() > 0.9


def test_a_speck_that_grey_ties_to_a_stroke_goes_with_its_rim_and_the_stroke_keeps_its_own() -> None:
    tied = picture(STROKE, (50, 42, 52, 44))
    tied[49:53, 38:45] = np.maximum(tied[49:53, 38:45], 0.2)
    assert count_specks(tied) == 1
    kept = without_small_parts(tied, SPECK_SHARE)
    assert count_specks(kept) == 0 and kept[:, 41:].max() == 0
    assert kept[50, 38] == np.float32(0.2) and np.array_equal(kept[:, :38], tied[:, :38])


def test_haze_without_ink_goes() -> None:
    hazy = picture(STROKE)
    hazy[60:70, 60:90] = 0.45
    assert finish(hazy)[:, 50:].max() == 0


def test_a_field_is_cut_at_its_zero_line_at_any_size() -> None:
    rows, columns = (np.mgrid[:128, :128] + 0.5) / 128
    disc = (0.25 - np.hypot(rows - 0.52, columns - 0.47)).astype(np.float32) * 128  # a disc of a quarter of the side
    for size in (64, 128, 200, 256, 1024):
        ink = draw_ink(disc, size)
        assert ink.shape == (size, size) and ink.mean() == pytest.approx(np.pi / 16, rel=0.005)
        centre = (np.mgrid[:size, :size] * ink).sum((1, 2)) / ink.sum() + 0.5
        assert centre / size == pytest.approx([0.52, 0.47], abs=0.001)
    large = draw_ink(disc, 1024)
    assert ((large > 0.02) & (large < 0.98)).sum() < 1.6 * 2 * np.pi * 256, "one grey pixel across the edge, not eight"


def test_an_edge_pixel_holds_its_share_of_ink() -> None:
    columns = np.arange(128, dtype=np.float32)
    for place in (40.0, 40.25, 40.5, 40.9):  # the edge of a half plane, between pixels
        field = np.tile(place - (columns + 0.5), (128, 1)).astype(np.float32)
        assert covered(field)[64].sum() == pytest.approx(place, abs=0.01)


def test_the_logit_and_the_distance_of_a_glyph_are_drawn_alike() -> None:
    distance = np.minimum(np.abs(np.arange(128, dtype=np.float32) - 63.5), 12)
    field = np.tile(4 - distance, (128, 1)).astype(np.float32)
    logit = field_of_ink(np.asarray(1 / (1 + np.exp(-1.7 * field)), np.float32))
    assert np.abs(draw_ink(field, 256) - draw_ink(logit, 256)).max() < 0.06


def test_pinholes_close_and_counters_stay_open() -> None:
    drawn = picture((20, 20, 100, 100))
    drawn[40:42, 40:42], drawn[60:65, 60:65] = 0, 0
    finished = finish(drawn)
    assert finished[38:44, 38:44].min() == 1
    assert finished[61:64, 61:64].max() == 0


def test_ripples_of_the_grid_go_from_an_edge_and_it_stays_where_it_is() -> None:
    ragged = picture(STROKE)
    ragged[20:100:2, 37] = 0.35
    before, after = (covered(enlarged(field_of_ink(ragged), 256)), finish(ragged, size_px=256))
    waves = [ink[60:180, 70:80].sum(1) for ink in (before, after)]
    assert np.ptp(waves[1]) < 0.8 * np.ptp(waves[0])
    assert waves[1].mean() == pytest.approx(waves[0].mean(), abs=0.15)


def test_a_corner_stays_sharper_than_a_grey_picture_keeps_it() -> None:
    square = finish(picture((30, 30, 90, 90)), size_px=512)
    grey = ndimage.gaussian_filter(np.kron(picture((30, 30, 90, 90)), np.ones((4, 4), np.float32)), 1.2 * 4)
    missing = [(ink[120:140, 120:140] < 0.5).sum() for ink in (square, grey)]
    assert missing[0] < 0.5 * missing[1]


def test_a_fine_stroke_keeps_its_width_and_its_neighbour() -> None:
    finished = finish(picture((20, 30, 100, 33), (20, 36, 100, 39)))[60] >= 0.5
    assert finished[28:41].sum() == 6 and not finished[33:36].any()


LONE = [
    picture(),
    np.full((128, 128), 0.45, np.float32),
    picture((0, 0, 128, 128)),
    picture(SPECK),
    picture((60, 60, 61, 61)),
    picture((60, 20, 61, 90)),
]


@pytest.mark.parametrize("ink", LONE, ids=["blank", "faint", "full", "speck", "pixel", "hairline"])
def test_no_glyph_is_lost(ink: Ink) -> None:
    finished = finish(ink)
    assert finished.dtype == np.float32 and finished.min() >= 0 and finished.max() <= 1
    assert bool(finished.any()) == bool((ink >= 0.5).any())


def test_a_thin_stroke_stays_whole() -> None:
    assert (finish(picture((20, 30, 100, 32)))[22:98].max(1) >= 0.5).all()


def test_a_clean_picture_loses_nothing_with_its_specks() -> None:
    clean = picture(STROKE, DOT)
    assert np.array_equal(without_small_parts(clean, SPECK_SHARE), clean)


def test_a_small_dot_stays_as_a_counter_of_its_size_does() -> None:
    ink = np.zeros((128, 128), np.float32)
    ink[30:60, 30:100] = 1
    ink[42:45, 60:63] = 0  # 9 of 16,384 pixels
    ink[90:93, 90:93] = 1
    drawn = finish(ink, size_px=128)
    assert drawn[43, 61] < 0.5 < drawn[91, 91]
    ink[90:93, 92:93] = ink[92:93, 90:93] = 0
    assert finish(ink, size_px=128)[88:96, 88:96].max() < 0.5
