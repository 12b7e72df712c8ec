"""The study: what is asked, that the page tells nothing, and that simulated judges of known taste are found out."""

from __future__ import annotations

import json
import math
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from segan_cli.errors import UsageError
from segan_cli.review.study.bradley_terry import counted, strengths
from segan_cli.review.study.scoring import Answer, AnswerFile, KeyFile, read_answers, read_key, score
from segan_cli.review.study.trials import HAND, StudySettings, make_trials

CHARS = {chr(0x4E00 + number): float(number) for number in range(80)}
TASTE = {HAND: 0.0, "good": -0.5, "bad": -2.5}
"""Log strengths that the simulated judges have."""


def key(settings: StudySettings) -> KeyFile:
    return KeyFile("s", ("good", "bad"), tuple(make_trials(CHARS, ["good", "bad"], settings)))


def judged(keyed: KeyFile, seed: int, *, taste: dict[str, float] | None = None, steady: bool = True) -> AnswerFile:
    """A judge who prefers by Bradley and Terry; a steady one says the same of the same question."""
    answers: dict[str, Answer] = {}
    for trial in keyed.trials:
        random = np.random.default_rng(
            [seed, *map(ord, trial.repeats or trial.name)] if steady else [seed, len(answers)]
        )
        likes = [(taste or TASTE)[item] for item in trial.items]
        if trial.kind == "pair":
            first, other = (1, 0) if trial.repeats and steady else (0, 1)
            wins = random.random() < 1 / (1 + math.exp(likes[other] - likes[first]))
            choice = (first if wins else other,)
        elif trial.kind == "set":
            choice = tuple(place for place, like in enumerate(likes) if random.random() < 1 / (1 + math.exp(-like - 1)))
        else:
            choice = (int(np.clip(round(4.5 + likes[0] + random.normal(0, 0.3)), 1, 5)),)
        answers[trial.name] = Answer(trial.name, choice, 2.0)
    return AnswerFile("s", f"judge {seed}", tuple(answers.values()))


def test_strengths_are_those_that_the_wins_were_made_with() -> None:
    true = np.array([0.0, -0.7, 1.2])
    share = 1 / (1 + np.exp(true[None, :] - true[:, None]))
    assert strengths(20_000 * share * (1 - np.eye(3)), prior=0) == pytest.approx(true, abs=1e-6)


def test_one_who_never_lost_has_a_finite_strength() -> None:
    found = strengths(counted([(0, 1)] * 10, 2))
    assert np.isfinite(found).all() and found[1] == pytest.approx(math.log(0.5 / 10.5))


def test_simulated_judges_are_found_out() -> None:
    keyed = key(StudySettings(pairs=24, sets=8, scores=12))
    result = score(keyed, [judged(keyed, seed) for seed in range(20)])
    assert result.judges == 20 and result.strangers == 0
    for item in ("good", "bad"):
        row = result.rows[item]
        strength, wins = row["strength"], row["win_rate"]
        assert strength is not None and wins is not None
        assert strength.low <= TASTE[item] <= strength.high and strength.high - strength.low < 1.2
        assert wins.low <= 1 / (1 + math.exp(-TASTE[item])) <= wins.high
    preferences = [result.rows[item]["preference"] for item in (HAND, "good", "bad")]
    assert [one.value for one in preferences if one] == pytest.approx([4.5, 4.0, 2.0], abs=0.15)
    assert result.left == pytest.approx(0.5, abs=0.05)


def test_who_guesses_wins_half_and_is_not_steady() -> None:
    keyed = key(StudySettings(pairs=40, sets=0, scores=0, repeats=0.5))
    blind = dict.fromkeys(TASTE, 0.0)
    guessing = score(keyed, [judged(keyed, seed, taste=blind, steady=False) for seed in range(8)])
    assert guessing.consistency == pytest.approx(0.5, abs=0.09)
    rate = guessing.rows["bad"]["win_rate"]
    assert rate is not None and rate.low < 0.5 < rate.high
    steady = score(keyed, [judged(keyed, seed) for seed in range(3)])
    assert steady.consistency == 1.0 and all(one["consistency"] == 1.0 for one in steady.by_judge.values())


def test_few_judges_give_wider_intervals_than_many() -> None:
    keyed = key(StudySettings(pairs=12, sets=0, scores=0))
    widths = []
    for count in (2, 30):
        one = score(keyed, [judged(keyed, seed) for seed in range(count)]).rows["good"]["strength"]
        assert one is not None
        widths.append(one.high - one.low)
    assert widths[0] > 2 * widths[1]


def test_every_quarter_is_asked_about_and_repeats_come_later_turned_round() -> None:
    trials = make_trials(CHARS, ["good", "bad"], StudySettings(repeats=0.2))
    quarters = [
        sum(math.floor(CHARS[char] / 20) == quarter for t in trials for char in t.chars) for quarter in range(4)
    ]
    assert max(quarters) - min(quarters) <= 0.25 * max(quarters)
    places = {trial.name: place for place, trial in enumerate(trials)}
    again = [trial for trial in trials if trial.repeats]
    assert len(again) == round(0.2 * (len(trials) - len(again)))
    for trial in again:
        first = trials[places[trial.repeats]]
        assert places[trial.name] > places[trial.repeats] and trial.items == first.items[::-1]
    assert make_trials(CHARS, ["good", "bad"], StudySettings(repeats=0.2)) == trials
    assert make_trials(CHARS, ["good", "bad"], StudySettings(repeats=0.2, seed=2)) != trials


