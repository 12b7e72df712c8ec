"""From answers to the table: preference score, win rate, written ones picked, Bradley–Terry strength, steadiness."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from segan_cli.config import from_mapping
from segan_cli.errors import UsageError
from segan_cli.files.documents import DocumentError, read_json
from segan_cli.review.study.bradley_terry import counted, strengths
from segan_cli.review.study.trials import HAND, Trial

RESAMPLES = 1000
INTERVAL = (2.5, 97.5)
LARGEST_ANSWERS = 4 * 2**20


@dataclass(frozen=True, slots=True)
class Answer:
    """What a judge said to one question.

    Args:
        trial: the question's name.
        choice: numbers of the options chosen, counted from 0; of a score the score alone.
        seconds: how long it took.
    """

    trial: str
    choice: tuple[int, ...]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AnswerFile:
    """A judge's answers.

    Args:
        study: which study, as its page knows it.
        judge: a name that the page gave, or that the judge typed.
        answers: what was answered.
    """

    study: str
    judge: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class KeyFile:
    """`key.json`: which option is whose; it stays with whoever asks.

    Args:
        study: its name.
        methods: in the order of the table.
        trials: the questions.
    """

    study: str
    methods: tuple[str, ...]
    trials: tuple[Trial, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval of 95 %; None where nobody was asked."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class StudyResult:
    """What came out.

    Args:
        judges: how many judged.
        answers: how many answers were counted.
        rows: by method (`hand` first): "preference" (1 to 5), "win_rate" (share of pairs with the hand in which the
            method's glyph was taken for the written one), "picked" (share of its glyphs in mixed sets taken for written),
            "strength" (Bradley–Terry, log, the hand at 0), each an `Estimate` or None.
        consistency: share of repeated questions answered alike, over all judges; None without any.
        by_judge: the same for each judge, with the number of answers and the median time.
        left: share of pairs in which the left one was chosen; a steady judge is near one half.
        strangers: answers to questions that this study does not have.
    """

    judges: int
    answers: int
    rows: Mapping[str, Mapping[str, Estimate | None]]
    consistency: float | None
    by_judge: Mapping[str, Mapping[str, Any]]
    left: float | None
    strangers: int

    def as_record(self) -> dict[str, Any]:
        """Plain values."""
        rows = {
            name: {
                figure: None if one is None else {"value": one.value, "low": one.low, "high": one.high}
                for figure, one in row.items()
            }
            for name, row in self.rows.items()
        }
        return {
            "judges": self.judges,
            "answers": self.answers,
            "rows": rows,
            "consistency": self.consistency,
            "left": self.left,
            "by_judge": dict(self.by_judge),
            "strangers": self.strangers,
        }


def read_key(path: Path) -> KeyFile:
    """Read a study's key.

    Raises:
        UsageError: it is not there, or no key.
    """
    try:
        return from_mapping(KeyFile, read_json(path), where=str(path), name="the key", others_may_be=True)
    except FileNotFoundError as error:
        raise UsageError(
            f"There is no key {path}. It is what segan study new wrote beside the page: --key study/key.json"
        ) from error


def read_answers(paths: Sequence[Path], key: KeyFile) -> list[AnswerFile]:
    """Read the judges' files; of one judge the last one counts.

    Raises:
        UsageError: a file is none of answers, or of another study.
    """
    found: dict[str, AnswerFile] = {}
    for path in paths:
        try:
            values = read_json(path, largest=LARGEST_ANSWERS)
        except FileNotFoundError as error:
            raise UsageError(f"There is no file {path}.") from error
        except DocumentError as error:
            raise UsageError(f"{error} Ask the judge to send the file again.") from error
        one = from_mapping(AnswerFile, values, where=str(path), name="the answers", others_may_be=True)
        if one.study != key.study:
            raise UsageError(f"{path} answers another study ({one.study[:40]!r}); this one is {key.study!r}.")
        found[one.judge] = one
    return list(found.values())


def score(key: KeyFile, files: Sequence[AnswerFile], *, seed: int = 0) -> StudyResult:
    """Count the answers.

    Args:
        key: which option is whose.
        files: one a judge.
        seed: of the intervals.

    Raises:
        UsageError: no answer can be counted.

    Source: the paper's user study: a preference score and a win rate against human-written images. Ours: intervals by
        drawing judges, and their answers, with replacement, so that few judges give wide ones; repeats count once.
    """
    trials = {trial.name: trial for trial in key.trials}
    sessions = {
        one.judge: [(trials[a.trial], a) for a in one.answers if _fits(trials.get(a.trial), a)] for one in files
    }
    sessions = {judge: answers for judge, answers in sessions.items() if answers}
    if not sessions:
        raise UsageError("The files hold no answer to any question of this study.")
    given = sum(len(one.answers) for one in files)
    counted_answers = sum(len(answers) for answers in sessions.values())
    first = [[(t, a) for t, a in answers if not t.repeats] for answers in sessions.values()]
    items = [HAND, *key.methods]
    estimates = _with_intervals(lambda chosen: _figures(chosen, items), first, seed)
    agreement = {judge: _agreement(answers) for judge, answers in sessions.items()}
    every = [alike for found in agreement.values() for alike in found]
    sides = [a.choice[0] == 0 for answers in first for t, a in answers if t.kind == "pair"]
    return StudyResult(
        judges=len(sessions),
        answers=counted_answers,
        rows={item: {name: estimates.get((item, name)) for name in FIGURES} for item in items},
        consistency=float(np.mean(every)) if every else None,
        by_judge={judge: _judge(answers, agreement[judge]) for judge, answers in sessions.items()},
        left=float(np.mean(sides)) if sides else None,
        strangers=given - counted_answers,
    )


FIGURES = ("preference", "win_rate", "picked", "strength")
Asked = list[tuple[Trial, Answer]]
Figures = dict[tuple[str, str], float]


def _figures(answers: Asked, items: Sequence[str]) -> Figures:
    found: Figures = {}
    scores, wins, picks = defaultdict(list), defaultdict(list), defaultdict(list)
    games: list[tuple[int, int]] = []
    for trial, answer in answers:
        if trial.kind == "score":
            scores[trial.items[0]].append(answer.choice[0])
        elif trial.kind == "pair":
            winner, loser = trial.items[answer.choice[0]], trial.items[1 - answer.choice[0]]
            games.append((items.index(winner), items.index(loser)))
            if HAND in trial.items:
                method = winner if loser == HAND else loser
                wins[method].append(winner == method)
        else:
            for place, item in enumerate(trial.items):
                picks[item].append(place in answer.choice)
    for name, values in (("preference", scores), ("win_rate", wins), ("picked", picks)):
        found |= {(item, name): float(np.mean(each)) for item, each in values.items()}
    if games:
        logs = strengths(counted(games, len(items)))
        found |= {(item, "strength"): float(logs[place]) for place, item in enumerate(items)}
    return found


def _with_intervals(
    figures: Callable[[Asked], Figures], sessions: Sequence[Asked], seed: int
) -> dict[tuple[str, str], Estimate]:
    middle = figures([pair for session in sessions for pair in session])
    random = np.random.default_rng(seed)
    drawn: dict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in range(RESAMPLES):
        judges = random.integers(0, len(sessions), len(sessions))
        chosen: Asked = []
        for judge in judges:
            session = sessions[judge]
            chosen += [session[place] for place in random.integers(0, len(session), len(session))]
        for name, value in figures(chosen).items():
            drawn[name].append(value)
    intervals = {name: np.percentile(drawn[name] or [value], INTERVAL) for name, value in middle.items()}
    return {name: Estimate(value, *map(float, intervals[name])) for name, value in middle.items()}


def _fits(trial: Trial | None, answer: Answer) -> bool:
    """Whether an answer is one to this question."""
    if trial is None or not math.isfinite(answer.seconds):
        return False
    if trial.kind == "score":
        return len(answer.choice) == 1 and 1 <= answer.choice[0] <= 5
    inside = all(0 <= place < len(trial.items) for place in answer.choice)
    return inside and (len(answer.choice) == 1 or trial.kind == "set")


def _agreement(answers: Asked) -> list[bool]:
    """For each repeated question, whether both answers say the same."""
    meanings = {trial.name: _meaning(trial, answer) for trial, answer in answers}
    return [meanings[t.name] == meanings[t.repeats] for t, _ in answers if t.repeats and t.repeats in meanings]


def _meaning(trial: Trial, answer: Answer) -> Any:
    if trial.kind == "score":
        return answer.choice[0]
    return frozenset((trial.items[place], trial.chars[place]) for place in answer.choice)


def _judge(answers: Asked, agreement: Sequence[bool]) -> dict[str, Any]:
    return {
        "answers": len(answers),
        "consistency": float(np.mean(agreement)) if agreement else None,
        "median_seconds": round(float(np.median([answer.seconds for _, answer in answers])), 1),
    }
