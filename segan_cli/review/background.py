"""What goes on behind the page: measuring, building, and telling every open page about both and about each other."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from segan_cli.building.recipe import BuildRecipe, build_again
from segan_cli.errors import GlyphError, SeganError
from segan_cli.files.locks import output_locks
from segan_cli.proof.writing import write_proof
from segan_cli.review.measures import Measure, MeasureBook
from segan_cli.review.opening import Opened, warm
from segan_cli.review.outlines import Outlines
from segan_cli.review.review import Gone, new_step

CHUNK = 64
"""Glyphs that are measured between two words to the pages."""


class News:
    """Words to all open pages; any thread may speak."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ears: set[asyncio.Queue[dict[str, Any] | None]] = set()

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Speak through this loop."""
        self._loop = loop

    def tell(self, kind: str, **words: Any) -> None:
        """Tell every page."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop may close meanwhile
                self._loop.call_soon_threadsafe(self._spread, {"kind": kind, **words})

    def end(self) -> None:
        """Let every page go."""
        self._spread(None)

    def _spread(self, words: dict[str, Any] | None) -> None:
        for ear in self._ears:
            ear.put_nowait(words)

    async def listen(self) -> AsyncIterator[dict[str, Any] | None]:
        """What is told from now on; None when nothing was for a while, to see whether the page is still there."""
        ear: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()
        self._ears.add(ear)
        try:
            while True:
                try:
                    words = await asyncio.wait_for(ear.get(), 15)
                except TimeoutError:
                    yield None
                    continue
                if words is None:
                    return
                yield words
        finally:
            self._ears.discard(ear)


class Background:
    """The threads behind a review.

    Args:
        opened: the review and what goes with it.
        news: told what happens.
        outlines: traces one glyph before it is asked for, because the first takes longest.
    """

    def __init__(self, opened: Opened, news: News, outlines: Outlines) -> None:
        self._opened, self._news, self._outlines = opened, news, outlines
        self._stopped = threading.Event()
        self._building = threading.Lock()
        self._drawing = threading.Lock()
        self.proof: Path | None = None

    def start(self) -> None:
        """Begin to measure, and to open the style."""
        threading.Thread(target=self._prepare, name="segan-measure", daemon=True).start()

    def stop(self) -> None:
        """End what can be ended; what was measured is kept."""
        self._stopped.set()

    def build(self) -> bool:
        """Begin to build the font and its proof; False if that goes on already."""
        if not self._building.acquire(blocking=False):
            return False
        threading.Thread(target=self._build, name="segan-build", daemon=True).start()
        return True

    def redraw(self, chars: Sequence[str]) -> bool:
        """Begin to draw glyphs again; False if that goes on already."""
        if not self._drawing.acquire(blocking=False):
            return False
        threading.Thread(target=self._redraw, args=(list(chars),), name="segan-redraw", daemon=True).start()
        return True

    def _redraw(self, chars: list[str]) -> None:
        review, step = self._opened.review, new_step()
        try:
            for number, char in enumerate(chars, start=1):
                if self._stopped.is_set():
                    return
                with contextlib.suppress(GlyphError, Gone):
                    review.redraw(char, step)
                self._news.tell("redrawn", rows=review.rows([char]), left=len(chars) - number)
        except (SeganError, OSError) as error:
            self._news.tell("failed", words=str(error))
        finally:
            self._drawing.release()

    def _prepare(self) -> None:
        review = self._opened.review
        for char in list(review.homes)[:1]:
            self._outlines.of(review.home(char), char, 0)
        warm(review.redrawer)
        places = [place for place in review.places if not place.own]
        books = [MeasureBook(place, self._opened.sources.ink) for place in places]
        self._learn(books)
        for book in books:
            mine = [char for char in book.place.files if review.homes.get(char) is book.place]
            known = book.known().keys()
            todo = [char for char in mine if char not in known]
            for start in range(0, len(todo), CHUNK):
                if self._stopped.is_set():
                    break
                book.measure(todo[start : start + CHUNK], self._stopped.is_set)
                self._news.tell("measuring", done=len(mine) - len(todo) + start + CHUNK, total=len(mine))
            if todo:
                with contextlib.suppress(OSError, SeganError):
                    book.keep()
        if not self._stopped.is_set():
            self._learn(books)
            self._news.tell("measured")

    def _learn(self, books: list[MeasureBook]) -> None:
        found: dict[str, tuple[str, Measure]] = {}
        for book in books:
            found.update(book.known())
        self._opened.review.learn(found)

    def _build(self) -> None:
        try:
            with output_locks(list(self._opened.recipe.outputs), "segan review"):
                self._news.tell("built", **self._built(self._opened.recipe))
        except SeganError as error:
            self._news.tell("failed", words=str(error))
        except OSError as error:
            self._news.tell("failed", words=f"The font could not be written: {error.strerror or error}.")
        finally:
            self._building.release()

    def _built(self, recipe: BuildRecipe) -> dict[str, Any]:
        report = build_again(recipe, lambda done, total: self._news.tell("building", done=done, total=total))
        font = next((path for path in recipe.outputs if path.suffix.lower() != ".ufo"), None)
        if font is not None:
            self._news.tell("building", done=0, total=0)
            self.proof = write_proof(font, font.with_suffix(".html"), report=report)
        return {
            "files": [str(path) for path in recipe.outputs],
            "glyphs": len(report["glyphs"]),
            "missing": len(report["missing"]),
            "proof": self.proof is not None,
        }
