"""Every reader of files from outside, as a function of a folder in which one file is damaged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.robustness import seeds


@dataclass(frozen=True)
class Reader:
    """One way in.

    Args:
        build: writes sound files into a folder; the path of the one to be damaged.
        read: reads them, as a command would.
    """

    build: Callable[[Path], Path]
    read: Callable[[Path], object]


def _file(name: str, content: Callable[[], bytes | str]) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        made = content()
        (folder / name).write_bytes(made if isinstance(made, bytes) else made.encode())
        return folder / name

    return build


def _font(ending: str) -> Callable[[Path], Path]:
    return _file(f"Brush{ending}", lambda: seeds.fonts()[ending])


def _read_pictures(folder: Path) -> object:
    from segan_cli.errors import GlyphError
    from segan_cli.glyph import Frame
    from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder

    found = scan_glyph_folder(folder)
    for entry in found.entries:
        try:
            read_glyph(entry, found.fit, Frame(64))
        except GlyphError:
            continue
    return found


def _picture(suffix: str) -> Reader:
    def build(folder: Path) -> Path:
        (folder / f"和{suffix}").write_bytes(seeds.picture(suffix))
        return _file(f"永{suffix}", lambda: seeds.picture(suffix))(folder)

    return Reader(build, _read_pictures)


def _frame(folder: Path) -> Path:
    (folder / "永.png").write_bytes(seeds.picture(".png"))
    return _file("frame.json", lambda: '{"size_px": 96, "units_per_em": 1000, "descender": -120}')(folder)


def _drawn_report(folder: Path) -> object:
    from segan_cli.building.drawn import read_drawn
    from segan_cli.building.licensing import with_license_of
    from segan_cli.font.spec import FontSpec

    drawn = read_drawn([folder])
    return with_license_of(FontSpec(), drawn.styles), [f"{cause}{drawn.suspect}" for cause in drawn.causes.values()]


def _font_report(folder: Path) -> Path:
    (folder / "Brush.ttf").write_bytes(seeds.fonts()[".ttf"])
    return _file("Brush.report.json", seeds.font_report)(folder)


def _read_font_report(folder: Path) -> object:
    from segan_cli.proof.page import draw_page
    from segan_cli.proof.proof import open_proof
    from segan_cli.proof.verdicts import read_report

    return draw_page(open_proof(folder / "Brush.ttf", report=read_report(folder / "Brush.report.json")))


def _journal(folder: Path) -> Path:
    (folder / "U+6C38.png").write_bytes(seeds.picture(".png"))
    return _file(".segan-drawn.jsonl", seeds.journal)(folder)


def _read_journal(folder: Path) -> object:
    from segan_cli.drawing.journal import Journal, journal_path, read_journals

    finished, begun = read_journals(folder, seeds.recipe(), overwrite=True)
    with Journal(journal_path(folder, None), seeds.recipe(), finished.values(), begun):
        return [glyph.reasons for glyph in finished.values()]


def _read_decisions(folder: Path) -> object:
    from segan_cli.source.review_decisions import DecisionJournal, read_decisions

    found = read_decisions(folder)
    for char in [*found.glyphs, "永"]:
        found.of(char).status_of("a" * 32)
    DecisionJournal(folder).add("refuse", "永", ["c" * 32])
    return read_decisions(folder).glyphs


def _bundle_file(name: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        seeds.bundle(folder)
        return folder / name

    return build


def _read_bundle(folder: Path) -> object:
    from segan_cli.drawing.draw import check_probe
    from segan_cli.generator.bundle import find_bundle, open_bundle, scan_bundles

    scan_bundles(folder.parent)
    find_bundle(f"{folder}#1")
    return check_probe(open_bundle(folder, "1"), "cpu")


def _read_network(folder: Path) -> object:
    """The network's bytes are damaged and vouched for: what a stranger who writes the manifest, too, can do."""
    import hashlib

    from segan_cli.drawing.draw import check_probe
    from segan_cli.generator.bundle import open_bundle
    from segan_cli.generator.manifest import manifest_json

    bundle = open_bundle(folder, "2")
    entry = bundle.manifest.files["fp32"]
    path = folder / entry.file
    found = hashlib.sha256(path.read_bytes() if path.is_file() else b"").hexdigest()
    (folder / "manifest.json").write_text(manifest_json(bundle.manifest).replace(entry.sha256, found), encoding="utf-8")
    return check_probe(open_bundle(folder, "2"), "cpu")


