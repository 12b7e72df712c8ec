"""Who may talk to the page's server: nobody but a browser on this machine that knows the key.

The key is the first part of every path, so pictures, modules and calls carry it without a cookie, which other programs on
this machine would be sent, too. A page of another site cannot guess it, cannot read an answer, and is refused by its
`Origin`; a name that is made to point at 127.0.0.1 is refused by its `Host`.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LARGEST_BODY = 4 * 2**20
"""Bytes that a call may bring: a retouched picture of 1,024 px is well below 1 MB, a decision on 20,000 glyphs, too."""

HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


class BodyTooLarge(Exception):
    """A call brought more than it may."""


class Guard:
    """Lets only calls through that name this machine, come from this page, and know the key.

    Args:
        app: what is guarded; it sees paths without the key.
        key: the key.
        port: the port that is listened on.
    """

    def __init__(self, app: App, key: str, port: int) -> None:
        self._app, self._key = app, key.encode()
        self._hosts = {f"127.0.0.1:{port}".encode(), f"localhost:{port}".encode()}
        self._origins = {b"http://" + host for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        headers = dict(scope["headers"])
        refusal = self._refusal(scope, headers)
        if refusal:
            await _answer(send, 403, refusal)
            return
        if _declared(headers) > LARGEST_BODY:
            await _answer(send, 413, f"More than {LARGEST_BODY // 2**20} MB were sent.")
            return
        await self._pass_on(scope, receive, send)

    def _refusal(self, scope: Scope, headers: MutableMapping[bytes, bytes]) -> str:
        if headers.get(b"host") not in self._hosts:
            return "This page answers on 127.0.0.1 alone. Open the address that segan review printed."
        if b"origin" in headers and headers[b"origin"] not in self._origins:
            return "Another page called; only the page of segan review may."
        if headers.get(b"sec-fetch-site", b"none") not in (b"same-origin", b"none"):
            return "Another site called; only the page of segan review may."
        given = scope["path"].encode("utf-8", "surrogateescape").split(b"/")[1]
        if not hmac.compare_digest(given, self._key):
            return "The key in the address is missing or wrong. Open the address that segan review printed."
        return ""

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        size = 0

        async def counted() -> MutableMapping[str, Any]:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > LARGEST_BODY:
                raise BodyTooLarge
            return message

        async def with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                own = {name for name, _ in message["headers"]}
                more = [pair for pair in HEADERS if pair[0] not in own]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        path = scope["path"][1 + len(self._key) :] or "/"
        await self._app({**scope, "path": path, "raw_path": path.encode()}, counted, with_headers)


def _declared(headers: MutableMapping[bytes, bytes]) -> int:
    text = headers.get(b"content-length", b"0")
    return int(text) if text.isdigit() and len(text) < 16 else LARGEST_BODY + 1


async def _answer(send: Send, status: int, words: str) -> None:
    body = words.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode()), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
