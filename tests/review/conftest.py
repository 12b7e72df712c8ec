"""A drawn folder of bars, a tiny style that draws it, and a server on a port of its own."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from segan_cli.drawing.draw import DrawSettings, draw, plan_drawing
from segan_cli.drawing.report import draw_report, report_path
from segan_cli.files.writing import write_json
from segan_cli.generator.bundle import open_bundle
from segan_cli.review.opening import Opened, open_review
from tests.box_font import save_box_font

CHARS = "一二三四五六"
KEY = "a-key-for-tests"


def many_bars(path: Path, count: int) -> str:
    """A font of so many characters from 一 on: bars and an upright, no two alike."""
    chars, boxes = "".join(chr(0x4E00 + number) for number in range(count)), {}
    for number, char in enumerate(chars):
        bars = [(120, 60 + 130 * bar, 880, 130 + 130 * bar) for bar in range(5) if number + 1 >> bar & 1]
        boxes[char] = [*bars, (460, 20, 540, 800)]
    save_box_font(path, "Many Bars", boxes)
    return chars


@pytest.fixture
def drawn(make_bundle: Callable[..., Path], bar_font: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the tiny style drew; 二 is suspect."""
    bundle = open_bundle(make_bundle(), "thick")
    monkeypatch.setenv("SEGAN_MODELS", str(bundle.folder.parent))
    out = tmp_path / "drawn"
    plan = plan_drawing(bundle, CHARS, out, DrawSettings(device="cpu"), source_font=str(bar_font), check=False)
    report = draw_report(draw(plan))
    report["glyphs"]["U+4E8C"] |= {"suspect": ["read as 口"], "read": "口", "score": 0.1}
    report["suspects"] = ["U+4E8C"]
    report["missing"] = [{"char": "永", "codepoint": "U+6C38", "stage": "read", "cause": "no source has it"}]
    write_json(report_path(plan), report)
    return out


@pytest.fixture
def opened(drawn: Path, bar_font: Path) -> Opened:
    return open_review(drawn, source_font=str(bar_font), reviewer="tester")


@dataclass
class Served:
    """A running server and how to call it."""

    port: int
    opened: Opened

    def call(
        self,
        path: str,
        body: Any = None,
        *,
        key: str | None = KEY,
        headers: dict[str, str] | None = None,
        method: str | None = None,
    ) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        address = f"/{key}/{path}" if key is not None else f"/{path}"
        connection.request(method or ("GET" if body is None else "POST"), address, data, headers or {})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        self.headers = {name.lower(): value for name, value in answer.getheaders()}
        if answer.getheader("content-type", "").startswith("application/json"):
            return answer.status, json.loads(content)
        return answer.status, content

    def news(self) -> Iterator[dict[str, Any]]:
        """What the server tells by itself, from now on."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/{KEY}/api/events")
        answer = connection.getresponse()
        assert answer.readline() == b"retry: 1000\n"

        def told() -> Iterator[dict[str, Any]]:
            try:
                while line := answer.readline():
                    if line.startswith(b"data: "):
                        yield json.loads(line[6:])
            finally:
                connection.close()

        return told()

    def row(self, char: str) -> dict[str, Any]:
        rows = self.call("api/glyphs")[1]["rows"]
        return next(row for row in rows if row["char"] == char)

    def decide(self, action: str, chars: str) -> tuple[int, Any]:
        glyphs = [[char, self.row(char)["version"]] for char in chars]
        return self.call("api/decide", {"do": action, "glyphs": glyphs})


@pytest.fixture
def serve() -> Iterator[Callable[[Opened], Served]]:
    from segan_cli.review import serving

    stops: list[Callable[[], None]] = []

    def start(opened: Opened) -> Served:
        ready, servers = threading.Event(), []
        address: list[str] = []

        def told(place: str) -> None:
            address.append(place)
            ready.set()

        server = serving.make_server(opened, 0, told, KEY)
        servers.append(server)
        thread = threading.Thread(target=server.serve_until_stopped, daemon=True)
        thread.start()
        assert ready.wait(60)

        def stop() -> None:
            server.should_exit = True
            thread.join(30)

        stops.append(stop)
        return Served(int(address[0].split(":")[2].split("/")[0]), opened)

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def served(serve: Callable[[Opened], Served], opened: Opened) -> Served:
    return serve(opened)
