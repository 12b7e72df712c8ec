"""What a network draws, as signed distances: how far a pixel lies from the edge of the ink, whatever the network's output is."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from segan_cli.generator.manifest import BundleManifest, NetworkRange
from segan_cli.generator.normalize import Batch, to_ink
from segan_cli.glyph import Ink

Field: TypeAlias = npt.NDArray[np.float32]
"""(S, S) float32, positive inside the ink, negative outside; its zero line is the edge. About pixels of its own grid near the edge."""

LOGIT_LIMIT = 3.0
"""Logits are cut to this: further out they say how sure the network is, which must not bend the edge when a picture is enlarged."""
SURE = 1 - 1e-6
"""The outermost value of a hyperbolic tangent whose logit is still a number."""


def fields_of(drawn: Batch, manifest: BundleManifest) -> list[Field]:
    """What the network drew, as one field a glyph.

    Args:
        drawn: (B, 1, S, S) float32 as the network gave it.
        manifest: says what that is.

    Source: ours. A network that ends in a hyperbolic tangent draws twice the logit of ink; its zero line is where a pixel is half ink,
        and it crosses between pixels where a grey picture, enlarged, has its soft edge.
    """
    if manifest.output.kind == "distance":
        return list(np.ascontiguousarray(drawn[:, 0], dtype=np.float32))
    return [field_of_ink(ink) for ink in to_ink(drawn, manifest.network)]


def field_of_ink(ink: Ink) -> Field:
    """The logit of grey ink, cut to `LOGIT_LIMIT`; (S, S) float32."""
    sure = np.clip(2 * ink - 1, -SURE, SURE)
    field: Field = np.clip(2 * np.arctanh(sure), -LOGIT_LIMIT, LOGIT_LIMIT).astype(np.float32)
    return field


def plain_inks(drawn: Batch, manifest: BundleManifest) -> list[Ink]:
    """What the network drew, as ink on its own grid, unfinished; a probe is held against this."""
    if manifest.output.kind == "distance":
        return list(
            to_ink(2 * drawn, NetworkRange())
        )  # a pixel on the edge is half ink, one whose middle lies half a pixel in is full
    return list(to_ink(drawn, manifest.network))
