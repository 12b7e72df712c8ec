"""A font drawn with somebody's hand carries that hand's licence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from segan_cli.errors import UsageError
from segan_cli.font.spec import LICENSES, FontSpec


def with_license_of(spec: FontSpec, styles: Iterable[Mapping[str, Any]]) -> FontSpec:
    """Let the font inherit the licence of the styles that its glyphs were drawn with.

    Args:
        spec: what the designer says.
        styles: the styles' "license" and "reserved_names", as `segan generate` reports them.

    Returns:
        `spec`, under the styles' licence if the designer named none; of several the OFL, which asks for itself.

    Raises:
        UsageError: the licence keeps a name that the font would carry (OFL 1.1, condition 3), or asks for the same
            licence and the designer named another (condition 5).
    """
    inherited: dict[str, str] = {}
    for style in styles:
        license, name = str(style.get("license", "")), style.get("name", "the style")
        for reserved in style.get("reserved_names", ()):
            if (
                str(reserved).casefold()
                in f"{spec.family} {spec.family_zh} {spec.family_zh_hant} {spec.family_ja}".casefold()
            ):
                raise UsageError(
                    f"The licence of {name} ({license}) keeps the name {reserved!r} for the original font. "
                    "Give this one another name with --family."
                )
        if license in LICENSES:
            inherited[license] = name
    for license, name in inherited.items():
        if license.startswith("OFL") and spec.license not in ("", license, LICENSES[license][0]):
            raise UsageError(f"Glyphs drawn as {name} stay under {license}; leave --license out or say {license}.")
    if spec.license or not inherited:
        return spec
    return replace(spec, license=next((license for license in inherited if license.startswith("OFL")), min(inherited)))
