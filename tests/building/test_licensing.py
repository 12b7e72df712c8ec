import pytest

from segan_cli.building.licensing import with_license_of
from segan_cli.errors import UsageError
from segan_cli.font.spec import FontSpec

OFL_STYLE = {"name": "ma-shan-zheng", "license": "OFL-1.1", "reserved_names": ["Ma Shan"]}


def test_a_font_inherits_the_licence_of_its_style() -> None:
    assert with_license_of(FontSpec(family="Mine"), [OFL_STYLE]).license == "OFL-1.1"


def test_a_public_domain_style_asks_for_nothing() -> None:
    spec = FontSpec(family="Mine", license="All rights reserved.")
    assert with_license_of(spec, [{"name": "kouzan-kaisho", "license": "public domain"}]) == spec


def test_a_reserved_name_cannot_be_carried() -> None:
    with pytest.raises(UsageError, match="another name"):
        with_license_of(FontSpec(family="My ma shan"), [OFL_STYLE])


def test_another_licence_than_the_ofl_is_refused() -> None:
    with pytest.raises(UsageError, match="stay under OFL"):
        with_license_of(FontSpec(family="Mine", license="All rights reserved."), [OFL_STYLE])


@pytest.mark.parametrize("order", [("CC0-1.0", "OFL-1.1"), ("OFL-1.1", "CC0-1.0")])
def test_of_two_licences_the_ofl_is_carried_in_either_order(order: tuple[str, str]) -> None:
    styles = [{"name": licence, "license": licence} for licence in order]
    assert with_license_of(FontSpec(family="Mine"), styles).license == "OFL-1.1"
