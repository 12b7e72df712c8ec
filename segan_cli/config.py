"""Settings: frozen dataclasses, filled from defaults, then a TOML file, then flags.

One field is a type, a default, a range and one line of meaning, written with `setting`. An unknown key in a file is
an error with a suggestion; a value out of range names the range.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from segan_cli.errors import UsageError, did_you_mean
from segan_cli.files import documents

T = TypeVar("T")


def setting(
    default: Any,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] | None = None,
    formerly: str | None = None,
) -> Any:
    """A field of a settings dataclass.

    Args:
        default: the value when neither file nor flag says otherwise (immutable).
        meaning: one line for `--help`, the docs and the run folder.
        low: smallest value allowed, inclusive.
        high: largest value allowed, inclusive.
        choices: the words allowed.
        formerly: its name in files of earlier versions, which is read, too.
    """
    metadata = {"meaning": meaning, "low": low, "high": high, "choices": choices, "formerly": formerly}
    return dataclasses.field(default=default, metadata=metadata)


def renamed(formerly: str) -> Any:
    """A field of a record without default, by another name in files of earlier versions."""
    return dataclasses.field(metadata={"formerly": formerly})


def from_layers(cls: type[T], *layers: Mapping[str, Any], where: str = "the settings") -> T:
    """Build a settings dataclass from layers, of which a later one beats an earlier one; None means "not given".

    Raises:
        UsageError: as `from_mapping`.
    """
    values: dict[str, Any] = {}
    for layer in layers:
        if not isinstance(layer, Mapping):
            raise UsageError(f"{where}: {layer!r} is no table of settings.")
        values |= {key: value for key, value in layer.items() if value is not None}
    return from_mapping(cls, values, where=where)


def from_mapping(
    cls: type[T], values: Any, *, where: str = "the settings", name: str = "", others_may_be: bool = False
) -> T:
    """Build and check a dataclass from plain values: settings, or a record that was read from a file.

    Lists become tuples, whole numbers become floats where those are wanted, tables become dataclasses.

    Args:
        cls: the dataclass; fields may hold dataclasses, tuples, dicts by text, unions with None, literals, plain values.
        values: what was read.
        where: the file, for the message.
        name: what the values are, for the message ("manifest"); empty for settings.
        others_may_be: pass over keys that the dataclass does not have.

    Raises:
        UsageError: unknown or missing key, wrong type, value out of range.
    """
    try:
        return _read_fields(cls, values, name, others_may_be)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from error


def as_toml(cls: type, table: str) -> str:
    """A table of a TOML file with every setting at its default, each under its meaning and its range.

    Args:
        cls: a dataclass whose fields come from `setting`.
        table: the table's name.
    """
    lines = [f"[{table}]"]
    for field in dataclasses.fields(cls):
        meaning, low, high, choices = (field.metadata.get(key) for key in ("meaning", "low", "high", "choices"))
        limits = [f"{word} {limit:g}" for word, limit in (("from", low), ("to", high)) if limit is not None]
        allowed = ", ".join(choices) if choices else " ".join(limits)
        lines.append(f"# {meaning}{f' ({allowed})' if allowed else ''}")
        lines.append(f"{field.name} = {toml_value(field.default)}")
    return "\n".join([*lines, ""])


def toml_value(value: Any) -> str:
    """A plain value as TOML writes it."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(toml_value, value))}]"
    return json.dumps(value, ensure_ascii=False)  # text, numbers and booleans are written alike in both languages


def read_toml(file: Path) -> dict[str, Any]:
    """Read a TOML file of settings.

    Raises:
        UsageError: it is not there, not readable or not TOML.
    """
    try:
        return documents.read_toml(file)
    except FileNotFoundError as error:
        raise UsageError(f"The settings file {file} cannot be read: {error.strerror}.") from error
    except documents.DocumentError as error:
        raise UsageError(f"The settings file {file} cannot be used: {error.cause}.") from error


@cache
def _fields(cls: Any) -> tuple[dict[str, dataclasses.Field[Any]], dict[str, Any]]:
    return {field.name: field for field in dataclasses.fields(cls)}, typing.get_type_hints(cls)


