"""One training step of SE-GAN, written out term by term, for G_F and, mirrored, for G_B."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from segan_cli.training.data.distance import INTERPOLATION
from segan_cli.training.data.train_batch import TrainBatch
from segan_cli.training.loop.target_warp import warp_field
from segan_cli.training.model.discriminators import (
    DiscriminatorOutput,
    EdgeDiscriminator,
    ImageDiscriminator,
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
    relativistic_loss,
    skeleton_consistency_loss,
    weight_loss,
)
from segan_cli.training.model.networks import Generated, Generator, picture_of, warp
from segan_cli.training.settings import LossSettings, NetworkSettings, TrainSettings

PENALTY_EVERY = 8
"""Steps between two gradient penalties, each weighted so many times (lazy regularisation, StyleGAN 2)."""


class Networks(nn.Module):
    """Every network of a run; a part that the settings switch off is None.

    Args:
        settings: shapes and switches.
        styles: number of hands.
        skeleton_generator: SG, pre-trained; it is frozen here, and gradients flow through it.
    """

    def __init__(self, settings: TrainSettings, styles: int = 1, skeleton_generator: nn.Module | None = None) -> None:
        super().__init__()
        adversarial = settings.losses.lambda_adv > 0
        discriminate_images = adversarial and settings.network.image_discriminator
        discriminate_skeletons = adversarial and settings.network.skeleton_discriminator
        self.forward_generator = Generator(settings.network, styles)
        self.backward_generator = Generator(_returning(settings.network), styles) if settings.network.cycle else None
        self.image_discriminator = ImageDiscriminator(settings.network, styles) if discriminate_images else None
        self.skeleton_discriminator = SkeletonDiscriminator(settings.network) if discriminate_skeletons else None
        discriminate_edges = settings.losses.lambda_adv_edge > 0 or settings.losses.lambda_match > 0
        self.edge_discriminator = (
            EdgeDiscriminator(settings.network.discriminator_channels // 2, styles) if discriminate_edges else None
        )
        both = settings.network.cycle
        self.backward_image_discriminator = (
            ImageDiscriminator(settings.network, styles) if discriminate_images and both else None
        )
        self.backward_skeleton_discriminator = (
            SkeletonDiscriminator(settings.network) if discriminate_skeletons and both else None
        )
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

    def forward_direction(self) -> Direction:
        """Source to hand."""
        return Direction(
            self.forward_generator,
            self.backward_generator,
            self.image_discriminator,
            self.skeleton_discriminator,
            self.skeleton_generator,
            self.edge_discriminator,
        )

    def backward_direction(self) -> Direction | None:
        """Hand to source, where the cycle is on."""
        if self.backward_generator is None:
            return None
        return Direction(
            self.backward_generator,
            self.forward_generator,
            self.backward_image_discriminator,
            self.backward_skeleton_discriminator,
            self.skeleton_generator,
        )


def _returning(network: NetworkSettings) -> NetworkSettings:
    """The shape of G_B: a font's glyphs have neither a brush's edges nor its gestures."""
    return dataclasses.replace(network, edge_channels=0, gesture=False)


@dataclass(frozen=True, slots=True)
class Direction:
    """What takes part in one direction: its generator, the one that returns, its discriminators, SG."""

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
    """What a direction drew, without gradients, for its discriminators; and what the discriminator of edges sees of it and of the warped targets."""

    image: Tensor
    skeleton: Tensor | None
    edges: Tensor | None = None
    real_edges: Tensor | None = None


def generator_losses(
    networks: Networks, batch: TrainBatch, settings: LossSettings, *, adversarial: bool
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
    terms, drawn = direction_losses(networks.forward_direction(), batch, settings, adversarial=adversarial)
    backward = networks.backward_direction()
    if backward is None:
        return terms, [drawn]
    in_place = dataclasses.replace(settings, warp_px=0.0)  # a font's glyph is where it is
    more, drawn_back = direction_losses(backward, batch.mirrored(), in_place, adversarial=adversarial)
    added = (getattr(terms, name) + getattr(more, name) for name in GeneratorLosses.__slots__)
    return GeneratorLosses(*added), [drawn, drawn_back]


def direction_losses(
    direction: Direction, batch: TrainBatch, settings: LossSettings, *, adversarial: bool
) -> tuple[GeneratorLosses, Drawn]:
    """The terms of one direction (§3.4)."""
    none = batch.source.new_zeros(())
    drawn = direction.generator(batch.source, batch.source_skeleton, batch.style, batch.gesture)
    skeleton = direction.skeleton(drawn.image)
    warped = _warped(batch, drawn, settings)
    sc, adv_image, adv_skeleton, cycle, cls, displacement, line = (none,) * 7
    if skeleton is not None and settings.lambda_con * settings.lambda_sc > 0:
        sc = skeleton_consistency_loss(skeleton, _target_skeleton(direction, warped))
    if adversarial and direction.image_discriminator is not None:
        adv_image = _generator_adversarial(
            direction.image_discriminator(drawn.image, batch.source, batch.style), settings
        )
    if adversarial and direction.skeleton_discriminator is not None and skeleton is not None:
        adv_skeleton = _generator_adversarial(direction.skeleton_discriminator(skeleton), settings)
    if direction.returning is not None and settings.lambda_cycle > 0:
        returned = direction.returning(
            drawn.image, batch.target_skeleton if skeleton is None else skeleton, batch.style
        )
        cycle = cycle_loss(returned.image, batch.source)
    if settings.lambda_cls > 0:
        share = max(1, round(len(batch.target) * settings.classify_share))
        target_logits = direction.generator.classify(batch.target[:share], batch.target_skeleton[:share])
        cls = classification_loss(drawn.class_logits, target_logits)
    if drawn.field is not None and settings.lambda_displacement > 0:
        displacement = displacement_loss(drawn.field, batch.source, batch.target)
    if settings.lambda_line > 0:
        line = line_loss(drawn.ink_logit, warped.target, warped.target_skeleton)
    pix, edge, distance, weight = _ink_terms(drawn, warped, settings)
    adv_edge, match, edges, real_edges = _edge_terms(direction, drawn, warped, settings, adversarial=adversarial)
    terms = GeneratorLosses(
        pix, sc, adv_image, adv_skeleton, cycle, cls, displacement, line, edge, distance, weight, adv_edge, match
    )
    return terms, Drawn(drawn.image.detach(), None if skeleton is None else skeleton.detach(), edges, real_edges)


def _ink_terms(drawn: Generated, warped: TrainBatch, settings: LossSettings) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """L_pix with what goes with it, and the terms of edges, distances and weight, at the finest grid that is drawn."""
    none = warped.source.new_zeros(())
    if drawn.distance is None or warped.distance is None:
        pix = content_loss(settings.content, drawn.image, drawn.ink_logit, warped.target)
        return pix, edge_loss(drawn.image, warped.target) if settings.lambda_edge > 0 else none, none, none
    picture, target = picture_of(drawn.distance), picture_of(warped.distance)
    return (
        fine_content_loss(drawn.distance, warped.distance),
        edge_loss(picture, target) if settings.lambda_edge > 0 else none,
        distance_loss(drawn.distance, warped.distance) if settings.lambda_distance > 0 else none,
        weight_loss(picture, target) if settings.lambda_weight > 0 else none,
    )


def _edge_terms(
    direction: Direction, drawn: Generated, warped: TrainBatch, settings: LossSettings, *, adversarial: bool
) -> tuple[Tensor, Tensor, Tensor | None, Tensor | None]:
    """The edge discriminator's two terms, and the squares that it saw: drawn and real."""
    none = warped.source.new_zeros(())
    if not adversarial or direction.edge_discriminator is None or drawn.distance is None or warped.distance is None:
        return none, none, None, None
    fake, real = (picture_of(_window(one, warped)) for one in (drawn.distance, warped.distance))
    logits, features = direction.edge_discriminator(fake, warped.style)
    with torch.no_grad():
        real_logits, real_features = direction.edge_discriminator(real, warped.style)
    if settings.edge_form == "relativistic":
        adversarial_term = relativistic_loss(logits, real_logits)
    else:
        adversarial_term = generator_adversarial_loss(settings.edge_form, logits)
    return adversarial_term, matching_loss(features, real_features), fake.detach(), real


