"""Settings: frozen dataclasses, filled from defaults, then a TOML file, then flags.

One field is a type, a default, a range and one line of meaning, written with `setting`. An unknown key in a file is
an error with a suggestion; a value out of range names the range.
"""

from __future__ import annotations

import dataclasses
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from segan_cli.errors import UsageError, did_you_mean

T = TypeVar("T")


def setting(
    default: Any,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
) -> Any:
    """A field of a settings dataclass.

    Args:
        default: the value when neither file nor flag says otherwise (immutable).
        meaning: one line for `--help`, the docs and the run folder.
        low: smallest value allowed, inclusive.
        high: largest value allowed, inclusive.
        choices: the words allowed.
    """
    metadata = {"meaning": meaning, "low": low, "high": high, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


def load_settings(
    cls: type[T], file: Path | None = None, flags: Mapping[str, Any] | None = None, *, table: str = ""
) -> T:
    """Fill `cls` from its defaults, then `file`, then `flags`.

    Args:
        cls: a frozen dataclass whose fields come from `setting`.
        file: a TOML file, or None.
        flags: values by field name; None means "not given".
        table: the table of the file to read ("" is the top level).

    Returns:
        A checked instance of `cls`.

    Raises:
        UsageError: file missing or not TOML, unknown key, wrong type, value out of range.
    """
    values: dict[str, Any] = {}
    if file is not None:
        document = read_toml(file)
        values.update(document.get(table, {}) if table else document)
    values.update({key: value for key, value in (flags or {}).items() if value is not None})
    return from_mapping(cls, values, where=str(file) if file else "the settings")


def from_mapping(cls: type[T], values: Mapping[str, Any], *, where: str = "the settings") -> T:
    """Build and check a settings dataclass from plain values; lists become tuples.

    Raises:
        UsageError: unknown key, wrong type, value out of range.
    """
    fields = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    hints = typing.get_type_hints(cls)
    checked: dict[str, Any] = {}
    for key, value in values.items():
        if key not in fields:
            raise UsageError(f"{where}: there is no setting {key!r}.{did_you_mean(key, fields)}")
        checked[key] = _checked(key, value, hints[key], fields[key].metadata, where)
    try:
        return cls(**checked)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from error


def read_toml(file: Path) -> dict[str, Any]:
    """Read a TOML file.

    Raises:
        UsageError: it is not there, not readable or not TOML.
    """
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        cause = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise UsageError(f"The settings file {file} cannot be read: {cause}.") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"The settings file {file} is not valid TOML: {error}") from error


def _checked(key: str, value: Any, hint: Any, metadata: Mapping[str, Any], where: str) -> Any:
    value = tuple(value) if isinstance(value, list) else value
    if isinstance(value, int) and not isinstance(value, bool) and hint is float:
        value = float(value)
    low, high, choices = metadata.get("low"), metadata.get("high"), metadata.get("choices")
    if not choices and not _has_type(value, hint):
        raise UsageError(f"{where}: {key} is {value!r}; it should be {_type_name(hint)}.")
    if choices and value not in choices:
        raise UsageError(
            f"{where}: {key} is {value!r}; it is one of {', '.join(choices)}.{did_you_mean(str(value), choices)}"
        )
    if isinstance(value, int | float) and not isinstance(value, bool) and not _within(value, low, high):
        raise UsageError(f"{where}: {key} is {value}; it must lie {_range(low, high)}.")
    return value


def _has_type(value: Any, hint: Any) -> bool:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return any(_has_type(value, part) for part in typing.get_args(hint))
    if origin is typing.Literal:
        return value in typing.get_args(hint)
    if origin is tuple:
        items = typing.get_args(hint)
        return isinstance(value, tuple) and (items[1:] != (...,) or all(_has_type(item, items[0]) for item in value))
    if hint is int or hint is float:
        return isinstance(value, hint) and not isinstance(value, bool)
    return hint is Any or isinstance(value, hint)


def _type_name(hint: Any) -> str:
    return {int: "a whole number", float: "a number", str: "text", bool: "true or false"}.get(hint, str(hint))


def _within(value: float, low: float | None, high: float | None) -> bool:
    """Inside the range; a number that is none (NaN) never is."""
    return value == value and (low is None or value >= low) and (high is None or value <= high)


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"between {low} and {high}"
    return f"at or above {low}" if low is not None else f"at or below {high}"
