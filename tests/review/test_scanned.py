"""A scan under review: the cell beside its glyph, and what can be done with it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from segan_cli.files.documents import read_json
from segan_cli.paper.cell_views import VIEWS
from segan_cli.review.opening import open_review
from segan_cli.review.place import Place
from segan_cli.source.review_decisions import DecisionJournal
from tests.review.conftest import Served

pytest.importorskip("cv2")
EXAMPLE = Path(__file__).parents[2] / "examples" / "written-sheet"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example's photo, scanned; 月 has a doubt."""
    from typer.testing import CliRunner

    from segan_cli.cli.app import app

    out = tmp_path_factory.mktemp("scan") / "hand"
    words = [
        "scan",
        EXAMPLE / "photo.jpg",
        "--sheets",
        EXAMPLE / "write.json",
        "--out",
        out,
        "--no-check",
        "--size",
        "128",
    ]
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert (out / "scan.json").is_file(), done.output
    report = read_json(out / "scan.json")
    report["glyphs"]["U+6708"] |= {
        "suspect": ["reads as 日, which belongs into another cell"],
        "read": "日",
        "score": 0.01,
    }
    report["doubtful"] = ["月"]
    (out / "scan.json").write_text(json.dumps(report))
    return out


@pytest.fixture
def hand(once: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(once, tmp_path / "hand"))


@pytest.fixture
def served(hand: Path, serve: Callable[..., Served]) -> Served:
    return serve(open_review(hand, reviewer="tester"))


def picture(folder: Path, char: str) -> bytes:
    return (folder / f"U+{ord(char):04X}.png").read_bytes()


def ink(folder: Path, char: str) -> Any:
    with Image.open(folder / f"U+{ord(char):04X}.png") as opened:
        return 1 - np.asarray(opened.convert("L"), dtype=np.float32) / 255


def test_each_glyph_has_its_cell_and_the_doubtful_come_first(served: Served, hand: Path) -> None:
    rows = [row for row in served.call("api/glyphs")[1]["rows"] if row["origin"] != "missing"]
    assert rows[0]["char"] == "月" and rows[0]["why"] and all(row["cell"] for row in rows)
    status, data = served.call("api/cell/6708")
    assert status == 200 and data[:2] == b"\xff\xd8"
    left, top, width, height = served.call("api/cut/6708")[1]["cell"]
    assert 0 < left < left + width < 1 and 0 < top < top + height < 1


def test_two_glyphs_that_were_mixed_up_change_places_and_back(served: Served, hand: Path) -> None:
    sun, moon, cells = picture(hand, "日"), picture(hand, "月"), {char: served.row(char)["cell"] for char in "日月"}
    status, answer = served.call("api/rename", {"char": "月", "version": served.row("月")["version"], "to": "日"})
    assert status == 200 and {row["char"] for row in answer["rows"]} == {"日", "月"}
    assert (picture(hand, "日"), picture(hand, "月")) == (moon, sun)
    assert (served.row("日")["cell"], served.row("月")["cell"]) == (cells["月"], cells["日"])
    assert "why" not in served.row("月") and "why" not in served.row("日")  # the doubt was about another picture
    assert served.call("api/undo", {})[0] == 200
    assert (picture(hand, "日"), picture(hand, "月")) == (sun, moon)
    assert served.row("日")["cell"] == cells["日"] and served.row("月")["why"]
    assert served.call("api/redo", {})[0] == 200 and picture(hand, "日") == moon


def test_a_glyph_becomes_a_character_that_was_not_there(served: Served, hand: Path) -> None:
    moon, cell = picture(hand, "月"), served.row("月")["cell"]
    assert served.call("api/rename", {"char": "月", "version": served.row("月")["version"], "to": "肉"})[0] == 200
    assert picture(hand, "肉") == moon and not (hand / "U+6708.png").exists()
    assert served.row("肉")["cell"] == cell
    assert served.call("api/undo", {})[0] == 200
    assert picture(hand, "月") == moon and not (hand / "U+8089.png").exists() and served.row("月")["cell"] == cell


