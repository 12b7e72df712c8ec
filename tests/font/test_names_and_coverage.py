"""What a font says about itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools import agl

from segan_cli.config import load_settings
from segan_cli.errors import UsageError
from segan_cli.font.names import glyph_name, postscript_name, weight_class
from segan_cli.font.spec import FontSpec
from segan_cli.font.unicode_ranges import code_pages, languages, unicode_ranges


def level_one(codec: str, leads: range) -> set[str]:
    pairs = (bytes((lead, trail)).decode(codec, "ignore") for lead in leads for trail in range(0xA1, 0xFF))
    return {char for char in pairs if char}


def test_simplified_chinese_needs_nine_tenths_of_level_one() -> None:
    chars = sorted(level_one("gb2312", range(0xB0, 0xD8)))
    assert code_pages(set(chars[:3400])) == {18}
    assert 18 in code_pages(set(chars[:10]))  # a font without any code page would be a symbol font
    latin = set(map(chr, range(0x20, 0x180))) | set("ƒˆ")
    assert 18 in code_pages(set(chars[:3400]) | latin)
    assert 18 not in code_pages(set(chars[:3300]) | latin)


def test_all_of_gb2312_claims_neither_big5_nor_jis() -> None:
    assert code_pages(level_one("gb2312", range(0xB0, 0xF8))) == {18}


def test_japanese_needs_its_kana() -> None:
    kanji = level_one("euc_jp", range(0xB0, 0xD0))
    kana = set(map(chr, [*range(0x3041, 0x3097), *range(0x30A1, 0x30FB)]))
    assert code_pages(kanji | kana) == {17}
    assert languages(kanji | kana) == ("ja", "ja")


def test_latin_pages_and_ranges() -> None:
    latin = set(map(chr, range(0x20, 0x180))) | {"€", "Š", "š", "Ž", "ž", "ƒ", "ˆ"}
    assert {0, 1} <= code_pages(latin) and 2 not in code_pages(latin)
    assert unicode_ranges("A永、") == {0, 48, 59}
    assert languages(latin | {"永"})[1] == "zh-Hans, Latn"


@pytest.mark.parametrize("char", ["A", "ß", "€", "—", "。", "永", "\U00020000", "µ", "Δ", "\u2126"])
def test_glyph_names_read_back(char: str) -> None:
    assert agl.toUnicode(glyph_name(char)) == char


def test_postscript_names() -> None:
    assert postscript_name(FontSpec(family="Han Mo (Test)", style_name="Semi Bold")) == "HanMoTest-SemiBold"
    assert weight_class(FontSpec(style_name="Extra Light")) == 200
    with pytest.raises(UsageError, match="Latin"):
        postscript_name(FontSpec(family="翰墨"))
    with pytest.raises(UsageError, match="63"):
        postscript_name(FontSpec(family="A" * 60))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('version = "one"', "1.000"),
        ('vendor = "TOOLONG"', "one to four"),
        ('famly = "A"', "family"),
        ('embedding = "no"', "installable"),
    ],
)
def test_bad_settings_name_the_limit(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "font.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=words):
        load_settings(FontSpec, file)


def test_licence_by_short_name() -> None:
    spec = load_settings(FontSpec, flags={"license": "OFL-1.1"})
    assert spec.license_text.startswith("This Font Software is licensed under the SIL Open Font License")
    assert spec.license_address == "https://openfontlicense.org"