def _window(fine: Tensor, batch: TrainBatch) -> Tensor:
    (row, column), side = batch.corner, batch.source.shape[-1]
    return fine[:, :, row : row + side, column : column + side]


def discriminator_losses(
    networks: Networks, batch: TrainBatch, drawn: list[Drawn], settings: LossSettings, *, penalised: bool = False
) -> DiscriminatorLosses:
    """All terms of the discriminators (Eq. 7 and 8), both directions added.

    D_s compares SG's skeleton of the hand's glyph with SG's of the drawn one. The paper's Y_s, a thinned line, in the former's place
    tells SG from thinning, and of the hand little (`tests/benchmarks/table.md`).

    Args:
        networks: everything that takes part.
        batch: the pairs.
        drawn: what the generators drew.
        settings: forms and switches.
        penalised: whether this step pays the edge discriminator's gradient penalty.
    """
    image, skeleton, edge, penalty = (batch.source.new_zeros(()) for _ in range(4))
    directions = [(networks.forward_direction(), batch)]
    backward = networks.backward_direction()
    if backward is not None:
        directions.append((backward, batch.mirrored()))
    for (direction, pairs), fakes in zip(directions, drawn, strict=True):
        if direction.image_discriminator is not None:
            real = direction.image_discriminator(pairs.target, pairs.source, pairs.style)
            fake = direction.image_discriminator(fakes.image, pairs.source, pairs.style)
            image = image + _discriminator_adversarial(real, fake, settings)
        if direction.skeleton_discriminator is not None and fakes.skeleton is not None:
            real, fake = (
                direction.skeleton_discriminator(_target_skeleton(direction, pairs)),
                direction.skeleton_discriminator(fakes.skeleton),
            )
            skeleton = skeleton + _discriminator_adversarial(real, fake, settings)
        if direction.edge_discriminator is not None and fakes.edges is not None and fakes.real_edges is not None:
            adversarial, penalty_term = _edge_discriminator_terms(
                direction.edge_discriminator, fakes.edges, fakes.real_edges, pairs.style, settings.edge_form, penalised
            )
            edge, penalty = edge + adversarial, penalty + penalty_term
    return DiscriminatorLosses(image, skeleton, edge, penalty)


