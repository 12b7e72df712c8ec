"""What a font says about itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fontTools import agl

from segan_cli.config import from_mapping, read_toml
from segan_cli.errors import UsageError
from segan_cli.font.names import (
    ENGLISH,
    JAPANESE,
    SIMPLIFIED_CHINESE,
    TRADITIONAL_CHINESE,
    check_names,
    glyph_name,
    is_bold,
    long_names,
    name_records,
    postscript_name,
    weight_class,
)
from segan_cli.font.spec import FontSpec
from segan_cli.font.unicode_ranges import code_pages, languages, unicode_ranges


def level_one(codec: str, leads: range) -> set[str]:
    pairs = (bytes((lead, trail)).decode(codec, "ignore") for lead in leads for trail in range(0xA1, 0xFF))
    return {char for char in pairs if char}


def test_the_design_page_is_claimed_whatever_latin_is_there() -> None:
    """Word and the font lists of Windows look for cp936, cp932 and cp950, be there ten Chinese characters or thousands."""
    latin = set(map(chr, range(0x20, 0x180))) | set("ƒˆ")
    for design, text in ((18, "书门马龙"), (17, "ひらがなカナ働込"), (20, "書門馬龍這嗎")):
        assert code_pages(set(text)) == {design}
        assert code_pages(set(text) | latin) == {design} | code_pages(latin)
    assert code_pages(set("ABC")) == {0} and 18 not in code_pages(latin)


def test_another_page_needs_nine_tenths_of_level_one() -> None:
    kana = set(map(chr, [*range(0x3041, 0x3097), *range(0x30A1, 0x30FB)]))
    japanese = sorted(level_one("euc_jp", range(0xB0, 0xD0)))
    chinese = sorted(level_one("gb2312", range(0xB0, 0xD8)))
    assert code_pages({*japanese, *kana, *chinese[:3400]}) == {17, 18}
    assert code_pages({*japanese, *kana, *chinese[:1000]}) == {17}


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
    assert languages(latin) == ("Latn", "Latn")


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
        from_mapping(FontSpec, read_toml(file))


def test_licence_by_short_name() -> None:
    spec = FontSpec(license="OFL-1.1")
    assert spec.license_text.startswith("This Font Software is licensed under the SIL Open Font License")
    assert spec.license_address == "https://openfontlicense.org"


def test_the_family_of_a_style_beyond_the_four_is_split_between_ids_1_and_16() -> None:
    records = {
        (name_id, language): text
        for text, name_id, language in name_records(FontSpec(family="My Brush", style_name="Light", family_zh="我的"))
    }
    assert [records[name_id, ENGLISH] for name_id in (1, 2, 4, 16, 17)] == [
        "My Brush Light", "Regular", "My Brush Light", "My Brush", "Light"
    ]  # fmt: skip
    assert records[16, SIMPLIFIED_CHINESE] == "我的" and records[17, SIMPLIFIED_CHINESE] == "Light"
    plain = {name_id for _, name_id, _ in name_records(FontSpec(family="My Brush", style_name="Bold"))}
    assert not plain & {16, 17}


def test_traditional_chinese_has_its_own_family_name() -> None:
    records = name_records(FontSpec(family="My Brush", family_zh="测试毛笔", family_zh_hant="測試毛筆"))
    families = {language: text for text, name_id, language in records if name_id == 1}
    assert families[TRADITIONAL_CHINESE] == "測試毛筆" and families[SIMPLIFIED_CHINESE] == "测试毛笔"
    shared = name_records(FontSpec(family="My Brush", family_zh="毛笔"))
    assert ("毛笔", 1, TRADITIONAL_CHINESE) in shared


def test_a_licence_is_carried_whole() -> None:
    records = {name_id: text for text, name_id, _ in name_records(FontSpec(license="OFL-1.1"))}
    assert records[13] == (
        "This Font Software is licensed under the SIL Open Font License, Version 1.1. "
        "This license is available with a FAQ at: https://openfontlicense.org"
    )
    assert records[14] == "https://openfontlicense.org"


@pytest.mark.parametrize(
    ("embedding", "bits"), [("installable", 0), ("restricted", 2), ("preview", 4), ("editable", 8)]
)
def test_embedding_rights_are_opentypes_bits(embedding: str, bits: int) -> None:
    assert FontSpec(embedding=embedding).fs_type == bits


def test_every_key_of_a_font_toml_is_in_the_example(segan: Callable) -> None:
    example = Path(__file__).parents[2] / "examples" / "font.toml"
    assert example.read_text(encoding="utf-8") == segan("build-font", "--print-config").out
    assert from_mapping(FontSpec, read_toml(example)["font"]) == FontSpec()


def test_names_longer_than_the_table_can_hold_are_refused_before_the_work() -> None:
    check_names(FontSpec(license="字" * 32_000))
    with pytest.raises(UsageError, match="Shorten license"):
        check_names(FontSpec(license="字" * 33_000))


@pytest.mark.parametrize("text", ["a\x1b]52;c;aGk=\x07", "a\0", "a\x9b31m", "a\ud800"])
def test_control_characters_never_enter_a_font(text: str) -> None:
    with pytest.raises(ValueError, match=r"designer holds .* U\+"):
        FontSpec(designer=text)
    assert FontSpec(license="one line\nand another").license


@pytest.mark.parametrize(
    ("style", "weight", "bold", "italic"),
    [
        ("Regular", 400, False, False),
        ("Bold", 700, True, False),
        ("BOLD ITALIC", 700, True, True),
        ("Extra Bold", 800, False, False),
        ("Brush", 400, False, False),
        ("Light Oblique", 300, False, True),
    ],
)
def test_weight_bold_and_italic_by_the_styles_words(style: str, weight: int, bold: bool, italic: bool) -> None:
    spec = FontSpec(family="Test", style_name=style)
    assert (weight_class(spec), is_bold(spec), spec.is_italic) == (weight, bold, italic)


def test_a_slant_belongs_to_a_style_that_is_called_so() -> None:
    assert FontSpec(style_name="Light Oblique", italic_angle=-8).italic_angle == -8
    with pytest.raises(ValueError, match="italic_angle is -8, but the style is called 'Light', which is upright"):
        FontSpec(style_name="Light", italic_angle=-8)


def test_a_postscript_name_has_63_characters_at_most() -> None:
    assert len(postscript_name(FontSpec(family="A" * 55, style_name="Regular"))) == 63
    with pytest.raises(UsageError, match="has 64 characters; 63 is the limit"):
        postscript_name(FontSpec(family="A" * 56, style_name="Regular"))
    assert postscript_name(FontSpec(family="Test", style_name="书法")) == "Test-Regular"


def test_half_a_surrogate_pair_is_called_so_and_lines_may_end() -> None:
    with pytest.raises(ValueError, match=r"designer holds half a surrogate pair U\+D800"):
        FontSpec(family="Test", designer="\ud800")
    with pytest.raises(ValueError, match=r"designer holds the control character U\+0001"):
        FontSpec(family="Test", designer="\x01")
    assert FontSpec(family="Test", description="One.\n\tTwo.\r").description == "One.\n\tTwo.\r"


def test_records_are_in_the_order_of_languages_and_ids() -> None:
    records = name_records(
        FontSpec(family="Test", family_zh="测试", family_ja="テスト", style_name="Light", designer="Nobody")
    )
    assert [(language, name) for _, name, language in records] == sorted(
        (language, name) for _, name, language in records
    )
    said = {name: text for text, name, language in records if language == 0x409}
    assert (said[9], said[6], said[5]) == ("Nobody", "Test-Light", "Version 1.000")


def test_everything_that_is_said_of_a_font_has_its_number() -> None:
    spec = FontSpec(
        family="Han Mo", style_name="Semi Bold Italic", family_zh="翰墨", family_ja="はん", copyright="Copyright 2026",
        version="2.500", vendor="AB", manufacturer="Foundry", designer="Nobody", description="A brush.",
        manufacturer_url="https://foundry", designer_url="https://nobody", license="Ask first.", license_url="https://ask",
        sample_text="天地玄黃",
    )  # fmt: skip
    english = {name_id: text for text, name_id, language in name_records(spec) if language == ENGLISH}
    assert english == {
        0: "Copyright 2026", 1: "Han Mo Semi Bold", 2: "Italic", 3: "2.500;AB;HanMo-SemiBoldItalic", 4: "Han Mo Semi Bold Italic",
        5: "Version 2.500", 6: "HanMo-SemiBoldItalic", 8: "Foundry", 9: "Nobody", 10: "A brush.", 11: "https://foundry",
        12: "https://nobody", 13: "Ask first.", 14: "https://ask", 16: "Han Mo", 17: "Semi Bold Italic", 19: "天地玄黃",
    }  # fmt: skip
    for language, family in ((SIMPLIFIED_CHINESE, "翰墨"), (TRADITIONAL_CHINESE, "翰墨"), (JAPANESE, "はん")):
        assert {name_id: text for text, name_id, code in name_records(spec) if code == language} == {
            1: f"{family} Semi Bold", 2: "Italic", 4: f"{family} Semi Bold Italic", 16: family, 17: "Semi Bold Italic"
        }  # fmt: skip


def test_what_is_not_said_has_no_record() -> None:
    records = name_records(FontSpec(family="Han Mo"))
    assert [(name_id, language) for _, name_id, language in records] == [(n, ENGLISH) for n in (1, 2, 3, 4, 5, 6)]


@pytest.mark.parametrize(
    ("style", "first", "second"),
    [
        ("Italic", "Han Mo", "Italic"),
        ("Bold Italic", "Han Mo", "Bold Italic"),
        ("oblique", "Han Mo", "Italic"),
        ("Light ITALIC", "Han Mo Light", "Italic"),
        ("Italics", "Han Mo Italics", "Regular"),
    ],
)
def test_the_family_that_old_programs_link_has_four_styles(style: str, first: str, second: str) -> None:
    records = {name_id: text for text, name_id, _ in name_records(FontSpec(family="Han Mo", style_name=style))}
    assert (records[1], records[2]) == (first, second)


@pytest.mark.parametrize(
    ("style", "weight"),
    [
        ("extra-bold", 800), ("Ultra  Light", 200), ("Demi Bold", 600), ("semi-bold condensed", 600), ("Condensed Thin", 100),
        ("Thin Black", 100), ("Heavy", 900), ("Book", 400), ("Medium", 500),
    ],
)  # fmt: skip
def test_the_first_weight_word_counts_however_it_is_written(style: str, weight: int) -> None:
    assert weight_class(FontSpec(style_name=style)) == weight


@pytest.mark.parametrize(
    ("char", "name"),
    [
        ("A", "A"), ("(", "parenleft"), ("ß", "germandbls"), ("\u20ff", "uni20FF"), ("\u2126", "uni2126"), ("永", "uni6C38"),
        ("\uffff", "uniFFFF"), ("\U00010000", "u10000"), ("\U0002000a", "u2000A"), ("\u00a0", "uni00A0"),
    ],
)  # fmt: skip
def test_a_glyph_is_called_what_editors_call_it(char: str, name: str) -> None:
    assert glyph_name(char) == name


def test_signs_that_postscript_does_not_allow_are_left_out() -> None:
    assert postscript_name(FontSpec(family="A[b](c){d}<e>/f%g-h i~!", style_name="Semi-Bold")) == "Abcdefghi~!-SemiBold"


def test_refusals_say_the_value_the_limit_and_the_next_step() -> None:
    with pytest.raises(UsageError) as refusal:
        postscript_name(FontSpec(family="翰墨"))
    assert str(refusal.value) == (
        "The family name '翰墨' has no Latin letter or digit, and fonts need one for their PostScript name. Give a Latin --family "
        "and the Chinese name as --family-zh."
    )
    with pytest.raises(UsageError) as refusal:
        postscript_name(FontSpec(family="A" * 60))
    assert str(refusal.value) == (
        f"The PostScript name '{'A' * 60}-Regular' has 68 characters; 63 is the limit. Shorten the family name."
    )
    with pytest.raises(UsageError) as refusal:
        check_names(FontSpec(license="short", description="字" * 33_000))
    assert str(refusal.value) == (
        "The font's names and texts have 66,204 bytes together; 65,535 are the limit. Shorten description, for instance to the "
        "address where the whole text stands."
    )


def test_a_text_that_stands_in_two_places_is_stored_and_counted_once() -> None:
    """Offsets are of 16 bits: 65,535 bytes fit, one character more does not."""
    rest = sum(len(text) for text in {text for text, _, _ in name_records(FontSpec())})
    fits = "字" * (0xFFFF // 2 - rest)
    check_names(FontSpec(license=fits, description=fits))
    with pytest.raises(UsageError, match="65,536 bytes"):
        check_names(FontSpec(license=fits + "字"))


def test_family_names_that_windows_cuts_are_told_each_once() -> None:
    long, limit = "A Family Name Of Thirty-Two Lett", "A Family Name Of Thirty-One Let"
    assert long_names(FontSpec(family=long, family_zh="长" * 32)) == ["长" * 32, long]
    assert long_names(FontSpec(family=limit)) == []
    assert long_names(FontSpec(family=limit, style_name="Light")) == [f"{limit} Light"]


def test_an_own_address_stands_before_the_licences() -> None:
    assert FontSpec(license="CC0-1.0").license_address == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert FontSpec(license="CC0-1.0").license_text.startswith(
        "To the extent possible under law, the designer has waived"
    )
    assert FontSpec(license="OFL-1.1", license_url="https://mine").license_address == "https://mine"
    assert (FontSpec(license="Ask me.").license_text, FontSpec(license="Ask me.").license_address) == ("Ask me.", "")


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"family": " "}, "family is empty; give the font a name."),
        ({"version": "1"}, "version is '1'; write digits, a point and up to three digits, like 1.000."),
        ({"version": "12345.0"}, "version is '12345.0'; write digits, a point and up to three digits, like 1.000."),
        ({"version": "1.0000"}, "version is '1.0000'; write digits, a point and up to three digits, like 1.000."),
        ({"vendor": ""}, "vendor is ''; a vendor id has one to four ASCII characters."),
        ({"vendor": "字"}, "vendor is '字'; a vendor id has one to four ASCII characters."),
        ({"family_zh": "a\x00"}, "family_zh holds the control character U+0000, which no font can carry; take it out."),
        ({"designer": "\udc00"}, "designer holds half a surrogate pair U+DC00, which no font can carry; take it out."),
    ],
)
def test_what_no_font_can_carry_is_refused_with_a_reason(values: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError) as refusal:
        FontSpec(**values)
    assert str(refusal.value) == said


def test_the_shortest_and_longest_versions_and_vendors_are_taken() -> None:
    assert FontSpec(version="1.0", vendor="A").version == "1.0" and FontSpec(version="9999.999", vendor="~ ab").vendor
