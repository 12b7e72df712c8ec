"""What the page's server shows and takes; who may call it; what it refuses."""

import contextlib
import http.client
import io
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from segan_cli.drawing.draw import DrawSettings, plan_drawing
from segan_cli.errors import UsageError
from segan_cli.files.locks import output_locks
from segan_cli.generator.bundle import list_bundles
from segan_cli.review.guard import LARGEST_BODY
from segan_cli.review.opening import Opened, open_review
from segan_cli.source.review_decisions import DECISIONS_FILE, read_decisions


def png(ink: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.stack([np.zeros_like(ink), ink], axis=-1), "LA").save(file, "PNG")
    return file.getvalue()


def square(side: int = 128) -> bytes:
    ink = np.zeros((side, side), np.uint8)
    ink[side // 4 : side // 2, side // 4 : side // 2] = 255
    return png(ink)


def test_the_worst_glyph_comes_first_and_missing_ones_last(served: Any) -> None:
    words = served.call("api/glyphs")[1]
    assert [words["rows"][0]["char"], words["rows"][-1]["char"]] == ["二", "永"]
    assert words["rows"][0]["why"] == ["read as 口"] and words["rows"][0]["score"] == 0.1
    assert words["rows"][-1]["origin"] == "missing" and words["redraws"]


@pytest.mark.parametrize("name", ["", "page.html", "page.css", "page.js", "api.js", "seal.svg"])
def test_the_page_is_served_with_its_guards(served: Any, name: str) -> None:
    status, content = served.call(name)
    assert status == 200 and content
    assert "default-src 'none'" in served.headers["content-security-policy"]
    assert served.headers["referrer-policy"] == "no-referrer" and served.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    ("key", "headers"),
    [
        (None, {}),
        ("a-key-for-test", {}),
        ("", {}),
        ("a-key-for-tests", {"Host": "segan.example:80"}),
        ("a-key-for-tests", {"Host": "127.0.0.1"}),
        ("a-key-for-tests", {"Origin": "http://segan.example"}),
        ("a-key-for-tests", {"Origin": "null"}),
        ("a-key-for-tests", {"Sec-Fetch-Site": "cross-site"}),
        ("a-key-for-tests", {"Sec-Fetch-Site": "same-site"}),
    ],
)
def test_strangers_are_refused(served: Any, key: str | None, headers: dict[str, str]) -> None:
    for path, body in (("api/glyphs", None), ("api/decide", {"do": "accept", "glyphs": [["一", "x"]]})):
        status, content = served.call(path, body, key=key, headers=headers)
        assert (status == 403 and b"answers" in content) or (status == 403 and b"segan review" in content)
    assert not (served.opened.review.places[-1].folder / DECISIONS_FILE).exists()


def test_the_pages_own_calls_pass(served: Any) -> None:
    origin = f"http://127.0.0.1:{served.port}"
    status, _ = served.call("api/glyphs", headers={"Origin": origin, "Sec-Fetch-Site": "same-origin"})
    assert status == 200


