"""The choice of characters: the commonest of a set, always the same, and a longer choice begins with the shorter."""

from __future__ import annotations

from segan_cli.paper.choice import choose
from segan_cli.source.charset import parse_charset


def test_the_commonest_level_of_a_set_comes_first() -> None:
    everything, common = parse_charset("gb2312"), set(parse_charset("gb2312-1"))
    chosen = choose(everything, 200, "gb2312")
    assert len(set(chosen)) == 200
    assert set(chosen) < common
    assert len(set(choose(everything, 4000, "gb2312")) & common) == len(common)


def test_a_longer_choice_begins_with_the_shorter_and_a_seed_changes_it() -> None:
    chars = parse_charset("joyo")
    assert choose(chars, 300)[:100] == choose(chars, 100) == choose(chars[::-1], 100)
    assert choose(chars, 100) != choose(chars, 100, seed=1)
    assert set(choose(chars, 9999)) == set(chars)
