"""What is to be measured: a folder of glyphs, or something that draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segan_cli.errors import GlyphError
from segan_cli.evaluation.brush import MEASURED_PX
from segan_cli.evaluation.evaluate import Inks
from segan_cli.generator.bundle import Bundle
from segan_cli.glyph import Frame, Ink
from segan_cli.ink import resized
from segan_cli.source.glyph_folder import GlyphFolder, read_glyph, scan_glyph_folder
from segan_cli.source.split import part_of

if TYPE_CHECKING:
    from segan_cli.drawing.draw import Network
    from segan_cli.drawing.sources import Sources

Draw = Callable[[Sequence[str]], tuple[Inks, Inks]]
"""Characters to their pictures and to the source glyphs behind them; what cannot be drawn is left out."""


@dataclass(frozen=True)
class Subject:
    """What is measured.

    Args:
        name: for headings.
        frame: the canvas that it draws on.
        candidates: characters to choose from, given those that the real folder holds.
        draw: draws them on that canvas.
        large: draws or reads some of them at 512 px, to have their outlines measured; None enlarges what `draw` gives.
        note: a remark for the person, or an empty string.
    """

    name: str
    frame: Frame
    candidates: Callable[[Sequence[str]], tuple[str, ...]]
    draw: Draw
    note: str = ""
    large: Callable[[Sequence[str]], Inks] | None = None

    def large_inks(self, chars: Sequence[str]) -> Inks:
        """Pictures of some characters at 512 px."""
        if self.large is not None:
            return self.large(chars)
        return {char: resized(ink, MEASURED_PX) for char, ink in self.draw(chars)[0].items()}


def folder_subject(path: Path, frame: Frame) -> Subject:
    """A folder of generated glyphs.

    Raises:
        UsageError: there is no glyph in it.
    """
    folder = scan_glyph_folder(path)
    large = replace(frame, size_px=MEASURED_PX)
    return Subject(
        path.name,
        frame,
        lambda real: folder.chars,
        lambda chars: (read_inks(folder, chars, frame), {}),
        large=lambda chars: read_inks(folder, chars, large),
    )


def bundle_subject(
    bundle: Bundle, source_font: str | None, device: str, *, everything: bool, network: Network | None = None
) -> Subject:
    """A bundle; of the real characters it is asked for those that its training held out.

    Args:
        bundle: the style.
        source_font: a font for the source glyphs; None takes the pack and what is installed.
        device: what the network runs on.
        everything: take the characters that it learned from, too.
        network: draws in the place of the bundle's own.
    """
    settings = bundle.manifest.training.get("settings")
    seed = settings.get("split_seed") if isinstance(settings, dict) else None
    nothing = isinstance(settings, dict) and settings.get("hold_out") == "none"
    held_out = isinstance(seed, int) and not everything and not nothing
    anyway = set(str(bundle.manifest.training.get("learned", "")))

    def candidates(real: Sequence[str]) -> tuple[str, ...]:
        if not held_out:
            return tuple(real)
        return tuple(char for char in real if char not in anyway and part_of(char, _number(seed)) == "test")

    learned = "Characters that it learned from are measured, too; its figures are better than on new ones."
    notes = ["" if held_out else learned, _remark(bundle, source_font)]
    pen = _BundlePen(bundle, source_font, device, network)
    return Subject(
        bundle.style.title or bundle.style.name,
        bundle.manifest.frame,
        candidates,
        pen.draw,
        " ".join(filter(None, notes)),
        large=lambda chars: pen.inks(chars, MEASURED_PX),
    )


def read_inks(folder: GlyphFolder, chars: Sequence[str], frame: Frame) -> dict[str, Ink]:
    """The pictures of some characters; those that cannot be read are left out."""
    wanted = set(chars)
    inks: dict[str, Ink] = {}
    for entry in folder.entries:
        if entry.char in wanted:
            try:
                inks[entry.char] = read_glyph(entry, folder.fit, frame).ink
            except GlyphError:
                continue
    return inks


def _remark(bundle: Bundle, source_font: str | None) -> str:
    from segan_cli.drawing.sources import open_sources

    return open_sources(source_font, bundle.manifest.source_font, (), bundle.source_spec).remark or ""


class _BundlePen:
    """Draws with a bundle, whose network is opened once, where none is given."""

    def __init__(self, bundle: Bundle, source_font: str | None, device: str, given: Network | None) -> None:
        self.bundle, self.source_font, self.device, self.given = bundle, source_font, device, given

    @cached_property
    def network(self) -> Network:
        from segan_cli.generator.session import GeneratorSession

        return self.given or GeneratorSession.open(self.bundle, self.device)

    def draw(self, chars: Sequence[str]) -> tuple[Inks, Inks]:
        frame, sources = self.bundle.manifest.frame, self._sources(chars)
        inks = self.inks(chars, frame.size_px)
        return inks, {char: sources.render(char, frame, self.bundle.style.hand_fit)[0].ink for char in inks}

    def inks(self, chars: Sequence[str], size_px: int) -> Inks:
        from segan_cli.drawing.draw import draw_sample

        sources = self._sources(chars)
        known = [char for char in chars if sources.of(char) is not None]
        drawn = draw_sample(self.bundle, "".join(known), sources, size_px=size_px, network=self.network)
        return dict(zip(known, drawn, strict=True))

    def _sources(self, chars: Sequence[str]) -> Sources:
        from segan_cli.drawing.sources import open_sources

        return open_sources(self.source_font, self.bundle.manifest.source_font, chars, self.bundle.source_spec)


def _number(value: Any) -> int:
    return int(value)
