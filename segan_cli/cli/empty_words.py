"""An empty word where a file or folder is wanted: `--out "$OUT"` with OUT unset would mean the folder that one stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from segan_cli.errors import UsageError


def refuse_empty_places(tree: Any, words: Sequence[str]) -> None:
    """Refuse what was typed if a file or folder in it has no name.

    Args:
        tree: the command tree.
        words: what was typed after `segan`.

    Raises:
        UsageError: an empty word where a path is wanted.
    """
    command, rest = _command_of(tree, words)
    for option in _empty_places(command, rest):
        raise UsageError(
            f"{option} is empty: name a file or folder. If you typed a variable, it is not set; . is the folder that you are in."
        )


def _command_of(tree: Any, words: Sequence[str]) -> tuple[Any, Sequence[str]]:
    command = tree
    for number, word in enumerate(words):
        known = getattr(command, "commands", None)
        if known is None:
            return command, words[number:]
        if word in known:
            command = known[word]
        elif not word.startswith("-"):
            break
    return command, ()


def _empty_places(command: Any, words: Sequence[str]) -> Iterator[str]:
    wanted = {name: parameter for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    argument = next((one for one in command.params if one.opts and not one.opts[0].startswith("-")), None)
    for before, word in zip(("", *words), words, strict=False):
        name, equals, value = word.partition("=")
        if equals and not value and _is_place(wanted.get(name)):
            yield name
        if not word:
            takes_it = wanted.get(before) if before.startswith("-") else None
            if takes_it is None or takes_it.is_flag:
                takes_it, before = argument, (argument.name or "").upper() if argument is not None else ""
            if _is_place(takes_it):
                yield before


def _is_place(parameter: Any) -> bool:
    described = getattr(parameter, "type_descriptor", None)
    return "Path" in str(described.annotation if described is not None else getattr(parameter, "type", ""))
