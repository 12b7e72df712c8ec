"""The card of a bundle: what it draws, what it learned from, how good it is, what it may be used for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from segan_cli.generator.bundle import BundleManifest

SCORE_FORMATS = {
    "test_characters": "test characters: {:.0f}",
    "iou": "IoU: {:.3f}",
    "l1": "L1: {:.4f}",
    "skeleton_distance": "skeleton distance: {:.1f} ‰ of the side",
    "accuracy": "read as their character: {:.3f} of all, also of those that the recogniser does not know",
    "human_accuracy": "the hand's own, read alike: {:.3f}",
    "fd_lite0": "FD-lite0 at 128 px: {:.1f}",
    "fd_lite0_256": "FD-lite0 at 256 px, traced: {:.1f}",
    "kid": "KID × 1000: {:.1f}",
    "corners": "sharp corners per 1,000 units: {:.2f}",
    "corners_ratio": "sharp corners, of the hand's: {:.2f}",
    "weight_ratio": "stroke weight, of the hand's: {:.2f}",
    "spread_ratio": "spread of weight over the glyphs, of the hand's: {:.2f}",
    "contrast_ratio": "contrast of thick and thin, of the hand's: {:.2f}",
    "weight_correlation": "correlation of a glyph's weight with the real one's: {:.2f}",
    "missing": "missing strokes: {:.1f} ‰ of the side",
    "surplus": "surplus strokes: {:.1f} ‰ of the side",
}
"""How a score is told, by its name."""


def score_text(name: str, value: float) -> str:
    """A score as people read it: what it is called, its value, its unit."""
    return SCORE_FORMATS.get(name, name.replace("_", " ") + ": {:g}").format(value)


def card_text(manifest: BundleManifest, differences: Mapping[str, tuple[float, float]]) -> str:
    """The card: what it draws, what it learned from, how good it is, what it may be used for."""
    training, begun = manifest.training, manifest.training.get("init")
    lines = [f"# {manifest.name}", ""]
    for style in manifest.styles:
        lines += [
            f"## {style.title or style.name}",
            "",
            f"- Licence of the hand: {style.license} {style.license_url}".rstrip(),
        ]
        lines += [f"- {label}: {value}" for label, value in (("Script", style.script), ("By", style.credit)) if value]
        if style.joins_gaps:
            lines.append("- Finishing joins broken strokes: the hand lifts the brush more seldom than the network does")
        if style.reserved_names:
            lines.append(f"- A font made with it must not be called: {', '.join(style.reserved_names)}")
        lines += ["", "On characters that it never saw (the test split):", ""]
        lines += [f"- {score_text(name, value)}" for name, value in style.scores.items()] or [_not_scored(training)]
        lines += ["", *([style.notes, ""] if style.notes else [])]
    lines += [
        "## Training",
        "",
        f"Source: {manifest.source_font.family} (SHA-256 {manifest.source_font.sha256[:12]}…), "
        f"{manifest.frame.size_px} px, {training['step']} steps, {training['seconds'] / 60:.0f} minutes, "
        f"{sum(training['pairs'].values())} training pairs"
        + (
            f"; it began from the weights of {'an earlier ' * (begun == manifest.name)}{begun}, whose training comes on top."
            if begun
            else "."
        ),
        "",
        "Files, and the greatest difference from torch with the same weights on real glyphs (range 2):",
        "",
        *(f"- {manifest.files[name].file}: {greatest:.1e}" for name, (greatest, _) in differences.items()),
        "",
        "Settings:",
        "",
        "```json",
        json.dumps(training["settings"], indent=1),
        "```",
    ]
    return "\n".join(lines) + "\n"


def _not_scored(training: Mapping[str, Any]) -> str:
    nothing = training["settings"].get("hold_out") == "none"
    return "- not scored: it learned from every character that it was given" if nothing else "- not scored"
