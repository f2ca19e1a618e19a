"""Children that heed signals, whatever this process was told to ignore."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeded(*numbers: signal.Signals) -> Iterator[None]:
    """Let what is started here heed signals that this process ignores.

    A process in the background, or under nohup, ignores some, and so does all that it starts.
    """
    ignored = [number for number in numbers if signal.getsignal(number) is signal.SIG_IGN]
    for number in ignored:
        signal.signal(number, signal.SIG_DFL)
    try:
        yield
    finally:
        for number in ignored:
            signal.signal(number, signal.SIG_IGN)
