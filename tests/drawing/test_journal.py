"""The journal of a drawn folder: what is finished, by which recipe, and which pictures may be drawn over."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from segan_cli.drawing import journal as journal_module
from segan_cli.drawing.ink_faults import InkFigures
from segan_cli.drawing.journal import DrawnGlyph, Journal, glyph_file, journal_path, read_journals
from segan_cli.errors import UsageError

RECIPE = {"bundle": "brush", "style": "行書", "size_px": 128}
OTHER = RECIPE | {"style": "草書"}
WHOLE_FONT = "".join(map(chr, range(0x4E00, 0x4E00 + 30_000)))

Draw = Callable[..., DrawnGlyph]


@pytest.fixture(autouse=True)
def another_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text files are in ASCII unless it is said, as on Windows they are in the country's encoding."""
    monkeypatch.setattr(io, "text_encoding", lambda encoding, level=2: encoding or "ascii")


@pytest.fixture
def drawn(tmp_path: Path) -> Draw:
    """Write a picture and give the line that belongs to it: `drawn("永", b"picture", score=0.5)`."""

    def draw(char: str, picture: bytes = b"picture", **values: Any) -> DrawnGlyph:
        glyph_file(tmp_path, char).write_bytes(picture)
        return DrawnGlyph(char, "Kai", hashlib.sha256(picture).hexdigest(), 0.25, **values)

    return draw


def note(folder: Path, *glyphs: DrawnGlyph, recipe: dict[str, Any] = RECIPE, begun: str = "", part: int = 1) -> Path:
    """A shard's journal as an older run left it, beside those of the others."""
    path = journal_path(folder, (part, 9))
    elsewhere = folder / "another computer" / path.name
    elsewhere.parent.mkdir(exist_ok=True)
    with Journal(elsewhere, recipe, glyphs, begun):
        pass
    return elsewhere.rename(path)


def add_line(path: Path, line: str | bytes) -> None:
    with path.open("ab") as file:
        file.write((line.encode() if isinstance(line, str) else line) + b"\n")


def test_a_shard_has_a_journal_of_its_own(tmp_path: Path) -> None:
    assert journal_path(tmp_path, None) == tmp_path / ".segan-drawn.jsonl"
    assert journal_path(tmp_path, (2, 5)) == tmp_path / ".segan-drawn-2-of-5.jsonl"


def test_what_is_noted_comes_back_whole(tmp_path: Path, drawn: Draw) -> None:
    figures = InkFigures(strokes=900.0, weight=40.0, densest=0.5, lines=1.0, gaps=2)
    one = drawn("永", findings=("blank", "2 specks"), read="水", score=0.5, skeleton_distance=3.5, checked=True)
    other = drawn("和", b"another", first_score=0.25, variation="bolder", saved=True, figures=figures)
    with Journal(journal_path(tmp_path, None), RECIPE, [one], []) as journal:
        journal.begin("和")
        journal.add([other])
    assert read_journals(tmp_path, RECIPE) == ({"永": one, "和": other}, set())


def test_the_recipe_comes_first_and_characters_can_be_read_and_searched_for(tmp_path: Path, drawn: Draw) -> None:
    path = journal_path(tmp_path, None)
    with Journal(path, RECIPE, [drawn("永")], "和水") as journal:
        journal.begin("一二")
        first, second, third, fourth = path.read_bytes().decode("utf-8").splitlines()  # at once, before it is closed
        journal.add([drawn("一"), drawn("二")])
        assert path.read_bytes().decode("utf-8").count("\n") == 6
    assert set(read_journals(tmp_path, RECIPE)[0]) == set("永一二")
    assert json.loads(first) == RECIPE and "行書" in first
    assert [json.loads(line) for line in (second, fourth)] == [{"begun": "和水"}, {"begun": "一二"}]
    assert "和水" in second and '"char": "永"' in third and "一二" in fourth


def test_a_journal_that_is_closed_takes_nothing_more(tmp_path: Path, drawn: Draw) -> None:
    with Journal(journal_path(tmp_path, None), RECIPE, [], []) as journal:
        pass
    with pytest.raises(ValueError, match="closed"):
        journal.add([drawn("永")])


def test_a_new_journal_drops_what_another_recipe_left_and_keeps_the_other_shards(tmp_path: Path, drawn: Draw) -> None:
    stale, shard = note(tmp_path, recipe=OTHER, part=1), note(tmp_path, drawn("永"), part=2)
    damaged = journal_path(tmp_path, (3, 9))
    damaged.write_bytes(b'{"bundle": "\xff\n')
    with Journal(journal_path(tmp_path, None), RECIPE, [], []):
        assert shard.exists() and not stale.exists() and not damaged.exists()


def test_begun_characters_that_have_a_picture_may_be_drawn_over(tmp_path: Path, drawn: Draw) -> None:
    """永 is finished; 和 was begun; 水's picture was not reached; 九 is somebody else's."""
    note(tmp_path, drawn("永"), begun="永和水")
    drawn("和"), drawn("九")
    assert read_journals(tmp_path, RECIPE)[1] == {"和"}


