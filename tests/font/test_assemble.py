"""The finished files, reopened."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from conftest import SPEC
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.recordingPen import RecordingPen
from fontTools.ttLib import TTFont
from shapes import box, ring, some_glyphs

from segan_cli.errors import SeganError, UsageError
from segan_cli.font import saving
from segan_cli.font.assemble import assemble_font, check_outputs, flavors_for
from segan_cli.font.cff import NO_ALIGNMENT, blue_values
from segan_cli.font.charstring import CffGlyph
from segan_cli.font.compile import CompiledGlyph, compile_glyph
from segan_cli.font.glyph_order import PlacedGlyph, order_glyphs
from segan_cli.font.truetype import TrueTypeGlyph
from segan_cli.glyph import GlyphOutline


def compiled(outputs: list[Path]) -> list[CompiledGlyph]:
    return [compile_glyph(glyph, flavors_for(outputs)) for glyph in some_glyphs()]


@pytest.mark.parametrize("ending", ["ttf", "otf", "woff2"])
def test_metrics_are_those_of_the_outlines(fonts: dict[str, Path], ending: str) -> None:
    font = TTFont(fonts[ending])
    glyphs = font.getGlyphSet()
    boxes = {}
    for name in font.getGlyphOrder():
        pen = BoundsPen(glyphs)
        glyphs[name].draw(pen)
        boxes[name] = pen.bounds
        assert font["hmtx"][name][1] == (pen.bounds[0] if pen.bounds else 0)
        assert font["vmtx"][name] == (1000, 880 - pen.bounds[3] if pen.bounds else 0)
    inked = [b for b in boxes.values() if b]
    assert (font["head"].yMin, font["head"].yMax) == (min(b[1] for b in inked), max(b[3] for b in inked))
    assert line_of(font) == {"hhea": (1030, -270, 0), "typo": (1030, -270, 0), "win": (1030, -270, 0)}
    assert font["OS/2"].fsSelection >> 7 & 1
    assert (font["vhea"].ascent, font["vhea"].descent, font["vhea"].tableVersion) == (500, -500, 0x00011000)
    assert font["OS/2"].sCapHeight == 700


def test_saving_again_with_fonttools_changes_no_number(fonts: dict[str, Path], tmp_path: Path) -> None:
    """All that we compute by hand is what fontTools would have computed."""
    for ending in ("ttf", "otf"):
        font = TTFont(fonts[ending], recalcTimestamp=False)
        font.ensureDecompiled(recurse=True)
        font.save(tmp_path / ending)
        again = TTFont(tmp_path / ending)
        original = TTFont(fonts[ending])
        for tag in ("head", "hhea", "vhea", "maxp", "OS/2"):
            ours, theirs = dict(vars(original[tag])), dict(vars(again[tag]))
            for changing in ("checkSumAdjustment", "panose"):
                ours.pop(changing, None), theirs.pop(changing, None)
            assert ours == theirs, tag


def line_of(font: TTFont) -> dict[str, tuple[int, int, int]]:
    os2, hhea = font["OS/2"], font["hhea"]
    return {
        "hhea": (hhea.ascent, hhea.descent, hhea.lineGap),
        "typo": (os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap),
        "win": (os2.usWinAscent, -os2.usWinDescent, 0),
    }


def test_a_line_is_as_high_as_asked_whatever_is_in_it(tmp_path: Path) -> None:
    """Ink beyond it changes no number; it is told, with the height that would hold it."""
    tall = GlyphOutline("永", (box(0, -200, 1000, 1037),), 1000)
    notes = {}
    for name, glyph, height in (("tall", tall, 1.3), ("high", tall, 1.32), ("plain", ring("永"), 1.3)):
        spec = dataclasses.replace(SPEC, line_height=height)
        notes[name] = " ".join(assemble_font([compile_glyph(glyph)], spec, [tmp_path / f"{name}.ttf"]).notes)
    assert line_of(TTFont(tmp_path / "tall.ttf")) == line_of(TTFont(tmp_path / "plain.ttf"))
    assert line_of(TTFont(tmp_path / "high.ttf"))["win"] == (1040, -280, 0)
    assert "1 glyphs reach beyond the line" in notes["tall"] and "永 U+6C38" in notes["tall"]
    assert "--line-height 1.32" in notes["tall"]
    assert not notes["high"] and not notes["plain"]


def test_the_em_box_stays_typo_for_google(tmp_path: Path) -> None:
    spec = dataclasses.replace(SPEC, line_metrics="cjk")
    assemble_font([compile_glyph(ring("永"))], spec, [tmp_path / "a.ttf"])
    font = TTFont(tmp_path / "a.ttf")
    assert line_of(font) == {"hhea": (1030, -270, 0), "typo": (880, -120, 0), "win": (1030, -270, 0)}
    assert not font["OS/2"].fsSelection >> 7 & 1


def test_a_family_name_that_windows_cuts_is_told(tmp_path: Path) -> None:
    long = dataclasses.replace(SPEC, family="A Family Name Of Thirty-Two Lett")
    fits = dataclasses.replace(SPEC, family="A Family Name Of Thirty-One Let")
    glyphs = [compile_glyph(ring("永"))]
    (note,) = assemble_font(glyphs, long, [tmp_path / "a.ttf"]).notes
    assert "has 32 characters" in note and "--family" in note
    assert not assemble_font(glyphs, fits, [tmp_path / "a.ttf"]).notes


def test_characters_and_aliases(fonts: dict[str, Path]) -> None:
    font = TTFont(fonts["ttf"])
    cmap = font.getBestCmap()
    assert cmap[0x20000] == "u20000" and cmap[0x6C38] == "uni6C38"
    assert cmap[0xA0] == cmap[0x20] and cmap[0xAD] == cmap[0x2D] and 0x3000 in cmap
    assert {table.format for table in font["cmap"].tables} == {4, 12}
    assert TTFont(fonts["ttf"]).getGlyphOrder()[:2] == [".notdef", "space"]


def test_cmap_12_is_there_for_the_bmp_alone(tmp_path: Path) -> None:
    assemble_font([compile_glyph(ring("永"))], SPEC, [tmp_path / "one.ttf"])
    tables = TTFont(tmp_path / "one.ttf")["cmap"].tables
    assert {(table.platformID, table.platEncID, table.format) for table in tables} >= {(3, 1, 4), (3, 10, 12)}


def test_names_in_four_languages_and_none_for_mac(fonts: dict[str, Path]) -> None:
    name = TTFont(fonts["otf"])["name"]
    assert name.getName(1, 3, 1, 0x409).toUnicode() == "Test Brush"
    assert name.getName(1, 3, 1, 0x804).toUnicode() == "测试毛笔"
    assert name.getName(4, 3, 1, 0x404).toUnicode() == "測試毛筆 Regular"
    assert name.getName(1, 3, 1, 0x411).toUnicode() == "テスト筆"
    assert name.names[0].toUnicode() == "Test Brush"
    assert 1 not in {record.platformID for record in name.names}


def test_tables_that_production_fonts_carry(fonts: dict[str, Path]) -> None:
    ttf, otf = TTFont(fonts["ttf"]), TTFont(fonts["otf"])
    assert {"gasp", "prep", "meta", "vhea", "vmtx", "BASE", "GSUB"} <= set(ttf.keys())
    assert {"VORG", "meta", "vhea", "vmtx", "BASE", "GSUB", "CFF "} <= set(otf.keys())
    assert ttf["post"].formatType == 3.0 and ttf["OS/2"].panose.bFamilyType == 3
    assert ttf["gasp"].gaspRange == {0xFFFF: 0x000F}
    assert ttf["meta"].data == {"dlng": "zh-Hans", "slng": "zh-Hans"}
    assert otf["VORG"].defaultVertOriginY == 880
    assert ttf["head"].lowestRecPPEM == 8 and ttf["OS/2"].fsType == 0
    assert "chws" in {record.FeatureTag for record in ttf["GPOS"].table.FeatureList.FeatureRecord}


def test_spacing_names_the_same_glyphs_in_both_flavours(fonts: dict[str, Path]) -> None:
    for ending in ("ttf", "otf"):
        font = TTFont(fonts[ending])
        cmap = font.getBestCmap()
        punctuation = {cmap[ord(char)] for char in "、。「」（）\u3000-"} | set(font.getGlyphOrder()[-6:])
        for lookup in font["GPOS"].table.LookupList.Lookup:
            for table in lookup.SubTable:
                table = getattr(table, "ExtSubTable", table)
                if hasattr(table, "Coverage"):
                    assert set(table.Coverage.glyphs) <= punctuation


def test_same_bytes_from_the_same_glyphs_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    built = []
    for turn in (1, -1):
        folder = tmp_path / str(turn)
        folder.mkdir()
        outputs = [folder / f"a.{ending}" for ending in ("ttf", "otf", "woff2", "ufo")]
        glyphs = some_glyphs()
        assemble_font(compiled(outputs)[::turn], SPEC, outputs, outlines={glyph.char: glyph for glyph in glyphs})
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        built.append({path.relative_to(folder): path.read_bytes() for path in files})
    assert built[0] == built[1]


def test_more_glyphs_than_a_font_holds() -> None:
    blank = TrueTypeGlyph(b"", None, 0, 0)
    many = (CompiledGlyph(chr(code), 1000, blank, None) for code in range(0x10000, 0x20000))
    with pytest.raises(SeganError, match=r"65,539 glyphs.*65,535.*at least 4 characters"):
        order_glyphs(many, ("ttf",))


def test_an_otf_ends_a_little_earlier() -> None:
    blank = CffGlyph(b"\x0e", None)
    many = (CompiledGlyph(chr(code), 1000, None, blank) for code in range(0x10000, 0x1FA00))
    with pytest.raises(SeganError, match=r"64,003 glyphs; an OTF ends at 64,000"):
        order_glyphs(many, ("otf",))


def test_missing_folder_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="mkdir -p"):
        check_outputs([tmp_path / "missing" / "a.ttf"])


@pytest.mark.parametrize("name", ["a.tff", "a", "a.woff"])
def test_unknown_ending(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="fonts end in"):
        check_outputs([tmp_path / name])


def test_folder_in_the_place_of_a_font(tmp_path: Path) -> None:
    (tmp_path / "a.ufo").mkdir()
    (tmp_path / "a.ufo" / "diary.txt").write_text("mine")
    with pytest.raises(UsageError, match="is a folder"):
        check_outputs([tmp_path / "a.ufo"])


def test_full_disk_leaves_the_old_font(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outputs = [tmp_path / "a.ttf", tmp_path / "a.otf"]
    outputs[0].write_bytes(b"old")

    def full(path: Path, content: bytes) -> int:
        if path.suffix == ".otf":
            raise OSError(28, "No space left on device", str(path))
        return 0

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        assemble_font(compiled(outputs), SPEC, outputs)
    assert [path.name for path in tmp_path.iterdir()] == ["a.ttf"]
    assert outputs[0].read_bytes() == b"old"


def test_a_second_ufo_replaces_the_first(tmp_path: Path) -> None:
    target = tmp_path / "a.ufo"
    for text in ("first", "second"):

        def write(path: Path, text: str = text) -> None:
            path.mkdir()
            (path / "metainfo.plist").write_text(text)

        saving.save_all({target: write})
    assert (target / "metainfo.plist").read_text() == "second"
    assert [path.name for path in tmp_path.iterdir()] == ["a.ufo"]


def test_ufo_needs_outlines(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="needs the outline"):
        assemble_font(compiled([]), SPEC, [tmp_path / "a.ufo"])
    assert not list(tmp_path.iterdir())


def test_ufo_holds_what_the_font_holds(fonts: dict[str, Path]) -> None:
    import ufoLib2

    ufo = ufoLib2.Font.open(fonts["ufo"])
    order, ttf = list(ufo.lib["public.glyphOrder"]), TTFont(fonts["ttf"])
    assert len(order) == ttf["maxp"].numGlyphs == TTFont(fonts["otf"])["maxp"].numGlyphs
    mapped = ttf.getBestCmap()
    assert {code: order[ttf.getGlyphID(mapped[code])] for code in mapped} == mapped
    assert {point.type for point in ufo["uni6C38"].contours[0]} == {"curve", None}
    assert ufo["space"].unicodes == [0x20, 0xA0]
    assert "sub uni3001 by uni3001.vert" in ufo.features.text
    assert ufo.info.openTypeOS2CodePageRanges == [18]
    otf = TTFont(fonts["otf"])
    origins = [otf["VORG"][name] for name in otf.getGlyphOrder()]
    assert [ufo[name].lib["public.verticalOrigin"] for name in order] == origins
    assert {ufo[name].height for name in order} == {1000}


def test_bold_and_light_styles(tmp_path: Path) -> None:
    for style, weight, family, linked in (
        ("Bold", 700, "Test Brush", "Bold"),
        ("Semi Bold Italic", 600, "Test Brush Semi Bold", "Italic"),
    ):
        spec = dataclasses.replace(SPEC, style_name=style)
        assemble_font([compile_glyph(ring("永"))], spec, [tmp_path / "a.ttf"])
        font = TTFont(tmp_path / "a.ttf")
        assert font["OS/2"].usWeightClass == weight
        assert (font["name"].getDebugName(1), font["name"].getDebugName(2)) == (family, linked)


def test_an_italic_without_an_angle_is_told_and_a_ufo_has_the_angle(tmp_path: Path) -> None:
    import ufoLib2

    outlines = {"永": ring("永")}
    glyphs, spec = [compile_glyph(outlines["永"])], dataclasses.replace(SPEC, style_name="Light Italic")
    (note,) = assemble_font(glyphs, spec, [tmp_path / "a.ttf"]).notes
    assert "Light Italic" in note and "--italic-angle -12" in note
    told = dataclasses.replace(spec, italic_angle=-12.0)
    assert not assemble_font(glyphs, told, [tmp_path / "a.ufo"], outlines=outlines).notes
    info = ufoLib2.Font.open(tmp_path / "a.ufo").info
    assert (info.italicAngle, info.openTypeHheaCaretSlopeRise, info.openTypeHheaCaretSlopeRun) == (-12, 1000, 213)
    assert (info.styleMapFamilyName, info.styleMapStyleName) == ("Test Brush Light", "italic")


def test_an_otf_is_cid_keyed_with_two_dictionaries(fonts: dict[str, Path]) -> None:
    """Ideographs align nowhere, letters on the baseline and at their heights; widths are read from the right one."""
    font = TTFont(fonts["otf"])
    top, mapped = font["CFF "].cff.topDictIndex[0], font.getBestCmap()
    assert top.ROS == ("Adobe", "Identity", 0) and top.CIDCount == font["maxp"].numGlyphs
    kinds = {char: top.FDSelect[font.getGlyphID(mapped[ord(char)])] for char in "永、H-"}
    assert kinds == {"永": 0, "、": 0, "H": 1, "-": 1}
    ideographs, latin = (entry.Private for entry in top.FDArray)
    assert ideographs.BlueValues == [-250, -250, 1100, 1100] and ideographs.LanguageGroup == 1
    assert latin.BlueValues == [0, 0, 700, 700]
    for code, name in mapped.items():
        charstring = top.CharStrings[name]
        charstring.draw(BoundsPen(None))
        assert charstring.width == font["hmtx"][name][0], chr(code)


def test_subroutines_change_no_outline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty characters of one drawing: their common strokes are written once."""
    glyphs = [ring(chr(code)) for code in range(0x4E00, 0x4E28)]
    compiled = [compile_glyph(glyph, ("otf",)) for glyph in glyphs]
    assemble_font(compiled, SPEC, [tmp_path / "packed.otf"])
    monkeypatch.setattr("segan_cli.font.opentype.subroutinized", lambda font: font)
    assemble_font(compiled, SPEC, [tmp_path / "plain.otf"])
    packed, plain = TTFont(tmp_path / "packed.otf"), TTFont(tmp_path / "plain.otf")
    assert packed.reader.tables["CFF "].length < 0.7 * plain.reader.tables["CFF "].length
    for name in plain.getGlyphOrder():
        pens = RecordingPen(), RecordingPen()
        for font, pen in zip((packed, plain), pens, strict=True):
            font.getGlyphSet()[name].draw(pen)
        assert pens[0].value == pens[1].value


def test_zones_of_letters_keep_their_distance() -> None:
    """A font whose capitals are as high as its small letters has one zone, not two that touch."""
    letters = {"x": (0, 500), "o": (-30, 530), "H": (0, 502), "O": (-8, 700)}
    glyphs = [
        PlacedGlyph(char, (char,), compile_glyph(GlyphOutline(char, (box(50, low, 450, high),), 500), ("otf",)))
        for char, (low, high) in letters.items()
    ]
    assert blue_values(glyphs) == (-15, 0, 500, 515)
    assert blue_values(glyphs[1:2]) == NO_ALIGNMENT
