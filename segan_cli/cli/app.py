"""The command tree. Engines are imported inside the commands, so that `segan --help` is quick."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from segan_cli import __version__
from segan_cli.cli.benchmark import benchmark
from segan_cli.cli.build_font import build_font
from segan_cli.cli.dataset import dataset
from segan_cli.cli.empty_words import refuse_empty_places
from segan_cli.cli.evaluate import evaluate
from segan_cli.cli.export import export
from segan_cli.cli.extend import extend
from segan_cli.cli.generate import generate
from segan_cli.cli.import_ import import_
from segan_cli.cli.match import match
from segan_cli.cli.proof import proof
from segan_cli.cli.render import render
from segan_cli.cli.review import review
from segan_cli.cli.scan import scan
from segan_cli.cli.sheets import sheets
from segan_cli.cli.study import study
from segan_cli.cli.styles import styles
from segan_cli.cli.train import train
from segan_cli.cli.train_skeleton import train_skeleton
from segan_cli.errors import Interruption, MissingExtraError

PANELS_FROM = 90
"""Columns of the terminal; in narrower ones the panels of the help would cut the names of options off."""


class CommandTree(TyperGroup):
    """The commands; Ctrl-C in any of them, or while its words are read, ends with a sentence."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """A command, whose help is plain text where the terminal is narrow."""
        command = super().get_command(ctx, cmd_name)
        if shutil.get_terminal_size().columns < PANELS_FROM:
            _without_panels(command)
        return command

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **kwargs: Any) -> Any:
        """Read what was typed; `segan help build-font` is `segan build-font --help`."""
        if args[:1] == ["help"]:
            args = [*args[1:], "--help"]
        with _told():
            refuse_empty_places(self, args)
            return super().make_context(info_name, args, *rest, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """Run what was typed."""
        with _told():
            return super().invoke(ctx)


def _without_panels(command: Any) -> None:
    if isinstance(command, TyperGroup):
        for one in command.commands.values():
            _without_panels(one)
    elif command is not None and command.rich_markup_mode is not None:
        command.rich_markup_mode = None
        command.help = (command.help or "").replace("\\[", "[")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt as stop:
        raise Interruption from stop
    except ModuleNotFoundError as error:
        if error.name == "torch":
            raise MissingExtraError("This command", "train") from error
        raise


app = typer.Typer(
    name="segan",
    cls=CommandTree,
    help="A whole brush font from a few hundred written characters.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    add_completion=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"segan {__version__}")
        raise typer.Exit()


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log what the library does to stderr.")] = False,
) -> None:
    """A whole brush font from a few hundred written characters."""
    import logging

    if verbose:
        logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    else:
        logging.getLogger("fontTools").setLevel(logging.CRITICAL + 1)  # it tells of timestamps and prints tracebacks


app.command()(sheets)
app.command()(scan)
app.command("import")(import_)
app.command()(train)
app.command()(export)
app.command()(styles)
app.command()(match)
app.command()(generate)
app.command()(build_font)
app.command()(extend)
app.command()(review)
app.command()(proof)
app.command()(evaluate)
app.command()(benchmark)
app.command()(render)
app.add_typer(dataset, name="dataset")
app.add_typer(study, name="study")
app.command()(train_skeleton)
