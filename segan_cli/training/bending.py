"""Targets bent to what was drawn: a stroke a few pixels beside the hand's is compared in its shape, not in its place.

A hand puts the same stroke now here, now there. Compared in place, the best picture of a stroke whose place is uncertain is a pale,
wide or broken one, wherever the place is; compared with a target that was bent to it, the best is a whole stroke in one of them.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from segan_cli.training.losses import soften
from segan_cli.training.networks import move

NODES = 9
"""Nodes a side of the field, 16 px apart at 128 px: strokes move with their neighbours and keep their shape."""

STEPS, RATE = 16, 0.15
"""Steps of the search and their rate, in parts of the reach."""

STIFFNESS = 1.0
"""Weight of the squared strain beside the squared difference of the pictures. A soft field squeezes a stroke that was not drawn until
nothing of it is left to be missed."""


def bending_field(target: Tensor, drawn_ink: Tensor, reach_px: float) -> Tensor:
    """A smooth field that moves the target's strokes towards those drawn.

    Args:
        target: Y_t, (B, 1, S, S) in [-1, 1].
        drawn_ink: probability of the drawn ink, (B, 1, S, S).
        reach_px: the farthest that it may move anything, in pixels across and down.

    Returns:
        (B, 2, S/4, S/4), offsets in halves of the canvas, for `move`; it carries no gradient.

    Source: ours: registration by gradient descent on softened pictures, in the manner of free-form deformations (Rueckert et al.
        1999) with bicubic splines. What it brought is in `tests/benchmarks/training.md`.
    """
    aim, soft = soften(2 * drawn_ink.detach().float() - 1), soften(target.float())
    reach = 2 * reach_px / target.shape[-1]
    with torch.enable_grad():
        nodes = soft.new_zeros(len(soft), 2, NODES, NODES, requires_grad=True)
        optimizer = torch.optim.Adam([nodes], RATE)
        for _ in range(STEPS):
            apart = (move(soft, _field(nodes, reach, soft)) - aim).square().mean((1, 2, 3))
            (nodes.grad,) = torch.autograd.grad((apart + STIFFNESS * _strain(nodes, reach)).sum(), nodes)
            optimizer.step()
    return _field(nodes.detach(), reach, soft)


def _strain(nodes: Tensor, reach: float) -> Tensor:
    """Mean square of how much the field stretches and shears between neighbouring nodes, (B,)."""
    moved = reach * torch.tanh(nodes) * (NODES - 1) / 2
    return moved.diff(dim=2).square().mean((1, 2, 3)) + moved.diff(dim=3).square().mean((1, 2, 3))


def _field(nodes: Tensor, reach: float, like: Tensor) -> Tensor:
    """The nodes' field at the size of `like`; tanh keeps it within reach."""
    return F.interpolate(reach * torch.tanh(nodes), size=like.shape[-2:], mode="bicubic", align_corners=True)
