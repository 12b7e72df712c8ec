"""The generators G_F and G_B (Fig. 2): two encoders, the attention, the decoder."""

from __future__ import annotations

import dataclasses
import itertools
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from segan_cli.training.model.attention import RefinedAttentionStack
from segan_cli.training.model.normalization import AdaptiveNorm, InstanceNorm
from segan_cli.training.settings import NetworkSettings

BLOCK = 4
"""Side of the pixel blocks that the space-to-depth stem folds into channels; both stems' features are S/4 or S."""

FIELD_REACH = 0.1
"""A displacement of 1 moves by this part of half the canvas."""

FIRST_REACH = 3.0
"""Pixels of the drawn grid that one unit of the fine stage's logit is worth at the start (measured on trained weights: 2.5 to 3.4)."""

EDGE_SHARPNESS = 2.0
"""Distances become pictures as tanh(2 · distance): an edge's grey reaches a pixel to each side of it."""

EDGE_DOUBT = 0.5
"""A distance times this is an ink logit: what lies a pixel inside is ink with probability sigmoid(1)."""

GESTURE = 2
"""What a gesture tells: weight and contrast."""

FIRST_GAIN = 1.2
"""Weight of the source in the output's logit at the start (measured: structure is there from the first step)."""


@dataclass(frozen=True, slots=True)
class Generated:
    """What a generator returns.

    Args:
        image: (B, 1, S, S) in [-1, 1], ink +1: tanh(sharpness · ink_logit); with an edge stage, its finer picture's means.
        ink_logit: (B, 1, S, S); the ink's probability is sigmoid(2 · ink_logit), of which the picture is a sharper version.
        class_logits: (B, 2 per attention unit) for L_cls.
        field: (B, 2, h, w) of `Displacement`, or None without one.
        heatmaps: "cam", "sram", "cram" → (B, h, w).
        distance: (B, 1, 2S, 2S), signed distance in pixels of that grid, positive in ink; None without an edge stage.
        predicted: (B, 2), the gesture that the network expects of the character; None where it takes no gesture.
    """

    image: Tensor
    ink_logit: Tensor
    class_logits: Tensor
    field: Tensor | None = None
    heatmaps: dict[str, Tensor] = dataclasses.field(default_factory=dict)
    distance: Tensor | None = None
    predicted: Tensor | None = None


def picture_of(distance: Tensor) -> Tensor:
    """Signed distances as a picture in [-1, 1] with soft edges, for losses and discriminators; drawn and written ones alike."""
    return torch.tanh(EDGE_SHARPNESS * distance)


