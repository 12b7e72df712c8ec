import errno
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from segan_cli.drawing import draw as drawing
from segan_cli.drawing.draw import DrawPlan, DrawResult, DrawSettings, check_probe, draw, draw_sample, plan_drawing
from segan_cli.drawing.journal import DrawnGlyph, Journal, glyph_file
from segan_cli.drawing.postprocess import draw_ink
from segan_cli.drawing.report import draw_report, report_path
from segan_cli.drawing.retry import VARIATIONS, merit, moved_back
from segan_cli.drawing.sources import PackSource, embolden, open_sources
from segan_cli.errors import GlyphError, UsageError
from segan_cli.generator.bundle import Bundle, open_bundle
from segan_cli.generator.manifest import SourceFontName
from segan_cli.glyph import Frame, Ink, Line, Placement
from segan_cli.source.glyph_folder import read_glyph, scan_glyph_folder
from segan_cli.source.lacking import lacking
from segan_cli.source.review_decisions import Action, DecisionJournal, fingerprint, read_decisions

CHARS = tuple("一二三四五六")
MakeBundle = Callable[..., Path]


@dataclass(frozen=True)
class Seen:
    char: str
    confidence: float


@dataclass(frozen=True)
class Judged:
    reading: Seen
    score: float


class FakeReader:
    """Reads every glyph right, but those in `wrong`; a heavier one of them it reads right, too."""

    name = "fake"

    def __init__(self, wrong: str = "", needs_ink: float = 9.0) -> None:
        self.wrong, self.needs_ink = wrong, needs_ink

    def knows(self, char: str) -> bool:
        return char != "六"

    def judge(self, inks: Sequence[Ink], chars: Sequence[str]) -> list[Judged]:
        bad = [char in self.wrong and ink.mean() < self.needs_ink for ink, char in zip(inks, chars, strict=True)]
        return [Judged(Seen("口" if b else c, 0.9), 0.1 if b else 0.8) for b, c in zip(bad, chars, strict=True)]


@pytest.fixture(autouse=True)
def no_pack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SEGAN_MODELS", str(tmp_path / "models"))


@pytest.fixture
def bundle(make_bundle: MakeBundle) -> Bundle:
    return open_bundle(make_bundle(), "thick")


@pytest.fixture
def plan(bundle: Bundle, bar_font: Path, tmp_path: Path) -> Callable[..., DrawPlan]:
    def planned(
        chars: Sequence[str] = CHARS,
        *,
        out: str = "out",
        retry: bool = False,
        size: int = 0,
        finish: bool = True,
        **options: object,
    ) -> DrawPlan:
        settings = DrawSettings(device="cpu", retry=retry, size_px=size, finish=finish, workers=2)
        options = {"source_font": str(bar_font), "check": False} | options
        return plan_drawing(options.pop("bundle", bundle), chars, tmp_path / out, settings, **options)  # type: ignore[arg-type]

    return planned


def _pictures(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("U+*.png")}


def test_every_character_becomes_a_picture_that_reads_back(plan: Callable[..., DrawPlan]) -> None:
    result = draw(plan())
    folder = scan_glyph_folder(result.plan.out)
    assert {entry.char for entry in folder.entries} == set(CHARS)
    ink = read_glyph(folder.entries[0], folder.fit, Frame(64)).ink
    assert ink[51:53, 20:40].min() > 0.9 and ink[:40].max() < 0.1  # 一: one low bar
    assert not result.missing and set(result.glyphs) == set(CHARS)


def test_one_missing_character_costs_no_other(plan: Callable[..., DrawPlan]) -> None:
    result = draw(plan((*CHARS, "永", "七")))
    assert len(_pictures(result.plan.out)) == 6
    assert [error.char for error in result.missing] == ["永", "七"]
    assert "Bar Kai" in result.missing[0].cause and "--source-font" in result.missing[0].cause


def test_the_same_glyph_is_the_same_in_any_run(plan: Callable[..., DrawPlan]) -> None:
    together, alone = draw(plan()), draw(plan("三", out="alone"))
    assert _pictures(alone.plan.out)["U+4E09.png"] == _pictures(together.plan.out)["U+4E09.png"]


