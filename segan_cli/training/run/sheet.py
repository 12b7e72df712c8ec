"""Picture sheets of several hands, drawn as `segan generate` draws; and a sheet as a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from segan_cli.drawing.gestures import gesture_offsets
from segan_cli.drawing.postprocess import draw_ink
from segan_cli.files.writing import written_beside
from segan_cli.generator.manifest import GestureStatistics
from segan_cli.generator.normalize import Gestures
from segan_cli.generator.output import Field, field_of_ink
from segan_cli.glyph import Ink
from segan_cli.ink import resized
from segan_cli.training.data.batches import PairSet, plain_batch
from segan_cli.training.data.dataset import SOURCE, TARGET
from segan_cli.training.loop.dev_sheet import row_of
from segan_cli.training.model.networks import Generator

CHUNK = 32

SHOWN_PX = 240
"""Side of the glyphs on a sheet of hands: ends and edges show."""


def draw_hands_sheet(
    generator: Generator,
    pairs: PairSet,
    most: int,
    joins: Sequence[bool],
    gestures: Sequence[GestureStatistics | None],
) -> Tensor:
    """A sheet of several hands: one column a character, the source on top, then what each hand's row drew and has.

    Args:
        generator: the moving average of G_F, on the CPU.
        pairs: test pairs of several hands.
        most: characters at most, from those that the most hands have.
        joins: for each hand, whether finishing joins its broken strokes.
        gestures: for each hand, its weight and contrast; None where the network takes none.

    Returns:
        (height, width) grey in [0, 1], 1 is white; glyphs are `SHOWN_PX` wide, drawn ones as `segan generate` draws them. Where a
        hand lacks a character there is paper.
    """
    index_of = {(hand, pairs.char(index)): index for index, (hand, _) in enumerate(pairs.places)}
    owners = Counter(char for _, char in index_of)
    shared = sorted(char for char, count in owners.items() if count == max(owners.values()))
    count = min(most, len(shared))
    chars = [shared[number * len(shared) // count] for number in range(count)]
    source = torch.zeros(count, 1, SHOWN_PX, SHOWN_PX)
    rows: list[Tensor] = []
    for hand in range(len(pairs.hands)):
        mine = [column for column, char in enumerate(chars) if (hand, char) in index_of]
        drawn, written = torch.zeros_like(source), torch.zeros_like(source)
        if mine:
            indices = [index_of[hand, chars[column]] for column in mine]
            offsets = gesture_offsets(gestures[hand], [chars[column] for column in mine])
            fields = draw_fields(generator, pairs, indices, offsets if gestures[hand] is not None else None)
            drawn[mine, 0] = _stack([draw_ink(field, SHOWN_PX, joins=joins[hand]) for field in fields])
            pictures = pairs.pictures(indices)[0].float() / 255
            source[mine, 0] = _stack([resized(ink, SHOWN_PX) for ink in pictures[:, SOURCE].numpy()])
            written[mine, 0] = _stack(_written(pairs, indices, pictures))
        rows += [drawn, written]
    return 1 - torch.cat([row_of(row) for row in [source, *rows]]).clamp(0, 1)


def draw_fields(
    generator: Generator, pairs: PairSet, indices: Sequence[int], offsets: Gestures | None = None
) -> list[Field]:
    """What the generator draws for some pairs, as the fields that drawing makes ink of.

    Args:
        generator: in evaluation mode, on the CPU.
        pairs: of any part.
        indices: which of them.
        offsets: (N, 2), added to the gesture that it expects; None adds nothing.
    """
    fields: list[Field] = []
    with torch.inference_mode():
        for start in range(0, len(indices), CHUNK):
            part = list(indices[start : start + CHUNK])
            batch = plain_batch(pairs, part, torch.device("cpu"))
            offset = None if offsets is None else torch.from_numpy(offsets[start : start + CHUNK])
            drawn = generator(batch.source, batch.source_skeleton, batch.style, offset=offset)
            if drawn.distance is not None:
                fields += list(drawn.distance[:, 0].float().numpy())
            else:
                fields += [field_of_ink(ink) for ink in (drawn.image[:, 0].float().numpy() + 1) / 2]
    return fields


def _written(pairs: PairSet, indices: Sequence[int], pictures: Tensor) -> list[Ink]:
    """The hand's own glyphs, from their distances where they are kept."""
    if not pairs.fine:
        return [resized(ink, SHOWN_PX) for ink in pictures[:, TARGET].numpy()]
    return [draw_ink(field, SHOWN_PX, finish=False) for field in pairs.distances(indices)[0][:, 0].numpy()]


def _stack(inks: Sequence[Ink]) -> Tensor:
    return torch.from_numpy(np.stack(inks))


def write_sheet(path: Path, sheet: Tensor) -> None:
    """Write a sheet as an 8-bit grey PNG."""
    from PIL import Image

    with written_beside(path) as beside:
        Image.fromarray(np.rint(sheet.numpy() * 255).astype(np.uint8)).save(beside, format="PNG", optimize=True)
