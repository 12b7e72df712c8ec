from __future__ import annotations

import pytest

from segan_cli.errors import MissingExtraError
from segan_cli.evaluation.variants import Variants


@pytest.mark.tools
def test_forms_of_one_character_are_one() -> None:
    if not Variants.installed():
        pytest.skip('needs OpenCC: pip install "segan[evaluate]"')
    variants = Variants()
    assert variants.same("汉", "漢") and variants.same("国", "國") and variants.same("気", "气")
    assert variants.same("永", "永") and not variants.same("永", "水") and not variants.same("人", "入")


def test_without_opencc_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Variants, "installed", staticmethod(lambda: False))
    with pytest.raises(MissingExtraError, match=r"\.\[evaluate\]"):
        Variants()