def test_size_and_style_change_the_pictures(plan: Callable[..., DrawPlan], bundle: Bundle) -> None:
    draw(plan())
    large = draw(plan(out="large", size=128))
    frame = json.loads((large.plan.out / "frame.json").read_text())
    assert frame["size_px"] == 128
    thin = draw(plan(out="thin", bundle=open_bundle(bundle.folder, "thin")))
    assert _pictures(thin.plan.out) != _pictures(large.plan.out.with_name("out"))


def test_drawn_glyphs_are_finished_unless_told_otherwise(plan: Callable[..., DrawPlan]) -> None:
    raw, done = draw(plan(finish=False, out="raw")), draw(plan())
    assert _pictures(raw.plan.out) != _pictures(done.plan.out)
    with pytest.raises(UsageError, match="finish"):
        plan(finish=False)


def test_gaps_are_joined_if_the_style_says_so(
    plan: Callable[..., DrawPlan], bundle: Bundle, make_bundle: MakeBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(
        drawing, "draw_ink", lambda field, size_px, **how: asked.append(how["joins"]) or draw_ink(field, size_px)
    )
    joining = open_bundle(make_bundle(styles=(replace(bundle.manifest.styles[0], joins_gaps=True),)))
    draw(plan(out="plain"))
    draw(plan(out="joined", bundle=joining))
    assert asked == [False] * len(CHARS) + [True] * len(CHARS)
    with pytest.raises(UsageError, match="finish 'joining gaps'"):
        plan(out="joined", bundle=open_bundle(make_bundle(styles=bundle.manifest.styles[:1])))


def test_the_hands_fit_moves_the_glyph(plan: Callable[..., DrawPlan], bundle: Bundle, make_bundle: MakeBundle) -> None:
    style = replace(bundle.manifest.styles[0], hand_fit=Placement(0.5, 0, 0))
    fitted = open_bundle(make_bundle("fitted", styles=(style,)))
    draw(plan("六", out="plain"))
    result = draw(plan("六", out="fitted", bundle=fitted))
    assert result.glyphs["六"].mean_ink < 0.4 * draw(plan("六", out="again")).glyphs["六"].mean_ink


def test_a_second_run_draws_only_what_is_lacking(plan: Callable[..., DrawPlan]) -> None:
    draw(plan(CHARS[:4]))
    again = plan()
    assert (len(again.kept), again.to_draw) == (4, tuple("五六"))
    (again.out / "U+4E00.png").unlink()
    assert plan().to_draw == ("一", "五", "六")
    result = draw(plan())
    assert list(result.glyphs) == list(CHARS) and plan().to_draw == ()


def test_a_line_cut_off_by_a_crash_is_drawn_again(plan: Callable[..., DrawPlan]) -> None:
    out = draw(plan()).plan.out
    journal = out / ".segan-drawn.jsonl"
    journal.write_text(journal.read_text(encoding="utf-8")[:-30], encoding="utf-8")
    assert len(plan().to_draw) == 1


def test_a_retouched_picture_stays(plan: Callable[..., DrawPlan]) -> None:
    out = draw(plan()).plan.out
    (out / "U+4E00.png").write_bytes((out / "U+4E8C.png").read_bytes())
    result = draw(plan(retry=True, check=True), FakeReader())
    assert result.glyphs["一"].retouched and draw_report(result)["summary"]["retouched"] == 1
    assert (out / "U+4E00.png").read_bytes() == (out / "U+4E8C.png").read_bytes()


def test_other_characters_leave_what_is_there_alone(plan: Callable[..., DrawPlan]) -> None:
    """A folder is used for 一二三四, then for 五六, then for all: a retouched 一 is never drawn over, and every report has all."""
    out = draw(plan(CHARS[:4])).plan.out
    (out / "U+4E00.png").write_bytes((out / "U+4E8C.png").read_bytes())
    second = draw_report(draw(plan(CHARS[4:])))
    assert len(second["glyphs"]) == 6 and second["summary"]["wanted"] == second["summary"]["there"] == 2
    whole = plan()
    assert whole.to_draw == () and whole.kept["一"].retouched
    draw(plan(CHARS[4:], overwrite=True))
    assert plan().kept["一"].retouched


def test_a_picture_put_beside_drawn_ones_is_not_drawn_over(plan: Callable[..., DrawPlan]) -> None:
    out = draw(plan(CHARS[:4])).plan.out
    (out / "U+4E94.png").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"did not draw.*1, first U\+4E94"):
        plan()


