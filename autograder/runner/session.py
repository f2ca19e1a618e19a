"""One student's notebook: its cells run once, its functions called, what hangs or dies replaced."""

import contextlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from autograder.errors import CodecError, RunnerError
from autograder.runner.outcome import (
    CellOutcome,
    Outcome,
    Raised,
    read_call,
    read_cell,
)
from autograder.runner.process import Excess, Overdue, Process

if TYPE_CHECKING:
    from autograder.runner.worker import Worker

MOST_SERVED = 100_000
_SERVED_BYTES = 1 << 17  # that a served function takes at least, whatever its caller was given
_START_SECONDS = 10.0

Served = Mapping[str, Callable[..., object]]


class _Lost(Exception):  # noqa: N818
    """The process had to be ended."""

    def __init__(self, status: Literal["timeout", "crashed"], error: Raised | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.error = error


@dataclass(slots=True)
class _Cell:
    source: str
    seconds: float


class Session:
    """The state of a notebook after its cells; a context manager that ends its process on exit.

    A process that hangs, dies or misbehaves is ended; the next request forks a new one and runs
    the cells again, without those that were lost.
    """

    def __init__(self, worker: "Worker", *, memory_mb: int, files: Mapping[str, bytes]) -> None:
        self._worker = worker
        self._memory_mb = memory_mb
        self._files = dict(files)
        self._cells: list[_Cell] = []
        self._process: Process | None = None
        self._number = 0
        self._called = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            process, self._process = self._process, None
            self._worker.end(process)

    def fresh(self) -> None:
        """Forget whatever calls have left behind: the next one sees the state after the cells."""
        if self._called:
            self.close()

    def run_cells(self, cells: Sequence[str], *, seconds: float) -> list[CellOutcome]:
        """Run cells in order.

        Parameters
        ----------
        cells : sequence of str
            Sources. An error ends its cell only.
        seconds : float
            CPU seconds for each cell. One that takes longer, or ends the process, is left out and
            the others are run again.

        Returns
        -------
        list of CellOutcome
            One for each cell.
        """
        return [self._run_cell(index, _Cell(cell, seconds)) for index, cell in enumerate(cells)]

    def call(
        self,
        name: str,
        arguments: Mapping[str, object],
        *,
        seconds: float,
        served: Served | None = None,
    ) -> Outcome:
        """Call a function of the notebook.

        Parameters
        ----------
        name : str
        arguments : mapping
            Passed by position, in this order; the names are for `Outcome.changed`. A
            `codec.Source` becomes a function.
        seconds : float
            CPU seconds of the student's process.
        served : mapping of str to callable, optional
            Functions that take the place of the student's for this call and are computed here.
        """
        served = served or {}
        try:
            process = self._ready()
            self._called = True
            request = ["call", self._next(), name, dict(arguments), list(served)]
            reply = self._exchange(process, request, seconds, served)
            return read_call(reply, list(arguments), process.finish())
        except (CodecError, Excess) as error:
            lost = self._lose(error)
        except _Lost as error:
            lost = error
        return Outcome(status=lost.status, error=lost.error, cpu_s=self._spent)

    _spent = 0.0

    def _run_cell(self, index: int, cell: _Cell) -> CellOutcome:
        try:
            process = self._ready()
            reply = self._exchange(process, ["cell", self._next(), cell.source], cell.seconds, {})
            outcome = read_cell(reply, index)
            process.finish()
        except (CodecError, Excess) as error:
            lost = self._lose(error)
        except _Lost as error:
            lost = error
        else:
            self._cells.append(cell)
            return outcome
        return CellOutcome(index=index, status=lost.status, error=lost.error)

    def _ready(self) -> Process:
        """Return a process in the state after the cells."""
        while self._process is None:
            with contextlib.suppress(_Lost):
                self._restore()
        return self._process

    def _restore(self) -> None:
        """Fork and run the cells again, leaving out one that is lost on the way."""
        process = self._process = self._worker.fork(self._memory_mb)
        self._called = False
        try:
            hello = process.channel.receive()
        except (EOFError, CodecError, Overdue) as error:
            self.close()
            raise RunnerError(f"a student's process did not start: {error!r}") from None
        if hello != "ready":
            self.close()
            raise RunnerError(f"a student's process {hello}")
        if self._files:
            files = {name: np.frombuffer(data, np.uint8) for name, data in self._files.items()}
            self._exchange(process, ["files", self._next(), files], _START_SECONDS, {})
        for cell in list(self._cells):
            try:
                self._exchange(process, ["cell", self._next(), cell.source], cell.seconds, {})
            except _Lost:
                self._cells.remove(cell)
                raise

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _exchange(
        self, process: Process, request: list[Any], seconds: float, served: Served
    ) -> list[Any]:
        """Send a request and return the reply's parts after its number."""
        process.begin(seconds)
        channel = process.channel
        try:
            channel.send(request)
            for _ in range(MOST_SERVED):
                reply = channel.receive()
                if type(reply) is not list or len(reply) < 2 or reply[0] != self._number:
                    raise CodecError("a reply to another request")
                if not served or reply[1] != "serve":
                    return reply[1:]
                channel.send(_serve(reply[2:], served))
            raise Overdue
        except (Overdue, EOFError, ConnectionError, CodecError, Excess) as error:
            raise self._lose(error) from None

    def _lose(self, error: Exception) -> _Lost:
        """End the process and say how it was lost."""
        process, self._process = self._process, None
        if process is None:
            return _Lost("crashed")
        self._spent = process.spent()
        code = self._worker.end(process)
        if isinstance(error, Overdue):
            return _Lost("timeout")
        if isinstance(error, Excess):
            return _Lost("crashed", Raised(type="LimitExceeded", message=str(error)))
        if isinstance(error, CodecError):
            text = f"its reply could not be understood ({error})"
            return _Lost("crashed", Raised(type="Crash", message=text))
        return _Lost("crashed", Raised(type="Crash", message=_ending(code)))


def _ending(code: int | None) -> str:
    if code is None:
        return "the process is gone"
    if code < 0:
        return f"the process was ended by signal {-code}"
    return f"the process ended itself with status {code}"


def _serve(request: list[Any], served: Served) -> list[Any]:
    """Compute a served function for a student's process; its errors are for the student's code."""
    if len(request) != 3 or type(request[0]) is not str or request[0] not in served:
        raise CodecError("a request for a function that is not served")
    name, arguments, named = request
    if type(arguments) is not list or type(named) is not dict:
        raise CodecError("a request that is no call")
    if any(type(key) is not str for key in named):
        raise CodecError("a request that is no call")
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ["value", served[name](*arguments, **named)]
    except Exception as error:
        return ["raised", type(error).__name__, str(error)[:500]]
