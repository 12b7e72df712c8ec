"""A command's options as one value: a dataclass whose fields are what may be typed. And the options that commands share."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

T = TypeVar("T")

StyleSourceFont = Annotated[str | None, typer.Option(help="Font for the source glyphs of --style.")]
StyleDevice = Annotated[str, typer.Option(help="What --style draws on: auto, cpu, cuda, coreml or directml.")]
StyleCheck = Annotated[bool, typer.Option("--check/--no-check", help="Have drawn glyphs read by a recogniser.")]
Retry = Annotated[bool, typer.Option("--retry", help="Draw suspects again; keep what reads best.")]
Finish = Annotated[
    bool,
    typer.Option(
        "--finish/--no-finish", help="Smooth drawn edges, take specks away, close pinholes, join broken strokes."
    ),
]
Processes = Annotated[int, typer.Option(min=0, help="Processes; 0 takes one for each core.")]
AllowMissing = Annotated[bool, typer.Option(help="Exit with 0 even if glyphs are missing.")]
ReportAsJson = Annotated[bool, typer.Option("--json", help="Print the report as JSON on stdout.")]
InceptionWeights = Annotated[Path | None, typer.Option(help="Canonical Inception weights, for FID itself.")]


def takes(options: type[T]) -> Callable[[Callable[[T], None]], Callable[..., None]]:
    """Make a command of a function that is given its options as one value.

    Args:
        options: a dataclass; each field is an argument or option of the command, in this order, by its annotation
            (`Annotated[type, typer.Option(...)]`) and its default.
    """
    hints = get_type_hints(options, include_extras=True)
    parameters = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if field.default is MISSING else field.default,
            annotation=hints[field.name],
        )
        for field in fields(options)  # type: ignore[arg-type]
    ]

    def command_of(function: Callable[[T], None]) -> Callable[..., None]:
        @functools.wraps(function)
        def command(**typed: Any) -> None:
            function(options(**typed))

        command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return command

    return command_of
