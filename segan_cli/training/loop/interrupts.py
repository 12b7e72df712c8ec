"""Ctrl-C ends a training between two steps, never inside one; where a cluster trains, so does whoever gives the work up."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import FrameType
from typing import Any

_given_up: ContextVar[Callable[[], bool]] = ContextVar("_given_up", default=lambda: False)


@contextlib.contextmanager
def interrupted_when(given_up: Callable[[], bool]) -> Iterator[None]:
    """Trainings in the block end, as by Ctrl-C, once `given_up` says so; it is asked after every step."""
    token = _given_up.set(given_up)
    try:
        yield
    finally:
        _given_up.reset(token)


class Interrupts:
    """While active, the first Ctrl-C, SIGTERM or closed terminal only asks; the second one interrupts as usual."""

    def __init__(self) -> None:
        self._heard = False
        self._before: dict[signal.Signals, Any] = {}

    @property
    def requested(self) -> bool:
        """Whether the training is to end."""
        return self._heard or _given_up.get()()

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                kind = getattr(signal, name, None)  # Windows has no SIGHUP
                if kind is not None and not (name == "SIGHUP" and signal.getsignal(kind) is signal.SIG_IGN):  # nohup
                    self._before[kind] = signal.signal(kind, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for kind, handler in self._before.items():
            signal.signal(kind, handler)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self._heard:
            raise KeyboardInterrupt
        self._heard = True
