import numpy as np
import pytest

from segan_cli.drawing.postprocess import finish, without_small_parts
from segan_cli.glyph import Ink
from segan_cli.ink import count_specks


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
    tied = picture(STROKE, (50, 41, 52, 43))
    tied[49:53, 38:44] = np.maximum(tied[49:53, 38:44], 0.2)
    assert count_specks(tied) == 1
    kept = without_small_parts(tied)
    assert count_specks(kept) == 0 and kept[:, 41:].max() == 0
    assert kept[50, 38] == np.float32(0.2) and np.array_equal(kept[:, :38], tied[:, :38])


def test_haze_without_ink_goes() -> None:
    hazy = picture(STROKE)
    hazy[60:70, 60:90] = 0.3
    assert np.array_equal(without_small_parts(hazy), picture(STROKE))


def test_pinholes_close_and_counters_stay_open() -> None:
    drawn = picture((20, 20, 100, 100))
    drawn[40:42, 40:42], drawn[60:65, 60:65] = 0, 0
    finished = finish(drawn)
    assert finished[38:44, 38:44].min() == 1
    assert finished[61:64, 61:64].max() == 0


def test_a_ragged_edge_becomes_smooth_and_stays_where_it_is() -> None:
    ragged = picture(STROKE)
    ragged[20:100:2, 37] = 0
    edge = finish(ragged)[30:90, 36:39].sum(1)
    assert np.ptp(ragged[30:90, 36:39].sum(1)) == 1
    assert np.ptp(edge) < 0.1
    assert edge.mean() == pytest.approx(1.5, abs=0.05)


def test_a_broad_strokes_edge_is_smoothed_more_than_a_fine_ones() -> None:
    broad, fine = picture((20, 30, 100, 46)), picture((20, 30, 100, 34))
    for ink, right in ((broad, 46), (fine, 34)):
        for top in range(20, 100, 4):
            ink[top : top + 2, right - 1] = 0
    waves = [np.ptp(finish(ink)[30:90, 28:48].sum(1)) for ink in (broad, fine)]
    assert waves[0] < 0.5 * waves[1]


def test_a_fine_stroke_stays_whole_where_it_is_pale() -> None:
    pale = picture((20, 30, 100, 33))
    pale[60:64, 30:33] = 0.45
    assert (finish(pale)[22:98].max(1) >= 0.5).all()


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
    assert bool(finished.any()) == bool(ink.any())


def test_a_thin_stroke_stays_whole() -> None:
    assert (finish(picture((20, 30, 100, 32)))[22:98].max(1) >= 0.5).all()


def test_a_clean_picture_loses_nothing_with_its_specks() -> None:
    clean = picture(STROKE, DOT)
    assert np.array_equal(without_small_parts(clean), clean)
