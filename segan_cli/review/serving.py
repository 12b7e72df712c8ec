"""Serve a review on this machine until Ctrl-C."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Callable

import uvicorn

from segan_cli.errors import UsageError
from segan_cli.review.guard import Guard
from segan_cli.review.opening import Opened
from segan_cli.review.server import Desk, make_app

HOST = "127.0.0.1"


def serve(opened: Opened, port: int, ready: Callable[[str], None], key: str | None = None) -> None:
    """Serve a review.

    Args:
        opened: the review.
        port: the port; 0 takes a free one.
        ready: told the page's address once it answers.
        key: the key in the address; None makes one.

    Raises:
        UsageError: the port is taken.
    """
    make_server(opened, port, ready, key).serve_until_stopped()


def make_server(opened: Opened, port: int, ready: Callable[[str], None], key: str | None = None) -> ReviewServer:
    """A server that listens already and answers once it is run; see `serve`."""
    listening = _listen(port)
    number = listening.getsockname()[1]
    key = key or secrets.token_urlsafe(18)
    desk = Desk(opened)
    config = uvicorn.Config(
        Guard(make_app(desk), key, number),
        log_config=None,
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=2,
        ws="none",
    )
    return ReviewServer(config, lambda: ready(f"http://{HOST}:{number}/{key}/"), desk, listening)


class ReviewServer(uvicorn.Server):
    """A server that tells when it answers, and lets its pages go when it ends."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], desk: Desk, listening: socket.socket) -> None:
        super().__init__(config)
        self._ready, self._desk, self._listening = ready, desk, listening

    def serve_until_stopped(self) -> None:
        """Answer until Ctrl-C, or until `should_exit` is set."""
        try:
            self.run(sockets=[self._listening])
        finally:
            self._listening.close()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End."""
        self._desk.news.end()
        self._desk.background.stop()
        await super().shutdown(sockets)


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except (OSError, OverflowError) as error:
        listening.close()
        raise UsageError(f"Port {port} cannot be used ({error}). Choose another, or leave --port out.") from error
    return listening
