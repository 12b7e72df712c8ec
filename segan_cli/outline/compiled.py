"""Inner loops of the tracer become machine code, by numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])


def compiled(function: F) -> F:
    """Compile a function of numbers and arrays on its first call; the machine code is kept on disk for the next start.

    Division by zero gives infinity, as in NumPy; the interpreter's lock is released while it runs.
    """
    return cast(F, njit(cache=True, error_model="numpy", nogil=True, no_cfunc_wrapper=True)(function))
