"""The losses of §3.4: one short function an equation, and Eq. 9, which adds them up term by term.

Every function is pure and returns a mean, so that the batch's size does not change the terms' balance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor
from torch.nn import functional as F

from segan_cli.training.model.networks import EDGE_DOUBT, picture_of, warp
from segan_cli.training.settings import LossSettings

EPSILON = 1.0
"""Pixels added to both sides of Dice's ratio, and to a weighted mean's weight, so that an empty glyph has one."""

SOFT_CELL = 4
"""Side in pixels of the cells in which strokes are softened for the displacement field."""

UNEVENNESS = 2.0
"""Weight of the displacement field's unevenness."""

CELLS = 16
"""Cells a side in which the ink's mass and its edges' length are compared."""

LEVEL = 1e-4
"""Added to a squared steepness: flat paper has a gradient, too."""

EDGE_REACH_PX = 2.0
"""How far from the edge, in pixels of the drawn grid, distances are compared."""

WEIGHT_PARTS = 4
"""Parts a side in which the strokes' weight is compared."""

PART_FLOOR = 2e-3
"""Added to both sides of a part's weight, in parts of its area: an empty part has one."""

NEAR = 3
"""Side in pixels of the square in which a line or a gap may lie to count as drawn; chosen at 128 px, as NARROW is."""

NARROW = 7
"""Side in pixels of a square that does not fit into a narrow gap between strokes."""


def pixel_loss(generated: Tensor, target: Tensor) -> Tensor:
    """L_pix, Eq. 5: mean absolute difference of G_F(X_i, X_s) and Y_t, both (B, 1, S, S) in [-1, 1]."""
    return (generated - target).abs().mean()


def skeleton_consistency_loss(generated_skeleton: Tensor, target_skeleton: Tensor) -> Tensor:
    """L_sc, Eq. 6: mean absolute difference of SG(G_F(X_i, X_s)) and SG(Y_t), both (B, 1, S, S) in [-1, 1]."""
    return (generated_skeleton - target_skeleton).abs().mean()


def ink_loss(generated: Tensor, ink_logit: Tensor, target: Tensor) -> Tensor:
    """Binary cross-entropy on the ink's probability, plus soft Dice on the picture.

    Args:
        generated: (B, 1, S, S) in [-1, 1].
        ink_logit: (B, 1, S, S): the ink's probability is sigmoid(2 · ink_logit); the picture is sharper than it.
        target: (B, 1, S, S) in [-1, 1], ink +1.

    Source: ours: 8 to 20 % of the canvas are ink, and plain L1 falls to blank paper at the start of a short training.
    """
    ink, drawn = (target + 1) / 2, (generated + 1) / 2
    overlap, total = (drawn * ink).sum((1, 2, 3)), drawn.sum((1, 2, 3)) + ink.sum((1, 2, 3))
    dice = 1 - (2 * overlap + EPSILON) / (total + EPSILON)
    return F.binary_cross_entropy_with_logits(2 * ink_logit, ink) + dice.mean()


