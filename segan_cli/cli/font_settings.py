"""What a `font.toml` holds: its tables, read, checked and written out with every key."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segan_cli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from segan_cli.building.pipeline import InputSettings
    from segan_cli.font.spec import FontSpec
    from segan_cli.outline.tracing import TraceSettings


def font_settings(
    config: Path | None, family: str, names: dict[str, Any], inputs: dict[str, Any], tracing: dict[str, Any]
) -> tuple[FontSpec, InputSettings, TraceSettings]:
    """The file's settings with the flags over them.

    Args:
        config: a `font.toml`, or None.
        family: the family name if neither file nor flag gives one.
        names: flags for the table `font`; None means "not given".
        inputs: flags for the table `input`.
        tracing: flags for the table `trace`.

    Raises:
        UsageError: a key or a value that is wrong.
    """
    from segan_cli.building.pipeline import InputSettings
    from segan_cli.config import from_layers
    from segan_cli.font.spec import FontSpec
    from segan_cli.outline.tracing import TraceSettings

    tables, where = _tables(config), str(config or "the options")
    return (
        from_layers(FontSpec, {"family": family}, tables.get("font", {}), names, where=where),
        from_layers(InputSettings, tables.get("input", {}), inputs, where=where),
        from_layers(TraceSettings, tables.get("trace", {}), tracing, where=where),
    )


def every_key() -> str:
    """A `font.toml` with every key at its default, each under a line that says what it means."""
    from segan_cli.config import as_toml

    head = "# Every setting of segan build-font at its default. Take what you need into a file of your own:\n"
    head += "#     segan build-font MyBrush.ttf my-glyphs/ --config font.toml\n# A flag beats the file.\n"
    return "\n".join([head, *(as_toml(settings, name) for name, settings in _by_table().items())])


def _by_table() -> dict[str, type]:
    from segan_cli.building.pipeline import InputSettings
    from segan_cli.font.spec import FontSpec
    from segan_cli.outline.tracing import TraceSettings

    return {"font": FontSpec, "input": InputSettings, "trace": TraceSettings}


def _tables(config: Path | None) -> dict[str, dict[str, Any]]:
    from segan_cli.config import read_toml

    tables, known = read_toml(config) if config else {}, _by_table()
    for name, table in tables.items():
        if name in known and isinstance(table, dict):
            continue
        home = next((key for key, cls in known.items() if name in {field.name for field in fields(cls)}), None)
        if home:
            raise UsageError(f"{config}: {name!r} stands outside of a table; put it under [{home}].")
        raise UsageError(f"{config}: {name!r} is no table of it; it has {', '.join(known)}.{did_you_mean(name, known)}")
    return tables
