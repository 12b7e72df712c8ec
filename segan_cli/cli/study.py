"""`segan study`: a blind study of drawn glyphs, and what the judges said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from segan_cli.errors import UsageError
from segan_cli.files.writing import real_path

study = typer.Typer(no_args_is_help=True, help="Ask people which glyphs were written by hand, and count what they say.")


@study.command()
def new(
    real: Annotated[Path, typer.Option(help="Folder of the hand's own glyphs.")],
    method: Annotated[list[str], typer.Option(help="NAME=FOLDER of drawn glyphs; several may be given.")],
    out: Annotated[Path, typer.Option(help="Where the page and its key are written.")] = Path("study"),
    pairs: Annotated[int | None, typer.Option(help="Pairs for each two of the hand and the methods.")] = None,
    sets: Annotated[int | None, typer.Option(help="Mixed sets for each method.")] = None,
    scores: Annotated[int | None, typer.Option(help="Glyphs to score, for the hand and each method.")] = None,
    repeats: Annotated[float | None, typer.Option(help="Part of the questions that is asked twice, 0 to 0.5.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the choice and of the order.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
) -> None:
    """Write a study: one page to send to judges, and a key to keep.

        segan study new --real my-brush/ --method segan=drawn/ --method zi2zi=theirs/ --out study/

    The page is blind and holds everything. Judges save a file with their answers and send it back; put the files into
    study/answers/, and count them with: segan study score study/answers/*.json
    """
    from segan_cli.cli.console import print_json, print_note, print_result
    from segan_cli.config import from_mapping
    from segan_cli.review.study.making import new_study
    from segan_cli.review.study.trials import StudySettings

    given = {"pairs": pairs, "sets": sets, "scores": scores, "repeats": repeats, "seed": seed}
    settings = from_mapping(StudySettings, {k: v for k, v in given.items() if v is not None}, where="the options")
    made = new_study(real, _methods(method), out, settings)
    if as_json:
        print_json(made)
        return
    print_note(
        f"{made['questions']} questions on {made['characters']:,} characters. Send the page; keep {made['key']}."
    )
    print_result(made["page"])


@study.command()
def score(
    answers: Annotated[list[Path], typer.Argument(help="The judges' files.")],
    key: Annotated[Path | None, typer.Option(help="The study's key.json. Default: beside the answers' folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
) -> None:
    """Count the answers: preference score, win rate, Bradley-Terry strength, with intervals of 95 %.

    segan study score study/answers/*.json
    """
    from segan_cli.cli.console import print_json
    from segan_cli.cli.study_view import show_result
    from segan_cli.review.study.scoring import read_answers, read_key
    from segan_cli.review.study.scoring import score as counted

    folder = real_path(answers[0]).parent
    found = key or next(
        (place / "key.json" for place in (folder, folder.parent) if (place / "key.json").is_file()), None
    )
    if found is None:
        if lost := [str(path) for path in answers if not path.exists()]:
            raise UsageError(
                f"There is no file {lost[0]}. Name the judges' files: segan study score study/answers/*.json"
            )
        raise UsageError("There is no key.json beside the answers. Name it: --key study/key.json")
    keyed = read_key(found)
    result = counted(keyed, read_answers(answers, keyed))
    if as_json:
        print_json(result.as_record())
    else:
        show_result(result)


def _methods(words: list[str]) -> dict[str, Path]:
    methods: dict[str, Path] = {}
    for word in words:
        name, equals, folder = (part.strip() for part in word.partition("="))
        if not (equals and name and folder):
            raise UsageError(f"--method {word}: write it as NAME=FOLDER, like --method segan=drawn/.")
        if name in methods:
            raise UsageError(f"Two methods are called {name!r}. Every method needs a name of its own.")
        methods[name] = Path(folder)
    return methods
