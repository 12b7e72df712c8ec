"""SAttRAM, the self-attentive refined attention module (§3.2): class activation, then attention that refines it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class ClassActivation(nn.Module):
    """M(x) of Eq. 1: a classifier's weights scale the channels.

    Source: the paper, Eq. 1; U-GAT-IT for the two classifiers (global average and global max pool) and their join.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.average = nn.Linear(channels, 1, bias=False)
        self.maximum = nn.Linear(channels, 1, bias=False)
        self.join = nn.Conv2d(2 * channels, channels, 1)

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Weigh the channels.

        Args:
            features: F(x), (B, C, h, w).

        Returns:
            M(x), (B, C, h, w), and the classifier's two logits, (B, 2).
        """
        logits = torch.cat([self.average(features.mean((2, 3))), self.maximum(features.amax((2, 3)))], 1)
        by_average = features * self.average.weight[:, :, None, None]
        by_maximum = features * self.maximum.weight[:, :, None, None]
        return F.relu(self.join(torch.cat([by_average, by_maximum], 1))), logits


class RefinedAttention(nn.Module):
    """One unit of SAttRAM: softmax(query(F)ᵀ key(G)) value(M) + M.

    The keys of SRAM come from the image features themselves (G = F, Eq. 2 and 3); those of CRAM from the skeleton features (Eq. 4).
    """

    def __init__(self, channels: int, *, key_channels: int | None = None, refine: bool = True) -> None:
        super().__init__()
        self.class_activation = ClassActivation(channels)
        self.refine = refine
        if refine:
            self.query = nn.Conv2d(channels, channels // 8, 1)
            self.key = nn.Conv2d(key_channels or channels, channels // 8, 1)
            self.value = nn.Conv2d(channels, channels, 1)

    def forward(self, features: Tensor, key_source: Tensor) -> tuple[Tensor, Tensor]:
        """Refine.

        Args:
            features: F(x_i), (B, C, h, w): where the queries come from.
            key_source: the features that the keys come from, (B, C or `key_channels` channels, h, w).

        Returns:
            M̂, (B, C, h, w), and the classifier's logits, (B, 2).
        """
        activation, logits = self.class_activation(features)
        if not self.refine:
            return activation, logits
        query, key, value = (
            _tokens(part) for part in (self.query(features), self.key(key_source), self.value(activation))
        )
        # Eq. 3 has no 1/√C1 under the softmax; scale=1 keeps to it.
        attended = F.scaled_dot_product_attention(query, key, value, scale=1.0)
        return _picture(attended, activation) + activation, logits


class RefinedAttentionStack(nn.Module):
    """SRAM and CRAM, stacked in that order (Fig. 2); or one of them, or CAM alone, for the ablations."""

    def __init__(self, channels: int, attention: str, skeleton_channels: int | None = None) -> None:
        super().__init__()
        self.names = tuple(attention.split("+"))
        key_channels = {"cram": skeleton_channels}
        self.units = nn.ModuleList(
            RefinedAttention(channels, key_channels=key_channels.get(name), refine=name != "cam") for name in self.names
        )

    def forward(
        self, image_features: Tensor, skeleton_features: Tensor | None
    ) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """Refine the image features, with keys from the skeleton's in CRAM.

        Args:
            image_features: x_i, (B, C, h, w).
            skeleton_features: x_s, (B, skeleton channels, h, w), or None without E_s.

        Returns:
            M̂, (B, C, h, w); all logits, (B, 2 per unit); each unit's heatmap, (B, h, w), by name.
        """
        refined, logits, heatmaps = image_features, [], {}
        for name, unit in zip(self.names, self.units, strict=True):
            key_source = skeleton_features if name == "cram" and skeleton_features is not None else refined
            refined, unit_logits = unit(refined, key_source)
            logits.append(unit_logits)
            heatmaps[name] = refined.mean(1)
        return refined, torch.cat(logits, 1), heatmaps


def _tokens(picture: Tensor) -> Tensor:
    """(B, C, h, w) to (B, 1, h·w, C): one attention head."""
    return picture.flatten(2).transpose(1, 2).unsqueeze(1)


def _picture(tokens: Tensor, like: Tensor) -> Tensor:
    return tokens.squeeze(1).transpose(1, 2).reshape(like.shape)
