"""A run that has not been exported draws its characters through torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from segan_cli.drawing.postprocess import finish
from segan_cli.errors import GlyphError, UsageError, did_you_mean
from segan_cli.glyph import Frame, Ink, Placement
from segan_cli.source.raster import render_glyph
from segan_cli.source.skeleton import skeleton_ink, thin
from segan_cli.source.source_font import SourceFont, open_source_font
from segan_cli.training.model.networks import Generator
from segan_cli.training.run.run_folder import RunFolder
from segan_cli.training.run.starting_point import generator_weights, load_weights

CHUNK = 16


@dataclass(frozen=True)
class RunPen:
    """The averaged generator of a run, ready to draw.

    Args:
        name: the hand's name.
        frame: the canvas.
        test: the characters of the hand that the run held out.
        folder: the glyph folder that it learned from.
    """

    name: str
    frame: Frame
    test: tuple[str, ...]
    folder: Path
    _generator: Generator
    _font: SourceFont
    _placement: Placement
    _style: int
    _device: torch.device

    def draw(self, chars: Sequence[str]) -> tuple[dict[str, Ink], dict[str, Ink]]:
        """Draw characters.

        Args:
            chars: those that the source font lacks are left out.

        Returns:
            What was drawn, finished as `segan generate` writes it but for broken strokes, which only a bundle joins; and the
            source glyphs it was drawn from; by character.
        """
        source = {char: ink for char in chars if (ink := self._source(char)) is not None}
        known = list(source)
        drawn: dict[str, Ink] = {}
        for start in range(0, len(known), CHUNK):
            part = known[start : start + CHUNK]
            drawn |= dict(zip(part, self._draw([source[char] for char in part]), strict=True))
        return drawn, source

    def _source(self, char: str) -> Ink | None:
        try:
            ink = render_glyph(self._font, char, self.frame, self._placement).ink
        except GlyphError:
            return None
        return ink if (ink >= 0.5).any() else None

    def _draw(self, inks: Sequence[Ink]) -> list[Ink]:
        lines = [skeleton_ink(thin(ink), self.frame.size_px) for ink in inks]
        source, skeleton = (torch.from_numpy(np.stack(rows))[:, None] * 2 - 1 for rows in (inks, lines))
        style = torch.full((len(inks),), self._style, dtype=torch.int64, device=self._device)
        with torch.inference_mode():
            image = self._generator(source.to(self._device), skeleton.to(self._device), style).image
        return [finish(ink) for ink in ((image[:, 0].float().cpu() + 1) / 2).clamp(0, 1).numpy()]


def open_run(path: Path, style: str | None = None, *, source_font: str | None = None, device: str = "cpu") -> RunPen:
    """Open a run's best weights for drawing.

    Args:
        path: the run's folder.
        style: name of the hand; None takes the only one.
        source_font: another source font than the run's.
        device: a torch device.

    Raises:
        UsageError: no run, no such hand, no weights, no source font.
        CheckpointError: the weights are damaged.
    """
    run = RunFolder.open(path)
    settings, split = run.settings(), run.split()
    number = style_number(split["styles"], style, path)
    words = split["styles"][number]
    generator = Generator(settings, len(split["styles"])).eval()
    load_weights(generator, generator_weights(path), path)
    return RunPen(
        words["name"],
        Frame(settings.size_px),
        tuple(words["test"]),
        Path(words["folder"]),
        generator.to(device),
        open_source_font(source_font or split["source_font"]["spec"]),
        Placement(**words["placement"]),
        number,
        torch.device(device),
    )


def style_number(styles: Sequence[dict[str, Any]], wanted: str | None, path: Path) -> int:
    """Which hand of a run is wanted: its place in the run's `styles`.

    Args:
        styles: of `split.json`.
        wanted: its name; None takes the only one.
        path: the run's folder, for the message.

    Raises:
        UsageError: several hands and none named, or no such hand.
    """
    names = [one["name"] for one in styles]
    if wanted is None and len(names) == 1:
        return 0
    if wanted not in names:
        said = "several hands" if wanted is None else f"no hand {wanted!r}"
        raise UsageError(
            f"{path} holds {said}; choose with --style: {', '.join(names)}.{did_you_mean(wanted or '', names)}"
        )
    return names.index(wanted)
