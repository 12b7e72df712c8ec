import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MakeBundle = Callable[..., Path]
Segan = Callable[..., Any]


@pytest.fixture
def words(make_bundle: MakeBundle, bar_font: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("SEGAN_MODELS", str(make_bundle().parent))
    return [
        "generate",
        "--style",
        "1",
        "--source-font",
        str(bar_font),
        "--no-check",
        "--out",
        str(tmp_path / "out"),
        "--chars",
    ]


def test_glyphs_and_report_are_written(segan: Segan, words: list[str], tmp_path: Path) -> None:
    run = segan(*words, "一二三")
    assert (run.code, run.out.strip()) == (0, str(tmp_path / "out" / "report.json"))
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert list(report["glyphs"]) == ["U+4E00", "U+4E09", "U+4E8C"]
    assert report["glyphs"]["U+4E00"]["origin"] == "generated"
    assert report["style"]["style"] == "thick" and "3 drawn on cpu" in run.err


def test_missing_characters_give_exit_code_3_and_a_reason(segan: Segan, words: list[str]) -> None:
    run = segan(*words, "一永", "--json")
    assert run.code == 3
    missing = json.loads(run.out)["missing"]
    assert [(row["char"], row["codepoint"], row["stage"]) for row in missing] == [("永", "U+6C38", "read")]
    assert "missing: 永 U+6C38" in run.err


def test_a_dry_run_writes_nothing(segan: Segan, words: list[str], tmp_path: Path) -> None:
    run = segan(*words, "一二永", "--dry-run", "--json")
    facts = json.loads(run.out)
    assert (run.code, facts["to_draw"], facts["without_source"]) == (0, 3, 1)
    assert not (tmp_path / "out").exists()


def test_only_what_a_font_lacks_is_drawn(segan: Segan, words: list[str], bar_font: Path, tmp_path: Path) -> None:
    run = segan(*words, "一二", "--missing-from", bar_font)
    assert run.code == 0 and "nothing to draw" in run.err and not (tmp_path / "out").exists()
    segan(*words, "一")
    words[words.index("--out") + 1] = str(tmp_path / "rest")
    run = segan(*words, "一二", "--missing-from", tmp_path / "out")
    assert run.code == 0 and [path.name for path in (tmp_path / "rest").glob("*.png")] == ["U+4E8C.png"]


@pytest.mark.parametrize(
    ("changes", "code", "complaint"),
    [
        ({"--style": "thicc"}, 2, "Did you mean 'thick'"),
        ({"--style": "9"}, 2, "There is no style '9'"),
        ({"--device": "cuda"}, 2, "cannot use cuda; here it offers cpu"),
        ({"--device": "gpu"}, 2, "There is no device 'gpu'"),
        ({"--shard": "4/3"}, 2, "write it like 3/16"),
        ({"--size": "5000"}, 2, "size_px is 5000; it must lie between 0 and 4096"),
        ({"--precision": "int8"}, 2, "has no int8 weights"),
        ({"--source-font": "nowhere.ttf"}, 2, "no font file nowhere.ttf"),
        ({"--missing-from": "nowhere.ttf"}, 2, "no font file nowhere.ttf"),
        ({"--retry": ""}, 2, "cannot go with --no-check"),
    ],
)
def test_a_wrong_call_is_one_clear_sentence(
    segan: Segan, words: list[str], tmp_path: Path, changes: dict[str, str], code: int, complaint: str
) -> None:
    for option, value in changes.items():
        if option in words:
            words[words.index(option) + 1] = value
        else:
            words[1:1] = [option, value] if value else [option]
    run = segan(*words, "一")
    assert run.code == code and complaint in " ".join(run.err.split())
    assert "Traceback" not in run.err and not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0", "is a picture (PNG). A text file is wanted"),
        (b"", "no character"),
        (b"a\0b", "binary"),
        (b" \n\n", "no character"),
    ],
)
def test_a_binary_or_empty_list_is_refused(
    segan: Segan, words: list[str], tmp_path: Path, content: bytes, complaint: str
) -> None:
    (tmp_path / "chars.txt").write_bytes(content)
    run = segan(*words, tmp_path / "chars.txt")
    assert run.code == 2 and complaint in run.err and "chars.txt" in " ".join(run.err.split())


