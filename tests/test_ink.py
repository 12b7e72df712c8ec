import numpy as np

from segan_cli.ink import count_parts, inspect_ink


def canvas() -> np.ndarray:
    ink = np.zeros((200, 200), np.float32)
    ink[60:140, 90:110] = 1
    return ink


def test_a_sound_glyph_has_no_finding() -> None:
    assert inspect_ink(canvas()) == ()


def test_no_ink_and_nothing_but_ink_are_told_apart() -> None:
    assert inspect_ink(np.full((64, 64), 0.4, np.float32)) == ("blank",)
    assert "all ink" in inspect_ink(np.ones((64, 64), np.float32))


def test_a_stroke_that_leaves_the_canvas_is_clipped_there() -> None:
    ink = canvas()
    ink[:70, 95:105] = 1
    ink[100:105, :100] = 1
    assert inspect_ink(ink) == ("clipped at the left, top",)


def test_specks_are_counted_but_neither_dust_nor_a_written_dot() -> None:
    ink = canvas()
    ink[10:13, 10:13] = ink[20, 20:26] = 1
    ink[30:38, 30:38] = 1
    ink[180, 180] = 1
    assert inspect_ink(ink) == ("2 specks",)
    assert inspect_ink(ink, count_flecks=False) == ()


def test_a_pixel_that_is_half_covered_is_ink() -> None:
    ink = np.zeros((16, 16), np.float32)
    ink[4:12, 4:12] = 0.5
    assert count_parts(ink) == 1
    assert count_parts(np.where(ink > 0, np.float32(0.499), ink)) == 0
