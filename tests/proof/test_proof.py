"""The proof's door, its report, its texts, the contact sheet and the document."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTCollection, TTFont
from fontTools.ttLib.tables.DefaultTable import DefaultTable
from PIL import Image

from segan_cli.errors import SeganError, UsageError
from segan_cli.proof.proof import find_report, open_proof
from segan_cli.proof.proof_font import is_invisible, open_proof_font
from segan_cli.proof.samples import choose_specimen, coverage
from segan_cli.proof.verdicts import judge, read_report
from segan_cli.proof.webfont import pack_webfont
from segan_cli.proof.writing import write_proof, write_proofs

Boxes = Sequence[tuple[int, int, int, int]]
BAR: Boxes = [(50, 350, 950, 450)]
DEFAULT = {"永": [(100, 0, 300, 800), (300, 0, 900, 150)], "一": BAR, "A": [(100, 0, 500, 700)], " ": [], "空": []}


def draw(pen: Any, boxes: Boxes) -> None:
    for left, bottom, right, top in boxes:
        pen.moveTo((left, bottom))
        for point in ((left, top), (right, top), (right, bottom)):
            pen.lineTo(point)
        pen.closePath()


@pytest.fixture
def make_font(tmp_path: Path) -> Callable[..., Path]:
    """Write a small font; `drawings` gives each character its boxes, none for a blank glyph."""

    def make(
        name: str = "boxes.ttf", drawings: dict[str, Boxes] = DEFAULT, family: str = "Boxes", family_zh: str = ""
    ) -> Path:
        cff = name.endswith(".otf")
        builder = FontBuilder(1000, isTTF=not cff)
        names = [".notdef", *(f"u{ord(char):05X}" for char in drawings)]
        builder.setupGlyphOrder(names)
        builder.setupCharacterMap({ord(char): glyph for char, glyph in zip(drawings, names[1:], strict=True)})
        glyphs = {}
        for glyph, boxes in zip(names, [[], *drawings.values()], strict=True):
            pen = T2CharStringPen(1000, None) if cff else TTGlyphPen(None)
            draw(pen, boxes)
            glyphs[glyph] = pen.getCharString() if cff else pen.glyph()
        if cff:
            builder.setupCFF(family, {"FullName": family}, glyphs, {})
        else:
            builder.setupGlyf(glyphs)
        builder.setupHorizontalMetrics(
            {
                glyph: (1000, boxes[0][0] if boxes else 0)
                for glyph, boxes in zip(names, [[], *drawings.values()], strict=True)
            }
        )
        builder.setupHorizontalHeader(ascent=900, descent=-200)
        builder.setupOS2(sTypoAscender=880, sTypoDescender=-120, usWinAscent=900, usWinDescent=200)
        label: Any = {"en": family, "zh": family_zh} if family_zh else family
        builder.setupNameTable(
            {
                "familyName": label,
                "styleName": "Regular",
                "version": "Version 1.250",
                "licenseDescription": "Public domain <b>",
            }
        )
        builder.setupPost()
        path = tmp_path / name
        builder.save(path)
        return path

    return make


def a_report(**more: Any) -> dict[str, Any]:
    glyphs = {
        "U+6C38": {"char": "永", "origin": "generated", "suspect": ["touches the edge", "too light"]},
        "U+4E00": {"char": "一", "origin": "written", "suspect": []},
        "U+0041": {"char": "A", "origin": "base", "suspect": []},
    }
    missing = [{"char": "龘", "codepoint": "U+9F98", "stage": "draw", "cause": "not in the source font"}]
    return {
        "font": "boxes.ttf",
        "files": ["boxes.ttf", "boxes.otf"],
        "glyphs": glyphs,
        "missing": missing,
        "timings": {},
    } | more


# What the proof reads from a font.


@pytest.mark.parametrize("name", ["boxes.ttf", "boxes.otf"])
def test_font_is_read_with_its_blank_glyphs_told_from_spaces(make_font: Callable[..., Path], name: str) -> None:
    font = open_proof_font(make_font(name, family_zh="方體"))
    assert [glyph.char for glyph in font.glyphs] == [" ", "A", "一", "永"]
    assert font.blank == ("空",)
    assert font.by_char["永"].bounds == (100, 0, 900, 800)
    assert font.by_char["一"].advance == 1000
    assert font.by_char[" "].bounds is None
    assert (font.names.family, font.names.family_zh, font.names.style, font.names.version) == (
        "Boxes",
        "方體",
        "Regular",
        "1.250",
    )
    assert (font.metrics.em_top, font.metrics.em_bottom, font.metrics.ascender) == (880, -120, 900)


def test_woff2_is_unpacked_and_our_own_packing_is_exact(make_font: Callable[..., Path], tmp_path: Path) -> None:
    for name in ("boxes.ttf", "boxes.otf"):
        font = open_proof_font(make_font(name))
        packed = tmp_path / "packed.woff2"
        packed.write_bytes(pack_webfont(font.tables()))
        reader = TTFont(io.BytesIO(packed.read_bytes()), lazy=True).reader
        assert {tag: reader[tag] for tag in font.tables()} == font.tables()
        assert open_proof_font(packed).by_char == font.by_char


def test_invisible_characters() -> None:
    assert all(is_invisible(char) for char in (" ", "\u3000", "\u200b", "\ufe00", "\U000e0100", "\u3164", "\n"))
    assert not any(is_invisible(char) for char in "永A。〇𠮷")


# The report.


def test_report_gives_origins_reasons_and_missing(make_font: Callable[..., Path]) -> None:
    verdicts = judge(open_proof_font(make_font()), a_report())
    assert [verdicts.count(origin) for origin in ("generated", "written", "base")] == [1, 1, 1]
    assert verdicts.suspect == {"永": ("touches the edge", "too light")}
    assert verdicts.missing == {"空": "mapped in the font, but draws nothing", "龘": "draw: not in the source font"}


def test_without_a_report_blank_glyphs_are_missing_all_the_same(make_font: Callable[..., Path]) -> None:
    verdicts = judge(open_proof_font(make_font()), None)
    assert not verdicts.known
    assert list(verdicts.missing) == ["空"]


@pytest.mark.parametrize(
    "report",
    [
        a_report(files=["other.ttf"], font="other.ttf"),
        a_report(glyphs={"U+9F8D": {"char": "龍", "origin": "generated", "suspect": []}}),
    ],
)
def test_report_of_another_font_is_refused(make_font: Callable[..., Path], report: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="belongs to another font"):
        judge(open_proof_font(make_font()), report)


def test_report_follows_the_font_to_another_ending_and_family(make_font: Callable[..., Path]) -> None:
    assert judge(open_proof_font(make_font("boxes.otf")), a_report(files=["boxes.ttf"])).known
    assert judge(open_proof_font(make_font("renamed.ttf")), a_report(files=[], font="Boxes")).known


def test_report_beside_the_font_is_found_if_it_belongs(make_font: Callable[..., Path], tmp_path: Path) -> None:
    font, report = make_font(), tmp_path / "boxes.report.json"
    assert find_report(font) is None
    report.write_text(json.dumps(a_report()), encoding="utf-8")
    assert find_report(font) == report
    report.write_text(json.dumps(a_report(files=["other.ttf"], font="other.ttf")), encoding="utf-8")
    assert find_report(font) is None
    report.write_text("not json", encoding="utf-8")
    assert find_report(font) is None


@pytest.mark.parametrize("content", ["[]", "{", '{"glyphs": 3}'])
def test_broken_report_is_a_clear_sentence(tmp_path: Path, content: str) -> None:
    path = tmp_path / "report.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="report"):
        read_report(path)


# The texts.


def test_variant_with_the_better_coverage_is_chosen(make_font: Callable[..., Path]) -> None:
    for text, lang in (("歲會陰蘭亭賢畢長嶺", "zh-Hant"), ("岁会阴兰亭贤毕长岭", "zh-Hans")):
        shared = "永和九年，在癸丑暮春之初于稽山修禊事也。群至少咸集此地有崇峻茂林竹；又清流激湍映左右引以曲水列坐其次一足幽情是日天朗气氣惠风風仰宇宙大俯察品所极極视聽听信可"
        font = open_proof_font(make_font(drawings=dict.fromkeys(dict.fromkeys(shared + text), BAR)))
        assert choose_specimen(font).horizontal[0].lang == lang


def test_small_font_shows_its_own_characters(make_font: Callable[..., Path]) -> None:
    specimen = choose_specimen(open_proof_font(make_font()))
    assert specimen.horizontal == specimen.vertical
    assert set(specimen.horizontal[0].text) == {"一", "永"}
    assert specimen.headline == "永"


def test_headline_is_the_name_that_the_font_can_write(make_font: Callable[..., Path]) -> None:
    font = open_proof_font(make_font(drawings={"方": BAR, "體": BAR}, family_zh="方體"))
    assert choose_specimen(font).headline == "方體"


def test_own_text_takes_the_samples_place(make_font: Callable[..., Path]) -> None:
    specimen = choose_specimen(open_proof_font(make_font()), " 一永一 ")
    assert specimen.waterfall == specimen.vertical[0].text == "一永一"
    assert coverage("永龘 ", {"永"}) == 0.5


# The files.


def test_page_is_one_file_without_any_outside_address(make_font: Callable[..., Path], tmp_path: Path) -> None:
    page = write_proof(make_font(), tmp_path / "p.html", report=a_report()).read_text(encoding="utf-8")
    assert "@@" not in page
    assert "default-src 'none'" in page
    assert not any(word in page for word in ('src="', "src='", "@import", "fetch(", 'href="http'))
    assert "Public domain &lt;b&gt;" in page
    data = json.loads(page.split('type="application/json">')[1].split("</script>")[0])
    assert data["glyphs"][3] == [0x6C38, 1000, [100, 0, 900, 800], 1, [0, 1]]
    assert data["reasons"] == ["touches the edge", "too light"]
    assert [row[0] for row in data["missing"]] == [0x7A7A, 0x9F98]


def test_page_cannot_be_broken_by_a_name(make_font: Callable[..., Path], tmp_path: Path) -> None:
    page = write_proof(
        make_font(family="</script><i>@@DATA@@"), tmp_path / "p.html", sample_text="</script>"
    ).read_text("utf-8")
    assert "</script><i>" not in page
    assert page.count("</script>") == 2


@pytest.mark.parametrize("name", ["boxes.ttf", "boxes.otf"])
def test_sheet_shows_ink_where_the_glyph_has_it(make_font: Callable[..., Path], tmp_path: Path, name: str) -> None:
    sheet = np.asarray(Image.open(write_proof(make_font(name), tmp_path / "p.png", report=a_report())).convert("RGB"))
    size, left, top = 132, 56 + 2 * 132, 56 + 190  # the third cell: 一, after the space and A
    cell = sheet[top : top + size, left : left + size].max(axis=2)
    rows, columns = np.nonzero(cell[4:-20, 4:-4] < 60)
    em = round(size * 0.7)
    assert abs((columns.max() - columns.min() + 1) - 0.9 * em) <= 2
    assert abs((rows.max() - rows.min() + 1) - 0.1 * em) <= 2
    middle = size * 0.13 + (880 - 400) / 1000 * em - 4
    assert abs(rows.mean() - middle) < 2


def test_sheet_marks_suspect_written_and_missing(make_font: Callable[..., Path], tmp_path: Path) -> None:
    sheet = np.asarray(
        Image.open(write_proof(make_font(), tmp_path / "p.png", report=a_report())).convert("RGB")
    ).astype(int)
    red = (sheet[..., 0] > 140) & (sheet[..., 1] < 90)
    marked = [int(red[246 : 246 + 132, 56 + 132 * cell : 56 + 132 * (cell + 1)].sum()) for cell in range(6)]
    assert marked[0] == marked[1] == 0
    assert 15 < marked[2] < 40, "written: an open square"
    assert 40 < marked[3] < 300, "suspect: a dot and its code point"
    assert marked[4] > 250 and marked[5] > 250, "missing: a crossed box"


def test_large_font_has_further_sheets(
    make_font: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("segan_cli.proof.sheet._PER_SHEET", 2)
    written = write_proofs(make_font(), [tmp_path / "p.png"])
    assert [path.name for path in written] == ["p.png", "p-2.png", "p-3.png"]


def pdf_streams(data: bytes) -> list[bytes]:
    found = []
    for part in data.split(b"\nstream\n")[1:]:
        body = part.split(b"endstream")[0]
        try:
            found.append(zlib.decompress(body))
        except zlib.error:
            continue
    return found


@pytest.mark.parametrize(("name", "tag"), [("boxes.ttf", None), ("boxes.otf", "CFF ")])
def test_pdf_holds_the_whole_font_and_stays_the_same(
    make_font: Callable[..., Path], tmp_path: Path, name: str, tag: str | None
) -> None:
    font = make_font(name)
    document = write_proof(font, tmp_path / "p.pdf", report=a_report()).read_bytes()
    program = font.read_bytes() if tag is None else open_proof_font(font).tables()[tag]
    streams = pdf_streams(document)
    assert program in streams
    assert any(b"<0001> <6C38>" in stream for stream in streams), "the text can be searched"
    assert write_proof(font, tmp_path / "q.pdf", report=a_report()).read_bytes() == document


def test_several_forms_at_once(make_font: Callable[..., Path], tmp_path: Path) -> None:
    outs = [tmp_path / f"p{ending}" for ending in (".html", ".png", ".pdf")]
    assert write_proofs(make_font(), outs) == tuple(outs)
    assert [out.read_bytes()[:4] for out in outs] == [b"<!do", b"\x89PNG", b"%PDF"]
    assert {path.name for path in tmp_path.iterdir()} == {"boxes.ttf", "p.html", "p.png", "p.pdf"}


# Bad input.


def no_cmap(path: Path) -> None:
    font = TTFont(path)
    del font["cmap"]
    font.save(path)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:300])


def all_blank(path: Path) -> None:
    font = TTFont(path)
    for name in font.getGlyphOrder():
        font["glyf"][name] = TTGlyphPen(None).glyph()
    font.save(path)


def pictures(path: Path) -> None:
    all_blank(path)
    font = TTFont(path)
    font["CBDT"] = DefaultTable("CBDT")
    font["CBDT"].data = bytes(4)
    font.save(path)


def collection_of(fonts: list[Path], path: Path) -> Path:
    collection = TTCollection()
    collection.fonts = [TTFont(font) for font in fonts]
    collection.save(path)
    return path


def test_a_face_of_a_collection_by_its_number(make_font: Callable[..., Path], tmp_path: Path) -> None:
    font = make_font()
    both = collection_of([font, font], tmp_path / "both.ttc")
    opened, alone = open_proof_font(tmp_path / "both.ttc#1"), open_proof_font(font)
    assert (opened.glyphs, opened.names, opened.metrics) == (alone.glyphs, alone.names, alone.metrics)
    for wrong in (both, tmp_path / "both.ttc#2", tmp_path / "both.ttc#x"):
        with pytest.raises(UsageError, match=r"collection of 2 fonts, .* from .*both\.ttc#0 to .*both\.ttc#1"):
            open_proof_font(wrong)
    with pytest.raises(UsageError, match="leave #0 out"):
        open_proof_font(font.with_name(font.name + "#0"))


SPOILT = [
    (pictures, SeganError, r"draws any ink\. Its glyphs are pictures \(table CBDT\)"),
    (no_cmap, SeganError, "maps no characters"),
    (cut_off, UsageError, "is cut off after 300 of "),
    (all_blank, SeganError, "not one of them draws any ink"),
    (lambda path: path.write_bytes(b"%PDF-1.7 no font"), UsageError, "is a PDF"),
    (lambda path: path.write_bytes(b"%!PS-AdobeFont-1.0"), UsageError, "is not a font: it begins with"),
    (lambda path: path.write_bytes(b""), UsageError, "the file is empty"),
    (lambda path: path.write_bytes(b"ttcf" + bytes(40)), UsageError, "damaged|collection"),
    (lambda path: path.unlink(), UsageError, "There is no font file"),
]


@pytest.mark.parametrize(("spoil", "kind", "words"), SPOILT)
def test_bad_font_is_a_clear_sentence(
    make_font: Callable[..., Path], tmp_path: Path, spoil: Any, kind: type, words: str
) -> None:
    font = make_font()
    spoil(font)
    with pytest.raises(kind, match=words) as raised:
        write_proof(font, tmp_path / "p.html")
    assert type(raised.value) is kind
    assert not (tmp_path / "p.html").exists()


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("p.htm", "Did you mean '.html'"),
        ("p", "ends in nothing"),
        ("boxes.ttf", "proof ends in one of"),
        ("here.png", "is a folder"),
    ],
)
def test_bad_output_is_a_clear_sentence(make_font: Callable[..., Path], tmp_path: Path, out: str, words: str) -> None:
    (tmp_path / "here.png").mkdir()
    with pytest.raises(UsageError, match=words):
        write_proof(make_font(), tmp_path / out)


def test_ufo_is_told_from_a_font_file(tmp_path: Path) -> None:
    (tmp_path / "a.ufo").mkdir()
    with pytest.raises(UsageError, match="UFO is a font's source"):
        open_proof(tmp_path / "a.ufo")


# The command.


def test_command_writes_beside_the_font_and_takes_the_report_there(
    make_font: Callable[..., Path], tmp_path: Path, segan: Any
) -> None:
    font = make_font()
    (tmp_path / "boxes.report.json").write_text(json.dumps(a_report()), encoding="utf-8")
    run = segan("proof", font)
    assert (run.code, run.out.strip()) == (0, str(tmp_path / "boxes.html"))
    assert "boxes.report.json" in run.err
    assert '"known":true' in (tmp_path / "boxes.html").read_text(encoding="utf-8")


def test_command_tells_a_machine_what_it_wrote(make_font: Callable[..., Path], tmp_path: Path, segan: Any) -> None:
    run = segan(
        "proof", make_font(), "--out", tmp_path / "a.png", "--out", tmp_path / "b.pdf", "--text", "永一", "--json"
    )
    told = json.loads(run.out)
    assert told["files"] == [str(tmp_path / "a.png"), str(tmp_path / "b.pdf")]
    assert told["report"] is None


def test_command_says_what_is_wrong(tmp_path: Path, segan: Any) -> None:
    run = segan("proof", tmp_path / "none.ttf")
    assert run.code == 2
    assert "There is no font file" in run.err


def test_a_text_that_no_file_can_hold_is_not_taken_for_a_fault_of_the_font(
    make_font: Callable[..., Path], segan: Any
) -> None:
    font = make_font()
    run = segan("proof", font, "--text", "永\udcff")
    assert run.code == 2 and run.err.strip().endswith(
        "The text holds bytes that are no UTF-8. Type it again, or set the terminal to UTF-8."
    )
    assert not font.with_suffix(".html").exists()
