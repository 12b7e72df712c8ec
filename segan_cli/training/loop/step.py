"""One training step of SE-GAN, written out term by term, for G_F and, mirrored, for G_B."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from segan_cli.training.data.target_warp import bending_field
from segan_cli.training.model.discriminators import ImageDiscriminator, Judged, SkeletonDiscriminator
from segan_cli.training.model.losses import (
    DiscriminatorLosses,
    GeneratorLosses,
    classification_loss,
    content_loss,
    cycle_loss,
    discriminator_adversarial_loss,
    displacement_loss,
    edge_loss,
    generator_adversarial_loss,
    line_loss,
    skeleton_consistency_loss,
)
from segan_cli.training.model.networks import Generated, Generator, move
from segan_cli.training.settings import TrainSettings


@dataclass(frozen=True, slots=True)
class TrainBatch:
    """Pairs of one batch; pictures are (B, 1, S, S) in [-1, 1], ink +1.

    Args:
        source: X_i.
        source_skeleton: X_s.
        target: Y_t.
        target_skeleton: Y_s.
        style: (B,) int64, the index of each pair's hand.
    """

    source: Tensor
    source_skeleton: Tensor
    target: Tensor
    target_skeleton: Tensor
    style: Tensor

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

    def skeleton(self, picture: Tensor) -> Tensor | None:
        """SG(picture), with its graph; None without SG."""
        return self.skeleton_generator(picture) if self.skeleton_generator is not None else None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a direction drew, without gradients, for its judges."""

    image: Tensor
    skeleton: Tensor | None


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
    drawn = way.generator(batch.source, batch.source_skeleton, batch.style)
    skeleton = way.skeleton(drawn.image)
    aim = _bent(batch, drawn, settings)
    pix = content_loss(settings.content, drawn.image, drawn.ink_logit, aim.target)
    sc, adv_image, adv_skeleton, cycle, cls, moved, line, edge = (none,) * 8
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
    if settings.lambda_edge > 0:
        edge = edge_loss(drawn.image, aim.target)
    terms = GeneratorLosses(pix, sc, adv_image, adv_skeleton, cycle, cls, moved, line, edge)
    return terms, Drawn(drawn.image.detach(), None if skeleton is None else skeleton.detach())


def discriminator_losses(
    networks: Networks, batch: TrainBatch, drawn: list[Drawn], settings: TrainSettings
) -> DiscriminatorLosses:
    """All terms of the discriminators (Eq. 7 and 8), both directions added."""
    image, skeleton = batch.source.new_zeros(()), batch.source.new_zeros(())
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
    return DiscriminatorLosses(image, skeleton)


def _bent(batch: TrainBatch, drawn: Generated, settings: TrainSettings) -> TrainBatch:
    """The pairs as the content terms see them: targets bent towards what was drawn, where the settings allow it."""
    if not settings.bend_px:
        return batch
    field = bending_field(batch.target, drawn.image, settings.bend_px)
    target, skeleton = move(batch.target, field), move(batch.target_skeleton, field)
    return dataclasses.replace(batch, target=target, target_skeleton=skeleton)


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
