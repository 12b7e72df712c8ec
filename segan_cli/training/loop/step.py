"""One training step of SE-GAN, written out term by term, for G_F and, mirrored, for G_B."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from segan_cli.training.data.target_warp import bending_field
from segan_cli.training.model.discriminators import (
    EdgeDiscriminator,
    ImageDiscriminator,
    Judged,
    SkeletonDiscriminator,
)
from segan_cli.training.model.losses import (
    DiscriminatorLosses,
    GeneratorLosses,
    classification_loss,
    content_loss,
    cycle_loss,
    discriminator_adversarial_loss,
    displacement_loss,
    distance_loss,
    edge_loss,
    fine_content_loss,
    generator_adversarial_loss,
    gradient_penalty,
    line_loss,
    matching_loss,
    skeleton_consistency_loss,
    weight_loss,
)
from segan_cli.training.model.networks import Generated, Generator, move, picture_of
from segan_cli.training.settings import TrainSettings

EDGE_FORM = "log"
"""Form of the small judge's terms: the one that its gradient penalty was made for."""

PENALTY_EVERY = 8
"""Steps between two gradient penalties, each weighted so many times (lazy regularisation, StyleGAN 2)."""


@dataclass(frozen=True, slots=True)
class TrainBatch:
    """Pairs of one batch; pictures are (B, 1, S, S) in [-1, 1], ink +1.

    Args:
        source: X_i.
        source_skeleton: X_s.
        target: Y_t.
        target_skeleton: Y_s.
        style: (B,) int64, the index of each pair's hand.
        distance: Y_t as (B, 1, 2S, 2S) signed distance in pixels of that grid, where the network draws distances.
        gesture: (B, 2), the target's weight and contrast in standard deviations of its hand.
        corner: row and column where the square of S pixels begins that the small judge sees of the finer picture.
    """

    source: Tensor
    source_skeleton: Tensor
    target: Tensor
    target_skeleton: Tensor
    style: Tensor
    distance: Tensor | None = None
    gesture: Tensor | None = None
    corner: tuple[int, int] = (0, 0)

    def mirrored(self) -> TrainBatch:
        """The same pairs the other way round, for the backward direction."""
        return TrainBatch(self.target, self.target_skeleton, self.source, self.source_skeleton, self.style)