def test_a_huge_body_is_refused_whether_it_says_so_or_not(served: Any) -> None:
    version = served.row("一")["version"]
    address = f"api/retouch/4E00?version={version}"
    assert served.call(address, b"", headers={"Content-Length": str(LARGEST_BODY + 1)})[0] == 413
    chunks = (b"x" * 65536 for _ in range(LARGEST_BODY // 65536 + 2))
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
    with contextlib.closing(connection), contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may hang up
        connection.request("POST", f"/a-key-for-tests/{address}", chunks, encode_chunked=True)
        with connection.getresponse() as answer:
            assert answer.status == 413
    assert served.row("一").get("status") is None


def test_a_decision_is_on_the_disk_when_it_is_answered(served: Any, drawn: Path) -> None:
    status, answer = served.decide("accept", "一二")
    assert status == 200 and answer["words"] == "accepted 一二"
    assert [row["status"] for row in answer["rows"]] == ["accepted"] * 2
    assert read_decisions(drawn).of("一").status == "accepted"
    assert read_decisions(drawn).lines[0].by == "tester"


def test_a_decision_on_another_picture_is_not_taken(served: Any, drawn: Path) -> None:
    glyphs = [["一", "an-old-version"]]
    status, answer = served.call("api/decide", {"do": "refuse", "glyphs": glyphs})
    assert status == 409 and "changed meanwhile" in answer["error"]
    glyphs.append(["二", served.row("二")["version"]])
    status, answer = served.call("api/decide", {"do": "refuse", "glyphs": glyphs})
    assert status == 200 and answer["gone"] == ["一"] and read_decisions(drawn).of("一").status == "open"


def test_undo_and_redo_bring_pictures_back(served: Any, drawn: Path) -> None:
    picture = drawn / "U+4E00.png"
    before = picture.read_bytes()
    assert served.decide("accept", "三")[0] == 200
    names = [one["name"] for one in served.call("api/others/4E00")[1]]
    assert len(names) == 4
    version = served.row("一")["version"]
    status, answer = served.call("api/choose", {"char": "一", "version": version, "name": names[0]})
    assert status == 200 and answer["rows"][0]["status"] == "accepted" and answer["rows"][0]["action"] == "redraw"
    chosen = picture.read_bytes()
    assert chosen != before
    assert served.call("api/undo", {})[0] == 200 and picture.read_bytes() == before
    assert "status" not in served.row("一")
    assert served.call("api/redo", {})[0] == 200 and picture.read_bytes() == chosen
    assert served.row("一")["status"] == "accepted"
    assert served.call("api/undo", {})[0] == 200 and served.call("api/undo", {})[0] == 200
    assert "status" not in served.row("三")
    status, answer = served.call("api/undo", {})
    assert status == 400 and answer["error"] == "There is nothing to undo."


def test_a_retouched_picture_is_written_and_accepted(served: Any, drawn: Path) -> None:
    version = served.row("一")["version"]
    status, answer = served.call(f"api/retouch/4E00?version={version}", square(512))
    assert status == 200 and answer["rows"][0]["action"] == "retouch"
    with Image.open(drawn / "U+4E00.png") as picture:
        assert picture.size == (512, 512) and picture.mode == "L" and picture.getpixel((200, 200)) == 0
    assert served.call(f"api/retouch/4E00?version={version}", square(512))[0] == 409


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a" + b"\0" * 50,
        square(8),
        square(1040),
        png(np.zeros((64, 64), np.uint8)),
        png(np.full((64, 32), 255, np.uint8)),
    ],
)
def test_what_is_no_picture_is_refused(served: Any, drawn: Path, data: bytes) -> None:
    before = (drawn / "U+4E00.png").read_bytes()
    status, answer = served.call(f"api/retouch/4E00?version={served.row('一')['version']}", data, method="POST")
    assert status == 400 and answer["error"].endswith(".")
    assert (drawn / "U+4E00.png").read_bytes() == before


@pytest.mark.parametrize(
    "path",
    [
        "api/picture/../../etc/passwd",
        "api/picture/ZZZZ",
        "api/picture/110000",
        "api/picture/7FFFFFFFFFFF",
        "api/picture/6C38",
        "api/strip?c=6C38",
        "api/strip",
        "api/outline/4E00?weight=nan",
        "api/outline/4E00?weight=1e99",
        "api/others/4E00?page=x",
        "..%2fserver.py",
        "../server.py",
        "page.py",
    ],
)
def test_hostile_addresses_are_refused(served: Any, path: str) -> None:
    status, _ = served.call(path)
    assert status in (400, 403, 404, 422)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 100_000,
        {"do": [], "glyphs": [["一", ""]]},
        {"do": "delete", "glyphs": [["一", ""]]},
        {"do": "accept", "glyphs": [["一"]]},
        {"do": "accept", "glyphs": 7},
        {"do": "accept", "glyphs": [["永", "x"]]},
        {"do": "accept"},
    ],
)
def test_senseless_calls_are_refused(served: Any, drawn: Path, body: Any) -> None:
    status, answer = served.call("api/decide", body, method="POST")
    assert status in (400, 409) and answer["error"]
    assert not (drawn / DECISIONS_FILE).exists()


