"""A limit on the memory of this process while somebody else's network is tried."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

_one_at_a_time = threading.Lock()


@contextlib.contextmanager
def memory_limited(more_bytes: int) -> Iterator[None]:
    """Let this process take at most so much more address space, where the system can be told (Linux); then as before.

    Allocations beyond it fail, and the engine reports that as its own error, in place of a machine that swaps.
    """
    if sys.platform != "linux":
        yield
        return
    import resource

    with _one_at_a_time:
        before = resource.getrlimit(resource.RLIMIT_AS)
        limit = _address_space() + more_bytes
        if before[0] != resource.RLIM_INFINITY:
            limit = min(limit, before[0])
        resource.setrlimit(resource.RLIMIT_AS, (limit, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)


def _address_space() -> int:
    import resource

    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()