def test_a_changed_bundle_is_refused(segan: Segan, words: list[str], tmp_path: Path) -> None:
    path = tmp_path / "models" / "tiny" / "generator.onnx"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    run = segan(*words, "一")
    assert run.code == 1 and "was changed" in run.err


def test_a_foreign_bundle_is_refused(segan: Segan, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "manifest.json").write_text('{"name": "a web extension", "manifest_version": 3}')
    words[words.index("--style") + 1] = str(tmp_path / "foreign")
    run = segan(*words, "一")
    assert run.code == 1 and "not a bundle's manifest" in run.err


def test_control_c_reports_what_is_finished(
    segan: Segan, words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segan_cli.drawing import draw as drawing

    finished = drawing._in_threads

    def stopped(*arguments: Any) -> Any:
        yield next(iter(finished(*arguments)))
        raise KeyboardInterrupt

    monkeypatch.setattr(drawing, "_in_threads", stopped)
    run = segan(*words, "一二三四五六")
    assert run.code == 130 and "What was finished is kept" in " ".join(run.err.split())
    assert json.loads((tmp_path / "out" / "report.json").read_text())["summary"]["interrupted"]
    monkeypatch.setattr(drawing, "_in_threads", finished)
    run = segan(*words, "一二三四五六", "--json")
    summary = json.loads(run.out)["summary"]
    assert run.code == 0 and summary["kept"] >= 4 and summary["there"] == 6


def test_no_space_on_the_disk(segan: Segan, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from segan_cli.drawing import draw as drawing

    def full(*_: object) -> Path:
        raise OSError(28, "No space left on device", "out")

    monkeypatch.setattr(drawing, "write_glyph", full)
    run = segan(*words, "一")
    assert run.code == 1 and "Free some space and run the same command again" in run.err


def test_an_output_that_is_a_file(segan: Segan, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    run = segan(*words, "一")
    assert run.code == 2 and "a file stands in its place" in run.err


def test_shards_and_the_whole(segan: Segan, words: list[str], tmp_path: Path) -> None:
    for number in (1, 2):
        assert segan(*words, "一二三四五六", "--shard", f"{number}/2").code == 0
    run = segan(*words, "一二三四五六", "--json")
    summary = json.loads(run.out)["summary"]
    assert (summary["kept"], summary["there"]) == (6, 6)
    assert len(list((tmp_path / "out").glob("report*.json"))) == 3


def test_without_the_recogniser_the_glyphs_are_drawn_all_the_same(
    segan: Segan, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from segan_cli.evaluation import recognizer

    monkeypatch.setattr(recognizer, "package_file", lambda *_: None)
    words.remove("--no-check")
    run = segan(*words, "一")
    assert run.code == 0 and ".[check]" in run.err
    run = segan(*words[:-1], "--retry", "--chars", "一")
    assert run.code == 1 and ".[check]" in run.err


@pytest.mark.parametrize("frame", [None, '{"size_px": 96, "units_per_em": 1000, "descender": -120}'])
def test_a_hands_own_folder_keeps_its_frame(segan: Segan, words: list[str], tmp_path: Path, frame: str | None) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "U+6C38.png").write_bytes(b"mine")
    if frame:
        (out / "frame.json").write_text(frame)
    before = {path: path.read_bytes() for path in out.iterdir()}
    run = segan(*words, "一")
    assert (
        run.code == 2 and "holds pictures that are placed in another way (U+6C38.png); they may be originals" in run.err
    )
    assert {path: path.read_bytes() for path in out.iterdir()} == before


def test_nothing_is_drawn_into_a_bundle(segan: Segan, words: list[str], tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text("{}")
    run = segan(*words, "一")
    assert run.code == 2 and "it is a bundle or a font's glyphs. Choose another --out" in run.err