@pytest.mark.parametrize("to", ["", "月", "日月", "\n", " ", "\ud800", 7, None])
def test_a_name_that_is_none_is_refused(served: Served, hand: Path, to: Any) -> None:
    before = picture(hand, "月")
    status, answer = served.call("api/rename", {"char": "月", "version": served.row("月")["version"], "to": to})
    assert status == (200 if to == 7 else 400), answer  # a digit is a character
    assert to == 7 or picture(hand, "月") == before


def test_a_glyph_is_cut_again_from_a_part_of_its_cell(served: Served, hand: Path) -> None:
    before = ink(hand, "永")
    left, top, width, height = served.call("api/cut/6C38")[1]["cell"]
    words = {"char": "永", "version": served.row("永")["version"]}
    upper = {"part": [left, top, width, height / 2]}
    assert served.call("api/recut", words | upper)[0] == 200
    after = ink(hand, "永")
    assert after[: len(after) // 2 - 4].sum() == pytest.approx(before[: len(before) // 2 - 4].sum(), rel=0.03)
    assert before[len(before) // 2 + 4 :].sum() > 10 * max(after[len(after) // 2 + 4 :].sum(), 1)
    assert served.call("api/undo", {})[0] == 200 and np.array_equal(ink(hand, "永"), before)
    words = {"char": "永", "version": served.row("永")["version"]}
    assert served.call("api/recut", words | {"part": [left / 2, top / 2, width + left, height + top]})[0] == 200
    assert ink(hand, "永").sum() == pytest.approx(before.sum(), rel=0.05)


@pytest.mark.parametrize(
    "part", [None, [0, 0, 1], [0, 0, 2, 2], [0.5, 0.5, -0.1, 0.1], [0, 0, 0.01, 0.01], ["a", 0, 1, 1]]
)
def test_a_part_that_is_none_is_refused(served: Served, hand: Path, part: Any) -> None:
    before = picture(hand, "永")
    status, _ = served.call("api/recut", {"char": "永", "version": served.row("永")["version"], "part": part})
    assert status == 400 and picture(hand, "永") == before


def test_dirt_is_erased_from_a_scan(served: Served, hand: Path) -> None:
    import io

    file, size = io.BytesIO(), 128
    pixels = np.zeros((size, size, 2), np.uint8)
    pixels[40:80, 30:60, 1] = 255
    Image.fromarray(pixels, "LA").save(file, "PNG")
    status, answer = served.call(f"api/retouch/6C38?version={served.row('永')['version']}", file.getvalue())
    assert status == 200 and answer["rows"][0]["status"] == "accepted"
    assert ink(hand, "永").sum() == pytest.approx(40 * 30, rel=0.02)


def test_a_rename_that_was_cut_short_is_finished(hand: Path) -> None:
    place = Place.open(hand)
    sun, moon = place.keep("日"), place.keep("月")
    cell = place.cell("月")
    assert cell is not None
    DecisionJournal(hand).add("rename", ["月", "日"], [sun, moon], {"before": [moon, sun], "view": cell.view})
    before = picture(hand, "日"), picture(hand, "月")
    open_review(hand)
    assert (picture(hand, "月"), picture(hand, "日")) == before


def test_a_damaged_store_of_cells_costs_only_the_cells(hand: Path, serve: Callable[..., Served]) -> None:
    shutil.rmtree(hand / VIEWS)
    served = serve(open_review(hand))
    assert served.call("api/cell/6708")[0] == 404
    words = {"char": "月", "version": served.row("月")["version"], "part": [0, 0, 1, 1]}
    status, answer = served.call("api/recut", words)
    assert status == 422 and "Scan its page again" in answer["error"]
    report = read_json(hand / "scan.json")
    for entry in report["glyphs"].values():
        entry["view"] = "../../etc/passwd"
    (hand / "scan.json").write_text(json.dumps(report))
    assert "cell" not in serve(open_review(hand)).row("月")


@pytest.fixture
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.tools
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_on_the_page(served: Served, hand: Path, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("pageerror", lambda error: pytest.fail(f"The page stumbled: {error}"))
    page.goto(f"http://127.0.0.1:{served.port}/a-key-for-tests/")
    page.wait_for_selector(":root[data-ready]")
    assert page.inner_text("#name").startswith("月")
    page.wait_for_function("() => document.querySelector('#cell').naturalWidth > 0")
    moon = picture(hand, "月")
    page.keyboard.press("m")
    assert page.input_value("#rename-to") == "日"  # what the recogniser read
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#name').innerText.startsWith('日')")
    assert picture(hand, "日") == moon
    page.keyboard.press("c")
    page.wait_for_selector("#cut-view .wanted", state="attached")
    box = page.locator("#cut-view").bounding_box()
    before = ink(hand, "日")
    page.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] * 0.5)
    page.mouse.up()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#say').textContent.startsWith('Retouched')")
    after = ink(hand, "日")
    assert (
        after[: len(after) // 3].sum() > 0
        and after[2 * len(after) // 3 :].sum() < 0.2 * before[2 * len(after) // 3 :].sum()
    )
    page.close()


def test_what_is_written_again_lands_among_the_drawn_glyphs_and_counts_as_written(
    segan: Callable, tmp_path: Path
) -> None:
    drawn = tmp_path / "drawn"
    drawn.mkdir()
    square = np.full((96, 96), 255, np.uint8)
    square[30:60, 20:70] = 0
    for char in "永龍":
        Image.fromarray(square).save(drawn / f"U+{ord(char):04X}.png")
    (drawn / "frame.json").write_text('{"size_px": 96, "units_per_em": 1000, "descender": -120}')
    glyphs = {"U+6C38": {"suspect": ["read as 木"], "read": "木", "score": 0.1}, "U+9F8D": {"suspect": []}}
    (drawn / "report.json").write_text(json.dumps({"style": {"name": "x"}, "glyphs": glyphs, "missing": []}))
    words = ["scan", EXAMPLE / "photo.jpg", "--sheets", EXAMPLE / "write.json", "--no-check", "--out"]
    done = segan(*words, drawn)
    assert done.code == 0 and "96 px a side, as the others" in " ".join(done.err.split()), done.err
    assert read_json(drawn / "frame.json")["size_px"] == 96 and ink(drawn, "永").shape == (96, 96)
    place = Place.open(drawn)
    assert [place.origin(char) for char in "永龍"] == ["written", "generated"]
    rows = {row["char"]: row for row in open_review(drawn).review.rows()}
    assert "why" not in rows["永"] and "read" not in rows["永"]  # the doubt was about the drawing
    other = tmp_path / "other"
    shutil.copytree(drawn, other)
    (other / "report.json").unlink()
    (other / "scan.json").unlink()
    refused = segan(*words, other)
    assert refused.code == 2 and "did not come from segan" in " ".join(refused.err.split())


def test_what_was_measured_of_a_picture_is_not_told_of_another(hand: Path) -> None:
    from segan_cli.review.measures import Measure

    review = open_review(hand, reviewer="tester").review
    home = review.home("月")
    usual, clotted = Measure(0.1, 0.1, 1, 1, 2, 2), Measure(0.1, 0.1, 1, 1, 0, 3)
    measures = {chr(0x5000 + number): ("", usual) for number in range(30)}  # the hand, of which one is strange
    review.learn(measures | {"月": (home.version("月"), clotted)})
    assert "3 counters closed" in review.rows(["月"])[0]["why"]
    (hand / "U+6708.png").write_bytes(picture(hand, "日"))
    assert "3 counters closed" not in review.rows(["月"])[0].get("why", ())