def _source_pack(folder: Path) -> Path:
    seeds.source_pack(folder / "kai.segan-pack")
    return folder / "kai.segan-pack"


def _read_source_pack(folder: Path) -> object:
    from segan_cli.glyph import Frame
    from segan_cli.source.source_pack import SourcePack

    pack = SourcePack.open(folder / "kai.segan-pack")
    return [pack.description, *(pack.render(char, Frame(64)) for char in pack.chars[:8])]


def _archive(folder: Path) -> Path:
    seeds.archive(folder / "mine.zip")
    return folder / "mine.zip"


def _read_archive(folder: Path) -> object:
    from segan_cli.glyph import Frame
    from segan_cli.training.data.hand_pack import read_pack

    return read_pack(folder / "mine.zip", "mine", Frame(32))


def _unpack_archive(folder: Path) -> object:
    from segan_cli.training.data.hand_pack import unpack

    return unpack(folder / "mine.zip", folder / "out")


def _source_font(ending: str) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        from segan_cli.errors import GlyphError
        from segan_cli.glyph import Frame
        from segan_cli.source.raster import ink_box, render_glyph
        from segan_cli.source.source_font import open_source_font

        font = open_source_font(f"{folder / f'Brush{ending}'}{'#1' if ending == '.ttc' else ''}")
        for char in [*font.chars[:12], "永"]:
            try:
                render_glyph(font, char, Frame(64), overflow="inside", weight=20.0), ink_box(font, char, Frame(64))
            except GlyphError:
                continue
        return font.description

    return read


def _base_font(ending: str) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        from tests.robustness.base_font import all_of_base_font

        return all_of_base_font(folder / f"Brush{ending}")

    return read


def _proof(ending: str, form: str) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        from segan_cli.proof.writing import write_proof

        text = "" if form == ".png" else "永A。"
        return write_proof(folder / f"Brush{ending}", folder / f"proof{form}", sample_text=text)

    return read


def _font_toml() -> str:
    from segan_cli.building.pipeline import InputSettings
    from segan_cli.font.spec import FontSpec
    from segan_cli.outline.tracing import TraceSettings

    return seeds.settings_toml(("font", FontSpec), ("input", InputSettings), ("trace", TraceSettings))


def _read_font_toml(folder: Path) -> object:
    from segan_cli.cli.font_settings import font_settings
    from segan_cli.font.names import check_names

    spec, inputs, tracing = font_settings(folder / "font.toml", "Brush", {}, {}, {})
    check_names(spec)
    return inputs, tracing


def _preset() -> str:
    from segan_cli.training.settings import GROUPS

    return seeds.settings_toml(*GROUPS.items())


def _read_preset(folder: Path) -> object:
    from segan_cli.training.settings import load_train_settings

    return load_train_settings(str(folder / "mine.toml"), {"seed": 3})


def _hands_toml(folder: Path) -> object:
    from segan_cli.training.run.export import HandMetadata, metadata_of_hands

    return metadata_of_hands(["mine", "hers"], HandMetadata(), folder / "hands.toml")