@pytest.mark.parametrize("choice", [(), (2,), (-1,), (0, 1), (10**9,)])
def test_answers_that_are_none_are_left_out(choice: tuple[int, ...]) -> None:
    keyed = key(StudySettings())
    pair = next(trial for trial in keyed.trials if trial.kind == "pair")
    good = judged(keyed, 1)
    answers = (
        *(one for one in good.answers if one.trial != pair.name),
        Answer(pair.name, choice),
        Answer("q999", (0,)),
    )
    assert score(keyed, [AnswerFile("s", "x", answers)]).strangers == 2


def _folders(tmp_path: Path, count: int = 16) -> dict[str, Path]:
    folders = {}
    for shade, name in enumerate(("real", "segan", "zi2zi")):
        folders[name] = tmp_path / name
        folders[name].mkdir()
        for number in range(count):
            image = Image.new("L", (64, 64), 255)
            ImageDraw.Draw(image).rectangle((10 + shade, 8, 16 + number * 2 + shade, 50), fill=0)
            image.save(folders[name] / f"U+{0x4E00 + number:04X}.png")
    return folders


def test_a_study_from_folder_to_table(segan: Callable, tmp_path: Path) -> None:
    folders = _folders(tmp_path)
    words = ["study", "new", "--real", folders["real"], "--method", f"segan={folders['segan']}"]
    words += ["--method", f"zi2zi={folders['zi2zi']}", "--out", tmp_path / "study", "--json"]
    made = json.loads(segan(*words).out)
    page = Path(made["page"]).read_text(encoding="utf-8")
    assert not re.search(r"segan=|zi2zi|\"hand\"|https?://", page.replace("segan-study-", ""))
    keyed = read_key(Path(made["key"]))
    assert made["questions"] == len(keyed.trials) and f'"study":"{keyed.study}"' in page
    for seed in range(6):
        answers = judged(
            KeyFile("s", keyed.methods, keyed.trials), seed, taste={HAND: 0.0, "segan": -0.4, "zi2zi": -2.0}
        )
        words_of = {"study": keyed.study, "judge": answers.judge, "answers": [_plain(one) for one in answers.answers]}
        (tmp_path / "study" / "answers" / f"{seed}.json").write_text(json.dumps(words_of), encoding="utf-8")
    files = sorted((tmp_path / "study" / "answers").glob("*.json"))
    run = segan("study", "score", *files)
    assert (
        run.code == 0
        and "6 judges" in run.err
        and run.out.splitlines()[0].startswith("| method | pref. score | win rate")
    )
    result = json.loads(segan("study", "score", *files, "--json").out)
    assert result["rows"]["segan"]["strength"]["value"] > result["rows"]["zi2zi"]["strength"]["value"]
    assert segan(*words[:-1]).code == 2  # its key is needed: it is not written over


def _plain(answer: Answer) -> dict[str, Any]:
    return {"trial": answer.trial, "choice": list(answer.choice), "seconds": answer.seconds}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "valid JSON"),
        ("[]", "answers"),
        ('{"study": "other", "judge": "a", "answers": []}', "another study"),
        ('{"study": "s", "judge": "a", "answers": [{"trial": 1, "choice": []}]}', "trial"),
        ('{"study": "s", "judge": "a", "answers": []}', "no answer"),
    ],
)
def test_files_that_are_no_answers_are_told(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "answers.json"
    file.write_text(content, encoding="utf-8")
    keyed = key(StudySettings())
    with pytest.raises(UsageError, match=says):
        score(keyed, read_answers([file], keyed))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--method", "segan"], "NAME=FOLDER"),
        (["--method", "hand=segan"], "is the hand itself"),
        (["--method", "a=segan", "--method", "a=zi2zi"], "name of its own"),
        (["--method", "a=nowhere"], "no glyph folder"),
        (["--method", "a=segan", "--repeats", "0.9"], "repeats"),
        (["--method", "a=segan", "--pairs", "0", "--sets", "0", "--scores", "0"], "nothing to ask"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    segan: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str
) -> None:
    _folders(tmp_path)
    monkeypatch.chdir(tmp_path)
    run = segan("study", "new", "--real", "real", *words)
    assert run.code == 2 and says in " ".join(run.err.split()) and not (tmp_path / "study" / "key.json").exists()


CHROMIUM = shutil.which("chromium")


@pytest.mark.tools
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_a_judge_answers_on_the_page(segan: Callable, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    folders = _folders(tmp_path)
    words = ["--real", folders["real"], "--method", f"segan={folders['segan']}", "--out", tmp_path / "study"]
    segan("study", "new", *words, "--pairs", "3", "--sets", "1", "--scores", "2")
    keyed = read_key(tmp_path / "study" / "key.json")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto((tmp_path / "study" / "study.html").as_uri())
        page.fill("#judge", "Wang <b>")
        page.click("#begin")
        for place, trial in enumerate(keyed.trials):
            page.wait_for_function(f"() => document.querySelector('#place').textContent.startsWith('{place + 1} of')")
            if trial.kind == "pair":
                page.keyboard.press("ArrowRight")
            elif trial.kind == "score":
                page.keyboard.press("4")
            else:
                page.click("#options button:nth-child(2)")
                page.click("#on")
            if place == 2:  # closing the page loses nothing that was taken: the next one is shown
                page.wait_for_function("() => document.querySelector('#place').textContent.startsWith('4 of')")
                page.reload()
        with page.expect_download() as download:
            page.click("#save")
        download.value.save_as(tmp_path / "study" / "answers" / "wang.json")
        browser.close()
    (one,) = read_answers([tmp_path / "study" / "answers" / "wang.json"], keyed)
    assert one.judge.startswith("Wang <b>") and len(one.answers) == len(keyed.trials)
    assert score(keyed, [one]).strangers == 0
