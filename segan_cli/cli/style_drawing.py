"""Draw what a font still lacks, into a folder beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from segan_cli.errors import UsageError

if TYPE_CHECKING:
    from segan_cli.font.base_font import BaseFont
    from segan_cli.font.spec import FontSpec
    from segan_cli.source.glyph_image import Polarity


def draw_lacking(
    style: str,
    wanted: Sequence[str],
    beside: Path,
    present_in: Sequence[Path],
    flags: Mapping[str, Any],
    spec: FontSpec,
    *,
    polarity: Literal["auto"] | Polarity,
    base: BaseFont | None,
    source_font: str | None,
    check: bool,
    dry_run: bool,
) -> list[Path]:
    """Draw the characters that no folder has, into `NAME.glyphs` beside the font.

    Args:
        style: number, name, bundle folder or training run.
        wanted: characters that the font should have.
        beside: the first font.
        present_in: glyph folders whose characters are not drawn, if their pictures can be read.
        flags: for `DrawSettings`.
        spec: the font's names and licence, which must agree with the style's.
        polarity: how the folders' pictures are read.
        base: a font that gives Latin and punctuation, which are then not drawn; its Han and kana fill what could not be drawn.
        source_font: where source glyphs come from; None takes the shipped pack, or the font that the style learned from.
        check: whether a recogniser reads the glyphs.
        dry_run: say what would be drawn, and draw nothing.

    Returns:
        The folder, if it holds glyphs for the font.
    """
    from segan_cli.building.licensing import with_licence_of
    from segan_cli.cli.console import print_note
    from segan_cli.cli.generate import drawn, recogniser_for
    from segan_cli.cli.style_choice import open_style
    from segan_cli.config import from_mapping
    from segan_cli.drawing.draw import DrawSettings, plan_drawing
    from segan_cli.locks import folder_lock

    if not wanted:
        raise UsageError("--style draws the characters that --chars names. Add, for instance, --chars gb2312-1.")
    settings = from_mapping(DrawSettings, flags, where="the options")
    lacking = _lacking(wanted, present_in, polarity, base)
    folder = beside.with_suffix(".glyphs")
    if not lacking:
        print_note("The folders have every character asked for; there is nothing to draw.")
        return []
    reader = None if dry_run else recogniser_for(check, settings.retry)
    bundle, network = open_style(style, settings.device)
    with_licence_of(spec, [bundle.style.rights])
    choices: dict[str, Any] = {"source_font": source_font, "check": reader is not None}
    if dry_run:
        plan = plan_drawing(bundle, lacking, folder, settings, **choices)
        print_note(f"{len(plan.to_draw):,} characters would be drawn into {folder}, {len(plan.kept):,} are there.")
        return []
    with folder_lock(folder, "segan build-font"):
        result, _ = drawn(plan_drawing(bundle, lacking, folder, settings, **choices), reader, network)
    if result.interrupted:
        raise KeyboardInterrupt
    return [folder]


def _lacking(
    wanted: Sequence[str], present_in: Sequence[Path], polarity: Literal["auto"] | Polarity, base: BaseFont | None
) -> Sequence[str]:
    from segan_cli.font.base_font import BASE_CHARS
    from segan_cli.source.lacking import lacking_pictures

    given = base.gives() & BASE_CHARS if base else frozenset()
    for folder in present_in:
        wanted = lacking_pictures(wanted, folder, polarity)
    return [char for char in wanted if char not in given]
