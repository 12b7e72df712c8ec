"""Augmentation and order: source, skeleton and target move alike, and a pair's fate is its own."""

from __future__ import annotations

import numpy as np
import torch

from segan_cli.training.data.augment import Changes, augment, change_weight, draw_changes
from segan_cli.training.data.sampler import sampled_pairs, share_of_process


def test_all_four_planes_move_alike() -> None:
    plane = torch.rand(3, 1, 32, 32)
    moved = augment(plane.expand(3, 4, 32, 32), draw_changes(1, np.arange(3), 1.0))
    assert torch.allclose(moved[:, 1], moved[:, 2]) and torch.allclose(moved[:, 1], moved[:, 3])
    assert not torch.allclose(moved[:, 1:2], plane)


def test_strokes_of_the_source_alone_change_their_weight() -> None:
    changes = Changes(np.ones(1, np.float32), np.zeros((1, 2), np.float32), np.full(1, 0.3, np.float32))
    plane = torch.zeros(1, 4, 32, 32)
    plane[..., 12:20, 12:20] = 1
    moved = augment(plane, changes)
    assert moved[:, 0].sum() > plane[:, 0].sum() + 1
    assert torch.allclose(moved[:, 2], plane[:, 2], atol=1e-5)


def test_weight_changes_by_the_part_of_a_pixel_asked_for() -> None:
    ink = torch.zeros(1, 1, 9, 9)
    ink[..., 3:6, :] = 1
    assert torch.allclose(change_weight(ink, torch.tensor(0.5).view(1, 1, 1, 1))[0, 0, 2], torch.full((9,), 0.5))
    assert torch.allclose(change_weight(ink, torch.tensor(-0.5).view(1, 1, 1, 1))[0, 0, 3], torch.full((9,), 0.5))


def test_never_a_flip() -> None:
    plane = torch.zeros(40, 4, 32, 32)
    plane[:, :, 4:8, 4:28] = 1  # one bar near the top
    moved = augment(plane, draw_changes(5, np.arange(40), 1.0))
    rows = moved[:, 2].sum(2)
    assert bool((rows[:, :16].sum(1) > rows[:, 16:].sum(1)).all())


def test_a_draw_has_the_same_change_in_any_batch() -> None:
    together, alone = draw_changes(9, np.arange(8), 1.0), draw_changes(9, np.array([5]), 1.0)
    assert together.scale[5] == alone.scale[0] and (together.shift[5] == alone.shift[0]).all()
    assert draw_changes(10, np.array([5]), 1.0).scale[0] != alone.scale[0]
    assert len(set(together.scale.tolist())) == 8


def test_strength_zero_changes_nothing() -> None:
    changes = draw_changes(1, np.arange(4), 0.0)
    assert (changes.scale == 1).all() and (changes.shift == 0).all() and (changes.weight == 0).all()


def test_every_epoch_draws_every_pair_once_in_another_order() -> None:
    first, second = sampled_pairs(1, 10, np.arange(10)), sampled_pairs(1, 10, np.arange(10, 20))
    assert sorted(first) == sorted(second) == list(range(10)) and list(first) != list(second)
    assert list(sampled_pairs(1, 10, np.arange(3, 6))) == list(first[3:6])


def test_processes_share_a_batch_without_overlap() -> None:
    shares = [share_of_process(16, 8, rank, 2) for rank in range(2)]
    assert list(np.concatenate(shares)) == list(range(16, 24))


def test_a_batch_that_does_not_divide_is_shared_in_whole_pairs() -> None:
    shares = [share_of_process(10, 5, rank, 2) for rank in range(2)]
    assert [share.tolist() for share in shares] == [[10, 11], [12, 13]]
    assert {share.dtype for share in shares} == {np.dtype(np.int64)}
