"""Functions that the grader computes for a student's process, on data that may be hostile."""

import contextlib
import resource
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from autograder.errors import CodecError
from autograder.runner import codec, confine
from autograder.runner.process import Overdue

MOST_SERVED = 100_000  # in one call
_MEMORY = 1 << 30
_AGAIN = 0.05  # seconds of computing after which a timer looks again
_LEAST_BYTES = 1 << 23  # a long text as one-hot columns is small as words

Served = Mapping[str, Callable[..., object]]


def allowance(request_bytes: int) -> int:
    """Return how large the arguments of a served function may be, given its caller's."""
    return _LEAST_BYTES + 4 * request_bytes


@contextlib.contextmanager
def bounded_memory(served: Served) -> Iterator[None]:
    """Let served functions fail with MemoryError rather than fill the grader's machine."""
    if not served or sys.platform != "linux":
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = confine.address_space() + _MEMORY
    known = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min([most, *known]), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


class _TooLong(BaseException):
    """A served function has used up the time of the call that asked for it."""


@contextlib.contextmanager
def _bounded_time(seconds: float) -> Iterator[None]:
    """Raise `_TooLong` in the context after so much computing in this thread."""
    end = time.thread_time() + seconds
    if threading.current_thread() is threading.main_thread() and hasattr(signal, "setitimer"):
        with _timed(end, max(seconds, _AGAIN)):
            yield
        return

    def watch(_frame: FrameType, _event: str, _argument: Any) -> Any:
        if time.thread_time() > end:
            raise _TooLong
        return watch

    before = sys.gettrace()  # several times slower, and possible in every thread
    sys.settrace(watch)
    try:
        yield
    finally:
        sys.settrace(before)


@contextlib.contextmanager
def _timed(end: float, seconds: float) -> Iterator[None]:
    """Raise `_TooLong` once, by a timer, when this thread's computing reaches `end`."""
    armed = True

    def strike(_number: int, _frame: FrameType | None) -> None:
        nonlocal armed
        if armed and time.thread_time() > end:
            armed = False
            signal.setitimer(signal.ITIMER_PROF, 0)
            raise _TooLong

    before = signal.signal(signal.SIGPROF, strike)
    signal.setitimer(signal.ITIMER_PROF, seconds, _AGAIN)  # other threads' computing counts in it
    try:
        yield
    finally:
        armed = False
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@dataclass(frozen=True, slots=True)
class Given:
    """What a served function has given.

    Attributes
    ----------
    name : str
        The function's.
    message : bytes
        The answer, encoded: nothing that is changed later.
    seconds : float
        CPU time that it took.
    lasting : bool
        A value: whoever asks the same gets the same. An error may have come of want of memory.
    """

    name: str
    message: bytes
    seconds: float
    lasting: bool


def serve(request: list[Any], served: Served, seconds: float) -> Given:
    """Compute a served function; its errors are for the student's code.

    Raises
    ------
    CodecError
        The request names no served function or is no call.
    Overdue
        It takes longer than `seconds`.
    """
    if len(request) != 3 or type(request[0]) is not str or request[0] not in served:
        raise CodecError("a request for a function that is not served")
    name, arguments, named = request
    if type(arguments) is not list or type(named) is not dict:
        raise CodecError("a request that is no call")
    if any(type(key) is not str for key in named):
        raise CodecError("a request that is no call")
    began, lasting = time.thread_time(), False
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(), _bounded_time(seconds):
            warnings.simplefilter("ignore")
            value = served[name](*arguments, **named)
        message, lasting = b"".join(codec.encode(["value", value])), True
    except _TooLong:
        raise Overdue from None
    except Exception as error:
        raised = ["raised", type(error).__name__, str(error)[:500]]
        message = b"".join(codec.encode(raised))
    return Given(name, message, time.thread_time() - began, lasting)
