"""Targets warped to what was drawn: a stroke a few pixels beside the hand's is compared in its shape, not in its place.

A hand puts the same stroke now here, now there. Compared in place, the best picture of a stroke whose place is uncertain is a pale,
wide or broken one, wherever the place is; compared with a target that was warped to it, the best is a whole stroke in one of them.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from segan_cli.training.model.networks import warp

NODES = 9
"""Nodes a side of the field, an eighth of the canvas apart: strokes move with their neighbours and hardly change their shape."""

STEPS, RATE, CALM = 16, 0.15, 1e-4
"""Steps of the search, their rate in parts of the reach, and Adam's ε: gradients far below it are noise and move nothing."""

CELL = 4
"""Side in pixels of the cells of a softened picture."""

STIFFNESS = 2.0
"""Weight of the squared strain beside the squared difference of the pictures. A soft field squeezes a stroke that was not drawn until
nothing of it is left to be missed."""


def warp_field(target: Tensor, drawn: Tensor, reach_px: float) -> Tensor:
    """A smooth field that moves the target's strokes towards those drawn.

    Args:
        target: Y_t, (B, 1, S, S) in [-1, 1].
        drawn: what it is compared with, the same; its gradient does not come in here.
        reach_px: the farthest that anything is moved across or down, in pixels.

    Returns:
        (B, 2, S/4, S/4), offsets in halves of the canvas, for `warp`; it carries no gradient.

    Source: ours: registration by gradient descent on softened pictures, in the manner of free-form deformations (Rueckert et al.
        1999) with bicubic splines. What it brought is in `tests/benchmarks/training.md`.
    """
    goal, soft = _softened(drawn.detach()), _softened(target)
    reach = 2 * reach_px / target.shape[-1]
    with torch.enable_grad():
        nodes = soft.new_zeros(len(soft), 2, NODES, NODES, requires_grad=True)
        optimizer = torch.optim.Adam([nodes], RATE, eps=CALM)
        for _ in range(STEPS):
            apart = (warp(soft, _field(nodes, reach, soft)) - goal).square().mean((1, 2, 3))
            (nodes.grad,) = torch.autograd.grad((apart + STIFFNESS * _strain(nodes, reach)).sum(), nodes)
            optimizer.step()
    return _field(nodes.detach(), reach, soft)


def _softened(picture: Tensor) -> Tensor:
    """(B, 1, S, S) to (B, 1, S/4, S/4), blurred so far that strokes which miss each other overlap.

    Once before the cells are taken, too: a thin stroke that moves within a cell would look the same without that.
    """
    cells = F.avg_pool2d(F.avg_pool2d(picture.float(), CELL + 1, 1, CELL // 2, count_include_pad=False), CELL)
    for _ in range(2):
        cells = F.avg_pool2d(cells, 3, 1, 1, count_include_pad=False)
    return cells


def _strain(nodes: Tensor, reach: float) -> Tensor:
    """Mean square of how much the field stretches and shears between neighbouring nodes, (B,)."""
    moved = reach * torch.tanh(nodes) * (NODES - 1) / 2
    return moved.diff(dim=2).square().mean((1, 2, 3)) + moved.diff(dim=3).square().mean((1, 2, 3))


def _field(nodes: Tensor, reach: float, like: Tensor) -> Tensor:
    """The nodes' field at the size of `like`, held within reach: splines swing beyond their nodes."""
    field = F.interpolate(reach * torch.tanh(nodes), size=like.shape[-2:], mode="bicubic", align_corners=True)
    return field.clamp(-reach, reach)