def mass_loss(generated: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the ink's mean in each of 16 × 16 cells.

    Source: ours: where a stroke's place is uncertain, pixel losses are least with no stroke at all; the ink's mass is not.
    """
    cell = max(1, target.shape[-1] // CELLS)
    return F.avg_pool2d(generated - target, cell).abs().mean()


def edge_loss(generated: Tensor, target: Tensor) -> Tensor:
    """Mean absolute difference of the edges' length in each of 16 × 16 cells, both pictures (B, 1, S, S) in [-1, 1].

    An edge is as long, soft or sharp; ragged edges and haze are longer, a pale or missing stroke's are shorter.

    Source: ours, after total variation, which is that length (Rudin, Osher and Fatemi 1992); here it is matched and not made small.
    """
    cell = max(1, target.shape[-1] // CELLS)
    return F.avg_pool2d(_steepness(generated) - _steepness(target), cell).abs().mean()


def _steepness(picture: Tensor) -> Tensor:
    across, down = F.pad(picture.diff(dim=3), (0, 1)), F.pad(picture.diff(dim=2), (0, 0, 0, 1))
    return (across.square() + down.square() + LEVEL).sqrt()


def line_loss(ink_logit: Tensor, target: Tensor, target_skeleton: Tensor) -> Tensor:
    """Cross-entropy on what pixel losses give up first: thin strokes and narrow gaps, each found within a pixel.

    Args:
        ink_logit: (B, 1, S, S): the ink's probability is sigmoid(2 · ink_logit).
        target: Y_t, (B, 1, S, S) in [-1, 1].
        target_skeleton: Y_s, the same.

    Returns:
        The mean over Y_s's lines of the cross-entropy of the strongest ink within a pixel, plus the mean over the target's
        narrow gaps of that of the weakest.

    Source: the idea of Skeleton Recall Loss (Kirchhoff et al., ECCV 2024); the tolerance and the gaps are ours.
    """
    line = (target_skeleton + 1) / 2
    closed = -_highest(-_highest(target, NARROW), NARROW)
    gap = (closed - target) / 2
    missed = F.softplus(-2 * _highest(ink_logit, NEAR))
    clotted = F.softplus(2 * -_highest(-ink_logit, NEAR))
    return _weighted_mean(missed, line) + _weighted_mean(clotted, gap)


def _highest(picture: Tensor, side: int) -> Tensor:
    return F.max_pool2d(picture, side, 1, side // 2)


def _weighted_mean(values: Tensor, weight: Tensor) -> Tensor:
    return (values * weight).sum() / (weight.sum() + EPSILON)


def displacement_loss(field: Tensor, source: Tensor, target: Tensor) -> Tensor:
    """How far the displaced source lies from the target, both softened, plus the field's unevenness.

    Softened strokes overlap where sharp ones would miss each other, so the field learns from afar where to pull.

    Args:
        field: (B, 2, h, w), offsets in halves of the canvas; read at S/4, whatever size it has.
        source: X_i, (B, 1, S, S) in [-1, 1].
        target: Y_t, the same.

    Source: ours: without it, a short training leaves the field near zero and draws strokes twice.
    """
    soft = [_soften(F.avg_pool2d(picture, SOFT_CELL)) for picture in (source, target)]
    field = F.avg_pool2d(field, field.shape[-1] // soft[0].shape[-1])
    apart = warp(soft[0], field) - soft[1]
    uneven = field.diff(dim=2).abs().mean() + field.diff(dim=3).abs().mean()
    return apart.abs().mean() + F.avg_pool2d(apart, 2).abs().mean() + UNEVENNESS * uneven


def _soften(picture: Tensor) -> Tensor:
    return F.avg_pool2d(F.avg_pool2d(picture, 3, 1, 1, count_include_pad=False), 3, 1, 1, count_include_pad=False)


def content_loss(content: str, generated: Tensor, ink_logit: Tensor, target: Tensor) -> Tensor:
    """The picture's part of L_con: Eq. 5 as the paper has it, or with the ink and mass losses beside it."""
    if content == "paper":
        return pixel_loss(generated, target)
    return pixel_loss(generated, target) + ink_loss(generated, ink_logit, target) + mass_loss(generated, target)


def distance_loss(drawn: Tensor, target: Tensor) -> Tensor:
    """Smooth L1 on signed distances up to `EDGE_REACH_PX` from the edge, both (B, 1, T, T) in pixels of that grid.

    Source: ours, after VecFontSDF, which supervises on distances; corners are kept by the terms on coverage beside it.
    """
    near = target.clamp(-EDGE_REACH_PX, EDGE_REACH_PX)
    return F.smooth_l1_loss(drawn.clamp(-EDGE_REACH_PX, EDGE_REACH_PX), near)


def fine_content_loss(distance: Tensor, target: Tensor) -> Tensor:
    """The picture's part of L_con at the finer grid, on coverage; both (B, 1, T, T) signed distances."""
    picture, target_picture = picture_of(distance), picture_of(target)
    return (
        pixel_loss(picture, target_picture)
        + ink_loss(picture, EDGE_DOUBT * distance, target_picture)
        + mass_loss(picture, target_picture)
    )


def weight_loss(generated: Tensor, target: Tensor) -> Tensor:
    """How much heavier or lighter the ink is: mean absolute log ratio of drawn and written ink.

    Compared over the glyph and in each of 4 × 4 parts, by how much ink they have: where a stroke's place is uncertain, overlap is
    greatest with too much ink. The edges' length does not come in: ragged edges would make heavy ink look light.

    Args:
        generated: (B, 1, T, T) in [-1, 1].
        target: the same.

    Source: ours: drawn ink was a fifth heavier than the hand's.
    """
    total = generated.new_zeros(())
    for parts in (1, WEIGHT_PARTS):
        drawn, written = (F.avg_pool2d((one + 1) / 2, target.shape[-1] // parts) for one in (generated, target))
        ratio = ((drawn + PART_FLOOR) / (written + PART_FLOOR)).log().abs()
        total = total + _weighted_mean(ratio, written / (written.mean() + LEVEL))
    return total / 2


def matching_loss(drawn: Sequence[Tensor], real: Sequence[Tensor]) -> Tensor:
    """Feature matching (pix2pixHD): mean absolute difference of a discriminator's features, layer by layer; `real` without gradients."""
    apart = [(one - other.detach()).abs().mean() for one, other in zip(drawn, real, strict=True)]
    return torch.stack(apart).mean()


def gradient_penalty(logits: Tensor, pictures: Tensor) -> Tensor:
    """R1 (Mescheder et al. 2018): the squared gradient of a discriminator at real pictures, for each of its patches.

    Args:
        logits: what it said, (B, 1, h, w), with its graph.
        pictures: what it saw, (B, 1, H, W), requiring gradients.
    """
    (slope,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    return slope.float().square().sum() / logits.numel()


def generator_adversarial_loss(form: str, fake: Tensor) -> Tensor:
    """The generator's side of L_adv, Eq. 7 and 8: make the discriminator call `fake` real.

    Args:
        form: "log" (the paper's, in its non-saturating shape), "lsgan" or "hinge".
        fake: the discriminator's logits for what was drawn, any shape.
    """
    if form == "log":
        return F.softplus(-fake).mean()
    if form == "lsgan":
        return (fake - 1).square().mean()
    return -fake.mean()


def discriminator_adversarial_loss(form: str, real: Tensor, fake: Tensor) -> Tensor:
    """The discriminator's side of Eq. 7 (D_i) and Eq. 8 (D_s), to be made small.

    Args:
        form: "log": -log D(real) - log(1 - D(fake)); "lsgan" and "hinge" in its place.
        real: logits for the hand's glyphs or skeletons.
        fake: logits for what was drawn, without a gradient to the generator.
    """
    if form == "log":
        return F.softplus(-real).mean() + F.softplus(fake).mean()
    if form == "lsgan":
        return (real - 1).square().mean() + fake.square().mean()
    return F.relu(1 - real).mean() + F.relu(1 + fake).mean()


def relativistic_loss(better: Tensor, worse: Tensor) -> Tensor:
    """How far a judge is from calling `better` more real than `worse`, patch by patch of the same place.

    The discriminator puts the target first, the generator what it drew. Where both are alike, as on blank paper, neither learns.

    Args:
        better: logits, (B, 1, h, w).
        worse: the same, of pictures whose strokes lie in the same places.

    Source: RpGAN (Jolicoeur-Martineau 2018) as R3GAN has it (Huang et al. 2024), here on pairs that are warped onto each other.
    """
    return F.softplus(worse - better).mean()


def cycle_loss(returned: Tensor, original: Tensor) -> Tensor:
    """L_cycle, as CycleGAN (ref. 8) has it: mean absolute difference of G_B(G_F(X)) and X."""
    return (returned - original).abs().mean()


def classification_loss(source_logits: Tensor, target_logits: Tensor) -> Tensor:
    """L_cls, as U-GAT-IT (ref. 10) has it: the generator's classifier says 1 for the source domain, 0 for the target's.

    Args:
        source_logits: (B, n), of the attention when it reads X.
        target_logits: (B, n), of the attention when it reads Y.
    """
    ones, zeros = torch.ones_like(source_logits), torch.zeros_like(target_logits)
    return F.binary_cross_entropy_with_logits(source_logits, ones) + F.binary_cross_entropy_with_logits(
        target_logits, zeros
    )


@dataclass(frozen=True, slots=True)
class GeneratorLosses:
    """The generators' terms, both directions added; 0 for what is switched off."""

    pix: Tensor
    sc: Tensor
    adv_image: Tensor
    adv_skeleton: Tensor
    cycle: Tensor
    cls: Tensor
    displacement: Tensor
    line: Tensor
    edge: Tensor
    distance: Tensor
    weight: Tensor
    adv_edge: Tensor
    match: Tensor

    def total(self, settings: LossSettings) -> Tensor:
        """Eq. 9, the generators' side: λ1 L_adv + λ2 L_cycle + λ3 L_cls + λ4 L_con; and the terms of displacement, lines and edges."""
        adversarial = self.adv_image + self.adv_skeleton
        content = self.pix + settings.lambda_sc * self.sc
        return (
            settings.lambda_adv * adversarial
            + settings.lambda_cycle * self.cycle
            + settings.lambda_cls * self.cls
            + settings.lambda_con * content
            + settings.lambda_displacement * self.displacement
            + settings.lambda_line * self.line
            + settings.lambda_edge * self.edge
            + settings.lambda_distance * self.distance
            + settings.lambda_weight * self.weight
            + settings.lambda_adv_edge * self.adv_edge
            + settings.lambda_match * self.match
        )


@dataclass(frozen=True, slots=True)
class DiscriminatorLosses:
    """The discriminators' terms, both directions added; 0 for what is switched off."""

    image: Tensor
    skeleton: Tensor
    edge: Tensor
    penalty: Tensor

    def total(self, settings: LossSettings) -> Tensor:
        """Eq. 9, the discriminators' side: λ1 (L_D_i + L_D_s); and the edge discriminator's own terms."""
        return settings.lambda_adv * (self.image + self.skeleton) + self.edge + settings.penalty * self.penalty


def named(losses: GeneratorLosses | DiscriminatorLosses) -> dict[str, Tensor]:
    """The terms by name, without gradients, as the logs print them: "g/pix", "d/image" …"""
    side = "g" if isinstance(losses, GeneratorLosses) else "d"
    return {f"{side}/{field.name}": getattr(losses, field.name).detach() for field in fields(losses)}