@pytest.mark.parametrize("adjust", [{"weight": 1000}, {"size": "large"}, {"dx": None}, {"left": [1]}, 7, [1]])
def test_an_adjustment_that_is_none_is_refused(served: Any, adjust: Any) -> None:
    status, answer = served.call("api/adjust", {"char": "一", "adjust": adjust})
    assert status == 400 and answer["error"]


def test_an_adjustment_is_kept_and_shown(served: Any, drawn: Path) -> None:
    assert served.call("api/adjust", {"char": "一", "adjust": {"weight": 12, "left": 20, "foreign": 1}})[0] == 200
    assert served.row("一")["adjust"] == {"weight": 12, "left": 20}
    plain = served.call("api/outline/4E00?v=1")[1]
    bold = served.call("api/outline/4E00?v=1&weight=12")[1]
    assert plain["advance"] == 1000 and plain["path"].startswith("M") and bold["path"] != plain["path"]


def test_pictures_are_ink_on_nothing(served: Any) -> None:
    data = served.call("api/strip?c=4E00.4E8C")[1]
    strip = Image.open(io.BytesIO(data))
    assert strip.mode == "LA" and strip.size == (192, 96)
    assert strip.getchannel("A").crop((0, 0, 96, 96)).getextrema()[1] > 200
    assert Image.open(io.BytesIO(served.call("api/source/4E00")[1])).size == (256, 256)


def test_two_reviewers_see_each_other_and_undo_only_their_own(serve: Any, drawn: Path, bar_font: Path) -> None:
    one, other = (serve(open_review(drawn, source_font=str(bar_font), reviewer=name)) for name in ("one", "other"))
    assert one.decide("accept", "一")[0] == 200
    assert other.row("一")["status"] == "accepted"
    assert other.decide("refuse", "一")[0] == 200 and one.row("一")["status"] == "refused"
    one.call("api/undo", {})
    assert one.row("一")["status"] == "refused" and other.row("一")["status"] == "refused"
    other.call("api/undo", {})
    assert "status" not in one.row("一")
    version = one.row("二")["version"]
    assert one.call(f"api/retouch/4E8C?version={version}", square())[0] == 200
    assert other.call(f"api/retouch/4E8C?version={version}", square(64))[0] == 409


def test_decisions_of_many_at_once_are_all_kept(served: Any, drawn: Path) -> None:
    versions = {char: served.row(char)["version"] for char in "一二三四五六"}
    threads = [
        threading.Thread(target=served.call, args=("api/decide", {"do": action, "glyphs": [[char, version]]}))
        for char, version in versions.items()
        for action in ("accept", "refuse", "write")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_decisions(drawn).lines) == 18


def test_many_are_drawn_again_and_wait_to_be_looked_at(served: Any, drawn: Path) -> None:
    before = {char: (drawn / f"U+{ord(char):04X}.png").read_bytes() for char in "一三"}
    glyphs = [[char, served.row(char)["version"]] for char in "一三"]
    assert served.call("api/redraw", {"glyphs": glyphs})[0] == 202
    for _ in range(600):
        if all((drawn / f"U+{ord(char):04X}.png").read_bytes() != data for char, data in before.items()):
            break
        time.sleep(0.05)
    assert [line.action for line in read_decisions(drawn).lines] == ["redraw", "redraw"]
    assert "status" not in served.row("一")
    after = {char: (drawn / f"U+{ord(char):04X}.png").read_bytes() for char in "一三"}
    status, answer = served.call("api/undo", {})  # one step, however many
    assert status == 200 and {row["char"] for row in answer["rows"]} == set("一三")
    assert {char: (drawn / f"U+{ord(char):04X}.png").read_bytes() for char in "一三"} == before
    assert served.call("api/undo", {})[0] == 400
    assert served.call("api/redo", {})[0] == 200
    assert {char: (drawn / f"U+{ord(char):04X}.png").read_bytes() for char in "一三"} == after


