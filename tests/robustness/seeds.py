"""Sound files of every kind, small and made here, for the damage to begin with."""

from __future__ import annotations

import io
import json
import os
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

EXAMPLES = Path(__file__).parents[2] / "examples" / "kouzan-gyosho"


def picture(suffix: str) -> bytes:
    """A written glyph as PNG, JPEG, BMP, TIFF or WebP."""
    from PIL import Image

    grey = np.full((96, 96), 255, np.uint8)
    grey[40:56, 10:86] = grey[10:86, 40:56] = 0
    out = io.BytesIO()
    Image.fromarray(grey).save(out, {".jpg": "JPEG", ".tif": "TIFF"}.get(suffix, suffix[1:].upper()))
    return out.getvalue()


def page(suffix: str) -> bytes:
    """Two pages of a scan, as a PDF or TIFF; of other kinds the first."""
    from PIL import Image

    grey = np.full((420, 300), 245, np.uint8)
    grey[60:64, 40:260] = grey[350:354, 40:260] = grey[150:250, 140:156] = 20
    first, second = Image.fromarray(grey).convert("RGB"), Image.fromarray(grey[::-1].copy())
    out, kind = io.BytesIO(), {".jpg": "JPEG", ".tif": "TIFF", ".pdf": "PDF"}[suffix]
    first.save(out, kind, **({} if kind == "JPEG" else {"save_all": True, "append_images": [second]}))
    return out.getvalue()


FONTS_VARIABLE = "SEGAN_SOUND_FONTS"
"""A folder in which processes that begin anew keep the fonts of `fonts`."""


@cache
def fonts() -> dict[str, bytes]:
    """A font of this program's own in every packing, and a collection of it."""
    kept = Path(os.environ[FONTS_VARIABLE]) if os.environ.get(FONTS_VARIABLE) else None
    if kept is not None and (files := list(kept.glob("Brush.*"))):
        return {file.suffix: file.read_bytes() for file in files}
    made = _made_fonts()
    if kept is not None:
        for ending, data in made.items():
            (kept / f"Brush{ending}").write_bytes(data)
    return made


def _made_fonts() -> dict[str, bytes]:
    import tempfile

    from fontTools.ttLib import TTCollection, TTFont

    from segan_cli.building.pipeline import build_font, plan_build
    from segan_cli.font.spec import FontSpec

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        glyphs = folder / "glyphs"
        glyphs.mkdir()
        for file in sorted(EXAMPLES.glob("U+*.png"))[:4]:
            (glyphs / file.name).write_bytes(file.read_bytes())
        for file_name in ("U+6C38.png", "A.png", "U+3002.png", "U+0031.png"):
            (glyphs / file_name).write_bytes(picture(".png"))
        (glyphs / "frame.json").write_text('{"size_px": 96, "units_per_em": 1000, "descender": -120}')
        outputs = [folder / f"Brush{ending}" for ending in (".ttf", ".otf", ".woff2")]
        plan = plan_build([glyphs], outputs)
        build_font(plan, FontSpec(family="Brush", license="OFL-1.1", family_zh="毛笔"), outputs, workers=1)
        made = {output.suffix: output.read_bytes() for output in outputs}
        woff, collection = io.BytesIO(), io.BytesIO()
        font = TTFont(io.BytesIO(made[".ttf"]))
        font.flavor = "woff"
        font.save(woff)
        both = TTCollection()
        both.fonts = [TTFont(io.BytesIO(made[".ttf"])), TTFont(io.BytesIO(made[".ttf"]))]
        both.save(collection)
    return {**made, ".woff": woff.getvalue(), ".ttc": collection.getvalue()}


def journal() -> str:
    """What a run that drew two glyphs noted."""
    from segan_cli.drawing.journal import DrawnGlyph

    glyphs = [DrawnGlyph(char, "Kai 0123", "0" * 64, 0.2, ("2 specks",), "永", 0.9, 3.5, True) for char in "永和"]
    lines: list[dict[str, Any]] = [recipe(), {"begun": "永和九"}, *map(asdict, glyphs)]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def recipe() -> dict[str, Any]:
    """What draws, in the words of a journal."""
    return {"format": 3, "bundle": "tiny", "style": "thick", "weights": "0" * 64, "size_px": 64, "finish": True}


