"""FID's own features: Inception v3 by `torch-fidelity`, from weights that the user brings."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from segan_cli.errors import MissingExtraError, SeganError, UsageError
from segan_cli.evaluation.features import Features
from segan_cli.files.plain import read_plain
from segan_cli.glyph import Ink

HASH_START = "6726825d"
"""How the SHA-256 of the canonical weights begins; the file's published name carries it (torch.hub's custom)."""

BATCH = 16
WIDTH = 2048


class InceptionFeatures:
    """The 2,048 pooled features of the Inception network that FID is defined on.

    Args:
        weights: `weights-inception-2015-12-05-6726825d.pth`, which pytorch-fid publishes as
            `pt_inception-2015-12-05-6726825d.pth`.
        check_hash: refuse any other file: only these weights make FID.

    Raises:
        UsageError: no such file, or another one.
        MissingExtraError: torch-fidelity is not installed.
        SeganError: the file is damaged.
    """

    name = "Inception v3 (2015-12-05)"

    def __init__(self, weights: Path, *, check_hash: bool = True) -> None:
        if not weights.is_file():
            raise UsageError(
                f"There is no file {weights}. FID needs the canonical weights, …-2015-12-05-{HASH_START}.pth"
            )
        found = hashlib.sha256(read_plain(weights)).hexdigest()
        if check_hash and not found.startswith(HASH_START):
            raise UsageError(
                f"{weights} does not hold the canonical Inception weights: its SHA-256 begins with {found[:8]}, not with "
                f"{HASH_START}. Figures from other weights are no FID."
            )
        self._network = _load(weights)

    def extract(self, inks: Sequence[Ink]) -> Features:
        """Features of glyphs, dark on light, three equal channels of 8 bit; the network scales them to 299 px itself.

        Args:
            inks: square pictures, (S, S) float32 in [0, 1], 1 is ink.

        Returns:
            (N, 2048) float64, in order.
        """
        import torch

        rows = [np.zeros((0, WIDTH))]
        for start in range(0, len(inks), BATCH):
            paper = np.stack([1.0 - np.clip(ink, 0.0, 1.0) for ink in inks[start : start + BATCH]])
            grey = torch.from_numpy(np.rint(paper * 255).astype(np.uint8))
            with torch.inference_mode():
                (found,) = self._network(grey[:, None].expand(-1, 3, -1, -1))
            rows.append(found.double().numpy())
        return np.concatenate(rows)


def _load(weights: Path) -> Any:
    """torch-fidelity's network; the file itself is read with `weights_only`, and only its tensors are handed on."""
    try:
        import torch
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise MissingExtraError("FID", "fid") from error
    try:
        state = torch.load(weights, weights_only=True, map_location="cpu")
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / "weights.pth"
            torch.save({name: tensor.clone() for name, tensor in state.items()}, plain)
            return FeatureExtractorInceptionV3("inception-v3-compat", [str(WIDTH)], str(plain))
    except Exception as error:
        raise SeganError(f"The weights {weights} cannot be read: {str(error).splitlines()[0]}") from error