class ConvNorm(nn.Sequential):
    """Convolution, instance norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 3, stride: int = 1) -> None:
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)
        super().__init__(convolution, InstanceNorm(outputs), nn.ReLU())


class ResidualBlock(nn.Module):
    """x + norm(conv(ReLU(norm(conv(x)))))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = ConvNorm(channels, channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm = InstanceNorm(channels)

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, h, w) to the same shape."""
        result: Tensor = features + self.norm(self.second(self.first(features)))
        return result


class AdaptiveBlock(nn.Module):
    """U-GAT-IT's residual block: AdaLIN in the place of instance norm."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.first_norm = AdaptiveNorm(channels)
        self.second = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.second_norm = AdaptiveNorm(channels)

    def forward(self, features: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
        """Refine (B, C, h, w) with γ and β, (B, C, 1, 1)."""
        inner = F.relu(self.first_norm(self.first(features), gamma, beta))
        result: Tensor = features + self.second_norm(self.second(inner), gamma, beta)
        return result


class Encoder(nn.Module):
    """E_i or E_s: a stem, strides, and the paper's four residual blocks; image and skeleton have weights of their own."""

    def __init__(self, settings: NetworkSettings, base: int) -> None:
        super().__init__()
        if settings.stem == "conv":
            self.stem: nn.Module = ConvNorm(1, base, 7)
            self.down: nn.Module = nn.Sequential(ConvNorm(base, 2 * base, 3, 2), ConvNorm(2 * base, 4 * base, 3, 2))
        else:
            self.stem = nn.Sequential(nn.PixelUnshuffle(BLOCK), ConvNorm(BLOCK * BLOCK, base))
            self.down = ConvNorm(base, 2 * base, 3, 2)
        self.blocks = nn.Sequential(
            *(ResidualBlock(deep_channels(settings, base)) for _ in range(settings.encoder_blocks))
        )

    def forward(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        """Encode.

        Args:
            picture: (B, 1, S, S).

        Returns:
            The stem's features at the decoder's last resolution, and x, the features that the attention sees.
        """
        stem = self.stem(picture)
        return stem, self.blocks(self.down(stem))


class Decoder(nn.Module):
    """AdaLIN residual blocks and up-samplings; γ and β come from the refined features and the style's vector."""

    def __init__(self, settings: NetworkSettings) -> None:
        super().__init__()
        base = settings.base_channels
        deep = deep_channels(settings, base)
        self.style = nn.Sequential(nn.Linear(deep + settings.style_channels, deep), nn.ReLU())
        self.gamma, self.beta = nn.Linear(deep, deep), nn.Linear(deep, deep)
        nn.init.ones_(self.gamma.bias)
        self.blocks = nn.ModuleList(AdaptiveBlock(deep) for _ in range(settings.decoder_blocks))
        widths = (4 * base, 2 * base, base) if settings.stem == "conv" else (2 * base, base)
        self.up = nn.ModuleList(ConvNorm(wide, slim) for wide, slim in itertools.pairwise(widths))

    def forward(self, refined: Tensor, style: Tensor) -> Tensor:
        """(B, C, h, w) and (B, style channels) to (B, base channels, H, W) at the stem's resolution."""
        told = self.style(torch.cat([refined.mean((2, 3)), style], 1))
        gamma, beta = self.gamma(told)[:, :, None, None], self.beta(told)[:, :, None, None]
        features = refined
        for block in self.blocks:
            features = block(features, gamma, beta)
        for stage in self.up:
            features = stage(F.interpolate(features, scale_factor=2.0, mode="nearest"))
        return features


class FineStage(nn.Module):
    """The last stage at S/2: features and, beside them, the moved source and skeleton, which have the edges.

    Source: ours: a block of 4 × 4 pixels that is one linear map of its features shows as a grid in flat paper.
    """

    def __init__(self, base: int, channels: int, pictures: int) -> None:
        super().__init__()
        self.widen = nn.Sequential(nn.Conv2d(base, 2 * channels, 3, padding=1), nn.PixelShuffle(2), nn.ReLU())
        self.fold = nn.PixelUnshuffle(2)
        self.mix = nn.Sequential(nn.Conv2d(channels // 2 + 4 * pictures, channels, 3, padding=1), nn.ReLU())
        self.last = nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.PixelShuffle(2))

    def forward(self, features: Tensor, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """(B, base, S/4, S/4) and (B, pictures, S, S) to a logit (B, 1, S, S) and the features (B, C, S/2, S/2) before it."""
        mixed = self.mix(torch.cat([self.widen(features), self.fold(pictures)], 1))
        return self.last(mixed), mixed


class Enlarge(nn.Module):
    """Twice the side by bicubic interpolation."""

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 1, S, S) to (B, 1, 2S, 2S)."""
        return F.interpolate(picture.float(), scale_factor=2.0, mode="bicubic", align_corners=False)


class EnlargeByConvolution(nn.Module):
    """The same numbers by one convolution, for ONNX: its runtimes' own bicubic enlargement takes a quarter of a glyph's time."""

    def __init__(self) -> None:
        super().__init__()
        here = torch.zeros(1, 1, 1, 11)
        here[..., 5] = 1
        taps = F.interpolate(here, size=(1, 22), mode="bicubic", align_corners=False)[0, 0, 0]
        # What output 2i + phase takes from input i + k, for k from -2 to 2.
        phases = torch.stack([torch.stack([taps[2 * (5 - k) + phase] for k in range(-2, 3)]) for phase in range(2)])
        kernel = torch.einsum("ay,bx->abyx", phases, phases).reshape(4, 1, 5, 5)
        self.register_buffer("kernel", kernel, persistent=False)
        self.kernel: Tensor

    def forward(self, picture: Tensor) -> Tensor:
        """(B, 1, S, S) to (B, 1, 2S, 2S)."""
        return F.pixel_shuffle(F.conv2d(F.pad(picture, (2, 2, 2, 2), mode="replicate"), self.kernel), 2)


class EdgeStage(nn.Module):
    """One more sub-pixel stage: signed distances at S, from the fine stage's features, its logit and the moved pictures, their
    bicubic enlargement to 2S, and what single pixels of 2S differ from it.

    It begins as the fine stage's logit, enlarged: what it adds is zero at first. The style tells it, channel by channel, how
    this hand's edges and ends look.

    Source: ours: a distance at S, enlarged, keeps .86 of the sharp corners of a hand and an overlap of .985 at 4S; one at 2S
        keeps .97 and .999. Drawn at 2S without the enlargement below it, edges were ragged.
    """

    def __init__(self, fine: int, channels: int, pictures: int, style: int) -> None:
        super().__init__()
        narrow = channels // 2
        self.widen = nn.Sequential(nn.Conv2d(fine, 4 * narrow, 3, padding=1), nn.PixelShuffle(2), nn.ReLU())
        self.mix = nn.Conv2d(narrow + 1 + pictures, channels, 3, padding=1)
        self.told = nn.Linear(style, 2 * channels)
        self.deepen = nn.Sequential(nn.ReLU(), nn.Conv2d(channels, channels, 3, padding=1), nn.ReLU())
        self.last = nn.Conv2d(channels, 1, 3, padding=1)
        self.enlarge: nn.Module = Enlarge()
        self.subpixels = nn.Sequential(nn.Conv2d(channels, 4, 3, padding=1), nn.PixelShuffle(2))
        self.reach = nn.Parameter(torch.tensor(FIRST_REACH))
        for silent in (*self.told.parameters(), *self.last.parameters(), *self.subpixels.parameters()):
            nn.init.zeros_(silent)

    def forward(self, features: Tensor, logit: Tensor, pictures: Tensor, style: Tensor) -> Tensor:
        """(B, C, S/2, S/2), (B, 1, S, S), (B, pictures, S, S) and (B, style channels) to distances (B, 1, 2S, 2S)."""
        mixed = self.mix(torch.cat([self.widen(features), logit, pictures], 1))
        scale, shift = self.told(style)[:, :, None, None].chunk(2, 1)
        deep = self.deepen(torch.addcmul(shift, mixed, 1 + scale))
        distance: Tensor = self.enlarge(self.reach * logit + self.last(deep)) + self.subpixels(deep)
        return distance


class GestureInput(nn.Module):
    """Weight and contrast join the style's vector through one layer that begins at zero.

    `weights` and `biases` are no parameters: they predict the gesture from the trunk's mean features, and are fitted to the
    training part at the end (`fit_gesture`); until then every character is expected to be the hand's mean.

    Source: ours. A glyph's own weight is told to the network, so that it need not draw the mean of all.
    """

    def __init__(self, deep: int, style: int, styles: int) -> None:
        super().__init__()
        self.join = nn.Linear(GESTURE, style, bias=False)
        nn.init.zeros_(self.join.weight)
        self.register_buffer("weights", torch.zeros(styles, GESTURE, deep))
        self.register_buffer("biases", torch.zeros(styles, GESTURE))
        self.weights: Tensor
        self.biases: Tensor

    def predict(self, pooled: Tensor, style: Tensor) -> Tensor:
        """(B, deep) mean features and (B,) styles to (B, 2) standardised weight and contrast."""
        predicted: Tensor = (self.weights[style] @ pooled[:, :, None])[:, :, 0] + self.biases[style]
        return predicted


class Displacement(nn.Module):
    """A coarse field that moves pictures towards where the hand puts its strokes.

    Source: ours, after DG-Font's deformable skips, with plain bilinear sampling in the place of its operator.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.head = nn.Conv2d(channels, 2, 3, padding=1)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, h, w) to a field (B, 2, h, w): x and y offsets in halves of the canvas."""
        field: Tensor = self.head(features) * FIELD_REACH
        return field


def warp(picture: Tensor, field: Tensor, mode: str = "bilinear") -> Tensor:
    """Sample `picture` where `field` points.

    Args:
        picture: (B, C, H, W).
        field: (B, 2, h, w), x and y offsets in halves of the canvas; scaled to H × W.
        mode: how it lies between pixels, `bilinear` or `bicubic`.

    Returns:
        (B, C, H, W).
    """
    height, width = picture.shape[2:]
    field = field.float()  # 16 bits tell fewer than 256 places apart
    if field.shape[2:] != picture.shape[2:]:
        field = F.interpolate(field, size=(height, width), mode="bilinear", align_corners=False)
    across = (torch.arange(width, device=picture.device, dtype=field.dtype) * 2 + 1) / width - 1
    down = (torch.arange(height, device=picture.device, dtype=field.dtype) * 2 + 1) / height - 1
    grid = torch.stack([field[:, 0] + across, field[:, 1] + down[:, None]], 3)
    moved = F.grid_sample(picture.float(), grid, mode=mode, padding_mode="border", align_corners=False)
    return moved.to(picture.dtype)


class Generator(nn.Module):
    """G_F(X_i, X_s) → brush glyph, or G_B, the way back.

    Args:
        settings: the network's shape.
        styles: number of hands that it draws.
    """

    def __init__(self, settings: NetworkSettings, styles: int = 1) -> None:
        super().__init__()
        self.settings = settings
        base = settings.base_channels
        slim = (settings.skeleton_channels or base) if settings.skeleton_encoder else 0
        self.image_encoder = Encoder(settings, base)
        self.skeleton_encoder = Encoder(settings, slim) if slim else None
        deep = deep_channels(settings, base)
        self.attention = RefinedAttentionStack(deep, settings.attention, deep_channels(settings, slim) or None)
        self.style_vectors = nn.Embedding(styles, settings.style_channels)
        self.decoder = Decoder(settings)
        self.displacement = Displacement(base) if settings.displacement else None
        self.finish = ConvNorm(base + (base + slim if settings.skip_features else 0), base)
        block = 1 if settings.stem == "conv" else BLOCK
        if settings.fine_channels:
            self.draw: nn.Module = FineStage(base, settings.fine_channels, 2 if slim else 1)
        else:
            self.draw = nn.Sequential(nn.Conv2d(base, block * block, 3, padding=1), nn.PixelShuffle(block))
        self.gain = nn.Parameter(torch.tensor(FIRST_GAIN)) if settings.source_residual else None
        self.edge, self.gesture = None, None
        if settings.edge_channels:
            self.edge = EdgeStage(
                settings.fine_channels, settings.edge_channels, 2 if slim else 1, settings.style_channels
            )
        if settings.gesture:
            self.gesture = GestureInput(deep, settings.style_channels, styles)

    def forward(
        self,
        source: Tensor,
        source_skeleton: Tensor,
        style: Tensor,
        gesture: Tensor | None = None,
        offset: Tensor | None = None,
    ) -> Generated:
        """Draw.

        Args:
            source: X_i, (B, 1, S, S) in [-1, 1], ink +1.
            source_skeleton: X_s, the same.
            style: (B,) int64, the index of the hand.
            gesture: (B, 2), weight and contrast in standard deviations of the hand; None takes what is predicted.
            offset: (B, 2), added to what is predicted.
        """
        stems, features, class_logits, heatmaps = self._attend(source, source_skeleton)
        pictures = source if self.skeleton_encoder is None else torch.cat([source, source_skeleton], 1)
        vector, predicted = self.style_vectors(style), None
        if self.gesture is not None:
            predicted = self.gesture.predict(features.mean((2, 3)).float(), style)
            told = predicted if gesture is None else gesture
            vector = vector + self.gesture.join(told if offset is None else told + offset)
        features = self.decoder(features, vector)
        field = self.displacement(features) if self.displacement is not None else None
        if field is not None:
            pictures = warp(pictures, field)
        logit, fine = self._finish(features, stems, pictures, field)
        if self.edge is None or fine is None:
            ink_logit = logit.float()  # losses want more than 16 bits
            image = torch.tanh(self.settings.sharpness * ink_logit)
            return Generated(image, ink_logit, class_logits, field, heatmaps, None, predicted)
        distance = self.edge(fine, logit, pictures, vector).float()
        image = F.avg_pool2d(picture_of(distance), 2)
        ink_logit = EDGE_DOUBT * F.avg_pool2d(distance, 2)
        return Generated(image, ink_logit, class_logits, field, heatmaps, distance, predicted)

    def train_edges_alone(self) -> None:
        """Leave gradients to the fine and the edge stage; the rest is evaluated only.

        Raises:
            ValueError: there is no edge stage.
        """
        if self.edge is None:
            raise ValueError("There is no edge stage to train alone.")
        self.requires_grad_(False)
        for part in (self.draw, self.edge):
            part.requires_grad_(True)
        if self.gain is not None:
            self.gain.requires_grad_(True)

    def pooled(self, source: Tensor, source_skeleton: Tensor) -> Tensor:
        """The trunk's mean features, (B, deep), from which gestures are predicted."""
        return self._attend(source, source_skeleton)[1].mean((2, 3)).float()

    def classify(self, picture: Tensor, skeleton: Tensor) -> Tensor:
        """The attention's logits for a glyph of either domain, (B, 2 per unit), without drawing (L_cls)."""
        return self._attend(picture, skeleton)[2]

    def _attend(self, source: Tensor, skeleton: Tensor) -> tuple[list[Tensor], Tensor, Tensor, dict[str, Tensor]]:
        image_stem, image_features = self.image_encoder(source)
        stems, skeleton_features = [image_stem], None
        if self.skeleton_encoder is not None:
            skeleton_stem, skeleton_features = self.skeleton_encoder(skeleton)
            stems.append(skeleton_stem)
        refined, class_logits, heatmaps = self.attention(image_features, skeleton_features)
        return stems, refined + image_features, class_logits, heatmaps

    def _finish(
        self, features: Tensor, stems: list[Tensor], pictures: Tensor, field: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        """The logit at S, and the fine stage's features, where there is one."""
        if self.settings.skip_features:
            skipped = torch.cat(stems, 1)
            features = torch.cat([features, skipped if field is None else warp(skipped, field)], 1)
        features = self.finish(features)
        fine: Tensor | None = None
        if self.settings.fine_channels:
            ink_logit, fine = self.draw(features, pictures)
        else:
            ink_logit = self.draw(features)
        return (ink_logit if self.gain is None else ink_logit + self.gain * pictures[:, :1]), fine


def deep_channels(settings: NetworkSettings, base: int) -> int:
    """Channels where the attention works: C = 4 · base at S/4 (conv stem), 2 · base at S/8 (space-to-depth)."""
    return base * (4 if settings.stem == "conv" else 2)