def decisions() -> str:
    """A review's journal."""
    lines: list[dict[str, Any]] = [
        {
            "number": 1,
            "do": "accept",
            "chars": "永和",
            "pictures": ["a" * 32, "b" * 32],
            "by": "me",
            "at": "2026-01-01T00:00:00Z",
        },
        {"number": 2, "do": "adjust", "chars": "永", "weight": 10, "dx": 5.5, "by": "me", "at": "2026-01-01T00:00:01Z"},
        {
            "number": 4,
            "do": "rename",
            "chars": "永和",
            "pictures": ["", "a" * 32],
            "before": ["a" * 32, ""],
            "view": "x",
        },
        {"number": 5, "do": "undo", "of": [2, 4], "by": "me", "at": "2026-01-01T00:00:02Z"},
        {"number": 3, "do": "undo", "of": 1, "by": "me", "at": "2026-01-01T00:00:02Z"},
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def sheets() -> str:
    """The sheet file of one page with four cells."""
    cells = [[char, 14.75 + 45.5 * index, 35.5, 44.0] for index, char in enumerate("永和年天")]
    design = {"paper": "a4", "ruling": "mi", "cell_mm": 44.0, "model": "faint", "colour": "green", "repeat": 1}
    return json.dumps(
        {"format": "segan sheets 1", "code": 79, "design": design, "pages": [{"page": 1, "cells": cells}]},
        ensure_ascii=False,
    )


def corners() -> str:
    """The corners of two pictures."""
    return json.dumps({"page1.jpg": "10,10 990,12 985,1400 8,1390", "*": [[0, 0], [100, 0], [100, 140], [0, 140]]})


def scan(folder: Path) -> None:
    """What a scan of one cell leaves: the glyph, its cell, and the report."""
    views = folder / ".segan-scan"
    views.mkdir(exist_ok=True)
    (folder / "U+6C38.png").write_bytes(picture(".png"))
    (folder / "frame.json").write_text('{"size_px": 96, "units_per_em": 1000, "descender": -120}')
    (views / "0123456789ab-1.png").write_bytes(inverted(picture(".png")))
    (views / "0123456789ab-1.jpg").write_bytes(picture(".jpg"))
    entry = {
        "char": "永",
        "picture": "page.jpg",
        "page": 1,
        "cell": 1,
        "suspect": ["a blot"],
        "read": "木",
        "score": 0.2,
    }
    entry |= {"view": "0123456789ab-1", "view_cell": [0.2, 0.2, 0.6, 0.6]}
    report: dict[str, Any] = {
        "em": 1.0,
        "pages": [{"picture": "page.jpg", "page": 1, "cells": 4, "written": 1, "remarks": []}],
        "pages_seen": [1],
        "pages_missing": [],
        "problems": [],
        "empty": [],
        "missing": ["和"],
        "doubtful": ["永"],
        "glyphs": {"U+6C38": entry},
    }
    (folder / "scan.json").write_text(json.dumps(report, ensure_ascii=False), encoding="utf-8")


def inverted(png: bytes) -> bytes:
    """A picture of which 255 is ink."""
    from PIL import Image, ImageOps

    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as opened:
        ImageOps.invert(opened.convert("L")).save(out, "PNG")
    return out.getvalue()


def drawn_report() -> str:
    """What `segan generate` reported."""
    style = {"name": "thick", "license": "OFL-1.1", "reserved_names": ["Ma Shan"], "weights": "0" * 64}
    glyphs = {"U+6C38": {"char": "永", "origin": "generated", "suspect": ["2 specks"], "score": 0.5}}
    missing = [{"char": "和", "codepoint": "U+548C", "stage": "read", "cause": "No source."}]
    return json.dumps(
        {"style": style, "glyphs": glyphs, "missing": missing, "suspects": [], "summary": {}, "timings": {}}, indent=1
    )


def font_report() -> str:
    """What `segan build-font` reported of the font in `fonts`."""
    glyphs = {"U+6C38": {"char": "永", "origin": "written", "suspect": ["touches the edge"]}}
    missing = [{"char": "和", "codepoint": "U+548C", "stage": "read", "cause": "No image of it."}]
    words = {
        "font": "Brush.ttf",
        "files": ["Brush.ttf"],
        "glyphs": glyphs,
        "missing": missing,
        "problems": [],
        "notes": [],
    }
    return json.dumps(words, indent=1)


def settings_toml(*classes: tuple[str, type]) -> str:
    """A settings file with every key at its default."""
    lines = []
    for table, cls in classes:
        lines += [f"[{table}]"] if table else []
        for field in fields(cls):
            if field.default is not None:
                lines.append(f"{field.name} = {json.dumps(field.default, ensure_ascii=False)}")
    return "\n".join(lines) + "\n"


def source_pack(path: Path) -> None:
    """A source pack of a few glyphs."""
    from segan_cli.source.source_font import open_source_font
    from segan_cli.source.source_pack import write_pack

    font = path.with_suffix(".ttf")
    font.write_bytes(fonts()[".ttf"])
    write_pack(open_source_font(font), ["永", "A"], path, size_px=64)
    font.unlink()


def archive(path: Path, count: int = 3) -> None:
    """What `segan dataset pack` writes: one hand of a few glyphs at 32 px."""
    import torch

    from segan_cli.glyph import Frame, Placement
    from segan_cli.training.data.dataset import HandPairs, SourceName
    from segan_cli.training.data.hand_pack import write_pack

    pictures = np.zeros((count, 4, 32, 32), np.uint8)
    for row in range(count):
        pictures[row, :, 4 + row % 16 : 10 + row % 16, 4 : 12 + row // 4] = 255
    chars = tuple(chr(0x4E00 + number) for number in range(count))
    source = SourceName("Kai", "", "0" * 64)
    hand = HandPairs("mine", chars, torch.from_numpy(pictures), Placement(), "key", source)
    write_pack(path, [hand], Frame(32))


def bundle(folder: Path) -> None:
    """A bundle of two styles whose network is a few operators."""
    import hashlib

    from segan_cli.generator.bundle import BundleManifest, SourceFontName, Style, WeightsFile, make_probe, write_bundle
    from segan_cli.glyph import Frame
    from tests.conftest import tiny_network

    network = tiny_network()
    cross = np.zeros((64, 64), np.float32)
    cross[28:36, 8:56] = cross[8:56, 28:36] = 1
    manifest = BundleManifest(
        "tiny",
        (Style("thick", "public domain", number=1, title="Thick"), Style("thin", "OFL-1.1", number=2)),
        Frame(64),
        SourceFontName("Test Kai", "0" * 64),
        {"fp32": WeightsFile("generator.onnx", hashlib.sha256(network).hexdigest())},
        make_probe("十", 0, cross, cross, tolerance=0.5),
        "CC0-1.0",
        training={"settings": {"split_seed": 0}},
    )
    write_bundle(folder, manifest, {"generator.onnx": network})


TINY: dict[str, Any] = {
    "size_px": 32, "batch_size": 4, "base_channels": 8, "encoder_blocks": 1, "decoder_blocks": 1, "style_channels": 4,
    "discriminator_channels": 8,
}  # fmt: skip
"""Settings of a network that trains in milliseconds."""


def tiny_settings() -> Any:
    """Settings of a network that trains in milliseconds."""
    from segan_cli.training.settings import TrainSettings

    return TrainSettings().changed(**TINY, cycle=False, lambda_sc=0.0, skeleton_discriminator=False)


def checkpoint(path: Path) -> None:
    """A checkpoint of a run that has just begun."""
    import torch

    from segan_cli.training.loop.checkpoint import write_checkpoint
    from segan_cli.training.loop.state import begin, pack

    write_checkpoint(path, *pack(begin(tiny_settings(), 1, None, torch.device("cpu"))))


def run(folder: Path) -> None:
    """A run's folder: configuration, split, and a checkpoint."""
    from segan_cli.training.settings import settings_toml as written

    (folder / "checkpoints").mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(written(tiny_settings()), encoding="utf-8")
    style = {"name": "mine", "folder": "glyphs", "key": "k", "placement": {"scale": 1.0, "dx": 0.0, "dy": 0.0}}
    parts = {"train": "永和", "dev": "九", "test": "年"}
    source = {"family": "Kai", "spec": "kai.ttf", "sha256": "0" * 64}
    words = {
        "split_seed": 0,
        "source_font": source,
        "styles": [{**style, **parts}],
        "init": None,
        "skeleton_generator": None,
    }
    (folder / "split.json").write_text(json.dumps(words, ensure_ascii=False), encoding="utf-8")
    checkpoint(folder / "checkpoints" / "best.safetensors")