def _edge_discriminator_terms(
    discriminator: EdgeDiscriminator, fake: Tensor, real: Tensor, style: Tensor, form: str, penalised: bool
) -> tuple[Tensor, Tensor]:
    """The edge discriminator's own term and, where this step pays it, its gradient penalty: on what is real, and, where both are compared, on both."""
    fake, real = (picture.detach().requires_grad_(penalised) for picture in (fake, real))
    real_logits, fake_logits = discriminator(real, style)[0], discriminator(fake, style)[0]
    paired = form == "relativistic"
    loss = (
        relativistic_loss(real_logits, fake_logits)
        if paired
        else discriminator_adversarial_loss(form, real_logits, fake_logits)
    )
    if not penalised:
        return loss, loss.new_zeros(())
    penalty = gradient_penalty(real_logits, real)
    if paired:
        penalty = penalty + gradient_penalty(fake_logits, fake)
    return loss, penalty * PENALTY_EVERY


def _warped(batch: TrainBatch, drawn: Generated, settings: LossSettings) -> TrainBatch:
    """The pairs as the content terms see them: targets warped towards what was drawn, where the settings allow it."""
    if not settings.warp_px:
        return batch
    field = warp_field(batch.target, drawn.image, settings.warp_px)
    target, skeleton = warp(batch.target, field), warp(batch.target_skeleton, field)
    distance = None if batch.distance is None else warp(batch.distance, field, INTERPOLATION)
    return dataclasses.replace(batch, target=target, target_skeleton=skeleton, distance=distance)


def _target_skeleton(direction: Direction, batch: TrainBatch) -> Tensor:
    with torch.no_grad():
        skeleton = direction.skeleton(batch.target)
    assert skeleton is not None
    return skeleton


def _generator_adversarial(judged: DiscriminatorOutput, settings: LossSettings) -> Tensor:
    """The generator's adversarial term; the discriminator's CAM logits join it, as in U-GAT-IT."""
    loss = generator_adversarial_loss(settings.adversarial, judged.patches)
    if judged.class_logits.numel():
        loss = loss + generator_adversarial_loss(settings.adversarial, judged.class_logits)
    return loss


def _discriminator_adversarial(real: DiscriminatorOutput, fake: DiscriminatorOutput, settings: LossSettings) -> Tensor:
    """The discriminator's adversarial term; its CAM logits join it, as in U-GAT-IT."""
    loss = discriminator_adversarial_loss(settings.adversarial, real.patches, fake.patches)
    if real.class_logits.numel():
        loss = loss + discriminator_adversarial_loss(settings.adversarial, real.class_logits, fake.class_logits)
    return loss