def _run_file(name: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        seeds.run(folder)
        return folder / name

    return build


def _read_run(folder: Path) -> object:
    from segan_cli.training.run.run_network import open_run_network

    return open_run_network(folder, "mine", "cpu")


def _checkpoint(folder: Path) -> Path:
    seeds.checkpoint(folder / "step-00000001.safetensors")
    return folder / "step-00000001.safetensors"


def _read_checkpoint(folder: Path) -> object:
    import torch

    from segan_cli.training.loop.checkpoint import newest_checkpoint, read_checkpoint
    from segan_cli.training.loop.state import begin, unpack

    newest_checkpoint(folder)
    state = begin(seeds.tiny_settings(), 1, None, torch.device("cpu"))
    unpack(state, read_checkpoint(folder / "step-00000001.safetensors"))
    return state.step


def _skeleton_gan(folder: Path) -> Path:
    from segan_cli.training.model.skeleton_gan import SkeletonGenerator, write_skeleton_generator

    write_skeleton_generator(folder / "sg.safetensors", SkeletonGenerator(8, 1), {"steps": 1})
    return folder / "sg.safetensors"


def _read_skeleton_gan(folder: Path) -> object:
    from segan_cli.training.model.skeleton_gan import load_skeleton_generator

    return load_skeleton_generator(folder / "sg.safetensors")


def _pairs(folder: Path) -> Path:
    from segan_cli.glyph import Frame
    from segan_cli.training.data.dataset import write_pairs
    from segan_cli.training.data.hand_pack import read_pack

    seeds.archive(folder / "mine.zip")
    write_pairs(folder / "pairs.safetensors", read_pack(folder / "mine.zip", "mine", Frame(32)))
    return folder / "pairs.safetensors"


def _read_pairs(folder: Path) -> object:
    from segan_cli.training.data.dataset import read_pairs

    return read_pairs(folder / "pairs.safetensors", "mine")


def _read_sheets(folder: Path) -> object:
    from segan_cli.paper.sheet_file import read_sheet_file

    return read_sheet_file(folder / "write.json").chars


def _read_corners(folder: Path) -> object:
    from segan_cli.paper.corner_points import read_corners

    points = read_corners(str(folder / "corners.json")).of("page1.jpg")
    return points is not None and points.tolist()


def _scan(name: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        seeds.scan(folder)
        return folder / name

    return build


def _read_scan(folder: Path) -> object:
    """As the page of a review does, and as a second scan into the folder."""
    from segan_cli.glyph import Frame
    from segan_cli.paper.cell_views import read_scanned, recut
    from segan_cli.paper.scan import ReadPages
    from segan_cli.paper.scan_folder import ScanOrder, write_scan

    found = read_scanned(folder)
    write_scan(ReadPages(()), ScanOrder(folder, ("永", "和"), overwrite=True), None)
    if found is None:
        return None
    return [recut(found, cell, char, (0.0, 0.0, 1.0, 1.0), Frame(64)) for char, cell in found.cells.items()]


def _review(name: str) -> Callable[[Path], Path]:
    def build(folder: Path) -> Path:
        seeds.scan(folder)
        (folder / "report.json").write_text(seeds.drawn_report(), encoding="utf-8")
        (folder / "decisions.jsonl").write_text(seeds.decisions(), encoding="utf-8")
        (folder / ".segan-review").mkdir(exist_ok=True)
        (folder / ".segan-review" / "measures.json").write_text(
            '{"format": 1, "glyphs": {"永": ["1-2", 0.1, 0.1, 2, 2, 0, 0]}}', encoding="utf-8"
        )
        return folder / name

    return build


def _open_review(folder: Path) -> object:
    """Everything that a review's page begins with, one decision, and its undo."""
    from segan_cli.errors import SeganError
    from segan_cli.review.measures import MeasureBook
    from segan_cli.review.opening import open_review

    review = open_review(folder, reviewer="me").review
    for place in review.places:
        review.learn(MeasureBook(place, lambda char, frame: None).known())
    rows = review.rows()
    for row in [row for row in rows if row["origin"] != "missing"][:2]:
        review.decide("accept", [(row["char"], row["version"])])
    for way in (review.undo, review.undo, review.undo, review.redo):
        try:
            way()
        except SeganError:
            continue
    return review.rows()


def _extend(ending: str) -> Callable[[Path], object]:
    def read(folder: Path) -> object:
        from segan_cli.building.drawn import read_drawn
        from segan_cli.building.extend import extend, extension_report, open_old_font, plan_extension
        from segan_cli.building.pipeline import InputSettings
        from segan_cli.outline.tracing import TraceSettings

        glyphs, new = folder / "glyphs", folder / f"New{'.ttf' if ending == '.ttc' else ending}"
        glyphs.mkdir(exist_ok=True)
        for char in "鳥風":
            (glyphs / f"{char}.png").write_bytes(seeds.picture(".png"))
        old = open_old_font(f"{folder / f'Brush{ending}'}{'#0' if ending == '.ttc' else ''}", new)
        plan = plan_extension(old, [glyphs], "鳥風", InputSettings(), TraceSettings())
        done = extend(plan, old, new, workers=1)
        return extension_report(old, new, plan, done, "鳥風", read_drawn([glyphs]))

    return read


def _reviewed(folder: Path) -> Path:
    from segan_cli.glyph import Frame
    from segan_cli.training.data.dataset import write_pairs
    from segan_cli.training.data.hand_pack import read_pack

    seeds.archive(folder / "mine.zip")
    write_pairs(folder / "pairs.safetensors", read_pack(folder / "mine.zip", "mine", Frame(32)))
    return _file("reviewed.json", lambda: '{"corrected": "永", "accepted": "和"}')(folder)


def _read_reviewed(folder: Path) -> object:
    import dataclasses
    import os

    from segan_cli.glyph import Frame
    from segan_cli.training.data.hand_pack import read_pack
    from segan_cli.training.data.reviewed import join_reviewed, put_by

    os.environ["SEGAN_CACHE"] = str(folder / "cache")
    pairs = read_pack(folder / "mine.zip", "mine", Frame(32))
    hand = dataclasses.replace(pairs, chars=pairs.chars[:1], pictures=pairs.pictures[:1])
    return join_reviewed(hand, pairs, put_by(folder, hand.chars, 3), 3).rows("train", 0)


def _charset(folder: Path) -> object:
    from segan_cli.source.charset import parse_charset

    return parse_charset(str(folder / "chars.txt"))


def _wish(folder: Path) -> object:
    """The file's text is what a person typed after `--chars`, `--shard`, `--time-budget` and `--set`."""
    from segan_cli.cli.generate import _parsed_shard
    from segan_cli.cli.train import assignments, seconds
    from segan_cli.errors import SeganError
    from segan_cli.source.charset import parse_charset

    text = (folder / "wish").read_bytes()[:20_000].decode("utf-8", "surrogateescape")
    for read in (parse_charset, _parsed_shard, seconds, lambda word: assignments([word])):
        try:
            read(text)
        except SeganError:
            continue
    return text


def _names(folder: Path) -> object:
    """The file's lines are names of files in a glyph folder."""
    import contextlib
    import os

    glyphs = folder / "glyphs"
    glyphs.mkdir(exist_ok=True)
    for name in (folder / "names").read_bytes().splitlines()[:40]:
        with contextlib.suppress(OSError, ValueError):
            place = os.fsencode(glyphs) + b"/" + name.replace(b"/", b"_")
            with open(place, "wb") as file:  # noqa: PTH123  (bytes are no Path)
                file.write(seeds.picture(".png"))
    try:
        return _read_pictures(glyphs)
    finally:
        for entry in os.scandir(os.fsencode(glyphs)):
            os.unlink(entry.path)  # noqa: PTH108


def _page(suffix: str) -> Reader:
    """A photograph or a PDF of a sheet."""

    def build(folder: Path) -> Path:
        return _file(f"page{suffix}", lambda: seeds.page(suffix))(folder)

    def read(folder: Path) -> object:
        from segan_cli.errors import SeganError
        from segan_cli.paper.pictures import find_pictures, read_picture

        found, problems = find_pictures([folder / f"page{suffix}"])
        if problems:
            raise SeganError(problems[0])
        return [read_picture(source).shape for source in found[:3]]

    return Reader(build, read)


READERS: dict[str, Reader] = {
    **{f"picture{suffix}": _picture(suffix) for suffix in (".png", ".jpg", ".bmp", ".tif", ".webp")},
    "file names": Reader(_file("names", lambda: "永.png\nU+6C38.png\n和 (1).png\nuni4E00.png\n0001_年.png\n"), _names),
    "frame.json": Reader(_frame, _read_pictures),
    "report.json of generate": Reader(_file("report.json", seeds.drawn_report), _drawn_report),
    "report.json of build-font": Reader(_font_report, _read_font_report),
    "journal": Reader(_journal, _read_journal),
    "decisions": Reader(_file("decisions.jsonl", seeds.decisions), _read_decisions),
    "bundle manifest": Reader(_bundle_file("manifest.json"), _read_bundle),
    "network": Reader(_bundle_file("generator.onnx"), _read_network),
    "source pack": Reader(_source_pack, _read_source_pack),
    "archive, read": Reader(_archive, _read_archive),
    "archive, unpack": Reader(_archive, _unpack_archive),
    **{
        f"source font{end}": Reader(_font(end), _source_font(end))
        for end in (".ttf", ".otf", ".woff2", ".woff", ".ttc")
    },
    **{f"base font{end}": Reader(_font(end), _base_font(end)) for end in (".ttf", ".otf", ".woff2")},
    "proof of .ttf, page": Reader(_font(".ttf"), _proof(".ttf", ".html")),
    "proof of .otf, sheet": Reader(_font(".otf"), _proof(".otf", ".png")),
    "proof of .woff2, page": Reader(_font(".woff2"), _proof(".woff2", ".html")),
    "proof of .ttf, PDF": Reader(_font(".ttf"), _proof(".ttf", ".pdf")),
    "font.toml": Reader(_file("font.toml", _font_toml), _read_font_toml),
    "training preset": Reader(_file("mine.toml", _preset), _read_preset),
    "hands.toml": Reader(
        _file("hands.toml", lambda: '[mine]\nlicense = "CC0"\nnumber = 3\n[hers]\ntitle = "Hers"\n'), _hands_toml
    ),
    "run, config.toml": Reader(_run_file("config.toml"), _read_run),
    "run, split.json": Reader(_run_file("split.json"), _read_run),
    "run, best checkpoint": Reader(_run_file("checkpoints/best.safetensors"), _read_run),
    "checkpoint": Reader(_checkpoint, _read_checkpoint),
    "skeleton generator": Reader(_skeleton_gan, _read_skeleton_gan),
    "kept pairs": Reader(_pairs, _read_pairs),
    "sheet file": Reader(_file("write.json", seeds.sheets), _read_sheets),
    **{f"page{suffix}": _page(suffix) for suffix in (".jpg", ".tif", ".pdf")},
    "corners": Reader(_file("corners.json", seeds.corners), _read_corners),
    "scan.json": Reader(_scan("scan.json"), _read_scan),
    "scanned cell": Reader(_scan(".segan-scan/0123456789ab-1.png"), _read_scan),
    "review, scan.json": Reader(_review("scan.json"), _open_review),
    "review, report.json": Reader(_review("report.json"), _open_review),
    "review, decisions": Reader(_review("decisions.jsonl"), _open_review),
    "review, measures": Reader(_review(".segan-review/measures.json"), _open_review),
    **{f"font to extend{end}": Reader(_font(end), _extend(end)) for end in (".ttf", ".otf", ".woff2", ".ttc")},
    "reviewed.json": Reader(_reviewed, _read_reviewed),
    "character list": Reader(_file("chars.txt", lambda: "# a list\n永和九年 U+6C38\nU+4E00..U+4E10\n"), _charset),
    "typed words": Reader(_file("wish", lambda: "gb2312+永和-U+3041..U+3096+text:a"), _wish),
}
"""By name, as the table in the README has them."""
