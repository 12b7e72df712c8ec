import errno
import logging
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from segan_cli.cli import app as app_module
from segan_cli.errors import SeganError, UsageError


def test_help_loads_no_engine() -> None:
    """`segan --help` is quick because it imports none of the slow packages."""
    script = (
        "import sys\nfrom segan_cli.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "slow = {'torch', 'numpy', 'numba', 'onnxruntime', 'skimage', 'PIL', 'fontTools', 'reportlab'}\n"
        "print('SLOW', sorted(slow & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "SLOW []" in done.stdout
    assert "build-font" in done.stdout


def test_the_version_is_printed_on_stdout(segan: Callable) -> None:
    run = segan("--version")
    assert run.code == 0
    assert run.out.startswith("segan 0.")


def test_training_without_torch_says_what_to_install(segan: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    glyphs = Path(__file__).parents[2] / "examples" / "kouzan-gyosho"
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "segan_cli.cli.training_view", raising=False)
    run = segan("train", str(glyphs))
    assert run.code == 1 and 'pip install -e ".[train]"' in run.err


def test_an_unknown_command_is_wrong_usage(segan: Callable) -> None:
    assert segan("build-fnt").code == 2


@pytest.mark.parametrize(
    ("failure", "code", "words"),
    [
        (SeganError("The glyph is torn."), 1, "The glyph is torn."),
        (UsageError("No such style."), 2, "No such style."),
        (KeyboardInterrupt(), 130, "Interrupted"),
        (OSError(errno.ENOSPC, "No space left on device", "out.ttf"), 1, "Free some space"),
        (MemoryError(), 1, "Out of memory"),
    ],
)
def test_every_failure_is_a_sentence_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch, segan: Callable, failure: BaseException, code: int, words: str
) -> None:
    def fail(**_: object) -> None:
        raise failure

    monkeypatch.setattr(app_module, "app", fail)
    run = segan("anything")
    assert run.code == code
    assert words in run.err
    assert "Traceback" not in run.err
    assert run.out == ""


