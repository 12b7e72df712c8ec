"""What a person types: one short file per command, no logic. The only room that prints."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator

from segan_cli.errors import EXIT_FAILED, EXIT_INTERRUPTED, Interruption, SeganError

__all__ = ["main"]


@contextlib.contextmanager
def _ended_like_control_c() -> Iterator[None]:
    """What docker, SLURM, `timeout` or a closed terminal sends ends a command as Ctrl-C does; what is ignored stays so."""
    before: dict[signal.Signals, signal.Handlers] = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            kind = getattr(signal, name, None)
            if kind is not None and signal.getsignal(kind) is signal.SIG_DFL:
                signal.signal(kind, signal.default_int_handler)
                before[kind] = signal.SIG_DFL
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; every failure a person can act on becomes one clear sentence.

    Args:
        arguments: the words after `segan`; None takes them from the process.
    """
    from segan_cli.cli.console import print_error

    try:
        with _ended_like_control_c():
            from segan_cli.cli.app import app

            app(args=arguments, prog_name="segan")
    except SeganError as error:
        print_error(str(error))
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print_error(str(Interruption()))
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(EXIT_FAILED)
    except MemoryError:
        print_error("Out of memory. Use fewer workers (--workers 1), smaller batches, or a smaller character set.")
        sys.exit(EXIT_FAILED)
    except UnicodeEncodeError as error:
        print_error(f"The output cannot be written as {error.encoding}. Set another encoding: PYTHONIOENCODING=utf-8")
        sys.exit(EXIT_FAILED)
    except OSError as error:
        hint = " Free some space and run the same command again." if error.errno == errno.ENOSPC else ""
        place = f": {error.filename}" if error.filename else ""
        print_error(f"{error.strerror or error}{place}.{hint}")
        sys.exit(EXIT_FAILED)
    except Exception as error:
        if not _comes_from_control_c(error):
            raise
        print_error(str(Interruption()))
        sys.exit(EXIT_INTERRUPTED)


def _comes_from_control_c(error: BaseException | None) -> bool:
    """Whether it is what became of Ctrl-C while a module was loaded: an ImportError, a SystemError, a RuntimeError of a class's field."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