def _read_fields(cls: type[T], values: Any, name: str, others_may_be: bool) -> T:
    if not isinstance(values, Mapping):
        raise ValueError(f"{name or 'the whole'} is {_shown(values)}; it should be a table.")
    fields, hints = _fields(typing.cast(Any, cls))
    today = {field.metadata["formerly"]: key for key, field in fields.items() if field.metadata.get("formerly")}
    values = {today.get(key, key): value for key, value in values.items()}
    if not others_may_be:
        for key in values:
            if key not in fields:
                complaint = f"{name} has no entry {key!r}" if name else f"there is no setting {key!r}"
                raise ValueError(f"{complaint}.{did_you_mean(str(key), fields)}")
    read: dict[str, Any] = {}
    for key, field in fields.items():
        if key in values:
            place = f"{name}.{key}" if name else key
            read[key] = _in_range(place, _read(hints[key], values[key], place, field, others_may_be), field)
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise ValueError(f"{name or 'the whole'} lacks the entry {key!r}.")
    return cls(**read)


def _read(hint: Any, value: Any, place: str, field: dataclasses.Field[Any] | None, others_may_be: bool) -> Any:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if field is not None and field.metadata.get("choices"):
        return value  # checked by `_in_range`, which names them
    if origin in (typing.Union, types.UnionType):
        return None if value is None and type(None) in parts else _read_union(hint, value, place, others_may_be)
    if origin is typing.Literal and value in parts:
        return value
    if origin is tuple and isinstance(value, list | tuple):
        if parts[1:] != (...,) and len(parts) != len(value):
            raise ValueError(f"{place} has {len(value)} entries; it should have {len(parts)}.")
        kinds = [parts[0]] * len(value) if parts[1:] == (...,) else parts
        return tuple(
            _read(kind, item, f"{place}[{index}]", None, others_may_be)
            for index, (kind, item) in enumerate(zip(kinds, value, strict=True))
        )
    if origin is dict and isinstance(value, Mapping):
        return {key: _read(parts[1], item, f"{place}.{key}", None, others_may_be) for key, item in value.items()}
    if dataclasses.is_dataclass(hint):
        return _read_fields(typing.cast(type[Any], hint), value, place, others_may_be)
    return _plain(hint, value, place)


def _read_union(hint: Any, value: Any, place: str, others_may_be: bool) -> Any:
    for part in typing.get_args(hint):
        if part is not type(None):
            try:
                return _read(part, value, place, None, others_may_be)
            except ValueError as error:
                refused = error
    raise refused


def _plain(hint: Any, value: Any, place: str) -> Any:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if hint is not Any and (not _is_of(value, hint)):
        raise ValueError(f"{place} is {_shown(value)}; it should be {_type_name(hint)}.")
    if isinstance(value, float) and math.isinf(value):
        raise ValueError(f"{place} is {value}; it must be a finite number.")
    return value


def _is_of(value: Any, hint: Any) -> bool:
    if not isinstance(hint, type):
        return False  # a union, a literal or a container that `_read` did not take
    return isinstance(value, hint) and (hint is bool or not isinstance(value, bool))


def _in_range(key: str, value: Any, field: dataclasses.Field[Any]) -> Any:
    low, high, choices = (field.metadata.get(word) for word in ("low", "high", "choices"))
    if choices and value not in choices:
        raise ValueError(
            f"{key} is {_shown(value)}; it is one of {', '.join(choices)}.{did_you_mean(str(value), choices)}"
        )
    if isinstance(value, int | float) and not isinstance(value, bool) and not _within(value, low, high):
        raise ValueError(f"{key} is {value}; it must {_range(low, high)}.")
    return value


def _shown(value: Any) -> str:
    """The value, cut where it is long."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _type_name(hint: Any) -> str:
    origin = typing.get_origin(hint)
    if origin is typing.Literal:
        return f"one of {', '.join(map(str, typing.get_args(hint)))}"
    names = {
        int: "a whole number",
        float: "a number",
        str: "text",
        bool: "true or false",
        tuple: "a list",
        dict: "a table",
    }
    return names.get(origin or hint, str(hint))


def _within(value: float, low: float | None, high: float | None) -> bool:
    """Inside the range; a number that is none (NaN) never is."""
    return value == value and (low is None or value >= low) and (high is None or value <= high)


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"lie between {low} and {high}"
    if low is None and high is None:
        return "be a number"
    return f"lie at or above {low}" if low is not None else f"lie at or below {high}"