def test_a_decision_on_glyphs_of_several_folders_is_one_step(
    drawn: Path, bar_font: Path, serve: Any, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for name in ("U+4E00.png", "frame.json"):
        (own / name).write_bytes((drawn / name).read_bytes())
    served = serve(open_review(drawn, originals=[own], source_font=str(bar_font), reviewer="tester"))
    assert served.decide("accept", "五")[0] == 200 and served.decide("refuse", "一三四")[0] == 200
    assert [served.row(char).get("status") for char in "一三四五"] == ["refused"] * 3 + ["accepted"]
    assert served.call("api/undo", {})[0] == 200
    assert [served.row(char).get("status") for char in "一三四五"] == [None] * 3 + ["accepted"]
    assert served.call("api/redo", {})[0] == 200
    assert [served.row(char).get("status") for char in "一三四五"] == ["refused"] * 3 + ["accepted"]
    assert served.call("api/undo", {})[0] == 200 and served.call("api/undo", {})[0] == 200
    assert served.row("五").get("status") is None and served.call("api/redo", {})[0] == 200
    assert served.row("五")["status"] == "accepted" and served.row("三").get("status") is None


def test_a_build_waits_for_nobody_else(served: Any, drawn: Path) -> None:
    heard: list[dict[str, Any]] = []
    news = served.news()
    with output_locks([drawn.with_suffix(".ttf")], "segan build-font"):
        assert served.call("api/build", {})[0] == 202
        while not heard or heard[-1]["kind"] not in ("failed", "built"):
            heard.append(next(news))
    assert heard[-1]["kind"] == "failed" and "in use: segan build-font" in heard[-1]["words"]
    assert not drawn.with_suffix(".ttf").exists()


def test_nothing_is_drawn_into_a_folder_under_review(
    segan: Callable, drawn: Path, bar_font: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = []

    def serving(*_: Any) -> None:
        said.append(segan("generate", "--style", "thick", "--chars", "七", "--source-font", bar_font, "--out", drawn))
        said.append(segan("review", drawn, "--no-browser"))

    monkeypatch.setattr("segan_cli.review.serving.serve", lambda *_: serving() if not said else None)
    assert segan("review", drawn, "--no-browser", "--source-font", bar_font).code == 0
    generated, second = said
    assert generated.code == 1 and "in use: segan review" in " ".join(generated.err.split())
    assert second.code == 0, second.err  # two reviews may go on side by side
    assert not list(drawn.glob(".segan-lock*"))


def test_the_font_is_built_of_what_was_decided(served: Any, drawn: Path) -> None:
    served.decide("refuse", "二")
    assert served.call("api/build", {})[0] == 202
    font = drawn.with_suffix(".ttf")
    for _ in range(600):
        if served.call("proof")[0] == 200:
            break
        time.sleep(0.1)
    assert (
        set(map(ord, "一三四五六")) <= set(TTFont(font).getBestCmap()) and ord("二") not in TTFont(font).getBestCmap()
    )
    report = json.loads(font.with_suffix(".report.json").read_text(encoding="utf-8"))
    assert [row["char"] for row in report["missing"]] == ["二"]
    again = open_review(font.with_suffix(".report.json"))
    assert again.review.places[0].folder == drawn and again.recipe.outputs == (font,)


def test_hostile_file_names_are_shown_as_what_they_are(drawn: Path, serve: Any) -> None:
    picture = (drawn / "U+4E00.png").read_bytes()
    for name in (
        "<img src=x onerror=alert(1)>.png",
        "<.png",
        "'.png",
        "..png",
        "U+10FFFF.png",
        "U+D800.png",
        "永\u202e.png",
    ):
        (drawn / name).write_bytes(picture)
    served = serve(open_review(drawn))
    chars = {row["char"] for row in served.call("api/glyphs")[1]["rows"]}
    assert "<" in chars and "'" in chars and not any(len(char) > 1 for char in chars)
    assert served.call("api/strip?c=3C.27")[0] == 200
    assert served.decide("accept", "<'")[0] == 200


def test_a_picture_that_was_decided_on_is_laid_out_after_a_crash(opened: Opened, drawn: Path, monkeypatch: Any) -> None:
    review = opened.review
    place, before = review.places[0], (drawn / "U+4E00.png").read_bytes()
    monkeypatch.setattr(type(place), "lay_out", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        review.retouch("一", place.version("一"), square())
    assert (drawn / "U+4E00.png").read_bytes() == before
    monkeypatch.undo()
    again = open_review(drawn).review
    assert (drawn / "U+4E00.png").read_bytes() != before and again.rows("一")[0]["status"] == "accepted"


def test_later_runs_go_by_it(served: Any, drawn: Path, bar_font: Path) -> None:
    served.decide("accept", "一")
    served.decide("refuse", "二")
    plan = plan_drawing(
        list_bundles()[0],
        "一二三",
        drawn,
        DrawSettings(device="cpu"),
        source_font=str(bar_font),
        check=False,
        overwrite=True,
    )
    assert plan.to_draw == ("二", "三") and set(plan.variations) == {"二"}


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b'{"glyphs": 7}', b"\xff\xfe", b'{"glyphs": {"U+4E00": 1, "x": {}}}']
)
def test_a_damaged_report_is_a_clear_sentence(drawn: Path, content: bytes) -> None:
    (drawn / "report.json").write_bytes(content)
    try:
        assert open_review(drawn).review.homes.keys() == set("一二三四五六")
    except UsageError as error:
        assert "report.json" in str(error)
    (drawn.parent / "Brush.report.json").write_bytes(content)
    with pytest.raises(UsageError, match=r"Brush|drawn"):
        open_review(drawn.parent / "Brush.report.json")


def test_written_glyphs_win_and_stand_beside(drawn: Path, bar_font: Path, serve: Any, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    for char in "二三":
        (own / f"{char}.png").write_bytes((drawn / f"U+{ord(char):04X}.png").read_bytes())
    served = serve(open_review(drawn, originals=[own], source_font=str(bar_font)))
    assert served.row("二")["origin"] == "written" and served.row("一")["origin"] == "generated"
    assert [row["char"] for row in served.call("api/beside/4E00")[1]] == ["二", "三"]
    status, answer = served.call(f"api/retouch/4E8C?version={served.row('二')['version']}", square())
    assert status == 400 and "stays as it was written" in answer["error"]


def test_a_dry_run_tells_what_there_is(segan: Callable, drawn: Path) -> None:
    run = segan("review", drawn, "--dry-run", "--json")
    facts = json.loads(run.out)
    assert (run.code, facts["glyphs"], facts["suspect"], facts["missing"]) == (0, 6, 1, 1)
    assert segan("review", drawn / "nowhere").code == 2


@pytest.mark.parametrize("font", ["folder", "NoEnding", "nowhere/My.ttf"])
def test_a_font_that_could_not_be_written_is_refused_when_the_review_opens(
    segan: Callable, drawn: Path, tmp_path: Path, font: str
) -> None:
    (tmp_path / "folder").mkdir()
    run = segan("review", drawn, "--dry-run", "--font", tmp_path / font)
    assert run.code == 2 and font.partition("/")[0] in run.err
