"""Ctrl-C, a terminal that closes and a batch system's SIGTERM end a command alike: cleanly.

Each becomes an exception in the main thread, so that files, database and processes are left as
after an error. A second one while that is under way changes nothing.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")  # the last is unknown to Windows
_ORDINARY = (signal.SIG_DFL, signal.default_int_handler)
_OURS_ALONE = tuple(getattr(signal, name) for name in _NAMES[::2] if hasattr(signal, name))


class Stopped(KeyboardInterrupt):
    """The command was asked to end by a signal.

    Attributes
    ----------
    status : int
        The exit status that shells give a program which that signal ended.
    """

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.status = 128 + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise ``Stopped`` in the block for the first signal that asks to end.

    Signals that something ignores, as ``nohup`` does, or handles already, stay as they are.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before: dict[int, Any] = {number: signal.getsignal(number) for number in numbers}
    ours = [number for number in numbers if before[number] in _ORDINARY]

    def stop(number: int, _frame: FrameType | None) -> None:
        for one in ours:
            signal.signal(one, signal.SIG_IGN)
        raise Stopped(number)

    for number in ours:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


@contextmanager
def postponed() -> Iterator[None]:
    """Let processes be started in one piece: what asks to end comes after the block.

    They inherit that Ctrl-C and the closed terminal, which reach all processes at once, are
    blocked: it is for this one to end them, and none of them prints a traceback.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    # Blocking alone is not enough: another thread may take the signal.
    before: dict[int, Any] = {}
    for number in (getattr(signal, name) for name in _NAMES if hasattr(signal, name)):
        if signal.getsignal(number) not in (signal.SIG_IGN, None):
            before[number] = signal.signal(number, lambda number, _: came.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _OURS_ALONE)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        signal.raise_signal(came[0])