def test_a_picture_that_a_killed_run_began_is_drawn_again(plan: Callable[..., DrawPlan]) -> None:
    out = draw(plan()).plan.out
    journal = out / ".segan-drawn.jsonl"
    lines = journal.read_text(encoding="utf-8").splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if '"char": "五"' not in line), encoding="utf-8")
    draw(plan(CHARS[:4]))
    assert plan().to_draw == ("五",)


def stop_after(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C when so many batches are written."""
    add, done = drawing.Journal.add, []

    def interrupted(journal: drawing.Journal, glyphs: Sequence[DrawnGlyph]) -> None:
        add(journal, glyphs)
        done.append(glyphs)
        if len(done) == count:
            raise KeyboardInterrupt

    monkeypatch.setattr(drawing.Journal, "add", interrupted)


@pytest.mark.parametrize("again", [{"check": True}, {"overwrite": True}], ids=["read back", "overwritten"])
def test_a_redrawing_that_is_stopped_goes_on(
    plan: Callable[..., DrawPlan], monkeypatch: pytest.MonkeyPatch, again: dict[str, bool]
) -> None:
    draw(plan())
    monkeypatch.setattr(drawing, "_batches", lambda chars, size: ([char] for char in chars))
    with monkeypatch.context() as patch:
        stop_after(2, patch)
        assert draw(plan(**again), FakeReader()).interrupted
    left = plan(check="check" in again)
    assert 0 < len(left.to_draw) < 6
    assert len(draw(left, FakeReader()).glyphs) == 6


def test_an_own_picture_in_the_place_of_one_that_is_gone_is_a_strangers(plan: Callable[..., DrawPlan]) -> None:
    out = draw(plan()).plan.out
    (out / "U+4E94.png").unlink()
    draw(plan("一二"))
    (out / "U+4E94.png").write_bytes(b"mine")
    with pytest.raises(UsageError, match="did not draw"):
        plan()


def test_overwriting_with_another_style_spares_what_was_retouched(
    plan: Callable[..., DrawPlan], bundle: Bundle
) -> None:
    """Shards of one style, two glyphs overwritten with another: the rest is drawn over later, but what a person changed."""
    thin = open_bundle(bundle.folder, "thin")
    for number in (1, 2):
        draw(plan(shard=(number, 2)))
    draw(plan(CHARS[:2], bundle=thin, overwrite=True))
    assert plan(bundle=thin).to_draw == CHARS[2:]
    (plan(bundle=thin).out / "U+4E94.png").write_bytes(b"mine")
    draw(plan(CHARS[:3], bundle=thin))
    assert plan(CHARS[:4], bundle=thin).to_draw == (CHARS[3],)


def test_a_stale_line_of_another_journal_does_not_make_a_glyph_retouched(plan: Callable[..., DrawPlan]) -> None:
    first = draw(plan())
    reader = FakeReader("一", needs_ink=first.glyphs["一"].mean_ink * 1.02)
    again = draw(plan(shard=(1, 2), retry=True, overwrite=True, check=True), reader)
    assert again.glyphs["一"].sha256 != first.glyphs["一"].sha256
    whole = plan()
    assert whole.to_draw == () and not any(glyph.retouched for glyph in whole.kept.values())


def test_another_styles_folder_is_refused(plan: Callable[..., DrawPlan], bundle: Bundle) -> None:
    draw(plan())
    thin = open_bundle(bundle.folder, "thin")
    with pytest.raises(UsageError, match=r"drawn with style 'thick'.*--overwrite"):
        plan(bundle=thin)
    assert plan(bundle=thin, overwrite=True).to_draw == CHARS


def test_a_designers_originals_are_not_drawn_over(plan: Callable[..., DrawPlan], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "U+4E00.png").write_bytes(b"mine")
    with pytest.raises(UsageError, match=r"may be originals.*--overwrite"):
        plan()
    draw(plan(overwrite=True))
    assert (tmp_path / "out" / "U+4E00.png").read_bytes() != b"mine"


def test_another_source_font_draws_again(plan: Callable[..., DrawPlan], bar_font: Path, tmp_path: Path) -> None:
    from fontTools.ttLib import TTFont

    draw(plan())
    font = TTFont(bar_font)
    font["name"].setName("Other Kai", 1, 3, 1, 0x409)
    font.save(tmp_path / "Other.ttf")
    assert plan(source_font=str(tmp_path / "Other.ttf")).to_draw == CHARS


def test_shards_put_together_are_the_whole(plan: Callable[..., DrawPlan], tmp_path: Path) -> None:
    whole = draw(plan(out="whole"))
    for number in (1, 2, 3):
        part = draw(plan(out="parts", shard=(number, 3)))
        assert report_path(part.plan).name == f"report-{number}-of-3.json" and len(part.glyphs) == 2
    merged = plan(out="parts")
    assert merged.to_draw == ()
    result = draw(merged)
    assert _pictures(tmp_path / "parts") == _pictures(tmp_path / "whole")
    ours, theirs = draw_report(result), draw_report(whole)
    assert {key: ours[key] for key in ("glyphs", "suspects", "missing")} == {
        key: theirs[key] for key in ("glyphs", "suspects", "missing")
    }


def test_suspects_are_named_and_ranked(plan: Callable[..., DrawPlan]) -> None:
    report = draw_report(draw(plan(check=True), FakeReader("二四")))
    assert set(report["suspects"]) == {"U+4E8C", "U+56DB"}
    assert report["glyphs"]["U+4E8C"]["suspect"] == ["read as 口"]
    assert report["summary"]["read_right"] == 3  # 六 is not known to the reader, and is no suspect
    assert "read" not in report["glyphs"]["U+516D"] and report["summary"]["checked"] == 5
    assert report["summary"]["unread"] == 1


def test_a_clipped_or_blank_glyph_is_marked(
    plan: Callable[..., DrawPlan], bundle: Bundle, make_bundle: MakeBundle
) -> None:
    style = replace(bundle.manifest.styles[0], hand_fit=Placement(1, 0, -180))
    report = draw_report(draw(plan("六", out="low", bundle=open_bundle(make_bundle("low", styles=(style,))))))
    assert any("clipped at the bottom" in reason for reason in report["glyphs"]["U+516D"]["suspect"])


def test_retry_keeps_what_reads_best_and_counts_what_it_saved(plan: Callable[..., DrawPlan]) -> None:
    first = draw(plan(check=True), FakeReader("二四"))
    ink = first.glyphs["二"].mean_ink
    reader = FakeReader("二四", needs_ink=ink * 1.02)  # 二 reads right once it is bolder; 四 does already
    result = draw(plan(retry=True, check=True, overwrite=True), reader)
    glyph = result.glyphs["二"]
    assert glyph.variation == "larger" or glyph.variation == "bolder"
    assert (glyph.saved, glyph.first_score, glyph.score, glyph.read) == (True, 0.1, 0.8, "二")
    assert result.glyphs["一"].variation is None
    summary = draw_report(result)["summary"]
    assert (summary["drawn_again"], summary["saved"], summary["suspects"]) == (1, 1, 0)


def test_retry_keeps_the_first_drawing_if_none_reads_better(plan: Callable[..., DrawPlan]) -> None:
    before = draw(plan(check=True), FakeReader("二"))
    pictures = _pictures(before.plan.out)
    again = plan(check=True, retry=True)
    assert again.to_draw == ("二",)
    result = draw(again, FakeReader("二"))
    assert (result.glyphs["二"].variation, result.glyphs["二"].saved) == ("as it is", False)
    assert _pictures(before.plan.out) == pictures
    assert plan(check=True, retry=True).to_draw == ()  # it was tried once; it is not tried for ever


def test_shifts_are_undone() -> None:
    ink = np.zeros((64, 64), np.float32)
    ink[30:34, 10:50] = 1
    for variation in VARIATIONS[4:]:
        right, down = round(variation.dx * 0.064), -round(variation.dy * 0.064)
        moved = np.roll(ink, (down, right), (0, 1))
        assert (right, down) != (0, 0)
        assert np.array_equal(moved_back(moved, variation, Frame(64)), ink)


def test_control_c_keeps_what_is_finished(plan: Callable[..., DrawPlan]) -> None:
    def stop(count: int) -> None:
        raise KeyboardInterrupt

    result: DrawResult = draw(plan(), advance=stop)
    assert result.interrupted and result.glyphs
    assert set(_pictures(result.plan.out)) == {f"U+{ord(char):04X}.png" for char in result.glyphs}
    again = plan()
    assert set(again.kept) == set(result.glyphs)
    assert list(draw(again).glyphs) == list(CHARS)


def test_a_full_disk_stops_the_run_and_keeps_what_is_finished(
    plan: Callable[..., DrawPlan], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = drawing.write_glyph

    def full(raster: drawing.GlyphRaster, folder: Path) -> Path:
        if raster.char == "五":
            raise OSError(errno.ENOSPC, "No space left on device", str(folder))
        return written(raster, folder)

    monkeypatch.setattr(drawing, "write_glyph", full)
    with pytest.raises(OSError, match="No space"):
        draw(plan())
    monkeypatch.setattr(drawing, "write_glyph", written)
    assert set(plan().kept) == set("一二三四")


def test_lacking_counts_blank_glyphs_of_fonts_and_folders(plan: Callable[..., DrawPlan], bar_font: Path) -> None:
    assert lacking(tuple("一七永六"), bar_font) == ("七", "永")
    out = draw(plan("一二")).plan.out
    assert lacking(tuple("一三"), out) == ("三",)
    from PIL import Image

    Image.new("L", (64, 64), 255).save(out / "U+4E09.png")
    assert lacking(tuple("一三"), out) == ("三",)


def test_bolder_is_wider_by_the_weight() -> None:
    ink = np.zeros((100, 100), np.float32)
    ink[40:60, :] = 1
    assert embolden(ink, 40).sum(axis=0)[50] == pytest.approx(24, abs=1)
    assert embolden(ink, -40).sum(axis=0)[50] == pytest.approx(16, abs=1)


def test_no_source_at_all_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from segan_cli.source import font_search

    monkeypatch.setattr(font_search, "installed_faces", list)
    with pytest.raises(UsageError, match="No source font was found"):
        open_sources(None, SourceFontName("LXGW WenKai", "0" * 64), "永")


def test_the_font_that_the_style_learned_from_is_taken_before_another_fonts_pack(
    bar_font: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segan_cli.drawing import sources
    from segan_cli.source import font_search

    pack = SimpleNamespace(family="Bar Kai", sha256="1" * 64, has=lambda char: char in "一永")
    monkeypatch.setattr(sources, "shipped_pack", lambda: PackSource(pack))
    monkeypatch.setattr(font_search, "installed_faces", list)
    own, packed = SourceFontName("Bar Kai", sha256_of(bar_font)), SourceFontName("Bar Kai", "1" * 64)

    def opened(*words: object) -> tuple[list[str], bool]:
        sources = open_sources(*words)  # type: ignore[arg-type]
        return ["pack" if "pack" in part.name else "font" for part in sources.parts], sources.remark is not None

    assert opened(None, own, "一", str(bar_font)) == (["font", "pack"], False)
    assert opened(None, packed, "一", str(bar_font)) == (["pack"], False)
    assert opened(str(bar_font), packed, "一") == (["font", "pack"], False)
    assert opened(None, own, "一", str(tmp_path / "gone.ttf")) == (["pack"], True)
    other = SourceFontName("Bar Kai", "2" * 64)
    assert opened(None, other, "一", str(bar_font)) == (["font", "pack"], True)


def sha256_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_probe_tells_a_sound_bundle_from_a_sick_one(bundle: Bundle, make_bundle: MakeBundle) -> None:
    assert check_probe(bundle, "cpu").sound
    sick = replace(bundle.manifest.probe, mean_ink=bundle.manifest.probe.mean_ink + 0.2)
    result = check_probe(open_bundle(make_bundle("sick", probe=sick), "1"), "cpu")
    assert not result.sound and result.difference == pytest.approx(0.2, abs=0.05)


def test_a_sample_leaves_out_what_no_source_has(bundle: Bundle, bar_font: Path) -> None:
    sources = open_sources(str(bar_font), SourceFontName("Bar Kai", "0" * 64), CHARS)
    assert len(draw_sample(bundle, "一永二", sources, "cpu")) == 2
    with pytest.raises(GlyphError, match="永"):
        sources.render("永", Frame(64), Placement())


def test_the_right_character_beats_a_better_score_and_a_clean_picture_beats_both_scores() -> None:
    def seen(read: str, score: float, *findings: str) -> DrawnGlyph:
        return DrawnGlyph("永", "s", "", 0.1, findings, read, score)

    worst_last = [seen("永", 0.35), seen("永", 0.3), seen("永", 0.9, "2 specks"), seen("水", 0.4)]
    assert sorted(worst_last, key=merit) == list(reversed(worst_last))


def _decide(folder: Path, action: Action, chars: str) -> None:
    pictures = [fingerprint(glyph_file(folder, char)) for char in chars]
    DecisionJournal(folder).add(action, chars, pictures)


def test_a_refused_glyph_is_drawn_in_another_way_and_is_open_again(plan: Callable[..., DrawPlan]) -> None:
    out = draw(plan()).plan.out
    before = _pictures(out)
    _decide(out, "refuse", "二")
    again = draw(plan())
    after = _pictures(out)
    assert [name for name in before if before[name] != after[name]] == ["U+4E8C.png"]
    assert again.plan.to_draw == ("二",)
    assert not read_decisions(out).with_status({"二": glyph_file(out, "二")}, "refused")
    _decide(out, "refuse", "二")
    draw(plan())
    assert _pictures(out)["U+4E8C.png"] not in (before["U+4E8C.png"], after["U+4E8C.png"])
    assert draw(plan()).plan.to_draw == ()


def test_accepted_glyphs_stay_whatever_draws(plan: Callable[..., DrawPlan], bundle: Bundle) -> None:
    out = draw(plan()).plan.out
    before = _pictures(out)
    _decide(out, "accept", "二三")
    _decide(out, "write", "四")
    result = draw(plan(bundle=open_bundle(bundle.folder, "thin"), overwrite=True))
    after = _pictures(out)
    same = {name for name in before if before[name] == after[name]}
    assert same == {"U+4E09.png", "U+4E8C.png", "U+56DB.png"}
    report = draw_report(result)
    assert report["glyphs"]["U+4E8C"]["review"] == "accepted" and report["glyphs"]["U+56DB"]["review"] == "write"


def test_what_was_accepted_is_no_suspect(plan: Callable[..., DrawPlan]) -> None:
    reader = FakeReader("二三")
    result = draw(plan(check=True), reader)
    assert draw_report(result)["suspects"] == ["U+4E09", "U+4E8C"]
    _decide(result.plan.out, "accept", "二")
    assert draw_report(draw(plan(check=True), reader))["suspects"] == ["U+4E09"]


def test_other_weights_of_the_same_name_are_another_recipe(plan: Callable[..., DrawPlan], bundle: Bundle) -> None:
    draw(plan())
    manifest = bundle.manifest
    files = {name: replace(file, sha256="1" * 64) for name, file in manifest.files.items()}
    with pytest.raises(UsageError, match="weights"):
        plan(bundle=replace(bundle, manifest=replace(manifest, files=files)))


def test_the_skeleton_is_thinned_from_the_bundles_threshold_on(
    plan: Callable[..., DrawPlan], bundle: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    thinned = drawing.thin

    def thin(ink: Ink, *, threshold: float = 0.5) -> Line:
        asked.append(threshold)
        return thinned(ink, threshold=threshold)

    monkeypatch.setattr(drawing, "thin", thin)
    skeleton = replace(bundle.manifest.skeleton, threshold=0.25)
    changed = replace(bundle, manifest=replace(bundle.manifest, skeleton=skeleton))
    draw(plan("三", bundle=changed))
    draw_sample(changed, "三", plan("三", bundle=changed, out="other").sources)
    assert asked.count(0.25) == 2


def test_a_noted_glyph_is_with_the_system_at_once(tmp_path: Path) -> None:
    with Journal(tmp_path / ".segan-drawn.jsonl", {"style": "mine"}, [], []) as journal:
        journal.add([DrawnGlyph("永", "Kai", "0" * 64, 0.1)])
        assert '"永"' in (tmp_path / ".segan-drawn.jsonl").read_text(encoding="utf-8")