def test_a_whole_font_may_be_begun(tmp_path: Path, drawn: Draw) -> None:
    with Journal(journal_path(tmp_path, None), RECIPE, [], []) as journal:
        journal.begin(WHOLE_FONT)
    drawn(WHOLE_FONT[-1])
    assert read_journals(tmp_path, RECIPE) == ({}, {WHOLE_FONT[-1]})


def test_a_line_without_a_picture_is_not_finished(tmp_path: Path, drawn: Draw) -> None:
    note(tmp_path, drawn("永"))
    glyph_file(tmp_path, "永").unlink()
    assert read_journals(tmp_path, RECIPE) == ({}, set())


def test_the_last_line_that_belongs_to_the_picture_counts(tmp_path: Path, drawn: Draw) -> None:
    lines = [drawn("永", b"old", score=0.1), *(drawn("永", score=score) for score in (0.2, 0.3, 0.4))]
    note(tmp_path, *lines[:3])
    note(tmp_path, lines[3], replace(lines[0], score=0.9), part=2)
    assert read_journals(tmp_path, RECIPE)[0]["永"] == lines[3]


def test_a_picture_that_no_line_belongs_to_was_retouched(tmp_path: Path, drawn: Draw) -> None:
    lines = [drawn("永", picture) for picture in (b"first", b"second", b"third")]
    note(tmp_path, *lines)
    drawn("永", b"by hand")
    assert read_journals(tmp_path, RECIPE)[0]["永"] == replace(lines[2], retouched=True)


def test_a_damaged_line_costs_its_own_glyph_alone(tmp_path: Path, drawn: Draw) -> None:
    path = note(tmp_path, drawn("永"))
    whole = path.read_text(encoding="utf-8").splitlines()[-1]
    for line in (whole[:-9], "[1]", "{}", '{"char": "水"}', whole.replace('"永"', '"永遠"'), '{"begun": ["和"]}'):
        add_line(path, line)
    add_line(path, b"\xff\xfe")
    drawn("和")
    last = drawn("九")
    add_line(path, whole.replace('"永"', '"九"'))
    finished, begun = read_journals(tmp_path, RECIPE)
    assert set(finished) == {"永", "九"} and finished["九"].sha256 == last.sha256 and begun == set()


def test_a_line_that_is_longer_than_any_journals_is_not_read(
    tmp_path: Path, drawn: Draw, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(tmp_path, drawn("永"), drawn("和", findings=("blank",) * 500))
    monkeypatch.setattr(journal_module, "LONGEST_LINE", 1000)
    assert set(read_journals(tmp_path, RECIPE)[0]) == {"永"}


def test_a_journal_whose_first_line_is_damaged_or_missing_says_nothing(tmp_path: Path, drawn: Draw) -> None:
    damaged, sound = note(tmp_path, drawn("永"), part=1), note(tmp_path, drawn("和"), part=3)
    damaged.write_text("{" + damaged.read_text(encoding="utf-8"), encoding="utf-8")
    journal_path(tmp_path, (2, 9)).touch()
    assert sound.exists() and set(read_journals(tmp_path, RECIPE)[0]) == {"和"}


def test_another_recipes_glyphs_are_refused_and_it_is_said_what_differs(tmp_path: Path, drawn: Draw) -> None:
    note(tmp_path, drawn("永"), recipe={"bundle": "pen", "size_px": 128})
    with pytest.raises(UsageError) as refusal:
        read_journals(tmp_path, RECIPE)
    assert str(refusal.value) == (
        f"{tmp_path} holds glyphs that were drawn with bundle 'pen', style None. Choose another folder, or remove it "
        "(segan generate --overwrite draws over them)."
    )


def test_overwriting_spares_what_was_retouched_and_what_has_no_picture(tmp_path: Path, drawn: Draw) -> None:
    """永 may be drawn over; 和 was retouched, 水's picture is gone, 九 is finished by this recipe."""
    note(tmp_path, *(drawn(char) for char in "永和水"), recipe=OTHER, part=1)
    note(tmp_path, drawn("九"), part=2)
    drawn("和", b"by hand")
    glyph_file(tmp_path, "水").unlink()
    finished, begun = read_journals(tmp_path, RECIPE, overwrite=True)
    assert set(finished) == {"九"} and begun == {"永"}


def test_a_glyph_is_suspect_by_its_findings_and_by_what_is_read_unless_it_was_retouched() -> None:
    plain = DrawnGlyph("永", "Kai", "", 0.25, read="永")
    wrong = replace(plain, findings=("blank",), read="水")
    assert plain.reasons == () and wrong.reasons == ("blank", "read as 水")
    assert replace(wrong, read=None).reasons == ("blank",) and replace(wrong, retouched=True).reasons == ()
