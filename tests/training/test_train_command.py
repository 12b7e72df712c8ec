"""What a person types: `segan train` and `segan train-skeleton`, in seconds."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from segan_cli.cli.train import seconds
from segan_cli.errors import UsageError
from segan_cli.training.loop.checkpoint import read_checkpoint
from segan_cli.training.loop.dev_score import DevScore
from segan_cli.training.loop.processes import Processes
from segan_cli.training.run.session import resume_run

SMALL = ["--set", "size_px=32", "--set", "base_channels=8", "--set", "encoder_blocks=1", "--set", "decoder_blocks=1"]
SMALL += [
    "--set",
    "discriminator_channels=8",
    "--set",
    "score_every=2",
    "--batch-size",
    "4",
    "--device",
    "cpu",
    "--threads",
    "1",
]
CHARS = "".join(chr(0x4E00 + number) for number in range(80))
Segan = Callable[..., Any]


@pytest.fixture
def train(segan: Segan, kai: Path, tmp_path: Path) -> Callable[..., Any]:
    def run(*words: str | Path) -> Any:
        return segan("train", *words, "--source-font", kai, "--out", tmp_path / "run", *SMALL)

    return run


def test_train_and_resume(segan: Segan, train: Segan, write_hand: Callable[..., Path], tmp_path: Path) -> None:
    first = train(write_hand(), "--steps", "2")
    assert first.code == 0 and first.out.strip() == str(tmp_path / "run")
    assert "segan match" in " ".join(first.err.split())
    assert "mine: 80 pairs" in first.err and "GFLOP" in first.err
    resumed = segan("train", "--resume", "--out", tmp_path / "run", "--steps", "4", "--device", "cpu", "--threads", "1")
    assert resumed.code == 0 and "Going on after step 2" in resumed.err
    assert (tmp_path / "run" / "checkpoints" / "step-00000004.safetensors").is_file()


def test_a_run_of_an_earlier_version_goes_on(train: Segan, write_hand: Callable[..., Path], tmp_path: Path) -> None:
    train(write_hand(), "--steps", "2")
    config = tmp_path / "run" / "config.toml"
    values = {"bend_px" if name == "warp_px" else name: value for name, value in _flat(config).items()}
    values |= {"beta1": 0.5, "weight_decay": 1e-4}
    config.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in values.items()), encoding="utf-8")
    alone = Processes(0, 1, torch.device("cpu"))
    trainer = resume_run(tmp_path / "run", {"run.steps": 3, "learning_rate": 1e-4}, alone)
    assert (trainer.state.step, trainer.settings.losses.warp_px, trainer.settings.run.steps) == (2, 4.0, 3)
    trainer.fit()
    assert _flat(config)["warp_px"] == 4.0 and "bend_px" not in config.read_text()


def _flat(config: Path) -> dict[str, Any]:
    return {name: value for table in tomllib.loads(config.read_text()).values() for name, value in table.items()}


def test_a_time_given_with_resume_is_this_much_more(
    train: Segan, write_hand: Callable[..., Path], tmp_path: Path
) -> None:
    train(write_hand(), "--steps", "2")
    alone = Processes(0, 1, torch.device("cpu"))
    trainer = resume_run(tmp_path / "run", {"time_budget_s": 100.0}, alone)
    assert trainer.state.elapsed_s > 0
    assert trainer.settings.run.time_budget_s == pytest.approx(trainer.state.elapsed_s + 100)
    assert trainer.run.settings().run.time_budget_s == pytest.approx(trainer.state.elapsed_s + 100)


def test_styles_learn_together(segan: Segan, kai: Path, write_hand: Callable[..., Path], tmp_path: Path) -> None:
    one, two = write_hand("one", scale=0.7), write_hand("two", CHARS[:60], scale=0.9)
    words = ["--style", f"thin={one}", "--style", f"thick={two}", "--source-font", kai, "--out", tmp_path / "both"]
    assert segan("train", *words, "--steps", "2", *SMALL).code == 0
    styles = json.loads((tmp_path / "both" / "split.json").read_text())["styles"]
    assert [style["name"] for style in styles] == ["thin", "thick"]
    assert set(styles[1]["test"]) <= set(styles[0]["test"])  # the same characters are held out


def test_a_dry_run_trains_nothing(train: Segan, write_hand: Callable[..., Path], tmp_path: Path) -> None:
    done = train(write_hand(), "--dry-run")
    assert done.code == 0 and not (tmp_path / "run").exists()
    for words in ("to train", "GFLOP a glyph", "GiB", "about"):
        assert words in done.err


def test_a_misspelt_start_is_refused_before_glyphs_are_read(train: Segan, tmp_path: Path) -> None:
    done = train(tmp_path / "no-glyphs-here", "--init", "kouzan-mouhitsy")
    assert done.code == 2 and "Did you mean 'kouzan-mouhitsu'?" in " ".join(done.err.split())


def test_too_few_glyphs(train: Segan, write_hand: Callable[..., Path]) -> None:
    done = train(write_hand(chars=CHARS[:20]))
    assert done.code == 1 and "at least 50" in done.err and "--init" in done.err


def test_a_folder_named_by_a_number_gets_a_name_that_a_style_can_have(
    train: Segan, write_hand: Callable[..., Path], tmp_path: Path
) -> None:
    folder = write_hand().rename(tmp_path / "2024")
    assert train(folder, "--steps", "2").code == 0
    split = json.loads((tmp_path / "run" / "split.json").read_text())
    assert [style["name"] for style in split["styles"]] == ["hand-2024"]


def test_a_number_is_refused_as_a_name(train: Segan, write_hand: Callable[..., Path]) -> None:
    done = train("--style", f"3={write_hand()}")
    assert done.code == 2 and "cannot be named '3'" in done.err and "OTHER-NAME=FOLDER" in done.err


def test_a_source_font_that_lacks_a_third_is_listed(train: Segan, write_hand: Callable[..., Path]) -> None:
    folder = write_hand()
    for number in range(40):
        (folder / f"U+{0x5E00 + number:04X}.png").write_bytes((folder / f"U+{0x4E00 + number:04X}.png").read_bytes())
    done = train(folder, "--dry-run")
    assert done.code == 0 and "lacks 40 of its characters" in done.err and chr(0x5E03) in done.err


def test_a_folder_that_changed_is_refused(
    segan: Segan, train: Segan, write_hand: Callable[..., Path], tmp_path: Path
) -> None:
    folder = write_hand()
    train(folder, "--steps", "2")
    (folder / "U+4E05.png").unlink()
    done = segan("train", "--resume", "--out", tmp_path / "run", "--steps", "4", "--device", "cpu")
    assert done.code == 1 and "changed since the run began" in done.err and "1 are gone" in done.err


def test_a_run_is_never_overwritten(train: Segan, write_hand: Callable[..., Path]) -> None:
    folder = write_hand()
    train(folder, "--steps", "2")
    again = train(folder, "--steps", "2")
    assert again.code == 2 and "--resume" in again.err


def test_resume_keeps_the_network(segan: Segan, train: Segan, write_hand: Callable[..., Path], tmp_path: Path) -> None:
    train(write_hand(), "--steps", "2")
    done = segan("train", "--resume", "--out", tmp_path / "run", "--set", "base_channels=16")
    assert done.code == 2 and "keeps its base_channels" in done.err


def test_resume_takes_nothing_that_the_run_began_with(segan: Segan, tmp_path: Path) -> None:
    run = ["train", "--resume", "--out", tmp_path / "run"]
    assert "no training run" in " ".join(segan(*run).err.split())
    for words in (
        ["mine"],
        ["--style", "mine=mine"],
        ["--preset", "light"],
        ["--init", "kouzan-gyosho"],
        ["--dry-run"],
    ):
        done = segan(*run, *words)
        assert done.code == 2 and "cannot go with --resume" in done.err, done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Name the hand's glyph folder"),
        (["--style", "folder"], "NAME=FOLDER"),
        (["nowhere"], "no glyph folder nowhere"),
        (["nowhere", "--preset", "cup"], "Did you mean 'cpu'"),
        (["nowhere", "--set", "lambda_cyle=1"], "Did you mean 'lambda_cycle'"),
        (["nowhere", "--time-budget", "soon"], "90s, 25m or 1h30m"),
        (["nowhere", "--time-budget", "5m", "--steps", "3"], "not both"),
    ],
)
def test_wrong_usage_is_one_clear_sentence(train: Segan, words: list[str], said: str) -> None:
    done = train(*words)
    assert done.code == 2 and said in " ".join(done.err.split()) and "Traceback" not in done.err


def test_terms_that_need_sg_say_so_where_it_is_missing(
    train: Segan, write_hand: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGAN_MODELS", str(tmp_path / "models"))
    done = train(write_hand(), "--set", "lambda_sc=1.0", "--steps", "2")
    assert done.code == 1 and "segan train-skeleton" in done.err and not (tmp_path / "run").exists()


def test_train_skeleton_and_then_every_term(
    segan: Segan,
    train: Segan,
    kai: Path,
    write_hand: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEGAN_MODELS", str(tmp_path / "models"))
    folder = write_hand()
    learned = segan(
        "train-skeleton", folder, "--source-font", kai, "--steps", "3", "--set", "size_px=32", "--device", "cpu"
    )
    assert learned.code == 0 and "overlap with Zhang-Suen" in learned.err
    again = segan("train-skeleton", folder, "--source-font", kai, "--steps", "3")
    assert again.code == 2 and "--overwrite" in again.err
    done = train(folder, "--preset", "light", "--steps", "2", "--set", "adversarial_from=0")
    assert done.code == 0
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    terms = {name: value for name, value in lines[0].items() if name.startswith(("g/", "d/"))}
    silent = {"g/distance", "g/weight", "g/adv_edge", "g/match", "d/edge", "d/penalty"}  # of an edge stage
    assert len(terms) == 17 and {name for name, value in terms.items() if value == 0} == silent


def test_times_are_read() -> None:
    assert [seconds(text) for text in ("90s", "25m", "1h30m", "1.5h")] == [90, 1500, 5400, 5400]
    for text in ("", "m", "-5m", "0"):
        with pytest.raises(UsageError):
            seconds(text)
    with pytest.raises(UsageError, match=r"6 what\? Write 6s, 6m or 6h"):
        seconds("6")


def test_more_time_never_lets_a_lower_score_be_the_best(
    train: Segan, write_hand: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = iter([0.5, 0.6, 0.7, 0.55, 0.65, 0.58, 0.71])  # the second three after more steps were given

    def scored(*_: Any) -> DevScore:
        return DevScore(0.1, next(scores), 0.01)

    monkeypatch.setattr("segan_cli.training.loop.trainer.dev_score", scored)
    monkeypatch.setattr("segan_cli.training.loop.trainer.draw_sheet", lambda *_, **__: torch.zeros(8, 8))
    train(write_hand(), "--steps", "6")
    best = tmp_path / "run" / "checkpoints" / "best.safetensors"
    assert read_checkpoint(best).metadata["step"] == 6
    alone = Processes(0, 1, torch.device("cpu"))
    resume_run(tmp_path / "run", {"steps": 12}, alone).fit()
    assert read_checkpoint(best).metadata["step"] == 6
    resume_run(tmp_path / "run", {"steps": 14}, alone).fit()
    assert read_checkpoint(best).metadata["step"] == 14 and read_checkpoint(best).metadata["best_iou"] == 0.71


def test_a_run_does_not_lie_among_the_glyphs_it_learns(
    segan: Segan, kai: Path, write_hand: Callable[..., Path]
) -> None:
    hand = write_hand()
    before = sorted(hand.rglob("*"))
    run = segan("train", hand, "--out", hand, "--source-font", kai, "--steps", "1", *SMALL)
    assert run.code == 2 and f"{hand} holds the glyphs that are read" in run.err
    assert sorted(hand.rglob("*")) == before


def test_a_time_beyond_a_year_and_a_setting_without_a_name_are_refused() -> None:
    from segan_cli.cli.train import assignments

    assert seconds("8760h") == 365 * 24 * 3600
    for time in ("8761h", "99999999999999999h"):
        with pytest.raises(UsageError, match="longer than a year"):
            seconds(time)
    for word in ("=1", " =1", "nonsense"):
        with pytest.raises(UsageError, match="write it as KEY=VALUE"):
            assignments([word])


def test_what_set_says_holds_where_no_option_says_otherwise(
    train: Segan, write_hand: Callable[..., Path], tmp_path: Path
) -> None:
    assert train(write_hand(), "--steps", "1", "--set", "seed=7", "--set", "hold_out=none").code == 0
    values = _flat(tmp_path / "run" / "config.toml")
    assert (values["seed"], values["hold_out"]) == (7, "none")


def test_a_seed_that_is_no_number_is_refused(train: Segan, write_hand: Callable[..., Path], tmp_path: Path) -> None:
    run = train(write_hand(), "--steps", "1", "--set", "seed=[1,2]")
    assert run.code == 2 and "run.seed is [1, 2]; it should be a whole number" in " ".join(run.err.split())
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("command", ["train", "train-skeleton"])
def test_threads_by_the_hundred_thousand_are_refused(segan: Segan, command: str, tmp_path: Path) -> None:
    run = segan(command, tmp_path, "--threads", "100000")
    assert run.code == 2 and "512" in run.err
