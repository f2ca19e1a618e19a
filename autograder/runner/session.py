"""One student's notebook: its cells run once, its functions called, what hangs or dies replaced."""

import math
import signal
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from autograder.errors import CodecError, RunnerError
from autograder.runner import codec
from autograder.runner.one_by_one import LEAST_SECONDS
from autograder.runner.outcome import (
    LINE_CHARS,
    CellOutcome,
    Outcome,
    Raised,
    read_call,
    read_cell,
)
from autograder.runner.process import Excess, Overdue, Process
from autograder.runner.served import MOST_SERVED, Given, Served, allowance, bounded_memory, serve

if TYPE_CHECKING:
    from autograder.runner.worker import Worker

ALL_SECONDS = 900.0  # computing and waiting, with all repetitions: no notebook blocks a class
_START_SECONDS = 10.0
_BATCH_BYTES = 4 << 20
_MOST_GIVEN = 4 << 20  # bytes of what served functions have given and of what they were asked
_MOST_READ = 6 << 20  # bytes of replies that are recognized, and of the values in them
_LONGEST_READ = 1 << 16  # bytes of such a reply
_TREE_GROWS = 20  # times larger is what the tree of a message becomes in memory
_FIRST = 1 << 16  # request: numbers from here on have one length in messages
_MOST_KILLED = 2  # processes of one session that may be killed without costing marks

_Request = tuple[bytes, tuple[tuple[str, Callable[..., object]], ...]]  # asked, and who serves


@dataclass(frozen=True, slots=True)
class _Reply:
    """What has come, decoded.

    Attributes
    ----------
    parts : list
        All that follows the number; another's, too: nobody changes what is in it.
    body : bytes
        The message without the number; empty where it is not kept.
    seconds : float
        CPU time that decoding took.
    """

    parts: list[Any]
    body: bytes
    seconds: float