@pytest.mark.parametrize("becomes", [None, ImportError, SystemError, RuntimeError])
def test_control_c_in_a_command_is_told(
    monkeypatch: pytest.MonkeyPatch, segan: Callable, becomes: type[Exception] | None
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        if becomes is not None:
            raise becomes("initialization failed") from KeyboardInterrupt()
        raise KeyboardInterrupt

    monkeypatch.setattr("segan_cli.source.charset.parse_charset", interrupted)
    run = segan("render", "--chars", "永", "--dry-run")
    assert run.code == 130
    assert "Interrupted. What was finished is kept" in " ".join(run.err.split())


def test_what_fonttools_logs_stays_out_of_sight(segan: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    logger = logging.getLogger("fontTools")
    monkeypatch.setattr(logger, "level", logging.NOTSET)
    segan("render", "--chars", "永", "--source-font", "no such family", "--dry-run")
    assert not logging.getLogger("fontTools.ttLib").isEnabledFor(logging.CRITICAL)


@pytest.mark.parametrize("command", ["evaluate", "dataset from-font"])
def test_the_extra_to_install_is_readable_in_the_help(command: str, segan: Callable) -> None:
    assert "segan[evaluate]" in segan(*command.split(), "--help").out  # markup takes bare brackets away


WAITING = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs, these tests among them, may begin without it
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # and under nohup without this one
import segan_cli.source.charset as charset
from segan_cli.cli import main
def wait(spec):
    print("waiting", flush=True)
    time.sleep(60)
charset.parse_charset = wait
main(["render", "--chars", "永", "--dry-run"])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_what_asks_a_program_to_end_is_like_control_c(name: str) -> None:
    with subprocess.Popen([sys.executable, "-c", WAITING], stdout=-1, stderr=-1, text=True) as command:
        assert command.stdout is not None and command.stdout.readline() == "waiting\n"
        command.send_signal(getattr(signal, name))
        _, said = command.communicate()
    assert command.returncode == 130
    assert "Interrupted. What was finished is kept" in " ".join(said.split()) and "Traceback" not in said


@pytest.mark.parametrize("words", [["-h"], ["help"], ["render", "-h"], ["help", "render"], ["help", "dataset", "pack"]])
def test_help_is_found_by_every_usual_word(segan: Callable, words: list[str]) -> None:
    run = segan(*words)
    assert run.code == 0 and "Usage: segan " + " ".join(word for word in words if word not in ("help", "-h")) in run.out


@pytest.mark.parametrize("columns", [60, 80, 100])
def test_the_help_names_every_option_whole(columns: int, segan: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    import typer
    from typer import rich_utils

    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(rich_utils, "MAX_WIDTH", columns)
    group = typer.main.get_command(app_module.app)
    for name in ("benchmark", "build-font", "evaluate"):
        command = group.commands[name]  # type: ignore[attr-defined]
        said = segan(name, "--help").out
        words = [option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)]
        assert [word for word in words if word.startswith("-") and word not in said] == []
        assert max(map(len, said.splitlines())) <= columns


def test_a_message_never_fills_the_screen_with_one_word(capsys: pytest.CaptureFixture[str]) -> None:
    from segan_cli.cli.console import print_error

    print_error(f"The name '{'x' * 70_000}' is too long.")
    said = capsys.readouterr().err
    assert len(said) < 300 and "(70,002 characters) is too long." in said
    path = "/folder" * 100
    print_error(f"{path} is not there.")
    assert path in capsys.readouterr().err, "a path is told whole"


@pytest.mark.parametrize(
    "words", [("render", "--chars", "一", "--source-font"), ("dataset", "from-font"), ("dataset", "unpack")]
)
def test_two_commands_do_not_fill_one_folder(
    words: tuple[str, ...], bar_font: Path, tmp_path: Path, segan: Callable
) -> None:
    from segan_cli.files.locks import folder_lock
    from tests.robustness import seeds

    given = tmp_path / "hand.zip" if words[-1] == "unpack" else bar_font
    seeds.archive(tmp_path / "hand.zip")
    out = tmp_path / "out"
    with folder_lock(out, "segan train"):
        run = segan(*words, given, "--out", out)
        assert run.code == 1 and f"{out} is in use: segan train, process" in run.err
        assert [file.name for file in out.iterdir()] == [".segan-lock"]
    assert segan(*words, given, "--out", out).code == 0
    assert not list(out.rglob(".segan-*"))


@pytest.mark.parametrize(
    "words",
    [
        *("sheets --chars 永 --out {out}.pdf", "match {glyphs} --out {out}.png", "styles --sheet {out}.png"),
        *(
            "render --chars 永 --source-font {font} --sheet {out}.png",
            "render --chars 永 --source-font {font} --pack {out}",
        ),
        *(
            "proof {font} --out {out}.html",
            "evaluate {glyphs} --against {glyphs} --out {out}",
            "scan {glyphs} --free --order 永 --out {out}",
        ),
        *("dataset pack {glyphs} --out {out}.zip", "dataset from-font {font} --chars 一 --out {out}"),
        *("study new --real {glyphs} --method a={glyphs} --out {out}", "train-skeleton {glyphs} --out {out}"),
        *(
            "generate --style 1 --chars 永 --out {out}",
            "build-font {out}.ttf {glyphs}",
            "extend {font} {out}.ttf {glyphs}",
        ),
        "import {glyphs} --yes --out {out}",
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_anything_else_is_done(
    words: str, bar_font: Path, tmp_path: Path, segan: Callable
) -> None:
    """The glyph folder holds no glyph, and yet the sentence is about the output: nothing was read first, much less drawn."""
    (tmp_path / "file").write_text("no folder")
    places = {"out": tmp_path / "file" / "out", "glyphs": tmp_path / "empty", "font": bar_font}
    places["glyphs"].mkdir()
    run = segan(*(word.format(**places) for word in words.split()))
    assert run.code == 2 and f"{tmp_path / 'file'} cannot be a folder: a file stands in its place" in " ".join(
        run.err.split()
    )
    assert (tmp_path / "file").read_text() == "no folder"


@pytest.mark.parametrize(
    ("words", "option"),
    [
        (["generate", "--style", "1", "--chars", "永", "--out", ""], "--out"),
        (["generate", "--style", "1", "--chars", "永", "--out="], "--out"),
        (["render", "--chars", "永", "-o", ""], "-o"),
        (["dataset", "unpack", "a.zip", "--out", ""], "--out"),
        (["import", "", "--dry-run"], "FOLDER"),
        (["import", "--yes", "", "--dry-run"], "FOLDER"),
        (["build-font", "a.ttf", ""], "PATHS"),
        (["-v", "scan", "a.png", "--out", ""], "--out"),
    ],
)
def test_an_empty_word_is_no_folder(
    words: list[str], option: str, tmp_path: Path, segan: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = segan(*words)
    assert run.code == 2 and f"{option} is empty: name a file or folder" in run.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "words", [["build-font", "--family-zh", "", "a.ttf", "glyphs"], ["", "--out"], ["nothing", ""]]
)
def test_an_empty_word_elsewhere_is_left_to_the_command(words: list[str], segan: Callable) -> None:
    run = segan(*words)
    assert run.code == 2 and "is empty: name a file" not in run.err
