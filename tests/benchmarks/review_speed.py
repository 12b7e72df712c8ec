"""How quick the review page is: first paint, the next glyph, four other drawings.

    python tests/benchmarks/review_speed.py drawn/            a folder that segan generate drew
    python tests/benchmarks/review_speed.py drawn/ --json

Needs Chromium and `pip install "segan[review]" playwright`. The load average at the start is printed with the figures: on
cores that others use, too, the page waits for them.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

FIRST_PAINT = """
  const look = () => document.querySelector('#drawing .glyph') ? requestAnimationFrame(() => { window.painted = performance.now(); }) : requestAnimationFrame(look);
  look();
"""
NEXT = """key => new Promise(done => {
  const name = document.querySelector('#name').innerText, begun = performance.now();
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  const look = () => document.querySelector('#name').innerText !== name && document.querySelector('#drawing .glyph')
    ? requestAnimationFrame(() => done(performance.now() - begun)) : requestAnimationFrame(look);
  look();
})"""
FOUR = """() => new Promise(done => {
  const begun = performance.now();
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'r', bubbles: true }));
  const look = () => document.querySelectorAll('#choices button[data-name]').length === 4
    ? requestAnimationFrame(() => done(performance.now() - begun)) : requestAnimationFrame(look);
  look();
})"""


def measured(folder: Path, times: int) -> dict[str, Any]:
    """Medians and ninth deciles in milliseconds."""
    from playwright.sync_api import sync_playwright

    call = [sys.executable, "-m", "segan_cli", "review", str(folder), "--no-browser"]
    program = subprocess.Popen(call, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert program.stdout is not None
    address = program.stdout.readline().strip()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            found: dict[str, list[float]] = {
                "first paint": [],
                "first glyph": [],
                "next glyph": [],
                "four drawings": [],
            }
            for _ in range(3):
                page = context.new_page()
                page.set_default_timeout(120_000)
                page.add_init_script(FIRST_PAINT)
                page.goto(address)
                page.wait_for_function("() => window.painted")
                found["first paint"].append(page.evaluate("performance.getEntriesByType('paint')[0].startTime"))
                found["first glyph"].append(page.evaluate("window.painted"))
                page.wait_for_timeout(1500)
            for _ in range(times):
                found["next glyph"].append(page.evaluate(NEXT, "ArrowRight"))
                page.wait_for_timeout(400)
            for _ in range(max(3, times // 4)):
                found["four drawings"].append(page.evaluate(FOUR))
                page.keyboard.press("Escape")
                page.evaluate(NEXT, "ArrowRight")
            glyphs = page.evaluate("document.querySelector('[data-filter=all] b').textContent")
            browser.close()
    finally:
        program.terminate()
        program.wait()
        program.stdout.close()
    deciles = {
        name: (statistics.median(values), sorted(values)[round(0.9 * (len(values) - 1))])
        for name, values in found.items()
    }
    return {"glyphs": glyphs, "load": os.getloadavg()[0], **deciles}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    begun = time.perf_counter()
    figures = measured(options.folder, options.times)
    if options.json:
        print(json.dumps(figures))
        return
    print(f"{figures.pop('glyphs')} glyphs, {os.cpu_count()} cores, load {figures.pop('load'):.1f}")
    for name, (middle, high) in figures.items():
        print(f"{name:>14}: {middle:6.0f} ms, nine of ten within {high:6.0f} ms")
    print(f"measured in {time.perf_counter() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
