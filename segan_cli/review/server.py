"""The page's server: what it shows, what it takes. Every call that changes something answers when it is on the disk."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from importlib.resources import files
from typing import Any, cast

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from segan_cli import __version__
from segan_cli.errors import SeganError, UsageError
from segan_cli.files.documents import DocumentError, parse_json
from segan_cli.glyph import Frame
from segan_cli.paper.cell_views import VIEWS
from segan_cli.proof.samples import stored_texts
from segan_cli.review.background import Background, News
from segan_cli.review.guard import LARGEST_BODY, BodyTooLarge
from segan_cli.review.nearest import Nearest
from segan_cli.review.opening import Opened
from segan_cli.review.outlines import Outlines
from segan_cli.review.pictures import Thumbnails, as_bytes, encoded, glyph_ink, need
from segan_cli.review.place import Place
from segan_cli.review.review import Gone, Outcome
from segan_cli.source.review_decisions import LIMITS, Action, Adjustment, taken_back

PAGE = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
LONG = {"cache-control": "private, max-age=86400, immutable"}
"""A picture's address holds its version, so it never changes."""
STRIP_MOST = 64
LARGE = 512
WATCH_S = 1.0
"""How often the folders' journals are looked at for what others decided, in seconds."""


class Desk:
    """The answers to the page's calls.

    Args:
        opened: the review and what goes with it.
    """

    def __init__(self, opened: Opened) -> None:
        self.opened, self.review = opened, opened.review
        self.news = News()
        self.thumbnails = Thumbnails()
        self.outlines = Outlines(opened.recipe.inputs, opened.recipe.tracing)
        self.background = Background(opened, self.news, self.outlines)
        written = [place for place in self.review.places if place.own]
        self.nearest = Nearest(written, opened.sources.ink, self.thumbnails)

    # The page

    def asset(self, request: Request) -> Response:
        """A file of the page."""
        name = request.path_params.get("name", "page.html")
        ending = name.rpartition(".")[2]
        found = files("segan_cli.review").joinpath("page", name)
        if ending not in PAGE or "/" in name or not found.is_file():
            return Response("There is no such file.", 404)
        return Response(found.read_bytes(), media_type=PAGE[ending], headers={"cache-control": "no-cache"})

    def glyphs(self, _: Request) -> Response:
        """Everything that the page begins with."""
        review = self.review
        return _json(
            {
                "title": review.title,
                "version": __version__,
                "reviewer": review.reviewer,
                "rows": review.rows(),
                "texts": stored_texts(),
                "remarks": self.opened.remarks,
                "redraws": review.redrawer is not None,
                "written": any(place.own for place in review.places),
                "font": self.opened.recipe.outputs[0].name,
                "limits": LIMITS,
            }
        )

    def strip(self, request: Request) -> Response:
        """Small pictures in a row."""
        chars = [_char(code) for code in request.query_params.get("c", "").split(".") if code][:STRIP_MOST]
        if not chars:
            raise UsageError("No glyphs were named.")
        return _picture(self.thumbnails.strip([(self.review.home(char), char) for char in chars]))

    def picture(self, request: Request) -> Response:
        """A glyph's picture, large."""
        place, char = self._glyph(request)
        return _picture(encoded(as_bytes(glyph_ink(place, char, LARGE))))

    def cell(self, request: Request) -> Response:
        """The scanned cell that a glyph was cut from, in colour."""
        place, char = self._glyph(request)
        cell = place.cell(char)
        path = place.folder / VIEWS / f"{cell.view}.jpg" if cell else None
        if path is None or not path.is_file():
            return Response(status_code=404)
        return FileResponse(path, media_type="image/jpeg", headers=LONG)

    def cell_facts(self, request: Request) -> Response:
        """Where the cell lies in its picture, in parts of it; and which page it is from."""
        place, char = self._glyph(request)
        cell = need(place.cell(char), f"{char} did not come from segan scan.")
        return _json({"cell": list(cell.cell), "page": cell.page})

    def source(self, request: Request) -> Response:
        """The source glyph."""
        ink = self.opened.sources.ink(_char(request.path_params["code"]), Frame(256))
        return _picture(encoded(as_bytes(ink))) if ink is not None else Response(status_code=404)

    def outline(self, request: Request) -> Response:
        """The outline as the font will have it."""
        place, char = self._glyph(request)
        low, high = LIMITS["weight"]
        weight = min(max(_number(request.query_params.get("weight", "0")), low), high)
        placed = request.query_params.get("placed") != "0"
        return _json(self.outlines.of(place, char, weight, placed=placed), LONG)

    def beside(self, request: Request) -> Response:
        """The written glyphs that are nearest."""
        place, char = self._glyph(request)
        return _json([self.review.rows([one])[0] for one in self.nearest.to(char, place)])

    def others(self, request: Request) -> Response:
        """Four other drawings, as pictures in a row, and their names."""
        _, char = self._glyph(request)
        if self.review.redrawer is None:
            raise SeganError("The style that drew this folder is not known, so nothing can be drawn. Add --style.")
        drawn = self.review.redrawer.draw(char, int(_number(request.query_params.get("page", "0"))))
        pictures = ["data:image/png;base64," + _base64(encoded(as_bytes(one.ink))) for one in drawn]
        return _json([{"name": one.name, "picture": url} for one, url in zip(drawn, pictures, strict=True)])

    def proof(self, _: Request) -> Response:
        """The proof that was built last; it says itself what it may load."""
        path = self.background.proof
        if path is None or not path.is_file():
            return Response("No proof was built yet.", 404)
        return FileResponse(
            path, media_type=PAGE["html"], headers={"content-security-policy": "frame-ancestors 'none'"}
        )

    # What it takes

    async def decide(self, request: Request) -> Response:
        """Accept, refuse, open again, or mark to be written again."""
        words = await _words(request)
        glyphs = [(str(char), str(version)) for char, version in words.get("glyphs", [])]
        action = cast("Action", str(words.get("do", "")))
        return await self._changed(lambda: self.review.decide(action, glyphs))

    async def adjust(self, request: Request) -> Response:
        """Correct a glyph."""
        words = await _words(request)
        values = words.get("adjust")
        if not isinstance(values, dict):
            raise UsageError("What was sent is not understood.")
        known = {name: values[name] for name in LIMITS if name in values}
        return await self._changed(lambda: self.review.adjust(str(words.get("char", "")), Adjustment(**known)))

    async def choose(self, request: Request) -> Response:
        """Take another drawing."""
        words = await _words(request)
        char, version, name = (str(words.get(key, "")) for key in ("char", "version", "name"))
        return await self._changed(lambda: self.review.choose(char, version, name))

    async def retouch(self, request: Request) -> Response:
        """Take a retouched picture."""
        char, version = _char(request.path_params["code"]), request.query_params.get("version", "")
        data = await request.body()
        return await self._changed(lambda: self.review.retouch(char, version, data))

    async def recut(self, request: Request) -> Response:
        """Cut a scanned glyph again."""
        words = await _words(request)
        part = words.get("part")
        if not isinstance(part, list) or len(part) != 4 or not all(isinstance(one, int | float) for one in part):
            raise UsageError("What was sent is not understood.")
        left, top, width, height = map(float, part)
        char, version = (str(words.get(key, "")) for key in ("char", "version"))
        return await self._changed(lambda: self.review.recut(char, version, (left, top, width, height)))

    async def rename(self, request: Request) -> Response:
        """Give a scanned glyph to another character."""
        words = await _words(request)
        char, version, to = (str(words.get(key, "")) for key in ("char", "version", "to"))
        return await self._changed(lambda: self.review.rename(char, version, to))

    async def undo(self, _: Request) -> Response:
        """Take back what was decided last."""
        return await self._changed(self.review.undo)

    async def redo(self, _: Request) -> Response:
        """Bring back what was undone last."""
        return await self._changed(self.review.redo)

    async def redraw(self, request: Request) -> Response:
        """Begin to draw many glyphs again."""
        words = await _words(request)
        glyphs = [(str(char), str(version)) for char, version in words.get("glyphs", [])]
        outcome = await run_in_threadpool(self.review.may_redraw, glyphs)
        begun = self.background.redraw(outcome.chars)
        message = f"{len(outcome.chars):,} are being drawn again." if begun else "Wait until the others are drawn."
        return _json({"words": message, "rows": [], "gone": list(outcome.gone)}, status=202 if begun else 409)

    async def build(self, _: Request) -> Response:
        """Begin to build the font."""
        begun = self.background.build()
        words = {} if begun else {"error": "The font is being built already."}
        return _json({"begun": begun, **words}, status=202 if begun else 409)

    # What it tells by itself

    async def events(self, _: Request) -> Response:
        """What happens, as it happens."""

        async def lines() -> AsyncIterator[bytes]:
            yield b"retry: 1000\n\n"
            async for words in self.news.listen():
                yield b":\n\n" if words is None else f"data: {json.dumps(words, ensure_ascii=False)}\n\n".encode()

        return StreamingResponse(lines(), media_type="text/event-stream", headers={"cache-control": "no-store"})

    async def watch(self) -> None:
        """Tell the pages what another program decided in the same folders."""
        seen = {place.folder: len(place.journal.now().lines) for place in self.review.places}
        while True:
            await asyncio.sleep(WATCH_S)
            for place in self.review.places:
                lines = (await run_in_threadpool(place.journal.now)).lines
                new, seen[place.folder] = lines[seen[place.folder] :], len(lines)
                by_number = {line.number: line for line in lines}
                undone = [number for line in new if line.action == "undo" for number in taken_back(line)]
                named = [*new, *(by_number[number] for number in undone if number in by_number)]
                chars = dict.fromkeys(char for line in named for char in line.chars)
                if chars:
                    self.news.tell("decided", rows=await run_in_threadpool(self.review.rows, list(chars)))

    async def _changed(self, change: Callable[[], Outcome]) -> Response:
        outcome = await run_in_threadpool(change)
        rows = await run_in_threadpool(self.review.rows, [*outcome.chars, *outcome.gone])
        self.news.tell("decided", rows=rows)
        return _json({"words": outcome.words, "rows": rows, "gone": list(outcome.gone)})

    def _glyph(self, request: Request) -> tuple[Place, str]:
        char = _char(request.path_params["code"])
        return self.review.home(char), char