class Networks(nn.Module):
    """Every network of a run; a part that the settings switch off is None.

    Args:
        settings: shapes and switches.
        styles: number of hands.
        skeleton_generator: SG, pre-trained; it is frozen here, and gradients flow through it.
    """

    def __init__(self, settings: TrainSettings, styles: int = 1, skeleton_generator: nn.Module | None = None) -> None:
        super().__init__()
        adversarial = settings.lambda_adv > 0
        judge_images = adversarial and settings.image_discriminator
        judge_skeletons = adversarial and settings.skeleton_discriminator
        self.forward_generator = Generator(settings, styles)
        self.backward_generator = Generator(settings, styles) if settings.cycle else None
        self.image_discriminator = ImageDiscriminator(settings, styles) if judge_images else None
        self.skeleton_discriminator = SkeletonDiscriminator(settings) if judge_skeletons else None
        judge_edges = settings.lambda_adv_edge > 0 or settings.lambda_match > 0
        self.edge_discriminator = (
            EdgeDiscriminator(settings.discriminator_channels // 2, styles) if judge_edges else None
        )
        both = settings.cycle
        self.backward_image_discriminator = ImageDiscriminator(settings, styles) if judge_images and both else None
        self.backward_skeleton_discriminator = SkeletonDiscriminator(settings) if judge_skeletons and both else None
        self.skeleton_generator = skeleton_generator
        if skeleton_generator is not None:
            skeleton_generator.requires_grad_(False).eval()

    def generators(self) -> list[nn.Module]:
        """G_F and, with the cycle, G_B."""
        return [part for part in (self.forward_generator, self.backward_generator) if part is not None]

    def discriminators(self) -> list[nn.Module]:
        """All discriminators that there are."""
        parts = (
            self.image_discriminator,
            self.skeleton_discriminator,
            self.edge_discriminator,
            self.backward_image_discriminator,
            self.backward_skeleton_discriminator,
        )
        return [part for part in parts if part is not None]

    def forward_way(self) -> Way:
        """Source to hand."""
        return Way(
            self.forward_generator,
            self.backward_generator,
            self.image_discriminator,
            self.skeleton_discriminator,
            self.skeleton_generator,
            self.edge_discriminator,
        )

    def backward_way(self) -> Way | None:
        """Hand to source, where the cycle is on."""
        if self.backward_generator is None:
            return None
        return Way(
            self.backward_generator,
            self.forward_generator,
            self.backward_image_discriminator,
            self.backward_skeleton_discriminator,
            self.skeleton_generator,
        )


@dataclass(frozen=True, slots=True)
class Way:
    """What takes part in one direction: its generator, the one that returns, its judges, SG."""

    generator: Generator
    returning: Generator | None
    image_discriminator: ImageDiscriminator | None
    skeleton_discriminator: SkeletonDiscriminator | None
    skeleton_generator: nn.Module | None
    edge_discriminator: EdgeDiscriminator | None = None

    def skeleton(self, picture: Tensor) -> Tensor | None:
        """SG(picture), with its graph; None without SG."""
        return self.skeleton_generator(picture) if self.skeleton_generator is not None else None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a direction drew, without gradients, for its judges; and what the small judge sees of it and of the bent targets."""

    image: Tensor
    skeleton: Tensor | None
    edges: Tensor | None = None
    real_edges: Tensor | None = None


def generator_losses(
    networks: Networks, batch: TrainBatch, settings: TrainSettings, *, adversarial: bool
) -> tuple[GeneratorLosses, list[Drawn]]:
    """All terms of the generators, both directions added.

    Args:
        networks: everything that takes part.
        batch: the pairs.
        settings: forms, λs and switches.
        adversarial: whether the adversarial terms have begun.

    Returns:
        The terms, and what each direction drew.
    """
    terms, drawn = way_losses(networks.forward_way(), batch, settings, adversarial=adversarial)
    backward = networks.backward_way()
    if backward is None:
        return terms, [drawn]
    in_place = dataclasses.replace(settings, bend_px=0.0)  # a font's glyph is where it is
    more, drawn_back = way_losses(backward, batch.mirrored(), in_place, adversarial=adversarial)
    added = (getattr(terms, name) + getattr(more, name) for name in GeneratorLosses.__slots__)
    return GeneratorLosses(*added), [drawn, drawn_back]


def way_losses(
    way: Way, batch: TrainBatch, settings: TrainSettings, *, adversarial: bool
) -> tuple[GeneratorLosses, Drawn]:
    """The terms of one direction (§3.4)."""
    none = batch.source.new_zeros(())
    drawn = way.generator(batch.source, batch.source_skeleton, batch.style, batch.gesture)
    skeleton = way.skeleton(drawn.image)
    aim = _bent(batch, drawn, settings)
    sc, adv_image, adv_skeleton, cycle, cls, moved, line = (none,) * 7
    if skeleton is not None and settings.lambda_con * settings.lambda_sc > 0:
        sc = skeleton_consistency_loss(skeleton, _target_skeleton(way, aim))
    if adversarial and way.image_discriminator is not None:
        adv_image = _fooling(way.image_discriminator(drawn.image, batch.source, batch.style), settings)
    if adversarial and way.skeleton_discriminator is not None and skeleton is not None:
        adv_skeleton = _fooling(way.skeleton_discriminator(skeleton), settings)
    if way.returning is not None and settings.lambda_cycle > 0:
        returned = way.returning(drawn.image, batch.target_skeleton if skeleton is None else skeleton, batch.style)
        cycle = cycle_loss(returned.image, batch.source)
    if settings.lambda_cls > 0:
        share = max(1, round(len(batch.target) * settings.classify_share))
        target_logits = way.generator.classify(batch.target[:share], batch.target_skeleton[:share])
        cls = classification_loss(drawn.class_logits, target_logits)
    if drawn.field is not None and settings.lambda_move > 0:
        moved = displacement_loss(drawn.field, batch.source, batch.target)
    if settings.lambda_line > 0:
        line = line_loss(drawn.ink_logit, aim.target, aim.target_skeleton)
    pix, edge, distance, weight = _ink_terms(drawn, aim, settings)
    adv_edge, match, edges, real_edges = _edge_terms(way, drawn, aim, adversarial=adversarial)
    terms = GeneratorLosses(
        pix, sc, adv_image, adv_skeleton, cycle, cls, moved, line, edge, distance, weight, adv_edge, match
    )
    return terms, Drawn(drawn.image.detach(), None if skeleton is None else skeleton.detach(), edges, real_edges)


def _ink_terms(drawn: Generated, aim: TrainBatch, settings: TrainSettings) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """L_pix with what goes with it, and the terms of edges, distances and weight, at the finest grid that is drawn."""
    none = aim.source.new_zeros(())
    if drawn.distance is None or aim.distance is None:
        pix = content_loss(settings.content, drawn.image, drawn.ink_logit, aim.target)
        return pix, edge_loss(drawn.image, aim.target) if settings.lambda_edge > 0 else none, none, none
    picture, target = picture_of(drawn.distance), picture_of(aim.distance)
    return (
        fine_content_loss(drawn.distance, aim.distance),
        edge_loss(picture, target) if settings.lambda_edge > 0 else none,
        distance_loss(drawn.distance, aim.distance) if settings.lambda_distance > 0 else none,
        weight_loss(picture, target) if settings.lambda_weight > 0 else none,
    )


def _edge_terms(
    way: Way, drawn: Generated, aim: TrainBatch, *, adversarial: bool
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    """The small judge's two terms, and the squares that it saw: drawn and real."""
    none = aim.source.new_zeros(())
    if not adversarial or way.edge_discriminator is None or drawn.distance is None or aim.distance is None:
        return none, none, None, None
    fake, real = (picture_of(_window(one, aim)) for one in (drawn.distance, aim.distance))
    logits, features = way.edge_discriminator(fake, aim.style)
    with torch.no_grad():
        real_features = way.edge_discriminator(real, aim.style)[1]
    adversarial_term = generator_adversarial_loss(EDGE_FORM, logits)
    return adversarial_term, matching_loss(features, real_features), fake.detach(), real


def _window(fine: Tensor, batch: TrainBatch) -> Tensor:
    (row, column), side = batch.corner, batch.source.shape[-1]
    return fine[:, :, row : row + side, column : column + side]


def discriminator_losses(
    networks: Networks, batch: TrainBatch, drawn: list[Drawn], settings: TrainSettings, *, penalised: bool = False
) -> DiscriminatorLosses:
    """All terms of the discriminators (Eq. 7 and 8), both directions added.

    Args:
        networks: everything that takes part.
        batch: the pairs.
        drawn: what the generators drew.
        settings: forms and switches.
        penalised: whether this step pays the small judge's gradient penalty.
    """
    image, skeleton, edge, penalty = (batch.source.new_zeros(()) for _ in range(4))
    ways = [(networks.forward_way(), batch)]
    backward = networks.backward_way()
    if backward is not None:
        ways.append((backward, batch.mirrored()))
    for (way, pairs), fakes in zip(ways, drawn, strict=True):
        if way.image_discriminator is not None:
            real = way.image_discriminator(pairs.target, pairs.source, pairs.style)
            fake = way.image_discriminator(fakes.image, pairs.source, pairs.style)
            image = image + _telling(real, fake, settings)
        if way.skeleton_discriminator is not None and fakes.skeleton is not None:
            real, fake = way.skeleton_discriminator(pairs.target_skeleton), way.skeleton_discriminator(fakes.skeleton)
            skeleton = skeleton + _telling(real, fake, settings)
        if way.edge_discriminator is not None and fakes.edges is not None and fakes.real_edges is not None:
            told, paid = _judging_edges(way.edge_discriminator, fakes.edges, fakes.real_edges, pairs.style, penalised)
            edge, penalty = edge + told, penalty + paid
    return DiscriminatorLosses(image, skeleton, edge, penalty)


def _judging_edges(
    judge: EdgeDiscriminator, fake: Tensor, real: Tensor, style: Tensor, penalised: bool
) -> tuple[Tensor, Tensor]:
    """The small judge's own term and, where this step pays it, its gradient penalty."""
    real = real.detach().requires_grad_(penalised)
    real_logits, fake_logits = judge(real, style)[0], judge(fake, style)[0]
    told = discriminator_adversarial_loss(EDGE_FORM, real_logits, fake_logits)
    return told, gradient_penalty(real_logits, real) * PENALTY_EVERY if penalised else told.new_zeros(())


def _bent(batch: TrainBatch, drawn: Generated, settings: TrainSettings) -> TrainBatch:
    """The pairs as the content terms see them: targets bent towards what was drawn, where the settings allow it."""
    if not settings.bend_px:
        return batch
    field = bending_field(batch.target, drawn.image, settings.bend_px)
    target, skeleton = move(batch.target, field), move(batch.target_skeleton, field)
    distance = None if batch.distance is None else move(batch.distance, field)
    return dataclasses.replace(batch, target=target, target_skeleton=skeleton, distance=distance)


def _target_skeleton(way: Way, batch: TrainBatch) -> Tensor:
    with torch.no_grad():
        skeleton = way.skeleton(batch.target)
    assert skeleton is not None
    return skeleton


def _fooling(judged: Judged, settings: TrainSettings) -> Tensor:
    """The generator's adversarial term; the judge's CAM logits join it, as in U-GAT-IT."""
    loss = generator_adversarial_loss(settings.adversarial, judged.patches)
    if judged.class_logits.numel():
        loss = loss + generator_adversarial_loss(settings.adversarial, judged.class_logits)
    return loss


def _telling(real: Judged, fake: Judged, settings: TrainSettings) -> Tensor:
    """The judge's adversarial term; its CAM logits join it, as in U-GAT-IT."""
    loss = discriminator_adversarial_loss(settings.adversarial, real.patches, fake.patches)
    if real.class_logits.numel():
        loss = loss + discriminator_adversarial_loss(settings.adversarial, real.class_logits, fake.class_logits)
    return loss
