"""Tell an operator how long work will take: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from types import TracebackType
from typing import Any, Self

_SECONDS_BETWEEN_LINES = 5.0


class Progress:
    """Counts finished submissions; a context manager that writes to standard error.

    The time that is left is told from the pace since the first one was done: what came before it
    was mostly the start of the workers, which comes once.

    Parameters
    ----------
    total : int
        How many there are.
    what : str
        What is counted, in the plural.
    """

    def __init__(self, total: int, what: str) -> None:
        self._total = total
        self._what = what
        self._done = 0
        self._last_line = time.monotonic()
        self._first = 0.0  # when the first one was done
        self._bar: Any = None

    def __enter__(self) -> Self:
        if sys.stderr.isatty() and self._total:
            from tqdm import tqdm  # noqa: PLC0415

            tqdm.monitor_interval = 0  # no thread of its own: this process may have to fork
            self._bar = tqdm(total=self._total, unit=f" {self._what}", file=sys.stderr, leave=False)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self) -> None:
        """One more is done."""
        self._done += 1
        now = time.monotonic()
        if self._done == 1:
            self._first = now
        if self._bar is not None:
            if self._done == 1:
                self._bar.unpause()  # its clock starts now, too
            self._bar.update()
        elif now - self._last_line >= _SECONDS_BETWEEN_LINES and 1 < self._done < self._total:
            self._last_line = now
            left = (now - self._first) / (self._done - 1) * (self._total - self._done)
            self.say(f"{self._done} of {self._total} {self._what}, about {left:.0f} s to go")

    def say(self, line: str) -> None:
        """Print a line without breaking the bar."""
        if self._bar is not None:
            self._bar.write(line, file=sys.stderr)
        else:
            print(line, file=sys.stderr, flush=True)
