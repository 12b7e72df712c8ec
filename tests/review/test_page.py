"""The page in a real browser: twenty glyphs by keyboard, another drawing, a retouch, a server that is killed, a font."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

from segan_cli.drawing.draw import DrawSettings, draw, plan_drawing
from segan_cli.drawing.report import draw_report, report_path
from segan_cli.files.writing import write_json
from segan_cli.generator.bundle import open_bundle
from segan_cli.source.review_decisions import read_decisions
from tests.review.conftest import many_bars

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [pytest.mark.tools, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")]
COUNT = 24


@pytest.fixture
def folder(make_bundle: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    bundle = open_bundle(make_bundle(), "thick")
    monkeypatch.setenv("SEGAN_MODELS", str(bundle.folder.parent))
    chars = many_bars(tmp_path / "bars.ttf", COUNT)
    out = tmp_path / "drawn"
    font = str(tmp_path / "bars.ttf")
    plan = plan_drawing(bundle, chars, out, DrawSettings(device="cpu"), source_font=font, check=False)
    report = draw_report(draw(plan))
    for name in list(report["glyphs"])[:3]:
        report["glyphs"][name]["suspect"] = ["read as 口"]
    report["suspects"] = list(report["glyphs"])[:3]
    write_json(report_path(plan), report)
    return out


class Program:
    """`segan review` in a process of its own."""

    def __init__(self, folder: Path) -> None:
        words = ["review", folder, "--source-font", folder.parent / "bars.ttf", "--font", folder.parent / "Brush.ttf"]
        call = [sys.executable, "-m", "segan_cli", *map(str, words), "--no-browser", "--reviewer", "tester"]
        self.process = subprocess.Popen(
            call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=os.environ
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        assert self.address.startswith("http://127.0.0.1:")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[[], Program]]:
    programs: list[Program] = []

    def begin() -> Program:
        programs.append(Program(folder))
        return programs[-1]

    yield begin
    for program in programs:
        if program.process.poll() is None:
            program.kill()


@pytest.fixture
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def opened(browser: Any, address: str, **options: Any) -> Any:
    page = browser.new_page(viewport={"width": 1280, "height": 800}, **options)
    page.set_default_timeout(90_000)
    page.on("pageerror", lambda error: pytest.fail(f"The page stumbled: {error}"))
    page.goto(address)
    page.wait_for_selector(":root[data-ready]")
    return page


def shown(page: Any) -> str:
    return str(page.inner_text("#name")).split("U+")[0].strip()


def decided(folder: Path) -> dict[str, str]:
    return {char: glyph.status for char, glyph in read_decisions(folder).glyphs.items()}


def press(page: Any, key: str, folder: Path) -> str:
    """A decision by keyboard; the character that it was about, once it is in the journal."""
    char, before = shown(page), len(read_decisions(folder).lines)
    page.keyboard.press(key)
    page.wait_for_function("before => document.querySelector('#name').innerText !== before", arg=page_name(char))
    for _ in range(600):
        if len(read_decisions(folder).lines) > before:
            return char
        page.wait_for_timeout(20)
    raise AssertionError(f"{key} on {char} came to nothing.")


def page_name(char: str) -> str:
    return f"{char}U+{ord(char):04X}"


def test_twenty_glyphs_by_keyboard_a_kill_in_the_middle_and_the_font(
    folder: Path, start: Callable[[], Program], browser: Any
) -> None:
    program = start()
    page = opened(browser, program.address)
    assert shown(page) == "一" and "read as 口" in page.inner_text("#why")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.click("[data-filter=open]")
    page.keyboard.press("Escape")
    kept = {key: [press(page, key, folder) for _ in range(times)] for key, times in (("y", 5), ("n", 2), ("w", 2))}
    redrawn = _choose_another(page, folder)
    retouched = _retouch(page, folder)
    assert decided(folder)[redrawn] == decided(folder)[retouched] == "accepted"

    program.kill()
    page.keyboard.press("y")
    page.wait_for_selector("#trouble:not([hidden])")
    assert "What was decided is kept" in page.inner_text("#trouble")
    before = decided(folder)
    assert len(before) == 11
    page.close()

    page = opened(browser, start().address)
    page.click("[data-filter=open]")
    assert "13" in page.inner_text("[data-filter=open]") and "2" in page.inner_text("[data-filter=refused]")
    kept["y"] += [press(page, "y", folder) for _ in range(8)]
    mistake = press(page, "n", folder)
    page.keyboard.press("u")
    page.wait_for_function("() => document.querySelector('#say').textContent.startsWith('Took back')")
    assert decided(folder)[mistake] == "open"
    assert sum(status != "open" for status in decided(folder).values()) == 19
    kept["y"].append(press(page, "y", folder))

    page.keyboard.press("b")
    page.wait_for_selector("#say a")
    font = TTFont(folder.parent / "Brush.ttf")
    cmap = font.getBestCmap()
    assert {ord(char) for char in [*kept["n"], *kept["w"]]}.isdisjoint(cmap)
    assert {ord(char) for char in [*kept["y"], redrawn, retouched]} <= cmap.keys()
    glyph = cmap[ord(retouched)]
    bounds = BoundsPen(font.getGlyphSet())
    font.getGlyphSet()[glyph].draw(bounds)
    assert bounds.bounds[0] < 70  # the brush went down at the left, where no bar reaches
    report = json.loads((folder.parent / "Brush.report.json").read_text(encoding="utf-8"))
    assert {row["char"] for row in report["missing"]} == {*kept["n"], *kept["w"]}
    with page.expect_popup() as popup:
        page.click("#say a")
    assert "Brush" in popup.value.title()


def _choose_another(page: Any, folder: Path) -> str:
    char = shown(page)
    picture = folder / f"U+{ord(char):04X}.png"
    before = picture.read_bytes()
    page.keyboard.press("r")
    page.wait_for_selector("#choices button[data-name]")
    assert page.locator("#choices button").count() == 4
    page.keyboard.press("r")
    page.wait_for_selector("#choices button[data-name='bolder and smaller']")
    page.keyboard.press("2")
    page.wait_for_function("before => document.querySelector('#name').innerText !== before", arg=page_name(char))
    assert (
        picture.read_bytes() != before and read_decisions(folder).lines[-1].values["variation"] == "lighter and larger"
    )
    return char


def _retouch(page: Any, folder: Path) -> str:
    char = shown(page)
    page.keyboard.press("e")
    page.wait_for_selector("#retouch[open]")
    box = page.locator("#canvas").bounding_box()
    x, y = box["x"] + 0.06 * box["width"], box["y"] + 0.3 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 0.3 * box["height"], steps=8)
    page.mouse.up()
    page.keyboard.press("x")  # the eraser takes a piece out of the upright
    page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.5 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.5 * box["height"], steps=8)
    page.mouse.up()
    page.keyboard.press("u")  # and gives it back
    page.keyboard.press("Enter")
    page.wait_for_function("before => document.querySelector('#name').innerText !== before", arg=page_name(char))
    assert read_decisions(folder).lines[-1].action == "retouch"
    return char


def test_two_tabs_show_the_same_and_sliders_are_kept(folder: Path, start: Callable[[], Program], browser: Any) -> None:
    address = start().address
    one, other = opened(browser, address), opened(browser, address)
    char = press(one, "n", folder)
    other.wait_for_function("() => document.querySelector('#stage').dataset.status === 'refused'")
    assert shown(other) == char
    other.focus("#slide-weight")
    for _ in range(3):
        other.keyboard.press("ArrowRight")
    other.keyboard.press("Tab")
    other.wait_for_function("() => document.querySelector('#say').textContent.startsWith('Adjusted')")
    assert read_decisions(folder).of(char).adjustment.weight in (1, 2, 3)


def test_many_at_once(folder: Path, start: Callable[[], Program], browser: Any) -> None:
    page = opened(browser, start().address)
    page.click("[data-filter=open]")  # how many are to be looked at depends on what is measured meanwhile
    page.keyboard.press("a")
    assert f"{COUNT} selected" in page.inner_text("#bulk")
    page.keyboard.press("y")
    page.wait_for_selector("#bulk", state="hidden")
    assert list(decided(folder).values()) == ["accepted"] * COUNT
    page.keyboard.press("u")
    page.wait_for_function("() => document.querySelector('#say').textContent.startsWith('Took back')")
    assert set(decided(folder).values()) == {"open"}


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_everything_has_a_name_and_nothing_sticks_out(
    folder: Path, start: Callable[[], Program], browser: Any, width: int
) -> None:
    page = opened(browser, start().address)
    page.set_viewport_size({"width": width, "height": 800})
    page.wait_for_selector("#drawing .glyph")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, input, [role=option], [role=img]')].filter(one => "
        "!(one.getAttribute('aria-label') || one.textContent.trim() || one.labels?.length)).map(one => one.outerHTML)"
    )
    assert nameless == []
    small = page.evaluate(
        "[...document.querySelectorAll('#acts button')].filter(one => one.getBoundingClientRect().height < 36).length"
    )
    assert small == 0


def test_the_page_loads_nothing_from_elsewhere(folder: Path, start: Callable[[], Program], browser: Any) -> None:
    address = start().address
    asked: list[str] = []
    context = browser.new_context()
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(":root[data-ready]")
    page.wait_for_selector("#drawing .glyph")
    origin = address.rsplit("/", 2)[0]
    assert asked and all(url.startswith((origin, "data:", "blob:")) for url in asked)
    context.close()
