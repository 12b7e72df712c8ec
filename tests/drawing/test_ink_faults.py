"""Ink that is unlike its hand's: made glyphs of a hand, and the same ones clotted, broken, too heavy and too light."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from segan_cli.drawing.ink_faults import InkFigures, ink_faults, ink_figures
from segan_cli.glyph import Ink
from segan_cli.source.skeleton import thin

SIDE = 128


def source(bars: int) -> Ink:
    """A ladder: so many bars between two posts."""
    ink = np.zeros((SIDE, SIDE), np.float32)
    ink[14:114, 20:24] = ink[14:114, 104:108] = 1
    for top in np.linspace(18, 106, bars).astype(int):
        ink[top : top + 3, 20:108] = 1
    return ink


def written(bars: int, weight: int) -> Ink:
    return np.asarray(ndimage.grey_dilation(source(bars), size=(weight, weight)), np.float32)


def figures_of(ink: Ink, bars: int) -> InkFigures:
    return ink_figures(ink, thin(ink), thin(source(bars)))


@pytest.fixture(scope="module")
def hand() -> dict[str, InkFigures]:
    """Sixty glyphs of two to seven bars, in two weights."""
    return {chr(0x4E00 + row): figures_of(written(2 + row % 6, 3 + row // 6 % 2), 2 + row % 6) for row in range(60)}


def faults(hand: dict[str, InkFigures], ink: Ink, bars: int) -> tuple[str, ...]:
    return ink_faults({**hand, "永": figures_of(ink, bars)}).get("永", ())


def test_a_hand_has_no_faults_by_itself(hand: dict[str, InkFigures]) -> None:
    assert ink_faults(hand) == {}


def test_a_clot_is_named(hand: dict[str, InkFigures]) -> None:
    ink = written(7, 3)
    ink[14:90, 20:100] = 1
    assert any(one.startswith("clotted") for one in faults(hand, ink, 7))


def test_a_broken_glyph_is_named(hand: dict[str, InkFigures]) -> None:
    ink = written(7, 3)
    ink[:, 40:44] = ink[:, 70:74] = 0
    assert any(one.startswith("broken") for one in faults(hand, ink, 7))


def test_a_weight_far_from_the_hands_is_named(hand: dict[str, InkFigures]) -> None:
    hairs = thin(source(4)).astype(np.float32)
    assert [one.split()[0] for one in faults(hand, written(4, 9), 4)] == ["heavier"]
    assert [one.split()[0] for one in faults(hand, hairs, 4)] == ["lighter"]


def test_a_whole_hand_that_is_heavy_is_none(hand: dict[str, InkFigures]) -> None:
    heavy = {chr(0x4E00 + row): figures_of(written(2 + row % 6, 7 + row // 6 % 2), 2 + row % 6) for row in range(60)}
    assert ink_faults(heavy) == {}


def test_a_few_glyphs_tell_of_no_usual(hand: dict[str, InkFigures]) -> None:
    few = dict(list(hand.items())[:30])
    assert ink_faults({**few, "永": figures_of(written(4, 9), 4)}) == {}


def test_a_figure_is_held_against_characters_of_as_many_strokes() -> None:
    """A hand whose weight falls with the strokes: what is usual for a few is heavy for many."""
    hand = {
        chr(0x4E00 + row): InkFigures(1000.0 * (1 + row % 6), 70.0 - 8 * (row % 6) + row // 6 % 3, 0.5, 1.0, 1)
        for row in range(60)
    }
    dense = InkFigures(6000.0, 70.0, 0.5, 1.0, 1)
    assert [one.split()[0] for one in ink_faults({**hand, "永": dense})["永"]] == ["heavier"]
    assert ink_faults({**hand, "永": InkFigures(1000.0, 70.0, 0.5, 1.0, 1)}) == {}