class _Lost(Exception):  # noqa: N818
    """The process must be ended."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


@dataclass(frozen=True, slots=True)
class _End:
    """How a process was lost."""

    status: Literal["timeout", "crashed"]
    error: Raised | None
    killed: bool = False  # by nobody here: perhaps for want of memory, perhaps by itself


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
        self._lines: frozenset[str] | None = None  # of the cells, when first asked for
        self._process: Process | None = None
        self._number = _FIRST
        self._called = False
        self._asked: set[str] = set()  # served functions that the last call asked for
        self._killed = 0
        self._left = ALL_SECONDS

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

    def run_cells(
        self, cells: Sequence[str], *, seconds: float, together: float = math.inf
    ) -> list[CellOutcome]:
        """Run cells in order.

        Parameters
        ----------
        cells : sequence of str
            Sources. An error ends its cell only.
        seconds : float
            CPU seconds for each cell. One that takes longer, or ends the process, is left out and
            the others are run again.
        together : float
            CPU seconds for all cells; those after it are left out.

        Returns
        -------
        list of CellOutcome
            One for each cell.
        """
        if any("matplotlib" in cell for cell in cells):
            self._worker.preload()
        self._lines = None
        waiting = deque(_Cell(cell, seconds) for cell in cells)
        outcomes: list[CellOutcome] = []
        while waiting:
            waiting[0].seconds = min(seconds, together)
            process = self._ready() if waiting[0].seconds > 0 else None
            if process is None:
                places = range(len(outcomes), len(cells))
                return [*outcomes, *(_used_up(place) for place in places)]
            try:
                for reply in self._run(process, [*waiting]):
                    outcome = read_cell(reply, len(outcomes))
                    process.finish()
                    outcomes.append(outcome)
                    self._cells.append(waiting.popleft())
                    together -= process.spent()
                    if waiting:
                        waiting[0].seconds = min(seconds, together)
                        if together <= 0:
                            self.close()
                            break
            except (CodecError, Excess, _Lost) as error:
                lost = self._lose(error)
                if self._forgiven(lost):
                    continue
                outcome = CellOutcome(index=len(outcomes), status=lost.status, error=lost.error)
                outcomes.append(outcome)
                waiting.popleft()
                together -= process.spent()
        return outcomes

    def call(
        self,
        name: str,
        arguments: Mapping[str, object],
        *,
        seconds: float,
        memory_mb: int | None = None,
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
            CPU seconds of the student's process, and of the grader for what it serves.
        memory_mb : int, optional
            Memory beyond what the cells left behind; that of the session when not given.
        served : mapping of str to callable, optional
            Functions that take the place of the student's for this call and are computed here.
        """
        calls = self.call_all(
            name, [arguments], seconds=seconds, memory_mb=memory_mb, served=served
        )
        return next(calls)

    def call_all(
        self,
        name: str,
        cases: Sequence[Mapping[str, object]],
        *,
        seconds: float,
        memory_mb: int | None = None,
        served: Served | None = None,
    ) -> Generator[Outcome, None, None]:
        """Call a function on the arguments of many cases; the outcomes come one by one.

        The arguments go to the process together, so that it need not be woken for each call. Who
        does not want all outcomes closes the iterator; the process is then ended.

        Parameters
        ----------
        seconds : float
            CPU seconds for all calls together; granted again after a call that was lost.
        """
        served, left, at = served or {}, seconds, 0
        while at < len(cases):
            process = self._ready()
            if process is None:
                yield Outcome(status="timeout")
                at += 1
                continue
            process.limit_memory((memory_mb or self._memory_mb) << 20)
            self._called = True
            self._asked.clear()
            packets = _batch(cases[at:])
            first, waiting = self._number + 1, len(packets)
            try:
                with bounded_memory(served):
                    self._send(process, "call", [name, packets, list(served)], left, waiting)
                    for packet in packets:
                        number, waiting = first + len(packets) - waiting, waiting - 1
                        self._asked.clear()
                        reply = self._receive(process, number, served, packet.size)
                        if not waiting and process.channel.unread:
                            raise CodecError("a message that nobody asked for")
                        process.finish()
                        taken = self._taken(process)
                        outcome = read_call(reply.parts, list(cases[at]), reply=reply.body, **taken)
                        self._keep_reply(reply, outcome)
                        yield self._with_own_line(outcome)
                        at += 1
                        if outcome.status == "undefined":
                            waiting = 0
                            yield from [outcome] * (len(cases) - at)
                            return
                        left = max(LEAST_SECONDS, left - process.spent())
                        process.begin(left)
            except (CodecError, Excess, _Lost) as error:
                lost, waiting = self._lose(error), 0
                if not self._forgiven(lost):
                    taken = self._taken(process)
                    yield Outcome(status=lost.status, error=lost.error, **taken)
                    at += 1
                    left = seconds
            finally:
                if waiting and self._process is process:
                    self.close()

    def _taken(self, process: Process) -> dict[str, Any]:
        """What a call took, as an outcome has it."""
        return {
            "asked": frozenset(self._asked),
            "cpu_s": process.spent(),
            "idle_s": process.idle(),
            "size": process.received,
        }

    def _with_own_line(self, outcome: Outcome) -> Outcome:
        """The outcome without a source line that no cell has: it could carry the call's inputs."""
        if outcome.error is None or outcome.error.line is None:
            return outcome
        if self._lines is None:
            sources = (cell.source for cell in self._cells)
            own = (line.strip()[:LINE_CHARS] for text in sources for line in text.splitlines())
            self._lines = frozenset(own)
        if outcome.error.line in self._lines:
            return outcome
        return replace(outcome, error=replace(outcome.error, line=None, lineno=None))

    def _run(self, process: Process, cells: Sequence[_Cell]) -> Iterator[list[Any]]:
        """Have cells run one after the other; the replies' parts, each after its number.

        The sources go to the process together, so that it need not be woken for each cell.
        """
        first = self._number + 1
        sources = [cell.source for cell in cells]
        self._send(process, "cells", [sources], cells[0].seconds, len(cells))
        for place, cell in enumerate(cells):
            if place:
                process.begin(cell.seconds)
            reply = self._receive(process, first + place, {}, 0)
            if place == len(cells) - 1 and process.channel.unread:
                raise _Lost(CodecError("a message that nobody asked for"))
            yield reply.parts

    def _forgiven(self, end: _End) -> bool:
        """Whether to try again, because the process was killed; a few times only."""
        if not end.killed or self._killed == _MOST_KILLED:
            return False
        self._killed += 1
        return True

    def _ready(self) -> Process | None:
        """Return a process in the state after the cells; None when all time is used up."""
        while self._process is None and self._left > 0:
            self._restore()
        return self._process if self._left > 0 else None

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
            try:
                self._exchange(process, "files", [files], _START_SECONDS)
            except _Lost as error:
                self._lose(error)
                raise RunnerError("the data files could not be given to the process") from None
        done = 0
        try:
            for _ in self._run(process, self._cells) if self._cells else ():
                done += 1
        except _Lost as error:
            if not self._forgiven(self._lose(error)):
                del self._cells[done]

    def _exchange(self, process: Process, kind: str, parts: list[Any], seconds: float) -> list[Any]:
        """Send a request and return the reply's parts after its number."""
        self._send(process, kind, parts, seconds, 1)
        reply = self._receive(process, self._number, {}, 0)
        if process.channel.unread:
            raise _Lost(CodecError("a message that nobody asked for"))
        return reply.parts

    def _send(
        self, process: Process, kind: str, parts: list[Any], seconds: float, replies: int
    ) -> None:
        """Send a request that asks for a number of replies."""
        request = codec.encode([kind, self._number + 1, *parts])
        self._number += replies
        process.look()
        process.begin(seconds)
        try:
            process.channel.send_encoded(request)
        except (Overdue, EOFError, ConnectionError, Excess) as error:
            raise _Lost(error) from None

    def _receive(self, process: Process, number: int, served: Served, request_bytes: int) -> _Reply:
        """Return a reply; serve what it asks for meanwhile."""
        try:
            for _ in range(MOST_SERVED):
                data = process.channel.receive_encoded()
                process.look()
                process.received = len(data)
                small = len(data) <= allowance(request_bytes)
                brief = len(data) <= _LONGEST_READ
                body = codec.without_number(data, number) if brief or (served and small) else b""
                if known := self._read_before(process, body):
                    return known
                key: _Request | None = (body, tuple(served.items())) if served and body else None
                given = self._given_before(process, key)
                if given is None:
                    began = time.thread_time()
                    with process.charged():
                        # Nobody changes what is kept; a served function may use its arguments up.
                        reply = codec.decode(data if served else memoryview(data).toreadonly())
                        if not _answers(reply, number):
                            raise CodecError("a reply to another request")
                        if not served or type(reply[1]) is not str or reply[1] != "serve":
                            took = time.thread_time() - began
                            return _Reply(reply[1:], body if brief and not served else b"", took)
                        if not small:
                            raise CodecError("a request with far too much data")
                        given = serve(reply[2:], served, process.left())
                        self._keep(key, given)
                self._asked.add(given.name)
                process.channel.send_encoded([given.message])
            raise Overdue
        except (Overdue, EOFError, ConnectionError, CodecError, Excess) as error:
            raise _Lost(error) from None
        finally:
            self._left -= process.spent() + process.idle()

    def _read_before(self, process: Process, body: bytes) -> _Reply | None:
        """The same reply as it was read before, charged as if it were read now."""
        known: _Reply | None = self._worker.read.find(body) if body else None
        if known is not None:
            process.charge(known.seconds)
        return known

    def _keep_reply(self, reply: _Reply, outcome: Outcome) -> None:
        """Keep a value that came back, and nothing else: no reply can pass for a request."""
        if reply.body and outcome.status == "value":
            size = 2 * len(reply.body) + _TREE_GROWS * codec.tree_bytes(reply.body)
            self._worker.read.keep(reply.body, reply, size, most=_MOST_READ)

    def _given_before(self, process: Process, key: _Request | None) -> Given | None:
        """What the same request was given before, charged as if it were computed now."""
        given: Given | None = self._worker.given.find(key) if key else None
        if given is not None:
            process.charge(given.seconds)
            if process.left() <= 0:
                raise Overdue
        return given

    def _keep(self, key: _Request | None, given: Given) -> None:
        if key and given.lasting:
            size = len(key[0]) + len(given.message)
            self._worker.given.keep(key, given, size, most=_MOST_GIVEN)

    def _lose(self, error: Exception) -> _End:
        """End the process and say how it was lost.

        Raises
        ------
        RunnerError
            When not the process but the zygote was lost, which is nobody's fault here.
        """
        cause = error.cause if isinstance(error, _Lost) else error
        assert self._process is not None
        process, self._process = self._process, None
        process.look()
        code = self._worker.end(process)
        if code is None:
            raise RunnerError("the runner was ended from outside while it graded; try again")
        if isinstance(cause, Overdue):
            return _End("timeout", None)
        if isinstance(cause, Excess):
            return _End("crashed", Raised(type="LimitExceeded", message=str(cause)))
        text = _ending(code)
        if isinstance(cause, CodecError):
            text = f"its reply could not be understood ({cause})"
        killed = code == -signal.SIGKILL and isinstance(cause, EOFError | ConnectionError)
        return _End("crashed", Raised(type="Crash", message=text), killed)


def _used_up(place: int) -> CellOutcome:
    error = Raised(type="LimitExceeded", message="the notebook's time is used up")
    return CellOutcome(index=place, status="timeout", error=error)


def _batch(cases: Sequence[Mapping[str, object]]) -> list[np.ndarray]:
    """The arguments of the first case, encoded, and of as many more as fit into one request."""
    packets: list[np.ndarray] = []
    size = 0
    for arguments in cases:
        packet = _packed(arguments)
        size += packet.size
        if packets and size > _BATCH_BYTES:
            break
        packets.append(packet)
    return packets


def _packed(arguments: Mapping[str, object]) -> np.ndarray:
    kept = arguments if isinstance(arguments, codec.Packed) else codec.pack(arguments)
    return np.frombuffer(kept.packed, np.uint8)


def _answers(reply: Any, number: int) -> bool:
    """Tell whether a reply has the number of the request."""
    return type(reply) is list and len(reply) >= 2 and type(reply[0]) is int and reply[0] == number


def _ending(code: int) -> str:
    if code < 0:
        return f"the process was ended by signal {-code}"
    return f"the process ended itself with status {code}"
