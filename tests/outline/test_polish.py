"""Polishing comes to rest: more of it never takes a chain farther from its vertices."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from segan_cli.outline.grid import knots_moved_on_grid
from segan_cli.outline.knots import CORNER, EXTREME
from segan_cli.outline.polish import AT, FARTHEST, IN, OUT, move_knot, new_work, polish

Floats = npt.NDArray[np.float64]
KINDS, CURVED = np.array([CORNER, EXTREME, CORNER, EXTREME]), np.ones(4, dtype=np.bool_)


def leaf() -> tuple[Floats, npt.NDArray[np.int64], Floats]:
    """The vertices of two arcs that meet in two corners, of each knot the vertex, and a chain with handles that are too short."""
    turn = np.linspace(-0.6, 0.6, 61)
    right = 60.0 * np.stack([np.cos(turn) - np.cos(0.6), np.sin(turn)], 1)
    points = np.concatenate([right, (right * (-1, 1))[-2::-1]])
    at = np.array([0, 30, 60, 90, 120])
    knots, ring = points[at[:-1]], points[:-1]
    before, behind = knots - ring[at[:-1] - 1], ring[at[:-1] + 1] - knots
    before, behind = (way / np.hypot(*way.T)[:, None] for way in (before, behind))
    return points, at, np.hstack([knots - 9 * before, knots, knots + 9 * behind, behind])


def off_the_vertices(chain: Floats, points: Floats) -> float:
    """How far the cubics run from the nearest vertex at most."""
    u = np.linspace(0, 1, 33)[:, None]
    v, rows = 1 - u, zip(chain, np.roll(chain, -1, axis=0), strict=True)
    walked = np.concatenate(
        [
            v**3 * a[AT:OUT] + 3 * u * v * v * a[OUT : OUT + 2] + 3 * u * u * v * b[IN:AT] + u**3 * b[AT:OUT]
            for a, b in rows
        ]
    )
    return float(np.hypot(*(walked[:, None] - points[None]).T).min(axis=0).max())


@pytest.mark.parametrize("beside", [0, 3, 4])
def test_more_polishing_comes_no_worse(beside: int) -> None:
    points, at, chain = leaf()
    at[2] += beside  # as a knot that merged with another stands beside its vertex
    for _ in range(4):
        polish(points, at, chain, KINDS.copy(), CURVED, 8, False)
        assert off_the_vertices(chain, points) < 0.7


def test_a_knot_that_would_go_too_far_keeps_its_place_and_its_handles_are_found() -> None:
    points, at, chain = leaf()
    at[2] += 4
    before = chain[2].copy()
    away = np.hypot(*(before[AT:OUT] - points[at[2]]))
    move_knot(points, at, chain, KINDS.copy(), CURVED, 2, new_work(), False)
    assert away > FARTHEST and chain[2, AT:OUT].tolist() == before[AT:OUT].tolist()
    assert chain[2, IN:AT].tolist() != before[IN:AT].tolist()


def test_knots_one_by_one_on_whole_units_stay_at_the_vertices() -> None:
    points, at, chain = leaf()
    points, kind = points + 0.5, KINDS.copy()
    chain[:, :6] += 0.5
    polish(points, at, chain, kind, CURVED, 8, False)
    knots_moved_on_grid(points, at, chain, kind, CURVED)
    assert (chain[:, AT:OUT] == np.rint(chain[:, AT:OUT])).all()
    assert off_the_vertices(chain, points) < 1.2
