"""From glyph images to fonts, end to end, as a person types it."""

import errno
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw

from segan_cli.building import pipeline
from segan_cli.building.base_font import open_base_font
from segan_cli.errors import GlyphError

CHARS = "一二三十土王木本末未丰串"


def draw_strokes(path: Path, strokes: int, side: int = 128) -> None:
    """A glyph of horizontal bars with one upright: dark ink on light paper."""
    image = Image.new("L", (side, side), 255)
    draw = ImageDraw.Draw(image)
    for bar in range(strokes):
        top = side * (bar + 1) // (strokes + 2)
        draw.rounded_rectangle((side // 8, top, side * 7 // 8, top + side // 20), side // 50, fill=0)
    draw.ellipse((side * 5 // 12, side // 8, side * 7 // 12, side * 7 // 8), fill=0)
    image.save(path)


@pytest.fixture
def glyphs(tmp_path: Path) -> Path:
    folder = tmp_path / "glyphs"
    folder.mkdir()
    for number, char in enumerate(CHARS):
        draw_strokes(folder / f"U+{ord(char):04X}.png", number % 5 + 1)
    return folder


def test_a_folder_becomes_every_kind_of_font(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    out = tmp_path / "fonts"
    out.mkdir()
    outputs = [out / f"Brush.{ending}" for ending in ("ttf", "otf", "woff2", "ufo")]
    run = segan("build-font", *outputs, glyphs, "--family", "Twelve Strokes")
    assert run.code == 0, run.err
    assert run.out.split() == [str(path) for path in outputs]
    for path in outputs[:3]:
        font = TTFont(path)
        assert set(map(ord, CHARS)) <= set(font.getBestCmap())
        assert font["name"].getDebugName(1) == "Twelve Strokes"
        assert font["hmtx"][font.getBestCmap()[ord("一")]][0] == 1000
    assert (out / "Brush.ufo" / "metainfo.plist").is_file()
    report = json.loads((out / "Brush.report.json").read_text(encoding="utf-8"))
    assert report["glyphs"]["U+4E00"] == {"char": "一", "origin": "written", "suspect": []}
    assert report["missing"] == []


def test_the_outline_is_where_the_ink_is(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    """The first bar of 一 begins at an eighth of the em and hangs a third below its top."""
    segan("build-font", tmp_path / "Brush.ttf", glyphs)
    font = TTFont(tmp_path / "Brush.ttf")
    glyph = font["glyf"][font.getBestCmap()[ord("一")]]
    assert glyph.xMin == pytest.approx(125, abs=3)
    assert glyph.xMax == pytest.approx(1000 * 113 / 128, abs=3)
    assert glyph.yMax == pytest.approx(880 - 125, abs=3)
    assert glyph.yMin == pytest.approx(880 - 1000 * 113 / 128, abs=3)


def test_what_stands_in_glyf_is_looked_at(glyphs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault that the conversion to quadratic curves puts in is named; the cubic outline is sound."""
    from segan_cli.font import truetype

    plan = pipeline.plan_build([glyphs], [tmp_path / "Brush.ttf"])
    assert pipeline.build_glyph(plan.tasks[0]).findings == ()
    right = truetype.to_quadratic

    def crossed(*args: object, **options: bool) -> list[tuple[int, int, bool]]:
        points = right(*args, **options)
        third = len(points) // 3
        return [*points[:third], (5000, 5000, True), (-5000, 4000, True), *points[third:]]

    monkeypatch.setattr(truetype, "to_quadratic", crossed)
    assert "crosses itself" in pipeline.build_glyph(plan.tasks[0]).findings[0]

    def flipped(*args: object, **options: bool) -> list[tuple[int, int, bool]]:
        first, *others = right(*args, **options)
        return [first, *others[::-1]]

    monkeypatch.setattr(truetype, "to_quadratic", flipped)
    assert "runs the wrong way" in pipeline.build_glyph(plan.tasks[0]).findings[0]


def test_originals_win_over_generated_glyphs(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    own = tmp_path / "own"
    own.mkdir()
    draw_strokes(own / "一.png", 7)
    drawn = {f"U+{ord(char):04X}": {"char": char, "origin": "generated", "suspect": []} for char in "一二"}
    (glyphs / "report.json").write_text(json.dumps({"style": {"name": "s"}, "glyphs": drawn, "missing": []}))
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--originals", own, "--json")
    assert run.code == 0, run.err
    origins = {entry["char"]: entry["origin"] for entry in json.loads(run.out)["glyphs"].values()}
    assert origins["一"] == "written"
    assert origins["二"] == "generated"
    assert origins["三"] == "written", "it lies among drawn glyphs, and nobody drew it"
    font = TTFont(tmp_path / "Brush.ttf")
    assert len(font["glyf"][font.getBestCmap()[ord("一")]].coordinates) > len(
        font["glyf"][font.getBestCmap()[ord("二")]].coordinates
    )


def test_glyphs_of_a_drawing_that_was_stopped_are_generated(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    (glyphs / ".segan-drawn.jsonl").write_text("{}\n")
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--json")
    assert {entry["origin"] for entry in json.loads(run.out)["glyphs"].values()} == {"generated"}


def test_one_broken_image_costs_one_glyph(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    whole = (glyphs / "U+4E8C.png").read_bytes()
    (glyphs / "U+4E8C.png").write_bytes(whole[: len(whole) // 2])
    Image.new("L", (128, 128), 255).save(glyphs / "U+4E09.png")
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs)
    assert run.code == 3
    assert "U+4E8C" in run.err
    assert "U+4E09" in run.err
    cmap = TTFont(tmp_path / "Brush.ttf").getBestCmap()
    assert ord("一") in cmap
    assert ord("二") not in cmap
    assert segan("build-font", tmp_path / "Brush.ttf", glyphs, "--allow-missing").code == 0


def test_characters_asked_for_and_not_there_are_reported(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--chars", "一二鑫", "--json")
    assert run.code == 3
    assert [row["codepoint"] for row in json.loads(run.out)["missing"]] == ["U+946B"]


def test_blank_pictures_of_spaces_are_spaces(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    for char in " \u00a0\u2002\u3000":
        Image.new("L", (128, 128), 255).save(glyphs / f"U+{ord(char):04X}.png")
    run = segan("build-font", tmp_path / "Brush.ttf", tmp_path / "Brush.otf", glyphs)
    assert run.code == 0, run.err
    for ending in ("ttf", "otf"):
        font = TTFont(tmp_path / f"Brush.{ending}")
        widths = {char: font["hmtx"][font.getBestCmap()[ord(char)]][0] for char in " \u00a0\u2002\u3000"}
        assert widths == {" ": 250, "\u00a0": 250, "\u2002": 500, "\u3000": 1000}


def test_doubts_about_a_picture_make_its_glyph_suspect(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    image = Image.open(glyphs / "U+4E8C.png").crop((0, 0, 128, 100))
    image.save(glyphs / "U+4E8C.png")
    report = json.loads(segan("build-font", tmp_path / "Brush.ttf", glyphs, "--json").out)
    assert {name: one["suspect"] for name, one in report["glyphs"].items() if one["suspect"]} == {
        "U+4E8C": ["cropped: set in the middle"]
    }
    assert any("U+4E8C.png (128 × 100 px)" in problem for problem in report["problems"])


def test_two_workers_build_the_same_bytes_as_one(
    glyphs: Path, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    monkeypatch.setattr("segan_cli.workers.CHUNK", 4)
    segan("build-font", tmp_path / "one.ttf", glyphs, "--family", "Same", "--workers", "1")
    segan("build-font", tmp_path / "two.ttf", glyphs, "--family", "Same", "--workers", "2")
    assert (tmp_path / "one.ttf").read_bytes() == (tmp_path / "two.ttf").read_bytes()


def test_a_dry_run_writes_nothing(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--dry-run", "--chars", "一鑫")
    assert run.code == 0
    assert "12 glyphs" in run.out
    assert "鑫" in run.out
    assert not (tmp_path / "Brush.ttf").exists()


def test_every_stage_can_be_looked_at(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    segan("build-font", tmp_path / "Brush.ttf", glyphs, "--keep-stages", tmp_path / "stages")
    for stage, ending in (("ink", "png"), ("traced", "svg"), ("outline", "svg")):
        assert len(list((tmp_path / "stages" / stage).glob(f"*.{ending}"))) == len(CHARS)


def test_optical_centring_moves_the_ink_to_the_middle(tmp_path: Path, segan: Callable) -> None:
    folder = tmp_path / "low"
    folder.mkdir()
    image = Image.new("L", (128, 128), 255)
    ImageDraw.Draw(image).rectangle((34, 74, 94, 104), fill=0)
    image.save(folder / "口.png")
    tops = []
    for centring in ("frame", "optical"):
        assert segan("build-font", tmp_path / f"{centring}.ttf", folder, "--centring", centring).code == 0
        font = TTFont(tmp_path / f"{centring}.ttf")
        tops.append(font["glyf"][font.getBestCmap()[ord("口")]].yMax)
    assert tops[1] - tops[0] == pytest.approx(60, abs=1)


def test_the_config_file_names_everything_and_a_flag_beats_it(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    config = tmp_path / "font.toml"
    config.write_text('[font]\nfamily = "From File"\ndesigner = "Wang"\n[trace]\ntolerance = 1.5\n', encoding="utf-8")
    segan("build-font", tmp_path / "Brush.ttf", glyphs, "--config", config, "--family", "From Flag")
    names = TTFont(tmp_path / "Brush.ttf")["name"]
    assert names.getDebugName(1) == "From Flag"
    assert names.getDebugName(9) == "Wang"
    for line, table in (('family = "Flat"', "font"), ("size_px = 300", "input"), ("tolerance = 2", "trace")):
        config.write_text(f"{line}\n", encoding="utf-8")
        run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--config", config)
        assert run.code == 2 and f"put it under [{table}]" in run.err
    config.write_text("[fnot]\n", encoding="utf-8")
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--config", config)
    assert run.code == 2
    assert "Did you mean 'font'?" in run.err


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["Brush.tff", "glyphs"], "neither a glyph folder nor a font"),
        (["Brush.ttf"], "Name a folder of glyph images"),
        (["glyphs"], "Name the font to write first"),
        (["Brush.ttf", "nowhere"], "nowhere"),
        (["absent/Brush.ttf", "glyphs"], "mkdir -p absent"),
        (["Brush.ttf", "empty"], "holds no glyph that can be read"),
        (["Brush.ttf", "glyphs", "--tracer", "potrac"], "Did you mean 'potrace'?"),
        (["Brush.ttf", "glyphs", "--tolerance", "-1"], "tolerance is -1"),
        (["Brush.ttf", "glyphs", "--version", "one"], "version is 'one'"),
        (["Brush.ttf", "glyphs/U+4E00.png"], "is a file; a glyph folder is wanted"),
        (["Brush.ttf", "glyphs", "--base-font", "glyphs/U+4E00.png"], "glyphs/U+4E00.png is a picture (PNG)"),
        (["Brush.ttf", "glyphs", "--base-font", "nowhere.ttf", "--dry-run"], "There is no font file nowhere.ttf"),
        (["Brush.ttf", "glyphs", "--keep-stages", "glyphs/U+4E00.png"], "is a file, so no stages"),
        (["Brush.ttf", "glyphs", "--keep-stages", "glyphs/"], "glyphs is a glyph folder, which stays as it is"),
        (["glyphs/U+4E00.png/Brush.ttf", "glyphs"], "glyphs/U+4E00.png cannot be a folder: a file stands in its place"),
        (["an absent/Brush.ttf", "glyphs"], "mkdir -p 'an absent'"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(
    glyphs: Path, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    run = segan("build-font", *words)
    assert run.code == 2, run.err
    assert says in run.err
    assert list(tmp_path.glob("Brush*")) == []


def test_a_stage_that_fails_names_itself(glyphs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("a fit went wrong")

    plan = pipeline.plan_build([glyphs], [tmp_path / "Brush.ttf"])
    monkeypatch.setattr(pipeline, "trace", fail)
    error = pipeline.build_glyph(plan.tasks[0])
    assert isinstance(error, GlyphError)
    assert (error.stage, error.cause) == ("trace", "a fit went wrong")


def test_an_interrupted_build_leaves_nothing_behind(
    glyphs: Path, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pipeline, "assemble_font", interrupt)
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs)
    assert run.code == 130
    assert sorted(path.name for path in tmp_path.iterdir()) == ["glyphs"]


def test_the_one_shot_draws_what_the_folders_lack(
    glyphs: Path, tmp_path: Path, segan: Callable, make_bundle: Callable, bar_font: Path
) -> None:
    """二 is in the folder, 四 and 五 are drawn, 七 is blank in the source font and so reported."""
    font = tmp_path / "Whole.ttf"
    words = ["build-font", font, glyphs, "--style", f"{make_bundle()}#thin", "--source-font", bar_font]
    run = segan(*words, "--chars", "二四五", "--no-check", "--json")
    assert run.code == 0, run.err
    glyph_entries = json.loads(run.out)["glyphs"]
    assert {"U+4E8C", "U+56DB", "U+4E94"} <= set(glyph_entries)
    assert sorted(path.name for path in (tmp_path / "Whole.glyphs").glob("*.png")) == ["U+4E94.png", "U+56DB.png"]
    assert "Open Font License" in TTFont(font)["name"].getDebugName(13)


def test_what_an_original_does_not_give_is_drawn_and_what_the_base_font_gives_is_not(
    glyphs: Path, tmp_path: Path, segan: Callable, make_bundle: Callable, bar_font: Path
) -> None:
    """二 is torn; A comes from the base font; 六 does, too, as far as it can: no base font gives Chinese."""
    from segan_cli.building.lacking import still_lacking

    (glyphs / "U+4E8C.png").write_bytes(b"torn")
    words = ["build-font", tmp_path / "Whole.ttf", "--style", f"{make_bundle()}#thick", "--source-font", bar_font]
    run = segan(*words, "--originals", glyphs, "--chars", "二四", "--no-check", "--json")
    assert run.code == 0, run.err
    assert {"U+4E8C", "U+56DB"} <= set(json.loads(run.out)["glyphs"])
    latin = TTFont(bar_font)
    for table in latin["cmap"].tables:
        table.cmap = {ord("A"): "uni4E00", ord("六"): "uni516D"}
    latin.save(tmp_path / "Latin.ttf")
    assert still_lacking("AB六", [], "auto", open_base_font(str(tmp_path / "Latin.ttf"), "latin+han")) == [
        "B",
        "六",
    ]
    latin.save(glyphs / "AlreadyBuilt.ttf")
    assert still_lacking("一四A", [glyphs], "auto", None) == ["四", "A"]


def test_what_would_fail_at_the_end_fails_before_anything_is_drawn(
    glyphs: Path, tmp_path: Path, segan: Callable, make_bundle: Callable, bar_font: Path
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    reserved = write_one(tmp_path)
    style = {"name": "hers", "license": "OFL-1.1", "reserved_names": ["Whole"]}
    (reserved / "report.json").write_text(json.dumps({"style": style, "glyphs": {}, "missing": []}))
    thin = ["--style", f"{make_bundle()}#thin", "--source-font", bar_font, "--chars", "四五", "--no-check"]
    wrong = [
        (["墨.ttf", *thin], "--family-zh"),
        (["Whole.ttf", *thin, "--license", "CC0-1.0"], "stay under OFL-1.1"),
        (["Whole.ttf", *thin, "--originals", tmp_path / "empty"], "holds no glyph"),
        (["Whole.ttf", *thin, "--keep-stages", tmp_path / "file"], "no stages"),
        (["Whole.ttf", *thin, "--base-font", tmp_path / "file"], "not a usable font"),
        (["Whole.ttf", reserved, *thin], "keeps the name 'Whole'"),
        (["Whole.ttf", glyphs, "--retry"], "Add --style"),
    ]
    for (name, *rest), says in wrong:
        run = segan("build-font", tmp_path / str(name), *rest)
        assert run.code == 2 and says in " ".join(run.err.split()), run.err
        assert not list(tmp_path.glob("*.glyphs"))


def write_one(tmp_path: Path) -> Path:
    (tmp_path / "one").mkdir()
    draw_strokes(tmp_path / "one" / "一.png", 1)
    return tmp_path / "one"


def test_a_dry_run_of_the_one_shot_draws_nothing(
    tmp_path: Path, segan: Callable, make_bundle: Callable, bar_font: Path
) -> None:
    words = ["build-font", tmp_path / "Whole.ttf", "--style", f"{make_bundle()}#thick", "--source-font", bar_font]
    run = segan(*words, "--chars", "四五", "--dry-run")
    assert run.code == 0, run.err
    assert "2 characters would be drawn" in run.err
    run = segan(*words, write_one(tmp_path), "--chars", "四五", "--dry-run")
    assert "1 glyphs" in run.out and "have no image" not in run.out
    assert not (tmp_path / "Whole.glyphs").exists()
    assert segan(*words).code == 2


def test_latin_is_proportional_and_punctuation_sits_in_its_half(tmp_path: Path, segan: Callable) -> None:
    folder = tmp_path / "signs"
    folder.mkdir()
    for name in ("I", "、"):
        image = Image.new("L", (128, 128), 255)
        ImageDraw.Draw(image).rectangle((54, 44, 73, 84), fill=0)
        image.save(folder / f"{name}.png")
    assert segan("build-font", tmp_path / "Signs.ttf", folder).code == 0
    font = TTFont(tmp_path / "Signs.ttf")
    cmap, widths = font.getBestCmap(), font["hmtx"]
    assert widths[cmap[ord("I")]] == (pytest.approx(156 + 100, abs=2), 50)
    assert widths[cmap[ord("、")]][0] == 1000
    assert font["glyf"][cmap[ord("、")]].xMax < 500


def test_bad_pictures_are_told_one_by_one_and_cost_no_other(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    """Each kind of bad file: the sound glyphs are built, the exit code is 3, and nothing but our own words is printed."""
    head = b"\x89PNG\r\n\x1a\n"

    def png(width: int, height: int) -> bytes:
        parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)), (b"IDAT", b""), (b"IEND", b"")]
        chunks = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts)
        return head + b"".join(chunks)

    whole = (glyphs / "U+4E00.png").read_bytes()
    files = {"人": b"no image", "大": whole[:-40], "小": png(0, 0), "山": png(30_000, 30_000), "川": b""}
    for char, content in files.items():
        (glyphs / f"{char}.png").write_bytes(content)
    Image.new("L", (128, 128), 255).save(glyphs / "日.png")
    Image.new("L", (128, 128), 0).save(glyphs / "月.png")
    (glyphs / "一.png").write_bytes(whole)
    (glyphs / "no character.png").write_bytes(whole)
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs, "--json")
    report = json.loads(run.out)
    causes = {row["char"]: row["cause"] for row in report["missing"]}
    assert run.code == 3
    said = {"人": "not an image", "大": "truncated", "小": "no pixels", "山": "64,000,000", "川": "empty file",
            "日": "blank", "月": "ink all over"}  # fmt: skip
    assert set(causes) == set(said)
    assert all(words in causes[char] for char, words in said.items()), causes
    problems = " ".join(report["problems"])
    assert "second file" in problems and "no character.png" in problems
    assert set(map(ord, CHARS)) <= set(TTFont(tmp_path / "Brush.ttf").getBestCmap())
    assert "Traceback" not in run.err and "Warning" not in run.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Brush.report.json", "Brush.ttf", "glyphs"]


def test_a_full_disk_leaves_the_old_font_and_says_what_to_do(
    glyphs: Path, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "Brush.ttf").write_bytes(b"old")
    monkeypatch.setattr("segan_cli.font.assemble._write", full)
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs)
    assert run.code == 1
    assert "No space left on device. Free some space" in " ".join(run.err.split())
    assert (tmp_path / "Brush.ttf").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Brush.ttf", "glyphs"]


def test_an_unreadable_folder_is_told(
    glyphs: Path, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("segan_cli.source.folder_files.os.scandir", refused)
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs)
    assert run.code == 2
    assert "cannot be read: Permission denied" in " ".join(run.err.split())


def test_more_glyphs_than_a_font_holds_are_told_before_any_is_traced(
    glyphs: Path, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segan_cli.font.glyph_order.GLYPH_LIMIT", 11)
    monkeypatch.setattr(pipeline, "build_glyph", None)
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs)
    assert run.code == 1
    assert "would have 12 glyphs" in run.err and "ends at 11" in run.err


def test_what_is_paper_and_what_is_ink_is_printed(glyphs: Path, tmp_path: Path, segan: Callable) -> None:
    run = segan("build-font", tmp_path / "Brush.ttf", glyphs)
    assert "each picture is the whole em; dark on light" in " ".join(run.err.split())


def test_workers_of_the_config_file_count(
    glyphs: Path, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def watched(job: Callable, tasks: list, *, workers: int, advance: Callable) -> list:
        asked.append(workers)
        return [job(task) for task in tasks]

    monkeypatch.setattr(pipeline, "map_in_workers", watched)
    (tmp_path / "font.toml").write_text("[input]\nworkers = 3\n")
    words = ["build-font", tmp_path / "Brush.ttf", glyphs, "--config", tmp_path / "font.toml"]
    segan(*words)
    segan(*words, "--workers", "1")
    assert asked == [3, 1]


def test_reports_stand_beside_each_other(glyphs: Path, segan: Callable) -> None:
    drawn = '{"glyphs": {}, "missing": [], "style": {"license": "OFL-1.1"}}'
    (glyphs / "report.json").write_text(drawn)
    for name in ("Brush.ttf", "Other.ttf"):
        assert segan("build-font", glyphs / name, glyphs).code == 0
    assert (glyphs / "report.json").read_text() == drawn
    for name in ("Brush", "Other"):
        assert json.loads((glyphs / f"{name}.report.json").read_text())["font"] == f"{name}.ttf"


def test_a_font_with_a_base_font_is_built_again_from_its_report(
    glyphs: Path, tmp_path: Path, segan: Callable, bar_font: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Han of the base font are limited to what was asked for: 四, and not 五."""
    from segan_cli.building.recipe import build_again, recipe_of

    monkeypatch.chdir(tmp_path)
    words = ["build-font", "Brush.ttf", "glyphs", "--base-font", bar_font.name, "--base-scripts", "han"]
    run = segan(*words, "--chars", "一四")
    assert run.code == 0, run.err
    report = tmp_path / "Brush.report.json"
    recipe = recipe_of(json.loads(report.read_text(encoding="utf-8")), report)
    assert (recipe.base_font, recipe.base_scripts) == (str(tmp_path / bar_font.name), "han")
    entries = build_again(recipe)["glyphs"]
    assert entries["U+56DB"]["origin"] == "base" and "U+4E94" not in entries
