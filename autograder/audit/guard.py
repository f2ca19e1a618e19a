"""Bounds for code that is trusted but may be wrong: endless loops and endless lists end."""

import contextlib
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from types import FrameType

import numpy as np

MEMORY = 2 << 30  # bytes of address space on top of what a process has


class OutOfTimeError(BaseException):
    """A call took too long; no ``except Exception`` of the called code can swallow it."""


def call_limited(
    function: Callable[..., object], arguments: Sequence[object], seconds: float
) -> object:
    """Call a function with a limit of CPU seconds, where the system and the thread allow one.

    Raises
    ------
    OutOfTimeError
        When it takes longer; again and again, lest a bare ``except`` goes on for ever.
    """
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return function(*arguments)
    _listen()
    try:
        try:
            signal.setitimer(signal.ITIMER_PROF, seconds, 0.1)
            return function(*arguments)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    except OutOfTimeError:
        signal.setitimer(signal.ITIMER_PROF, 0)  # it may have struck before the line above
        raise


@cache
def _listen() -> None:
    """Have the timer's signal end a call; asking what it does now takes longer than most calls."""
    signal.signal(signal.SIGPROF, _expire)


def _expire(_number: int, _frame: FrameType | None) -> None:
    raise OutOfTimeError


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Warnings are for students; here nobody reads them."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def bound_memory() -> None:
    """Let this process fail with `MemoryError` rather than fill the machine."""
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - not everywhere

    with open("/proc/self/statm", encoding="ascii") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    known = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([used + MEMORY, *known]), hard))