def make_app(desk: Desk) -> Starlette:
    """The application, without its guard."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        desk.news.bind(asyncio.get_running_loop())
        desk.background.start()
        watcher = asyncio.create_task(desk.watch())
        yield
        watcher.cancel()
        desk.background.stop()

    routes = [
        Route("/", desk.asset),
        Route("/proof", desk.proof),
        Route("/api/glyphs", desk.glyphs),
        Route("/api/strip", desk.strip),
        Route("/api/picture/{code}", desk.picture),
        Route("/api/source/{code}", desk.source),
        Route("/api/cell/{code}", desk.cell),
        Route("/api/cut/{code}", desk.cell_facts),
        Route("/api/outline/{code}", desk.outline),
        Route("/api/beside/{code}", desk.beside),
        Route("/api/others/{code}", desk.others),
        Route("/api/events", desk.events),
        Route("/api/decide", desk.decide, methods=["POST"]),
        Route("/api/adjust", desk.adjust, methods=["POST"]),
        Route("/api/choose", desk.choose, methods=["POST"]),
        Route("/api/redraw", desk.redraw, methods=["POST"]),
        Route("/api/retouch/{code}", desk.retouch, methods=["POST"]),
        Route("/api/recut", desk.recut, methods=["POST"]),
        Route("/api/rename", desk.rename, methods=["POST"]),
        Route("/api/undo", desk.undo, methods=["POST"]),
        Route("/api/redo", desk.redo, methods=["POST"]),
        Route("/api/build", desk.build, methods=["POST"]),
        Route("/{name}", desk.asset),
    ]
    handlers: dict[Any, Any] = {SeganError: _refused, OSError: _disk, BodyTooLarge: _too_large}
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers=handlers)


def _refused(_: Request, error: Exception) -> Response:
    status = 409 if isinstance(error, Gone) else 400 if isinstance(error, UsageError) else 422
    return _json({"error": str(error)}, status=status)


def _disk(_: Request, error: Exception) -> Response:
    return _json({"error": f"Nothing was decided, because it could not be written: {error}."}, status=507)


def _too_large(_: Request, error: Exception) -> Response:
    return _json({"error": f"More than {LARGEST_BODY // 2**20} MB were sent."}, status=413)


async def _words(request: Request) -> dict[str, Any]:
    try:
        words = parse_json(await request.body(), "what was sent", largest=LARGEST_BODY)
        if not isinstance(words, dict) or not all(len(pair) == 2 for pair in words.get("glyphs", [])):
            raise TypeError
    except (DocumentError, TypeError) as error:
        raise UsageError("What was sent is not understood.") from error
    return words


def _char(code: str) -> str:
    try:
        return chr(int(code, 16))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{code[:20]!r} is no code point.") from error


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise UsageError(f"{text[:20]!r} is no number.") from error
    if not abs(value) < 1e6:
        raise UsageError(f"{text[:20]!r} is out of range.")
    return value


def _base64(data: bytes) -> str:
    import base64

    return base64.b64encode(data).decode("ascii")


def _json(value: Any, headers: dict[str, str] | None = None, status: int = 200) -> Response:
    return JSONResponse(value, status, headers or {"cache-control": "no-store"})


def _picture(data: bytes) -> Response:
    return Response(data, media_type="image/png", headers=LONG)
